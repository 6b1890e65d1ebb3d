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
    let follows = follows(case, wanted.kind)?;
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
    let event = Happened::Booked { kind, rooms, starts_at, ends_at, buffer_us, invited, follows };
    Ok(Decided::new(Target::Interview(case.alias.clone(), follows.unwrap_or(0) + 1), Event::Interview(event)))
}

/// B7: a further interview follows the newest one by the leader's decision, and is of the kind decided on.
fn follows(case: &Case, kind: InterviewKind) -> Result<Option<u32>, BookingRefusal> {
    let newest = case.interviews().last();
    match newest.and_then(|newest| newest.further) {
        Some(further) if further.kind == kind => Ok(newest.map(|newest| newest.number)),
        _ if kind != InterviewKind::First => Err(BookingRefusal::DecisionMissing),
        _ if newest.is_some() => Err(BookingRefusal::InterviewExists),
        _ => Ok(None),
    }
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
        interview::Stage,
        question::{Command as Question, State},
        sample_house::{Failed, Point, SampleHouse, end, need, needs, refused, text},
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
    fn another_interview_follows_by_the_leaders_decision_and_takes_up_what_was_deferred_b7() {
        let further = |day: &mut SampleHouse, by: &str, kind: InterviewKind| {
            day.booking(by, Command::DecideFurther(kind, text("barnet har berättat mer")))
        };
        let book = |day: &mut SampleHouse, kind: InterviewKind| {
            let starts_at = day.now.plus_us(7 * DAY_US);
            let book = Command::Book { kind, needs: needs(), rooms: Vec::new(), starts_at, duration_us: 60 * MINUTE_US };
            day.act("coordinator-1", Target::Case(day.alias.clone()), &crate::Command::Interview(book))
        };
        let mut day = SampleHouse::at(Point::Live);
        for by in ["welfare-kil-1", "investigator-1", "welfare-kil-1"] {
            day.ask(by);
        }
        day.question("prosecutor-1", 1, Question::Merge(3)).expect("merged");
        day.question("prosecutor-1", 3, Question::Rank(Some(1))).expect("ranked");
        day.question("prosecutor-1", 3, Question::Defer).expect("deferred");
        let running = refused(BookingRefusal::WrongStage(Stage::InProgress));
        assert_eq!(further(&mut day, "prosecutor-1", InterviewKind::Supplementary), running);
        day.room("prosecutor-1", end()).expect("ended");
        assert_eq!(book(&mut day, InterviewKind::Supplementary), refused(BookingRefusal::DecisionMissing));
        assert_eq!(further(&mut day, "coordinator-1", InterviewKind::Supplementary), Err(Failed::Denied));
        assert_eq!(further(&mut day, "prosecutor-1", InterviewKind::First), refused(BookingRefusal::InterviewExists));
        further(&mut day, "prosecutor-1", InterviewKind::Supplementary).expect("decided");
        assert_eq!(book(&mut day, InterviewKind::Concluding), refused(BookingRefusal::DecisionMissing), "of the kind decided on");
        book(&mut day, InterviewKind::Supplementary).expect("booked");
        let second = day.house.interview(&day.alias, 2).expect("the second");
        assert_eq!(second.follows, Some(1));
        let carried: Vec<_> = second
            .questions()
            .iter()
            .map(|question| (question.carried_from.map(|from| (from.interview, from.number)), question.state, question.rank))
            .collect();
        assert_eq!(carried, [(Some((1, 1)), State::Submitted, None), (Some((1, 3)), State::Submitted, None)]);
        assert_eq!(second.questions()[1].text_index, day.asked(3).text_index, "the same words");
        let interviewers = |number: u32| {
            let interview = day.house.interview(&day.alias, number).expect("booked");
            interview
                .invitations
                .iter()
                .filter(|invited| invited.role == Role::ChildInterviewer)
                .map(|invited| invited.post.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(interviewers(1), interviewers(2), "the child meets the same interviewer");
        assert_eq!(book(&mut day, InterviewKind::Supplementary), refused(BookingRefusal::DecisionMissing), "each needs its own");
        assert_eq!(further(&mut day, "prosecutor-1", InterviewKind::Concluding), refused(BookingRefusal::InterviewExists));
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
