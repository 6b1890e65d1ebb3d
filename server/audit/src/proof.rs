//! Proofs that a record is in the log, and that a log has only grown (RFC 6962 §2.1.1, §2.1.2).
//!
//! Ask first which tiles a proof needs, fetch them in one query, then fold. Nothing here verifies:
//! see [`crate::verify_inclusion`]. INVARIANT: what `*_tiles` names is all that the proof reads.

use std::ops::Range;

use crate::hash::Hash;
use crate::source::{TileSource, nodes, range_root};
use crate::tile::TileId;

/// Why there is no proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The record is not in a tree of that size.
    #[error("record `{index}` is not in a log of `{size}` records: ask with a newer checkpoint")]
    NotInTree {
        /// The record asked for.
        index: u64,
        /// Records in the tree.
        size: u64,
    },
    /// The old tree is larger than the new one.
    #[error("a log of `{new}` records did not grow from one of `{old}`: ask the other way round")]
    Shrunk {
        /// Records in the older tree.
        old: u64,
        /// Records in the newer tree.
        new: u64,
    },
    /// The source does not hold enough of a tile.
    #[error("tile `{}` of level `{}` is missing or too short: fetch it first", .0.index, .0.level)]
    MissingTile(TileId),
}

/// The tiles that [`inclusion_proof`] reads: sorted, each once, at most 16. For a record that is
/// not in the tree there are none.
#[must_use]
pub fn inclusion_tiles(index: u64, size: u64) -> Vec<TileId> {
    if index >= size {
        return Vec::new();
    }
    tiles(siblings(0, index, size))
}

/// The tiles that [`consistency_proof`] reads: sorted, each once. None where the proof is empty or
/// there is none.
#[must_use]
pub fn consistency_tiles(old: u64, new: u64) -> Vec<TileId> {
    if old > new {
        return Vec::new();
    }
    tiles(consistency_ranges(old, new))
}

/// The tiles that [`root_at`] reads: sorted, each once.
#[must_use]
pub fn root_tiles(size: u64) -> Vec<TileId> {
    tiles(std::iter::once(0..size))
}

/// The audit path of RFC 6962 §2.1.1 for record `index` in the tree of the first `size` records,
/// the leaf's sibling first: at most 64 hashes.
///
/// # Errors
/// [`ProofError::NotInTree`], or [`ProofError::MissingTile`] where the source lacks one.
pub fn inclusion_proof(index: u64, size: u64, source: &impl TileSource) -> Result<Vec<Hash>, ProofError> {
    if index >= size {
        return Err(ProofError::NotInTree { index, size });
    }
    fold(siblings(0, index, size), source)
}

/// The consistency proof of RFC 6962 §2.1.2 between the trees of the first `old` and the first
/// `new` records: at most 65 hashes; none if `old` is 0 or equal to `new`.
///
/// # Errors
/// [`ProofError::Shrunk`], or [`ProofError::MissingTile`] where the source lacks one.
pub fn consistency_proof(old: u64, new: u64, source: &impl TileSource) -> Result<Vec<Hash>, ProofError> {
    if old > new {
        return Err(ProofError::Shrunk { old, new });
    }
    fold(consistency_ranges(old, new), source)
}

/// The root of the tree of the first `size` records (RFC 6962 §2.1).
///
/// # Errors
/// [`ProofError::MissingTile`] where the source lacks one.
pub fn root_at(size: u64, source: &impl TileSource) -> Result<Hash, ProofError> {
    range_root(0..size, source).map_err(ProofError::MissingTile)
}

/// The ranges of records under the siblings on the way from a node to the root, lowest first. At
/// the right edge a range is cut off by the tree's size, and is left out where nothing of it is in.
fn siblings(height: u32, index: u64, size: u64) -> impl Iterator<Item = Range<u64>> {
    let heights = (height..u64::BITS).zip(0_u32..);
    let below_root = heights.take_while(move |(height, _)| size > 1 << height);
    below_root.filter_map(move |(height, above)| {
        let sibling = (index >> above) ^ 1;
        let start = u128::from(sibling) << height;
        let end = (start + (1 << height)).min(size.into());
        // Both fit: neither is above the size.
        (start < end).then_some(start as u64..end as u64)
    })
}

fn consistency_ranges(old: u64, new: u64) -> impl Iterator<Item = Range<u64>> {
    // The old tree's rightmost full subtree, where the way up begins. If it is the whole old tree,
    // the verifier has its hash already.
    let height = old.trailing_zeros().min(u64::BITS - 1);
    let index = old.saturating_sub(1) >> height;
    let start = index << height;
    let grown = old > 0 && old < new;
    let first = (grown && start > 0).then_some(start..old);
    let rest = grown.then(|| siblings(height, index, new));
    first.into_iter().chain(rest.into_iter().flatten())
}

fn tiles(ranges: impl Iterator<Item = Range<u64>>) -> Vec<TileId> {
    let mut ids: Vec<_> = ranges.flat_map(nodes).map(|node| node.tile()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn fold(ranges: impl Iterator<Item = Range<u64>>, source: &impl TileSource) -> Result<Vec<Hash>, ProofError> {
    let mut proof = Vec::with_capacity(u64::BITS as usize / 2);
    for range in ranges {
        proof.push(range_root(range, source).map_err(ProofError::MissingTile)?);
    }
    Ok(proof)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::naive;
    use crate::tile::Tile;
    use crate::tree::Tree;

    /// All tiles of a tree, as an export has them.
    fn stored(leaves: &[Hash]) -> BTreeMap<TileId, Tile> {
        let mut tree = Tree::new();
        for leaf in leaves {
            tree.append(*leaf);
        }
        let tiles = tree.take_completed().into_iter().chain(tree.partial_tiles());
        tiles.map(|tile| (tile.id, tile)).collect()
    }

    fn only(tiles: &BTreeMap<TileId, Tile>, ids: &[TileId]) -> BTreeMap<TileId, Tile> {
        let found = ids.iter().map(|id| (*id, tiles[id].clone()));
        found.collect()
    }

    #[test]
    fn every_proof_of_every_small_tree_is_the_one_by_definition() {
        let leaves = naive::leaves(66);
        let tiles = stored(&leaves);
        for size in 1..=leaves.len() {
            let tree = &leaves[..size];
            for place in 0..size {
                let proof = inclusion_proof(place as u64, size as u64, &tiles).unwrap();
                assert_eq!(proof, naive::path(place, tree), "{place} of {size}");
                let old = place + 1;
                let proof = consistency_proof(old as u64, size as u64, &tiles).unwrap();
                assert_eq!(proof, naive::proof(old, tree), "{old} to {size}");
            }
        }
    }

    #[test]
    fn what_cannot_be_proven_is_refused() {
        let none = BTreeMap::new();
        let beyond = ProofError::NotInTree { index: 3, size: 3 };
        assert_eq!(inclusion_proof(3, 3, &none), Err(beyond));
        let shrunk = ProofError::Shrunk { old: 4, new: 3 };
        assert_eq!(consistency_proof(4, 3, &none), Err(shrunk));
        let missing = ProofError::MissingTile(TileId { level: 0, index: 0 });
        assert_eq!(inclusion_proof(0, 3, &none), Err(missing));
        assert!(inclusion_tiles(3, 3).is_empty() && consistency_tiles(4, 3).is_empty());
    }

    #[test]
    fn trees_that_need_no_proof_have_an_empty_one() {
        let none = BTreeMap::new();
        for (old, new) in [(0, 0), (0, 9), (9, 9)] {
            assert!(consistency_tiles(old, new).is_empty());
            assert_eq!(consistency_proof(old, new, &none), Ok(Vec::new()));
        }
        assert_eq!(root_at(0, &none), Ok(crate::hash::EMPTY_ROOT));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn proofs_over_many_tiles_are_those_by_definition_and_read_only_the_named_tiles(
            size in 1_usize..70_000, place: prop::sample::Index, old: prop::sample::Index,
        ) {
            let leaves = naive::leaves(size);
            let tiles = stored(&leaves);
            let (place, old) = (place.index(size), old.index(size) + 1);
            let (index, older, newer) = (place as u64, old as u64, size as u64);

            let named = only(&tiles, &inclusion_tiles(index, newer));
            prop_assert_eq!(inclusion_proof(index, newer, &named).unwrap(), naive::path(place, &leaves));
            let named = only(&tiles, &consistency_tiles(older, newer));
            prop_assert_eq!(consistency_proof(older, newer, &named).unwrap(), naive::proof(old, &leaves));
            let named = only(&tiles, &root_tiles(older));
            prop_assert_eq!(root_at(older, &named).unwrap(), naive::root(&leaves[..old]));
        }

        #[test]
        fn any_numbers_get_an_answer(index: u64, size: u64) {
            let none = BTreeMap::new();
            prop_assert!(inclusion_tiles(index, size).len() <= 2 * 8);
            prop_assert!(consistency_tiles(index, size).len() <= 3 * 8);
            prop_assert!(root_tiles(size).len() <= 8);
            let _ = inclusion_proof(index, size, &none);
            let _ = consistency_proof(index, size, &none);
            let _ = Tree::resume_tiles(size);
        }
    }
}
