//! Rebuilding: the house, the tree and what may be repeated, made anew from the log, or caught up with it.
//!
//! Decides nothing. INVARIANT: all but leaf bytes is derived; what is searched by must be what the leaf says.

use std::sync::Arc;

use barnahus_audit::{MAX_SIZE, Tree, leaf_hash};
use barnahus_domain::{ApplyError, Event, House, Stamp};
use barnahus_store::{self as store, Filter};

use super::{
    group::columns,
    writer::{OpenError, Writer},
};
use crate::record;

/// Records read at once.
const PAGE: u32 = 4096;

/// The house as it is kept, where another server may write: what a group that was not kept leaves in memory is thrown away for it.
#[derive(Clone, Default)]
pub(super) struct Base {
    house: House,
    tree: Tree,
}

impl Base {
    /// Follows a group that was kept.
    pub(super) fn follow(&mut self, group: Vec<(Stamp, Option<Event>)>, tree: &Tree) -> Result<(), ApplyError> {
        group.into_iter().try_for_each(|(stamp, event)| self.house.apply(&stamp, event.as_ref()))?;
        self.tree = tree.clone();
        Ok(())
    }
}

impl Writer {
    /// The house, the tree and what may be repeated, as the log says: from the newest state known to be kept, else from its beginning.
    /// Whoever watches and was not sent what is new in it, since nobody knew whether it was kept or another server did it, is sent away to
    /// resume (L12).
    pub(super) async fn rebuild(&mut self) -> Result<(), OpenError> {
        let mut base = self.base.take().unwrap_or_default();
        let since = base.house.size();
        let read = self.read_on(&mut base).await;
        tracing::debug!(since, size = base.house.size(), "read on in the log");
        if matches!(read, Ok(_) | Err(OpenError::Store(_))) && self.parts.store.is_shared() {
            self.base = Some(base.clone());
        }
        let missed = read?;
        self.told = base.tree.size();
        self.house = base.house;
        self.tree = Arc::new(base.tree);
        self.stale = false;
        if missed {
            self.live.farewell();
        }
        Ok(())
    }

    /// Applies what the log holds and this does not. True if something of it was not told to whom it concerns.
    async fn read_on(&mut self, Base { house, tree }: &mut Base) -> Result<bool, OpenError> {
        let mut missed = false;
        loop {
            let page = self.parts.store.records(&Filter { indexes: house.size()..MAX_SIZE, ..Filter::all(PAGE) }).await?;
            if page.is_empty() {
                return Ok(missed);
            }
            for leaf in page {
                let read = record::decode(&self.parts.id, leaf.index, &leaf.leaf)?;
                check_columns(&leaf, &read, house)?;
                house.apply(&read.stamp, read.event.as_ref())?;
                missed |= leaf.index >= self.told && read.event.is_some();
                tree.append(leaf_hash(&leaf.leaf));
                self.recent.remember(&read.record.request_id, read.stamp.at);
            }
            drop(tree.take_completed());
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
