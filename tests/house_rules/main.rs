//! The house rules: what the compiler and the linter cannot see, tried on the repository itself.
//!
//! Each module holds one kind of rule: a plain function from text to findings, a test that runs it on the repository, and a
//! test that shows it can fail. The modules build nothing and change nothing; they read the files that git knows (tracked, or
//! new and not ignored) and the output of `cargo metadata`. The formatter, the linter and buf stand in the gate, not here.

mod contract;
mod files;
mod graph;
mod layout;
mod licences;
mod manifests;
mod rooms;
mod words;

/// Fails with every finding on a line of its own, and with what to do about them.
fn nothing_found(findings: &[String], what_to_do: &str) {
    assert!(findings.is_empty(), "{what_to_do}\n  {}\n", findings.join("\n  "));
}
