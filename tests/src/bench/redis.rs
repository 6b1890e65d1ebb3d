//! A Redis stream as others would use it for a live view, durable as ours is: Debian's server, each append flushed to the disk before it is
//! answered or shown (`appendfsync always`). Over bare TCP as it is installed, and over mutual TLS as the house is reached.
//!
//! Installs nothing, listens on loopback, keeps its file in a temporary folder. INVARIANT: nothing stays behind: a shell ends the server
//! when its input ends, because this was dropped or this process died in whatever way.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use barnahus_server::{authority, tls};
use redis::{
    AsyncConnectionConfig, Client, ClientTlsConfig, IntoConnectionInfo as _, TlsCertificates, aio::MultiplexedConnection,
    io::tcp::TcpSettings, streams::StreamReadReply,
};
use tempfile::TempDir;
use tokio::{sync::mpsc::UnboundedSender, time::sleep};

use crate::harness::client::Papers;

const PROGRAM: &str = "redis-server";
/// Arguments: the program, the folder, the port, the port for TLS, the certificate, its key, the authority of those who may call.
const WATCH: &str = r#"
"$1" --bind 127.0.0.1 --dir "$2" --save "" --appendonly yes --appendfsync always --logfile "$2/log" \
    --port "$3" --tls-port "$4" --tls-cert-file "$5" --tls-key-file "$6" --tls-ca-cert-file "$7" --tls-auth-clients yes </dev/null &
server=$!
read -r _
kill -KILL "$server"
wait
"#;
/// How long a start may take, at most.
const START: Duration = Duration::from_secs(10);

/// How it is reached. Each way has a stream of its own.
#[derive(Debug, Clone, Copy)]
pub enum Over {
    /// Bare TCP.
    Tcp,
    /// Mutual TLS.
    Tls,
}

impl Over {
    const fn stream(self) -> &'static str {
        match self {
            Self::Tcp => "room-tcp",
            Self::Tls => "room-tls",
        }
    }
}

/// How to get what is missing here, unless it is there.
#[must_use]
pub fn absent() -> Option<&'static str> {
    let asked = Command::new(PROGRAM).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    (!asked.is_ok_and(|status| status.success())).then_some("redis-server is not installed: apt-get install redis-server")
}

/// A server that runs. Dropping it kills it and removes what it kept.
pub struct Redis {
    port: u16,
    tls_port: u16,
    /// The authority that signed the server's certificate. PEM.
    authority: Vec<u8>,
    watch: Child,
    _folder: TempDir,
}

impl Redis {
    /// Starts a server with the certificate of the house in this folder, for the same callers.
    ///
    /// # Errors
    /// If it does not answer in time.
    pub async fn start(house: &Path) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("barnahus-redis-").tempdir()?;
        let authority = house.join(authority::CERTIFICATE_FILE);
        // Both are held until both are known, so that they differ.
        let free = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let (port, tls_port) = {
            let (plain, tls) = (free()?, free()?);
            (plain.local_addr()?.port(), tls.local_addr()?.port())
        };
        let mut command = Command::new("/bin/sh");
        command.args(["-c", WATCH, "sh", PROGRAM]).arg(folder.path()).args([port.to_string(), tls_port.to_string()]);
        command.args([&house.join(tls::CERTIFICATE_FILE), &house.join(tls::KEY_FILE), &authority]);
        let watch = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().context("no shell to run redis-server in")?;
        let redis = Self { port, tls_port, authority: fs::read(authority)?, watch, _folder: folder };
        let begun = Instant::now();
        while redis.connect(None).await.is_err() {
            ensure!(begun.elapsed() < START, "redis-server does not answer");
            sleep(Duration::from_millis(20)).await;
        }
        Ok(redis)
    }

    /// A connection of its own, on which one may wait for as long as it takes: over mutual TLS for one who has papers.
    ///
    /// # Errors
    /// If the server does not answer.
    pub async fn connect(&self, papers: Option<&Papers>) -> Result<MultiplexedConnection> {
        let at = |url: String| anyhow::Ok(url.into_connection_info()?.set_tcp_settings(TcpSettings::default().set_nodelay(true)));
        let client = match papers {
            None => Client::open(at(format!("redis://127.0.0.1:{}", self.port))?)?,
            Some(Papers { certificate, key }) => {
                let own = ClientTlsConfig { client_cert: certificate.clone().into(), client_key: key.clone().into() };
                let tls = TlsCertificates { client_tls: Some(own), root_cert: Some(self.authority.clone()) };
                Client::build_with_tls(at(format!("rediss://localhost:{}", self.tls_port))?, tls)?
            }
        };
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        Ok(client.get_multiplexed_async_connection_with_config(&config).await?)
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
pub async fn append(connection: &mut MultiplexedConnection, over: Over, text: &str) -> Result<()> {
    Ok(redis::cmd("XADD").arg(over.stream()).arg("*").arg("text").arg(text).query_async(connection).await?)
}

/// Reads the stream from its beginning, and says when each text came, until nobody asks any more.
///
/// # Errors
/// If the server ends.
pub async fn follow(mut connection: MultiplexedConnection, over: Over, saw: UnboundedSender<Instant>) -> Result<()> {
    let mut last = "0".to_owned();
    loop {
        let mut read = redis::cmd("XREAD");
        let came: StreamReadReply =
            read.arg("BLOCK").arg(0).arg("STREAMS").arg(over.stream()).arg(&last).query_async(&mut connection).await?;
        let now = Instant::now();
        for entry in came.keys.into_iter().flat_map(|key| key.ids) {
            last = entry.id;
            if saw.send(now).is_err() {
                return Ok(());
            }
        }
    }
}
