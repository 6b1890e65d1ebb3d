//! Bookings: booking, answering, confirming, admitting, documenting; and showing interviews.

use std::sync::Arc;

use barnahus_domain::{
    Command, Target,
    booking::{self, Need},
    case::Case,
    text::REASON_MAX,
};
use barnahus_proto::v1::{self, booking_service_server::BookingService};
use tonic::{Request, Response, Status};

use super::{
    call::{Desk, Marks, permission},
    interview,
    question::meant,
    token,
};
use crate::clerk::{Draft, Scene};

/// The service.
pub struct Bookings(pub Arc<Desk>);

/// Answers with the interview that the act was about.
macro_rules! interview_act {
    ($self:ident, $request:ident, $name:literal, $response:ident, |$fields:ident, $message:ident| $command:expr) => {{
        let (call, $message) = $self.0.call($request, $name)?;
        let mut $fields = $self.0.fields();
        let target = $fields.interview("name", &$message.name);
        let command: Option<booking::Command> = $command;
        let marks = Marks { request_id: &$message.request_id, etag: &$message.etag, happened_at: None };
        let render = |scene: &Scene<'_>| with_interview(scene, v1::$response::default(), |response| &mut response.interview);
        $self.0.change(&call, $fields, target, marks, command.map(Command::Interview), render).await
    }};
}

#[tonic::async_trait]
impl BookingService for Bookings {
    async fn book_interview(&self, request: Request<v1::BookInterviewRequest>) -> Result<Response<v1::BookInterviewResponse>, Status> {
        let (call, message) = self.0.call(request, "BookInterview")?;
        let mut fields = self.0.fields();
        let target = fields.case("parent", &message.parent);
        let kind = fields.code("kind", message.kind);
        let needs = fields.list("needs", &message.needs, 20, false, |fields, field, need| {
            let role = fields.role(&format!("{field}.role"), need.role);
            let post = if need.post.is_empty() { Some(None) } else { fields.post(&format!("{field}.post"), &need.post).map(Some) };
            Some(Need { role: role?, required: need.required, post: post? })
        });
        let rooms = fields.list("rooms", &message.rooms, 2, true, |fields, field, name| fields.room(field, name));
        let starts_at = fields.time("starts_at", message.starts_at);
        let duration = fields.optional_duration("duration", message.duration);
        let command = (|| {
            let (needs, rooms, starts_at) = (needs?, rooms?, starts_at?);
            Some(booking::Command::Book { kind: kind?, needs, rooms, starts_at, duration_us: duration?.unwrap_or_default() })
        })();
        let marks = Marks { request_id: &message.request_id, ..Marks::default() };
        let render = |scene: &Scene<'_>| with_interview(scene, v1::BookInterviewResponse::default(), |response| &mut response.interview);
        self.0.change(&call, fields, target, marks, command.map(Command::Interview), render).await
    }

    async fn accept_booking(&self, request: Request<v1::AcceptBookingRequest>) -> Result<Response<v1::AcceptBookingResponse>, Status> {
        interview_act!(self, request, "AcceptBooking", AcceptBookingResponse, |fields, message| Some(booking::Command::Accept))
    }

    async fn decline_booking(&self, request: Request<v1::DeclineBookingRequest>) -> Result<Response<v1::DeclineBookingResponse>, Status> {
        interview_act!(self, request, "DeclineBooking", DeclineBookingResponse, |fields, message| {
            fields.code("reason", message.reason).map(booking::Command::Decline)
        })
    }

    async fn invite_post(&self, request: Request<v1::InvitePostRequest>) -> Result<Response<v1::InvitePostResponse>, Status> {
        interview_act!(self, request, "InvitePost", InvitePostResponse, |fields, message| {
            let post = fields.post("post", &message.post);
            let instead_of = fields.post("instead_of", &message.instead_of);
            post.zip(instead_of).map(|(post, instead_of)| booking::Command::Invite { post, instead_of })
        })
    }

    async fn confirm_interview(
        &self,
        request: Request<v1::ConfirmInterviewRequest>,
    ) -> Result<Response<v1::ConfirmInterviewResponse>, Status> {
        interview_act!(self, request, "ConfirmInterview", ConfirmInterviewResponse, |fields, message| {
            let waivers = fields.list("waivers", &message.waivers, 20, true, |fields, field, waiver| {
                let post = fields.post(&format!("{field}.post"), &waiver.post);
                let reason = fields.text(&format!("{field}.reason"), &waiver.reason, REASON_MAX);
                post.zip(reason)
            });
            let note = message.defence_note.as_str();
            let defence_note = if note.is_empty() { Some(None) } else { fields.text("defence_note", note, REASON_MAX).map(Some) };
            waivers.zip(defence_note).map(|(waivers, defence_note)| booking::Command::Confirm { waivers, defence_note })
        })
    }

    async fn order_disclosure_ban(
        &self,
        request: Request<v1::OrderDisclosureBanRequest>,
    ) -> Result<Response<v1::OrderDisclosureBanResponse>, Status> {
        interview_act!(self, request, "OrderDisclosureBan", OrderDisclosureBanResponse, |fields, message| {
            let scope = fields.text("scope", &message.scope, REASON_MAX);
            let until = fields.time("until", message.until);
            scope.zip(until).map(|(scope, until)| booking::Command::OrderBan { scope, until })
        })
    }

    async fn admit_observers(&self, request: Request<v1::AdmitObserversRequest>) -> Result<Response<v1::AdmitObserversResponse>, Status> {
        interview_act!(self, request, "AdmitObservers", AdmitObserversResponse, |fields, message| {
            let persons = fields.list("persons", &message.persons, 20, false, |fields, field, name| fields.person(field, name));
            persons.map(booking::Command::Admit)
        })
    }

    async fn remove_observer(&self, request: Request<v1::RemoveObserverRequest>) -> Result<Response<v1::RemoveObserverResponse>, Status> {
        interview_act!(self, request, "RemoveObserver", RemoveObserverResponse, |fields, message| {
            fields.person("person", &message.person).map(booking::Command::Remove)
        })
    }

    async fn decide_further_interview(
        &self,
        request: Request<v1::DecideFurtherInterviewRequest>,
    ) -> Result<Response<v1::DecideFurtherInterviewResponse>, Status> {
        interview_act!(self, request, "DecideFurtherInterview", DecideFurtherInterviewResponse, |fields, message| {
            let kind = fields.code("kind", message.kind);
            let reason = fields.text("reason", &message.reason, REASON_MAX);
            kind.zip(reason).map(|(kind, reason)| booking::Command::DecideFurther(kind, reason))
        })
    }

    async fn document_interview(
        &self,
        request: Request<v1::DocumentInterviewRequest>,
    ) -> Result<Response<v1::DocumentInterviewResponse>, Status> {
        interview_act!(self, request, "DocumentInterview", DocumentInterviewResponse, |fields, message| Some(booking::Command::Document))
    }

    async fn get_interview(&self, request: Request<v1::GetInterviewRequest>) -> Result<Response<v1::GetInterviewResponse>, Status> {
        let (call, message) = self.0.call(request, "GetInterview")?;
        let mut fields = self.0.fields();
        let target = fields.interview("name", &message.name);
        let render = |scene: &Scene<'_>| with_interview(scene, v1::GetInterviewResponse::default(), |response| &mut response.interview);
        self.0.show(&call, fields, target, render).await
    }

    async fn list_interviews(&self, request: Request<v1::ListInterviewsRequest>) -> Result<Response<v1::ListInterviewsResponse>, Status> {
        let (call, message) = self.0.call(request, "ListInterviews")?;
        let mut fields = self.0.fields();
        let target = fields.house_or_case("parent", &message.parent);
        let size = fields.page_size(message.page_size, 50, 100);
        let pages = token::Pages::new(&self.0.token_key, &call);
        let skip = pages.open(&mut fields, &message.page_token);
        let render = move |scene: &Scene<'_>| {
            let viewer = &scene.viewer;
            let meant = |case: &&Case| scene.target.case().is_none_or(|alias| case.alias == *alias);
            let readable = permission("interview.read").into_iter().flat_map(|reading| {
                let cases = viewer.cases(reading).filter(meant);
                cases.flat_map(move |case| viewer.interviews(case, reading).map(move |interview| (case, interview)))
            });
            let mut found = readable.skip(skip);
            let interviews: Vec<_> =
                found.by_ref().take(size).map(|(case, interview)| interview::message(viewer, case, interview)).collect();
            let listed = interviews.iter().map(|interview| interview.name.clone()).collect();
            let next_page_token = found.next().map(|_| pages.seal(skip + size)).unwrap_or_default();
            Draft::plain(v1::ListInterviewsResponse { interviews, next_page_token, receipt: None }).listing(listed)
        };
        self.0.show(&call, fields, target, render).await
    }
}

/// An answer with the interview that the scene is about.
pub(super) fn with_interview<M: 'static>(scene: &Scene<'_>, response: M, place: fn(&mut M) -> &mut Option<v1::Interview>) -> Draft<M> {
    let Target::Interview(..) = scene.target else { return Draft::plain(response) };
    let Some((case, interview)) = meant(&scene.viewer, scene.target) else { return Draft::plain(response) };
    let put = |response: &mut M, interview| *place(response) = Some(interview);
    Draft::plain(response).with(interview::draft(&scene.viewer, case, interview), put, move |response| place(response).as_mut())
}
