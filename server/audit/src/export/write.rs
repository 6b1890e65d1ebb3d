//! Writes an export, record by record in order, beside its checkpoints.
//!
//! It hashes and lays out; it checks no signature and does not hold roots against the records, so
//! that a log that was tampered with can still be handed over and shown to be. INVARIANT: the file
//! `checkpoint` is written last; what lacks it is no export.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::bundle::{Leaf, put_entry};
use super::{KEPT, NEWEST};
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::note::SignedNote;
use crate::tile::{TILE_WIDTH, Tile, TilePath};
use crate::tree::Tree;

/// Writes one export. Dropped before [`Writer::finish`], it leaves one that is noticed as cut off.
#[derive(Debug)]
pub struct Writer {
    dir: PathBuf,
    tree: Tree,
    bundle: Vec<u8>,
    kept: BufWriter<File>,
    newest: Option<(Checkpoint, String)>,
}

/// Why an export is not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// There is something in the folder.
    #[error("folder `{0}` is not empty: name a new one")]
    NotEmpty(String),
    /// The system refused.
    #[error("`{path}` cannot be written: {source}")]
    Write {
        /// The file or folder.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// A record has no bytes, which would read as withheld.
    #[error("record `{0}` is empty: records never are, look for damage where it was kept")]
    EmptyRecord(u64),
    /// A record is above [`super::MAX_RECORD_BYTES`].
    #[error("record `{index}` has `{bytes}` bytes: no record is that long, look for damage")]
    LongRecord {
        /// Its place.
        index: u64,
        /// Its length.
        bytes: usize,
    },
    /// A checkpoint is none.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A checkpoint has fewer records than the one before it.
    #[error("the checkpoints fall from size `{from}` to `{to}`: give them oldest first")]
    Fell {
        /// The earlier one's size.
        from: u64,
        /// The later one's size.
        to: u64,
    },
    /// There is no checkpoint, or the newest is not of the records given.
    #[error("`{records}` records are not those of the newest checkpoint, of size `{newest}`: give both of one time")]
    Size {
        /// Records given.
        records: u64,
        /// The newest checkpoint's size; 0 if there is none.
        newest: u64,
    },
}

impl Writer {
    /// Starts an export in a new or empty folder.
    ///
    /// # Errors
    /// [`WriteError::NotEmpty`] or [`WriteError::Write`].
    pub fn create(dir: &Path) -> Result<Self, WriteError> {
        fs::create_dir_all(dir).map_err(refused(dir))?;
        if fs::read_dir(dir).map_err(refused(dir))?.next().is_some() {
            return Err(WriteError::NotEmpty(dir.display().to_string()));
        }
        let path = dir.join(KEPT);
        let kept = BufWriter::new(File::create_new(&path).map_err(refused(&path))?);
        Ok(Self { dir: dir.to_owned(), tree: Tree::new(), bundle: Vec::new(), kept, newest: None })
    }

    /// Adds the next record and returns its index.
    ///
    /// # Errors
    /// [`WriteError::EmptyRecord`], [`WriteError::LongRecord`] or [`WriteError::Write`]; drop
    /// the writer after the last, for what it finishes then does not verify.
    pub fn leaf(&mut self, leaf: Leaf<'_>) -> Result<u64, WriteError> {
        let index = self.tree.size();
        let entry = match leaf {
            Leaf::Held([]) => return Err(WriteError::EmptyRecord(index)),
            Leaf::Held(bytes) => bytes,
            Leaf::Withheld(_) => &[],
        };
        if !put_entry(&mut self.bundle, entry) {
            return Err(WriteError::LongRecord { index, bytes: entry.len() });
        }
        self.tree.append(leaf.hash());
        let completed = self.tree.take_completed();
        if !completed.is_empty() {
            self.write_bundle(index, TILE_WIDTH)?;
        }
        completed.iter().try_for_each(|tile| self.write_tile(tile))?;
        Ok(index)
    }

    /// Adds the next kept checkpoint, oldest first; it may come before or after its records.
    ///
    /// # Errors
    /// [`WriteError::Checkpoint`], [`WriteError::Fell`] or [`WriteError::Write`].
    pub fn checkpoint(&mut self, note: &str) -> Result<(), WriteError> {
        let read: SignedNote = note.parse().map_err(CheckpointError::Note)?;
        let checkpoint = Checkpoint::parse(read.text())?;
        if let Some((before, _)) = &self.newest {
            if checkpoint.origin != before.origin {
                let (expected, found) = (before.origin.clone(), checkpoint.origin);
                return Err(CheckpointError::Origin { expected, found }.into());
            }
            if checkpoint.size < before.size {
                return Err(WriteError::Fell { from: before.size, to: checkpoint.size });
            }
        }
        self.kept.write_all(note.as_bytes()).map_err(refused(&self.dir.join(KEPT)))?;
        self.newest = Some((checkpoint, note.to_owned()));
        Ok(())
    }

    /// Writes what is left and, last, the newest checkpoint, which it returns.
    ///
    /// # Errors
    /// [`WriteError::Size`] if that checkpoint's size is not the number of records; or
    /// [`WriteError::Write`].
    pub fn finish(mut self) -> Result<Checkpoint, WriteError> {
        let records = self.tree.size();
        let (checkpoint, note) = match self.newest.take() {
            Some((checkpoint, note)) if checkpoint.size == records => (checkpoint, note),
            other => {
                let newest = other.map_or(0, |(checkpoint, _)| checkpoint.size);
                return Err(WriteError::Size { records, newest });
            }
        };
        if let Some(last) = records.checked_sub(1).filter(|_| !self.bundle.is_empty()) {
            self.write_bundle(last, (records % TILE_WIDTH as u64) as usize)?;
        }
        self.tree.partial_tiles().iter().try_for_each(|tile| self.write_tile(tile))?;
        let kept = self.kept.flush().and_then(|()| self.kept.get_ref().sync_all());
        kept.map_err(refused(&self.dir.join(KEPT)))?;
        self.write_new(NEWEST, note.as_bytes())?.sync_all().map_err(refused(&self.dir.join(NEWEST)))?;
        Ok(checkpoint)
    }

    fn write_bundle(&mut self, last: u64, width: usize) -> Result<(), WriteError> {
        let path = TilePath { level: None, index: last / TILE_WIDTH as u64, width: width as u16 };
        self.write_new(&path.to_string(), &self.bundle)?;
        self.bundle.clear();
        Ok(())
    }

    fn write_tile(&self, tile: &Tile) -> Result<(), WriteError> {
        let width = tile.hashes.len() as u16;
        let path = TilePath { level: Some(tile.id.level), index: tile.id.index, width };
        self.write_new(&path.to_string(), &tile.to_bytes()).map(|_| ())
    }

    fn write_new(&self, path: &str, bytes: &[u8]) -> Result<File, WriteError> {
        let path = self.dir.join(path);
        let file = File::create_new(&path).or_else(|error| match (error.kind(), path.parent()) {
            (io::ErrorKind::NotFound, Some(folder)) => {
                fs::create_dir_all(folder)?;
                File::create_new(&path)
            }
            _ => Err(error),
        });
        let mut file = file.map_err(refused(&path))?;
        file.write_all(bytes).map_err(refused(&path))?;
        Ok(file)
    }
}

fn refused(path: &Path) -> impl FnOnce(io::Error) -> WriteError {
    let path = path.display().to_string();
    |source| WriteError::Write { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::forge::{Log, trust};
    use crate::export::{Fault, verify};

    fn begun() -> (tempfile::TempDir, Writer) {
        let dir = tempfile::tempdir().unwrap();
        let writer = Writer::create(&dir.path().join("new/export")).unwrap();
        (dir, writer)
    }

    #[test]
    fn a_folder_with_anything_in_it_is_left_alone() {
        let dir = Log::honest().export();
        assert!(matches!(Writer::create(dir.path()), Err(WriteError::NotEmpty(_))));
        assert!(verify(dir.path(), Some(&trust(0)), &mut |_, _| ()).is_ok());
    }

    #[test]
    fn an_export_that_was_cut_off_is_noticed() {
        let (dir, mut writer) = begun();
        let log = Log::honest();
        for record in &log.records {
            writer.leaf(Leaf::Held(record)).unwrap();
        }
        log.notes.iter().for_each(|note| writer.checkpoint(note).unwrap());
        drop(writer);
        let found = verify(&dir.path().join("new/export"), Some(&trust(0)), &mut |_, _| ());
        assert_eq!(found, Err(Fault::Unfinished));
    }

    #[test]
    fn a_record_that_no_export_can_show_is_refused() {
        let (_dir, mut writer) = begun();
        assert!(matches!(writer.leaf(Leaf::Held(b"")), Err(WriteError::EmptyRecord(0))));
        let long = vec![0; crate::export::MAX_RECORD_BYTES + 1];
        let refused = writer.leaf(Leaf::Held(&long));
        assert!(matches!(refused, Err(WriteError::LongRecord { index: 0, bytes: 65_536 })));
    }

    #[test]
    fn checkpoints_of_other_times_and_logs_are_refused() {
        let (_dir, mut writer) = begun();
        let log = Log::honest();
        writer.checkpoint(&log.notes[2]).unwrap();
        assert!(matches!(writer.checkpoint(&log.notes[1]), Err(WriteError::Fell { from: 256, to: 10 })));
        assert!(matches!(writer.checkpoint("damage"), Err(WriteError::Checkpoint(_))));
        let other = log.notes[5].replacen("house", "other", 1);
        assert!(matches!(writer.checkpoint(&other), Err(WriteError::Checkpoint(CheckpointError::Origin { .. }))));
        assert!(matches!(writer.finish(), Err(WriteError::Size { records: 0, newest: 256 })));
        assert!(matches!(begun().1.finish(), Err(WriteError::Size { records: 0, newest: 0 })));
    }
}
