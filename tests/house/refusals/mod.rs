//! Refusals, made from the table of methods without a list of exceptions: every rpc, by everyone, about every kind of place. What is not
//! permitted is refused with its reason and recorded; and what one may not know of is answered exactly like what is not there.

pub(crate) mod bare;
mod form;
mod strangers;
mod world;

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
        let (refused, made) = outcome??;
        records.extend(refused);
        called += made;
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

/// Makes every call as one caller: gives the refusals, and how many calls there were.
async fn everything(world: &World, caller: &Client, now: Time) -> Result<(Vec<Record>, usize)> {
    let mut made = (Vec::new(), 0);
    for method in METHODS {
        let ghost = world.spots.iter().find(|spot| !spot.is_there).context("no ghost")?;
        for spot in world.spots.iter() {
            for (form, ghost) in forms(method, &spot.place, now)?.into_iter().zip(forms(method, &ghost.place, now)?) {
                let what = format!("{} about {} ({})", method.name, spot.what, form.target);
                one(world, caller, method, (spot, form), ghost, now, &mut made).await.context(what)?;
            }
        }
    }
    Ok(made)
}

async fn one(
    world: &World,
    caller: &Client,
    method: &'static Method,
    (spot, mut form): (&Spot, Form),
    ghost: Form,
    now: Time,
    (records, made): &mut (Vec<Record>, usize),
) -> Result<()> {
    let due = world.due(caller, method, &form.target, now)?;
    if world.is_of_a_case(&form.target) && spot.is_closed_to(caller) {
        ensure!(due == Due::NotThere, "to whom this case is closed, the policies say {due:?}");
    }
    if due == Due::Permitted && method.recorded == Recorded::Act {
        // It would be done: the request id is spoiled, which is looked at only once it is permitted.
        form.message.set_field_by_name("request_id", Value::String(String::new()));
    }
    let outcome = bare::call(&caller.channel(), method, form.message.encode_to_vec()).await;
    *made += 1;
    match due {
        Due::Permitted => permitted(method, world.exists(&form.target), outcome),
        Due::Denied | Due::NotThere => {
            let reason = if due == Due::Denied { "PERMISSION_DENIED" } else { "NOT_FOUND" };
            let status = outcome.err().context("it was not refused")?;
            records.push(refusal(caller, method, &form, &status, reason)?);
            if due == Due::NotThere {
                let not_there = bare::call(&caller.channel(), method, ghost.message.encode_to_vec()).await.err().context("a ghost answered")?;
                *made += 1;
                records.push(refusal(caller, method, &ghost, &not_there, reason)?);
                let (told, due) = (Told::of(&status), Told::of(&not_there));
                ensure!(told == due, "it is told apart from what is not there: {told:?} and {due:?}");
            }
            Ok(())
        }
    }
}

/// Whoever may, comes as far as the message itself.
fn permitted(method: &Method, exists: bool, outcome: Result<Vec<u8>, Status>) -> Result<()> {
    let refused = match outcome {
        Ok(_) => return Ok(ensure!(method.recorded != Recorded::Act, "done without a request id")),
        Err(status) => Refused::from(status),
    };
    if !exists {
        ensure!(refused.reason == "NOT_FOUND", "permitted, about what is not there: {refused}");
    } else if method.recorded == Recorded::Act {
        ensure!(refused.fields.iter().any(|field| field == "request_id"), "permitted, but for its request id: {refused}");
    } else {
        // The room's own rule: whoever checked out, or is not in the room while it runs, does not watch.
        ensure!(method.name == "WatchListeningRoom" && refused.reason == "PERMISSION_DENIED", "permitted: {refused}");
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
