//! Checks proofs against roots (RFC 6962 §2.1; the steps are those of RFC 9162 §2.1.3.2, §2.1.4.2).
//!
//! It reads no tree and no tile, only what it is handed, and is total: any input, however hostile,
//! gets an answer. It says nothing of who signed a root: see [`crate::Trust`].

use crate::hash::{EMPTY_ROOT, Hash, node_hash};

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The record is not in a tree of that size.
    #[error("record `{index}` is not in a log of `{size}` records: check the receipt's index")]
    NotInTree {
        /// The record that was to be proven.
        index: u64,
        /// Records in the tree.
        size: u64,
    },
    /// The old tree is larger than the new one.
    #[error("the log shrank from `{old}` records to `{new}`: keep both checkpoints and ask why")]
    Shrunk {
        /// Records in the older tree.
        old: u64,
        /// Records in the newer tree.
        new: u64,
    },
    /// The proof has too many or too few hashes for these sizes.
    #[error("a proof of `{hashes}` hashes does not fit these sizes: ask for it again")]
    Length {
        /// Hashes in the proof.
        hashes: usize,
    },
    /// The hashes do not lead to the given root or roots.
    #[error("the proof does not lead to the root: the record or the log was changed")]
    Root,
}

/// Checks that the record with this leaf hash has place `index` in the tree of `size` records with
/// this root (RFC 9162 §2.1.3.2).
///
/// # Errors
/// [`VerifyError`], if it is not proven.
pub fn verify_inclusion(leaf_hash: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> Result<(), VerifyError> {
    if index >= size {
        return Err(VerifyError::NotInTree { index, size });
    }
    let mut climb = Climb { node: index, last: size - 1 };
    let mut found = *leaf_hash;
    for sibling in proof {
        found = match climb.step(proof)? {
            Side::Left => node_hash(sibling, &found),
            Side::Right => node_hash(&found, sibling),
        };
    }
    climb.arrived(proof)?;
    if found == *root { Ok(()) } else { Err(VerifyError::Root) }
}

/// Checks that the tree of `new` records only added to the tree of `old` ones (RFC 9162
/// §2.1.4.2). Every tree grew from the empty one; equal sizes have equal roots. Both need no hash.
///
/// # Errors
/// [`VerifyError`], if it is not proven.
pub fn verify_consistency(old: u64, new: u64, proof: &[Hash], old_root: &Hash, new_root: &Hash) -> Result<(), VerifyError> {
    if old > new {
        return Err(VerifyError::Shrunk { old, new });
    }
    if old == 0 || old == new {
        return without_hashes(old, new, proof, old_root, new_root);
    }
    let mut climb = Climb { node: old - 1, last: new - 1 };
    climb.skip_right_turns();
    // If the old tree is one full subtree, its root is where the way up begins.
    let (start, rest) = match proof {
        rest if old.is_power_of_two() => (old_root, rest),
        [start, rest @ ..] => (start, rest),
        [] => return Err(VerifyError::Length { hashes: 0 }),
    };
    let (mut found_old, mut found_new) = (*start, *start);
    for sibling in rest {
        match climb.step(proof)? {
            Side::Left => {
                found_old = node_hash(sibling, &found_old);
                found_new = node_hash(sibling, &found_new);
            }
            Side::Right => found_new = node_hash(&found_new, sibling),
        }
    }
    climb.arrived(proof)?;
    if found_old == *old_root && found_new == *new_root { Ok(()) } else { Err(VerifyError::Root) }
}

fn without_hashes(old: u64, new: u64, proof: &[Hash], old_root: &Hash, new_root: &Hash) -> Result<(), VerifyError> {
    if !proof.is_empty() {
        return Err(VerifyError::Length { hashes: proof.len() });
    }
    let empty_old = old > 0 || *old_root == EMPTY_ROOT;
    let empty_new = new > 0 || *new_root == EMPTY_ROOT;
    let same = old != new || old_root == new_root;
    if empty_old && empty_new && same { Ok(()) } else { Err(VerifyError::Root) }
}

/// On which side of the way up a sibling stands.
enum Side {
    Left,
    Right,
}

/// The way from a node to the root, beside the way of the tree's last node: fn and sn in RFC 9162.
struct Climb {
    node: u64,
    last: u64,
}

impl Climb {
    fn step(&mut self, proof: &[Hash]) -> Result<Side, VerifyError> {
        if self.last == 0 {
            return Err(VerifyError::Length { hashes: proof.len() });
        }
        let side = if self.node % 2 == 1 || self.node == self.last {
            // A last node without a right sibling goes up alone until it is one itself.
            while self.node.is_multiple_of(2) && self.node != 0 {
                self.up();
            }
            Side::Left
        } else {
            Side::Right
        };
        self.up();
        Ok(side)
    }

    fn arrived(&self, proof: &[Hash]) -> Result<(), VerifyError> {
        if self.last == 0 { Ok(()) } else { Err(VerifyError::Length { hashes: proof.len() }) }
    }

    fn skip_right_turns(&mut self) {
        while self.node % 2 == 1 {
            self.up();
        }
    }

    fn up(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }
}

#[cfg(test)]
mod tests {
    use ct_merkle::digest::{FixedOutput, HashMarker, Output, OutputSizeUser, Update, typenum::U32};
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
    use proptest::prelude::*;

    use super::*;
    use crate::hash::{leaf_hash, sha256};
    use crate::naive;

    /// SHA-256 in the shape that the oracle asks for.
    #[derive(Clone, Default)]
    struct Sha256(Vec<u8>);

    impl Update for Sha256 {
        fn update(&mut self, data: &[u8]) {
            self.0.extend_from_slice(data);
        }
    }

    impl OutputSizeUser for Sha256 {
        type OutputSize = U32;
    }

    impl FixedOutput for Sha256 {
        fn finalize_into(self, out: &mut Output<Self>) {
            out.copy_from_slice(sha256(&self.0).as_bytes());
        }
    }

    impl HashMarker for Sha256 {}

    fn hashes(bytes: &[u8]) -> Vec<Hash> {
        bytes.chunks(32).map(|chunk| Hash::from_slice(chunk).unwrap()).collect()
    }

    fn digests(proof: &[Hash]) -> Vec<Output<Sha256>> {
        proof.iter().map(|hash| (*hash.as_bytes()).into()).collect()
    }

    fn records(count: usize) -> Vec<[u8; 8]> {
        (0..count).map(usize::to_be_bytes).collect()
    }

    #[test]
    fn published_proofs_of_eight_records_are_verified() {
        let hash = |hex: &str| {
            let bytes: Vec<_> = (0..32).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect();
            Hash::from_slice(&bytes).unwrap()
        };
        let root = hash("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
        let path = [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ];
        let leaf = leaf_hash(b"\x40\x41\x42\x43");
        assert_eq!(verify_inclusion(&leaf, 5, 8, &path.map(hash), &root), Ok(()));

        let six = hash("76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef");
        let grown = [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ];
        assert_eq!(verify_consistency(6, 8, &grown.map(hash), &six, &root), Ok(()));
    }

    #[test]
    fn a_log_that_shrank_is_not_consistent() {
        let root = naive::root(&naive::leaves(3));
        let shrunk = Err(VerifyError::Shrunk { old: 4, new: 3 });
        assert_eq!(verify_consistency(4, 3, &[], &root, &root), shrunk);
    }

    #[test]
    fn nothing_but_the_empty_root_stands_for_the_empty_log() {
        let root = naive::root(&naive::leaves(3));
        assert_eq!(verify_consistency(0, 3, &[], &EMPTY_ROOT, &root), Ok(()));
        assert_eq!(verify_consistency(0, 0, &[], &EMPTY_ROOT, &EMPTY_ROOT), Ok(()));
        assert_eq!(verify_consistency(0, 3, &[], &root, &root), Err(VerifyError::Root));
        assert_eq!(verify_consistency(0, 0, &[], &root, &root), Err(VerifyError::Root));
        assert_eq!(verify_consistency(3, 3, &[], &EMPTY_ROOT, &root), Err(VerifyError::Root));
        let length = Err(VerifyError::Length { hashes: 1 });
        assert_eq!(verify_consistency(3, 3, &[root], &root, &root), length);
    }

    #[test]
    fn our_proofs_satisfy_an_independent_verifier_and_its_proofs_satisfy_ours() {
        let all = records(70);
        for size in 1..=all.len() {
            let mut theirs = MemoryBackedTree::<Sha256, [u8; 8]>::new();
            all[..size].iter().for_each(|record| theirs.push(*record));
            let leaves = naive::leaves(size);
            let root = naive::root(&leaves);
            let their_root = theirs.root();
            assert_eq!(root.as_bytes()[..], their_root.as_bytes()[..]);
            for place in 0..size {
                let proof = hashes(theirs.prove_inclusion(place).as_bytes());
                let checked = verify_inclusion(&leaves[place], place as u64, size as u64, &proof, &root);
                assert_eq!(checked, Ok(()));
                let ours = InclusionProof::from_digests(&digests(&naive::path(place, &leaves)));
                their_root.verify_inclusion(&all[place], place as u64, &ours).unwrap();

                let old = place + 1;
                let old_root = naive::root(&leaves[..old]);
                let ours = naive::proof(old, &leaves);
                let checked = verify_consistency(old as u64, size as u64, &ours, &old_root, &root);
                assert_eq!(checked, Ok(()));
                if old < size {
                    let proof = hashes(theirs.prove_consistency(size - old).as_bytes());
                    let checked = verify_consistency(old as u64, size as u64, &proof, &old_root, &root);
                    assert_eq!(checked, Ok(()));
                    let theirs_old = RootHash::<Sha256>::new((*old_root.as_bytes()).into(), old as u64);
                    let ours = ConsistencyProof::from_digests(&digests(&ours));
                    their_root.verify_consistency(&theirs_old, &ours).unwrap();
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_proof_with_anything_changed_proves_nothing(
            size in 2_usize..400, place: prop::sample::Index, hash: prop::sample::Index, bit in 0_usize..256,
        ) {
            let leaves = naive::leaves(size);
            let root = naive::root(&leaves);
            let place = place.index(size);
            let path = naive::path(place, &leaves);
            let (index, size) = (place as u64, size as u64);
            let check = |proof: &[Hash], index, size| verify_inclusion(&leaves[place], index, size, proof, &root);
            prop_assert_eq!(check(&path, index, size), Ok(()));

            let mut changed = path.clone();
            let at = hash.index(path.len());
            let mut bytes = *changed[at].as_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            changed[at] = Hash::new(bytes);
            prop_assert_eq!(check(&changed, index, size), Err(VerifyError::Root));
            prop_assert!(check(&path[1..], index, size).is_err());
            prop_assert!(check(&[&path[..], &[root]].concat(), index, size).is_err());
            prop_assert!(check(&path, index ^ 1, size).is_err());
            prop_assert!(check(&path, size, size).is_err());
        }

        #[test]
        fn a_changed_history_is_never_consistent(
            size in 2_usize..400, old: prop::sample::Index, changed: prop::sample::Index,
        ) {
            let mut leaves = naive::leaves(size);
            let old = old.index(size - 1) + 1;
            let old_root = naive::root(&leaves[..old]);
            leaves[changed.index(old)] = leaf_hash(b"changed afterwards");
            let (proof, root) = (naive::proof(old, &leaves), naive::root(&leaves));
            let checked = verify_consistency(old as u64, size as u64, &proof, &old_root, &root);
            prop_assert_eq!(checked, Err(VerifyError::Root));
        }

        #[test]
        fn any_input_gets_an_answer(
            leaf: [u8; 32], index: u64, size: u64, proof in proptest::collection::vec(any::<[u8; 32]>(), 0..70),
        ) {
            let proof: Vec<_> = proof.into_iter().map(Hash::new).collect();
            let hash = Hash::new(leaf);
            prop_assert!(verify_inclusion(&hash, index, size, &proof, &EMPTY_ROOT).is_err());
            prop_assert!(verify_consistency(index, size, &proof, &hash, &EMPTY_ROOT).is_err());
        }
    }
}
