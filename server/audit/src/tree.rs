//! The tree's right edge in memory: what the one writer appends to and proves from.
//!
//! It holds, for each tile level, the tile that is filling and the one before it, with their inner
//! nodes. So an append costs one node's hash on average, a root and a proof for any of the newest
//! 256 records at most one for each height of the tree, and none of them reads anything. A clone
//! shares all tiles and copies one only when the first append touches it: try a group on a clone,
//! then keep or drop it. It keeps no record, writes nothing and checks no signature.
//!
//! INVARIANT: the filling tile of level *l* has (size >> 8*l*) mod 256 hashes.

use std::fmt;
use std::sync::Arc;

use crate::block::Block;
use crate::hash::{EMPTY_ROOT, Hash, node_hash};
use crate::source::{Node, TileSource};
use crate::tile::{TILE_HEIGHT, TILE_LEVELS, TILE_WIDTH, Tile, TileId, fold};

/// The most records a tree is resumed with: stores count in signed 64-bit integers.
pub const MAX_SIZE: u64 = i64::MAX as u64;

/// A Merkle tree's right edge (RFC 6962 §2.1, cut into the tiles of C2SP tlog-tiles).
#[derive(Clone, Default)]
pub struct Tree {
    size: u64,
    levels: [Level; TILE_LEVELS],
    completed: Vec<(TileId, Arc<Block>)>,
}

/// One level's edge.
#[derive(Clone, Default)]
struct Level {
    filling: Arc<Block>,
    last: Option<Arc<Block>>,
}

/// Why an edge cannot be rebuilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResumeError {
    /// A tile is not there, or has too few hashes.
    #[error(
        "tile `{}` of level `{}` is missing or too short: fetch the tiles that `resume_tiles` names",
        .0.index, .0.level
    )]
    MissingTile(TileId),
    /// The size is above [`MAX_SIZE`].
    #[error("a log of `{0}` records cannot be: look for damage where the size was read")]
    Size(u64),
}

impl Tree {
    /// A tree without records.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Records in the tree.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root over all records (RFC 6962 §2.1), at most one hash for each height of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut root = None;
        for level in &self.levels {
            for left in level.filling.peaks() {
                root = Some(root.map_or(*left, |right| node_hash(left, &right)));
            }
        }
        root.unwrap_or(EMPTY_ROOT)
    }

    /// Adds one record's hash at the right and returns its index, counted from 0.
    pub fn append(&mut self, leaf: Hash) -> u64 {
        let index = self.size;
        self.size += 1;
        let mut hash = leaf;
        for (number, level) in (0_u8..).zip(&mut self.levels) {
            let Some(root) = Arc::make_mut(&mut level.filling).push(hash) else {
                break;
            };
            let full = std::mem::take(&mut level.filling);
            let id = TileId { level: number, index: (index >> (TILE_HEIGHT * u32::from(number))) >> TILE_HEIGHT };
            self.completed.push((id, Arc::clone(&full)));
            level.last = Some(full);
            hash = root;
        }
        index
    }

    /// The tiles that have become full since this was last asked, lower levels before the upper
    /// ones they complete. Until asked, a tree keeps 16 KiB for each.
    pub fn take_completed(&mut self) -> Vec<Tile> {
        let completed = self.completed.drain(..);
        completed.map(|(id, block)| Tile { id, hashes: block.hashes().to_vec() }).collect()
    }

    /// The tiles at the edge that are not full, from level 0 up: with the full ones they are the
    /// whole tree, as tlog-tiles ("Partial Tiles") serves it.
    #[must_use]
    pub fn partial_tiles(&self) -> Vec<Tile> {
        let filling = (0_u8..)
            .zip(&self.levels)
            .map(|(level, edge)| Tile { id: TileId { level, index: self.filling_index(level) }, hashes: edge.filling.hashes().to_vec() });
        filling.filter(|tile| !tile.hashes.is_empty()).collect()
    }

    /// The tiles that [`Tree::resume`] asks for, where complete tiles are kept and the newest leaf
    /// hashes can be computed from the records: the one partial tile is that of level 0, if any.
    #[must_use]
    pub fn resume_tiles(size: u64) -> Vec<TileId> {
        let mut ids = Vec::new();
        for level in 0..TILE_LEVELS as u8 {
            let (index, width) = edge(size, level);
            if let Some(before) = index.checked_sub(1) {
                ids.push(TileId { level, index: before });
            }
            match level.checked_sub(1) {
                None if width > 0 => ids.push(TileId { level, index }),
                None => {}
                Some(below) => ids.extend(children(index, width).map(|index| TileId { level: below, index })),
            }
        }
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Rebuilds the edge of a tree of `size` records. For each level it takes the full tile before
    /// the edge and the tile at the edge; an upper one that the source lacks is made from the full
    /// tiles below it. Nothing is verified here: compare [`Tree::root`] with a signed checkpoint.
    ///
    /// # Errors
    /// [`ResumeError::MissingTile`] names the first tile that the source lacks;
    /// [`ResumeError::Size`] above [`MAX_SIZE`].
    pub fn resume(size: u64, source: &impl TileSource) -> Result<Self, ResumeError> {
        if size > MAX_SIZE {
            return Err(ResumeError::Size(size));
        }
        let mut tree = Self { size, ..Self::default() };
        for (number, level) in (0_u8..).zip(&mut tree.levels) {
            let (index, width) = edge(size, number);
            if let Some(before) = index.checked_sub(1) {
                let id = TileId { level: number, index: before };
                let full = first(source, id, TILE_WIDTH).ok_or(ResumeError::MissingTile(id))?;
                level.last = Some(block(full.iter().copied()));
            }
            let id = TileId { level: number, index };
            level.filling = match (first(source, id, width), number.checked_sub(1)) {
                (Some(hashes), _) => block(hashes.iter().copied()),
                (None, None) => return Err(ResumeError::MissingTile(id)),
                (None, Some(below)) => block(roots(source, below, children(index, width))?),
            };
        }
        Ok(tree)
    }

    fn filling_index(&self, level: u8) -> u64 {
        edge(self.size, level).0
    }

    fn block(&self, id: TileId) -> Option<&Block> {
        let level = self.levels.get(usize::from(id.level))?;
        let index = self.filling_index(id.level);
        if id.index == index {
            return Some(&level.filling);
        }
        let last = level.last.as_deref();
        last.filter(|_| index.checked_sub(1) == Some(id.index))
    }
}

/// The edge serves proofs for this tree and for older ones, as far as its tiles reach.
impl TileSource for Tree {
    fn tile(&self, id: TileId) -> Option<&[Hash]> {
        let hashes = self.block(id)?.hashes();
        (!hashes.is_empty()).then_some(hashes)
    }

    fn node(&self, node: Node) -> Option<Hash> {
        self.block(node.tile())?.node(node)
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tree").field("size", &self.size).field("root", &self.root()).finish_non_exhaustive()
    }
}

/// The index and the width of the tile that is filling at a level.
fn edge(size: u64, level: u8) -> (u64, usize) {
    let hashes = size.checked_shr(TILE_HEIGHT * u32::from(level)).unwrap_or(0);
    (hashes >> TILE_HEIGHT, (hashes % TILE_WIDTH as u64) as usize)
}

/// The tiles of the level below whose roots are the first `width` hashes of a tile.
fn children(index: u64, width: usize) -> impl Iterator<Item = u64> {
    let first = index << TILE_HEIGHT;
    first..first + width as u64
}

fn first(source: &impl TileSource, id: TileId, width: usize) -> Option<&[Hash]> {
    match width {
        0 => Some(&[]),
        _ => source.tile(id)?.get(..width),
    }
}

/// The roots of full tiles.
fn roots(source: &impl TileSource, level: u8, tiles: impl Iterator<Item = u64>) -> Result<Vec<Hash>, ResumeError> {
    let ids = tiles.map(|index| TileId { level, index });
    let root = |id| first(source, id, TILE_WIDTH).and_then(fold).ok_or(ResumeError::MissingTile(id));
    ids.map(root).collect()
}

fn block(hashes: impl IntoIterator<Item = Hash>) -> Arc<Block> {
    let mut block = Block::default();
    block.extend(hashes);
    Arc::new(block)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::naive;
    use crate::proof::inclusion_proof;
    use crate::source::range_root;

    fn grown(leaves: &[Hash]) -> (Tree, BTreeMap<TileId, Tile>) {
        let mut tree = Tree::new();
        let mut kept = BTreeMap::new();
        for (place, leaf) in leaves.iter().enumerate() {
            assert_eq!(tree.append(*leaf), place as u64);
            kept.extend(tree.take_completed().into_iter().map(|tile| (tile.id, tile)));
        }
        (tree, kept)
    }

    #[test]
    fn the_known_roots_of_rfc_6962_implementations_come_out() {
        let leaves: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut tree = Tree::new();
        assert_eq!(tree.root(), EMPTY_ROOT);
        for (leaf, root) in leaves.iter().zip(roots) {
            tree.append(crate::hash::leaf_hash(leaf));
            assert_eq!(tree.root().to_string(), root);
        }
    }

    #[test]
    fn every_root_up_to_1100_records_is_the_one_by_definition() {
        let leaves = naive::leaves(1100);
        let mut tree = Tree::new();
        for size in 0..leaves.len() {
            assert_eq!(tree.root(), naive::root(&leaves[..size]), "{size}");
            tree.append(leaves[size]);
        }
    }

    #[test]
    fn seventy_thousand_records_give_the_standards_number_of_tiles() {
        let (tree, kept) = grown(&naive::leaves(70_000));
        let full = |level| kept.keys().filter(|id| id.level == level).count();
        assert_eq!((full(0), full(1), full(2)), (273, 1, 0));
        let widths: Vec<_> = tree.partial_tiles().iter().map(|tile| tile.hashes.len()).collect();
        assert_eq!(widths, [112, 17, 1]);
        assert_eq!(range_root(0..70_000, &(&tree, &kept)), Ok(tree.root()));
    }

    #[test]
    fn the_newest_256_records_are_proven_from_the_edge_alone() {
        for size in [1, 255, 256, 257, 511, 512, 600, 65_535, 65_536, 65_537, 65_800, 131_073] {
            let (tree, _) = grown(&naive::leaves(size));
            let size = size as u64;
            for index in size.saturating_sub(256)..size {
                assert!(inclusion_proof(index, size, &tree).is_ok(), "{index} of {size}");
            }
        }
    }

    #[test]
    fn a_clone_grows_apart_from_its_original() {
        let leaves = naive::leaves(520);
        let (tree, _) = grown(&leaves[..500]);
        let mut working = tree.clone();
        for leaf in &leaves[500..] {
            working.append(*leaf);
        }
        assert_eq!(tree.root(), naive::root(&leaves[..500]));
        assert_eq!(working.root(), naive::root(&leaves));
        assert_eq!(working.take_completed().len(), 1);
    }

    #[test]
    fn a_tree_that_cannot_be_is_not_resumed() {
        let none = BTreeMap::new();
        assert_eq!(Tree::resume(u64::MAX, &none).unwrap_err(), ResumeError::Size(u64::MAX));
        let missing = TileId { level: 0, index: 0 };
        assert_eq!(Tree::resume(1, &none).unwrap_err(), ResumeError::MissingTile(missing));
        assert!(Tree::resume(0, &none).is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn a_resumed_tree_goes_on_as_the_old_one(size in 0_usize..140_000, more in 0_usize..600, whole: bool) {
            let leaves = naive::leaves(size + more);
            let (mut tree, mut kept) = grown(&leaves[..size]);
            // With a snapshot all partial tiles are there; without, only the newest leaf hashes.
            let partial = tree.partial_tiles().into_iter().filter(|tile| whole || tile.id.level == 0);
            kept.extend(partial.map(|tile| (tile.id, tile)));
            if !whole {
                let asked = Tree::resume_tiles(size as u64);
                kept.retain(|id, _| asked.contains(id));
            }
            let mut resumed = Tree::resume(size as u64, &kept).unwrap();
            prop_assert_eq!(resumed.root(), tree.root());
            for leaf in &leaves[size..] {
                prop_assert_eq!(resumed.append(*leaf), tree.append(*leaf));
            }
            prop_assert_eq!(resumed.take_completed(), tree.take_completed());
            prop_assert_eq!(resumed.partial_tiles(), tree.partial_tiles());
            let newest = (size + more) as u64;
            for index in newest.saturating_sub(256)..newest {
                let old = inclusion_proof(index, newest, &tree);
                prop_assert_eq!(inclusion_proof(index, newest, &resumed), old);
            }
        }
    }
}
