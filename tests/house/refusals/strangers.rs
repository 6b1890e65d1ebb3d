//! Who has no certificate of this house, or none that holds: nobody gets through with any rpc.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Context as _, Result, ensure};
use barnahus_domain::{PersonId, time::DAY_US};
use barnahus_proto::{METHODS, Method, Recorded, v1};
use barnahus_server::authority::{Authority, NewKey};
use barnahus_tests::harness::{
    Client, Harness, Papers, Refused, client,
    day::{Case, Plan, Point},
    refused, request_id,
};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient, server_reflection_request::MessageRequest,
    server_reflection_response::MessageResponse,
};

use super::{any_request, bare};

/// Papers for somebody, signed by this authority at this time.
fn papers(authority: &Authority, harness: &Harness, person: &str, days: i64) -> Result<Papers> {
    let key = NewKey::generate()?;
    let person = PersonId::parse(person).context("a person")?;
    let signed = authority.sign(&key.request_pem, &person, &harness.founded().house, harness.now().plus_us(days * DAY_US))?;
    Ok(Papers { certificate: signed.pem, key: key.key_pem.to_string() })
}

/// How long a refused client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// No rpc answers who comes with these papers, and nothing is recorded: nobody knows who it was.
async fn nobody_answers(harness: &Harness, papers: Option<&Papers>) -> Result<()> {
    let before = harness.size().await?;
    for method in METHODS {
        // With TLS 1.3 a client learns that its certificate is not taken only when it reads.
        let Ok(channel) = client::connect(harness, papers).await else { continue };
        // The transport connects anew as often as it is turned away: one that still does so then was not answered either.
        let call = bare::call(&channel, method, any_request(method, harness)?);
        let Ok(outcome) = tokio::time::timeout(PATIENCE, call).await else { continue };
        let status = outcome.err().with_context(|| format!("{} answered", method.name))?;
        let refused = Refused::from(status);
        ensure!(refused.reason.is_empty() && refused.record.is_none(), "{} came to the house: {refused}", method.name);
    }
    ensure!(harness.size().await? == before, "a handshake that failed was recorded");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_certificate_no_rpc_answers() -> Result<()> {
    let harness = Harness::start().await?;
    nobody_answers(&harness, None).await
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_certificate_of_another_authority_no_rpc_answers() -> Result<()> {
    let harness = Harness::start().await?;
    let administrator = harness.client("administrator-1").await?;
    let foreign = Authority::create(&harness.founded().house, harness.now())?;
    nobody_answers(&harness, Some(&papers(&foreign, &harness, administrator.pseudonym(), 0)?)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_certificate_that_has_ended_no_rpc_answers() -> Result<()> {
    let harness = Harness::start().await?;
    let administrator = harness.client("administrator-1").await?;
    let authority = Authority::load(&harness.dir())?;
    nobody_answers(&harness, Some(&papers(&authority, &harness, administrator.pseudonym(), -400)?)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_for_the_houses_health_needs_a_certificate_and_records_nothing() -> Result<()> {
    static HEALTH: Method = Method {
        path: "/grpc.health.v1.Health/Check",
        service: "Health",
        name: "Check",
        request: "grpc.health.v1.HealthCheckRequest",
        response: "grpc.health.v1.HealthCheckResponse",
        permission: "",
        kind: "",
        recorded: Recorded::Read,
        streaming: false,
        what: "",
        who: "",
    };
    let harness = Harness::start().await?;
    let anybody = harness.client("interpreter-so-1").await?;
    let before = harness.size().await?;
    ensure!(bare::call(&anybody.channel(), &HEALTH, Vec::new()).await? == [0x08, 0x01], "the house is served");
    ensure!(harness.size().await? == before);
    let nobody = client::connect(&harness, None).await;
    ensure!(match nobody {
        Ok(channel) => bare::call(&channel, &HEALTH, Vec::new()).await.is_err(),
        Err(_) => true,
    });
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn other_peoples_tools_read_the_contract_by_reflection_and_nothing_is_recorded() -> Result<()> {
    let harness = Harness::start().await?;
    let anybody = harness.client("interpreter-so-1").await?;
    let before = harness.size().await?;
    let question = ServerReflectionRequest { host: String::new(), message_request: Some(MessageRequest::ListServices(String::new())) };
    let mut answers =
        ServerReflectionClient::new(anybody.channel()).server_reflection_info(tokio_stream::once(question)).await?.into_inner();
    let Some(MessageResponse::ListServicesResponse(listed)) = answers.message().await?.and_then(|answer| answer.message_response) else {
        anyhow::bail!("no list of services")
    };
    let listed: BTreeSet<_> = listed.service.into_iter().map(|service| service.name).collect();
    let services: BTreeSet<_> = METHODS.iter().map(|method| format!("barnahus.v1.{}", method.service)).collect();
    ensure!(listed.is_superset(&services) && listed.contains("grpc.health.v1.Health"), "{listed:?}");
    ensure!(harness.size().await? == before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_the_directory_does_not_hold_is_unknown_to_every_rpc() -> Result<()> {
    let harness = Harness::start().await?;
    let administrator = harness.client("administrator-1").await?;
    let before = harness.size().await?;
    let papers = papers(&Authority::load(&harness.dir())?, &harness, administrator.pseudonym(), 0)?;
    let channel = client::connect(&harness, Some(&papers)).await?;
    for method in METHODS {
        let status = bare::call(&channel, method, any_request(method, &harness)?).await.err().context(method.name)?;
        let refused = Refused::from(status);
        ensure!(refused.reason == "CERTIFICATE_UNKNOWN" && refused.record.is_none(), "{}: {refused}", method.name);
    }
    ensure!(harness.size().await? == before, "who nobody knows was recorded");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_certificate_is_refused_by_every_rpc_and_each_refusal_is_recorded() -> Result<()> {
    let harness = Harness::start().await?;
    let revoked = harness.client("prosecutor-1").await?;
    let reason = v1::RevocationReason::KeyCompromised.into();
    let request = v1::RevokePersonRequest { name: revoked.person.clone(), request_id: request_id(), reason };
    harness.client("administrator-1").await?.call(request).await?;
    let before = harness.size().await?;
    let mut told = Vec::new();
    for method in METHODS {
        let status = bare::call(&revoked.channel(), method, any_request(method, &harness)?).await.err().context(method.name)?;
        let refused = Refused::from(status);
        ensure!(refused.reason == "CERTIFICATE_REVOKED", "{}: {refused}", method.name);
        told.push((method, refused));
    }
    let log = harness.log().await?;
    ensure!(log.len() == before + METHODS.len(), "{:?}", log.kinds_since(before));
    for (method, refused) in told {
        let record = log.at(refused.record.context("no record")?)?;
        ensure!(record.kind == "access.denied" && record.person == revoked.pseudonym() && record.operation == method.path, "{record:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_further_certificate_retires_the_one_before() -> Result<()> {
    let harness = Harness::start().await?;
    let before = harness.client("prosecutor-1").await?;
    let (papers, _) = harness.client("administrator-1").await?.enrol_with(&before.person, &[], &harness.name()).await?;
    let after = Client::connect(&harness, &before.post, &before.person, papers).await?;
    refused(before.call(v1::GetSelfRequest {}).await, v1::ErrorReason::CertificateUnknown)?;
    ensure!(after.call(v1::GetSelfRequest {}).await?.person.is_some_and(|person| person.name == before.person));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_finds_nothing_of_a_case_that_their_authority_had_no_hand_in_a2_u6() -> Result<()> {
    let harness = Harness::start().await?;
    let plan = Plan { protection: v1::Protection::ProtectedRegistration, ..Plan::default() };
    let case = Case::of(&harness, plan, Point::Requested).await?;
    // Nobody of the police has been called to it; somebody of theirs tried.
    let curious = harness.client("interviewer-1").await?;
    refused(curious.call(v1::GetCaseRequest { name: case.name.clone() }).await, v1::ErrorReason::NotFound)?;
    let auditor = harness.client("auditor-police-1").await?;
    let list = |case: &str| v1::ListRecordsRequest { parent: harness.name(), case: case.to_owned(), ..Default::default() };
    let ghost = harness.of("cases", "VRM-2026-0000");
    refused(curious.call(v1::GetCaseRequest { name: ghost.clone() }).await, v1::ErrorReason::NotFound)?;
    let (theirs, nothing) = (auditor.call(list(&case.name)).await?, auditor.call(list(&ghost)).await?);
    ensure!(
        theirs.records.len() == nothing.records.len(),
        "the auditor learns that it exists: {:?} and {:?}",
        theirs.records,
        nothing.records
    );
    Ok(())
}
