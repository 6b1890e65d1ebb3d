//! Brings a case to a wanted point of an interview day, in few lines: `Case::at(&house, Point::Live).await?`.
//!
//! Every step is a call of the post whose step it is. Proves nothing by itself: what is refused on the way is an error.

pub mod plan;

use anyhow::{Context as _, Result};
use barnahus_domain::{Time, time::DAY_US};
use barnahus_proto::v1::{
    AcceptBookingRequest, AdmitObserversRequest, ApproveQuestionRequest, BeginClosingRequest, BookInterviewRequest, CallBreakRequest,
    CheckInRequest, ConfirmFatesRequest, ConfirmInterviewRequest, DocumentInterviewRequest, EndInterviewRequest, EndReason,
    FreezeRosterRequest, GetInterviewRequest, GetQuestionRequest, HoldConsultationRequest, IdentityMode, Interview, InterviewKind, Need,
    OpenInvestigationRequest, OrderDisclosureBanRequest, Question, RecordChildInformedRequest, Role, ScheduleConsultationRequest,
    SignOffRequest, StartInterviewRequest, SubmitQuestionRequest,
};

pub use self::plan::{Plan, consultation};
use super::{Client, Harness, Refused, Rpc, request_id, timestamp};

/// How far a case is brought. Each point is reached through the ones before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// A consultation is requested.
    Requested,
    /// It is scheduled.
    Scheduled,
    /// It is held.
    Held,
    /// The investigation is open.
    Opened,
    /// The interview is booked.
    Booked,
    /// Everyone who was asked has accepted.
    Accepted,
    /// The leader has confirmed, ordered the ban and admitted the listeners.
    Confirmed,
    /// Everyone is checked in, the roster is frozen, the child informed.
    Ready,
    /// It runs.
    Live,
    /// The first break.
    Break,
    /// The closing check runs.
    Closing,
    /// Ended, signed off, its fates confirmed.
    Ended,
    /// Documented.
    Documented,
}

const LADDER: [Point; 13] = [
    Point::Requested,
    Point::Scheduled,
    Point::Held,
    Point::Opened,
    Point::Booked,
    Point::Accepted,
    Point::Confirmed,
    Point::Ready,
    Point::Live,
    Point::Break,
    Point::Closing,
    Point::Ended,
    Point::Documented,
];

/// A case that was brought to a point.
pub struct Case<'a> {
    /// The house.
    pub house: &'a Harness,
    /// Who plays which part.
    pub plan: Plan,
    /// `houses/{house}/cases/{case}`.
    pub name: String,
    /// Its first consultation.
    pub consultation: String,
    /// Its interview, by the name that it has or will have.
    pub interview: String,
    point: Point,
    starts_at: Time,
}

impl<'a> Case<'a> {
    /// A case of the default plan, at this point.
    ///
    /// # Errors
    /// Whatever is refused on the way.
    pub async fn at(house: &'a Harness, point: Point) -> Result<Self> {
        Self::of(house, Plan::default(), point).await
    }

    /// A case of this plan, at this point.
    ///
    /// # Errors
    /// Whatever is refused on the way.
    pub async fn of(house: &'a Harness, plan: Plan, point: Point) -> Result<Self> {
        let mut case = Self::requested(house, plan).await?;
        case.to(point).await?;
        Ok(case)
    }

    /// Brings it on to a later point.
    ///
    /// # Errors
    /// Whatever is refused on the way.
    pub async fn to(&mut self, point: Point) -> Result<()> {
        for step in LADDER.into_iter().filter(|step| *step <= point) {
            if step > self.point {
                self.house.pass_minutes(1);
                self.step(step).await.with_context(|| format!("on the way to {step:?}"))?;
                self.point = step;
            }
        }
        Ok(())
    }

    /// Says that a test has brought it to this point by itself.
    pub fn already(&mut self, point: Point) {
        self.point = point;
    }

    /// The leader's client.
    ///
    /// # Errors
    /// If the house cannot be reached.
    pub async fn leader(&self) -> Result<Client> {
        self.house.client(self.plan.leader).await
    }

    /// The interviewer's client.
    ///
    /// # Errors
    /// If the house cannot be reached.
    pub async fn interviewer(&self) -> Result<Client> {
        self.house.client(self.plan.interviewer).await
    }

    /// The coordinator's client.
    ///
    /// # Errors
    /// If the house cannot be reached.
    pub async fn coordinator(&self) -> Result<Client> {
        self.house.client(self.plan.coordinator).await
    }

    /// Submits a question as a listener, and gives it back.
    ///
    /// # Errors
    /// The refusal.
    pub async fn ask(&self, post: &str, text: &str) -> Result<Question> {
        let request =
            SubmitQuestionRequest { parent: self.interview.clone(), request_id: request_id(), text: text.into(), ..Default::default() };
        self.call(post, request).await?.question.context("no question in the answer")
    }

    /// Approves a question as the leader.
    ///
    /// # Errors
    /// The refusal.
    pub async fn approve(&self, question: &str) -> Result<Question> {
        let request = ApproveQuestionRequest { name: question.to_owned(), request_id: request_id(), ..Default::default() };
        self.call(self.plan.leader, request).await?.question.context("no question in the answer")
    }

    /// The interview as a post sees it. Leaves a record.
    ///
    /// # Errors
    /// The refusal.
    pub async fn look(&self, post: &str) -> Result<Interview> {
        self.call(post, GetInterviewRequest { name: self.interview.clone() }).await?.interview.context("no interview in the answer")
    }

    /// A question as a post sees it. Leaves a record.
    ///
    /// # Errors
    /// The refusal.
    pub async fn question(&self, post: &str, name: &str) -> Result<Question> {
        self.call(post, GetQuestionRequest { name: name.to_owned() }).await?.question.context("no question in the answer")
    }

    /// Calls as a post.
    ///
    /// # Errors
    /// The refusal.
    pub async fn call<R: Rpc>(&self, post: &str, request: R) -> Result<R::Answer> {
        Ok(self.house.client(post).await?.call(request).await?)
    }

    /// Calls as a post, to be refused.
    ///
    /// # Errors
    /// If the house cannot be reached at all.
    pub async fn try_call<R: Rpc>(&self, post: &str, request: R) -> Result<Result<R::Answer, Refused>> {
        Ok(self.house.client(post).await?.call(request).await)
    }

    /// Everyone who checks in: the leader and the listeners.
    #[must_use]
    pub fn present(&self) -> Vec<&'static str> {
        std::iter::once(self.plan.leader).chain(self.plan.listeners.iter().map(|(post, _, _)| *post)).collect()
    }

    /// The request of the booking, for a booking at this time.
    #[must_use]
    pub fn booking(&self, starts_at: Time) -> BookInterviewRequest {
        let house = self.house;
        let need = |role: Role, required: bool, post: &str| Need { role: role.into(), required, post: house.of("posts", post) };
        let mut needs =
            vec![need(Role::InvestigationLeader, true, self.plan.leader), need(Role::ChildInterviewer, true, self.plan.interviewer)];
        needs.extend(self.plan.listeners.iter().map(|(post, role, required)| need(*role, *required, post)));
        BookInterviewRequest {
            parent: self.name.clone(),
            request_id: request_id(),
            kind: InterviewKind::First.into(),
            needs,
            rooms: self.plan.rooms.iter().map(|room| house.of("rooms", room)).collect(),
            starts_at: Some(timestamp(starts_at)),
            duration: Some(prost_types::Duration { seconds: 90 * 60, nanos: 0 }),
        }
    }

    async fn requested(house: &'a Harness, plan: Plan) -> Result<Self> {
        house.pass_minutes(1);
        // Whoever is meant to hear of the case must be there before it is.
        for post in [plan.coordinator, plan.leader, plan.interviewer].into_iter().chain(plan.listeners.iter().map(|(post, _, _)| *post)) {
            house.client(post).await?;
        }
        let answer = house.client(plan.welfare).await?.call(consultation(house, &plan)).await?;
        let consultation = answer.consultation.context("no consultation in the answer")?.name;
        let interview = format!("{}/interviews/1", answer.case);
        Ok(Self { house, plan, name: answer.case, consultation, interview, point: Point::Requested, starts_at: house.now() })
    }

    async fn step(&mut self, step: Point) -> Result<()> {
        let (leader, interviewer, coordinator) = (self.plan.leader, self.plan.interviewer, self.plan.coordinator);
        let (name, plain) = (|| self.interview.clone(), request_id);
        match step {
            Point::Requested => {}
            Point::Scheduled => {
                let invited = [self.plan.leader, self.plan.welfare].into_iter().chain(self.plan.listeners.iter().map(|(post, _, _)| *post));
                let mut invited: Vec<_> = invited.map(|post| self.house.of("posts", post)).collect();
                invited.sort();
                invited.dedup();
                let (name, etag, starts_at) = (self.consultation.clone(), String::new(), None);
                self.call(coordinator, ScheduleConsultationRequest { name, request_id: plain(), etag, starts_at, invited }).await?;
            }
            Point::Held => {
                let request = HoldConsultationRequest { name: self.consultation.clone(), request_id: plain(), ..Default::default() };
                self.call(coordinator, request).await?;
            }
            Point::Opened => {
                self.call(leader, self.opening()).await?;
            }
            Point::Booked => {
                self.starts_at = self.house.now().plus_us(self.plan.days * DAY_US);
                self.call(coordinator, self.booking(self.starts_at)).await?;
            }
            Point::Accepted => {
                for post in self.present().into_iter().chain([interviewer]) {
                    self.call(post, AcceptBookingRequest { name: name(), request_id: plain(), etag: String::new() }).await?;
                }
            }
            Point::Confirmed => {
                self.call(leader, ConfirmInterviewRequest { name: name(), request_id: plain(), ..Default::default() }).await?;
                self.ban_and_admit().await?;
            }
            Point::Ready => {
                for post in self.present() {
                    let request =
                        CheckInRequest { name: name(), request_id: plain(), acknowledge_disclosure_ban: true, ..Default::default() };
                    self.call(post, request).await?;
                }
                self.call(leader, FreezeRosterRequest { name: name(), request_id: plain(), ..Default::default() }).await?;
                self.call(interviewer, RecordChildInformedRequest { name: name(), request_id: plain(), ..Default::default() }).await?;
            }
            Point::Live => {
                self.house.turn_to(self.starts_at.max(self.house.now()));
                let request =
                    StartInterviewRequest { name: name(), request_id: plain(), recording_reference: "REC-1".into(), ..Default::default() };
                self.call(interviewer, request).await?;
            }
            Point::Break => {
                self.call(interviewer, CallBreakRequest { name: name(), request_id: plain(), ..Default::default() }).await?;
            }
            Point::Closing => {
                self.call(leader, BeginClosingRequest { name: name(), request_id: plain(), ..Default::default() }).await?;
            }
            Point::Ended => {
                for post in self.present() {
                    self.call(post, SignOffRequest { name: name(), request_id: plain(), ..Default::default() }).await?;
                }
                let reason = EndReason::AsPlanned.into();
                self.call(leader, EndInterviewRequest { name: name(), request_id: plain(), reason, ..Default::default() }).await?;
                self.call(interviewer, ConfirmFatesRequest { name: name(), request_id: plain(), ..Default::default() }).await?;
            }
            Point::Documented => {
                self.call(coordinator, DocumentInterviewRequest { name: name(), request_id: plain(), etag: String::new() }).await?;
            }
        }
        Ok(())
    }

    /// Orders the disclosure ban and admits the listeners, as the leader.
    ///
    /// # Errors
    /// The refusal.
    pub async fn ban_and_admit(&self) -> Result<()> {
        let (leader, name) = (self.plan.leader, || self.interview.clone());
        let (scope, until) = (self.plan.texts[1].clone(), Some(timestamp(self.starts_at.plus_us(20 * DAY_US))));
        self.call(leader, OrderDisclosureBanRequest { name: name(), request_id: request_id(), scope, until, ..Default::default() }).await?;
        let mut persons = Vec::new();
        for (post, _, _) in &self.plan.listeners {
            persons.push(self.house.client(post).await?.person);
        }
        self.call(leader, AdmitObserversRequest { name: name(), request_id: request_id(), persons, ..Default::default() }).await?;
        Ok(())
    }

    /// Admits one more listener, who then checks in.
    ///
    /// # Errors
    /// The refusal.
    pub async fn admit(&self, listener: &Client) -> Result<()> {
        let (name, persons) = (|| self.interview.clone(), vec![listener.person.clone()]);
        self.call(self.plan.leader, AdmitObserversRequest { name: name(), request_id: request_id(), persons, ..Default::default() })
            .await?;
        let request = CheckInRequest { name: name(), request_id: request_id(), acknowledge_disclosure_ban: true, ..Default::default() };
        listener.call(request).await?;
        Ok(())
    }

    /// The request that opens the investigation.
    #[must_use]
    pub fn opening(&self) -> OpenInvestigationRequest {
        OpenInvestigationRequest {
            name: self.name.clone(),
            request_id: request_id(),
            police_reference: "5000-K000001-26".into(),
            identity_mode: IdentityMode::Identified.into(),
            legal_ground: "OSL 10:21".into(),
            ..Default::default()
        }
    }
}
