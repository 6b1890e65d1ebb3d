//! The policy set: loaded and checked strictly once, then asked.
//!
//! Does not find facts and does not record decisions. INVARIANT: a set that does not fit its schema, warnings included, is never
//! made. INVARIANT: what is remembered equals what evaluating anew would say. INVARIANT: any diagnostic error denies and alarms
//! (A4), because Cedar skips a policy that errs, and a `forbid` that is skipped would let through.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::digest;
use cedar_policy::{Authorizer, Decision, Schema};

use crate::decision::Verdict;
use crate::load::{self, Slice};
use crate::request::Vocabulary;
use crate::{Denial, Facts, Permission, Permit};

/// Stands between schema and policies in the one text that is hashed and kept.
const POLICIES_FOLLOW: &str = "\n// The policies of this schema follow.\n\n";

pub(crate) const BUILTIN_SCHEMA: &str = include_str!("../policies/barnahus.cedarschema");

pub(crate) const BUILTIN_POLICIES: &str = concat!(
    include_str!("../policies/forbid.cedar"),
    include_str!("../policies/directory.cedar"),
    include_str!("../policies/case.cedar"),
    include_str!("../policies/consultation.cedar"),
    include_str!("../policies/interview.cedar"),
    include_str!("../policies/room.cedar"),
    include_str!("../policies/question.cedar"),
    include_str!("../policies/protocol.cedar"),
    include_str!("../policies/audit.cedar"),
    include_str!("../policies/admin.cedar"),
);

/// How many verdicts a set remembers before it starts over. A house uses some hundreds; there can be 1.4 million.
const REMEMBERED_MAX: usize = 65_536;

/// Why a text is no policy set.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The schema cannot be read.
    #[error("the schema cannot be read: {0}")]
    Schema(String),
    /// The policies cannot be read.
    #[error("the policies cannot be read: {0}")]
    Policies(String),
    /// A policy lacks its `@id`, or shares it with another.
    #[error("each policy needs an `@id` of its own: {0}")]
    Id(String),
    /// The policies do not fit the schema.
    #[error("the policies do not fit the schema: {0}")]
    Validation(String),
    /// The text does not hold a schema and policies.
    #[error("the text is not one that a policy set gave out")]
    Text,
}

/// Policies with their schema, ready to be asked from any thread.
pub struct PolicySet {
    text: String,
    hash: Arc<[u8; 32]>,
    schema: Schema,
    vocabulary: Vocabulary,
    authorizer: Authorizer,
    slices: HashMap<Permission, Slice>,
    remembered: RwLock<HashMap<(Permission, Facts), Verdict>>,
}

impl PolicySet {
    /// The policies that this program was built with.
    ///
    /// # Errors
    /// When they do not fit their schema: then the program must not serve.
    pub fn builtin() -> Result<Self, PolicyError> {
        Self::from_texts(BUILTIN_SCHEMA, BUILTIN_POLICIES)
    }

    /// The set whose [`Self::text`] this is, for explaining a past decision by the policies of its day (A5).
    ///
    /// # Errors
    /// As [`Self::from_texts`], or when no set gave out the text.
    pub fn from_text(text: &str) -> Result<Self, PolicyError> {
        let (schema, policies) = text.split_once(POLICIES_FOLLOW).ok_or(PolicyError::Text)?;
        Self::from_texts(schema, policies)
    }

    /// A set of one's own: strictly validated, a warning counts as an error.
    ///
    /// # Errors
    /// When either text cannot be read, a policy lacks an `@id` of its own, or the policies do not fit the schema.
    pub fn from_texts(schema: &str, policies: &str) -> Result<Self, PolicyError> {
        let text = format!("{schema}{POLICIES_FOLLOW}{policies}");
        let schema = load::read_schema(schema)?;
        let policies = load::read_policies(policies)?;
        load::validate(&schema, &policies)?;
        let slices = load::slice(&schema, &policies)?;
        let vocabulary = Vocabulary::new()?;
        let hash = Arc::new(sha256(&text));
        Ok(Self { text, hash, schema, vocabulary, authorizer: Authorizer::new(), slices, remembered: RwLock::default() })
    }

    /// SHA-256 of [`Self::text`].
    #[must_use]
    pub fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    /// Schema and policies, as they are to be kept beside the records that name their hash.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// May this be done on these facts? Remembers the answer; use it for every act, read and delivery.
    ///
    /// # Errors
    /// The denial, with the policies that forbade; with an alarm when evaluating failed (A4).
    pub fn authorize(&self, permission: Permission, facts: &Facts) -> Result<Permit, Denial> {
        let verdict = self.recall(permission, facts).unwrap_or_else(|| {
            let verdict = self.evaluate(permission, facts);
            self.remember(permission, facts, verdict.clone());
            verdict
        });
        verdict.decide(permission, facts, &self.hash)
    }

    fn recall(&self, permission: Permission, facts: &Facts) -> Option<Verdict> {
        let remembered = self.remembered.read().unwrap_or_else(PoisonError::into_inner);
        remembered.get(&(permission, *facts)).cloned()
    }

    fn remember(&self, permission: Permission, facts: &Facts, verdict: Verdict) {
        let mut remembered = self.remembered.write().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED_MAX {
            remembered.clear();
        }
        remembered.insert((permission, *facts), verdict);
    }

    /// The verdict, from the policies alone.
    pub(crate) fn evaluate(&self, permission: Permission, facts: &Facts) -> Verdict {
        match self.slices.get(&permission) {
            Some(slice) => self.ask(slice, facts).unwrap_or_else(alarm),
            None => alarm(format!("the schema knows no action `{permission}`")),
        }
    }

    fn ask(&self, slice: &Slice, facts: &Facts) -> Result<Verdict, String> {
        let request = self.vocabulary.request(&slice.action, facts, &self.schema)?;
        let entities = self.vocabulary.entities(facts, &slice.groups)?;
        let response = self.authorizer.is_authorized(&request, &slice.policies, &entities);
        let errors: Vec<String> = response.diagnostics().errors().map(ToString::to_string).collect();
        if !errors.is_empty() {
            return Err(errors.join("; "));
        }
        let mut policies: Vec<Arc<str>> = response.diagnostics().reason().map(|id| Arc::from(id.as_ref())).collect();
        policies.sort_unstable();
        Ok(match response.decision() {
            Decision::Allow => Verdict::Permitted(policies.into()),
            Decision::Deny => Verdict::Denied { policies: policies.into(), alarm: None },
        })
    }
}

impl fmt::Debug for PolicySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicySet").field("hash", &self.hash).finish_non_exhaustive()
    }
}

fn alarm(what: String) -> Verdict {
    Verdict::Denied { policies: Arc::default(), alarm: Some(what.into()) }
}

fn sha256(text: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tests::{BUILTIN, any_facts, any_permission};
    use crate::{Part, Phase, Protection, Role};

    const LISTENER: Facts = Facts {
        role: Role::Counsellor,
        part: Part::Admitted,
        phase: Phase::Live,
        protection: Protection::None,
        own: true,
        delivered: false,
        audited: false,
    };

    fn submit() -> Permission {
        Permission::parse("question.submit").unwrap()
    }

    /// Evaluation of every policy there is, not of the action's slice.
    fn ask_all(permission: Permission, facts: &Facts) -> Result<Verdict, String> {
        let slice = BUILTIN.slices.get(&permission).unwrap();
        let policies = load::read_policies(BUILTIN_POLICIES).unwrap();
        BUILTIN.ask(&Slice { action: slice.action.clone(), groups: slice.groups.clone(), policies }, facts)
    }

    proptest! {
        #[test]
        fn what_is_remembered_equals_what_is_evaluated_anew(permission in any_permission(), facts in any_facts()) {
            let fresh = BUILTIN.evaluate(permission, &facts).decide(permission, &facts, &BUILTIN.hash);
            prop_assert_eq!(BUILTIN.authorize(permission, &facts), fresh.clone());
            prop_assert_eq!(BUILTIN.authorize(permission, &facts), fresh);
        }

        #[test]
        fn an_actions_slice_decides_as_all_policies_do(permission in any_permission(), facts in any_facts()) {
            prop_assert_eq!(Ok(BUILTIN.evaluate(permission, &facts)), ask_all(permission, &facts));
        }
    }

    #[test]
    fn a_permit_and_a_denial_say_what_decided_a5() {
        let permit = BUILTIN.authorize(submit(), &LISTENER).unwrap();
        assert_eq!((permit.permission(), permit.facts()), (submit(), &LISTENER));
        assert_eq!(permit.policies(), [Arc::from("listeners-ask")]);
        assert_eq!(permit.set_hash(), BUILTIN.hash());
        let blocked = Facts { part: Part::Blocked, ..LISTENER };
        let denial = BUILTIN.authorize(submit(), &blocked).unwrap_err();
        assert_eq!((denial.permission(), denial.facts()), (submit(), &blocked));
        assert_eq!(denial.policies(), [Arc::from("blocked-from-this-case")]);
        assert_eq!((denial.set_hash(), denial.alarm()), (BUILTIN.hash(), None));
    }

    #[test]
    fn an_error_in_a_forbid_denies_and_alarms_a4() {
        let erring = format!(
            "{BUILTIN_POLICIES}
            @id(\"errs\") forbid (principal, action == Action::\"question.submit\", resource)
            when {{ context.own && 9223372036854775807 + 1 == 0 }};"
        );
        let set = PolicySet::from_texts(BUILTIN_SCHEMA, &erring).unwrap();
        for _fresh_then_remembered in 0..2 {
            let denial = set.authorize(submit(), &LISTENER).unwrap_err();
            assert!(denial.alarm().unwrap().contains("errs"), "{denial:?}");
            assert!(denial.policies().is_empty());
        }
        assert!(set.authorize(submit(), &Facts { own: false, ..LISTENER }).is_ok(), "where nothing errs, nothing alarms");
    }

    #[test]
    fn an_error_in_a_permit_denies_though_another_permits_a4() {
        let erring = format!(
            "{BUILTIN_POLICIES}
            @id(\"errs\") permit (principal, action == Action::\"question.submit\", resource)
            when {{ 9223372036854775807 + 1 == 0 }};"
        );
        let denial = PolicySet::from_texts(BUILTIN_SCHEMA, &erring).unwrap().authorize(submit(), &LISTENER).unwrap_err();
        assert!(denial.alarm().is_some());
    }

    #[test]
    fn an_act_unknown_to_a_sets_schema_is_denied_and_alarms_a4() {
        let schema = "entity Person; action \"case.read\" appliesTo { principal: Person, resource: Person };";
        let set = PolicySet::from_texts(schema, "").unwrap();
        assert!(set.authorize(submit(), &LISTENER).unwrap_err().alarm().is_some());
        let read = Permission::parse("case.read").unwrap();
        assert!(set.authorize(read, &LISTENER).unwrap_err().alarm().is_some(), "facts that do not fit the schema are an error");
    }

    #[test]
    fn a_set_is_made_again_from_its_text() {
        let again = PolicySet::from_text(BUILTIN.text()).unwrap();
        assert_eq!(again.hash(), BUILTIN.hash());
        assert_eq!(again.authorize(submit(), &LISTENER), BUILTIN.authorize(submit(), &LISTENER));
        let other = PolicySet::from_texts(BUILTIN_SCHEMA, "").unwrap();
        assert_ne!(other.hash(), BUILTIN.hash());
    }

    #[test]
    fn memory_is_bounded() {
        let set = PolicySet::from_texts(BUILTIN_SCHEMA, "").unwrap();
        let facts = |n: usize| Facts {
            role: Role::ALL[n % 14],
            part: Part::ALL[n / 14 % 7],
            phase: Phase::ALL[n / 98 % 7],
            protection: Protection::ALL[n / 686 % 4],
            own: n / 2744 % 2 == 1,
            delivered: n / 5488 % 2 == 1,
            audited: n / 10976 % 2 == 1,
        };
        for permission in Permission::ALL.iter().take(4) {
            (0..21_952).for_each(|n| set.remember(*permission, &facts(n), alarm(String::new())));
            assert!(set.remembered.read().unwrap().len() <= REMEMBERED_MAX);
        }
    }
}
