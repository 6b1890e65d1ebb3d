//! RFC 6962 §2.1 word for word, recursive and slow: what the tests hold everything else against.
//!
//! It exists in tests only.

use crate::hash::{EMPTY_ROOT, Hash, leaf_hash, node_hash};

/// `count` leaf hashes, each different.
pub(crate) fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|number| leaf_hash(&number.to_be_bytes())).collect()
}

/// MTH(D) of §2.1.
pub(crate) fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => EMPTY_ROOT,
        [one] => *one,
        many => {
            let k = split(many.len());
            node_hash(&root(&many[..k]), &root(&many[k..]))
        }
    }
}

/// PATH(m, D) of §2.1.1.
pub(crate) fn path(m: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() <= 1 {
        return Vec::new();
    }
    let k = split(leaves.len());
    let (mut path, sibling) =
        if m < k { (path(m, &leaves[..k]), root(&leaves[k..])) } else { (path(m - k, &leaves[k..]), root(&leaves[..k])) };
    path.push(sibling);
    path
}

/// PROOF(m, D) of §2.1.2.
pub(crate) fn proof(m: usize, leaves: &[Hash]) -> Vec<Hash> {
    subproof(m, leaves, true)
}

fn subproof(m: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if whole { Vec::new() } else { vec![root(leaves)] };
    }
    let k = split(leaves.len());
    let (mut proof, sibling) = if m <= k {
        (subproof(m, &leaves[..k], whole), root(&leaves[k..]))
    } else {
        (subproof(m - k, &leaves[k..], false), root(&leaves[..k]))
    };
    proof.push(sibling);
    proof
}

/// The largest power of two below `n`.
fn split(n: usize) -> usize {
    n.next_power_of_two() / 2
}
