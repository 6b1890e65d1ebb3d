//! The directory and its administration.

use anyhow::{Context as _, Result, ensure};
use barnahus_policy::{Part, Role};
use barnahus_proto::v1::{
    EndMandateRequest, EnrollPersonRequest, ErrorReason, GetHouseRequest, GetSelfRequest, GrantMandateRequest, ListPersonsRequest,
    ListPostsRequest, Mandate, RevocationReason, RevokePersonRequest,
};
use barnahus_server::authority::NewKey;
use barnahus_tests::harness::{Harness, client, refused, request_id};

use super::{ADMINISTRATOR, act};

pub(super) async fn directory_and_administration(house: &Harness) -> Result<()> {
    let interpreter = (Role::Interpreter, Part::None);
    let me = act(house, "interpreter-so-1", interpreter, GetSelfRequest {}).await?.answer;
    ensure!(me.house == house.name());
    ensure!(me.person.context("no person")?.mandates.iter().any(|mandate| mandate.post == house.of("posts", "interpreter-so-1")));
    let told = act(house, "interpreter-so-1", interpreter, GetHouseRequest { name: house.name() }).await?.answer;
    ensure!(told.house.context("no house")?.rooms.len() == house.founded().definition.rooms.len());

    let key = NewKey::generate()?;
    let mandate = |post: &str| Mandate { post: house.of("posts", post), from: None, until: None };
    let request = EnrollPersonRequest {
        parent: house.name(),
        request_id: request_id(),
        signing_request: key.request_pem,
        mandates: vec![mandate("counsellor-1")],
        ..Default::default()
    };
    let enrolled = act(house, client::ADMINISTRATOR, ADMINISTRATOR, request).await?;
    let person = enrolled.answer.person.context("no person")?.name;
    ensure!(enrolled.record.object == person, "the record is about {}", enrolled.record.object);
    ensure!(enrolled.answer.trust == house.founded().trust);

    let request = GrantMandateRequest { name: person.clone(), request_id: request_id(), mandate: Some(mandate("child-psychiatry-1")) };
    act(house, client::ADMINISTRATOR, ADMINISTRATOR, request).await?;
    let posts = act(house, "interpreter-so-1", interpreter, ListPostsRequest { parent: house.name() }).await?.answer.posts;
    let holders = |id: &str| posts.iter().find(|post| post.name == house.of("posts", id)).map(|post| post.holders.clone());
    ensure!(holders("child-psychiatry-1") == Some(vec![person.clone()]) && holders("counsellor-1") == Some(vec![person.clone()]));

    let request = EndMandateRequest { name: person.clone(), request_id: request_id(), post: house.of("posts", "child-psychiatry-1") };
    act(house, client::ADMINISTRATOR, ADMINISTRATOR, request).await?;
    let list = ListPersonsRequest { parent: house.name(), ..Default::default() };
    let persons = act(house, client::ADMINISTRATOR, ADMINISTRATOR, list).await?.answer.persons;
    let ended = |mandate: &Mandate| {
        mandate.post.ends_with("child-psychiatry-1")
            && mandate.until == Some(barnahus_tests::harness::timestamp(house.now().plus_us(-60_000_000)))
    };
    ensure!(persons.iter().any(|known| known.name == person && known.mandates.iter().any(ended)), "{persons:?}");
    Ok(())
}

pub(super) async fn revocation(house: &Harness) -> Result<()> {
    let gone = house.client("interpreter-so-1").await?;
    let request = RevokePersonRequest { name: gone.person.clone(), request_id: request_id(), reason: RevocationReason::Left.into() };
    let revoked = act(house, client::ADMINISTRATOR, ADMINISTRATOR, request).await?;
    ensure!(revoked.answer.person.context("no person")?.revoked_at.is_some());
    refused(gone.call(GetSelfRequest {}).await, ErrorReason::CertificateRevoked)?;
    Ok(())
}
