//! A stream that was cut off goes on where it was: nothing is skipped, nothing repeated (L12); and only by its own caller.

use anyhow::{Context as _, Result, ensure};
use barnahus_proto::v1::{
    self, CheckOutRequest, EndInterviewRequest, ErrorReason, WatchListeningRoomRequest, WithdrawQuestionRequest,
    watch_listening_room_response::Message,
};
use barnahus_tests::harness::{
    Client, Harness, Refused,
    day::{Case, Plan, Point},
    refused, request_id,
};

use super::Watcher;

async fn begin(client: &Client, interview: &str, token: &str) -> Result<(), Refused> {
    let request = WatchListeningRoomRequest { name: interview.to_owned(), resume_token: token.to_owned() };
    client.room().watch_listening_room(request).await.map(drop).map_err(Refused::from)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_resumes_where_it_was_even_after_a_restart_l12() -> Result<()> {
    let mut house = Harness::start().await?;
    let (interview, first, third, token) = {
        let case = Case::at(&house, Point::Live).await?;
        let leader = case.leader().await?;
        let before = case.ask("investigator-1", "före strömmen").await?;
        let (mut watcher, snapshot) = Watcher::begin(&case, &leader, "").await?;
        ensure!(snapshot.questions.len() == 1 && snapshot.questions[0].name == before.name);
        let first = case.ask("welfare-kil-1", "under strömmen").await?;
        while !matches!(watcher.next().await?, Message::Counts(_)) {}
        let token = watcher.token.clone();
        drop(watcher);
        // While nobody looks: one more, and one withdrawn.
        let third = case.ask("paediatrician-1", "medan ingen såg").await?;
        let request = WithdrawQuestionRequest { name: first.name.clone(), request_id: request_id(), etag: String::new() };
        case.call("welfare-kil-1", request).await?;
        (case.interview.clone(), first, third, token)
    };
    house.restart().await?;
    let leader = house.client("prosecutor-1").await?;
    let request = WatchListeningRoomRequest { name: interview.clone(), resume_token: token.clone() };
    let before = house.size().await?;
    let mut stream = leader.room().watch_listening_room(request).await.map_err(Refused::from)?.into_inner();
    let Some(Message::Snapshot(snapshot)) = stream.message().await?.and_then(|message| message.message) else {
        anyhow::bail!("it does not go on with a snapshot")
    };
    let beat = stream.message().await?.and_then(|message| message.message);
    ensure!(matches!(beat, Some(Message::Heartbeat(beat)) if beat.at.is_some()), "the house's time comes at once");
    let mut names: Vec<_> = snapshot.questions.iter().map(|question| question.name.clone()).collect();
    names.sort();
    ensure!(names == [first.name, third.name], "what changed since, and nothing else: {names:?}");
    let log = house.log().await?;
    ensure!(
        log.kinds_since(before) == ["room.watched"] && log.since(before)[0].showings.iter().all(|showing| showing.texts.len() == 3),
        "{:?}",
        log.since(before)
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_good_for_its_own_caller_and_room_only() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Live).await?;
    let (leader, investigator) = (case.leader().await?, house.client("investigator-1").await?);
    let (watcher, _) = Watcher::begin(&case, &leader, "").await?;
    begin(&leader, &case.interview, &watcher.token).await?;

    let before = house.size().await?;
    let told = refused(begin(&investigator, &case.interview, &watcher.token).await, ErrorReason::TokenInvalid)?;
    ensure!(told.fields == ["resume_token"], "{told}");
    let log = house.log().await?;
    ensure!(
        log.len() == before + 1
            && log.since(before)[0].person == investigator.pseudonym()
            && log.since(before)[0].reason == "TOKEN_INVALID"
    );

    // Not for another room, not with another position, not from another certificate of the same person.
    let mut plan = Plan::default();
    plan.listeners.clear();
    let other = Case::of(&house, Plan { days: 5, ..plan }, Point::Opened).await;
    let forged = watcher.token.replacen("v1.", "v1.1", 1);
    refused(begin(&leader, &case.interview, &forged).await, ErrorReason::TokenInvalid)?;
    if let Ok(mut other) = other {
        other.to(Point::Booked).await?;
        refused(begin(&leader, &other.interview, &watcher.token).await, ErrorReason::TokenInvalid)?;
    }
    let (papers, _) = house.client("administrator-1").await?.enrol_with(&leader.person, &[], &house.name()).await?;
    let elsewhere = Client::connect(&house, &leader.post, &leader.person, papers).await?;
    refused(begin(&elsewhere, &case.interview, &watcher.token).await, ErrorReason::TokenInvalid)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_no_right() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Live).await?;
    let doctor = house.client("paediatrician-1").await?;
    let (watcher, _) = Watcher::begin(&case, &doctor, "").await?;
    let request = CheckOutRequest { name: case.interview.clone(), request_id: request_id(), ..Default::default() };
    doctor.call(request).await?;
    refused(begin(&doctor, &case.interview, &watcher.token).await, ErrorReason::NotCheckedIn)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_whom_checking_in_would_let_in_is_told_to_check_in_l2() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Live).await?;
    let (leader, doctor) = (case.leader().await?, house.client("paediatrician-1").await?);
    let (name, other) = (|| case.interview.clone(), house.client("welfare-torsby-1").await?);
    let missing = format!("{}9", case.interview);
    doctor.call(CheckOutRequest { name: name(), request_id: request_id(), ..Default::default() }).await?;
    let told = refused(begin(&doctor, &case.interview, "").await, ErrorReason::NotCheckedIn)?;
    let record = house.log().await?.at(told.record.context("no record")?)?.clone();
    ensure!(record.kind == "access.refused" && record.reason == "NOT_CHECKED_IN" && record.person == doctor.pseudonym(), "{record:?}");

    refused(begin(&other, &case.interview, "").await, ErrorReason::NotFound).context("who has no part learns nothing")?;
    refused(begin(&doctor, &missing, "").await, ErrorReason::PermissionDenied).context("the policies come first")?;
    let reason = v1::EndReason::AsPlanned.into();
    leader.call(EndInterviewRequest { name: name(), request_id: request_id(), reason, ..Default::default() }).await?;
    refused(begin(&doctor, &case.interview, "").await, ErrorReason::PermissionDenied).context("nobody checks in after the end")?;
    Ok(())
}
