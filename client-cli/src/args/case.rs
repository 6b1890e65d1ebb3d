//! `barnahus case`.

use barnahus_proto::v1::{IdentityMode, RepresentativeState};
use clap::Subcommand;

use super::{Happened, OfCase, Pages, Unchanged, code::codes};
use crate::names::{Name, Post};

/// `barnahus case`.
#[derive(Subcommand)]
pub(crate) enum CaseCommand {
    List {
        #[command(flatten)]
        pages: Pages,
    },
    Show {
        #[command(flatten)]
        of: OfCase,
    },
    Open {
        #[command(flatten)]
        of: OfCase,
        /// The reference of the police report
        #[arg(long, value_name = "REFERENCE")]
        police_reference: String,
        /// Whether the child is named to the house from now on
        #[arg(long, value_name = "CODE", value_parser = codes::<IdentityMode>(), requires = "ground")]
        identity: Option<IdentityMode>,
        /// The legal ground for naming the child, such as "OSL 10:21"
        #[arg(long, value_name = "GROUND", default_value = "", hide_default_value = true)]
        ground: String,
        #[command(flatten)]
        happened: Happened,
        #[command(flatten)]
        unchanged: Unchanged,
    },
    Deputy {
        #[command(flatten)]
        of: OfCase,
        /// Who may act in the leader's place: another post that leads investigations
        #[arg(value_name = "POST")]
        post: Name<Post>,
        #[command(flatten)]
        unchanged: Unchanged,
    },
    /// The guardian embargo: no notice to the family leaves while it is on
    #[command(subcommand)]
    Embargo(EmbargoCommand),
    Representative {
        #[command(flatten)]
        of: OfCase,
        /// Where the appointment stands now
        #[arg(long, value_name = "CODE", value_parser = codes::<RepresentativeState>())]
        state: RepresentativeState,
        /// The appointed post
        #[arg(long, value_name = "POST")]
        post: Option<Name<Post>>,
        /// The court's reference
        #[arg(long, value_name = "REFERENCE", default_value = "", hide_default_value = true)]
        court_reference: String,
        #[command(flatten)]
        happened: Happened,
        #[command(flatten)]
        unchanged: Unchanged,
    },
    GuardiansInformed {
        #[command(flatten)]
        of: OfCase,
        #[command(flatten)]
        happened: Happened,
        #[command(flatten)]
        unchanged: Unchanged,
    },
}

/// `barnahus case embargo`.
#[derive(Subcommand)]
pub(crate) enum EmbargoCommand {
    Set {
        #[command(flatten)]
        of: OfCase,
        /// Why. Without it, or with `-`, it is read from standard input: arguments stand in process lists and in the shell's history
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        #[command(flatten)]
        unchanged: Unchanged,
    },
    Lift {
        #[command(flatten)]
        of: OfCase,
        /// Why. Without it, or with `-`, it is read from standard input: arguments stand in process lists and in the shell's history
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        #[command(flatten)]
        unchanged: Unchanged,
    },
}
