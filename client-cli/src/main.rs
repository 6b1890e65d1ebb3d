//! `barnahus`: every step of an interview day by hand, from a person's own machine.
//!
//! A run reads as: the environment and the command line (`environment`, `args`, with help and usage errors in the person's language from
//! `help`, `usage`), the profile that says who calls (`profile`), a request filled in from what was typed (`run`, `names`, `times`,
//! `stdin`), the call with its receipt (`session`, `rpc`, `receipts`), and the answer shown (`output`), put on paper (`paper`), or the
//! failure told (`errors`), in the words of `text`. `listen` sits in the room longer: `tui`, which follows it with `follow`; `kept` are
//! ends that could not be recorded. It holds no rule of the house: what may be done, the house says.

mod args;
mod clock;
#[cfg(test)]
mod door;
mod environment;
mod errors;
mod follow;
mod help;
mod kept;
mod malformed;
mod names;
mod output;
mod paper;
mod profile;
mod receipts;
mod rpc;
mod run;
mod session;
mod stdin;
mod text;
mod times;
mod tui;
mod usage;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

use crate::{args::Cli, errors::Exit, text::Words};

fn main() -> ExitCode {
    let environment = environment::read();
    let words = Words { lang: help::lang(std::env::args_os(), environment.locale.as_deref()) };
    let tree = help::localised(Cli::command(), words);
    let parsed = tree
        .clone()
        .try_get_matches_from(help::as_flag(std::env::args_os()))
        .and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, help::command_words(&matches))));
    let (cli, command) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return usage::report(&error, words),
    };
    let (verbose, form) = (cli.global.verbose, cli.global.output);
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::note(&error.to_string());
            return Exit::Other.into();
        }
    };
    match runtime.block_on(run::run(cli, command, tree, words, &environment)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report(words, verbose, form);
            failure.exit.into()
        }
    }
}
