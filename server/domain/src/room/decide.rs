//! What may be done in the room, and when. Authorizes nobody.

use super::{Command, Happened, RoomRefusal, closing};
use crate::{
    command::{By, Decided, Refusal},
    event::Event,
    house::House,
    id::{PersonId, Target},
    interview::{Batch, Interview, Observer, Stage},
    question::{Question, State, sort_by_order},
    time::Time,
};

/// What hands the approved questions over to the interviewer (S4).
const DELIVERY_GROUND: &str = "RB 23:10";
/// Most questions in one batch: what one record surely holds. The rest waits for the next break.
const BATCH_MAX: usize = 1000;

pub(crate) fn decide(house: &House, by: &By<'_>, target: &Target, command: &Command, now: Time) -> Result<Decided, RoomRefusal> {
    let Target::Interview(alias, number) = target else { return Err(RoomRefusal::NoSuchInterview) };
    let interview = house.interview(alias, *number).ok_or(RoomRefusal::NoSuchInterview)?;
    let decided = |event: Happened| Decided::new(target.clone(), Event::Room(event));
    let at = |stages: &[Stage]| if stages.contains(&interview.stage) { Ok(()) } else { Err(RoomRefusal::WrongStage(interview.stage)) };
    let before_the_end = || if interview.ended_at.is_none() { Ok(()) } else { Err(RoomRefusal::WrongStage(interview.stage)) };
    let observer = || interview.observer(&by.actor.person);
    match command {
        Command::CheckIn { acknowledge_ban } => check_in(interview, observer(), *acknowledge_ban).map(decided),
        Command::CheckOut if observer().is_some_and(Observer::is_present) => Ok(decided(Happened::CheckedOut)),
        Command::CheckOut => Err(RoomRefusal::NotCheckedIn),
        Command::Freeze => {
            before_the_end()?;
            if interview.roster_frozen_at.is_some() { Err(RoomRefusal::RosterFrozenAlready) } else { Ok(decided(Happened::RosterFrozen)) }
        }
        Command::ChildInformed => before_the_end().map(|()| decided(Happened::ChildInformed)),
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
            let delivered = approved(house, interview);
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
        Command::SignOff => closing::sign_off(interview, observer()).map(decided),
        Command::End { reason, unasked } => closing::end(interview, *reason, unasked).map(decided),
        Command::ConfirmFates(corrections) => closing::confirm_fates(interview, corrections, now).map(decided),
    }
}

/// Whether the time that the actor claims for a command can be, where it lies between the opening of the case and now (C7).
pub(crate) fn check_happened(interview: &Interview, person: &PersonId, command: &Command, happened: Time) -> Result<(), Refusal> {
    let follows = match command {
        Command::CallBreak | Command::Resume | Command::BeginClosing => interview.started_at,
        Command::CheckOut => interview.observer(person).and_then(|observer| observer.checked_in_at),
        _ => None,
    };
    if follows.is_some_and(|earliest| happened < earliest) {
        return Err(Refusal::TimeBeforeCase);
    }
    // People leave the room after the end, too.
    let bound_by_the_end = !matches!(command, Command::CheckOut);
    if bound_by_the_end && interview.ended_at.is_some_and(|ended| happened > ended) { Err(Refusal::TimeAfterEnd) } else { Ok(()) }
}

/// L1: a late arrival needs the leader, whoever was in the room before comes back as they like. One who is in the room checks in again
/// only to acknowledge a ban that was ordered since.
fn check_in(interview: &Interview, observer: Option<&Observer>, acknowledge_ban: bool) -> Result<Happened, RoomRefusal> {
    if interview.ended_at.is_some() {
        return Err(RoomRefusal::WrongStage(interview.stage));
    }
    let ordered = interview.ban_until.is_some();
    if ordered && !acknowledge_ban {
        return Err(RoomRefusal::BanNotAcknowledged);
    }
    if let Some(observer) = observer {
        let late = interview.roster_frozen_at.is_some() && observer.checked_in_at.is_none();
        if observer.is_present() && (observer.ban_acknowledged || !ordered) {
            return Err(RoomRefusal::CheckedInAlready);
        }
        if late && !observer.by_right && !observer.admitted_late {
            return Err(RoomRefusal::RosterFrozen);
        }
    }
    Ok(Happened::CheckedIn { ban_acknowledged: ordered })
}

/// What the next break delivers, in the order L7.
fn approved(house: &House, interview: &Interview) -> Vec<u32> {
    let mut approved: Vec<&Question> = interview.questions().iter().filter(|question| question.state == State::Approved).collect();
    sort_by_order(house, &mut approved);
    approved.iter().take(BATCH_MAX).map(|question| question.number).collect()
}

fn batch(interview: &Interview, break_number: u32, batch_number: u32) -> Option<&Batch> {
    let at = |number: u32| usize::try_from(number.checked_sub(1)?).ok();
    interview.breaks.get(at(break_number)?)?.batches.get(at(batch_number)?)
}
