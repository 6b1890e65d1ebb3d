//! What happened: a Merkle log over opaque bytes, with proofs, signed notes and exports.
//!
//! The server appends; anyone verifies, offline, with this same crate. In the order of a record's
//! life:
//!
//! 1. [`leaf_hash`] of the record's exact bytes goes into a [`Tree`], the log's right edge in
//!    memory (RFC 6962 §2.1). Tiles that it completes ([`Tree::take_completed`]) are kept.
//! 2. The new root is signed as a [`Checkpoint`] by the log's [`Signer`] (C2SP tlog-checkpoint,
//!    signed-note).
//! 3. [`inclusion_proof`] and that checkpoint make a [`Receipt`] (C2SP tlog-proof), which the client
//!    keeps.
//! 4. Witnesses ask for a [`consistency_proof`], and cosign ([`Cosigner`], C2SP tlog-cosignature).
//! 5. [`Trust`] says beforehand whom to believe: the log, its keys, the witnesses and how many.
//! 6. [`export`] hands the log over as a folder (C2SP tlog-tiles), verifies it and names the first
//!    place that does not fit; receipts are held against it.
//!
//! It does not know what a record says, who may read it, where it is stored or what time it is, and
//! has no network. INVARIANT: every function is total; no input, however hostile, makes it panic.

mod block;
mod checkpoint;
pub mod export;
mod hash;
mod key;
mod note;
mod proof;
mod receipt;
mod source;
mod tile;
mod tree;
mod trust;
mod verify;

#[cfg(test)]
mod naive;

pub use checkpoint::{Checkpoint, CheckpointError, Origin};
pub use hash::{EMPTY_ROOT, Hash, leaf_hash, node_hash};
pub use key::{Cosigner, KeyError, KeyKind, PUBLIC_KEY_LEN, Signer, Verifier};
pub use note::{MAX_NOTE_BYTES, MAX_SIGNATURES, NoteError, NoteSignature, SignedNote};
pub use proof::{ProofError, consistency_proof, consistency_tiles, inclusion_proof, inclusion_tiles, root_at, root_tiles};
pub use receipt::{Receipt, ReceiptError};
pub use source::{Node, TileSource};
pub use tile::{TILE_LEVELS, TILE_WIDTH, Tile, TileError, TileId, TilePath, TilePathError};
pub use tree::{MAX_SIZE, ResumeError, Tree};
pub use trust::{Opened, Trust, TrustError};
pub use verify::{VerifyError, verify_consistency, verify_inclusion};
