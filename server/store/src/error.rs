//! What can go wrong, as facts a caller acts on.
//!
//! It does not know which engine failed or how: `db` turns an engine's errors into these.
//!
//! PRIVACY: no variant carries a stored value. The engine's own error is not kept as a source, because PostgreSQL puts
//! whole rows into its details.

use std::path::PathBuf;

/// Why the store did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Another group was appended first. Nothing was written.
    #[error("the log has grown since this group was decided: load what is new and decide again")]
    HeadMoved,
    /// One of the group's (person, request id) pairs is kept already. Nothing was written.
    #[error("a request id of this group was answered before: answer it as recorded and decide the rest again")]
    RequestExists,
    /// The engine is locked, overloaded or out of reach. Nothing was written.
    #[error("the database is busy or out of reach: try again")]
    Busy,
    /// The connection broke, or the disk failed, while the engine was committing. The group is kept as a whole or not at all.
    #[error("the database did not say whether the group was kept: read the head before going on")]
    OutcomeUnknown,
    /// The disk has no room left. Told by SQLite alone: PostgreSQL keeps a disk of its own, and is [`Error::Busy`] then. Met while committing, the
    /// group is kept as a whole or not at all.
    #[error("the disk is full: make room on it")]
    Full,
    /// Another store holds this SQLite file.
    #[error("`{}` is in use by another process: stop that one first", .0.display())]
    InUse(PathBuf),
    /// The lock or database file cannot be made or opened.
    #[error("`{}` cannot be opened ({kind}): check the folder and its rights", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        kind: std::io::ErrorKind,
    },
    /// The database's shape is not one this program can serve.
    #[error("the database does not fit this program: {0}")]
    Schema(String),
    /// The group contradicts itself. Nothing was written.
    #[error("the group is not well formed: {0}")]
    Malformed(&'static str),
    /// A record that must be there is not.
    #[error("record `{0}` is missing: restore the database and verify it")]
    Missing(u64),
    /// The engine refused or failed for another reason, given by its code and constraint. Nothing was written.
    #[error("the database failed ({0})")]
    Engine(String),
}
