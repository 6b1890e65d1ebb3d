//! A tile with its inner nodes, filling from the left.
//!
//! It knows neither its level nor its place. INVARIANT: row *h* holds the nodes of height *h* over
//! the tile's hashes that are complete, so hashes >> *h* of them; row 8 is the root of a full tile.

use crate::hash::{Hash, node_hash};
use crate::source::Node;
use crate::tile::{TILE_HEIGHT, TILE_WIDTH};

/// A tile's hashes in row 0, what they pair up to in rows 1 to 8.
#[derive(Default)]
pub(crate) struct Block {
    rows: [Vec<Hash>; TILE_HEIGHT as usize + 1],
}

impl Block {
    /// The tile's own hashes.
    pub(crate) fn hashes(&self) -> &[Hash] {
        let [hashes, ..] = &self.rows;
        hashes
    }

    /// A node that lies in this tile, if it is complete.
    pub(crate) fn node(&self, node: Node) -> Option<Hash> {
        self.rows.get(node.row() as usize)?.get(node.place()).copied()
    }

    /// The full subtrees that the hashes so far fall into, the smallest and rightmost first.
    pub(crate) fn peaks(&self) -> impl Iterator<Item = &Hash> {
        // The last of an odd row has no partner.
        self.rows.iter().filter(|row| row.len() % 2 == 1).filter_map(|row| row.last())
    }

    /// Adds a hash and the nodes it completes; the tile's root if it is now full.
    pub(crate) fn push(&mut self, hash: Hash) -> Option<Hash> {
        let mut hash = hash;
        for (height, row) in self.rows.iter_mut().enumerate() {
            if row.len() == row.capacity() {
                row.reserve_exact((TILE_WIDTH >> height).saturating_sub(row.len()));
            }
            row.push(hash);
            match row.as_slice() {
                [.., left, right] if row.len().is_multiple_of(2) => hash = node_hash(left, right),
                [_] if height == TILE_HEIGHT as usize => return Some(hash),
                _ => return None,
            }
        }
        None
    }
}

impl Extend<Hash> for Block {
    fn extend<I: IntoIterator<Item = Hash>>(&mut self, hashes: I) {
        for hash in hashes {
            self.push(hash);
        }
    }
}

impl Clone for Block {
    fn clone(&self) -> Self {
        // Only a tile that is about to grow is cloned, so each row gets its whole room at once.
        let mut rows = [const { Vec::new() }; TILE_HEIGHT as usize + 1];
        for (height, (copy, row)) in rows.iter_mut().zip(&self.rows).enumerate() {
            *copy = Vec::with_capacity(TILE_WIDTH >> height);
            copy.extend_from_slice(row);
        }
        Self { rows }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::naive;

    #[test]
    fn a_block_gives_its_root_exactly_when_it_is_full() {
        let hashes = naive::leaves(TILE_WIDTH);
        let mut block = Block::default();
        for hash in &hashes[..TILE_WIDTH - 1] {
            assert_eq!(block.push(*hash), None);
        }
        assert_eq!(block.peaks().count(), 8);
        assert_eq!(block.push(hashes[TILE_WIDTH - 1]), Some(naive::root(&hashes)));
        assert_eq!(block.hashes(), hashes);
    }

    #[test]
    fn a_block_knows_its_complete_nodes_only() {
        let mut block = Block::default();
        block.extend(naive::leaves(7));
        let node = |height, index| block.node(Node { height, index });
        assert_eq!(node(2, 0), Some(naive::root(&naive::leaves(4))));
        assert_eq!((node(2, 1), node(0, 7), node(3, 0)), (None, None, None));
    }
}
