//! Turns schema and policy text into checked parts, and says which policies each action needs.
//!
//! Does not evaluate. INVARIANT: validation is strict and a warning counts as an error. INVARIANT: an action's slice holds every
//! policy whose scope names the action, a group that it is in, or no action at all.

use std::collections::HashMap;

use cedar_policy::{ActionConstraint, Entities, EntityUid, PolicyId, PolicySet, Schema, ValidationMode, Validator};

use crate::{Permission, PolicyError};

/// What is needed to decide about one action.
pub(crate) struct Slice {
    pub(crate) action: EntityUid,
    /// The policies that mention the action: no other can decide about it.
    pub(crate) policies: PolicySet,
}

pub(crate) fn read_schema(text: &str) -> Result<Schema, PolicyError> {
    let (schema, warnings) =
        Schema::from_cedarschema_str(text).map_err(|error| PolicyError::Schema(error.to_string()))?;
    let warnings: Vec<String> = warnings.map(|warning| warning.to_string()).collect();
    if warnings.is_empty() { Ok(schema) } else { Err(PolicyError::Schema(warnings.join("; "))) }
}

/// The policies, each called by its `@id`.
pub(crate) fn read_policies(text: &str) -> Result<PolicySet, PolicyError> {
    let numbered: PolicySet = text.parse().map_err(|error: cedar_policy::ParseErrors| PolicyError::Policies(error.to_string()))?;
    if let Some(template) = numbered.templates().next() {
        return Err(PolicyError::Policies(format!("`{}` is a template", template.id())));
    }
    let mut named = PolicySet::new();
    for policy in numbered.policies() {
        let id = policy.annotation("id").filter(|id| !id.is_empty()).ok_or_else(|| PolicyError::Id(policy.to_string()))?;
        named.add(policy.new_id(PolicyId::new(id))).map_err(|error| PolicyError::Id(error.to_string()))?;
    }
    Ok(named)
}

pub(crate) fn validate(schema: &Schema, policies: &PolicySet) -> Result<(), PolicyError> {
    let result = Validator::new(schema.clone()).validate(policies, ValidationMode::Strict);
    if result.validation_passed_without_warnings() {
        return Ok(());
    }
    let errors = result.validation_errors().map(ToString::to_string);
    let warnings = result.validation_warnings().map(ToString::to_string);
    Err(PolicyError::Validation(errors.chain(warnings).collect::<Vec<_>>().join("; ")))
}

/// The action hierarchy, and the slice of each permission that the schema knows.
pub(crate) fn slice(schema: &Schema, policies: &PolicySet) -> Result<(Entities, HashMap<Permission, Slice>), PolicyError> {
    let hierarchy = schema.action_entities().map_err(|error| PolicyError::Schema(error.to_string()))?;
    let mut slices = HashMap::new();
    for action in schema.actions() {
        let Some(permission) = Permission::parse(action.id().unescaped()) else { continue };
        let mentioned = policies.policies().filter(|policy| mentions(&policy.action_constraint(), action, &hierarchy));
        let policies = PolicySet::from_policies(mentioned.cloned()).map_err(|error| PolicyError::Id(error.to_string()))?;
        slices.insert(permission, Slice { action: action.clone(), policies });
    }
    Ok((hierarchy, slices))
}

fn mentions(scope: &ActionConstraint, action: &EntityUid, hierarchy: &Entities) -> bool {
    match scope {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(named) => named == action,
        ActionConstraint::In(named) => named.iter().any(|named| hierarchy.is_ancestor_of(named, action)),
    }
}
