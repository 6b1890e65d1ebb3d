//! Many at once: what only one may do, one does, and the others are told.

use anyhow::{Context as _, Result, ensure};
use barnahus_domain::{
    Time,
    time::{DAY_US, MINUTE_US},
};
use barnahus_proto::v1::{
    AcceptBookingRequest, ApproveQuestionRequest, BookInterviewRequest, ErrorReason, GetCaseRequest, GetConsultationRequest,
    HoldConsultationRequest, ListInterviewsRequest, Need, QuestionState, RejectQuestionRequest, RejectReason, Role, SetEmbargoRequest,
    WithdrawQuestionRequest,
};
use barnahus_tests::harness::{
    Client, HOUSE, Harness, Options, Refused,
    day::{Case, Plan, Point},
    refused, request_id,
};
use tokio::task::JoinSet;
use tonic::Code;

use crate::evidence::refusal;

/// How many book at once.
const MANY: i64 = 8;

/// A house with so many interviewers that none stands in another's way.
async fn with_interviewers() -> Result<Harness> {
    let post = |at: i64| {
        format!(
            "[[post]]\nid = \"further-{at}\"\nagency = \"police\"\nroles = [\"CHILD_INTERVIEWER\"]\nqualified = [\"7_TO_14\"]\nlanguages = [\"sv\"]\n"
        )
    };
    let house = format!("{HOUSE}\n{}", (0..MANY).map(post).collect::<String>());
    Harness::start_with(Options { house, ..Options::default() }).await
}

fn booking(case: &Case<'_>, room: &str, interviewer: &str, starts_at: Time) -> BookInterviewRequest {
    let need = Need { role: Role::ChildInterviewer.into(), required: true, post: case.house.of("posts", interviewer) };
    let rooms = ["interview", "listening"].map(|kind| case.house.of("rooms", &format!("{kind}-{room}"))).to_vec();
    BookInterviewRequest { needs: vec![need], rooms, ..case.booking(starts_at) }
}

/// Everyone at once, each over a connection of their own.
async fn race<A: Send + 'static>(calls: Vec<impl Future<Output = Result<A, Refused>> + Send + 'static>) -> Result<Vec<Result<A, Refused>>> {
    let mut running = JoinSet::new();
    for call in calls {
        running.spawn(call);
    }
    let mut outcomes = Vec::new();
    while let Some(outcome) = running.join_next().await {
        outcomes.push(outcome?);
    }
    Ok(outcomes)
}

async fn book(coordinator: Client, request: BookInterviewRequest) -> Result<(), Refused> {
    coordinator.call(request).await.map(drop)
}

/// A case that waits for a booking, and a coordinator who is nobody else's.
async fn waiting(house: &Harness) -> Result<(Case<'_>, Client)> {
    let mut plan = Plan::default();
    plan.listeners.retain(|(post, _, _)| *post != "paediatrician-1");
    Ok((Case::of(house, plan, Point::Opened).await?, house.another("coordinator-1").await?))
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_book_one_room_at_once_exactly_one_gets_it_b2() -> Result<()> {
    let house = with_interviewers().await?;
    let mut calls = Vec::new();
    let starts_at = house.now().plus_us(2 * DAY_US);
    for at in 0..MANY {
        let (case, coordinator) = waiting(&house).await?;
        let interviewer = format!("further-{at}");
        house.client(&interviewer).await?;
        calls.push(book(coordinator, booking(&case, "1", &interviewer, starts_at.plus_us(at * MINUTE_US))));
    }
    let (before, calls_made) = (house.size().await?, calls.len());
    let outcomes = race(calls).await?;
    let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    ensure!(won == 1, "{won} of {} got the room: {outcomes:?}", outcomes.len());
    for outcome in outcomes.into_iter().filter(Result::is_err) {
        ensure!(refused(outcome, ErrorReason::ResourceTaken)?.code == Code::FailedPrecondition);
    }
    let log = house.log().await?;
    ensure!(
        log.since(before).len() == calls_made && log.kinds_since(before).iter().filter(|kind| **kind == "interview.booked").count() == 1
    );
    let list = ListInterviewsRequest { parent: house.name(), ..Default::default() };
    ensure!(house.client("coordinator-1").await?.call(list).await?.interviews.len() == 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_book_one_person_at_once_exactly_one_gets_them_b2() -> Result<()> {
    let house = Harness::start().await?;
    let starts_at = house.now().plus_us(2 * DAY_US);
    let mut calls = Vec::new();
    for room in ["1", "2"] {
        let (case, coordinator) = waiting(&house).await?;
        calls.push(book(coordinator, booking(&case, room, "interviewer-1", starts_at)));
    }
    let outcomes = race(calls).await?;
    ensure!(outcomes.iter().filter(|outcome| outcome.is_ok()).count() == 1, "{outcomes:?}");
    refused(outcomes.into_iter().find(Result::is_err).context("nobody was refused")?, ErrorReason::ResourceTaken)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_is_blocked_with_its_buffers_and_no_longer_b2() -> Result<()> {
    let house = Harness::start().await?;
    let buffer = i64::from(house.founded().definition.buffer_minutes) * MINUTE_US;
    ensure!(buffer > 0, "the reference house has a buffer");
    let starts_at = house.now().plus_us(2 * DAY_US);
    let (case, coordinator) = waiting(&house).await?;
    coordinator.call(booking(&case, "1", "interviewer-1", starts_at)).await?;
    let length = 90 * MINUTE_US;
    let (case, coordinator) = waiting(&house).await?;
    for offset in [length + 2 * buffer - MINUTE_US, -(length + 2 * buffer) + MINUTE_US] {
        let request = booking(&case, "1", "interviewer-2", starts_at.plus_us(offset));
        let (told, _) = refusal(&house, &coordinator, ErrorReason::ResourceTaken, request).await?;
        ensure!(!told.message.contains("VRM-"), "it says by what: {told}");
    }
    coordinator.call(booking(&case, "1", "interviewer-2", starts_at.plus_us(length + 2 * buffer))).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_approval_and_a_rejection_at_once_one_holds_and_the_other_is_told_c10() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Live).await?;
    let leader = case.leader().await?;
    let elsewhere = leader.elsewhere(&house).await?;
    for at in 0..10 {
        let question = case.ask("investigator-1", &format!("fråga {at}")).await?;
        let (name, etag) = (question.name.clone(), question.etag.clone());
        let approve = ApproveQuestionRequest { name: name.clone(), request_id: request_id(), etag: etag.clone(), happened_at: None };
        let reject = RejectQuestionRequest { name, request_id: request_id(), etag, reason: RejectReason::Time.into(), happened_at: None };
        let before = house.size().await?;
        let (approved, rejected) = tokio::join!(leader.call(approve), elsewhere.call(reject));
        ensure!(approved.is_ok() != rejected.is_ok(), "{approved:?} and {rejected:?}");
        let (due, told) = match (approved, rejected) {
            (Ok(_), rejected) => (QuestionState::Approved, refused(rejected, ErrorReason::StaleEtag)?),
            (approved, _) => (QuestionState::Rejected, refused(approved, ErrorReason::StaleEtag)?),
        };
        ensure!(told.code == Code::Aborted && house.size().await? == before + 2, "{told}");
        ensure!(case.question("prosecutor-1", &question.name).await?.state() == due, "silently overwritten");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_etag_is_told_and_changes_nothing_whatever_it_is_about_c10() -> Result<()> {
    let house = Harness::start().await?;
    let mut case = Case::at(&house, Point::Scheduled).await?;
    let leader = case.leader().await?;

    let read = GetConsultationRequest { name: case.consultation.clone() };
    let etag = case.coordinator().await?.call(read).await?.consultation.context("no consultation")?.etag;
    let stale = (etag.parse::<u64>()? - 1).to_string();
    let request = HoldConsultationRequest { name: case.consultation.clone(), request_id: request_id(), etag: stale, ..Default::default() };
    refusal(&house, &case.coordinator().await?, ErrorReason::StaleEtag, request).await?;

    case.to(Point::Opened).await?;
    let read = || GetCaseRequest { name: case.name.clone() };
    let old = leader.call(read()).await?.case.context("no case")?.etag;
    let embargo =
        |etag: &str| SetEmbargoRequest { name: case.name.clone(), request_id: request_id(), etag: etag.into(), reason: "skäl".into() };
    leader.call(embargo(&old)).await?;
    let now = leader.call(read()).await?.case.context("no case")?;
    ensure!(now.etag != old);
    refusal(&house, &leader, ErrorReason::StaleEtag, embargo(&old)).await?;
    ensure!(leader.call(read()).await?.case.context("no case")? == now);
    let lift =
        barnahus_proto::v1::LiftEmbargoRequest {
            name: case.name.clone(), request_id: request_id(), etag: now.etag, reason: "hörd".into()
        };
    leader.call(lift).await?;

    case.to(Point::Booked).await?;
    let booked = case.look("interviewer-1").await?;
    let accept = |etag: &str| AcceptBookingRequest { name: case.interview.clone(), request_id: request_id(), etag: etag.into() };
    leader.call(accept(&booked.etag)).await?;
    let (told, _) = refusal(&house, &case.interviewer().await?, ErrorReason::StaleEtag, accept(&booked.etag)).await?;
    ensure!(told.code == Code::Aborted);
    case.interviewer().await?.call(accept(&case.look("interviewer-1").await?.etag)).await?;

    // A question's etag is its own: what happens to the interview or to other questions does not touch it.
    let question = case.ask("investigator-1", "en fråga").await?;
    let other = case.ask("investigator-1", "en till").await?;
    case.approve(&other.name).await?;
    let withdraw = |etag: &str| WithdrawQuestionRequest { name: question.name.clone(), request_id: request_id(), etag: etag.into() };
    let approved = case.approve(&question.name).await?;
    let investigator = house.client("investigator-1").await?;
    refusal(&house, &investigator, ErrorReason::StaleEtag, withdraw(&question.etag)).await?;
    investigator.call(withdraw(&approved.etag)).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_write_at_once_leave_one_record_each_in_one_order() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Live).await?;
    let before = house.size().await?;
    let mut calls = Vec::new();
    for at in 0..60 {
        let posts = ["investigator-1", "welfare-kil-1", "paediatrician-1"];
        let asker = house.client(posts[at % posts.len()]).await?;
        let (parent, text) = (case.interview.clone(), format!("fråga {at}"));
        let request = barnahus_proto::v1::SubmitQuestionRequest {
            parent,
            request_id: request_id(),
            text,
            urgent_protection: false,
            happened_at: None,
        };
        calls.push(async move { asker.call(request).await });
    }
    let outcomes = race(calls).await?;
    let mut names = Vec::new();
    for outcome in outcomes {
        names.push(outcome?.question.context("no question")?.name);
    }
    names.sort();
    names.dedup();
    let log = house.log().await?;
    ensure!(names.len() == 60 && log.len() == before + 60, "{} names, {} records", names.len(), log.len() - before);
    ensure!(log.iter().zip(0..).all(|(record, index)| record.index == index));
    Ok(())
}
