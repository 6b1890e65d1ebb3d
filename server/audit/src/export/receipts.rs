//! Holds kept receipts against a verified export: the only way to see that the whole log was
//! replaced, be it by an older copy or by one that its own key signed anew.
//!
//! It reads the tiles that a receipt needs and no more, so it believes an export that was verified
//! and not touched since. It does not look at what the record holds.

use std::collections::BTreeMap;

use super::fault::{Fault, Report};
use super::folder::read_tile;
use crate::checkpoint::CheckpointError;
use crate::hash::Hash;
use crate::proof::{root_at, root_tiles};
use crate::receipt::{Receipt, ReceiptError};
use crate::tile::{TILE_WIDTH, Tile, TileId};
use crate::trust::Trust;

/// The first receipt that an export does not fit, by its record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptFault {
    /// The receipt itself proves nothing.
    #[error("the receipt for record `{index}` does not hold: {source}")]
    Invalid {
        /// The record.
        index: u64,
        /// What is wrong.
        source: ReceiptError,
    },
    /// The export is of an earlier time than the receipt, or the log was set back.
    #[error("the receipt for record `{index}` saw `{seen}` records, the export has `{size}`: if it is newer, the log was set back")]
    SetBack {
        /// The record.
        index: u64,
        /// Records in the log by the receipt.
        seen: u64,
        /// Records in the export.
        size: u64,
    },
    /// Another record stands in its place.
    #[error("record `{index}` is another than its receipt proves: the log was rewritten")]
    Replaced {
        /// The record.
        index: u64,
    },
    /// The record stands there, but the log around it is another.
    #[error("the receipt for record `{index}` is of another history: among the first `{size}` records some were changed")]
    Forked {
        /// The record.
        index: u64,
        /// The size of the receipt's checkpoint, which the export does not have in its past.
        size: u64,
    },
    /// The export could not be read again.
    #[error(transparent)]
    Export(#[from] Fault),
}

/// Checks that every receipt's record stands at its index and that its checkpoint is in this log's
/// past. Each receipt comes with its record's leaf hash. With a trust file its checkpoint must be
/// signed by the log; witnesses are asked of the export's newest checkpoint, not of each receipt.
/// Returns how many were checked.
///
/// # Errors
/// The first [`ReceiptFault`], in the order given.
pub fn check_receipts<'a>(
    report: &Report,
    trust: Option<&Trust>,
    receipts: impl IntoIterator<Item = (Hash, &'a Receipt)>,
) -> Result<u64, ReceiptFault> {
    let mut checked = 0;
    for (leaf_hash, receipt) in receipts {
        check(report, trust, &leaf_hash, receipt)?;
        checked += 1;
    }
    Ok(checked)
}

fn check(report: &Report, trust: Option<&Trust>, leaf_hash: &Hash, receipt: &Receipt) -> Result<(), ReceiptFault> {
    let (index, size) = (receipt.index, report.size);
    let verified = match trust {
        Some(trust) => receipt.verify_unwitnessed(leaf_hash, trust),
        None => receipt.verify_proof(leaf_hash),
    };
    let verified = verified.and_then(|opened| {
        let (found, expected) = (&opened.checkpoint.origin, &report.origin);
        if found == expected {
            return Ok(opened);
        }
        Err(CheckpointError::Origin { expected: expected.clone(), found: found.clone() }.into())
    });
    let seen = verified.map_err(|source| ReceiptFault::Invalid { index, source })?.checkpoint;
    if seen.size > size {
        return Err(ReceiptFault::SetBack { index, seen: seen.size, size });
    }
    let place = (index % TILE_WIDTH as u64) as usize;
    let tile = read_tile(&report.folder, TileId { level: 0, index: index / TILE_WIDTH as u64 }, size)?;
    if tile.hashes.get(place) != Some(leaf_hash) {
        return Err(ReceiptFault::Replaced { index });
    }
    let ids = root_tiles(seen.size).into_iter();
    let tiles = ids.map(|id| Ok((id, read_tile(&report.folder, id, size)?)));
    let tiles: BTreeMap<TileId, Tile> = tiles.collect::<Result<_, Fault>>()?;
    if root_at(seen.size, &tiles) != Ok(seen.root) {
        return Err(ReceiptFault::Forked { index, size: seen.size });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::forge::{Log, SIZES, signer, trust};
    use crate::export::verify;
    use crate::verify::VerifyError;

    fn held_against(export: &Log, receipts: &[(Hash, Receipt)]) -> Result<u64, ReceiptFault> {
        let dir = export.export();
        let trust = trust(0);
        let report = verify(dir.path(), Some(&trust), &mut |_, _| ()).unwrap();
        let receipts = || receipts.iter().map(|(leaf, receipt)| (*leaf, receipt));
        let untrusting = check_receipts(&report, None, receipts());
        let checked = check_receipts(&report, Some(&trust), receipts());
        assert_eq!(untrusting.is_ok(), checked.is_ok());
        checked
    }

    #[test]
    fn honest_receipts_of_every_age_fit() {
        let log = Log::honest();
        let pairs = [(0, 1), (5, 10), (255, 256), (256, 257), (299, 300), (600, 650), (699, 700)];
        let receipts = pairs.map(|(index, size)| log.receipt(index, size));
        assert_eq!(held_against(&log, &receipts), Ok(7));
    }

    #[test]
    fn a_restored_backup_is_older_than_a_receipt() {
        let receipts = [Log::honest().receipt(20, 100), Log::honest().receipt(650, 690)];
        let backup = Log::of(600, &[10, 600]);
        let set_back = ReceiptFault::SetBack { index: 650, seen: 690, size: 600 };
        assert_eq!(held_against(&backup, &receipts), Err(set_back));
    }

    #[test]
    fn a_log_that_its_own_key_signed_anew_is_shown_by_a_receipt() {
        let log = Log::honest();
        let mut forged = log.clone();
        forged.records[270] = b"record 666".to_vec();
        forged.sign(&SIZES, &signer());
        let before = log.receipt(200, 260);
        let replaced = ReceiptFault::Replaced { index: 270 };
        assert_eq!(held_against(&forged, &[before.clone(), log.receipt(270, 300)]), Err(replaced));
        let forked = ReceiptFault::Forked { index: 280, size: 300 };
        assert_eq!(held_against(&forged, &[before, log.receipt(280, 300)]), Err(forked));
    }

    #[test]
    fn a_receipt_that_proves_nothing_accuses_nobody() {
        let log = Log::honest();
        let (leaf, mut receipt) = log.receipt(20, 100);
        receipt.index = 21;
        let source = ReceiptError::Proof(VerifyError::Root);
        assert_eq!(held_against(&log, &[(leaf, receipt)]), Err(ReceiptFault::Invalid { index: 21, source }));
        let (leaf, mut receipt) = log.receipt(20, 100);
        receipt.note = receipt.note.replace("house\n100\n", "other\n100\n");
        assert!(matches!(held_against(&log, &[(leaf, receipt)]), Err(ReceiptFault::Invalid { index: 20, .. })));
    }
}
