//! What a person can do in the room, and the request that it is.
//!
//! An order is an act with all that makes its request: at every attempt the same request under the same id, so that the house does it once.
//! What may be done, the house says. END is not here: it waits for nothing, see `kept.rs`. PRIVACY: no Debug of the texts.

use barnahus_proto::v1::{
    AcknowledgeDeliveryRequest, AdmitObserversRequest, AllowNotesRequest, ApproveQuestionRequest, BeginClosingRequest, CallBreakRequest,
    CheckInRequest, CheckOutRequest, ConfirmFatesRequest, DeferQuestionRequest, DeliverNoteRequest, EndReason, Fate, FateCorrection,
    FreezeRosterRequest, GetCaseRequest, GetInterviewRequest, InterruptInterviewRequest, Interview, MarkActedOnRequest,
    MergeQuestionRequest, NotAskedReason, NoteFateRequest, ObjectToDecisionRequest, Part, Question, RankQuestionRequest, Receipt,
    RecordChildInformedRequest, RejectQuestionRequest, RejectReason, RequestBreakRequest, ResumeInterviewRequest, ReviseQuestionRequest,
    RewordQuestionRequest, SignOffRequest, StartInterviewRequest, SubmitQuestionRequest, UnmarkUrgencyRequest, WithdrawQuestionRequest,
};
use jiff::Timestamp;
use prost_types::Duration;
use uuid::Uuid;

use crate::{errors::Failure, names::last, session::Session, text::Words, times};

/// Characters of a text by which an act is named.
const BEGINNING: usize = 24;

/// Something to do. A question goes by its full name.
#[derive(Clone, PartialEq)]
pub(crate) enum Act {
    Ask {
        text: String,
        urgent: bool,
    },
    Revise {
        question: String,
        text: String,
    },
    Reword {
        question: String,
        text: String,
    },
    Object {
        question: String,
        text: String,
    },
    Unmark {
        question: String,
        reason: String,
    },
    Withdraw(String),
    Approve(String),
    Reject {
        question: String,
        reason: RejectReason,
    },
    Merge {
        question: String,
        into: String,
    },
    Rank {
        question: String,
        rank: u32,
    },
    Defer(String),
    ActedOn(String),
    Note(String),
    Fate {
        question: String,
        fate: Fate,
        offset: Option<Duration>,
        reason: NotAskedReason,
    },
    CheckIn {
        acknowledge_ban: bool,
    },
    CheckOut,
    /// A person, by name.
    Admit(String),
    Freeze,
    Informed,
    Start {
        recording: String,
        reason: String,
    },
    CallBreak,
    AskBreak,
    AllowNotes(bool),
    Acknowledge {
        break_number: u32,
        batch_number: u32,
    },
    Resume,
    Interrupt(EndReason),
    Closing,
    SignOff,
    ConfirmFates(Vec<FateCorrection>),
    /// What part one has in the case: for who has no seat, such as a deputy.
    AskPart,
    /// What the disclosure ban covers: only an interview that is read says it, never a change of it.
    AskScope,
}

impl Act {
    /// Whether it only reads: nobody asked for it, and nobody is told of it.
    pub(crate) fn reads(&self) -> bool {
        matches!(self, Self::AskPart | Self::AskScope)
    }

    /// The act by name: with its question's number, or with the beginning of what its person typed.
    pub(crate) fn named(&self, words: Words) -> String {
        let about = match (self, self.question()) {
            (Self::Ask { text, .. }, _) => format!(" ”{}”", beginning(text)),
            (_, Some(question)) => format!(" {}", last(question)),
            (_, None) => String::new(),
        };
        format!("{}{about}", words.say(self.label()))
    }

    /// The question that it changes.
    pub(crate) fn question(&self) -> Option<&str> {
        match self {
            Self::Revise { question, .. }
            | Self::Reword { question, .. }
            | Self::Object { question, .. }
            | Self::Unmark { question, .. }
            | Self::Reject { question, .. }
            | Self::Merge { question, .. }
            | Self::Rank { question, .. }
            | Self::Fate { question, .. }
            | Self::Withdraw(question)
            | Self::Approve(question)
            | Self::Defer(question)
            | Self::ActedOn(question)
            | Self::Note(question) => Some(question),
            _ => None,
        }
    }

    /// The key of the words for it.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::Ask { .. } => "say-key-ask",
            Self::Revise { .. } => "say-key-revise",
            Self::Reword { .. } => "say-key-reword",
            Self::Object { .. } => "say-key-object",
            Self::Unmark { .. } => "say-key-unmark",
            Self::Withdraw(_) => "say-key-withdraw",
            Self::Approve(_) => "say-key-approve",
            Self::Reject { .. } => "say-key-reject",
            Self::Merge { .. } => "say-key-merge",
            Self::Rank { .. } => "say-key-rank",
            Self::Defer(_) => "say-key-defer",
            Self::ActedOn(_) => "say-key-acted-on",
            Self::Note(_) => "say-key-note",
            Self::Fate { .. } => "say-key-fate",
            Self::CheckIn { .. } => "say-key-check-in",
            Self::CheckOut => "say-key-check-out",
            Self::Admit(_) => "say-key-admit",
            Self::Freeze => "say-key-freeze",
            Self::Informed => "say-key-informed",
            Self::Start { .. } => "say-key-start",
            Self::CallBreak => "say-key-break",
            Self::AskBreak => "say-key-ask-break",
            Self::AllowNotes(_) => "say-key-allow-notes",
            Self::Acknowledge { .. } => "say-key-acknowledge",
            Self::Resume => "say-key-resume",
            Self::Interrupt(_) => "say-key-interrupt",
            Self::Closing => "say-key-closing",
            Self::SignOff => "say-key-sign-off",
            Self::ConfirmFates(_) => "say-key-confirm-fates",
            Self::AskPart | Self::AskScope => "say-nothing-here",
        }
    }
}

/// As much of a text as tells it from another.
fn beginning(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= BEGINNING { text } else { text.chars().take(BEGINNING - 1).chain(['…']).collect() }
}

/// An act on its way.
#[derive(Clone, PartialEq)]
pub(crate) struct Order {
    /// The same at every attempt.
    pub(crate) id: Uuid,
    /// What.
    pub(crate) act: Act,
    /// The question as it was seen; empty where a change of one's own is on its way (rule C10).
    pub(crate) etag: String,
    /// When it happened, where it could not be sent then.
    pub(crate) happened_at: Option<Timestamp>,
}

/// What the house answered.
#[derive(Default)]
pub(crate) struct Answered {
    /// The record's place in the log.
    pub(crate) index: u64,
    /// The question now.
    pub(crate) question: Option<Question>,
    /// The interview now.
    pub(crate) interview: Option<Interview>,
    /// Hints to the author.
    pub(crate) hints: Vec<i32>,
    /// The part that was asked for.
    pub(crate) part: Option<Part>,
}

impl Answered {
    fn of(receipt: Option<&Receipt>) -> Self {
        Self { index: receipt.map(|receipt| receipt.index).unwrap_or_default(), ..Self::default() }
    }
}

/// Sends an order for this interview once.
pub(crate) async fn send(session: &mut Session, interview: &str, order: &Order) -> Result<Answered, Failure> {
    let (id, etag) = (order.id, order.etag.clone());
    let (request_id, happened_at) = (id.to_string(), order.happened_at.map(times::proto));
    let (name, empty) = (interview.to_owned(), String::new());
    macro_rules! question {
        ($request:expr) => {{
            let answer = session.call_as($request, id).await?;
            Ok(Answered { question: answer.question, ..Answered::of(answer.receipt.as_ref()) })
        }};
    }
    macro_rules! hinted {
        ($request:expr) => {{
            let answer = session.call_as($request, id).await?;
            Ok(Answered { question: answer.question, hints: answer.hints, ..Answered::of(answer.receipt.as_ref()) })
        }};
    }
    macro_rules! room {
        ($request:expr) => {{
            let answer = session.call_as($request, id).await?;
            Ok(Answered { interview: answer.interview, ..Answered::of(answer.receipt.as_ref()) })
        }};
    }
    match order.act.clone() {
        Act::Ask { text, urgent } => {
            hinted!(SubmitQuestionRequest { parent: name, request_id, text, urgent_protection: urgent, happened_at })
        }
        Act::Revise { question, text } => hinted!(ReviseQuestionRequest { name: question, request_id, etag, text }),
        Act::Reword { question, text } => question!(RewordQuestionRequest { name: question, request_id, etag, text }),
        Act::Object { question, text } => question!(ObjectToDecisionRequest { name: question, request_id, etag, text }),
        Act::Unmark { question, reason } => question!(UnmarkUrgencyRequest { name: question, request_id, etag, reason }),
        Act::Withdraw(question) => question!(WithdrawQuestionRequest { name: question, request_id, etag }),
        Act::Approve(question) => question!(ApproveQuestionRequest { name: question, request_id, etag, happened_at }),
        Act::Reject { question, reason } => {
            question!(RejectQuestionRequest { name: question, request_id, etag, happened_at, reason: reason.into() })
        }
        Act::Merge { question, into } => question!(MergeQuestionRequest { name: question, request_id, etag, happened_at, into }),
        Act::Rank { question, rank } => question!(RankQuestionRequest { name: question, request_id, etag, rank }),
        Act::Defer(question) => question!(DeferQuestionRequest { name: question, request_id, etag, happened_at }),
        Act::ActedOn(question) => question!(MarkActedOnRequest { name: question, request_id, etag }),
        Act::Note(question) => question!(DeliverNoteRequest { name: question, request_id, etag }),
        Act::Fate { question, fate, offset, reason } => {
            question!(NoteFateRequest { name: question, request_id, etag, happened_at, fate: fate.into(), offset, reason: reason.into() })
        }
        Act::CheckIn { acknowledge_ban } => {
            room!(CheckInRequest { name, request_id, etag: empty, happened_at, acknowledge_disclosure_ban: acknowledge_ban })
        }
        Act::CheckOut => room!(CheckOutRequest { name, request_id, etag: empty, happened_at }),
        Act::Admit(person) => room!(AdmitObserversRequest { name, request_id, etag: empty, persons: vec![person] }),
        Act::Freeze => room!(FreezeRosterRequest { name, request_id, etag: empty, happened_at }),
        Act::Informed => room!(RecordChildInformedRequest { name, request_id, etag: empty, happened_at }),
        Act::Start { recording, reason } => {
            room!(StartInterviewRequest { name, request_id, etag: empty, happened_at, recording_reference: recording, reason })
        }
        Act::CallBreak => room!(CallBreakRequest { name, request_id, etag: empty, happened_at }),
        Act::AskBreak => room!(RequestBreakRequest { name, request_id, etag: empty }),
        Act::AllowNotes(allowed) => room!(AllowNotesRequest { name, request_id, etag: empty, allowed }),
        Act::Acknowledge { break_number, batch_number } => {
            room!(AcknowledgeDeliveryRequest { name, request_id, etag: empty, happened_at, break_number, batch_number })
        }
        Act::Resume => room!(ResumeInterviewRequest { name, request_id, etag: empty, happened_at }),
        Act::Interrupt(reason) => room!(InterruptInterviewRequest { name, request_id, happened_at, reason: reason.into() }),
        Act::Closing => room!(BeginClosingRequest { name, request_id, etag: empty, happened_at }),
        Act::SignOff => room!(SignOffRequest { name, request_id, etag: empty, happened_at }),
        Act::ConfirmFates(corrections) => room!(ConfirmFatesRequest { name, request_id, etag: empty, corrections }),
        Act::AskPart => {
            let case = interview.split_once("/interviews/").map_or(interview, |(case, _)| case).to_owned();
            let answer = session.call_as(GetCaseRequest { name: case }, id).await?;
            let part = answer.case.map(|case| case.caller_part());
            Ok(Answered { part, ..Answered::of(answer.receipt.as_ref()) })
        }
        Act::AskScope => {
            let answer = session.call_as(GetInterviewRequest { name }, id).await?;
            Ok(Answered { interview: answer.interview, ..Answered::of(answer.receipt.as_ref()) })
        }
    }
}
