//! Tiles: the tree cut into pieces of 256 hashes, their names, paths and bytes (C2SP tlog-tiles).
//!
//! A tile is data. It does not know whether it is the right one: proofs and exports check that.
//! INVARIANT: at level *l* a hash stands for 256^*l* records, and a tile holds hashes
//! 256·*index* up to 256·*index* + 255 of its level, fewer only at the right edge of the tree.

use std::fmt;
use std::str::FromStr;

use crate::hash::{Hash, node_hash};
use crate::note::excerpt;

/// Hashes in a full tile (tlog-tiles, "Merkle Tree").
pub const TILE_WIDTH: usize = 256;

/// Levels of the tree that one tile spans: 2^8 = 256.
pub(crate) const TILE_HEIGHT: u32 = 8;

/// Tile levels that a tree of fewer than 2^64 records can have.
pub const TILE_LEVELS: usize = 8;

/// Which tile: its level, 0 for leaf hashes, and its place in the level from the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// 0 for leaf hashes; at most 7 in any tree.
    pub level: u8,
    /// From 0 at the left.
    pub index: u64,
}

/// A tile's hashes, from 1 to 256 of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Which tile this is.
    pub id: TileId,
    /// From left to right; 256 in a full tile.
    pub hashes: Vec<Hash>,
}

/// Why bytes are not a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a tile has 1 to 256 hashes of 32 bytes, not `{bytes}` bytes: fetch it again")]
pub struct TileError {
    /// How many bytes there were.
    pub bytes: usize,
}

impl Tile {
    /// The hashes one after the other, 32 bytes each, as tlog-tiles serves them.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.hashes.len() * Hash::LEN);
        for hash in &self.hashes {
            bytes.extend_from_slice(hash.as_bytes());
        }
        bytes
    }

    /// Reads what [`Tile::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`TileError`] unless there are 1 to 256 whole hashes.
    pub fn from_bytes(id: TileId, bytes: &[u8]) -> Result<Self, TileError> {
        let (chunks, rest) = bytes.as_chunks::<{ Hash::LEN }>();
        if chunks.is_empty() || chunks.len() > TILE_WIDTH || !rest.is_empty() {
            return Err(TileError { bytes: bytes.len() });
        }
        let hashes = chunks.iter().copied().map(Hash::new).collect();
        Ok(Self { id, hashes })
    }
}

/// The RFC 6962 tree hash over neighbouring subtrees of equal size; `None` for no hashes.
pub(crate) fn fold(hashes: &[Hash]) -> Option<Hash> {
    match hashes {
        [] => None,
        [one] => Some(*one),
        many => {
            let half = many.len().next_power_of_two() / 2;
            let (left, right) = many.split_at_checked(half)?;
            Some(node_hash(&fold(left)?, &fold(right)?))
        }
    }
}

/// Where a tile or an entry bundle lies in a tiled log, relative to its prefix: printed and read
/// as `tile/<L>/<N>[.p/<W>]` or `tile/entries/<N>[.p/<W>]` (tlog-tiles, "Merkle Tree" and "Log
/// entries"). Indexes are groups of three digits, all but the last with an `x` before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TilePath {
    /// The tile's level; `None` for a bundle of entries, which lies beside level 0.
    pub level: Option<u8>,
    /// The place in the level.
    pub index: u64,
    /// Hashes or entries in it, 1 to 256; below 256 the path has the `.p/<W>` suffix.
    pub width: u16,
}

/// Why a text is not a path of a tile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` is not the path of a tile: write `tile/<level>/<index>` as tlog-tiles does")]
pub struct TilePathError {
    /// The text that was read.
    pub path: String,
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            Some(level) => write!(f, "tile/{level}/")?,
            None => f.write_str("tile/entries/")?,
        }
        leading_groups(f, self.index / 1000)?;
        write!(f, "{:03}", self.index % 1000)?;
        if usize::from(self.width) < TILE_WIDTH {
            write!(f, ".p/{}", self.width)?;
        }
        Ok(())
    }
}

fn leading_groups(f: &mut fmt::Formatter<'_>, rest: u64) -> fmt::Result {
    if rest == 0 {
        return Ok(());
    }
    leading_groups(f, rest / 1000)?;
    write!(f, "x{:03}/", rest % 1000)
}

impl FromStr for TilePath {
    type Err = TilePathError;

    fn from_str(path: &str) -> Result<Self, TilePathError> {
        // Printing again refuses every second spelling: leading zeros, signs, missing groups.
        read_path(path).filter(|read| read.to_string() == path).ok_or_else(|| TilePathError { path: excerpt(path) })
    }
}

fn read_path(path: &str) -> Option<TilePath> {
    let (level, rest) = path.strip_prefix("tile/")?.split_once('/')?;
    let level = match level {
        "entries" => None,
        number => Some(number.parse().ok().filter(|level| *level < 64)?),
    };
    let (groups, width) = match rest.split_once(".p/") {
        Some((groups, width)) => (groups, width.parse().ok()?),
        None => (rest, 256),
    };
    if !(1..=256).contains(&width) {
        return None;
    }
    let mut index: u64 = 0;
    for group in groups.split('/') {
        let digits: u64 = group.strip_prefix('x').unwrap_or(group).parse().ok()?;
        index = index.checked_mul(1000)?.checked_add(digits)?;
    }
    Some(TilePath { level, index, width })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::naive;

    #[test]
    fn the_standards_example_has_its_path() {
        let path = TilePath { level: Some(0), index: 1_234_067, width: 256 };
        assert_eq!(path.to_string(), "tile/0/x001/x234/067");
        let partial = TilePath { level: None, index: 273, width: 112 };
        assert_eq!(partial.to_string(), "tile/entries/273.p/112");
    }

    #[test]
    fn a_path_has_one_spelling() {
        for wrong in [
            "",
            "tile/0/1",
            "tile/00/001",
            "tile/64/001",
            "tile/0/001/234",
            "tile/0/x000/001",
            "tile/0/x001/x234",
            "tile/0/001.p/256",
            "tile/0/001.p/0",
            "tile/0/001.p/07",
            "tile/0/+01",
            "tile/data/001",
            "tile/0/x018/x446/x744/x073/x709/x551/616",
        ] {
            assert!(wrong.parse::<TilePath>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn bytes_that_are_not_whole_hashes_are_no_tile() {
        let id = TileId { level: 0, index: 0 };
        for bytes in [0, 31, 33, 257 * 32] {
            let refused = Tile::from_bytes(id, &vec![0; bytes]).unwrap_err();
            assert_eq!(refused, TileError { bytes });
        }
    }

    proptest! {
        #[test]
        fn paths_are_those_of_an_independent_reader(
            level in 0_u8..64, index: u64, width in 1_u16..=256,
        ) {
            let ours = TilePath { level: Some(level), index, width };
            let theirs = tlog_tiles::Tile::new(8, level, index, u32::from(width), false);
            // That reader's paths also name the tile height, which tlog-tiles fixes at 8.
            prop_assert_eq!(ours.to_string(), theirs.path().replace("tile/8/", "tile/"));
            prop_assert_eq!(ours.to_string().parse::<TilePath>().unwrap(), ours);
        }

        #[test]
        fn a_tile_reads_back_what_it_wrote(
            level in 0_u8..8, index: u64,
            hashes in proptest::collection::vec(any::<[u8; 32]>(), 1..=256),
        ) {
            let id = TileId { level, index };
            let tile = Tile { id, hashes: hashes.into_iter().map(Hash::new).collect() };
            prop_assert_eq!(Tile::from_bytes(id, &tile.to_bytes()).unwrap(), tile);
        }

        #[test]
        fn reading_any_text_as_a_path_never_panics(text in "(tile/)?.{0,40}") {
            let _ = text.parse::<TilePath>();
        }

        #[test]
        fn folding_is_the_tree_hash_by_definition(width in 1_usize..=300) {
            let hashes = naive::leaves(width);
            prop_assert_eq!(fold(&hashes).unwrap(), naive::root(&hashes));
        }
    }
}
