//! Cases: opening the investigation, the embargo, the representative, the guardians; and showing cases to those who may know of them.

use std::sync::Arc;

use barnahus_domain::{
    Command, PostId, Target,
    case::{self, Case},
    code::Code as _,
    text::REASON_MAX,
    view::Viewer,
};
use barnahus_policy::{Part, Protection};
use barnahus_proto::v1::{self, ErrorReason, case_service_server::CaseService};
use tonic::{Request, Response, Status};

use super::{
    call::{Desk, Marks, permission},
    directory::house_name,
    fields::Fields,
    times::timestamp,
    token::Pages,
};
use crate::{
    clerk::{Draft, Scene},
    record::part_to,
};

/// The service.
pub struct Cases(pub Arc<Desk>);

/// Answers with the case that the act was about.
macro_rules! case_act {
    ($self:ident, $request:ident, $name:literal, $response:ident, |$fields:ident, $message:ident| ($happened:expr, $command:expr)) => {{
        let (call, $message) = $self.0.call($request, $name)?;
        let mut $fields = $self.0.fields();
        let target = $fields.case("name", &$message.name);
        let command: Option<case::Command> = $command;
        let marks = Marks { request_id: &$message.request_id, etag: &$message.etag, happened_at: $happened };
        let render = |scene: &Scene<'_>| with_case(scene, v1::$response::default(), |response| &mut response.case);
        $self.0.change(&call, $fields, target, marks, command.map(Command::Case), render).await
    }};
}

#[tonic::async_trait]
impl CaseService for Cases {
    async fn get_case(&self, request: Request<v1::GetCaseRequest>) -> Result<Response<v1::GetCaseResponse>, Status> {
        let (call, message) = self.0.call(request, "GetCase")?;
        let mut fields = self.0.fields();
        let target = fields.case("name", &message.name);
        let render = |scene: &Scene<'_>| with_case(scene, v1::GetCaseResponse::default(), |response| &mut response.case);
        self.0.show(&call, fields, target, render).await
    }

    async fn list_cases(&self, request: Request<v1::ListCasesRequest>) -> Result<Response<v1::ListCasesResponse>, Status> {
        let (call, list) = self.0.call(request, "ListCases")?;
        let mut fields = self.0.fields();
        let target = fields.house("parent", &list.parent);
        let size = fields.page_size(list.page_size, 50, 100);
        let pages = Pages::new(&self.0.token_key, &call);
        let skip = pages.open(&mut fields, &list.page_token);
        let render = move |scene: &Scene<'_>| {
            let viewer = &scene.viewer;
            let mut found = permission("case.read").into_iter().flat_map(|reading| viewer.cases(reading)).skip(skip);
            let cases: Vec<_> = found.by_ref().take(size).map(|case| message(viewer, case)).collect();
            let listed = cases.iter().map(|case| case.name.clone()).collect();
            let next_page_token = found.next().map(|_| pages.seal(skip + size)).unwrap_or_default();
            Draft::plain(v1::ListCasesResponse { cases, next_page_token, receipt: None }).listing(listed)
        };
        self.0.show(&call, fields, target, render).await
    }

    async fn open_investigation(
        &self,
        request: Request<v1::OpenInvestigationRequest>,
    ) -> Result<Response<v1::OpenInvestigationResponse>, Status> {
        case_act!(self, request, "OpenInvestigation", OpenInvestigationResponse, |fields, message| (message.happened_at, {
            let police_reference = reference(&mut fields, "police_reference", &message.police_reference);
            let identity_mode = fields.optional_code("identity_mode", message.identity_mode);
            let legal_ground = fields.optional_reference("legal_ground", &message.legal_ground);
            (|| {
                let (police_reference, identity_mode) = (police_reference?, identity_mode?);
                Some(case::Command::OpenInvestigation { police_reference, identity_mode, legal_ground: legal_ground? })
            })()
        }))
    }

    async fn name_deputy(&self, request: Request<v1::NameDeputyRequest>) -> Result<Response<v1::NameDeputyResponse>, Status> {
        case_act!(self, request, "NameDeputy", NameDeputyResponse, |fields, message| (None, {
            fields.post("post", &message.post).map(case::Command::NameDeputy)
        }))
    }

    async fn set_embargo(&self, request: Request<v1::SetEmbargoRequest>) -> Result<Response<v1::SetEmbargoResponse>, Status> {
        case_act!(self, request, "SetEmbargo", SetEmbargoResponse, |fields, message| (None, {
            fields.text("reason", &message.reason, REASON_MAX).map(case::Command::SetEmbargo)
        }))
    }

    async fn lift_embargo(&self, request: Request<v1::LiftEmbargoRequest>) -> Result<Response<v1::LiftEmbargoResponse>, Status> {
        case_act!(self, request, "LiftEmbargo", LiftEmbargoResponse, |fields, message| (None, {
            fields.text("reason", &message.reason, REASON_MAX).map(case::Command::LiftEmbargo)
        }))
    }

    async fn record_special_representative(
        &self,
        request: Request<v1::RecordSpecialRepresentativeRequest>,
    ) -> Result<Response<v1::RecordSpecialRepresentativeResponse>, Status> {
        case_act!(self, request, "RecordSpecialRepresentative", RecordSpecialRepresentativeResponse, |fields, message| (
            message.happened_at,
            {
                let state = fields.code("state", message.state);
                let post = if message.post.is_empty() { Some(None) } else { fields.post("post", &message.post).map(Some) };
                let given = !message.court_reference.is_empty();
                let court_reference =
                    if given { reference(&mut fields, "court_reference", &message.court_reference).map(Some) } else { Some(None) };
                (|| Some(case::Command::RecordRepresentative { state: state?, post: post?, court_reference: court_reference? }))()
            }
        ))
    }

    async fn record_guardians_informed(
        &self,
        request: Request<v1::RecordGuardiansInformedRequest>,
    ) -> Result<Response<v1::RecordGuardiansInformedResponse>, Status> {
        case_act!(self, request, "RecordGuardiansInformed", RecordGuardiansInformedResponse, |fields, message| (
            message.happened_at,
            Some(case::Command::RecordGuardiansInformed)
        ))
    }
}

/// An answer with the case that the scene is about.
fn with_case<M>(scene: &Scene<'_>, mut response: M, place: fn(&mut M) -> &mut Option<v1::Case>) -> Draft<M> {
    if let Target::Case(alias) = scene.target {
        *place(&mut response) = scene.viewer.house.case(alias).map(|case| message(&scene.viewer, case));
    }
    Draft::plain(response)
}

/// A police report's or a court's reference: as other references, without `:`.
fn reference(fields: &mut Fields<'_>, field: &str, raw: &str) -> Option<String> {
    if raw.contains(':') {
        fields.refuse(field, ErrorReason::InvalidField, "give 1 to 40 letters, digits, `-`, `.`, `/` or spaces");
        return None;
    }
    fields.reference(field, raw)
}

/// The caller's part in a case now: after an act that gave or took one, not the one that the act was decided on.
pub(super) fn part(viewer: &Viewer<'_>, case: &Case) -> Part {
    let seat = viewer.house.person(&viewer.actor.person).and_then(|person| case.seat(person, None, viewer.now));
    seat.map_or(Part::None, |seat| seat.part)
}

/// One case in the contract's form. It has no text.
#[must_use]
pub fn message(viewer: &Viewer<'_>, case: &Case) -> v1::Case {
    let house = house_name(viewer.house);
    let post = |post: &PostId| format!("{house}/posts/{post}");
    v1::Case {
        name: format!("{house}/cases/{}", case.alias),
        home_board: format!("{house}/authorities/{}", case.home_board),
        protection: protection_to(case.protection).into(),
        identity_mode: case.identity_mode.number(),
        child_age_band: case.child_age_band.number(),
        crime_type: case.crime_type.number(),
        relation_to_child: case.relation_to_child.number(),
        language: case.language.clone(),
        requested_at: Some(timestamp(case.requested_at)),
        leader: case.leader().map(|seat| post(&seat.post)).unwrap_or_default(),
        police_reference: case.police_reference.clone().unwrap_or_default(),
        opened_at: case.opened_at.map(timestamp),
        first_interview_due_at: case.first_interview_due_at().map(timestamp),
        embargo: case.embargo,
        representative_state: case.representative_state.map_or(0, |state| state.number()),
        representative: case.representative.as_ref().map(post).unwrap_or_default(),
        guardians_informed_at: case.guardians_informed_at.map(timestamp),
        caller_part: part_to(part(viewer, case)).into(),
        deputies: case.deputies().map(post).collect(),
        etag: case.changed.to_string(),
    }
}

fn protection_to(protection: Protection) -> v1::Protection {
    match protection {
        Protection::None => v1::Protection::None,
        Protection::ConfidentialityMarked => v1::Protection::ConfidentialityMarked,
        Protection::ProtectedRegistration => v1::Protection::ProtectedRegistration,
        Protection::FictitiousIdentity => v1::Protection::FictitiousIdentity,
    }
}

/// A protection level, by its number in the contract; unspecified means none.
pub(super) fn protection(fields: &mut Fields<'_>, field: &str, number: i32) -> Option<Protection> {
    if number == 0 {
        return Some(Protection::None);
    }
    let protection = Protection::ALL.iter().copied().find(|known| i32::from(protection_to(*known)) == number);
    if protection.is_none() {
        let known = Protection::ALL.iter().map(|known| known.as_str()).collect::<Vec<_>>().join(", ");
        fields.refuse(field, ErrorReason::UnknownCode, format!("give one of {known}"));
    }
    protection
}
