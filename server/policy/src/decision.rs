//! What a decision comes out as: a [`Permit`] or a [`Denial`], each with the policies that decided.
//!
//! Does not decide. INVARIANT: both are made by this crate only, so whoever holds a permit was permitted.

use std::fmt;
use std::sync::Arc;

use crate::{Facts, Permission};

/// The basis that permit and denial share: what was asked, of which policies, and which of them decided.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Basis {
    permission: Permission,
    facts: Facts,
    policies: Arc<[Arc<str>]>,
    set_hash: Arc<[u8; 32]>,
}

/// Leave to do one thing on stated facts. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Permit(Basis);

/// A refusal, with what decided it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Denial {
    basis: Basis,
    alarm: Option<Arc<str>>,
}

/// What the policies said, apart from who asked: the part of a decision that is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Permitted(Arc<[Arc<str>]>),
    Denied { policies: Arc<[Arc<str>]>, alarm: Option<Arc<str>> },
}

impl Verdict {
    pub(crate) fn decide(self, permission: Permission, facts: &Facts, set_hash: &Arc<[u8; 32]>) -> Result<Permit, Denial> {
        let basis = |policies| Basis { permission, facts: *facts, policies, set_hash: Arc::clone(set_hash) };
        match self {
            Self::Permitted(policies) => Ok(Permit(basis(policies))),
            Self::Denied { policies, alarm } => Err(Denial { basis: basis(policies), alarm }),
        }
    }
}

impl Permit {
    /// What is permitted.
    #[must_use]
    pub fn permission(&self) -> Permission {
        self.0.permission
    }

    /// The facts it was permitted on.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.0.facts
    }

    /// Ids of the policies that permitted, sorted; at least one.
    #[must_use]
    pub fn policies(&self) -> &[Arc<str>] {
        &self.0.policies
    }

    /// SHA-256 of the policy set that decided.
    #[must_use]
    pub fn set_hash(&self) -> &[u8; 32] {
        &self.0.set_hash
    }
}

impl Denial {
    /// What is denied.
    #[must_use]
    pub fn permission(&self) -> Permission {
        self.basis.permission
    }

    /// The facts it was denied on.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.basis.facts
    }

    /// Ids of the policies that forbade, sorted; empty when nothing permitted (A1), or when evaluating failed.
    #[must_use]
    pub fn policies(&self) -> &[Arc<str>] {
        &self.basis.policies
    }

    /// SHA-256 of the policy set that decided.
    #[must_use]
    pub fn set_hash(&self) -> &[u8; 32] {
        &self.basis.set_hash
    }

    /// Set when evaluating failed (A4): what failed, naming policies and no private text. Somebody must be told.
    #[must_use]
    pub fn alarm(&self) -> Option<&str> {
        self.alarm.as_deref()
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not permitted to {} in part {}", self.permission(), self.facts().role, self.facts().part)
    }
}

impl std::error::Error for Denial {}
