//! `barnahus consultation`.

use barnahus_proto::v1::{
    self, Absence, Action, GetConsultationRequest, GetHouseRequest, HoldAfterMeetingRequest, HoldConsultationRequest,
    ListConsultationsRequest, Protection, RequestConsultationRequest, RequestConsultationResponse, ScheduleConsultationRequest,
};

use super::Fill as _;
use crate::{
    args::{ConsultationCommand, Happened, pair::ActionArg},
    errors::Failure,
    names::{Authority, Name, folded, last, short},
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
            let (name, invited) = (session.full(&of.consultation), session.full_all(&invite));
            // Absent means now, by the house's clock.
            let starts_at = session.happened(Happened { at: starts })?;
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

/// The authority's full name, by its id or its name as people write it; what the house does not know is left for it to refuse.
async fn home_board(session: &mut Session, typed: &str) -> Result<String, Failure> {
    if typed.starts_with("houses/") {
        return Ok(typed.parse::<Name<Authority>>()?.full(session.house()));
    }
    let name = session.house().to_owned();
    let house = session.call(GetHouseRequest { name }).await?.house.unwrap_or_default();
    let means = |authority: &&v1::Authority| [last(&authority.name), &authority.display_name].map(folded).contains(&folded(typed));
    let exactly = house.authorities.iter().find(|authority| last(&authority.name) == typed);
    match exactly.or_else(|| house.authorities.iter().find(means)) {
        Some(authority) => Ok(authority.name.clone()),
        None => Ok(typed.parse::<Name<Authority>>()?.full(session.house())),
    }
}

async fn request(session: &mut Session, args: crate::args::RequestArgs) -> Result<(), Failure> {
    let words = session.screen.words;
    let home_board = home_board(session, &args.home_board).await?;
    let request = RequestConsultationRequest {
        parent: session.house().to_owned(),
        request_id: String::new(),
        kind: args.kind.into(),
        identity_mode: args.identity.into(),
        home_board,
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
