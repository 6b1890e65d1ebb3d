//! Rebuilding: the house, the tree and what may be repeated, made anew from the log.
//!
//! Decides nothing. INVARIANT: all but leaf bytes is derived; what is searched by must be what the leaf says.

use std::sync::Arc;

use barnahus_audit::{MAX_SIZE, Tree, leaf_hash};
use barnahus_domain::House;
use barnahus_store::{self as store, Filter};

use super::{
    group::columns,
    writer::{OpenError, Writer},
};
use crate::record;

/// Records read at once.
const PAGE: u32 = 4096;

impl Writer {
    /// The house, the tree and what may be repeated, made anew from the log. Whoever watches and was not sent what is new in it, since
    /// nobody knew whether it was kept or another server did it, is sent away to resume (L12).
    pub(super) async fn rebuild(&mut self) -> Result<(), OpenError> {
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
                missed |= leaf.index >= self.told && read.event.is_some();
                tree.append(leaf_hash(&leaf.leaf));
                self.recent.remember(&read.record.request_id, read.stamp.at);
            }
            drop(tree.take_completed());
        }
        self.house = house;
        self.told = tree.size();
        self.tree = Arc::new(tree);
        self.stale = false;
        if missed {
            self.live.farewell();
        }
        Ok(())
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
