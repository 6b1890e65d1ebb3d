//! What happens to the room and the interview. Decides nothing.
//!
//! INVARIANT (L11): a claimed time of an end or a break that cannot be is counted as the nearest that can; the record keeps the claim.

use super::Happened;
use crate::{
    case::Seat,
    code::NotAskedReason,
    event::Stamp,
    interview::{Batch, Break, Connection, Informed, Interview, Observer, Seated, Stage},
    question::{Fate, State, deliver, set_fate, touch_merged},
    time::Time,
};

/// Applies what happened in the room. False if the record makes no sense.
pub(crate) fn apply(interview: &mut Interview, leader: Option<&Seat>, stamp: &Stamp, happened: &Happened) -> bool {
    // Nobody's etag grows stale because a line was cut.
    if !matches!(happened, Happened::Connections { .. }) {
        interview.changed = stamp.index;
    }
    match happened {
        Happened::CheckedIn { ban_acknowledged } => {
            let Some(observer) = seat(interview, stamp) else { return false };
            observer.checked_in_at.get_or_insert(stamp.happened());
            observer.arrived_at.get_or_insert(stamp.at);
            observer.checked_out_at = None;
            observer.ban_acknowledged |= ban_acknowledged;
            observer.absence = None;
        }
        Happened::CheckedOut => {
            let Some(observer) = seat(interview, stamp) else { return false };
            observer.checked_out_at = Some(stamp.happened());
            observer.connection = Connection::None;
        }
        Happened::RosterFrozen => interview.roster_frozen_at = Some(stamp.happened()),
        Happened::ChildInformed => {
            interview.informed.push(Informed { happened_at: stamp.happened(), recorded_at: stamp.at });
        }
        Happened::Started { recording_reference, deviations } => {
            interview.stage = Stage::InProgress;
            interview.started_at = Some(stamp.happened());
            interview.start_recorded_at = Some(stamp.at);
            interview.recording_reference.clone_from(recording_reference);
            interview.deviations.clone_from(deviations);
            interview.deviation_index = (!deviations.is_empty()).then_some(stamp.index);
            stand_by_right(interview, leader, stamp.at);
        }
        Happened::BreakCalled { number, delivered } => {
            interview.stage = Stage::Break;
            interview.break_requested_at = None;
            let batch = Batch { questions: delivered.clone(), delivered_at: stamp.happened(), acknowledged_at: None };
            let batches = if delivered.is_empty() { Vec::new() } else { vec![batch] };
            interview.breaks.push(Break { called_by: stamp.person.clone(), called_at: stamp.happened(), resumed_at: None, batches });
            let known = delivered.iter().all(|question| deliver(interview, *question, (*number, 1), stamp));
            touch_merged(interview, stamp);
            return known;
        }
        Happened::DeliveryAcknowledged { break_number, batch_number } => {
            let at = |number: u32| usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
            let batches = match break_number {
                0 => Some(&mut interview.notes),
                number => interview.breaks.get_mut(at(*number)).map(|lasting| &mut lasting.batches),
            };
            let Some(batch) = batches.and_then(|batches| batches.get_mut(at(*batch_number))) else { return false };
            batch.acknowledged_at = Some(stamp.happened());
        }
        Happened::BreakRequested => {
            interview.break_requested_at.get_or_insert(stamp.at);
        }
        Happened::NotesAllowed { allowed } => interview.notes_allowed = *allowed,
        Happened::Resumed => go_on(interview, Stage::InProgress, stamp.happened()),
        Happened::Interrupted { .. } => go_on(interview, Stage::Interrupted, stamp.happened().min(stamp.at)),
        Happened::ClosingBegun => go_on(interview, Stage::Closing, stamp.happened()),
        Happened::SignedOff { covers } => {
            let Some(observer) = seat(interview, stamp) else { return false };
            observer.signed_off_at = Some(stamp.happened());
            observer.covers = *covers;
            observer.absence = None;
        }
        Happened::AbsenceRecorded { person, reason } => {
            let Some(observer) = interview.observers.iter_mut().find(|observer| observer.person == *person) else { return false };
            observer.absence = Some(*reason);
        }
        Happened::Connections { stand, lost } => {
            for observer in &mut interview.observers {
                if stand.contains(&observer.person) {
                    observer.connection = Connection::Stands;
                } else if lost.contains(&observer.person) {
                    observer.connection = Connection::Lost(stamp.at);
                }
            }
        }
        Happened::Ended { reason, not_asked, deviations } => {
            // What was recorded before may claim a later start than this claims an end.
            let ended = stamp.happened().min(stamp.at).max(interview.started_at.unwrap_or(stamp.at));
            go_on(interview, Stage::Ended, ended);
            interview.ended_at = Some(ended);
            interview.break_requested_at = None;
            interview.end_reason = Some(*reason);
            interview.deviations.extend(deviations);
            let known = not_asked.iter().all(|(number, reason)| set_fate(interview, *number, Fate::NotAsked { reason: *reason }, stamp));
            leave_unasked(interview, stamp);
            return known;
        }
        Happened::FatesConfirmed { corrections } => {
            interview.fates_confirmed_at = Some(stamp.at);
            let known = corrections.iter().all(|(number, fate)| set_fate(interview, *number, *fate, stamp));
            touch_merged(interview, stamp);
            return known;
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

/// L1: leader and interviewer stand on the roster by right; where nobody confirmed the interview, from its start.
fn stand_by_right(interview: &mut Interview, leader: Option<&Seat>, at: Time) {
    let leader = leader.map(|seat| Seated { person: seat.person.clone(), post: seat.post.clone(), role: seat.role });
    let interviewer = interview
        .interviewer()
        .and_then(|invitation| Some(Seated { person: invitation.person.clone()?, post: invitation.post.clone(), role: invitation.role }));
    for seat in leader.into_iter().chain(interviewer) {
        interview.stand_by_right(&seat, at);
    }
}

/// Leaves a break, if one lasts, for the next stage.
fn go_on(interview: &mut Interview, stage: Stage, at: Time) {
    if let Some(lasting) = interview.breaks.last_mut() {
        lasting.resumed_at.get_or_insert(at.max(lasting.called_at));
    }
    interview.stage = stage;
}

/// Everything that is open when the interview ends and that the record does not name.
fn leave_unasked(interview: &mut Interview, stamp: &Stamp) {
    let open = interview.questions.iter().filter(|question| question.waits() || question.state == State::Delivered);
    for number in open.map(|question| question.number).collect::<Vec<_>>() {
        set_fate(interview, number, Fate::NotAsked { reason: NotAskedReason::InterviewEnded }, stamp);
    }
    touch_merged(interview, stamp);
}
