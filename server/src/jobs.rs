//! What happens by the clock: signs of life, the reserve made anew when there is room again, records of calls refused unheard, the
//! forgetting of old request rows, and warnings of certificates that end soon.
//!
//! Decides nothing: a job only shows or tidies what is already so.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use barnahus_domain::time::DAY_US;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    api::call::Desk,
    reserve::{self, Reserve},
    tls,
};

/// Between signs of life on a stream.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Between records of calls refused unheard.
const THROTTLED: Duration = Duration::from_secs(60);
/// Between forgettings.
const TIDY: Duration = Duration::from_secs(3600);
/// Between looks at the certificates, the first at the start.
const CERTIFICATES: Duration = Duration::from_secs(24 * 3600);
/// How long a repeat is known.
const REQUESTS_KEPT_US: i64 = DAY_US;

/// Starts the jobs; they end with the token, and with a last record of what was refused unheard.
pub fn start(
    desk: &Arc<Desk>,
    dir: PathBuf,
    reserve: Option<Arc<Reserve>>,
    tracker: &TaskTracker,
    stop: CancellationToken,
) -> tokio::task::JoinHandle<()> {
    let desk = Arc::clone(desk);
    tracker.spawn(async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = heartbeats(&desk) => {}
            () = room(&desk, reserve) => {}
            () = throttled(&desk) => {}
            () = tidy(&desk) => {}
            () = certificates(&desk, &dir) => {}
        }
        record_throttled(&desk).await;
    })
}

async fn heartbeats(desk: &Desk) {
    // Not at once: after a start those who watched are given time to come back.
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + HEARTBEAT, HEARTBEAT);
    loop {
        ticks.tick().await;
        desk.clerk.sweep().await;
    }
}

/// Makes the reserve anew as soon as there is room. Aside, since a slow disk takes its time.
async fn room(desk: &Desk, reserve: Option<Arc<Reserve>>) {
    let Some(reserve) = reserve else { return std::future::pending().await };
    let mut ticks = tokio::time::interval(reserve::LOOK);
    loop {
        ticks.tick().await;
        let reserve = Arc::clone(&reserve);
        match desk.tracker.spawn_blocking(move || reserve.renew()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the reserve could not be made"),
            Err(error) => tracing::warn!(%error, "the reserve was not made"),
        }
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

/// Warns of the certificates that end soon: the server's own is made anew when it is started, the others by people.
async fn certificates(desk: &Desk, dir: &Path) {
    let mut ticks = tokio::time::interval(CERTIFICATES);
    loop {
        ticks.tick().await;
        match tls::ending_soon(dir, desk.now()) {
            Ok(soon) => {
                for (path, ends_at) in soon {
                    let days = ends_at.since_us(desk.now()) / DAY_US;
                    tracing::warn!(path = %path.display(), days, "a certificate ends soon: start the house anew for its own, replace others");
                }
            }
            Err(error) => tracing::warn!(%error, "the certificates cannot be looked at"),
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
