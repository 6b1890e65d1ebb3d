//! One caller while eight people watch: what an act costs in commits, and how long it takes until all have seen it.

use std::{sync::Arc, time::Instant};

use anyhow::{Context as _, Result, ensure};
use barnahus_proto::v1::{
    SubmitQuestionRequest, WatchListeningRoomRequest, listening_room_service_client::ListeningRoomServiceClient,
    question_service_client::QuestionServiceClient,
};
use hdrhistogram::Histogram;
use tokio::{sync::mpsc, task::JoinSet};

use super::{
    ground::{Ground, Side},
    load::milliseconds,
};

/// Who watches, each with a stream of their own.
const WATCHERS: [&str; 8] = [
    "prosecutor-1",
    "investigator-1",
    "welfare-kil-1",
    "paediatrician-1",
    "prosecutor-1",
    "investigator-1",
    "welfare-kil-1",
    "paediatrician-1",
];

/// What was measured.
#[derive(Debug, Clone)]
pub struct Figures {
    /// Checkpoints, which are commits, for each act. Exactly 1 if what is shown is recorded in the group that commits the act.
    pub commits_per_act: f64,
    /// Milliseconds until all watchers had seen half of the acts.
    pub seen_p50_ms: f64,
    /// Milliseconds until all watchers had seen 99 of 100 acts.
    pub seen_p99_ms: f64,
}

/// Has one caller submit so many questions, each when all watchers have seen the one before.
///
/// # Errors
/// If a call fails or a stream ends.
pub async fn measure(ground: &Arc<Ground>, acts: u32) -> Result<Figures> {
    let room = ground.interviews.first().context("no interview runs")?;
    let mut watchers = JoinSet::new();
    let mut seen = Vec::with_capacity(WATCHERS.len());
    for post in WATCHERS {
        let mut client = ListeningRoomServiceClient::new(ground.house.client(post).await?.channel());
        let request = WatchListeningRoomRequest { name: room.clone(), ..Default::default() };
        let mut stream = client.watch_listening_room(request).await?.into_inner();
        stream.message().await?.context("a stream without a snapshot")?;
        let (sender, receiver) = mpsc::unbounded_channel();
        seen.push(receiver);
        watchers.spawn(async move {
            while let Ok(Some(message)) = stream.message().await {
                if sender.send(message.index).is_err() {
                    break;
                }
            }
        });
    }
    let channel = ground.connect(Side::House, 1).await?.pop().context("no connection")?;
    let mut caller = QuestionServiceClient::new(channel);
    let before = ground.house.log().await?.checkpoints.len();
    let mut latency = Histogram::<u64>::new(3)?;
    for _ in 0..acts {
        let called = Instant::now();
        let question = SubmitQuestionRequest { parent: room.clone(), ..ground.question(Side::House) };
        let index = caller.submit_question(question).await?.into_inner().receipt.context("an answer without receipt")?.index;
        for watcher in &mut seen {
            while watcher.recv().await.context("a stream ended")? < index {}
        }
        latency.record(u64::try_from(called.elapsed().as_micros())?)?;
    }
    let commits = ground.house.log().await?.checkpoints.len() - before;
    ensure!(commits > 0, "no checkpoint was kept");
    watchers.abort_all();
    Ok(Figures {
        commits_per_act: commits as f64 / f64::from(acts),
        seen_p50_ms: milliseconds(&latency, 0.5),
        seen_p99_ms: milliseconds(&latency, 0.99),
    })
}
