//! Answers on standard output: text for people, or the contract's JSON. Everything else goes to standard error.
//!
//! What a thing looks like to a person stands in `output/`, one file per noun; `page.rs` lays it out. INVARIANT: what other people wrote
//! never reaches a terminal with its control characters.

mod audit;
mod case;
mod consultation;
mod directory;
mod interview;
mod json;
mod page;
pub(crate) mod protocol;
mod question;
mod watch;

use std::io::{self, Write as _};

use jiff::tz::TimeZone;

#[cfg(test)]
pub(crate) use self::json::contract;
pub(crate) use self::{
    interview::Admitted,
    json::document,
    page::{Page, Shown, clean},
    question::{reason, stands},
    watch::{Live, tell_the_child},
};
use crate::{args::Output, errors::Failure, rpc::Answer, text::Words};

/// Where answers go, and in what form.
#[derive(Clone, Debug)]
pub(crate) struct Screen {
    /// The form.
    pub(crate) output: Output,
    /// The language.
    pub(crate) words: Words,
    /// The zone of every time that is shown.
    pub(crate) zone: TimeZone,
    /// Whether a person looks at a terminal.
    pub(crate) terminal: bool,
    /// Whether what only programs need is shown too.
    pub(crate) verbose: bool,
}

impl Screen {
    /// Shows an answer.
    pub(crate) fn answer<A: Answer>(&self, rpc: &str, answer: &A) -> Result<(), Failure> {
        match self.output {
            Output::Table => self.shown(answer.shown()),
            Output::Json => self.print(&json::document(rpc, answer)?),
            Output::Ndjson => self.print(&json::lines(rpc, answer, A::ITEMS)?),
        }
    }

    /// Shows one message of a stream: for people its line, if it has one; else one line of JSON.
    pub(crate) fn message<M: prost::Message>(&self, rpc: &str, message: &M, line: Option<String>) -> Result<(), Failure> {
        match self.output {
            Output::Table => line.map_or(Ok(()), |line| self.print(&page::clean(&line))),
            Output::Json | Output::Ndjson => self.print(&json::lines(rpc, message, None)?),
        }
    }

    /// Shows a thing as a page for people.
    pub(crate) fn shown(&self, thing: &dyn Shown) -> Result<(), Failure> {
        let mut page = Page::new(self.words, &self.zone, self.terminal).verbose(self.verbose);
        thing.show(&mut page);
        self.print(&page.text())
    }

    /// Prints text that is an answer.
    pub(crate) fn print(&self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        let text = text.strip_suffix('\n').unwrap_or(text);
        if text.is_empty() { Ok(()) } else { writeln!(out, "{text}").and_then(|()| out.flush()).map_err(Failure::output) }
    }
}

/// Says something that is not the answer.
pub(crate) fn note(text: &str) {
    // A closed standard error is nobody to tell.
    let _ = writeln!(io::stderr().lock(), "{}", page::clean(text));
}
