//! END always works, at once, from every running state (L11); and what is not asked gets its fate.

use anyhow::{Context as _, Result, ensure};
use barnahus_proto::v1::{
    EndInterviewRequest, EndReason, ErrorReason, InterruptInterviewRequest, InterviewState, NotAskedReason, QuestionState,
    ResumeInterviewRequest, SubmitQuestionRequest, Unasked,
};
use barnahus_tests::harness::{
    Harness,
    day::{Case, Point},
    request_id, timestamp,
};

use crate::evidence::refusal;

fn end(case: &Case<'_>) -> EndInterviewRequest {
    EndInterviewRequest {
        name: case.interview.clone(),
        request_id: request_id(),
        reason: EndReason::ChildDistressed.into(),
        ..Default::default()
    }
}

fn interrupt(case: &Case<'_>) -> InterruptInterviewRequest {
    let reason = EndReason::Safety.into();
    InterruptInterviewRequest { name: case.interview.clone(), request_id: request_id(), happened_at: None, reason }
}

/// Ends a case from this state as each of these posts: a house for each, since an interview ends once.
async fn ends_from(point: Point, interrupted: bool, due: InterviewState) -> Result<()> {
    for post in ["interviewer-1", "prosecutor-1", "coordinator-1"] {
        let house = Harness::start().await?;
        let mut case = Case::at(&house, Point::Live).await?;
        let waits = case.ask("investigator-1", "väntar").await?;
        let approved = case.ask("welfare-kil-1", "godkänd").await?;
        case.approve(&approved.name).await?;
        case.to(point).await?;
        let late = case.ask("paediatrician-1", "kom sent").await?;
        if interrupted {
            case.call(post, interrupt(&case)).await?;
        }
        ensure!(case.look(post).await?.state() == due);
        let ended = case.call(post, end(&case)).await.with_context(|| format!("{due:?} as {post}"))?.interview.context("no interview")?;
        ensure!(ended.state() == InterviewState::Ended && ended.end_reason() == EndReason::ChildDistressed);
        for question in [&waits, &approved, &late] {
            let fate = case.question("investigator-1", &question.name).await?;
            let told = (fate.state(), fate.not_asked_reason());
            ensure!(told == (QuestionState::NotAsked, NotAskedReason::InterviewEnded), "`{}` from {due:?}: {told:?}", question.text);
        }
        let (_, record) = refusal(&house, &house.client(post).await?, ErrorReason::WrongState, end(&case)).await?;
        ensure!(record.object == case.interview);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_while_the_interview_is_in_progress_l11() -> Result<()> {
    ends_from(Point::Live, false, InterviewState::InProgress).await
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_in_a_break_l11() -> Result<()> {
    ends_from(Point::Break, false, InterviewState::Break).await
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_during_the_closing_check_l11() -> Result<()> {
    ends_from(Point::Closing, false, InterviewState::Closing).await
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_while_it_is_interrupted_l11() -> Result<()> {
    ends_from(Point::Break, true, InterviewState::Interrupted).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_that_is_sent_later_says_when_it_happened_l11_c7() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Live).await?;
    let happened = house.now().plus_us(5 * 60_000_000);
    house.pass_minutes(30);
    let request = EndInterviewRequest { happened_at: Some(timestamp(happened)), ..end(&case) };
    let ended = case.call("interviewer-1", request).await?.interview.context("no interview")?;
    ensure!(ended.ended_at == Some(timestamp(happened)), "{:?}", ended.ended_at);
    let log = house.log().await?;
    let record = log.iter().rfind(|record| record.kind == "room.ended").context("no record")?;
    ensure!(record.happened_at_us == happened.0 && record.recorded_at_us == house.now().0, "C7: {record:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_clock_does_not_hold_the_end_up_l11() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Live).await?;
    let request = EndInterviewRequest { happened_at: Some(timestamp(house.now().plus_us(3_600_000_000))), ..end(&case) };
    let ended = case.call("interviewer-1", request).await?.interview.context("no interview")?;
    ensure!(ended.ended_at == Some(timestamp(house.now())), "it ends in the future: {:?}", ended.ended_at);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_said_of_a_question_holds_the_end_up_l11() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Live).await?;
    let asked = case.ask("investigator-1", "vad hände").await?;
    let entry = |question: &str, reason: i32| Unasked { question: question.to_owned(), reason };
    let tired = NotAskedReason::ChildTired.into();
    let strange = ["", "nowhere", "houses/varmland/cases/VRM-2026-0001/interviews/1/questions/1"].map(|name| entry(name, tired));
    let mut unasked = strange.to_vec();
    unasked.extend([entry(&format!("{}/questions/99", case.interview), tired), entry(&asked.name, 999), entry(&asked.name, tired)]);
    let given: Vec<String> = unasked.iter().map(|entry| entry.question.clone()).collect();
    let answer = case.call("interviewer-1", EndInterviewRequest { unasked, ..end(&case) }).await?;
    let ([left_out @ .., _], told) = (given.as_slice(), &answer.left_out) else { anyhow::bail!("entries were given") };
    ensure!(told == left_out, "what was not understood is said: {told:?}");
    let fate = case.question("investigator-1", &asked.name).await?;
    ensure!(fate.not_asked_reason() == NotAskedReason::ChildTired, "what can be understood is kept: {fate:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interview_that_ended_takes_no_more_b1() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Live).await?;
    case.call("prosecutor-1", interrupt(&case)).await?;
    let resume = || ResumeInterviewRequest { name: case.interview.clone(), request_id: request_id(), ..Default::default() };
    case.call("interviewer-1", resume()).await?;
    case.call("coordinator-1", end(&case)).await?;
    refusal(&house, &case.interviewer().await?, ErrorReason::WrongState, resume()).await?;
    refusal(&house, &case.coordinator().await?, ErrorReason::WrongState, interrupt(&case)).await?;
    let question =
        SubmitQuestionRequest { parent: case.interview.clone(), request_id: request_id(), text: "för sent".into(), ..Default::default() };
    refusal(&house, &house.client("investigator-1").await?, ErrorReason::PermissionDenied, question).await?;
    Ok(())
}
