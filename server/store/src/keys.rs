//! The wrapped content keys, in a database of their own: another file, or another schema or database on PostgreSQL, with
//! its own backup. Without it the house's database and all its backups are unreadable, which is what erasure rests on.
//!
//! It does not wrap, unwrap or draw keys, and does not know the house key.

use std::fmt;
use std::sync::Arc;

use crate::db::{Database, reading, writing};
use crate::{Error, Location, migrations};

/// One content key, wrapped by the house key.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    /// Its name, which sealed content gives.
    pub key_id: String,
    /// The case whose content it opens; `None` for a person's or the house's own.
    pub case_alias: Option<String>,
    /// The authority that owns what it opens.
    pub authority: String,
    /// The key, encrypted: 1 to 4,096 bytes.
    pub wrapped: Vec<u8>,
    /// When it was made, in microseconds since 1970 UTC.
    pub created_at_us: i64,
    /// When it was destroyed, if it was.
    pub destroyed_at_us: Option<i64>,
}

/// PRIVACY: the wrapped bytes are not shown.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// The database of wrapped keys. Clones share it.
#[derive(Clone)]
pub struct KeyStore {
    database: Arc<Database>,
}

const INSERT: &str = "INSERT INTO content_key (key_id, case_alias, authority, wrapped, created_at_us, destroyed_at_us)
    VALUES ($1, $2, $3, $4, $5, $6)";
const ALL: &str = "SELECT key_id, case_alias, authority, wrapped, created_at_us, destroyed_at_us
    FROM content_key ORDER BY created_at_us, key_id";

type Row = (String, Option<String>, String, Vec<u8>, i64, Option<i64>);

impl KeyStore {
    /// Opens the key store, creating or migrating it first where needed. On PostgreSQL its tables have the schema `keys`, so
    /// it may share a database with the house; in use it should not.
    ///
    /// # Errors
    /// As [`Store::open`](crate::Store::open).
    pub async fn open(location: &Location) -> Result<Self, Error> {
        let database = Arc::new(Database::open(location, &migrations::KEYS).await?);
        Ok(Self { database })
    }

    /// Keeps new keys, all or none. When it has returned they are durable, and content may be sealed with them.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::OutcomeUnknown`], or [`Error::Engine`] when a name is taken.
    pub async fn insert(&self, keys: &[Key]) -> Result<(), Error> {
        writing!(self.database, connection => {
            let mut inserted = Ok(());
            for key in keys {
                let insert = sqlx::query(INSERT)
                    .bind(&key.key_id)
                    .bind(&key.case_alias)
                    .bind(&key.authority)
                    .bind(&key.wrapped)
                    .bind(key.created_at_us)
                    .bind(key.destroyed_at_us);
                inserted = insert.execute(&mut *connection).await.map(drop);
                if inserted.is_err() {
                    break;
                }
            }
            inserted
        })
    }

    /// All keys, oldest first.
    ///
    /// # Errors
    /// [`Error::Busy`] or [`Error::Engine`].
    pub async fn all(&self) -> Result<Vec<Key>, Error> {
        let rows: Vec<Row> = reading!(self.database, readers => sqlx::query_as(ALL).fetch_all(readers).await)?;
        let key = |(key_id, case_alias, authority, wrapped, created_at_us, destroyed_at_us)| Key {
            key_id,
            case_alias,
            authority,
            wrapped,
            created_at_us,
            destroyed_at_us,
        };
        Ok(rows.into_iter().map(key).collect())
    }

    /// Closes all connections and waits for them. Whatever is asked of any clone afterwards fails or opens anew.
    pub async fn close(&self) {
        self.database.close().await;
    }
}
