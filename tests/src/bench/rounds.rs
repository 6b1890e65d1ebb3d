//! Interleaved rounds on one engine: echo, acts, echo, acts …, with the same callers, and the log verified at the end.
//!
//! A round's two halves follow each other at once, so that what the machine does besides weighs on both; the ratio is taken within a round.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use hdrhistogram::Histogram;

use super::{
    MANY,
    ground::{Ground, Side},
    load::{self, Outcome, Until, milliseconds},
    median,
};

/// Calls before anything is measured, of each side.
const WARM_UP: Duration = Duration::from_millis(500);

/// What to measure.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Rounds.
    pub rounds: usize,
    /// How long each half of a round is.
    pub half: Duration,
}

/// What was measured.
#[derive(Debug, Clone)]
pub struct Figures {
    /// Acts a second of one caller.
    pub acts_1: f64,
    /// Acts a second of 64 callers, the median round.
    pub acts_64: f64,
    /// Milliseconds within which half of these acts were answered.
    pub p50_ms: f64,
    /// Milliseconds within which 99 of 100 of these acts were answered.
    pub p99_ms: f64,
    /// Echoes a second of 64 callers, the median round.
    pub echo_64: f64,
    /// The median of the rounds' ratios, acts to echoes.
    pub ratio: f64,
    /// Acts that were acknowledged, and stand in the verified log.
    pub acts: u64,
    /// Records in the verified log.
    pub records: u64,
}

/// Plays the rounds, then exports and verifies the log.
///
/// # Errors
/// If a call fails, or the log is not what was acknowledged.
pub async fn play(ground: &Arc<Ground>, plan: Plan, told: &mut dyn FnMut(String)) -> Result<Figures> {
    let one = ground.connect(Side::House, 1).await?;
    let house = ground.connect(Side::House, MANY).await?;
    let echo = ground.connect(Side::Echo, MANY).await?;
    let mut acts = 0;
    load::run(ground, Side::Echo, &echo, Until::Elapsed(WARM_UP)).await?;
    acts += load::run(ground, Side::House, &house, Until::Elapsed(WARM_UP)).await?.calls;

    let mut latency = Histogram::<u64>::new(3)?;
    let mut rounds = Vec::with_capacity(plan.rounds);
    for number in 1..=plan.rounds {
        let echoed = load::run(ground, Side::Echo, &echo, Until::Elapsed(plan.half)).await.context("the echo")?;
        let acted = load::run(ground, Side::House, &house, Until::Elapsed(plan.half)).await.context("the house")?;
        let ratio = acted.rate() / echoed.rate();
        let half = |half: &Outcome| format!("{:.0}/s ({:.0} µs of processor)", half.rate(), half.processor_us());
        told(format!("round {number}: echo {}, acts {}, ratio {ratio:.3}", half(&echoed), half(&acted)));
        acts += acted.calls;
        latency.add(&acted.latency)?;
        rounds.push((acted.rate(), echoed.rate(), ratio));
    }
    let alone = load::run(ground, Side::House, &one, Until::Elapsed(plan.half)).await?;
    acts += alone.calls;
    told(format!(
        "one caller: {:.0}/s, p50 {:.2} ms, p99 {:.2} ms",
        alone.rate(),
        milliseconds(&alone.latency, 0.5),
        milliseconds(&alone.latency, 0.99)
    ));

    let report = ground.verify(acts).await.context("the log")?;
    told(format!("verified: {} records, of which {acts} acknowledged questions; {} checkpoints", report.size, report.checkpoints));
    let of = |figure: fn(&(f64, f64, f64)) -> f64| median(rounds.iter().map(figure)).context("no round was played");
    Ok(Figures {
        acts_1: alone.rate(),
        acts_64: of(|round| round.0)?,
        p50_ms: milliseconds(&latency, 0.5),
        p99_ms: milliseconds(&latency, 0.99),
        echo_64: of(|round| round.1)?,
        ratio: of(|round| round.2)?,
        acts,
        records: report.size,
    })
}
