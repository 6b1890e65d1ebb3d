//! `barnahus case`.

use barnahus_proto::v1::{
    GetCaseRequest, IdentityMode, LiftEmbargoRequest, ListCasesRequest, NameDeputyRequest, OpenInvestigationRequest,
    RecordGuardiansInformedRequest, RecordSpecialRepresentativeRequest, SetEmbargoRequest,
};

use super::Fill as _;
use crate::{
    args::{CaseCommand, EmbargoCommand},
    errors::Failure,
    session::Session,
    stdin,
};

/// Does it.
pub(super) async fn run(session: &mut Session, command: CaseCommand) -> Result<(), Failure> {
    let request_id = String::new();
    match command {
        CaseCommand::List { pages } => {
            let parent = session.house().to_owned();
            session.show_pages(ListCasesRequest { parent, ..ListCasesRequest::default() }, &pages).await
        }
        CaseCommand::Show { of } => session.show(GetCaseRequest { name: session.full(&of.case) }).await,
        CaseCommand::Open { of, police_reference, identity, ground, happened, unchanged } => {
            let name = session.full(&of.case);
            let identity_mode = identity.unwrap_or(IdentityMode::Unspecified).into();
            let happened_at = session.happened(happened)?;
            let etag = unchanged.etag;
            session
                .show(OpenInvestigationRequest {
                    name,
                    request_id,
                    etag,
                    police_reference,
                    identity_mode,
                    legal_ground: ground,
                    happened_at,
                })
                .await
        }
        CaseCommand::Deputy { of, post, unchanged } => {
            let (name, post) = (session.full(&of.case), session.full(&post));
            session.show(NameDeputyRequest { name, request_id, etag: unchanged.etag, post }).await
        }
        CaseCommand::Embargo(EmbargoCommand::Set { of, reason, unchanged }) => {
            let name = session.full(&of.case);
            let reason = stdin::text(reason.as_deref(), "ask-embargo-reason", session.screen.words)?;
            session.show(SetEmbargoRequest { name, request_id, etag: unchanged.etag, reason }).await
        }
        CaseCommand::Embargo(EmbargoCommand::Lift { of, reason, unchanged }) => {
            let name = session.full(&of.case);
            let reason = stdin::text(reason.as_deref(), "ask-embargo-reason", session.screen.words)?;
            session.show(LiftEmbargoRequest { name, request_id, etag: unchanged.etag, reason }).await
        }
        CaseCommand::Representative { of, state, post, court_reference, happened, unchanged } => {
            let (name, post) = (session.full(&of.case), session.full_or_empty(post.as_ref()));
            let happened_at = session.happened(happened)?;
            let (state, etag) = (state.into(), unchanged.etag);
            session.show(RecordSpecialRepresentativeRequest { name, request_id, etag, state, post, court_reference, happened_at }).await
        }
        CaseCommand::GuardiansInformed { of, happened, unchanged } => {
            let (name, happened_at) = (session.full(&of.case), session.happened(happened)?);
            session.show(RecordGuardiansInformedRequest { name, request_id, etag: unchanged.etag, happened_at }).await
        }
    }
}
