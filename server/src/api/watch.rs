//! The live view's messages, and the stream that sends them.

use std::{pin::Pin, sync::Arc};

use barnahus_domain::{Time, case::Case, interview::Interview, question::Question, view::Viewer};
use barnahus_proto::v1::{self, ErrorReason, watch_listening_room_response::Message};
use futures_util::{Stream, StreamExt as _, stream};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::{call::Desk, interview, question, status, times::timestamp, token};
use crate::clerk::{Committed, Draft, Failure, Fresh, Push, Scene, Subscription, What};

/// Messages that may wait for a watcher who does not read, before it is cut off.
const BACKLOG: usize = 64;

/// What a watcher gets.
pub type Watch = Pin<Box<dyn Stream<Item = Result<v1::WatchListeningRoomResponse, Status>> + Send>>;

/// Begins a stream: a snapshot, or with a token what changed since, then every change.
///
/// # Errors
/// If the caller may not watch, or the token is not one of theirs.
pub async fn begin(desk: Arc<Desk>, request: Request<v1::WatchListeningRoomRequest>) -> Result<Response<Watch>, Status> {
    let (call, message) = desk.call(request, "WatchListeningRoom")?;
    let mut fields = desk.fields();
    let target = fields.interview("name", &message.name);
    let since = token::Resume::open(&desk.token_key, &mut fields, &message.resume_token, &call.peer, &message.name);
    // A log that was begun anew after a loss is shorter than what the caller has seen: going on from there would skip what is new (L12).
    if let Some(since) = since
        && since >= desk.store.head().await.map_err(|error| desk.unread(&error))?
    {
        fields.refuse("resume_token", ErrorReason::TokenExpired, "this token is from before the log was begun anew: begin without one");
    }
    let what = call.finish(fields).map_or_else(|input| What::Refuse(Arc::new(input)), |()| What::See);
    let (sender, receiver) = mpsc::channel(BACKLOG);
    let act = call.act(target, what)?;
    let begun = desk.clerk.subscribe(act, Subscription { sender }, move |scene| snapshot(scene, since)).await;
    let Committed { draft, index, fresh, .. } = begun.map_err(|failure| status::failed(&failure))?;
    let first = Push { index, messages: vec![draft], fresh };
    // At once, so that a screen with a wrong clock shows the house's from its first moment.
    let beat = Push { index, messages: vec![heartbeat(desk.now())], fresh: Fresh::default() };
    // Whoever did not read, or has begun too many streams, is told so when the rest was read.
    let last = stream::once(std::future::ready(Err(Failure::Unavailable)));
    let pushes = stream::iter([Ok(first), Ok(beat)]).chain(ReceiverStream::new(receiver).map(|push| *push)).chain(last);
    let resume = token::Resume { session: call.peer.fingerprint, room: message.name };
    Ok(Response::new(Box::pin(sent(desk, resume, pushes))))
}

/// Records that the caller's screen has shown what was sent, up to the message of this token.
///
/// # Errors
/// If the caller may not watch, or the token is not one of theirs.
pub async fn shown(desk: &Desk, request: Request<v1::AcknowledgeShownRequest>) -> Result<Response<v1::AcknowledgeShownResponse>, Status> {
    let (call, message) = desk.call(request, "AcknowledgeShown")?;
    let mut fields = desk.fields();
    let target = fields.interview("name", &message.name);
    let token = &message.resume_token;
    if token.is_empty() {
        fields.refuse("resume_token", ErrorReason::TokenInvalid, "every message of the stream has the token to give here");
    }
    let through = token::Resume::open(&desk.token_key, &mut fields, token, &call.peer, &message.name);
    let query = through.map(|through| format!("through {through}")).unwrap_or_default();
    let seen = desk.ask(&call, fields, target, query, |_| Draft::plain(v1::AcknowledgeShownResponse::default())).await?;
    desk.answer(seen).await
}

/// Opens the texts of each push and sends its messages, each with the token to go on from. Only the last one's says that all of the push
/// was sent: who is cut off before it is shown the whole push again, and misses nothing of it (L12).
fn sent(
    desk: Arc<Desk>,
    resume: token::Resume,
    pushes: impl Stream<Item = Result<Push, Failure>> + Send + 'static,
) -> impl Stream<Item = Result<v1::WatchListeningRoomResponse, Status>> + Send {
    let mut whole = None;
    pushes
        .then(move |push| {
            let (desk, resume) = (Arc::clone(&desk), resume.clone());
            let before = push.as_ref().ok().and_then(|push| whole.replace(push.index));
            async move {
                let push = match push {
                    Ok(push) => push,
                    Err(failure) => return vec![Err(status::failed(&failure))],
                };
                let token = resume.seal(&desk.token_key, push.index);
                let earlier = before.map_or_else(String::new, |before| resume.seal(&desk.token_key, before));
                let (mut messages, all) = (Vec::with_capacity(push.messages.len()), push.messages.len());
                for draft in push.messages {
                    let token = if messages.len() + 1 == all { &token } else { &earlier };
                    // Boxed: an idle watcher holds no room for it.
                    messages.push(Box::pin(desk.fill(draft, &push.fresh)).await.map(|message| v1::WatchListeningRoomResponse {
                        resume_token: token.clone(),
                        index: push.index,
                        ..message
                    }));
                }
                messages
            }
        })
        .flat_map(stream::iter)
}

/// Everything that the caller may see now; since a token, only the questions that changed after it.
fn snapshot(scene: &Scene<'_>, since: Option<u64>) -> Draft<v1::WatchListeningRoomResponse> {
    let viewer = &scene.viewer;
    let Some((case, interview)) = question::meant(viewer, scene.target) else { return Draft::plain(Default::default()) };
    let mut draft = Draft::plain(v1::RoomSnapshot { counts: question::role_counts(viewer.counts(interview)), ..Default::default() });
    draft = draft.with(
        interview::draft(viewer, case, interview),
        |snapshot, interview| snapshot.interview = Some(interview),
        |snapshot| snapshot.interview.as_mut(),
    );
    let changed = |question: &&Question| since.is_none_or(|since| question.changed > since);
    for (at, question) in viewer.questions(case, interview).into_iter().filter(changed).enumerate() {
        let put = |snapshot: &mut v1::RoomSnapshot, question| snapshot.questions.push(question);
        draft = draft.with(question::draft(viewer, case, interview, question), put, move |snapshot| snapshot.questions.get_mut(at));
    }
    fn find(response: &mut v1::WatchListeningRoomResponse) -> Option<&mut v1::RoomSnapshot> {
        match &mut response.message {
            Some(Message::Snapshot(snapshot)) => Some(snapshot),
            _ => None,
        }
    }
    Draft::plain(v1::WatchListeningRoomResponse::default()).with(
        draft,
        |response, snapshot| response.message = Some(Message::Snapshot(snapshot)),
        find,
    )
}

/// A question is new to the caller, or changed.
pub fn question(viewer: &Viewer<'_>, case: &Case, interview: &Interview, question: &Question) -> Draft<v1::WatchListeningRoomResponse> {
    fn find(response: &mut v1::WatchListeningRoomResponse) -> Option<&mut v1::Question> {
        match &mut response.message {
            Some(Message::Question(question)) => Some(question),
            _ => None,
        }
    }
    let put = |response: &mut v1::WatchListeningRoomResponse, question| response.message = Some(Message::Question(question));
    Draft::plain(v1::WatchListeningRoomResponse::default()).with(question::draft(viewer, case, interview, question), put, find)
}

/// The interview changed.
pub fn interview(viewer: &Viewer<'_>, case: &Case, interview: &Interview) -> Draft<v1::WatchListeningRoomResponse> {
    // Without the ban's scope: it is read with the interview, not with every change of it.
    let message = interview::message(viewer, case, interview);
    Draft::plain(v1::WatchListeningRoomResponse { message: Some(Message::Interview(message)), ..Default::default() })
}

/// The counts changed; none for one who is shown no counts.
pub fn counts(viewer: &Viewer<'_>, interview: &Interview) -> Option<Draft<v1::WatchListeningRoomResponse>> {
    let counts = v1::RoomCounts { counts: question::role_counts(viewer.counts(interview)) };
    let message = (!counts.counts.is_empty()).then_some(Message::Counts(counts))?;
    Some(Draft::plain(v1::WatchListeningRoomResponse { message: Some(message), ..Default::default() }))
}

/// What kind of data a change shows (U2); none for a sign of life.
pub fn category(response: &v1::WatchListeningRoomResponse) -> Option<&'static str> {
    Some(match response.message.as_ref()? {
        Message::Interview(_) => "interview",
        Message::Counts(_) => "question_counts",
        Message::Question(_) => "question_text",
        Message::RemovedQuestion(_) => "question",
        Message::Snapshot(_) | Message::Heartbeat(_) => return None,
    })
}

/// Nothing new; the stream is alive.
pub fn heartbeat(now: Time) -> Draft<v1::WatchListeningRoomResponse> {
    let beat = v1::Heartbeat { at: Some(timestamp(now)) };
    Draft::plain(v1::WatchListeningRoomResponse { message: Some(Message::Heartbeat(beat)), ..Default::default() })
}
