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
    let seated = interview.observers.iter().filter(|seat| seat.role != Role::ChildInterviewer && !seat.removed).map(|seat| &seat.person);
    let people: BTreeSet<_> = seated.chain(case.leader().map(|seat| &seat.person)).chain(persons).collect();
    match seats(house, interview) {
        Some(seats) if people.len() > usize::try_from(seats).unwrap_or(usize::MAX) => Err(BookingRefusal::NoSeat(seats)),
        _ => Ok(Happened::ObserversAdmitted { observers }),
    }
}

/// Takes an admission back, at any time: one given by mistake is read by until it is (L1). The leader and the interviewer stay by right.
pub(super) fn remove(interview: &Interview, person: &PersonId) -> Result<Happened, BookingRefusal> {
    match interview.admitted(person) {
        Some(_) => Ok(Happened::ObserverRemoved { person: person.clone() }),
        None => Err(BookingRefusal::CannotListen(person.clone())),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        booking::Command,
        code::RevocationReason,
        directory::{self, Mandate},
        id::{PostId, Target},
        sample_house::{Failed, LISTENERS, OPENED, POSTS, Point, SampleHouse, needs, person, post, refused},
        time::DAY_US,
    };

    fn administer(day: &mut SampleHouse, id: &str, command: directory::Command) {
        day.act("administrator-1", Target::Person(person(id)), &crate::Command::Directory(command)).expect("administered");
    }

    fn cannot(id: &str) -> Result<crate::Event, Failed> {
        refused(BookingRefusal::CannotListen(person(id)))
    }

    #[test]
    fn only_roles_that_listen_are_admitted_and_only_by_the_leader_l1() {
        let mut day = SampleHouse::at(Point::Confirmed);
        let mut admitted = Vec::new();
        for (id, ..) in POSTS {
            match day.admit(&[id]) {
                Ok(_) => admitted.push(*id),
                Err(failed) => assert!(Err(failed) == cannot(id) || admitted.len() == 4, "{id}"),
            }
        }
        assert_eq!(admitted, ["investigator-1", "investigator-2", "welfare-kil-1", "welfare-kil-2"], "then the room is full");
        let admit = crate::booking::Command::Admit(vec![person("defence-1")]);
        assert_eq!(day.booking("investigator-1", admit), Err(Failed::Denied));
        assert_eq!(day.admit(&["nobody-1"]), cannot("nobody-1"));
    }

    #[test]
    fn an_admission_is_taken_back_and_the_right_that_came_with_it_ends_at_once_l1() {
        let mut day = SampleHouse::at(Point::Admitted);
        let id = "paediatrician-1";
        let part =
            |day: &SampleHouse| day.the_case().seat(day.house.person(&person(id)).expect("enrolled"), None, day.now).map(|seat| seat.part);
        let by_right = refused(BookingRefusal::CannotListen(person("interviewer-1")));
        assert_eq!(day.booking("prosecutor-1", Command::Remove(person("interviewer-1"))), by_right, "by right");
        day.admit(&["welfare-kil-2"]).expect("by mistake");
        day.booking("prosecutor-1", Command::Remove(person("welfare-kil-2"))).expect("taken back");
        assert!(day.interview().observer(&person("welfare-kil-2")).is_none(), "as if it had not been");
        day.check_in(id).expect("in");
        let before = part(&day);
        day.booking("prosecutor-1", Command::Remove(person(id))).expect("taken back");
        assert!(before == Some(Part::Admitted) && part(&day) != before, "{:?}", part(&day));
        assert!(day.interview().observer(&person(id)).is_some_and(|observer| !observer.is_present()), "and stays in the protocol");
        day.admit(&[id]).expect("anew");
        assert_eq!(part(&day), Some(Part::Admitted));
        day.check_in(id).expect("comes back");
    }

    #[test]
    fn nobody_who_is_revoked_or_blocked_is_admitted_a2() {
        let mut day = SampleHouse::at(Point::Confirmed);
        administer(&mut day, "defence-1", directory::Command::Revoke(RevocationReason::Left));
        assert_eq!(day.admit(&["defence-1"]), cannot("defence-1"));
        let alias = day.alias.clone();
        day.house.cases.get_mut(&alias).expect("a case").blocked.insert(person("investigator-2"));
        assert_eq!(day.admit(&["investigator-2"]), cannot("investigator-2"), "with the same words as for a stranger");
        assert_eq!(day.admit(&["investigator-1", "investigator-2"]), cannot("investigator-2"), "all or none");
        assert!(day.interview().observer(&person("investigator-1")).is_none());
    }

    #[test]
    fn one_person_has_one_role_in_a_case() {
        let mut day = SampleHouse::at(Point::Confirmed);
        let until = OPENED.plus_us(90 * DAY_US);
        for id in ["prosecutor-1", "coordinator-1", "interviewer-1"] {
            let mandate = Mandate { post: post("investigator-2"), from: day.now, until };
            administer(&mut day, id, directory::Command::Grant(mandate));
            assert_eq!(day.admit(&[id]), cannot(id));
        }
        let mandate = Mandate { post: post("welfare-kil-2"), from: day.now, until };
        administer(&mut day, "investigator-1", directory::Command::Grant(mandate));
        day.admit(&["investigator-1"]).expect("admitted");
        let role = |post: PostId, role: Role| (post, role);
        let seat = day.interview().observer(&person("investigator-1")).map(|seat| role(seat.post.clone(), seat.role));
        assert_eq!(seat, Some(role(post("investigator-1"), Role::PoliceInvestigator)), "as on the team");
    }

    #[test]
    fn the_listening_room_is_not_overfilled_and_the_leader_needs_a_seat_too() {
        let mut day = SampleHouse::at(Point::Booked);
        let listeners = LISTENERS.map(|(id, _)| id);
        let five: Vec<_> = listeners.into_iter().chain(["defence-1", "representative-1"]).collect();
        assert_eq!(day.admit(&five), refused(BookingRefusal::NoSeat(5)));
        day.admit(&["investigator-1", "investigator-1"]).expect("one seat");
        day.admit(&five[..4]).expect("four, and the leader");
        day.admit(&five[..4]).expect("no further seat");
        assert_eq!(day.admit(&["defence-1", "representative-1"]), refused(BookingRefusal::NoSeat(5)));
        assert_eq!(day.interview().observers.len(), 4);
    }

    #[test]
    fn where_seats_are_not_counted_nobody_is_turned_away() {
        let mut day = SampleHouse::at(Point::Led);
        let starts_at = day.now.plus_us(DAY_US);
        day.book_at(&needs(), &["interview-2", "listening-2"], starts_at).expect("booked");
        let six = ["investigator-1", "investigator-2", "welfare-kil-1", "welfare-kil-2", "defence-1", "representative-1"];
        day.admit(&six).expect("admitted");
    }

    #[test]
    fn a_mandates_end_ends_the_right_to_the_seat() {
        let mut day = SampleHouse::at(Point::Admitted);
        administer(&mut day, "paediatrician-1", directory::Command::End(post("paediatrician-1")));
        assert_eq!(day.check_in("paediatrician-1"), Err(Failed::NotFound));
        administer(&mut day, "investigator-1", directory::Command::Revoke(RevocationReason::KeyCompromised));
        assert_eq!(day.check_in("investigator-1"), Err(Failed::NotFound));
        let recipients = day.the_case().sees_all_questions(&day.house, day.interview(), day.now);
        assert_eq!(recipients, [person("prosecutor-1")]);
    }
}
