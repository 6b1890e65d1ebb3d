//! What comes from outside: under which licence, from where, and what may not come at all.
//!
//! Known weaknesses of a crate are not looked up here: that needs a network, and a gate must give the same answer twice.

use anyhow::{Context as _, Result, bail, ensure};

use crate::graph::{self, Package};
use crate::nothing_found;

/// Licences that may be combined with the EUPL-1.2 work that this is.
const ALLOWED: [&str; 14] = [
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "EUPL-1.2",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Crates that may not be built, and why.
const BANNED: [(&str, &str); 10] = [
    ("ring", "aws-lc-rs is the one crypto provider; switch off the feature that pulls ring"),
    ("openssl-sys", "rustls is the one TLS; switch off the feature that pulls OpenSSL"),
    ("native-tls", "rustls is the one TLS; switch off the feature that pulls it"),
    ("rustls-pemfile", "RUSTSEC-2025-0134; rustls-pki-types reads PEM"),
    ("webpki", "abandoned; rustls-webpki took its place"),
    ("tui-textarea", "unmaintained; ratatui-textarea took its place"),
    ("personnummer", "the check digit is thirty lines of ours"),
    ("figment", "unmaintained"),
    ("testcontainers", "tests run PostgreSQL's own programs, no containers"),
    ("postgresql_embedded", "it downloads a server; tests run the installed one"),
];

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Whether the SPDX expression can be met with allowed licences only.
///
/// `OR` needs one side, `AND` both, and binds closer; `A/B` is the old way of writing `A OR B`.
///
/// # Errors
/// For an expression that this grammar does not cover.
fn is_allowed(expression: &str) -> Result<bool> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let allowed = any_side(&mut words)?;
    ensure!(words.next().is_none(), "words are left over in `{expression}`");
    Ok(allowed)
}

type Words<'text> = std::iter::Peekable<std::str::SplitWhitespace<'text>>;

fn any_side(words: &mut Words<'_>) -> Result<bool> {
    let mut allowed = both_sides(words)?;
    while words.next_if_eq(&"OR").is_some() {
        allowed |= both_sides(words)?;
    }
    Ok(allowed)
}

fn both_sides(words: &mut Words<'_>) -> Result<bool> {
    let mut allowed = one_licence(words)?;
    while words.next_if_eq(&"AND").is_some() {
        allowed &= one_licence(words)?;
    }
    Ok(allowed)
}

fn one_licence(words: &mut Words<'_>) -> Result<bool> {
    let word = words.next().context("the expression ends too early")?;
    match word {
        "(" => {
            let allowed = any_side(words)?;
            ensure!(words.next() == Some(")"), "a bracket is not closed");
            Ok(allowed)
        }
        ")" | "AND" | "OR" | "WITH" => bail!("`{word}` where a licence should stand"),
        licence if words.next_if_eq(&"WITH").is_some() => {
            let exception = words.next().context("nothing stands after `WITH`")?;
            Ok(ALLOWED.contains(&format!("{licence} WITH {exception}").as_str()))
        }
        licence => Ok(ALLOWED.contains(&licence)),
    }
}

fn licence_findings(packages: &[Package]) -> Vec<String> {
    let judge = |package: &Package| match package.licence.as_deref().map(is_allowed) {
        Some(Ok(true)) => None,
        Some(Ok(false)) => Some("is not allowed".to_owned()),
        Some(Err(error)) => Some(format!("cannot be read: {error}")),
        None => Some("is not stated".to_owned()),
    };
    packages
        .iter()
        .filter_map(|package| judge(package).map(|verdict| (package, verdict)))
        .map(|(package, verdict)| {
            let licence = package.licence.as_deref().unwrap_or_default();
            format!("{} {}: its licence `{licence}` {verdict}", package.name, package.version)
        })
        .collect()
}

fn ban_findings(packages: &[Package]) -> Vec<String> {
    packages
        .iter()
        .filter_map(|package| {
            BANNED.iter().find(|(name, _)| *name == package.name).map(|(name, why)| format!("{name} {}: {why}", package.version))
        })
        .collect()
}

fn source_findings(packages: &[Package]) -> Vec<String> {
    let is_trusted = |package: &Package| match package.source.as_deref() {
        Some(source) => source == CRATES_IO,
        None => package.is_member,
    };
    packages
        .iter()
        .filter(|package| !is_trusted(package))
        .map(|package| {
            format!("{} {} from {}", package.name, package.version, package.source.as_deref().unwrap_or("a folder that is no room"))
        })
        .collect()
}

#[test]
fn every_crate_has_an_allowed_licence() -> Result<()> {
    nothing_found(
        &licence_findings(&graph::packages()?),
        "Find a crate under another licence, or show in `server/DECISIONS.md` that this one goes with EUPL-1.2 and add it to `ALLOWED`.",
    );
    Ok(())
}

#[test]
fn no_banned_crate_is_built() -> Result<()> {
    nothing_found(&ban_findings(&graph::packages()?), "Take the crate out; `cargo tree --workspace -i NAME` shows who pulls it.");
    Ok(())
}

#[test]
fn crates_come_from_crates_io_or_are_rooms() -> Result<()> {
    nothing_found(
        &source_findings(&graph::packages()?),
        "Use a release from crates.io: no git source, no other registry, no copied folder.",
    );
    Ok(())
}

#[test]
fn licence_expressions_are_read_as_spdx_means_them() -> Result<()> {
    let allowed = [
        "MIT",
        "MIT/Apache-2.0",
        "Apache-2.0 OR GPL-2.0-only",
        "ISC AND (Apache-2.0 OR GPL-3.0-only)",
        "GPL-3.0-only AND MIT OR ISC",
        "Apache-2.0 WITH LLVM-exception OR GPL-2.0-only",
    ];
    for expression in allowed {
        assert!(is_allowed(expression)?, "{expression}");
    }
    for expression in
        ["GPL-3.0-only", "MIT AND GPL-3.0-only", "MIT AND (GPL-3.0-only OR AGPL-3.0-only)", "GPL-2.0-only WITH Classpath-exception-2.0"]
    {
        assert!(!is_allowed(expression)?, "{expression}");
    }
    for expression in ["", "MIT OR", "(MIT", "MIT ISC", "OR MIT", "MIT WITH"] {
        assert!(is_allowed(expression).is_err(), "{expression}");
    }
    Ok(())
}

#[test]
fn a_bad_licence_a_banned_crate_and_a_foreign_source_are_found() {
    let mut from_git = graph::sample("ring", &[]);
    from_git.licence = Some("AGPL-3.0-only".to_owned());
    from_git.source = Some("git+https://example.org/ring".to_owned());
    let mut copied = graph::sample("copied", &[]);
    copied.licence = None;
    copied.is_member = false;
    let packages = [from_git, copied, graph::sample("fine", &[])];
    assert_eq!(
        licence_findings(&packages),
        ["ring 1.0.0: its licence `AGPL-3.0-only` is not allowed", "copied 1.0.0: its licence `` is not stated"]
    );
    assert_eq!(ban_findings(&packages).len(), 1);
    assert_eq!(source_findings(&packages), ["ring 1.0.0 from git+https://example.org/ring", "copied 1.0.0 from a folder that is no room"]);
}
