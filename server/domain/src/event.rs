//! Events: what a record says happened. They name ids, states and codes, never a text.
//!
//! INVARIANT: an event that was ever written can be read for ever: fields are added with a default, never renamed or reused.

use barnahus_policy::{Part, Role};
use serde::{Deserialize, Serialize};

use crate::{
    booking, case, consultation, directory,
    house::Definition,
    id::{AuthorityId, PersonId, PostId, Target},
    question, room,
    time::Time,
};

/// What one record says happened. Stored as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// To the house itself.
    House(HouseHappened),
    /// To its people.
    Directory(directory::Happened),
    /// To a case.
    Case(case::Happened),
    /// To a consultation.
    Consultation(consultation::Happened),
    /// To a booking.
    Interview(booking::Happened),
    /// In the listening room.
    Room(room::Happened),
    /// To a question.
    Question(question::Happened),
}

/// What happened to the house itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HouseHappened {
    /// It was founded.
    Founded {
        /// As described.
        definition: Box<Definition>,
    },
    /// A server began to serve it.
    Started {
        /// The server's version.
        version: String,
        /// The policy set it serves by: SHA-256 as hex.
        policy_set: String,
    },
    /// Calls over quota were refused unheard.
    Throttled {
        /// The caller's certificate: the first 8 bytes of its fingerprint, as hex.
        session: String,
        /// The rpc's full name.
        method: String,
        /// How many.
        count: u64,
        /// The first.
        first: Time,
        /// The last.
        last: Time,
    },
}

/// Who did it, when, by which post: the part of a record that events are applied with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The record's place in the log.
    pub index: u64,
    /// When it was recorded.
    pub at: Time,
    /// When the actor says that it happened.
    pub happened_at: Option<Time>,
    /// The person; absent for the system itself.
    pub person: Option<PersonId>,
    /// The role at that time.
    pub role: Option<Role>,
    /// The post at that time.
    pub post: Option<PostId>,
    /// The authority at that time.
    pub authority: Option<AuthorityId>,
    /// The part at that time.
    pub part: Part,
    /// What it was about.
    pub target: Target,
}

impl Stamp {
    /// When it happened: as claimed, else as recorded (C7).
    #[must_use]
    pub fn happened(&self) -> Time {
        self.happened_at.unwrap_or(self.at)
    }
}

impl Event {
    /// The record's kind, such as `question.submitted`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::House(HouseHappened::Founded { .. }) => "house.founded",
            Self::House(HouseHappened::Started { .. }) => "house.started",
            Self::House(HouseHappened::Throttled { .. }) => "house.throttled",
            Self::Directory(directory::Happened::Enrolled { .. }) => "administration.enrolled",
            Self::Directory(directory::Happened::Revoked { .. }) => "administration.revoked",
            Self::Directory(directory::Happened::MandateGranted { .. }) => "administration.mandate_granted",
            Self::Directory(directory::Happened::MandateEnded { .. }) => "administration.mandate_ended",
            Self::Case(happened) => happened.kind(),
            Self::Consultation(happened) => happened.kind(),
            Self::Interview(happened) => happened.kind(),
            Self::Room(happened) => happened.kind(),
            Self::Question(happened) => happened.kind(),
        }
    }
}

#[cfg(test)]
mod golden;
