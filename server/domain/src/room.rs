//! The listening room: who is in it, and how the interview runs from the check-in to the confirmed fates.
//!
//! INVARIANT (L11): END is refused from no running state. INVARIANT (L2): only check-in and check-out change who is present.

use barnahus_policy::Role;
use serde::{Deserialize, Serialize};

use crate::{
    code::{Deviation, EndReason, NotAskedReason},
    command::{By, Decided},
    event::{Event, Stamp},
    facts::Actor,
    house::House,
    id::{PersonId, Target},
    interview::{Batch, Break, Interview, Observer, Seated, Stage},
    question::{self, Fate, QuestionRefusal, State, sort_by_order},
    text::Text,
    time::Time,
};

/// What hands the approved questions over to the interviewer (S4).
const DELIVERY_GROUND: &str = "RB 23:10";

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
        /// Of this break, from 1.
        break_number: u32,
        /// This one, from 1.
        batch_number: u32,
    },
    /// Goes on.
    Resume,
    /// Interrupts.
    Interrupt(EndReason),
    /// Begins the closing check.
    BeginClosing,
    /// Signs off.
    SignOff,
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
    /// It ended.
    Ended {
        /// Why.
        reason: EndReason,
        /// Everything undecided, undelivered or unasked, with its reason.
        not_asked: Vec<(u32, NotAskedReason)>,
    },
    /// The fates were confirmed.
    FatesConfirmed {
        /// Those that were noted wrongly.
        corrections: Vec<(u32, Fate)>,
    },
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
            Self::Resumed => "room.resumed",
            Self::Interrupted { .. } => "room.interrupted",
            Self::ClosingBegun => "room.closing_begun",
            Self::SignedOff { .. } => "room.signed_off",
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

pub(crate) fn decide(house: &House, by: &By<'_>, target: &Target, command: &Command, now: Time) -> Result<Decided, RoomRefusal> {
    let Target::Interview(alias, number) = target else { return Err(RoomRefusal::NoSuchInterview) };
    let interview = house.interview(alias, *number).ok_or(RoomRefusal::NoSuchInterview)?;
    let decided = |event: Happened| Decided::new(target.clone(), Event::Room(event));
    let at = |stages: &[Stage]| if stages.contains(&interview.stage) { Ok(()) } else { Err(RoomRefusal::WrongStage(interview.stage)) };
    let present = || interview.observer(&by.actor.person).is_some_and(Observer::is_present);
    match command {
        Command::CheckIn { acknowledge_ban } => {
            check_in(interview, &by.actor.person, *acknowledge_ban)?;
            Ok(decided(Happened::CheckedIn { ban_acknowledged: *acknowledge_ban && interview.ban_until.is_some() }))
        }
        Command::CheckOut if present() => Ok(decided(Happened::CheckedOut)),
        Command::CheckOut => Err(RoomRefusal::NotCheckedIn),
        Command::Freeze => {
            at(&[Stage::Confirmed])?;
            if interview.roster_frozen_at.is_some() { Err(RoomRefusal::RosterFrozenAlready) } else { Ok(decided(Happened::RosterFrozen)) }
        }
        Command::ChildInformed => {
            at(&[Stage::Confirmed, Stage::InProgress, Stage::Break, Stage::Closing, Stage::Interrupted])?;
            Ok(decided(Happened::ChildInformed))
        }
        Command::Start { recording_reference, reason } => {
            at(&[Stage::Tentative, Stage::Confirmed])?;
            let deviations = interview.missing_formalities();
            if !deviations.is_empty() && reason.is_none() {
                return Err(RoomRefusal::FormalityMissing(deviations));
            }
            let started = decided(Happened::Started { recording_reference: recording_reference.clone(), deviations });
            Ok(reason.iter().fold(started, |started, reason| started.seal("reason", reason)))
        }
        Command::CallBreak => {
            at(&[Stage::InProgress, Stage::Closing])?;
            let mut approved: Vec<_> = interview.questions().iter().filter(|question| question.state == State::Approved).collect();
            sort_by_order(house, &mut approved);
            let delivered: Vec<_> = approved.iter().map(|question| question.number).collect();
            let recipients = if delivered.is_empty() { Vec::new() } else { vec![by.actor.person.clone()] };
            let number = interview.break_number().saturating_add(1);
            Ok(decided(Happened::BreakCalled { number, delivered }).handed_to(DELIVERY_GROUND, recipients))
        }
        Command::Acknowledge { break_number, batch_number } => {
            let waits = batch(interview, *break_number, *batch_number).is_some_and(|batch| batch.acknowledged_at.is_none());
            let (break_number, batch_number) = (*break_number, *batch_number);
            if !waits {
                return Err(RoomRefusal::NoSuchBatch { break_number, batch_number });
            }
            Ok(decided(Happened::DeliveryAcknowledged { break_number, batch_number }))
        }
        Command::Resume => at(&[Stage::Break, Stage::Interrupted]).map(|()| decided(Happened::Resumed)),
        Command::Interrupt(reason) => {
            at(&[Stage::InProgress, Stage::Break, Stage::Closing]).map(|()| decided(Happened::Interrupted { reason: *reason }))
        }
        Command::BeginClosing => at(&[Stage::InProgress, Stage::Break]).map(|()| decided(Happened::ClosingBegun)),
        Command::SignOff => {
            at(&[Stage::Closing, Stage::Ended])?;
            let was_there = interview.observer(&by.actor.person).is_some_and(|observer| observer.checked_in_at.is_some());
            if !was_there {
                return Err(RoomRefusal::NotCheckedIn);
            }
            Ok(decided(Happened::SignedOff { covers: interview.question_count() }))
        }
        Command::End { reason, unasked } => end(interview, *reason, unasked).map(decided),
        Command::ConfirmFates(corrections) => {
            at(&[Stage::Ended])?;
            for (number, fate) in corrections {
                let question = interview.question(*number).ok_or(RoomRefusal::NoSuchQuestion(*number))?;
                question::check_fate(interview, question, *fate, now)?;
            }
            Ok(decided(Happened::FatesConfirmed { corrections: corrections.clone() }))
        }
    }
}

fn check_in(interview: &Interview, person: &PersonId, acknowledge_ban: bool) -> Result<(), RoomRefusal> {
    if !(interview.is_running() || matches!(interview.stage, Stage::Tentative | Stage::Confirmed)) {
        return Err(RoomRefusal::WrongStage(interview.stage));
    }
    if interview.ban_until.is_some() && !acknowledge_ban {
        return Err(RoomRefusal::BanNotAcknowledged);
    }
    match interview.observer(person) {
        Some(observer) if observer.is_present() => Err(RoomRefusal::CheckedInAlready),
        Some(observer)
            if observer.checked_in_at.is_none()
                && !observer.by_right
                && interview.roster_frozen_at.is_some_and(|frozen| observer.admitted_at <= frozen) =>
        {
            Err(RoomRefusal::RosterFrozen)
        }
        _ => Ok(()),
    }
}

fn batch(interview: &Interview, break_number: u32, batch_number: u32) -> Option<&Batch> {
    let at = |number: u32| usize::try_from(number.checked_sub(1)?).ok();
    interview.breaks.get(at(break_number)?)?.batches.get(at(batch_number)?)
}

/// What is undecided, undelivered or unasked is NOT_ASKED(INTERVIEW_ENDED) unless another reason is given (L11).
fn end(interview: &Interview, reason: EndReason, unasked: &[(u32, NotAskedReason)]) -> Result<Happened, RoomRefusal> {
    if !interview.is_running() {
        return Err(RoomRefusal::WrongStage(interview.stage));
    }
    let open = interview.questions().iter().filter(|question| question.waits() || question.state == State::Delivered);
    let why =
        |number: u32| unasked.iter().find(|(unasked, _)| *unasked == number).map_or(NotAskedReason::InterviewEnded, |(_, reason)| *reason);
    let not_asked = open.map(|question| (question.number, why(question.number))).collect();
    Ok(Happened::Ended { reason, not_asked })
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

/// A role that was present when the interview closed and whose sign-off does not cover every question (L11).
pub(crate) fn missing_sign_off(interview: &Interview) -> Option<Role> {
    let closing_from = interview.ended_at;
    let stayed = |observer: &&Observer| {
        observer.checked_in_at.is_some() && observer.checked_out_at.is_none_or(|out| closing_from.is_some_and(|ended| out >= ended))
    };
    let covered = |role: Role| {
        let mut of_role = interview.observers.iter().filter(|observer| observer.role == role);
        of_role.any(|observer| observer.signed_off_at.is_some() && observer.covers >= interview.question_count())
    };
    interview.observers.iter().filter(stayed).map(|observer| observer.role).find(|role| !covered(*role))
}

/// Applies what happened in the room. False if the record makes no sense.
pub(crate) fn apply(interview: &mut Interview, stamp: &Stamp, happened: &Happened) -> bool {
    interview.changed = stamp.index;
    match happened {
        Happened::CheckedIn { ban_acknowledged } => {
            let Some(observer) = seat(interview, stamp) else { return false };
            observer.checked_in_at.get_or_insert(stamp.happened());
            observer.checked_out_at = None;
            observer.ban_acknowledged |= ban_acknowledged;
        }
        Happened::CheckedOut => {
            let Some(observer) = seat(interview, stamp) else { return false };
            observer.checked_out_at = Some(stamp.happened());
        }
        Happened::RosterFrozen => interview.roster_frozen_at = Some(stamp.at),
        Happened::ChildInformed => interview.child_informed_at.push(stamp.happened()),
        Happened::Started { recording_reference, deviations } => {
            interview.stage = Stage::InProgress;
            interview.started_at = Some(stamp.happened());
            interview.recording_reference.clone_from(recording_reference);
            interview.deviations.clone_from(deviations);
            interview.deviation_index = (!deviations.is_empty()).then_some(stamp.index);
        }
        Happened::BreakCalled { number, delivered } => {
            interview.stage = Stage::Break;
            let batch = Batch { questions: delivered.clone(), delivered_at: stamp.at, acknowledged_at: None };
            let batches = if delivered.is_empty() { Vec::new() } else { vec![batch] };
            interview.breaks.push(Break { called_at: stamp.happened(), resumed_at: None, batches });
            return delivered.iter().all(|question| deliver(interview, *question, *number, stamp));
        }
        Happened::DeliveryAcknowledged { break_number, batch_number } => {
            let at = |number: u32| usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
            let lasting = interview.breaks.get_mut(at(*break_number));
            let Some(batch) = lasting.and_then(|lasting| lasting.batches.get_mut(at(*batch_number))) else { return false };
            batch.acknowledged_at = Some(stamp.at);
        }
        Happened::Resumed => {
            close_break(interview, stamp);
            interview.stage = Stage::InProgress;
        }
        Happened::Interrupted { .. } => {
            close_break(interview, stamp);
            interview.stage = Stage::Interrupted;
        }
        Happened::ClosingBegun => {
            close_break(interview, stamp);
            interview.stage = Stage::Closing;
        }
        Happened::SignedOff { covers } => {
            let Some(observer) = seat(interview, stamp) else { return false };
            observer.signed_off_at = Some(stamp.at);
            observer.covers = *covers;
        }
        Happened::Ended { reason, not_asked } => {
            close_break(interview, stamp);
            interview.stage = Stage::Ended;
            interview.ended_at = Some(stamp.happened());
            interview.end_reason = Some(*reason);
            return not_asked.iter().all(|(number, reason)| set_fate(interview, *number, Fate::NotAsked { reason: *reason }, stamp));
        }
        Happened::FatesConfirmed { corrections } => {
            interview.fates_confirmed_at = Some(stamp.at);
            return corrections.iter().all(|(number, fate)| set_fate(interview, *number, *fate, stamp));
        }
    }
    true
}

/// The actor's seat; the leader's is made at the first check-in, if the interview was never confirmed.
fn seat<'a>(interview: &'a mut Interview, stamp: &Stamp) -> Option<&'a mut Observer> {
    let (person, post, role) = (stamp.person.clone()?, stamp.post.clone()?, stamp.role?);
    if interview.observer(&person).is_none() {
        interview.observers.push(Observer::seated(&Seated { person: person.clone(), post, role }, true, stamp.at));
    }
    interview.observers.iter_mut().find(|observer| observer.person == person)
}

fn deliver(interview: &mut Interview, number: u32, break_number: u32, stamp: &Stamp) -> bool {
    let position = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
    let Some(question) = interview.questions.get_mut(position) else { return false };
    question.state = State::Delivered;
    question.delivered = Some((break_number, 1));
    question.changed = stamp.index;
    true
}

fn set_fate(interview: &mut Interview, number: u32, fate: Fate, stamp: &Stamp) -> bool {
    let position = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
    let Some(question) = interview.questions.get_mut(position) else { return false };
    question.state = State::Fated(fate);
    question.changed = stamp.index;
    true
}

fn close_break(interview: &mut Interview, stamp: &Stamp) {
    if let Some(lasting) = interview.breaks.last_mut() {
        lasting.resumed_at.get_or_insert(stamp.happened());
    }
}
