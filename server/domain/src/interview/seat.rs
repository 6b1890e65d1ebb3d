//! A seat on the roster: who holds it, when they were in the room, and what is known of their live view.

use barnahus_policy::Role;
use serde::{Deserialize, Serialize};

use crate::{
    code::AbsenceReason,
    id::{PersonId, PostId},
    time::Time,
};

/// One seat on the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observer {
    /// Who.
    pub person: PersonId,
    /// By which post.
    pub post: PostId,
    /// In which role.
    pub role: Role,
    /// True for the leader and the interviewer (L1).
    pub by_right: bool,
    /// When admitted, the last time.
    pub admitted_at: Time,
    /// Whether that was after the roster was frozen (L1).
    pub admitted_late: bool,
    /// Whether the leader took the admission back.
    pub removed: bool,
    /// When checked in, the first time.
    pub checked_in_at: Option<Time>,
    /// When the house recorded the first check-in.
    pub arrived_at: Option<Time>,
    /// When checked out; absent while in the room.
    pub checked_out_at: Option<Time>,
    /// Whether the disclosure ban was acknowledged.
    pub ban_acknowledged: bool,
    /// When signed off.
    pub signed_off_at: Option<Time>,
    /// How many questions the sign-off covers.
    pub covers: u32,
    /// Why the sign-off is missing, where that was recorded (L11).
    pub absence: Option<AbsenceReason>,
    /// The live view.
    pub connection: Connection,
}

/// What the house knows of a person's live view. It says nothing of where the person is (L2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// None is known.
    None,
    /// It stands.
    Stands,
    /// It is cut off, since then.
    Lost(Time),
}

impl Observer {
    /// A seat that nobody has taken yet.
    #[must_use]
    pub fn seated(seat: &Seated, by_right: bool, at: Time) -> Self {
        Self {
            person: seat.person.clone(),
            post: seat.post.clone(),
            role: seat.role,
            by_right,
            admitted_at: at,
            admitted_late: false,
            removed: false,
            checked_in_at: None,
            arrived_at: None,
            checked_out_at: None,
            ban_acknowledged: false,
            signed_off_at: None,
            covers: 0,
            absence: None,
            connection: Connection::None,
        }
    }

    /// True while in the room.
    #[must_use]
    pub fn is_present(&self) -> bool {
        self.checked_in_at.is_some() && self.checked_out_at.is_none()
    }
}

/// Who sits, by which post, in which role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seated {
    /// Who.
    pub person: PersonId,
    /// By which post.
    pub post: PostId,
    /// In which role.
    pub role: Role,
}
