//! What came of a day, step by step: for the story that is printed, and for tests that look closer.
//!
//! Holds no private text but the invented ones of its scenario.

use super::{calendar::Moment, scenario::Step};

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It succeeded; in two or three words.
    Done(String),
    /// It was refused, as the scenario says, with this `ErrorReason`.
    Refused(String),
}

/// One step that went as the scenario says.
#[derive(Debug, Clone)]
pub struct Told {
    /// From 1.
    pub number: usize,
    /// When, as the scenario writes it.
    pub at: String,
    /// Who, as the scenario writes it.
    pub by: String,
    /// The scenario's verb.
    pub verb: String,
    /// How it ended, for each post that did it.
    pub outcomes: Vec<Outcome>,
    /// The records of its own calls, or of its refusals, by log index.
    pub records: Vec<u64>,
    /// What else is worth telling, a line each.
    pub notes: Vec<String>,
    pub(crate) moment: Moment,
    pub(crate) case: String,
    pub(crate) what: String,
    /// The private text that the step is about, in a question or an objection.
    pub(crate) quote: Option<String>,
    pub(crate) posts: usize,
}

impl Told {
    pub(super) fn new(step: &Step, posts: usize) -> Self {
        Self {
            number: step.number,
            at: step.at_text.clone(),
            by: step.by_text.clone(),
            verb: step.verb.clone(),
            outcomes: Vec::with_capacity(posts),
            records: Vec::new(),
            notes: Vec::new(),
            moment: step.at,
            case: step.case.clone(),
            what: step.act.tells(),
            quote: step.act.quotes().map(str::to_owned),
            posts,
        }
    }

    pub(super) fn add(&mut self, outcome: Outcome, records: &[u64], notes: Vec<String>) {
        self.outcomes.push(outcome);
        self.records.extend_from_slice(records);
        self.notes.extend(notes);
    }
}

/// A day that went as its scenario says.
#[derive(Debug, Clone)]
pub struct Transcript {
    /// Every step.
    pub steps: Vec<Told>,
    /// The protocols of the interviews that were held, as text.
    pub protocols: Vec<String>,
    /// Receipts that were verified as they arrived, and held against the export at the end.
    pub receipts: u64,
    /// Records in the log at the end.
    pub records: u64,
}

impl Transcript {
    /// How many steps were refused, as they must be.
    #[must_use]
    pub fn refusals(&self) -> usize {
        self.steps.iter().filter(|step| step.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Refused(_)))).count()
    }
}

/// A step that did not go as the scenario says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "step {number} did not go as the scenario says\n  at        {at}\n  by        {by}\n  do        {verb}\n  expected  {expected}\n  found     {found}"
)]
pub struct StepError {
    /// From 1.
    pub number: usize,
    /// When, as the scenario writes it.
    pub at: String,
    /// Who, as the scenario writes it.
    pub by: String,
    /// The scenario's verb.
    pub verb: String,
    /// What the scenario, or the form of every scenario, says.
    pub expected: String,
    /// What came instead.
    pub found: String,
}

impl StepError {
    pub(super) fn new(step: &Step, expected: String, found: String) -> Self {
        Self { number: step.number, at: step.at_text.clone(), by: step.by_text.clone(), verb: step.verb.clone(), expected, found }
    }
}
