//! The listening room: who is in it, and how the interview runs from the check-in to the confirmed fates.
//!
//! `decide` holds the rules of the room, `closing` those of its end, `check` what is missing for it, `apply` what follows, `connection` who is cut off. INVARIANT (L11): END is refused from no running state. INVARIANT (L2): only check-in and check-out change who is present.

mod apply;
mod check;
mod closing;
mod connection;
mod decide;

use serde::{Deserialize, Serialize};

use crate::{
    code::{AbsenceReason, Deviation, EndReason, NotAskedReason},
    facts::Actor,
    id::PersonId,
    interview::{Interview, Stage},
    question::{Fate, QuestionRefusal},
    text::Text,
};

pub(crate) use apply::apply;
pub use check::{RoleCheck, closing_check};
pub use connection::connections;
pub(crate) use decide::{check_happened, decide};

/// What can be done in the room.
#[derive(Debug, Clone)]
pub enum Command {
    /// Checks the actor in.
    CheckIn {
        /// Acknowledges the disclosure ban.
        acknowledge_ban: bool,
    },
    /// Checks the actor out.
    CheckOut,
    /// Freezes the roster.
    Freeze,
    /// Records that the child was told who listens.
    ChildInformed,
    /// Starts.
    Start {
        /// The recording's reference.
        recording_reference: Option<String>,
        /// Why, although something formal is missing.
        reason: Option<Text>,
    },
    /// Calls a break.
    CallBreak,
    /// Acknowledges a batch.
    Acknowledge {
        /// Of this break, from 1; 0 for a note.
        break_number: u32,
        /// This one, from 1.
        batch_number: u32,
    },
    /// Asks for a break.
    RequestBreak,
    /// Allows notes outside breaks, or ends that.
    AllowNotes(bool),
    /// Goes on.
    Resume,
    /// Interrupts.
    Interrupt(EndReason),
    /// Begins the closing check.
    BeginClosing,
    /// Signs off.
    SignOff,
    /// Records that somebody is absent whose sign-off is missing.
    RecordAbsence {
        /// Who.
        person: PersonId,
        /// Why.
        reason: AbsenceReason,
    },
    /// Ends.
    End {
        /// Why.
        reason: EndReason,
        /// Why certain questions were not asked.
        unasked: Vec<(u32, NotAskedReason)>,
    },
    /// Confirms the fates, with these corrections.
    ConfirmFates(Vec<(u32, Fate)>),
}

/// What happened in the room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// The actor checked in.
    CheckedIn {
        /// Acknowledged the disclosure ban.
        ban_acknowledged: bool,
    },
    /// The actor checked out.
    CheckedOut,
    /// The roster was frozen.
    RosterFrozen,
    /// The child was told.
    ChildInformed,
    /// It started.
    Started {
        /// The recording's reference.
        recording_reference: Option<String>,
        /// What was missing (B6).
        deviations: Vec<Deviation>,
    },
    /// A break was called.
    BreakCalled {
        /// Which, from 1.
        number: u32,
        /// What was delivered, in the order L7.
        delivered: Vec<u32>,
    },
    /// A batch was acknowledged.
    DeliveryAcknowledged {
        /// Of this break.
        break_number: u32,
        /// This one.
        batch_number: u32,
    },
    /// The leader asked for a break.
    BreakRequested,
    /// Notes outside breaks were allowed, or no longer.
    NotesAllowed {
        /// Which.
        allowed: bool,
    },
    /// It went on.
    Resumed,
    /// It was interrupted.
    Interrupted {
        /// Why.
        reason: EndReason,
    },
    /// The closing check began.
    ClosingBegun,
    /// The actor signed off.
    SignedOff {
        /// The questions known then.
        covers: u32,
    },
    /// Somebody is absent whose sign-off is missing.
    AbsenceRecorded {
        /// Who.
        person: PersonId,
        /// Why.
        reason: AbsenceReason,
    },
    /// Live views were begun or cut off, as the house found.
    Connections {
        /// Whose stand now.
        stand: Vec<PersonId>,
        /// Whose are cut off.
        lost: Vec<PersonId>,
    },
    /// It ended.
    Ended {
        /// Why.
        reason: EndReason,
        /// What is undecided, undelivered or unasked, with its reason. The end gives INTERVIEW_ENDED to all others that are.
        not_asked: Vec<(u32, NotAskedReason)>,
        /// What was missing until then (L1).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        deviations: Vec<Deviation>,
    },
    /// The fates were confirmed.
    FatesConfirmed {
        /// Those that were noted wrongly.
        corrections: Vec<(u32, Fate)>,
    },
}

impl Command {
    /// True for what cannot wait: no etag and no clock holds it up (L11).
    pub(crate) fn cannot_wait(&self) -> bool {
        matches!(self, Self::End { .. } | Self::Interrupt(_))
    }
}

impl Happened {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::CheckedIn { .. } => "room.checked_in",
            Self::CheckedOut => "room.checked_out",
            Self::RosterFrozen => "room.roster_frozen",
            Self::ChildInformed => "room.child_informed",
            Self::Started { .. } => "room.started",
            Self::BreakCalled { .. } => "room.break_called",
            Self::DeliveryAcknowledged { .. } => "room.delivery_acknowledged",
            Self::BreakRequested => "room.break_requested",
            Self::NotesAllowed { .. } => "room.notes_allowed",
            Self::Resumed => "room.resumed",
            Self::Interrupted { .. } => "room.interrupted",
            Self::ClosingBegun => "room.closing_begun",
            Self::SignedOff { .. } => "room.signed_off",
            Self::AbsenceRecorded { .. } => "room.absence_recorded",
            Self::Connections { .. } => "room.connections",
            Self::Ended { .. } => "room.ended",
            Self::FatesConfirmed { .. } => "room.fates_confirmed",
        }
    }
}

/// Why it is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoomRefusal {
    /// No such interview.
    #[error("there is no such interview")]
    NoSuchInterview,
    /// Not at a stage for it.
    #[error("the interview is `{}`, so this cannot be done now", .0.as_str())]
    WrongStage(Stage),
    /// Was not in the room.
    #[error("this person was not in the listening room, so no sign-off of theirs is missing")]
    WasNotThere,
    /// Nothing is missing.
    #[error("this person's role has signed off: no absence is to be recorded")]
    SignedOffAlready,
    /// In the room already.
    #[error("you are checked in already")]
    CheckedInAlready,
    /// Not in the room.
    #[error("you are not checked in to the listening room: `barnahus interview check-in`")]
    NotCheckedIn,
    /// The ban must be acknowledged.
    #[error("a disclosure ban is ordered: check in with `--acknowledge-ban`")]
    BanNotAcknowledged,
    /// Late.
    #[error("the roster is frozen: the leader must admit you again, and the child is told")]
    RosterFrozen,
    /// Frozen already.
    #[error("the roster is frozen already")]
    RosterFrozenAlready,
    /// Something formal is missing.
    #[error("{} missing: start with a reason, and it stands in the protocol as a deviation", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    FormalityMissing(Vec<Deviation>),
    /// No such batch.
    #[error("there is no batch {batch_number} of break {break_number} that waits for an acknowledgement")]
    NoSuchBatch {
        /// The break.
        break_number: u32,
        /// The batch.
        batch_number: u32,
    },
    /// A question that does not exist.
    #[error("the interview has no question {0}")]
    NoSuchQuestion(u32),
    /// A fate does not fit.
    #[error(transparent)]
    Fate(#[from] QuestionRefusal),
}

/// True if this person may watch the room: whoever checked out may not, and from the start on a listener must be in the room. The leader
/// and those who sit elsewhere are not bound to a seat.
#[must_use]
pub fn may_watch(interview: &Interview, actor: &Actor) -> bool {
    match interview.observer(&actor.person) {
        Some(observer) if observer.checked_out_at.is_some() => false,
        Some(observer) if !observer.by_right && interview.is_running() => observer.is_present(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        directory::Fingerprint,
        id::Target,
        sample_house::{Point, SampleHouse, person},
    };

    fn may_watch(day: &SampleHouse, id: &str) -> bool {
        let target = Target::Interview(day.alias.clone(), 1);
        let found = day.house.person(&person(id)).expect("enrolled");
        let actors = day.house.actors(found, Fingerprint([0; 32]), &target, day.now);
        super::may_watch(day.interview(), actors.first().expect("a capacity"))
    }

    #[test]
    fn who_checked_out_watches_no_more_and_a_listener_only_from_within_l2() {
        let mut day = SampleHouse::at(Point::Admitted);
        assert!(may_watch(&day, "welfare-kil-1"), "before the start from anywhere");
        day.room("prosecutor-1", crate::sample_house::start(Some("akut"))).expect("started");
        assert!(!may_watch(&day, "welfare-kil-1"), "not in the room");
        day.check_in("welfare-kil-1").expect("in");
        assert!(may_watch(&day, "welfare-kil-1"));
        day.room("welfare-kil-1", Command::CheckOut).expect("out");
        assert!(!may_watch(&day, "welfare-kil-1"));
        for id in ["prosecutor-1", "interviewer-1", "coordinator-1"] {
            assert!(may_watch(&day, id), "{id} is bound to no seat");
        }
    }

    #[test]
    fn only_the_end_and_an_interruption_cannot_wait_l11() {
        let end = Command::End { reason: EndReason::AsPlanned, unasked: Vec::new() };
        assert!(end.cannot_wait() && Command::Interrupt(EndReason::Safety).cannot_wait());
        assert!(![Command::CallBreak, Command::CheckOut, Command::Resume, Command::SignOff].iter().any(Command::cannot_wait));
    }
}
