//! Claimed times: not before the case, not after now, not after the end of what they are about (C7). And a listener who went out.

use anyhow::{Context as _, Result, ensure};
use barnahus_domain::time::{DAY_US, MINUTE_US};
use barnahus_proto::v1::{
    CheckInRequest, CheckOutRequest, ConfirmFatesRequest, ErrorReason, HoldConsultationRequest, NoteFateRequest, OpenInvestigationRequest,
    OrderDisclosureBanRequest, QuestionState, RecordChildInformedRequest, RecordGuardiansInformedRequest, ScheduleConsultationRequest,
    StartInterviewRequest, SubmitQuestionRequest,
};
use barnahus_tests::harness::{
    Harness,
    day::{Case, Point},
    request_id, timestamp,
};
use tonic::Code;

use crate::evidence::refusal;

#[tokio::test(flavor = "multi_thread")]
async fn a_time_before_the_case_or_after_now_is_refused_c7() -> Result<()> {
    let house = Harness::start().await?;
    let mut case = Case::at(&house, Point::Scheduled).await?;
    let before = || Some(timestamp(house.founded_at().plus_us(-DAY_US)));
    let after = || Some(timestamp(house.now().plus_us(1)));
    let (leader, coordinator) = (case.leader().await?, case.coordinator().await?);
    for (happened_at, reason) in [(before(), ErrorReason::TimeBeforeCase), (after(), ErrorReason::TimeAfterEnd)] {
        let request =
            HoldConsultationRequest { name: case.consultation.clone(), request_id: request_id(), happened_at, ..Default::default() };
        let (told, record) = refusal(&house, &coordinator, reason, request).await?;
        ensure!(told.code == Code::InvalidArgument && record.happened_at_us == 0, "{told}");
        refusal(&house, &leader, reason, OpenInvestigationRequest { happened_at, ..case.opening() }).await?;
    }
    case.to(Point::Opened).await?;
    for (happened_at, reason) in [(before(), ErrorReason::TimeBeforeCase), (after(), ErrorReason::TimeAfterEnd)] {
        let request =
            RecordGuardiansInformedRequest { name: case.name.clone(), request_id: request_id(), etag: String::new(), happened_at };
        refusal(&house, &leader, reason, request).await?;
    }
    case.to(Point::Confirmed).await?;
    for (happened_at, reason) in [(before(), ErrorReason::TimeBeforeCase), (after(), ErrorReason::TimeAfterEnd)] {
        let acknowledge_disclosure_ban = true;
        let request = CheckInRequest {
            name: case.interview.clone(),
            request_id: request_id(),
            etag: String::new(),
            happened_at,
            acknowledge_disclosure_ban,
        };
        refusal(&house, &leader, reason, request).await?;
        let request = StartInterviewRequest { name: case.interview.clone(), request_id: request_id(), happened_at, ..Default::default() };
        refusal(&house, &case.interviewer().await?, reason, request).await?;
    }
    ensure!(case.look("prosecutor-1").await?.observers.iter().all(|seat| seat.checked_in_at.is_none()));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_after_the_end_of_the_interview_is_refused_c7() -> Result<()> {
    let house = Harness::start().await?;
    let mut case = Case::at(&house, Point::Live).await?;
    let asked = case.ask("investigator-1", "vad hände").await?;
    case.approve(&asked.name).await?;
    case.to(Point::Break).await?;
    // An offset into the recording lies within the interview, too: not after now, and in the end not after the end.
    let fate = barnahus_proto::v1::Fate::Answered.into();
    let offset = Some(prost_types::Duration { seconds: 23 * 3600, nanos: 0 });
    let request = NoteFateRequest { name: asked.name.clone(), request_id: request_id(), fate, offset, ..Default::default() };
    refusal(&house, &house.client("investigator-1").await?, ErrorReason::OffsetNeeded, request).await?;
    case.to(Point::Ended).await?;
    house.pass_minutes(10);
    let happened_at = Some(timestamp(house.now().plus_us(-MINUTE_US)));
    let request = RecordChildInformedRequest { name: case.interview.clone(), request_id: request_id(), etag: String::new(), happened_at };
    refusal(&house, &case.interviewer().await?, ErrorReason::TimeAfterEnd, request).await?;
    // People leave the room after the end, too.
    let request = CheckOutRequest { name: case.interview.clone(), request_id: request_id(), happened_at, ..Default::default() };
    case.call("investigator-1", request).await?;
    let correction = barnahus_proto::v1::FateCorrection { question: asked.name.clone(), fate, offset, reason: 0 };
    let request =
        ConfirmFatesRequest { name: case.interview.clone(), request_id: request_id(), corrections: vec![correction], ..Default::default() };
    refusal(&house, &case.interviewer().await?, ErrorReason::OffsetNeeded, request).await?;
    ensure!(case.question("investigator-1", &asked.name).await?.state() == QuestionState::NotAsked);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_planned_lies_ahead() -> Result<()> {
    let house = Harness::start().await?;
    let mut case = Case::at(&house, Point::Requested).await?;
    let past = house.now().plus_us(-MINUTE_US);
    let (name, invited) = (case.consultation.clone(), vec![house.of("posts", case.plan.leader)]);
    let request =
        ScheduleConsultationRequest { name, request_id: request_id(), etag: String::new(), starts_at: Some(timestamp(past)), invited };
    refusal(&house, &case.coordinator().await?, ErrorReason::TimeUnsuitable, request).await?;
    case.to(Point::Opened).await?;
    refusal(&house, &case.coordinator().await?, ErrorReason::TimeUnsuitable, case.booking(past)).await?;
    case.to(Point::Booked).await?;
    let (scope, until) = ("allt".to_owned(), Some(timestamp(past)));
    let request = OrderDisclosureBanRequest { name: case.interview.clone(), request_id: request_id(), etag: String::new(), scope, until };
    refusal(&house, &case.leader().await?, ErrorReason::TimeUnsuitable, request).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_who_checked_out_submits_nothing_l2() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Live).await?;
    let doctor = house.client("paediatrician-1").await?;
    let request = CheckOutRequest { name: case.interview.clone(), request_id: request_id(), ..Default::default() };
    doctor.call(request).await?;
    let question = || SubmitQuestionRequest {
        parent: case.interview.clone(),
        request_id: request_id(),
        text: "en sak till".into(),
        ..Default::default()
    };
    let (told, _) = refusal(&house, &doctor, ErrorReason::NotCheckedIn, question()).await?;
    ensure!(told.code == Code::FailedPrecondition && told.message.contains("check-in"), "it does not say what to do: {told}");
    let again =
        CheckInRequest { name: case.interview.clone(), request_id: request_id(), acknowledge_disclosure_ban: true, ..Default::default() };
    doctor.call(again).await.context("coming back needs nobody's leave (L2)")?;
    doctor.call(question()).await?;
    Ok(())
}
