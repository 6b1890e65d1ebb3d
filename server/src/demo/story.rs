//! The story as it is printed: a step in columns, within 80 characters; what is longer than its column goes on below.
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
pub(crate) const WIDTH: usize = 80;

const TIME: usize = 5;
const WHO: usize = 18;
const OUTCOME: usize = 26;
const LOG: usize = 7;

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
        let log = span(&told.records);
        let (case, indent) = (self.case, TIME + 1 + WHO + 1 + self.case + 1);
        let what_room = WIDTH - indent - 1 - OUTCOME - 1 - LOG;
        // A long span takes its room from the outcome, never from the right edge.
        let outcome_room = OUTCOME - log.chars().count().saturating_sub(LOG);
        let (what, outcome) = (wrapped(&told.what, what_room), wrapped(&outcome(&told.outcomes), outcome_room));
        let (who, id) = (fit(&who, WHO), fit(&told.case, case));
        for row in 0..what.len().max(outcome.len()).max(1) {
            let cell = |lines: &[String]| lines.get(row).cloned().unwrap_or_default();
            let (what, outcome) = (cell(&what), cell(&outcome));
            if row == 0 {
                let log_room = OUTCOME + 1 + LOG - outcome_room;
                writeln!(out, "{time} {who:WHO$} {id:case$} {what:what_room$} {outcome:outcome_room$}{log:>log_room$}")?;
            } else {
                writeln!(out, "{}", format!("{:indent$}{what:what_room$} {outcome}", "").trim_end())?;
            }
        }
        if let Some(quote) = &told.quote {
            wrapped(&format!("\"{quote}\""), WIDTH - indent).iter().try_for_each(|line| writeln!(out, "{:indent$}{line}", ""))?;
        }
        let indent = TIME + 1;
        let notes = told.notes.iter().flat_map(|note| wrapped(note, WIDTH - indent));
        notes.into_iter().try_for_each(|line| writeln!(out, "{:indent$}{line}", ""))
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
    writeln!(out, "{records} records in the log; {receipts} receipts verified, as they came and in the export.")
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

/// A text in lines of at most so many characters, broken between words, and within a word that is longer than a line.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => line.extend([" ", word]),
            _ => lines.extend(word.chars().collect::<Vec<_>>().chunks(width.max(1)).map(String::from_iter)),
        }
    }
    lines
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
    fn every_step_ends_with_its_log_index_at_column_80_and_days_have_a_title() {
        let text = printed(&[Outcome::Done("question 5, hint: leading".into())], &[140]);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        let steps: Vec<_> = text.lines().filter(|line| line.ends_with("     140")).collect();
        assert_eq!(steps.len(), 53);
        assert!(steps.iter().all(|line| line.chars().count() == WIDTH), "{text}");
        assert_eq!(text.lines().filter(|line| line.starts_with('D')).count(), 5, "{text}");
        assert!(text.contains("\nD-5, Monday 16 November 2026 "), "{text}");
    }

    #[test]
    fn a_refusal_stands_with_its_whole_reason_in_the_column_of_the_outcomes() {
        let column = |text: &str, of: &str| text.lines().find_map(|line| line.split_once(of).map(|(before, _)| before.chars().count()));
        let done = printed(&[Outcome::Done("confirmed".into())], &[1000, 1001]);
        let short = printed(&[Outcome::Refused("PERMISSION_DENIED".into())], &[7]);
        let long = printed(&[Outcome::Refused("DISCLOSURE_BAN_NOT_ACKNOWLEDGED".into())], &[7]);
        assert!([&done, &short, &long].into_iter().all(|text| text.lines().all(|line| line.chars().count() <= WIDTH)), "{long}");
        assert!(done.contains(" 1000-1001\n"), "{done}");
        assert_eq!(column(&short, "refused: PERMISSION_DENIED"), column(&done, "confirmed "));
        assert_eq!(column(&long, "refused:"), column(&done, "confirmed "));
        assert_eq!(long.matches("DISCLOSURE_BAN_NOT_ACKNOW").count(), 53, "{long}");
    }

    #[test]
    fn what_is_longer_than_its_column_goes_on_below() {
        assert_eq!(wrapped("asks for a consultation", 18), ["asks for a", "consultation"]);
        assert_eq!(wrapped("ABCDEFGH", 3), ["ABC", "DEF", "GH"]);
        assert!(wrapped(" ", 3).is_empty());
    }

    #[test]
    fn what_many_do_is_told_once_with_the_span_of_its_records() {
        assert_eq!(outcome(&vec![Outcome::Done("accepted".into()); 6]), "accepted, all 6");
        assert_eq!((span(&[]), span(&[3]), span(&[3, 4, 9])), (String::new(), "3".into(), "3-9".into()));
        assert_eq!((fit("på två  rader\n", 20), fit("Vad använde han?", 8)), ("på två rader".into(), "Vad anv…".into()));
    }
}
