//! Consultations: asked for, scheduled, held.

use std::collections::BTreeMap;

use barnahus_proto::v1::{
    self, AbsenceReason, ConsultationKind, ConsultationState, HoldAfterMeetingRequest, HoldConsultationRequest, IdentityMode,
    RequestConsultationRequest, ScheduleConsultationRequest,
};

use super::{Play, present, request_id, timestamp};
use crate::demo::{
    acts::Action,
    code::{self, Coded},
    player::{Done, Halt, Player, Scene},
    rpc::short,
};

pub(super) async fn request(
    player: &mut Player<'_>,
    scene: Scene<'_>,
    kind: Coded<ConsultationKind>,
    identity: Coded<IdentityMode>,
    reason: &str,
    coordinator: Option<&str>,
) -> Play {
    let case = player.described(scene.case)?;
    let request = RequestConsultationRequest {
        parent: player.cast.house().to_owned(),
        request_id: request_id(),
        kind: kind.number(),
        identity_mode: identity.number(),
        home_board: board(player, &case.home_board),
        protection: case.protection.number(),
        child_age_band: case.child_age_band.number(),
        crime_type: case.crime_type.number(),
        relation_to_child: case.relation_to_child.number(),
        language: case.needs.language.clone(),
        reason: reason.to_owned(),
        coordinator: coordinator.map(|post| player.cast.name("posts", post)).unwrap_or_default(),
    };
    let answer = player.act(scene.who, request).await?;
    let consultation = present(answer.consultation, "the consultation")?;
    let memory = player.remember(scene.case);
    memory.consultation = Some(consultation.name);
    let said = Done::said(format!("case {}", short(&answer.case)));
    memory.case = Some(answer.case);
    Ok(said)
}

pub(super) async fn schedule(player: &mut Player<'_>, scene: Scene<'_>, invite: &[String]) -> Play {
    let invited = invite.iter().map(|post| player.cast.name("posts", post)).collect();
    let request = ScheduleConsultationRequest {
        name: player.consultation(scene)?,
        request_id: request_id(),
        etag: String::new(),
        starts_at: None,
        invited,
    };
    player.act(scene.who, request).await?;
    player.remember(scene.case).coordinator = Some(scene.who.to_owned());
    Ok(Done::said(format!("{} invited", invite.len())))
}

pub(super) async fn hold(
    player: &mut Player<'_>,
    scene: Scene<'_>,
    absent: &BTreeMap<String, Coded<AbsenceReason>>,
    actions: &[Action],
) -> Play {
    let absences =
        absent.iter().map(|(post, reason)| v1::Absence { post: player.cast.name("posts", post), reason: reason.number() }).collect();
    let request = HoldConsultationRequest {
        name: player.consultation(scene)?,
        request_id: request_id(),
        absences,
        actions: to_do(player, actions)?,
        ..Default::default()
    };
    let answer = player.act(scene.who, request).await?;
    let consultation = present(answer.consultation, "the consultation")?;
    Ok(Done::said(format!("{}, {} to do", code::words::<ConsultationState>(consultation.state), actions.len())))
}

pub(super) async fn hold_after_meeting(player: &mut Player<'_>, scene: Scene<'_>, actions: &[Action]) -> Play {
    let request = HoldAfterMeetingRequest {
        interview: player.interview(scene)?,
        request_id: request_id(),
        actions: to_do(player, actions)?,
        happened_at: None,
    };
    let answer = player.act(scene.who, request).await?;
    let consultation = present(answer.consultation, "the after-meeting")?;
    Ok(Done::said(format!("consultation {}", short(&consultation.name))))
}

/// The board with this name in the house file, else with this id.
fn board(player: &Player<'_>, name: &str) -> String {
    let found = player.definition.authorities.iter().find(|authority| authority.name == name);
    player.cast.name("authorities", found.map_or(name, |authority| authority.id.as_str()))
}

/// What is to be done; due at the end of its day.
fn to_do(player: &Player<'_>, actions: &[Action]) -> Result<Vec<v1::Action>, Halt> {
    let action = |action: &Action| {
        let due_at = Some(timestamp(player.dates.end_of(action.due)?));
        Ok(v1::Action { what: action.what.clone(), owner: player.cast.name("posts", &action.owner), due_at })
    };
    actions.iter().map(action).collect()
}
