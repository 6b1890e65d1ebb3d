//! A house to try from outside: founded in a temporary folder, served in-process on a clock that the test turns, called over mutual TLS.
//!
//! 1. [`Harness::start`] founds and serves it; [`Options`] choose other databases, quotas or another start.
//! 2. [`Harness::client`] enrols a post's person on first use, and gives a [`Client`] with a connection of its own.
//! 3. [`Harness::log`] reads what the house recorded, from the bytes that it keeps.
//! 4. [`day`] brings a case to a wanted point of the interview day.
//! 5. [`apart`] serves a house in a process of its own, to be killed.
//!
//! Knows no rule of the house, and no way in but the contract.

pub mod apart;
pub mod client;
pub mod day;
pub mod log;
pub mod refused;
pub mod rpc;

use std::{
    collections::HashMap,
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use barnahus_domain::{
    Time,
    time::{DAY_US, MINUTE_US},
};
use barnahus_server::{
    clock::Clock,
    config::CONFIG_FILE,
    init::{self, Founded},
    serve::{self, Running},
};
use barnahus_store::Location;
use tempfile::TempDir;
use tokio::sync::Mutex;

pub use client::{Client, Papers};
pub use log::Log;
pub use refused::{Refused, refused};
pub use rpc::{Answer, Rpc};

/// The house file of the reference house.
pub const HOUSE: &str = include_str!("../scenarios/varmland.toml");

/// How a house is made.
#[derive(Debug, Clone)]
pub struct Options {
    /// The text of the house file.
    pub house: String,
    /// Addresses of PostgreSQL databases for the log and for the keys; SQLite in the house's folder where absent.
    pub postgres: Option<(String, String)>,
    /// Calls a second that one person may make for long.
    pub per_person_per_second: u32,
    /// Calls at once.
    pub burst: u32,
    /// When the house is founded. Handshakes go by the machine's clock, so it must lie within the last year.
    pub founded: Time,
}

impl Default for Options {
    /// The reference house on SQLite, quotas that no test reaches by chance, founded 30 days ago.
    fn default() -> Self {
        let founded = Clock::machine().now().plus_us(-30 * DAY_US);
        Self { house: HOUSE.to_owned(), postgres: None, per_person_per_second: 1_000_000, burst: 1_000_000, founded }
    }
}

/// A house that is served. Dropping it removes the folder; [`Harness::stop`] stops the server first.
pub struct Harness {
    folder: TempDir,
    options: Options,
    clock: Clock,
    founded: Founded,
    running: Option<Running>,
    address: SocketAddr,
    clients: Mutex<HashMap<String, Client>>,
}

impl Harness {
    /// The reference house, served.
    ///
    /// # Errors
    /// Whatever keeps it from being served.
    pub async fn start() -> Result<Self> {
        Self::start_with(Options::default()).await
    }

    /// A house, served as the options say.
    ///
    /// # Errors
    /// Whatever keeps it from being served.
    pub async fn start_with(options: Options) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("barnahus-test-").tempdir()?;
        let dir = folder.path().join("house");
        let founded = init::found(&dir, &options.house, None, options.founded)?;
        fs::write(dir.join(CONFIG_FILE), options.server_toml())?;
        let clock = Clock::standing_at(options.founded);
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let running = serve::start(&dir, clock.clone(), Some(any)).await?;
        let address = running.address();
        Ok(Self { folder, options, clock, founded, running: Some(running), address, clients: Mutex::default() })
    }

    /// The client of a post. The person is enrolled on first use; later calls give the same one.
    ///
    /// # Errors
    /// If there is no such post, or the house cannot be reached.
    pub async fn client(&self, post: &str) -> Result<Client> {
        let mut clients = self.clients.lock().await;
        if let Some(client) = clients.get(post) {
            return Ok(client.clone());
        }
        let administrator = match clients.get(client::ADMINISTRATOR) {
            Some(administrator) => administrator.clone(),
            None => {
                let papers = Papers::read(&self.founded.administrator)?;
                let person = format!("{}/persons/{}", self.name(), self.founded.first_administrator.person);
                let administrator = Client::connect(self, client::ADMINISTRATOR, &person, papers).await?;
                clients.insert(administrator.post.clone(), administrator.clone());
                administrator
            }
        };
        if post == client::ADMINISTRATOR {
            return Ok(administrator);
        }
        let client = Client::enrol(self, &administrator, post).await.with_context(|| format!("`{post}` is not enrolled"))?;
        clients.insert(post.to_owned(), client.clone());
        Ok(client)
    }

    /// A further person in a post, beside the one that [`Harness::client`] gives.
    ///
    /// # Errors
    /// As [`Harness::client`].
    pub async fn another(&self, post: &str) -> Result<Client> {
        let administrator = self.client(client::ADMINISTRATOR).await?;
        Client::enrol(self, &administrator, post).await
    }

    /// Everyone in the house file, in its order.
    ///
    /// # Errors
    /// As [`Harness::client`].
    pub async fn everyone(&self) -> Result<Vec<Client>> {
        let mut everyone = Vec::new();
        for post in &self.founded.definition.posts {
            everyone.push(self.client(post.id.as_str()).await?);
        }
        Ok(everyone)
    }

    /// Stops the server; what it kept can still be read.
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }

    /// Stops and starts it on the same address; clients connect again by themselves.
    ///
    /// # Errors
    /// Whatever keeps it from being served again.
    pub async fn restart(&mut self) -> Result<()> {
        self.stop().await;
        self.running = Some(serve::start(&self.dir(), self.clock.clone(), Some(self.address)).await?);
        Ok(())
    }

    /// The house's folder.
    #[must_use]
    pub fn dir(&self) -> PathBuf {
        self.folder.path().join("house")
    }

    /// A folder beside the house's, for exports and copies.
    #[must_use]
    pub fn beside(&self) -> &Path {
        self.folder.path()
    }

    /// Where the house listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What its founding made.
    #[must_use]
    pub fn founded(&self) -> &Founded {
        &self.founded
    }

    /// `houses/{house}`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("houses/{}", self.founded.house)
    }

    /// The full name of something of the house: `houses/varmland/posts/prosecutor-1`.
    #[must_use]
    pub fn of(&self, collection: &str, id: &str) -> String {
        format!("{}/{collection}/{id}", self.name())
    }

    /// The time that the house is told.
    #[must_use]
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// When the house was founded.
    #[must_use]
    pub fn founded_at(&self) -> Time {
        self.options.founded
    }

    /// Turns the house's clock.
    pub fn turn_to(&self, time: Time) {
        self.clock.turn_to(time);
    }

    /// Turns the house's clock forward.
    pub fn pass_minutes(&self, minutes: i64) {
        self.turn_to(self.now().plus_us(minutes * MINUTE_US));
    }

    /// What the house recorded. Sound only while no call is under way: what was answered is there.
    ///
    /// # Errors
    /// If what is kept cannot be read.
    pub async fn log(&self) -> Result<Log> {
        match &self.options.postgres {
            Some((log, _)) => Log::read(&Location::Postgres(log.clone())).await,
            None => Log::read_copy(&self.dir().join("house.db")).await,
        }
    }

    /// How many records there are.
    ///
    /// # Errors
    /// As [`Harness::log`].
    pub async fn size(&self) -> Result<usize> {
        Ok(self.log().await?.records.len())
    }
}

impl Options {
    /// `server.toml`.
    fn server_toml(&self) -> String {
        let (log, keys) = self.postgres.clone().unwrap_or_else(|| ("house.db".to_owned(), "keys.db".to_owned()));
        format!(
            "listen = \"127.0.0.1:0\"\n[store]\nlog = \"{log}\"\nkeys = \"{keys}\"\n[quota]\nper_person_per_second = {}\nburst = {}\n",
            self.per_person_per_second, self.burst
        )
    }
}

/// A time of the contract.
#[must_use]
pub fn timestamp(time: Time) -> prost_types::Timestamp {
    let nanos = i32::try_from(time.0.rem_euclid(1_000_000) * 1_000).unwrap_or_default();
    prost_types::Timestamp { seconds: time.0.div_euclid(1_000_000), nanos }
}

/// A request id of its own for every call.
#[must_use]
pub fn request_id() -> String {
    barnahus_server::clock::request_id().to_string()
}

/// Waits until something holds, at most ten seconds.
///
/// # Errors
/// If it does not come to hold.
pub async fn eventually<F: Future<Output = Result<bool>>>(what: &str, mut holds: impl FnMut() -> F) -> Result<()> {
    let begun = std::time::Instant::now();
    while !holds().await? {
        ensure!(begun.elapsed() < std::time::Duration::from_secs(10), "in ten seconds it does not come to this: {what}");
        tokio::task::yield_now().await;
    }
    Ok(())
}
