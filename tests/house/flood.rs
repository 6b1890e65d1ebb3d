//! A flood of calls: beyond the quota they are refused unheard, one record tells of them all, and what protects the child goes through.

use anyhow::{Context as _, Result, ensure};
use barnahus_proto::v1::{EndInterviewRequest, EndReason, ErrorReason, GetCaseRequest, InterviewState, Outcome, SubmitQuestionRequest};
use barnahus_tests::harness::{
    Client, Harness, Options, Refused,
    day::{Case, Point},
    refused, request_id,
};
use tokio::task::JoinSet;
use tonic::Code;

use crate::evidence::session;

/// Enough for a day, and little for a flood: what comes back within a test is next to nothing.
const BURST: u32 = 60;
const FLOOD: usize = 400;

async fn a_house() -> Result<Harness> {
    Harness::start_with(Options { per_person_per_second: 1, burst: BURST, ..Options::default() }).await
}

/// Many calls at once; what came of each.
async fn flood<A: Send + 'static>(
    calls: impl Iterator<Item = impl Future<Output = Result<A, Refused>> + Send + 'static>,
) -> Result<Vec<Refused>> {
    let mut running = JoinSet::new();
    for call in calls {
        running.spawn(call);
    }
    let mut told = Vec::new();
    while let Some(outcome) = running.join_next().await {
        told.extend(outcome?.err());
    }
    Ok(told)
}

/// Calls about a case that the caller has no part in.
async fn denied(caller: &Client, case: &str) -> Result<Vec<Refused>> {
    let call = |_| {
        let (caller, request) = (caller.clone(), GetCaseRequest { name: case.to_owned() });
        async move { caller.call(request).await }
    };
    flood((0..FLOOD).map(call)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_refused_calls_is_cut_off_and_told_in_one_record() -> Result<()> {
    let mut house = a_house().await?;
    let flooder = house.client("welfare-torsby-1").await?;
    let name = Case::at(&house, Point::Requested).await?.name;
    let before = house.size().await?;
    let told = denied(&flooder, &name).await?;
    ensure!(told.len() == FLOOD);
    let (unheard, heard): (Vec<_>, Vec<_>) = told.into_iter().partition(|refused| refused.known() == Some(ErrorReason::QuotaExceeded));
    ensure!(unheard.len() > FLOOD - 2 * BURST as usize, "{} of {FLOOD} were heard", heard.len());
    ensure!(heard.iter().all(|refused| refused.known() == Some(ErrorReason::NotFound) && refused.record.is_some()));
    for refused in &unheard {
        let retry = refused.retry.context("no RetryInfo")?;
        ensure!(
            refused.code == Code::ResourceExhausted && refused.record.is_none() && retry.as_millis() > 0 && retry.as_secs() < 1000,
            "{refused}"
        );
    }
    ensure!(house.size().await? == before + heard.len(), "what was refused unheard was recorded one by one");

    // Others are heard, and so is the same person for what protects the child.
    house.client("coordinator-1").await?.call(GetCaseRequest { name }).await?;
    house.stop().await;
    let log = house.log().await?;
    let throttled: Vec<_> = log.iter().filter(|record| record.kind == "house.throttled").collect();
    let [record] = throttled.as_slice() else { anyhow::bail!("{} records of one flood", throttled.len()) };
    let event: serde_json::Value = serde_json::from_str(&record.event)?;
    let event = &event["house"]["throttled"];
    ensure!(event["count"] == unheard.len() && event["method"] == "/barnahus.v1.CaseService/GetCase", "{event}");
    ensure!(event["session"] == session(&flooder)?.as_str() && event["first"].as_i64() <= event["last"].as_i64(), "{event}");
    ensure!(record.outcome() == Outcome::Done && record.person.is_empty() && record.owner_authority == "Karlstad", "{record:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_counts_as_a_call_too() -> Result<()> {
    let house = a_house().await?;
    let flooder = house.client("welfare-torsby-1").await?;
    let call = |_| {
        let (flooder, request) = (flooder.clone(), SubmitQuestionRequest { parent: "x".repeat(200_000), ..Default::default() });
        async move { flooder.call(request).await }
    };
    let told = flood((0..FLOOD / 2).map(call)).await?;
    let unheard = told.iter().filter(|refused| refused.known() == Some(ErrorReason::QuotaExceeded)).count();
    ensure!(unheard > FLOOD / 2 - 2 * BURST as usize, "only {unheard} were cut off");
    ensure!(told.iter().all(|refused| refused.known().is_some()), "a reason is missing");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_goes_through_while_its_sender_is_cut_off_l11() -> Result<()> {
    let house = a_house().await?;
    let case = Case::at(&house, Point::Live).await?;
    let interviewer = case.interviewer().await?;
    let mut flooding = JoinSet::new();
    let (flooder, name) = (interviewer.clone(), case.name.clone());
    flooding.spawn(async move { denied(&flooder, &name).await });
    denied(&interviewer, &case.name).await?;
    refused(interviewer.call(GetCaseRequest { name: case.name.clone() }).await, ErrorReason::QuotaExceeded)?;
    let reason = EndReason::ChildDistressed.into();
    let request = EndInterviewRequest { name: case.interview.clone(), request_id: request_id(), reason, ..Default::default() };
    let ended = interviewer.call(request).await.context("END was held up")?.interview.context("no interview")?;
    ensure!(ended.state() == InterviewState::Ended);
    flooding.join_next().await.context("nobody floods")???;
    Ok(())
}
