//! The newest checkpoint, kept outside the database too: so that a restored backup is noticed at start.
//!
//! Signs nothing. INVARIANT: whoever reads the file finds one whole note.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use barnahus_audit::{Checkpoint, Origin, Tile, TileId, Tree, Verifier, root_at, root_tiles};
use barnahus_store::Store;

/// Why a house is not served.
#[derive(Debug, thiserror::Error)]
pub enum OutsideError {
    /// The file cannot be read.
    #[error("`{}` cannot be read ({kind}): check the folder and its rights", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        kind: io::ErrorKind,
    },
    /// Not a checkpoint of this house.
    #[error("`{}` is no checkpoint of this log: put back the file that belongs to this database", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The database is older than the file.
    #[error(
        "the database holds {database} records and `{}` has seen {file}: a backup was restored. Records after {database} are lost; tell the auditors \
         of all authorities, keep the file, and begin anew by moving it away",
        path.display()
    )]
    Restored {
        /// The file.
        path: PathBuf,
        /// Records in the database.
        database: u64,
        /// Records that the file has seen.
        file: u64,
    },
    /// The database tells another story.
    #[error("the first {size} records are not those that `{}` has seen: the database was changed; tell the auditors of all authorities", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// Up to where they should agree.
        size: u64,
    },
    /// The store failed.
    #[error("the store: {0}")]
    Store(#[from] barnahus_store::Error),
}

/// The file, which stays open: to make a new one and rename it takes 100 µs a group, and the log's own flush then waits for it, too.
pub struct Outside {
    path: PathBuf,
    open: Option<File>,
}

impl Outside {
    /// The file at this path; nothing is opened yet.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self { path, open: None }
    }

    /// Puts this note in place of the one before, which is no longer. It is smaller than a sector, so one call writes all of it or nothing.
    /// The first is made aside and renamed: a file that was begun and not written would be no note.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn write(&mut self, note: &str) -> io::Result<()> {
        let Some(mut file) = self.open.take().filter(|_| self.path.exists()) else {
            let next = self.path.with_extension("next");
            fs::write(&next, note)?;
            fs::rename(&next, &self.path)?;
            self.open = Some(OpenOptions::new().write(true).open(&self.path)?);
            return Ok(());
        };
        file.rewind()?;
        file.write_all(note.as_bytes())?;
        self.open = Some(file);
        Ok(())
    }
}

/// Compares the file with the log: the log must hold all that the file has seen, unchanged. A house without the file is new.
///
/// # Errors
/// If it does not.
pub async fn compare(path: &Path, origin: &Origin, key: &Verifier, tree: &Tree, store: &Store) -> Result<(), OutsideError> {
    let note = match fs::read_to_string(path) {
        Ok(note) => note,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if tree.size() > 0 {
                tracing::warn!(
                    records = tree.size(),
                    "there is no checkpoint outside the database: a restored backup cannot be noticed this time"
                );
            }
            return Ok(());
        }
        Err(error) => return Err(OutsideError::File { path: path.to_owned(), kind: error.kind() }),
    };
    let seen = Checkpoint::open(&note, origin, key).map_err(|_| OutsideError::Foreign { path: path.to_owned() })?;
    if seen.size > tree.size() {
        return Err(OutsideError::Restored { path: path.to_owned(), database: tree.size(), file: seen.size });
    }
    let wanted: Vec<(u8, u64)> = root_tiles(seen.size).into_iter().map(|id| (id.level, id.index)).collect();
    let kept = store.tiles(&wanted).await?.into_iter();
    let tiles = kept.filter_map(|row| Tile::from_bytes(TileId { level: row.level, index: row.index }, &row.bytes).ok());
    let tiles: std::collections::HashMap<TileId, Tile> = tiles.map(|tile| (tile.id, tile)).collect();
    match root_at(seen.size, &(tree, &tiles)) {
        Ok(root) if root == seen.root => Ok(()),
        _ => Err(OutsideError::Changed { path: path.to_owned(), size: seen.size }),
    }
}
