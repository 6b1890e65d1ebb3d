//! Every way we could think of to falsify an export, and the place that verification names.
//!
//! Proves U4 of the domain rules: append-only, checked offline without trusting the server.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tempfile::TempDir;

use super::bundle::{put_entry, take_entry};
use super::forge::{Log, SIZES, signer, stranger, trust};
use super::{Fault, Report, verify};
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::hash::leaf_hash;
use crate::note::NoteError;

fn check(dir: &Path) -> Result<Report, Fault> {
    verify(dir, Some(&trust(0)), &mut |_, _| ())
}

fn fault(dir: &TempDir) -> Fault {
    check(dir.path()).unwrap_err()
}

/// Takes a bundle apart, lets it be changed, and puts it together again.
fn rebundle(dir: &TempDir, path: &str, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
    let path = dir.path().join(path);
    let bytes = fs::read(&path).unwrap();
    let mut rest = bytes.as_slice();
    let mut entries: Vec<Vec<u8>> = std::iter::from_fn(|| take_entry(&mut rest).map(<[u8]>::to_vec)).collect();
    change(&mut entries);
    let mut bundle = Vec::new();
    assert!(entries.iter().all(|entry| put_entry(&mut bundle, entry)));
    fs::write(path, bundle).unwrap();
}

fn change(dir: &TempDir, path: &str, change: impl FnOnce(&mut Vec<u8>)) {
    let path = dir.path().join(path);
    let mut bytes = fs::read(&path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

fn write_notes(dir: &TempDir, notes: &[String]) {
    fs::write(dir.path().join("checkpoints"), notes.concat()).unwrap();
    fs::write(dir.path().join("checkpoint"), notes.last().unwrap()).unwrap();
}

/// Copies the tree of one export over another's, keeping the latter's checkpoints.
fn replace_records(dir: &TempDir, with: &TempDir) {
    fs::remove_dir_all(dir.path().join("tile")).unwrap();
    fs::rename(with.path().join("tile"), dir.path().join("tile")).unwrap();
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn u4_an_honest_export_verifies_offline() {
    let (log, mut steps) = (Log::honest(), Vec::new());
    let dir = log.export();
    let report = verify(dir.path(), Some(&trust(0)), &mut |done, all| steps.push((done, all))).unwrap();
    assert_eq!((report.size, report.root), (700, log.tree(700).root()));
    assert_eq!((report.held, report.withheld, report.checkpoints), (600, 100, SIZES.len() as u64));
    assert_eq!(steps, [(256, 700), (512, 700), (700, 700)]);
    assert!(report.trusted && report.to_string().starts_with("verified; log `log.example/house`, 700 records"));
}

#[test]
fn without_a_trust_file_the_report_says_untrusted() {
    let dir = Log::honest().export();
    let report = verify(dir.path(), None, &mut |_, _| ()).unwrap();
    assert!(!report.trusted && report.to_string().starts_with("UNTRUSTED"));
}

#[test]
fn logs_of_few_records_and_of_full_tiles_verify() {
    for size in [0, 1, 255, 256, 257, 512] {
        let dir = Log::of(size, &[size]).export();
        assert_eq!(check(dir.path()).unwrap().size, size);
    }
}

#[test]
fn an_edited_record_is_named() {
    let dir = Log::honest().export();
    rebundle(&dir, "tile/entries/001", |entries| entries[17] = b"record 666".to_vec());
    assert_eq!(fault(&dir), Fault::Record(256 + 17));
}

#[test]
fn a_record_edited_together_with_its_hash_lies_between_two_checkpoints() {
    let dir = Log::honest().export();
    rebundle(&dir, "tile/entries/000", |entries| entries[17] = b"record 666".to_vec());
    let hash = leaf_hash(b"record 666");
    change(&dir, "tile/0/000", |tile| tile[17 * 32..18 * 32].copy_from_slice(hash.as_bytes()));
    assert_eq!(fault(&dir), Fault::Recomputed { after: 10, until: 256 });
}

#[test]
fn a_changed_hash_of_a_withheld_record_lies_between_two_checkpoints() {
    let dir = Log::honest().export();
    change(&dir, "tile/0/000", |tile| tile[6 * 32] ^= 1);
    assert_eq!(fault(&dir), Fault::Recomputed { after: 0, until: 10 });
}

#[test]
fn a_dropped_record_is_named() {
    let dir = Log::honest().export();
    rebundle(&dir, "tile/entries/001", |entries| drop(entries.remove(17)));
    assert_eq!(fault(&dir), Fault::Record(256 + 17));
    let dir = Log::honest().export();
    rebundle(&dir, "tile/entries/002.p/188", |entries| drop(entries.pop()));
    assert_eq!(fault(&dir), Fault::Cut { path: "tile/entries/002.p/188".to_owned(), record: 699 });
}

#[test]
fn an_added_record_is_named() {
    let dir = Log::honest().export();
    rebundle(&dir, "tile/entries/000", |entries| entries.insert(17, b"record 666".to_vec()));
    assert_eq!(fault(&dir), Fault::Record(17));
    let dir = Log::honest().export();
    rebundle(&dir, "tile/entries/000", |entries| entries.push(b"record 666".to_vec()));
    assert_eq!(fault(&dir), Fault::Trailing { path: "tile/entries/000".to_owned(), record: 255 });
}

#[test]
fn reordered_records_are_named_by_the_first() {
    let dir = Log::honest().export();
    rebundle(&dir, "tile/entries/001", |entries| entries.swap(17, 171));
    assert_eq!(fault(&dir), Fault::Record(256 + 17));
}

#[test]
fn a_record_dropped_from_the_whole_tree_lies_between_two_checkpoints() {
    let (dir, mut forged) = (Log::honest().export(), Log::honest());
    forged.records.remove(270);
    forged.records.push(b"record 666".to_vec());
    forged.sign(&[700], &signer());
    replace_records(&dir, &forged.export());
    assert_eq!(fault(&dir), Fault::Recomputed { after: 256, until: 300 });
}

#[test]
fn a_truncated_log_misses_files() {
    let (dir, cut) = (Log::honest().export(), Log::of(600, &[600]).export());
    replace_records(&dir, &cut);
    assert_eq!(fault(&dir), Fault::Missing { path: "tile/0/002.p/188".to_owned(), record: 512 });
}

#[test]
fn every_missing_file_is_noticed() {
    let count = files(Log::honest().export().path()).len();
    assert_eq!(count, 9);
    for number in 0..count {
        let dir = Log::honest().export();
        let file = files(dir.path()).swap_remove(number);
        fs::remove_file(&file).unwrap();
        let found = fault(&dir);
        if file.ends_with("checkpoint") {
            assert_eq!(found, Fault::Unfinished);
        } else {
            let path = file.strip_prefix(dir.path()).unwrap().to_str().unwrap();
            assert!(matches!(&found, Fault::Missing { path: named, .. } if named == path), "{found}");
        }
    }
}

#[test]
fn a_shortened_or_lengthened_tile_is_named() {
    let path = "tile/0/001".to_owned();
    for (found, length) in [(8191, 8191), (8193, 9000), (0, 0)] {
        let dir = Log::honest().export();
        change(&dir, &path, |tile| tile.resize(length, 0));
        assert_eq!(fault(&dir), Fault::Length { path: path.clone(), found, expected: 8192 });
    }
}

#[test]
fn an_upper_tile_that_does_not_fit_names_the_records_under_it() {
    let dir = Log::honest().export();
    change(&dir, "tile/1/000.p/2", |tile| tile[40] ^= 1);
    assert_eq!(fault(&dir), Fault::Tile { path: "tile/1/000.p/2".to_owned(), first: 256, last: 511 });
}

#[test]
fn a_full_upper_tile_and_those_above_it_are_checked_too() {
    let log = Log::of(65_800, &[65_800]);
    let dir = log.export();
    assert_eq!(check(dir.path()).unwrap().root, log.tree(65_800).root());
    change(&dir, "tile/2/000.p/1", |tile| tile[0] ^= 1);
    let path = "tile/2/000.p/1".to_owned();
    assert_eq!(fault(&dir), Fault::Tile { path, first: 0, last: 65_535 });
    change(&dir, "tile/1/000", |tile| tile[255 * 32] ^= 1);
    let path = "tile/1/000".to_owned();
    assert_eq!(fault(&dir), Fault::Tile { path, first: 65_280, last: 65_535 });
}

#[test]
fn checkpoints_that_fall_are_named() {
    let (dir, mut log) = (Log::honest().export(), Log::honest());
    log.notes.swap(1, 2);
    write_notes(&dir, &log.notes);
    assert_eq!(fault(&dir), Fault::Fell { from: 256, to: 10 });
}

#[test]
fn two_faces_of_one_size_are_a_fork() {
    let (dir, mut log, mut forged) = (Log::honest().export(), Log::honest(), Log::honest());
    forged.records[20] = b"record 666".to_vec();
    log.notes[4] = forged.checkpoint(300).sign(&signer());
    write_notes(&dir, &log.notes);
    assert_eq!(fault(&dir), Fault::Fork { size: 300 });
}

#[test]
fn a_stranger_cannot_sign_the_log_anew() {
    let mut forged = Log::honest();
    forged.records[270] = b"record 666".to_vec();
    forged.sign(&SIZES, &stranger());
    let unknown = CheckpointError::Note(NoteError::UnknownSigners);
    assert_eq!(fault(&forged.export()), Fault::NewestCheckpoint(unknown.clone()));

    let (dir, mut log) = (Log::honest().export(), Log::honest());
    log.notes[3] = log.checkpoint(300).sign(&stranger());
    write_notes(&dir, &log.notes);
    assert_eq!(fault(&dir), Fault::KeptCheckpoint { number: 4, source: unknown });
}

#[test]
fn a_checkpoint_with_changed_size_or_root_is_not_believed() {
    let (dir, mut log) = (Log::honest().export(), Log::honest());
    log.notes[1] = log.notes[1].replacen("\n10\n", "\n11\n", 1);
    write_notes(&dir, &log.notes);
    let source = CheckpointError::Note(NoteError::WrongSignature("log.example/house".to_owned()));
    assert_eq!(fault(&dir), Fault::KeptCheckpoint { number: 2, source });
}

#[test]
fn another_logs_export_is_not_taken_for_this_one() {
    let (dir, log) = (Log::honest().export(), Log::honest());
    let other = Checkpoint { origin: "log.example/other".parse().unwrap(), ..log.checkpoint(700) };
    let mut notes = log.notes.clone();
    notes[5] = other.sign(&signer());
    write_notes(&dir, &notes);
    let source = |expected: &Checkpoint, found: &Checkpoint| CheckpointError::Origin {
        expected: expected.origin.clone(),
        found: found.origin.clone(),
    };
    assert_eq!(fault(&dir), Fault::NewestCheckpoint(source(&log.checkpoint(0), &other)));
    let untrusted = verify(dir.path(), None, &mut |_, _| ()).unwrap_err();
    let first = Fault::KeptCheckpoint { number: 1, source: source(&other, &log.checkpoint(0)) };
    assert_eq!(untrusted, first);
}

#[test]
fn the_newest_checkpoint_needs_its_witnesses() {
    let mut log = Log::honest();
    let one = |dir: &TempDir| verify(dir.path(), Some(&trust(1)), &mut |_, _| ());
    let too_few = CheckpointError::TooFewWitnesses { found: 0, k: 1 };
    assert_eq!(one(&log.export()), Err(Fault::NewestCheckpoint(too_few)));
    log.cosign_newest();
    assert_eq!(one(&log.export()).unwrap().witnesses, ["witness.example/region"]);
}

#[test]
fn an_older_newest_checkpoint_does_not_hide_the_newer_ones() {
    let (dir, log) = (Log::honest().export(), Log::honest());
    fs::write(dir.path().join("checkpoint"), &log.notes[2]).unwrap();
    assert_eq!(fault(&dir), Fault::Newest { newest: 256, kept: 300 });
    // With the newer ones cut off and the edge made to fit, the later records still lie there.
    write_notes(&dir, &log.notes[..3]);
    let path = "tile/1/000.p/1".to_owned();
    assert_eq!(fault(&dir), Fault::Missing { path: path.clone(), record: 0 });
    let edge = fs::read(dir.path().join("tile/1/000.p/2")).unwrap();
    fs::write(dir.path().join(path), &edge[..32]).unwrap();
    assert!(matches!(fault(&dir), Fault::Beyond { size: 256, .. }));
}

#[test]
fn a_kept_checkpoint_beyond_the_newest_is_named() {
    let (dir, log) = (Log::honest().export(), Log::honest());
    fs::write(dir.path().join("checkpoints"), log.notes[..5].concat()).unwrap();
    assert_eq!(fault(&dir), Fault::Newest { newest: 700, kept: 300 });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn u4_a_flipped_bit_anywhere_is_noticed(file: prop::sample::Index, at: prop::sample::Index, bit in 0_u8..8) {
        let dir = Log::honest().export();
        let path = files(dir.path()).swap_remove(file.index(9));
        let mut bytes = fs::read(&path).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        fs::write(&path, &bytes).unwrap();
        prop_assert!(check(dir.path()).is_err(), "{} at {at}", path.display());
    }

    #[test]
    fn u4_a_file_that_breaks_off_anywhere_is_noticed(file: prop::sample::Index, at: prop::sample::Index) {
        let dir = Log::honest().export();
        let path = files(dir.path()).swap_remove(file.index(9));
        let mut bytes = fs::read(&path).unwrap();
        bytes.truncate(at.index(bytes.len()));
        fs::write(&path, &bytes).unwrap();
        prop_assert!(check(dir.path()).is_err(), "{} at {}", path.display(), bytes.len());
    }
}
