//! Signing off and the end (L11): who says "nothing left" or is absent, what was not asked, and what the interviewer says of it afterwards.
//! What the check shows is `check`.
//!
//! INVARIANT: nothing but the interview's own stage keeps END from working.

use std::collections::BTreeMap;

use super::{Happened, RoomRefusal, check::has_signed_off};
use crate::{
    code::{AbsenceReason, Deviation, EndReason, NotAskedReason},
    id::PersonId,
    interview::{Interview, Observer, Stage},
    question::{Fate, State, check_fate},
    time::Time,
};

/// Most questions that the record of an end names: what one record surely holds. A flood of questions must not keep END from working.
const NAMED_MAX: usize = 1000;

/// L11: whoever is there says "nothing left"; after the end, whoever stayed for it. It covers the questions known at that moment, not those
/// that were asked since and entered before it.
pub(super) fn sign_off(interview: &Interview, observer: Option<&Observer>, at: Time) -> Result<Happened, RoomRefusal> {
    if !matches!(interview.stage, Stage::Closing | Stage::Ended) {
        return Err(RoomRefusal::WrongStage(interview.stage));
    }
    if observer.is_some_and(|observer| interview.stayed(observer)) {
        let known = interview.questions().iter().filter(|question| question.submitted_at <= at).count();
        Ok(Happened::SignedOff { covers: u32::try_from(known).unwrap_or(u32::MAX) })
    } else {
        Err(RoomRefusal::NotCheckedIn)
    }
}

/// L11: what is undecided, undelivered or unasked is NOT_ASKED(INTERVIEW_ENDED) unless another reason is given. The record names them, the
/// ones with another reason first where they are too many for it.
pub(super) fn end(interview: &Interview, reason: EndReason, unasked: &[(u32, NotAskedReason)]) -> Result<Happened, RoomRefusal> {
    if !interview.is_running() {
        return Err(RoomRefusal::WrongStage(interview.stage));
    }
    // Of two reasons for one question the first counts: END is not refused for it.
    let given: BTreeMap<u32, NotAskedReason> = unasked.iter().rev().copied().collect();
    let open = interview.questions().iter().filter(|question| question.waits() || question.state == State::Delivered);
    let deviations = if interview.hid_a_late_arrival() { vec![Deviation::LateArrivalNotTold] } else { Vec::new() };
    let why = |number: u32| given.get(&number).copied().unwrap_or(NotAskedReason::InterviewEnded);
    let mut not_asked: Vec<_> = open.map(|question| (question.number, why(question.number))).collect();
    if not_asked.len() > NAMED_MAX {
        not_asked.sort_by_key(|(_, reason)| *reason == NotAskedReason::InterviewEnded);
        not_asked.truncate(NAMED_MAX);
    }
    Ok(Happened::Ended { reason, not_asked, deviations })
}

/// L3: the interviewer confirms what was noted, or corrects it; again, if need be, until the documentation is closed.
pub(super) fn confirm_fates(interview: &Interview, corrections: &[(u32, Fate)], now: Time) -> Result<Happened, RoomRefusal> {
    if interview.stage != Stage::Ended {
        return Err(RoomRefusal::WrongStage(interview.stage));
    }
    for (number, fate) in corrections {
        let question = interview.question(*number).ok_or(RoomRefusal::NoSuchQuestion(*number))?;
        check_fate(interview, question, *fate, now)?;
    }
    Ok(Happened::FatesConfirmed { corrections: corrections.to_vec() })
}

/// L11: in the closing check, or after the end, the absence of one who was there is recorded instead of the sign-off that is missing.
pub(super) fn record_absence(interview: &Interview, person: &PersonId, reason: AbsenceReason) -> Result<Happened, RoomRefusal> {
    if !matches!(interview.stage, Stage::Closing | Stage::Ended) {
        return Err(RoomRefusal::WrongStage(interview.stage));
    }
    let observer = interview.observer(person).filter(|observer| interview.stayed(observer)).ok_or(RoomRefusal::WasNotThere)?;
    if has_signed_off(interview, observer.role) {
        return Err(RoomRefusal::SignedOffAlready);
    }
    Ok(Happened::AbsenceRecorded { person: person.clone(), reason })
}

#[cfg(test)]
mod tests {
    use barnahus_policy::Role;

    use super::*;
    use crate::{
        booking::{BookingRefusal, Command as Booking},
        event::Event,
        question::{Asked, Command as Question, QuestionRefusal},
        room::{Command, closing_check},
        sample_house::{Failed, Point, SampleHouse, end, person, refused},
        time::{DAY_US, MINUTE_US},
    };

    const LEADER: &str = "prosecutor-1";
    const ALL: [&str; 4] = [LEADER, "investigator-1", "welfare-kil-1", "paediatrician-1"];

    fn document(day: &mut SampleHouse) -> Result<Event, Failed> {
        day.booking("coordinator-1", Booking::Document)
    }

    fn sign_off(day: &mut SampleHouse, posts: &[&str]) {
        for id in posts {
            day.room(id, Command::SignOff).expect("signed off");
        }
    }

    fn missing(day: &SampleHouse) -> Option<Role> {
        let checks = closing_check(&day.house, day.interview(), day.now);
        checks.iter().find(|check| check.is_missing()).map(|check| check.role)
    }

    /// Every stage that runs.
    fn running() -> [SampleHouse; 4] {
        let mut days = [Point::Live, Point::Live, Point::Closing, Point::Live].map(SampleHouse::at);
        days[1].room("interviewer-1", Command::CallBreak).expect("a break");
        days[3].room("interviewer-1", Command::Interrupt(EndReason::Safety)).expect("interrupted");
        days
    }

    #[test]
    fn end_works_from_every_running_stage_whatever_the_claim_or_the_etag_l11() {
        for day in running() {
            for claim in [None, Some(i64::MIN / 2), Some(-DAY_US), Some(-MINUTE_US), Some(0), Some(DAY_US), Some(i64::MAX / 2)] {
                let mut day = day.clone();
                day.happened_at = claim.map(|offset_us| day.now.plus_us(offset_us));
                day.etag = Some(u64::MAX);
                day.room(LEADER, end()).expect("ended");
                let interview = day.interview();
                let (started, ended) = (interview.started_at.expect("started"), interview.ended_at.expect("ended"));
                assert!(started <= ended && ended <= day.now, "{claim:?}");
                let whole = interview.breaks.iter().all(|lasting| lasting.resumed_at.is_some_and(|resumed| resumed >= lasting.called_at));
                assert!(whole, "no break lasts on, or less than nothing");
            }
        }
        for point in [Point::Booked, Point::Ready, Point::Ended] {
            let mut day = SampleHouse::at(point);
            let stage = day.interview().stage;
            assert_eq!(day.room(LEADER, end()), refused(RoomRefusal::WrongStage(stage)), "it does not run");
        }
    }

    #[test]
    fn a_sign_off_of_an_earlier_time_covers_nothing_that_was_asked_since_l11() {
        let mut day = SampleHouse::at(Point::Closing);
        day.ask("welfare-kil-1");
        let asked = day.now;
        for (claim, covers) in [(asked.plus_us(-1), 0), (asked, 1)] {
            day.happened_at = Some(claim);
            let event = day.room("welfare-kil-1", Command::SignOff).expect("signed off");
            assert_eq!(event, Event::Room(Happened::SignedOff { covers }));
        }
    }

    #[test]
    fn the_end_is_kept_with_the_time_at_which_it_happened_l11() {
        let mut day = SampleHouse::at(Point::Live);
        day.now = day.now.plus_us(60 * MINUTE_US);
        let happened = day.now.plus_us(-20 * MINUTE_US);
        day.happened_at = Some(happened);
        day.room(LEADER, end()).expect("ended");
        assert_eq!(day.interview().ended_at, Some(happened));
    }

    #[test]
    fn what_is_open_at_the_end_gets_a_fate_and_what_has_one_keeps_it_l11() {
        let mut day = SampleHouse::at(Point::Live);
        for _ in 0..6 {
            day.ask("welfare-kil-1");
        }
        day.question(LEADER, 1, Question::Approve).expect("approved");
        day.question(LEADER, 2, Question::Approve).expect("approved");
        day.room("interviewer-1", Command::CallBreak).expect("delivered");
        let asked = Fate::Asked { outcome: Asked::Answered, offset_us: 0 };
        day.question("investigator-1", 1, Question::NoteFate(asked)).expect("noted");
        day.question(LEADER, 3, Question::Reject(crate::code::RejectReason::Time)).expect("rejected");
        day.question("welfare-kil-1", 4, Question::Withdraw).expect("withdrawn");
        day.question(LEADER, 5, Question::Merge(6)).expect("merged");
        let tired = NotAskedReason::ChildTired;
        // One of them twice, one that has its fate, one that is not there: END is not refused for any of it.
        let unasked = vec![(2, tired), (2, NotAskedReason::JudgedUnsuitable), (1, tired), (99, tired)];
        let event = day.room(LEADER, Command::End { reason: EndReason::ChildTired, unasked }).expect("ended");
        let named = vec![(2, tired), (6, NotAskedReason::InterviewEnded)];
        assert_eq!(event, Event::Room(Happened::Ended { reason: EndReason::ChildTired, not_asked: named, deviations: Vec::new() }));
        let fates: Vec<_> = day.interview().questions().iter().map(|question| question.fate(day.interview())).collect();
        let ended = Some(Fate::NotAsked { reason: NotAskedReason::InterviewEnded });
        assert_eq!(fates, [Some(asked), Some(Fate::NotAsked { reason: tired }), None, None, ended, ended]);
        assert!(day.interview().questions().iter().all(|question| question.has_fate(day.interview())));
    }

    #[test]
    fn a_flood_of_questions_does_not_keep_the_end_from_fitting_into_its_record_l11() {
        let mut day = SampleHouse::at(Point::Live);
        let template = day.ask("welfare-kil-1");
        let alias = day.alias.clone();
        let interview = &mut day.house.cases.get_mut(&alias).expect("a case").interviews[0];
        let question = interview.question(template).expect("submitted").clone();
        let flood = (2..=50_000).map(|number| crate::question::Question { number, ..question.clone() });
        interview.questions.extend(flood);
        let unasked = vec![(50_000, NotAskedReason::ChildTired)];
        let event = day.room(LEADER, Command::End { reason: EndReason::AsPlanned, unasked }).expect("ended");
        assert!(serde_json::to_string(&event).expect("JSON").len() < 60_000, "a leaf has 65,535 bytes");
        let fate = |number: u32| day.asked(number).fate(day.interview());
        assert_eq!(fate(50_000), Some(Fate::NotAsked { reason: NotAskedReason::ChildTired }));
        let ended = Some(Fate::NotAsked { reason: NotAskedReason::InterviewEnded });
        assert!((1..50_000).all(|number| fate(number) == ended), "named or not");
    }

    #[test]
    fn a_sign_off_covers_the_questions_known_then_l11() {
        let mut day = SampleHouse::at(Point::Live);
        let stage = RoomRefusal::WrongStage(Stage::InProgress);
        assert_eq!(day.room(LEADER, Command::SignOff), refused(stage));
        day.room(LEADER, Command::BeginClosing).expect("closing");
        sign_off(&mut day, &ALL);
        day.ask("paediatrician-1");
        day.room(LEADER, end()).expect("ended");
        day.room("interviewer-1", Command::ConfirmFates(Vec::new())).expect("confirmed");
        sign_off(&mut day, &ALL[..3]);
        assert_eq!(document(&mut day), refused(BookingRefusal::SignOffMissing(Role::Paediatrician)), "its own question came after it");
        sign_off(&mut day, &["paediatrician-1"]);
        document(&mut day).expect("documented");
    }

    #[test]
    fn who_left_before_the_end_is_absent_and_signs_off_nothing_l11() {
        let mut day = SampleHouse::at(Point::Closing);
        day.room("paediatrician-1", Command::CheckOut).expect("out");
        assert_eq!(day.room("paediatrician-1", Command::SignOff), refused(RoomRefusal::NotCheckedIn));
        day.room(LEADER, end()).expect("ended");
        assert_eq!(day.room("paediatrician-1", Command::SignOff), refused(RoomRefusal::NotCheckedIn));
        // Who leaves after the end was there for it, and cannot have left before.
        day.happened_at = day.interview().ended_at.map(|ended| ended.plus_us(-MINUTE_US));
        assert_eq!(day.room("welfare-kil-1", Command::CheckOut), refused(crate::command::Refusal::TimeBeforeCase));
        day.room("welfare-kil-1", Command::CheckOut).expect("out");
        sign_off(&mut day, &ALL[..3]);
        day.room("interviewer-1", Command::ConfirmFates(Vec::new())).expect("confirmed");
        document(&mut day).expect("documented");
    }

    #[test]
    fn a_role_signs_off_through_any_of_its_people_who_stayed_l11() {
        let mut day = SampleHouse::at(Point::Admitted);
        day.admit(&["investigator-2"]).expect("admitted");
        for id in ["investigator-1", "investigator-2"] {
            day.check_in(id).expect("in");
        }
        day.room(LEADER, crate::sample_house::start(Some("akut"))).expect("started");
        day.room(LEADER, end()).expect("ended");
        assert_eq!(missing(&day), Some(Role::PoliceInvestigator), "the leader never came");
        sign_off(&mut day, &["investigator-2"]);
        assert_eq!(missing(&day), None);
    }

    #[test]
    fn an_absence_stands_instead_of_a_sign_off_until_its_person_is_back_l11() {
        let mut day = SampleHouse::at(Point::Live);
        let absent = |id: &str| Command::RecordAbsence { person: person(id), reason: AbsenceReason::Illness };
        assert_eq!(day.room(LEADER, absent("paediatrician-1")), refused(RoomRefusal::WrongStage(Stage::InProgress)));
        day.room(LEADER, Command::BeginClosing).expect("closing");
        assert_eq!(day.room(LEADER, absent("representative-1")), refused(RoomRefusal::WasNotThere));
        sign_off(&mut day, &ALL[..3]);
        assert_eq!(day.room(LEADER, absent("investigator-1")), refused(RoomRefusal::SignedOffAlready));
        assert_eq!(day.room("welfare-kil-1", absent("paediatrician-1")), Err(Failed::Denied), "it is not for her to say");
        day.room("coordinator-1", absent("paediatrician-1")).expect("recorded");
        assert_eq!(missing(&day), None);
        day.ask("welfare-kil-1");
        assert_eq!(missing(&day), Some(Role::InvestigationLeader), "a sign-off covers the questions then known, an absence all");
        day.room("paediatrician-1", Command::SignOff).expect("back");
        let check = closing_check(&day.house, day.interview(), day.now);
        assert!(check.iter().any(|check| check.role == Role::Paediatrician && check.signed_off && !check.absent));
        day.ask("paediatrician-1");
        sign_off(&mut day, &ALL[..3]);
        assert_eq!(missing(&day), Some(Role::Paediatrician), "who came back is absent no more");
        sign_off(&mut day, &["paediatrician-1"]);
        sign_off(&mut day, &ALL[..3]);
        day.room(LEADER, end()).expect("ended");
        day.room("interviewer-1", Command::ConfirmFates(Vec::new())).expect("confirmed");
        document(&mut day).expect("documented");
        assert_eq!(day.room(LEADER, absent("paediatrician-1")), Err(Failed::Denied), "nothing is missing any more");
    }

    #[test]
    fn who_came_after_the_start_is_told_to_the_child_or_it_stands_as_a_deviation_l1() {
        let late = || {
            let mut day = SampleHouse::at(Point::Live);
            day.admit(&["investigator-2"]).expect("admitted late");
            assert!(day.interview().is_child_told());
            day.check_in("investigator-2").expect("in");
            assert!(!day.interview().is_child_told());
            day
        };
        let mut day = late();
        day.room("interviewer-1", Command::ChildInformed).expect("told");
        assert!(day.interview().is_child_told());
        day.room(LEADER, end()).expect("ended");
        assert_eq!(day.interview().deviations, []);
        let mut day = late();
        day.room("investigator-2", Command::CheckOut).expect("out");
        day.room(LEADER, end()).expect("ended");
        assert_eq!(day.interview().deviations, [Deviation::LateArrivalNotTold], "who left before the end had listened");
        let mut day = SampleHouse::at(Point::Ready);
        day.admit(&["investigator-2"]).expect("admitted late");
        day.check_in("investigator-2").expect("in");
        day.room("investigator-2", Command::CheckOut).expect("out before the start");
        day.room("interviewer-1", crate::sample_house::start(None)).expect("all who are there were told of");
        day.check_in("investigator-2").expect("in again");
        day.room(LEADER, end()).expect("ended");
        assert_eq!(day.interview().deviations, [Deviation::LateArrivalNotTold], "told or not counts, not when the door was first passed");
    }

    #[test]
    fn who_lost_the_post_signs_off_nothing_and_is_absent_l11() {
        let mut day = SampleHouse::at(Point::Ended);
        sign_off(&mut day, &ALL[..3]);
        assert_eq!(missing(&day), Some(Role::Paediatrician));
        let revoke = crate::directory::Command::Revoke(crate::code::RevocationReason::Left);
        let target = crate::Target::Person(crate::sample_house::person("paediatrician-1"));
        day.act("administrator-1", target, &crate::Command::Directory(revoke)).expect("revoked");
        assert_eq!(missing(&day), None);
    }

    #[test]
    fn the_documentation_waits_for_every_fate_and_the_interviewers_word_l11() {
        let mut day = SampleHouse::at(Point::Live);
        assert_eq!(document(&mut day), refused(BookingRefusal::WrongStage(Stage::InProgress)));
        let (number, merged) = (day.ask("welfare-kil-1"), day.ask("investigator-1"));
        day.question(LEADER, merged, Question::Merge(number)).expect("merged");
        day.question(LEADER, number, Question::Approve).expect("approved");
        day.room("interviewer-1", Command::CallBreak).expect("delivered");
        let open = Fate::Asked { outcome: Asked::Open, offset_us: 0 };
        day.question("investigator-1", number, Question::NoteFate(open)).expect("noted");
        day.room(LEADER, end()).expect("ended");
        sign_off(&mut day, &ALL);
        assert_eq!(document(&mut day), refused(BookingRefusal::QuestionWithoutFate(number)));
        let confirm = |day: &mut SampleHouse, corrections: Vec<(u32, Fate)>| day.room("interviewer-1", Command::ConfirmFates(corrections));
        assert_eq!(confirm(&mut day, vec![(9, open)]), refused(RoomRefusal::NoSuchQuestion(9)));
        let far = Fate::Asked { outcome: Asked::Answered, offset_us: DAY_US };
        assert_eq!(confirm(&mut day, vec![(number, far)]), refused(RoomRefusal::Fate(QuestionRefusal::OffsetNeeded)));
        let answered = Fate::Asked { outcome: Asked::Answered, offset_us: 0 };
        day.question("investigator-1", number, Question::NoteFate(answered)).expect("noted");
        assert_eq!(document(&mut day), refused(BookingRefusal::FatesUnconfirmed));
        confirm(&mut day, Vec::new()).expect("confirmed");
        document(&mut day).expect("documented");
        assert_eq!(document(&mut day), refused(BookingRefusal::WrongStage(Stage::Documented)));
        assert_eq!(confirm(&mut day, Vec::new()), refused(RoomRefusal::WrongStage(Stage::Documented)));
    }
}
