//! `barnahus interview watch`: the live view as lines, through lost connections.
//!
//! INVARIANT: a stream that was cut goes on from its newest resume token, so that nothing is shown twice or left out; only where the
//! house no longer knows the token is everything shown anew, and that is said. Ctrl-C ends it with 0: a watch has no other end that a
//! person could wish for.

use std::time::Duration;

use barnahus_proto::v1::{ErrorReason, WatchListeningRoomRequest, WatchListeningRoomResponse};
use tonic::{Code, Status};

use crate::{
    clock,
    errors::{self, Asked, Exit, Failure},
    output::{Live, note},
    rpc::WATCH,
    session::Session,
    times,
};

/// A silence after which the connection counts as lost: three heartbeats.
const SILENCE: Duration = Duration::from_secs(45);
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// Watches until Ctrl-C, or until the house ends it for good.
pub(super) async fn watch(session: &mut Session, name: String, resume_token: String) -> Result<(), Failure> {
    let asked = Asked { rpc: WATCH, ..Asked::default() };
    session.connect(&asked).await?;
    let mut watch = Watch { session, name, resume_token, asked, wait: FIRST_WAIT, live: Live::default(), lost: false };
    tokio::select! {
        ended = watch.run() => ended,
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}

struct Watch<'a> {
    session: &'a Session,
    name: String,
    resume_token: String,
    asked: Asked,
    wait: Duration,
    live: Live,
    /// Whether the connection is lost, as far as was said.
    lost: bool,
}

impl Watch<'_> {
    async fn run(&mut self) -> Result<(), Failure> {
        loop {
            let cut = match self.follow().await {
                Ended::Told(failure) => return Err(failure),
                Ended::Cut(status) => status,
            };
            self.judge(&cut)?;
            tokio::time::sleep(self.wait).await;
            self.wait = (self.wait * 2).min(LONGEST_WAIT);
        }
    }

    /// Shows what comes until the stream is cut.
    async fn follow(&mut self) -> Ended {
        let request = WatchListeningRoomRequest { name: self.name.clone(), resume_token: self.resume_token.clone() };
        let mut stream = match self.session.stream::<_, WatchListeningRoomResponse>(WATCH, request).await {
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
            if std::mem::take(&mut self.lost) {
                note(&self.session.screen.words.say("say-watch-back"));
            }
            let line = self.live.lines(&message, &self.session.screen, clock::now());
            if let Err(failure) = self.session.screen.message(WATCH, &message, line) {
                return Ended::Told(failure);
            }
            // Only after it was shown: what was cut off before is shown again.
            self.resume_token = message.resume_token;
        }
    }

    /// Whether to come back, and from where.
    fn judge(&mut self, cut: &Status) -> Result<(), Failure> {
        let words = self.session.screen.words;
        if errors::is_reason(cut, ErrorReason::TokenExpired) && !self.resume_token.is_empty() {
            self.resume_token.clear();
            note(&words.say("say-watch-anew"));
            return Ok(());
        }
        let failure = errors::refused(cut, &self.asked);
        if failure.exit != Exit::TryAgain || cut.code() == Code::ResourceExhausted {
            return Err(failure);
        }
        self.wait = self.wait.max(errors::retry_after(cut).unwrap_or_default());
        if !std::mem::replace(&mut self.lost, true) {
            let time = times::time_of_day(clock::now(), &self.session.screen.zone);
            note(&words.tell("say-watch-lost", &[("time", &time)]));
        }
        Ok(())
    }
}

enum Ended {
    Told(Failure),
    Cut(Status),
}

#[cfg(test)]
mod tests {
    use barnahus_proto::v1::{Heartbeat, watch_listening_room_response::Message};
    use prost::Message as _;

    use super::*;
    use crate::door::{Canned, Fault, World, refusal};

    fn heartbeat(token: &str) -> Vec<u8> {
        let message = Some(Message::Heartbeat(Heartbeat { at: None }));
        WatchListeningRoomResponse { resume_token: token.into(), index: 1, message }.encode_to_vec()
    }

    #[tokio::test]
    async fn a_cut_stream_goes_on_from_its_newest_token_and_an_expired_one_starts_anew_and_a_refusal_ends_it() {
        let world = World::new();
        let cut = Status::unavailable("the house restarts");
        let answers = vec![
            Canned::SayAndCut(vec![heartbeat("1"), heartbeat("2")], cut),
            Canned::Refuse(refusal(Code::OutOfRange, ErrorReason::TokenExpired, None)),
            Canned::Say(vec![heartbeat("9")]),
            Canned::Refuse(refusal(Code::PermissionDenied, ErrorReason::PermissionDenied, None)),
        ];
        let (port, door) = world.open(answers).await;
        let mut session = world.session(&Fault::None, port, "interview watch");
        let ended = tokio::select! {
            ended = watch(&mut session, "houses/v/cases/A/interviews/1".into(), String::new()) => ended.unwrap_err(),
            () = door => unreachable!("it stays open"),
        };
        assert_eq!(ended.exit, Exit::Refused);
        let tokens: Vec<_> =
            world.asked().iter().map(|asked| WatchListeningRoomRequest::decode(asked.as_slice()).unwrap().resume_token).collect();
        assert_eq!(tokens, ["", "2", "", "9"]);
    }
}
