//! Admission to the listening room: by the leader, by name (L1).

use std::collections::BTreeSet;

use barnahus_policy::{Part, Role};

use super::{BookingRefusal, Happened};
use crate::{
    case::Case,
    code::RoomKind,
    house::House,
    id::PersonId,
    interview::{Interview, Seated},
    time::Time,
};

/// Gives seats to these people, each once. The leader's own seat is counted.
pub(super) fn admit(
    house: &House,
    case: &Case,
    interview: &Interview,
    persons: &[PersonId],
    now: Time,
) -> Result<Happened, BookingRefusal> {
    let mut meant = BTreeSet::new();
    let persons: Vec<_> = persons.iter().filter(|person| meant.insert(*person)).collect();
    let observers: Vec<_> = persons.iter().map(|person| listener(house, case, person, now)).collect::<Result<_, _>>()?;
    let seated = interview.observers.iter().filter(|seat| seat.role != Role::ChildInterviewer).map(|seat| &seat.person);
    let people: BTreeSet<_> = seated.chain(case.leader().map(|seat| &seat.person)).chain(persons).collect();
    match seats(house, interview) {
        Some(seats) if people.len() > usize::try_from(seats).unwrap_or(usize::MAX) => Err(BookingRefusal::NoSeat(seats)),
        _ => Ok(Happened::ObserversAdmitted { observers }),
    }
}

/// Seats in the booked listening room; absent where they are not counted.
fn seats(house: &House, interview: &Interview) -> Option<u32> {
    let listening = interview.rooms.iter().filter_map(|room| house.room(room)).filter(|room| room.kind == RoomKind::Listening);
    listening.map(|room| room.seats).sum()
}

/// The seat that the leader gives a person: their role in the case, else that of the first post they hold that listens. One who works on
/// the case in a role that does not listen has that one role there, whatever else they hold.
fn listener(house: &House, case: &Case, id: &PersonId, now: Time) -> Result<Seated, BookingRefusal> {
    let cannot = || BookingRefusal::CannotListen(id.clone());
    let person = house.person(id).filter(|person| person.revoked_at.is_none() && !case.blocked.contains(id)).ok_or_else(cannot)?;
    let own = case.seat(person, None, now);
    if own.as_ref().is_some_and(|seat| seat.part != Part::Invited && !listens(seat.role)) {
        return Err(cannot());
    }
    let own = own.map(|seat| (seat.post, seat.role)).filter(|(_, role)| listens(*role));
    let held = || {
        let posts = person.posts_at(now).filter_map(|post| house.post(post));
        posts.flat_map(|post| post.roles.iter().map(|role| (post.id.clone(), *role))).find(|(_, role)| listens(*role))
    };
    let (post, role) = own.or_else(held).ok_or_else(cannot)?;
    Ok(Seated { person: id.clone(), post, role })
}

/// Roles that sit in the listening room by the leader's leave (Roles).
fn listens(role: Role) -> bool {
    !matches!(
        role,
        Role::InvestigationLeader | Role::ChildInterviewer | Role::Coordinator | Role::Interpreter | Role::Auditor | Role::Administrator
    )
}
