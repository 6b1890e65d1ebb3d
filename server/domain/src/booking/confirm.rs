//! The leader's confirmation of a booking, and all that it needs (B1, B5).

use barnahus_policy::Role;

use super::{BookingRefusal, Happened, answer::has_accepted, choose::speaks};
use crate::{
    case::Case,
    code::{InterviewKind, RepresentativeState},
    house::House,
    id::{PersonId, PostId},
    interview::{Answer, Interview, Invitation, Seated, Stage},
    text::Text,
    time::Time,
};

/// B5: confirms if all that is needed is there. The leader's own acceptance is this act.
pub(super) fn confirm(
    house: &House,
    case: &Case,
    interview: &Interview,
    waivers: &[(PostId, Text)],
    defence_noted: bool,
    now: Time,
) -> Result<Happened, BookingRefusal> {
    if interview.stage != Stage::Tentative {
        return Err(BookingRefusal::WrongStage(interview.stage));
    }
    let confirmation = Confirmation { house, case, interview, waivers, now };
    confirmation.check_waivers()?;
    let interviewer = confirmation.interviewer().ok_or(BookingRefusal::InterviewerMissing)?;
    if let Some(missing) = interview.invitations.iter().find(|invitation| confirmation.lacks(invitation)) {
        return Err(BookingRefusal::AcceptanceMissing(missing.post.clone()));
    }
    if !confirmation.speaks_with_the_child(interviewer) {
        return Err(BookingRefusal::InterviewerMissing);
    }
    let appointed = matches!(case.representative_state, Some(RepresentativeState::InterimAppointed | RepresentativeState::Confirmed));
    if case.embargo && !appointed {
        return Err(BookingRefusal::RepresentativeMissing);
    }
    if confirmation.needs_defence_note() != defence_noted {
        return Err(if defence_noted { BookingRefusal::NothingToNote } else { BookingRefusal::DefenceNoteMissing });
    }
    let leader = case.leader().ok_or(BookingRefusal::NoLeader)?;
    let seated = |person: &PersonId, post: &PostId, role| Seated { person: person.clone(), post: post.clone(), role };
    let interviewer = interviewer.person.iter().map(|person| seated(person, &interviewer.post, interviewer.role));
    let by_right = std::iter::once(seated(&leader.person, &leader.post, leader.role)).chain(interviewer).collect();
    Ok(Happened::Confirmed { waived: waivers.iter().map(|(post, _)| post.clone()).collect(), by_right, defence_noted })
}

/// True for an invitation that is accepted, or that the leader accepts by confirming.
pub(super) fn stands(house: &House, case: &Case, interview: &Interview, invitation: &Invitation, now: Time) -> bool {
    let confirmation = Confirmation { house, case, interview, waivers: &[], now };
    confirmation.has_accepted(invitation) || confirmation.is_the_leaders(invitation)
}

struct Confirmation<'a> {
    house: &'a House,
    case: &'a Case,
    interview: &'a Interview,
    waivers: &'a [(PostId, Text)],
    now: Time,
}

impl<'a> Confirmation<'a> {
    /// A waiver is for a required post that has not accepted, and has one reason.
    fn check_waivers(&self) -> Result<(), BookingRefusal> {
        let waivable = |post: &PostId| {
            let mut asked = self.interview.invitations.iter().filter(|invitation| invitation.post == *post);
            asked.any(|invitation| invitation.required && !self.has_accepted(invitation))
        };
        let posts = || self.waivers.iter().map(|(post, _)| post);
        let wrong = posts().find(|post| !waivable(post) || posts().filter(|other| other == post).count() > 1);
        wrong.map_or(Ok(()), |post| Err(BookingRefusal::NothingToWaive(post.clone())))
    }

    fn waives(&self, post: &PostId) -> bool {
        self.waivers.iter().any(|(waived, _)| waived == post)
    }

    fn has_accepted(&self, invitation: &Invitation) -> bool {
        has_accepted(self.house, invitation, self.now)
    }

    /// The leader need not accept: by confirming, they do. Another prosecutor who is asked must.
    fn is_the_leaders(&self, invitation: &Invitation) -> bool {
        let leader = self.case.leader.as_ref().and_then(|seat| self.house.person(&seat.person));
        invitation.role == Role::InvestigationLeader && leader.is_some_and(|leader| leader.holds(&invitation.post, self.now))
    }

    fn lacks(&self, invitation: &Invitation) -> bool {
        let needed = invitation.required && !self.is_the_leaders(invitation);
        needed && !self.has_accepted(invitation) && !self.waives(&invitation.post)
    }

    /// B5 where the defence is to come, B1 where a concluding interview goes without; a waiver of the defence has its reason already.
    fn needs_defence_note(&self) -> bool {
        let asked = || self.interview.invitations.iter().filter(|invitation| invitation.role == Role::DefenceCounsel);
        let comes = asked().any(|invitation| !self.waives(&invitation.post) && !matches!(invitation.answer, Answer::Declined(_)));
        let waived = asked().any(|invitation| self.waives(&invitation.post));
        comes || (self.interview.kind == InterviewKind::Concluding && !waived)
    }

    fn interviewer(&self) -> Option<&'a Invitation> {
        let mut interviewers = self.interview.invitations.iter().filter(|invitation| invitation.role == Role::ChildInterviewer);
        interviewers.find(|invitation| self.has_accepted(invitation))
    }

    /// B5: an interpreter, unless the interviewer speaks the child's language or the leader does without one.
    fn speaks_with_the_child(&self, interviewer: &Invitation) -> bool {
        let speaks = |invitation: &Invitation| self.house.post(&invitation.post).is_some_and(|post| speaks(post, self.case));
        let mut interpreters = self.interview.invitations.iter().filter(|invitation| invitation.role == Role::Interpreter);
        speaks(interviewer)
            || interpreters.any(|invitation| self.waives(&invitation.post) || (self.has_accepted(invitation) && speaks(invitation)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        booking::{Command, Resource},
        code::AbsenceReason,
        directory::{self, Mandate},
        id::Target,
        sample_house::{Failed, LISTENERS, OPENED, Point, SampleHouse, end, need, needs, person, post, refused, text},
        time::{DAY_US, MINUTE_US},
    };

    fn confirm_with(day: &mut SampleHouse, waived: &[&str]) -> Result<crate::Event, Failed> {
        let waivers = waived.iter().map(|id| (post(id), text("sjuk"))).collect();
        day.booking("prosecutor-1", Command::Confirm { waivers, defence_note: None })
    }

    fn accept_all_but(day: &mut SampleHouse, absent: &str) {
        for id in ["interviewer-1"].into_iter().chain(LISTENERS.map(|(id, _)| id)).filter(|id| *id != absent) {
            day.booking(id, Command::Accept).expect("accepted");
        }
    }

    #[test]
    fn for_a_defence_seat_the_leader_notes_that_the_material_was_disclosed_or_why_not_b5() {
        let mut day = SampleHouse::at(Point::Led);
        let asked = [(Role::InvestigationLeader, true), (Role::ChildInterviewer, true), (Role::DefenceCounsel, false)];
        day.book(&asked.map(|(role, required)| need(role, required, None))).expect("booked");
        day.booking("interviewer-1", Command::Accept).expect("accepted");
        let confirm = |defence_note: Option<&str>| Command::Confirm { waivers: Vec::new(), defence_note: defence_note.map(text) };
        assert_eq!(day.booking("prosecutor-1", confirm(None)), refused(BookingRefusal::DefenceNoteMissing));
        let mut declined = day.clone();
        day.booking("prosecutor-1", confirm(Some("utlämnat den 3 november"))).expect("confirmed");
        assert_eq!(day.interview().defence_note_index, Some(day.log.len() as u64 - 1), "it is sealed there");
        declined.booking("defence-1", Command::Decline(AbsenceReason::NoCapacity)).expect("declined");
        assert_eq!(declined.booking("prosecutor-1", confirm(Some("utlämnat"))), refused(BookingRefusal::NothingToNote));
        declined.booking("prosecutor-1", confirm(None)).expect("confirmed");
        assert_eq!(declined.interview().defence_note_index, None);
    }

    #[test]
    fn a_concluding_interview_without_the_defence_needs_a_reason_b1() {
        for defence in [false, true] {
            let mut day = SampleHouse::at(Point::Live);
            day.room("prosecutor-1", end()).expect("ended");
            day.booking("prosecutor-1", Command::DecideFurther(InterviewKind::Concluding, text("alla är hörda"))).expect("decided");
            let mut needs = needs();
            needs.extend(defence.then(|| need(Role::DefenceCounsel, true, None)));
            let (starts_at, duration_us) = (day.now.plus_us(7 * DAY_US), 60 * MINUTE_US);
            let book = Command::Book { kind: InterviewKind::Concluding, needs, rooms: Vec::new(), starts_at, duration_us };
            day.act("coordinator-1", Target::Case(day.alias.clone()), &crate::Command::Interview(book)).expect("booked");
            let second = Target::Interview(day.alias.clone(), 2);
            let mut act = |by: &str, command: Command| day.act(by, second.clone(), &crate::Command::Interview(command));
            for id in ["interviewer-1"].into_iter().chain(LISTENERS.map(|(id, _)| id)) {
                act(id, Command::Accept).expect("accepted");
            }
            let waivers = || defence.then(|| (post("defence-1"), text("avstår"))).into_iter().collect();
            if defence {
                act("prosecutor-1", Command::Confirm { waivers: waivers(), defence_note: None }).expect("the waiver has a reason");
                continue;
            }
            let confirm = |note: Option<&str>| Command::Confirm { waivers: waivers(), defence_note: note.map(text) };
            assert_eq!(act("prosecutor-1", confirm(None)), refused(BookingRefusal::DefenceNoteMissing));
            act("prosecutor-1", confirm(Some("ingen är misstänkt"))).expect("confirmed");
        }
    }

    #[test]
    fn confirming_is_the_leaders_act_and_comes_once_b5() {
        let mut day = SampleHouse::at(Point::Accepted);
        assert_eq!(day.booking("coordinator-1", Command::Confirm { waivers: Vec::new(), defence_note: None }), Err(Failed::Denied));
        confirm_with(&mut day, &[]).expect("confirmed");
        let by_right = day.interview().observers.iter().filter(|observer| observer.by_right).map(|observer| observer.role);
        assert_eq!(by_right.collect::<Vec<_>>(), [Role::InvestigationLeader, Role::ChildInterviewer]);
        assert_eq!(confirm_with(&mut day, &[]), refused(BookingRefusal::WrongStage(Stage::Confirmed)));
    }

    #[test]
    fn each_required_post_accepts_or_is_waived_with_a_reason_b5() {
        let mut day = SampleHouse::at(Point::Booked);
        accept_all_but(&mut day, "investigator-1");
        let missing = refused(BookingRefusal::AcceptanceMissing(post("investigator-1")));
        assert_eq!(confirm_with(&mut day, &[]), missing);
        confirm_with(&mut day, &["investigator-1"]).expect("waived");
        assert_eq!(day.decided.as_ref().map(|decided| decided.seals.len()), Some(1), "the reason is sealed");
        let Interview { starts_at, ends_at, .. } = *day.interview();
        let freed = day.house.calendar.is_free(&Resource::Post(post("investigator-1")), starts_at, ends_at);
        assert!(freed, "whoever is waived is not waited for");
        let answers: Vec<_> = day.interview().invitations.iter().map(|invitation| invitation.answer).collect();
        assert!(answers.contains(&Answer::Waived));
    }

    #[test]
    fn the_leader_accepts_by_confirming_and_another_prosecutor_who_is_asked_must_accept_b5() {
        let mut day = SampleHouse::at(Point::Led);
        let another = need(Role::InvestigationLeader, true, Some("prosecutor-2"));
        let needs = needs().into_iter().chain([another]).collect();
        let (starts_at, duration_us) = (day.now.plus_us(DAY_US), 90 * MINUTE_US);
        let book = Command::Book { kind: InterviewKind::First, needs, rooms: Vec::new(), starts_at, duration_us };
        day.act("coordinator-1", Target::Case(day.alias.clone()), &crate::Command::Interview(book)).expect("booked");
        accept_all_but(&mut day, "prosecutor-1");
        assert_eq!(confirm_with(&mut day, &[]), refused(BookingRefusal::AcceptanceMissing(post("prosecutor-2"))));
        confirm_with(&mut day, &["prosecutor-2"]).expect("waived");
        let by_confirming = day.interview().invitations.iter().find(|asked| asked.post == post("prosecutor-1"));
        assert_eq!(by_confirming.map(|asked| (asked.answer, asked.person.clone())), Some((Answer::Accepted, Some(person("prosecutor-1")))));
    }

    #[test]
    fn a_waiver_is_for_a_required_post_that_has_not_accepted_and_has_one_reason_b5() {
        let mut day = SampleHouse::at(Point::Booked);
        accept_all_but(&mut day, "investigator-1");
        for (waived, wrong) in [
            (&["welfare-kil-1"][..], "welfare-kil-1"),
            (&["paediatrician-1"], "paediatrician-1"),
            (&["defence-1"], "defence-1"),
            (&["investigator-1", "investigator-1"], "investigator-1"),
        ] {
            assert_eq!(confirm_with(&mut day, waived), refused(BookingRefusal::NothingToWaive(post(wrong))));
        }
    }

    #[test]
    fn the_interviewer_cannot_be_waived_b5() {
        let mut day = SampleHouse::at(Point::Booked);
        accept_all_but(&mut day, "interviewer-1");
        assert_eq!(confirm_with(&mut day, &["interviewer-1"]), refused(BookingRefusal::InterviewerMissing));
    }

    #[test]
    fn under_embargo_a_representative_is_appointed_first_b5() {
        let mut day = SampleHouse::at(Point::Accepted);
        day.case("prosecutor-1", crate::case::Command::SetEmbargo(text("skäl"))).expect("set");
        for state in [RepresentativeState::Needed, RepresentativeState::Applied] {
            day.represent(state).expect("forward");
            assert_eq!(confirm_with(&mut day, &[]), refused(BookingRefusal::RepresentativeMissing));
        }
        day.represent(RepresentativeState::InterimAppointed).expect("appointed");
        confirm_with(&mut day, &[]).expect("confirmed");
    }

    #[test]
    fn a_child_that_the_interviewer_does_not_understand_has_an_interpreter_b5() {
        let mut day = SampleHouse::at(Point::Led);
        let alias = day.alias.clone();
        "so".clone_into(&mut day.house.cases.get_mut(&alias).expect("a case").language);
        let mut with = needs();
        with.push(need(Role::Interpreter, true, None));
        let mut without = day.clone();
        without.book(&needs()).expect("booked");
        accept_all_but(&mut without, "");
        assert_eq!(confirm_with(&mut without, &[]), refused(BookingRefusal::InterviewerMissing));
        day.book(&with).expect("booked");
        accept_all_but(&mut day, "");
        let missing = refused(BookingRefusal::AcceptanceMissing(post("interpreter-so-1")));
        assert_eq!(confirm_with(&mut day, &[]), missing);
        confirm_with(&mut day.clone(), &["interpreter-so-1"]).expect("waived");
        day.booking("interpreter-so-1", Command::Accept).expect("accepted");
        confirm_with(&mut day, &[]).expect("confirmed");
    }

    #[test]
    fn an_acceptance_ends_with_the_mandate_that_it_was_given_by() {
        let mut day = SampleHouse::at(Point::Accepted);
        for id in ["interviewer-1", "welfare-kil-1"] {
            let end = crate::Command::Directory(directory::Command::End(post(id)));
            day.act("administrator-1", Target::Person(person(id)), &end).expect("ended");
        }
        assert_eq!(confirm_with(&mut day, &[]), refused(BookingRefusal::InterviewerMissing));
        let mandate = Mandate { post: post("interviewer-1"), from: day.now, until: OPENED.plus_us(90 * DAY_US) };
        let grant = crate::Command::Directory(directory::Command::Grant(mandate));
        day.act("administrator-1", Target::Person(person("interviewer-1")), &grant).expect("granted");
        assert_eq!(confirm_with(&mut day, &[]), refused(BookingRefusal::AcceptanceMissing(post("welfare-kil-1"))));
        confirm_with(&mut day, &["welfare-kil-1"]).expect("waived instead");
    }
}
