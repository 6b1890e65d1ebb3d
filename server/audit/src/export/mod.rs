//! Exports: a log as a folder that anyone checks offline, laid out as C2SP tlog-tiles.
//!
//! ```text
//! checkpoint          the newest signed checkpoint; written last, so that a cut-off export lacks it
//! checkpoints         every kept signed checkpoint, oldest first, the newest included; one after the other
//! tile/<L>/<N>        tiles of hashes, those at the right edge as partial tiles
//! tile/entries/<N>    bundles of records, each with its length in 2 bytes before it, big-endian
//! ```
//!
//! A length of zero stands for a withheld record: its hash alone is in the tile, so the tree still
//! verifies. Records are never empty, so nothing else looks like it. PRIVACY: a bare hash tells
//! nothing as long as every record holds random bytes; that is for those who make records.
//!
//! Writing and verifying are one pass each and hold one bundle and the tree's edge, however long
//! the log. Nothing here decides who may see which record. INVARIANT: what verifies was hashed
//! from the records up; no hash in an export is taken on trust.

mod bundle;
mod fault;
mod folder;
mod history;
mod receipts;
mod verify;
mod write;

#[cfg(test)]
mod forge;
#[cfg(test)]
mod tamper;

pub use bundle::{Leaf, MAX_RECORD_BYTES};
pub use fault::{Fault, Report};
pub use receipts::{ReceiptFault, check_receipts};
pub use verify::verify;
pub use write::{WriteError, Writer};

/// The file of the newest checkpoint (tlog-tiles, "Checkpoints").
const NEWEST: &str = "checkpoint";

/// The file of all kept checkpoints.
const KEPT: &str = "checkpoints";
