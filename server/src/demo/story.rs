//! The story as it is printed: one line a step, in columns, within 100 characters.
//!
//! Decides nothing. Texts of questions are shown, because the day is invented.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use super::{
    calendar::{Dates, Day},
    transcript::{Outcome, Told, Transcript},
};

/// Columns.
pub(crate) const WIDTH: usize = 100;

const WHO: usize = 18;
const LOG: usize = 8;
/// Where outcomes begin, counted from the end of `who`, unless one is longer than its room.
const OUTCOME: usize = 25;

/// Prints a day's steps.
pub(crate) struct Story<'a> {
    dates: &'a Dates,
    day: Option<Day>,
    /// Room for a case's id; none where there is one case only.
    case: usize,
}

impl<'a> Story<'a> {
    /// Before the first step.
    pub(crate) fn new<'c>(dates: &'a Dates, cases: impl IntoIterator<Item = &'c String>) -> Self {
        let lengths: BTreeSet<_> = cases.into_iter().map(|case| case.chars().count().min(8)).collect();
        Self { dates, day: None, case: lengths.last().copied().unwrap_or(1) }
    }

    /// Prints one step, and the day before it where a new one begins.
    pub(crate) fn step(&mut self, told: &Told, out: &mut dyn Write) -> io::Result<()> {
        let day = told.moment.day;
        if self.day.replace(day) != Some(day) {
            let date = self.dates.date(day).map_or_else(|error| error.to_string(), |date| date.strftime("%A %-d %B %Y").to_string());
            let title = format!("{day}, {date}");
            writeln!(out, "\n{title}{:>room$}", "log", room = WIDTH - title.chars().count())?;
        }
        let time = told.moment.time.strftime("%H:%M");
        let who = if told.posts > 1 { format!("{} ({})", told.by, told.posts) } else { told.by.clone() };
        let case = self.case;
        let room = WIDTH - 5 - 2 - WHO - 2 - case - 2 - LOG;
        let outcome = outcome(&told.outcomes);
        let outcome_room = outcome.chars().count().clamp(OUTCOME, room);
        let what_room = (room - outcome_room).saturating_sub(2);
        let (who, id, what, outcome) = (fit(&who, WHO), fit(&told.case, case), fit(&told.what, what_room), fit(&outcome, outcome_room));
        let log = span(&told.records);
        writeln!(out, "{time}  {who:WHO$}  {id:case$}  {what:what_room$}  {outcome:outcome_room$}{log:>LOG$}")?;
        told.notes.iter().try_for_each(|note| writeln!(out, "{:indent$}{note}", "", indent = 5 + 2 + WHO + 2 + case + 2))
    }
}

/// Prints a section's title.
pub(crate) fn section(title: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{title}\n{}", "-".repeat(title.chars().count()))
}

/// Prints what the day came to.
pub(crate) fn summary(transcript: &Transcript, out: &mut dyn Write) -> io::Result<()> {
    let (steps, refusals) = (transcript.steps.len(), transcript.refusals());
    let Transcript { receipts, records, .. } = transcript;
    writeln!(out, "\nThe day went as it is told: {steps} steps, {refusals} of them refused as they must be;")?;
    writeln!(out, "{records} records in the log, {receipts} receipts verified as they came and again in the export.")
}

/// How a step ended, for all who did it.
fn outcome(outcomes: &[Outcome]) -> String {
    let one = |outcome: &Outcome| match outcome {
        Outcome::Done(said) => said.clone(),
        Outcome::Refused(reason) => format!("refused: {reason}"),
    };
    let Some((first, rest)) = outcomes.split_first() else { return String::new() };
    if rest.is_empty() {
        one(first)
    } else if rest.iter().all(|other| other == first) {
        format!("{}, all {}", one(first), outcomes.len())
    } else {
        outcomes.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

/// The first and the last of the records.
fn span(records: &[u64]) -> String {
    match records {
        [] => String::new(),
        [one] => one.to_string(),
        [first, .., last] => format!("{first}-{last}"),
    }
}

/// A text of at most so many characters; what is longer is cut, and says so.
pub(crate) fn fit(text: &str, width: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= width {
        return text;
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use barnahus_domain::Time;
    use jiff::tz::TimeZone;

    use super::{
        super::{
            calendar::{Holidays, Moment},
            scenario::Scenario,
        },
        *,
    };

    fn printed(outcomes: &[Outcome], records: &[u64]) -> String {
        let scenario = Scenario::parse(include_str!("../../../tests/scenarios/interview-day.toml")).ok().unwrap();
        let now = Time("2026-11-24T12:00:00Z".parse::<jiff::Timestamp>().unwrap().as_microsecond());
        let dates = Dates::choose(Holidays::Sweden, TimeZone::UTC, Moment::parse("D+1 09:10").unwrap(), now).unwrap();
        let mut story = Story::new(&dates, scenario.cases.keys());
        let mut out = Vec::new();
        for step in &scenario.steps {
            let mut told = Told::new(step, outcomes.len());
            outcomes.iter().for_each(|outcome| told.add(outcome.clone(), &[], Vec::new()));
            told.records = records.to_vec();
            story.step(&told, &mut out).unwrap();
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_step_is_one_line_within_100_columns_and_days_have_a_title() {
        let text = printed(&[Outcome::Done("question 5, hint: leading".into())], &[140]);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert_eq!(text.lines().filter(|line| line.ends_with("     140")).count(), 53);
        assert_eq!(text.lines().filter(|line| line.starts_with('D')).count(), 5, "{text}");
        assert!(text.contains("\nD-5, Monday 16 November 2026 "), "{text}");
    }

    #[test]
    fn a_refusal_is_told_with_its_whole_reason() {
        let text = printed(&[Outcome::Refused("DISCLOSURE_BAN_NOT_ACKNOWLEDGED".into())], &[7]);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert_eq!(text.matches("refused: DISCLOSURE_BAN_NOT_ACKNOWLEDGED").count(), 53);
    }

    #[test]
    fn what_many_do_is_told_once_with_the_span_of_its_records() {
        assert_eq!(outcome(&vec![Outcome::Done("accepted".into()); 6]), "accepted, all 6");
        assert_eq!((span(&[]), span(&[3]), span(&[3, 4, 9])), (String::new(), "3".into(), "3-9".into()));
        assert_eq!((fit("på två  rader\n", 20), fit("Vad använde han?", 8)), ("på två rader".into(), "Vad anv…".into()));
    }
}
