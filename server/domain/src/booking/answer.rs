//! Answers to a booking: what invited posts say.

use super::{BookingRefusal, Happened};
use crate::{
    code::AbsenceReason,
    command::By,
    house::House,
    id::PostId,
    interview::{Answer, Interview, Invitation, Stage},
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

/// The answer as it counts now: one that lapsed before the end is open again. What was held, was held with it.
#[must_use]
pub fn answer_now(house: &House, interview: &Interview, invitation: &Invitation, now: Time) -> Answer {
    let lapsed = invitation.answer == Answer::Accepted && interview.ended_at.is_none() && !has_accepted(house, invitation, now);
    if lapsed { Answer::Open } else { invitation.answer }
}

/// True if the post has accepted: an acceptance ends with the mandate of whoever gave it.
pub(super) fn has_accepted(house: &House, invitation: &Invitation, now: Time) -> bool {
    let person = invitation.person.as_ref().and_then(|person| house.person(person));
    invitation.answer == Answer::Accepted && person.is_some_and(|person| person.holds(&invitation.post, now))
}

#[cfg(test)]
mod tests {
    use barnahus_policy::Part;

    use super::*;
    use crate::{
        booking::{Command, Resource},
        sample_house::{Failed, Point, SampleHouse, person, post, refused, start},
    };

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
        let confirm = Command::Confirm { waivers: Vec::new(), defence_note: None };
        assert_eq!(day.booking("prosecutor-1", confirm), refused(BookingRefusal::InterviewerMissing));
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

    fn part_in_interview(day: &SampleHouse, id: &str) -> Option<Part> {
        day.the_case().seat(day.house.person(&person(id)).expect("enrolled"), Some(1), day.now).map(|seat| seat.part)
    }

    #[test]
    fn whoever_declines_merely_knows_of_the_interview_also_when_another_is_asked_a1() {
        let mut day = SampleHouse::at(Point::Accepted);
        for id in ["interviewer-1", "investigator-1"] {
            assert_eq!(part_in_interview(&day, id), Some(Part::Team), "{id}");
            day.booking(id, Command::Decline(AbsenceReason::ConflictOfInterest)).expect("declined");
            assert_eq!(part_in_interview(&day, id), Some(Part::Invited), "{id}");
        }
        let instead = Command::Invite { post: post("interviewer-2"), instead_of: post("interviewer-1") };
        day.booking("coordinator-1", instead).expect("asked");
        assert_eq!(part_in_interview(&day, "interviewer-1"), Some(Part::Invited));
        day.booking("interviewer-2", Command::Accept).expect("accepted");
        assert_eq!(part_in_interview(&day, "interviewer-2"), Some(Part::Team));
        day.room("prosecutor-1", start(Some("akut"))).expect("started");
        assert_eq!(day.room("interviewer-1", crate::room::Command::CallBreak), Err(Failed::Denied));
        assert!(!day.the_case().sees_all_questions(&day.house, day.interview(), day.now).contains(&person("investigator-1")));
        day.admit(&["investigator-1"]).expect("by name");
        assert_eq!(part_in_interview(&day, "investigator-1"), Some(Part::Admitted), "the leader's word outweighs it");
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
