//! What the leader does with questions beside deciding on them, and the interview that follows.

use anyhow::{Context as _, Result, ensure};
use barnahus_domain::time::DAY_US;
use barnahus_policy::{Part, Role};
use barnahus_proto::v1::{
    self, AcknowledgeDeliveryRequest, AddRemarkRequest, AllowNotesRequest, ApproveQuestionRequest, BookInterviewRequest,
    CloseProtocolRequest, DecideFurtherInterviewRequest, DeferQuestionRequest, DeliverNoteRequest, Fate, GetProtocolRequest, InterviewKind,
    ListQuestionsRequest, MarkActedOnRequest, NameDeputyRequest, NoteFateRequest, Question, QuestionState, RankQuestionRequest,
    RequestBreakRequest, ReviseQuestionRequest, RewordQuestionRequest, SubmitQuestionRequest, UnmarkUrgencyRequest,
};
use barnahus_tests::harness::{day::Case, refused, request_id};

use super::{COORDINATOR, INTERVIEWER, INVESTIGATOR, LEADER, act};
use crate::evidence::Capacity;

const DOCTOR: Capacity = (Role::Paediatrician, Part::Admitted);
const LAST_WORDS: &str = "Var har barnet haft ont sedan i somras?";
const DEFERRED: &str = "Vem tröstar barnet hemma?";

/// L5: beforehand.
pub(super) async fn deputy_named(case: &Case<'_>) -> Result<()> {
    let post = case.house.of("posts", "prosecutor-2");
    let request = NameDeputyRequest { name: case.name.clone(), request_id: request_id(), etag: String::new(), post: post.clone() };
    let named = act(case.house, "prosecutor-1", LEADER, request).await?.answer.case.context("no case")?;
    ensure!(named.deputies == [post], "L5: {:?}", named.deputies);
    Ok(())
}

async fn asked(case: &Case<'_>, text: &str, urgent_protection: bool) -> Result<String> {
    let request = SubmitQuestionRequest {
        parent: case.interview.clone(),
        request_id: request_id(),
        text: text.into(),
        urgent_protection,
        happened_at: None,
    };
    Ok(act(case.house, "paediatrician-1", DOCTOR, request).await?.answer.question.context("no question")?.name)
}

pub(super) async fn led(case: &Case<'_>) -> Result<()> {
    worded(case).await?;
    answered_urgency(case).await?;
    let request = RequestBreakRequest { name: case.interview.clone(), request_id: request_id(), etag: String::new() };
    let quiet = act(case.house, "prosecutor-1", LEADER, request).await?.answer.interview.context("no interview")?;
    ensure!(quiet.break_requested_at.is_some(), "L7");
    Ok(())
}

/// A question is worded three times, and the last words reach the interviewer as a note.
async fn worded(case: &Case<'_>) -> Result<()> {
    let (house, etag) = (case.house, String::new);
    let name = asked(case, "Har barnet ont?", false).await?;
    let text = "Var har barnet ont?".to_owned();
    let request = ReviseQuestionRequest { name: name.clone(), request_id: request_id(), etag: etag(), text };
    let revised = act(house, "paediatrician-1", DOCTOR, request).await?;
    ensure!(revised.record.legal_ground == "RB 23:10" && !revised.record.recipients.is_empty(), "S4: {:?}", revised.record);
    let text = LAST_WORDS.to_owned();
    let request = RewordQuestionRequest { name: name.clone(), request_id: request_id(), etag: etag(), text };
    let reworded = act(house, "prosecutor-1", LEADER, request).await?;
    let doctor = house.client("paediatrician-1").await?;
    ensure!(reworded.record.recipients.iter().any(|person| *person == doctor.pseudonym()), "S4: {:?}", reworded.record.recipients);
    let words = |question: &Question| question.wordings.iter().map(|wording| wording.text.clone()).collect::<Vec<_>>();
    let seen = case.question("paediatrician-1", &name).await?;
    ensure!(seen.text == LAST_WORDS && words(&seen) == ["Har barnet ont?", "Var har barnet ont?", LAST_WORDS], "L4: {seen:?}");

    let request = RankQuestionRequest { name: name.clone(), request_id: request_id(), etag: etag(), rank: 1 };
    let ranked = act(house, "prosecutor-1", LEADER, request).await?.answer.question.context("no question")?;
    ensure!(ranked.rank == 1 && ranked.role_rank > 1, "L7: {ranked:?}");
    let request = AllowNotesRequest { name: case.interview.clone(), request_id: request_id(), etag: etag(), allowed: true };
    act(house, "prosecutor-1", LEADER, request).await?;
    let request = ApproveQuestionRequest { name: name.clone(), request_id: request_id(), etag: etag(), happened_at: None };
    act(house, "prosecutor-1", LEADER, request).await?;
    let request = DeliverNoteRequest { name: name.clone(), request_id: request_id(), etag: etag() };
    let note = act(house, "prosecutor-1", LEADER, request).await?;
    let interviewer = house.client("interviewer-1").await?;
    ensure!(note.record.recipients == [interviewer.pseudonym()], "S4: {:?}", note.record.recipients);
    let seen = case.question("interviewer-1", &name).await?;
    ensure!(seen.text == LAST_WORDS && seen.wordings.is_empty(), "the interviewer sees what was delivered, and no more: {seen:?}");
    let (break_number, batch_number) = (0, 1);
    let request = AcknowledgeDeliveryRequest {
        name: case.interview.clone(),
        request_id: request_id(),
        etag: etag(),
        break_number,
        batch_number,
        happened_at: None,
    };
    act(house, "interviewer-1", INTERVIEWER, request).await?;
    let offset = Some(prost_types::Duration { seconds: 60, nanos: 0 });
    let request = NoteFateRequest { name, request_id: request_id(), fate: Fate::Answered.into(), offset, ..Default::default() };
    act(house, "investigator-1", INVESTIGATOR, request).await?;
    Ok(())
}

async fn answered_urgency(case: &Case<'_>) -> Result<()> {
    let (house, etag) = (case.house, String::new);
    let name = asked(case, DEFERRED, true).await?;
    let request = MarkActedOnRequest { name: name.clone(), request_id: request_id(), etag: etag() };
    let acted_on = act(house, "prosecutor-1", LEADER, request).await?.answer.question.context("no question")?;
    ensure!(acted_on.acted_on_at.is_some() && acted_on.urgent_protection, "L7: {acted_on:?}");
    let reason = "jouren är där".to_owned();
    let request = UnmarkUrgencyRequest { name: name.clone(), request_id: request_id(), etag: etag(), reason: reason.clone() };
    act(house, "prosecutor-1", LEADER, request).await?;
    let seen = case.question("paediatrician-1", &name).await?;
    ensure!(!seen.urgent_protection && seen.urgency_unmarked_reason == reason, "L7: {seen:?}");
    let request = DeferQuestionRequest { name, request_id: request_id(), etag: etag(), happened_at: None };
    let deferred = act(house, "prosecutor-1", LEADER, request).await?.answer.question.context("no question")?;
    ensure!(deferred.state() == QuestionState::Deferred, "L3");
    Ok(())
}

/// L13: what was read is closed, and what is said later stands beside it.
async fn closed(case: &Case<'_>) -> Result<()> {
    let (house, name) = (case.house, || case.interview.clone());
    let read = act(house, "prosecutor-1", LEADER, GetProtocolRequest { name: name() }).await?.answer;
    let digest = read.protocol.context("no protocol")?.digest;
    let close = |digest: &str| CloseProtocolRequest {
        name: name(),
        request_id: request_id(),
        closing_token: read.closing_token.clone(),
        digest: digest.to_owned(),
    };
    let leader = house.client("prosecutor-1").await?;
    refused(leader.call(close(&digest.replace(['0', '1'], "2"))).await, v1::ErrorReason::TokenInvalid).context("not what was read")?;
    let closed = act(house, "prosecutor-1", LEADER, close(&digest)).await?.answer.interview.context("no interview")?;
    ensure!(closed.protocol_closed_at.is_some());
    refused(leader.call(close(&digest)).await, v1::ErrorReason::WrongState).context("once")?;
    let request = AddRemarkRequest { name: name(), request_id: request_id(), text: "det var före paus".to_owned() };
    act(house, "paediatrician-1", DOCTOR, request).await?;
    let after = act(house, "investigator-1", INVESTIGATOR, GetProtocolRequest { name: name() }).await?.answer.protocol.context("none")?;
    ensure!(after.digest == digest && after.closing.is_some_and(|closing| closing.digest == digest), "L13: it verifies");
    let remark = after.lines.last().context("no line")?;
    ensure!(remark.event() == v1::ProtocolEvent::Remarked && remark.text == "det var före paus", "{remark:?}");
    Ok(())
}

/// B7: another interview, in which what was deferred waits again.
pub(super) async fn followed(case: &Case<'_>) -> Result<()> {
    let house = case.house;
    let kind = InterviewKind::Supplementary;
    let request = DecideFurtherInterviewRequest {
        name: case.interview.clone(),
        request_id: request_id(),
        etag: String::new(),
        kind: kind.into(),
        reason: "barnet har mer att berätta".to_owned(),
    };
    let decided = act(house, "prosecutor-1", LEADER, request).await?.answer.interview.context("no interview")?;
    ensure!(
        decided.further_decided_at.is_some() && decided.further_kind() == kind && !decided.further_reason.is_empty(),
        "B7: {decided:?}"
    );
    closed(case).await?;
    let booking = BookInterviewRequest { kind: kind.into(), ..case.booking(house.now().plus_us(5 * DAY_US)) };
    let starts_at = booking.starts_at;
    let booked = act(house, "coordinator-1", COORDINATOR, booking).await?.answer.interview.context("no interview")?;
    ensure!(booked.follows == case.interview && booked.name.ends_with("/interviews/2") && booked.starts_at == starts_at, "B7: {booked:?}");
    let waiting = act(house, "prosecutor-1", LEADER, ListQuestionsRequest { parent: booked.name.clone() }).await?.answer.questions;
    let [carried] = waiting.as_slice() else { anyhow::bail!("L3: {waiting:?}") };
    ensure!(carried.text == DEFERRED && carried.state() == QuestionState::Submitted && !carried.carried_from.is_empty(), "{carried:?}");
    Ok(())
}
