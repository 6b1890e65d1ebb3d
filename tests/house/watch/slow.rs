//! A client that never reads its stream is cut off, and nobody waits for it.

use anyhow::{Context as _, Result, ensure};
use barnahus_proto::v1::{
    Record, WatchListeningRoomRequest, WatchListeningRoomResponse, listening_room_service_client::ListeningRoomServiceClient,
    watch_listening_room_response::Message,
};
use barnahus_tests::harness::{
    Harness,
    client::endpoint,
    day::{Case, Point},
};
use tonic::Streaming;

use super::{AT_ONCE, Watcher};

/// Bytes that a client takes in although nobody reads: the least that HTTP/2 allows without asking.
const WINDOW: u32 = 65_535;
/// More questions, of so many letters each, than window and house hold for one who does not read.
const QUESTIONS: usize = 140;
const LETTERS: usize = 900;

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_reads_is_cut_off_and_the_others_do_not_wait() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Live).await?;
    let (slow, leader) = (house.client("investigator-1").await?, case.leader().await?);
    let narrow = endpoint(&house, Some(&slow.papers))?.initial_stream_window_size(WINDOW).connect().await?;
    let mut room = ListeningRoomServiceClient::new(narrow);
    let mut unread = room.watch_listening_room(WatchListeningRoomRequest { name: case.interview.clone(), ..Default::default() }).await?;
    let (mut other, _) = Watcher::begin(&case, &leader, "").await?;

    let (before, mut asked) = (house.size().await?, Vec::new());
    for number in 0..QUESTIONS {
        let question = case.ask("welfare-kil-1", &format!("{number} {}", "å".repeat(LETTERS))).await?;
        // At once, however much waits for the one who does not read.
        while !matches!(other.next().await?, Message::Question(told) if told.name == question.name) {}
        asked.push(question.name);
    }

    // It was shown the first ones, and from some question on none at all.
    let log = house.log().await?;
    let names_them = |record: &&Record| record.kind == "room.shown" && record.recipients.iter().any(|person| *person == slow.pseudonym());
    let shown = log.since(before).iter().filter(names_them).count();
    ensure!(shown > 0 && shown < QUESTIONS, "of {QUESTIONS} questions {shown} were recorded as shown to one who reads nothing");

    // What was sent is there when it reads at last; then its stream ends, and its token brings the rest (L12).
    let (first, token) = drain(unread.get_mut()).await?;
    // A question that found no room any more was recorded before that was known.
    ensure!(
        (shown - 1..=shown).contains(&first.len()) && asked.starts_with(&first),
        "{} came, {shown} were recorded as shown",
        first.len()
    );
    let (_, rest) = Watcher::begin(&case, &slow, &token).await?;
    let rest: Vec<_> = rest.questions.into_iter().map(|question| question.name).collect();
    ensure!(asked.get(first.len()..).is_some_and(|due| due == rest), "{} came at first, then {}", first.len(), rest.len());
    Ok(())
}

/// The names of the questions that still come until the stream ends, however it ends, and the newest token.
async fn drain(stream: &mut Streaming<WatchListeningRoomResponse>) -> Result<(Vec<String>, String)> {
    let (mut names, mut token) = (Vec::new(), String::new());
    while let Ok(Some(message)) = tokio::time::timeout(AT_ONCE, stream.message()).await.context("the stream does not end")? {
        if let Some(Message::Question(question)) = message.message {
            names.push(question.name);
        }
        token = message.resume_token;
    }
    Ok((names, token))
}
