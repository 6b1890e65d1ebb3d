//! Why a command did not do what was asked, told so that a person knows what to do next.
//!
//! `errors/status.rs` reads the house's refusals and `errors/fields.rs` its field names, `errors/transport.rs` what went wrong on the
//! way, `errors/fault.rs` what an export shows, `errors/here.rs` says it to whoever sits in the room. Exit codes: 0 done, 1 other, 2 usage (nothing was sent), 3 refused (by the house, or by whoever should have vouched), 4 not found, 5 conflict, 75 try again. PRIVACY: no
//! text that a person wrote is in any of it. With `-o json` and `-o ndjson` a failure is one line of JSON on standard error,
//! `{"error":{"reason":…,"message":…,"about":[…],"record_index":…}}`: the house's reason and sentence, else the key and the text of our own.

pub(crate) mod fault;
mod fields;
mod here;
mod status;
pub(crate) mod transport;

use std::{borrow::Cow, fmt::Display, io, path::Path, process::ExitCode};

use barnahus_proto::v1::ErrorReason;

pub(crate) use self::status::{Asked, is_reason, refused, retry_after};
use crate::{args::Output, malformed::Malformed, output, text::Words};

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The reader of our output went away: nobody is left to tell, and nothing is wrong.
    Quiet = 0,
    /// Anything that no other code says.
    Other = 1,
    /// What was typed cannot be meant; nothing was sent.
    Usage = 2,
    /// The house said no; or nobody vouches for an export.
    Refused = 3,
    /// There is no such thing, or it is not the caller's to know of.
    NotFound = 4,
    /// Somebody else changed it first.
    Conflict = 5,
    /// Not now; the same again may work (EX_TEMPFAIL of sysexits.h).
    TryAgain = 75,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A sentence by its key, with the names to fill in.
type Line = (Cow<'static, str>, Vec<(&'static str, String)>);

/// A command that did not do what was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    /// How to end.
    pub(crate) exit: Exit,
    lines: Vec<Line>,
    technical: Vec<String>,
    house: Box<House>,
}

/// What the house said, for programs.
#[derive(Debug, Default)]
pub(crate) struct House {
    /// The refusal's reason, such as `WRONG_STATE`.
    pub(crate) reason: Option<String>,
    /// The house's own sentence.
    pub(crate) message: Option<String>,
    /// What it is about: ids, numbers, and codes of the contract.
    pub(crate) about: Vec<String>,
    /// The refusal's own record.
    pub(crate) record_index: Option<u64>,
}

impl Failure {
    /// With the key of its first sentence.
    pub(crate) fn new(exit: Exit, key: impl Into<Cow<'static, str>>) -> Self {
        Self { exit, lines: vec![(key.into(), Vec::new())], technical: Vec::new(), house: Box::default() }
    }

    /// Fills a name into the last sentence.
    pub(crate) fn with(mut self, name: &'static str, value: impl Display) -> Self {
        if let Some((_, values)) = self.lines.last_mut() {
            values.push((name, value.to_string()));
        }
        self
    }

    /// Adds a sentence.
    pub(crate) fn and(mut self, key: impl Into<Cow<'static, str>>) -> Self {
        self.lines.push((key.into(), Vec::new()));
        self
    }

    /// Adds what a machine said, shown with `--verbose`.
    pub(crate) fn technical(mut self, said: impl Display) -> Self {
        self.technical.push(said.to_string());
        self
    }

    /// Adds what the house said, for programs.
    pub(crate) fn said(mut self, house: House) -> Self {
        self.house = Box::new(house);
        self
    }

    /// A file or folder that could not be read or written.
    pub(crate) fn file(key: &'static str, path: &Path, error: &io::Error) -> Self {
        Self::new(Exit::Other, key).with("path", path.display()).with("error", error.kind()).technical(error)
    }

    /// The house's reason, such as `FORMALITY_MISSING`, where it gave one.
    pub(crate) fn reason(&self) -> Option<&str> {
        self.house.reason.as_deref()
    }

    /// Whether the house gave this reason.
    pub(crate) fn is(&self, reason: ErrorReason) -> bool {
        self.reason().is_some_and(|said| reason.as_str_name().strip_prefix("ERROR_REASON_") == Some(said))
    }

    /// Standard output that could not be written.
    pub(crate) fn output(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { exit: Exit::Quiet, lines: Vec::new(), technical: Vec::new(), house: Box::default() };
        }
        Self::new(Exit::Other, "fail-output").with("error", error.kind()).technical(error)
    }

    /// Everything that is told, first what happened.
    pub(crate) fn tell(&self, words: Words, verbose: bool) -> String {
        let told = self.lines.iter().map(|(key, values)| {
            let values: Vec<_> = values.iter().map(|(name, value)| (*name, value as &dyn Display)).collect();
            words.tell(key, &values)
        });
        let about = self.house.about.iter().map(|about| words.code(about)).collect::<Vec<_>>().join(", ");
        let about = (!about.is_empty()).then(|| words.tell("fail-about", &[("about", &about)]));
        let technical = self.technical.iter().filter(|_| verbose).map(|said| format!("  {said}"));
        told.chain(about).chain(technical).collect::<Vec<_>>().join("\n")
    }

    /// Tells it on standard error: to people in words, to programs as `{"error":{…}}`, one line.
    pub(crate) fn report(&self, words: Words, verbose: bool, form: Output) {
        if self.lines.is_empty() {
            return;
        }
        if form == Output::Table {
            output::note(&words.tell("say-error", &[("error", &self.tell(words, verbose))]));
            return;
        }
        let own = self.lines.first().map(|(key, _)| key.as_ref().to_owned());
        let message = self.house.message.clone().unwrap_or_else(|| self.tell(words, verbose));
        let error = serde_json::json!({
            "reason": self.house.reason.clone().or(own), "message": message, "about": self.house.about, "record_index": self.house.record_index,
        });
        output::note(&serde_json::json!({ "error": error }).to_string());
    }
}

impl From<Malformed> for Failure {
    fn from(malformed: Malformed) -> Self {
        let (key, values) = malformed.into_parts();
        Self { exit: Exit::Usage, lines: vec![(key.into(), values)], technical: Vec::new(), house: Box::default() }
    }
}
