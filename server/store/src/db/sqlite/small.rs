//! A small append: one statement, which is its own transaction, on a view whose triggers bring each row to its table.
//!
//! Each statement of a longer text costs a hand-over between SQLite's thread and ours: more than the work, while rows are few.

use std::sync::LazyLock;

use sqlx::sqlite::SqliteConnection;

use super::{Query, append_failed, bind_content, bind_record, bind_request, bind_tile, null};
use crate::append::Group;
use crate::db::signed;
use crate::{Content, Error, Record, Request, Tile};

/// The most rows. Each opens its tables anew, so that of some 70 rows on the text with all statements is faster.
const LARGEST: usize = 32;
/// The columns of the view, where `what` names the table.
const COLUMNS: usize = 9;

/// Statements for so many rows, the last for [`LARGEST`].
static TEXTS: LazyLock<[(usize, String); 3]> = LazyLock::new(|| {
    [8, 16, LARGEST].map(|rows| {
        let row = format!("({})", ["?"; COLUMNS].join(", "));
        (rows, format!("INSERT INTO append VALUES {}", vec![row; rows].join(", ")))
    })
});

/// A row, for one of the tables.
enum Row<'a> {
    /// Moves the head, and keeps the checkpoint.
    Head(&'a Group),
    Record(&'a Record),
    Content(&'a Content),
    Request(&'a Request),
    Tile(&'a Tile),
}

/// Whether a group is one.
pub(super) fn takes(group: &Group) -> bool {
    1 + group.records.len() + group.contents.len() + group.requests.len() + group.tiles.len() <= LARGEST
}

/// Appends the group. A refused row leaves all as it was, and nothing to roll back.
pub(super) async fn append(connection: &mut SqliteConnection, group: &Group) -> Result<(), Error> {
    let rows = rows(group);
    let fitting = TEXTS.iter().find(|(size, _)| rows.len() <= *size);
    let (size, text) = fitting.ok_or(Error::Malformed("more rows than one statement takes"))?;
    let mut query = sqlx::query(text.as_str());
    for row in &rows {
        query = bind(query, row)?;
    }
    let query = null(query, (size - rows.len()) * COLUMNS);
    query.execute(connection).await.map_err(|error| append_failed(error, true))?;
    Ok(())
}

/// The head first: where it has moved, nothing else is tried.
fn rows(group: &Group) -> Vec<Row<'_>> {
    let mut rows = vec![Row::Head(group)];
    rows.extend(group.records.iter().map(Row::Record));
    rows.extend(group.contents.iter().map(Row::Content));
    rows.extend(group.requests.iter().map(Row::Request));
    rows.extend(group.tiles.iter().map(Row::Tile));
    rows
}

/// Binds a row as `migrations/sqlite/house/0002_append.sql` takes it.
fn bind(query: Query, row: &Row<'_>) -> Result<Query, Error> {
    Ok(match row {
        Row::Head(Group { expected_size, checkpoint, .. }) => {
            let query = query.bind(0_i64).bind(signed(checkpoint.size)?).bind(signed(*expected_size)?);
            null(query.bind(&checkpoint.note).bind(checkpoint.recorded_at_us), 4)
        }
        Row::Record(record) => bind_record(query.bind(1_i64), record)?,
        Row::Content(content) => null(bind_content(query.bind(2_i64), content)?, 4),
        Row::Request(request) => null(bind_request(query.bind(3_i64), request)?, 2),
        Row::Tile(tile) => null(bind_tile(query.bind(4_i64), tile)?, 5),
    })
}
