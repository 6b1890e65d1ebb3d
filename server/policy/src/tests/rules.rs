//! The rules of DOMAIN.md that the policies carry, one by one. The matrix shows the same all at once.

use super::{BUILTIN, best, facts, is_about_a_case, may, permission};
use crate::{Facts, Part, Permission, Phase, Protection, Role};

fn every_fact_of(role: Role) -> impl Iterator<Item = Facts> {
    let moments = Part::ALL.iter().flat_map(|part| Phase::ALL.iter().map(move |phase| (*part, *phase)));
    moments.map(move |(part, phase)| best(role, part, phase))
}

fn case_permissions() -> impl Iterator<Item = Permission> {
    Permission::ALL.iter().copied().filter(|permission| is_about_a_case(*permission))
}

/// Who is permitted in this part and phase, with every circumstance in their favour.
fn those_who_may(name: &str, part: Part, phase: Phase) -> Vec<Role> {
    Role::ALL.iter().copied().filter(|role| may(name, best(*role, part, phase))).collect()
}

fn forbidden_by(name: &str, facts: Facts) -> Vec<String> {
    let denial = BUILTIN.authorize(permission(name), &facts).expect_err("denied");
    assert_eq!(denial.alarm(), None);
    denial.policies().iter().map(ToString::to_string).collect()
}

#[test]
fn what_no_policy_permits_is_denied_a1() {
    let denial = BUILTIN.authorize(permission("admin.list"), &facts(Role::Counsellor, Part::Team, Phase::Live)).unwrap_err();
    assert!(denial.policies().is_empty(), "denied by default, not by a policy");
    assert_eq!(denial.to_string(), "`admin.list` is not permitted to COUNSELLOR in part TEAM");
}

#[test]
fn administrator_never_reaches_a_case_a1() {
    for permission in case_permissions() {
        for facts in every_fact_of(Role::Administrator) {
            assert!(BUILTIN.authorize(permission, &facts).is_err(), "{permission} {facts:?}");
        }
    }
    assert!(!may("case.list", facts(Role::Administrator, Part::None, Phase::Before)));
    assert!(may("admin.enroll", facts(Role::Administrator, Part::None, Phase::Before)));
}

#[test]
fn a_leaders_part_without_the_role_leads_nothing_a1() {
    for role in Role::ALL.iter().copied().filter(|role| *role != Role::InvestigationLeader) {
        for part in [Part::Deputy, Part::Leader] {
            let facts = facts(role, part, Phase::Live);
            for name in ["case.setEmbargo", "interview.confirm", "interview.admit", "room.freeze", "question.approve"] {
                assert!(!may(name, facts), "{name} {facts:?}");
            }
        }
    }
}

#[test]
fn the_blocked_do_not_learn_that_the_case_exists_a2() {
    for role in Role::ALL {
        let blocked = Facts { own: true, audited: true, ..facts(*role, Part::Blocked, Phase::Live) };
        assert!(forbidden_by("case.know", blocked).contains(&"blocked-from-this-case".to_owned()));
        assert!(!may("audit.list", blocked) && !may("audit.sample", blocked) && !may("audit.export", blocked));
    }
}

#[test]
fn a_protected_case_is_known_to_its_team_and_its_auditors_only_c3() {
    for protection in Protection::ALL.iter().copied().filter(|level| *level > Protection::None) {
        let outside = |role| Facts { protection, ..facts(role, Part::None, Phase::Before) };
        assert!(Role::ALL.iter().all(|role| !may("case.know", outside(*role))));
        assert!(may("case.know", Facts { audited: true, ..outside(Role::Auditor) }));
        let inside = Facts { protection, ..facts(Role::Coordinator, Part::Team, Phase::Before) };
        assert!(may("case.know", inside) && may("interview.book", inside) && may("consultation.hold", inside));
    }
    let open = facts(Role::Coordinator, Part::None, Phase::Before);
    assert!(may("case.know", open) && may("case.read", open) && may("interview.book", open));
}

#[test]
fn only_the_leader_sets_or_lifts_the_embargo_c6() {
    for name in ["case.setEmbargo", "case.liftEmbargo"] {
        assert_eq!(those_who_may(name, Part::Leader, Phase::Before), [Role::InvestigationLeader]);
        assert_eq!(those_who_may(name, Part::Deputy, Phase::Before), [Role::InvestigationLeader]);
        assert!(those_who_may(name, Part::Admitted, Phase::Before).is_empty());
    }
}

#[test]
fn nobody_reads_what_is_erased_c9() {
    for permission in case_permissions() {
        for (role, part) in [(Role::InvestigationLeader, Part::Leader), (Role::Coordinator, Part::Team), (Role::Auditor, Part::None)] {
            let erased = Facts { own: true, audited: true, ..facts(role, part, Phase::Erased) };
            assert!(BUILTIN.authorize(permission, &erased).is_err(), "{permission} {erased:?}");
        }
    }
    assert!(may("audit.list", facts(Role::Auditor, Part::None, Phase::Erased)), "the log still verifies and is reviewed");
}

#[test]
fn what_authorities_told_each_other_is_not_for_counsel_s4() {
    for role in [Role::DefenceCounsel, Role::InjuredPartyCounsel, Role::SpecialRepresentative, Role::Interpreter] {
        assert!(!may("consultation.read", facts(role, Part::Admitted, Phase::After)), "{role}");
    }
    assert!(may("consultation.read", facts(Role::ChildWelfareOfficer, Part::Team, Phase::After)));
}

#[test]
fn the_representative_is_recorded_by_the_leader_s5() {
    assert_eq!(those_who_may("case.recordRepresentative", Part::Leader, Phase::Before), [Role::InvestigationLeader]);
    assert!(those_who_may("case.recordRepresentative", Part::Team, Phase::Before).is_empty());
}

#[test]
fn confirming_is_the_leaders_act_b5() {
    assert_eq!(those_who_may("interview.confirm", Part::Leader, Phase::Before), [Role::InvestigationLeader]);
    for part in [Part::None, Part::Invited, Part::Team, Part::Admitted] {
        assert!(those_who_may("interview.confirm", part, Phase::Before).is_empty());
    }
}

#[test]
fn leader_and_interviewer_start_before_all_is_ready_b6() {
    assert!(may("room.start", facts(Role::ChildInterviewer, Part::Team, Phase::Before)));
    assert!(may("room.start", facts(Role::InvestigationLeader, Part::Leader, Phase::Before)));
}

#[test]
fn an_invitation_is_answered_by_the_invited_alone() {
    let another = facts(Role::Paediatrician, Part::Invited, Phase::Before);
    for name in ["interview.accept", "interview.decline"] {
        assert!(!may(name, another));
        assert!(may(name, Facts { own: true, ..another }));
    }
}

#[test]
fn only_the_leader_admits_and_only_the_admitted_sit_l1() {
    assert_eq!(those_who_may("interview.admit", Part::Leader, Phase::Prepared), [Role::InvestigationLeader]);
    assert!(those_who_may("interview.admit", Part::Admitted, Phase::Prepared).is_empty());
    for name in ["room.checkIn", "room.checkOut", "room.signOff"] {
        assert!(those_who_may(name, Part::Invited, Phase::Live).is_empty());
        assert!(those_who_may(name, Part::Team, Phase::Live).is_empty());
        assert_eq!(those_who_may(name, Part::Deputy, Phase::Live), [Role::InvestigationLeader]);
        assert_eq!(those_who_may(name, Part::Admitted, Phase::Live).len(), 9, "the roles that sit in the listening room");
    }
}

#[test]
fn questions_are_asked_from_the_team_or_a_seat_until_the_end_l2() {
    for part in [Part::Team, Part::Admitted] {
        assert_eq!(those_who_may("question.submit", part, Phase::Prepared).len(), 9, "the roles that ask");
        assert!(those_who_may("question.submit", part, Phase::After).is_empty());
    }
    assert!(those_who_may("question.submit", Part::Invited, Phase::Live).is_empty());
}

#[test]
fn fates_are_noted_by_listeners_and_confirmed_by_the_interviewer_l3() {
    assert_eq!(those_who_may("question.noteFate", Part::Admitted, Phase::Live), [Role::PoliceInvestigator]);
    assert_eq!(those_who_may("question.noteFate", Part::Leader, Phase::Live), [Role::InvestigationLeader]);
    assert_eq!(those_who_may("room.confirmFates", Part::Team, Phase::After), [Role::ChildInterviewer]);
}

#[test]
fn only_the_leader_or_the_deputy_decides_on_questions_l5() {
    for name in ["question.approve", "question.reject", "question.merge"] {
        for part in [Part::None, Part::Blocked, Part::Invited, Part::Team, Part::Admitted] {
            assert!(those_who_may(name, part, Phase::Live).is_empty(), "{name} {part}");
        }
        assert_eq!(those_who_may(name, Part::Deputy, Phase::Live), [Role::InvestigationLeader]);
        let investigator = facts(Role::PoliceInvestigator, Part::Admitted, Phase::Live);
        assert_eq!(forbidden_by(name, investigator), ["only-the-leader"]);
    }
}

#[test]
fn an_author_objects_to_the_own_refusal_l6() {
    let author = Facts { own: true, ..facts(Role::DefenceCounsel, Part::Admitted, Phase::After) };
    assert!(may("question.object", author));
    assert!(!may("question.object", Facts { own: false, ..author }));
}

#[test]
fn the_interviewer_sees_nothing_undelivered_l8() {
    for phase in Phase::ALL {
        let interviewer = Facts { own: true, ..facts(Role::ChildInterviewer, Part::Team, *phase) };
        assert!(forbidden_by("question.readText", interviewer).contains(&"interviewer-sees-nothing-undelivered".to_owned()));
    }
    let live = Facts { delivered: true, ..facts(Role::ChildInterviewer, Part::Team, Phase::Live) };
    assert!(may("question.readText", live));
    assert_eq!(forbidden_by("protocol.read", live), ["interviewer-has-no-protocol-before-the-end"]);
}

#[test]
fn question_text_is_for_its_asker_the_leader_and_the_investigator_l4() {
    let others = |role, part| facts(role, part, Phase::Live);
    assert!(may("question.readText", others(Role::InvestigationLeader, Part::Leader)));
    assert!(may("question.readText", others(Role::PoliceInvestigator, Part::Admitted)));
    for role in [Role::SpecialRepresentative, Role::DefenceCounsel, Role::ChildWelfareOfficer, Role::Paediatrician] {
        assert!(!may("question.readText", others(role, Part::Admitted)));
        assert!(may("question.readText", Facts { own: true, ..others(role, Part::Admitted) }));
    }
    for role in [Role::Coordinator, Role::Interpreter, Role::Auditor, Role::Administrator] {
        assert!(every_fact_of(role).all(|facts| !may("question.readText", facts)), "{role}");
    }
}

#[test]
fn ending_is_never_blocked_l11() {
    for phase in Phase::ALL.iter().copied().filter(|phase| *phase != Phase::Erased) {
        for (role, part) in [
            (Role::ChildInterviewer, Part::Team),
            (Role::InvestigationLeader, Part::Leader),
            (Role::InvestigationLeader, Part::Deputy),
            (Role::Coordinator, Part::None),
        ] {
            assert!(may("room.end", facts(role, part, phase)) && may("room.interrupt", facts(role, part, phase)), "{role} {phase}");
        }
    }
}

#[test]
fn the_whole_protocol_is_for_leader_investigator_and_interviewer_after_the_end_l13() {
    assert!(may("protocol.readLine", facts(Role::InvestigationLeader, Part::Leader, Phase::After)));
    assert!(may("protocol.readLine", facts(Role::PoliceInvestigator, Part::Admitted, Phase::After)));
    assert!(may("protocol.readLine", facts(Role::ChildInterviewer, Part::Team, Phase::After)));
    let counsel = facts(Role::InjuredPartyCounsel, Part::Admitted, Phase::After);
    assert!(may("protocol.read", counsel) && !may("protocol.readLine", counsel));
    assert!(may("protocol.readLine", Facts { own: true, ..counsel }));
    assert!(every_fact_of(Role::Coordinator).all(|facts| !may("protocol.read", facts)));
}

#[test]
fn the_auditor_sees_records_and_never_content_u6() {
    for permission in case_permissions().filter(|permission| permission.as_str() != "case.know") {
        for facts in every_fact_of(Role::Auditor) {
            assert!(BUILTIN.authorize(permission, &facts).is_err(), "{permission} {facts:?}");
        }
    }
    let auditor = facts(Role::Auditor, Part::None, Phase::Documented);
    assert!(may("audit.list", auditor) && !may("case.know", auditor));
    assert!(may("case.know", Facts { audited: true, ..auditor }));
}

#[test]
fn records_are_for_auditors_and_checkpoints_for_all_u4() {
    for name in ["audit.list", "audit.export", "audit.sample"] {
        assert_eq!(those_who_may(name, Part::None, Phase::Before), [Role::Auditor]);
    }
    assert_eq!(those_who_may("audit.checkpoint", Part::None, Phase::Before), Role::ALL);
}
