//! The repository's files as git knows them: tracked ones, and new ones that are not ignored.
//!
//! Anything under an ignored folder (`target`) does not exist for these tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// One file, with its path from the repository's root, `/` between the parts.
pub(crate) struct RepositoryFile {
    pub(crate) path: String,
    /// The whole text; `None` for a file that is not UTF-8.
    pub(crate) text: Option<String>,
}

impl RepositoryFile {
    /// Whether the file's name ends in one of these extensions, given without the dot.
    pub(crate) fn has_extension(&self, extensions: &[&str]) -> bool {
        Path::new(&self.path).extension().is_some_and(|own| extensions.iter().any(|wanted| own == *wanted))
    }

    /// The lines with their numbers from 1; none for a file that is not text.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.iter().flat_map(|text| text.lines()).enumerate().map(|(index, line)| (index + 1, line))
    }
}

/// The repository's root folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The paths of every file that git tracks or would add, in git's order.
///
/// # Errors
/// Where git is missing, or the folder is no git repository: the tests never guess which files count.
pub(crate) fn paths() -> Result<Vec<String>> {
    let listing = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"])
        .current_dir(root())
        .output()
        .context("git must be installed for the house rules")?;
    ensure!(listing.status.success(), "git ls-files: {}", String::from_utf8_lossy(&listing.stderr));
    let names = String::from_utf8(listing.stdout).context("a file name is not UTF-8")?;
    let paths: Vec<String> = names
        .split('\0')
        .filter(|path| !path.is_empty())
        // A tracked file may have been deleted in the work tree.
        .filter(|path| root().join(path).is_file())
        .map(str::to_owned)
        .collect();
    ensure!(!paths.is_empty(), "git ls-files listed no file");
    Ok(paths)
}

/// Every file with its text.
pub(crate) fn all() -> Result<Vec<RepositoryFile>> {
    paths()?
        .into_iter()
        .map(|path| {
            let bytes = std::fs::read(root().join(&path)).with_context(|| format!("reading `{path}`"))?;
            Ok(RepositoryFile { path, text: String::from_utf8(bytes).ok() })
        })
        .collect()
}

/// A file made of this text, for showing that a rule can fail.
pub(crate) fn sample(path: &str, text: &str) -> RepositoryFile {
    RepositoryFile { path: path.to_owned(), text: Some(text.to_owned()) }
}
