//! The closing check (rule L11): who of the roles in the room has said that nothing is left, and what of theirs is unasked. Pure.

use barnahus_proto::v1::{Interview, InterviewState, Observer, Question, QuestionState, Role, RoleCount};

use super::state::{Me, Room, listeners};
use crate::{text::Words, times};

/// How a role stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stands {
    pub(crate) role: Role,
    /// How many of its questions have neither been asked nor decided away.
    pub(crate) unasked: u32,
}

/// The check; each list in the order of the roster.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Check {
    /// Roles in the room that have not signed off.
    pub(crate) missing: Vec<Stands>,
    /// Roles that have.
    pub(crate) signed: Vec<Stands>,
    /// Roles that are not in the room any more and have questions left.
    pub(crate) gone: Vec<Stands>,
}

impl Check {
    /// What is told of it, what is missing first: each list's name and its roles.
    pub(crate) fn told(&self, words: Words) -> Vec<(String, String)> {
        let of = |stands: &Stands| {
            let role = words.code(stands.role.as_str_name());
            if stands.unasked == 0 { role } else { words.tell("say-closing-unasked", &[("role", &role), ("count", &stands.unasked)]) }
        };
        let lists = [("say-closing-missing", &self.missing), ("say-closing-gone", &self.gone), ("say-closing-signed", &self.signed)];
        let told = lists.into_iter().filter(|(_, roles)| !roles.is_empty());
        told.map(|(key, roles)| (words.say(key), roles.iter().map(of).collect::<Vec<_>>().join(", "))).collect()
    }
}

/// The check, from the closing until all is documented; none at other times.
pub(crate) fn check(room: &Room, me: &Me) -> Option<Check> {
    let interview = room.interview.as_ref().filter(|_| matches!(room.state(), InterviewState::Closing | InterviewState::Ended))?;
    let mut check = Check::default();
    let mut seen = Vec::new();
    for role in listeners(interview).map(Observer::role) {
        if seen.contains(&role) {
            continue;
        }
        seen.push(role);
        let stands = Stands { role, unasked: unasked(room, me, role) };
        let of_role = |holds: &dyn Fn(&Observer) -> bool| listeners(interview).any(|seat| seat.role() == role && holds(seat));
        if of_role(&|seat| seat.signed_off_at.is_some()) {
            check.signed.push(stands);
        } else if of_role(&|seat| stayed(seat, interview)) {
            check.missing.push(stands);
        } else if stands.unasked > 0 {
            check.gone.push(stands);
        }
    }
    Some(check)
}

/// Whether somebody was in the room up to now, or up to the end.
fn stayed(seat: &Observer, interview: &Interview) -> bool {
    let at = |time: Option<prost_types::Timestamp>| time.and_then(times::instant);
    let after_the_end = |out| at(interview.ended_at).is_some_and(|ended| out >= ended);
    seat.checked_in_at.is_some() && at(seat.checked_out_at).is_none_or(after_the_end)
}

/// Who sees every question counts them; the others know what the house counts for each role.
fn unasked(room: &Room, me: &Me, role: Role) -> u32 {
    if room.sees_all(me) {
        let of_role = room.questions().into_iter().filter(|question| question.role() == role && without_fate(question));
        return u32::try_from(of_role.count()).unwrap_or(u32::MAX);
    }
    room.counts.iter().find(|count| count.role() == role).map(counted).unwrap_or_default()
}

/// What the house counts: it does not count what was delivered and not asked.
fn counted(count: &RoleCount) -> u32 {
    count.waiting
}

fn without_fate(question: &Question) -> bool {
    matches!(question.state(), QuestionState::Submitted | QuestionState::Approved | QuestionState::Delivered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::scene::{NOW, ago, me, question, snapshot};

    fn stands(role: Role, unasked: u32) -> Stands {
        Stands { role, unasked }
    }

    #[test]
    fn the_check_says_which_roles_in_the_room_are_missing_and_what_of_theirs_is_unasked_l11() {
        use Role::{ChildWelfareOfficer, InvestigationLeader, PoliceInvestigator, SpecialRepresentative};
        let mut room = Room::default();
        room.hear(&snapshot(InterviewState::Closing), NOW);
        let late = question(9, Role::SpecialRepresentative, QuestionState::Delivered);
        room.hear(&crate::tui::scene::message(9, barnahus_proto::v1::watch_listening_room_response::Message::Question(late)), NOW);
        let leader = check(&room, &me("prosecutor-1")).unwrap();
        assert_eq!(leader.missing, [stands(InvestigationLeader, 0), stands(PoliceInvestigator, 1), stands(ChildWelfareOfficer, 1)]);
        assert_eq!((leader.signed, leader.gone), (vec![stands(SpecialRepresentative, 1)], Vec::new()));
        let listener = check(&room, &me("welfare-kil-1")).unwrap();
        assert_eq!(listener.signed, [stands(SpecialRepresentative, 0)], "she knows what the house counts");
    }

    #[test]
    fn who_stayed_to_the_end_is_still_missed_after_leaving_and_there_is_no_check_before_the_closing() {
        let mut room = Room::default();
        room.hear(&snapshot(InterviewState::Ended), NOW);
        for seat in &mut room.interview.as_mut().unwrap().observers {
            seat.checked_out_at = if seat.role() == Role::PoliceInvestigator { ago(0) } else { ago(1) };
        }
        let missing: Vec<_> = check(&room, &me("prosecutor-1")).unwrap().missing.iter().map(|stands| stands.role).collect();
        assert_eq!(missing, [Role::PoliceInvestigator]);
        room.hear(&snapshot(InterviewState::Break), NOW);
        assert!(check(&room, &me("prosecutor-1")).is_none());
    }
}
