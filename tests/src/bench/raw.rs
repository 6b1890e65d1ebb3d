//! What the store alone can do: groups of rows as the house writes them, without a house around them.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use barnahus_proto::v1;
use barnahus_server::{clock, record};
use barnahus_store::{Checkpoint, Content, Group, Location, Record, Request, Store, Tile};

use crate::harness::Log;

use super::MANY;

/// Hashes of a full tile, 32 bytes each.
const TILE: usize = 256;
/// What sealing adds to a text: form, nonce and tag.
const SEALED: usize = 1 + 12 + 16;
/// The length of a question's text, in bytes.
const TEXT: usize = 70;

/// Rows a second in groups of 64, on a new SQLite database. The rows are as large as those of the newest question in this log; only the
/// commits count, not the making of the rows.
///
/// # Errors
/// If the store fails.
pub async fn rate(log: &Log, duration: Duration) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    let store = Store::open(&Location::Sqlite(folder.path().join("raw.db"))).await?;
    let model = log.iter().rev().find(|record| record.kind == "question.submitted").context("a log without questions")?;
    let note = log.checkpoints.last().context("a log without checkpoints")?.note.clone();
    let (mut size, mut rows, mut spent) = (0, 0_u32, Duration::ZERO);
    while spent < duration {
        let group = group(model, &note, size)?;
        let begun = Instant::now();
        store.append(&group).await?;
        spent += begun.elapsed();
        size = group.checkpoint.size;
        rows += u32::try_from(group.records.len())?;
    }
    store.close().await;
    Ok(f64::from(rows) / spent.as_secs_f64())
}

/// 64 rows of each table, and a tile whenever one is full.
fn group(model: &v1::Record, note: &str, first: u64) -> Result<Group> {
    let leaf = record::encode(model)?;
    let indexes = first..first + MANY as u64;
    let record = |index| Record {
        index,
        recorded_at_us: model.recorded_at_us,
        person: model.person.clone(),
        authority: model.authority.clone(),
        owner_authority: Some(model.owner_authority.clone()),
        case_alias: Some(model.case_alias.clone()),
        kind: model.kind.clone(),
        leaf: leaf.clone(),
    };
    let content = |index| Content { index, field: "text".to_owned(), key_id: "0".repeat(32), sealed: vec![0; TEXT + SEALED] };
    let request = |index| Request {
        person: model.person.clone(),
        request_id: clock::request_id().into_bytes(),
        keyed_hash: [0; 32],
        index,
        outcome: "DONE".to_owned(),
        recorded_at_us: model.recorded_at_us,
    };
    let tile = |size: u64| Tile { level: 0, index: size / TILE as u64 - 1, bytes: vec![0; TILE * 32] };
    Ok(Group {
        expected_size: first,
        records: indexes.clone().map(record).collect(),
        contents: indexes.clone().map(content).collect(),
        requests: indexes.clone().map(request).collect(),
        tiles: Some(indexes.end).filter(|size| size.is_multiple_of(TILE as u64)).map(tile).into_iter().collect(),
        checkpoint: Checkpoint { size: indexes.end, note: note.to_owned(), recorded_at_us: model.recorded_at_us },
    })
}
