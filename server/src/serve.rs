//! Serving a house: opens what is kept, starts the clerk, and answers over mutual TLS until it is told to stop.
//!
//! Makes no house and holds no rule. INVARIANT: nothing is answered before the house was rebuilt from its log and compared with the
//! checkpoint outside the database.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use anyhow::Context as _;
use aws_lc_rs::hmac;
use barnahus_audit::Signer;
use barnahus_domain::{Event, Target, directory, event::HouseHappened};
use barnahus_policy::PolicySet;
use barnahus_proto::{DESCRIPTOR, METHODS, v1};
use barnahus_store::{Error as StoreError, KeyStore, Location, Store};
use tokio::{net::TcpListener, sync::oneshot};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::{service::Routes, transport::Server};
use tower::layer::layer_fn;

use crate::{
    api::{self, call::Desk},
    authority::Authority,
    clerk::{Clerk, Parts, Writer},
    clock::Clock,
    config::Config,
    init::{self, Founding},
    jobs,
    keys::Vault,
    quota::Quota,
    reserve::Reserve,
    tls,
};

/// Largest request that the transport takes, in bytes. What is larger than [`api::call::MESSAGE_MAX`] is refused with a record.
pub const REQUEST_MAX: usize = 128 * 1024;
/// Calls under way on one connection; what they may hold unread in memory is this times [`REQUEST_MAX`].
const STREAMS_MAX: u32 = 64;
/// The file that holds the newest checkpoint, outside the database.
pub const CHECKPOINT_FILE: &str = "checkpoint";
/// How long calls under way have to end when the house is stopped.
const DRAIN: Duration = Duration::from_secs(10);
/// How often a quiet connection is asked whether it is alive.
const KEEPALIVE: Duration = Duration::from_secs(20);

/// A house that is served.
pub struct Running {
    address: SocketAddr,
    stop: CancellationToken,
    ended: oneshot::Receiver<anyhow::Result<()>>,
    tracker: TaskTracker,
    clerk: Clerk,
    clerk_stop: CancellationToken,
    jobs: tokio::task::JoinHandle<()>,
    keys: KeyStore,
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until it ends by itself, which it does only when it fails.
    ///
    /// # Errors
    /// Why it ended.
    pub async fn ended(&mut self) -> anyhow::Result<()> {
        (&mut self.ended).await.context("the server ended without a word")?
    }

    /// Stops it: no new calls, those under way are answered, the stores are closed.
    pub async fn stop(self) {
        self.stop.cancel();
        self.clerk.farewell().await;
        let _ended = tokio::time::timeout(DRAIN, self.ended).await;
        let _recorded = tokio::time::timeout(DRAIN, self.jobs).await;
        self.clerk_stop.cancel();
        self.tracker.close();
        let _waited = tokio::time::timeout(DRAIN, self.tracker.wait()).await;
        self.keys.close().await;
    }
}

/// Serves the house in this folder. Returns when it listens.
///
/// # Errors
/// Whatever keeps it from being served, and what to do about it.
pub async fn start(dir: &Path, clock: Clock, listen: Option<SocketAddr>) -> anyhow::Result<Running> {
    let founding = init::load_founding(dir)?;
    let config = Config::load(dir)?;
    init::renew_server_certificate(dir, &config.names, clock.now())?;
    let reserve = match &config.store.log {
        Location::Sqlite(database) => Some(Arc::new(Reserve::beside(database))),
        Location::Postgres(_) => None,
    };
    let store = match (Store::open(&config.store.log).await, &reserve) {
        // Nobody else serves the house, or it were in use: its reserve is ours to give up.
        (Err(StoreError::Full), Some(reserve)) if reserve.give_up() => Store::open(&config.store.log).await,
        (opened, _) => opened,
    };
    let store = store.context("the database cannot be opened")?;
    if let Some(reserve) = &reserve {
        reserve.prepare();
    }
    let keys = KeyStore::open(&config.store.keys).await.context("the key store cannot be opened")?;
    let served = serve(dir, clock, listen.unwrap_or(config.listen), &founding, &config, (store.clone(), keys.clone(), reserve)).await;
    if served.is_err() {
        // Whoever mends what is wrong finds the files at rest.
        keys.close().await;
        store.close().await;
    }
    served
}

async fn serve(
    dir: &Path,
    clock: Clock,
    listen: SocketAddr,
    founding: &Founding,
    config: &Config,
    (store, keys, reserve): (Store, KeyStore, Option<Arc<Reserve>>),
) -> anyhow::Result<Running> {
    let house = founding.house_file.definition.id.clone();
    let secrets = init::load_secrets(dir)?;
    let vault = Arc::new(Vault::open(house.clone(), &secrets.house_key, keys.clone()).await?);
    vault.check(&store.content_keys().await?).await?;
    let policies = Arc::new(PolicySet::builtin()?);
    check_permissions()?;
    keep_policies(dir, &policies)?;
    let origin = founding.house_file.origin.clone();
    let parts = Parts {
        id: house.clone(),
        store: store.clone(),
        vault: Arc::clone(&vault),
        policies: Arc::clone(&policies),
        signer: Signer::from_seed(origin.as_str(), &secrets.log_seed)?,
        origin,
        clock: clock.clone(),
        checkpoint_file: dir.join(CHECKPOINT_FILE),
        reserve: reserve.clone(),
    };
    let mut writer = Writer::open(parts).await?;
    let events = first_records(founding, writer.house().size() == 0, &policies);
    writer.found(events).await.map_err(|failure| anyhow::anyhow!("the house could not record its start: {failure}"))?;

    let (tracker, stop, clerk_stop) = (TaskTracker::new(), CancellationToken::new(), CancellationToken::new());
    let (clerk, writing) = Clerk::start(writer, &tracker, clerk_stop.clone());
    let desk = Arc::new(Desk {
        house,
        clerk,
        store,
        vault,
        authority: Authority::load(dir)?,
        trust: std::fs::read_to_string(dir.join(init::TRUST_FILE)).context("the trust file cannot be read")?,
        quota: Quota::new(config.quota.per_person_per_second, config.quota.burst),
        clock,
        time_zone: jiff::tz::TimeZone::get(&founding.house_file.definition.time_zone).context("the house's time zone is not known")?,
        token_key: hmac::Key::new(hmac::HMAC_SHA256, secrets.token_key.as_slice()),
        tracker: tracker.clone(),
    });
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("`{listen}` cannot be listened on: is a server running there? `init --listen` makes a house that listens elsewhere")
    })?;
    let address = listener.local_addr()?;
    let connections = tls::incoming(listener, tls::server_config(dir)?, &tracker, stop.clone());
    let jobs = jobs::start(&desk, dir.to_owned(), reserve, &tracker, stop.clone());
    let (done, ended) = oneshot::channel();
    let (routes, watching, stopped) = (routes(&desk).await?, Arc::clone(&desk), stop.clone());
    tracker.spawn(async move {
        let server = Server::builder().http2_keepalive_interval(Some(KEEPALIVE)).max_concurrent_streams(Some(STREAMS_MAX));
        let server = server.layer(layer_fn(move |inner| api::transport::Watched::new(inner, Arc::clone(&watching))));
        let serving = { server }.add_routes(routes).serve_with_incoming_shutdown(connections, stopped.cancelled_owned());
        let ended = tokio::select! {
            served = serving => served.context("the server failed"),
            // Without its writer the house can answer nobody: better to end, and be started anew.
            _ = writing => Err(anyhow::anyhow!("the clerk ended: start the house anew, it is rebuilt from its log")),
        };
        drop(done.send(ended));
    });
    tracing::info!(%address, "the house is served");
    Ok(Running { address, stop, ended, tracker, clerk: desk.clerk.clone(), clerk_stop, jobs, keys })
}

async fn routes(desk: &Arc<Desk>) -> anyhow::Result<Routes> {
    let (health, health_service) = tonic_health::server::health_reporter();
    // Serving also while the disk is full: a probe that led callers away would keep END from them (L11).
    health.set_service_status("", tonic_health::ServingStatus::Serving).await;
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(DESCRIPTOR)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()?;
    macro_rules! service {
        ($module:ident :: $server:ident, $handlers:expr) => {
            v1::$module::$server::new($handlers(Arc::clone(desk))).max_decoding_message_size(REQUEST_MAX)
        };
    }
    Ok(Routes::new(health_service)
        .add_service(reflection)
        .add_service(service!(directory_service_server::DirectoryServiceServer, api::directory::Directory))
        .add_service(service!(case_service_server::CaseServiceServer, api::case::Cases))
        .add_service(service!(consultation_service_server::ConsultationServiceServer, api::consultation::Consultations))
        .add_service(service!(booking_service_server::BookingServiceServer, api::booking::Bookings))
        .add_service(service!(listening_room_service_server::ListeningRoomServiceServer, api::listening_room::ListeningRoom))
        .add_service(service!(question_service_server::QuestionServiceServer, api::question::Questions))
        .add_service(service!(protocol_service_server::ProtocolServiceServer, api::protocol::Protocols))
        .add_service(service!(audit_service_server::AuditServiceServer, api::audit::Audit))
        .add_service(service!(administration_service_server::AdministrationServiceServer, api::administration::Administration)))
}

/// What a house records of itself when it is served: its founding the first time, and every start.
fn first_records(founding: &Founding, is_new: bool, policies: &PolicySet) -> Vec<(Target, Event)> {
    let mut events = Vec::new();
    if is_new {
        let definition = Box::new(founding.house_file.definition.clone());
        events.push((Target::House, Event::House(HouseHappened::Founded { definition })));
        let first = &founding.first_administrator;
        let enrolled = directory::Happened::Enrolled { certificate: first.certificate.clone(), mandates: vec![first.mandate.clone()] };
        events.push((Target::Person(first.person.clone()), Event::Directory(enrolled)));
    }
    let policy_set = policies.hash().iter().map(|byte| format!("{byte:02x}")).collect();
    let version = env!("CARGO_PKG_VERSION").to_owned();
    events.push((Target::House, Event::House(HouseHappened::Started { version, policy_set })));
    events
}

/// Every rpc's permission is one that the policies decide on.
fn check_permissions() -> anyhow::Result<()> {
    match METHODS.iter().find(|method| barnahus_policy::Permission::parse(method.permission).is_none()) {
        Some(method) => anyhow::bail!("the policies do not know `{}`, which `{}` needs", method.permission, method.path),
        None => Ok(()),
    }
}

/// Keeps the text of the policies by their hash, so that past decisions can be explained (A5).
fn keep_policies(dir: &Path, policies: &PolicySet) -> anyhow::Result<()> {
    let hash: String = policies.hash().iter().map(|byte| format!("{byte:02x}")).collect();
    let kept = dir.join("policies");
    std::fs::create_dir_all(&kept)?;
    std::fs::write(kept.join(format!("{hash}.cedar")), policies.text()).context("the policies cannot be kept")
}
