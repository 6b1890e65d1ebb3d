//! Receipts: one record's proof of being in the log, to keep (C2SP tlog-proof).
//!
//! A receipt verifies offline, with a trust file and the record's hash. It does not say what the
//! record holds. Ours carry the leaf hash as the standard's extra data, so that a client that may
//! not see the record can still keep proof of it; like all extra data it is worth only what the
//! proof makes of it. INVARIANT: a receipt that was read prints the same bytes again.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::checkpoint::{Checkpoint, CheckpointError, decimal};
use crate::hash::Hash;
use crate::note::SignedNote;
use crate::trust::{Opened, Trust};
use crate::verify::{VerifyError, verify_inclusion};

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// The most hashes in a proof: one for each height of the tallest tree.
const MAX_PROOF: usize = 64;

/// Proof that a record is in a log: printed and read as the tlog-proof text, whose files end in
/// `.tlog-proof`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The record's place, from 0.
    pub index: u64,
    /// RFC 6962 §2.1.1, the leaf's sibling first.
    pub proof: Vec<Hash>,
    /// The signed checkpoint that the proof leads to, verbatim.
    pub note: String,
    /// Unsigned data of the application; ours is the 32-byte leaf hash.
    pub extra: Option<Vec<u8>>,
}

/// Why a receipt is not read or proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// A line is not what tlog-proof says. Lines count from 1.
    #[error("line {line} of the receipt is not as `{HEADER}` says: take the file as it was handed out")]
    Form {
        /// The line.
        line: usize,
    },
    /// The checkpoint is not read or not believed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The record is not proven to be in the checkpoint's tree.
    #[error(transparent)]
    Proof(#[from] VerifyError),
}

impl Receipt {
    /// A receipt that names its record's hash.
    #[must_use]
    pub fn new(index: u64, leaf_hash: Hash, proof: Vec<Hash>, note: String) -> Self {
        Self { index, proof, note, extra: Some(leaf_hash.as_bytes().to_vec()) }
    }

    /// The record's hash as the receipt claims it; `None` if the extra data is something else.
    #[must_use]
    pub fn leaf_hash(&self) -> Option<Hash> {
        self.extra.as_deref().and_then(Hash::from_slice)
    }

    /// Checks that the record with this hash is in the log (tlog-proof, "Verifying"): signatures,
    /// origin, k witnesses and the proof.
    ///
    /// # Errors
    /// [`ReceiptError::Checkpoint`] or [`ReceiptError::Proof`].
    pub fn verify(&self, leaf_hash: &Hash, trust: &Trust) -> Result<Opened, ReceiptError> {
        self.leads_to(leaf_hash, trust.open(&self.note)?)
    }

    /// As [`Receipt::verify`], but content with fewer witnesses: for a receipt so new that none has
    /// come by. Hold it against a later export: [`crate::export::check_receipts`].
    ///
    /// # Errors
    /// [`ReceiptError::Checkpoint`] or [`ReceiptError::Proof`].
    pub fn verify_unwitnessed(&self, leaf_hash: &Hash, trust: &Trust) -> Result<Opened, ReceiptError> {
        self.leads_to(leaf_hash, trust.open_unwitnessed(&self.note)?)
    }

    /// Checks the proof alone, whoever signed the checkpoint.
    pub(crate) fn verify_proof(&self, leaf_hash: &Hash) -> Result<Opened, ReceiptError> {
        let note: SignedNote = self.note.parse().map_err(CheckpointError::Note)?;
        let checkpoint = Checkpoint::parse(note.text())?;
        self.leads_to(leaf_hash, Opened { checkpoint, witnesses: Vec::new() })
    }

    fn leads_to(&self, leaf_hash: &Hash, opened: Opened) -> Result<Opened, ReceiptError> {
        let Checkpoint { size, root, .. } = opened.checkpoint;
        verify_inclusion(leaf_hash, self.index, size, &self.proof, &root)?;
        Ok(opened)
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{}", hash.to_base64()))?;
        write!(f, "\n{}", self.note)
    }
}

impl FromStr for Receipt {
    type Err = ReceiptError;

    fn from_str(text: &str) -> Result<Self, ReceiptError> {
        let lines = text.split('\n').take_while(|line| !line.is_empty()).count();
        let end = || ReceiptError::Form { line: lines + 1 };
        let (head, note) = text.split_once("\n\n").ok_or_else(end)?;
        let mut head = (1..).zip(head.split('\n')).peekable();
        let header = head.next().filter(|(_, line)| *line == HEADER);
        header.ok_or(ReceiptError::Form { line: 1 })?;

        let form = |line| move || ReceiptError::Form { line };
        let mut extra = None;
        if let Some((line, encoded)) = head.peek().and_then(|(line, text)| Some((*line, text.strip_prefix("extra ")?))) {
            extra = Some(STANDARD.decode(encoded).map_err(|_| form(line)())?);
            head.next();
        }
        let (line, index) = head.next().ok_or_else(end)?;
        let index = index.strip_prefix("index ").and_then(decimal).ok_or_else(form(line))?;
        let mut proof = Vec::new();
        for (line, hash) in head {
            let room = proof.len() < MAX_PROOF;
            proof.push(Hash::from_base64(hash).filter(|_| room).ok_or_else(form(line))?);
        }
        note.parse::<SignedNote>().map_err(CheckpointError::Note)?;
        Ok(Self { index, proof, note: note.to_owned(), extra })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use zeroize::Zeroizing;

    use super::*;
    use crate::key::{Cosigner, Signer};
    use crate::naive;

    fn signer() -> Signer {
        Signer::from_seed("log.example/house", &Zeroizing::new([7; 32])).unwrap()
    }

    fn witness() -> Cosigner {
        Cosigner::from_seed("witness.example/region", &Zeroizing::new([8; 32])).unwrap()
    }

    fn trust(k: usize) -> Trust {
        let origin = "log.example/house".parse().unwrap();
        Trust::new(origin, vec![signer().verifier().clone()], vec![witness().verifier().clone()], k).unwrap()
    }

    fn receipt(place: usize, size: usize) -> (Hash, Receipt) {
        let leaves = naive::leaves(size);
        let origin = "log.example/house".parse().unwrap();
        let checkpoint = Checkpoint { origin, size: size as u64, root: naive::root(&leaves) };
        let proof = naive::path(place, &leaves);
        (leaves[place], Receipt::new(place as u64, leaves[place], proof, checkpoint.sign(&signer())))
    }

    #[test]
    fn the_bytes_of_a_receipt_are_these() {
        let text = "c2sp.org/tlog-proof@v1\n\
            extra 2B9ReB7rj0ag4RLobKM1iWzMEs7gDmz89Yo1ARKd/CQ=\n\
            index 2\n\
            p9kYlLYfv0Y3jYjj4bH3rvOVMsUEtIS9MVUdFeCgnf8=\n\n\
            log.example/house\n3\nm0ll+LIgukL3A5rQeByWbPkLsa6hWoBYbWNLMiqx9M4=\n\n\
            \u{2014} log.example/house \
            LcJ7LLtGZYzQxo5nwmlcezEmcoSFY0CMSJxXIo7//grCaAuD0yVzwQKBUZx7x4Uno2HvY+/z0rpBNQuZDprUYeukyw8=\n";
        assert_eq!(receipt(2, 3).1.to_string(), text);
    }

    #[test]
    fn a_receipt_proves_its_record_and_no_other() {
        let (leaf, receipt) = receipt(5, 9);
        assert_eq!(receipt.verify(&leaf, &trust(0)).unwrap().checkpoint.size, 9);
        assert_eq!(receipt.leaf_hash(), Some(leaf));
        let other = naive::leaves(9)[4];
        assert_eq!(receipt.verify(&other, &trust(0)), Err(ReceiptError::Proof(VerifyError::Root)));
    }

    #[test]
    fn a_new_receipt_waits_for_its_witnesses() {
        let (leaf, mut receipt) = receipt(5, 9);
        let too_few = ReceiptError::Checkpoint(CheckpointError::TooFewWitnesses { found: 0, k: 1 });
        assert_eq!(receipt.verify(&leaf, &trust(1)), Err(too_few));
        assert!(receipt.verify_unwitnessed(&leaf, &trust(1)).is_ok());
        let mut note: SignedNote = receipt.note.parse().unwrap();
        let cosignature = witness().cosign(note.text(), 1_800_000_000);
        note.add(cosignature);
        receipt.note = note.to_string();
        assert_eq!(receipt.verify(&leaf, &trust(1)).unwrap().witnesses, ["witness.example/region"]);
    }

    #[test]
    fn other_extra_data_or_none_is_kept() {
        for extra in [None, Some(Vec::new()), Some(vec![1, 2, 3])] {
            let kept = Receipt { extra, ..receipt(0, 1).1 };
            assert_eq!(kept.leaf_hash(), None);
            assert_eq!(kept.to_string().parse(), Ok(kept));
        }
    }

    #[test]
    fn a_damaged_receipt_names_its_line() {
        let text = receipt(2, 5).1.to_string();
        let refused = |from: &str, to: &str| text.replacen(from, to, 1).parse::<Receipt>().unwrap_err();
        let form = |line| ReceiptError::Form { line };
        assert_eq!(refused("@v1", "@v2"), form(1));
        assert_eq!(refused("extra ", "extra *"), form(2));
        assert_eq!(refused("extra ", "other "), form(2));
        assert_eq!(refused("index 2", "index 02"), form(3));
        assert_eq!(refused("index 2\n", ""), form(3));
        assert_eq!(refused("index 2\n", "index 2\nAAAA\n"), form(4));
        assert_eq!(refused("\n\n", "\n"), form(7));
        assert!(matches!(refused("\n\nlog", "\n\n\u{7}log"), ReceiptError::Checkpoint(_)));
        assert_eq!("".parse::<Receipt>(), Err(form(1)));
        let many = receipt(2, 5).1.proof.repeat(30);
        let long = Receipt { proof: many, ..receipt(2, 5).1 };
        assert_eq!(long.to_string().parse::<Receipt>(), Err(form(4 + MAX_PROOF)));
    }

    proptest! {
        #[test]
        fn any_receipt_reads_back_and_verifies(size in 1_usize..300, place: prop::sample::Index) {
            let (leaf, receipt) = receipt(place.index(size), size);
            prop_assert_eq!(&receipt.to_string().parse::<Receipt>().unwrap(), &receipt);
            prop_assert!(receipt.verify(&leaf, &trust(0)).is_ok());
        }

        #[test]
        fn any_text_gets_an_answer(text in "(c2sp.org/tlog-proof@v1\n)?(index [0-9]{1,3}\n)?(.|\n){0,60}") {
            let _ = text.parse::<Receipt>();
        }
    }
}
