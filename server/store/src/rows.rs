//! The rows as they go in and come out, one type per table.
//!
//! They hold plain facts and bytes: what a leaf, a note or a tile means is not known here. Times are microseconds since
//! 1970 UTC; indexes and sizes count records of this house's log.

/// One record of the log: its leaf, and what it can be searched by. All but the leaf is derived from the leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its place in the log, from 0.
    pub index: u64,
    /// When it was recorded. Never decreases along the log.
    pub recorded_at_us: i64,
    /// Who acted: a pseudonym.
    pub person: String,
    /// The authority they acted for.
    pub authority: String,
    /// The authority that owns what was acted on, where there is one.
    pub owner_authority: Option<String>,
    /// The case it was about, where there is one.
    pub case_alias: Option<String>,
    /// The kind of record, by its stable name.
    pub kind: String,
    /// The encoded record exactly as hashed and served: 1 to 65,535 bytes.
    pub leaf: Vec<u8>,
}

/// One sealed text that belongs to a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The record it belongs to.
    pub index: u64,
    /// Which of the record's texts it is.
    pub field: String,
    /// The key that opens it, by its name in the [`KeyStore`](crate::KeyStore).
    pub key_id: String,
    /// Nonce and ciphertext.
    pub sealed: Vec<u8>,
}

/// What a person's request came to, so that a repeat comes to the same. Never answer bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who asked: request ids are a person's own.
    pub person: String,
    /// The id the client drew: a UUIDv7, so that neighbours in time are neighbours on disk.
    pub request_id: [u8; 16],
    /// A keyed hash of the request, to tell a repeat from another request under the same id.
    pub keyed_hash: [u8; 32],
    /// The record that the request led to.
    pub index: u64,
    /// What it came to, as the caller wrote it.
    pub outcome: String,
    /// When it was recorded; [`Store::prune_requests`](crate::Store::prune_requests) goes by it.
    pub recorded_at_us: i64,
}

/// One full tile of the Merkle tree: 256 hashes, 8,192 bytes (C2SP tlog-tiles).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// The height in the tree, in tiles: level 0 holds leaf hashes.
    pub level: u8,
    /// The tile's place in its level, from 0.
    pub index: u64,
    /// The hashes, one after the other.
    pub bytes: Vec<u8>,
}

/// One signed checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The number of records that it covers.
    pub size: u64,
    /// The signed note, as published (C2SP signed-note).
    pub note: String,
    /// When it was signed.
    pub recorded_at_us: i64,
}
