//! What a verification finds: a report, or the place that does not fit.
//!
//! A fault names one place, the first that the pass comes to. Records count from 0, a checkpoint's
//! size is the number of records before its end. It judges nothing: a fault may be damage as well
//! as forgery.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::checkpoint::{CheckpointError, Origin};
use crate::hash::Hash;

/// What was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which log.
    pub origin: Origin,
    /// Records in it.
    pub size: u64,
    /// The root over them, as the newest checkpoint says and the records give.
    pub root: Hash,
    /// Records that are there and fit their hash.
    pub held: u64,
    /// Records of which the hash alone is there.
    pub withheld: u64,
    /// Kept checkpoints that are true of this log at their size.
    pub checkpoints: u64,
    /// Trusted witnesses that signed the newest checkpoint, by name.
    pub witnesses: Vec<String>,
    /// Whether signatures were checked against a trust file. If not, the export agrees with itself,
    /// and anyone could have made it.
    pub trusted: bool,
    pub(super) folder: PathBuf,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, size, root, held, withheld, checkpoints, witnesses, trusted, .. } = self;
        f.write_str(if *trusted { "verified" } else { "UNTRUSTED: no signature was checked, give a trust file" })?;
        write!(f, "; log `{origin}`, {size} records ({held} held, {withheld} withheld), root {root}, ")?;
        write!(f, "{checkpoints} checkpoints, {} witnesses", witnesses.len())
    }
}

/// The first place where an export does not fit. Paths are relative to the export.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There is no newest checkpoint.
    #[error("the export has no file `checkpoint`: it was cut off, make it again")]
    Unfinished,
    /// A file is not there.
    #[error("file `{path}` is missing, from record `{record}` on nothing is proven: get the whole export")]
    Missing {
        /// The file.
        path: String,
        /// The first record that needs it.
        record: u64,
    },
    /// A file cannot be read.
    #[error("file `{path}` cannot be read ({kind}): check the disk and the rights")]
    Read {
        /// The file.
        path: String,
        /// What the system says.
        kind: io::ErrorKind,
    },
    /// A tile has too few or too many bytes.
    #[error("file `{path}` has `{found}` bytes, not `{expected}`: get the whole export")]
    Length {
        /// The file.
        path: String,
        /// Bytes it has; one more than expected if it has more.
        found: usize,
        /// Bytes it should have.
        expected: usize,
    },
    /// A bundle ends too early.
    #[error("file `{path}` breaks off at record `{record}`: get the whole export")]
    Cut {
        /// The file.
        path: String,
        /// The first record that is not whole.
        record: u64,
    },
    /// A bundle has bytes after its last record.
    #[error("file `{path}` goes on after record `{record}`: ask who added to it")]
    Trailing {
        /// The file.
        path: String,
        /// The last record that belongs there.
        record: u64,
    },
    /// There is a tile or bundle of records after the newest checkpoint.
    #[error("file `{path}` is of records after the newest checkpoint, of size `{size}`: ask for the newer one")]
    Beyond {
        /// The file.
        path: String,
        /// Records in the log by the newest checkpoint.
        size: u64,
    },
    /// A record is not the one that was hashed.
    #[error("record `{0}` does not fit its hash: it or the hash was changed")]
    Record(u64),
    /// An upper tile is not what the tiles below it give.
    #[error("file `{path}` does not fit the hashes of records `{first}` to `{last}`: it was changed")]
    Tile {
        /// The upper tile's file.
        path: String,
        /// The first record under the first wrong hash.
        first: u64,
        /// The last record under it.
        last: u64,
    },
    /// Records fit their hashes, but not a signed checkpoint.
    #[error("records between the checkpoints of size `{after}` and `{until}` were changed and hashed anew")]
    Recomputed {
        /// The size of the last checkpoint that fits; 0 if none does.
        after: u64,
        /// The size of the first that does not.
        until: u64,
    },
    /// Two checkpoints of one size have different roots.
    #[error("two checkpoints of size `{size}` have different roots: the log showed two faces, keep both")]
    Fork {
        /// Records in the log by both.
        size: u64,
    },
    /// A kept checkpoint has fewer records than the one before it.
    #[error("the kept checkpoints fall from size `{from}` to `{to}`: they were changed or mixed")]
    Fell {
        /// The earlier one's size.
        from: u64,
        /// The later one's size.
        to: u64,
    },
    /// The newest checkpoint is not the last of the kept ones.
    #[error("the newest checkpoint has size `{newest}`, the kept ones end at `{kept}`: get the whole export")]
    Newest {
        /// The size in the newest checkpoint.
        newest: u64,
        /// The size in the last kept one, or the first above the newest's.
        kept: u64,
    },
    /// The newest checkpoint is not read or not believed.
    #[error("file `checkpoint`: {0}")]
    NewestCheckpoint(CheckpointError),
    /// A kept checkpoint is not read or not believed.
    #[error("checkpoint `{number}` of the file `checkpoints`: {source}")]
    KeptCheckpoint {
        /// Which, counted from 1.
        number: u64,
        /// What is wrong: another log's, an unknown signer, a wrong signature, damage.
        source: CheckpointError,
    },
}
