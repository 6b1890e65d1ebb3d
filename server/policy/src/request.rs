//! Puts facts into Cedar's words: a person with a role, a matter with phase and protection, and the circumstances.
//!
//! Does not decide. INVARIANT: person and matter are the same two names in every request, since facts hold no identity.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use cedar_policy::{Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, ParseErrors, Request, RestrictedExpression, Schema};

use crate::{Facts, PolicyError};

/// The names that every request uses, parsed once.
pub(crate) struct Vocabulary {
    role: EntityTypeName,
    part: EntityTypeName,
    phase: EntityTypeName,
    protection: EntityTypeName,
    caller: EntityUid,
    matter: EntityUid,
}

impl Vocabulary {
    pub(crate) fn new() -> Result<Self, PolicyError> {
        Ok(Self {
            role: parse("Role")?,
            part: parse("Part")?,
            phase: parse("Phase")?,
            protection: parse("Protection")?,
            caller: parse(r#"Person::"caller""#)?,
            matter: parse(r#"Matter::"matter""#)?,
        })
    }

    /// The request that asks for `action` on these facts, checked against the schema.
    pub(crate) fn request(&self, action: &EntityUid, facts: &Facts, schema: &Schema) -> Result<Request, String> {
        let circumstances = [
            ("part", word(&self.part, facts.part.as_str())),
            ("own", RestrictedExpression::new_bool(facts.own)),
            ("delivered", RestrictedExpression::new_bool(facts.delivered)),
            ("audited", RestrictedExpression::new_bool(facts.audited)),
        ];
        let context = Context::from_pairs(circumstances.map(|(name, value)| (name.to_owned(), value)));
        let context = context.map_err(|error| error.to_string())?;
        Request::new(self.caller.clone(), action.clone(), self.matter.clone(), context, Some(schema)).map_err(|error| error.to_string())
    }

    /// The person and the matter, beside the action and its groups.
    pub(crate) fn entities(&self, facts: &Facts, groups: &Entities) -> Result<Entities, String> {
        let person = entity(&self.caller, [("role", word(&self.role, facts.role.as_str()))])?;
        let matter = entity(
            &self.matter,
            [("phase", word(&self.phase, facts.phase.as_str())), ("protection", word(&self.protection, facts.protection.as_str()))],
        )?;
        groups.clone().add_entities([person, matter], None).map_err(|error| error.to_string())
    }
}

fn parse<T: FromStr<Err = ParseErrors>>(name: &str) -> Result<T, PolicyError> {
    name.parse().map_err(|error: ParseErrors| PolicyError::Schema(error.to_string()))
}

fn word(vocabulary: &EntityTypeName, word: &str) -> RestrictedExpression {
    RestrictedExpression::new_entity_uid(EntityUid::from_type_name_and_id(vocabulary.clone(), EntityId::new(word)))
}

fn entity<const N: usize>(uid: &EntityUid, attributes: [(&str, RestrictedExpression); N]) -> Result<Entity, String> {
    let attributes: HashMap<_, _> = attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Entity::new(uid.clone(), attributes, HashSet::new()).map_err(|error| error.to_string())
}
