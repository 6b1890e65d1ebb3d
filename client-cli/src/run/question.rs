//! `barnahus question`.

use barnahus_proto::v1::{
    ApproveQuestionRequest, DeferQuestionRequest, DeliverNoteRequest, GetQuestionRequest, ListQuestionsRequest, MarkActedOnRequest,
    MergeQuestionRequest, NotAskedReason, NoteFateRequest, ObjectToDecisionRequest, RankQuestionRequest, RejectQuestionRequest,
    ReviseQuestionRequest, RewordQuestionRequest, SubmitQuestionRequest, UnmarkUrgencyRequest, WithdrawQuestionRequest,
};

use super::Fill as _;
use crate::{
    args::{QuestionCommand, pair::interview_of},
    errors::Failure,
    session::Session,
    stdin,
    times::Offset,
};

/// Does it.
pub(super) async fn run(session: &mut Session, command: QuestionCommand) -> Result<(), Failure> {
    let (words, request_id) = (session.screen.words, String::new());
    match command {
        QuestionCommand::Ask { of, text, urgent, happened } => {
            let (parent, happened_at) = (session.full(&of.interview), session.happened(happened)?);
            let text = stdin::text(text.as_deref(), "ask-question", words)?;
            session.show(SubmitQuestionRequest { parent, request_id, text, urgent_protection: urgent, happened_at }).await
        }
        QuestionCommand::List { of } => session.show(ListQuestionsRequest { parent: session.full(&of.interview) }).await,
        QuestionCommand::Show { of } => session.show(GetQuestionRequest { name: session.full(&of.question) }).await,
        QuestionCommand::Withdraw(act) => {
            let (name, etag) = (session.full(&act.of.question), act.unchanged.etag);
            session.show(WithdrawQuestionRequest { name, request_id, etag }).await
        }
        QuestionCommand::Approve(act) => {
            let (name, etag, happened_at) = (session.full(&act.of.question), act.unchanged.etag, session.happened(act.happened)?);
            session.show(ApproveQuestionRequest { name, request_id, etag, happened_at }).await
        }
        QuestionCommand::Reject { act, reason } => {
            let (name, etag, happened_at) = (session.full(&act.of.question), act.unchanged.etag, session.happened(act.happened)?);
            session.show(RejectQuestionRequest { name, request_id, etag, happened_at, reason: reason.into() }).await
        }
        QuestionCommand::Merge { act, into } => {
            let (name, etag, happened_at) = (session.full(&act.of.question), act.unchanged.etag, session.happened(act.happened)?);
            let into = into.full(session.house(), interview_of(&name));
            session.show(MergeQuestionRequest { name, request_id, etag, happened_at, into }).await
        }
        QuestionCommand::Object { act, text } => {
            let (name, etag) = (session.full(&act.of.question), act.unchanged.etag);
            let text = stdin::text(text.as_deref(), "ask-objection", words)?;
            session.show(ObjectToDecisionRequest { name, request_id, etag, text }).await
        }
        QuestionCommand::Revise { act, text } => {
            let (name, etag) = (session.full(&act.of.question), act.unchanged.etag);
            let text = stdin::text(text.as_deref(), "ask-question", words)?;
            session.show(ReviseQuestionRequest { name, request_id, etag, text }).await
        }
        QuestionCommand::Reword { act, text } => {
            let (name, etag) = (session.full(&act.of.question), act.unchanged.etag);
            let text = stdin::text(text.as_deref(), "ask-wording", words)?;
            session.show(RewordQuestionRequest { name, request_id, etag, text }).await
        }
        QuestionCommand::Defer(act) => {
            let (name, etag, happened_at) = (session.full(&act.of.question), act.unchanged.etag, session.happened(act.happened)?);
            session.show(DeferQuestionRequest { name, request_id, etag, happened_at }).await
        }
        QuestionCommand::Rank { act, rank } => {
            let (name, etag) = (session.full(&act.of.question), act.unchanged.etag);
            session.show(RankQuestionRequest { name, request_id, etag, rank }).await
        }
        QuestionCommand::NotUrgent { act, reason } => {
            let (name, etag) = (session.full(&act.of.question), act.unchanged.etag);
            let reason = stdin::text(reason.as_deref(), "ask-not-urgent", words)?;
            session.show(UnmarkUrgencyRequest { name, request_id, etag, reason }).await
        }
        QuestionCommand::ActedOn(act) => {
            let (name, etag) = (session.full(&act.of.question), act.unchanged.etag);
            session.show(MarkActedOnRequest { name, request_id, etag }).await
        }
        QuestionCommand::Note(act) => {
            let (name, etag) = (session.full(&act.of.question), act.unchanged.etag);
            session.show(DeliverNoteRequest { name, request_id, etag }).await
        }
        QuestionCommand::Fate { act, fate, offset, reason } => {
            let (name, etag, offset) = (session.full(&act.of.question), act.unchanged.etag, offset.map(Offset::duration));
            let happened_at = session.happened(act.happened)?;
            let (fate, reason) = (fate.into(), reason.unwrap_or(NotAskedReason::Unspecified).into());
            session.show(NoteFateRequest { name, request_id, etag, happened_at, fate, offset, reason }).await
        }
    }
}
