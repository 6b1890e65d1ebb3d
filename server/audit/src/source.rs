//! Where hashes come from: a tree's edge, fetched tiles, or one behind the other.
//!
//! It computes places, never decides which hashes a proof needs. INVARIANT: a source is of one log;
//! since a log only grows, a tile that has more hashes than an older tree had serves that tree too.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use crate::hash::{EMPTY_ROOT, Hash, node_hash};
use crate::tile::{TILE_HEIGHT, TILE_WIDTH, Tile, TileId, fold};

/// A full subtree of 2^height records: record `index << height` and those after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// 0 for a leaf, at most 63.
    pub height: u8,
    /// From 0 at the left of its height.
    pub index: u64,
}

impl Node {
    /// The tile that holds the hashes under this node, or the node itself.
    #[must_use]
    pub fn tile(self) -> TileId {
        let level = self.height / 8;
        let index = self.index >> (TILE_HEIGHT - self.row());
        TileId { level, index }
    }

    /// How many times the tile's hashes are paired to reach this node: 0 to 7.
    pub(crate) fn row(self) -> u32 {
        u32::from(self.height % 8)
    }

    /// The node's place among those of its row in its tile: below 256 >> row.
    pub(crate) fn place(self) -> usize {
        let row_width = (TILE_WIDTH as u64) >> self.row();
        // Below 256, so that the conversion cannot lose anything.
        (self.index % row_width) as usize
    }
}

/// Gives tiles of one log. Any method may answer `None`: the caller reports which tile it lacks.
pub trait TileSource {
    /// The known hashes of a tile, from its left: 1 to 256.
    fn tile(&self, id: TileId) -> Option<&[Hash]>;

    /// The hash of one node. Sources that hold inner nodes answer without hashing.
    fn node(&self, node: Node) -> Option<Hash> {
        let width = 1_usize << node.row();
        let start = node.place() * width;
        fold(self.tile(node.tile())?.get(start..start + width)?)
    }
}

impl<S: TileSource + ?Sized> TileSource for &S {
    fn tile(&self, id: TileId) -> Option<&[Hash]> {
        (**self).tile(id)
    }

    fn node(&self, node: Node) -> Option<Hash> {
        (**self).node(node)
    }
}

impl TileSource for HashMap<TileId, Tile> {
    fn tile(&self, id: TileId) -> Option<&[Hash]> {
        self.get(&id).map(|tile| tile.hashes.as_slice())
    }
}

impl TileSource for BTreeMap<TileId, Tile> {
    fn tile(&self, id: TileId) -> Option<&[Hash]> {
        self.get(&id).map(|tile| tile.hashes.as_slice())
    }
}

/// The first source, and where it does not know, the second: a tree's edge before fetched tiles.
impl<A: TileSource, B: TileSource> TileSource for (A, B) {
    fn tile(&self, id: TileId) -> Option<&[Hash]> {
        self.0.tile(id).or_else(|| self.1.tile(id))
    }

    fn node(&self, node: Node) -> Option<Hash> {
        self.0.node(node).or_else(|| self.1.node(node))
    }
}

/// The full subtrees that a range falls into, from the right, the smallest first.
///
/// The range is one that a proof names: its start is a multiple of the largest of them.
pub(crate) fn nodes(range: Range<u64>) -> impl Iterator<Item = Node> {
    let mut left = range.end.saturating_sub(range.start);
    let mut end = range.end;
    std::iter::from_fn(move || {
        if left == 0 {
            return None;
        }
        let height = left.trailing_zeros();
        left &= left - 1;
        end -= 1 << height;
        Some(Node { height: height as u8, index: end >> height })
    })
}

/// The tree hash of a range (RFC 6962 §2.1), or the tile that the source lacks.
pub(crate) fn range_root(range: Range<u64>, source: &impl TileSource) -> Result<Hash, TileId> {
    let mut root = None;
    for node in nodes(range) {
        let left = source.node(node).ok_or_else(|| node.tile())?;
        root = Some(root.map_or(left, |right| node_hash(&left, &right)));
    }
    Ok(root.unwrap_or(EMPTY_ROOT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::naive;

    fn map(leaves: &[Hash]) -> BTreeMap<TileId, Tile> {
        let tiles = leaves.chunks(TILE_WIDTH).enumerate().map(|(index, hashes)| {
            let id = TileId { level: 0, index: index as u64 };
            (id, Tile { id, hashes: hashes.to_vec() })
        });
        tiles.collect()
    }

    #[test]
    fn a_range_falls_into_full_subtrees() {
        let found: Vec<_> = nodes(16..29).map(|node| (node.height, node.index)).collect();
        assert_eq!(found, [(0, 28), (2, 6), (3, 2)]);
    }

    #[test]
    fn the_root_of_any_small_tree_comes_from_its_tiles() {
        let leaves = naive::leaves(255);
        let source = map(&leaves);
        for size in 0..=255 {
            let known = leaves.get(..size).map(naive::root);
            assert_eq!(range_root(0..size as u64, &source).ok(), known);
        }
    }

    #[test]
    fn a_missing_tile_is_named() {
        let source = map(&naive::leaves(300));
        let parent = TileId { level: 1, index: 0 };
        assert_eq!(range_root(0..300, &source), Err(parent));
        let beyond = TileId { level: 0, index: 1 };
        assert_eq!(range_root(256..301, &source), Err(beyond));
    }

    #[test]
    fn the_second_source_answers_what_the_first_does_not_know() {
        let leaves = naive::leaves(600);
        let mut first = map(&leaves);
        let second = first.split_off(&TileId { level: 0, index: 1 });
        let id = TileId { level: 0, index: 2 };
        assert_eq!(first.tile(id), None);
        assert_eq!((&first, &second).tile(id), leaves.get(512..));
        assert!(range_root(512..600, &(first, second)).is_ok());
    }
}
