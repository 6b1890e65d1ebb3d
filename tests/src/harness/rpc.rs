//! The contract's calls with one answer: which request goes to which rpc. The path comes from the table of methods.

use barnahus_proto::{Method, method, v1};
use tonic::{Request, Status, client::Grpc, codegen::http::uri::PathAndQuery, transport::Channel};

/// A request with one answer.
pub trait Rpc: prost::Message + Clone + Default + 'static {
    /// Its name, such as `SubmitQuestion`.
    const NAME: &'static str;
    /// What comes back.
    type Answer: Answer;
}

/// An answer with its receipt.
pub trait Answer: prost::Message + Clone + Default + 'static {
    /// Proof of the record that the call left.
    fn receipt(&self) -> Option<&v1::Receipt>;

    /// The index of that record.
    fn index(&self) -> u64 {
        self.receipt().map_or(u64::MAX, |receipt| receipt.index)
    }
}

macro_rules! rpcs {
    ($($name:ident: $request:ident -> $answer:ident,)+) => {
        $(
            impl Rpc for v1::$request {
                const NAME: &'static str = stringify!($name);
                type Answer = v1::$answer;
            }
            impl Answer for v1::$answer {
                fn receipt(&self) -> Option<&v1::Receipt> {
                    self.receipt.as_ref()
                }
            }
        )+
        /// The names of all that are here.
        pub const NAMES: &[&str] = &[$(stringify!($name)),+];
    };
}

rpcs! {
    GetSelf: GetSelfRequest -> GetSelfResponse,
    GetHouse: GetHouseRequest -> GetHouseResponse,
    ListPosts: ListPostsRequest -> ListPostsResponse,
    EnrollPerson: EnrollPersonRequest -> EnrollPersonResponse,
    RevokePerson: RevokePersonRequest -> RevokePersonResponse,
    GrantMandate: GrantMandateRequest -> GrantMandateResponse,
    EndMandate: EndMandateRequest -> EndMandateResponse,
    ListPersons: ListPersonsRequest -> ListPersonsResponse,
    GetCase: GetCaseRequest -> GetCaseResponse,
    ListCases: ListCasesRequest -> ListCasesResponse,
    OpenInvestigation: OpenInvestigationRequest -> OpenInvestigationResponse,
    NameDeputy: NameDeputyRequest -> NameDeputyResponse,
    SetEmbargo: SetEmbargoRequest -> SetEmbargoResponse,
    LiftEmbargo: LiftEmbargoRequest -> LiftEmbargoResponse,
    RecordSpecialRepresentative: RecordSpecialRepresentativeRequest -> RecordSpecialRepresentativeResponse,
    RecordGuardiansInformed: RecordGuardiansInformedRequest -> RecordGuardiansInformedResponse,
    RequestConsultation: RequestConsultationRequest -> RequestConsultationResponse,
    ScheduleConsultation: ScheduleConsultationRequest -> ScheduleConsultationResponse,
    HoldConsultation: HoldConsultationRequest -> HoldConsultationResponse,
    HoldAfterMeeting: HoldAfterMeetingRequest -> HoldAfterMeetingResponse,
    GetConsultation: GetConsultationRequest -> GetConsultationResponse,
    ListConsultations: ListConsultationsRequest -> ListConsultationsResponse,
    BookInterview: BookInterviewRequest -> BookInterviewResponse,
    AcceptBooking: AcceptBookingRequest -> AcceptBookingResponse,
    DeclineBooking: DeclineBookingRequest -> DeclineBookingResponse,
    InvitePost: InvitePostRequest -> InvitePostResponse,
    ConfirmInterview: ConfirmInterviewRequest -> ConfirmInterviewResponse,
    OrderDisclosureBan: OrderDisclosureBanRequest -> OrderDisclosureBanResponse,
    RemoveObserver: RemoveObserverRequest -> RemoveObserverResponse,
    AdmitObservers: AdmitObserversRequest -> AdmitObserversResponse,
    DecideFurtherInterview: DecideFurtherInterviewRequest -> DecideFurtherInterviewResponse,
    DocumentInterview: DocumentInterviewRequest -> DocumentInterviewResponse,
    GetInterview: GetInterviewRequest -> GetInterviewResponse,
    ListInterviews: ListInterviewsRequest -> ListInterviewsResponse,
    CheckIn: CheckInRequest -> CheckInResponse,
    CheckOut: CheckOutRequest -> CheckOutResponse,
    FreezeRoster: FreezeRosterRequest -> FreezeRosterResponse,
    RecordChildInformed: RecordChildInformedRequest -> RecordChildInformedResponse,
    StartInterview: StartInterviewRequest -> StartInterviewResponse,
    CallBreak: CallBreakRequest -> CallBreakResponse,
    AcknowledgeDelivery: AcknowledgeDeliveryRequest -> AcknowledgeDeliveryResponse,
    RequestBreak: RequestBreakRequest -> RequestBreakResponse,
    AllowNotes: AllowNotesRequest -> AllowNotesResponse,
    ResumeInterview: ResumeInterviewRequest -> ResumeInterviewResponse,
    InterruptInterview: InterruptInterviewRequest -> InterruptInterviewResponse,
    BeginClosing: BeginClosingRequest -> BeginClosingResponse,
    SignOff: SignOffRequest -> SignOffResponse,
    RecordAbsence: RecordAbsenceRequest -> RecordAbsenceResponse,
    AcknowledgeShown: AcknowledgeShownRequest -> AcknowledgeShownResponse,
    EndInterview: EndInterviewRequest -> EndInterviewResponse,
    ConfirmFates: ConfirmFatesRequest -> ConfirmFatesResponse,
    GetProtocol: GetProtocolRequest -> GetProtocolResponse,
    CloseProtocol: CloseProtocolRequest -> CloseProtocolResponse,
    AddRemark: AddRemarkRequest -> AddRemarkResponse,
    SubmitQuestion: SubmitQuestionRequest -> SubmitQuestionResponse,
    WithdrawQuestion: WithdrawQuestionRequest -> WithdrawQuestionResponse,
    ApproveQuestion: ApproveQuestionRequest -> ApproveQuestionResponse,
    RejectQuestion: RejectQuestionRequest -> RejectQuestionResponse,
    MergeQuestion: MergeQuestionRequest -> MergeQuestionResponse,
    ObjectToDecision: ObjectToDecisionRequest -> ObjectToDecisionResponse,
    ReviseQuestion: ReviseQuestionRequest -> ReviseQuestionResponse,
    RewordQuestion: RewordQuestionRequest -> RewordQuestionResponse,
    DeferQuestion: DeferQuestionRequest -> DeferQuestionResponse,
    RankQuestion: RankQuestionRequest -> RankQuestionResponse,
    UnmarkUrgency: UnmarkUrgencyRequest -> UnmarkUrgencyResponse,
    MarkActedOn: MarkActedOnRequest -> MarkActedOnResponse,
    DeliverNote: DeliverNoteRequest -> DeliverNoteResponse,
    NoteFate: NoteFateRequest -> NoteFateResponse,
    GetQuestion: GetQuestionRequest -> GetQuestionResponse,
    ListQuestions: ListQuestionsRequest -> ListQuestionsResponse,
    ListRecords: ListRecordsRequest -> ListRecordsResponse,
    DrawSample: DrawSampleRequest -> DrawSampleResponse,
    GetCheckpoint: GetCheckpointRequest -> GetCheckpointResponse,
}

/// The row of the table.
///
/// # Errors
/// If there is none.
pub fn described<R: Rpc>() -> anyhow::Result<&'static Method> {
    method(R::NAME).ok_or_else(|| anyhow::anyhow!("the contract has no `{}`", R::NAME))
}

/// Makes the call.
pub(super) async fn unary<R: Rpc>(channel: Channel, request: R) -> Result<R::Answer, Status> {
    let unready = |error: &dyn std::fmt::Display| Status::unavailable(error.to_string());
    let path = described::<R>().map_err(|error| unready(&error))?.path;
    let mut grpc = Grpc::new(channel);
    grpc.ready().await.map_err(|error| unready(&error))?;
    let codec = tonic_prost::ProstCodec::<R, R::Answer>::default();
    Ok(grpc.unary(Request::new(request), PathAndQuery::from_static(path), codec).await?.into_inner())
}
