//! The layout: what stands at the top, how long a file may be, and names that say nothing.

use std::collections::BTreeSet;
use std::io::Write as _;

use anyhow::Result;

use crate::files::{self, RepositoryFile};
use crate::nothing_found;

/// All that may stand at the top level beside dot-files, and all of it must.
const TOP_LEVEL: [&str; 8] = ["Cargo.lock", "Cargo.toml", "README.md", "client-cli", "migrations", "proto", "server", "tests"];
/// Files whose length is limited.
const MEASURED: [&str; 4] = ["rs", "proto", "sql", "cedar"];
/// Above this many lines a file is named in the test's output.
const SOFT_LIMIT_LINES: usize = 400;
/// Above this many lines the test fails.
const HARD_LIMIT_LINES: usize = 600;
/// Names of places where things are put that nobody has named.
const EMPTY_NAMES: [&str; 6] = ["common", "helper", "helpers", "manager", "util", "utils"];

fn top_level_findings(paths: &[String]) -> Vec<String> {
    let seen: BTreeSet<&str> = paths.iter().filter_map(|path| path.split('/').next()).collect();
    let strange = seen.iter().filter(|name| !name.starts_with('.') && !TOP_LEVEL.contains(name));
    let missing = TOP_LEVEL.iter().filter(|name| !seen.contains(*name));
    strange
        .map(|name| format!("`{name}` does not belong at the top level"))
        .chain(missing.map(|name| format!("`{name}` is missing")))
        .collect()
}

/// The measured files with more lines than `limit`, the longest first.
fn longer_than(files: &[RepositoryFile], limit: usize) -> Vec<String> {
    let mut long: Vec<(usize, &str)> = files
        .iter()
        .filter(|file| file.has_extension(&MEASURED))
        .map(|file| (file.lines().count(), file.path.as_str()))
        .filter(|(lines, _)| *lines > limit)
        .collect();
    long.sort_by(|left, right| right.cmp(left));
    long.into_iter().map(|(lines, path)| format!("{path}: {lines} lines")).collect()
}

fn empty_name_findings(paths: &[String]) -> Vec<String> {
    let says_nothing = |part: &str| {
        let stem = part.split('.').next().unwrap_or(part).to_ascii_lowercase();
        EMPTY_NAMES.contains(&stem.as_str())
    };
    paths.iter().filter(|path| path.split('/').any(says_nothing)).cloned().collect()
}

#[test]
fn the_top_level_is_exactly_the_plan() -> Result<()> {
    nothing_found(
        &top_level_findings(&files::paths()?),
        "The top level is fixed: put the file into the room it belongs to, or make it a dot-file if a tool wants it there.",
    );
    Ok(())
}

#[test]
fn no_file_is_longer_than_the_hard_stop() -> Result<()> {
    let files = files::all()?;
    let long = longer_than(&files, SOFT_LIMIT_LINES);
    if !long.is_empty() {
        // Written past the test runner, which shows nothing of a test that passes; in one piece, since other tests write too.
        let warning = format!("warning: over {SOFT_LIMIT_LINES} lines, split them by noun:\n  {}\n", long.join("\n  "));
        std::io::stderr().write_all(warning.as_bytes())?;
    }
    nothing_found(&longer_than(&files, HARD_LIMIT_LINES), "A file has at most 400 lines, 600 is the hard stop: split it by noun.");
    Ok(())
}

#[test]
fn no_file_or_folder_has_a_name_that_says_nothing() -> Result<()> {
    nothing_found(&empty_name_findings(&files::paths()?), "Name the file or folder by what it holds.");
    Ok(())
}

#[test]
fn a_stray_or_missing_top_level_entry_is_found() {
    let mut paths: Vec<String> = TOP_LEVEL.iter().map(|name| format!("{name}/file")).collect();
    paths.push(".ci/run".to_owned());
    assert!(top_level_findings(&paths).is_empty());
    paths.push("docs/plan.md".to_owned());
    paths.retain(|path| !path.starts_with("migrations"));
    assert_eq!(top_level_findings(&paths), ["`docs` does not belong at the top level", "`migrations` is missing"]);
}

#[test]
fn a_long_file_is_found_and_other_kinds_are_not_measured() {
    let text = "\n".repeat(601);
    let sized =
        [files::sample("server/src/a.rs", &text), files::sample("server/policy/p.cedar", &text[..600]), files::sample("README.md", &text)];
    assert_eq!(longer_than(&sized, HARD_LIMIT_LINES), ["server/src/a.rs: 601 lines"]);
    assert_eq!(longer_than(&sized, SOFT_LIMIT_LINES).len(), 2);
}

#[test]
fn a_name_that_says_nothing_is_found_as_file_and_as_folder() {
    let paths = ["server/src/utils.rs", "tests/common/mod.rs", "server/src/Helpers.rs", "server/src/booking.rs"].map(str::to_owned);
    assert_eq!(empty_name_findings(&paths), paths[..3]);
}
