//! Answers to a booking: what invited posts say, and the leader's confirmation (B5).

use barnahus_policy::Role;

use super::{BookingRefusal, Happened, choose::speaks};
use crate::{
    case::Case,
    code::{AbsenceReason, RepresentativeState},
    command::By,
    house::House,
    id::{PersonId, PostId},
    interview::{Answer, Interview, Invitation, Seated, Stage},
    text::Text,
    time::Time,
};

/// Accepting stays open while the interview runs and after it: whoever came all the same takes their part, and can confirm the fates.
pub(super) fn accept(house: &House, interview: &Interview, by: &By<'_>, now: Time) -> Result<Happened, BookingRefusal> {
    if interview.stage == Stage::Documented {
        return Err(BookingRefusal::WrongStage(interview.stage));
    }
    let post = open_invitation(house, interview, by, now)?;
    Ok(Happened::Accepted { post: post.clone() })
}

pub(super) fn decline(
    house: &House,
    interview: &Interview,
    by: &By<'_>,
    reason: AbsenceReason,
    now: Time,
) -> Result<Happened, BookingRefusal> {
    if !matches!(interview.stage, Stage::Tentative | Stage::Confirmed) {
        return Err(BookingRefusal::WrongStage(interview.stage));
    }
    // Whoever accepted falls ill, too.
    let post = open_invitation(house, interview, by, now).or_else(|none| own_acceptance(interview, by).ok_or(none))?;
    Ok(Happened::Declined { post: post.clone(), reason })
}

/// The invitation of the post by which the actor acts, else of another post that they hold.
fn open_invitation<'a>(house: &House, interview: &'a Interview, by: &By<'_>, now: Time) -> Result<&'a PostId, BookingRefusal> {
    let person = house.person(&by.actor.person).ok_or(BookingRefusal::NoOpenInvitation)?;
    let is_open = |invitation: &&Invitation| match invitation.answer {
        Answer::Open => true,
        // Whoever has the post now answers anew for one who lost it.
        Answer::Accepted => !has_accepted(house, invitation, now),
        Answer::Declined(_) | Answer::Waived => false,
    };
    let open = || interview.invitations.iter().filter(is_open).map(|invitation| &invitation.post);
    let mine = || open().filter(|post| person.holds(post, now));
    mine().find(|post| **post == by.actor.post).or_else(|| mine().next()).ok_or(BookingRefusal::NoOpenInvitation)
}

/// The invitation that the actor accepted.
fn own_acceptance<'a>(interview: &'a Interview, by: &By<'_>) -> Option<&'a PostId> {
    let accepted = |invitation: &&Invitation| invitation.answer == Answer::Accepted && invitation.person.as_ref() == Some(&by.actor.person);
    interview.invitations.iter().find(accepted).map(|invitation| &invitation.post)
}

/// B5: confirms if all that is needed is there. The leader's own acceptance is this act.
pub(super) fn confirm(
    house: &House,
    case: &Case,
    interview: &Interview,
    waivers: &[(PostId, Text)],
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
    let leader = case.leader().ok_or(BookingRefusal::NoLeader)?;
    let seated = |person: &PersonId, post: &PostId, role| Seated { person: person.clone(), post: post.clone(), role };
    let interviewer = interviewer.person.iter().map(|person| seated(person, &interviewer.post, interviewer.role));
    let by_right = std::iter::once(seated(&leader.person, &leader.post, leader.role)).chain(interviewer).collect();
    Ok(Happened::Confirmed { waived: waivers.iter().map(|(post, _)| post.clone()).collect(), by_right })
}

/// The answer as it counts now: one that lapsed before the end is open again. What was held, was held with it.
#[must_use]
pub fn answer_now(house: &House, interview: &Interview, invitation: &Invitation, now: Time) -> Answer {
    let lapsed = invitation.answer == Answer::Accepted && interview.ended_at.is_none() && !has_accepted(house, invitation, now);
    if lapsed { Answer::Open } else { invitation.answer }
}

/// True if the post has accepted: an acceptance ends with the mandate of whoever gave it.
fn has_accepted(house: &House, invitation: &Invitation, now: Time) -> bool {
    let person = invitation.person.as_ref().and_then(|person| house.person(person));
    invitation.answer == Answer::Accepted && person.is_some_and(|person| person.holds(&invitation.post, now))
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
    use barnahus_policy::Part;

    use super::*;
    use crate::{
        booking::{Command, InterviewKind, Resource},
        directory::{self, Mandate},
        id::Target,
        sample_house::{Failed, LISTENERS, OPENED, Point, SampleHouse, need, needs, person, post, refused, start, text},
        time::{DAY_US, MINUTE_US},
    };

    fn confirm_with(day: &mut SampleHouse, waived: &[&str]) -> Result<crate::Event, Failed> {
        let waivers = waived.iter().map(|id| (post(id), text("sjuk"))).collect();
        day.booking("prosecutor-1", Command::Confirm(waivers))
    }

    fn accept_all_but(day: &mut SampleHouse, absent: &str) {
        for id in ["interviewer-1"].into_iter().chain(LISTENERS.map(|(id, _)| id)).filter(|id| *id != absent) {
            day.booking(id, Command::Accept).expect("accepted");
        }
    }

    fn is_free(day: &SampleHouse, id: &str) -> bool {
        let interview = day.interview();
        day.house.calendar.is_free(&Resource::Post(post(id)), interview.starts_at, interview.ends_at)
    }

    fn part(day: &SampleHouse, id: &str) -> Option<Part> {
        day.the_case().seat(day.house.person(&person(id)).expect("enrolled"), None, day.now).map(|seat| seat.part)
    }

    #[test]
    fn an_invited_post_answers_once_and_joins_the_team_by_accepting() {
        let mut day = SampleHouse::at(Point::Booked);
        assert_eq!(part(&day, "interviewer-1"), Some(Part::Invited));
        day.booking("interviewer-1", Command::Accept).expect("accepted");
        assert_eq!(part(&day, "interviewer-1"), Some(Part::Team));
        assert_eq!(day.booking("interviewer-1", Command::Accept), refused(BookingRefusal::NoOpenInvitation));
        assert_eq!(day.booking("interviewer-2", Command::Accept), Err(Failed::NotFound), "who is not asked does not learn of it");
    }

    #[test]
    fn whoever_accepted_falls_ill_and_what_was_confirmed_is_confirmed_anew_b9() {
        let mut day = SampleHouse::at(Point::Confirmed);
        assert!(day.interview().observer(&person("interviewer-1")).is_some());
        day.booking("interviewer-1", Command::Decline(AbsenceReason::Illness)).expect("declined");
        assert_eq!((day.interview().stage, day.interview().observer(&person("interviewer-1"))), (Stage::Tentative, None));
        assert!(is_free(&day, "interviewer-1"));
        let again = Command::Decline(AbsenceReason::Illness);
        assert_eq!(day.booking("interviewer-1", again), refused(BookingRefusal::NoOpenInvitation), "once");
        assert_eq!(confirm_with(&mut day, &[]), refused(BookingRefusal::InterviewerMissing));
    }

    #[test]
    fn declining_frees_the_time_and_ends_the_call_b9() {
        let mut day = SampleHouse::at(Point::Booked);
        assert!(!is_free(&day, "paediatrician-1"));
        day.booking("paediatrician-1", Command::Decline(AbsenceReason::ConflictOfInterest)).expect("declined");
        assert!(is_free(&day, "paediatrician-1"));
        let invitation = day.interview().invitations.iter().find(|invitation| invitation.post == post("paediatrician-1"));
        assert_eq!(invitation.map(|invitation| invitation.answer), Some(Answer::Declined(AbsenceReason::ConflictOfInterest)));
        assert_eq!(part(&day, "paediatrician-1"), None);
        assert_eq!(day.booking("paediatrician-1", Command::Accept), Err(Failed::NotFound));
        // A consultation called this one too.
        day.booking("welfare-kil-1", Command::Decline(AbsenceReason::NoCapacity)).expect("declined");
        assert_eq!(part(&day, "welfare-kil-1"), Some(Part::Team));
    }

    #[test]
    fn confirming_is_the_leaders_act_and_comes_once_b5() {
        let mut day = SampleHouse::at(Point::Accepted);
        assert_eq!(day.booking("coordinator-1", Command::Confirm(Vec::new())), Err(Failed::Denied));
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
        assert!(is_free(&day, "investigator-1"), "whoever is waived is not waited for");
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
    fn an_interviewer_who_accepts_after_the_start_stands_on_the_roster_l1() {
        let mut day = SampleHouse::at(Point::Booked);
        day.room("prosecutor-1", start(Some("akut"))).expect("started");
        assert!(day.interview().observer(&person("prosecutor-1")).is_some_and(|observer| observer.by_right));
        assert_eq!(day.interview().observer(&person("interviewer-1")), None);
        assert_eq!(
            day.booking("welfare-kil-1", Command::Decline(AbsenceReason::Illness)),
            refused(BookingRefusal::WrongStage(Stage::InProgress))
        );
        day.booking("interviewer-1", Command::Accept).expect("accepted");
        assert!(day.interview().observer(&person("interviewer-1")).is_some_and(|observer| observer.by_right));
        day.room("interviewer-1", crate::room::Command::CallBreak).expect("a break");
    }
}
