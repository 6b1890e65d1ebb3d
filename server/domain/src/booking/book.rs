//! Booking: one interview with its rooms and people, all or nothing.

use barnahus_policy::Role;

use super::{BookingRefusal, Happened, Need, choose::Search};
use crate::{
    case::Case,
    code::InterviewKind,
    command::Decided,
    event::Event,
    house::House,
    id::{RoomId, Target},
    time::{MINUTE_US, Time},
};

/// Shortest and longest booking, in microseconds.
const DURATION_US: std::ops::RangeInclusive<i64> = 15 * MINUTE_US..=8 * 60 * MINUTE_US;

/// What a coordinator wants to book.
pub(super) struct Wanted<'a> {
    pub(super) kind: InterviewKind,
    pub(super) needs: &'a [Need],
    pub(super) rooms: &'a [RoomId],
    pub(super) starts_at: Time,
    pub(super) duration_us: i64,
}

/// Books: all or nothing.
pub(super) fn book(house: &House, case: &Case, wanted: &Wanted<'_>, now: Time) -> Result<Decided, BookingRefusal> {
    if case.leader().is_none() {
        return Err(BookingRefusal::NoLeader);
    }
    if !case.interviews().is_empty() {
        return Err(BookingRefusal::InterviewExists);
    }
    // B5: an interview that nobody could hold, or a post that has no place in it, is not booked.
    if let Some(need) = wanted.needs.iter().find(|need| !takes_part(need.role)) {
        return Err(BookingRefusal::NobodyFits(need.role.to_string()));
    }
    if !wanted.needs.iter().any(|need| need.role == Role::ChildInterviewer) {
        return Err(BookingRefusal::InterviewerNotAsked);
    }
    if wanted.starts_at < now || !DURATION_US.contains(&wanted.duration_us) {
        return Err(BookingRefusal::TimeUnsuitable);
    }
    let buffer_us = buffer_us(house);
    let (kind, starts_at, ends_at) = (wanted.kind, wanted.starts_at, wanted.starts_at.plus_us(wanted.duration_us));
    let search = Search { house, case, from: starts_at.plus_us(-buffer_us), until: ends_at.plus_us(buffer_us) };
    let rooms = search.rooms(wanted.rooms)?;
    let invited = search.posts(wanted.needs)?;
    // As a wish, too, it is one that must come true.
    if !invited.iter().any(|invited| invited.role == Role::ChildInterviewer) {
        return Err(BookingRefusal::NobodyFits(Role::ChildInterviewer.to_string()));
    }
    let event = Happened::Booked { kind, rooms, starts_at, ends_at, buffer_us, invited };
    Ok(Decided::new(Target::Interview(case.alias.clone(), 1), Event::Interview(event)))
}

/// What is blocked before and after an interview, in microseconds.
pub(super) fn buffer_us(house: &House) -> i64 {
    i64::from(house.definition().map_or(0, |definition| definition.buffer_minutes)) * MINUTE_US
}

/// True for roles that can be called to an interview.
fn takes_part(role: Role) -> bool {
    !matches!(role, Role::Coordinator | Role::Auditor | Role::Administrator)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        booking::Command,
        sample_house::{Point, SampleHouse, need, needs, refused},
        time::DAY_US,
    };

    #[test]
    fn a_booking_needs_a_leader_a_future_and_a_length_and_comes_once_b7() {
        let book = |day: &mut SampleHouse, starts_at: Time, duration_us: i64| {
            let book = Command::Book { kind: InterviewKind::First, needs: needs(), rooms: Vec::new(), starts_at, duration_us };
            day.act("coordinator-1", Target::Case(day.alias.clone()), &crate::Command::Interview(book))
        };
        let mut day = SampleHouse::at(Point::Held);
        let later = day.now.plus_us(DAY_US);
        assert_eq!(book(&mut day, later, 90 * MINUTE_US), refused(BookingRefusal::NoLeader));
        let mut day = SampleHouse::at(Point::Led);
        let now = day.now;
        for (starts_at, duration_us) in [(now, 90 * MINUTE_US), (later, 15 * MINUTE_US - 1), (later, 480 * MINUTE_US + 1), (later, -1)] {
            assert_eq!(book(&mut day, starts_at, duration_us), refused(BookingRefusal::TimeUnsuitable), "{duration_us}");
        }
        book(&mut day, later, 480 * MINUTE_US).expect("booked");
        assert_eq!(book(&mut day, later.plus_us(DAY_US), 90 * MINUTE_US), refused(BookingRefusal::InterviewExists));
    }

    #[test]
    fn an_interview_has_an_interviewer_b5() {
        let mut day = SampleHouse::at(Point::Led);
        let others = [need(Role::InvestigationLeader, true, None)];
        assert_eq!(day.book(&others), refused(BookingRefusal::InterviewerNotAsked));
        let posts = day.house.definition.as_mut().map(|definition| &mut definition.posts).expect("founded");
        posts.retain(|post| !post.roles.contains(&Role::ChildInterviewer));
        for required in [true, false] {
            let nobody = refused(BookingRefusal::NobodyFits("CHILD_INTERVIEWER".to_owned()));
            assert_eq!(day.book(&[need(Role::ChildInterviewer, required, None)]), nobody, "as a wish, too");
        }
    }

    #[test]
    fn hosts_auditors_and_administrators_are_asked_to_no_interview() {
        let mut day = SampleHouse::at(Point::Led);
        let interviewer = || need(Role::ChildInterviewer, true, None);
        for (role, id) in
            [(Role::Coordinator, "coordinator-1"), (Role::Auditor, "auditor-police-1"), (Role::Administrator, "administrator-1")]
        {
            let nobody = refused(BookingRefusal::NobodyFits(role.to_string()));
            assert_eq!(day.book(&[interviewer(), need(role, true, Some(id))]), nobody);
        }
        for id in ["investigator-1", "nobody-1"] {
            let nobody = refused(BookingRefusal::NobodyFits(id.to_owned()));
            assert_eq!(day.book(&[interviewer(), need(Role::Paediatrician, true, Some(id))]), nobody);
        }
    }
}
