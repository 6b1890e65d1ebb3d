//! Callers that do not give up: what was not answered is sent again with the same request id, over as many connections as that takes.
//!
//! A broken connection means a dead server, so the caller waits for the next one. A server that is there and says UNAVAILABLE is asked
//! again when it says so.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, Result, ensure};
use barnahus_proto::v1::{
    ApproveQuestionRequest, ApproveQuestionResponse, EndInterviewRequest, EndInterviewResponse, EndReason, ExportRecordsRequest,
    ExportRecordsResponse, ListQuestionsRequest, ListQuestionsResponse, SubmitQuestionRequest, SubmitQuestionResponse,
    WatchListeningRoomRequest, WatchListeningRoomResponse, audit_service_client::AuditServiceClient,
    listening_room_service_client::ListeningRoomServiceClient, question_service_client::QuestionServiceClient,
};
use barnahus_tests::harness::{Answer as _, Refused, request_id};
use tokio::{sync::watch as signals, time::timeout};
use tonic::{
    Code, Response, Status, Streaming,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};

use crate::{
    kept::Progress,
    place::{Person, Place},
    process::Server,
};

/// How long anything at all may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// How long one call may wait for its answer, whatever it is.
const ANSWER: Duration = Duration::from_secs(15);
/// A list holds all texts of a room.
const LARGE: usize = 64 * 1024 * 1024;

/// Which server there is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Whereabouts {
    /// Servers so far.
    pub(crate) starts: u32,
    /// Absent while there is none.
    pub(crate) address: Option<SocketAddr>,
}

/// A person who calls.
pub(crate) struct Caller {
    /// Who.
    pub(crate) person: Person,
    authority: String,
    whereabouts: signals::Receiver<Whereabouts>,
    used: u32,
    channel: Option<Channel>,
    progress: signals::Sender<Progress>,
}

impl Caller {
    /// A person who calls whichever server there is, and counts towards this progress.
    pub(crate) fn new(
        place: &Place,
        person: Person,
        whereabouts: &signals::Receiver<Whereabouts>,
        progress: &signals::Sender<Progress>,
    ) -> Self {
        let (authority, whereabouts, progress) = (place.authority.clone(), whereabouts.clone(), progress.clone());
        Self { person, authority, whereabouts, used: 0, channel: None, progress }
    }

    /// Calls until the house answers: with what was asked for, or with a refusal that is not to be repeated.
    ///
    /// # Errors
    /// If it does not come to an answer in time, or UNAVAILABLE does not say when to come back.
    pub(crate) async fn until_answered<T, F>(&mut self, call: impl Fn(Channel) -> F) -> Result<Result<T, Refused>>
    where
        F: Future<Output = Result<Response<T>, Status>>,
    {
        loop {
            let refused = match self.once(&call).await? {
                Ok(answer) => return Ok(Ok(answer)),
                Err(refused) => refused,
            };
            if refused.reason.is_empty() {
                self.hang_up();
            } else if refused.code == Code::Unavailable {
                self.progress.send_modify(|progress| progress.unavailable += 1);
                let wait = refused.retry.with_context(|| format!("when to come back is not said: {refused}"))?;
                ensure!(wait <= PATIENCE, "nobody comes back after {wait:?}");
                tokio::time::sleep(wait).await;
            } else {
                return Ok(Err(refused));
            }
        }
    }

    /// Calls once, and hears what the house says.
    ///
    /// # Errors
    /// If it says nothing in time.
    pub(crate) async fn once<T, F>(&mut self, call: impl Fn(Channel) -> F) -> Result<Result<T, Refused>>
    where
        F: Future<Output = Result<Response<T>, Status>>,
    {
        let channel = self.channel().await?;
        let answer = timeout(ANSWER, call(channel)).await.with_context(|| format!("{} gets no answer", self.person.post))?;
        Ok(answer.map(Response::into_inner).map_err(Refused::from))
    }

    /// Forgets a connection that broke: the next call waits for the next server.
    pub(crate) fn hang_up(&mut self) {
        self.channel = None;
    }

    async fn channel(&mut self) -> Result<Channel> {
        if let Some(channel) = &self.channel {
            return Ok(channel.clone());
        }
        loop {
            let used = self.used;
            let next = self.whereabouts.wait_for(|next| next.address.is_some() && next.starts > used);
            let next =
                *timeout(PATIENCE, next).await.with_context(|| format!("{} lost server {used}, and none follows", self.person.post))??;
            self.used = next.starts;
            let address = next.address.context("a server without an address")?;
            // A server that died meanwhile: the next one, then.
            if let Ok(channel) = self.connect(address).await {
                self.channel = Some(channel.clone());
                return Ok(channel);
            }
        }
    }

    async fn connect(&self, address: SocketAddr) -> Result<Channel> {
        let papers = &self.person.papers;
        let identity = Identity::from_pem(&papers.certificate, &papers.key);
        let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&self.authority)).identity(identity);
        let endpoint = Endpoint::from_shared(format!("https://{address}"))?.connect_timeout(PATIENCE).tls_config(tls)?;
        Ok(endpoint.connect().await?)
    }
}

/// Someone who calls this server alone.
pub(crate) fn lone(place: &Place, post: &str, server: &Server) -> Result<Caller> {
    Ok(alone(place, place.person(post)?, server))
}

/// This person, calling this server alone.
pub(crate) fn alone(place: &Place, person: Person, server: &Server) -> Caller {
    let whereabouts = signals::Sender::new(Whereabouts { starts: 1, address: Some(server.address) });
    Caller::new(place, person, &whereabouts.subscribe(), &signals::Sender::default())
}

/// What a call came to in the end.
type Answered<T> = Result<Result<T, Refused>>;

/// Submits a question.
pub(crate) async fn submit(caller: &mut Caller, request: &SubmitQuestionRequest) -> Answered<SubmitQuestionResponse> {
    let call = |channel| {
        let request = request.clone();
        async move { QuestionServiceClient::new(channel).submit_question(request).await }
    };
    caller.until_answered(call).await
}

/// Approves a question.
pub(crate) async fn approve(leader: &mut Caller, question: &str) -> Answered<ApproveQuestionResponse> {
    let request = ApproveQuestionRequest { name: question.to_owned(), request_id: request_id(), ..Default::default() };
    let call = |channel| {
        let request = request.clone();
        async move { QuestionServiceClient::new(channel).approve_question(request).await }
    };
    leader.until_answered(call).await
}

/// A repeat is answered as the first time.
pub(crate) fn same(first: &SubmitQuestionResponse, again: &SubmitQuestionResponse) -> Result<()> {
    let hash = |answer: &SubmitQuestionResponse| answer.receipt.as_ref().map(|receipt| receipt.leaf_hash.clone());
    let asked = |answer: &SubmitQuestionResponse| answer.question.as_ref().map(|question| (question.name.clone(), question.text.clone()));
    ensure!(first.index() == again.index(), "a repeat of record {} is said to be record {}", first.index(), again.index());
    ensure!(hash(first) == hash(again) && asked(first) == asked(again), "a repeat of record {} is answered otherwise", first.index());
    Ok(())
}

/// Lists the questions of a room.
pub(crate) async fn list(caller: &mut Caller, interview: &str) -> Answered<ListQuestionsResponse> {
    let call = |channel| {
        let request = ListQuestionsRequest { parent: interview.to_owned() };
        async move { QuestionServiceClient::new(channel).max_decoding_message_size(LARGE).list_questions(request).await }
    };
    caller.until_answered(call).await
}

/// Ends the interview, twice with one request id.
pub(crate) async fn end(caller: &mut Caller, interview: &str) -> Answered<EndInterviewResponse> {
    let (name, reason) = (interview.to_owned(), EndReason::AsPlanned.into());
    let request = EndInterviewRequest { name, request_id: request_id(), reason, ..Default::default() };
    let call = |channel| {
        let request = request.clone();
        async move { ListeningRoomServiceClient::new(channel).end_interview(request).await }
    };
    let ended = match caller.until_answered(call).await? {
        Ok(ended) => ended,
        Err(refused) => return Ok(Err(refused)),
    };
    let again = caller.until_answered(call).await?.context("a repeat of the end is refused")?;
    ensure!(ended.index() == again.index(), "the interview ended twice");
    Ok(Ok(ended))
}

/// Watches a room, from where this token says.
pub(crate) async fn watch(caller: &mut Caller, interview: &str, token: &str) -> Answered<Streaming<WatchListeningRoomResponse>> {
    let call = |channel| {
        let request = WatchListeningRoomRequest { name: interview.to_owned(), resume_token: token.to_owned() };
        async move { ListeningRoomServiceClient::new(channel).max_decoding_message_size(LARGE).watch_listening_room(request).await }
    };
    caller.until_answered(call).await
}

/// Everything that an auditor's export holds.
pub(crate) async fn export(auditor: &mut Caller, house: &str) -> Result<Vec<ExportRecordsResponse>> {
    let request = ExportRecordsRequest { parent: house.to_owned() };
    let call = |channel| {
        let request = request.clone();
        async move { AuditServiceClient::new(channel).export_records(request).await }
    };
    let mut stream = auditor.until_answered(call).await??;
    let mut messages = Vec::new();
    while let Some(message) = timeout(PATIENCE, stream.message()).await?? {
        messages.push(message);
    }
    Ok(messages)
}
