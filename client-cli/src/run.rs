//! Doing what was asked: one file per noun, each command a request of the contract, its answer shown.
//!
//! Nothing here decides who may: the house does.

mod admin;
mod audit;
mod case;
mod consultation;
mod interview;
mod paper;
mod posts;
mod question;
pub(crate) mod watch;

use barnahus_proto::v1::{GetHouseRequest, GetSelfRequest, ListPostsRequest};
use clap::Command as Clap;
use jiff::Timestamp;

use crate::{
    args::{AuditCommand, Cli, Command, Happened, HouseCommand, Output},
    clock,
    environment::Environment,
    errors::Failure,
    kept,
    malformed::Malformed,
    names::{Kind, Name},
    output::{Screen, note},
    profile::Profile,
    session::Session,
    text::Words,
    times::{self, When},
    tui,
};

/// Does what the command line says. `command` are its words, such as `interview book`; `help` is the whole tree, for completions.
pub(crate) async fn run(cli: Cli, command: String, help: Clap, words: Words, environment: &Environment) -> Result<(), Failure> {
    let open = || Profile::open(cli.global.profile.as_deref(), environment.profiles.as_deref());
    let mut screen = Screen {
        output: cli.global.output,
        words,
        zone: jiff::tz::TimeZone::UTC,
        terminal: environment.terminal,
        verbose: cli.global.verbose,
    };
    match cli.command {
        Command::Completions { shell } => return crate::help::completions(shell, help, words),
        Command::Audit(AuditCommand::Verify { export, trust }) => {
            // Only a profile that was named: an export can be verified by who has none.
            let profile = cli.global.profile.is_some().then(open);
            return audit::verify(&export, trust.as_deref(), profile, &screen);
        }
        _ => (),
    }
    let profile = open()?;
    screen.zone = profile.zone.clone();
    for told in kept::send(&profile, &screen, &[]).await {
        note(&told.tell(words, &screen.zone));
    }
    let mut session = Session::new(profile, screen, cli.global, command)?;
    match cli.command {
        Command::Whoami => session.show(GetSelfRequest {}).await?,
        Command::House(HouseCommand::Show) => session.show(GetHouseRequest { name: session.house().to_owned() }).await?,
        Command::House(HouseCommand::Posts) => session.show(ListPostsRequest { parent: session.house().to_owned() }).await?,
        Command::Case(command) => case::run(&mut session, command).await?,
        Command::Consultation(command) => consultation::run(&mut session, command).await?,
        Command::Interview(command) => interview::run(&mut session, command).await?,
        Command::Question(command) => question::run(&mut session, command).await?,
        Command::Listen { of, plain, follow } => {
            let name = session.full(&of.interview);
            if follow || session.screen.output != Output::Table {
                watch::watch(&mut session, name, String::new()).await?;
            } else {
                return tui::listen(session, name, plain, environment).await;
            }
        }
        Command::Audit(command) => audit::run(&mut session, command).await?,
        Command::Admin(command) => admin::run(&mut session, command).await?,
        Command::Completions { .. } => (),
    }
    session.finish()
}

/// What commands need of a session to fill in a request.
trait Fill {
    /// A full name.
    fn full<K: Kind>(&self, name: &Name<K>) -> String;
    /// A full name; empty where none was given.
    fn full_or_empty<K: Kind>(&self, name: Option<&Name<K>>) -> String;
    /// Full names.
    fn full_all<K: Kind>(&self, names: &[Name<K>]) -> Vec<String>;
    /// The instant that was typed.
    fn instant(&self, when: When) -> Result<Timestamp, Malformed>;
    /// The same, as the contract has it.
    fn time(&self, when: When) -> Result<Option<prost_types::Timestamp>, Malformed>;
    /// When it happened: absent where that is now, so that the house's clock says it and not this machine's.
    fn happened(&self, happened: Happened) -> Result<Option<prost_types::Timestamp>, Malformed>;
}

impl Fill for Session {
    fn full<K: Kind>(&self, name: &Name<K>) -> String {
        name.full(self.house())
    }

    fn full_or_empty<K: Kind>(&self, name: Option<&Name<K>>) -> String {
        name.map(|name| self.full(name)).unwrap_or_default()
    }

    fn full_all<K: Kind>(&self, names: &[Name<K>]) -> Vec<String> {
        names.iter().map(|name| self.full(name)).collect()
    }

    fn instant(&self, when: When) -> Result<Timestamp, Malformed> {
        when.instant(&self.profile.zone, clock::now())
    }

    fn time(&self, when: When) -> Result<Option<prost_types::Timestamp>, Malformed> {
        self.instant(when).map(|instant| Some(times::proto(instant)))
    }

    fn happened(&self, happened: Happened) -> Result<Option<prost_types::Timestamp>, Malformed> {
        match happened.at {
            None | Some(When::Now) => Ok(None),
            Some(when) => self.time(when),
        }
    }
}
