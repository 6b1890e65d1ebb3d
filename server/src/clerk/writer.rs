//! The writer: takes groups of acts, and keeps each with one commit.
//!
//! 1. Takes what waits.
//! 2. Has it decided and sealed, in `prepare`.
//! 3. Commits.
//! 4. Wakes the watchers, answers, and keeps the checkpoint outside the database too.
//!
//! On a full disk only what cannot wait is taken, the reserve is given up for it, and no refusal is recorded (L11).
//!
//! INVARIANT: nobody is told of a group before it is kept. What was decided in one that was not kept is void: the house is rebuilt from
//! its log, and it is decided anew.

use std::{path::PathBuf, sync::Arc};

use barnahus_audit::{Origin, Signer, Tree};
use barnahus_domain::{Event, House, HouseId, Target, Time};
use barnahus_policy::PolicySet;
use barnahus_store::{Error as StoreError, Store};
use tokio_util::sync::CancellationToken;

use super::{
    Queues, Work,
    act::{Failure, Fresh, Proof},
    group::Group,
    live::Live,
    prepare::{Keeping, Prepared, Waiting},
    rebuild::Base,
    repeat::Recent,
};
use crate::{
    clock::Clock,
    keys::Vault,
    outside::{self, Outside},
    record,
    reserve::Reserve,
};

/// Acts in one group; with what is shown this stays below the 256 leaves whose paths the tree keeps at hand.
const GROUP_MAX: usize = 128;
/// How far the clock may fall behind the newest record, as after a step of NTP, before the house stops writing.
const CLOCK_TOLERANCE_US: i64 = 1_000_000;
/// How often in a row groups are decided anew, because another server was first, until one is given up.
const ATTEMPTS: u32 = 5;
/// How often a start is: it stands alone against groups of others, and nobody waits for its answer.
const START_ATTEMPTS: u32 = 50;

/// Why a house cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The store failed.
    #[error("the store: {0}")]
    Store(#[from] StoreError),
    /// A record cannot be read.
    #[error(transparent)]
    Record(#[from] record::RecordError),
    /// The records do not fit each other.
    #[error("{0}")]
    Apply(#[from] barnahus_domain::ApplyError),
    /// Somebody changed what is searched by.
    #[error("the search columns of record {0} are not what the record says: the database was changed; restore it, and tell the auditors")]
    Columns(u64),
    /// The checkpoint outside the database does not fit it.
    #[error(transparent)]
    Outside(#[from] outside::OutsideError),
}

/// What a writer is made of.
pub struct Parts {
    /// The house's id.
    pub id: HouseId,
    /// Its records.
    pub store: Store,
    /// Its content keys.
    pub vault: Arc<Vault>,
    /// The policies in force.
    pub policies: Arc<PolicySet>,
    /// Signs checkpoints.
    pub signer: Signer,
    /// The log's name in checkpoints.
    pub origin: Origin,
    /// What time it is.
    pub clock: Clock,
    /// The file that holds the newest checkpoint, outside the database.
    pub checkpoint_file: PathBuf,
    /// Room on the disk for what cannot wait; None where PostgreSQL keeps the log on a disk of its own.
    pub reserve: Option<Arc<Reserve>>,
}

/// The house's one writer.
pub struct Writer {
    pub(super) parts: Parts,
    outside: Outside,
    pub(super) house: House,
    /// As the newest kept group left it, where another server may write.
    pub(super) base: Option<Base>,
    /// After the newest group that was sealed.
    pub(super) tree: Arc<Tree>,
    pub(super) recent: Recent,
    pub(super) live: Live,
    /// To be decided in a later group.
    pub(super) deferred: Vec<Work>,
    /// How many records are kept, and told to whom they concern.
    pub(super) told: u64,
    /// Races lost to other servers since the last one that was won.
    lost: u32,
    /// True while the house in memory may hold what is not durable: it must be rebuilt before anything is decided on it.
    pub(super) stale: bool,
}

impl Writer {
    /// Rebuilds the house from its log, and compares it with the checkpoint outside the database.
    ///
    /// # Errors
    /// If the log cannot be read or does not fit.
    pub async fn open(parts: Parts) -> Result<Self, OpenError> {
        let mut writer = Self {
            outside: Outside::at(parts.checkpoint_file.clone()),
            parts,
            house: House::default(),
            base: None,
            tree: Arc::new(Tree::new()),
            recent: Recent::default(),
            live: Live::default(),
            deferred: Vec::new(),
            told: 0,
            lost: 0,
            stale: false,
        };
        writer.rebuild().await?;
        outside::compare(
            &writer.parts.checkpoint_file,
            &writer.parts.origin,
            writer.parts.signer.verifier(),
            &writer.tree,
            &writer.parts.store,
        )
        .await?;
        Ok(writer)
    }

    /// The house as it is.
    #[must_use]
    pub fn house(&self) -> &House {
        &self.house
    }

    /// Records what founds and starts a house, before it is served; anew, where another server was first.
    ///
    /// # Errors
    /// If it could not be written.
    pub async fn found(&mut self, events: Vec<(Target, Event)>) -> Result<(), Failure> {
        for _ in 0..START_ATTEMPTS {
            let mut group = Group::new(&self.house, self.now()?);
            for (target, event) in &events {
                self.record_own(&mut group, target, event.clone())?;
            }
            let (group, keeping) = self.seal(group).await?;
            match self.parts.store.append(&group).await {
                Ok(()) => {
                    let (proof, _) = self.keep(keeping);
                    self.keep_outside(&proof);
                    return Ok(());
                }
                Err(StoreError::HeadMoved) => self.rebuild().await.map_err(|_| Failure::Unavailable)?,
                Err(error) => return Err(not_kept(&error)),
            }
        }
        Err(Failure::Unavailable)
    }

    pub(super) async fn run(mut self, mut queues: Queues, stop: CancellationToken) {
        loop {
            let mut work: Vec<Work> = self.deferred.drain(..self.deferred.len().min(GROUP_MAX)).collect();
            if work.is_empty() {
                let next = tokio::select! {
                    next = queues.next(GROUP_MAX) => next,
                    () = stop.cancelled() => None,
                };
                let Some(next) = next else { break };
                work = next;
            }
            match self.prepare(self.what_has_room(work)).await {
                Ok(Prepared { waiting, sealed: Some((group, keeping)) }) => {
                    let outcome = self.parts.store.append(&group).await;
                    self.tell(waiting, keeping, outcome);
                }
                Ok(Prepared { waiting, sealed: None }) => waiting.tell(None, &mut self.live),
                Err((failure, waiting)) => self.fail(waiting, &failure),
            }
        }
        self.parts.store.close().await;
    }

    /// All of it; while the disk is full only what cannot wait. The others are told at once, without a record.
    fn what_has_room(&self, work: Vec<Work>) -> Vec<Work> {
        let Some(reserve) = self.parts.reserve.as_ref().filter(|reserve| reserve.is_full()) else { return work };
        // Where its room is used up as well, nobody is told that END still works.
        let failure = if reserve.is_used_up() { Failure::Unavailable } else { Failure::DiskFull };
        let (refused, taken): (Vec<_>, Vec<_>) = work.into_iter().partition(Work::waits_for_room);
        for work in refused {
            match work {
                Work::Act(job) => job.finish(Err(failure.clone())),
                Work::Note(_, reply) => drop(reply.send(Err(failure.clone()))),
                Work::MayStill(..) | Work::Sweep | Work::Farewell => {}
            }
        }
        taken
    }

    /// Tells everyone that the group is not kept. Where the disk is full, something in the group cannot wait and the reserve is still there,
    /// that is given up instead, and everything handed in anew: what cannot wait is decided in the room that this frees.
    fn fail(&mut self, waiting: Waiting, failure: &Failure) {
        match &self.parts.reserve {
            Some(reserve) if matches!(failure, Failure::DiskFull) => {
                if !waiting.holds_what_cannot_wait() {
                    reserve.meet_full();
                    waiting.fail(failure);
                } else if reserve.give_up() {
                    self.deferred.extend(waiting.into_work());
                } else {
                    waiting.fail(&Failure::Unavailable);
                }
            }
            _ => waiting.fail(failure),
        }
    }

    /// True while only what cannot wait is to be recorded.
    pub(super) fn is_disk_full(&self) -> bool {
        self.parts.reserve.as_ref().is_some_and(|reserve| reserve.is_full())
    }

    /// Tells the callers of a group what became of it. If it is not kept, everything in memory is to be rebuilt.
    fn tell(&mut self, waiting: Waiting, keeping: Keeping, outcome: Result<(), StoreError>) {
        match outcome {
            Ok(()) => {
                self.lost = 0;
                let kept = self.keep(keeping);
                waiting.tell(Some(&kept), &mut self.live);
                self.keep_outside(&kept.0);
            }
            // Another server was first, or kept a request that was forgotten here: what it did is found now.
            Err(StoreError::HeadMoved | StoreError::RequestExists) if self.lost < ATTEMPTS => {
                self.stale = true;
                self.lost += 1;
                self.remember(&keeping);
                self.deferred.extend(waiting.into_work());
            }
            Err(error) => {
                self.stale = true;
                self.fail(waiting, &not_kept(&error));
            }
        }
    }

    /// What follows when a group is kept: nothing here may fail.
    fn keep(&mut self, keeping: Keeping) -> (Proof, Fresh) {
        self.remember(&keeping);
        let Keeping { size, proof, fresh, outgoing, applied, .. } = keeping;
        let followed = self.base.as_mut().map_or(Ok(()), |base| base.follow(applied, &proof.tree));
        if let Err(error) = followed {
            tracing::error!(%error, "what was kept does not fit the house: it is rebuilt from its log");
            (self.base, self.stale) = (None, true);
        }
        self.told = size;
        self.live.send(&self.house, outgoing, size.saturating_sub(1), &fresh);
        (proof, fresh)
    }

    /// Keeps the newest checkpoint outside the database too. Nobody waits for it: after a crash it may be older than the log.
    fn keep_outside(&mut self, proof: &Proof) {
        if let Err(error) = self.outside.write(&proof.checkpoint) {
            tracing::error!(%error, "the newest checkpoint could not be kept outside the database");
        }
    }

    fn remember(&mut self, keeping: &Keeping) {
        for request in &keeping.requests {
            self.recent.remember(request, keeping.at);
        }
    }

    pub(super) fn sweep(&mut self) {
        let Ok(now) = self.now() else { return };
        let lapsed = self.live.lapsed(&self.house, &self.parts.policies, now);
        let index = self.house.size().saturating_sub(1);
        self.live.send(&self.house, lapsed, index, &Fresh::default());
        self.live.heartbeat(&self.house, now);
    }

    /// The time for a record: never before the newest one.
    pub(super) fn now(&self) -> Result<Time, Failure> {
        let now = self.parts.clock.now();
        match self.house.last_at() {
            Some(last) if last.since_us(now) > CLOCK_TOLERANCE_US => {
                tracing::error!(behind_us = last.since_us(now), "the clock is behind the newest record: nothing is written");
                Err(Failure::ClockBehind)
            }
            Some(last) => Ok(now.max(last)),
            None => Ok(now),
        }
    }
}

/// Logs why a group is not kept, and says what its callers are told.
pub(super) fn not_kept(error: &StoreError) -> Failure {
    match error {
        StoreError::HeadMoved | StoreError::Busy | StoreError::OutcomeUnknown | StoreError::Full => {
            tracing::warn!(%error, "a group was not kept");
        }
        error => tracing::error!(%error, "a group was not kept"),
    }
    if matches!(error, StoreError::Full) { Failure::DiskFull } else { Failure::Unavailable }
}
