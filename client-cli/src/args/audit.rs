//! `barnahus audit`.

use std::{collections::BTreeSet, path::PathBuf};

use barnahus_proto::METHODS;
use clap::Subcommand;

use super::{Pages, range};
use crate::{
    malformed::Malformed,
    names::{Case, Name, Who},
    times::{Due, Since},
};

/// `barnahus audit`.
#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    Records {
        /// Only records of this case
        #[arg(long, value_name = "CASE")]
        case: Option<Name<Case>>,
        /// Only records of this person, by pseudonym, or by a post that they alone hold: the post is looked up, which is a record of its own
        #[arg(long, value_name = "PERSON")]
        person: Option<Who>,
        /// Only records of this kind, such as question.read
        #[arg(long, value_name = "KIND", value_parser = kind, default_value = "", hide_default_value = true)]
        kind: String,
        #[command(flatten)]
        pages: Pages,
    },
    Sample {
        /// How many records to draw, 1 to 100
        #[arg(long, value_name = "N", value_parser = range::<1, 100>)]
        size: i64,
        /// From when on; without it, from the start of the log
        #[arg(long, value_name = "TIME")]
        from: Option<Since>,
        /// Until when, of a day its last minute; without it, until now
        #[arg(long, value_name = "TIME")]
        until: Option<Due>,
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

/// What records tell besides what the rpcs leave.
const OTHER_KINDS: &[&str] = &["access.denied", "access.refused", "access.repeated", "room.shown", "room.connections"];

/// A kind of record; those of the house itself are not listed anywhere.
fn kind(input: &str) -> Result<String, Malformed> {
    let known = || METHODS.iter().map(|method| method.kind).chain(OTHER_KINDS.iter().copied());
    if input.is_empty() || input.starts_with("house.") || known().any(|kind| kind == input) {
        return Ok(input.to_owned());
    }
    let noun = input.split('.').next().unwrap_or_default();
    let like: BTreeSet<_> = known().filter(|kind| kind.split('.').next() == Some(noun)).collect();
    let like = if like.is_empty() { known().filter_map(|kind| kind.split('.').next()).collect() } else { like };
    let like = like.into_iter().collect::<Vec<_>>().join(", ");
    Err(Malformed::new("usage-kind", input).with("known", like))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_one_that_records_have() {
        for sound in ["", "question.submitted", "access.denied", "house.founded"] {
            assert_eq!(kind(sound).unwrap(), sound);
        }
        assert!(kind("question.nonsense").unwrap_err().to_string().contains("question.submitted"));
        assert!(kind("nonsense").unwrap_err().to_string().contains("question"));
    }
}
