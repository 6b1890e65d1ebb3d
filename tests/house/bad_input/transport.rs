//! What is refused before a handler hears of it: messages beyond their size, bytes that are no message, rpcs that are none. And a clock
//! that went wrong.

use anyhow::{Context as _, Result, ensure};
use barnahus_domain::time::MINUTE_US;
use barnahus_proto::{
    Method, method,
    v1::{ErrorReason, GetSelfRequest, SubmitQuestionRequest},
};
use barnahus_server::serve::REQUEST_MAX;
use barnahus_tests::harness::{
    Client, Harness, Refused,
    day::{Case, Point},
    refused, request_id,
};
use prost::Message as _;
use tonic::Code;

use crate::{evidence::refusal, refusals::bare};

fn submit() -> Result<&'static Method> {
    method("SubmitQuestion").context("the contract has no SubmitQuestion")
}

/// The bytes are refused with a reason, one record names the caller, and nothing else changes.
async fn refused_unread(house: &Harness, caller: &Client, bytes: Vec<u8>) -> Result<Refused> {
    let before = house.size().await?;
    let status = bare::call(&caller.channel(), submit()?, bytes).await.err().context("it was not refused")?;
    let told = Refused::from(status);
    ensure!(told.known().is_some() && !told.message.is_empty(), "no reason: {told}");
    let log = house.log().await?;
    ensure!(log.len() == before + 1, "{:?}", log.kinds_since(before));
    let record = log.at(told.record.context("the refusal names no record")?)?;
    let found = (record.kind.as_str(), record.person.as_str(), record.operation.as_str());
    ensure!(found == ("access.refused", caller.pseudonym(), submit()?.path), "{record:?}");
    ensure!(record.reason == told.reason && record.event.is_empty(), "{record:?}");
    Ok(told)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_over_the_size_limit_is_refused_and_recorded() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Live).await?;
    let asker = house.client("investigator-1").await?;
    let request = |length: usize| {
        let text = "x".repeat(length);
        SubmitQuestionRequest { parent: case.interview.clone(), request_id: request_id(), text, ..Default::default() }.encode_to_vec()
    };
    for length in [REQUEST_MAX + 1, 4 * 1024 * 1024] {
        let told = refused_unread(&house, &asker, request(length)).await.with_context(|| format!("{length} characters"))?;
        ensure!(told.code == Code::InvalidArgument && told.message.contains("the message as a whole"), "{told}");
    }
    // Within the limit it is a text that is too long, and said to be.
    let told = refused_unread(&house, &asker, request(REQUEST_MAX - 200)).await?;
    ensure!(told.known() == Some(ErrorReason::TextTooLong), "{told}");
    asker.call(GetSelfRequest {}).await.context("the connection is good for the next call")?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_message_are_refused_and_recorded() -> Result<()> {
    let house = Harness::start().await?;
    let asker = house.client("investigator-1").await?;
    for bytes in [vec![0xff; 64], vec![0x0a, 0x05, b'x'], vec![0x0a, 0x02, 0xc3, 0x28]] {
        let told = refused_unread(&house, &asker, bytes.clone()).await.with_context(|| format!("{bytes:?}"))?;
        ensure!(told.code == Code::InvalidArgument, "{told}");
    }
    asker.call(GetSelfRequest {}).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_behind_the_newest_record_stops_writing_until_it_is_right_c7() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Live).await?;
    let (asker, right) = (house.client("investigator-1").await?, house.now());
    let before = house.size().await?;
    house.turn_to(right.plus_us(-10 * MINUTE_US));
    let question = || SubmitQuestionRequest {
        parent: case.interview.clone(),
        request_id: request_id(),
        text: "vad hände".into(),
        ..Default::default()
    };
    let told = refused(asker.call(question()).await, ErrorReason::ClockBehind)?;
    ensure!(told.code == Code::Unavailable && told.retry.is_some() && told.record.is_none(), "{told}");
    let told = refused(asker.call(GetSelfRequest {}).await, ErrorReason::ClockBehind)?;
    ensure!(told.code == Code::Unavailable && house.size().await? == before, "no log, no read (U3): {told}");
    house.turn_to(right);
    asker.call(question()).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_caller_is_told_what_is_wrong_with_the_request_id() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Live).await?;
    let asker = house.client("investigator-1").await?;
    for id in ["", "x", "00000000-0000-0000-0000-000000000000"] {
        let request =
            SubmitQuestionRequest {
                parent: case.interview.clone(), request_id: id.into(), text: "vad hände".into(), ..Default::default()
            };
        let (told, record) = refusal(&house, &asker, ErrorReason::MalformedRequestId, request).await?;
        ensure!(told.fields == ["request_id"] && record.request_id.is_empty(), "{told}");
    }
    Ok(())
}
