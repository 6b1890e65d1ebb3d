//! Consultations: requesting, scheduling, holding; and showing them. A request opens a case.

use std::sync::Arc;

use barnahus_domain::{
    Command, PostId, Target,
    case::Case,
    code::{Code as _, ConsultationKind},
    consultation::{self, Absence, Action, Consultation, Opening},
    text::ACTION_MAX,
    view::{TextRef, Viewer},
};
use barnahus_policy::Part;
use barnahus_proto::v1::{self, ErrorReason, consultation_service_server::ConsultationService};
use tonic::{Request, Response, Status};

use super::{
    call::{Desk, Marks, permission},
    case::{part, protection},
    directory::house_name,
    fields::Fields,
    times::timestamp,
    token::Pages,
};
use crate::clerk::{Draft, Scene};

/// Longest reason of a request, in characters.
const REQUEST_REASON_MAX: usize = 1000;
/// Most posts that one consultation invites, and of whom each may be absent.
const INVITED_MAX: usize = 20;
/// Most actions that one consultation decides.
const ACTIONS_MAX: usize = 20;
/// The language where none is said.
const USUAL_LANGUAGE: &str = "sv";

/// The service.
pub struct Consultations(pub Arc<Desk>);

#[tonic::async_trait]
impl ConsultationService for Consultations {
    async fn request_consultation(
        &self,
        request: Request<v1::RequestConsultationRequest>,
    ) -> Result<Response<v1::RequestConsultationResponse>, Status> {
        let (call, message) = self.0.call(request, "RequestConsultation")?;
        let mut fields = self.0.fields();
        let target = fields.house("parent", &message.parent);
        let opening = opening(&mut fields, &message);
        let reason = fields.text("reason", &message.reason, REQUEST_REASON_MAX);
        let year = year(&self.0)?;
        let command = opening.zip(reason).map(|(opening, reason)| consultation::Command::Request { opening, reason, year });
        let marks = Marks { request_id: &message.request_id, ..Marks::default() };
        let render = |scene: &Scene<'_>| {
            let case = scene.target.case().map(|alias| format!("{}/cases/{alias}", house_name(scene.viewer.house))).unwrap_or_default();
            let response = v1::RequestConsultationResponse { case, ..Default::default() };
            with_consultation(scene, response, |response| &mut response.consultation)
        };
        self.0.change(&call, fields, target, marks, command.map(Command::Consultation), render).await
    }

    async fn schedule_consultation(
        &self,
        request: Request<v1::ScheduleConsultationRequest>,
    ) -> Result<Response<v1::ScheduleConsultationResponse>, Status> {
        let (call, message) = self.0.call(request, "ScheduleConsultation")?;
        let mut fields = self.0.fields();
        let target = fields.consultation("name", &message.name);
        let starts_at = fields.optional_time("starts_at", message.starts_at);
        let invited = fields.list("invited", &message.invited, INVITED_MAX, false, |fields, field, name| fields.post(field, name));
        let command = starts_at.zip(invited).map(|(starts_at, invited)| consultation::Command::Schedule { starts_at, invited });
        let marks = Marks { request_id: &message.request_id, etag: &message.etag, happened_at: None };
        let render = |scene: &Scene<'_>| {
            with_consultation(scene, v1::ScheduleConsultationResponse::default(), |response| &mut response.consultation)
        };
        self.0.change(&call, fields, target, marks, command.map(Command::Consultation), render).await
    }

    async fn hold_consultation(
        &self,
        request: Request<v1::HoldConsultationRequest>,
    ) -> Result<Response<v1::HoldConsultationResponse>, Status> {
        let (call, message) = self.0.call(request, "HoldConsultation")?;
        let mut fields = self.0.fields();
        let target = fields.consultation("name", &message.name);
        let absences = fields.list("absences", &message.absences, INVITED_MAX, true, absence);
        let actions = fields.list("actions", &message.actions, ACTIONS_MAX, true, action);
        let command = absences.zip(actions).map(|(absences, actions)| consultation::Command::Hold { absences, actions });
        let marks = Marks { request_id: &message.request_id, etag: &message.etag, happened_at: message.happened_at };
        let render =
            |scene: &Scene<'_>| with_consultation(scene, v1::HoldConsultationResponse::default(), |response| &mut response.consultation);
        self.0.change(&call, fields, target, marks, command.map(Command::Consultation), render).await
    }

    async fn hold_after_meeting(
        &self,
        request: Request<v1::HoldAfterMeetingRequest>,
    ) -> Result<Response<v1::HoldAfterMeetingResponse>, Status> {
        let (call, message) = self.0.call(request, "HoldAfterMeeting")?;
        let mut fields = self.0.fields();
        let target = fields.interview("interview", &message.interview);
        let actions = fields.list("actions", &message.actions, ACTIONS_MAX, true, action);
        let command = actions.map(|actions| consultation::Command::HoldAfterMeeting { actions });
        let marks = Marks { request_id: &message.request_id, etag: "", happened_at: message.happened_at };
        let render =
            |scene: &Scene<'_>| with_consultation(scene, v1::HoldAfterMeetingResponse::default(), |response| &mut response.consultation);
        self.0.change(&call, fields, target, marks, command.map(Command::Consultation), render).await
    }

    async fn get_consultation(
        &self,
        request: Request<v1::GetConsultationRequest>,
    ) -> Result<Response<v1::GetConsultationResponse>, Status> {
        let (call, message) = self.0.call(request, "GetConsultation")?;
        let mut fields = self.0.fields();
        let target = fields.consultation("name", &message.name);
        let render =
            |scene: &Scene<'_>| with_consultation(scene, v1::GetConsultationResponse::default(), |response| &mut response.consultation);
        self.0.show(&call, fields, target, render).await
    }

    async fn list_consultations(
        &self,
        request: Request<v1::ListConsultationsRequest>,
    ) -> Result<Response<v1::ListConsultationsResponse>, Status> {
        let (call, list) = self.0.call(request, "ListConsultations")?;
        let mut fields = self.0.fields();
        let target = fields.house_or_case("parent", &list.parent);
        let size = fields.page_size(list.page_size, 50, 100);
        let pages = Pages::new(&self.0.token_key, &call);
        let skip = pages.open(&mut fields, &list.page_token);
        let render = move |scene: &Scene<'_>| {
            let viewer = &scene.viewer;
            let cases = permission("consultation.read")
                .into_iter()
                .flat_map(|reading| viewer.cases(reading))
                .filter(|case| scene.target.case().is_none_or(|alias| case.alias == *alias));
            let mut found = cases.flat_map(|case| case.consultations().iter().rev().map(move |found| (case, found))).skip(skip);
            let consultations: Vec<_> = found.by_ref().take(size).map(|(case, found)| message(viewer, case, found)).collect();
            let listed = consultations.iter().map(|consultation| consultation.name.clone()).collect();
            let next_page_token = found.next().map(|_| pages.seal(skip + size)).unwrap_or_default();
            Draft::plain(v1::ListConsultationsResponse { consultations, next_page_token, receipt: None }).listing(listed)
        };
        self.0.show(&call, fields, target, render).await
    }
}

/// The year in the house's time zone: part of an alias.
fn year(desk: &Desk) -> Result<i16, Status> {
    let now = jiff::Timestamp::from_microsecond(desk.now().0).map_err(|error| desk.broken(&error))?;
    Ok(now.to_zoned(desk.time_zone.clone()).year())
}

/// What opens a case, from its fields.
fn opening(fields: &mut Fields<'_>, message: &v1::RequestConsultationRequest) -> Option<Opening> {
    let kind = fields.code("kind", message.kind);
    if kind == Some(ConsultationKind::AfterMeeting) {
        fields.refuse("kind", v1::ErrorReason::UnknownCode, "an after-meeting follows an interview: use HoldAfterMeeting");
    }
    let identity_mode = fields.code("identity_mode", message.identity_mode);
    let home_board = fields.authority("home_board", &message.home_board);
    let protection = protection(fields, "protection", message.protection);
    let child_age_band = fields.code("child_age_band", message.child_age_band);
    let crime_type = fields.code("crime_type", message.crime_type);
    let relation_to_child = fields.code("relation_to_child", message.relation_to_child);
    let language = language(fields, &message.language);
    let named = !message.coordinator.is_empty();
    let coordinator = if named { fields.post("coordinator", &message.coordinator).map(Some) } else { Some(None) };
    Some(Opening {
        kind: kind?,
        identity_mode: identity_mode?,
        home_board: home_board?,
        protection: protection?,
        child_age_band: child_age_band?,
        crime_type: crime_type?,
        relation_to_child: relation_to_child?,
        language: language?,
        coordinator: coordinator?,
    })
}

/// SPEC: ISO 639: two or three letters.
fn language(fields: &mut Fields<'_>, raw: &str) -> Option<String> {
    if raw.is_empty() {
        return Some(USUAL_LANGUAGE.to_owned());
    }
    if (2..=3).contains(&raw.len()) && raw.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Some(raw.to_owned());
    }
    fields.refuse("language", ErrorReason::InvalidField, "give a language as two or three small letters, such as `sv`");
    None
}

fn absence(fields: &mut Fields<'_>, field: &str, absence: &v1::Absence) -> Option<Absence> {
    let post = fields.post(&format!("{field}.post"), &absence.post);
    let reason = fields.code(&format!("{field}.reason"), absence.reason);
    Some(Absence { post: post?, reason: reason? })
}

fn action(fields: &mut Fields<'_>, field: &str, action: &v1::Action) -> Option<Action> {
    let what = fields.text(&format!("{field}.what"), &action.what, ACTION_MAX);
    let owner = fields.post(&format!("{field}.owner"), &action.owner);
    let due_at = fields.time(&format!("{field}.due_at"), action.due_at);
    Some(Action { what: what?, owner: owner?, due_at: due_at? })
}

/// An answer with the consultation that the scene is about, as the caller may see it.
fn with_consultation<M: 'static>(scene: &Scene<'_>, response: M, place: fn(&mut M) -> &mut Option<v1::Consultation>) -> Draft<M> {
    let Target::Consultation(alias, number) = scene.target else { return Draft::plain(response) };
    let Some(case) = scene.viewer.house.case(alias) else { return Draft::plain(response) };
    let Some(consultation) = case.consultation(*number) else { return Draft::plain(response) };
    let put = |response: &mut M, consultation| *place(response) = Some(consultation);
    Draft::plain(response).with(draft(&scene.viewer, case, consultation), put, move |response| place(response).as_mut())
}

/// One consultation with its texts: the reason goes only to those with a part.
pub fn draft(viewer: &Viewer<'_>, case: &Case, consultation: &Consultation) -> Draft<v1::Consultation> {
    let reason = consultation.reason_index.filter(|_| part(viewer, case) != Part::None);
    let draft = Draft::plain(message(viewer, case, consultation))
        .text(reason.map(|index| TextRef::new(index, "reason")), |consultation, text| consultation.reason = text);
    (0..consultation.actions.len()).fold(draft, |draft, at| {
        let what = consultation.actions_index.map(|index| TextRef::new(index, format!("actions/{at}/what")));
        draft.text(what, move |consultation, text| {
            if let Some(action) = consultation.actions.get_mut(at) {
                action.what = text;
            }
        })
    })
}

/// One consultation in the contract's form, without any text.
#[must_use]
pub fn message(viewer: &Viewer<'_>, case: &Case, consultation: &Consultation) -> v1::Consultation {
    let house = house_name(viewer.house);
    let post = |post: &PostId| format!("{house}/posts/{post}");
    let absence = |absence: &Absence| v1::Absence { post: post(&absence.post), reason: absence.reason.number() };
    let actions = consultation.actions.iter().map(|action| v1::Action {
        what: String::new(),
        owner: post(&action.owner),
        due_at: Some(timestamp(action.due_at)),
    });
    v1::Consultation {
        name: format!("{house}/cases/{}/consultations/{}", case.alias, consultation.number),
        kind: consultation.kind.number(),
        state: consultation.state.number(),
        requested_by: consultation.requested_by.as_ref().map(post).unwrap_or_default(),
        requested_at: Some(timestamp(consultation.requested_at)),
        starts_at: consultation.starts_at.map(timestamp),
        invited: consultation.invited.iter().map(post).collect(),
        absences: consultation.absences.iter().map(absence).collect(),
        actions: actions.collect(),
        reason: String::new(),
        etag: consultation.changed.to_string(),
    }
}
