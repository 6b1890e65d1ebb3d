//! Preparing: a group is decided, on the state that the one before left, and sealed.
//!
//! 1. Looks up those that may be repeats.
//! 2. Decides each act in order, on the state that the one before left.
//! 3. Asks what the group shows to whom, and records that with it.
//! 4. Seals, hashes, signs.
//!
//! Keeps nothing and tells nobody.

use std::sync::Arc;

use barnahus_domain::{Decided, Event, Stamp, Target, Time};
use barnahus_proto::v1;
use barnahus_store as store;
use tokio::sync::oneshot;

use super::{
    Job, Work,
    act::{Act, Failure, Fresh, Proof},
    goes_first,
    group::{Group, GroupError, Sealed, Telling},
    live::{Disclosed, Live, Outgoing},
    repeat::{self, Repeats},
    writer::{OpenError, Writer, not_kept},
};
use crate::keys::KeyError;

/// A group that is ready to be kept, and everyone who waits for it.
pub(super) struct Prepared {
    pub(super) waiting: Waiting,
    /// Absent if the group holds no record.
    pub(super) sealed: Option<(store::Group, Keeping)>,
}

/// What is to be done when a group is kept.
pub(super) struct Keeping {
    /// The size of the log then.
    pub(super) size: u64,
    pub(super) at: Time,
    pub(super) requests: Vec<[u8; 16]>,
    pub(super) proof: Proof,
    pub(super) fresh: Fresh,
    pub(super) outgoing: Outgoing,
    /// What the group did, to be done to the base too; empty where there is none.
    pub(super) applied: Vec<(Stamp, Option<Event>)>,
}

/// Who waits for a group: callers with what was decided, and those of the house with the index of their record.
#[derive(Default)]
pub(super) struct Waiting {
    jobs: Vec<(Box<dyn Job>, Result<u64, Failure>)>,
    notes: Vec<(Note, u64)>,
}

impl Waiting {
    /// Answers everyone, when the group is kept, or held nothing to keep. Who begins to watch is a watcher from here on.
    pub(super) fn tell(self, kept: Option<&(Proof, Fresh)>, live: &mut Live) {
        for ((_, reply), index) in self.notes {
            drop(reply.send(Ok(index)));
        }
        for (mut job, decision) in self.jobs {
            let result = match (decision, kept) {
                (Ok(_), Some((proof, fresh))) => {
                    if let (Some(subscription), Target::Interview(alias, number)) = (job.subscription(), &job.act().target) {
                        live.subscribe((alias.clone(), *number), job.act().session, subscription);
                    }
                    Ok((proof.clone(), fresh.clone()))
                }
                (Ok(_), None) => Err(Failure::Internal),
                (Err(failure), _) => Err(failure),
            };
            job.finish(result);
        }
    }

    /// Tells everyone that the group is not kept.
    pub(super) fn fail(self, failure: &Failure) {
        for ((_, reply), _) in self.notes {
            drop(reply.send(Err(failure.clone())));
        }
        for (job, _) in self.jobs {
            job.finish(Err(failure.clone()));
        }
    }

    /// True if something in it was done, or could not be decided, that cannot wait.
    pub(super) fn holds_what_cannot_wait(&self) -> bool {
        let due = |decision: &Result<u64, Failure>| matches!(decision, Ok(_) | Err(Failure::DiskFull));
        self.jobs.iter().any(|(job, decision)| due(decision) && goes_first(job.act().method.name))
    }

    /// Everything as it was handed in, to be decided anew.
    pub(super) fn into_work(self) -> impl Iterator<Item = Work> {
        let notes = self.notes.into_iter().map(|((event, reply), _)| Work::Note(event, reply));
        self.jobs.into_iter().map(|(job, _)| Work::Act(job)).chain(notes)
    }
}

impl Writer {
    /// Decides and seals a group. On failure nothing of it is kept, and all who wait are told the same.
    pub(super) async fn prepare(&mut self, work: Vec<Work>) -> Result<Prepared, (Failure, Waiting)> {
        let mut waiting = Waiting::default();
        let (mut jobs, mut notes, mut sweeps) = (Vec::with_capacity(work.len()), Vec::new(), false);
        for work in work {
            match work {
                Work::Act(job) => jobs.push(job),
                Work::Note(event, reply) => notes.push((event, reply)),
                Work::MayStill(session, permission, reply) => drop(reply.send(self.may_still(session, permission))),
                Work::Sweep => sweeps = true,
                Work::Farewell => self.live.farewell(),
            }
        }
        // Who begins to watch comes last: their snapshot shows all that the group does, since only the next one is sent to them.
        jobs.sort_by_key(|job| job.watches());
        match self.decide_all(&mut waiting, &mut jobs, &mut notes, sweeps).await {
            Ok(sealed) => Ok(Prepared { waiting, sealed }),
            Err(failure) => {
                waiting.jobs.extend(jobs.into_iter().map(|job| (job, Err(failure.clone()))));
                waiting.notes.extend(notes.into_iter().map(|note| (note, 0)));
                Err((failure, waiting))
            }
        }
    }

    async fn decide_all(
        &mut self,
        waiting: &mut Waiting,
        jobs: &mut Vec<Box<dyn Job>>,
        notes: &mut Vec<Note>,
        sweeps: bool,
    ) -> Result<Option<(store::Group, Keeping)>, Failure> {
        if self.stale {
            self.rebuild().await.map_err(|error| match error {
                OpenError::Store(error @ store::Error::Full) => not_kept(&error),
                error => {
                    tracing::error!(%error, "the house cannot be rebuilt from its log: nothing is decided until it can");
                    Failure::Unavailable
                }
            })?;
        }
        if sweeps {
            self.sweep();
        }
        let now = self.now()?;
        let suspects = self.suspects(jobs);
        let repeats: Repeats = repeat::look_up(&self.parts.store, &self.parts.id, &suspects).await.map_err(|error| not_kept(&error))?;
        let mut group = Group::new(&self.house, now);
        self.stale = true;
        for mut job in jobs.drain(..) {
            if self.waits_for_itself(&group, job.act()) {
                self.deferred.push(Work::Act(job));
                continue;
            }
            let decision = self.decide(&mut group, &mut job, &repeats);
            waiting.jobs.push((job, decision));
        }
        if waiting.jobs.iter().any(|(_, decision)| matches!(decision, Err(Failure::Internal))) {
            return Err(Failure::Internal);
        }
        for note in notes.drain(..) {
            let index = self.record_own(&mut group, &Target::House, (*note.0).clone())?;
            waiting.notes.push((note, index));
        }
        // Who is cut off can wait to be recorded where room is kept for what cannot.
        if sweeps && !self.is_disk_full() {
            for (target, event) in self.live.connections(&self.house, self.base.is_none()) {
                self.record_own(&mut group, &target, event)?;
            }
        }
        let sealed = if group.is_empty() { None } else { Some(self.seal(group).await?) };
        self.stale = false;
        Ok(sealed)
    }

    /// Records what the group shows to watchers, and seals it.
    pub(super) async fn seal(&mut self, mut group: Group) -> Result<(store::Group, Keeping), Failure> {
        let mut outgoing = self.live.outgoing(&self.house, &self.parts.policies, group.events(), group.now);
        for Disclosed { target, authority, showings, categories, policies } in std::mem::take(&mut outgoing.showings) {
            for showings in portions(showings) {
                let telling =
                    Telling { kind: "room.shown", outcome: v1::Outcome::Shown, reason: "", target: &target, answers_repeats: false };
                let stamp = group.push(&self.house, &self.parts.id, None, None, &telling, None);
                if let Some(record) = group.last_mut() {
                    record.authority = authority.to_string();
                    record.recipients = showings.iter().map(|showing| showing.person.clone()).collect();
                    record.data_categories = categories.iter().map(ToString::to_string).collect();
                    record.showings = showings;
                    record.policies.clone_from(&policies);
                }
                self.apply(&stamp, None)?;
            }
        }
        let (parts, at) = (&self.parts, group.now);
        let applied = if self.base.is_some() { group.applied() } else { Vec::new() };
        let sealed = group.seal(&parts.vault, &parts.policies, &self.tree, &parts.signer, &parts.origin).await;
        let Sealed { group, tree, fresh } = sealed.map_err(|error| match error {
            GroupError::Key(KeyError::Store(error @ store::Error::Full)) => not_kept(&error),
            error => {
                tracing::error!(%error, "a group could not be sealed");
                Failure::Unavailable
            }
        })?;
        self.tree = Arc::clone(&tree);
        let requests = group.requests.iter().map(|request| request.request_id).collect();
        let proof = Proof { tree, checkpoint: group.checkpoint.note.as_str().into() };
        let keeping = Keeping { size: group.checkpoint.size, at, requests, proof, fresh, outgoing, applied };
        Ok((group, keeping))
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

    pub(super) fn record_own(&mut self, group: &mut Group, target: &Target, event: Event) -> Result<u64, Failure> {
        let telling = Telling { kind: event.kind(), outcome: v1::Outcome::Done, reason: "", target, answers_repeats: false };
        let stamp =
            group.push(&self.house, &self.parts.id, None, None, &telling, Some(Decided::of_the_house(target.clone(), event.clone())));
        self.apply(&stamp, Some(&event))?;
        Ok(stamp.index)
    }
}

/// Something that the house itself records, and who waits for it.
type Note = (Box<Event>, oneshot::Sender<Result<u64, Failure>>);

/// Most texts that one record names; each takes at most 10 bytes of the 65,535 that a leaf may have.
const TEXTS_MAX: usize = 5000;
/// A person takes as much of a record as so many texts: their name stands in it twice.
const PERSON_IN_TEXTS: usize = 10;

/// Showings cut so that each portion fits a record. Who is shown something without any text stands in one, too.
fn portions(showings: Vec<v1::Showing>) -> Vec<Vec<v1::Showing>> {
    let mut portions: Vec<Vec<v1::Showing>> = vec![Vec::new()];
    let mut taken = 0;
    for v1::Showing { person, texts } in showings {
        let cut: Vec<&[u64]> = if texts.is_empty() { vec![&[]] } else { texts.chunks(TEXTS_MAX - PERSON_IN_TEXTS).collect() };
        for texts in cut {
            let takes = texts.len() + PERSON_IN_TEXTS;
            if taken + takes > TEXTS_MAX {
                portions.push(Vec::new());
                taken = 0;
            }
            taken += takes;
            if let Some(portion) = portions.last_mut() {
                portion.push(v1::Showing { person: person.clone(), texts: texts.to_vec() });
            }
        }
    }
    portions
}
