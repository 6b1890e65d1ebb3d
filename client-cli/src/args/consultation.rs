//! `barnahus consultation`.

use barnahus_proto::v1::{AbsenceReason, AgeBand, ConsultationKind, CrimeType, IdentityMode, Protection, Relation};
use clap::{Args, Subcommand};

use super::{
    Happened, OfInterview, Pages, Unchanged,
    code::{Coded, codes, with_codes},
    pair::Pair,
};
use crate::{
    names::{Consultation, Name, Post},
    times::When,
};

/// `barnahus consultation`.
#[derive(Subcommand)]
pub(crate) enum ConsultationCommand {
    Request(RequestArgs),
    Schedule {
        #[command(flatten)]
        of: OfConsultation,
        /// When it takes place, if not now: RFC 3339, or the house's clock as "2026-11-23 09:45", or 13:00 for today
        #[arg(long, value_name = "TIME")]
        starts: Option<When>,
        /// A post to invite; may be given many times, or as a list with commas
        #[arg(long, value_name = "POST", required = true, value_delimiter = ',')]
        invite: Vec<Name<Post>>,
        #[command(flatten)]
        unchanged: Unchanged,
    },
    Hold {
        #[command(flatten)]
        of: OfConsultation,
        /// An invited post that was not there, and why
        #[arg(long, value_name = "POST=CODE", value_parser = with_codes::<Pair<Name<Post>, Coded<AbsenceReason>>, AbsenceReason>())]
        absent: Vec<Pair<Name<Post>, Coded<AbsenceReason>>>,
        #[command(flatten)]
        decided: Decided,
        #[command(flatten)]
        happened: Happened,
        #[command(flatten)]
        unchanged: Unchanged,
    },
    AfterMeeting {
        #[command(flatten)]
        of: OfInterview,
        #[command(flatten)]
        decided: Decided,
        #[command(flatten)]
        happened: Happened,
    },
    Show {
        #[command(flatten)]
        of: OfConsultation,
    },
    List {
        /// Only this case's
        case: Option<Name<crate::names::Case>>,
        #[command(flatten)]
        pages: Pages,
    },
}

// `barnahus consultation request`.
#[derive(Args)]
pub(crate) struct RequestArgs {
    /// What it is for
    #[arg(long, value_name = "CODE", value_parser = codes::<ConsultationKind>())]
    pub(crate) kind: ConsultationKind,
    /// Whether the child is named to the house
    #[arg(long, value_name = "CODE", value_parser = codes::<IdentityMode>())]
    pub(crate) identity: IdentityMode,
    /// The board where the child lives: an authority of `house show`, by its id or its name
    #[arg(long, value_name = "AUTHORITY")]
    pub(crate) home_board: String,
    /// Whether the child's personal data are protected; without it: not
    #[arg(long, value_name = "CODE", value_parser = codes::<Protection>(), requires_ifs = PROTECTED.map(|level| (level, "coordinator")))]
    pub(crate) protection: Option<Protection>,
    /// The child's age
    #[arg(long, value_name = "CODE", value_parser = codes::<AgeBand>())]
    pub(crate) age: AgeBand,
    /// What is suspected
    #[arg(long, value_name = "CODE", value_parser = codes::<CrimeType>())]
    pub(crate) crime: CrimeType,
    /// The suspect's relation to the child
    #[arg(long, value_name = "CODE", value_parser = codes::<Relation>())]
    pub(crate) relation: Relation,
    /// The language the child speaks, ISO 639; without it: sv
    #[arg(long, value_name = "LANGUAGE", default_value = "", hide_default_value = true)]
    pub(crate) language: String,
    /// Why, without anything that names the child. Without it, or with `-`, it is read from standard input: arguments stand in process lists and in the shell's history
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// The coordinator to turn to; needed where the child is protected, because then nobody else learns of the case
    #[arg(long, value_name = "POST")]
    pub(crate) coordinator: Option<Name<Post>>,
}

const PROTECTED: [&str; 3] = ["CONFIDENTIALITY_MARKED", "PROTECTED_REGISTRATION", "FICTITIOUS_IDENTITY"];

// The consultation that a command is about.
#[derive(Args, Clone, Debug)]
pub(crate) struct OfConsultation {
    /// The consultation, such as VRM-2026-0142/1
    pub(crate) consultation: Name<Consultation>,
}

// What was decided.
#[derive(Args, Clone, Debug)]
pub(crate) struct Decided {
    /// What was decided, as "OWNER DUE WHAT", such as "prosecutor-1 2026-11-16 apply for special representative". With `-`, lines of that form are read from standard input: arguments stand in process lists and in the shell's history
    #[arg(long = "action", value_name = "ACTION")]
    pub(crate) actions: Vec<String>,
}
