//! Times as people write and read them.
//!
//! On input `now`, RFC 3339, or in the zone that is handed in a wall clock `2026-11-23 09:45` or a time of today `09:45`; on output always that zone. The clock is
//! not read here. INVARIANT: a wall clock that a change of the clocks made ambiguous or left out is refused, never guessed.

use std::str::FromStr;

use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};

use crate::malformed::Malformed;

/// A time as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// `now`.
    Now,
    /// An instant.
    At(Timestamp),
    /// A wall clock.
    Local(DateTime),
    /// A time of today.
    Today(Time),
}

impl When {
    /// The instant that is meant.
    pub(crate) fn instant(self, zone: &TimeZone, now: Timestamp) -> Result<Timestamp, Malformed> {
        let wall = |wall: DateTime| {
            zone.to_ambiguous_timestamp(wall).unambiguous().map_err(|_| Malformed::new("usage-time-ambiguous", wall.to_string()))
        };
        match self {
            Self::Now => Ok(now),
            Self::At(instant) => Ok(instant),
            Self::Local(local) => wall(local),
            Self::Today(time) => wall(now.to_zoned(zone.clone()).date().to_datetime(time)),
        }
    }
}

impl FromStr for When {
    type Err = Malformed;

    fn from_str(input: &str) -> Result<Self, Malformed> {
        if input == "now" {
            return Ok(Self::Now);
        }
        if let Ok(instant) = input.parse::<Timestamp>() {
            return Ok(Self::At(instant));
        }
        let digits = input.starts_with(|c: char| c.is_ascii_digit());
        if let Some(time) = input.parse::<Time>().ok().filter(|_| digits && input.contains(':') && !input.contains('-')) {
            return Ok(Self::Today(time));
        }
        let wall = input.parse::<DateTime>().ok().filter(|_| input.contains(':'));
        wall.map(Self::Local).ok_or_else(|| Malformed::new("usage-time", input))
    }
}

/// A day or a time until which something holds, or is due; a bare day means its last minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due(pub(crate) When);

impl FromStr for Due {
    type Err = Malformed;

    fn from_str(input: &str) -> Result<Self, Malformed> {
        if input.contains(':') || input == "now" {
            return input.parse().map(Self);
        }
        let day = input.parse::<Date>().map_err(|_| Malformed::new("usage-time", input))?;
        Ok(Self(When::Local(day.at(23, 59, 0, 0))))
    }
}

/// A day or a time from which on something holds; a bare day means its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Since(pub(crate) When);

impl FromStr for Since {
    type Err = Malformed;

    fn from_str(input: &str) -> Result<Self, Malformed> {
        let day = input.parse::<Date>().ok().filter(|_| !input.contains(':'));
        day.map_or_else(|| input.parse().map(Self), |day| Ok(Self(When::Local(day.at(0, 0, 0, 0)))))
    }
}

/// How far into the recording: `48` minutes, `48:30`, `1:02:30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Offset(pub(crate) i64);

impl FromStr for Offset {
    type Err = Malformed;

    fn from_str(input: &str) -> Result<Self, Malformed> {
        let malformed = || Malformed::new("usage-offset", input);
        let number = |text: &str| {
            text.parse::<u32>().ok().filter(|_| text.len() <= 4 && !text.starts_with('+')).map(i64::from).ok_or_else(malformed)
        };
        let below_60 = |text: &str| number(text).and_then(|value| if value < 60 && text.len() == 2 { Ok(value) } else { Err(malformed()) });
        let parts: Vec<&str> = input.split(':').collect();
        match parts.as_slice() {
            [minutes] => Ok(Self(number(minutes)? * 60)),
            [minutes, seconds] => Ok(Self(number(minutes)? * 60 + below_60(seconds)?)),
            [hours, minutes, seconds] => Ok(Self(number(hours)? * 3600 + below_60(minutes)? * 60 + below_60(seconds)?)),
            _ => Err(malformed()),
        }
    }
}

impl Offset {
    /// As the contract has it.
    pub(crate) fn duration(self) -> prost_types::Duration {
        prost_types::Duration { seconds: self.0, nanos: 0 }
    }
}

/// As the contract has it.
pub(crate) fn proto(instant: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: instant.as_second(), nanos: instant.subsec_nanosecond() }
}

/// From the contract; `None` for what is no time.
pub(crate) fn instant(time: prost_types::Timestamp) -> Option<Timestamp> {
    Timestamp::new(time.seconds, time.nanos).ok()
}

/// Day and minute on the wall clock, with seconds where they are not zero.
pub(crate) fn day_and_time(time: Timestamp, zone: &TimeZone) -> String {
    let wall = time.to_zoned(zone.clone());
    wall.strftime(if wall.second() == 0 { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" }).to_string()
}

/// The wall clock alone, with seconds where they are not zero.
pub(crate) fn time_of_day(time: Timestamp, zone: &TimeZone) -> String {
    let wall = time.to_zoned(zone.clone());
    wall.strftime(if wall.second() == 0 { "%H:%M" } else { "%H:%M:%S" }).to_string()
}

/// From day and minute to minute, the day said once if it is the same.
pub(crate) fn span(from: Timestamp, until: Timestamp, zone: &TimeZone) -> String {
    let (start, end) = (from.to_zoned(zone.clone()), until.to_zoned(zone.clone()));
    let end = end.strftime(if start.date() == end.date() { "%H:%M" } else { "%Y-%m-%d %H:%M" });
    format!("{}–{end}", start.strftime("%Y-%m-%d %H:%M"))
}

/// Minutes and seconds into the recording.
pub(crate) fn offset(duration: prost_types::Duration) -> String {
    let seconds = duration.seconds.max(0);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// Hours, minutes and seconds into the recording.
pub(crate) fn offset_in_hours(duration: prost_types::Duration) -> String {
    let seconds = duration.seconds.max(0);
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// The instant that lies this many days after another, for warnings ahead of an end.
pub(crate) fn days_after(instant: Timestamp, days: i64) -> Timestamp {
    instant.checked_add((days * 24).hours()).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn karlstad() -> TimeZone {
        TimeZone::get("Europe/Stockholm").unwrap()
    }

    fn instant_of(input: &str) -> Result<Timestamp, Malformed> {
        input.parse::<When>()?.instant(&karlstad(), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_time_is_now_or_rfc_3339_or_the_houses_wall_clock() {
        let quarter_to_ten: Timestamp = "2026-11-23T08:45:00Z".parse().unwrap();
        for input in ["2026-11-23 09:45", "2026-11-23T09:45", "2026-11-23 09:45:00", "2026-11-23T08:45:00Z", "2026-11-23T09:45:00+01:00"] {
            assert_eq!(instant_of(input).unwrap(), quarter_to_ten, "{input}");
        }
        assert_eq!(instant_of("13:00").unwrap(), "1970-01-01T12:00:00Z".parse().unwrap());
        assert_eq!(instant_of("now").unwrap(), Timestamp::UNIX_EPOCH);
        assert_eq!(day_and_time(quarter_to_ten, &karlstad()), "2026-11-23 09:45");
    }

    #[test]
    fn what_is_no_time_and_what_the_change_of_clocks_made_unclear_is_refused() {
        for input in ["", "9", "T09:45", "2026-11-23", "2026-02-30 10:00", "23/11 09:45", "2026-10-25 02:30", "2026-03-29 02:30"] {
            assert!(instant_of(input).is_err(), "{input}");
        }
    }

    #[test]
    fn a_day_is_due_in_its_last_minute() {
        let due = "2026-11-16".parse::<Due>().unwrap().0.instant(&karlstad(), Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(day_and_time(due, &karlstad()), "2026-11-16 23:59");
        assert_eq!("2026-11-16T17:00".parse::<Due>().unwrap().0, "2026-11-16 17:00".parse().unwrap());
        let since = "2026-11-16".parse::<Since>().unwrap().0.instant(&karlstad(), Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(day_and_time(since, &karlstad()), "2026-11-16 00:00");
        assert!("monday".parse::<Due>().is_err() && "monday".parse::<Since>().is_err());
    }

    #[test]
    fn an_offset_is_minutes_or_minutes_and_seconds_or_with_hours() {
        for (input, seconds) in [("48", 2880), ("48:30", 2910), ("0:07", 7), ("1:02:30", 3750), ("90:00", 5400)] {
            let parsed = input.parse::<Offset>().unwrap();
            assert_eq!(parsed.0, seconds, "{input}");
        }
        for wrong in ["", "48m", "-1", "+1", "1:60", "1:2", "1:2:3:4", "1::2", "99999"] {
            assert!(wrong.parse::<Offset>().is_err(), "{wrong}");
        }
        assert_eq!(offset(Offset(3750).duration()), "62:30");
        assert_eq!(offset_in_hours(Offset(3750).duration()), "1:02:30");
    }

    #[test]
    fn a_span_says_its_day_once() {
        let (from, until) = (instant_of("2026-11-23 09:45").unwrap(), instant_of("2026-11-23 11:15").unwrap());
        assert_eq!(span(from, until, &karlstad()), "2026-11-23 09:45–11:15");
        assert_eq!(span(from, days_after(until, 1), &karlstad()), "2026-11-23 09:45–2026-11-24 11:15");
    }
}
