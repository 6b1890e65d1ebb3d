//! Private texts from standard input: there they stand in no process list and in no shell history.
//!
//! INVARIANT: standard input is read at most once in a run. PRIVACY: what was read is returned, and kept nowhere.

use std::io::{self, IsTerminal as _};

use crate::{
    errors::{Exit, Failure},
    output::note,
    text::Words,
};

/// The text that was given, or what standard input holds where none or `-` was given; a person at a terminal is asked for it.
pub(crate) fn text(given: Option<&str>, ask: &'static str, words: Words) -> Result<String, Failure> {
    match given {
        Some(text) if text != "-" => Ok(text.to_owned()),
        _ => read(ask, words),
    }
}

/// As [`text`], but absent where nothing was given.
pub(crate) fn optional(given: Option<&str>, ask: &'static str, words: Words) -> Result<String, Failure> {
    match given {
        None => Ok(String::new()),
        given => text(given, ask, words),
    }
}

/// Lines of standard input, empty ones left out.
pub(crate) fn lines(ask: &'static str, words: Words) -> Result<Vec<String>, Failure> {
    let text = read(ask, words)?;
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

fn read(ask: &'static str, words: Words) -> Result<String, Failure> {
    if io::stdin().is_terminal() {
        note(&words.say(ask));
        note(&words.say("ask-end"));
    }
    let text = io::read_to_string(io::stdin().lock()).map_err(|error| Failure::new(Exit::Usage, "fail-input").technical(error))?;
    let text = text.trim_end();
    if text.is_empty() { Err(Failure::new(Exit::Usage, "fail-input-empty")) } else { Ok(text.to_owned()) }
}
