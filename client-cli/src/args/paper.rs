//! What `barnahus interview` puts on paper: protocol, listeners, sheet.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{OfInterview, range};

/// The form of a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProtocolFormat {
    /// Plain text.
    Text,
    /// One html file.
    Html,
    /// The contract's JSON.
    Json,
}

/// The form of a paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PaperFormat {
    /// Plain text.
    Text,
    /// One html file.
    Html,
}

// `barnahus interview protocol`.
#[derive(Args)]
pub(crate) struct ProtocolArgs {
    #[command(flatten)]
    pub(crate) of: OfInterview,
    /// As a document: `text`, `html` (one file that prints well), or `json`, the contract's; without it, as a table
    #[arg(long, value_enum, value_name = "FORM")]
    pub(crate) format: Option<ProtocolFormat>,
    /// Where to write it, for your eyes alone; without it, to standard output
    #[arg(long, value_name = "FILE", requires = "format")]
    pub(crate) to: Option<PathBuf>,
    /// Replace a file that is there already
    #[arg(long, requires = "to")]
    pub(crate) force: bool,
}

// `barnahus interview listeners`.
#[derive(Args)]
pub(crate) struct ListenersArgs {
    #[command(flatten)]
    pub(crate) of: OfInterview,
    /// A page in plain words to read to the child or show it: who is listening by their task, and that it is recorded
    #[arg(long)]
    pub(crate) for_child: bool,
    /// The form of the child's page: `text`, or `html` (large letters); without it, text
    #[arg(long, value_enum, value_name = "FORM", requires = "for_child")]
    pub(crate) format: Option<PaperFormat>,
    /// Where to write it, for your eyes alone; without it, to standard output
    #[arg(long, value_name = "FILE", requires = "for_child")]
    pub(crate) to: Option<PathBuf>,
    /// Replace a file that is there already
    #[arg(long, requires = "to")]
    pub(crate) force: bool,
}

// `barnahus interview sheet`.
#[derive(Args)]
pub(crate) struct SheetArgs {
    #[command(flatten)]
    pub(crate) of: OfInterview,
    /// Its form: `html` (one file that prints well) or `text`; without it, html
    #[arg(long, value_enum, value_name = "FORM", default_value = "html", hide_default_value = true)]
    pub(crate) format: PaperFormat,
    /// How many slips for questions, 0 to 60; without it, 8
    #[arg(long, value_name = "N", default_value_t = 8, hide_default_value = true, value_parser = range::<0, 60>)]
    pub(crate) slips: i64,
    /// Where to write it, for your eyes alone; without it, to standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
    /// Replace a file that is there already
    #[arg(long, requires = "to")]
    pub(crate) force: bool,
}
