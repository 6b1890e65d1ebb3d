//! The server in a process of its own: the test's own program, started anew with a first argument that no person gives.
//!
//! INVARIANT: no server outlives its test. It is killed when its handle is dropped, also by a panic; and should this process die without
//! a word, the server's input ends, and it with that.

use std::{
    io::{self, BufRead as _, BufReader, Write as _},
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::{Child, Command, ExitCode, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use barnahus_domain::Time;
use barnahus_server::{clock::Clock, serve as server};
use tokio::{task::spawn_blocking, time::timeout};

/// The first argument that makes this program a server.
const SERVE: &str = "serve-until-killed";
/// How long a start may take, at most.
const START: Duration = Duration::from_secs(30);
/// How finely a turned clock runs on.
const TICK: Duration = Duration::from_millis(10);

/// Serves, if this program was started to be a server, until it is killed or its input ends; a test program's `main` asks first of all.
#[must_use]
pub fn served() -> Option<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    arguments.next().filter(|first| first == SERVE)?;
    let (dir, listen, time) = (arguments.next()?, arguments.next()?.parse().ok()?, arguments.next());
    let time = time.and_then(|time| time.parse().ok()).map(Time);
    Some(serve(Path::new(&dir), listen, time))
}

/// Says where it listens, or why it does not.
fn serve(dir: &Path, listen: SocketAddr, time: Option<Time>) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            println!("no threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    let clock = time.map_or_else(Clock::machine, Clock::standing_at);
    match runtime.block_on(server::start(dir, clock.clone(), Some(listen))) {
        Ok(running) => {
            println!("{}", running.address());
            let ended = time.map_or_else(until_the_end, |time| turned(&clock, time));
            runtime.shutdown_background();
            if ended.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            println!("{}", format!("{error:#}").replace('\n', " "));
            ExitCode::FAILURE
        }
    }
}

fn until_the_end() -> io::Result<()> {
    io::copy(&mut io::stdin(), &mut io::sink()).map(drop)
}

/// Lets the clock run on from this time, and from every later one that a line of the input names: it never goes back.
fn turned(clock: &Clock, time: Time) -> io::Result<()> {
    let (turn, turns) = mpsc::channel();
    let clock = clock.clone();
    thread::spawn(move || {
        let (mut from, mut since) = (time, Instant::now());
        loop {
            let turned = turns.recv_timeout(TICK);
            let runs = from.plus_us(i64::try_from(since.elapsed().as_micros()).unwrap_or_default());
            match turned {
                Ok(time) if time > runs => (from, since) = (time, Instant::now()),
                Ok(_) | Err(RecvTimeoutError::Timeout) => (),
                Err(RecvTimeoutError::Disconnected) => return,
            }
            clock.turn_to(from.max(runs));
        }
    });
    for line in io::stdin().lines() {
        if let Ok(time) = line?.parse() {
            // Nobody takes it only when this process ends.
            let _ = turn.send(Time(time));
        }
    }
    Ok(())
}

/// A server that runs. Dropping it kills it.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// Starts a server on this house, and kills it as soon as this file is there.
    ///
    /// # Errors
    /// If the file does not come.
    pub fn cut_off(dir: &Path, file: &Path) -> Result<()> {
        let begun = Instant::now();
        let server = Self::spawn(dir, any(), None)?;
        while !file.exists() {
            ensure!(begun.elapsed() < START, "a start does not come to make `{}`", file.display());
            std::hint::spin_loop();
        }
        server.kill()
    }

    /// Starts a server on this house, on the machine's clock.
    ///
    /// # Errors
    /// What the server says if it does not start, word for word.
    pub async fn start(dir: &Path) -> Result<Self> {
        Self::spawn(dir, any(), None)?.listening().await
    }

    /// Starts a server on this house at this address, on a clock that runs on from this time.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn start_at(dir: &Path, address: SocketAddr, time: Time) -> Result<Self> {
        Self::spawn(dir, address, Some(time))?.listening().await
    }

    /// Turns its clock forward, if it was started at a time.
    ///
    /// # Errors
    /// If it is gone.
    pub fn turn_to(&mut self, time: Time) -> Result<()> {
        let input = self.child.stdin.as_mut().context("the server has no input")?;
        writeln!(input, "{}", time.0).context("the server is gone")
    }

    fn spawn(dir: &Path, listen: SocketAddr, time: Option<Time>) -> Result<Self> {
        let mut command = Command::new("/bin/sh");
        // A write beyond the limit on a file's size shall fail, as on a full disk, not kill.
        command.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]).arg(std::env::current_exe()?).arg(SERVE).arg(dir);
        command.arg(listen.to_string()).args(time.map(|time| time.0.to_string()));
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("the server cannot be started")?;
        // From here on it is killed when this is dropped.
        Ok(Self { child, address: listen })
    }

    async fn listening(mut self) -> Result<Self> {
        let output = self.child.stdout.take().context("the server has no output")?;
        let said = spawn_blocking(|| {
            let mut line = String::new();
            BufReader::new(output).read_line(&mut line).map(|_| line)
        });
        let said = timeout(START, said).await.context("the server does not say that it listens")???;
        match said.trim_end().parse() {
            Ok(address) => self.address = address,
            Err(_) => bail!("{}", said.trim_end()),
        }
        Ok(self)
    }

    /// SIGKILL: no goodbye, nothing flushed.
    ///
    /// # Errors
    /// If it cannot be killed.
    pub fn kill(mut self) -> Result<()> {
        self.die()
    }

    /// The same, where the handle stays until another server takes its place.
    ///
    /// # Errors
    /// As [`Server::kill`].
    pub fn die(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// From now on no file of the server's may grow beyond this size; None lifts it. What goes beyond fails as on a full disk.
    ///
    /// # Errors
    /// If `prlimit` is not there.
    pub fn limit_files(&self, bytes: Option<u64>) -> Result<()> {
        let limit = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
        let pid = self.child.id().to_string();
        // The soft limit alone, which can be raised again.
        let limited = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={limit}:")]).status();
        ensure!(limited.context("`prlimit` of util-linux is not there")?.success(), "prlimit failed");
        Ok(())
    }
}

/// Any free port.
fn any() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

impl Drop for Server {
    fn drop(&mut self) {
        // Whoever is dead already cannot be killed; both are what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
