//! Following a listening room through lost connections: the one place that comes back to a stream that was cut.
//!
//! It says what came, and that the connection was lost, is back, or begins anew; showing it is the caller's. INVARIANT: a stream that was
//! cut goes on from the newest token whose message was taken, so that nothing comes twice or is left out; only where the house no
//! longer knows the token everything comes anew, and that is said.

use std::time::Duration;

use barnahus_proto::v1::{
    AcknowledgeShownRequest, ErrorReason, WatchListeningRoomRequest, WatchListeningRoomResponse, watch_listening_room_response::Message,
};
use tokio::sync::watch;
use tonic::{Code, Status};

use crate::{
    errors::{self, Asked, Exit, Failure},
    rpc::WATCH,
    session::Line,
};

/// A silence after which the connection counts as lost: three heartbeats.
const SILENCE: Duration = Duration::from_secs(45);
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// How long what was shown may wait to be acknowledged with what is shown after it: each acknowledgement is a record.
const TOGETHER: Duration = Duration::from_secs(2);
/// How long leaving waits for the last one, at most.
const LAST: Duration = Duration::from_secs(2);

/// What a follower hears.
pub(crate) enum News {
    /// A message of the stream.
    Message(Box<WatchListeningRoomResponse>),
    /// The connection is lost; it is tried again by itself.
    Lost,
    /// It is back.
    Back,
    /// Too long has passed to go on: a snapshot comes next.
    Anew,
}

/// Which of a stream's messages are to be acknowledged when they are shown: those that hold a text, and what came with it, for only the
/// last of what came together has the token of all of it.
#[derive(Default)]
pub(crate) struct Texts {
    index: Option<u64>,
}

impl Texts {
    /// The token to acknowledge once this message is shown, if there is one.
    pub(crate) fn token(&mut self, message: &WatchListeningRoomResponse) -> Option<String> {
        match &message.message {
            Some(Message::Question(_)) => self.index = Some(message.index),
            Some(Message::Snapshot(room)) if !room.questions.is_empty() => self.index = Some(message.index),
            Some(Message::Heartbeat(_)) => return None,
            _ => (),
        }
        (self.index == Some(message.index)).then(|| message.resume_token.clone())
    }
}

/// Tells the house what a screen has shown.
pub(crate) struct Acknowledge {
    line: Line,
    name: String,
    /// The token of the newest message that was shown.
    shown: watch::Receiver<String>,
}

impl Acknowledge {
    /// For the room of this interview, and where to put the tokens of what was shown.
    pub(crate) fn new(line: Line, name: String) -> (Self, watch::Sender<String>) {
        let (show, shown) = watch::channel(String::new());
        (Self { line, name, shown }, show)
    }

    /// Acknowledges for as long as there is somebody to show anything; what cannot be said now is said with the next.
    pub(crate) async fn run(&mut self) {
        while self.shown.changed().await.is_ok() {
            self.shown.mark_changed();
            tokio::time::sleep(TOGETHER).await;
            if !self.say().await {
                tokio::time::sleep(LONGEST_WAIT).await;
            }
        }
        std::future::pending().await
    }

    /// Acknowledges what was shown last before the screen was left.
    pub(crate) async fn finish(mut self) {
        if self.shown.has_changed().unwrap_or(false) {
            // Who leaves is not kept waiting by a house that does not answer.
            let _ = tokio::time::timeout(LAST, self.say()).await;
        }
    }

    async fn say(&mut self) -> bool {
        let resume_token = self.shown.borrow_and_update().clone();
        let said = self.line.say(AcknowledgeShownRequest { name: self.name.clone(), resume_token }).await.is_ok();
        if !said {
            self.shown.mark_changed();
        }
        said
    }
}

/// One room that is followed.
pub(crate) struct Follow {
    line: Line,
    name: String,
    resume_token: String,
    wait: Duration,
    lost: bool,
}

enum Ended {
    Told(Failure),
    Cut(Status),
}

impl Follow {
    /// The room of this interview; after the message of this token, if there is one.
    pub(crate) fn new(line: Line, name: String, resume_token: String) -> Self {
        Self { line, name, resume_token, wait: FIRST_WAIT, lost: false }
    }

    /// Follows until the house, or whoever hears, ends it for good.
    pub(crate) async fn run(&mut self, hear: &mut impl FnMut(News) -> Result<(), Failure>) -> Failure {
        loop {
            let cut = match self.once(hear).await {
                Ended::Told(failure) => return failure,
                Ended::Cut(status) => status,
            };
            if let Err(failure) = self.judge(&cut, hear) {
                return failure;
            }
            tokio::time::sleep(self.wait).await;
            self.wait = (self.wait * 2).min(LONGEST_WAIT);
        }
    }

    async fn once(&mut self, hear: &mut impl FnMut(News) -> Result<(), Failure>) -> Ended {
        let request = WatchListeningRoomRequest { name: self.name.clone(), resume_token: self.resume_token.clone() };
        let mut stream = match self.line.stream::<_, WatchListeningRoomResponse>(WATCH, request).await {
            Ok(stream) => stream,
            Err(status) => return Ended::Cut(status),
        };
        loop {
            let message = match tokio::time::timeout(SILENCE, stream.message()).await {
                Ok(Ok(Some(message))) => message,
                Ok(Ok(None)) => return Ended::Cut(Status::unavailable("the stream ended")),
                Ok(Err(status)) => return Ended::Cut(status),
                Err(_) => return Ended::Cut(Status::unavailable("no heartbeat came")),
            };
            self.wait = FIRST_WAIT;
            let back = if std::mem::take(&mut self.lost) { hear(News::Back) } else { Ok(()) };
            let token = message.resume_token.clone();
            if let Err(failure) = back.and_then(|()| hear(News::Message(Box::new(message)))) {
                return Ended::Told(failure);
            }
            // Only after it was taken: what was cut off before comes again.
            self.resume_token = token;
        }
    }

    /// Whether to come back, and from where.
    fn judge(&mut self, cut: &Status, hear: &mut impl FnMut(News) -> Result<(), Failure>) -> Result<(), Failure> {
        if errors::is_reason(cut, ErrorReason::TokenExpired) && !self.resume_token.is_empty() {
            self.resume_token.clear();
            return hear(News::Anew);
        }
        let failure = errors::refused(cut, &Asked { rpc: WATCH, ..Asked::default() });
        if failure.exit != Exit::TryAgain || cut.code() == Code::ResourceExhausted {
            return Err(failure);
        }
        self.wait = self.wait.max(errors::retry_after(cut).unwrap_or_default());
        if std::mem::replace(&mut self.lost, true) { Ok(()) } else { hear(News::Lost) }
    }
}
