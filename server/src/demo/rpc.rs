//! The contract's calls as the player makes them: which request goes to which service, and what a refusal says.
//!
//! Knows no step and keeps nothing.

use std::future::Future;

use barnahus_proto::{
    ERROR_DOMAIN,
    v1::{
        self, Receipt, administration_service_client::AdministrationServiceClient, audit_service_client::AuditServiceClient,
        booking_service_client::BookingServiceClient, case_service_client::CaseServiceClient,
        consultation_service_client::ConsultationServiceClient, directory_service_client::DirectoryServiceClient,
        listening_room_service_client::ListeningRoomServiceClient, protocol_service_client::ProtocolServiceClient,
        question_service_client::QuestionServiceClient,
    },
};
use tonic::{Response, Status, transport::Channel};
use tonic_types::StatusExt as _;

/// A request with one answer.
pub(crate) trait Rpc: Sized {
    /// What comes back.
    type Answer: Answer;

    /// Makes the call.
    fn send(self, channel: Channel) -> impl Future<Output = Result<Response<Self::Answer>, Status>>;
}

/// An answer with its receipt.
pub(crate) trait Answer {
    /// Proof of the record that the call left.
    fn receipt(&self) -> Option<&Receipt>;
}

macro_rules! rpcs {
    ($($client:ident: $($rpc:ident($request:ident) -> $answer:ident,)*;)*) => {$($(
        impl Rpc for v1::$request {
            type Answer = v1::$answer;
            async fn send(self, channel: Channel) -> Result<Response<v1::$answer>, Status> {
                $client::new(channel).$rpc(self).await
            }
        }
        impl Answer for v1::$answer {
            fn receipt(&self) -> Option<&Receipt> {
                self.receipt.as_ref()
            }
        }
    )*)*};
}

rpcs! {
    DirectoryServiceClient: get_self(GetSelfRequest) -> GetSelfResponse,;
    AdministrationServiceClient: enroll_person(EnrollPersonRequest) -> EnrollPersonResponse,;
    CaseServiceClient:
        get_case(GetCaseRequest) -> GetCaseResponse,
        open_investigation(OpenInvestigationRequest) -> OpenInvestigationResponse,
        name_deputy(NameDeputyRequest) -> NameDeputyResponse,
        set_embargo(SetEmbargoRequest) -> SetEmbargoResponse,
        lift_embargo(LiftEmbargoRequest) -> LiftEmbargoResponse,
        record_special_representative(RecordSpecialRepresentativeRequest) -> RecordSpecialRepresentativeResponse,
        record_guardians_informed(RecordGuardiansInformedRequest) -> RecordGuardiansInformedResponse,;
    ConsultationServiceClient:
        request_consultation(RequestConsultationRequest) -> RequestConsultationResponse,
        schedule_consultation(ScheduleConsultationRequest) -> ScheduleConsultationResponse,
        hold_consultation(HoldConsultationRequest) -> HoldConsultationResponse,
        hold_after_meeting(HoldAfterMeetingRequest) -> HoldAfterMeetingResponse,;
    BookingServiceClient:
        book_interview(BookInterviewRequest) -> BookInterviewResponse,
        accept_booking(AcceptBookingRequest) -> AcceptBookingResponse,
        decline_booking(DeclineBookingRequest) -> DeclineBookingResponse,
        invite_post(InvitePostRequest) -> InvitePostResponse,
        confirm_interview(ConfirmInterviewRequest) -> ConfirmInterviewResponse,
        order_disclosure_ban(OrderDisclosureBanRequest) -> OrderDisclosureBanResponse,
        remove_observer(RemoveObserverRequest) -> RemoveObserverResponse,
        admit_observers(AdmitObserversRequest) -> AdmitObserversResponse,
        decide_further_interview(DecideFurtherInterviewRequest) -> DecideFurtherInterviewResponse,
        document_interview(DocumentInterviewRequest) -> DocumentInterviewResponse,
        get_interview(GetInterviewRequest) -> GetInterviewResponse,;
    ListeningRoomServiceClient:
        check_in(CheckInRequest) -> CheckInResponse,
        check_out(CheckOutRequest) -> CheckOutResponse,
        freeze_roster(FreezeRosterRequest) -> FreezeRosterResponse,
        record_child_informed(RecordChildInformedRequest) -> RecordChildInformedResponse,
        start_interview(StartInterviewRequest) -> StartInterviewResponse,
        call_break(CallBreakRequest) -> CallBreakResponse,
        acknowledge_delivery(AcknowledgeDeliveryRequest) -> AcknowledgeDeliveryResponse,
        request_break(RequestBreakRequest) -> RequestBreakResponse,
        allow_notes(AllowNotesRequest) -> AllowNotesResponse,
        resume_interview(ResumeInterviewRequest) -> ResumeInterviewResponse,
        interrupt_interview(InterruptInterviewRequest) -> InterruptInterviewResponse,
        begin_closing(BeginClosingRequest) -> BeginClosingResponse,
        sign_off(SignOffRequest) -> SignOffResponse,
        record_absence(RecordAbsenceRequest) -> RecordAbsenceResponse,
        end_interview(EndInterviewRequest) -> EndInterviewResponse,
        confirm_fates(ConfirmFatesRequest) -> ConfirmFatesResponse,;
    ProtocolServiceClient:
        get_protocol(GetProtocolRequest) -> GetProtocolResponse,
        close_protocol(CloseProtocolRequest) -> CloseProtocolResponse,
        add_remark(AddRemarkRequest) -> AddRemarkResponse,;
    QuestionServiceClient:
        submit_question(SubmitQuestionRequest) -> SubmitQuestionResponse,
        withdraw_question(WithdrawQuestionRequest) -> WithdrawQuestionResponse,
        approve_question(ApproveQuestionRequest) -> ApproveQuestionResponse,
        reject_question(RejectQuestionRequest) -> RejectQuestionResponse,
        merge_question(MergeQuestionRequest) -> MergeQuestionResponse,
        object_to_decision(ObjectToDecisionRequest) -> ObjectToDecisionResponse,
        revise_question(ReviseQuestionRequest) -> ReviseQuestionResponse,
        reword_question(RewordQuestionRequest) -> RewordQuestionResponse,
        defer_question(DeferQuestionRequest) -> DeferQuestionResponse,
        rank_question(RankQuestionRequest) -> RankQuestionResponse,
        unmark_urgency(UnmarkUrgencyRequest) -> UnmarkUrgencyResponse,
        mark_acted_on(MarkActedOnRequest) -> MarkActedOnResponse,
        deliver_note(DeliverNoteRequest) -> DeliverNoteResponse,
        note_fate(NoteFateRequest) -> NoteFateResponse,
        get_question(GetQuestionRequest) -> GetQuestionResponse,
        list_questions(ListQuestionsRequest) -> ListQuestionsResponse,;
    AuditServiceClient:
        draw_sample(DrawSampleRequest) -> DrawSampleResponse,
        get_checkpoint(GetCheckpointRequest) -> GetCheckpointResponse,;
}

/// A call that the house refused, with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// An `ErrorReason` without its prefix.
    pub(crate) reason: String,
    /// What the house says to a person.
    pub(crate) message: String,
    /// The record of the refusal.
    pub(crate) record: Option<u64>,
}

/// Why a call brought no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CallError {
    /// The house refused it.
    Refused(Refusal),
    /// There is no answer, or one that proves nothing.
    Broken(String),
}

impl From<Status> for CallError {
    fn from(status: Status) -> Self {
        let info = status.get_details_error_info().filter(|info| info.domain == ERROR_DOMAIN);
        info.map_or_else(
            || Self::Broken(format!("an error that gives no reason of the contract: {} ({})", status.message(), status.code())),
            |info| {
                let record = info.metadata.get("record_index").and_then(|index| index.parse().ok());
                Self::Refused(Refusal { reason: info.reason, message: status.message().to_owned(), record })
            },
        )
    }
}

/// The last part of a resource name: `prosecutor-1` of `houses/varmland/posts/prosecutor-1`.
pub(crate) fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// A full name as people say it: `VRM-2026-0142/1` for `houses/varmland/cases/VRM-2026-0142/interviews/1`.
pub(crate) fn short(name: &str) -> String {
    let ids: Vec<_> = name.split('/').skip(3).step_by(2).collect();
    if ids.is_empty() { name.to_owned() } else { ids.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_name_is_said_short() {
        assert_eq!(short("houses/v/cases/VRM-2026-0142/interviews/1/questions/7"), "VRM-2026-0142/1/7");
        assert_eq!(short("houses/v/posts/prosecutor-1"), "prosecutor-1");
        assert_eq!((short("houses/v").as_str(), last("houses/v")), ("houses/v", "v"));
    }
}
