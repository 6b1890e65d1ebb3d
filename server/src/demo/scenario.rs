//! The form of a scenario: its cases and steps, read strictly.
//!
//! What one step does is `acts`. Whether the posts that a scenario names are there is the cast's to say. INVARIANT: what was read has steps
//! in the order of time, names only cases that it describes, and holds no key that nobody looks at; a fault names its step.

use std::collections::BTreeMap;

use barnahus_proto::v1::{AgeBand, CrimeType, ErrorReason, Protection, Relation};
use serde::Deserialize;
use toml::{Table, Value};

use super::{
    acts::Act,
    calendar::Moment,
    code::{self, Coded},
};

/// A day to be played.
pub(crate) struct Scenario {
    /// The cases by the scenario's own ids.
    pub(crate) cases: BTreeMap<String, Case>,
    /// The steps, in the order of time; at least one.
    pub(crate) steps: Vec<Step>,
}

/// One case, as its first consultation describes it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    id: String,
    pub(crate) child_age_band: Coded<AgeBand>,
    pub(crate) crime_type: Coded<CrimeType>,
    pub(crate) relation_to_child: Coded<Relation>,
    pub(crate) protection: Coded<Protection>,
    /// The board where the child lives, by the name that the house file has for it.
    pub(crate) home_board: String,
    #[serde(default)]
    pub(crate) needs: Needs,
}

/// What the child needs.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Needs {
    /// ISO 639.
    #[serde(default)]
    pub(crate) language: String,
}

/// One step.
pub(crate) struct Step {
    /// From 1.
    pub(crate) number: usize,
    /// When.
    pub(crate) at: Moment,
    /// The same as it was written.
    pub(crate) at_text: String,
    /// Who.
    pub(crate) by: By,
    /// The same as it was written.
    pub(crate) by_text: String,
    /// Posts that `by` does not mean.
    pub(crate) except: Vec<String>,
    /// The case meant, by the scenario's own id.
    pub(crate) case: String,
    /// The verb, as it was written.
    pub(crate) verb: String,
    /// What.
    pub(crate) act: Act,
    /// The reason with which it must be refused.
    pub(crate) refused: Option<String>,
}

/// Who does a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum By {
    /// One post.
    Post(String),
    /// Every post that the booking asks.
    EachInvited,
    /// Everyone who checks in.
    EachObserver,
}

/// Why a scenario cannot be played.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    /// It is not TOML, or has a key at its top that is none.
    #[error("the scenario is not of its form: {0}")]
    Form(String),
    /// A case is not described as it must be.
    #[error("[[case]] {number} of the scenario: {problem}")]
    Case {
        /// From 1.
        number: usize,
        /// What is wrong.
        problem: String,
    },
    /// A step is not written as it must be.
    #[error("step {number} of the scenario (at \"{at}\", by \"{by}\", do \"{verb}\"): {problem}")]
    Step {
        /// From 1.
        number: usize,
        /// When, as far as it is written.
        at: String,
        /// Who, as far as it is written.
        by: String,
        /// What, as far as it is written.
        verb: String,
        /// What is wrong.
        problem: String,
    },
}

/// The case that is meant where a step names none.
const FIRST_CASE: &str = "A";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "case")]
    cases: Vec<Table>,
    #[serde(default, rename = "step")]
    steps: Vec<Table>,
}

/// What every step may have beside the keys of its act.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Frame {
    at: String,
    by: String,
    #[serde(rename = "do")]
    verb: String,
    #[serde(default)]
    except: Vec<String>,
    case: Option<String>,
    refused: Option<String>,
}

const FRAME_KEYS: [&str; 6] = ["at", "by", "do", "except", "case", "refused"];

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// The first thing that is not as the form says.
    pub(crate) fn parse(text: &str) -> Result<Self, ScenarioError> {
        let file: File = toml::from_str(text).map_err(|error| ScenarioError::Form(error.to_string().trim_end().to_owned()))?;
        let mut cases = BTreeMap::new();
        for (number, table) in (1..).zip(file.cases) {
            let problem = |problem: String| ScenarioError::Case { number, problem };
            let case: Case = Value::Table(table).try_into().map_err(|error| problem(told(&error)))?;
            let id = case.id.clone();
            if cases.insert(id.clone(), case).is_some() {
                return Err(problem(format!("the case `{id}` stands twice")));
            }
        }
        let mut steps: Vec<Step> = Vec::with_capacity(file.steps.len());
        for (number, table) in (1..).zip(file.steps) {
            let step = step(number, table, &cases, steps.last().map(|step| step.at))?;
            steps.push(step);
        }
        if steps.is_empty() { Err(ScenarioError::Form("it has no [[step]]".to_owned())) } else { Ok(Self { cases, steps }) }
    }

    /// When the first thing happens; absent in a scenario without steps, which is never read.
    pub(crate) fn first(&self) -> Option<Moment> {
        self.steps.first().map(|step| step.at)
    }

    /// When the last thing happens.
    pub(crate) fn last(&self) -> Option<Moment> {
        self.steps.last().map(|step| step.at)
    }

    /// Every post that does a step or is left out of one, with the step.
    pub(crate) fn players(&self) -> impl Iterator<Item = (&Step, &str)> {
        self.steps.iter().flat_map(|step| {
            let by = match &step.by {
                By::Post(post) => Some(post),
                By::EachInvited | By::EachObserver => None,
            };
            by.into_iter().chain(&step.except).map(move |post| (step, post.as_str()))
        })
    }
}

impl Step {
    /// An error about this step, before it is played.
    pub(crate) fn error(&self, problem: String) -> ScenarioError {
        let (at, by, verb) = (self.at_text.clone(), self.by_text.clone(), self.verb.clone());
        ScenarioError::Step { number: self.number, at, by, verb, problem }
    }
}

fn step(number: usize, table: Table, cases: &BTreeMap<String, Case>, before: Option<Moment>) -> Result<Step, ScenarioError> {
    let written = |key: &str| table.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (at, by, verb) = (written("at"), written("by"), written("do"));
    let problem = |problem: String| ScenarioError::Step { number, at: at.clone(), by: by.clone(), verb: verb.clone(), problem };

    let (frame, keys): (Table, Table) = table.into_iter().partition(|(key, _)| FRAME_KEYS.contains(&key.as_str()));
    let frame: Frame = Value::Table(frame).try_into().map_err(|error| problem(told(&error)))?;
    let tagged = Table::from_iter([(frame.verb, Value::Table(keys))]);
    let act: Act = Value::Table(tagged).try_into().map_err(|error| problem(told(&error)))?;
    if let Some(found) = act.problem() {
        return Err(problem(found.to_owned()));
    }

    let moment = Moment::parse(&frame.at).ok_or_else(|| problem(format!("`{}` is no time: write it like `D-5 08:30`", frame.at)))?;
    if before.is_some_and(|before| moment < before) {
        return Err(problem("it lies before the step above it: a day is told in the order of time".to_owned()));
    }
    let who = match frame.by.as_str() {
        "each invited" => By::EachInvited,
        "each observer" => By::EachObserver,
        post => By::Post(post.to_owned()),
    };
    if !frame.except.is_empty() && matches!(who, By::Post(_)) {
        return Err(problem("`except` goes with `each invited` and `each observer` only".to_owned()));
    }
    if let Some(reason) = frame.refused.as_deref().filter(|reason| code::find::<ErrorReason>(reason).is_none()) {
        return Err(problem(format!("`{reason}` is no ErrorReason of the contract")));
    }
    let case = frame.case.unwrap_or_else(|| FIRST_CASE.to_owned());
    if !cases.contains_key(&case) {
        return Err(problem(format!("there is no [[case]] with the id `{case}`")));
    }
    let (except, refused) = (frame.except, frame.refused);
    Ok(Step { number, at: moment, at_text: at, by: who, by_text: by, except, case, verb, act, refused })
}

/// What a form error says, on one line.
fn told(error: &toml::de::Error) -> String {
    error.message().trim().replace('\n', "; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVIEW_DAY: &str = include_str!("../../../tests/scenarios/interview-day.toml");

    fn refused(from: &str, to: &str) -> String {
        assert!(INTERVIEW_DAY.contains(from), "{from}");
        Scenario::parse(&INTERVIEW_DAY.replacen(from, to, 1)).err().unwrap().to_string()
    }

    #[test]
    fn the_reference_day_is_read_whole() {
        let day = Scenario::parse(INTERVIEW_DAY).ok().unwrap();
        assert_eq!((day.cases.len(), day.steps.len()), (2, 53));
        assert_eq!(day.steps.iter().filter(|step| step.refused.is_some()).count(), 7);
        assert_eq!(day.cases["B"].home_board, "Torsby");
        assert_eq!(day.steps.iter().filter(|step| step.case == "B").count(), 5);
        assert_eq!((day.first(), day.last()), (Moment::parse("D-5 08:29"), Moment::parse("D+1 09:10")));
        assert_eq!(day.steps.iter().filter(|step| step.by == By::EachObserver).count(), 2);
        assert!(day.players().any(|(step, post)| step.by == By::EachObserver && post == "paediatrician-1"));
    }

    #[test]
    fn an_error_names_the_step_with_its_number_time_post_and_verb() {
        let told = refused("do = \"schedule_consultation\"", "do = \"schedule\"");
        assert!(
            told.starts_with(
                "step 3 of the scenario (at \"D-5 09:00\", by \"coordinator-1\", do \"schedule\"): unknown variant `schedule`"
            ),
            "{told}"
        );
        let told = refused("invite = [\"prosecutor-1\"", "invites = [\"prosecutor-1\"");
        assert!(told.starts_with("step 3 of") && told.contains("unknown field `invites`"), "{told}");
        let told = refused("by = \"coordinator-1\"\n", "");
        assert!(told.starts_with("step 3 of") && told.contains("missing field `by`"), "{told}");
        let told = refused("hint = \"LEADING\"", "hint = \"OPEN\"");
        assert!(told.starts_with("step 27 of") && told.contains("there is no code `OPEN`, but LEADING"), "{told}");
        assert!(refused("do = \"accept_booking\"", "do = \"accept_booking\"\nreason = \"x\"").starts_with("step 15 of"));
    }

    #[test]
    fn steps_stand_in_the_order_of_time_and_name_cases_that_are_there() {
        assert!(refused("at = \"D-5 09:00\"", "at = \"D-5 08:00\"").contains("step 3 of"));
        assert!(refused("at = \"D-5 09:00\"", "at = \"D-5 9:00\"").contains("`D-5 9:00` is no time"));
        assert!(refused("case = \"B\"\nat", "case = \"C\"\nat").contains("no [[case]] with the id `C`"));
        assert!(refused("refused = \"RESOURCE_TAKEN\"", "refused = \"TAKEN\"").contains("`TAKEN` is no ErrorReason"));
        assert!(refused("do = \"freeze_roster\"", "do = \"freeze_roster\"\nexcept = [\"prosecutor-2\"]").contains("`except` goes with"));
    }

    #[test]
    fn a_case_is_described_with_known_keys_and_codes() {
        assert!(
            refused("crime_type = \"ASSAULT\"", "crime_type = \"THEFT\"")
                .starts_with("[[case]] 1 of the scenario: there is no code `THEFT`")
        );
        assert!(refused("protection = \"NONE\"", "protected = \"NONE\"").contains("unknown field `protected`"));
        assert!(refused("id = \"B\"", "id = \"A\"").contains("the case `A` stands twice"));
        assert!(refused("[[case]]", "[[cases]]").contains("the scenario is not of its form"));
        assert!(Scenario::parse("").is_err());
    }
}
