//! What is kept, and the only SQL there is.
//!
//! 1. [`Store::open`] brings a house's database to the newest shape and takes it into use: a SQLite file for one house on
//!    one server, or a PostgreSQL database for several servers.
//! 2. [`Store::append`] writes one [`Group`] of records, with all that belongs to them, in one transaction with one commit.
//! 3. The readers (`head`, `load_since`, `records`, `contents`, `requests`, `tiles`, `checkpoints`) give it back.
//! 4. [`KeyStore`] keeps wrapped content keys apart from the content they open.
//!
//! It does not decide, sign, hash, seal or read the clock: bytes come in, bytes go out, and times are arguments.
//!
//! INVARIANT: when `append` has returned `Ok`, the whole group is durable; when it has returned an error other than
//! [`Error::OutcomeUnknown`] and [`Error::Full`], nothing of it is kept.
//! INVARIANT: records have the indexes 0, 1, 2 … without a gap, and are never changed.
//! PRIVACY: no error carries a stored value, and nothing here is logged.

mod append;
mod db;
mod error;
mod keys;
mod location;
mod migrations;
mod read;
mod rows;

use std::sync::Arc;

pub use append::Group;
pub use db::HEAD_CHANNEL;
pub use error::Error;
pub use keys::{Key, KeyStore};
pub use location::Location;
pub use read::{Filter, Leaf};
pub use rows::{Checkpoint, Content, Record, Request, Tile};

use db::Database;

/// One house's database. Clones share it.
#[derive(Clone)]
pub struct Store {
    database: Arc<Database>,
}

impl Store {
    /// Opens a house's database, creating or migrating it first where needed.
    ///
    /// # Errors
    /// [`Error::InUse`] when another store holds the same SQLite file, [`Error::Schema`] when the database is newer than
    /// this program or is none of ours, [`Error::Busy`] when the server cannot be reached.
    pub async fn open(location: &Location) -> Result<Self, Error> {
        let database = Arc::new(Database::open(location, &migrations::HOUSE).await?);
        Ok(Self { database })
    }

    /// True if another server may append, too.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(*self.database, Database::Postgres(_))
    }

    /// Closes all connections and waits for them. Whatever is asked of any clone afterwards fails or opens anew.
    pub async fn close(&self) {
        self.database.close().await;
    }
}
