//! What watchers cost who only wait: resident memory of a house with a thousand of them, beside a bare stream with as many.
//!
//! Both are served by processes of their own, this program again; the watchers are here, so that their side does not count. They are
//! coordinators, who may watch any unprotected room from where they are. INVARIANT: each has a certificate and a connection of their own,
//! and nothing comes but a first message and signs of life.

use std::{
    io::{BufRead as _, BufReader, Write as _, stdin},
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use barnahus_proto::v1::{
    SubmitQuestionRequest, WatchListeningRoomRequest, listening_room_service_client::ListeningRoomServiceClient,
    watch_listening_room_response::Message,
};
use barnahus_server::{clock::Clock, serve as server};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::time::timeout;
use tonic::Streaming;

use super::{
    echo::{self, Echo},
    memory::{ASIDE, resident_kib},
};
use crate::harness::{
    Harness, client,
    day::{Case, Point},
};

/// What the other process is told to do, before which side, and in which folder.
pub const SERVE: &str = "serve";
/// How many watch.
pub const WATCHERS: usize = 1_000;
/// Signs of life come every 15 seconds.
const PATIENCE: Duration = Duration::from_secs(40);

/// KiB resident of each side.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    /// With nobody watching: the house, the bare stream.
    pub before: (u64, u64),
    /// With all of them watching.
    pub watched: (u64, u64),
}

impl Figures {
    /// All that the house takes, to all that the bare stream takes.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.watched.0 as f64 / self.watched.1 as f64
    }

    /// What the house took on with the watchers, to what the bare stream did.
    #[must_use]
    pub fn growth(&self) -> f64 {
        let grown = |watched: u64, before: u64| watched.saturating_sub(before) as f64;
        grown(self.watched.0, self.before.0) / grown(self.watched.1, self.before.1).max(1.0)
    }
}

/// Has all of them watch each side, and measures when each has heard a sign of life.
///
/// # Errors
/// If somebody is not let in, or a process fails.
pub async fn measure() -> Result<Figures> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most).context("so many connections need as many open files")?;
    let mut harness = Harness::start().await?;
    let room = Case::at(&harness, Point::Live).await?.interview;
    let administrator = harness.client(client::ADMINISTRATOR).await?;
    let mut people = Vec::with_capacity(WATCHERS);
    for _ in 0..WATCHERS {
        people.push(administrator.enrol_with("", &[harness.of("posts", "coordinator-1")], &harness.name()).await?.0);
    }
    harness.stop().await;

    let (mut house, mut bare) = (Aside::start("house", &harness.dir())?, Aside::start("bare", &harness.dir())?);
    let before = (house.resident_kib()?, bare.resident_kib()?);
    let (mut of_house, mut of_bare) = (Vec::with_capacity(WATCHERS), Vec::with_capacity(WATCHERS));
    for papers in &people {
        let channel = client::endpoint_at(&harness, house.address, Some(papers))?.connect().await?;
        let request = WatchListeningRoomRequest { name: room.clone(), ..Default::default() };
        let mut stream = ListeningRoomServiceClient::new(channel).watch_listening_room(request).await?.into_inner();
        let first = stream.message().await?.and_then(|first| first.message);
        ensure!(matches!(first, Some(Message::Snapshot(_))), "a stream begins with {first:?}");
        of_house.push(stream);
        let channel = client::endpoint_at(&harness, bare.address, Some(papers))?.connect().await?;
        of_bare.push(echo::watch(&channel).await?);
    }
    let channel = client::endpoint_at(&harness, bare.address, people.first())?.connect().await?;
    echo::ask(&channel, echo::TELL, SubmitQuestionRequest::default()).await?;
    all_hear(&mut of_bare).await.context("the bare stream")?;
    all_hear(&mut of_house).await.context("the house")?;
    Ok(Figures { before, watched: (house.resident_kib()?, bare.resident_kib()?) })
}

/// Waits until each has got one more message.
async fn all_hear<T>(streams: &mut [Streaming<T>]) -> Result<()> {
    for stream in streams {
        timeout(PATIENCE, stream.message()).await.context("no sign of life")??.context("a stream ended")?;
    }
    Ok(())
}

/// What the other process does: says where it listens, then, as often as a line asks, how many KiB it has resident.
///
/// # Errors
/// Whatever keeps it from serving.
pub async fn serve(side: &str, dir: &Path) -> Result<()> {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    match side {
        "house" => {
            let running = server::start(dir, Clock::machine(), Some(any)).await?;
            answer(running.address()).await?;
            running.stop().await;
            Ok(())
        }
        "bare" => {
            let echo = Echo::serve(dir).await?;
            answer(echo.address).await
        }
        other => bail!("nothing is served by `{other}`"),
    }
}

async fn answer(address: SocketAddr) -> Result<()> {
    println!("{address}");
    let asked = tokio::task::spawn_blocking(|| {
        for line in stdin().lines() {
            line?;
            println!("{}", resident_kib()?);
        }
        Ok(())
    });
    asked.await?
}

/// The other process. Dropping it ends it.
struct Aside {
    child: Child,
    says: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Aside {
    fn start(side: &str, dir: &Path) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe().context("this program's file")?);
        let mut child = command.args([ASIDE, SERVE, side]).arg(dir).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let says = BufReader::new(child.stdout.take().context("no output")?);
        let mut aside = Self { child, says, address: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)) };
        aside.address = aside.line()?.parse().with_context(|| format!("the process that serves the {side} side does not listen"))?;
        Ok(aside)
    }

    fn resident_kib(&mut self) -> Result<u64> {
        writeln!(self.child.stdin.as_ref().context("no input")?)?;
        self.line()?.parse().context("no number")
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.says.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // Whoever is dead already cannot be killed; both are what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
