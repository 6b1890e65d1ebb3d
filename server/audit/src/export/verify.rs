//! Verifies an export in one pass, trusting neither the server that wrote it nor the export.
//!
//! Each record is hashed and held against its tile, the hashes go into a tree of our own, and that
//! tree is held against every upper tile as it fills and every checkpoint at its size. It cannot
//! know what was never in the export: an older, honest copy verifies, and only receipts
//! ([`super::check_receipts`]) or a witness show that the log was longer.

use std::path::Path;

use super::bundle::{MAX_RECORD_BYTES, take_entry};
use super::fault::{Fault, Report};
use super::folder::{first_record, read, read_tile, refuse_beyond, tile_path};
use super::history::{History, newest};
use crate::hash::leaf_hash;
use crate::tile::{TILE_HEIGHT, TILE_WIDTH, Tile, TileId, TilePath};
use crate::tree::Tree;
use crate::trust::Trust;

/// Verifies the export in a folder. With a trust file, every checkpoint must be signed by one of
/// its log keys, and the newest by k witnesses too; without one the report is marked untrusted.
/// `progress` is told (records done, records in all) after each bundle, so every 256 records.
///
/// # Errors
/// The first [`Fault`] on the way from record 0 to the last.
pub fn verify(dir: &Path, trust: Option<&Trust>, progress: &mut dyn FnMut(u64, u64)) -> Result<Report, Fault> {
    let newest = newest(dir, trust)?;
    let size = newest.checkpoint.size;
    let history = History::open(dir, trust, &newest.checkpoint)?;
    let mut pass = Pass { dir, size, tree: Tree::new(), history, held: 0 };
    pass.history.pass(&pass.tree)?;
    for index in 0..size.div_ceil(TILE_WIDTH as u64) {
        pass.bundle(index)?;
        progress(pass.tree.size(), size);
    }
    for partial in pass.tree.partial_tiles() {
        pass.upper_tile(&partial)?;
    }
    let checkpoints = pass.history.finish()?;
    refuse_beyond(dir, size)?;
    Ok(Report {
        origin: newest.checkpoint.origin.clone(),
        size,
        root: newest.checkpoint.root,
        held: pass.held,
        withheld: size - pass.held,
        checkpoints,
        witnesses: newest.witnesses,
        trusted: trust.is_some(),
        folder: dir.to_owned(),
    })
}

struct Pass<'a> {
    dir: &'a Path,
    size: u64,
    tree: Tree,
    history: History<'a>,
    held: u64,
}

impl Pass<'_> {
    /// Checks one bundle against its tile of leaf hashes, and what those complete.
    fn bundle(&mut self, index: u64) -> Result<(), Fault> {
        let id = TileId { level: 0, index };
        let tile = read_tile(self.dir, id, self.size)?;
        let path = TilePath { level: None, index, width: tile.hashes.len() as u16 }.to_string();
        let limit = tile.hashes.len() * (2 + MAX_RECORD_BYTES);
        let bundle = read(self.dir, &path, limit, first_record(id))?;
        let mut rest = bundle.as_slice();
        for hash in &tile.hashes {
            let record = self.tree.size();
            let Some(entry) = take_entry(&mut rest) else {
                return Err(Fault::Cut { path, record });
            };
            if !entry.is_empty() {
                if leaf_hash(entry) != *hash {
                    return Err(Fault::Record(record));
                }
                self.held += 1;
            }
            self.tree.append(*hash);
            self.history.pass(&self.tree)?;
        }
        if !rest.is_empty() {
            return Err(Fault::Trailing { path, record: self.tree.size() - 1 });
        }
        for full in self.tree.take_completed() {
            self.upper_tile(&full)?;
        }
        Ok(())
    }

    /// Holds a tile of our own tree against the export's; level 0 was read from there.
    fn upper_tile(&self, ours: &Tile) -> Result<(), Fault> {
        if ours.id.level == 0 {
            return Ok(());
        }
        let theirs = read_tile(self.dir, ours.id, self.size)?;
        let Some(place) = ours.hashes.iter().zip(&theirs.hashes).position(|(ours, theirs)| ours != theirs) else {
            return Ok(());
        };
        let span = 1 << (TILE_HEIGHT * u32::from(ours.id.level));
        let first = first_record(ours.id) + place as u64 * span;
        let path = tile_path(ours.id, self.size).map(|path| path.to_string()).unwrap_or_default();
        Err(Fault::Tile { path, first, last: first + span - 1 })
    }
}
