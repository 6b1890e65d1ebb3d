//! A crowd: many who listen, each over a line of their own, and some of whom ask.
//!
//! Judges nothing: what comes is kept as it came.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use barnahus_proto::v1::{SubmitQuestionRequest, WatchListeningRoomResponse, watch_listening_room_response::Message};
use barnahus_tests::harness::{Refused, request_id};
use tonic::{Code, Status, Streaming};

use crate::{
    callers::{Caller, approve, submit, watch},
    heard::{Came, Heard, Stream},
    kept::Asked,
    line::Luck,
    load::{Shared, note},
};

/// Milliseconds that somebody thinks before the next question, at most.
const THINKS: u64 = 400;
/// One in so many questions is marked protection-urgent, where the asker's role may.
const URGENT: u32 = 7;
/// The leader approves one in so many.
const APPROVED: u32 = 10;

/// Asks as long as there are questions left of all together.
pub(crate) async fn ask(mut caller: Caller, shared: Arc<Shared>, left: Arc<AtomicU32>, mut luck: Luck) -> Result<()> {
    let claim = || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).ok();
    while let Some(number) = claim() {
        tokio::time::sleep(Duration::from_millis(luck.below(THINKS))).await;
        let urgent_protection = caller.person.post != "investigator-1" && number.is_multiple_of(URGENT);
        let text = format!("Fråga {number} av {}", caller.person.pseudonym);
        let parent = shared.interview.clone();
        let request = SubmitQuestionRequest { parent, request_id: request_id(), text, urgent_protection, happened_at: None };
        let answer = submit(&mut caller, &request).await?.context("a question is refused")?;
        shared.kept().asked.push(Asked { person: caller.person.clone(), request, answer });
        shared.progress.send_modify(|progress| progress.answered += 1);
    }
    Ok(())
}

/// Approves one in so many of the questions that were asked, until all are.
pub(crate) async fn decide(mut leader: Caller, shared: Arc<Shared>, questions: u32) -> Result<()> {
    let mut progress = shared.progress.subscribe();
    for number in (APPROVED..=questions).step_by(APPROVED as usize) {
        progress.wait_for(|progress| progress.answered >= number).await?;
        let asked = shared.kept().asked.get(number as usize - 1).and_then(|asked| asked.answer.question.clone());
        approve(&mut leader, &asked.context("no question")?.name).await?.context("an approval is refused")?;
        shared.progress.send_modify(|progress| progress.approved += 1);
    }
    Ok(())
}

/// How many are approved of so many.
pub(crate) fn approved_of(questions: u32) -> u32 {
    questions / APPROVED
}

/// Watches the room, over as many streams as it takes, until told to go home.
pub(crate) async fn listen(mut caller: Caller, shared: Arc<Shared>) -> Result<()> {
    let mut signal = shared.signal.subscribe();
    let mut listener = Listener { heard: Heard { person: caller.person.clone(), streams: Vec::new() }, token: String::new(), since: None };
    tokio::select! {
        _ = signal.wait_for(|signal| signal.stop) => {}
        gave_up = listener.watch(&mut caller, &shared) => gave_up.with_context(|| format!("{} does not hear", caller.person.pseudonym))?,
    }
    shared.kept().heard.push(listener.heard);
    Ok(())
}

/// One who listens.
struct Listener {
    heard: Heard,
    /// Of the newest message.
    token: String,
    /// The index that it stands for.
    since: Option<u64>,
}

impl Listener {
    async fn watch(&mut self, caller: &mut Caller, shared: &Shared) -> Result<()> {
        loop {
            let stream = watch(caller, &shared.interview, &self.token).await??;
            self.heard.streams.push(Stream { since: self.since, came: Vec::new() });
            match self.read(stream, caller, shared).await.map(Refused::from) {
                None => {}
                Some(refused) if refused.reason.is_empty() => caller.hang_up(),
                Some(refused) => ensure!(refused.code == Code::Unavailable, "a stream ends: {refused}"),
            }
        }
    }

    /// Reads a stream until it ends, and says how.
    async fn read(&mut self, mut stream: Streaming<WatchListeningRoomResponse>, caller: &Caller, shared: &Shared) -> Option<Status> {
        loop {
            let WatchListeningRoomResponse { resume_token, index, message } = match stream.message().await {
                Ok(message) => message?,
                Err(status) => return Some(status),
            };
            let (questions, counts) = match message {
                Some(Message::Snapshot(snapshot)) => (snapshot.questions, Some(snapshot.counts)),
                Some(Message::Question(question)) => (vec![question], None),
                Some(Message::Counts(counts)) => (Vec::new(), Some(counts.counts)),
                _ => (Vec::new(), None),
            };
            note(shared, caller, &questions, index);
            if resume_token != self.token {
                // Within a push the token is still the one before; a new one stands for its message's index.
                (self.token, self.since) = (resume_token, Some(index));
            }
            if let Some(stream) = self.heard.streams.last_mut() {
                stream.came.push(Came { index, questions, counts });
            }
            shared.progress.send_modify(|progress| {
                progress.heard.insert(caller.person.pseudonym.clone(), index);
            });
        }
    }
}
