//! Questions: asked by role, decided by the leader, delivered in order, each with a fate.
//!
//! `decide` holds the rules of asking and deciding, `lead` those of what else the leader does with a question, `apply` what follows.
//! Holds no text: a text is named by the record that it was sealed with. L6 by type: a rejection carries its reason.

mod apply;
mod bounds;
mod decide;
mod fate;
mod lead;
mod order;

use barnahus_policy::Role;
use serde::{Deserialize, Serialize};

use crate::{
    code::{Hint, RejectReason},
    id::{PersonId, PostId},
    interview::{Interview, Stage},
    text::Text,
    time::Time,
};

pub(crate) use apply::{apply, carry, deliver, set_fate, touch_merged};
pub(crate) use bounds::check_happened;
pub(crate) use decide::decide;
pub(crate) use fate::check_fate;
pub use fate::{Asked, Fate};
pub use order::sort_by_order;

/// Questions in one interview, at most; a day has some dozens.
pub const QUESTIONS_MAX: u32 = 10_000;
/// Questions, new wordings of them and objections of one person in one interview, at most. As long as they may be, they are an eighth of
/// what one answer holds: nobody alone keeps the leader from reading.
pub const WRITTEN_MAX: u32 = 1_000;
/// Wordings of one question, at most, its first one not counted.
pub const WORDINGS_MAX: usize = 20;
/// The leader's lowest rank; the highest is 1.
pub const RANK_MAX: u32 = 99;

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
    /// Who decided on it last; nobody while it waits.
    pub decided_by: Option<PersonId>,
    /// The leader's rank, from 1 (L7).
    pub rank: Option<u32>,
    /// The record that the first wording is sealed with.
    pub text_index: u64,
    /// The later wordings, in order: each stands beside the one before (L4).
    pub wordings: Vec<Wording>,
    /// The question of the interview before that this one is again.
    pub carried_from: Option<Carried>,
    /// The break and batch it was delivered in, both from 1; a note is a batch of break 0.
    pub delivered: Option<(u32, u32)>,
    /// The record of the newest rejection.
    pub rejected_index: Option<u64>,
    /// The records that the asker's objections are sealed with, in order: each is kept (L6).
    pub objections: Vec<u64>,
    /// The record that the leader's reason for taking the urgent mark off is sealed with.
    pub urgency_unmarked: Option<u64>,
    /// When the leader marked it as acted on outside the room.
    pub acted_on_at: Option<Time>,
    /// The record that last changed it.
    pub changed: u64,
}

/// Where a question was deferred from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carried {
    /// The interview.
    pub interview: u32,
    /// The question there.
    pub number: u32,
    /// The record that carried it over.
    pub index: u64,
    /// When.
    pub at: Time,
}

/// A later wording of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// The record that it is sealed with.
    pub text_index: u64,
    /// The role of who worded it so.
    pub role: Role,
    /// When.
    pub worded_at: Time,
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
    /// Put off to the next interview.
    Deferred,
    /// With the interviewer.
    Delivered,
    /// What became of it.
    Fated(Fate),
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
            Self::Deferred => "DEFERRED",
            Self::Delivered => "DELIVERED",
            Self::Fated(Fate::Asked { outcome: Asked::Open, .. }) => "ASKED",
            Self::Fated(Fate::Asked { outcome: Asked::Answered, .. }) => "ANSWERED",
            Self::Fated(Fate::Asked { outcome: Asked::NoAnswer, .. }) => "NO_ANSWER",
            Self::Fated(Fate::Asked { outcome: Asked::ChildDeclined, .. }) => "CHILD_DECLINED",
            Self::Fated(Fate::NotAsked { .. }) => "NOT_ASKED",
        }
    }
}

impl Question {
    /// The question that speaks for this one: itself, or at the end of its merges (L4).
    ///
    /// INVARIANT: a question is merged only into one that is not merged itself, so there is no circle; the bound makes that plain.
    #[must_use]
    pub fn spokesman<'a>(&'a self, interview: &'a Interview) -> &'a Self {
        let mut question = self;
        for _ in interview.questions() {
            match question.state {
                State::Merged(into) => question = interview.question(into).unwrap_or(question),
                _ => break,
            }
        }
        question
    }

    /// What became of it; of a merged question, what became of its target: that is what its asker sees (L4).
    #[must_use]
    pub fn fate(&self, interview: &Interview) -> Option<Fate> {
        match self.spokesman(interview).state {
            State::Fated(fate) => Some(fate),
            _ => None,
        }
    }

    /// True if nothing more can become of it.
    #[must_use]
    pub fn has_fate(&self, interview: &Interview) -> bool {
        match self.spokesman(interview).state {
            State::Rejected(_) | State::Withdrawn | State::Deferred => true,
            State::Fated(fate) => !matches!(fate, Fate::Asked { outcome: Asked::Open, .. }),
            State::Submitted | State::Approved | State::Delivered | State::Merged(_) => false,
        }
    }

    /// The record that the newest wording is sealed with.
    #[must_use]
    pub fn newest_text(&self) -> u64 {
        self.wordings.last().map_or(self.text_index, |wording| wording.text_index)
    }

    /// True while it waits for the leader or for a break.
    #[must_use]
    pub fn waits(&self) -> bool {
        matches!(self.state, State::Submitted | State::Approved)
    }
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
    /// Words the actor's own anew.
    Revise(Text),
    /// Words it anew for its asker.
    Reword(Text),
    /// Puts it off to the next interview.
    Defer,
    /// Ranks it, from 1; none takes the rank back.
    Rank(Option<u32>),
    /// Takes the urgent mark off, for a reason.
    UnmarkUrgency(Text),
    /// Marks it as acted on outside the room.
    MarkActedOn,
    /// Delivers it outside a break.
    DeliverNote,
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
    /// Worded anew by its asker.
    Revised {
        /// What its author was told about its form.
        hints: Vec<Hint>,
    },
    /// Reworded by the leader.
    Reworded,
    /// Put off to the next interview.
    Deferred,
    /// Ranked, or the rank was taken back.
    Ranked {
        /// From 1.
        rank: Option<u32>,
    },
    /// The urgent mark was taken off.
    UrgencyUnmarked,
    /// Acted on outside the room.
    ActedOn,
    /// Delivered as a note.
    NoteDelivered {
        /// Which, from 1.
        number: u32,
    },
    /// A fate was noted.
    FateNoted {
        /// This one.
        fate: Fate,
    },
}

impl Happened {
    /// True for what the leader decides.
    pub(crate) fn decides(&self) -> bool {
        matches!(self, Self::Approved { .. } | Self::Rejected { .. } | Self::Merged { .. } | Self::Deferred)
    }

    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Submitted { .. } => "question.submitted",
            Self::Withdrawn => "question.withdrawn",
            Self::Approved { .. } => "question.approved",
            Self::Rejected { .. } => "question.rejected",
            Self::Merged { .. } => "question.merged",
            Self::Objected => "question.objected",
            Self::Revised { .. } => "question.revised",
            Self::Reworded => "question.reworded",
            Self::Deferred => "question.deferred",
            Self::Ranked { .. } => "question.ranked",
            Self::UrgencyUnmarked => "question.urgency_unmarked",
            Self::ActedOn => "question.acted_on",
            Self::NoteDelivered { .. } => "question.note_delivered",
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
    /// Not in a state for it, or there already.
    #[error("the question is `{}`, so this cannot be done now", .0.as_str())]
    WrongState(State),
    /// Somebody else decided on it.
    #[error("somebody else decided on this question: look at it, and decide anew with its etag")]
    DecidedByAnother,
    /// Cannot be merged so.
    #[error("question {0} is not open, or is this one: merge into a question that waits or is delivered")]
    MergeTarget(u32),
    /// Nothing to object to.
    #[error("only a rejection can be objected to, each once")]
    NothingToObjectTo,
    /// Not urgent.
    #[error("the question is not marked protection-urgent")]
    NotUrgent,
    /// Outside a break, without leave.
    #[error("notes outside breaks are not allowed: `barnahus interview notes` allows them, or wait for the break")]
    NotesNotAllowed,
    /// One at a time.
    #[error("the interviewer has not acknowledged the note before: one at a time")]
    NoteUnread,
    /// Reworded too often.
    #[error("the question has {WORDINGS_MAX} wordings beside its first, the most it may")]
    TooManyWordings,
    /// No rank.
    #[error("give a rank from 1 to {RANK_MAX}, or 0 to take it back")]
    NoSuchRank,
    /// Offset missing or impossible.
    #[error("say how far into the recording it was asked: not before the start, not later than now")]
    OffsetNeeded,
    /// Reason missing.
    #[error("say why it was not asked")]
    ReasonNeeded,
    /// Too many.
    #[error("the interview holds {QUESTIONS_MAX} questions, the most it may")]
    TooMany,
    /// Too many of one's own.
    #[error(
        "you have written {WRITTEN_MAX} questions, wordings and objections in this interview, the most one person may: tell the leader"
    )]
    TooManyOfYours,
}
