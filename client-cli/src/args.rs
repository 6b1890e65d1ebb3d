//! The command line: every noun and verb, with its English help.
//!
//! One file per noun below `args/`. Swedish help, and who may, are put in by `help.rs`; what a command calls stands in `args/serves.rs`;
//! doing it is `run/`. Nothing here reads a file, the clock or the network. Structs of arguments have plain comments: clap would take a
//! doc comment for the help of each command that holds them.

mod admin;
mod audit;
mod case;
pub(crate) mod code;
mod consultation;
mod interview;
pub(crate) mod pair;
pub(crate) mod paper;
mod question;
pub(crate) mod serves;

use clap::{Args, Parser, Subcommand, ValueEnum};
use uuid::Uuid;

pub(crate) use self::{
    admin::{AdminCommand, EnrollArgs, MandateCommand, Term},
    audit::AuditCommand,
    case::{CaseCommand, EmbargoCommand},
    consultation::{ConsultationCommand, RequestArgs},
    interview::{BookArgs, InterviewCommand},
    question::QuestionCommand,
};
use crate::{
    malformed::Malformed,
    names::{self, Name},
    text::Lang,
    times::When,
};

/// Barnahus from a person's side: every step of an interview day, by hand.
#[derive(Parser)]
#[command(name = "barnahus", version, subcommand_required = true, arg_required_else_help = true)]
#[command(disable_help_subcommand = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

// What goes for every command.
#[derive(Args, Clone, Debug)]
pub(crate) struct Global {
    /// Who you are here: a profile's folder, or its name below ~/.config/barnahus/profiles. Also by BARNAHUS_PROFILE
    #[arg(long, global = true, display_order = 901, env = "BARNAHUS_PROFILE", hide_env = true, value_name = "PROFILE")]
    pub(crate) profile: Option<String>,
    /// How to show the answer: `table` for people, `json` for the contract's JSON, `ndjson` for one thing a line
    #[arg(long, short, global = true, display_order = 902, value_enum, default_value_t, hide_default_value = true, value_name = "FORM")]
    pub(crate) output: Output,
    /// The language to speak; without it, the one of LC_ALL, LC_MESSAGES or LANG
    #[arg(long, global = true, display_order = 903, value_enum, value_name = "LANG")]
    pub(crate) lang: Option<Lang>,
    /// Repeats an earlier attempt whose outcome is not known: finds out whether it was done, and does it if not
    #[arg(long, global = true, display_order = 904, value_name = "ID", value_parser = request_id)]
    pub(crate) request_id: Option<Uuid>,
    /// Show also what the house or the network said in its own words
    #[arg(long, short, global = true, display_order = 905)]
    pub(crate) verbose: bool,
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    #[default]
    Table,
    /// The contract's canonical JSON, one document.
    Json,
    /// One thing a line, as JSON.
    Ndjson,
}

/// The nouns.
#[derive(Subcommand)]
pub(crate) enum Command {
    Whoami,
    /// The house: its rooms, authorities and posts
    #[command(subcommand)]
    House(HouseCommand),
    /// Cases: opening, embargo, special representative
    #[command(subcommand)]
    Case(CaseCommand),
    /// Consultations (samråd): requesting, scheduling, holding
    #[command(subcommand)]
    Consultation(ConsultationCommand),
    /// Interviews (barnförhör) and their listening room: booking, running, documenting
    #[command(subcommand)]
    Interview(InterviewCommand),
    /// Questions from the listening room: asking, deciding, noting fates
    #[command(subcommand)]
    Question(QuestionCommand),
    /// The listening room live, by keys: your questions and their fate, decisions, the break, the end
    ///
    /// What you see and may do follows from who you are; `?` tells the keys. An end that cannot be recorded is kept in the profile and sent
    /// as soon as the house is back. For example: barnahus listen VRM-2026-0142/1
    Listen {
        #[command(flatten)]
        of: OfInterview,
        /// Lines instead of a screen, for screen readers: each change is one line, commands are read as lines; `help` tells them.
        /// When no more lines come it goes on showing; `quit` or Ctrl-C ends it
        #[arg(long)]
        plain: bool,
        /// Only show, line by line, and take no command; with `--output ndjson` for scripts
        #[arg(long, conflicts_with = "plain")]
        follow: bool,
    },
    /// The log: reading, sampling, exporting, verifying
    #[command(subcommand)]
    Audit(AuditCommand),
    /// The house's people: enrolling, revoking, mandates
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Prints what makes a shell complete these commands
    ///
    /// For example: barnahus completions bash > ~/.local/share/bash-completion/completions/barnahus
    Completions {
        /// Whose shell
        shell: clap_complete::Shell,
    },
}

/// `barnahus house`.
#[derive(Subcommand)]
pub(crate) enum HouseCommand {
    Show,
    Posts,
}

// The thing must not have changed since it was read (rule C10).
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Unchanged {
    /// Only if it has not changed since it was read with this etag
    #[arg(long, value_name = "ETAG", default_value = "", hide_default_value = true)]
    pub(crate) etag: String,
}

// When it happened.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct Happened {
    /// When it happened, if not now: RFC 3339, or the house's clock as "2026-11-23 09:45", or 13:00 for today
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<When>,
}

// Which part of a list.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Pages {
    /// How many to show; the house shows 50 or 100 where nothing is said
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, value_parser = range::<0, 500>)]
    pub(crate) page_size: i64,
    /// Go on after the page that gave this mark
    #[arg(long, value_name = "TOKEN", default_value = "", hide_default_value = true)]
    pub(crate) page_token: String,
    /// Show every page; each is a record of its own in the log
    #[arg(long)]
    pub(crate) all: bool,
}

// The case that a command is about.
#[derive(Args, Clone, Debug)]
pub(crate) struct OfCase {
    /// The case, such as VRM-2026-0142
    pub(crate) case: Name<names::Case>,
}

// The interview that a command is about.
#[derive(Args, Clone, Debug)]
pub(crate) struct OfInterview {
    /// The interview, such as VRM-2026-0142/1
    pub(crate) interview: Name<names::Interview>,
}

/// A whole number between two, both included.
fn range<const LEAST: i64, const MOST: i64>(input: &str) -> Result<i64, Malformed> {
    let number = input.parse().ok().filter(|number| (LEAST..=MOST).contains(number));
    number.ok_or_else(|| Malformed::new("usage-range", input).with("least", LEAST.to_string()).with("most", MOST.to_string()))
}

fn request_id(input: &str) -> Result<Uuid, Malformed> {
    Uuid::try_parse(input).map_err(|_| Malformed::new("usage-request-id", input))
}
