//! The same call again: answered as it was decided then, done once.

use anyhow::{Context as _, Result, bail, ensure};
use barnahus_proto::v1::{
    CheckInRequest, DeclineBookingRequest, EnrollPersonRequest, ErrorReason, Outcome, QuestionState, RequestConsultationRequest,
    SubmitQuestionRequest, WithdrawQuestionRequest,
};
use barnahus_server::authority::NewKey;
use barnahus_tests::harness::{
    Answer as _, Client, Harness,
    day::{Case, Plan, Point, consultation},
    refused, request_id, timestamp,
};
use tokio::task::JoinSet;

use crate::evidence::refusal;

fn question(case: &Case<'_>, text: &str) -> SubmitQuestionRequest {
    SubmitQuestionRequest { parent: case.interview.clone(), request_id: request_id(), text: text.into(), ..Default::default() }
}

/// How many records say that something was done with this request id.
async fn acts(house: &Harness, client: &Client, id: &str) -> Result<usize> {
    let id = uuid::Uuid::try_parse(id)?.into_bytes();
    let log = house.log().await?;
    Ok(log
        .iter()
        .filter(|record| record.outcome() == Outcome::Done && record.person == client.pseudonym() && record.request_id == id)
        .count())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_gives_the_same_outcome_and_index_and_is_done_once() -> Result<()> {
    let mut house = Harness::start().await?;
    let asker = house.client("paediatrician-1").await?;
    let (request, first) = {
        let case = Case::at(&house, Point::Live).await?;
        let request = question(&case, "har barnet ont");
        (request.clone(), asker.call(request).await?)
    };
    house.pass_minutes(5);
    let before = house.size().await?;
    let again = asker.call(request.clone()).await?;
    ensure!(again.question == first.question && again.hints == first.hints && again.index() == first.index(), "{again:?}");
    let log = house.log().await?;
    ensure!(log.kinds_since(before) == ["access.repeated"], "{:?}", log.kinds_since(before));
    ensure!(
        log.since(before).iter().any(|record| record.showings.iter().any(|showing| showing.texts == [first.index()])),
        "a repeat shows its text anew (U1)"
    );

    house.restart().await?;
    let again = asker.call(request.clone()).await?;
    ensure!(again.question == first.question && again.index() == first.index(), "after a restart: {again:?}");
    ensure!(acts(&house, &asker, &request.request_id).await? == 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_call_many_times_in_one_instant_is_done_once() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Live).await?;
    let asker = house.client("welfare-kil-1").await?;
    let request = question(&case, "var är syskonen");
    let mut calls = JoinSet::new();
    for _ in 0..12 {
        let (asker, request) = (asker.clone(), request.clone());
        calls.spawn(async move { asker.call(request).await });
    }
    let mut outcomes = Vec::new();
    while let Some(outcome) = calls.join_next().await {
        let answer = outcome??;
        outcomes.push((answer.index(), answer.question.context("no question")?.name));
    }
    outcomes.dedup();
    ensure!(outcomes.len() == 1, "{outcomes:?}");
    ensure!(acts(&house, &asker, &request.request_id).await? == 1);
    ensure!(case.look("welfare-kil-1").await?.state == case.look("prosecutor-1").await?.state);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_with_other_content_is_refused_and_does_nothing() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Live).await?;
    let asker = house.client("paediatrician-1").await?;
    let request = question(&case, "har barnet ont");
    let first = asker.call(request.clone()).await?.question.context("no question")?;
    let other = SubmitQuestionRequest { text: "något annat".into(), ..request.clone() };
    refusal(&house, &asker, ErrorReason::RequestIdReused, other).await?;
    let elsewhere = WithdrawQuestionRequest { name: first.name.clone(), request_id: request.request_id.clone(), etag: String::new() };
    refusal(&house, &asker, ErrorReason::RequestIdReused, elsewhere).await?;
    ensure!(case.question("paediatrician-1", &first.name).await?.state() == QuestionState::Submitted);
    // It is the person's own: another may draw the same.
    let theirs = house.client("investigator-1").await?.call(request).await?.question.context("no question")?;
    ensure!(theirs.name != first.name && theirs.own);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_refusal_is_the_same_refusal_and_is_recorded_too() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Booked).await?;
    let leader = case.leader().await?;
    let happened_at = Some(timestamp(house.now().plus_us(60_000_000)));
    let request = CheckInRequest { name: case.interview.clone(), request_id: request_id(), happened_at, ..Default::default() };
    let (first, _) = refusal(&house, &leader, ErrorReason::TimeAfterEnd, request.clone()).await?;
    let before = house.size().await?;
    let again = refused(leader.call(request).await, ErrorReason::TimeAfterEnd)?;
    ensure!((again.code, again.record) == (first.code, first.record), "{again}");
    let log = house.log().await?;
    let [record] = log.since(before) else { bail!("{:?}", log.kinds_since(before)) };
    ensure!(record.event.is_empty() && record.reason == "TIME_AFTER_END" && record.person == leader.pseudonym(), "{record:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_opens_a_case_or_enrols_somebody_does_it_once() -> Result<()> {
    let house = Harness::start().await?;
    let officer = house.client("welfare-kil-1").await?;
    let request: RequestConsultationRequest = consultation(&house, &Plan::default());
    let (first, again) = (officer.call(request.clone()).await?, officer.call(request).await?);
    ensure!(first.case == again.case && first.index() == again.index());

    let administrator = house.client("administrator-1").await?;
    let signing_request = NewKey::generate()?.request_pem;
    let request = EnrollPersonRequest { parent: house.name(), request_id: request_id(), signing_request, ..Default::default() };
    let (first, again) = (administrator.call(request.clone()).await?, administrator.call(request).await?);
    ensure!(first.person == again.person && first.certificate == again.certificate, "a repeat issued another certificate");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_is_answered_under_todays_rights_a1() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Booked).await?;
    let doctor = house.client("paediatrician-1").await?;
    let reason = barnahus_proto::v1::AbsenceReason::Illness.into();
    let request = DeclineBookingRequest { name: case.interview.clone(), request_id: request_id(), etag: String::new(), reason };
    doctor.call(request.clone()).await?;
    house.pass_minutes(1);
    let end = barnahus_proto::v1::EndMandateRequest {
        name: doctor.person.clone(),
        request_id: request_id(),
        post: house.of("posts", "paediatrician-1"),
    };
    house.client("administrator-1").await?.call(end).await?;
    refused(doctor.call(request).await, ErrorReason::NotFound)?;
    Ok(())
}
