//! The contract's calls as types: which request has which answer, what of an answer is the thing that is shown, where its receipt is.
//!
//! One row per rpc; the transport is `session.rs`, the showing `output/`. INVARIANT: the rows are the contract's rpcs, neither more nor
//! fewer, each with its own messages and, if it changes something, a request id (tests below).

use barnahus_proto::v1::{self, Receipt};

use crate::output::Shown;

/// A request with one answer.
pub(crate) trait Call: prost::Message + Clone + 'static {
    /// The rpc's name, such as `SubmitQuestion`.
    const RPC: &'static str;
    /// What comes back.
    type Answer: Answer;

    /// Puts the request id in, where the call changes something; says whether it does.
    fn set_request_id(&mut self, _id: &str) -> bool {
        false
    }
}

/// An answer.
pub(crate) trait Answer: prost::Message + Default + 'static {
    /// The field that a list holds its things in; ndjson prints one of them a line.
    const ITEMS: Option<&'static str> = None;

    /// Proof of the record that the call left.
    fn receipt(&self) -> Option<&Receipt>;

    /// What a person is shown.
    fn shown(&self) -> &dyn Shown;
}

/// A list that comes in pages.
pub(crate) trait Paged: Call {
    /// How many at most, and where to go on.
    fn set_page(&mut self, size: i32, token: &str);

    /// Where the page after this one begins; empty after the last.
    fn next(answer: &Self::Answer) -> &str;

    /// Puts the next page behind this one.
    fn append(answer: &mut Self::Answer, next: Self::Answer);
}

macro_rules! calls {
    (@shown $self:ident whole) => { $self };
    (@shown $self:ident $field:ident) => { &$self.$field };
    (@answer $answer:ident $shown:ident $($items:ident)?) => {
        impl Answer for v1::$answer {
            $(const ITEMS: Option<&'static str> = Some(stringify!($items));)?
            fn receipt(&self) -> Option<&Receipt> {
                self.receipt.as_ref()
            }
            fn shown(&self) -> &dyn Shown {
                calls!(@shown self $shown)
            }
        }
    };
    (@row act $rpc:ident $request:ident $answer:ident $shown:ident) => {
        impl Call for v1::$request {
            const RPC: &'static str = stringify!($rpc);
            type Answer = v1::$answer;
            fn set_request_id(&mut self, id: &str) -> bool {
                id.clone_into(&mut self.request_id);
                true
            }
        }
        calls!(@answer $answer $shown);
    };
    (@row read $rpc:ident $request:ident $answer:ident $shown:ident $($items:ident)?) => {
        impl Call for v1::$request {
            const RPC: &'static str = stringify!($rpc);
            type Answer = v1::$answer;
        }
        calls!(@answer $answer $shown $($items)?);
    };
    (@row page $rpc:ident $request:ident $answer:ident $items:ident) => {
        calls!(@row read $rpc $request $answer $items $items);
        impl Paged for v1::$request {
            fn set_page(&mut self, size: i32, token: &str) {
                self.page_size = size;
                token.clone_into(&mut self.page_token);
            }
            fn next(answer: &Self::Answer) -> &str {
                &answer.next_page_token
            }
            fn append(answer: &mut Self::Answer, next: Self::Answer) {
                answer.$items.extend(next.$items);
                answer.next_page_token = next.next_page_token;
                answer.receipt = next.receipt;
            }
        }
    };
    ($($kind:ident $rpc:ident($request:ident) -> $answer:ident: $shown:ident $($items:ident)?;)*) => {
        $(calls!(@row $kind $rpc $request $answer $shown $($items)?);)*

        /// Every row: the rpc, and the last parts of its messages' names.
        #[cfg(test)]
        pub(crate) const CALLS: &[(&str, &str, &str, bool)] =
            &[$((stringify!($rpc), stringify!($request), stringify!($answer), matches!(stringify!($kind).as_bytes(), b"act"))),*];
    };
}

calls! {
    read GetSelf(GetSelfRequest) -> GetSelfResponse: whole;
    read GetHouse(GetHouseRequest) -> GetHouseResponse: house;
    read ListPosts(ListPostsRequest) -> ListPostsResponse: posts posts;

    read GetCase(GetCaseRequest) -> GetCaseResponse: case;
    page ListCases(ListCasesRequest) -> ListCasesResponse: cases;
    act OpenInvestigation(OpenInvestigationRequest) -> OpenInvestigationResponse: case;
    act NameDeputy(NameDeputyRequest) -> NameDeputyResponse: case;
    act SetEmbargo(SetEmbargoRequest) -> SetEmbargoResponse: case;
    act LiftEmbargo(LiftEmbargoRequest) -> LiftEmbargoResponse: case;
    act RecordSpecialRepresentative(RecordSpecialRepresentativeRequest) -> RecordSpecialRepresentativeResponse: case;
    act RecordGuardiansInformed(RecordGuardiansInformedRequest) -> RecordGuardiansInformedResponse: case;

    act RequestConsultation(RequestConsultationRequest) -> RequestConsultationResponse: consultation;
    act ScheduleConsultation(ScheduleConsultationRequest) -> ScheduleConsultationResponse: consultation;
    act HoldConsultation(HoldConsultationRequest) -> HoldConsultationResponse: consultation;
    act HoldAfterMeeting(HoldAfterMeetingRequest) -> HoldAfterMeetingResponse: consultation;
    read GetConsultation(GetConsultationRequest) -> GetConsultationResponse: consultation;
    page ListConsultations(ListConsultationsRequest) -> ListConsultationsResponse: consultations;

    act BookInterview(BookInterviewRequest) -> BookInterviewResponse: interview;
    act AcceptBooking(AcceptBookingRequest) -> AcceptBookingResponse: interview;
    act DeclineBooking(DeclineBookingRequest) -> DeclineBookingResponse: interview;
    act InvitePost(InvitePostRequest) -> InvitePostResponse: interview;
    act ConfirmInterview(ConfirmInterviewRequest) -> ConfirmInterviewResponse: interview;
    act OrderDisclosureBan(OrderDisclosureBanRequest) -> OrderDisclosureBanResponse: interview;
    act RemoveObserver(RemoveObserverRequest) -> RemoveObserverResponse: interview;
    act AdmitObservers(AdmitObserversRequest) -> AdmitObserversResponse: interview;
    act DecideFurtherInterview(DecideFurtherInterviewRequest) -> DecideFurtherInterviewResponse: interview;
    act DocumentInterview(DocumentInterviewRequest) -> DocumentInterviewResponse: interview;
    read GetInterview(GetInterviewRequest) -> GetInterviewResponse: whole;
    page ListInterviews(ListInterviewsRequest) -> ListInterviewsResponse: interviews;

    act CheckIn(CheckInRequest) -> CheckInResponse: interview;
    act CheckOut(CheckOutRequest) -> CheckOutResponse: interview;
    act FreezeRoster(FreezeRosterRequest) -> FreezeRosterResponse: interview;
    act RecordChildInformed(RecordChildInformedRequest) -> RecordChildInformedResponse: interview;
    act StartInterview(StartInterviewRequest) -> StartInterviewResponse: interview;
    act CallBreak(CallBreakRequest) -> CallBreakResponse: whole;
    act AcknowledgeDelivery(AcknowledgeDeliveryRequest) -> AcknowledgeDeliveryResponse: interview;
    act RequestBreak(RequestBreakRequest) -> RequestBreakResponse: interview;
    act AllowNotes(AllowNotesRequest) -> AllowNotesResponse: interview;
    act ResumeInterview(ResumeInterviewRequest) -> ResumeInterviewResponse: interview;
    act InterruptInterview(InterruptInterviewRequest) -> InterruptInterviewResponse: interview;
    act BeginClosing(BeginClosingRequest) -> BeginClosingResponse: interview;
    act RecordAbsence(RecordAbsenceRequest) -> RecordAbsenceResponse: interview;
    read AcknowledgeShown(AcknowledgeShownRequest) -> AcknowledgeShownResponse: whole;
    act SignOff(SignOffRequest) -> SignOffResponse: interview;
    act EndInterview(EndInterviewRequest) -> EndInterviewResponse: interview;
    act ConfirmFates(ConfirmFatesRequest) -> ConfirmFatesResponse: interview;
    read GetProtocol(GetProtocolRequest) -> GetProtocolResponse: protocol;
    act CloseProtocol(CloseProtocolRequest) -> CloseProtocolResponse: interview;
    act AddRemark(AddRemarkRequest) -> AddRemarkResponse: interview;

    act SubmitQuestion(SubmitQuestionRequest) -> SubmitQuestionResponse: whole;
    act WithdrawQuestion(WithdrawQuestionRequest) -> WithdrawQuestionResponse: question;
    act ApproveQuestion(ApproveQuestionRequest) -> ApproveQuestionResponse: question;
    act RejectQuestion(RejectQuestionRequest) -> RejectQuestionResponse: question;
    act MergeQuestion(MergeQuestionRequest) -> MergeQuestionResponse: question;
    act ObjectToDecision(ObjectToDecisionRequest) -> ObjectToDecisionResponse: question;
    act ReviseQuestion(ReviseQuestionRequest) -> ReviseQuestionResponse: whole;
    act RewordQuestion(RewordQuestionRequest) -> RewordQuestionResponse: question;
    act DeferQuestion(DeferQuestionRequest) -> DeferQuestionResponse: question;
    act RankQuestion(RankQuestionRequest) -> RankQuestionResponse: question;
    act UnmarkUrgency(UnmarkUrgencyRequest) -> UnmarkUrgencyResponse: question;
    act MarkActedOn(MarkActedOnRequest) -> MarkActedOnResponse: question;
    act DeliverNote(DeliverNoteRequest) -> DeliverNoteResponse: question;
    act NoteFate(NoteFateRequest) -> NoteFateResponse: question;
    read GetQuestion(GetQuestionRequest) -> GetQuestionResponse: question;
    read ListQuestions(ListQuestionsRequest) -> ListQuestionsResponse: whole questions;

    page ListRecords(ListRecordsRequest) -> ListRecordsResponse: records;
    read DrawSample(DrawSampleRequest) -> DrawSampleResponse: whole records;
    read GetCheckpoint(GetCheckpointRequest) -> GetCheckpointResponse: whole;

    act EnrollPerson(EnrollPersonRequest) -> EnrollPersonResponse: person;
    act RevokePerson(RevokePersonRequest) -> RevokePersonResponse: person;
    act GrantMandate(GrantMandateRequest) -> GrantMandateResponse: person;
    act EndMandate(EndMandateRequest) -> EndMandateResponse: person;
    page ListPersons(ListPersonsRequest) -> ListPersonsResponse: persons;
}

/// The rpcs that answer with a stream: `session.rs` opens them by name.
pub(crate) const WATCH: &str = "WatchListeningRoom";
/// See [`WATCH`].
pub(crate) const EXPORT: &str = "ExportRecords";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use barnahus_proto::{METHODS, Recorded, method};

    use super::*;

    #[test]
    fn the_rows_are_the_contracts_rpcs_with_their_own_messages() {
        for (rpc, request, answer, act) in CALLS {
            let method = method(rpc).unwrap();
            assert_eq!(method.request, format!("barnahus.v1.{request}"));
            assert_eq!(method.response, format!("barnahus.v1.{answer}"));
            assert_eq!(*act, method.recorded == Recorded::Act, "{rpc}");
            assert!(!method.streaming);
        }
        let rows: BTreeSet<_> = CALLS.iter().map(|(rpc, ..)| *rpc).chain([WATCH, EXPORT]).collect();
        assert_eq!(rows, METHODS.iter().map(|method| method.name).collect());
        assert!(method(WATCH).unwrap().streaming && method(EXPORT).unwrap().streaming);
    }
}
