//! The manifests: versions stand only at the root, and each dependency there says why it is needed.

use std::path::Path;

use anyhow::{Context as _, Result};
use toml::{Table, Value};

use crate::files::{self, RepositoryFile};
use crate::nothing_found;

const DEPENDENCY_TABLES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// The dependencies from outside whose line above is no comment that ends in a full stop.
fn unexplained_dependencies(root_manifest: &str) -> Result<Vec<String>> {
    let manifest: Table = root_manifest.parse()?;
    let dependencies = manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("dependencies"))
        .and_then(Value::as_table)
        .context("the root Cargo.toml has no [workspace.dependencies]")?;
    let is_explained = |name: &str| {
        let mut above = "";
        for line in root_manifest.lines() {
            if line.split('=').next().is_some_and(|key| key.trim() == name) {
                return above.starts_with("# ") && above.ends_with('.');
            }
            above = line.trim();
        }
        false
    };
    let from_outside = dependencies.iter().filter(|(_, how)| how.get("path").is_none());
    Ok(from_outside.filter(|(name, _)| !is_explained(name)).map(|(name, _)| format!("`{name}`")).collect())
}

/// What a member's manifest says for itself although the root should say it.
fn own_versions(path: &str, manifest: &str) -> Result<Vec<String>> {
    let manifest: Table = manifest.parse()?;
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(|table| table.values());
    let tables = targets.filter_map(Value::as_table).chain([&manifest]);
    let inherited = |value: &Value| value.get("workspace").and_then(Value::as_bool) == Some(true);
    let mut findings: Vec<String> = tables
        .flat_map(|table| DEPENDENCY_TABLES.iter().filter_map(|name| table.get(*name)?.as_table()))
        .flatten()
        .filter(|(_, how)| !inherited(how))
        .map(|(name, _)| format!("{path}: `{name}`"))
        .collect();
    if !manifest.get("package").and_then(|package| package.get("version")).is_some_and(inherited) {
        findings.push(format!("{path}: the package's own version"));
    }
    Ok(findings)
}

fn is_member_manifest(file: &RepositoryFile) -> bool {
    file.path != "Cargo.toml" && Path::new(&file.path).file_name().is_some_and(|name| name == "Cargo.toml")
}

#[test]
fn each_dependency_says_why_it_is_needed() -> Result<()> {
    let manifest = std::fs::read_to_string(files::root().join("Cargo.toml"))?;
    nothing_found(
        &unexplained_dependencies(&manifest)?,
        "Write one sentence on why, ending in a full stop, on the line above each dependency in [workspace.dependencies].",
    );
    Ok(())
}

#[test]
fn versions_stand_only_at_the_root() -> Result<()> {
    let mut findings = Vec::new();
    for file in files::all()?.iter().filter(|file| is_member_manifest(file)) {
        findings.extend(own_versions(&file.path, file.text.as_deref().unwrap_or_default())?);
    }
    nothing_found(&findings, "Move the version to [workspace.dependencies] at the root and write `name.workspace = true` here.");
    Ok(())
}

#[test]
fn an_unexplained_dependency_is_found() -> Result<()> {
    let manifest =
        "[workspace.dependencies]\nours = { path = \"ours\" }\n# Runs tasks.\ntokio = \"1\"\nserde = \"1\"\n# no full stop\ntoml = \"1\"\n";
    assert_eq!(unexplained_dependencies(manifest)?, ["`serde`", "`toml`"]);
    Ok(())
}

#[test]
fn a_version_in_a_member_is_found() -> Result<()> {
    let manifest = "[package]\nversion.workspace = true\n[dependencies]\ntokio.workspace = true\n[dev-dependencies]\ninsta = \"1\"\n[target.'cfg(unix)'.dependencies]\nnix = { version = \"0.31\" }\n";
    assert_eq!(own_versions("m/Cargo.toml", manifest)?, ["m/Cargo.toml: `nix`", "m/Cargo.toml: `insta`"]);
    assert_eq!(own_versions("m/Cargo.toml", "[package]\nversion = \"1.0.0\"\n")?, ["m/Cargo.toml: the package's own version"]);
    Ok(())
}
