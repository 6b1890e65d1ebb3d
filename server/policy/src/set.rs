//! The policy set: loaded and checked strictly once, then asked.
//!
//! Does not find facts and does not record decisions. INVARIANT: a set that does not fit its schema, warnings included, is never
//! made. INVARIANT: what is remembered equals what evaluating anew would say. INVARIANT: any diagnostic error denies and alarms
//! (A4), because Cedar skips a policy that errs, and a `forbid` that is skipped would let through.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::digest;
use cedar_policy::{Authorizer, Decision, Entities, Schema};

use crate::decision::Verdict;
use crate::load::{self, Slice};
use crate::request::Vocabulary;
use crate::{Denial, Facts, Permission, Permit};

/// Stands between schema and policies in the one text that is hashed and kept.
const POLICIES_FOLLOW: &str = "\n// The policies of this schema follow.\n\n";

const BUILTIN_SCHEMA: &str = include_str!("../policies/barnahus.cedarschema");

const BUILTIN_POLICIES: &str = concat!(
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

/// How many verdicts a set remembers before it starts over. A house uses some hundreds; all there can be are 1.3 million.
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
    hierarchy: Entities,
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
        let (hierarchy, slices) = load::slice(&schema, &policies)?;
        let vocabulary = Vocabulary::new().map_err(|error| PolicyError::Schema(error.to_string()))?;
        let hash = Arc::new(sha256(&text));
        Ok(Self { text, hash, schema, vocabulary, hierarchy, slices, remembered: RwLock::default() })
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
        let entities = self.vocabulary.entities(facts, &self.hierarchy)?;
        let response = Authorizer::new().is_authorized(&request, &slice.policies, &entities);
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

fn alarm(what: String) -> Verdict {
    Verdict::Denied { policies: Arc::default(), alarm: Some(what.into()) }
}

fn sha256(text: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
    hash
}
