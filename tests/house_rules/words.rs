//! Words that may stand only in one place, or nowhere.
//!
//! The words themselves are written here in two halves, so that this file keeps its own rules.

use anyhow::Result;

use crate::files::{self, RepositoryFile};
use crate::nothing_found;

/// Statements that read or write tables. Case counts: SQL here is written in capitals.
const SQL: [&str; 4] = [concat!("SELE", "CT "), concat!("INSERT", " INTO"), concat!("UPDA", "TE "), concat!("DELETE", " FROM")];
/// The rooms of SQL: the store, its tests, and the shape of data.
const SQL_ROOMS: [&str; 3] = ["server/store/", "tests/store/", "migrations/"];

/// A gRPC code, or a status made with one.
const STATUS_CODES: [&str; 18] = [
    concat!("Code", "::"),
    concat!("Status", "::new("),
    concat!("Status", "::aborted("),
    concat!("Status", "::already_exists("),
    concat!("Status", "::cancelled("),
    concat!("Status", "::data_loss("),
    concat!("Status", "::deadline_exceeded("),
    concat!("Status", "::failed_precondition("),
    concat!("Status", "::internal("),
    concat!("Status", "::invalid_argument("),
    concat!("Status", "::not_found("),
    concat!("Status", "::ok("),
    concat!("Status", "::out_of_range("),
    concat!("Status", "::permission_denied("),
    concat!("Status", "::resource_exhausted("),
    concat!("Status", "::unauthenticated("),
    concat!("Status", "::unavailable("),
    concat!("Status", "::unknown("),
];
/// The one file of the server that knows them.
const STATUS_ROOM: &str = "server/src/api/status.rs";

/// Marks of work put off.
const PUT_OFF: [&str; 5] =
    [concat!("to", "do!"), concat!("unimple", "mented!"), concat!("FIX", "ME"), concat!("X", "XX"), concat!("TO", "DO")];
/// The same in prose, in whatever case. As a loop (`for` over `now`) it is Rust.
const PUT_OFF_IN_PROSE: &str = concat!("for", " now");

/// Lints switched off for good, where `expect` would notice that the reason is gone.
const SWITCHED_OFF: [&str; 2] = [concat!("#[", "allow("), concat!("#![", "allow(")];

/// Folders and programs of the machine that somebody worked on.
const MACHINE: [&str; 5] =
    [concat!("/wo", "rk/"), concat!("/fa", "rm/"), concat!("fa", "rm-"), concat!(".lib", "rary"), concat!("before", "-stop")];

/// Whether the word stands in the line, not as the end or the start of a longer word.
fn has_word(line: &str, word: &str) -> bool {
    let starts_as_word = word.starts_with(char::is_alphanumeric);
    let ends_as_word = word.ends_with(char::is_alphanumeric);
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|text| text.chars().next());
        let joins = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
        !(starts_as_word && joins(before) || ends_as_word && joins(after))
    })
}

/// The places in these files whose line `is_wrong`.
fn places<'file>(files: impl IntoIterator<Item = &'file RepositoryFile>, is_wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files {
        let wrong = file.lines().filter(|(_, line)| is_wrong(line));
        findings.extend(wrong.map(|(number, line)| format!("{}:{number}: {}", file.path, line.trim())));
    }
    findings
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

fn sql_outside_the_store(files: &[RepositoryFile]) -> Vec<String> {
    let outside =
        files.iter().filter(|file| file.has_extension(&["rs", "sql"]) && !SQL_ROOMS.iter().any(|room| file.path.starts_with(room)));
    places(outside, |line| !is_comment(line) && SQL.iter().any(|word| has_word(line, word)))
}

fn codes_outside_status(files: &[RepositoryFile]) -> Vec<String> {
    let outside = files.iter().filter(|file| file.has_extension(&["rs"]) && file.path.starts_with("server/") && file.path != STATUS_ROOM);
    places(outside, |line| !is_comment(line) && STATUS_CODES.iter().any(|word| has_word(line, word)))
}

fn put_off(files: &[RepositoryFile]) -> Vec<String> {
    let in_prose = |line: &str| {
        let prose = line.to_lowercase().replace(concat!("for", " now in "), "");
        has_word(&prose, PUT_OFF_IN_PROSE)
    };
    places(files, |line| in_prose(line) || PUT_OFF.iter().any(|word| has_word(line, word)))
}

fn switched_off_lints(files: &[RepositoryFile]) -> Vec<String> {
    places(files.iter().filter(|file| file.has_extension(&["rs"])), |line| SWITCHED_OFF.iter().any(|word| line.contains(word)))
}

fn traces_of_a_machine(files: &[RepositoryFile]) -> Vec<String> {
    places(files, |line| MACHINE.iter().any(|word| has_word(line, word)))
}

#[test]
fn sql_stands_only_in_the_store() -> Result<()> {
    nothing_found(&sql_outside_the_store(&files::all()?), "Move the statement into `server/store` and call it by name.");
    Ok(())
}

#[test]
fn grpc_codes_stand_only_in_status() -> Result<()> {
    nothing_found(
        &codes_outside_status(&files::all()?),
        "Return the operation's own error; only `server/src/api/status.rs` turns errors into gRPC codes.",
    );
    Ok(())
}

#[test]
fn nothing_is_put_off() -> Result<()> {
    nothing_found(&put_off(&files::all()?), "Do it, or leave it out and say so in an issue: the code keeps no notes of work put off.");
    Ok(())
}

#[test]
fn no_lint_is_switched_off() -> Result<()> {
    nothing_found(&switched_off_lints(&files::all()?), "Write `#[expect(the_lint, reason = \"…\")]`: it fails when the reason is gone.");
    Ok(())
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() -> Result<()> {
    nothing_found(
        &traces_of_a_machine(&files::all()?),
        "Use a path relative to the repository, and name no tool that a clone does not have.",
    );
    Ok(())
}

#[test]
fn words_count_only_when_they_stand_alone() {
    let code = concat!("Code", "::");
    assert!(has_word(concat!("tonic::Code", "::NotFound"), code));
    assert!(!has_word(concat!("ExitCode", "::SUCCESS"), code));
    let mark = concat!("X", "XX");
    assert!(has_word(concat!("// X", "XX: later"), mark));
    assert!(!has_word(concat!("aX", "XXb"), mark));
}

#[test]
fn sql_outside_the_store_is_found() {
    let statement = concat!("    query(\"SELE", "CT 1\")");
    let comment = concat!("// UPDA", "TE is refused by trigger");
    let files = [
        files::sample("server/src/clerk.rs", statement),
        files::sample("server/src/live.rs", comment),
        files::sample("server/store/src/load.rs", statement),
        files::sample("migrations/sqlite/1.sql", statement),
        files::sample("README.md", statement),
    ];
    assert_eq!(sql_outside_the_store(&files), [format!("server/src/clerk.rs:1: {}", statement.trim())]);
}

#[test]
fn a_code_outside_status_is_found() {
    let code = concat!("Err(Status", "::not_found(\"no such case\"))");
    let files = [
        files::sample("server/src/api/case.rs", code),
        files::sample("server/src/api/status.rs", code),
        files::sample("client-cli/src/main.rs", code),
    ];
    assert_eq!(codes_outside_status(&files), [format!("server/src/api/case.rs:1: {code}")]);
}

#[test]
fn work_put_off_is_found_in_code_and_prose() {
    let text = concat!("    to", "do!()\n// Good enough For", " now.\nfor", " now in instants {\nfor", " nowhere\n// FIX", "ME\n");
    let found = put_off(&[files::sample("server/src/a.rs", text)]);
    let lines: Vec<&str> = found.iter().filter_map(|finding| finding.split(':').nth(1)).collect();
    assert_eq!(lines, ["1", "2", "5"]);
}

#[test]
fn a_switched_off_lint_and_a_machines_path_are_found() {
    let lint = files::sample("server/src/a.rs", concat!("#![", "allow(dead_code)]\n#[expect(dead_code, reason = \"\")]"));
    assert_eq!(switched_off_lints(&[lint]).len(), 1);
    let path = files::sample("README.md", concat!("cd /wo", "rk/main\nhttps://example.org/network/a"));
    assert_eq!(traces_of_a_machine(&[path]).len(), 1);
}
