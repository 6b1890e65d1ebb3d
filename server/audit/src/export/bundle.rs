//! One bundle of records: up to 256, each behind its length (tlog-tiles, "Log entries").
//!
//! It checks no hash. INVARIANT: a length of zero is a withheld record, never an empty one.

use crate::hash::{Hash, leaf_hash};

/// The largest record that an export can hold, in bytes: what a length of 2 bytes can say.
pub const MAX_RECORD_BYTES: usize = u16::MAX as usize;

/// One record as an export shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf<'a> {
    /// Its exact bytes: 1 to [`MAX_RECORD_BYTES`].
    Held(&'a [u8]),
    /// Its leaf hash alone.
    Withheld(Hash),
}

impl Leaf<'_> {
    /// The leaf hash (RFC 6962 §2.1).
    #[must_use]
    pub fn hash(&self) -> Hash {
        match self {
            Self::Held(bytes) => leaf_hash(bytes),
            Self::Withheld(hash) => *hash,
        }
    }
}

/// Adds an entry; false, and nothing added, if it is longer than its length can say.
pub(super) fn put_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> bool {
    let Ok(length) = u16::try_from(entry.len()) else {
        return false;
    };
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    true
}

/// Takes the next entry off the front; `None` if the bundle ends before it does.
pub(super) fn take_entry<'a>(bundle: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = bundle.split_first_chunk()?;
    let (entry, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
    *bundle = rest;
    Some(entry)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_record_that_is_too_long_is_not_put() {
        let mut bundle = Vec::new();
        assert!(!put_entry(&mut bundle, &[0; MAX_RECORD_BYTES + 1]));
        assert!(bundle.is_empty());
        assert!(put_entry(&mut bundle, &[0; MAX_RECORD_BYTES]));
        assert_eq!(take_entry(&mut bundle.as_slice()).unwrap().len(), MAX_RECORD_BYTES);
    }

    proptest! {
        #[test]
        fn entries_come_out_as_they_went_in(
            entries in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..20),
        ) {
            let mut bundle = Vec::new();
            prop_assert!(entries.iter().all(|entry| put_entry(&mut bundle, entry)));
            let mut rest = bundle.as_slice();
            for entry in &entries {
                prop_assert_eq!(take_entry(&mut rest), Some(entry.as_slice()));
            }
            prop_assert_eq!(take_entry(&mut rest), None);
            prop_assert!(rest.is_empty());
        }

        #[test]
        fn any_bytes_get_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let mut rest = bytes.as_slice();
            while take_entry(&mut rest).is_some() {}
        }
    }
}
