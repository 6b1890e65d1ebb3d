//! The demo: an invented interview day, played through the public contract.
//!
//! 1. A scenario and a house file are read strictly (`scenario`, `acts`), before anything is made.
//! 2. D0 is chosen so that the whole day lies before now (`calendar`), and a house is founded an hour before its first step.
//! 3. The server runs in-process on a clock that the player turns. Each post is its own client, with its own key and certificate, over
//!    mutual TLS on loopback (`cast`); every receipt is verified as it comes (`ledger`).
//! 4. Step after step is played (`player`, `verbs`) and told (`story`). One that does not go as the scenario says ends the day.
//! 5. The leaders read the protocols of the interviews that were held (`protocol`), and an auditor's export is verified offline
//!    (`verify`).
//! 6. A house that is kept or served has a profile for everyone; with `--serve` the clock is let go, and each post gets a command to try
//!    (`afterwards`).
//! 7. However it ends, also by a signal, the server is stopped, and a temporary house is removed before that is said.
//!
//! Knows no step by heart, and no way to the house but the contract.

mod acts;
mod afterwards;
mod calendar;
mod cast;
mod code;
mod ledger;
mod player;
mod protocol;
mod rpc;
mod scenario;
mod story;
mod tells;
#[cfg(test)]
mod tests;
mod transcript;
mod verbs;
mod verify;

use std::{
    fs,
    io::{self, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    pin::{Pin, pin},
};

use anyhow::Context as _;
use barnahus_domain::{Time, time::MINUTE_US};
use barnahus_policy::Role;
use barnahus_proto::v1::GetProtocolRequest;
use jiff::tz::TimeZone;
use tempfile::TempDir;

pub use scenario::ScenarioError;
pub use transcript::{Outcome, StepError, Told, Transcript};

use self::{
    calendar::{Dates, Holidays},
    cast::{Cast, Papers},
    ledger::Ledger,
    player::{Halt, Player},
    scenario::Scenario,
    story::Story,
};
use crate::{
    clock::Clock,
    config::Config,
    house_file,
    init::{self, Founded},
    serve::{self, Running},
};

/// The house that is played where none is named.
pub const HOUSE: &str = include_str!("../../../tests/scenarios/varmland.toml");
/// The day that is played where none is named.
pub const INTERVIEW_DAY: &str = include_str!("../../../tests/scenarios/interview-day.toml");

/// How long before the first step the house is founded.
const FOUNDED_BEFORE_US: i64 = 60 * MINUTE_US;

/// What to play, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
pub struct Options {
    /// The folder to make the house in, new or empty; without it, a temporary one that is removed at the end
    #[arg(long, value_name = "FOLDER")]
    pub dir: Option<PathBuf>,
    /// Leave the house served on this machine's clock afterwards, until Ctrl-C or SIGTERM
    #[arg(long)]
    pub serve: bool,
    /// Another day of the same form as tests/scenarios/interview-day.toml
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// Another house file
    #[arg(long, value_name = "FILE")]
    pub house: Option<PathBuf>,
}

/// Why a day was not played to its end.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The scenario cannot be played.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// A step did not go as the scenario says.
    #[error(transparent)]
    Step(#[from] Box<StepError>),
    /// A signal ended it.
    #[error("{0}: the day was not played to its end")]
    Stopped(&'static str),
    /// Something around the day went wrong.
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

/// What is played, and where.
#[derive(Debug, Clone, Copy)]
pub struct Stage<'a> {
    /// A new or empty folder.
    pub dir: &'a Path,
    /// The text of the house file.
    pub house: &'a str,
    /// The text of the scenario.
    pub scenario: &'a str,
    /// Where the house listens.
    pub listen: SocketAddr,
    /// The machine's time: the day lies before it.
    pub now: Time,
}

/// A day that was played, its house still served, at the time of the last step.
pub struct Played {
    /// What came of it.
    pub transcript: Transcript,
    /// The house's clock.
    pub clock: Clock,
    /// The server.
    pub running: Running,
    /// What its founding made.
    pub founded: Founded,
    cast: Cast,
    /// Each post that did something, with the short name of its case's interview.
    took_part: Vec<(String, String)>,
}

/// Plays the day that the options name, and tells it, until `stop` says why it must end.
///
/// # Errors
/// If the day cannot be played, or a step does not go as the scenario says. Nobody who reads on is no error: it ends quietly then.
pub async fn run(options: Options, stop: impl Future<Output = &'static str>, out: &mut impl Write) -> Result<(), DemoError> {
    match run_until(options, pin!(stop), out).await {
        Err(DemoError::Other(error)) if is_broken_pipe(&error) => Ok(()),
        ended => ended,
    }
}

async fn run_until(
    options: Options,
    mut stop: Pin<&mut impl Future<Output = &'static str>>,
    out: &mut impl Write,
) -> Result<(), DemoError> {
    let house = read(options.house.as_deref(), HOUSE)?;
    let scenario = read(options.scenario.as_deref(), INTERVIEW_DAY)?;
    let temporary = match &options.dir {
        Some(_) => None,
        None => Some(tempfile::Builder::new().prefix("barnahus-demo-").tempdir().context("no temporary folder can be made")?),
    };
    let dir_kept = options.dir.clone();
    let dir = options.dir.as_deref().or(temporary.as_ref().map(TempDir::path)).context("no folder to make the house in")?;
    let is_left = options.serve || options.dir.is_some();
    let listen = if is_left { free_address().context("no port is free")? } else { SocketAddr::from((Ipv4Addr::LOCALHOST, 0)) };
    let stage = Stage { dir, house: &house, scenario: &scenario, listen, now: Clock::machine().now() };
    let mut ended = match play_until(stage, stop.as_mut(), out).await {
        Ok(mut played) => {
            let mut left = if is_left { leave_profiles(&played) } else { Ok(()) };
            if options.serve && left.is_ok() {
                left = stay(&mut played, stop, out).await;
            }
            played.running.stop().await;
            left.map_err(DemoError::from)
        }
        Err(error) => Err(error),
    };
    if matches!(ended, Ok(()) | Err(DemoError::Stopped(_))) {
        let told = told_where(temporary, dir_kept.as_deref(), options.serve, out);
        if ended.is_ok() {
            ended = told.map_err(DemoError::from);
        }
    }
    ended
}

/// Plays a day and tells it, its protocols and the verification of its log. The house goes on being served.
///
/// # Errors
/// If the day cannot be played, or a step does not go as the scenario says; the server is stopped then.
pub async fn play(stage: Stage<'_>, out: &mut dyn Write) -> Result<Played, DemoError> {
    play_until(stage, pin!(std::future::pending()), out).await
}

async fn play_until(
    stage: Stage<'_>,
    stop: Pin<&mut impl Future<Output = &'static str>>,
    out: &mut dyn Write,
) -> Result<Played, DemoError> {
    let scenario = Scenario::parse(stage.scenario)?;
    let house = house_file::parse(stage.house).context("the house file")?;
    if let Some((step, post)) = scenario.players().find(|(_, post)| !house.definition.posts.iter().any(|known| known.id.as_str() == *post))
    {
        return Err(step.error(format!("there is no post `{post}` in the house file")).into());
    }
    let dates = dates(&scenario, house.holidays.as_deref(), &house.definition.time_zone, stage.now)?;
    let first = scenario.first().context("a scenario without steps")?;
    let founding = dates.instant(first).context("the first step's day")?.plus_us(-FOUNDED_BEFORE_US);

    let founded = init::found(stage.dir, stage.house, Some(stage.listen), founding).context("the house is not founded")?;
    let clock = Clock::standing_at(founding);
    let running = serve::start(stage.dir, clock.clone(), Some(stage.listen)).await.context("the house is not served")?;
    let told = tokio::select! {
        told = tell(&founded, &running, &clock, &scenario, &dates, out) => told,
        signal = stop => Err(DemoError::Stopped(signal)),
    };
    match told {
        Ok((transcript, cast, took_part)) => Ok(Played { transcript, clock, running, founded, cast, took_part }),
        Err(error) => {
            running.stop().await;
            Err(error)
        }
    }
}

/// Everything from the enrolment to the verified export.
async fn tell(
    founded: &Founded,
    running: &Running,
    clock: &Clock,
    scenario: &Scenario,
    dates: &Dates,
    out: &mut dyn Write,
) -> Result<(Transcript, Cast, Vec<(String, String)>), DemoError> {
    let trust = founded.trust.parse().context("the trust file of the founding")?;
    let mut ledger = Ledger::new(trust);
    let administrator = Papers::read(&founded.administrator)?;
    let authority = authority(founded)?;
    let cast = Cast::enrol(running.address(), &authority, &founded.definition, administrator, &mut ledger).await?;
    prologue(founded, running.address(), &cast, out).context(TERMINAL)?;

    let mut player = Player::new(&cast, dates, scenario, &founded.definition, clock, founded.dir.join("exports"), ledger);
    let mut story = Story::new(dates, scenario.cases.keys());
    let mut steps = Vec::with_capacity(scenario.steps.len());
    for step in &scenario.steps {
        let told = player.play(step).await.map_err(Box::new)?;
        story.step(&told, out).context(TERMINAL)?;
        steps.push(told);
    }

    let mut protocols = Vec::new();
    for (interview, leader) in player.held() {
        let answer = player.read(&leader, GetProtocolRequest { name: interview }).await.map_err(|halt| epilogue("the protocol", halt))?;
        let protocol = protocol::text(&answer.protocol.context("the house answers with no protocol")?, dates.zone());
        writeln!(out, "\n{protocol}").context(TERMINAL)?;
        protocols.push(protocol);
    }

    let auditor = cast.first(Role::Auditor).context("the house has no auditor, so nobody can export its log")?;
    let report = verify::export(&player, &auditor.post).await.map_err(|halt| epilogue("the export", halt))?;
    story::section(&format!("The log, as {} exports it, verified offline", auditor.post), out).context(TERMINAL)?;
    let witnesses = format!("signed by `{}`, {} witnesses", report.origin, report.witnesses.len());
    verify::told(&report).iter().chain([&witnesses]).try_for_each(|line| writeln!(out, "{line}")).context(TERMINAL)?;
    let receipts = player.ledger.count();
    let transcript = Transcript { steps, protocols, receipts: receipts.try_into().unwrap_or(u64::MAX), records: report.size };
    story::summary(&transcript, out).context(TERMINAL)?;
    let took_part = player.took_part();
    Ok((transcript, cast, took_part))
}

/// Writes a profile for everyone who has none yet.
fn leave_profiles(played: &Played) -> anyhow::Result<()> {
    let Played { founded, running, cast, .. } = played;
    afterwards::write_profiles(founded, running.address(), &authority(founded)?, cast.members()).context("the profiles are not written")
}

/// Leaves the house served on the machine's clock, until it is told to stop or until it fails.
async fn stay(played: &mut Played, stop: Pin<&mut impl Future<Output = &'static str>>, out: &mut dyn Write) -> anyhow::Result<()> {
    let Played { founded, running, cast, took_part, .. } = played;
    played.clock.release();
    let interview = |post: &str| took_part.iter().find(|(who, _)| who == post).map(|(_, interview)| interview.clone());
    let title = format!("The house is served at {}; Ctrl-C ends it. Try next", init::server_url(running.address()));
    story::section(&title, out).context(TERMINAL)?;
    let members = cast.members().iter().map(|member| (member, interview(&member.post)));
    afterwards::commands(&founded.dir, members, out).and_then(|()| out.flush()).context(TERMINAL)?;
    tokio::select! {
        signal = stop => writeln!(out, "\n{signal}: ending the calls under way").context(TERMINAL),
        ended = running.ended() => ended,
    }
}

/// The scenario's days in the house's calendar.
fn dates(scenario: &Scenario, holidays: Option<&str>, zone: &str, now: Time) -> anyhow::Result<Dates> {
    let known = Holidays::of(holidays)
        .with_context(|| format!("the demo does not know the public holidays of `{}`", holidays.unwrap_or_default()))?;
    let zone = TimeZone::get(zone).context("the house's time zone")?;
    let last = scenario.last().context("a scenario without steps")?;
    Dates::choose(known, zone, last, now).context("no day can be found for the scenario")
}

fn prologue(founded: &Founded, address: SocketAddr, cast: &Cast, out: &mut dyn Write) -> io::Result<()> {
    let (definition, posts) = (&founded.definition, cast.members().len());
    writeln!(out, "{}: one interview day, as it is told in the scenario", definition.name)?;
    writeln!(out, "house  {} at {}, mutual TLS", founded.dir.display(), init::server_url(address))?;
    writeln!(out, "cast   {posts} posts, each its own client with its own key and certificate")?;
    writeln!(out, "clock  {}, turned from step to step", definition.time_zone)
}

/// Removes the house if it is temporary, and tells where it is now.
fn told_where(temporary: Option<TempDir>, kept: Option<&Path>, was_served: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    if let Some(temporary) = temporary {
        let path = temporary.path().to_owned();
        temporary.close().with_context(|| format!("`{}` cannot be removed: remove it by hand", path.display()))?;
        let hint = if was_served { "`--dir FOLDER` keeps it." } else { "`--dir FOLDER` keeps it, `--serve` leaves it served." };
        writeln!(out, "The house is removed; {hint}").context(TERMINAL)?;
    }
    if let Some(kept) = kept {
        let kept = kept.display();
        writeln!(out, "The house is kept at {kept}; serve it again with\n`barnahus-server serve --dir {kept}`.").context(TERMINAL)?;
    }
    out.flush().context(TERMINAL)
}

/// True if nobody reads what is printed, as after `demo | head`.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.to_string() == TERMINAL
        && error.root_cause().downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn authority(founded: &Founded) -> anyhow::Result<String> {
    let path = founded.administrator.join("authority.pem");
    fs::read_to_string(&path).with_context(|| format!("`{}` cannot be read", path.display()))
}

/// Something after the last step that is not as it must be.
fn epilogue(what: &str, halt: Halt) -> anyhow::Error {
    match halt {
        Halt::Refused(refusal) => anyhow::anyhow!("{what} was refused with {}: {}", refusal.reason, refusal.message),
        Halt::Unexpected { expected, found } => anyhow::anyhow!("{what}: expected {expected}, found {found}"),
    }
}

const TERMINAL: &str = "the story cannot be written";

fn read(path: Option<&Path>, embedded: &str) -> anyhow::Result<String> {
    path.map_or_else(
        || Ok(embedded.to_owned()),
        |path| fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display())),
    )
}

/// The address that profiles know by default, or one with a port that is free.
fn free_address() -> io::Result<SocketAddr> {
    let bound = TcpListener::bind(Config::DEFAULT_LISTEN).or_else(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    bound.local_addr()
}
