//! Resident memory: of an idle house, and what calls add. Each figure comes from a process of its own, so that none weighs on another.
//!
//! The process is this program again, with [`ASIDE`] as its first argument; it prints one number and ends, unless it is to be watched.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use barnahus_server::{clock::Clock, init, serve};

use super::{
    MANY,
    ground::{Ground, Side},
    load::{self, Until},
    watchers,
};
use crate::harness::HOUSE;

/// The first argument of a process that measures memory.
pub const ASIDE: &str = "aside";
/// How long after its start a house counts as idle.
const SETTLED: Duration = Duration::from_secs(3);
/// Calls by which growth is measured: more than any interview day has.
pub const CALLS: u64 = 20_000;

/// KiB that an idle house, founded just now, has resident.
///
/// # Errors
/// If the other process fails.
pub async fn idle() -> Result<u64> {
    let folder = tempfile::tempdir()?;
    let dir = folder.path().join("house");
    init::found(&dir, HOUSE, None, Clock::machine().now())?;
    ask(&["idle", dir.to_str().context("a folder's name")?]).await
}

/// KiB that resident memory grows by when 64 callers connect and make [`CALLS`] calls to one side.
///
/// # Errors
/// If the other process fails.
pub async fn growth(side: Side) -> Result<u64> {
    let side = match side {
        Side::Echo => "echo",
        Side::House => "house",
    };
    ask(&["growth", side]).await
}

/// What the other process does.
///
/// # Errors
/// Whatever keeps it from measuring.
pub async fn aside(arguments: &[String]) -> Result<()> {
    let kib = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["idle", dir] => measure_idle(Path::new(dir)).await?,
        ["growth", "echo"] => measure_growth(Side::Echo).await?,
        ["growth", "house"] => measure_growth(Side::House).await?,
        [watchers::SERVE, side, dir] => return watchers::serve(side, Path::new(dir)).await,
        other => bail!("nothing is measured by {other:?}"),
    };
    println!("{kib}");
    Ok(())
}

async fn measure_idle(dir: &Path) -> Result<u64> {
    let running = serve::start(dir, Clock::machine(), Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))).await?;
    tokio::time::sleep(SETTLED).await;
    let kib = resident_kib()?;
    running.stop().await;
    Ok(kib)
}

async fn measure_growth(side: Side) -> Result<u64> {
    let ground = Arc::new(Ground::prepare(None).await?);
    let before = resident_kib()?;
    let channels = ground.connect(side, MANY).await?;
    let outcome = load::run(&ground, side, &channels, Until::Calls(CALLS)).await?;
    ensure!(outcome.calls == CALLS, "{} calls were made", outcome.calls);
    Ok(resident_kib()?.saturating_sub(before))
}

/// Starts this program again and reads its number.
async fn ask(arguments: &[&str]) -> Result<u64> {
    let mut command = Command::new(std::env::current_exe().context("this program's file")?);
    command.arg(ASIDE).args(arguments).stderr(Stdio::inherit());
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    ensure!(output.status.success(), "the process that measures {arguments:?} failed");
    String::from_utf8(output.stdout)?.trim().parse().context("no number")
}

/// What the kernel counts as resident, in KiB.
pub(super) fn resident_kib() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status").context("memory is read from /proc, which only Linux has")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    line.split_whitespace().next().and_then(|kib| kib.parse().ok()).context("no number in VmRSS")
}
