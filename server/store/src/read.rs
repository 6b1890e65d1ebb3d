//! Reading back what was appended, and the one deletion there is: of requests that are no longer needed.
//!
//! It does not judge who may read, and opens nothing that is sealed. Each method is one statement, or one for every 64 keys;
//! what two of them return may therefore be of different moments. The log only grows, so this never contradicts itself.

use std::ops::Range;
use std::sync::LazyLock;

use crate::db::{numbered_values, reading, signed, writing};
use crate::{Checkpoint, Content, Error, Record, Request, Store, Tile};

/// Which records to find. What is `None` matches all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Records of acts for this authority, or on what it owns.
    pub authority: Option<String>,
    /// Records about this case.
    pub case_alias: Option<String>,
    /// Records of this person's acts.
    pub person: Option<String>,
    /// Records of this kind.
    pub kind: Option<String>,
    /// The part of the log to look in.
    pub indexes: Range<u64>,
    /// From the end of that part to its beginning.
    pub newest_first: bool,
    /// The most records to return.
    pub limit: u32,
}

impl Filter {
    /// Everything, oldest first, at most `limit` records.
    #[must_use]
    pub fn all(limit: u32) -> Self {
        let indexes = 0..i64::MAX as u64;
        Self { authority: None, case_alias: None, person: None, kind: None, indexes, newest_first: false, limit }
    }
}

/// A record without its search columns, for replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The record's place in the log.
    pub index: u64,
    /// The encoded record exactly as appended.
    pub leaf: Vec<u8>,
}

const HEAD: &str = "SELECT size FROM head WHERE id = 1";
const LOAD_SINCE: &str = "SELECT log_index, leaf FROM record WHERE log_index >= $1 ORDER BY log_index LIMIT $2";
const CONTENT_KEYS: &str = "SELECT DISTINCT key_id FROM content ORDER BY key_id";
const CHECKPOINTS: &str = "SELECT size, note, recorded_at_us FROM checkpoint WHERE size >= $1 ORDER BY size LIMIT $2";
/// Request ids are ordered by time, so the old ones are found at the front; a client's wrong clock only costs time.
const PRUNE_REQUESTS: &str = "DELETE FROM request WHERE (request_id, person) IN
    (SELECT request_id, person FROM request WHERE recorded_at_us < $1 ORDER BY request_id, person LIMIT 1024)";

/// One text for each way into the log and each direction. What an index serves is written without a switch: a condition that
/// a parameter can switch off cannot use one. A search without a case walks the log; why: `migrations/README.md`.
macro_rules! search {
    ($order:literal) => {
        Search { in_case: search!("WHERE case_alias = $7 AND ", $order), in_all: search!("WHERE ", $order) }
    };
    ($first:literal, $order:literal) => {
        concat!(
            "SELECT log_index, recorded_at_us, person, authority, owner_authority, case_alias, kind, leaf FROM record ",
            $first,
            "log_index >= $1 AND log_index < $2 AND ($3 IS NULL OR person = $3) AND ($4 IS NULL OR kind = $4) ",
            "AND ($5 IS NULL OR authority = $5 OR owner_authority = $5) ORDER BY log_index ",
            $order,
            " LIMIT $6"
        )
    };
}

struct Search {
    in_case: &'static str,
    in_all: &'static str,
}

const OLDEST_FIRST: Search = search!("ASC");
const NEWEST_FIRST: Search = search!("DESC");

/// The texts that look up many keys of two columns at once, by the number of keys; shorter lists are padded with NULL.
type Lookup = LazyLock<[(usize, String); 3]>;

const MOST_KEYS: usize = 64;

fn lookup(columns: &str, table: &str, first: &str, second: &str) -> [(usize, String); 3] {
    [1, 8, MOST_KEYS].map(|keys| {
        let values = numbered_values(keys, 2);
        let join = format!("{table}.{first} = wanted.column1 AND {table}.{second} = wanted.column2");
        (keys, format!("SELECT {columns} FROM (VALUES {values}) AS wanted JOIN {table} ON {join}"))
    })
}

static CONTENTS: Lookup = Lookup::new(|| lookup("log_index, field, key_id, sealed", "content", "log_index", "field"));
static REQUESTS: Lookup =
    Lookup::new(|| lookup("person, request_id, keyed_hash, log_index, outcome, recorded_at_us", "request", "request_id", "person"));
static TILES: Lookup = Lookup::new(|| lookup("level, tile_index, bytes", "tile", "level", "tile_index"));

/// Looks up pairs of keys, [`MOST_KEYS`] in one statement, and gathers the rows in the order of the engine.
macro_rules! look_up {
    ($store:ident, $lookup:ident, $keys:ident, $key:pat => ($first:expr, $second:expr), ($none1:expr, $none2:expr)) => {{
        let mut found = Vec::with_capacity($keys.len());
        for chunk in $keys.chunks(MOST_KEYS) {
            let fitting = $lookup.iter().find(|(size, _)| chunk.len() <= *size);
            let (size, text) = fitting.ok_or(Error::Malformed("more keys than one statement takes"))?;
            found.extend(reading!($store.database, readers => {
                let mut query = sqlx::query_as(text.as_str());
                for $key in chunk {
                    query = query.bind($first).bind($second);
                }
                for _ in chunk.len()..*size {
                    query = query.bind($none1).bind($none2);
                }
                query.fetch_all(readers).await
            })?);
        }
        found
    }};
}

impl Store {
    /// The number of records in the log.
    ///
    /// # Errors
    /// [`Error::Busy`] or [`Error::Engine`], as for every reader below.
    pub async fn head(&self) -> Result<u64, Error> {
        let (size,): (i64,) = reading!(self.database, readers => sqlx::query_as(HEAD).fetch_one(readers).await)?;
        unsigned(size)
    }

    /// The records from `index` on, in order and without a gap, at most `limit` of them. Fewer mean the end of the log.
    ///
    /// # Errors
    /// [`Error::Missing`] when one of them is not there.
    pub async fn load_since(&self, index: u64, limit: u32) -> Result<Vec<Leaf>, Error> {
        let from = signed(index)?;
        let rows: Vec<(i64, Vec<u8>)> = reading!(self.database, readers => {
            sqlx::query_as(LOAD_SINCE).bind(from).bind(i64::from(limit)).fetch_all(readers).await
        })?;
        let leaves = (index..).zip(rows).map(|(index, (found, leaf))| match unsigned(found)? {
            found if found == index => Ok(Leaf { index, leaf }),
            _ => Err(Error::Missing(index)),
        });
        leaves.collect()
    }

    /// The records that match a filter, in its order.
    ///
    /// # Errors
    /// [`Error::Malformed`] when the range reaches beyond what an index can be.
    pub async fn records(&self, filter: &Filter) -> Result<Vec<Record>, Error> {
        let texts = if filter.newest_first { NEWEST_FIRST } else { OLDEST_FIRST };
        let (from, to) = (signed(filter.indexes.start)?, signed(filter.indexes.end)?);
        let rows: Vec<RecordRow> = reading!(self.database, readers => {
            let query = sqlx::query_as(if filter.case_alias.is_some() { texts.in_case } else { texts.in_all })
                .bind(from)
                .bind(to)
                .bind(&filter.person)
                .bind(&filter.kind)
                .bind(&filter.authority)
                .bind(i64::from(filter.limit));
            match &filter.case_alias {
                Some(case_alias) => query.bind(case_alias).fetch_all(readers).await,
                None => query.fetch_all(readers).await,
            }
        })?;
        rows.into_iter().map(Record::try_from).collect()
    }

    /// The sealed texts of these (index, field) pairs, in no particular order. What is not there is left out.
    ///
    /// # Errors
    /// As [`Store::head`].
    pub async fn contents(&self, keys: &[(u64, &str)]) -> Result<Vec<Content>, Error> {
        let rows: Vec<(i64, String, String, Vec<u8>)> =
            look_up!(self, CONTENTS, keys, (index, field) => (signed(*index)?, field), (None::<i64>, None::<&str>));
        let content = |(index, field, key_id, sealed)| Ok(Content { index: unsigned(index)?, field, key_id, sealed });
        rows.into_iter().map(content).collect()
    }

    /// The names of all keys that sealed texts need, in order. Walks all of them: for a start.
    ///
    /// # Errors
    /// As [`Store::head`].
    pub async fn content_keys(&self) -> Result<Vec<String>, Error> {
        let rows: Vec<(String,)> = reading!(self.database, readers => sqlx::query_as(CONTENT_KEYS).fetch_all(readers).await)?;
        Ok(rows.into_iter().map(|(key_id,)| key_id).collect())
    }

    /// What these (person, request id) pairs came to, in no particular order. What is not kept is left out.
    ///
    /// # Errors
    /// As [`Store::head`].
    pub async fn requests(&self, keys: &[(&str, [u8; 16])]) -> Result<Vec<Request>, Error> {
        let rows: Vec<RequestRow> = look_up!(self, REQUESTS, keys, (person, id) => (id.as_slice(), person), (None::<&[u8]>, None::<&str>));
        rows.into_iter().map(Request::try_from).collect()
    }

    /// These (level, index) tiles, in no particular order. What is not full yet is left out.
    ///
    /// # Errors
    /// As [`Store::head`].
    pub async fn tiles(&self, keys: &[(u8, u64)]) -> Result<Vec<Tile>, Error> {
        let rows: Vec<(i64, i64, Vec<u8>)> =
            look_up!(self, TILES, keys, (level, index) => (i64::from(*level), signed(*index)?), (None::<i64>, None::<i64>));
        let tile = |(level, index, bytes)| {
            let level = u8::try_from(level).map_err(|_| Error::Engine("a tile's level is out of range".to_owned()))?;
            Ok(Tile { level, index: unsigned(index)?, bytes })
        };
        rows.into_iter().map(tile).collect()
    }

    /// The checkpoints that cover at least `from_size` records, in order, at most `limit` of them.
    ///
    /// # Errors
    /// As [`Store::head`].
    pub async fn checkpoints(&self, from_size: u64, limit: u32) -> Result<Vec<Checkpoint>, Error> {
        let from = signed(from_size)?;
        let rows: Vec<(i64, String, i64)> = reading!(self.database, readers => {
            sqlx::query_as(CHECKPOINTS).bind(from).bind(i64::from(limit)).fetch_all(readers).await
        })?;
        let checkpoint = |(size, note, recorded_at_us)| Ok(Checkpoint { size: unsigned(size)?, note, recorded_at_us });
        rows.into_iter().map(checkpoint).collect()
    }

    /// Forgets the requests recorded before a time, and says how many. Appends pass between its portions of 1024.
    ///
    /// # Errors
    /// As [`Store::head`], and [`Error::OutcomeUnknown`]; either way it can be called again.
    pub async fn prune_requests(&self, before_us: i64) -> Result<u64, Error> {
        let mut pruned = 0;
        loop {
            let portion = self.prune_portion(before_us).await?;
            if portion == 0 {
                return Ok(pruned);
            }
            pruned += portion;
        }
    }

    async fn prune_portion(&self, before_us: i64) -> Result<u64, Error> {
        writing!(self.database, connection => {
            let deleted = sqlx::query(PRUNE_REQUESTS).bind(before_us).execute(connection).await;
            deleted.map(|deleted| deleted.rows_affected())
        })
    }
}

type RecordRow = (i64, i64, String, String, Option<String>, Option<String>, String, Vec<u8>);

impl TryFrom<RecordRow> for Record {
    type Error = Error;

    fn try_from(row: RecordRow) -> Result<Self, Error> {
        let (index, recorded_at_us, person, authority, owner_authority, case_alias, kind, leaf) = row;
        let index = unsigned(index)?;
        Ok(Self { index, recorded_at_us, person, authority, owner_authority, case_alias, kind, leaf })
    }
}

type RequestRow = (String, Vec<u8>, Vec<u8>, i64, String, i64);

impl TryFrom<RequestRow> for Request {
    type Error = Error;

    fn try_from((person, id, hash, index, outcome, recorded_at_us): RequestRow) -> Result<Self, Error> {
        let wrong = |_| Error::Engine("a request's bytes have the wrong length".to_owned());
        let request_id = id.try_into().map_err(wrong)?;
        let keyed_hash = hash.try_into().map_err(wrong)?;
        Ok(Self { person, request_id, keyed_hash, index: unsigned(index)?, outcome, recorded_at_us })
    }
}

fn unsigned(number: i64) -> Result<u64, Error> {
    u64::try_from(number).map_err(|_| Error::Engine("a number is negative".to_owned()))
}
