//! Made-up groups, the same every time.

use barnahus_store::{Checkpoint, Content, Error, Group, Record, Request, Store, Tile};

/// What the rows of a group are for, by their place in the log.
pub(crate) const AUTHORITIES: u64 = 3;
pub(crate) const CASES: u64 = 5;
pub(crate) const PERSONS: u64 = 7;

pub(crate) fn record(index: u64) -> Record {
    Record {
        index,
        recorded_at_us: at(index),
        person: format!("person-{}", index % PERSONS),
        authority: format!("authority-{}", index % AUTHORITIES),
        owner_authority: (!index.is_multiple_of(4)).then(|| format!("authority-{}", index % 2)),
        case_alias: (!index.is_multiple_of(3)).then(|| format!("VRM-2026-{:04}", index % CASES)),
        kind: ["question_submitted", "case_read"].get(index as usize % 2).unwrap().to_string(),
        leaf: bytes(index, 1 + index as usize % 700),
    }
}

pub(crate) fn content(index: u64, field: &str) -> Content {
    Content { index, field: field.to_owned(), key_id: format!("key-{}", index % CASES), sealed: bytes(index + 1, 150) }
}

pub(crate) fn request(index: u64) -> Request {
    Request {
        person: format!("person-{}", index % PERSONS),
        request_id: request_id(index),
        keyed_hash: [index as u8; 32],
        index,
        outcome: format!("recorded {index}"),
        recorded_at_us: at(index),
    }
}

pub(crate) fn tile(level: u8, index: u64) -> Tile {
    Tile { level, index, bytes: bytes(index + u64::from(level), 8192) }
}

/// As many records as said, one content, request each, and the tile they would fill.
pub(crate) fn group(expected_size: u64, records: u64) -> Group {
    let size = expected_size + records;
    let indexes = expected_size..size;
    Group {
        expected_size,
        records: indexes.clone().map(record).collect(),
        contents: indexes.clone().map(|index| content(index, "question.text")).collect(),
        requests: indexes.map(request).collect(),
        tiles: (expected_size / 256..size / 256).map(|index| tile(0, index)).collect(),
        checkpoint: checkpoint(size),
    }
}

pub(crate) fn checkpoint(size: u64) -> Checkpoint {
    Checkpoint { size, note: format!("house.example/log\n{size}\nhash\n\n— house.example/log signature\n"), recorded_at_us: at(size) }
}

/// Appends groups of the given sizes, one after the other.
pub(crate) async fn filled(store: Store, groups: &[u64]) -> Store {
    let mut head = store.head().await.unwrap();
    for records in groups {
        assert_eq!(store.append(&group(head, *records)).await, Ok::<(), Error>(()));
        head += records;
    }
    store
}

/// Ids in order of time, as UUIDv7 are.
pub(crate) fn request_id(index: u64) -> [u8; 16] {
    (u128::from(index) << 64 | 0x0198_7000_8000).to_be_bytes()
}

pub(crate) fn at(index: u64) -> i64 {
    1_772_000_000_000_000_i64.wrapping_add(index as i64)
}

fn bytes(seed: u64, length: usize) -> Vec<u8> {
    (0..length as u64).map(|place| (place.wrapping_mul(seed + 31) >> 3) as u8).collect()
}
