//! `barnahus admin`.

use std::path::PathBuf;

use barnahus_proto::v1::RevocationReason;
use clap::{Args, Subcommand};

use super::{Pages, code::codes};
use crate::{
    names::{Name, Person, Post, Who},
    times::{Due, Since},
};

/// `barnahus admin`.
#[derive(Subcommand)]
pub(crate) enum AdminCommand {
    Enroll(EnrollArgs),
    Revoke {
        #[command(flatten)]
        of: OfPerson,
        /// Why
        #[arg(long, value_name = "CODE", value_parser = codes::<RevocationReason>())]
        reason: RevocationReason,
    },
    /// A person's dated right to a post
    #[command(subcommand)]
    Mandate(MandateCommand),
    Persons {
        #[command(flatten)]
        pages: Pages,
    },
}

/// `barnahus admin mandate`.
#[derive(Subcommand)]
pub(crate) enum MandateCommand {
    Grant {
        #[command(flatten)]
        of: OfPerson,
        /// The post
        #[arg(long, value_name = "POST")]
        post: Name<Post>,
        #[command(flatten)]
        term: Term,
    },
    End {
        #[command(flatten)]
        of: OfPerson,
        /// The post
        #[arg(long, value_name = "POST")]
        post: Name<Post>,
    },
}

// `barnahus admin enroll`.
#[derive(Args)]
pub(crate) struct EnrollArgs {
    /// A post from the start; may be given many times
    #[arg(long, value_name = "POST", required_unless_present = "person")]
    pub(crate) post: Vec<Name<Post>>,
    #[command(flatten)]
    pub(crate) term: Term,
    /// The folder for the profile to hand over; made with the key in it before anything is sent, so that a repeat with --request-id finds it
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
    /// A signing request (PKCS #10, PEM) that the person made, so that their key never leaves them
    #[arg(long, value_name = "FILE")]
    pub(crate) csr: Option<PathBuf>,
    /// A further certificate for a person who is here already
    #[arg(long, value_name = "PERSON")]
    pub(crate) person: Option<Name<Person>>,
}

// From when, until when.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Term {
    /// From when on; without it, from now
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<Since>,
    /// Until when; without it, for a year
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<Due>,
}

// The person that a command is about.
#[derive(Args, Clone, Debug)]
pub(crate) struct OfPerson {
    /// The person, by pseudonym such as p-4f2a91c0d3, or by a post that they alone hold: the post is looked up, which is a record of its own
    pub(crate) person: Who,
}
