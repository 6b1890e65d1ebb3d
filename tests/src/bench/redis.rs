//! A Redis stream as others would use it for a live view, durable as ours is: Debian's server, each append flushed to the disk before it is
//! answered or shown (`appendfsync always`).
//!
//! Installs nothing, listens on loopback, keeps its file in a temporary folder. INVARIANT: nothing stays behind: a shell ends the server
//! when its input ends, because this was dropped or this process died in whatever way.

use std::{
    net::{Ipv4Addr, TcpListener},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use redis::{AsyncConnectionConfig, Client, aio::MultiplexedConnection, streams::StreamReadReply};
use tempfile::TempDir;
use tokio::{sync::mpsc::UnboundedSender, time::sleep};

const PROGRAM: &str = "redis-server";
/// Arguments: the program, the port, the folder.
const WATCH: &str = r#"
"$1" --bind 127.0.0.1 --port "$2" --dir "$3" --save "" --appendonly yes --appendfsync always --logfile "$3/log" </dev/null &
server=$!
read -r _
kill -KILL "$server"
wait
"#;
/// How long a start may take, at most.
const START: Duration = Duration::from_secs(10);
const STREAM: &str = "room";

/// How to get what is missing here, unless it is there.
#[must_use]
pub fn absent() -> Option<&'static str> {
    let asked = Command::new(PROGRAM).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    (!asked.is_ok_and(|status| status.success())).then_some("redis-server is not installed: apt-get install redis-server")
}

/// A server that runs. Dropping it kills it and removes what it kept.
pub struct Redis {
    client: Client,
    watch: Child,
    _folder: TempDir,
}

impl Redis {
    /// Starts a server.
    ///
    /// # Errors
    /// If it does not answer in time.
    pub async fn start() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("barnahus-redis-").tempdir()?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port().to_string();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", WATCH, "sh", PROGRAM, &port]).arg(folder.path());
        let watch = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().context("no shell to run redis-server in")?;
        let redis = Self { client: Client::open(format!("redis://127.0.0.1:{port}"))?, watch, _folder: folder };
        let begun = Instant::now();
        while redis.client.get_multiplexed_async_connection().await.is_err() {
            ensure!(begun.elapsed() < START, "redis-server does not answer");
            sleep(Duration::from_millis(20)).await;
        }
        Ok(redis)
    }

    /// A connection of its own, on which one may wait for as long as it takes.
    ///
    /// # Errors
    /// If the server does not answer.
    pub async fn connect(&self) -> Result<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        Ok(self.client.get_multiplexed_async_connection_with_config(&config).await?)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // The shell's input ends here, and the server with it.
        drop(self.watch.stdin.take());
        let _ = self.watch.wait();
    }
}

/// Appends a text. Returns when it is durable.
///
/// # Errors
/// If the server does not say so.
pub async fn append(connection: &mut MultiplexedConnection, text: &str) -> Result<()> {
    Ok(redis::cmd("XADD").arg(STREAM).arg("*").arg("text").arg(text).query_async(connection).await?)
}

/// Reads the stream from its beginning, and says when each text came, until nobody asks any more.
///
/// # Errors
/// If the server ends.
pub async fn follow(mut connection: MultiplexedConnection, saw: UnboundedSender<Instant>) -> Result<()> {
    let mut last = "0".to_owned();
    loop {
        let mut read = redis::cmd("XREAD");
        let came: StreamReadReply = read.arg("BLOCK").arg(0).arg("STREAMS").arg(STREAM).arg(&last).query_async(&mut connection).await?;
        let now = Instant::now();
        for entry in came.keys.into_iter().flat_map(|key| key.ids) {
            last = entry.id;
            if saw.send(now).is_err() {
                return Ok(());
            }
        }
    }
}
