//! The directions: which room may name which, and which crates from outside only some rooms may name.
//!
//! A manifest's dependencies count whatever their kind: what a room's tests or build script name, the room names. The client names the
//! tests' harness: cargo hands a program only to the tests of its own room, and the day by hand needs a house beside it.

use anyhow::Result;

use crate::graph::{self, Package};
use crate::nothing_found;

const PROTO: &str = "barnahus-proto";
const POLICY: &str = "barnahus-policy";
const HINTS: &str = "barnahus-hints";
const AUDIT: &str = "barnahus-audit";
const DOMAIN: &str = "barnahus-domain";
const STORE: &str = "barnahus-store";
const SERVER: &str = "barnahus-server";
const CLI: &str = "barnahus-cli";
const TESTS: &str = "barnahus-tests";

/// Each room with the rooms that it may name.
const DIRECTIONS: [(&str, &[&str]); 9] = [
    (PROTO, &[]),
    (POLICY, &[]),
    (AUDIT, &[]),
    (HINTS, &[]),
    (DOMAIN, &[POLICY, HINTS]),
    (STORE, &[AUDIT]),
    (SERVER, &[STORE, DOMAIN, POLICY, AUDIT, PROTO]),
    (CLI, &[PROTO, AUDIT, HINTS, TESTS]),
    (TESTS, &[PROTO, POLICY, AUDIT, DOMAIN, STORE, SERVER]),
];

/// Crates from outside that stand for one room's work, with the rooms that may name them.
const RESERVED: [(&str, &[&str]); 5] = [
    ("sqlx", &[STORE, TESTS]),
    ("cedar-policy", &[POLICY]),
    ("tonic", &[PROTO, SERVER, CLI, TESTS]),
    ("prost", &[PROTO, SERVER, CLI, TESTS]),
    ("tokio", &[STORE, SERVER, CLI, TESTS]),
];

fn wrong_directions(packages: &[Package]) -> Vec<String> {
    let mut findings = Vec::new();
    for room in packages.iter().filter(|package| package.is_member) {
        let Some((_, allowed)) = DIRECTIONS.iter().find(|(name, _)| *name == room.name) else {
            findings.push(format!("`{}` is no room of the plan", room.name));
            continue;
        };
        for named in &room.names {
            let is_room = DIRECTIONS.iter().any(|(name, _)| name == named);
            if is_room && !allowed.contains(&named.as_str()) {
                findings.push(format!("`{}` names `{named}`", room.name));
            }
            if RESERVED.iter().any(|(name, rooms)| name == named && !rooms.contains(&room.name.as_str())) {
                findings.push(format!("`{}` names `{named}`, which is another room's work", room.name));
            }
        }
    }
    findings
}

#[test]
fn rooms_name_only_the_rooms_they_may() -> Result<()> {
    let packages = graph::packages()?;
    for (room, _) in DIRECTIONS {
        assert!(packages.iter().any(|package| package.is_member && package.name == room), "the room `{room}` is missing");
    }
    nothing_found(
        &wrong_directions(&packages),
        "Move the code to the room that may do it, or pass the value in as an argument; the table is in `tests/house_rules/rooms.rs`.",
    );
    Ok(())
}

#[test]
fn a_wrong_direction_is_found() {
    let packages =
        [graph::sample(DOMAIN, &[POLICY, STORE, "tokio"]), graph::sample(SERVER, &[DOMAIN]), graph::sample("barnahus-extras", &[])];
    assert_eq!(
        wrong_directions(&packages),
        [
            "`barnahus-domain` names `barnahus-store`",
            "`barnahus-domain` names `tokio`, which is another room's work",
            "`barnahus-extras` is no room of the plan",
        ]
    );
}
