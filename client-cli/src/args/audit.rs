//! `barnahus audit`.

use std::path::PathBuf;

use clap::Subcommand;

use super::Pages;
use crate::{
    names::{Case, Name, Person},
    times::When,
};

/// `barnahus audit`.
#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    Records {
        /// Only records of this case
        #[arg(long, value_name = "CASE")]
        case: Option<Name<Case>>,
        /// Only records of this person
        #[arg(long, value_name = "PERSON")]
        person: Option<Name<Person>>,
        /// Only records of this kind, such as question.read
        #[arg(long, value_name = "KIND", default_value = "", hide_default_value = true)]
        kind: String,
        #[command(flatten)]
        pages: Pages,
    },
    Sample {
        /// How many records to draw, 1 to 100
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..=100))]
        size: i32,
        /// From when on; without it, from the start of the log
        #[arg(long, value_name = "TIME")]
        from: Option<When>,
        /// Until when; without it, until now
        #[arg(long, value_name = "TIME")]
        until: Option<When>,
        /// The seed of an earlier sample, to draw it again
        #[arg(long, value_name = "HEX", default_value = "", hide_default_value = true)]
        seed: String,
    },
    Export {
        /// The folder to write it to; it must not be there yet
        folder: PathBuf,
    },
    /// Verifies an export, offline, without trusting it or the house
    ///
    /// Needs no connection and no profile, only the trust file that was handed over at enrolment. Ends with 0 if all fits, with 1 at the
    /// first place that does not fit, and with 3 without a trust file: then only the hashes are checked, and nobody vouches for them.
    Verify {
        /// The export's folder
        export: PathBuf,
        /// Whom to trust about the log; without it, the profile's own trust file
        #[arg(long, value_name = "FILE")]
        trust: Option<PathBuf>,
    },
    Checkpoint {
        /// Prove that the log only grew since it had this many records
        #[arg(long, value_name = "SIZE", default_value_t = 0, hide_default_value = true)]
        since: u64,
    },
    /// Checks the receipts that are kept in the profile against the log as it is now
    ///
    /// Each receipt's signature and proof, and that the log has only grown since: by asking the house, where each question is a record of
    /// its own, or with --against by an export, offline.
    Receipts {
        /// Check against this export, offline, instead of asking the house
        #[arg(long, value_name = "EXPORT")]
        against: Option<PathBuf>,
    },
}
