//! Refusals, made from the table of methods without a list of exceptions: every rpc, by everyone, about every kind of place. What is not
//! permitted is refused with its reason and recorded; and what one may not know of is answered exactly like what is not there.

pub(crate) mod bare;
pub(crate) mod form;
mod strangers;
pub(crate) mod world;

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use barnahus_domain::Time;
use barnahus_proto::{METHODS, Method, Recorded, v1};
use barnahus_tests::harness::{Client, Harness, Refused};
use prost::Message as _;
use prost_reflect::Value;
use tokio::task::JoinSet;
use tonic::Status;

use self::{
    bare::Told,
    form::{Form, Place, forms},
    world::{Due, Spot, World},
};

/// A refusal as it must stand in the log.
struct Record {
    index: u64,
    person: String,
    path: &'static str,
    object: String,
    reason: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_policies_do_not_permit_is_refused_and_recorded_and_tells_nothing_a1_a2_c3() -> Result<()> {
    let harness = Harness::start().await?;
    let world = Arc::new(World::new(&harness).await?);
    let (before, now) = (harness.size().await?, harness.now());
    let mut calls = JoinSet::new();
    for caller in world.callers.clone() {
        let world = Arc::clone(&world);
        calls.spawn(async move { everything(&world, &caller, now).await.with_context(|| format!("as `{}`", caller.post)) });
    }
    let mut records = Vec::new();
    let mut called = 0;
    while let Some(outcome) = calls.join_next().await {
        let made = outcome??;
        records.extend(made.records);
        called += made.calls;
    }
    ensure!(records.len() > 2000, "only {} calls were refused", records.len());

    let log = harness.log().await?;
    ensure!(log.len() == before + called, "{called} calls left {} records", log.len() - before);
    ensure!(log.since(before).iter().all(|record| record.event.is_empty()), "a call that was refused or that only reads changed the house");
    for due in records {
        let record = log.at(due.index)?;
        let found = (&record.person, record.operation.as_str(), &record.object, &record.reason);
        ensure!(found == (&due.person, due.path, &due.object, &due.reason), "record {} is {record:?}", due.index);
        let denied = record.kind == "access.denied" && record.outcome() == v1::Outcome::Denied;
        let refused = record.kind == "access.refused" && record.outcome() == v1::Outcome::Refused;
        ensure!(denied || refused, "{record:?}");
        ensure!(record.showings.is_empty() && record.recipients.is_empty() && record.policy_set_hash.len() == 32, "{record:?}");
    }
    Ok(())
}

/// What one caller's calls came to.
#[derive(Default)]
struct Made {
    records: Vec<Record>,
    calls: usize,
}

/// Makes every call as one caller.
async fn everything(world: &World, caller: &Client, now: Time) -> Result<Made> {
    let mut made = Made::default();
    for method in METHODS {
        // What is not there comes first: all that one may not know of must be answered like it.
        let (ghost, others) = world.spots.split_first().context("no ghost")?;
        let ghosts = forms(method, &ghost.place, now)?;
        let mut not_there = Vec::new();
        for form in &ghosts {
            let what = format!("{} about {} ({})", method.name, ghost.what, form.target);
            not_there.push(one(world, caller, method, (ghost, form.clone()), now, &mut made).await.context(what)?);
        }
        for spot in others {
            let forms = forms(method, &spot.place, now)?.into_iter().zip(&ghosts).zip(&not_there);
            // What is about no case is the same call everywhere.
            for ((form, _), not_there) in forms.filter(|((form, ghost), _)| form.target != ghost.target) {
                let what = format!("{} about {} ({})", method.name, spot.what, form.target);
                let told = one(world, caller, method, (spot, form), now, &mut made).await.context(what.clone())?;
                if let Some((Due::NotThere, told)) = &told {
                    let due = not_there.as_ref().map(|(_, told)| told);
                    ensure!(due == Some(told), "{what} is told apart from what is not there: {told:?} and {due:?}");
                }
            }
        }
    }
    Ok(made)
}

/// Makes one call, and gives what it was refused with.
async fn one(
    world: &World,
    caller: &Client,
    method: &'static Method,
    (spot, mut form): (&Spot, Form),
    now: Time,
    made: &mut Made,
) -> Result<Option<(Due, Told)>> {
    let due = world.due(caller, method, &form.target, now)?;
    if world.is_of_a_case(&form.target) && spot.is_closed_to(caller) {
        ensure!(due == Due::NotThere, "to whom this case is closed, the policies say {due:?}");
    }
    if due == Due::Permitted && method.recorded == Recorded::Act {
        // It would be done: the request id is spoiled, which is looked at only once it is permitted.
        form.message.set_field_by_name("request_id", Value::String(String::new()));
    }
    let outcome = bare::call(&caller.channel(), method, form.message.encode_to_vec()).await;
    made.calls += 1;
    let reason = match due {
        Due::Permitted => return permitted(method, world.exists(&form.target), outcome).map(|()| None),
        Due::Denied => "PERMISSION_DENIED",
        Due::NotThere => "NOT_FOUND",
    };
    let status = outcome.err().context("it was not refused")?;
    made.records.push(refusal(caller, method, &form, &status, reason)?);
    Ok(Some((due, Told::of(&status))))
}

/// Whoever may, comes as far as the message itself.
fn permitted(method: &Method, exists: bool, outcome: Result<Vec<u8>, Status>) -> Result<()> {
    let refused = match outcome {
        Ok(_) => {
            ensure!(method.recorded != Recorded::Act, "done without a request id");
            return Ok(());
        }
        Err(status) => Refused::from(status),
    };
    if !exists {
        ensure!(refused.reason == "NOT_FOUND", "permitted, about what is not there: {refused}");
    } else if method.recorded == Recorded::Act {
        ensure!(refused.fields.iter().any(|field| field == "request_id"), "permitted, but for its request id: {refused}");
    } else if method.name == "AcknowledgeShown" {
        ensure!(refused.reason == "TOKEN_INVALID", "permitted, but for its token: {refused}");
    } else {
        // The room's own rule: whoever checked out, or is not in the room while it runs, does not watch.
        let kept_out = ["PERMISSION_DENIED", "NOT_CHECKED_IN"].contains(&refused.reason.as_str());
        ensure!(method.name == "WatchListeningRoom" && kept_out, "permitted: {refused}");
    }
    Ok(())
}

fn refusal(caller: &Client, method: &'static Method, form: &Form, status: &Status, reason: &str) -> Result<Record> {
    let refused = Refused::from(status.clone());
    ensure!(refused.reason == reason, "{reason} was due, not: {refused}");
    Ok(Record {
        index: refused.record.context("the refusal names no record")?,
        person: caller.pseudonym().to_owned(),
        path: method.path,
        object: form.target.clone(),
        reason: reason.to_owned(),
    })
}

/// A request of every rpc, about nothing in particular.
fn any_request(method: &Method, harness: &Harness) -> Result<Vec<u8>> {
    let place = Place::new(harness, &harness.of("cases", "VRM-2026-0000"), &harness.of("persons", "p-0000000000"));
    let first = forms(method, &place, harness.now())?.into_iter().next().context("no form")?;
    Ok(first.message.encode_to_vec())
}
