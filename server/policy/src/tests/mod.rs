//! Proofs about the policies that the program is built with.
//!
//! Does not test the loading and remembering of sets: that stands at the bottom of `set.rs` and `load.rs`.

mod interview_day;
mod matrix;
mod rules;
mod vocabulary;

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::select;

use crate::{Facts, Part, Permission, Phase, PolicySet, Protection, Role};

/// One set for the tests of a process, since loading costs milliseconds.
pub(crate) static BUILTIN: LazyLock<PolicySet> = LazyLock::new(|| PolicySet::builtin().expect("the policies fit their schema"));

pub(crate) fn any_permission() -> impl Strategy<Value = Permission> {
    select(Permission::ALL)
}

pub(crate) fn any_facts() -> impl Strategy<Value = Facts> {
    let words = (select(Role::ALL), select(Part::ALL), select(Phase::ALL), select(Protection::ALL));
    (words, any::<[bool; 3]>()).prop_map(|((role, part, phase, protection), [own, delivered, audited])| Facts {
        role,
        part,
        phase,
        protection,
        own,
        delivered,
        audited,
    })
}

/// Unprotected, and nothing but role, part and phase speaks for the caller.
fn facts(role: Role, part: Part, phase: Phase) -> Facts {
    Facts { role, part, phase, protection: Protection::None, own: false, delivered: false, audited: false }
}

/// The same, with every circumstance in the caller's favour.
fn best(role: Role, part: Part, phase: Phase) -> Facts {
    Facts { own: true, delivered: true, audited: true, ..facts(role, part, phase) }
}

fn permission(name: &str) -> Permission {
    Permission::parse(name).unwrap_or_else(|| panic!("`{name}` is a permission"))
}

fn may(name: &str, facts: Facts) -> bool {
    BUILTIN.authorize(permission(name), &facts).is_ok()
}

/// Concerns one case: the schema's group `aboutCase`.
fn is_about_a_case(permission: Permission) -> bool {
    let (noun, verb) = permission.as_str().split_once('.').expect("a noun and a verb");
    match noun {
        "case" | "interview" => verb != "list",
        "consultation" => verb != "list" && verb != "request",
        "room" | "question" | "protocol" => true,
        _ => false,
    }
}
