//! The kept checkpoints of an export, read in step with the tree that its records give.
//!
//! It reads one note ahead and keeps two. It computes no hash of a record. INVARIANT: sizes never
//! fall, equal sizes have equal roots, and every checkpoint passed was true of the tree at its size.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use super::fault::Fault;
use super::folder::fault;
use super::{KEPT, NEWEST, folder};
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::note::{MAX_NOTE_BYTES, NoteError, SIGNATURE_START, SignedNote};
use crate::tree::Tree;
use crate::trust::{Opened, Trust};

/// Reads the newest checkpoint: with a trust file it must be the trusted log's and have k
/// witnesses; without one it is taken as it stands.
pub(super) fn newest(dir: &Path, trust: Option<&Trust>) -> Result<Opened, Fault> {
    let bytes = match folder::read(dir, NEWEST, MAX_NOTE_BYTES, 0) {
        Err(Fault::Missing { .. }) => return Err(Fault::Unfinished),
        bytes => bytes?,
    };
    let note = String::from_utf8(bytes).map_err(|_| Fault::NewestCheckpoint(NoteError::Text.into()))?;
    let opened = match trust {
        Some(trust) => trust.open(&note),
        None => parse(&note).map(|checkpoint| Opened { checkpoint, witnesses: Vec::new() }),
    };
    opened.map_err(Fault::NewestCheckpoint)
}

fn parse(note: &str) -> Result<Checkpoint, CheckpointError> {
    Checkpoint::parse(note.parse::<SignedNote>()?.text())
}

/// The kept checkpoints, from the oldest on.
pub(super) struct History<'a> {
    notes: Notes,
    trust: Option<&'a Trust>,
    newest: &'a Checkpoint,
    passed: Option<Checkpoint>,
    next: Option<Checkpoint>,
    count: u64,
}

impl<'a> History<'a> {
    /// Opens the file of kept checkpoints and reads the first.
    pub(super) fn open(dir: &Path, trust: Option<&'a Trust>, newest: &'a Checkpoint) -> Result<Self, Fault> {
        let notes = Notes::open(dir)?;
        let mut history = Self { notes, trust, newest, passed: None, next: None, count: 0 };
        history.next = history.read()?;
        Ok(history)
    }

    /// Passes all checkpoints of the tree's present size, if they are true of it.
    pub(super) fn pass(&mut self, tree: &Tree) -> Result<(), Fault> {
        if self.next.as_ref().is_none_or(|next| next.size != tree.size()) {
            return Ok(());
        }
        let root = tree.root();
        while let Some(next) = self.next.take_if(|next| next.size == tree.size()) {
            if next.root != root {
                let after = self.passed.as_ref().map_or(0, |passed| passed.size);
                return Err(Fault::Recomputed { after, until: next.size });
            }
            self.count += 1;
            self.passed = Some(next);
            self.next = self.read()?;
        }
        Ok(())
    }

    /// After all records: that the newest checkpoint was the last to pass. How many did.
    pub(super) fn finish(self) -> Result<u64, Fault> {
        let kept = self.passed.as_ref().map_or(0, |passed| passed.size);
        if self.passed.as_ref() == Some(self.newest) {
            return Ok(self.count);
        }
        Err(Fault::Newest { newest: self.newest.size, kept })
    }

    fn read(&mut self) -> Result<Option<Checkpoint>, Fault> {
        let Some(note) = self.notes.next(self.count + 1)? else {
            return Ok(None);
        };
        let next = self.believe(&note).map_err(|source| Fault::KeptCheckpoint { number: self.count + 1, source })?;
        if let Some(passed) = &self.passed {
            if next.size < passed.size {
                return Err(Fault::Fell { from: passed.size, to: next.size });
            }
            if next.size == passed.size && next.root != passed.root {
                return Err(Fault::Fork { size: next.size });
            }
        }
        if next.size > self.newest.size {
            return Err(Fault::Newest { newest: self.newest.size, kept: next.size });
        }
        Ok(Some(next))
    }

    /// k is asked of the newest checkpoint only: it covers all records, and most others are too
    /// young when the next comes to have been seen by any witness.
    fn believe(&self, note: &str) -> Result<Checkpoint, CheckpointError> {
        match self.trust {
            Some(trust) => trust.open_unwitnessed(note).map(|opened| opened.checkpoint),
            None => Checkpoint::of_log(&note.parse()?, &self.newest.origin),
        }
    }
}

/// Splits a file of notes: a note ends where a line after its signatures is none.
struct Notes {
    file: BufReader<File>,
    line: String,
}

impl Notes {
    fn open(dir: &Path) -> Result<Self, Fault> {
        let file = File::open(dir.join(KEPT)).map_err(|error| fault(&error, KEPT, 0))?;
        let mut notes = Self { file: BufReader::new(file), line: String::new() };
        notes.advance()?;
        Ok(notes)
    }

    fn next(&mut self, number: u64) -> Result<Option<String>, Fault> {
        let mut note = String::new();
        let mut signed = false;
        while !self.line.is_empty() && (!signed || self.line.starts_with(SIGNATURE_START)) {
            // SPEC: a checkpoint's body has no empty line (tlog-checkpoint, "Note text").
            signed = signed || self.line == "\n";
            note.push_str(&self.line);
            if note.len() > MAX_NOTE_BYTES {
                let source = NoteError::TooLarge.into();
                return Err(Fault::KeptCheckpoint { number, source });
            }
            self.advance()?;
        }
        Ok((!note.is_empty()).then_some(note))
    }

    fn advance(&mut self) -> Result<(), Fault> {
        self.line.clear();
        let mut limited = self.file.by_ref().take(MAX_NOTE_BYTES as u64 + 1);
        limited.read_line(&mut self.line).map_err(|error| fault(&error, KEPT, 0))?;
        Ok(())
    }
}
