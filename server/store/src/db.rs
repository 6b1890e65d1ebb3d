//! All that differs between the two engines lies here and in `db/sqlite.rs` and `db/postgres.rs`: opening, locking,
//! transactions, error codes, and the append itself, where each engine has a much faster way of its own.
//!
//! Every other statement is written once, with `$1` placeholders, and runs on both through `reading!` and `writing!`.
//! Beyond this folder nobody can tell which engine serves, except by [`HEAD_CHANNEL`], which only PostgreSQL has.

mod lane;
mod postgres;
mod sqlite;

use std::fmt::Write as _;

use sqlx::error::DatabaseError;

pub(crate) use postgres::Postgres;
pub(crate) use sqlite::Sqlite;

use crate::migrations::Migrations;
use crate::{Error, Location};

pub use postgres::HEAD_CHANNEL;

/// An open database, on whichever engine.
pub(crate) enum Database {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// Runs one body, which yields `Result<_, sqlx::Error>`, against the readers of either engine.
macro_rules! reading {
    ($database:expr, $readers:ident => $body:expr) => {
        match &*$database {
            $crate::db::Database::Sqlite(engine) => {
                let $readers = &engine.readers;
                $body
            }
            $crate::db::Database::Postgres(engine) => {
                let $readers = &engine.readers;
                $body
            }
        }
        .map_err($crate::db::failed)
    };
}

/// Runs one body, which yields `Result<_, sqlx::Error>`, in a transaction on the writer of either engine, and commits it.
macro_rules! writing {
    ($database:expr, $connection:ident => $body:expr) => {
        match &*$database {
            $crate::db::Database::Sqlite(engine) => {
                $crate::db::writing!(@transaction engine, "BEGIN IMMEDIATE", $connection => $body)
            }
            $crate::db::Database::Postgres(engine) => {
                $crate::db::writing!(@transaction engine, "BEGIN", $connection => $body)
            }
        }
    };
    (@transaction $engine:ident, $begin:literal, $connection:ident => $body:expr) => {{
        let mut lease = $engine.writer.lease().await?;
        let mut transaction = sqlx::Connection::begin_with(&mut lease.connection, $begin).await.map_err($crate::db::failed)?;
        let $connection = &mut *transaction;
        let value = $body.map_err($crate::db::failed)?;
        transaction.commit().await.map_err($crate::db::commit_failed)?;
        lease.keep();
        Ok(value)
    }};
}

pub(crate) use {reading, writing};

impl Database {
    /// Migrates the database on a connection of its own, then opens those that serve: a prepared statement must not live
    /// through a change of the tables that it names.
    pub(crate) async fn open(location: &Location, migrations: &Migrations) -> Result<Self, Error> {
        match location {
            Location::Sqlite(path) => Ok(Self::Sqlite(Sqlite::open(path, migrations).await?)),
            Location::Postgres(address) => Ok(Self::Postgres(Postgres::open(address, migrations).await?)),
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(engine) => engine.close().await,
            Self::Postgres(engine) => engine.close().await,
        }
    }
}

/// An engine's failure as the fact that a caller acts on. Not for a commit, whose failure may hide a success.
pub(crate) fn failed(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Database(error) if sqlite::is_busy(&*error) || postgres::is_busy(&*error) => Error::Busy,
        sqlx::Error::Database(error) if sqlite::is_full(&*error) => Error::Full,
        sqlx::Error::Database(error) => Error::Engine(describe(&*error)),
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Error::Busy,
        other => Error::Engine(other.to_string()),
    }
}

/// A failed commit. A busy SQLite has not begun to commit; of anything else nobody knows how far it came.
pub(crate) fn commit_failed(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Database(error) if sqlite::is_busy(&*error) => Error::Busy,
        sqlx::Error::Database(error) if sqlite::is_full(&*error) => Error::Full,
        _ => Error::OutcomeUnknown,
    }
}

fn migration_failed(error: sqlx::migrate::MigrateError) -> Error {
    use sqlx::migrate::MigrateError;
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => failed(error),
        MigrateError::VersionMissing(version) => {
            Error::Schema(format!("step `{version}` is unknown here, use the newer program that made it"))
        }
        other => Error::Schema(other.to_string()),
    }
}

/// PRIVACY: never a detail, and no message where it could quote a value (SQLSTATE class 22).
fn describe(error: &dyn DatabaseError) -> String {
    let code = error.code().unwrap_or_default();
    match error.constraint() {
        Some(constraint) => format!("{code} {constraint}"),
        None if code.starts_with("22") => code.into_owned(),
        None => format!("{code} {}", error.message()),
    }
}

/// An index, size or level as a column holds it.
pub(crate) fn signed(number: u64) -> Result<i64, Error> {
    i64::try_from(number).map_err(|_| Error::Malformed("a number is larger than a column holds"))
}

/// `($1, $2), ($3, $4)`: the body of a VALUES list.
pub(crate) fn numbered_values(rows: usize, columns: usize) -> String {
    let mut text = String::new();
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            let comma = if column == 0 { "" } else { ", " };
            let _ = write!(text, "{comma}${}", row * columns + column + 1);
        }
        text.push(')');
    }
    text
}
