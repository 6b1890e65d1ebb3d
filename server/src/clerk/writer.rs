//! The writer: takes a group of acts, decides each on the state in memory, keeps them with one commit, answers.
//!
//! 1. Looks up those that may be repeats.
//! 2. Decides each act in order, on the state that the one before left.
//! 3. Asks what the group shows to whom, and records that with it.
//! 4. Seals, hashes, signs.
//! 5. Commits.
//! 6. Keeps the checkpoint outside the database too, wakes the watchers, answers.

use std::{path::PathBuf, sync::Arc};

use barnahus_audit::{MAX_SIZE, Origin, Signer, Tree, leaf_hash};
use barnahus_domain::{Decided, Event, House, HouseId, Target, Time};
use barnahus_policy::PolicySet;
use barnahus_proto::v1;
use barnahus_store::{self as store, Error as StoreError, Filter, Store};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::{
    Job, Queues, Work,
    act::{Act, Failure, Fresh, Proof},
    group::{Group, GroupError, Sealed, Telling, columns},
    live::Live,
    repeat::{self, Recent, Repeats},
};
use crate::{clock::Clock, keys::Vault, outside, record};

/// Acts in one group; with what is shown this stays below the 256 leaves whose paths the tree keeps at hand.
const GROUP_MAX: usize = 128;
/// Records read at once when the house is rebuilt.
const PAGE: u32 = 4096;
/// How far the clock may fall behind the newest record, as after a step of NTP, before the house stops writing.
const CLOCK_TOLERANCE_US: i64 = 1_000_000;
/// How often a group is decided anew when another server was first.
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
}

/// The house's one writer.
pub struct Writer {
    pub(super) parts: Parts,
    pub(super) house: House,
    tree: Arc<Tree>,
    recent: Recent,
    live: Live,
    deferred: Vec<Work>,
    /// True while the house in memory may hold what is not durable: it must be rebuilt before anything is decided on it.
    stale: bool,
}

/// An act that was decided, waiting for the commit.
type Decision = (Box<dyn Job>, Result<u64, Failure>);

/// Something that the house itself records, and who waits for it.
type Note = (Box<Event>, oneshot::Sender<Result<u64, Failure>>);

/// A group that was decided, and kept if it held any record.
struct Done {
    decisions: Vec<Decision>,
    noted: Vec<u64>,
    committed: Option<(Proof, Fresh)>,
}

impl Writer {
    /// Rebuilds the house from its log, and compares it with the checkpoint outside the database.
    ///
    /// # Errors
    /// If the log cannot be read or does not fit.
    pub async fn open(parts: Parts) -> Result<Self, OpenError> {
        let mut writer = Self {
            parts,
            house: House::default(),
            tree: Arc::new(Tree::new()),
            recent: Recent::default(),
            live: Live::default(),
            deferred: Vec::new(),
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
            match self.commit(group).await {
                Err(Trouble::HeadMoved) => self.rebuild().await.map_err(|_| Failure::Unavailable)?,
                committed => return committed.map(drop).map_err(Trouble::into_failure),
            }
        }
        Err(Failure::Unavailable)
    }

    pub(super) async fn run(mut self, mut queues: Queues, stop: CancellationToken) {
        loop {
            let mut work = std::mem::take(&mut self.deferred);
            if work.is_empty() {
                let next = tokio::select! {
                    next = queues.next(GROUP_MAX) => next,
                    () = stop.cancelled() => None,
                };
                match next {
                    Some(next) => work = next,
                    None => break,
                }
            }
            self.carry_out(work).await;
        }
        self.parts.store.close().await;
    }

    async fn carry_out(&mut self, work: Vec<Work>) {
        let mut jobs = Vec::with_capacity(work.len());
        let mut notes = Vec::new();
        let mut sweeps = false;
        for work in work {
            match work {
                Work::Act(job) => jobs.push(job),
                Work::Note(event, reply) => notes.push((event, reply)),
                Work::Sweep => sweeps = true,
                Work::Farewell => self.live.farewell(),
            }
        }
        let mut trouble = Trouble::HeadMoved;
        for _ in 0..ATTEMPTS {
            if self.stale
                && let Err(error) = self.rebuild().await
            {
                tracing::error!(%error, "the house cannot be rebuilt from its log: nothing is decided until it can");
                trouble = Trouble::Failure(Failure::Unavailable);
                break;
            }
            if std::mem::take(&mut sweeps) {
                self.sweep();
            }
            match self.attempt(&mut jobs, &notes).await {
                Ok(Done { decisions, noted, committed }) => {
                    self.answer(decisions, committed.as_ref());
                    for ((_, reply), index) in notes.into_iter().zip(noted) {
                        drop(reply.send(Ok(index)));
                    }
                    return;
                }
                Err((found, back)) => {
                    jobs.extend(back);
                    trouble = found;
                    if !matches!(trouble, Trouble::HeadMoved) {
                        break;
                    }
                }
            }
        }
        let failure = trouble.into_failure();
        for job in jobs {
            job.finish(Err(failure.clone()));
        }
        for (_, reply) in notes {
            drop(reply.send(Err(failure.clone())));
        }
    }

    /// Decides and commits once. On trouble every job comes back, and the state in memory is not to be used.
    async fn attempt(&mut self, jobs: &mut Vec<Box<dyn Job>>, notes: &[Note]) -> Result<Done, (Trouble, Vec<Box<dyn Job>>)> {
        let now = match self.now() {
            Ok(now) => now,
            Err(failure) => return Err((Trouble::Failure(failure), Vec::new())),
        };
        let suspects = self.suspects(jobs);
        let repeats: Repeats = match repeat::look_up(&self.parts.store, &self.parts.id, &suspects).await {
            Ok(repeats) => repeats,
            Err(error) => return Err((Trouble::from(error), Vec::new())),
        };
        // Who begins to watch comes last: their snapshot shows all that the group does, since only the next one is sent to them.
        jobs.sort_by_key(|job| job.watches());
        let mut group = Group::new(&self.house, now);
        self.stale = true;
        let mut decisions: Vec<Decision> = Vec::with_capacity(jobs.len());
        for mut job in jobs.drain(..) {
            if self.waits_for_itself(&group, job.act()) {
                self.deferred.push(Work::Act(job));
                continue;
            }
            let decision = self.decide(&mut group, &mut job, &repeats);
            let broken = matches!(decision, Err(Failure::Internal));
            decisions.push((job, decision));
            if broken {
                break;
            }
        }
        let back = |decisions: Vec<Decision>| decisions.into_iter().map(|(job, _)| job).collect::<Vec<_>>();
        if decisions.iter().any(|(_, decision)| matches!(decision, Err(Failure::Internal))) {
            return Err((Trouble::Failure(Failure::Internal), back(decisions)));
        }
        let mut noted = Vec::with_capacity(notes.len());
        for (event, _) in notes {
            match self.record_own(&mut group, &Target::House, (**event).clone()) {
                Ok(index) => noted.push(index),
                Err(failure) => return Err((Trouble::Failure(failure), back(decisions))),
            }
        }
        if group.is_empty() {
            self.stale = false;
            return Ok(Done { decisions, noted, committed: None });
        }
        match self.commit(group).await {
            Ok(committed) => {
                self.stale = false;
                Ok(Done { decisions, noted, committed: Some(committed) })
            }
            Err(failure) => Err((failure, back(decisions))),
        }
    }

    fn answer(&mut self, decisions: Vec<Decision>, committed: Option<&(Proof, Fresh)>) {
        for (mut job, decision) in decisions {
            let result = match (decision, committed) {
                (Ok(_), Some((proof, fresh))) => {
                    if let (Some(subscription), Target::Interview(alias, number)) = (job.subscription(), &job.act().target) {
                        self.live.subscribe((alias.clone(), *number), job.act().session, subscription);
                    }
                    Ok((proof.clone(), fresh.clone()))
                }
                (Ok(_), None) => Err(Failure::Internal),
                (Err(failure), _) => Err(failure),
            };
            job.finish(result);
        }
    }

    /// Keeps a group: seals, commits, and only then wakes the watchers.
    async fn commit(&mut self, mut group: Group) -> Result<(Proof, Fresh), Trouble> {
        let events = group.pending.iter().filter_map(|pending| Some((&pending.target, pending.event.as_ref()?)));
        let mut outgoing = self.live.outgoing(&self.house, &self.parts.policies, events, group.now);
        for (target, showings) in std::mem::take(&mut outgoing.showings) {
            for showings in portions(showings) {
                let telling =
                    Telling { kind: "room.shown", outcome: v1::Outcome::Shown, reason: "", target: &target, answers_repeats: false };
                let stamp = group.push(&self.house, &self.parts.id, None, None, &telling, None);
                if let Some(record) = group.last_mut() {
                    record.recipients = showings.iter().map(|showing| showing.person.clone()).collect();
                    record.showings = showings;
                    record.data_categories = vec!["question_text".to_owned()];
                }
                self.house.apply(&stamp, None).map_err(|_| Trouble::Failure(Failure::Internal))?;
            }
        }
        let parts = &self.parts;
        let sealed = group.seal(&parts.vault, &parts.policies, &self.tree, &parts.signer, &parts.origin).await?;
        let Sealed { group, tree, fresh } = sealed;
        self.parts.store.append(&group).await?;
        // From here on the group is kept: nothing below may make it fail.
        if let Err(error) = outside::write(&self.parts.checkpoint_file, &group.checkpoint.note) {
            tracing::error!(%error, "the newest checkpoint could not be kept outside the database");
        }
        for request in &group.requests {
            self.recent.remember(&request.request_id, Time(request.recorded_at_us));
        }
        self.tree = Arc::clone(&tree);
        self.live.send(&self.house, outgoing, self.house.size().saturating_sub(1), &fresh);
        Ok((Proof { tree, checkpoint: group.checkpoint.note.into() }, fresh))
    }

    /// The house, the tree and what may be repeated, made anew from the log. Whoever watches and was not sent what is new in it, since
    /// nobody knew whether it was kept or another server did it, is sent away to resume (L12).
    async fn rebuild(&mut self) -> Result<(), OpenError> {
        let mut house = House::default();
        let mut tree = Tree::new();
        let mut missed = false;
        loop {
            let page = self.parts.store.records(&Filter { indexes: house.size()..MAX_SIZE, ..Filter::all(PAGE) }).await?;
            if page.is_empty() {
                break;
            }
            for leaf in page {
                let read = record::decode(&self.parts.id, leaf.index, &leaf.leaf)?;
                check_columns(&leaf, &read, &house)?;
                house.apply(&read.stamp, read.event.as_ref())?;
                missed |= leaf.index >= self.tree.size() && read.event.is_some();
                tree.append(leaf_hash(&leaf.leaf));
                self.recent.remember(&read.record.request_id, read.stamp.at);
            }
            drop(tree.take_completed());
        }
        self.house = house;
        self.tree = Arc::new(tree);
        self.stale = false;
        if missed {
            self.live.farewell();
        }
        Ok(())
    }

    /// Those whose request id may have come before.
    fn suspects(&self, jobs: &[Box<dyn Job>]) -> Vec<(String, [u8; 16])> {
        let suspect = |job: &dyn Job| {
            let request = job.act().request.filter(|request| self.recent.may_hold(request))?;
            let person = &self.house.certificate(&job.act().session)?.person;
            Some((person.to_string(), request.id))
        };
        jobs.iter().filter_map(|job| suspect(job.as_ref())).collect()
    }

    /// True for a repeat of a call that is in this very group: it waits for the next one, which finds the outcome.
    fn waits_for_itself(&self, group: &Group, act: &Act) -> bool {
        let person = self.house.certificate(&act.session).map(|certificate| certificate.person.as_str());
        act.request.zip(person).is_some_and(|(request, person)| group.holds_request(person, request.id))
    }

    fn record_own(&mut self, group: &mut Group, target: &Target, event: Event) -> Result<u64, Failure> {
        let telling = Telling { kind: event.kind(), outcome: v1::Outcome::Done, reason: "", target, answers_repeats: false };
        let stamp =
            group.push(&self.house, &self.parts.id, None, None, &telling, Some(Decided::of_the_house(target.clone(), event.clone())));
        self.house.apply(&stamp, Some(&event)).map_err(|error| {
            tracing::error!(%error, "a record of the house's own does not fit");
            Failure::Internal
        })?;
        Ok(stamp.index)
    }

    fn sweep(&mut self) {
        let Ok(now) = self.now() else { return };
        let lapsed = self.live.lapsed(&self.house, &self.parts.policies, now);
        let index = self.house.size().saturating_sub(1);
        self.live.send(&self.house, lapsed, index, &Fresh::default());
        self.live.heartbeat(&self.house, now);
    }

    /// The time for a record: never before the newest one.
    fn now(&self) -> Result<Time, Failure> {
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

/// INVARIANT: all but leaf bytes is derived. Lists, exports and protocols search by columns, so what these say must be what the leaf says.
fn check_columns(row: &store::Record, read: &record::Read, house: &House) -> Result<(), OpenError> {
    let told = &read.record;
    let same = row.person == told.person
        && row.authority == told.authority
        && row.kind == told.kind
        && row.recorded_at_us == told.recorded_at_us
        && (row.owner_authority.clone(), row.case_alias.clone()) == columns(told, house, &read.stamp.target);
    if same { Ok(()) } else { Err(OpenError::Columns(row.index)) }
}

/// Most texts that one record names; each takes at most 10 bytes of the 65,535 that a leaf may have.
const TEXTS_MAX: usize = 5000;

/// Showings cut so that each portion fits a record.
fn portions(showings: Vec<v1::Showing>) -> Vec<Vec<v1::Showing>> {
    let mut portions: Vec<Vec<v1::Showing>> = vec![Vec::new()];
    let mut texts = 0;
    for v1::Showing { person, texts: shown } in showings {
        for shown in shown.chunks(TEXTS_MAX) {
            if texts + shown.len() > TEXTS_MAX {
                portions.push(Vec::new());
                texts = 0;
            }
            texts += shown.len();
            if let Some(portion) = portions.last_mut() {
                portion.push(v1::Showing { person: person.clone(), texts: shown.to_vec() });
            }
        }
    }
    portions
}

/// Why a group is not kept.
#[derive(Debug)]
enum Trouble {
    HeadMoved,
    Failure(Failure),
}

impl Trouble {
    fn into_failure(self) -> Failure {
        match self {
            Self::HeadMoved => Failure::Unavailable,
            Self::Failure(failure) => failure,
        }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::HeadMoved => Self::HeadMoved,
            StoreError::Busy | StoreError::OutcomeUnknown => {
                tracing::warn!(%error, "a group was not kept");
                Self::Failure(Failure::Unavailable)
            }
            error => {
                tracing::error!(%error, "a group was not kept");
                Self::Failure(Failure::Unavailable)
            }
        }
    }
}

impl From<GroupError> for Trouble {
    fn from(error: GroupError) -> Self {
        tracing::error!(%error, "a group could not be sealed");
        Self::Failure(Failure::Unavailable)
    }
}
