//! The house's working days, and the day on which a scenario is played.
//!
//! A working day is Monday to Friday without a public holiday. Swedish ones: New Year's Day, Epiphany, Good Friday, Easter Monday, 1 May,
//! Ascension Day, the National Day (6 June), Christmas Day and Boxing Day; and the eves on which nobody works: Midsummer, Christmas, New
//! Year. Those that are always a Saturday or Sunday (Easter, Whit Sunday, Midsummer Day, All Saints') need no rule. Reads no clock.

use barnahus_domain::Time;
use jiff::{
    Timestamp, ToSpan as _,
    civil::{self, Date, Weekday},
    tz::TimeZone,
};

/// Which days besides Saturday and Sunday are no working days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holidays {
    /// None is counted.
    None,
    /// Sweden's.
    Sweden,
}

impl Holidays {
    /// By the country's two letters, as a house file says; absent where this player does not know that country's holidays.
    pub(crate) fn of(country: Option<&str>) -> Option<Self> {
        match country {
            None => Some(Self::None),
            Some("SE") => Some(Self::Sweden),
            Some(_) => None,
        }
    }

    /// True if people work on this day.
    pub(crate) fn is_working_day(self, day: Date) -> bool {
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        let holiday = self == Self::Sweden && is_swedish_holiday(day);
        !(weekend || holiday)
    }

    /// The working day so many working days after this day, or before it.
    pub(crate) fn count(self, from: Date, working_days: i32) -> Result<Date, jiff::Error> {
        let mut day = from;
        let mut left = working_days.unsigned_abs();
        while left > 0 {
            day = if working_days < 0 { day.yesterday()? } else { day.tomorrow()? };
            left -= u32::from(self.is_working_day(day));
        }
        Ok(day)
    }
}

fn is_swedish_holiday(day: Date) -> bool {
    let fixed = matches!((day.month(), day.day()), (1, 1 | 6) | (5, 1) | (6, 6) | (12, 24..=26 | 31));
    let midsummer_eve = day.month() == 6 && (19..=25).contains(&day.day()) && day.weekday() == Weekday::Friday;
    let good_friday_easter_monday_ascension = [-2, 1, 39];
    let movable = easter(day.year()).is_some_and(|easter| {
        good_friday_easter_monday_ascension.iter().any(|days| easter.checked_add(days.days()).is_ok_and(|holiday| holiday == day))
    });
    fixed || midsummer_eve || movable
}

/// Easter Sunday by the anonymous Gregorian computus (Meeus, Jones, Butcher).
fn easter(year: i16) -> Option<Date> {
    let year_number = i32::from(year);
    let (golden, century, rest) = (year_number % 19, year_number / 100, year_number % 100);
    let correction = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - correction + 15) % 30;
    let to_sunday = (32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4) % 7;
    let late = (golden + 11 * epact + 22 * to_sunday) / 451;
    let march_days = epact + to_sunday - 7 * late + 114;
    Date::new(year, i8::try_from(march_days / 31).ok()?, i8::try_from(march_days % 31 + 1).ok()?).ok()
}

/// A day of a scenario: working days from D0, negative before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(pub(crate) i32);

impl Day {
    /// Reads `D0`, `D-5` or `D+20`; at most three digits.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('D')?;
        if rest == "0" {
            return Some(Self(0));
        }
        let (sign, digits) = rest.split_at_checked(1)?;
        let sign = match sign {
            "-" => -1,
            "+" => 1,
            _ => return None,
        };
        let fits = (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<i32>().ok().filter(|number| fits && *number > 0).map(|number| Self(sign * number))
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0 == 0 { f.write_str("D0") } else { write!(f, "D{:+}", self.0) }
    }
}

/// A minute of a scenario, on the house's wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    /// The day.
    pub(crate) day: Day,
    /// The time of that day.
    pub(crate) time: civil::Time,
}

impl Moment {
    /// Reads `D-5 08:30`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (day, time) = text.split_once(' ')?;
        Some(Self { day: Day::parse(day)?, time: wall_clock(time)? })
    }
}

/// Reads `08:30`.
pub(crate) fn wall_clock(text: &str) -> Option<civil::Time> {
    let (hour, minute) = text.split_once(':').filter(|(hour, minute)| hour.len() == 2 && minute.len() == 2)?;
    civil::Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

/// A scenario's days in a house's calendar.
#[derive(Debug, Clone)]
pub(crate) struct Dates {
    holidays: Holidays,
    zone: TimeZone,
    d0: Date,
}

impl Dates {
    /// Takes as D0 the latest working day for which `last`, the last thing that happens, lies before now.
    pub(crate) fn choose(holidays: Holidays, zone: TimeZone, last: Moment, now: Time) -> Result<Self, jiff::Error> {
        let mut d0 = Timestamp::from_microsecond(now.0)?.to_zoned(zone.clone()).date();
        loop {
            let dates = Self { holidays, zone: zone.clone(), d0 };
            if holidays.is_working_day(d0) && dates.instant(last)? < now {
                return Ok(dates);
            }
            d0 = d0.yesterday()?;
        }
    }

    /// The date of a day.
    pub(crate) fn date(&self, day: Day) -> Result<Date, jiff::Error> {
        self.holidays.count(self.d0, day.0)
    }

    /// The instant of a minute.
    pub(crate) fn instant(&self, moment: Moment) -> Result<Time, jiff::Error> {
        let wall = self.date(moment.day)?.to_datetime(moment.time);
        Ok(Time(wall.to_zoned(self.zone.clone())?.timestamp().as_microsecond()))
    }

    /// The last minute of a day: what is due on it, is due then.
    pub(crate) fn end_of(&self, day: Day) -> Result<Time, jiff::Error> {
        self.instant(Moment { day, time: civil::time(23, 59, 0, 0) })
    }

    /// The house's zone.
    pub(crate) fn zone(&self) -> &TimeZone {
        &self.zone
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn stockholm() -> TimeZone {
        TimeZone::get("Europe/Stockholm").unwrap()
    }

    fn at(text: &str) -> Time {
        Time(text.parse::<jiff::Zoned>().unwrap().timestamp().as_microsecond())
    }

    #[test]
    fn easter_falls_where_the_almanac_has_it() {
        let known = [(1961, 4, 2), (2000, 4, 23), (2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2027, 3, 28), (2038, 4, 25)];
        for (year, month, day) in known {
            assert_eq!(easter(year), Some(date(year, month, day)));
        }
    }

    #[test]
    fn nobody_works_on_swedish_holidays_and_eves() {
        let holidays: [&[(i8, i8)]; 4] = [
            &[(1, 1), (3, 29), (4, 1), (5, 1), (5, 9), (6, 6), (6, 21), (12, 24), (12, 25), (12, 26), (12, 31)],
            &[(1, 1), (1, 6), (4, 18), (4, 21), (5, 1), (5, 29), (6, 6), (6, 20), (12, 24), (12, 25), (12, 26), (12, 31)],
            &[(1, 1), (1, 6), (4, 3), (4, 6), (5, 1), (5, 14), (6, 19), (12, 24), (12, 25), (12, 31)],
            &[(1, 1), (1, 6), (3, 26), (3, 29), (5, 6), (6, 25), (12, 24), (12, 31)],
        ];
        for (year, holidays) in (2024..).zip(holidays) {
            let weekdays =
                date(year, 1, 1).series(1.day()).take_while(|day| day.year() == year).filter(|day| Holidays::None.is_working_day(*day));
            let free: Vec<_> = weekdays.filter(|day| !Holidays::Sweden.is_working_day(*day)).map(|day| (day.month(), day.day())).collect();
            let expected: Vec<_> =
                holidays.iter().copied().filter(|(month, day)| Holidays::None.is_working_day(date(year, *month, *day))).collect();
            assert_eq!(free, expected, "{year}");
        }
    }

    #[test]
    fn working_days_are_counted_over_weekends_and_holidays() {
        let sweden = Holidays::Sweden;
        assert_eq!(sweden.count(date(2026, 11, 23), -5).unwrap(), date(2026, 11, 16));
        assert_eq!(sweden.count(date(2026, 4, 7), -1).unwrap(), date(2026, 4, 2));
        assert_eq!(sweden.count(date(2026, 12, 23), 1).unwrap(), date(2026, 12, 28));
        assert_eq!(Holidays::None.count(date(2026, 12, 23), 1).unwrap(), date(2026, 12, 24));
        assert_eq!(sweden.count(date(2026, 11, 23), 0).unwrap(), date(2026, 11, 23));
        assert_eq!(Holidays::of(Some("NO")), None);
    }

    #[test]
    fn a_moment_is_read_strictly() {
        let moment = Moment::parse("D-5 08:29").unwrap();
        assert_eq!((moment.day, moment.time), (Day(-5), civil::time(8, 29, 0, 0)));
        assert_eq!(Moment::parse("D0 23:59").unwrap().day, Day(0));
        for (day, text) in [(Day(0), "D0"), (Day(-5), "D-5"), (Day(20), "D+20")] {
            assert_eq!((Day::parse(text), day.to_string()), (Some(day), text.to_owned()));
        }
        for wrong in
            ["", "D0", "D5 08:00", "D-0 08:00", "D--1 08:00", "D+1000 08:00", "D0 8:00", "D0 24:00", "d0 08:00", "D0  08:00", "D-é 08:00"]
        {
            assert_eq!(Moment::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn d0_is_the_latest_working_day_whose_last_step_lies_before_now() {
        let last = Moment::parse("D+1 09:10").unwrap();
        let d0 = |now: &str| {
            let dates = Dates::choose(Holidays::Sweden, stockholm(), last, at(now)).unwrap();
            assert!(dates.instant(last).unwrap() < at(now));
            dates.date(Day(0)).unwrap()
        };
        // A Tuesday: the Monday before it, but only once the last minute has passed.
        assert_eq!(d0("2026-11-24T09:10:01+01:00[Europe/Stockholm]"), date(2026, 11, 23));
        assert_eq!(d0("2026-11-24T09:10:00+01:00[Europe/Stockholm]"), date(2026, 11, 20));
        // A Sunday: D+1 is the Friday.
        assert_eq!(d0("2026-11-29T12:00:00+01:00[Europe/Stockholm]"), date(2026, 11, 26));
        // Over Christmas: D+1 is the 23rd.
        assert_eq!(d0("2026-12-27T12:00:00+01:00[Europe/Stockholm]"), date(2026, 12, 22));
    }

    #[test]
    fn a_minute_is_one_of_the_houses_wall_clock() {
        let now = at("2026-03-31T12:00:00+02:00[Europe/Stockholm]");
        let dates = Dates::choose(Holidays::Sweden, stockholm(), Moment::parse("D0 11:00").unwrap(), now).unwrap();
        // Summer time began on Sunday the 29th.
        assert_eq!(dates.instant(Moment::parse("D-2 09:45").unwrap()).unwrap(), at("2026-03-27T09:45:00+01:00[Europe/Stockholm]"));
        assert_eq!(dates.instant(Moment::parse("D0 09:45").unwrap()).unwrap(), at("2026-03-31T09:45:00+02:00[Europe/Stockholm]"));
        assert_eq!(dates.end_of(Day(0)).unwrap(), at("2026-03-31T23:59:00+02:00[Europe/Stockholm]"));
    }
}
