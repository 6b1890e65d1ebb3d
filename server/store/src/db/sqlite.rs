//! SQLite: one file, one process, one writer.
//!
//! What is handed over to SQLite's thread costs 0.02 to 0.08 ms each time, so an append is one text of several statements: begin, move the
//! head, checkpoint, rows, commit; a small one is a single statement ([`small`]). Texts have fixed sizes, so that they stay prepared, and are
//! padded with rows of NULL that the statements skip. Their placeholders are bare `?`: SQLite finds a numbered one by walking all others,
//! which adds a third to a group of 64.
//!
//! INVARIANT: the lock file is held for as long as the database is open, so no second process writes.

mod small;

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};

use super::lane::Lane;
use super::{commit_failed, failed, migration_failed, signed};
use crate::append::Group;
use crate::migrations::{Migrations, migrator};
use crate::{Content, Error, Record, Request, Tile};

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
        let small = small::takes(group);
        match if small { small::append(connection, group).await } else { append(connection, group).await } {
            Ok(()) => lease.keep(),
            Err(error @ (Error::HeadMoved | Error::RequestExists)) => {
                if !small {
                    sqlx::query("ROLLBACK").execute(connection).await.map_err(failed)?;
                }
                lease.keep();
                return Err(error);
            }
            // The connection falls, and its transaction with it.
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// Begins a transaction, and commits it only if all went well.
async fn append(connection: &mut SqliteConnection, group: &Group) -> Result<(), Error> {
    let mut records = group.records.chunks(LARGEST);
    let mut contents = group.contents.chunks(LARGEST);
    let mut requests = group.requests.chunks(LARGEST);
    let mut tiles = group.tiles.iter();
    let mut next = || Rows {
        records: records.next().unwrap_or_default(),
        contents: contents.next().unwrap_or_default(),
        requests: requests.next().unwrap_or_default(),
        tile: tiles.next(),
    };
    let (mut rows, mut head) = (next(), Some(group));
    loop {
        let following = next();
        let ends = following.is_empty();
        rows.insert(connection, head.take(), ends).await?;
        if ends {
            return Ok(());
        }
        rows = following;
    }
}

/// The checkpoint follows only a head that moved: `changes()` counts the rows of the statement before, and a note must not be null.
const BEGIN_AND_MOVE_HEAD: &str = "
    BEGIN IMMEDIATE;
    UPDATE head SET size = ? WHERE id = 1 AND size = ?;
    INSERT INTO checkpoint (size, note, recorded_at_us) SELECT ?, CASE changes() WHEN 1 THEN ? END, ?;";

/// The most rows of each table in one text.
const LARGEST: usize = 64;
/// Sizes of texts, in rows of each table. The last is [`LARGEST`].
const SIZES: [usize; 7] = [1, 4, 8, 16, 24, 40, LARGEST];

/// The texts that insert up to `rows` rows into each of three tables, and up to one tile.
struct Texts {
    rows: usize,
    /// By whether it begins the transaction, and whether it ends it.
    texts: [[String; 2]; 2],
}

static TEXTS: LazyLock<[Texts; 7]> = LazyLock::new(|| {
    SIZES.map(|rows| {
        let record =
            ("record (log_index, recorded_at_us, person, authority, owner_authority, case_alias, kind, leaf)", RECORD_COLUMNS, rows);
        let content = ("content (log_index, field, key_id, sealed)", CONTENT_COLUMNS, rows);
        let request = ("request (request_id, person, keyed_hash, log_index, outcome, recorded_at_us)", REQUEST_COLUMNS, rows);
        let tile = ("tile (level, tile_index, bytes)", TILE_COLUMNS, 1);
        let inserts = [record, content, request, tile].map(|(into, columns, rows)| {
            let row = format!("({})", vec!["?"; columns].join(", "));
            let values = vec![row; rows].join(", ");
            format!("INSERT INTO {into} SELECT * FROM (VALUES {values}) WHERE column1 IS NOT NULL;")
        });
        let inserts = inserts.concat();
        let texts = [false, true].map(|begins| {
            [false, true].map(|ends| {
                let begin = if begins { BEGIN_AND_MOVE_HEAD } else { "" };
                let end = if ends { "COMMIT" } else { "" };
                format!("{begin}{inserts}{end}")
            })
        });
        Texts { rows, texts }
    })
});
const RECORD_COLUMNS: usize = 8;
const CONTENT_COLUMNS: usize = 4;
const REQUEST_COLUMNS: usize = 6;
const TILE_COLUMNS: usize = 3;

type Query = sqlx::query::Query<'static, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;

/// At most [`LARGEST`] rows of each of three tables, and a tile.
struct Rows<'a> {
    records: &'a [Record],
    contents: &'a [Content],
    requests: &'a [Request],
    tile: Option<&'a Tile>,
}

impl Rows<'_> {
    fn len(&self) -> usize {
        self.records.len().max(self.contents.len()).max(self.requests.len())
    }

    fn is_empty(&self) -> bool {
        self.len() == 0 && self.tile.is_none()
    }

    /// Inserts the rows. Where a group is given, begins its transaction before and moves its head; where it ends, commits.
    async fn insert(&self, connection: &mut SqliteConnection, begun: Option<&Group>, ends: bool) -> Result<(), Error> {
        let fitting = TEXTS.iter().find(|texts| self.len() <= texts.rows);
        let Texts { rows: size, texts: [going_on, beginning] } = fitting.ok_or(Error::Malformed("more rows than one text takes"))?;
        let [open, ending] = if begun.is_some() { beginning } else { going_on };
        let mut query = sqlx::query(if ends { ending.as_str() } else { open.as_str() });
        if let Some(Group { expected_size, checkpoint, .. }) = begun {
            let size = signed(checkpoint.size)?;
            let head = query.bind(size).bind(signed(*expected_size)?);
            query = head.bind(size).bind(&checkpoint.note).bind(checkpoint.recorded_at_us);
        }
        for record in self.records {
            query = bind_record(query, record)?;
        }
        query = null(query, (size - self.records.len()) * RECORD_COLUMNS);
        for content in self.contents {
            query = bind_content(query, content)?;
        }
        query = null(query, (size - self.contents.len()) * CONTENT_COLUMNS);
        for request in self.requests {
            query = bind_request(query, request)?;
        }
        query = null(query, (size - self.requests.len()) * REQUEST_COLUMNS);
        query = match self.tile {
            Some(tile) => bind_tile(query, tile)?,
            None => null(query, TILE_COLUMNS),
        };
        query.execute(connection).await.map_err(|error| append_failed(error, ends))?;
        Ok(())
    }
}

fn bind_record(query: Query, record: &Record) -> Result<Query, Error> {
    let query = query.bind(signed(record.index)?).bind(record.recorded_at_us).bind(&record.person).bind(&record.authority);
    Ok(query.bind(&record.owner_authority).bind(&record.case_alias).bind(&record.kind).bind(&record.leaf))
}

fn bind_content(query: Query, content: &Content) -> Result<Query, Error> {
    Ok(query.bind(signed(content.index)?).bind(&content.field).bind(&content.key_id).bind(&content.sealed))
}

fn bind_request(query: Query, request: &Request) -> Result<Query, Error> {
    let query = query.bind(request.request_id.as_slice()).bind(&request.person).bind(request.keyed_hash.as_slice());
    Ok(query.bind(signed(request.index)?).bind(&request.outcome).bind(request.recorded_at_us))
}

fn bind_tile(query: Query, tile: &Tile) -> Result<Query, Error> {
    Ok(query.bind(i64::from(tile.level)).bind(signed(tile.index)?).bind(&tile.bytes))
}

fn null(mut query: Query, values: usize) -> Query {
    for _ in 0..values {
        query = query.bind(None::<i64>);
    }
    query
}

/// One text does many things; only SQLite's message says which of them was refused. What is neither a refused row nor a lock may have
/// happened in the commit, where there was one.
fn append_failed(error: sqlx::Error, ends: bool) -> Error {
    let sqlx::Error::Database(refused) = &error else { return if ends { Error::OutcomeUnknown } else { failed(error) } };
    match refused.kind() {
        ErrorKind::NotNullViolation if refused.message().ends_with(" checkpoint.note") => Error::HeadMoved,
        ErrorKind::UniqueViolation if refused.message().contains(" request.") => Error::RequestExists,
        ErrorKind::Other if ends => commit_failed(error),
        _ => failed(error),
    }
}

/// SQLITE_BUSY and SQLITE_LOCKED, with their extended codes.
pub(super) fn is_busy(error: &dyn DatabaseError) -> bool {
    matches!(code(error).map(|code| code & 0xff), Some(5 | 6))
}

/// SQLITE_FULL, or SQLITE_IOERR_SHMSIZE: the write-ahead log's index could not grow.
pub(super) fn is_full(error: &dyn DatabaseError) -> bool {
    matches!(code(error), Some(13 | 4874))
}

/// SQLite's extended code.
fn code(error: &dyn DatabaseError) -> Option<u32> {
    error.try_downcast_ref::<sqlx::sqlite::SqliteError>()?.code()?.parse().ok()
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
