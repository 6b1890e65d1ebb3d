//! `barnahus consultation`.

use barnahus_proto::v1::{
    Absence, Action, GetConsultationRequest, HoldAfterMeetingRequest, HoldConsultationRequest, ListConsultationsRequest, Protection,
    RequestConsultationRequest, RequestConsultationResponse, ScheduleConsultationRequest,
};

use super::Fill as _;
use crate::{
    args::{ConsultationCommand, pair::ActionArg},
    errors::Failure,
    names::short,
    output::note,
    rpc::Call as _,
    session::Session,
    stdin,
};

/// Does it.
pub(super) async fn run(session: &mut Session, command: ConsultationCommand) -> Result<(), Failure> {
    let request_id = String::new();
    match command {
        ConsultationCommand::Request(args) => request(session, args).await,
        ConsultationCommand::Schedule { of, starts, invite, unchanged } => {
            let (name, starts_at, invited) = (session.full(&of.consultation), session.time(starts)?, session.full_all(&invite));
            session.show(ScheduleConsultationRequest { name, request_id, etag: unchanged.etag, starts_at, invited }).await
        }
        ConsultationCommand::Hold { of, absent, decided, happened, unchanged } => {
            let name = session.full(&of.consultation);
            let absences = absent.iter().map(|pair| Absence { post: session.full(&pair.0), reason: pair.1.0.into() }).collect();
            let (actions, happened_at) = (actions(session, &decided.actions)?, session.happened(happened)?);
            session.show(HoldConsultationRequest { name, request_id, etag: unchanged.etag, absences, actions, happened_at }).await
        }
        ConsultationCommand::AfterMeeting { of, decided, happened } => {
            let interview = session.full(&of.interview);
            let (actions, happened_at) = (actions(session, &decided.actions)?, session.happened(happened)?);
            session.show(HoldAfterMeetingRequest { interview, request_id, actions, happened_at }).await
        }
        ConsultationCommand::Show { of } => session.show(GetConsultationRequest { name: session.full(&of.consultation) }).await,
        ConsultationCommand::List { case, pages } => {
            let parent = case.map_or_else(|| session.house().to_owned(), |case| session.full(&case));
            session.show_pages(ListConsultationsRequest { parent, ..ListConsultationsRequest::default() }, &pages).await
        }
    }
}

async fn request(session: &mut Session, args: crate::args::RequestArgs) -> Result<(), Failure> {
    let words = session.screen.words;
    let request = RequestConsultationRequest {
        parent: session.house().to_owned(),
        request_id: String::new(),
        kind: args.kind.into(),
        identity_mode: args.identity.into(),
        home_board: session.full(&args.home_board),
        protection: args.protection.unwrap_or(Protection::Unspecified).into(),
        child_age_band: args.age.into(),
        crime_type: args.crime.into(),
        relation_to_child: args.relation.into(),
        language: args.language,
        reason: stdin::text(args.reason.as_deref(), "ask-consultation-reason", words)?,
        coordinator: session.full_or_empty(args.coordinator.as_ref()),
    };
    let answer: RequestConsultationResponse = session.call(request).await?;
    note(&words.tell("say-case-opened", &[("case", &short(&answer.case))]));
    session.screen.answer(RequestConsultationRequest::RPC, &answer)
}

/// What was decided, from arguments and, where one of them is `-`, from standard input.
fn actions(session: &Session, given: &[String]) -> Result<Vec<Action>, Failure> {
    let mut lines: Vec<String> = given.iter().filter(|line| *line != "-").cloned().collect();
    if given.iter().any(|line| line == "-") {
        lines.extend(stdin::lines("ask-actions", session.screen.words)?);
    }
    let mut actions = Vec::with_capacity(lines.len());
    for line in lines {
        let ActionArg { owner, due, what } = line.parse()?;
        actions.push(Action { what, owner: session.full(&owner), due_at: session.time(due.0)? });
    }
    Ok(actions)
}
