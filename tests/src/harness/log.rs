//! The log as the house keeps it, read past the server.

use std::{fs, ops::Deref, path::Path};

use anyhow::{Context as _, Result};
use barnahus_domain::HouseId;
use barnahus_proto::v1;
use barnahus_server::record;
use barnahus_store::{Checkpoint, Location, Store};

/// More than any test makes.
const ALL: u32 = 1_000_000;

/// Everything that was recorded.
#[derive(Debug, Clone)]
pub struct Log {
    /// The records, by index.
    pub records: Vec<v1::Record>,
    /// The bytes of each.
    pub leaves: Vec<Vec<u8>>,
    /// The kept checkpoints, by size: one for each commit.
    pub checkpoints: Vec<Checkpoint>,
}

impl Log {
    /// Reads a store that nobody holds, or that several may.
    ///
    /// # Errors
    /// If it cannot be read, or a record cannot.
    pub async fn read(location: &Location) -> Result<Self> {
        let store = Store::open(location).await.context("the store to read")?;
        let leaves: Vec<_> = store.load_since(0, ALL).await?.into_iter().map(|leaf| leaf.leaf).collect();
        let checkpoints = store.checkpoints(0, ALL).await?;
        store.close().await;
        let house = HouseId::parse("varmland").context("the house's id")?;
        let decoded = (0..).zip(&leaves).map(|(index, leaf)| record::decode(&house, index, leaf).map(|read| read.record));
        let records = decoded.collect::<Result<Vec<_>, _>>()?;
        Ok(Self { records, leaves, checkpoints })
    }

    /// Reads a copy of a SQLite file with its write-ahead log, since the served house lets nobody else in. A frame that is being written
    /// has no checksum yet and is left out, so the copy is the house at a commit.
    pub(super) async fn read_copy(database: &Path) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let copy = folder.path().join("copy.db");
        // The log first: what a checkpoint of SQLite's moves to the database meanwhile is then there twice, and never missing.
        let ahead = |path: &Path| path.with_extension("db-wal");
        if ahead(database).exists() {
            fs::copy(ahead(database), ahead(&copy))?;
        }
        fs::copy(database, &copy)?;
        Self::read(&Location::Sqlite(copy)).await
    }

    /// The record at this index.
    ///
    /// # Errors
    /// If there is none.
    pub fn at(&self, index: u64) -> Result<&v1::Record> {
        usize::try_from(index).ok().and_then(|index| self.records.get(index)).with_context(|| format!("no record {index}"))
    }

    /// The records from this index on.
    #[must_use]
    pub fn since(&self, size: usize) -> &[v1::Record] {
        self.records.get(size..).unwrap_or_default()
    }

    /// The kinds of the records from this index on.
    #[must_use]
    pub fn kinds_since(&self, size: usize) -> Vec<&str> {
        self.since(size).iter().map(|record| record.kind.as_str()).collect()
    }
}

impl Deref for Log {
    type Target = [v1::Record];

    fn deref(&self) -> &[v1::Record] {
        &self.records
    }
}
