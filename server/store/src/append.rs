//! The one way to write: a group of records and all that belongs to them, in one transaction with one commit.
//!
//! It checks that the group is in itself consistent and hands it to the engine. It does not decide, retry or sign: when
//! the head has moved, only the caller can decide again.
//!
//! INVARIANT: no content or request row names a record outside its own group. This check stands in place of foreign keys,
//! which would cost PostgreSQL a fifth of its append rate.

use crate::db::Database;
use crate::{Checkpoint, Content, Error, Record, Request, Store, Tile};

/// What one commit keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The number of records in the log when the group was decided.
    pub expected_size: u64,
    /// The records: at least one, with the indexes `expected_size`, `expected_size + 1` …
    pub records: Vec<Record>,
    /// Their sealed texts.
    pub contents: Vec<Content>,
    /// The requests that led to them.
    pub requests: Vec<Request>,
    /// The tiles that these records filled.
    pub tiles: Vec<Tile>,
    /// The checkpoint over the log with these records.
    pub checkpoint: Checkpoint,
}

impl Store {
    /// Appends a group: all of it, durably, or none of it.
    ///
    /// To drop this future before it is done leaves the outcome unknown, as [`Error::OutcomeUnknown`] does.
    ///
    /// # Errors
    /// [`Error::HeadMoved`], [`Error::RequestExists`], [`Error::Busy`], [`Error::OutcomeUnknown`], [`Error::Full`], [`Error::Malformed`],
    /// or [`Error::Engine`] when a row breaks one of the database's own rules.
    pub async fn append(&self, group: &Group) -> Result<(), Error> {
        group.check()?;
        match &*self.database {
            Database::Sqlite(engine) => engine.append(group).await,
            Database::Postgres(engine) => engine.append(group).await,
        }
    }
}

impl Group {
    fn check(&self) -> Result<(), Error> {
        if self.records.is_empty() {
            return Err(Error::Malformed("it holds no record"));
        }
        let size = self.expected_size.checked_add(self.records.len() as u64);
        let Some(size) = size.filter(|size| i64::try_from(*size).is_ok()) else {
            return Err(Error::Malformed("the log would be too long"));
        };
        let own = self.expected_size..size;
        if !self.records.iter().map(|record| record.index).eq(own.clone()) {
            return Err(Error::Malformed("its records do not follow the log without a gap"));
        }
        if self.checkpoint.size != size {
            return Err(Error::Malformed("its checkpoint does not cover exactly its records"));
        }
        if !self.contents.iter().all(|content| own.contains(&content.index)) {
            return Err(Error::Malformed("a content belongs to no record of it"));
        }
        if !self.requests.iter().all(|request| own.contains(&request.index)) {
            return Err(Error::Malformed("a request belongs to no record of it"));
        }
        Ok(())
    }
}
