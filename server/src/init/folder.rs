//! The folder of a house that is being founded: every file once, durable before the last.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use super::{FOUNDING_FILE, HOUSE_FILE, InitError};

/// For the owner alone.
const PRIVATE_DIR: u32 = 0o700;
const PRIVATE_FILE: u32 = 0o600;
const PUBLIC_FILE: u32 = 0o644;
/// While a file is being written that others will look for.
const PART: &str = ".part";

/// A folder in which nobody else founds a house.
pub(super) struct New<'a> {
    dir: &'a Path,
}

impl<'a> New<'a> {
    /// Takes a folder that is new or empty. The house file, which must be written first, is what keeps a second founding out.
    pub(super) fn create(dir: &'a Path) -> Result<Self, InitError> {
        let folder = Self { dir };
        match fs::read_dir(dir) {
            Ok(mut entries) => {
                if entries.next().is_some() {
                    return Err(folder.taken());
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let made = DirBuilder::new().recursive(true).mode(PRIVATE_DIR).create(dir);
                made.map_err(|source| folder.error("", source))?;
            }
            Err(source) => return Err(folder.error("", source)),
        }
        Ok(folder)
    }

    /// Why a folder with something in it cannot be founded in.
    fn taken(&self) -> InitError {
        let has = |name: &str| self.dir.join(name).exists();
        match (has(FOUNDING_FILE), has(HOUSE_FILE)) {
            (true, _) => InitError::Exists(self.dir.to_owned()),
            (false, true) => InitError::CutOff(self.dir.to_owned()),
            (false, false) => InitError::NotEmpty(self.dir.to_owned()),
        }
    }

    /// Writes a file that anybody may read.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<(), InitError> {
        match write_file(&self.dir.join(name), text, PUBLIC_FILE) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(self.taken()),
            written => written.map_err(|source| self.error(name, source)),
        }
    }

    /// Writes a file for the owner alone.
    pub(super) fn write_private(&self, name: &str, text: &str) -> Result<(), InitError> {
        write_file(&self.dir.join(name), text, PRIVATE_FILE).map_err(|source| self.error(name, source))
    }

    /// Makes a folder for the owner alone.
    pub(super) fn make_private_dir(&self, name: &str) -> Result<PathBuf, InitError> {
        let path = self.dir.join(name);
        make_private_dir(&path).map_err(|source| self.error(name, source))?;
        Ok(path)
    }

    /// Writes the last file, once all others are durable.
    pub(super) fn finish(self, name: &str, text: &str) -> Result<(), InitError> {
        for inner in ["secret", "profiles", ""] {
            sync_dir(&self.dir.join(inner)).map_err(|source| self.error(inner, source))?;
        }
        replace(self.dir, name, text)?;
        let parent = self.dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        sync_dir(parent).map_err(|source| InitError::File { path: parent.to_owned(), source })
    }

    /// The error of a file in the folder, or of the folder itself.
    pub(super) fn error(&self, name: &str, source: io::Error) -> InitError {
        InitError::File { path: self.dir.join(name), source }
    }
}

/// Writes a file that anybody may read, whole or not at all, over the one that is there.
pub(super) fn replace(dir: &Path, name: &str, text: &str) -> Result<(), InitError> {
    let (path, part) = (dir.join(name), dir.join(format!("{name}{PART}")));
    let replaced = || {
        if part.try_exists()? {
            fs::remove_file(&part)?;
        }
        write_file(&part, text, PUBLIC_FILE)?;
        fs::rename(&part, &path)?;
        sync_dir(dir)
    };
    replaced().map_err(|source| InitError::File { path: path.clone(), source })
}

/// Makes a folder for the owner alone.
pub(super) fn make_private_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(PRIVATE_DIR).create(path)
}

/// Writes a new file for the owner alone.
pub(super) fn write_private_file(path: &Path, text: &str) -> io::Result<()> {
    write_file(path, text, PRIVATE_FILE)
}

/// Writes a new file that anybody may read.
pub(super) fn write_public_file(path: &Path, text: &str) -> io::Result<()> {
    write_file(path, text, PUBLIC_FILE)
}

/// Makes the names in a folder durable.
pub(super) fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn write_file(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
