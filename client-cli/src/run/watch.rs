//! `barnahus interview watch`: the live view as lines, through lost connections.
//!
//! Coming back to a stream that was cut is `follow.rs`. Ctrl-C ends it with 0: a watch has no other end that a person could wish for.

use crate::{
    clock,
    errors::{Asked, Failure},
    follow::{Acknowledge, Follow, News, Texts},
    output::{Live, note},
    rpc::WATCH,
    session::Session,
    times,
};

/// Watches until Ctrl-C, or until the house ends it for good.
pub(crate) async fn watch(session: &mut Session, name: String, resume_token: String) -> Result<(), Failure> {
    let line = session.line(&Asked { rpc: WATCH, ..Asked::default() }).await?;
    let (mut acknowledge, shown) = Acknowledge::new(line.clone(), name.clone());
    let (screen, mut live, mut texts) = (&session.screen, Live::default(), Texts::default());
    let mut hear = |news: News| {
        match news {
            News::Message(message) => {
                let line = live.lines(&message, screen, clock::now());
                screen.message(WATCH, message.as_ref(), line)?;
                if let Some(token) = texts.token(&message) {
                    shown.send_replace(token);
                }
            }
            News::Lost => note(&screen.words.tell("say-watch-lost", &[("time", &times::time_of_day(clock::now(), &screen.zone))])),
            News::Back => note(&screen.words.say("say-watch-back")),
            News::Anew => note(&screen.words.say("say-watch-anew")),
        }
        Ok(())
    };
    let mut follow = Follow::new(line, name, resume_token);
    let ended = tokio::select! {
        failure = follow.run(&mut hear) => Err(failure),
        () = acknowledge.run() => Ok(()),
        _ = tokio::signal::ctrl_c() => Ok(()),
    };
    acknowledge.finish().await;
    ended
}

#[cfg(test)]
mod tests {
    use barnahus_proto::v1::{
        AcknowledgeShownRequest, ErrorReason, Heartbeat, Interview, Question, RoomCounts, WatchListeningRoomRequest,
        WatchListeningRoomResponse, watch_listening_room_response::Message,
    };
    use prost::Message as _;
    use tonic::{Code, Status};

    use super::*;
    use crate::{
        door::{Canned, Fault, World, refusal},
        errors::Exit,
    };

    fn heartbeat(token: &str) -> Vec<u8> {
        let message = Some(Message::Heartbeat(Heartbeat { at: None }));
        WatchListeningRoomResponse { resume_token: token.into(), index: 1, message }.encode_to_vec()
    }

    #[tokio::test]
    async fn what_was_shown_is_acknowledged_once_with_all_that_came_with_it() {
        let world = World::new();
        let push = |token: &str, index, message| {
            WatchListeningRoomResponse { resume_token: token.into(), index, message: Some(message) }.encode_to_vec()
        };
        let question = || Message::Question(Question { name: "q".into(), ..Question::default() });
        let came = vec![
            push("1", 2, question()),
            push("2", 2, Message::Counts(RoomCounts::default())),
            push("2", 2, Message::Heartbeat(Heartbeat { at: None })),
            push("3", 3, Message::Interview(Interview::default())),
        ];
        let gone = Status::unavailable("the house restarts");
        let refused = Canned::Refuse(refusal(Code::PermissionDenied, ErrorReason::PermissionDenied, None));
        let (port, door) = world.open(vec![Canned::SayAndCut(came, gone), refused, Canned::Say(Vec::new())]).await;
        let mut session = world.session(&Fault::None, port, "interview watch");
        let ended = tokio::select! {
            ended = watch(&mut session, "houses/v/cases/A/interviews/1".into(), String::new()) => ended.unwrap_err(),
            () = door => unreachable!("it stays open"),
        };
        assert_eq!(ended.exit, Exit::Refused);
        let said = AcknowledgeShownRequest::decode(world.asked().last().unwrap().as_slice()).unwrap();
        assert_eq!((said.name.as_str(), said.resume_token.as_str()), ("houses/v/cases/A/interviews/1", "2"));
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
