//! A database that is away for a while, under a server that lives: calls answer UNAVAILABLE, and the same calls succeed afterwards.

use std::{
    fs,
    os::unix::{fs::MetadataExt as _, process::CommandExt as _},
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use barnahus_tests::postgres::Cluster;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::{
    callers::lone,
    load::{ASKERS, Load},
    place::{AUDITORS, Engine, LEADER, Place},
    process::Server,
    proof::{listed, lists_all},
};

/// Questions before, between and after.
const SOME: u32 = 30;

/// A server that serves a room at work.
struct Service {
    place: Place,
    load: Load,
    server: Server,
}

impl Service {
    async fn start(engine: Engine) -> Result<Self> {
        let place = Place::live(engine).await?;
        let mut load = Load::start(&place)?;
        let server = Server::start(&place.dir()).await?;
        load.serve(&server);
        load.until("questions are acknowledged", |progress| progress.answered >= SOME).await?;
        Ok(Self { place, load, server })
    }

    /// Everyone has been told UNAVAILABLE at least once.
    async fn is_away(&mut self) -> Result<()> {
        let goal = self.load.unavailable() + ASKERS;
        self.load.until("everyone is told that the house is unavailable", |progress| progress.unavailable >= goal).await
    }

    /// Questions are acknowledged again.
    async fn is_back(&mut self) -> Result<()> {
        let goal = self.load.answered() + SOME;
        self.load.until("the house is back", |progress| progress.answered >= goal).await
    }

    /// Everything that was acknowledged is there, once, on this server and after the next start.
    async fn has_lost_nothing(mut self) -> Result<()> {
        self.load.rest().await?;
        let all = listed(&self.place, &mut lone(&self.place, LEADER, &self.server)?).await?;
        let kept = self.load.stop().await?;
        lists_all(&kept, &all)?;
        for auditor in AUDITORS {
            kept.hold_against_an_export(&self.place, &mut lone(&self.place, auditor, &self.server)?).await?;
        }
        self.server.kill()?;
        self.place.holds_what_its_checkpoint_says().await?;
        let server = Server::start(&self.place.dir()).await?;
        ensure!(listed(&self.place, &mut lone(&self.place, LEADER, &server)?).await? == all, "the next start shows other questions");
        server.kill()?;
        kept.stands_in(&self.place.log().await?)
    }
}

pub(crate) async fn a_locked_database_costs_a_repeat_and_nothing_else(engine: Engine) -> Result<()> {
    let mut service = Service::start(engine).await?;
    let options = SqliteConnectOptions::new().filename(service.place.file("house.db")).busy_timeout(Duration::from_secs(10));
    let mut other: SqliteConnection = options.connect().await?;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await?;
    service.is_away().await?;
    sqlx::query("ROLLBACK").execute(&mut other).await?;
    service.is_back().await?;
    other.close().await?;
    service.has_lost_nothing().await
}

pub(crate) async fn a_full_disk_costs_a_repeat_and_nothing_else(engine: Engine) -> Result<()> {
    let mut service = Service::start(engine).await?;
    for spare in [0, 5_000] {
        let written = fs::metadata(service.place.file("house.db-wal"))?.len();
        service.server.limit_files(Some(written + spare))?;
        service.is_away().await?;
        service.server.limit_files(None)?;
        service.is_back().await?;
    }
    service.has_lost_nothing().await
}

pub(crate) async fn a_stopped_database_costs_a_repeat_and_nothing_else(_: Engine) -> Result<()> {
    // One of its own: the other tests go on with theirs.
    let cluster = Cluster::start()?;
    let engine = Engine::postgres(&cluster)?;
    let Engine::Postgres(address, _) = &engine else { bail!("this is about PostgreSQL") };
    let database = Postmaster::of(address)?;
    let mut service = Service::start(engine).await?;
    for mode in ["immediate", "fast"] {
        database.stop(mode)?;
        service.is_away().await?;
        database.start()?;
        service.is_back().await?;
    }
    let proven = service.has_lost_nothing().await;
    // Before the cluster's own shell removes the folder under it.
    database.stop("immediate")?;
    proven
}

/// The cluster's own tool for stopping and starting it, run as the cluster's owner.
struct Postmaster {
    pg_ctl: PathBuf,
    folder: PathBuf,
}

impl Postmaster {
    /// Finds it by a database's address, which names the folder of the socket, and by what the cluster was started with.
    fn of(address: &str) -> Result<Self> {
        let host = address.split_once("host=").context("an address without a socket")?.1;
        let bytes = host.split('%').skip(1).map(|byte| u8::from_str_radix(byte, 16));
        let folder = PathBuf::from(String::from_utf8(bytes.collect::<Result<_, _>>()?)?);
        let options = fs::read_to_string(folder.join("data/postmaster.opts"))?;
        let program = options.split_whitespace().next().context("no program")?;
        Ok(Self { pg_ctl: PathBuf::from(program).with_file_name("pg_ctl"), folder })
    }

    fn stop(&self, mode: &str) -> Result<()> {
        self.run(&["stop", "-m", mode])
    }

    fn start(&self) -> Result<()> {
        let (socket, log) = (self.folder.display(), self.folder.join("log"));
        self.run(&["start", "-o", &format!("-k {socket} -c listen_addresses="), "-l", &log.to_string_lossy()])
    }

    fn run(&self, arguments: &[&str]) -> Result<()> {
        let data = self.folder.join("data");
        let owner = fs::metadata(&data)?;
        let mut command = Command::new(&self.pg_ctl);
        command.arg("-D").arg(&data).args(["-w", "-t", "20"]).args(arguments);
        command.current_dir(&self.folder).stdin(Stdio::null()).stdout(Stdio::null());
        if nix::unistd::Uid::effective().is_root() {
            command.uid(owner.uid()).gid(owner.gid());
        }
        ensure!(command.status()?.success(), "pg_ctl {arguments:?} failed");
        Ok(())
    }
}
