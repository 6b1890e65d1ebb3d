//! What becomes of consultations, and the case that a first one opens. Decides nothing.

use std::collections::BTreeMap;

use barnahus_policy::{Part, Role};

use super::{Consultation, Happened, Opening};
use crate::{
    case::{Case, Seat},
    code::{ConsultationKind, ConsultationState},
    directory::Person,
    event::Stamp,
    house::House,
    id::{Alias, PersonId},
    time::Time,
};

/// Applies what happened to a consultation. False if the record makes no sense.
pub(crate) fn apply(house: &mut House, alias: &Alias, number: u32, stamp: &Stamp, happened: &Happened) -> bool {
    if let Happened::Requested { opening } = happened {
        return open(house, alias, stamp, opening);
    }
    let roles: Vec<_> = match happened {
        Happened::Scheduled { invited, .. } => {
            invited.iter().filter_map(|post| Some((post.clone(), *house.post(post)?.roles.first()?))).collect()
        }
        _ => Vec::new(),
    };
    let House { cases, persons, .. } = house;
    let Some(case) = cases.get_mut(alias) else { return false };
    if let Happened::AfterMeetingHeld { actions, .. } = happened {
        if usize::try_from(number).ok() != Some(case.consultations.len() + 1) {
            return false;
        }
        let mut meeting = blank(number, ConsultationKind::AfterMeeting, stamp);
        meeting.state = ConsultationState::Held;
        meeting.starts_at = Some(stamp.happened());
        meeting.actions.clone_from(actions);
        meeting.actions_index = Some(stamp.index);
        case.consultations.push(meeting);
        return true;
    }
    if let (Some(person), Some(post), Some(role)) = (&stamp.person, &stamp.post, stamp.role) {
        join(case, persons, Seat { person: person.clone(), post: post.clone(), role, part: Part::Team }, stamp.at);
    }
    let position = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
    let Some(consultation) = case.consultations.get_mut(position) else { return false };
    consultation.changed = stamp.index;
    match happened {
        Happened::Requested { .. } | Happened::AfterMeetingHeld { .. } => return false,
        Happened::Scheduled { starts_at, invited } => {
            consultation.state = ConsultationState::Scheduled;
            consultation.starts_at = Some(*starts_at);
            consultation.invited.clone_from(invited);
            case.invited.extend(roles);
        }
        Happened::Held { inquorate, absences, actions, joined } => {
            consultation.state = if *inquorate { ConsultationState::HeldInquorate } else { ConsultationState::Held };
            consultation.absences.clone_from(absences);
            consultation.actions.clone_from(actions);
            consultation.actions_index = Some(stamp.index);
            for seat in joined {
                join(case, persons, seat.clone(), stamp.at);
            }
        }
    }
    true
}

/// Takes a seat on the team, if none is held: one role in a case, as long as the mandate to its post lasts.
pub(crate) fn join(case: &mut Case, persons: &BTreeMap<PersonId, Person>, seat: Seat, at: Time) {
    let holds = |held: &Seat| persons.get(&held.person).is_some_and(|person| person.holds(&held.post, at));
    if !case.seats.get(&seat.person).is_some_and(holds) {
        case.seats.insert(seat.person.clone(), seat);
    }
}

fn blank(number: u32, kind: ConsultationKind, stamp: &Stamp) -> Consultation {
    Consultation {
        number,
        kind,
        state: ConsultationState::Requested,
        requested_by: stamp.post.clone(),
        requested_at: stamp.at,
        starts_at: None,
        invited: Vec::new(),
        absences: Vec::new(),
        actions: Vec::new(),
        reason_index: None,
        actions_index: None,
        changed: stamp.index,
    }
}

fn open(house: &mut House, alias: &Alias, stamp: &Stamp, opening: &Opening) -> bool {
    let (Some(person), Some(post), Some(role)) = (stamp.person.clone(), stamp.post.clone(), stamp.role) else { return false };
    if house.cases.contains_key(alias) {
        return false;
    }
    let mut consultation = blank(1, opening.kind, stamp);
    consultation.reason_index = Some(stamp.index);
    let mut case = Case {
        alias: alias.clone(),
        home_board: opening.home_board.clone(),
        protection: opening.protection,
        identity_mode: opening.identity_mode,
        child_age_band: opening.child_age_band,
        crime_type: opening.crime_type,
        relation_to_child: opening.relation_to_child,
        language: opening.language.clone(),
        requested_at: stamp.at,
        police_reference: None,
        opened_at: None,
        embargo: false,
        embargo_lifted_at: None,
        representative_state: None,
        representative: None,
        guardians_informed_at: None,
        changed: stamp.index,
        leader: None,
        deputies: Default::default(),
        seats: Default::default(),
        invited: opening.coordinator.iter().map(|post| (post.clone(), Role::Coordinator)).collect(),
        blocked: Default::default(),
        touched_by: Default::default(),
        consultations: vec![consultation],
        interviews: Vec::new(),
    };
    case.seats.insert(person.clone(), Seat { person, post, role, part: Part::Team });
    house.case_order.push(alias.clone());
    house.cases.insert(alias.clone(), case);
    true
}
