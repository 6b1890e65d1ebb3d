//! Questions: asked by role, decided by the leader, delivered in order, each with a fate.
//!
//! Holds no text: a text is named by the record that it was sealed with. L6 by type: a rejection carries its reason, a question that was
//! not asked carries its own, one that was asked its offset.

use barnahus_policy::Role;
use serde::{Deserialize, Serialize};

use crate::{
    case::Case,
    code::{FateKind, Hint, NotAskedReason, RejectReason},
    command::{By, Decided},
    event::{Event, Stamp},
    hint::hints,
    house::House,
    id::{PersonId, PostId, Target},
    interview::{Batch, Interview, Stage},
    text::Text,
    time::Time,
};

/// Questions in one interview, at most; a day has some dozens.
pub const QUESTIONS_MAX: u32 = 1_000_000;

/// What hands a question over to those who see all of them (S4).
const SUBMISSION_GROUND: &str = "RB 23:10";

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// From 1 in order of arrival.
    pub number: u32,
    /// Who asks.
    pub author: PersonId,
    /// By which post.
    pub post: PostId,
    /// In which role.
    pub role: Role,
    /// Where a child may be in danger now (L7).
    pub urgent: bool,
    /// Where it stands.
    pub state: State,
    /// When it was submitted.
    pub submitted_at: Time,
    /// The record that the text is sealed with.
    pub text_index: u64,
    /// The break and batch it was delivered in, both from 1.
    pub delivered: Option<(u32, u32)>,
    /// The record that the asker's objection is sealed with.
    pub objection_index: Option<u64>,
    /// The record that last changed it.
    pub changed: u64,
}

/// Where a question stands (L3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Waits for the leader.
    Submitted,
    /// Waits for the next break.
    Approved,
    /// Rejected, for a reason.
    Rejected(RejectReason),
    /// Asked together with another.
    Merged(u32),
    /// Taken back.
    Withdrawn,
    /// With the interviewer.
    Delivered,
    /// What became of it.
    Fated(Fate),
}

/// What became of a delivered question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It was asked.
    Asked {
        /// And then.
        outcome: Asked,
        /// Microseconds into the recording.
        offset_us: i64,
    },
    /// It was not.
    NotAsked {
        /// Why.
        reason: NotAskedReason,
    },
}

/// What followed the asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// Not known yet.
    Open,
    /// An answer.
    Answered,
    /// None.
    NoAnswer,
    /// The child did not want to.
    ChildDeclined,
}

impl State {
    /// As people say it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "SUBMITTED",
            Self::Approved => "APPROVED",
            Self::Rejected(_) => "REJECTED",
            Self::Merged(_) => "MERGED",
            Self::Withdrawn => "WITHDRAWN",
            Self::Delivered => "DELIVERED",
            Self::Fated(Fate::Asked { outcome: Asked::Open, .. }) => "ASKED",
            Self::Fated(Fate::Asked { outcome: Asked::Answered, .. }) => "ANSWERED",
            Self::Fated(Fate::Asked { outcome: Asked::NoAnswer, .. }) => "NO_ANSWER",
            Self::Fated(Fate::Asked { outcome: Asked::ChildDeclined, .. }) => "CHILD_DECLINED",
            Self::Fated(Fate::NotAsked { .. }) => "NOT_ASKED",
        }
    }
}

impl Fate {
    /// From its parts, as people note it.
    ///
    /// # Errors
    /// If the offset or the reason that this fate needs is missing.
    pub fn new(kind: FateKind, offset_us: Option<i64>, reason: Option<NotAskedReason>) -> Result<Self, QuestionRefusal> {
        let outcome = match kind {
            FateKind::Asked => Asked::Open,
            FateKind::Answered => Asked::Answered,
            FateKind::NoAnswer => Asked::NoAnswer,
            FateKind::ChildDeclined => Asked::ChildDeclined,
            FateKind::NotAsked => return reason.map(|reason| Self::NotAsked { reason }).ok_or(QuestionRefusal::ReasonNeeded),
        };
        offset_us.map(|offset_us| Self::Asked { outcome, offset_us }).ok_or(QuestionRefusal::OffsetNeeded)
    }

    /// The code it is noted by.
    #[must_use]
    pub fn kind(self) -> FateKind {
        match self {
            Self::Asked { outcome: Asked::Open, .. } => FateKind::Asked,
            Self::Asked { outcome: Asked::Answered, .. } => FateKind::Answered,
            Self::Asked { outcome: Asked::NoAnswer, .. } => FateKind::NoAnswer,
            Self::Asked { outcome: Asked::ChildDeclined, .. } => FateKind::ChildDeclined,
            Self::NotAsked { .. } => FateKind::NotAsked,
        }
    }
}

impl Question {
    /// True if nothing more can become of it. A merged question has the fate of its target.
    #[must_use]
    pub fn has_fate(&self, interview: &Interview) -> bool {
        match self.state {
            State::Submitted | State::Approved | State::Delivered | State::Fated(Fate::Asked { outcome: Asked::Open, .. }) => false,
            State::Rejected(_) | State::Withdrawn | State::Fated(_) => true,
            State::Merged(into) => {
                interview.question(into).is_some_and(|target| target.number != self.number && target.has_fate(interview))
            }
        }
    }

    /// True while it waits for the leader or for a break.
    #[must_use]
    pub fn waits(&self) -> bool {
        matches!(self.state, State::Submitted | State::Approved)
    }
}

/// Sorts questions in the order L7: protection-urgent first, then role rank, then arrival. Total, and the same for all.
pub fn sort_by_order(house: &House, questions: &mut [&Question]) {
    questions.sort_by_key(|question| (!question.urgent, house.role_rank(question.role), question.number));
}

/// What can be done about questions.
#[derive(Debug, Clone)]
pub enum Command {
    /// Puts a question in the interview that is the target.
    Submit {
        /// What the asker needs to know.
        text: Text,
        /// Where a child may be in danger now.
        urgent: bool,
    },
    /// Takes it back.
    Withdraw,
    /// Approves it.
    Approve,
    /// Rejects it.
    Reject(RejectReason),
    /// Merges it into another of the same interview.
    Merge(u32),
    /// Objects to its rejection.
    Object(Text),
    /// Notes its fate.
    NoteFate(Fate),
}

/// What happened to a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// Submitted.
    Submitted {
        /// Marked protection-urgent.
        urgent: bool,
        /// What its author was told about its form.
        hints: Vec<Hint>,
    },
    /// Taken back.
    Withdrawn,
    /// Approved.
    Approved {
        /// In a break: delivered with it, as this batch.
        delivered: Option<(u32, u32)>,
    },
    /// Rejected.
    Rejected {
        /// Why.
        reason: RejectReason,
    },
    /// Merged.
    Merged {
        /// Into this one.
        into: u32,
    },
    /// Objected to.
    Objected,
    /// A fate was noted.
    FateNoted {
        /// This one.
        fate: Fate,
    },
}

impl Happened {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Submitted { .. } => "question.submitted",
            Self::Withdrawn => "question.withdrawn",
            Self::Approved { .. } => "question.approved",
            Self::Rejected { .. } => "question.rejected",
            Self::Merged { .. } => "question.merged",
            Self::Objected => "question.objected",
            Self::FateNoted { .. } => "question.fate_noted",
        }
    }
}

/// Why it is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuestionRefusal {
    /// No such question or interview.
    #[error("there is no such question")]
    NoSuchQuestion,
    /// Not checked in.
    #[error("you are not checked in to the listening room: `barnahus interview check-in`")]
    NotCheckedIn,
    /// The interview has ended, or has not begun.
    #[error("the interview is `{}`, so this cannot be done now", .0.as_str())]
    WrongStage(Stage),
    /// May not mark it.
    #[error("only child welfare, care and the leader mark a question protection-urgent: ask the leader")]
    UrgencyNotYours,
    /// Not in a state for it.
    #[error("the question is `{}`, so this cannot be done now", .0.as_str())]
    WrongState(State),
    /// Cannot be merged so.
    #[error("question {0} is not open, or is this one: merge into a question that waits or is delivered")]
    MergeTarget(u32),
    /// Nothing to object to.
    #[error("only a rejection can be objected to, once")]
    NothingToObjectTo,
    /// Offset missing or impossible.
    #[error("say how far into the recording it was asked: not before the start, not later than now")]
    OffsetNeeded,
    /// Reason missing.
    #[error("say why it was not asked")]
    ReasonNeeded,
    /// Too many.
    #[error("the interview holds {QUESTIONS_MAX} questions, the most it may")]
    TooMany,
}

pub(crate) fn decide(house: &House, by: &By<'_>, target: &Target, command: &Command, now: Time) -> Result<Decided, QuestionRefusal> {
    let case = target.case().and_then(|alias| house.case(alias)).ok_or(QuestionRefusal::NoSuchQuestion)?;
    if let (Command::Submit { text, urgent }, Target::Interview(_, number)) = (command, target) {
        let interview = case.interview(*number).ok_or(QuestionRefusal::NoSuchQuestion)?;
        return submit(by, case, interview, text, *urgent);
    }
    let Target::Question(_, number, question) = target else { return Err(QuestionRefusal::NoSuchQuestion) };
    let interview = case.interview(*number).ok_or(QuestionRefusal::NoSuchQuestion)?;
    let question = interview.question(*question).ok_or(QuestionRefusal::NoSuchQuestion)?;
    let decided = |event: Happened| Decided::new(target.clone(), Event::Question(event));
    let wrong = Err(QuestionRefusal::WrongState(question.state));
    match command {
        Command::Submit { .. } => Err(QuestionRefusal::NoSuchQuestion),
        Command::Withdraw if question.waits() => Ok(decided(Happened::Withdrawn)),
        Command::Withdraw => wrong,
        Command::Approve => {
            before_the_end(interview)?;
            if !matches!(question.state, State::Submitted | State::Rejected(_) | State::Merged(_)) {
                return wrong;
            }
            let delivered = (interview.stage == Stage::Break).then(|| (interview.break_number(), next_batch(interview)));
            let interviewer = interview.interviewer().and_then(|invitation| invitation.person.clone());
            let recipients = if delivered.is_some() { interviewer.into_iter().collect() } else { Vec::new() };
            Ok(decided(Happened::Approved { delivered }).handed_to(SUBMISSION_GROUND, recipients))
        }
        Command::Reject(reason) => {
            before_the_end(interview)?;
            if !matches!(question.state, State::Submitted | State::Approved | State::Merged(_)) {
                return wrong;
            }
            Ok(decided(Happened::Rejected { reason: *reason }))
        }
        Command::Merge(into) => {
            before_the_end(interview)?;
            if !question.waits() && !matches!(question.state, State::Rejected(_)) {
                return wrong;
            }
            let open = |target: &Question| target.waits() || target.state == State::Delivered;
            let target = interview.question(*into).filter(|target| target.number != question.number && open(target));
            target.ok_or(QuestionRefusal::MergeTarget(*into))?;
            Ok(decided(Happened::Merged { into: *into }))
        }
        Command::Object(text) => {
            if !matches!(question.state, State::Rejected(_)) || question.objection_index.is_some() {
                return Err(QuestionRefusal::NothingToObjectTo);
            }
            Ok(decided(Happened::Objected).seal("text", text).handed_to(SUBMISSION_GROUND, case.sees_all_questions(interview)))
        }
        Command::NoteFate(fate) => {
            if !interview.is_running() && interview.stage != Stage::Ended {
                return Err(QuestionRefusal::WrongStage(interview.stage));
            }
            check_fate(interview, question, *fate, now)?;
            Ok(decided(Happened::FateNoted { fate: *fate }))
        }
    }
}

fn submit(by: &By<'_>, case: &Case, interview: &Interview, text: &Text, urgent: bool) -> Result<Decided, QuestionRefusal> {
    before_the_end(interview)?;
    let present = interview.observer(&by.actor.person).is_some_and(|observer| observer.is_present());
    if interview.is_running() && !present {
        return Err(QuestionRefusal::NotCheckedIn);
    }
    if urgent && !marks_urgent(by.actor.role) {
        return Err(QuestionRefusal::UrgencyNotYours);
    }
    let number = interview.question_count().saturating_add(1);
    if number > QUESTIONS_MAX {
        return Err(QuestionRefusal::TooMany);
    }
    let target = Target::Question(case.alias.clone(), interview.number, number);
    let event = Event::Question(Happened::Submitted { urgent, hints: hints(text) });
    let recipients = case.sees_all_questions(interview).into_iter().filter(|person| *person != by.actor.person).collect();
    Ok(Decided::new(target, event).seal("text", text).handed_to(SUBMISSION_GROUND, recipients))
}

/// Only child welfare, care and the leader (L7).
fn marks_urgent(role: Role) -> bool {
    matches!(role, Role::ChildWelfareOfficer | Role::ChildPsychiatry | Role::Paediatrician | Role::Counsellor | Role::InvestigationLeader)
}

fn before_the_end(interview: &Interview) -> Result<(), QuestionRefusal> {
    match interview.stage {
        stage @ (Stage::Ended | Stage::Documented) => Err(QuestionRefusal::WrongStage(stage)),
        _ => Ok(()),
    }
}

/// A fate fits a question that was delivered, and an offset lies within the interview.
pub(crate) fn check_fate(interview: &Interview, question: &Question, fate: Fate, now: Time) -> Result<(), QuestionRefusal> {
    if question.delivered.is_none() || !matches!(question.state, State::Delivered | State::Fated(_)) {
        return Err(QuestionRefusal::WrongState(question.state));
    }
    let Fate::Asked { offset_us, .. } = fate else { return Ok(()) };
    let longest = interview.started_at.map_or(0, |started| interview.ended_at.unwrap_or(now).since_us(started));
    if (0..=longest).contains(&offset_us) { Ok(()) } else { Err(QuestionRefusal::OffsetNeeded) }
}

fn next_batch(interview: &Interview) -> u32 {
    u32::try_from(interview.breaks.last().map_or(0, |last| last.batches.len())).unwrap_or(u32::MAX).saturating_add(1)
}

/// Applies what happened to a question. False if the record makes no sense.
pub(crate) fn apply(interview: &mut Interview, number: u32, stamp: &Stamp, happened: &Happened) -> bool {
    if let Happened::Submitted { urgent, .. } = happened {
        let (Some(author), Some(post), Some(role)) = (stamp.person.clone(), stamp.post.clone(), stamp.role) else { return false };
        let fits = number == interview.question_count().saturating_add(1);
        interview.questions.push(Question {
            number,
            author,
            post,
            role,
            urgent: *urgent,
            state: State::Submitted,
            submitted_at: stamp.at,
            text_index: stamp.index,
            delivered: None,
            objection_index: None,
            changed: stamp.index,
        });
        return fits;
    }
    let position = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
    let Some(question) = interview.questions.get_mut(position) else { return false };
    question.changed = stamp.index;
    let falls = match happened {
        Happened::Submitted { .. } => return false,
        Happened::Withdrawn => {
            question.state = State::Withdrawn;
            true
        }
        Happened::Approved { delivered: None } => {
            question.state = State::Approved;
            false
        }
        Happened::Approved { delivered: Some(place) } => {
            question.state = State::Delivered;
            question.delivered = Some(*place);
            let batch = Batch { questions: vec![number], delivered_at: stamp.at, acknowledged_at: None };
            let Some(lasting) = interview.breaks.last_mut() else { return false };
            lasting.batches.push(batch);
            interview.changed = stamp.index;
            false
        }
        Happened::Rejected { reason } => {
            question.state = State::Rejected(*reason);
            true
        }
        Happened::Merged { into } => {
            question.state = State::Merged(*into);
            true
        }
        Happened::Objected => {
            question.objection_index = Some(stamp.index);
            false
        }
        Happened::FateNoted { fate } => {
            question.state = State::Fated(*fate);
            false
        }
    };
    if falls {
        release_merged(interview, number, stamp);
    }
    true
}

/// If a merge's target falls, what was merged into it is SUBMITTED again (L3).
fn release_merged(interview: &mut Interview, target: u32, stamp: &Stamp) {
    for question in interview.questions.iter_mut().filter(|question| question.state == State::Merged(target)) {
        question.state = State::Submitted;
        question.changed = stamp.index;
    }
}
