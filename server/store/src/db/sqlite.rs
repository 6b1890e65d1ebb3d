//! SQLite: one file, one process, one writer.
//!
//! A statement costs a hand-over to SQLite's thread (0.02 to 0.08 ms), so an append is three of them: begin with
//! head and checkpoint, rows, commit. Row statements have fixed sizes, so that they stay prepared, and are padded with rows of NULL
//! that the statement skips. Their placeholders are bare `?`: SQLite finds a numbered one by walking all others, which
//! adds a third to a group of 64.
//!
//! INVARIANT: the lock file is held for as long as the database is open, so no second process writes.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};

use super::lane::Lane;
use super::{commit_failed, failed, migration_failed, signed};
use crate::append::Group;
use crate::migrations::{Migrations, migrator};
use crate::{Content, Error, Record, Request};

/// Readers beside the writer. Reads are short and run from the page cache, so few suffice.
const READERS: u32 = 4;
/// How long to wait for another program's lock (a backup, a shell) before saying busy.
const BUSY: Duration = Duration::from_secs(2);

pub(crate) struct Sqlite {
    pub(crate) writer: Lane<sqlx::Sqlite>,
    pub(crate) readers: SqlitePool,
    _lock: File,
}

impl Sqlite {
    pub(super) async fn open(path: &Path, migrations: &Migrations) -> Result<Self, Error> {
        let lock = lock(path)?;
        private_file(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .disable_statement_logging();
        let mut connection = options.connect().await.map_err(failed)?;
        migrator(migrations.sqlite).run(&mut connection).await.map_err(migration_failed)?;
        connection.close().await.map_err(failed)?;
        let writer = Lane::open(options.clone()).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(BUSY)
            .test_before_acquire(false)
            .connect_with(options.read_only(true))
            .await
            .map_err(failed)?;
        Ok(Self { writer, readers, _lock: lock })
    }

    pub(super) async fn close(&self) {
        // The writer goes last: the last connection to close empties the write-ahead log, and readers may not.
        self.readers.close().await;
        self.writer.close().await;
    }

    pub(crate) async fn append(&self, group: &Group) -> Result<(), Error> {
        let mut lease = self.writer.lease().await?;
        let connection = &mut lease.connection;
        match append(connection, group).await {
            Ok(()) => lease.keep(),
            Err(error @ (Error::HeadMoved | Error::RequestExists)) => {
                sqlx::query("ROLLBACK").execute(connection).await.map_err(failed)?;
                lease.keep();
                return Err(error);
            }
            // The connection falls, and its transaction with it.
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// The checkpoint follows only a head that moved: `changes()` counts the rows of the statement before.
const BEGIN_AND_MOVE_HEAD: &str = "
    BEGIN IMMEDIATE;
    UPDATE head SET size = $1 WHERE id = 1 AND size = $2;
    INSERT INTO checkpoint (size, note, recorded_at_us) SELECT $1, $3, $4 WHERE changes() = 1 RETURNING size";
const INSERT_TILE: &str = "INSERT INTO tile (level, tile_index, bytes) VALUES ($1, $2, $3)";

/// Begins a transaction, and commits it only if all went well.
async fn append(connection: &mut SqliteConnection, group: &Group) -> Result<(), Error> {
    let moved = sqlx::query(BEGIN_AND_MOVE_HEAD)
        .bind(signed(group.checkpoint.size)?)
        .bind(signed(group.expected_size)?)
        .bind(&group.checkpoint.note)
        .bind(group.checkpoint.recorded_at_us)
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed)?;
    if moved.is_none() {
        return Err(Error::HeadMoved);
    }
    let mut records = group.records.chunks(LARGEST);
    let mut contents = group.contents.chunks(LARGEST);
    let mut requests = group.requests.chunks(LARGEST);
    loop {
        let rows = Rows {
            records: records.next().unwrap_or_default(),
            contents: contents.next().unwrap_or_default(),
            requests: requests.next().unwrap_or_default(),
        };
        if rows.len() == 0 {
            break;
        }
        rows.insert(connection).await?;
    }
    for tile in &group.tiles {
        let insert = sqlx::query(INSERT_TILE).bind(i64::from(tile.level)).bind(signed(tile.index)?).bind(&tile.bytes);
        insert.execute(&mut *connection).await.map_err(failed)?;
    }
    sqlx::query("COMMIT").execute(connection).await.map_err(commit_failed)?;
    Ok(())
}

/// The most rows of each table in one statement.
const LARGEST: usize = 64;

/// For each size, the text that inserts up to that many rows into each of the three tables.
static INSERT_ROWS: LazyLock<[(usize, String); 4]> = LazyLock::new(|| {
    [1, 4, 16, LARGEST].map(|rows| {
        let record = "record (log_index, recorded_at_us, person, authority, owner_authority, case_alias, kind, leaf)";
        let content = "content (log_index, field, key_id, sealed)";
        let request = "request (request_id, person, keyed_hash, log_index, outcome, recorded_at_us)";
        let inserts = [(record, RECORD_COLUMNS), (content, CONTENT_COLUMNS), (request, REQUEST_COLUMNS)].map(|(into, columns)| {
            let row = format!("({})", vec!["?"; columns].join(", "));
            let values = vec![row; rows].join(", ");
            format!("INSERT INTO {into} SELECT * FROM (VALUES {values}) WHERE column1 IS NOT NULL")
        });
        (rows, inserts.join("; "))
    })
});
const RECORD_COLUMNS: usize = 8;
const CONTENT_COLUMNS: usize = 4;
const REQUEST_COLUMNS: usize = 6;

type Query = sqlx::query::Query<'static, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;

/// At most [`LARGEST`] rows of each table.
struct Rows<'a> {
    records: &'a [Record],
    contents: &'a [Content],
    requests: &'a [Request],
}

impl Rows<'_> {
    fn len(&self) -> usize {
        self.records.len().max(self.contents.len()).max(self.requests.len())
    }

    async fn insert(&self, connection: &mut SqliteConnection) -> Result<(), Error> {
        let fitting = INSERT_ROWS.iter().find(|(size, _)| self.len() <= *size);
        let (size, text) = fitting.ok_or(Error::Malformed("more rows than one statement takes"))?;
        let mut query = sqlx::query(text.as_str());
        for record in self.records {
            query = query
                .bind(signed(record.index)?)
                .bind(record.recorded_at_us)
                .bind(&record.person)
                .bind(&record.authority)
                .bind(&record.owner_authority)
                .bind(&record.case_alias)
                .bind(&record.kind)
                .bind(&record.leaf);
        }
        query = pad(query, size - self.records.len(), RECORD_COLUMNS);
        for content in self.contents {
            query = query.bind(signed(content.index)?).bind(&content.field).bind(&content.key_id).bind(&content.sealed);
        }
        query = pad(query, size - self.contents.len(), CONTENT_COLUMNS);
        for request in self.requests {
            query = query
                .bind(request.request_id.as_slice())
                .bind(&request.person)
                .bind(request.keyed_hash.as_slice())
                .bind(signed(request.index)?)
                .bind(&request.outcome)
                .bind(request.recorded_at_us);
        }
        query = pad(query, size - self.requests.len(), REQUEST_COLUMNS);
        query.execute(connection).await.map_err(insert_failed)?;
        Ok(())
    }
}

fn pad(mut query: Query, rows: usize, columns: usize) -> Query {
    for _ in 0..rows * columns {
        query = query.bind(None::<i64>);
    }
    query
}

/// One text inserts into three tables; only SQLite's message says which of them refused.
fn insert_failed(error: sqlx::Error) -> Error {
    match &error {
        sqlx::Error::Database(refused) if refused.is_unique_violation() && refused.message().contains(" request.") => Error::RequestExists,
        _ => failed(error),
    }
}

/// SQLITE_BUSY and SQLITE_LOCKED, with their extended codes.
pub(super) fn is_busy(error: &dyn DatabaseError) -> bool {
    let code = error.try_downcast_ref::<sqlx::sqlite::SqliteError>().and_then(|error| error.code()?.parse::<u32>().ok());
    matches!(code.map(|code| code & 0xff), Some(5 | 6))
}

/// Takes the house for this process. The lock falls with the file handle, so also when the process is killed.
fn lock(database: &Path) -> Result<File, Error> {
    let path = with_suffix(database, ".lock");
    let file = private_file(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse(database.to_owned())),
        Err(TryLockError::Error(error)) => Err(Error::File { path, kind: error.kind() }),
    }
}

/// Opens or creates a file that only this user may read; SQLite gives its side files the same rights.
fn private_file(path: &Path) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| Error::File { path: path.to_owned(), kind: error.kind() })
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
