//! What the clients of a house remember of it, whatever became of the server.

use std::collections::BTreeMap;

use barnahus_proto::v1::{EndInterviewResponse, Question, SubmitQuestionRequest, SubmitQuestionResponse};

use crate::{heard::Heard, place::Person};

/// An acknowledged question.
pub(crate) struct Asked {
    /// Who asked.
    pub(crate) person: Person,
    pub(crate) request: SubmitQuestionRequest,
    pub(crate) answer: SubmitQuestionResponse,
}

/// A text that somebody received and had not just written.
pub(crate) struct Shown {
    /// To whom, as records name the person.
    pub(crate) pseudonym: String,
    /// The question's name.
    pub(crate) question: String,
    pub(crate) text: String,
    /// The log index that the message gives: by then it must be recorded.
    pub(crate) index: u64,
}

/// Everything that was answered or shown.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) asked: Vec<Asked>,
    /// Questions that came after the end of the interview.
    pub(crate) too_late: Vec<SubmitQuestionRequest>,
    pub(crate) shown: Vec<Shown>,
    /// What each of a crowd heard.
    pub(crate) heard: Vec<Heard>,
    pub(crate) ended: Option<EndInterviewResponse>,
}

/// The questions of a room as one person last saw them, by name.
pub(crate) type Seen = BTreeMap<String, Question>;

/// How far a load has come.
#[derive(Default)]
pub(crate) struct Progress {
    /// Questions acknowledged.
    pub(crate) answered: u32,
    /// Questions approved.
    pub(crate) approved: u32,
    /// Answers that said UNAVAILABLE.
    pub(crate) unavailable: u32,
    /// The interview's end is acknowledged.
    pub(crate) ended: bool,
    /// Askers who wait until they are told to go on.
    pub(crate) resting: u32,
    /// What the watchers saw, by post.
    pub(crate) watched: BTreeMap<&'static str, Seen>,
    /// The index of the newest message of each of a crowd, by pseudonym.
    pub(crate) heard: BTreeMap<String, u64>,
}

impl Shown {
    /// The question as somebody received it, if its text came with it.
    pub(crate) fn of(person: &Person, question: &Question, index: u64) -> Option<Self> {
        let (pseudonym, name, text) = (person.pseudonym.clone(), question.name.clone(), question.text.clone());
        (!text.is_empty()).then_some(Self { pseudonym, question: name, text, index })
    }
}
