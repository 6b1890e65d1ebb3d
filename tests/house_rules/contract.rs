//! The contract: every rpc says in a comment what it does. What the comment says is for readers to judge.

use anyhow::Result;

use crate::files::{self, RepositoryFile};
use crate::nothing_found;

/// The rpcs whose line above is not the end of a comment.
fn uncommented_rpcs(file: &RepositoryFile) -> Vec<String> {
    let mut findings = Vec::new();
    let mut above = "";
    for (number, line) in file.lines().map(|(number, line)| (number, line.trim())) {
        if line.starts_with("rpc ") && !above.starts_with("//") && !above.ends_with("*/") {
            findings.push(format!("{}:{number}: {line}", file.path));
        }
        above = line;
    }
    findings
}

#[test]
fn every_rpc_has_a_comment() -> Result<()> {
    let protos: Vec<RepositoryFile> = files::all()?.into_iter().filter(|file| file.has_extension(&["proto"])).collect();
    assert!(!protos.is_empty(), "there is no .proto file: the contract is missing");
    let findings: Vec<String> = protos.iter().flat_map(uncommented_rpcs).collect();
    nothing_found(
        &findings,
        "Say directly above the rpc: what it does, who may, what it records, its reasons, whether it is safe to repeat.",
    );
    Ok(())
}

#[test]
fn an_rpc_without_a_comment_is_found() {
    let text = "service S {\n  // Books.\n  rpc Book(A) returns (B);\n\n  rpc Cancel(C) returns (D);\n  /* Holds. */\n  rpc Hold(E) returns (F);\n}\n";
    assert_eq!(uncommented_rpcs(&files::sample("proto/s.proto", text)), ["proto/s.proto:5: rpc Cancel(C) returns (D);"]);
}
