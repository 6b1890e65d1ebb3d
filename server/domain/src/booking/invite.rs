//! Asking somebody else: another post in the place of one that declined, does not answer, or is held by nobody any more (B3). At any time:
//! a leader who is gone is replaced while the interview runs, and after it, as well.

use super::{BookingRefusal, Happened, Need, book::buffer_us, choose::Search, confirm::stands};
use crate::{case::Case, house::House, id::PostId, interview::Interview, time::Time};

/// Asks `post` in the place of `instead_of`, in the same role. To ask a post again that declined, it is named twice.
pub(super) fn invite(
    house: &House,
    case: &Case,
    interview: &Interview,
    post: &PostId,
    instead_of: &PostId,
    now: Time,
) -> Result<Happened, BookingRefusal> {
    let asked = interview.invitations.iter().find(|invitation| invitation.post == *instead_of);
    let asked = asked.filter(|invitation| !stands(house, case, interview, invitation, now));
    let asked = asked.ok_or_else(|| BookingRefusal::NothingToReplace(instead_of.clone()))?;
    let buffer_us = buffer_us(house);
    let (from, until) = (interview.starts_at.plus_us(-buffer_us), interview.ends_at.plus_us(buffer_us));
    let need = Need { role: asked.role, required: asked.required, post: Some(post.clone()) };
    let invited = Search { house, case, from, until }.posts(&[need])?;
    let invited = invited.into_iter().next().ok_or_else(|| BookingRefusal::NobodyFits(post.to_string()))?;
    Ok(Happened::Invited { instead_of: instead_of.clone(), invited, from, until })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        booking::{Command, Resource},
        code::{AbsenceReason, RevocationReason},
        directory::{self, Mandate},
        id::Target,
        interview::{Answer, Stage},
        sample_house::{Failed, Point, SampleHouse, end, person, post, refused},
        time::DAY_US,
    };

    fn invite_instead(day: &mut SampleHouse, new: &str, old: &str) -> Result<crate::Event, Failed> {
        day.booking("coordinator-1", Command::Invite { post: post(new), instead_of: post(old) })
    }

    fn revoke(day: &mut SampleHouse, id: &str) {
        let gone = crate::Command::Directory(directory::Command::Revoke(RevocationReason::Left));
        day.act("administrator-1", Target::Person(person(id)), &gone).expect("revoked");
    }

    #[test]
    fn whoever_declined_is_replaced_and_the_interview_confirmed_with_the_other_b3() {
        let mut day = SampleHouse::at(Point::Booked);
        day.booking("interviewer-1", Command::Decline(AbsenceReason::Illness)).expect("declined");
        assert_eq!(
            invite_instead(&mut day, "investigator-1", "interviewer-1"),
            refused(BookingRefusal::NobodyFits("investigator-1".into()))
        );
        let stranger = refused(BookingRefusal::NothingToReplace(post("counsellor-1")));
        assert_eq!(invite_instead(&mut day, "interviewer-2", "counsellor-1"), stranger);
        invite_instead(&mut day, "interviewer-2", "interviewer-1").expect("asked");
        assert_eq!(day.house.calendar.overlap(), None);
        let interview = day.interview();
        assert!(!day.house.calendar.is_free(&Resource::Post(post("interviewer-2")), interview.starts_at, interview.ends_at));
        assert!(day.house.calendar.is_free(&Resource::Post(post("interviewer-1")), interview.starts_at, interview.ends_at));
        day.booking("interviewer-2", Command::Accept).expect("accepted");
        let accepted = refused(BookingRefusal::NothingToReplace(post("interviewer-2")));
        assert_eq!(invite_instead(&mut day, "interviewer-1", "interviewer-2"), accepted, "an acceptance is kept");
    }

    #[test]
    fn a_decline_is_taken_back_by_being_asked_again() {
        let mut day = SampleHouse::at(Point::Booked);
        day.booking("interviewer-1", Command::Decline(AbsenceReason::NoCapacity)).expect("declined");
        invite_instead(&mut day, "interviewer-1", "interviewer-1").expect("asked again");
        let asked = day.interview().invitations.iter().find(|invitation| invitation.post == post("interviewer-1")).expect("asked");
        assert_eq!(asked.answer, Answer::Open);
        day.booking("interviewer-1", Command::Accept).expect("accepted");
        assert_eq!(day.house.calendar.overlap(), None);
    }

    #[test]
    fn when_the_interviewer_is_revoked_after_the_confirmation_another_is_asked_and_it_is_confirmed_anew_b5() {
        let mut day = SampleHouse::at(Point::Admitted);
        revoke(&mut day, "interviewer-1");
        invite_instead(&mut day, "interviewer-2", "interviewer-1").expect("asked");
        assert_eq!(day.interview().stage, Stage::Tentative);
        assert!(day.interview().observers.iter().all(|observer| observer.post != post("interviewer-1")), "off the roster");
        day.booking("interviewer-2", Command::Accept).expect("accepted");
        day.booking("prosecutor-1", Command::Confirm { waivers: Vec::new(), defence_note: None }).expect("confirmed anew");
        assert!(day.interview().observers.iter().any(|observer| observer.post == post("interviewer-2") && observer.by_right));
    }

    #[test]
    fn when_the_leader_is_revoked_another_prosecutor_is_asked_and_takes_over_the_investigation() {
        let mut day = SampleHouse::at(Point::Admitted);
        let opened_at = day.the_case().opened_at;
        revoke(&mut day, "prosecutor-1");
        invite_instead(&mut day, "prosecutor-2", "prosecutor-1").expect("asked");
        day.lead("prosecutor-2");
        assert_eq!(day.the_case().leader().map(|seat| seat.post.clone()), Some(post("prosecutor-2")));
        assert_eq!(day.the_case().opened_at, opened_at, "C7: the clocks go on");
        day.booking("prosecutor-2", Command::Confirm { waivers: Vec::new(), defence_note: None }).expect("confirmed anew");
        assert!(day.interview().observers.iter().all(|observer| observer.post != post("prosecutor-1")));
    }

    #[test]
    fn whoever_has_the_post_of_a_revoked_interviewer_answers_anew_and_can_confirm_the_fates_l3() {
        let mut day = SampleHouse::at(Point::Live);
        revoke(&mut day, "interviewer-1");
        let mandate = Mandate { post: post("interviewer-1"), from: day.now, until: day.now.plus_us(DAY_US) };
        let grant = crate::Command::Directory(directory::Command::Grant(mandate));
        day.act("administrator-1", Target::Person(person("interviewer-2")), &grant).expect("granted");
        day.booking("interviewer-2", Command::Accept).expect("accepted");
        day.room("prosecutor-1", end()).expect("ended");
        day.room("interviewer-2", crate::room::Command::ConfirmFates(Vec::new())).expect("confirmed");
    }
}
