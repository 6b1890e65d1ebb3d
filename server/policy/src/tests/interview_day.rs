//! The interview day of DOMAIN.md: each act by whoever does it, in the part and phase of that moment.
//!
//! Does not hold what depends on the record (that a room is taken, that a sign-off is missing): the domain refuses that.

use super::{facts, may};
use crate::{Facts, Part, Phase, Role};
use Part::{Admitted, Invited, Leader, Team};
use Phase::{After, Before, Documented, Live, Prepared};
use Role::{
    Auditor, ChildInterviewer, ChildWelfareOfficer, Coordinator, InvestigationLeader, Paediatrician, PoliceInvestigator,
    SpecialRepresentative,
};

fn own(role: Role, part: Part, phase: Phase) -> Facts {
    Facts { own: true, ..facts(role, part, phase) }
}

fn host(phase: Phase) -> Facts {
    facts(Coordinator, Part::None, phase)
}

#[test]
fn the_interview_day_happens() {
    let steps = [
        ("D-5 08:30", "consultation.request", facts(ChildWelfareOfficer, Part::None, Before)),
        ("D-5 09:00", "consultation.schedule", host(Before)),
        ("D-5 13:40", "consultation.hold", host(Before)),
        ("D-5 14:00", "case.openInvestigation", facts(InvestigationLeader, Invited, Before)),
        ("D-5 14:10", "case.setEmbargo", facts(InvestigationLeader, Leader, Before)),
        ("D-5 14:20", "case.recordRepresentative", facts(InvestigationLeader, Leader, Before)),
        ("D-4 10:30", "interview.book", host(Before)),
        ("D-4 11:30", "interview.accept", own(InvestigationLeader, Leader, Before)),
        ("D-4 11:30", "interview.accept", own(ChildInterviewer, Team, Before)),
        ("D-4 11:30", "interview.accept", own(SpecialRepresentative, Invited, Before)),
        ("D-4 11:30", "interview.accept", own(Paediatrician, Invited, Before)),
        ("D-4 15:00", "interview.confirm", facts(InvestigationLeader, Leader, Before)),
        ("D-4 15:01", "interview.orderBan", facts(InvestigationLeader, Leader, Prepared)),
        ("D-4 15:02", "interview.admit", facts(InvestigationLeader, Leader, Prepared)),
        ("D-1 15:00", "question.submit", own(SpecialRepresentative, Admitted, Prepared)),
        ("D0 09:20", "room.checkIn", own(InvestigationLeader, Leader, Prepared)),
        ("D0 09:20", "room.checkIn", own(ChildWelfareOfficer, Admitted, Prepared)),
        ("D0 09:25", "room.freeze", facts(InvestigationLeader, Leader, Prepared)),
        ("D0 09:40", "room.childInformed", facts(ChildInterviewer, Team, Prepared)),
        ("D0 09:50", "room.start", facts(ChildInterviewer, Team, Prepared)),
        ("D0 09:58", "question.submit", own(PoliceInvestigator, Admitted, Live)),
        ("D0 10:01", "question.submit", own(Paediatrician, Admitted, Live)),
        ("D0 10:05", "question.submit", own(ChildWelfareOfficer, Admitted, Live)),
        ("D0 10:15", "question.approve", facts(InvestigationLeader, Leader, Live)),
        ("D0 10:15", "question.merge", facts(InvestigationLeader, Leader, Live)),
        ("D0 10:15", "question.reject", facts(InvestigationLeader, Leader, Live)),
        ("D0 10:16", "question.object", own(ChildWelfareOfficer, Admitted, Live)),
        ("D0 10:26", "room.break", facts(ChildInterviewer, Team, Live)),
        ("D0 10:26", "question.readText", Facts { delivered: true, ..facts(ChildInterviewer, Team, Live) }),
        ("D0 10:27", "room.acknowledge", facts(ChildInterviewer, Team, Live)),
        ("D0 10:36", "room.resume", facts(ChildInterviewer, Team, Live)),
        ("D0 10:38", "question.noteFate", facts(PoliceInvestigator, Admitted, Live)),
        ("D0 10:49", "room.beginClosing", facts(InvestigationLeader, Leader, Live)),
        ("D0 10:50", "room.signOff", own(SpecialRepresentative, Admitted, Live)),
        ("D0 10:55", "room.end", facts(InvestigationLeader, Leader, Live)),
        ("D0 11:00", "room.confirmFates", facts(ChildInterviewer, Team, After)),
        ("D0 11:01", "interview.document", host(After)),
        ("D0 11:02", "room.signOff", own(Paediatrician, Admitted, After)),
        ("D0 11:05", "consultation.holdAfterMeeting", host(After)),
        ("D0 13:20", "case.liftEmbargo", facts(InvestigationLeader, Leader, After)),
        ("D0 13:30", "case.recordGuardiansInformed", facts(PoliceInvestigator, Admitted, After)),
        ("D+1 09:00", "audit.sample", facts(Auditor, Part::None, Before)),
        ("D+1 09:10", "audit.checkpoint", facts(Auditor, Part::None, Before)),
    ];
    for (at, permission, facts) in steps {
        assert!(may(permission, facts), "{at} {permission} {facts:?}");
    }
}

#[test]
fn what_the_interview_day_refuses_is_refused() {
    let audited = Facts { audited: true, ..facts(Auditor, Part::None, Documented) };
    let refused = [
        ("D-4 14:00", "interview.confirm", host(Before)),
        ("D0 10:07", "question.readText", facts(ChildInterviewer, Team, Live)),
        ("D0 10:14", "question.approve", facts(PoliceInvestigator, Admitted, Live)),
        ("D0 10:14", "question.reject", facts(PoliceInvestigator, Admitted, Live)),
        ("D+1 09:05", "question.readText", audited),
    ];
    for (at, permission, facts) in refused {
        assert!(!may(permission, facts), "{at} {permission} {facts:?}");
        assert!(may("case.know", facts), "{at}: refused, and known to exist");
    }
    let outsider = own(ChildWelfareOfficer, Part::None, Live);
    assert!(!may("question.submit", outsider) && !may("case.know", outsider), "D0 10:03: does not learn that the case exists");
}
