//! PostgreSQL: one database, several servers, compare-and-set on the head.
//!
//! An append is one statement, hence one round trip and one commit, whatever its size: rows come as arrays, and every part
//! of it depends on the head having moved. Against a transaction of several statements it takes two thirds of the time
//! for a group of 64 and less than half for a group of one, on the same machine; over a network the gain grows with the distance.
//!
//! INVARIANT: of two appends that expect the same head, the row lock lets one through; the other then finds no row to move.

use std::str::FromStr;
use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgDatabaseError, PgPool, PgPoolOptions, PgSeverity};
use sqlx::{ConnectOptions, Connection};

use super::lane::Lane;
use super::{failed, migration_failed, signed};
use crate::Error;
use crate::append::Group;
use crate::migrations::{Migrations, migrator};

/// The channel on which each append announces the log's new size, as a decimal number, to whoever listens.
pub const HEAD_CHANNEL: &str = "head";

/// The role that serves, as the second migration step makes it: it adds to the log, and can do nothing else to it.
const WRITER: &str = "SELECT left(current_database(), 56) || '_writer'";
/// Readers of one server beside its writer.
const READERS: u32 = 8;
/// How long to wait for a free reader before saying busy.
const BUSY: Duration = Duration::from_secs(5);

pub(crate) struct Postgres {
    pub(crate) writer: Lane<sqlx::Postgres>,
    pub(crate) readers: PgPool,
}

impl Postgres {
    pub(super) async fn open(address: &str, migrations: &Migrations) -> Result<Self, Error> {
        // Whatever the server's defaults are: an answered commit is on disk, and a lost race is seen as such.
        let safe = [("synchronous_commit", "on"), ("default_transaction_isolation", "read committed")];
        let mut options = options(address)?.options(safe).disable_statement_logging();
        let mut migrator = migrator(migrations.postgres);
        if let Some(schema) = migrations.schema {
            options = options.options([("search_path", schema)]);
            migrator.create_schema(schema);
        }
        let mut connection = options.connect().await.map_err(failed)?;
        migrator.run(&mut connection).await.map_err(migration_failed)?;
        let (writer,): (String,) = sqlx::query_as(WRITER).fetch_one(&mut connection).await.map_err(failed)?;
        connection.close().await.map_err(failed)?;
        let options = options.options([("role", writer)]);
        let writer = Lane::open(options.clone()).await?;
        let readers = PgPoolOptions::new().max_connections(READERS).acquire_timeout(BUSY).connect_with(options).await;
        Ok(Self { writer, readers: readers.map_err(failed)? })
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    pub(crate) async fn append(&self, group: &Group) -> Result<(), Error> {
        let mut lease = self.writer.lease().await?;
        let outcome = append(&mut lease.connection, group).await;
        if matches!(outcome, Ok(()) | Err(Error::HeadMoved | Error::RequestExists)) {
            lease.keep();
        }
        outcome
    }
}

/// PRIVACY: the parser's own error would quote the address, which may hold a password.
fn options(address: &str) -> Result<PgConnectOptions, Error> {
    let known = address.starts_with("postgres://") || address.starts_with("postgresql://");
    let parsed = known.then(|| PgConnectOptions::from_str(address).ok()).flatten();
    parsed.ok_or_else(|| Error::Schema("its address does not begin with `postgres://` or is not well formed".to_owned()))
}

const APPEND: &str = "
    WITH moved AS (
        UPDATE head SET size = $2 WHERE id = 1 AND size = $1 RETURNING size
    ), new_record AS (
        INSERT INTO record (log_index, recorded_at_us, person, authority, owner_authority, case_alias, kind, leaf)
        SELECT rows.* FROM moved, UNNEST(
            $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bytea[]) AS rows
    ), new_content AS (
        INSERT INTO content (log_index, field, key_id, sealed)
        SELECT rows.* FROM moved, UNNEST($11::bigint[], $12::text[], $13::text[], $14::bytea[]) AS rows
    ), new_request AS (
        INSERT INTO request (request_id, person, keyed_hash, log_index, outcome, recorded_at_us)
        SELECT rows.* FROM moved, UNNEST($15::bytea[], $16::text[], $17::bytea[], $18::bigint[], $19::text[], $20::bigint[]) AS rows
    ), new_tile AS (
        INSERT INTO tile (level, tile_index, bytes)
        SELECT rows.* FROM moved, UNNEST($21::bigint[], $22::bigint[], $23::bytea[]) AS rows
    ), new_checkpoint AS (
        INSERT INTO checkpoint (size, note, recorded_at_us) SELECT size, $24, $25 FROM moved
    )
    SELECT pg_notify($26, size::text) FROM moved";

async fn append(connection: &mut PgConnection, group: &Group) -> Result<(), Error> {
    let Group { records, contents, requests, tiles, checkpoint, .. } = group;
    let moved = sqlx::query(APPEND)
        .bind(signed(group.expected_size)?)
        .bind(signed(checkpoint.size)?)
        .bind(numbers(records, |record| record.index)?)
        .bind(array(records, |record| record.recorded_at_us))
        .bind(array(records, |record| record.person.as_str()))
        .bind(array(records, |record| record.authority.as_str()))
        .bind(array(records, |record| record.owner_authority.as_deref()))
        .bind(array(records, |record| record.case_alias.as_deref()))
        .bind(array(records, |record| record.kind.as_str()))
        .bind(array(records, |record| record.leaf.as_slice()))
        .bind(numbers(contents, |content| content.index)?)
        .bind(array(contents, |content| content.field.as_str()))
        .bind(array(contents, |content| content.key_id.as_str()))
        .bind(array(contents, |content| content.sealed.as_slice()))
        .bind(array(requests, |request| request.request_id.as_slice()))
        .bind(array(requests, |request| request.person.as_str()))
        .bind(array(requests, |request| request.keyed_hash.as_slice()))
        .bind(numbers(requests, |request| request.index)?)
        .bind(array(requests, |request| request.outcome.as_str()))
        .bind(array(requests, |request| request.recorded_at_us))
        .bind(array(tiles, |tile| i64::from(tile.level)))
        .bind(numbers(tiles, |tile| tile.index)?)
        .bind(array(tiles, |tile| tile.bytes.as_slice()))
        .bind(&checkpoint.note)
        .bind(checkpoint.recorded_at_us)
        .bind(HEAD_CHANNEL)
        .fetch_optional(connection)
        .await
        .map_err(append_failed)?;
    moved.map(drop).ok_or(Error::HeadMoved)
}

/// One column of the rows, as an array.
fn array<'a, R, V>(rows: &'a [R], column: impl Fn(&'a R) -> V) -> Vec<V> {
    rows.iter().map(column).collect()
}

/// The same for an index.
fn numbers<R>(rows: &[R], column: impl Fn(&R) -> u64) -> Result<Vec<i64>, Error> {
    rows.iter().map(|row| signed(column(row))).collect()
}

/// The statement commits by itself, so only an ordinary refusal by the server says that nothing is kept.
fn append_failed(error: sqlx::Error) -> Error {
    match &error {
        sqlx::Error::Database(refused) if breaks_connection(&**refused) => Error::OutcomeUnknown,
        sqlx::Error::Database(refused) if refused.is_unique_violation() && refused.table() == Some("request") => Error::RequestExists,
        sqlx::Error::Database(_) | sqlx::Error::Encode(_) => failed(error),
        _ => Error::OutcomeUnknown,
    }
}

fn breaks_connection(error: &dyn DatabaseError) -> bool {
    let severity = error.try_downcast_ref::<PgDatabaseError>().map(PgDatabaseError::severity);
    matches!(severity, Some(PgSeverity::Fatal | PgSeverity::Panic))
}

/// Lost connections (08), lost races (40), exhausted resources (53), locks (55P03), and a server that stops or starts (57P).
pub(super) fn is_busy(error: &dyn DatabaseError) -> bool {
    let code = error.try_downcast_ref::<PgDatabaseError>().map_or("", PgDatabaseError::code);
    ["08", "40", "53", "55P03", "57P"].iter().any(|class| code.starts_with(class))
}
