//! Who plays which part in a case, and where.

use barnahus_proto::v1::{AgeBand, ConsultationKind, CrimeType, IdentityMode, Protection, Relation, RequestConsultationRequest, Role};

use super::super::{Harness, request_id};

/// Who plays which part.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The social worker's post.
    pub welfare: &'static str,
    /// The board's id.
    pub board: &'static str,
    /// The coordinator's post.
    pub coordinator: &'static str,
    /// The prosecutor's post.
    pub leader: &'static str,
    /// The interviewer's post.
    pub interviewer: &'static str,
    /// Further posts to ask, with their roles, whether required, and to admit.
    pub listeners: Vec<(&'static str, Role, bool)>,
    /// The rooms.
    pub rooms: [&'static str; 2],
    /// Days from the booking to the interview.
    pub days: i64,
    /// The child's protection.
    pub protection: Protection,
    /// Texts that the steps hold: the request's reason and the ban's scope.
    pub texts: [String; 2],
}

impl Default for Plan {
    /// The case of the scenario: Kil, with investigator, social worker and paediatrician listening.
    fn default() -> Self {
        let listeners = vec![
            ("investigator-1", Role::PoliceInvestigator, true),
            ("welfare-kil-1", Role::ChildWelfareOfficer, true),
            ("paediatrician-1", Role::Paediatrician, false),
        ];
        Self {
            welfare: "welfare-kil-1",
            board: "Kil",
            coordinator: "coordinator-1",
            leader: "prosecutor-1",
            interviewer: "interviewer-1",
            listeners,
            rooms: ["interview-1", "listening-1"],
            days: 1,
            protection: Protection::None,
            texts: ["oro om våld i hemmet".to_owned(), "vad som sägs vid förhöret".to_owned()],
        }
    }
}

impl Plan {
    /// A case that shares nobody and nothing with the other, but the house.
    #[must_use]
    pub fn other() -> Self {
        Self {
            welfare: "welfare-torsby-1",
            board: "Torsby",
            coordinator: "coordinator-2",
            leader: "prosecutor-2",
            interviewer: "interviewer-2",
            listeners: vec![("welfare-torsby-1", Role::ChildWelfareOfficer, true)],
            rooms: ["interview-2", "listening-2"],
            ..Self::default()
        }
    }
}

/// The request that opens a case of this plan.
#[must_use]
pub fn consultation(house: &Harness, plan: &Plan) -> RequestConsultationRequest {
    let protected = plan.protection != Protection::None;
    RequestConsultationRequest {
        parent: house.name(),
        request_id: request_id(),
        kind: ConsultationKind::WithPoliceAndProsecutor.into(),
        identity_mode: IdentityMode::Anonymous.into(),
        home_board: house.of("authorities", plan.board),
        protection: plan.protection.into(),
        child_age_band: AgeBand::AgeBand7To14.into(),
        crime_type: CrimeType::Assault.into(),
        relation_to_child: Relation::LegalGuardian.into(),
        language: "sv".into(),
        reason: plan.texts[0].clone(),
        coordinator: if protected { house.of("posts", plan.coordinator) } else { String::new() },
    }
}
