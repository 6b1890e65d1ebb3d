//! What bookings change: the calendar, the case's invitations, the interview and its roster.

use std::collections::BTreeMap;

use barnahus_policy::{Part, Role};

use super::{Happened, Invited, Resource, calendar::Slot};
use crate::{
    case::{Case, Seat},
    consultation::join,
    event::Stamp,
    house::House,
    id::{Alias, PostId},
    interview::{Answer, Closed, Further, Interview, Invitation, Observer, Seated, Stage},
    question::carry,
};

/// Applies what happened to a booking. False if the record makes no sense.
pub(crate) fn apply(house: &mut House, alias: &Alias, number: u32, stamp: &Stamp, happened: &Happened) -> bool {
    let House { cases, calendar, persons, .. } = house;
    let Some(case) = cases.get_mut(alias) else { return false };
    if let Happened::Booked { rooms, starts_at, ends_at, buffer_us, invited, follows, .. } = happened {
        let slot =
            || Slot { from: starts_at.plus_us(-buffer_us), until: ends_at.plus_us(*buffer_us), alias: alias.clone(), interview: number };
        for room in rooms {
            calendar.block(Resource::Room(room.clone()), slot());
        }
        for invited in invited {
            calendar.block(Resource::Post(invited.post.clone()), slot());
            case.invited.entry(invited.post.clone()).or_insert(invited.role);
        }
        let mut next = booked(number, stamp, happened);
        if let (Some(next), Some(before)) = (&mut next, follows.and_then(|number| case.interview(number))) {
            carry(before, next, stamp);
        }
        case.interviews.extend(next);
        return usize::try_from(number).is_ok_and(|number| number == case.interviews.len());
    }
    let position = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
    let Some(interview) = case.interviews.get_mut(position) else { return false };
    interview.changed = stamp.index;
    match happened {
        Happened::Booked { .. } => return false,
        Happened::Accepted { post } => {
            let role = answer(interview, stamp, post, Answer::Accepted);
            let (Some(role), Some(person)) = (role, stamp.person.clone()) else { return false };
            let post = post.clone();
            interview.declined.remove(&person);
            // The confirmation does this; whoever accepts later finds the roster made.
            if role == Role::ChildInterviewer && interview.stage != Stage::Tentative {
                interview.stand_by_right(&Seated { person: person.clone(), post: post.clone(), role }, stamp.at);
            }
            join(case, persons, Seat { person, post, role, part: Part::Team }, stamp.at);
        }
        Happened::Declined { post, reason } => {
            calendar.release(&Resource::Post(post.clone()), alias, number);
            let asked = interview.invitations.iter().find(|invitation| invitation.post == *post).cloned();
            let answered = answer(interview, stamp, post, Answer::Declined(*reason)).is_some();
            interview.declined.extend(stamp.person.clone().map(|person| (person, *reason)));
            asked.iter().for_each(|asked| leave(interview, asked));
            forget(case, post);
            return answered;
        }
        Happened::Invited { instead_of, invited, from, until } => {
            calendar.release(&Resource::Post(instead_of.clone()), alias, number);
            let slot = Slot { from: *from, until: *until, alias: alias.clone(), interview: number };
            calendar.block(Resource::Post(invited.post.clone()), slot);
            let Some(asked) = interview.invitations.iter_mut().find(|invitation| invitation.post == *instead_of) else { return false };
            let new = invitation(invited);
            let old = std::mem::replace(asked, new);
            leave(interview, &old);
            forget(case, instead_of);
            case.invited.entry(invited.post.clone()).or_insert(invited.role);
        }
        Happened::Confirmed { waived, by_right, defence_noted } => {
            for invitation in interview.invitations.iter_mut().filter(|invitation| waived.contains(&invitation.post)) {
                invitation.answer = Answer::Waived;
                calendar.release(&Resource::Post(invitation.post.clone()), alias, number);
            }
            for seat in by_right {
                interview.stand_by_right(seat, stamp.at);
                // By confirming, the leader accepts.
                if let Some(asked) = interview.invitations.iter_mut().find(|asked| asked.post == seat.post && asked.answer == Answer::Open)
                {
                    (asked.answer, asked.person) = (Answer::Accepted, Some(seat.person.clone()));
                }
            }
            interview.defence_note_index = defence_noted.then_some(stamp.index);
            interview.stage = Stage::Confirmed;
            interview.confirmed_at = Some(stamp.at);
        }
        Happened::DisclosureBanOrdered { until } => {
            interview.ban_until = Some(*until);
            interview.ban_index = Some(stamp.index);
            // What was acknowledged before was another order.
            interview.observers.iter_mut().for_each(|observer| observer.ban_acknowledged = false);
        }
        Happened::ObserversAdmitted { observers } => {
            let late = interview.roster_frozen_at.is_some();
            for seat in observers {
                match interview.observers.iter_mut().find(|observer| observer.person == seat.person) {
                    Some(observer) => (observer.admitted_at, observer.admitted_late, observer.removed) = (stamp.at, late, false),
                    None => interview.observers.push(Observer { admitted_late: late, ..Observer::seated(seat, false, stamp.at) }),
                }
            }
        }
        Happened::ObserverRemoved { person } => {
            let Some(at) = interview.observers.iter().position(|observer| observer.person == *person) else { return false };
            match interview.observers.get_mut(at) {
                // Who was in the room stays in the protocol.
                Some(observer) if observer.checked_in_at.is_some() => {
                    observer.removed = true;
                    observer.checked_out_at.get_or_insert(stamp.at);
                }
                _ => drop(interview.observers.remove(at)),
            }
        }
        Happened::FurtherDecided { kind } => {
            interview.further = Some(Further { kind: *kind, decided_at: stamp.at, index: stamp.index });
        }
        Happened::ProtocolClosed { digest } => {
            interview.closed = Some(Closed { index: stamp.index, at: stamp.at, digest: digest.clone() });
        }
        Happened::ProtocolRemarked => interview.remarks.extend(stamp.person.clone().map(|person| (stamp.index, person))),
        Happened::Documented => {
            interview.documented_at = Some(stamp.at);
            interview.stage = Stage::Documented;
        }
    }
    true
}

/// One who does not come has no seat by right; where they were required, what was confirmed was another booking.
fn leave(interview: &mut Interview, asked: &Invitation) {
    interview.observers.retain(|observer| !(observer.by_right && observer.post == asked.post && observer.checked_in_at.is_none()));
    let counted = asked.required && !matches!(asked.answer, Answer::Waived | Answer::Declined(_));
    if counted && interview.stage == Stage::Confirmed {
        interview.stage = Stage::Tentative;
    }
}

/// Notes an answer; the invited role, if the post was asked.
fn answer(interview: &mut Interview, stamp: &Stamp, post: &PostId, answer: Answer) -> Option<Role> {
    let invitation = interview.invitations.iter_mut().find(|invitation| invitation.post == *post)?;
    invitation.answer = answer;
    invitation.person.clone_from(&stamp.person);
    Some(invitation.role)
}

/// A post that declined is called to the case no longer, unless a consultation calls it too (A1).
fn forget(case: &mut Case, post: &PostId) {
    if !case.consultations.iter().any(|consultation| consultation.invited.contains(post)) {
        case.invited.remove(post);
    }
}

fn invitation(invited: &Invited) -> Invitation {
    let Invited { post, role, required } = invited.clone();
    Invitation { post, role, required, answer: Answer::Open, person: None }
}

fn booked(number: u32, stamp: &Stamp, happened: &Happened) -> Option<Interview> {
    let Happened::Booked { kind, rooms, starts_at, ends_at, invited, follows, .. } = happened else { return None };
    Some(Interview {
        number,
        kind: *kind,
        stage: Stage::Tentative,
        rooms: rooms.clone(),
        starts_at: *starts_at,
        ends_at: *ends_at,
        invitations: invited.iter().map(invitation).collect(),
        ban_until: None,
        ban_index: None,
        defence_note_index: None,
        observers: Vec::new(),
        confirmed_at: None,
        roster_frozen_at: None,
        informed: Vec::new(),
        started_at: None,
        start_recorded_at: None,
        recording_reference: None,
        deviations: Vec::new(),
        deviation_index: None,
        breaks: Vec::new(),
        break_requested_at: None,
        notes_allowed: false,
        notes: Vec::new(),
        follows: *follows,
        further: None,
        closed: None,
        remarks: Vec::new(),
        ended_at: None,
        end_reason: None,
        fates_confirmed_at: None,
        documented_at: None,
        changed: stamp.index,
        declined: BTreeMap::new(),
        written: BTreeMap::new(),
        questions: Vec::new(),
        counts: BTreeMap::new(),
    })
}
