//! The crates that are really built on this machine's platform, without network and with `Cargo.lock` as it is.
//!
//! `cargo metadata` knows everything about a crate, but lists some that no chosen feature needs; `cargo tree` resolves features as
//! the build does. A crate counts where both name it.

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::files;

/// One crate of the graph.
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// The SPDX expression; `None` where the manifest states none.
    pub(crate) licence: Option<String>,
    /// Where it comes from; `None` for a folder of this repository.
    pub(crate) source: Option<String>,
    /// Whether it is one of this workspace's rooms.
    pub(crate) is_member: bool,
    /// The names of the crates its manifest names, of every kind: normal, build and dev.
    pub(crate) names: Vec<String>,
}

impl Package {
    /// As `cargo tree` writes it.
    fn named(&self) -> String {
        format!("{} v{}", self.name, self.version)
    }
}

fn cargo(arguments: &[&str]) -> Result<String> {
    let output = Command::new(env!("CARGO")).args(["--color", "never"]).args(arguments).current_dir(files::root()).output()?;
    ensure!(output.status.success(), "cargo {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

fn text<'value>(value: &'value Value, key: &str) -> Option<&'value str> {
    value.get(key).and_then(Value::as_str)
}

fn list<'value>(value: &'value Value, key: &str) -> Result<&'value [Value]> {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).with_context(|| format!("cargo metadata has no list `{key}`"))
}

/// The name and version, `name v1.2.3`, of every crate that a build of the whole workspace with its tests compiles.
fn built() -> Result<BTreeSet<String>> {
    let tree = cargo(&["tree", "--workspace", "--edges", "normal,build,dev", "--prefix", "none", "--locked", "--offline"])?;
    // An empty line stands between two members.
    let crates = tree.lines().filter(|line| !line.is_empty());
    Ok(crates.map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect())
}

/// Every crate that is built, in cargo's order.
///
/// # Errors
/// Where `Cargo.lock` does not fit the manifests, or a crate was never downloaded.
pub(crate) fn packages() -> Result<Vec<Package>> {
    let about = cargo(&["-vV"])?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).context("cargo -vV names no host")?;
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", host])?)?;
    let built = built()?;
    let members: Vec<&str> = list(&metadata, "workspace_members")?.iter().filter_map(Value::as_str).collect();
    let packages = list(&metadata, "packages")?
        .iter()
        .map(|package| {
            let dependencies = list(package, "dependencies")?.iter();
            Ok(Package {
                name: text(package, "name").context("a package without a name")?.to_owned(),
                version: text(package, "version").unwrap_or_default().to_owned(),
                licence: text(package, "license").map(str::to_owned),
                source: text(package, "source").map(str::to_owned),
                is_member: text(package, "id").is_some_and(|id| members.contains(&id)),
                names: dependencies.filter_map(|dependency| text(dependency, "name")).map(str::to_owned).collect(),
            })
        })
        .collect::<Result<Vec<Package>>>()?;
    let listed: BTreeSet<String> = packages.iter().map(Package::named).collect();
    ensure!(built.is_subset(&listed), "cargo tree and cargo metadata disagree on {:?}", built.difference(&listed).collect::<Vec<_>>());
    Ok(packages.into_iter().filter(|package| built.contains(&package.named())).collect())
}

/// A member of the workspace with these dependencies, for showing that a rule can fail.
pub(crate) fn sample(name: &str, names: &[&str]) -> Package {
    Package {
        name: name.to_owned(),
        version: "1.0.0".to_owned(),
        licence: Some("MIT".to_owned()),
        source: None,
        is_member: true,
        names: names.iter().map(|name| (*name).to_owned()).collect(),
    }
}
