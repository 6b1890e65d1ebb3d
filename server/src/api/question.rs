//! Questions: asking, deciding, noting fates, and showing to each what they may see.

use std::sync::Arc;

use barnahus_domain::{
    Command, Event, Target,
    case::Case,
    code::Code as _,
    interview::Interview,
    question::{self, Fate, Question, State, Wording},
    text::{QUESTION_MAX, REASON_MAX},
    view::{RoleCount, TextRef, Viewer},
};
use barnahus_proto::v1::{self, question_service_server::QuestionService};
use tonic::{Request, Response, Status};

use super::{
    call::{Desk, Marks},
    fields::Fields,
    times::{duration, timestamp},
};
use crate::{
    clerk::{Draft, Scene},
    record::role_to,
};

/// The service.
pub struct Questions(pub Arc<Desk>);

/// Answers with the question that the act was about. A time that may be claimed stands before the command.
macro_rules! decide {
    ($self:ident, $request:ident, $name:literal, $response:ident, |$fields:ident, $message:ident| $command:expr) => {
        decide!($self, $request, $name, $response, |$fields, $message| None, $command)
    };
    ($self:ident, $request:ident, $name:literal, $response:ident, |$fields:ident, $message:ident| $happened:expr, $command:expr) => {{
        let (call, $message) = $self.0.call($request, $name)?;
        let mut $fields = $self.0.fields();
        let target = $fields.question("name", &$message.name);
        let command: Option<question::Command> = $command;
        let marks = Marks { request_id: &$message.request_id, etag: &$message.etag, happened_at: $happened };
        let render = |scene: &Scene<'_>| with_question(scene, v1::$response::default(), |response| &mut response.question);
        $self.0.change(&call, $fields, target, marks, command.map(Command::Question), render).await
    }};
}

#[tonic::async_trait]
impl QuestionService for Questions {
    async fn submit_question(&self, request: Request<v1::SubmitQuestionRequest>) -> Result<Response<v1::SubmitQuestionResponse>, Status> {
        let (call, message) = self.0.call(request, "SubmitQuestion")?;
        let mut fields = self.0.fields();
        let target = fields.interview("parent", &message.parent);
        let text = fields.text("text", &message.text, QUESTION_MAX);
        let command = text.map(|text| Command::Question(question::Command::Submit { text, urgent: message.urgent_protection }));
        let marks = Marks { request_id: &message.request_id, happened_at: message.happened_at, ..Marks::default() };
        let render = |scene: &Scene<'_>| {
            let response = v1::SubmitQuestionResponse { hints: hints(scene), ..Default::default() };
            with_question(scene, response, |response| &mut response.question)
        };
        self.0.change(&call, fields, target, marks, command, render).await
    }

    async fn withdraw_question(
        &self,
        request: Request<v1::WithdrawQuestionRequest>,
    ) -> Result<Response<v1::WithdrawQuestionResponse>, Status> {
        decide!(self, request, "WithdrawQuestion", WithdrawQuestionResponse, |fields, message| Some(question::Command::Withdraw))
    }

    async fn approve_question(
        &self,
        request: Request<v1::ApproveQuestionRequest>,
    ) -> Result<Response<v1::ApproveQuestionResponse>, Status> {
        decide!(
            self,
            request,
            "ApproveQuestion",
            ApproveQuestionResponse,
            |fields, message| message.happened_at,
            Some(question::Command::Approve)
        )
    }

    async fn reject_question(&self, request: Request<v1::RejectQuestionRequest>) -> Result<Response<v1::RejectQuestionResponse>, Status> {
        decide!(self, request, "RejectQuestion", RejectQuestionResponse, |fields, message| message.happened_at, {
            fields.code("reason", message.reason).map(question::Command::Reject)
        })
    }

    async fn merge_question(&self, request: Request<v1::MergeQuestionRequest>) -> Result<Response<v1::MergeQuestionResponse>, Status> {
        decide!(self, request, "MergeQuestion", MergeQuestionResponse, |fields, message| message.happened_at, {
            sibling(&mut fields, "into", &message.name, &message.into).map(question::Command::Merge)
        })
    }

    async fn revise_question(&self, request: Request<v1::ReviseQuestionRequest>) -> Result<Response<v1::ReviseQuestionResponse>, Status> {
        let (call, message) = self.0.call(request, "ReviseQuestion")?;
        let mut fields = self.0.fields();
        let target = fields.question("name", &message.name);
        let command = fields.text("text", &message.text, QUESTION_MAX).map(|text| Command::Question(question::Command::Revise(text)));
        let marks = Marks { request_id: &message.request_id, etag: &message.etag, happened_at: None };
        let render = |scene: &Scene<'_>| {
            let response = v1::ReviseQuestionResponse { hints: hints(scene), ..Default::default() };
            with_question(scene, response, |response| &mut response.question)
        };
        self.0.change(&call, fields, target, marks, command, render).await
    }

    async fn reword_question(&self, request: Request<v1::RewordQuestionRequest>) -> Result<Response<v1::RewordQuestionResponse>, Status> {
        decide!(self, request, "RewordQuestion", RewordQuestionResponse, |fields, message| {
            fields.text("text", &message.text, QUESTION_MAX).map(question::Command::Reword)
        })
    }

    async fn defer_question(&self, request: Request<v1::DeferQuestionRequest>) -> Result<Response<v1::DeferQuestionResponse>, Status> {
        decide!(
            self,
            request,
            "DeferQuestion",
            DeferQuestionResponse,
            |fields, message| message.happened_at,
            Some(question::Command::Defer)
        )
    }

    async fn rank_question(&self, request: Request<v1::RankQuestionRequest>) -> Result<Response<v1::RankQuestionResponse>, Status> {
        decide!(self, request, "RankQuestion", RankQuestionResponse, |fields, message| {
            Some(question::Command::Rank(Some(message.rank).filter(|rank| *rank > 0)))
        })
    }

    async fn unmark_urgency(&self, request: Request<v1::UnmarkUrgencyRequest>) -> Result<Response<v1::UnmarkUrgencyResponse>, Status> {
        decide!(self, request, "UnmarkUrgency", UnmarkUrgencyResponse, |fields, message| {
            fields.text("reason", &message.reason, REASON_MAX).map(question::Command::UnmarkUrgency)
        })
    }

    async fn mark_acted_on(&self, request: Request<v1::MarkActedOnRequest>) -> Result<Response<v1::MarkActedOnResponse>, Status> {
        decide!(self, request, "MarkActedOn", MarkActedOnResponse, |fields, message| Some(question::Command::MarkActedOn))
    }

    async fn deliver_note(&self, request: Request<v1::DeliverNoteRequest>) -> Result<Response<v1::DeliverNoteResponse>, Status> {
        decide!(self, request, "DeliverNote", DeliverNoteResponse, |fields, message| Some(question::Command::DeliverNote))
    }

    async fn object_to_decision(
        &self,
        request: Request<v1::ObjectToDecisionRequest>,
    ) -> Result<Response<v1::ObjectToDecisionResponse>, Status> {
        decide!(self, request, "ObjectToDecision", ObjectToDecisionResponse, |fields, message| {
            fields.text("text", &message.text, QUESTION_MAX).map(question::Command::Object)
        })
    }

    async fn note_fate(&self, request: Request<v1::NoteFateRequest>) -> Result<Response<v1::NoteFateResponse>, Status> {
        decide!(self, request, "NoteFate", NoteFateResponse, |fields, message| message.happened_at, {
            fate(&mut fields, "", message.fate, message.offset, message.reason).map(question::Command::NoteFate)
        })
    }

    async fn get_question(&self, request: Request<v1::GetQuestionRequest>) -> Result<Response<v1::GetQuestionResponse>, Status> {
        let (call, message) = self.0.call(request, "GetQuestion")?;
        let mut fields = self.0.fields();
        let target = fields.question("name", &message.name);
        let render = |scene: &Scene<'_>| with_question(scene, v1::GetQuestionResponse::default(), |response| &mut response.question);
        self.0.show(&call, fields, target, render).await
    }

    async fn list_questions(&self, request: Request<v1::ListQuestionsRequest>) -> Result<Response<v1::ListQuestionsResponse>, Status> {
        let (call, message) = self.0.call(request, "ListQuestions")?;
        let mut fields = self.0.fields();
        let target = fields.interview("parent", &message.parent);
        let render = |scene: &Scene<'_>| {
            let viewer = &scene.viewer;
            let Some((case, interview)) = meant(viewer, scene.target) else { return Draft::plain(v1::ListQuestionsResponse::default()) };
            let counts = role_counts(viewer.counts_if_watching(case, interview));
            let mut list = Draft::plain(v1::ListQuestionsResponse { counts, ..Default::default() });
            for (at, question) in viewer.questions(case, interview).into_iter().enumerate() {
                let put = |response: &mut v1::ListQuestionsResponse, question| response.questions.push(question);
                list = list.with(draft(viewer, case, interview, question), put, move |response| response.questions.get_mut(at));
            }
            list
        };
        self.0.show(&call, fields, target, render).await
    }
}

/// What the author of a wording is told about its form.
fn hints(scene: &Scene<'_>) -> Vec<i32> {
    match scene.event {
        Some(Event::Question(question::Happened::Submitted { hints, .. } | question::Happened::Revised { hints })) => {
            hints.iter().map(|hint| hint.number()).collect()
        }
        _ => Vec::new(),
    }
}

/// An answer with the question that the scene is about, as the caller may see it.
fn with_question<M: 'static>(scene: &Scene<'_>, response: M, place: fn(&mut M) -> &mut Option<v1::Question>) -> Draft<M> {
    let viewer = &scene.viewer;
    let Some((case, interview)) = meant(viewer, scene.target) else { return Draft::plain(response) };
    let Target::Question(_, _, number) = scene.target else { return Draft::plain(response) };
    let Some(question) = interview.question(*number) else { return Draft::plain(response) };
    let put = |response: &mut M, question| *place(response) = Some(question);
    Draft::plain(response).with(draft(viewer, case, interview, question), put, move |response| place(response).as_mut())
}

/// The case and interview that a target lies in.
pub(super) fn meant<'a>(viewer: &Viewer<'a>, target: &Target) -> Option<(&'a Case, &'a Interview)> {
    let number = match target {
        Target::Interview(_, number) | Target::Question(_, number, _) => *number,
        _ => return None,
    };
    let case = viewer.house.case(target.case()?)?;
    Some((case, case.interview(number)?))
}

/// One question as the caller may see it: without text if they may not read it.
pub fn draft(viewer: &Viewer<'_>, case: &Case, interview: &Interview, question: &Question) -> Draft<v1::Question> {
    let house = &viewer.house.definition().map_or_else(String::new, |definition| definition.id.to_string());
    let own = question.author == viewer.actor.person;
    let reads = viewer.reads_text(case, interview, question);
    let name_in = |interview: u32, number: u32| format!("houses/{house}/cases/{}/interviews/{interview}/questions/{number}", case.alias);
    let name = |number: u32| name_in(interview.number, number);
    let mut message = v1::Question {
        name: name(question.number),
        role: role_to(question.role).into(),
        post: format!("houses/{house}/posts/{}", question.post),
        urgent_protection: question.urgent,
        state: state(question.state).into(),
        submitted_at: Some(timestamp(question.submitted_at)),
        break_number: question.delivered.map_or(0, |(number, _)| number),
        objected: !question.objections.is_empty(),
        own,
        etag: question.changed.to_string(),
        rank: question.rank.unwrap_or(0),
        role_rank: viewer.house.role_rank(question.role).into(),
        acted_on_at: question.acted_on_at.map(timestamp),
        carried_from: question.carried_from.map(|from| name_in(from.interview, from.number)).unwrap_or_default(),
        ..v1::Question::default()
    };
    match question.state {
        State::Rejected(reason) => message.reject_reason = reason.number(),
        State::Merged(into) => {
            let seen = interview.question(into).is_some_and(|target| viewer.reads_text(case, interview, target));
            message.merged_into = if seen { name(into) } else { String::new() };
            message.target_state = state(question.spokesman(interview).state).into();
        }
        State::Submitted | State::Approved | State::Withdrawn | State::Deferred | State::Delivered | State::Fated(_) => {}
    }
    match question.fate(interview) {
        Some(Fate::Asked { offset_us, .. }) => message.offset = Some(duration(offset_us)),
        Some(Fate::NotAsked { reason }) => message.not_asked_reason = reason.number(),
        None => {}
    }
    // What was said about a question goes to its author and to those who see every question, not to the interviewer.
    let reads_all = reads && (own || viewer.reads_protocol(case, interview, false));
    let objection = question.objections.last().copied().filter(|_| reads_all);
    let unmarked = question.urgency_unmarked.filter(|_| reads_all);
    let draft = Draft::plain(message)
        .text(reads.then(|| TextRef::new(question.newest_text(), "text")), |question, text| question.text = text)
        .text(objection.map(|index| TextRef::new(index, "text")), |question, text| question.objection = text)
        .text(unmarked.map(|index| TextRef::new(index, "reason")), |question, reason| question.urgency_unmarked_reason = reason);
    if reads_all { wordings(question).fold(draft, with_wording) } else { draft }
}

/// Every wording, the first one first; none where there is but one.
fn wordings(question: &Question) -> impl Iterator<Item = Wording> {
    let first = Wording { text_index: question.text_index, role: question.role, worded_at: question.submitted_at };
    let later = question.wordings.iter().cloned();
    Some(first).filter(|_| !question.wordings.is_empty()).into_iter().chain(later)
}

fn with_wording(draft: Draft<v1::Question>, wording: Wording) -> Draft<v1::Question> {
    let message = v1::Wording { text: String::new(), role: role_to(wording.role).into(), worded_at: Some(timestamp(wording.worded_at)) };
    let at = draft.message.wordings.len();
    let mut draft = draft;
    draft.message.wordings.push(message);
    draft.text(Some(TextRef::new(wording.text_index, "text")), move |question, text| {
        if let Some(wording) = question.wordings.get_mut(at) {
            wording.text = text;
        }
    })
}

/// How many questions each role has, in the contract's form.
pub fn role_counts(counts: Vec<RoleCount>) -> Vec<v1::RoleCount> {
    let count = |count: RoleCount| v1::RoleCount { role: role_to(count.role).into(), waiting: count.waiting, total: count.total };
    counts.into_iter().map(count).collect()
}

/// Where a question stands, in the contract's form.
pub(super) fn state(state: State) -> v1::QuestionState {
    use question::Asked;
    match state {
        State::Submitted => v1::QuestionState::Submitted,
        State::Approved => v1::QuestionState::Approved,
        State::Rejected(_) => v1::QuestionState::Rejected,
        State::Merged(_) => v1::QuestionState::Merged,
        State::Withdrawn => v1::QuestionState::Withdrawn,
        State::Deferred => v1::QuestionState::Deferred,
        State::Delivered => v1::QuestionState::Delivered,
        State::Fated(Fate::Asked { outcome: Asked::Open, .. }) => v1::QuestionState::Asked,
        State::Fated(Fate::Asked { outcome: Asked::Answered, .. }) => v1::QuestionState::Answered,
        State::Fated(Fate::Asked { outcome: Asked::NoAnswer, .. }) => v1::QuestionState::NoAnswer,
        State::Fated(Fate::Asked { outcome: Asked::ChildDeclined, .. }) => v1::QuestionState::ChildDeclined,
        State::Fated(Fate::NotAsked { .. }) => v1::QuestionState::NotAsked,
    }
}

/// A fate from its parts.
pub(super) fn fate(fields: &mut Fields<'_>, within: &str, kind: i32, offset: Option<prost_types::Duration>, reason: i32) -> Option<Fate> {
    let field = |name: &str| if within.is_empty() { name.to_owned() } else { format!("{within}.{name}") };
    let kind = fields.code(&field("fate"), kind);
    let offset = fields.optional_duration(&field("offset"), offset);
    let reason = fields.optional_code(&field("reason"), reason);
    match Fate::new(kind?, offset?, reason?) {
        Ok(fate) => Some(fate),
        Err(refusal) => {
            let (name, reason) = match refusal {
                question::QuestionRefusal::ReasonNeeded => ("reason", v1::ErrorReason::ReasonNeeded),
                _ => ("offset", v1::ErrorReason::OffsetNeeded),
            };
            fields.refuse(&field(name), reason, refusal.to_string());
            None
        }
    }
}

/// The number of a question of the interview that `of` lies in, or is.
pub(super) fn sibling(fields: &mut Fields<'_>, field: &str, of: &str, name: &str) -> Option<u32> {
    let interview = |name: &str| name.split("/questions/").next().map(str::to_owned);
    match fields.question(field, name) {
        Target::Question(_, _, number) if interview(name) == interview(of) => Some(number),
        Target::Question(..) => {
            fields.refuse(field, v1::ErrorReason::MalformedName, "name a question of the same interview");
            None
        }
        _ => None,
    }
}
