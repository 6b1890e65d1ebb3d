//! `barnahus question`.

use barnahus_proto::v1::{Fate, NotAskedReason, RejectReason};
use clap::{Args, Subcommand};

use super::{Happened, OfInterview, Unchanged, code::codes, pair::QuestionArg};
use crate::{
    names::{Name, Question},
    times::Offset,
};

/// `barnahus question`.
#[derive(Subcommand)]
pub(crate) enum QuestionCommand {
    Ask {
        #[command(flatten)]
        of: OfInterview,
        /// What you need to know. Without it, or with `-`, it is read from standard input: arguments stand in process lists and in the shell's history
        #[arg(long, value_name = "TEXT")]
        text: Option<String>,
        /// A child may be in danger now; for child welfare, care and the leader
        #[arg(long)]
        urgent: bool,
        #[command(flatten)]
        happened: Happened,
    },
    List {
        #[command(flatten)]
        of: OfInterview,
    },
    Show {
        #[command(flatten)]
        of: OfQuestion,
    },
    Withdraw(QuestionAct),
    Approve(TimedQuestionAct),
    Reject {
        #[command(flatten)]
        act: TimedQuestionAct,
        /// Why
        #[arg(long, value_name = "CODE", value_parser = codes::<RejectReason>())]
        reason: RejectReason,
    },
    Merge {
        #[command(flatten)]
        act: TimedQuestionAct,
        /// The question of the same interview that it is merged into, by its number or name
        #[arg(long, value_name = "QUESTION")]
        into: QuestionArg,
    },
    Object {
        #[command(flatten)]
        act: QuestionAct,
        /// Why. Without it, or with `-`, it is read from standard input: arguments stand in process lists and in the shell's history
        #[arg(long, value_name = "TEXT")]
        text: Option<String>,
    },
    Revise {
        #[command(flatten)]
        act: QuestionAct,
        /// What you need to know, in other words. Without it, or with `-`, it is read from standard input: arguments stand in process lists and in the shell's history
        #[arg(long, value_name = "TEXT")]
        text: Option<String>,
    },
    Reword {
        #[command(flatten)]
        act: QuestionAct,
        /// The question in better words; its asker sees both. Without it, or with `-`, it is read from standard input: arguments stand in process lists and in the shell's history
        #[arg(long, value_name = "TEXT")]
        text: Option<String>,
    },
    Defer(TimedQuestionAct),
    Rank {
        #[command(flatten)]
        act: QuestionAct,
        /// 1 comes first, after what is urgent; 0 takes the rank back
        #[arg(value_name = "RANK", display_order = 2, value_parser = clap::value_parser!(u32).range(0..=99))]
        rank: u32,
    },
    NotUrgent {
        #[command(flatten)]
        act: QuestionAct,
        /// Why it is not; its asker sees it. Without it, or with `-`, it is read from standard input: arguments stand in process lists and in the shell's history
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    ActedOn(QuestionAct),
    Note(QuestionAct),
    Fate {
        #[command(flatten)]
        act: TimedQuestionAct,
        /// What became of it
        #[arg(value_name = "FATE", display_order = 2, value_parser = codes::<Fate>())]
        fate: Fate,
        /// How far into the recording it was asked: minutes, or 48:30
        #[arg(long, value_name = "OFFSET")]
        offset: Option<Offset>,
        /// Why it was not asked
        #[arg(long, value_name = "CODE", value_parser = codes::<NotAskedReason>())]
        reason: Option<NotAskedReason>,
    },
}

// The question that a command is about.
#[derive(Args, Clone, Debug)]
pub(crate) struct OfQuestion {
    /// The question, such as VRM-2026-0142/1/7
    #[arg(display_order = 1)]
    pub(crate) question: Name<Question>,
}

// An act on a question.
#[derive(Args, Clone, Debug)]
pub(crate) struct QuestionAct {
    #[command(flatten)]
    pub(crate) of: OfQuestion,
    #[command(flatten)]
    pub(crate) unchanged: Unchanged,
}

// An act on a question that may have happened a while ago.
#[derive(Args, Clone, Debug)]
pub(crate) struct TimedQuestionAct {
    #[command(flatten)]
    pub(crate) of: OfQuestion,
    #[command(flatten)]
    pub(crate) happened: Happened,
    #[command(flatten)]
    pub(crate) unchanged: Unchanged,
}
