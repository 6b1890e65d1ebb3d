//! Consultations (samråd): requested, scheduled, held. A first one opens a case.
//!
//! Holds no minutes (C8), and invites nobody by itself: invitations are the coordinator's act. `decide` holds the rules, `apply` what
//! follows.

mod apply;
mod decide;

use barnahus_policy::Protection;
use serde::{Deserialize, Serialize};

use crate::{
    case::Seat,
    code::{AbsenceReason, AgeBand, ConsultationKind, ConsultationState, CrimeType, IdentityMode, Relation},
    id::{AuthorityId, PostId},
    text::Text,
    time::Time,
};

pub(crate) use apply::{apply, join};
pub(crate) use decide::decide;

/// One consultation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consultation {
    /// From 1 within the case.
    pub number: u32,
    /// What it is for.
    pub kind: ConsultationKind,
    /// How far it has come.
    pub state: ConsultationState,
    /// The post that asked for it.
    pub requested_by: Option<PostId>,
    /// When it was asked for.
    pub requested_at: Time,
    /// When it takes place.
    pub starts_at: Option<Time>,
    /// Who is invited.
    pub invited: Vec<PostId>,
    /// Who was missing.
    pub absences: Vec<Absence>,
    /// What is to be done; the texts are sealed with record `actions_index`.
    pub actions: Vec<ActionOwner>,
    /// The record that the reason is sealed with; absent for an after-meeting.
    pub reason_index: Option<u64>,
    /// The record that the actions are sealed with.
    pub actions_index: Option<u64>,
    /// The record that last changed it.
    pub changed: u64,
}

/// A post that was not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// Which.
    pub post: PostId,
    /// Why.
    pub reason: AbsenceReason,
}

/// One thing to do, without its text (S3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionOwner {
    /// The one post that owns it.
    pub owner: PostId,
    /// When it is due.
    pub due_at: Time,
}

/// One thing to do.
#[derive(Debug, Clone)]
pub struct Action {
    /// What.
    pub what: Text,
    /// The one post that owns it.
    pub owner: PostId,
    /// When it is due.
    pub due_at: Time,
}

/// What opens a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// What the consultation is for.
    pub kind: ConsultationKind,
    /// Whether the child is named.
    pub identity_mode: IdentityMode,
    /// The board where the child lives.
    pub home_board: AuthorityId,
    /// Protection level.
    pub protection: Protection,
    /// The child's age.
    pub child_age_band: AgeBand,
    /// What is suspected.
    pub crime_type: CrimeType,
    /// The suspect's relation to the child.
    pub relation_to_child: Relation,
    /// The language the child speaks.
    pub language: String,
    /// The coordinator's post, where the child is protected.
    pub coordinator: Option<PostId>,
}

/// What can be done about consultations.
#[derive(Debug, Clone)]
pub enum Command {
    /// Opens a case.
    Request {
        /// With these codes.
        opening: Opening,
        /// Why.
        reason: Text,
        /// The year of the alias, in the house's zone.
        year: i16,
    },
    /// Sets time and posts.
    Schedule {
        /// When; absent means now.
        starts_at: Option<Time>,
        /// Who.
        invited: Vec<PostId>,
    },
    /// Records that it was held.
    Hold {
        /// Who was missing.
        absences: Vec<Absence>,
        /// What was decided.
        actions: Vec<Action>,
    },
    /// Records the meeting after the interview that is the target.
    HoldAfterMeeting {
        /// What was decided.
        actions: Vec<Action>,
    },
}

/// What happened to a consultation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// It was requested, and opened the case.
    Requested {
        /// With these codes.
        opening: Opening,
    },
    /// It was scheduled.
    Scheduled {
        /// When.
        starts_at: Time,
        /// Who.
        invited: Vec<PostId>,
    },
    /// It was held.
    Held {
        /// True if a role that the kind needs was missing.
        inquorate: bool,
        /// Who was missing.
        absences: Vec<Absence>,
        /// What was decided.
        actions: Vec<ActionOwner>,
        /// Who joined the team by being there.
        joined: Vec<Seat>,
    },
    /// An after-meeting was held.
    AfterMeetingHeld {
        /// After this interview.
        interview: u32,
        /// What was decided.
        actions: Vec<ActionOwner>,
    },
}

impl Happened {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Requested { .. } => "consultation.requested",
            Self::Scheduled { .. } => "consultation.scheduled",
            Self::Held { .. } => "consultation.held",
            Self::AfterMeetingHeld { .. } => "consultation.after_meeting_held",
        }
    }
}

/// Why it is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConsultationRefusal {
    /// Not in a state for it.
    #[error("the consultation is `{0}`, so this cannot be done now")]
    WrongState(ConsultationState),
    /// No such consultation.
    #[error("there is no such consultation")]
    NoSuchConsultation,
    /// No such post, or none that works on cases.
    #[error("there is no post `{0}` in this house that can be called for this: list them with `barnahus house posts`")]
    NoSuchPost(PostId),
    /// No such authority.
    #[error("there is no authority `{0}` in this house")]
    NoSuchAuthority(AuthorityId),
    /// The post was not invited.
    #[error("`{0}` was not invited, so it cannot be absent")]
    NotInvited(PostId),
    /// Protected, and no coordinator named.
    #[error("the child is protected: name the coordinator's post, because nobody else will learn of the case")]
    CoordinatorNeeded,
    /// In the past.
    #[error("the time lies in the past")]
    InThePast,
    /// Due before it was decided.
    #[error("the action of `{0}` is due before it was decided")]
    DueTooEarly(PostId),
    /// The year's aliases are used up.
    #[error("no alias is free this year: the house needs a new prefix")]
    NoAliasLeft,
    /// The interview has not ended.
    #[error("the interview has not ended, or had not then: the after-meeting comes after it")]
    InterviewNotEnded,
}
