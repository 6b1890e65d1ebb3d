//! Turns schema and policy text into checked parts, and says which policies each action needs.
//!
//! Does not evaluate. INVARIANT: validation is strict and a warning counts as an error. INVARIANT: an action's slice holds every
//! policy whose scope names the action, a group that it is in, or no action at all.

use std::collections::HashMap;
use std::error::Error;

use cedar_policy::{ActionConstraint, Entities, EntityUid, PolicyId, PolicySet, Schema, ValidationMode, Validator};

use crate::{Permission, PolicyError};

/// What is needed to decide about one action.
pub(crate) struct Slice {
    pub(crate) action: EntityUid,
    /// The action, and the groups that it is in.
    pub(crate) groups: Entities,
    /// The policies that mention the action: no other can decide about it.
    pub(crate) policies: PolicySet,
}

pub(crate) fn read_schema(text: &str) -> Result<Schema, PolicyError> {
    let (schema, warnings) = Schema::from_cedarschema_str(text).map_err(|error| PolicyError::Schema(error.to_string()))?;
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

/// The slice of each permission that the schema knows.
pub(crate) fn slice(schema: &Schema, policies: &PolicySet) -> Result<HashMap<Permission, Slice>, PolicyError> {
    let unfit = |error: &dyn Error| PolicyError::Schema(error.to_string());
    let hierarchy = schema.action_entities().map_err(|error| unfit(&error))?;
    let mut slices = HashMap::new();
    for action in schema.actions() {
        let Some(permission) = Permission::parse(action.id().unescaped()) else { continue };
        let groups = hierarchy.iter().filter(|group| is_in(action, &group.uid(), &hierarchy));
        let groups = Entities::from_entities(groups.cloned(), None).map_err(|error| unfit(&error))?;
        let mentioned = policies.policies().filter(|policy| mentions(&policy.action_constraint(), action, &hierarchy));
        let policies = PolicySet::from_policies(mentioned.cloned()).map_err(|error| unfit(&error))?;
        slices.insert(permission, Slice { action: action.clone(), groups, policies });
    }
    Ok(slices)
}

fn mentions(scope: &ActionConstraint, action: &EntityUid, hierarchy: &Entities) -> bool {
    match scope {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(named) => named == action,
        ActionConstraint::In(named) => named.iter().any(|named| is_in(action, named, hierarchy)),
    }
}

/// Cedar's `action in group`: an action is in itself.
fn is_in(action: &EntityUid, group: &EntityUid, hierarchy: &Entities) -> bool {
    action == group || hierarchy.is_ancestor_of(group, action)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PolicySet;
    use crate::set::BUILTIN_SCHEMA;

    fn refusal(policies: &str) -> PolicyError {
        PolicySet::from_texts(BUILTIN_SCHEMA, policies).expect_err("the text is refused")
    }

    #[test]
    fn a_misspelt_word_or_action_is_refused() {
        let role = r#"@id("a") permit (principal, action, resource) when { principal.role == Role::"DEFENCE_COUNCIL" };"#;
        assert!(matches!(refusal(role), PolicyError::Validation(_)));
        let action = r#"@id("a") permit (principal, action == Action::"question.sumbit", resource);"#;
        assert!(matches!(refusal(action), PolicyError::Validation(_)));
        let attribute = r#"@id("a") permit (principal, action, resource) when { context.parts == Part::"TEAM" };"#;
        assert!(matches!(refusal(attribute), PolicyError::Validation(_)));
    }

    #[test]
    fn a_warning_counts_as_an_error() {
        let impossible = r#"@id("a") permit (principal, action, resource) when { context.own && !context.own && false };"#;
        assert!(matches!(refusal(impossible), PolicyError::Validation(_)));
    }

    #[test]
    fn a_policy_has_an_id_of_its_own() {
        assert!(matches!(refusal("permit (principal, action, resource);"), PolicyError::Id(_)));
        let twice = r#"@id("a") permit (principal, action, resource); @id("a") forbid (principal, action, resource);"#;
        assert!(matches!(refusal(twice), PolicyError::Id(_)));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        assert!(matches!(refusal("permit"), PolicyError::Policies(_)));
        assert!(matches!(refusal(r#"@id("a") permit (principal == ?principal, action, resource);"#), PolicyError::Policies(_)));
        assert!(matches!(PolicySet::from_texts("entity", ""), Err(PolicyError::Schema(_))));
        assert!(matches!(PolicySet::from_text("permit (principal, action, resource);"), Err(PolicyError::Text)));
    }

    #[test]
    fn every_permission_has_a_permit_in_its_slice() {
        let schema = read_schema(BUILTIN_SCHEMA).unwrap();
        let policies = read_policies(crate::set::BUILTIN_POLICIES).unwrap();
        let slices = slice(&schema, &policies).unwrap();
        for permission in Permission::ALL {
            let slice = slices.get(permission).unwrap();
            assert!(slice.policies.policies().any(|policy| policy.effect() == cedar_policy::Effect::Permit), "{permission}");
        }
    }
}
