//! Receipts: proof of each of one's own acts and reads, verified on arrival and kept.
//!
//! Each is a C2SP tlog-proof in `receipts/`, named by its place in the log, with the leaf hash as its extra data; `checked` lists the
//! checkpoints that were since found in the log's past, `checkpoint` is the newest that they were held against. It never asks the house:
//! `run/audit.rs` does. INVARIANT: a receipt that does not verify against the profile's own trust file is never kept, and never passed over in silence. PRIVACY: places and hashes, no text.

use std::{
    collections::BTreeSet,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use barnahus_audit::{Checkpoint, Hash, Receipt, ReceiptError, Trust, verify_consistency};
use barnahus_proto::v1;

use crate::{
    errors::{Exit, Failure, fault},
    profile::{Profile, private_file, private_folder},
};

const SUFFIX: &str = "tlog-proof";
const CHECKED: &str = "checked";
const NEWEST: &str = "checkpoint";

/// A person's receipts.
#[derive(Clone, Debug)]
pub(crate) struct Receipts {
    folder: PathBuf,
    trust: Trust,
    /// The place of the newest receipt that was kept before.
    known: Option<u64>,
}

/// A receipt that is kept: what it says, and the checkpoint it leads to.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// The record's leaf hash.
    pub(crate) leaf_hash: Hash,
    /// The receipt.
    pub(crate) receipt: Receipt,
    /// The checkpoint that covers it.
    pub(crate) checkpoint: Checkpoint,
}

impl Receipts {
    /// Those of a profile.
    pub(crate) fn of(profile: &Profile) -> Result<Self, Failure> {
        let folder = profile.receipts();
        let known = places(&folder).max();
        Ok(Self { folder, trust: profile.trust()?, known })
    }

    /// Verifies a receipt as it comes.
    pub(crate) fn verify(&self, receipt: Option<&v1::Receipt>) -> Result<Kept, Failure> {
        let receipt = receipt.ok_or_else(|| Failure::new(Exit::Other, "fail-receipt-absent"))?;
        let index = receipt.index;
        let broken = || Failure::new(Exit::Other, "fail-receipt").with("index", index);
        let proof = receipt.inclusion_proof.iter().map(|hash| Hash::from_slice(hash)).collect::<Option<Vec<_>>>();
        let (Some(leaf_hash), Some(proof)) = (Hash::from_slice(&receipt.leaf_hash), proof) else {
            return Err(broken());
        };
        let receipt = Receipt::new(index, leaf_hash, proof, receipt.checkpoint.clone());
        let opened =
            receipt.verify_unwitnessed(&leaf_hash, &self.trust).map_err(|error| foreign(&error).unwrap_or_else(broken).technical(error))?;
        Ok(Kept { leaf_hash, receipt, checkpoint: opened.checkpoint })
    }

    /// Verifies a receipt as it comes, and keeps it. Returns the record's place in the log, which has not become shorter than it was when
    /// these receipts were opened.
    pub(crate) fn keep(&self, receipt: Option<&v1::Receipt>) -> Result<u64, Failure> {
        let Kept { leaf_hash, receipt, checkpoint } = self.verify(receipt)?;
        let index = receipt.index;
        private_folder(&self.folder)?;
        let path = self.folder.join(format!("{index:020}.{SUFFIX}"));
        if path.exists() {
            // A repeated request has the same record. Another record in its place is a log with two faces.
            let earlier = read(&path)?.leaf_hash();
            return if earlier == Some(leaf_hash) {
                Ok(index)
            } else {
                Err(Failure::new(Exit::Other, "fail-receipt-forked").with("index", index))
            };
        }
        if let Some(known) = self.known.filter(|known| checkpoint.size <= *known) {
            return Err(Failure::new(Exit::Other, "fail-rewritten").with("size", known.saturating_add(1)));
        }
        private_file(&path, &receipt.to_string())?;
        Ok(index)
    }

    /// Every kept receipt, by its place, verified anew.
    pub(crate) fn kept(&self) -> Result<Vec<Kept>, Failure> {
        let mut paths = Vec::new();
        if self.folder.exists() {
            let failed = |error| Failure::file("fail-read", &self.folder, &error);
            for entry in fs::read_dir(&self.folder).map_err(failed)? {
                paths.push(entry.map_err(failed)?.path());
            }
        }
        paths.retain(|path| path.extension().is_some_and(|extension| extension == SUFFIX));
        paths.sort();
        paths.iter().map(|path| self.verified(path)).collect()
    }

    /// Verifies a checkpoint that the house handed out.
    pub(crate) fn checkpoint(&self, note: &str) -> Result<Checkpoint, Failure> {
        let opened = self.trust.open_unwitnessed(note).map_err(|error| {
            let key = if fault::foreign(&error) { "fail-trust-foreign" } else { "fail-checkpoint" };
            Failure::new(Exit::Other, key).technical(error)
        })?;
        Ok(opened.checkpoint)
    }

    /// Verifies that the log only grew from an earlier checkpoint to the one that the house hands out now.
    pub(crate) fn grown(&self, earlier: &Checkpoint, answer: &v1::GetCheckpointResponse) -> Result<Checkpoint, Failure> {
        let now = self.checkpoint(&answer.checkpoint)?;
        let rewritten = || Failure::new(Exit::Other, "fail-rewritten").with("size", earlier.size);
        let proof = answer.consistency_proof.iter().map(|hash| Hash::from_slice(hash)).collect::<Option<Vec<_>>>().ok_or_else(rewritten)?;
        verify_consistency(earlier.size, now.size, &proof, &earlier.root, &now.root).map_err(|error| rewritten().technical(error))?;
        Ok(now)
    }

    /// The checkpoints of kept receipts that have not been found in the log's past yet, by size. Two of one size with different roots
    /// are a log with two faces.
    pub(crate) fn unchecked(&self, kept: &[Kept]) -> Result<Vec<Checkpoint>, Failure> {
        let checked: BTreeSet<String> =
            fs::read_to_string(self.folder.join(CHECKED)).unwrap_or_default().lines().map(str::to_owned).collect();
        let mut by_size: Vec<_> = kept.iter().map(|kept| &kept.checkpoint).collect();
        by_size.sort_by_key(|checkpoint| checkpoint.size);
        if let Some([one, _]) = by_size.array_windows().find(|[one, next]| one.size == next.size && one.root != next.root) {
            return Err(Failure::new(Exit::Other, "fail-rewritten").with("size", one.size));
        }
        by_size.dedup_by_key(|checkpoint| checkpoint.size);
        Ok(by_size.into_iter().filter(|checkpoint| !checked.contains(&line(checkpoint))).cloned().collect())
    }

    /// Remembers that a checkpoint was found in the past of this newest one.
    pub(crate) fn mark_checked(&self, checkpoint: &Checkpoint, newest: &str) -> Result<(), Failure> {
        let path = self.folder.join(CHECKED);
        let opened = fs::OpenOptions::new().create(true).append(true).open(&path);
        let written = opened.and_then(|mut file| writeln!(file, "{}", line(checkpoint)));
        written.and_then(|()| fs::write(self.folder.join(NEWEST), newest)).map_err(|error| Failure::file("fail-write", &path, &error))
    }

    /// The newest checkpoint that receipts were held against, if they ever were.
    pub(crate) fn newest(&self) -> Result<Option<Checkpoint>, Failure> {
        fs::read_to_string(self.folder.join(NEWEST)).ok().map(|note| self.checkpoint(&note)).transpose()
    }

    /// Whom they are verified against.
    pub(crate) fn trust(&self) -> &Trust {
        &self.trust
    }

    fn verified(&self, path: &Path) -> Result<Kept, Failure> {
        let broken = || Failure::new(Exit::Other, "fail-receipt-file").with("path", path.display());
        let receipt = read(path)?;
        let leaf_hash = receipt.leaf_hash().ok_or_else(broken)?;
        let opened =
            receipt.verify_unwitnessed(&leaf_hash, &self.trust).map_err(|error| foreign(&error).unwrap_or_else(broken).technical(error))?;
        Ok(Kept { leaf_hash, receipt, checkpoint: opened.checkpoint })
    }
}

/// What is said of a receipt that another log signed than the trust file's: no sign of two faces.
fn foreign(error: &ReceiptError) -> Option<Failure> {
    fault::foreign_receipt(error).then(|| Failure::new(Exit::Other, "fail-trust-foreign"))
}

/// The places of the receipts in this folder; none if it cannot be read, which keeping one then says.
fn places(folder: &Path) -> impl Iterator<Item = u64> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let kept = entries.filter(|path| path.extension().is_some_and(|extension| extension == SUFFIX));
    kept.filter_map(|path| path.file_stem()?.to_str()?.parse().ok())
}

fn read(path: &Path) -> Result<Receipt, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::file("fail-read", path, &error))?;
    text.parse().map_err(|error| Failure::new(Exit::Other, "fail-receipt-file").with("path", path.display()).technical(error))
}

fn line(checkpoint: &Checkpoint) -> String {
    format!("{} {}", checkpoint.size, checkpoint.root.to_base64())
}

#[cfg(test)]
mod tests {
    use barnahus_audit::{Signer, Tree, consistency_proof, inclusion_proof, leaf_hash};
    use tempfile::TempDir;

    use super::*;
    use crate::text::{Lang, Words};

    /// A log that signs what it is told to, and a person's folder.
    struct World {
        folder: TempDir,
        signer: Signer,
    }

    impl World {
        fn new() -> Self {
            Self { folder: tempfile::tempdir().unwrap(), signer: Signer::from_seed("log.example/house", &[7; 32].into()).unwrap() }
        }

        fn receipts(&self) -> Receipts {
            let trust = Trust::new("log.example/house".parse().unwrap(), vec![self.signer.verifier().clone()], Vec::new(), 0).unwrap();
            Receipts { folder: self.folder.path().join("receipts"), trust, known: None }
        }

        fn note(&self, tree: &Tree) -> String {
            Checkpoint { origin: "log.example/house".parse().unwrap(), size: tree.size(), root: tree.root() }.sign(&self.signer)
        }

        fn receipt(&self, tree: &Tree, index: u64, word: &str) -> v1::Receipt {
            let proof = inclusion_proof(index, tree.size(), tree).unwrap();
            let inclusion_proof = proof.iter().map(|hash| hash.as_bytes().to_vec().into()).collect();
            v1::Receipt { index, leaf_hash: leaf(word, index).as_bytes().to_vec().into(), checkpoint: self.note(tree), inclusion_proof }
        }
    }

    fn leaf(word: &str, index: u64) -> Hash {
        leaf_hash(format!("{word} {index}").as_bytes())
    }

    fn tree(word: &str, size: u64) -> Tree {
        let mut tree = Tree::new();
        (0..size).for_each(|index| {
            tree.append(leaf(word, index));
        });
        tree
    }

    #[test]
    fn a_receipt_that_verifies_is_kept_under_its_place_with_its_leaf_hash() {
        let (world, tree) = (World::new(), tree("honest", 9));
        let receipts = world.receipts();
        assert_eq!(receipts.keep(Some(&world.receipt(&tree, 5, "honest"))).unwrap(), 5);
        // The repeat of a request has the same record.
        assert_eq!(receipts.keep(Some(&world.receipt(&tree, 5, "honest"))).unwrap(), 5);
        assert!(receipts.folder.join("00000000000000000005.tlog-proof").exists());
        let kept = receipts.kept().unwrap();
        assert_eq!(kept.iter().map(|kept| (kept.receipt.index, kept.checkpoint.size)).collect::<Vec<_>>(), [(5, 9)]);
        assert_eq!(kept[0].leaf_hash, leaf("honest", 5));
    }

    #[test]
    fn a_receipt_that_does_not_verify_is_a_loud_error_and_is_not_kept() {
        let (world, tree) = (World::new(), tree("honest", 9));
        let receipts = world.receipts();
        let good = world.receipt(&tree, 5, "honest");
        let stranger =
            World { folder: tempfile::tempdir().unwrap(), signer: Signer::from_seed("log.example/house", &[8; 32].into()).unwrap() };
        let wrong = [
            v1::Receipt { index: 4, ..good.clone() },
            v1::Receipt { leaf_hash: leaf("honest", 4).as_bytes().to_vec().into(), ..good.clone() },
            v1::Receipt { leaf_hash: vec![1].into(), ..good.clone() },
            v1::Receipt { inclusion_proof: Vec::new(), ..good.clone() },
            v1::Receipt { checkpoint: String::new(), ..good.clone() },
            stranger.receipt(&tree, 5, "honest"),
        ];
        for wrong in wrong {
            let failure = receipts.keep(Some(&wrong)).unwrap_err();
            assert_eq!(failure.exit, Exit::Other);
            assert!(failure.tell(Words { lang: Lang::Sv }, false).contains("granskare"));
        }
        assert!(receipts.keep(None).is_err());
        assert!(receipts.kept().unwrap().is_empty());
    }

    #[test]
    fn another_record_in_the_place_of_an_earlier_one_is_noticed() {
        let (world, receipts) = (World::new(), World::new());
        let receipts = Receipts { folder: receipts.folder.path().join("receipts"), ..world.receipts() };
        receipts.keep(Some(&world.receipt(&tree("honest", 9), 5, "honest"))).unwrap();
        let later = Receipts { known: Some(9), ..receipts.clone() };
        let failure = later.keep(Some(&world.receipt(&tree("honest", 9), 6, "honest"))).unwrap_err();
        assert!(failure.tell(Words { lang: Lang::En }, false).contains("when it had 10 records"), "it was longer");
        let failure = receipts.keep(Some(&world.receipt(&tree("forged", 9), 5, "forged"))).unwrap_err();
        assert!(failure.tell(Words { lang: Lang::En }, false).contains("two"), "{failure:?}");
    }

    #[test]
    fn each_checkpoint_is_held_against_the_log_once_and_a_rewritten_log_is_noticed() {
        let (world, old, new) = (World::new(), tree("honest", 9), tree("honest", 20));
        let receipts = world.receipts();
        for index in [3, 5] {
            receipts.keep(Some(&world.receipt(&old, index, "honest"))).unwrap();
        }
        let unchecked = receipts.unchecked(&receipts.kept().unwrap()).unwrap();
        assert_eq!(unchecked.iter().map(|checkpoint| checkpoint.size).collect::<Vec<_>>(), [9]);

        let proof = |tree: &Tree| consistency_proof(9, 20, tree).unwrap().iter().map(|hash| hash.as_bytes().to_vec()).collect();
        let answer =
            |tree: &Tree| v1::GetCheckpointResponse { checkpoint: world.note(tree), consistency_proof: proof(tree), receipt: None };
        assert_eq!(receipts.grown(&unchecked[0], &answer(&new)).unwrap().size, 20);
        assert!(receipts.grown(&unchecked[0], &answer(&tree("forged", 20))).is_err());

        receipts.mark_checked(&unchecked[0], &world.note(&new)).unwrap();
        assert_eq!(receipts.newest().unwrap().unwrap().size, 20);
        assert!(receipts.unchecked(&receipts.kept().unwrap()).unwrap().is_empty());
    }
}
