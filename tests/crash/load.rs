//! A listening room at work: people ask, watch and list, all at once, and go on across the deaths of their server.
//!
//! 1. [`Load::start`] seats them; they wait for a server.
//! 2. [`Load::serve`] and [`Load::unserved`] say which server there is.
//! 3. [`Load::until`] waits for how far they came; whatever goes wrong with one of them ends the test there.
//! 4. [`Load::end`] ends the interview amid the questions.
//! 5. [`Load::stop`] sends them home, and gives what they kept.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context as _, Result, bail, ensure};
use barnahus_proto::v1::{
    ErrorReason, Question, SubmitQuestionRequest, SubmitQuestionResponse, WatchListeningRoomResponse,
    watch_listening_room_response::Message,
};
use barnahus_tests::harness::{Answer as _, Refused, request_id};
use tokio::{
    sync::watch::{self as signals, Sender},
    task::JoinSet,
    time::timeout,
};
use tonic::{Code, Status, Streaming};

use crate::{
    callers::{Caller, PATIENCE, Whereabouts, end, list, same, submit, watch},
    kept::{Asked, Kept, Progress, Shown},
    place::{LEADER, LISTENERS, Place},
    process::Server,
};

/// How many ask at once for each listener.
const SEATS: usize = 2;
/// All who ask.
pub(crate) const ASKERS: u32 = (LISTENERS.len() * SEATS) as u32;
/// Who watches: one who sees all as leader, one who sees all as assistant, one who sees their own.
pub(crate) const WATCHERS: [&str; 3] = [LEADER, "investigator-1", "welfare-kil-1"];
/// Who lists.
const LISTER: &str = "investigator-1";
/// One in so many acknowledged questions is sent again at once.
const REPEATED: u32 = 5;
/// A list follows so many questions.
const LISTED: u32 = 20;

/// People at work.
pub(crate) struct Load {
    tasks: JoinSet<Result<()>>,
    shared: Arc<Shared>,
    whereabouts: Sender<Whereabouts>,
}

/// What all of them share.
pub(crate) struct Shared {
    pub(crate) interview: String,
    kept: Mutex<Kept>,
    pub(crate) progress: Sender<Progress>,
    pub(crate) signal: Sender<Signal>,
}

/// What the test wants of them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Signal {
    /// Ask nothing.
    rest: bool,
    /// The interview is about to end: questions may be refused.
    ending: bool,
    /// Go home.
    pub(crate) stop: bool,
}

impl Shared {
    pub(crate) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn signal(&self) -> Signal {
        *self.signal.borrow()
    }
}

impl Load {
    /// A room that nobody is in yet.
    pub(crate) fn empty(place: &Place) -> Self {
        let shared = Shared {
            interview: place.interview.clone(),
            kept: Mutex::default(),
            progress: Sender::new(Progress::default()),
            signal: Sender::new(Signal::default()),
        };
        Self { tasks: JoinSet::new(), shared: Arc::new(shared), whereabouts: Sender::new(Whereabouts::default()) }
    }

    /// Seats everyone.
    pub(crate) fn start(place: &Place) -> Result<Self> {
        let mut load = Self::empty(place);
        for post in LISTENERS {
            for seat in 0..SEATS {
                let caller = load.caller(place, post)?;
                load.tasks.spawn(ask(caller, Arc::clone(&load.shared), seat));
            }
        }
        for post in WATCHERS {
            let caller = load.caller(place, post)?;
            load.tasks.spawn(follow(caller, Arc::clone(&load.shared)));
        }
        let caller = load.caller(place, LISTER)?;
        load.tasks.spawn(keep_listing(caller, Arc::clone(&load.shared)));
        Ok(load)
    }

    /// Another person who calls the same servers.
    fn caller(&self, place: &Place, post: &str) -> Result<Caller> {
        Ok(Caller::new(place, place.person(post)?, &self.whereabouts.subscribe(), &self.shared.progress))
    }

    /// Seats somebody who does this, and goes home when that ends.
    pub(crate) fn seat(&mut self, work: impl Future<Output = Result<()>> + Send + 'static) {
        self.tasks.spawn(work);
    }

    /// What all of them share.
    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// Which server there is, for those who do not call it straight.
    pub(crate) fn whereabouts(&self) -> signals::Receiver<Whereabouts> {
        self.whereabouts.subscribe()
    }

    /// There is a server.
    pub(crate) fn serve(&self, server: &Server) {
        self.whereabouts.send_modify(|place| *place = Whereabouts { starts: place.starts + 1, address: Some(server.address) });
    }

    /// There is none.
    pub(crate) fn unserved(&self) {
        self.whereabouts.send_modify(|place| place.address = None);
    }

    /// Questions acknowledged so far.
    pub(crate) fn answered(&self) -> u32 {
        self.shared.progress.borrow().answered
    }

    /// Answers so far that said UNAVAILABLE.
    pub(crate) fn unavailable(&self) -> u32 {
        self.shared.progress.borrow().unavailable
    }

    /// Waits until they have come so far.
    pub(crate) async fn until(&mut self, what: &str, so_far: impl Fn(&Progress) -> bool) -> Result<()> {
        let mut progress = self.shared.progress.subscribe();
        let deadline = tokio::time::sleep(PATIENCE);
        tokio::pin!(deadline);
        loop {
            tokio::select! {
                biased;
                ended = self.tasks.join_next() => ended.context("nobody is left")?.context("somebody gave up")??,
                reached = progress.wait_for(|progress| so_far(progress)) => return reached.map(drop).context("nobody is left"),
                () = &mut deadline => bail!("in {PATIENCE:?} it does not come to this: {what}"),
            }
        }
    }

    /// Nobody asks any more, and every watcher has seen every question that they may see.
    pub(crate) async fn rest(&mut self) -> Result<()> {
        self.shared.signal.send_modify(|signal| signal.rest = true);
        self.until("all askers rest", |progress| progress.resting == ASKERS).await?;
        let mut due: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for asked in &self.shared.kept().asked {
            let name = || asked.answer.question.as_ref().map(|question| question.name.clone());
            for post in WATCHERS.into_iter().filter(|post| *post != "welfare-kil-1" || asked.person.post == *post) {
                due.entry(post).or_default().extend(name());
            }
        }
        let missed = |progress: &Progress| {
            let seen = |post| progress.watched.get(post).into_iter().flat_map(|seen| seen.keys().cloned()).collect::<BTreeSet<_>>();
            let missed = due.iter().map(|(post, due)| (*post, due.symmetric_difference(&seen(post)).cloned().collect::<Vec<_>>()));
            missed.filter(|(_, missed)| !missed.is_empty()).collect::<Vec<_>>()
        };
        let seen = self.until("the watchers have seen what was asked", |progress| missed(progress).is_empty()).await;
        seen.with_context(|| format!("not shown, or shown to the wrong: {:?}", missed(&self.shared.progress.borrow())))
    }

    /// They ask again.
    pub(crate) fn go_on(&self) {
        self.shared.signal.send_modify(|signal| signal.rest = false);
    }

    /// The leader ends the interview, amid the questions.
    pub(crate) fn end(&mut self, place: &Place) -> Result<()> {
        self.shared.signal.send_modify(|signal| signal.ending = true);
        let caller = self.caller(place, LEADER)?;
        self.tasks.spawn(finish(caller, Arc::clone(&self.shared)));
        Ok(())
    }

    /// Sends everyone home. Gives what they kept.
    pub(crate) async fn stop(mut self) -> Result<Kept> {
        self.shared.signal.send_modify(|signal| signal.stop = true);
        while let Some(ended) = timeout(PATIENCE, self.tasks.join_next()).await.context("somebody does not go home")? {
            ended??;
        }
        Ok(std::mem::take(&mut *self.shared.kept()))
    }
}

/// The newest record that the answer's checkpoint covers: the answer of a repeat names the first record, and was shown by a later one.
fn newest(answer: &SubmitQuestionResponse) -> Result<u64> {
    let size = answer.receipt.as_ref().and_then(|receipt| receipt.checkpoint.lines().nth(1)?.parse::<u64>().ok());
    size.and_then(|size| size.checked_sub(1)).context("a checkpoint without a size")
}

async fn ask(mut caller: Caller, shared: Arc<Shared>, seat: usize) -> Result<()> {
    let mut signal = shared.signal.subscribe();
    for number in 1_u32.. {
        if shared.signal().rest {
            shared.progress.send_modify(|progress| progress.resting += 1);
            signal.wait_for(|signal| !signal.rest || signal.stop).await?;
            shared.progress.send_modify(|progress| progress.resting -= 1);
        }
        if shared.signal().stop {
            break;
        }
        let text = format!("Fråga {number} från stol {seat}, {}", caller.person.post);
        let request = SubmitQuestionRequest { parent: shared.interview.clone(), request_id: request_id(), text, ..Default::default() };
        match submit(&mut caller, &request).await? {
            Ok(answer) => {
                if number.is_multiple_of(REPEATED) {
                    let again = submit(&mut caller, &request).await?.context("a repeat is refused")?;
                    same(&answer, &again)?;
                    note(&shared, &caller, again.question.as_slice(), newest(&again)?);
                }
                shared.kept().asked.push(Asked { person: caller.person.clone(), request, answer });
                shared.progress.send_modify(|progress| progress.answered += 1);
            }
            Err(refused) if shared.signal().ending && refused.known() == Some(ErrorReason::PermissionDenied) => {
                shared.kept().too_late.push(request);
                break;
            }
            Err(refused) => return Err(refused).context("a question is refused"),
        }
    }
    Ok(())
}

async fn keep_listing(mut caller: Caller, shared: Arc<Shared>) -> Result<()> {
    let (mut signal, mut progress) = (shared.signal.subscribe(), shared.progress.subscribe());
    loop {
        let next = progress.borrow().answered + LISTED;
        tokio::select! {
            _ = signal.wait_for(|signal| signal.stop) => return Ok(()),
            _ = progress.wait_for(|progress| progress.answered >= next) => {}
        }
        let list = list(&mut caller, &shared.interview).await??;
        note(&shared, &caller, &list.questions, list.index());
    }
}

async fn finish(mut caller: Caller, shared: Arc<Shared>) -> Result<()> {
    let ended = end(&mut caller, &shared.interview).await??;
    shared.kept().ended = Some(ended);
    shared.progress.send_modify(|progress| progress.ended = true);
    Ok(())
}

/// Watches the room, and resumes where the stream was cut off.
async fn follow(mut caller: Caller, shared: Arc<Shared>) -> Result<()> {
    let mut signal = shared.signal.subscribe();
    let mut watcher = Watcher::default();
    while !shared.signal().stop {
        let begun = tokio::select! {
            _ = signal.wait_for(|signal| signal.stop) => return Ok(()),
            begun = watch(&mut caller, &shared.interview, &watcher.token) => begun??,
        };
        let cut_off = tokio::select! {
            _ = signal.wait_for(|signal| signal.stop) => return Ok(()),
            cut_off = watcher.read(begun, &caller, &shared) => cut_off?,
        };
        match cut_off.map(Refused::from) {
            None => {}
            Some(refused) if refused.reason.is_empty() => caller.hang_up(),
            Some(refused) => ensure!(refused.code == Code::Unavailable, "a stream ends: {refused}"),
        }
    }
    Ok(())
}

/// One watcher, across all streams.
#[derive(Default)]
struct Watcher {
    token: String,
    /// The index of the newest message.
    newest: u64,
    /// Which states of which questions came, with the index of the message that brought them.
    came: BTreeMap<(String, String), u64>,
}

impl Watcher {
    /// Reads a stream until it ends, and says how.
    async fn read(
        &mut self,
        mut stream: Streaming<WatchListeningRoomResponse>,
        caller: &Caller,
        shared: &Shared,
    ) -> Result<Option<Status>> {
        let cut_off_at = self.newest;
        let mut here = BTreeSet::new();
        loop {
            let message = match stream.message().await {
                Ok(Some(message)) => message,
                Ok(None) => return Ok(None),
                Err(status) => return Ok(Some(status)),
            };
            ensure!(message.index >= self.newest, "a stream goes back from {} to {}", self.newest, message.index);
            let brought = brought(message.message);
            for question in &brought {
                let state = (question.name.clone(), question.etag.clone());
                ensure!(here.insert(state.clone()), "`{}` comes twice in one stream", question.name);
                let before = self.came.insert(state, message.index);
                // What the cut-off message began may be told anew; nothing older.
                ensure!(before.is_none_or(|before| before == cut_off_at), "`{}` comes again after a resumption", question.name);
            }
            note(shared, caller, &brought, message.index);
            (self.token, self.newest) = (message.resume_token, message.index);
            shared.progress.send_modify(|progress| {
                let seen = progress.watched.entry(caller.person.post).or_default();
                seen.extend(brought.into_iter().map(|question| (question.name.clone(), question)));
            });
        }
    }
}

/// Keeps which texts came to whom.
pub(crate) fn note(shared: &Shared, caller: &Caller, questions: &[Question], index: u64) {
    let shown = questions.iter().filter_map(|question| Shown::of(&caller.person, question, index));
    shared.kept().shown.extend(shown);
}

/// The questions that a watcher's message holds.
pub(crate) fn brought(message: Option<Message>) -> Vec<Question> {
    match message {
        Some(Message::Snapshot(snapshot)) => snapshot.questions,
        Some(Message::Question(question)) => vec![question],
        _ => Vec::new(),
    }
}
