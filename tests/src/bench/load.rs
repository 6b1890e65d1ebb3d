//! Callers: each calls again as soon as it is answered, until it is time to stop.
//!
//! INVARIANT: a call that fails ends the measurement: what is counted was acknowledged.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use barnahus_proto::v1::{SubmitQuestionRequest, question_service_client::QuestionServiceClient};
use hdrhistogram::Histogram;
use tokio::task::JoinSet;
use tonic::{Status, transport::Channel};

use super::{
    echo,
    ground::{Ground, Side},
};

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub enum Until {
    /// After so long.
    Elapsed(Duration),
    /// After so many calls of all together.
    Calls(u64),
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Calls that were answered.
    pub calls: u64,
    /// From the first call to the last answer.
    pub took: Duration,
    /// What both sides of all these calls took of the processors.
    pub processors: Duration,
    /// Microseconds from call to answer.
    pub latency: Histogram<u64>,
}

impl Outcome {
    /// Calls a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.calls as f64 / self.took.as_secs_f64()
    }

    /// Microseconds of processor time for each call, both sides together: what a busy machine does not blur.
    #[must_use]
    pub fn processor_us(&self) -> f64 {
        self.processors.as_secs_f64() * 1e6 / self.calls as f64
    }
}

/// Milliseconds within which this share of the calls was answered, such as 0.99.
#[must_use]
pub fn milliseconds(latency: &Histogram<u64>, share: f64) -> f64 {
    latency.value_at_quantile(share) as f64 / 1000.0
}

/// Has one caller on each connection call one side.
///
/// # Errors
/// The first call that failed.
pub async fn run(ground: &Arc<Ground>, side: Side, channels: &[Channel], until: Until) -> Result<Outcome> {
    let (begun, spent) = (Instant::now(), processor_time()?);
    let claimed = Arc::new(AtomicU64::new(0));
    let mut callers = JoinSet::new();
    for (caller, channel) in channels.iter().enumerate() {
        let (ground, channel, claimed) = (Arc::clone(ground), channel.clone(), Arc::clone(&claimed));
        callers.spawn(async move {
            let mut latency = Histogram::<u64>::new(3)?;
            while !is_over(until, begun, &claimed) {
                let request = ground.question(side, caller);
                let called = Instant::now();
                call(side, &channel, request).await?;
                latency.record(u64::try_from(called.elapsed().as_micros())?)?;
            }
            anyhow::Ok(latency)
        });
    }
    let mut latency = Histogram::<u64>::new(3)?;
    while let Some(caller) = callers.join_next().await {
        latency.add(caller??)?;
    }
    Ok(Outcome { calls: latency.len(), took: begun.elapsed(), processors: processor_time()?.saturating_sub(spent), latency })
}

/// What this process took of the processors since it began, to a hundredth of a second.
fn processor_time() -> Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").context("processor time is read from /proc, which only Linux has")?;
    // SPEC: proc(5): after the name in brackets, user and system time are the 12th and 13th field, in ticks of a hundredth of a second.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks = fields.skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(Duration::from_millis(ticks * 10))
}

/// True if a caller is to make no further call. Claims the call where they are counted.
fn is_over(until: Until, begun: Instant, claimed: &AtomicU64) -> bool {
    match until {
        Until::Elapsed(duration) => begun.elapsed() >= duration,
        Until::Calls(calls) => claimed.fetch_add(1, Ordering::Relaxed) >= calls,
    }
}

async fn call(side: Side, channel: &Channel, request: SubmitQuestionRequest) -> Result<(), Status> {
    match side {
        Side::House => QuestionServiceClient::new(channel.clone()).submit_question(request).await.map(drop),
        Side::Echo => echo::ask(channel, echo::ECHO, request).await.map(drop),
    }
}
