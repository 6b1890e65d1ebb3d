//! Who loses the right loses the stream at once.

use anyhow::{Result, ensure};
use barnahus_domain::time::MINUTE_US;
use barnahus_proto::v1::{
    AdmitObserversRequest, CheckInRequest, CheckOutRequest, EndMandateRequest, EnrollPersonRequest, ErrorReason, GetQuestionRequest,
    ListQuestionsRequest, Mandate, RemoveObserverRequest, RevocationReason, RevokePersonRequest, RewordQuestionRequest,
    SubmitQuestionRequest,
};
use barnahus_server::authority::NewKey;
use barnahus_tests::harness::{
    Client, Harness, Papers,
    day::{Case, Point},
    refused, request_id, timestamp,
};

use super::Watcher;

/// A watcher who loses the right by this, while others go on watching.
async fn loses(house: &Harness, case: &Case<'_>, doctor: &Client, losing: impl AsyncFnOnce() -> Result<()>) -> Result<()> {
    let (mut watcher, _) = Watcher::begin(case, doctor, "").await?;
    let (mut other, _) = Watcher::begin(case, &house.client("investigator-1").await?, "").await?;
    losing().await?;
    let told = watcher.cut_off().await?;
    let due = [ErrorReason::PermissionDenied, ErrorReason::CertificateRevoked, ErrorReason::NotFound];
    ensure!(told.known().is_some_and(|reason| due.contains(&reason)), "{told}");
    let before = house.size().await?;
    case.ask("investigator-1", "efter att någon gått").await?;
    let log = house.log().await?;
    ensure!(log.since(before).iter().all(|record| !record.recipients.iter().any(|person| *person == doctor.pseudonym())), "still shown");
    other.next().await?;
    let again = Watcher::begin(case, doctor, "").await;
    ensure!(again.is_err(), "the stream begins anew");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_cuts_the_stream_off() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Live).await?;
    let doctor = house.client("paediatrician-1").await?;
    let reason = RevocationReason::Misuse.into();
    let request = RevokePersonRequest { name: doctor.person.clone(), request_id: request_id(), reason };
    let administrator = house.client("administrator-1").await?;
    loses(&house, &case, &doctor, async || Ok(administrator.call(request).await.map(drop)?)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_out_cuts_the_stream_off_l2() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Live).await?;
    let doctor = house.client("paediatrician-1").await?;
    let request = CheckOutRequest { name: case.interview.clone(), request_id: request_id(), ..Default::default() };
    loses(&house, &case, &doctor, async || Ok(doctor.call(request).await.map(drop)?)).await?;
    // Coming back needs nobody's leave.
    let request =
        CheckInRequest { name: case.interview.clone(), request_id: request_id(), acknowledge_disclosure_ban: true, ..Default::default() };
    doctor.call(request).await?;
    Watcher::begin(&case, &doctor, "").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admission_that_is_taken_back_cuts_the_stream_off_l1() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Live).await?;
    let doctor = house.client("paediatrician-1").await?;
    let (name, person) = (case.interview.clone(), doctor.person.clone());
    let request = RemoveObserverRequest { name: name.clone(), request_id: request_id(), person, ..Default::default() };
    let leader = case.leader().await?;
    loses(&house, &case, &doctor, async || Ok(leader.call(request).await.map(drop)?)).await?;
    let back = CheckInRequest { name, request_id: request_id(), acknowledge_disclosure_ban: true, ..Default::default() };
    ensure!(doctor.call(back).await.is_err(), "nobody comes back without the leader's leave");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_left_the_room_reads_no_more_of_others_and_who_was_removed_nothing_a1() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Live).await?;
    let investigator = house.client("investigator-1").await?;
    let (parent, name) = (case.interview.clone(), case.interview.clone());
    let own = SubmitQuestionRequest { parent: parent.clone(), request_id: request_id(), text: "egen".into(), ..Default::default() };
    let own_name = investigator.call(own.clone()).await?.question.map(|question| question.name).unwrap_or_default();
    let other = case.ask("welfare-kil-1", "andras").await?.name;
    let listed = async || investigator.call(ListQuestionsRequest { parent: parent.clone() }).await;
    let all = listed().await?;
    ensure!(all.questions.len() == 2 && all.counts.len() == 2, "{all:?}");

    investigator.call(CheckOutRequest { name: name.clone(), request_id: request_id(), ..Default::default() }).await?;
    let rest = listed().await?;
    ensure!(rest.questions.iter().all(|question| question.name == own_name) && rest.counts.is_empty(), "{rest:?}");
    let read = investigator.call(GetQuestionRequest { name: other }).await?.question.unwrap_or_default();
    ensure!(read.text.is_empty(), "{read:?}");

    let leader = case.leader().await?;
    let person = investigator.person.clone();
    leader.call(RemoveObserverRequest { name, request_id: request_id(), person, ..Default::default() }).await?;
    leader
        .call(RewordQuestionRequest { name: own_name, request_id: request_id(), etag: String::new(), text: "ledarens ord".into() })
        .await?;
    refused(listed().await, ErrorReason::PermissionDenied)?;
    let again = investigator.call(own).await?.question.unwrap_or_default();
    ensure!(again.text.is_empty() && again.wordings.is_empty(), "that it was done, and no more: {again:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_mandate_cuts_the_stream_off() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Live).await?;
    let doctor = house.client("paediatrician-1").await?;
    let request = EndMandateRequest { name: doctor.person.clone(), request_id: request_id(), post: house.of("posts", "paediatrician-1") };
    let administrator = house.client("administrator-1").await?;
    loses(&house, &case, &doctor, async || Ok(administrator.call(request).await.map(drop)?)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mandate_that_runs_out_cuts_the_stream_off_with_the_next_event() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Confirmed).await?;
    // A listener whose mandate ends two days on, admitted by name.
    let key = NewKey::generate()?;
    let until = house.now().plus_us(2 * 24 * 60 * MINUTE_US);
    let mandates = vec![Mandate { post: house.of("posts", "counsellor-1"), from: None, until: Some(timestamp(until)) }];
    let (signing_request, parent) = (key.request_pem, house.name());
    let request = EnrollPersonRequest { parent, request_id: request_id(), person: String::new(), signing_request, mandates };
    let enrolled = house.client("administrator-1").await?.call(request).await?;
    let person = enrolled.person.unwrap_or_default().name;
    let papers = Papers { certificate: enrolled.certificate, key: key.key_pem.to_string() };
    let counsellor = Client::connect(&house, "counsellor-1", &person, papers).await?;
    let request =
        AdmitObserversRequest { name: case.interview.clone(), request_id: request_id(), etag: String::new(), persons: vec![person] };
    case.call("prosecutor-1", request).await?;
    loses(&house, &case, &counsellor, async || {
        house.turn_to(until);
        case.ask("investigator-1", "vad hände sedan").await.map(drop)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_says_goodbye_and_the_stream_resumes_l12() -> Result<()> {
    let mut house = Harness::start().await?;
    let (interview, mut watcher) = {
        let case = Case::at(&house, Point::Live).await?;
        (case.interview.clone(), Watcher::begin(&case, &house.client("investigator-1").await?, "").await?.0)
    };
    house.stop().await;
    let told = watcher.cut_off().await?;
    ensure!(told.known() == Some(ErrorReason::Unavailable) && told.retry.is_some(), "{told}");
    ensure!(!interview.is_empty());
    Ok(())
}
