//! From the check-in to the end.

use anyhow::{Context as _, Result, ensure};
use barnahus_domain::time::DAY_US;
use barnahus_policy::{Part, Role};
use barnahus_proto::v1::{
    self, AcknowledgeDeliveryRequest, AcknowledgeShownRequest, ApproveQuestionRequest, BeginClosingRequest, CallBreakRequest,
    CheckInRequest, CheckOutRequest, EndInterviewRequest, EndReason, Fate, FreezeRosterRequest, GetQuestionRequest, Hint,
    InterruptInterviewRequest, InterviewState, ListQuestionsRequest, MergeQuestionRequest, NoteFateRequest, ObjectToDecisionRequest,
    QuestionState, RecordAbsenceRequest, RecordChildInformedRequest, RejectQuestionRequest, RejectReason, ResumeInterviewRequest,
    SignOffRequest, StartInterviewRequest, SubmitQuestionRequest, WatchListeningRoomRequest, WatchListeningRoomResponse,
    WithdrawQuestionRequest, watch_listening_room_response::Message,
};
use barnahus_tests::harness::{day::Case, request_id};

use super::{COORDINATOR, INTERVIEWER, INVESTIGATOR, LEADER, REPRESENTATIVE, WELFARE, act, lead};
use crate::evidence::Capacity;

const DOCTOR: Capacity = (Role::Paediatrician, Part::Admitted);

pub(super) async fn from_the_check_in_to_the_end(case: &Case<'_>) -> Result<()> {
    started(case).await?;
    let asked = questions_asked(case).await?;
    decided(case, &asked).await?;
    delivered(case, &asked).await?;
    lead::led(case).await?;
    closed(case, &asked).await
}

async fn started(case: &Case<'_>) -> Result<()> {
    let (house, name) = (case.house, || case.interview.clone());
    let capacities = [LEADER, INVESTIGATOR, WELFARE, DOCTOR, REPRESENTATIVE];
    house.turn_to(house.now().plus_us(DAY_US));
    for (post, capacity) in case.present().into_iter().zip(capacities) {
        let request = CheckInRequest { name: name(), request_id: request_id(), acknowledge_disclosure_ban: true, ..Default::default() };
        let seat = act(house, post, capacity, request).await?.answer.interview.context("no interview")?.observers;
        ensure!(seat.iter().any(|seat| seat.post.ends_with(post) && seat.checked_in_at.is_some() && seat.ban_acknowledged), "L1: {seat:?}");
    }
    let request = FreezeRosterRequest { name: name(), request_id: request_id(), ..Default::default() };
    act(house, "prosecutor-1", LEADER, request).await?;
    let request = RecordChildInformedRequest { name: name(), request_id: request_id(), ..Default::default() };
    let ready = act(house, "interviewer-1", INTERVIEWER, request).await?.answer.interview.context("no interview")?;
    ensure!(ready.state() == InterviewState::Ready, "B6: {:?}", ready.state());
    let recording_reference = "REC-1".to_owned();
    let request = StartInterviewRequest { name: name(), request_id: request_id(), recording_reference, ..Default::default() };
    let started = act(house, "interviewer-1", INTERVIEWER, request).await?.answer.interview.context("no interview")?;
    ensure!(started.state() == InterviewState::InProgress && started.deviations.is_empty() && started.recording_reference == "REC-1");
    Ok(())
}

/// The questions' names: first, second, doubled, leading, withdrawn.
async fn questions_asked(case: &Case<'_>) -> Result<[String; 5]> {
    let house = case.house;
    let mut names = Vec::new();
    let questions = [
        ("investigator-1", INVESTIGATOR, "Vad använde han när han slog?", false),
        ("welfare-kil-1", WELFARE, "Finns det syskon hemma i kväll?", true),
        ("representative-1", REPRESENTATIVE, "Var syskonen hemma?", false),
        ("welfare-kil-1", WELFARE, "Visst slog pappa dig med bältet?", false),
        ("paediatrician-1", DOCTOR, "Har barnet ont någonstans?", false),
    ];
    for (post, capacity, text, urgent_protection) in questions {
        let request = SubmitQuestionRequest {
            parent: case.interview.clone(),
            request_id: request_id(),
            text: text.into(),
            urgent_protection,
            happened_at: None,
        };
        let submitted = act(house, post, capacity, request).await?;
        let hints: Vec<_> = submitted.answer.hints().collect();
        ensure!(hints.contains(&Hint::Leading) == text.starts_with("Visst"), "L9: {hints:?} for `{text}`");
        let question = submitted.answer.question.context("no question")?;
        ensure!(question.text == text && question.own && question.state() == QuestionState::Submitted);
        let record = submitted.record;
        ensure!(
            record.object == question.name && record.legal_ground == "RB 23:10" && record.data_categories == ["question_text"],
            "S4: {record:?}"
        );
        let leader = house.client("prosecutor-1").await?;
        ensure!(record.recipients.iter().any(|person| *person == leader.pseudonym()), "S4: {:?}", record.recipients);
        names.push(question.name);
    }
    let request =
        WithdrawQuestionRequest { name: names.last().context("five were asked")?.clone(), request_id: request_id(), etag: String::new() };
    let withdrawn = act(house, "paediatrician-1", DOCTOR, request).await?.answer.question.context("no question")?;
    ensure!(withdrawn.state() == QuestionState::Withdrawn);
    names.try_into().map_err(|names| anyhow::anyhow!("{names:?}"))
}

async fn decided(case: &Case<'_>, [first, second, doubled, leading, _]: &[String; 5]) -> Result<()> {
    let house = case.house;
    for name in [first, second] {
        let request = ApproveQuestionRequest { name: name.clone(), request_id: request_id(), ..Default::default() };
        let approved = act(house, "prosecutor-1", LEADER, request).await?.answer.question.context("no question")?;
        ensure!(approved.state() == QuestionState::Approved);
    }
    let request = MergeQuestionRequest {
        name: doubled.clone(),
        request_id: request_id(),
        etag: String::new(),
        into: second.clone(),
        happened_at: None,
    };
    let merged = act(house, "prosecutor-1", LEADER, request).await?.answer.question.context("no question")?;
    ensure!(merged.state() == QuestionState::Merged && merged.merged_into == *second);
    let reason = RejectReason::Leading.into();
    let request = RejectQuestionRequest { name: leading.clone(), request_id: request_id(), etag: String::new(), reason, happened_at: None };
    let rejected = act(house, "prosecutor-1", LEADER, request).await?.answer.question.context("no question")?;
    ensure!(rejected.state() == QuestionState::Rejected && rejected.reject_reason() == RejectReason::Leading, "L6");
    let text = "Frågan behöver ställas på annat sätt".to_owned();
    let request = ObjectToDecisionRequest { name: leading.clone(), request_id: request_id(), etag: String::new(), text: text.clone() };
    let objected = act(house, "welfare-kil-1", WELFARE, request).await?.answer.question.context("no question")?;
    ensure!(objected.objected && objected.objection == text, "L6: {objected:?}");

    // L4: whoever asked sees the fate of a merge, not the target's text. L8: the interviewer sees nothing undelivered.
    let seen = act(house, "representative-1", REPRESENTATIVE, ListQuestionsRequest { parent: case.interview.clone() }).await?;
    ensure!(seen.answer.questions.iter().map(|question| &question.name).eq([doubled]), "{:?}", seen.answer);
    ensure!(seen.record.showings.iter().map(|showing| showing.texts.len()).eq([1]), "{:?}", seen.record.showings);
    let seen = act(house, "interviewer-1", INTERVIEWER, ListQuestionsRequest { parent: case.interview.clone() }).await?;
    ensure!(seen.answer.questions.is_empty() && seen.record.showings.is_empty(), "L8: {:?}", seen.answer);
    ensure!(seen.answer.counts.is_empty(), "the interviewer's screen stays quiet: {:?}", seen.answer.counts);
    let seen = act(house, "coordinator-1", COORDINATOR, ListQuestionsRequest { parent: case.interview.clone() }).await?.answer;
    ensure!(seen.questions.is_empty() && seen.counts.iter().map(|count| count.total).sum::<u32>() == 5, "{seen:?}");
    Ok(())
}

async fn delivered(case: &Case<'_>, [first, second, ..]: &[String; 5]) -> Result<()> {
    let (house, name) = (case.house, || case.interview.clone());
    let request = CallBreakRequest { name: name(), request_id: request_id(), ..Default::default() };
    let broken = act(house, "interviewer-1", INTERVIEWER, request).await?;
    let order: Vec<_> = broken.answer.delivered.iter().map(|question| &question.name).collect();
    ensure!(order == [second, first], "L7, urgent first: {order:?}");
    ensure!(broken.answer.delivered.iter().all(|question| !question.text.is_empty()));
    let interviewer = house.client("interviewer-1").await?;
    ensure!(broken.record.recipients == [interviewer.pseudonym()] && broken.record.legal_ground == "RB 23:10", "S4: {:?}", broken.record);
    // The ban's scope, and the two questions.
    ensure!(broken.record.showings.iter().map(|showing| showing.texts.len()).eq([3]), "{:?}", broken.record.showings);
    let (break_number, batch_number) = (1, 1);
    let request = AcknowledgeDeliveryRequest {
        name: name(),
        request_id: request_id(),
        etag: String::new(),
        break_number,
        batch_number,
        happened_at: None,
    };
    act(house, "interviewer-1", INTERVIEWER, request).await?;
    let seen = act(house, "interviewer-1", INTERVIEWER, GetQuestionRequest { name: first.clone() }).await?.answer;
    ensure!(seen.question.is_some_and(|question| question.state() == QuestionState::Delivered && !question.text.is_empty()));
    let request = ResumeInterviewRequest { name: name(), request_id: request_id(), ..Default::default() };
    act(house, "interviewer-1", INTERVIEWER, request).await?;
    let offset = Some(prost_types::Duration { seconds: 60, nanos: 0 });
    let fate = Fate::Answered.into();
    let request = NoteFateRequest { name: first.clone(), request_id: request_id(), fate, offset, ..Default::default() };
    let noted = act(house, "investigator-1", INVESTIGATOR, request).await?.answer.question.context("no question")?;
    ensure!(noted.state() == QuestionState::Answered && noted.offset == offset);

    let watch = WatchListeningRoomRequest { name: name(), ..Default::default() };
    let mut stream = house.client("welfare-kil-1").await?.room().watch_listening_room(watch).await?.into_inner();
    let message = stream.message().await?.context("no message")?;
    let WatchListeningRoomResponse { resume_token, index, message } = message;
    ensure!(matches!(message, Some(Message::Snapshot(snapshot)) if snapshot.questions.len() == 2));
    let shown = act(house, "welfare-kil-1", WELFARE, AcknowledgeShownRequest { name: name(), resume_token }).await?;
    ensure!(shown.record.query == format!("through {index}") && shown.record.showings.is_empty(), "{:?}", shown.record);
    Ok(())
}

async fn closed(case: &Case<'_>, [_, second, ..]: &[String; 5]) -> Result<()> {
    let (house, name) = (case.house, || case.interview.clone());
    let reason = EndReason::Technical.into();
    let request = InterruptInterviewRequest { name: name(), request_id: request_id(), happened_at: None, reason };
    let interrupted = act(house, "interviewer-1", INTERVIEWER, request).await?.answer.interview.context("no interview")?;
    ensure!(interrupted.state() == InterviewState::Interrupted);
    let request = ResumeInterviewRequest { name: name(), request_id: request_id(), ..Default::default() };
    act(house, "interviewer-1", INTERVIEWER, request).await?;
    let request = CheckOutRequest { name: name(), request_id: request_id(), ..Default::default() };
    act(house, "paediatrician-1", DOCTOR, request).await?;
    let request = BeginClosingRequest { name: name(), request_id: request_id(), ..Default::default() };
    act(house, "prosecutor-1", LEADER, request).await?;
    for (post, capacity) in [("prosecutor-1", LEADER), ("investigator-1", INVESTIGATOR), ("welfare-kil-1", WELFARE)] {
        let request = SignOffRequest { name: name(), request_id: request_id(), ..Default::default() };
        act(house, post, capacity, request).await?;
    }
    let person = house.client("representative-1").await?.pseudonym().to_owned();
    let (person, reason) = (house.of("persons", &person), v1::AbsenceReason::Illness.into());
    let request = RecordAbsenceRequest { name: name(), request_id: request_id(), etag: String::new(), person, reason };
    let checked = act(house, "coordinator-1", COORDINATOR, request).await?.answer.interview.context("no interview")?;
    ensure!(checked.closing_check.iter().all(|check| check.signed_off != check.absent), "L11: {:?}", checked.closing_check);
    let unasked = |role: v1::Role| checked.closing_check.iter().find(|check| check.role() == role).map(|check| check.unasked);
    ensure!(unasked(v1::Role::ChildWelfareOfficer) == Some(1), "L11: {:?}", checked.closing_check);
    let unasked = vec![v1::Unasked { question: second.clone(), reason: v1::NotAskedReason::ChildTired.into() }];
    let reason = EndReason::ChildTired.into();
    let request = EndInterviewRequest { name: name(), request_id: request_id(), happened_at: None, reason, unasked };
    let ended = act(house, "prosecutor-1", LEADER, request).await?.answer.interview.context("no interview")?;
    ensure!(ended.state() == InterviewState::Ended && ended.end_reason() == EndReason::ChildTired);
    let fate = case.question("investigator-1", second).await?;
    ensure!(fate.state() == QuestionState::NotAsked && fate.not_asked_reason() == v1::NotAskedReason::ChildTired, "L11: {fate:?}");
    Ok(())
}
