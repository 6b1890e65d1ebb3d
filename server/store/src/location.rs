//! Where a database lives. It is a plain fact from the settings: nothing is opened or parsed here.

use std::fmt;
use std::path::PathBuf;

/// Where a database lives, and thereby which engine serves it.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A SQLite file. It is created where it is missing; its folder is not.
    Sqlite(PathBuf),
    /// A `postgres://` address. The database must exist.
    Postgres(String),
}

/// PRIVACY: an address may hold a password, so it is not shown.
impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}
