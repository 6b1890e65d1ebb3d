//! The clerk: the house's one writer.
//!
//! Acts wait in two queues, those that protect the child first. The clerk takes what waits as a group, decides each act on the state in
//! memory, commits the group once, and only then answers. INVARIANT: no answer leaves before its record is durable (U3).
//! INVARIANT: what a failed commit had done to the state in memory is thrown away with it.

mod act;
mod decide;
mod group;
mod live;
mod prepare;
mod rebuild;
mod repeat;
mod writer;

use barnahus_domain::{Event, directory::Fingerprint};
use barnahus_policy::Permission;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

pub use act::{Act, Committed, Draft, Failure, Fresh, Proof, Request, Scene, Slot, What};
use act::{Shown, Task};
pub use live::{Push, Subscription};
pub use writer::{OpenError, Parts, Writer};

/// Acts that may wait before callers are held back.
const QUEUE: usize = 1024;

/// Something that one caller waits for.
trait Job: Send {
    /// What is wanted.
    fn act(&self) -> &Act;
    /// Makes the answer on this scene, and says what it shows. May be called anew if the commit is lost to another server.
    fn render(&mut self, scene: &Scene<'_>) -> Shown;
    /// True if a stream begins with this act.
    fn watches(&self) -> bool;
    /// The stream that begins with this act, if one does.
    fn subscription(&mut self) -> Option<Subscription>;
    /// Answers.
    fn finish(self: Box<Self>, result: Result<(Proof, Fresh), Failure>);
}

/// What the writer is given to do.
enum Work {
    /// An act of a caller.
    Act(Box<dyn Job>),
    /// Something that the house itself records.
    Note(Box<Event>, oneshot::Sender<Result<u64, Failure>>),
    /// Whether a caller may still do what they were let to begin.
    MayStill(Fingerprint, Permission, oneshot::Sender<bool>),
    /// Judge every watcher anew, and give a sign of life.
    Sweep,
    /// End every stream: the house is about to stop.
    Farewell,
}

impl Work {
    /// True if it needs room on the disk, and can wait until there is some.
    fn waits_for_room(&self) -> bool {
        match self {
            Self::Act(job) => !goes_first(job.act().method.name),
            Self::Note(..) => true,
            Self::MayStill(..) | Self::Sweep | Self::Farewell => false,
        }
    }
}

/// The way to the writer. Clones lead to the same one.
#[derive(Clone)]
pub struct Clerk {
    first: mpsc::Sender<Work>,
    then: mpsc::Sender<Work>,
}

impl Clerk {
    /// A clerk and the queues that its writer takes from.
    fn new() -> (Self, Queues) {
        let (first, first_out) = mpsc::channel(QUEUE);
        let (then, then_out) = mpsc::channel(QUEUE);
        (Self { first, then }, Queues { first: first_out, then: then_out })
    }

    /// Starts a writer; it runs until the token is cancelled. Its task ends earlier only by a fault of ours.
    pub fn start(writer: Writer, tracker: &tokio_util::task::TaskTracker, stop: CancellationToken) -> (Self, JoinHandle<()>) {
        let (clerk, queues) = Self::new();
        let task = tracker.spawn(writer.run(queues, stop));
        (clerk, task)
    }

    /// Carries out an act. Returns when its record is durable.
    ///
    /// # Errors
    /// Why there is no answer; a refusal is durable too.
    pub async fn carry_out<M, R>(&self, act: Act, render: R) -> Result<Committed<M>, Failure>
    where
        M: Send + 'static,
        R: Fn(&Scene<'_>) -> Draft<M> + Send + 'static,
    {
        self.hand_in(act, render, None).await
    }

    /// Carries out an act that begins a stream.
    ///
    /// # Errors
    /// Why it does not begin.
    pub async fn subscribe<M, R>(&self, act: Act, subscription: Subscription, render: R) -> Result<Committed<M>, Failure>
    where
        M: Send + 'static,
        R: Fn(&Scene<'_>) -> Draft<M> + Send + 'static,
    {
        self.hand_in(act, render, Some(subscription)).await
    }

    /// Records something of the house itself, and returns its index.
    ///
    /// # Errors
    /// If it could not be written.
    pub async fn note(&self, event: Event) -> Result<u64, Failure> {
        let (reply, answer) = oneshot::channel();
        self.then.send(Work::Note(Box::new(event), reply)).await.map_err(|_| Failure::Unavailable)?;
        answer.await.map_err(|_| Failure::Unavailable)?
    }

    /// True if a caller may still do, to the house, what they were let to begin. Leaves no record: what was begun has one.
    pub async fn may_still(&self, session: Fingerprint, permission: Permission) -> bool {
        let (reply, answer) = oneshot::channel();
        let asked = self.first.send(Work::MayStill(session, permission, reply)).await;
        asked.is_ok() && answer.await.unwrap_or(false)
    }

    /// Ends every stream; watchers resume elsewhere or later.
    pub async fn farewell(&self) {
        drop(self.first.send(Work::Farewell).await);
    }

    /// Has every watcher judged anew, and sent a sign of life.
    pub async fn sweep(&self) {
        drop(self.first.send(Work::Sweep).await);
    }

    async fn hand_in<M, R>(&self, act: Act, render: R, subscription: Option<Subscription>) -> Result<Committed<M>, Failure>
    where
        M: Send + 'static,
        R: Fn(&Scene<'_>) -> Draft<M> + Send + 'static,
    {
        let queue = if goes_first(act.method.name) { &self.first } else { &self.then };
        let (reply, answer) = oneshot::channel();
        let task = Task { act, render, reply, rendered: None, subscription };
        queue.send(Work::Act(Box::new(task))).await.map_err(|_| Failure::Unavailable)?;
        answer.await.map_err(|_| Failure::Unavailable)?
    }
}

/// What protects the child or the house waits for nothing else.
#[must_use]
pub fn goes_first(method: &str) -> bool {
    matches!(method, "EndInterview" | "InterruptInterview" | "CallBreak" | "CheckOut" | "RevokePerson")
}

/// Where the writer takes its work from.
struct Queues {
    first: mpsc::Receiver<Work>,
    then: mpsc::Receiver<Work>,
}

impl Queues {
    /// Waits for work, then takes everything that waits, at most `most`; what goes first first. None when all callers are gone.
    async fn next(&mut self, most: usize) -> Option<Vec<Work>> {
        let one = tokio::select! {
            biased;
            work = self.first.recv() => work,
            work = self.then.recv() => work,
        }?;
        // Lets those who were woken by the last group hand in before this one is closed.
        tokio::task::yield_now().await;
        let mut work = vec![one];
        while work.len() < most {
            match self.first.try_recv().or_else(|_| self.then.try_recv()) {
                Ok(more) => work.push(more),
                Err(_) => break,
            }
        }
        Some(work)
    }
}
