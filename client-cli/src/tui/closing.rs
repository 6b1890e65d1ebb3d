//! The closing check (rule L11): who of the roles in the room has said that nothing is left, and what of theirs is unasked. Pure.

use barnahus_proto::v1::{InterviewState, Observer, Question, QuestionState, Role};

use super::state::{Me, Room, listeners};
use crate::text::Words;

/// How a role stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stands {
    pub(crate) role: Role,
    /// How many of its questions have neither been asked nor decided away.
    pub(crate) unasked: u32,
}

/// The check, as the house makes it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Check {
    /// Roles in the room that have not signed off.
    pub(crate) missing: Vec<Stands>,
    /// Roles that have.
    pub(crate) signed: Vec<Stands>,
    /// Roles whose absence is recorded.
    pub(crate) absent: Vec<Stands>,
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
        let lists = [
            ("say-closing-missing", &self.missing),
            ("say-closing-gone", &self.gone),
            ("label-absent", &self.absent),
            ("say-closing-signed", &self.signed),
        ];
        let told = lists.into_iter().filter(|(_, roles)| !roles.is_empty());
        told.map(|(key, roles)| (words.say(key), roles.iter().map(of).collect::<Vec<_>>().join(", "))).collect()
    }
}

/// The check, from the closing until all is documented; none at other times.
pub(crate) fn check(room: &Room, me: &Me) -> Option<Check> {
    let interview = room.interview.as_ref().filter(|_| matches!(room.state(), InterviewState::Closing | InterviewState::Ended))?;
    let mut check = Check::default();
    for of_role in &interview.closing_check {
        let stands = Stands { role: of_role.role(), unasked: of_role.unasked };
        let list = match (of_role.signed_off, of_role.absent) {
            (true, _) => &mut check.signed,
            (false, true) => &mut check.absent,
            (false, false) => &mut check.missing,
        };
        list.push(stands);
    }
    let mut gone: Vec<Role> = listeners(interview).map(Observer::role).collect();
    gone.retain(|role| interview.closing_check.iter().all(|of_role| of_role.role() != *role));
    gone.sort_unstable();
    gone.dedup();
    let left = gone.into_iter().map(|role| Stands { role, unasked: unasked(room, me, role) });
    check.gone = left.filter(|stands| stands.unasked > 0).collect();
    Some(check)
}

/// Of a role that is not in the room: who sees every question counts them; the others know what waits.
fn unasked(room: &Room, me: &Me, role: Role) -> u32 {
    if room.sees_all(me) {
        let of_role = room.questions().into_iter().filter(|question| question.role() == role && without_fate(question));
        return u32::try_from(of_role.count()).unwrap_or(u32::MAX);
    }
    room.counts.iter().find(|count| count.role() == role).map(|count| count.waiting).unwrap_or_default()
}

fn without_fate(question: &Question) -> bool {
    matches!(question.state(), QuestionState::Submitted | QuestionState::Approved | QuestionState::Delivered)
}

#[cfg(test)]
mod tests {
    use barnahus_proto::v1::RoleCheck;

    use super::*;
    use crate::tui::scene::{NOW, me, snapshot};

    #[test]
    fn the_check_says_which_roles_in_the_room_are_missing_and_what_of_theirs_is_unasked_l11() {
        use Role::{ChildWelfareOfficer, Paediatrician, PoliceInvestigator, SpecialRepresentative};
        let stands = |role: Role, unasked: u32| Stands { role, unasked };
        let of_role = |role: Role, signed_off, absent, unasked| RoleCheck { role: role.into(), signed_off, absent, unasked };
        let mut room = Room::default();
        room.hear(&snapshot(InterviewState::Closing), NOW);
        room.interview.as_mut().unwrap().closing_check = vec![
            of_role(PoliceInvestigator, false, false, 1),
            of_role(SpecialRepresentative, true, false, 1),
            of_role(Paediatrician, false, true, 0),
        ];
        let leader = check(&room, &me("prosecutor-1")).unwrap();
        assert_eq!(leader.missing, [stands(PoliceInvestigator, 1)]);
        assert_eq!((leader.signed, leader.absent), (vec![stands(SpecialRepresentative, 1)], vec![stands(Paediatrician, 0)]));
        assert_eq!(leader.gone, [stands(ChildWelfareOfficer, 1)]);
        room.hear(&snapshot(InterviewState::Break), NOW);
        assert!(check(&room, &me("prosecutor-1")).is_none(), "there is none before the closing");
    }
}
