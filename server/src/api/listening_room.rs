//! The listening room: who is in it, and how the interview runs.

use std::sync::Arc;

use barnahus_domain::{
    Command, Event,
    code::{EndReason, NotAskedReason},
    question::Fate,
    room,
    text::REASON_MAX,
};
use barnahus_proto::v1::{self, ErrorReason, listening_room_service_server::ListeningRoomService};
use tonic::{Request, Response, Status};

use super::{
    booking::with_interview,
    call::{Desk, Marks},
    question::{self, fate, meant, sibling},
    watch::{self, Watch},
};
use crate::clerk::Scene;

/// The service.
pub struct ListeningRoom(pub Arc<Desk>);

/// Carries out an act in the room and answers with the interview.
macro_rules! room_act {
    ($self:ident, $request:ident, $name:literal, $response:ident, |$fields:ident, $message:ident| ($etag:expr, $happened:expr, $command:expr)) => {{
        let (call, $message) = $self.0.call($request, $name)?;
        let mut $fields = $self.0.fields();
        let target = $fields.interview("name", &$message.name);
        let command: Option<room::Command> = $command;
        let marks = Marks { request_id: &$message.request_id, etag: $etag, happened_at: $happened };
        let render = |scene: &Scene<'_>| with_interview(scene, v1::$response::default(), |response| &mut response.interview);
        $self.0.change(&call, $fields, target, marks, command.map(Command::Room), render).await
    }};
}

#[tonic::async_trait]
impl ListeningRoomService for ListeningRoom {
    async fn check_in(&self, request: Request<v1::CheckInRequest>) -> Result<Response<v1::CheckInResponse>, Status> {
        room_act!(self, request, "CheckIn", CheckInResponse, |fields, message| (
            &message.etag,
            message.happened_at,
            Some(room::Command::CheckIn { acknowledge_ban: message.acknowledge_disclosure_ban })
        ))
    }

    async fn check_out(&self, request: Request<v1::CheckOutRequest>) -> Result<Response<v1::CheckOutResponse>, Status> {
        room_act!(self, request, "CheckOut", CheckOutResponse, |fields, message| (
            &message.etag,
            message.happened_at,
            Some(room::Command::CheckOut)
        ))
    }

    async fn freeze_roster(&self, request: Request<v1::FreezeRosterRequest>) -> Result<Response<v1::FreezeRosterResponse>, Status> {
        room_act!(self, request, "FreezeRoster", FreezeRosterResponse, |fields, message| (
            &message.etag,
            message.happened_at,
            Some(room::Command::Freeze)
        ))
    }

    async fn record_child_informed(
        &self,
        request: Request<v1::RecordChildInformedRequest>,
    ) -> Result<Response<v1::RecordChildInformedResponse>, Status> {
        room_act!(self, request, "RecordChildInformed", RecordChildInformedResponse, |fields, message| (
            &message.etag,
            message.happened_at,
            Some(room::Command::ChildInformed)
        ))
    }

    async fn start_interview(&self, request: Request<v1::StartInterviewRequest>) -> Result<Response<v1::StartInterviewResponse>, Status> {
        room_act!(self, request, "StartInterview", StartInterviewResponse, |fields, message| (&message.etag, message.happened_at, {
            let recording_reference = fields.optional_reference("recording_reference", &message.recording_reference);
            let reason = fields.optional_text("reason", &message.reason, REASON_MAX);
            recording_reference.zip(reason).map(|(recording_reference, reason)| room::Command::Start { recording_reference, reason })
        }))
    }

    async fn resume_interview(
        &self,
        request: Request<v1::ResumeInterviewRequest>,
    ) -> Result<Response<v1::ResumeInterviewResponse>, Status> {
        room_act!(self, request, "ResumeInterview", ResumeInterviewResponse, |fields, message| (
            &message.etag,
            message.happened_at,
            Some(room::Command::Resume)
        ))
    }

    async fn request_break(&self, request: Request<v1::RequestBreakRequest>) -> Result<Response<v1::RequestBreakResponse>, Status> {
        room_act!(self, request, "RequestBreak", RequestBreakResponse, |fields, message| (
            &message.etag,
            None,
            Some(room::Command::RequestBreak)
        ))
    }

    async fn allow_notes(&self, request: Request<v1::AllowNotesRequest>) -> Result<Response<v1::AllowNotesResponse>, Status> {
        room_act!(self, request, "AllowNotes", AllowNotesResponse, |fields, message| (
            &message.etag,
            None,
            Some(room::Command::AllowNotes(message.allowed))
        ))
    }

    async fn acknowledge_delivery(
        &self,
        request: Request<v1::AcknowledgeDeliveryRequest>,
    ) -> Result<Response<v1::AcknowledgeDeliveryResponse>, Status> {
        room_act!(self, request, "AcknowledgeDelivery", AcknowledgeDeliveryResponse, |fields, message| (
            &message.etag,
            message.happened_at,
            Some(room::Command::Acknowledge { break_number: message.break_number, batch_number: message.batch_number })
        ))
    }

    async fn interrupt_interview(
        &self,
        request: Request<v1::InterruptInterviewRequest>,
    ) -> Result<Response<v1::InterruptInterviewResponse>, Status> {
        room_act!(self, request, "InterruptInterview", InterruptInterviewResponse, |fields, message| ("", message.happened_at, {
            let reason: Option<EndReason> = fields.code("reason", message.reason);
            if matches!(reason, Some(EndReason::AsPlanned | EndReason::ChildTired)) {
                fields.refuse("reason", ErrorReason::UnknownCode, "an interruption is CHILD_DISTRESSED, TECHNICAL or SAFETY");
            }
            reason.map(room::Command::Interrupt)
        }))
    }

    async fn begin_closing(&self, request: Request<v1::BeginClosingRequest>) -> Result<Response<v1::BeginClosingResponse>, Status> {
        room_act!(self, request, "BeginClosing", BeginClosingResponse, |fields, message| (
            &message.etag,
            message.happened_at,
            Some(room::Command::BeginClosing)
        ))
    }

    async fn sign_off(&self, request: Request<v1::SignOffRequest>) -> Result<Response<v1::SignOffResponse>, Status> {
        room_act!(self, request, "SignOff", SignOffResponse, |fields, message| (
            &message.etag,
            message.happened_at,
            Some(room::Command::SignOff)
        ))
    }

    async fn record_absence(&self, request: Request<v1::RecordAbsenceRequest>) -> Result<Response<v1::RecordAbsenceResponse>, Status> {
        room_act!(self, request, "RecordAbsence", RecordAbsenceResponse, |fields, message| (&message.etag, None, {
            let person = fields.person("person", &message.person);
            person.zip(fields.code("reason", message.reason)).map(|(person, reason)| room::Command::RecordAbsence { person, reason })
        }))
    }

    async fn end_interview(&self, request: Request<v1::EndInterviewRequest>) -> Result<Response<v1::EndInterviewResponse>, Status> {
        let (call, message) = self.0.call(request, "EndInterview")?;
        let mut fields = self.0.fields();
        let target = fields.interview("name", &message.name);
        let reason = fields.code("reason", message.reason);
        // An entry that cannot be understood is left out: nothing but its own reason may keep the end from being recorded (L11).
        let entry = |unasked: &v1::Unasked| {
            let mut aside = self.0.fields();
            let question = sibling(&mut aside, "question", &message.name, &unasked.question);
            (unasked.question.clone(), question.zip(aside.code("reason", unasked.reason)))
        };
        let entries: Vec<(String, Option<(u32, NotAskedReason)>)> = message.unasked.iter().map(entry).collect();
        let unasked = entries.iter().filter_map(|(_, understood)| *understood).collect();
        let marks = Marks { request_id: &message.request_id, etag: "", happened_at: message.happened_at };
        let render = move |scene: &Scene<'_>| {
            let interview = meant(&scene.viewer, scene.target).map(|(_, interview)| interview);
            let stands = |(number, reason): (u32, NotAskedReason)| {
                let question = interview.and_then(|interview| Some((interview, interview.question(number)?)));
                question.and_then(|(interview, question)| question.fate(interview)) == Some(Fate::NotAsked { reason })
            };
            let left_out = entries.iter().filter(|(_, understood)| !understood.is_some_and(stands)).map(|(given, _)| given.clone());
            let response = v1::EndInterviewResponse { left_out: left_out.collect(), ..Default::default() };
            with_interview(scene, response, |response| &mut response.interview)
        };
        let command = reason.map(|reason| Command::Room(room::Command::End { reason, unasked }));
        self.0.change(&call, fields, target, marks, command, render).await
    }

    async fn confirm_fates(&self, request: Request<v1::ConfirmFatesRequest>) -> Result<Response<v1::ConfirmFatesResponse>, Status> {
        room_act!(self, request, "ConfirmFates", ConfirmFatesResponse, |fields, message| (&message.etag, None, {
            let corrections = fields.list("corrections", &message.corrections, 1000, true, |fields, field, correction| {
                let question = sibling(fields, &format!("{field}.question"), &message.name, &correction.question);
                question.zip(fate(fields, field, correction.fate, correction.offset, correction.reason))
            });
            corrections.map(room::Command::ConfirmFates)
        }))
    }

    async fn call_break(&self, request: Request<v1::CallBreakRequest>) -> Result<Response<v1::CallBreakResponse>, Status> {
        let (call, message) = self.0.call(request, "CallBreak")?;
        let mut fields = self.0.fields();
        let target = fields.interview("name", &message.name);
        let marks = Marks { request_id: &message.request_id, etag: &message.etag, happened_at: message.happened_at };
        let render = |scene: &Scene<'_>| {
            let mut draft = with_interview(scene, v1::CallBreakResponse::default(), |response| &mut response.interview);
            let delivered = match scene.event {
                Some(Event::Room(room::Happened::BreakCalled { delivered, .. })) => delivered.as_slice(),
                _ => &[],
            };
            let Some((case, interview)) = meant(&scene.viewer, scene.target) else { return draft };
            for (at, question) in delivered.iter().filter_map(|number| interview.question(*number)).enumerate() {
                let put = |response: &mut v1::CallBreakResponse, question| response.delivered.push(question);
                draft = draft
                    .with(question::draft(&scene.viewer, case, interview, question), put, move |response| response.delivered.get_mut(at));
            }
            draft
        };
        self.0.change(&call, fields, target, marks, Some(Command::Room(room::Command::CallBreak)), render).await
    }

    type WatchListeningRoomStream = Watch;

    async fn watch_listening_room(&self, request: Request<v1::WatchListeningRoomRequest>) -> Result<Response<Watch>, Status> {
        watch::begin(Arc::clone(&self.0), request).await
    }

    async fn acknowledge_shown(
        &self,
        request: Request<v1::AcknowledgeShownRequest>,
    ) -> Result<Response<v1::AcknowledgeShownResponse>, Status> {
        watch::shown(&self.0, request).await
    }
}
