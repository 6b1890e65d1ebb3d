//! The server in a process of its own.
//!
//! INVARIANT: no server outlives its test. It is killed when its handle is dropped, also by a panic; and should this process die without
//! a word, the server's input ends, and it with that.

use std::{
    io::{self, BufRead as _, BufReader, Read as _},
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::{Child, Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use barnahus_server::{clock::Clock, serve as server};
use tokio::{task::spawn_blocking, time::timeout};

/// The first argument that makes this program a server.
pub(crate) const SERVE: &str = "serve-until-killed";

/// How long a start may take, at most.
const START: Duration = Duration::from_secs(30);

/// Serves the house in this folder until it is killed, or its input ends. Says where it listens, or why it does not.
pub(crate) fn serve(dir: &Path) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            println!("no threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    match runtime.block_on(server::start(dir, Clock::machine(), Some(any))) {
        Ok(running) => {
            println!("{}", running.address());
            let ended = io::stdin().read_to_end(&mut Vec::new());
            runtime.shutdown_background();
            if ended.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            println!("{}", format!("{error:#}").replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}

/// A server that runs. Dropping it kills it.
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts a server on this house, and kills it as soon as this file is there.
    ///
    /// # Errors
    /// If the file does not come.
    pub(crate) fn cut_off(dir: &Path, file: &Path) -> Result<()> {
        let begun = Instant::now();
        let server = Self::spawn(dir)?;
        while !file.exists() {
            ensure!(begun.elapsed() < START, "a start does not come to make `{}`", file.display());
            std::hint::spin_loop();
        }
        server.kill()
    }

    /// Starts a server on this house.
    ///
    /// # Errors
    /// What the server says if it does not start, word for word.
    pub(crate) async fn start(dir: &Path) -> Result<Self> {
        let mut server = Self::spawn(dir)?;
        let output = server.child.stdout.take().context("the server has no output")?;
        let said = spawn_blocking(|| {
            let mut line = String::new();
            BufReader::new(output).read_line(&mut line).map(|_| line)
        });
        let said = timeout(START, said).await.context("the server does not say that it listens")???;
        match said.trim_end().parse() {
            Ok(address) => server.address = address,
            Err(_) => bail!("{}", said.trim_end()),
        }
        Ok(server)
    }

    fn spawn(dir: &Path) -> Result<Self> {
        let mut command = Command::new("/bin/sh");
        // A write beyond the limit on a file's size shall fail, as on a full disk, not kill.
        command.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]).arg(std::env::current_exe()?).arg(SERVE).arg(dir);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("the server cannot be started")?;
        // From here on it is killed when this is dropped.
        Ok(Self { child, address: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)) })
    }

    /// SIGKILL: no goodbye, nothing flushed.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// From now on no file of the server's may grow beyond this size; None lifts it. What goes beyond fails as on a full disk.
    pub(crate) fn limit_files(&self, bytes: Option<u64>) -> Result<()> {
        let limit = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
        let pid = self.child.id().to_string();
        // The soft limit alone, which can be raised again.
        let limited = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={limit}:")]).status();
        ensure!(limited.context("`prlimit` of util-linux is not there")?.success(), "prlimit failed");
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Whoever is dead already cannot be killed; both are what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
