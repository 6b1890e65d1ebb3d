//! The benchmark: `cargo run --release -p barnahus-tests --bin bench`, with `-- --rounds 5 --seconds 2 --engine sqlite|postgres|both`, or with
//! `-- --only watch` for the live view alone.
//!
//! Tells what it does on the way, then a table, and closes with `name=value` lines. Ends by itself within three minutes, uses loopback
//! only, and leaves nothing behind. All callers have a connection of their own, to the house and to the echo alike.

use std::{process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, bail, ensure};
use barnahus_tests::{
    bench::{
        ground::{Ground, Side},
        memory, raw, redis,
        rounds::{self, Figures, Plan},
        seen, watchers,
    },
    postgres::{self, Cluster},
};

/// How long the raw commits go on.
const RAW: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Copy)]
struct Options {
    plan: Plan,
    sqlite: bool,
    postgres: bool,
    /// Nothing but the live view.
    only_watch: bool,
}

/// What was measured; absent where it was not.
#[derive(Default)]
struct Report {
    sqlite: Option<Figures>,
    postgres: Option<Figures>,
    raw: Option<f64>,
    seen: Option<seen::Figures>,
    watchers: Option<watchers::Figures>,
    growth_kib: Option<(u64, u64)>,
    idle_kib: Option<u64>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("bench: the machine gives no threads ({error})");
            return ExitCode::FAILURE;
        }
    };
    let done = match arguments.split_first() {
        Some((first, rest)) if first == memory::ASIDE => runtime.block_on(memory::aside(rest)),
        _ => options(&arguments).and_then(|options| runtime.block_on(run(options))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn options(arguments: &[String]) -> Result<Options> {
    let (mut rounds, mut seconds, mut engine, mut only_watch) = (5_usize, 2.0_f64, "both".to_owned(), false);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().with_context(|| format!("`{argument}` needs a value"));
        match argument.as_str() {
            "--rounds" => rounds = value()?.parse().context("`--rounds` is a number")?,
            "--seconds" => seconds = value()?.parse().context("`--seconds` is a number")?,
            "--engine" => value()?.clone_into(&mut engine),
            "--only" => match value()?.as_str() {
                "watch" => only_watch = true,
                other => bail!("there is no part `{other}`: the one that can be played alone is `watch`"),
            },
            other => bail!("unknown option `{other}`: there are --rounds N, --seconds S, --engine sqlite|postgres|both and --only watch"),
        }
    }
    ensure!(rounds > 0 && (0.01..=60.0).contains(&seconds), "at least one round, of 0.01 to 60 seconds");
    ensure!(rounds as f64 * seconds <= 15.0, "at most 15 seconds in all rounds: the interviews take no more questions");
    ensure!(["sqlite", "postgres", "both"].contains(&engine.as_str()), "there is no engine `{engine}`: sqlite, postgres or both");
    let plan = Plan { rounds, half: Duration::from_secs_f64(seconds) };
    let (sqlite, postgres) = (engine != "postgres", engine != "sqlite" && !only_watch);
    Ok(Options { plan, sqlite, postgres, only_watch })
}

async fn run(options: Options) -> Result<()> {
    let mut report = Report::default();
    if options.sqlite && !options.only_watch {
        heading("SQLite: 64 callers, each on a connection of its own, over mutual TLS");
        let ground = Arc::new(Ground::prepare(None).await?);
        report.sqlite = Some(rounds::play(&ground, options.plan, &mut tell).await?);
        let raw = raw::rate(&ground.house.log().await?, RAW).await?;
        tell(format!("raw group commit of the same rows: {raw:.0}/s"));
        report.raw = Some(raw);
        leave(ground).await;

        heading("Memory, each in a process of its own");
        let growth = (memory::growth(Side::House).await?, memory::growth(Side::Echo).await?);
        tell(format!("{} calls: the house grows by {:.1} MB, the echo by {:.1} MB", memory::CALLS, mb(growth.0), mb(growth.1)));
        report.growth_kib = Some(growth);
        let idle = memory::idle().await?;
        tell(format!("an idle house: {:.1} MB", mb(idle)));
        report.idle_kib = Some(idle);
    }
    if options.sqlite {
        watch(options.plan, &mut report).await?;
    }
    if options.postgres {
        report.postgres = on_postgres(options.plan).await?;
    } else {
        eprintln!("PostgreSQL is unavailable: not asked for");
    }
    table(&report);
    values(&report);
    Ok(())
}

/// The live view, on SQLite.
async fn watch(plan: Plan, report: &mut Report) -> Result<()> {
    heading("SQLite: one sender at a steady pace, eight who see it");
    let absent = redis::absent();
    if let Some(how) = absent {
        eprintln!("Redis is unavailable: {how}");
    }
    let seen = seen::play(plan, &mut tell).await?;
    tell(format!("{:.3} commits for each question", seen.commits_per_act));
    judge("until half are seen, to the limit", seen.p50_vs_limit, 1.5);
    judge("until 99 of 100 are seen, to the limit", seen.p99_vs_limit, 2.0);
    if let Some(ratio) = seen.p50_vs_redis {
        judge("until half are seen, to Redis", ratio, 1.0);
    }
    if let Some(ratio) = seen.p50_vs_redis_tls {
        tell(format!("until half are seen, to Redis over mutual TLS as the house's own is: {ratio:.2}"));
    }
    report.seen = Some(seen);

    heading("Memory of a thousand who watch, each server in a process of its own");
    let watchers = watchers::measure().await?;
    let side = |before, watched| format!("{:.1} MB, {:.1} MB before they came", mb(watched), mb(before));
    tell(format!("the house: {}", side(watchers.before.0, watchers.watched.0)));
    tell(format!("the bare stream: {}", side(watchers.before.1, watchers.watched.1)));
    tell(format!("by their coming the house grew {:.2} times as much", watchers.growth()));
    judge("all that the house takes, to the bare stream", watchers.ratio(), 1.5);
    report.watchers = Some(watchers);
    Ok(())
}

/// Says whether a ratio is what it is to be.
fn judge(what: &str, ratio: f64, most: f64) {
    tell(format!("{what}: {ratio:.2}, at most {most:.1}: {}", if ratio <= most { "ok" } else { "not reached" }));
}

async fn on_postgres(plan: Plan) -> Result<Option<Figures>> {
    heading("PostgreSQL: the same, on a throw-away cluster with fsync");
    if let Some(reason) = postgres::absent() {
        eprintln!("PostgreSQL is unavailable: {reason}");
        return Ok(None);
    }
    let cluster = tokio::task::spawn_blocking(Cluster::start).await??;
    let ground = Arc::new(Ground::prepare(Some((cluster.database()?, cluster.database()?))).await?);
    let figures = rounds::play(&ground, plan, &mut tell).await?;
    leave(ground).await;
    Ok(Some(figures))
}

async fn leave(ground: Arc<Ground>) {
    if let Some(mut ground) = Arc::into_inner(ground) {
        ground.house.stop().await;
    }
}

fn heading(text: &str) {
    println!("\n{text}");
}

fn tell(text: String) {
    println!("  {text}");
}

fn mb(kib: u64) -> f64 {
    kib as f64 * 1024.0 / 1_000_000.0
}

fn table(report: &Report) {
    println!(
        "\n{:<12} {:>10} {:>12} {:>9} {:>9} {:>12} {:>9}",
        "engine", "acts/s, 1", "acts/s, 64", "p50 ms", "p99 ms", "echo/s, 64", "ratio"
    );
    for (engine, figures) in [("SQLite", &report.sqlite), ("PostgreSQL", &report.postgres)] {
        if let Some(Figures { acts_1, acts_64, p50_ms, p99_ms, echo_64, ratio, .. }) = figures {
            println!("{engine:<12} {acts_1:>10.0} {acts_64:>12.0} {p50_ms:>9.2} {p99_ms:>9.2} {echo_64:>12.0} {ratio:>9.3}");
        }
    }
    println!();
}

/// The lines that need a server from elsewhere.
const VS_REDIS: [&str; 2] = ["seen_p50_vs_redis", "seen_p50_vs_redis_tls"];

/// The lines that programs read.
fn values(report: &Report) {
    let sqlite = |figure: fn(&Figures) -> f64| report.sqlite.as_ref().map(figure);
    let seen = |figure: fn(&seen::Figures) -> f64| report.seen.as_ref().map(figure);
    let growth = report.growth_kib.map(|(house, echo)| house as f64 / echo.max(1) as f64);
    let lines = [
        ("acts_1_per_s", sqlite(|figures| figures.acts_1), 0),
        ("acts_64_per_s", sqlite(|figures| figures.acts_64), 0),
        ("acts_64_p99_ms", sqlite(|figures| figures.p99_ms), 2),
        ("echo_64_per_s", sqlite(|figures| figures.echo_64), 0),
        ("acts_64_vs_echo", sqlite(|figures| figures.ratio), 3),
        ("pg_acts_64_vs_echo", report.postgres.as_ref().map(|figures| figures.ratio), 3),
        ("raw_commit_64_per_s", report.raw, 0),
        ("growth_vs_echo", growth, 2),
        ("commits_per_act_1", seen(|seen| seen.commits_per_act), 3),
        ("idle_rss_mb", report.idle_kib.map(mb), 1),
        ("seen_p50_ms", seen(|seen| seen.p50_ms), 2),
        ("seen_p99_ms", seen(|seen| seen.p99_ms), 2),
        ("seen_p50_vs_limit", seen(|seen| seen.p50_vs_limit), 2),
        ("seen_p99_vs_limit", seen(|seen| seen.p99_vs_limit), 2),
        (VS_REDIS[0], report.seen.as_ref().and_then(|seen| seen.p50_vs_redis), 2),
        (VS_REDIS[1], report.seen.as_ref().and_then(|seen| seen.p50_vs_redis_tls), 2),
        ("watcher_vs_bare", report.watchers.map(|watchers| watchers.ratio()), 2),
    ];
    for (name, figure, digits) in lines {
        match figure {
            Some(figure) => println!("{name}={figure:.digits$}"),
            // What was to be measured, and there was no server to measure it with.
            None if VS_REDIS.contains(&name) && report.seen.is_some() => println!("{name}=absent"),
            None => println!("{name}=unavailable"),
        }
    }
}
