//! What a call must leave in the log: exactly one record of it that says who, in which role and part, what, to what, by which policies.

use std::{
    collections::BTreeSet,
    sync::{LazyLock, OnceLock},
};

use anyhow::{Context as _, Result, ensure};
use barnahus_audit::{Hash, Receipt, Trust, leaf_hash};
use barnahus_policy::{Facts, Part, Permission, Phase, PolicySet, Protection, Role};
use barnahus_proto::{DESCRIPTOR, Method, Recorded, v1};
use barnahus_server::{
    authority::fingerprint,
    record::{part_to, role_from, role_to},
};
use barnahus_tests::harness::{Answer, Client, Harness, Log, Refused, Rpc, rpc};
use prost_reflect::{DescriptorPool, DynamicMessage, Value};
use rustls_pki_types::{CertificateDer, pem::PemObject as _};

/// In which capacity somebody acts.
pub(crate) type Capacity = (Role, Part);

/// The policies in force.
pub(crate) static POLICIES: LazyLock<Option<PolicySet>> = LazyLock::new(|| PolicySet::builtin().ok());

/// The contract's descriptor.
pub(crate) fn pool() -> Result<&'static DescriptorPool> {
    static POOL: OnceLock<DescriptorPool> = OnceLock::new();
    if POOL.get().is_none() {
        let _ = POOL.set(DescriptorPool::decode(DESCRIPTOR)?);
    }
    POOL.get().context("no descriptor")
}

/// The policies in force.
pub(crate) fn policies() -> Result<&'static PolicySet> {
    POLICIES.as_ref().context("the policies do not load")
}

/// An answer, with the record that the call left.
pub(crate) struct Witnessed<A> {
    pub(crate) answer: A,
    pub(crate) record: v1::Record,
}

/// Makes a call that must succeed, at an instant of its own, and checks its receipt and its record.
pub(crate) async fn witnessed<R: Rpc>(house: &Harness, client: &Client, capacity: Capacity, request: R) -> Result<Witnessed<R::Answer>> {
    let method = rpc::described::<R>()?;
    let answer = client.call(request.clone()).await.with_context(|| format!("{} as `{}`", R::NAME, client.post))?;
    let log = house.log().await?;
    let receipt = answer.receipt().context("no receipt")?;
    proven(house, receipt, &log).with_context(|| format!("the receipt of {}", R::NAME))?;
    let record = log.at(answer.index())?.clone();
    // The clock was turned before the call, so that its records are those of this instant.
    let of_it = log.iter().filter(|record| record.recorded_at_us == house.now().0 && record.operation == method.path).count();
    ensure!(of_it == 1, "{} left {of_it} records", R::NAME);
    let outcome = if method.recorded == Recorded::Act { v1::Outcome::Done } else { v1::Outcome::Shown };
    check(house, client, method, &record, &request).with_context(|| format!("the record of {}: {record:?}", R::NAME))?;
    ensure!(record.kind == method.kind, "{} left `{}`, where the contract says `{}`", R::NAME, record.kind, method.kind);
    ensure!(record.outcome() == outcome && record.reason.is_empty(), "{} is recorded as {record:?}", R::NAME);
    ensure!(record.role() == role_to(capacity.0), "{} is recorded for the role {:?}", R::NAME, record.role());
    ensure!(record.part() == part_to(capacity.1), "{} is recorded for the part {:?}", R::NAME, record.part());
    ensure!(record.event.is_empty() != (method.recorded == Recorded::Act), "{} has the event `{}`", R::NAME, record.event);
    permitted_by(method, capacity, &record)?;
    Ok(Witnessed { answer, record })
}

/// Makes a call that must be refused for this reason, and checks that its one record is all that changed.
pub(crate) async fn refusal<R: Rpc>(
    house: &Harness,
    client: &Client,
    reason: v1::ErrorReason,
    request: R,
) -> Result<(Refused, v1::Record)> {
    let method = rpc::described::<R>()?;
    let before = house.size().await?;
    let refused = barnahus_tests::harness::refused(client.call(request.clone()).await, reason).context(R::NAME)?;
    let log = house.log().await?;
    ensure!(log.len() == before + 1, "{} refused left {:?}", R::NAME, log.kinds_since(before));
    let record = log.at(refused.record.context("the refusal names no record")?)?.clone();
    ensure!(usize::try_from(record.index)? == before, "the refusal names record {}", record.index);
    check(house, client, method, &record, &request).with_context(|| format!("the record of {} refused: {record:?}", R::NAME))?;
    ensure!(record.event.is_empty(), "a refusal changed the house: {record:?}");
    ensure!(record.reason == refused.reason, "recorded as `{}`, told as `{}`", record.reason, refused.reason);
    let denied = matches!(reason, v1::ErrorReason::PermissionDenied | v1::ErrorReason::CertificateRevoked);
    let (kind, outcome) = match record.outcome() {
        v1::Outcome::Denied => ("access.denied", v1::Outcome::Denied),
        _ => ("access.refused", v1::Outcome::Refused),
    };
    ensure!(record.kind == kind && record.outcome() == outcome && (!denied || kind == "access.denied"), "recorded as {record:?}");
    Ok((refused, record))
}

/// What every record of a known caller's call says (U2).
fn check<R: Rpc>(house: &Harness, client: &Client, method: &Method, record: &v1::Record, request: &R) -> Result<()> {
    ensure!(record.version == 1, "version {}", record.version);
    ensure!(record.operation == method.path, "operation `{}`", record.operation);
    ensure!(record.person == client.pseudonym() && record.post == client.post, "{} in {}", record.person, record.post);
    ensure!(record.recorded_at_us == house.now().0, "recorded at {}", record.recorded_at_us);
    ensure!(record.salt.len() == 16 && record.salt.iter().any(|byte| *byte != 0), "salt {:?}", record.salt);
    ensure!(record.session == session(client)?, "session {}", record.session);
    ensure!(record.policy_set_hash == policies()?.hash(), "policy set {:?}", record.policy_set_hash);
    let post = house.founded().definition.posts.iter().find(|post| post.id.as_str() == client.post).context("no such post")?;
    ensure!(record.authority == post.authority.as_str(), "authority `{}`", record.authority);
    let role = role_from(record.role()).context("no role")?;
    ensure!(post.roles.contains(&role), "role {role}");
    ensure!(!record.purpose.is_empty(), "no purpose");
    let said = said(request)?;
    let id = said.request_id.and_then(|id| uuid::Uuid::try_parse(&id).ok()).filter(|id| !id.is_nil());
    ensure!(record.request_id == id.map(|id| id.into_bytes().to_vec()).unwrap_or_default(), "request id {:?}", record.request_id);
    // A thing that was made is named by its own name, within the same case; all else by the name that the call gave.
    let given = said.target.clone().unwrap_or_else(|| house.name());
    let within = given.splitn(5, '/').take(4).collect::<Vec<_>>().join("/");
    let made = record.outcome() == v1::Outcome::Done && record.object.starts_with(&format!("{within}/"));
    ensure!(record.object == given || made, "object `{}` of `{given}`", record.object);
    let alias = record.object.split('/').skip_while(|part| *part != "cases").nth(1).unwrap_or_default();
    if record.outcome() == v1::Outcome::Done || record.outcome() == v1::Outcome::Shown {
        ensure!(record.case_alias == alias, "case alias `{}` for `{}`", record.case_alias, record.object);
        ensure!(alias.is_empty() || !record.owner_authority.is_empty(), "a case without an owner");
    }
    Ok(())
}

/// The session as records name it: the first 8 bytes of the certificate's SHA-256.
pub(crate) fn session(client: &Client) -> Result<String> {
    let der = CertificateDer::from_pem_slice(client.papers.certificate.as_bytes())?;
    Ok(fingerprint(&der).short())
}

/// A receipt holds against the trust file of the founding, and proves the very leaf that is kept.
fn proven(house: &Harness, receipt: &v1::Receipt, log: &Log) -> Result<()> {
    let trust: Trust = house.founded().trust.parse()?;
    let hash = Hash::from_slice(&receipt.leaf_hash).context("a leaf hash")?;
    let proof = receipt.inclusion_proof.iter().map(|hash| Hash::from_slice(hash)).collect::<Option<_>>().context("a proof")?;
    let leaf = log.leaves.get(usize::try_from(receipt.index)?).context("no such record")?;
    ensure!(leaf_hash(leaf) == hash, "the receipt is of another leaf than record {}", receipt.index);
    Receipt::new(receipt.index, hash, proof, receipt.checkpoint.clone()).verify_unwitnessed(&hash, &trust)?;
    Ok(())
}

/// The record names policies (U2): one that permits the call in this role and part, one that permits reading where texts of questions were
/// shown.
fn permitted_by(method: &Method, (role, part): Capacity, record: &v1::Record) -> Result<()> {
    let named = &record.policies;
    let asked = Permission::parse(method.permission).context("an unknown permission")?;
    let could = permitting(asked, role, part)?;
    ensure!(named.iter().any(|policy| could.contains(policy)), "{} by {named:?}, where {could:?} could permit", method.name);
    if record.data_categories.iter().any(|category| category == "question_text") {
        let reads = ["question.readText", "protocol.readLine"].map(Permission::parse).into_iter().flatten();
        let reading = reads.map(|read| permitting(read, role, part)).collect::<Result<Vec<_>>>()?.concat();
        ensure!(named.iter().any(|policy| reading.contains(policy)), "{} shows texts by {named:?}", method.name);
    }
    Ok(())
}

/// The policies that could permit this to somebody in this role and part.
fn permitting(permission: Permission, role: Role, part: Part) -> Result<Vec<String>> {
    let mut could = BTreeSet::new();
    for (phase, protection) in Phase::ALL.iter().flat_map(|phase| Protection::ALL.iter().map(move |protection| (*phase, *protection))) {
        for flags in 0..8_u8 {
            let (own, delivered, audited) = (flags & 1 != 0, flags & 2 != 0, flags & 4 != 0);
            let facts = Facts { role, part, phase, protection, own, delivered, audited };
            if let Ok(permit) = policies()?.authorize(permission, &facts) {
                could.extend(permit.policies().iter().map(ToString::to_string));
            }
        }
    }
    Ok(could.into_iter().collect())
}

/// What a request says of itself.
struct Said {
    request_id: Option<String>,
    target: Option<String>,
}

fn said<R: Rpc>(request: &R) -> Result<Said> {
    let method = rpc::described::<R>()?;
    let descriptor = pool()?.get_message_by_name(method.request).context("no such message")?;
    let message = DynamicMessage::decode(descriptor.clone(), request.encode_to_vec().as_slice())?;
    let request_id = message.get_field_by_name("request_id").and_then(|value| value.as_str().map(str::to_owned));
    let names = descriptor.fields().filter_map(|field| match message.get_field(&field).as_ref() {
        Value::String(name) if name.starts_with("houses/") => Some(name.clone()),
        _ => None,
    });
    let target = names.into_iter().next();
    Ok(Said { request_id, target })
}
