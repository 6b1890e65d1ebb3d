//! One hash of the log, and the two ways to make one (RFC 6962 §2.1).
//!
//! It knows leaves and pairs, not trees. INVARIANT: a leaf's hash and a node's hash can never be
//! the same by construction, since their inputs start with different bytes (0x00 and 0x01).

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const LEAF_PREFIX: u8 = 0x00;
const NODE_PREFIX: u8 = 0x01;

/// The root of a log without records: SHA-256 of nothing (RFC 6962 §2.1).
pub const EMPTY_ROOT: Hash = Hash([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
    0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

/// A SHA-256 hash of a leaf, of a node or of a whole tree. Shown in hex.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; Self::LEN]);

impl Hash {
    /// Bytes in a hash.
    pub const LEN: usize = 32;

    /// Takes 32 bytes as a hash.
    #[must_use]
    pub const fn new(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// Takes a slice as a hash; `None` unless it is exactly 32 bytes.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// Reads standard base64 with padding (RFC 4648 §4), as notes and proofs write hashes;
    /// `None` unless it is the one spelling of 32 bytes.
    #[must_use]
    pub fn from_base64(text: &str) -> Option<Self> {
        STANDARD.decode(text).ok().and_then(|bytes| Self::from_slice(&bytes))
    }

    /// Standard base64 with padding (RFC 4648 §4): 44 characters.
    #[must_use]
    pub fn to_base64(self) -> String {
        STANDARD.encode(self.0)
    }
}

impl From<[u8; 32]> for Hash {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The hash of a record's exact bytes: SHA-256(0x00 ‖ bytes) (RFC 6962 §2.1).
#[must_use]
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    // Most records fit the stack buffer; one call over one buffer is the provider's fastest way.
    let mut buffer = [LEAF_PREFIX; 1024];
    let [_, room @ ..] = &mut buffer;
    if let Some(room) = room.get_mut(..bytes.len()) {
        room.copy_from_slice(bytes);
        let (input, _) = buffer.split_at(bytes.len() + 1);
        return sha256(input);
    }
    let mut input = Vec::with_capacity(bytes.len() + 1);
    input.push(LEAF_PREFIX);
    input.extend_from_slice(bytes);
    sha256(&input)
}

/// The hash of two neighbours: SHA-256(0x01 ‖ left ‖ right) (RFC 6962 §2.1).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut buffer = [NODE_PREFIX; 1 + 2 * Hash::LEN];
    let [_, pair @ ..] = &mut buffer;
    let (first, second) = pair.split_at_mut(Hash::LEN);
    first.copy_from_slice(&left.0);
    second.copy_from_slice(&right.0);
    sha256(&buffer)
}

/// SHA-256, as the standards here use it everywhere.
pub(crate) fn sha256(input: &[u8]) -> Hash {
    let mut bytes = [0; Hash::LEN];
    bytes.copy_from_slice(digest(&SHA256, input).as_ref());
    Hash(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_empty_root_is_the_hash_of_nothing() {
        assert_eq!(EMPTY_ROOT, sha256(b""));
    }

    #[test]
    fn the_empty_leaf_has_the_hash_that_rfc_6962_implementations_publish() {
        let known = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
        assert_eq!(leaf_hash(b"").to_string(), known);
    }

    #[test]
    fn base64_has_one_spelling() {
        let text = EMPTY_ROOT.to_base64();
        assert_eq!(Hash::from_base64(&text).unwrap(), EMPTY_ROOT);
        for wrong in [text.trim_end_matches('='), &text[..40], "", "*"] {
            assert_eq!(Hash::from_base64(wrong), None, "{wrong}");
        }
        // The last character before the padding carries two bits that must be zero.
        assert_eq!(Hash::from_base64(&text.replace("U=", "V=")), None);
    }

    proptest! {
        #[test]
        fn leaves_hash_as_an_independent_reader_hashes_them(
            bytes in proptest::collection::vec(any::<u8>(), 0..3000),
        ) {
            prop_assert_eq!(*leaf_hash(&bytes).as_bytes(), tlog_tiles::record_hash(&bytes).0);
        }

        #[test]
        fn nodes_hash_as_an_independent_reader_hashes_them(left: [u8; 32], right: [u8; 32]) {
            let theirs = tlog_tiles::node_hash(tlog_tiles::Hash(left), tlog_tiles::Hash(right));
            prop_assert_eq!(*node_hash(&left.into(), &right.into()).as_bytes(), theirs.0);
        }
    }
}
