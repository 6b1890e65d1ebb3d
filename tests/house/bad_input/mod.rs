//! Bad input: a clear error with its reason, every bad field named, one record, and nothing else changes.

mod spoil;
mod times;
mod transport;

use anyhow::{Context as _, Result, ensure};
use barnahus_domain::Time;
use barnahus_proto::{METHODS, Method, Recorded, v1};
use barnahus_tests::harness::{Client, Harness, Refused};
use prost::Message as _;
use prost_reflect::{DynamicMessage, Value};
use tonic::Code;

use self::spoil::{Spoilt, spoilt};
use crate::{
    evidence::pool,
    refusals::{
        bare,
        form::forms,
        world::{Due, World},
    },
};

/// Somebody who may make this call, and a request that is good but for its request id: so nothing is ever done.
fn good(world: &World, method: &Method, now: Time) -> Result<(Client, DynamicMessage)> {
    for spot in world.spots.iter().filter(|spot| spot.is_there) {
        for form in forms(method, &spot.place, now)?.into_iter().filter(|form| world.exists(&form.target)) {
            for caller in &world.callers {
                if world.due(caller, method, &form.target, now)? == Due::Permitted {
                    let mut message = form.message.clone();
                    if method.recorded == Recorded::Act {
                        message.set_field_by_name("request_id", Value::String(String::new()));
                    }
                    return Ok((caller.clone(), message));
                }
            }
        }
    }
    anyhow::bail!("nobody in the world may call {}", method.name)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_of_every_request_is_checked_and_every_bad_one_is_named() -> Result<()> {
    let harness = Harness::start().await?;
    let world = World::new(&harness).await?;
    let before = harness.size().await?;
    let mut told = Vec::new();
    for method in METHODS {
        let (caller, message) = good(&world, method, harness.now())?;
        for spoilt in spoilt(&message)? {
            let what = format!("{} with {} as `{}`", method.name, spoilt.what, caller.post);
            let refused = one(&caller, method, &spoilt).await.context(what)?;
            told.push((refused, method, caller.clone()));
        }
    }
    ensure!(told.len() > 500, "only {} bad fields were tried", told.len());
    let log = harness.log().await?;
    ensure!(log.len() == before + told.len(), "{} refusals left {} records", told.len(), log.len() - before);
    for (refused, method, caller) in told {
        let record = log.at(refused.record.context("the refusal names no record")?)?;
        let found = (record.kind.as_str(), record.outcome(), record.operation.as_str(), record.person.as_str());
        ensure!(found == ("access.refused", v1::Outcome::Refused, method.path, caller.pseudonym()), "{record:?}");
        ensure!(record.reason == refused.reason && record.event.is_empty() && record.showings.is_empty(), "{record:?} for {refused}");
    }
    Ok(())
}

async fn one(caller: &Client, method: &'static Method, spoilt: &Spoilt) -> Result<Refused> {
    let outcome = bare::call(&caller.channel(), method, spoilt.message.encode_to_vec()).await;
    let refused = Refused::from(outcome.err().context("it was not refused")?);
    ensure!(refused.code == Code::InvalidArgument, "{refused}");
    if method.name == "EndInterview" && spoilt.field.starts_with("unasked") {
        // Nothing that is said of a question holds the end up (L11); here the request id does.
        ensure!(refused.fields == ["request_id"], "{refused}");
        return Ok(refused);
    }
    let place = refused.fields.iter().position(|field| *field == spoilt.field).with_context(|| format!("it is not named: {refused}"))?;
    if let Some(reason) = spoilt.reason {
        let told = refused.known().context("a reason that is none")?;
        ensure!(place > 0 || told == reason, "{} was due: {refused}", reason.as_str_name());
        ensure!(!refused.message.contains(&spoilt.secret), "the refusal repeats the text: {refused}");
    }
    Ok(refused)
}

#[tokio::test(flavor = "multi_thread")]
async fn all_bad_fields_are_reported_at_once_in_their_order() -> Result<()> {
    let harness = Harness::start().await?;
    let officer = harness.client("welfare-kil-1").await?;
    let request = v1::RequestConsultationRequest {
        parent: harness.name(),
        request_id: "no uuid".into(),
        kind: 99,
        identity_mode: 0,
        home_board: "Kil".into(),
        reason: "\u{202e}".into(),
        ..Default::default()
    };
    let refused = barnahus_tests::harness::refused(officer.call(request).await, v1::ErrorReason::UnknownCode)?;
    for field in ["kind", "identity_mode", "home_board", "child_age_band", "reason", "request_id"] {
        ensure!(refused.fields.iter().any(|known| known == field), "`{field}` is not named: {refused}");
    }
    Ok(())
}

#[test]
fn every_text_of_a_request_that_may_be_private_is_marked_so() -> Result<()> {
    // What is free text by its comment is redacted in debug output, and so it is spoilt above.
    for message in pool()?.all_messages().filter(|message| message.name().ends_with("Request")) {
        for field in message.fields().filter(|field| matches!(field.name(), "text" | "reason" | "scope" | "what")) {
            let is_text = matches!(field.kind(), prost_reflect::Kind::String);
            let redacted = field.options().get_field_by_name("debug_redact").is_some_and(|value| value.as_bool() == Some(true));
            ensure!(!is_text || redacted, "`{}` would be shown in debug output", field.full_name());
        }
    }
    Ok(())
}
