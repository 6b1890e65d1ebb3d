//! Reads files of an export by name, none larger than it may be.
//!
//! It interprets tiles and nothing else.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{MAIN_SEPARATOR_STR, Path};

use super::fault::Fault;
use crate::hash::Hash;
use crate::note::excerpt;
use crate::tile::{TILE_HEIGHT, TILE_WIDTH, Tile, TileId, TilePath};

/// Reads a whole file; what lies beyond `limit` bytes is not read, only noticed as one byte more.
pub(super) fn read(dir: &Path, path: &str, limit: usize, record: u64) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let file = File::open(dir.join(path)).map_err(|error| fault(&error, path, record))?;
    let read = file.take(limit as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| fault(&error, path, record))?;
    Ok(bytes)
}

/// Names what went wrong with a file that a record needs.
pub(super) fn fault(error: &io::Error, path: &str, record: u64) -> Fault {
    match error.kind() {
        io::ErrorKind::NotFound => Fault::Missing { path: path.to_owned(), record },
        kind => Fault::Read { path: path.to_owned(), kind },
    }
}

/// The first record under a tile.
pub(super) fn first_record(id: TileId) -> u64 {
    let height = TILE_HEIGHT * (u32::from(id.level) + 1);
    u128::from(id.index).checked_shl(height).and_then(|first| first.try_into().ok()).unwrap_or(u64::MAX)
}

/// Where a tile lies in a log of `size` records; partial at the edge. `None` if it has no hash.
pub(super) fn tile_path(id: TileId, size: u64) -> Option<TilePath> {
    let hashes = size.checked_shr(TILE_HEIGHT * u32::from(id.level)).unwrap_or(0);
    let first = id.index.checked_mul(TILE_WIDTH as u64)?;
    let width = hashes.checked_sub(first)?.min(TILE_WIDTH as u64) as u16;
    (width > 0).then_some(TilePath { level: Some(id.level), index: id.index, width })
}

/// Reads a tile of a log of `size` records.
pub(super) fn read_tile(dir: &Path, id: TileId, size: u64) -> Result<Tile, Fault> {
    let record = first_record(id);
    let Some(place) = tile_path(id, size) else {
        let path = TilePath { level: Some(id.level), index: id.index, width: TILE_WIDTH as u16 };
        return Err(Fault::Missing { path: path.to_string(), record });
    };
    let (path, expected) = (place.to_string(), usize::from(place.width) * Hash::LEN);
    let bytes = read(dir, &path, expected, record)?;
    let length = || Fault::Length { path: path.clone(), found: bytes.len(), expected };
    let tile = Tile::from_bytes(id, &bytes).map_err(|_| length())?;
    if bytes.len() == expected { Ok(tile) } else { Err(length()) }
}

/// Looks for tiles and bundles that a log of `size` records does not have. Other files are nothing
/// to it.
pub(super) fn refuse_beyond(dir: &Path, size: u64) -> Result<(), Fault> {
    let mut folders = vec![dir.join("tile")];
    while let Some(folder) = folders.pop() {
        let shown = || excerpt(&folder.strip_prefix(dir).unwrap_or(&folder).to_string_lossy());
        let unreadable = |error: io::Error| Fault::Read { path: shown(), kind: error.kind() };
        let entries = match fs::read_dir(&folder) {
            // A log without records has no tile.
            Err(error) if error.kind() == io::ErrorKind::NotFound && size == 0 => continue,
            entries => entries.map_err(unreadable)?,
        };
        for entry in entries {
            let entry = entry.map_err(unreadable)?;
            let path = entry.path();
            if entry.file_type().map_err(unreadable)?.is_dir() {
                folders.push(path);
            } else if let Some(path) = path.strip_prefix(dir).ok().and_then(Path::to_str) {
                refuse_path(&path.replace(MAIN_SEPARATOR_STR, "/"), size)?;
            }
        }
    }
    Ok(())
}

fn refuse_path(path: &str, size: u64) -> Result<(), Fault> {
    let Ok(TilePath { level, index, width }) = path.parse() else {
        return Ok(());
    };
    let hashes = size.checked_shr(TILE_HEIGHT * u32::from(level.unwrap_or(0))).unwrap_or(0);
    let end = u128::from(index) * TILE_WIDTH as u128 + u128::from(width);
    if end <= hashes.into() { Ok(()) } else { Err(Fault::Beyond { path: path.to_owned(), size }) }
}
