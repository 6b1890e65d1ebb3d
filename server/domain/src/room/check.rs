//! What the closing check shows: by role, what is unasked, and whether anything is missing before the documentation (L11).

use std::collections::BTreeMap;

use barnahus_policy::Role;

use crate::{
    house::House,
    interview::{Interview, Observer, Stage},
    question::State,
    time::Time,
};

/// What the closing check says of one role that is in the room, or was when the interview ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleCheck {
    /// Which.
    pub role: Role,
    /// Whether one of the role has signed off, and no question came after it.
    pub signed_off: bool,
    /// Whether the absence of those who have not is recorded.
    pub absent: bool,
    /// How many of its questions wait.
    pub waiting: u32,
    /// How many are delivered and have no fate.
    pub delivered: u32,
}

impl RoleCheck {
    /// True if the documentation waits for this role.
    pub(crate) fn is_missing(&self) -> bool {
        !self.signed_off && !self.absent
    }
}

/// The closing check: what is unasked, and who has said that nothing is left, by role (L11). Whoever has lost the post since can sign nothing
/// off any more, and counts as absent.
#[must_use]
pub fn closing_check(house: &House, interview: &Interview, now: Time) -> Vec<RoleCheck> {
    if !matches!(interview.stage, Stage::Closing | Stage::Ended | Stage::Documented) {
        return Vec::new();
    }
    let can_sign = |observer: &&Observer| house.person(&observer.person).is_some_and(|person| person.holds(&observer.post, now));
    let mut checks: BTreeMap<Role, RoleCheck> = BTreeMap::new();
    for observer in interview.observers.iter().filter(|observer| interview.stayed(observer)).filter(can_sign) {
        let signed_off = has_signed_off(interview, observer.role);
        let check = RoleCheck { role: observer.role, signed_off, absent: !signed_off, waiting: 0, delivered: 0 };
        checks.entry(observer.role).or_insert(check).absent &= observer.absence.is_some();
    }
    for question in interview.questions() {
        if let Some(check) = checks.get_mut(&question.role) {
            check.waiting += u32::from(question.waits());
            check.delivered += u32::from(question.state == State::Delivered);
        }
    }
    checks.into_values().collect()
}

/// Whether somebody of the role has signed off, and no question came after it.
pub(super) fn has_signed_off(interview: &Interview, role: Role) -> bool {
    interview.observers.iter().any(|observer| observer.role == role && interview.sign_off(observer).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        code::RejectReason,
        question::{Asked, Command as Question, Fate},
        room::Command,
        sample_house::{Point, SampleHouse},
    };

    const LEADER: &str = "prosecutor-1";

    #[test]
    fn the_closing_check_says_by_role_what_is_unasked_l11() {
        let mut day = SampleHouse::at(Point::Live);
        assert_eq!(closing_check(&day.house, day.interview(), day.now), [], "it has not begun");
        for _ in 0..3 {
            day.ask("welfare-kil-1");
        }
        let merged = day.ask("investigator-1");
        day.question(LEADER, merged, Question::Merge(3)).expect("merged");
        day.question(LEADER, 1, Question::Approve).expect("approved");
        day.question(LEADER, 2, Question::Reject(RejectReason::Time)).expect("rejected");
        day.room("interviewer-1", Command::CallBreak).expect("delivered");
        day.room(LEADER, Command::BeginClosing).expect("closing");
        let unasked = |day: &SampleHouse| {
            let checks = closing_check(&day.house, day.interview(), day.now);
            checks.iter().map(|check| (check.role, check.waiting, check.delivered)).collect::<Vec<_>>()
        };
        let none = |role: Role| (role, 0, 0);
        let (leader, investigator, doctor) = (Role::InvestigationLeader, Role::PoliceInvestigator, Role::Paediatrician);
        let welfare = Role::ChildWelfareOfficer;
        assert_eq!(unasked(&day), [none(leader), none(investigator), (welfare, 1, 1), none(doctor)]);
        let answered = Fate::Asked { outcome: Asked::Answered, offset_us: 0 };
        day.question("investigator-1", 1, Question::NoteFate(answered)).expect("noted");
        assert_eq!(unasked(&day), [none(leader), none(investigator), (welfare, 1, 0), none(doctor)]);
    }
}
