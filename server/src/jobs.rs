//! What happens by the clock: signs of life, records of calls refused unheard, and the forgetting of old request rows.
//!
//! Decides nothing: a job only shows or tidies what is already so.

use std::{sync::Arc, time::Duration};

use barnahus_domain::time::DAY_US;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::api::call::Desk;

/// Between signs of life on a stream.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Between records of calls refused unheard.
const THROTTLED: Duration = Duration::from_secs(60);
/// Between forgettings.
const TIDY: Duration = Duration::from_secs(3600);
/// How long a repeat is known.
const REQUESTS_KEPT_US: i64 = DAY_US;

/// Starts the jobs; they end with the token, and with a last record of what was refused unheard.
pub fn start(desk: &Arc<Desk>, tracker: &TaskTracker, stop: CancellationToken) -> tokio::task::JoinHandle<()> {
    let desk = Arc::clone(desk);
    tracker.spawn(async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = heartbeats(&desk) => {}
            () = throttled(&desk) => {}
            () = tidy(&desk) => {}
        }
        record_throttled(&desk).await;
    })
}

async fn heartbeats(desk: &Desk) {
    let mut ticks = tokio::time::interval(HEARTBEAT);
    loop {
        ticks.tick().await;
        desk.clerk.sweep().await;
    }
}

async fn throttled(desk: &Desk) {
    let mut ticks = tokio::time::interval(THROTTLED);
    loop {
        ticks.tick().await;
        record_throttled(desk).await;
    }
}

async fn record_throttled(desk: &Desk) {
    for event in desk.quota.drain() {
        if let Err(error) = desk.clerk.note(event).await {
            tracing::error!(%error, "calls refused unheard could not be recorded");
        }
    }
}

async fn tidy(desk: &Desk) {
    let mut ticks = tokio::time::interval(TIDY);
    loop {
        ticks.tick().await;
        match desk.store.prune_requests(desk.now().plus_us(-REQUESTS_KEPT_US).0).await {
            Ok(0) => {}
            Ok(forgotten) => tracing::debug!(forgotten, "old request ids were forgotten"),
            Err(error) => tracing::warn!(%error, "old request ids could not be forgotten"),
        }
    }
}
