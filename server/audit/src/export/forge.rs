//! Makes exports, honest and forged, for the tests here.
//!
//! It exists in tests only. The log is `log.example/house`; record *n* is its number in text.

use std::path::Path;

use tempfile::TempDir;
use zeroize::Zeroizing;

use super::{Leaf, Writer};
use crate::checkpoint::Checkpoint;
use crate::hash::{Hash, leaf_hash};
use crate::key::{Cosigner, Signer};
use crate::note::SignedNote;
use crate::proof::inclusion_proof;
use crate::receipt::Receipt;
use crate::tree::Tree;
use crate::trust::Trust;

/// The sizes at which the log of the tests was signed.
pub(crate) const SIZES: [u64; 6] = [0, 10, 256, 300, 300, 700];

pub(crate) fn signer() -> Signer {
    Signer::from_seed("log.example/house", &Zeroizing::new([1; 32])).unwrap()
}

pub(crate) fn stranger() -> Signer {
    Signer::from_seed("log.example/house", &Zeroizing::new([66; 32])).unwrap()
}

pub(crate) fn witness() -> Cosigner {
    Cosigner::from_seed("witness.example/region", &Zeroizing::new([2; 32])).unwrap()
}

pub(crate) fn trust(k: usize) -> Trust {
    let origin = "log.example/house".parse().unwrap();
    Trust::new(origin, vec![signer().verifier().clone()], vec![witness().verifier().clone()], k).unwrap()
}

/// A log as its server keeps it.
#[derive(Clone)]
pub(crate) struct Log {
    pub(crate) records: Vec<Vec<u8>>,
    pub(crate) notes: Vec<String>,
}

impl Log {
    /// 700 records and honest checkpoints.
    pub(crate) fn honest() -> Self {
        Self::of(700, &SIZES)
    }

    pub(crate) fn of(records: u64, sizes: &[u64]) -> Self {
        let records = (0..records).map(|number| format!("record {number}").into_bytes()).collect();
        let mut log = Self { records, notes: Vec::new() };
        log.sign(sizes, &signer());
        log
    }

    /// Signs the records as they are now.
    pub(crate) fn sign(&mut self, sizes: &[u64], signer: &Signer) {
        let sign = |size: &u64| self.checkpoint(*size).sign(signer);
        self.notes = sizes.iter().map(sign).collect();
    }

    pub(crate) fn checkpoint(&self, size: u64) -> Checkpoint {
        let origin = "log.example/house".parse().unwrap();
        Checkpoint { origin, size, root: self.tree(size).root() }
    }

    pub(crate) fn tree(&self, size: u64) -> Tree {
        let mut tree = Tree::new();
        for record in &self.records[..size as usize] {
            tree.append(leaf_hash(record));
        }
        tree
    }

    /// The receipt that the server gave for a record when the log had `size` records, at most 256
    /// after it.
    pub(crate) fn receipt(&self, index: u64, size: u64) -> (Hash, Receipt) {
        let leaf = leaf_hash(&self.records[index as usize]);
        let proof = inclusion_proof(index, size, &self.tree(size)).unwrap();
        (leaf, Receipt::new(index, leaf, proof, self.checkpoint(size).sign(&signer())))
    }

    pub(crate) fn cosign_newest(&mut self) {
        let mut note: SignedNote = self.notes.last().unwrap().parse().unwrap();
        let line = witness().cosign(note.text(), 1_800_000_000);
        note.add(line);
        *self.notes.last_mut().unwrap() = note.to_string();
    }

    /// Writes an export in which every seventh record is withheld.
    pub(crate) fn export(&self) -> TempDir {
        let dir = tempfile::tempdir().unwrap();
        self.export_to(dir.path());
        dir
    }

    pub(crate) fn export_to(&self, dir: &Path) {
        let mut writer = Writer::create(dir).unwrap();
        for (number, record) in self.records.iter().enumerate() {
            let leaf = if number % 7 == 6 { Leaf::Withheld(leaf_hash(record)) } else { Leaf::Held(record) };
            assert_eq!(writer.leaf(leaf).unwrap(), number as u64);
        }
        self.notes.iter().for_each(|note| writer.checkpoint(note).unwrap());
        writer.finish().unwrap();
    }
}
