//! Plays a scenario's steps against the house: turns the clock, lets each post make its calls, and holds what happens against what the
//! scenario says must happen.
//!
//! Which calls a verb stands for is `verbs`. INVARIANT: a step that must be refused leaves its own record and nothing else: the house's
//! checkpoint is read right before and after it, and the versions of all that it could have changed around that.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use barnahus_domain::{Time, house::Definition};
use barnahus_proto::v1::{GetCaseRequest, GetCheckpointRequest, GetInterviewRequest, Interview, ListQuestionsRequest, Role};
use tonic::transport::Channel;

use super::{
    calendar::Dates,
    cast::Cast,
    ledger::Ledger,
    rpc::{CallError, Refusal, Rpc, last, short},
    scenario::{By, Case, Scenario, Step},
    transcript::{Outcome, StepError, Told},
    verbs,
};
use crate::clock::Clock;

/// What is needed to play, and what has come of it so far.
pub(crate) struct Player<'day> {
    pub(crate) cast: &'day Cast,
    pub(crate) dates: &'day Dates,
    pub(crate) scenario: &'day Scenario,
    pub(crate) definition: &'day Definition,
    pub(crate) clock: &'day Clock,
    /// The folder below which exports are written.
    pub(crate) exports: PathBuf,
    pub(crate) ledger: Ledger,
    memories: BTreeMap<String, Memory>,
    doing: Doing,
}

/// What the players know of a case by now, each by their own notes.
#[derive(Default)]
pub(crate) struct Memory {
    /// The names that the house gave.
    pub(crate) case: Option<String>,
    pub(crate) consultation: Option<String>,
    pub(crate) interview: Option<String>,
    /// Text and name of each question, in the order of arrival.
    pub(crate) questions: Vec<(String, String)>,
    /// Posts.
    pub(crate) coordinator: Option<String>,
    pub(crate) leader: Option<String>,
    /// The interviews that were held.
    pub(crate) held: Vec<String>,
    /// Posts that did something that was not refused.
    acted: BTreeSet<String>,
}

/// What the step at hand has left in the log.
#[derive(Default)]
struct Doing {
    must_be_refused: bool,
    records: Vec<u64>,
    /// The checkpoint reads right before and after the refused call.
    probed: Option<(u64, u64)>,
}

/// One post at one step.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    /// The post that acts.
    pub(crate) who: &'a str,
    /// The case meant, by the scenario's own id.
    pub(crate) case: &'a str,
    /// The house's time.
    pub(crate) now: Time,
}

/// What came of an act that succeeded.
pub(crate) struct Done {
    /// In two or three words.
    pub(crate) outcome: String,
    /// What else is worth telling, a line each.
    pub(crate) notes: Vec<String>,
}

impl Done {
    /// Nothing else to tell.
    pub(crate) fn said(outcome: impl Into<String>) -> Self {
        Self { outcome: outcome.into(), notes: Vec::new() }
    }
}

/// Why an act did not succeed.
pub(crate) enum Halt {
    /// The house refused it.
    Refused(Refusal),
    /// Something is not as it must be.
    Unexpected {
        /// What must be.
        expected: String,
        /// What is.
        found: String,
    },
}

impl Halt {
    /// Something is not as it must be.
    pub(crate) fn unexpected(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self::Unexpected { expected: expected.into(), found: found.into() }
    }
}

impl From<CallError> for Halt {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Refused(refusal) => Self::Refused(refusal),
            CallError::Broken(found) => Self::unexpected("an answer with a receipt that verifies, or a reason of the contract", found),
        }
    }
}

impl From<jiff::Error> for Halt {
    fn from(error: jiff::Error) -> Self {
        Self::unexpected("a day of the calendar", error.to_string())
    }
}

impl<'day> Player<'day> {
    /// Before the first step.
    pub(crate) fn new(
        cast: &'day Cast,
        dates: &'day Dates,
        scenario: &'day Scenario,
        definition: &'day Definition,
        clock: &'day Clock,
        exports: PathBuf,
        ledger: Ledger,
    ) -> Self {
        Self { cast, dates, scenario, definition, clock, exports, ledger, memories: BTreeMap::new(), doing: Doing::default() }
    }

    /// Plays one step, and tells of it.
    pub(crate) async fn play(&mut self, step: &Step) -> Result<Told, StepError> {
        let error = |halt: Halt| {
            let (expected, found) = expectation(step, halt);
            StepError::new(step, expected, found)
        };
        let now = self.dates.instant(step.at).map_err(|fault| error(fault.into()))?;
        self.clock.turn_to(now);
        let everyone = self.everyone(step).await.map_err(error)?;
        let mut told = Told::new(step, everyone.len());
        for who in &everyone {
            let scene = Scene { who, case: &step.case, now };
            match &step.refused {
                None => {
                    self.doing = Doing::default();
                    let done = verbs::perform(self, scene, &step.act).await.map_err(error)?;
                    told.add(Outcome::Done(done.outcome), &self.doing.records, done.notes);
                    self.remember(&step.case).acted.insert(who.clone());
                }
                Some(reason) => {
                    let refusal = self.refused(scene, step, reason).await.map_err(error)?;
                    told.add(Outcome::Refused(refusal.reason), &Vec::from_iter(refusal.record), Vec::new());
                }
            }
        }
        Ok(told)
    }

    /// An act that must be refused: checks that it is, with this reason, and that nothing comes of it but its own record.
    async fn refused(&mut self, scene: Scene<'_>, step: &Step, reason: &str) -> Result<Refusal, Halt> {
        let before = self.versions(scene.case).await?;
        self.doing = Doing { must_be_refused: true, ..Doing::default() };
        let refusal = match verbs::perform(self, scene, &step.act).await {
            Err(Halt::Refused(refusal)) if refusal.reason == reason => refusal,
            Err(halt) => return Err(halt),
            Ok(done) => return Err(Halt::unexpected(format!("refused with {reason}"), format!("it succeeded: {}", done.outcome))),
        };
        let Doing { records, probed, .. } = std::mem::take(&mut self.doing);
        if !records.is_empty() {
            return Err(Halt::unexpected("the first call refused", format!("{} calls that succeeded before it", records.len())));
        }
        let own_record_only = probed.zip(refusal.record).is_some_and(|((before, after), own)| own == before + 1 && after == own + 1);
        if !own_record_only {
            let found = format!("refusal at {:?}, checkpoint reads around it at {probed:?}", refusal.record);
            return Err(Halt::unexpected("one record of the refusal, and no other", found));
        }
        let after = self.versions(scene.case).await?;
        if after != before {
            return Err(Halt::unexpected(format!("versions as before: {before:?}"), format!("{after:?}")));
        }
        Ok(refusal)
    }

    /// Makes the call that a step is about.
    pub(crate) async fn act<R: Rpc>(&mut self, who: &str, request: R) -> Result<R::Answer, Halt> {
        let channel = self.channel(who)?;
        self.before_act(who).await?;
        match self.ledger.ask(channel, request).await {
            Ok((answer, index)) => {
                self.doing.records.push(index);
                Ok(answer)
            }
            Err(error) => {
                self.after_refusal(who).await?;
                Err(error.into())
            }
        }
    }

    /// Notes where the log stands, if the call that follows must be refused.
    pub(crate) async fn before_act(&mut self, who: &str) -> Result<(), Halt> {
        if self.doing.must_be_refused {
            let before = self.probe(who).await?;
            self.doing.probed = Some((before, before));
        }
        Ok(())
    }

    /// Notes where the log stands after it.
    pub(crate) async fn after_refusal(&mut self, who: &str) -> Result<(), Halt> {
        if let Some((before, _)) = self.doing.probed {
            self.doing.probed = Some((before, self.probe(who).await?));
        }
        Ok(())
    }

    /// Notes a record of the step whose answer carries no receipt.
    pub(crate) fn note_record(&mut self, index: u64) {
        self.doing.records.push(index);
    }

    /// Makes a call that a step needs besides its own. The house must not refuse it.
    pub(crate) async fn read<R: Rpc>(&mut self, who: &str, request: R) -> Result<R::Answer, Halt> {
        let channel = self.channel(who)?;
        let answer = self.ledger.ask(channel, request).await.map_err(|error| match Halt::from(error) {
            Halt::Refused(refusal) => Halt::unexpected(format!("`{who}` may look things up for this step"), refused_with(&refusal)),
            halt => halt,
        })?;
        Ok(answer.0)
    }

    /// The connection of a post.
    pub(crate) fn channel(&self, who: &str) -> Result<Channel, Halt> {
        let member = self.cast.member(who).ok_or_else(|| Halt::unexpected("a post of the house", format!("`{who}`")))?;
        Ok(member.channel())
    }

    async fn probe(&mut self, who: &str) -> Result<u64, Halt> {
        let request = GetCheckpointRequest { parent: self.cast.house().to_owned(), since_size: 0 };
        let answer = self.read(who, request).await?;
        answer.receipt.map(|receipt| receipt.index).ok_or_else(|| Halt::unexpected("a checkpoint with a receipt", "none"))
    }

    /// The etags of everything of a case that an act could change, as its leader sees it.
    async fn versions(&mut self, case: &str) -> Result<Vec<(String, String)>, Halt> {
        let memory = self.memory(case);
        let (name, interview) = (memory.case.clone(), memory.interview.clone());
        let reader = memory.leader.as_ref().or(memory.coordinator.as_ref()).cloned();
        let (Some(name), Some(reader)) = (name, reader) else { return Ok(Vec::new()) };
        let answer = self.read(&reader, GetCaseRequest { name }).await?;
        let mut versions: Vec<_> = answer.case.map(|case| (case.name, case.etag)).into_iter().collect();
        if let Some(interview) = interview {
            let answer = self.read(&reader, GetInterviewRequest { name: interview.clone() }).await?;
            versions.extend(answer.interview.map(|interview| (interview.name, interview.etag)));
            let answer = self.read(&reader, ListQuestionsRequest { parent: interview }).await?;
            versions.extend(answer.questions.into_iter().map(|question| (question.name, question.etag)));
        }
        Ok(versions.into_iter().map(|(name, etag)| (short(&name), etag)).collect())
    }

    /// The posts that a step's `by` stands for.
    async fn everyone(&mut self, step: &Step) -> Result<Vec<String>, Halt> {
        let posts: Vec<String> = match &step.by {
            By::Post(post) => vec![post.clone()],
            By::EachInvited => {
                let interview = self.interview_now(&step.case).await?;
                interview.invitations.iter().map(|invitation| last(&invitation.post).to_owned()).collect()
            }
            By::EachObserver => self.observers(step).await?,
        };
        let posts: Vec<_> = posts.into_iter().filter(|post| !step.except.contains(post)).collect();
        if posts.is_empty() { Err(Halt::unexpected("somebody who does it", format!("nobody is `{}`", step.by_text))) } else { Ok(posts) }
    }

    /// Everyone with a seat in the listening room, the leader first; after the check-in, only those who came.
    async fn observers(&mut self, step: &Step) -> Result<Vec<String>, Halt> {
        let interview = self.interview_now(&step.case).await?;
        let listens = |role: i32| role != i32::from(Role::ChildInterviewer);
        let mut seats: Vec<_> = interview.observers.iter().filter(|seat| listens(seat.role)).collect();
        if step.act.is_check_in() {
            let mut posts: Vec<_> = seats.iter().map(|seat| last(&seat.post).to_owned()).collect();
            let leader = self.memory(&step.case).leader.clone();
            posts.retain(|post| leader.as_ref() != Some(post));
            return Ok(leader.into_iter().chain(posts).collect());
        }
        seats.retain(|seat| seat.checked_in_at.is_some() && seat.checked_out_at.is_none());
        Ok(seats.iter().map(|seat| last(&seat.post).to_owned()).collect())
    }

    /// The interview as it is, read by the leader, or by the coordinator before there is one.
    pub(crate) async fn interview_now(&mut self, case: &str) -> Result<Interview, Halt> {
        let memory = self.memory(case);
        let reader = memory.leader.as_ref().or(memory.coordinator.as_ref()).cloned();
        let (Some(name), Some(reader)) = (memory.interview.clone(), reader) else { return Err(nothing_yet("a booked interview", case)) };
        let answer = self.read(&reader, GetInterviewRequest { name }).await?;
        answer.interview.ok_or_else(|| Halt::unexpected("an interview", "an empty answer"))
    }

    /// What is known of a case.
    pub(crate) fn memory(&self, case: &str) -> &Memory {
        static NOTHING: Memory = Memory::NOTHING;
        self.memories.get(case).unwrap_or(&NOTHING)
    }

    /// What is known of a case, to be added to.
    pub(crate) fn remember(&mut self, case: &str) -> &mut Memory {
        self.memories.entry(case.to_owned()).or_default()
    }

    /// How the scenario describes a case.
    pub(crate) fn described(&self, case: &str) -> Result<&'day Case, Halt> {
        self.scenario.cases.get(case).ok_or_else(|| Halt::unexpected("a [[case]] of the scenario", format!("`{case}`")))
    }

    /// The name of the case.
    pub(crate) fn case(&self, scene: Scene<'_>) -> Result<String, Halt> {
        self.memory(scene.case).case.clone().ok_or_else(|| nothing_yet("a consultation that opened the case", scene.case))
    }

    /// The name of its consultation.
    pub(crate) fn consultation(&self, scene: Scene<'_>) -> Result<String, Halt> {
        self.memory(scene.case).consultation.clone().ok_or_else(|| nothing_yet("a requested consultation", scene.case))
    }

    /// The name of its interview.
    pub(crate) fn interview(&self, scene: Scene<'_>) -> Result<String, Halt> {
        self.memory(scene.case).interview.clone().ok_or_else(|| nothing_yet("a booked interview", scene.case))
    }

    /// The name of the question with this text.
    pub(crate) fn question(&self, scene: Scene<'_>, text: &str) -> Result<String, Halt> {
        let found = self.memory(scene.case).questions.iter().rev().find(|(asked, _)| asked == text);
        found.map(|(_, name)| name.clone()).ok_or_else(|| nothing_yet(&format!("the question \"{text}\""), scene.case))
    }

    /// The interviews that were held, each with the post that leads, by the scenario's ids of their cases.
    pub(crate) fn held(&self) -> Vec<(String, String)> {
        let led = self.memories.values().filter_map(|memory| Some((&memory.held, memory.leader.as_ref()?)));
        led.flat_map(|(held, leader)| held.iter().map(|interview| (interview.clone(), leader.clone()))).collect()
    }

    /// Each post that did something, with the short name of its case's interview.
    pub(crate) fn took_part(&self) -> Vec<(String, String)> {
        let with_interview = self.memories.values().filter_map(|memory| Some((memory, short(memory.interview.as_deref()?))));
        with_interview.flat_map(|(memory, interview)| memory.acted.iter().map(move |post| (post.clone(), interview.clone()))).collect()
    }
}

impl Memory {
    const NOTHING: Self = Self {
        case: None,
        consultation: None,
        interview: None,
        questions: Vec::new(),
        coordinator: None,
        leader: None,
        held: Vec::new(),
        acted: BTreeSet::new(),
    };
}

fn nothing_yet(what: &str, case: &str) -> Halt {
    Halt::unexpected(format!("an earlier step with {what}"), format!("none in case {case}"))
}

fn refused_with(refusal: &Refusal) -> String {
    format!("refused with {}: {}", refusal.reason, refusal.message)
}

/// What a step that went wrong expected, and what it found.
fn expectation(step: &Step, halt: Halt) -> (String, String) {
    match halt {
        Halt::Unexpected { expected, found } => (expected, found),
        Halt::Refused(refusal) => {
            let expected = step.refused.as_ref().map_or_else(|| "success".to_owned(), |reason| format!("refused with {reason}"));
            (expected, refused_with(&refusal))
        }
    }
}
