//! A group: the records that one commit makes durable, in the making.
//!
//! Writes nothing. INVARIANT: records stand in the order in which they were decided, and their indexes follow the head without a gap.

use std::{collections::HashMap, sync::Arc};

use barnahus_audit::{Checkpoint, Origin, Signer, Tree, leaf_hash};
use barnahus_domain::{
    Actor, Alias, AuthorityId, Decided, Event, House, HouseId, Seal, Stamp, Target, Time, directory::Happened, view::TextRef,
};
use barnahus_policy::{Part, PolicySet};
use barnahus_proto::v1;
use barnahus_store as store;

use super::act::{Act, Fresh, Request};
use crate::{
    clock::random,
    keys::{KeyError, Vault},
    record::{self, RecordError},
};

/// One record to be.
pub(super) struct Pending {
    pub(super) record: v1::Record,
    pub(super) event: Option<Event>,
    stamp: Stamp,
    seals: Vec<Seal>,
    scope: Option<(Alias, AuthorityId)>,
    request: Option<Request>,
    columns: Columns,
}

/// What one record tells, apart from who, when and by which policies.
pub(super) struct Telling<'a> {
    pub(super) kind: &'a str,
    pub(super) outcome: v1::Outcome,
    pub(super) reason: &'a str,
    pub(super) target: &'a Target,
    /// True if a repeat of the call is to be answered by this record.
    pub(super) answers_repeats: bool,
}

/// Why a group cannot be made durable.
#[derive(Debug, thiserror::Error)]
pub(super) enum GroupError {
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Random(#[from] crate::clock::RandomError),
}

/// The records of one commit.
pub(super) struct Group {
    pub(super) first: u64,
    pub(super) now: Time,
    pub(super) pending: Vec<Pending>,
}

impl Group {
    pub(super) fn new(house: &House, now: Time) -> Self {
        Self { first: house.size(), now, pending: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    pub(super) fn holds_request(&self, person: &str, id: [u8; 16]) -> bool {
        self.pending.iter().any(|pending| pending.record.person == person && pending.request.is_some_and(|request| request.id == id))
    }

    /// Adds a record and says which stamp it is applied with.
    pub(super) fn push(
        &mut self,
        house: &House,
        id: &HouseId,
        actor: Option<&Actor>,
        act: Option<&Act>,
        telling: &Telling<'_>,
        decided: Option<Decided>,
    ) -> Stamp {
        let index = self.first + self.pending.len() as u64;
        // Who may not know of a case must not read in the log of their own authority that it exists.
        let hidden = telling.reason == "NOT_FOUND";
        let meant = telling.target.case().and_then(|alias| house.case(alias));
        let case = meant.filter(|_| !hidden);
        let opening = decided.as_ref().and_then(|decided| opening(&decided.event));
        let of_post = decided.as_ref().and_then(|decided| authority_of_post(house, telling.target, &decided.event));
        // What the house does by itself is its host's to review.
        let of_the_house = house.definition().filter(|_| actor.is_none()).map(|definition| &definition.host);
        let mut record = v1::Record {
            version: record::VERSION,
            kind: telling.kind.to_owned(),
            index,
            recorded_at_us: self.now.0,
            operation: act.map(|act| act.method.path.to_owned()).unwrap_or_default(),
            object: record::object(id, telling.target),
            object_version: house.version(telling.target).filter(|_| !hidden).map_or(0, |version| version + 1),
            case_alias: telling.target.case().filter(|_| case.is_some() || opening.is_some()).map(ToString::to_string).unwrap_or_default(),
            owner_authority: case
                .map(|case| &case.home_board)
                .or(opening)
                .or(of_post)
                .or(of_the_house)
                .map(ToString::to_string)
                .unwrap_or_default(),
            outcome: telling.outcome.into(),
            reason: telling.reason.to_owned(),
            query: act.map(|act| act.query.clone()).unwrap_or_default(),
            request_id: act.and_then(|act| act.request).map(|request| request.id.to_vec()).unwrap_or_default(),
            ..v1::Record::default()
        };
        if let Some(actor) = actor {
            record::sign_with_actor(&mut record, actor);
        }
        let happened_at = decided.as_ref().and_then(|_| act.and_then(|act| act.happened_at));
        record.happened_at_us = happened_at.map_or(0, |time| time.0);
        let stamp = Stamp {
            index,
            at: self.now,
            happened_at,
            person: actor.map(|actor| actor.person.clone()),
            role: actor.map(|actor| actor.role),
            post: actor.map(|actor| actor.post.clone()),
            authority: actor.map(|actor| actor.authority.clone()),
            part: actor.map_or(Part::None, |actor| actor.part),
            target: telling.target.clone(),
        };
        let (event, seals) = match decided {
            None => (None, Vec::new()),
            Some(decided) => {
                record.legal_ground = decided.ground.unwrap_or_default();
                record.recipients = decided.recipients.iter().map(ToString::to_string).collect();
                record.data_categories = decided.seals.iter().map(|seal| category(&decided.event, seal)).collect();
                record.data_categories.dedup();
                (Some(decided.event), decided.seals)
            }
        };
        let scope = telling.target.case().cloned().zip(actor.map(|actor| actor.authority.clone()));
        let request = act.and_then(|act| act.request).filter(|_| telling.answers_repeats);
        let columns = columns(&record, house, telling.target);
        self.pending.push(Pending { record, event, stamp: stamp.clone(), seals, scope, request, columns });
        stamp
    }

    /// Each event with what it is about.
    pub(super) fn events(&self) -> impl Iterator<Item = (&Target, &Event)> {
        self.pending.iter().filter_map(|pending| Some((&pending.stamp.target, pending.event.as_ref()?)))
    }

    /// What applying the records does, to be done to another copy of the house.
    pub(super) fn applied(&self) -> Vec<(Stamp, Option<Event>)> {
        self.pending.iter().map(|pending| (pending.stamp.clone(), pending.event.clone())).collect()
    }

    /// The newest record, to complete it.
    pub(super) fn last_mut(&mut self) -> Option<&mut v1::Record> {
        self.pending.last_mut().map(|pending| &mut pending.record)
    }

    /// Seals, encodes, hashes and signs everything: what the store keeps, the tree after it, and the texts at hand.
    pub(super) async fn seal(
        mut self,
        vault: &Vault,
        policies: &PolicySet,
        tree: &Tree,
        signer: &Signer,
        origin: &Origin,
    ) -> Result<Sealed, GroupError> {
        let scopes = self.pending.iter().filter(|pending| !pending.seals.is_empty()).filter_map(|pending| pending.scope.as_ref());
        vault.ensure(scopes.map(|(alias, authority)| (alias, authority)), self.now).await?;
        let mut tree = tree.clone();
        let mut group = store::Group {
            expected_size: self.first,
            records: Vec::with_capacity(self.pending.len()),
            contents: Vec::new(),
            requests: Vec::new(),
            tiles: Vec::new(),
            checkpoint: store::Checkpoint { size: 0, note: String::new(), recorded_at_us: self.now.0 },
        };
        let mut fresh = HashMap::new();
        for pending in &mut self.pending {
            let record = &mut pending.record;
            record.salt = random::<16>()?.to_vec();
            record.policy_set_hash = policies.hash().to_vec();
            for seal in &pending.seals {
                let (alias, authority) = pending.scope.as_ref().ok_or_else(|| KeyError::Missing(record.object.clone()))?;
                let sealed = vault.seal(alias, authority, record.index, &seal.field, seal.text.as_str())?;
                record.commitments.push(v1::Commitment { field: seal.field.clone(), hmac: sealed.commitment.to_vec() });
                group.contents.push(sealed.content);
                fresh.insert(TextRef::new(record.index, seal.field.clone()), seal.text.as_str().to_owned());
            }
            if let Some(event) = &pending.event {
                record.event = serde_json::to_string(event).map_err(|_| RecordError::Unreadable(record.index))?;
            }
            let leaf = record::encode(record)?;
            tree.append(leaf_hash(&leaf));
            if let Some(request) = pending.request {
                let outcome = if record.reason.is_empty() { "DONE" } else { &record.reason };
                group.requests.push(store::Request {
                    person: record.person.clone(),
                    request_id: request.id,
                    keyed_hash: request.hash,
                    index: record.index,
                    outcome: outcome.to_owned(),
                    recorded_at_us: record.recorded_at_us,
                });
            }
            group.records.push(store::Record {
                index: record.index,
                recorded_at_us: record.recorded_at_us,
                person: record.person.clone(),
                authority: record.authority.clone(),
                owner_authority: pending.columns.0.clone(),
                case_alias: pending.columns.1.clone(),
                kind: record.kind.clone(),
                leaf,
            });
        }
        let tiles = tree.take_completed().into_iter();
        group.tiles = tiles.map(|tile| store::Tile { level: tile.id.level, index: tile.id.index, bytes: tile.to_bytes() }).collect();
        let checkpoint = Checkpoint { origin: origin.clone(), size: tree.size(), root: tree.root() };
        group.checkpoint.size = tree.size();
        group.checkpoint.note = checkpoint.sign(signer);
        Ok(Sealed { group, tree: Arc::new(tree), fresh: Arc::new(fresh) })
    }
}

/// A group that is ready to be kept.
pub(super) struct Sealed {
    pub(super) group: store::Group,
    pub(super) tree: Arc<Tree>,
    pub(super) fresh: Fresh,
}

/// The search columns owner and case: what the record says. Where it hides a case from the caller, the owner's column still leads the
/// case's owner to it; the case's column then says what the caller named, whether it is there or not, so that finding it tells nothing.
pub(super) type Columns = (Option<String>, Option<String>);

/// The columns of a record, on the state that it was decided on.
pub(super) fn columns(record: &v1::Record, house: &House, target: &Target) -> Columns {
    let hidden = target.case().filter(|_| record.reason == "NOT_FOUND").and_then(|alias| house.case(alias));
    let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let owner = said(&record.owner_authority).or_else(|| hidden.map(|case| case.home_board.to_string()));
    (owner, said(&record.case_alias).or_else(|| target.case().map(ToString::to_string)))
}

/// The authority whose post a change of the directory is about: its auditor sees who speaks for it.
fn authority_of_post<'a>(house: &'a House, target: &Target, event: &Event) -> Option<&'a AuthorityId> {
    let Event::Directory(happened) = event else { return None };
    let held = || match target {
        Target::Person(person) => house.person(person).and_then(|person| person.mandates.last()).map(|mandate| &mandate.post),
        _ => None,
    };
    let post = match happened {
        Happened::Enrolled { mandates, .. } => mandates.first().map(|mandate| &mandate.post).or_else(held),
        Happened::MandateGranted { mandate } => Some(&mandate.post),
        Happened::MandateEnded { post } => Some(post),
        Happened::Revoked { .. } => held(),
    };
    post.and_then(|post| house.post(post)).map(|post| &post.authority)
}

/// The owner of the case that an event opens.
fn opening(event: &Event) -> Option<&AuthorityId> {
    match event {
        Event::Consultation(barnahus_domain::consultation::Happened::Requested { opening }) => Some(&opening.home_board),
        _ => None,
    }
}

/// What kind of data a sealed text is (U2).
fn category(event: &Event, seal: &Seal) -> String {
    let noun = match event {
        Event::Question(_) if seal.field == "text" => "question",
        Event::Case(_) => "case",
        Event::Consultation(_) => "consultation",
        _ => "interview",
    };
    let field = seal.field.rsplit('/').next().unwrap_or_default();
    format!("{noun}_{field}")
}
