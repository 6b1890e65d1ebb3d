//! The listening room: who is in it, and how the interview runs.

use std::collections::BTreeMap;

use barnahus_proto::v1::{
    AbsenceReason, AcknowledgeDeliveryRequest, AllowNotesRequest, BeginClosingRequest, CallBreakRequest, CheckInRequest, CheckOutRequest,
    ConfirmFatesRequest, EndInterviewRequest, EndReason, FreezeRosterRequest, InterruptInterviewRequest, InterviewState, NotAskedReason,
    RecordAbsenceRequest, RecordChildInformedRequest, RequestBreakRequest, ResumeInterviewRequest, SignOffRequest, StartInterviewRequest,
    Unasked,
};

use super::{Play, plain, present, request_id};
use crate::demo::{
    code::Coded,
    player::{Done, Halt, Player, Scene},
};

pub(super) async fn check_in(player: &mut Player<'_>, scene: Scene<'_>, acknowledge_disclosure_ban: bool) -> Play {
    let name = player.interview(scene)?;
    let request = CheckInRequest { name, request_id: request_id(), acknowledge_disclosure_ban, ..Default::default() };
    plain(player, scene, request, "in the room").await
}

pub(super) async fn check_out(player: &mut Player<'_>, scene: Scene<'_>) -> Play {
    let request = CheckOutRequest { name: player.interview(scene)?, request_id: request_id(), ..Default::default() };
    plain(player, scene, request, "left").await
}

pub(super) async fn freeze(player: &mut Player<'_>, scene: Scene<'_>) -> Play {
    let request = FreezeRosterRequest { name: player.interview(scene)?, request_id: request_id(), ..Default::default() };
    plain(player, scene, request, "frozen").await
}

pub(super) async fn child_informed(player: &mut Player<'_>, scene: Scene<'_>) -> Play {
    let request = RecordChildInformedRequest { name: player.interview(scene)?, request_id: request_id(), ..Default::default() };
    plain(player, scene, request, "recorded").await
}

pub(super) async fn start(player: &mut Player<'_>, scene: Scene<'_>, recording_reference: &str, reason: &str) -> Play {
    let request = StartInterviewRequest {
        name: player.interview(scene)?,
        request_id: request_id(),
        recording_reference: recording_reference.to_owned(),
        reason: reason.to_owned(),
        ..Default::default()
    };
    let answer = player.act(scene.who, request).await?;
    let interview = present(answer.interview, "the interview")?;
    let deviations = interview.deviations.len();
    player.remember(scene.case).held.push(interview.name);
    Ok(Done::said(if deviations == 0 { "it runs".to_owned() } else { format!("it runs, {deviations} missing") }))
}

/// Calls a break; what it delivers must be these texts, in this order (L7).
pub(super) async fn call_break(player: &mut Player<'_>, scene: Scene<'_>, in_order: Option<&[String]>) -> Play {
    let request = CallBreakRequest { name: player.interview(scene)?, request_id: request_id(), ..Default::default() };
    let answer = player.act(scene.who, request).await?;
    let delivered: Vec<_> = answer.delivered.iter().map(|question| question.text.as_str()).collect();
    if let Some(expected) = in_order.filter(|expected| !delivered.iter().copied().eq(expected.iter().map(String::as_str))) {
        return Err(Halt::unexpected(format!("delivered in this order: {expected:?}"), format!("{delivered:?}")));
    }
    Ok(Done::said(format!("{} delivered", delivered.len())))
}

/// Acknowledges the newest batch: outside a break a note, in a break what was delivered last.
pub(super) async fn acknowledge(player: &mut Player<'_>, scene: Scene<'_>) -> Play {
    let interview = player.interview_now(scene.case).await?;
    let lasting = interview.breaks.last().filter(|_| interview.state() == InterviewState::Break);
    let (break_number, batches) = lasting.map_or((0, &interview.notes), |lasting| (lasting.number, &lasting.batches));
    let batch_number = present(batches.last(), "something delivered")?.number;
    let request = AcknowledgeDeliveryRequest {
        name: player.interview(scene)?,
        request_id: request_id(),
        etag: String::new(),
        break_number,
        batch_number,
        happened_at: None,
    };
    plain(player, scene, request, &format!("break {break_number}, batch {batch_number}")).await
}

pub(super) async fn request_break(player: &mut Player<'_>, scene: Scene<'_>) -> Play {
    let request = RequestBreakRequest { name: player.interview(scene)?, request_id: request_id(), etag: String::new() };
    plain(player, scene, request, "asked").await
}

pub(super) async fn allow_notes(player: &mut Player<'_>, scene: Scene<'_>, allowed: bool) -> Play {
    let request = AllowNotesRequest { name: player.interview(scene)?, request_id: request_id(), etag: String::new(), allowed };
    plain(player, scene, request, if allowed { "allowed" } else { "ended" }).await
}

pub(super) async fn resume(player: &mut Player<'_>, scene: Scene<'_>) -> Play {
    let request = ResumeInterviewRequest { name: player.interview(scene)?, request_id: request_id(), ..Default::default() };
    plain(player, scene, request, "it runs").await
}

pub(super) async fn interrupt(player: &mut Player<'_>, scene: Scene<'_>, reason: Coded<EndReason>) -> Play {
    let name = player.interview(scene)?;
    let request = InterruptInterviewRequest { name, request_id: request_id(), happened_at: None, reason: reason.number() };
    plain(player, scene, request, "interrupted").await
}

pub(super) async fn begin_closing(player: &mut Player<'_>, scene: Scene<'_>) -> Play {
    let request = BeginClosingRequest { name: player.interview(scene)?, request_id: request_id(), ..Default::default() };
    plain(player, scene, request, "closing").await
}

pub(super) async fn sign_off(player: &mut Player<'_>, scene: Scene<'_>) -> Play {
    let request = SignOffRequest { name: player.interview(scene)?, request_id: request_id(), ..Default::default() };
    plain(player, scene, request, "signed off").await
}

pub(super) async fn record_absence(player: &mut Player<'_>, scene: Scene<'_>, post: &str, reason: Coded<AbsenceReason>) -> Play {
    let member = player.cast.member(post).ok_or_else(|| Halt::unexpected("a post of the house", format!("`{post}`")))?;
    let (person, reason) = (member.person.clone(), reason.number());
    let request = RecordAbsenceRequest { name: player.interview(scene)?, request_id: request_id(), etag: String::new(), person, reason };
    plain(player, scene, request, "recorded").await
}

pub(super) async fn end(
    player: &mut Player<'_>,
    scene: Scene<'_>,
    reason: Coded<EndReason>,
    unasked: &BTreeMap<String, Coded<NotAskedReason>>,
) -> Play {
    let unasked = unasked.iter().map(|(text, reason)| Ok(Unasked { question: player.question(scene, text)?, reason: reason.number() }));
    let unasked = unasked.collect::<Result<Vec<_>, Halt>>()?;
    let request = EndInterviewRequest {
        name: player.interview(scene)?,
        request_id: request_id(),
        happened_at: None,
        reason: reason.number(),
        unasked,
    };
    plain(player, scene, request, "ended").await
}

pub(super) async fn confirm_fates(player: &mut Player<'_>, scene: Scene<'_>) -> Play {
    let request = ConfirmFatesRequest { name: player.interview(scene)?, request_id: request_id(), ..Default::default() };
    plain(player, scene, request, "confirmed").await
}
