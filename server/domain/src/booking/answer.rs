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
    let post = open_invitation(house, interview, by, now)?;
    Ok(Happened::Declined { post: post.clone(), reason })
}

/// The invitation of the post by which the actor acts, else of another post that they hold.
fn open_invitation<'a>(house: &House, interview: &'a Interview, by: &By<'_>, now: Time) -> Result<&'a PostId, BookingRefusal> {
    let person = house.person(&by.actor.person).ok_or(BookingRefusal::NoOpenInvitation)?;
    let open = || interview.invitations.iter().filter(|invitation| invitation.answer == Answer::Open).map(|invitation| &invitation.post);
    let mine = || open().filter(|post| person.holds(post, now));
    mine().find(|post| **post == by.actor.post).or_else(|| mine().next()).ok_or(BookingRefusal::NoOpenInvitation)
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

    /// An acceptance ends with the mandate of whoever gave it.
    fn has_accepted(&self, invitation: &Invitation) -> bool {
        let person = invitation.person.as_ref().and_then(|person| self.house.person(person));
        invitation.answer == Answer::Accepted && person.is_some_and(|person| person.holds(&invitation.post, self.now))
    }

    fn lacks(&self, invitation: &Invitation) -> bool {
        let needed = invitation.required && invitation.role != Role::InvestigationLeader;
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
