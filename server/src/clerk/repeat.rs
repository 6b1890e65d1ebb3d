//! Repeats: a call that came before is answered as it was decided then, and rendered anew under today's rights.
//!
//! Remembers only fingerprints; the store knows. INVARIANT: an id that is not remembered was never kept in the last 24 hours.

use std::collections::{HashMap, HashSet};

use barnahus_domain::{Event, HouseId, Target, Time, time::DAY_US};
use barnahus_store::Store;

use super::act::Request;
use crate::record;

/// An earlier outcome.
pub(super) struct Earlier {
    pub(super) hash: [u8; 32],
    /// The ErrorReason, where it was refused.
    pub(super) refused: Option<String>,
    pub(super) index: u64,
    pub(super) target: Target,
    pub(super) event: Option<Event>,
}

/// What came before, by person and request id.
pub(super) type Repeats = HashMap<(String, [u8; 16]), Earlier>;

/// Fingerprints of the request ids of at least the last 24 hours.
#[derive(Default)]
pub(super) struct Recent {
    now: HashSet<u64>,
    before: HashSet<u64>,
    since: Option<Time>,
}

impl Recent {
    pub(super) fn remember(&mut self, id: &[u8], at: Time) {
        let Ok(id) = <[u8; 16]>::try_from(id) else { return };
        if self.since.is_none_or(|since| at.since_us(since) > DAY_US) {
            self.before = std::mem::take(&mut self.now);
            self.since = Some(at);
        }
        self.now.insert(fingerprint(id));
    }

    /// False only if it was surely not seen.
    pub(super) fn may_hold(&self, request: &Request) -> bool {
        let print = fingerprint(request.id);
        self.now.contains(&print) || self.before.contains(&print)
    }
}

fn fingerprint(id: [u8; 16]) -> u64 {
    let whole = u128::from_le_bytes(id);
    #[expect(clippy::cast_possible_truncation, reason = "both halves are folded into one")]
    let folded = (whole ^ (whole >> 64)) as u64;
    folded
}

/// What the store knows of these ids.
pub(super) async fn look_up(store: &Store, house: &HouseId, keys: &[(String, [u8; 16])]) -> Result<Repeats, barnahus_store::Error> {
    let mut repeats = Repeats::new();
    if keys.is_empty() {
        return Ok(repeats);
    }
    let keys: Vec<(&str, [u8; 16])> = keys.iter().map(|(person, id)| (person.as_str(), *id)).collect();
    for row in store.requests(&keys).await? {
        let leaf = store.load_since(row.index, 1).await?.into_iter().next().ok_or(barnahus_store::Error::Missing(row.index))?;
        let read = record::decode(house, row.index, &leaf.leaf).map_err(|_| barnahus_store::Error::Missing(row.index))?;
        let refused = (row.outcome != "DONE").then(|| row.outcome.clone());
        let earlier = Earlier { hash: row.keyed_hash, refused, index: row.index, target: read.stamp.target, event: read.event };
        repeats.insert((row.person, row.request_id), earlier);
    }
    Ok(repeats)
}
