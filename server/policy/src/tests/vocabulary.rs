//! The words of schema, policies and code are the same words.

use std::collections::BTreeSet;

use super::{BUILTIN, is_about_a_case};
use crate::{Part, Permission, Phase, Protection, Role};

/// The quoted words after `start`, up to the next `]`.
fn quoted_after(start: &str) -> Vec<&'static str> {
    let (_, rest) = BUILTIN.text().split_once(start).unwrap_or_else(|| panic!("`{start}` stands in the schema"));
    let (list, _) = rest.split_once(']').unwrap();
    list.split('"').skip(1).step_by(2).collect()
}

fn all<T: Copy>(words: &[T], as_str: impl Fn(T) -> &'static str) -> Vec<&'static str> {
    words.iter().map(|word| as_str(*word)).collect()
}

#[test]
fn the_schema_spells_every_word_as_the_code_does() {
    assert_eq!(quoted_after("entity Role enum ["), all(Role::ALL, Role::as_str));
    assert_eq!(quoted_after("entity Part enum ["), all(Part::ALL, Part::as_str));
    assert_eq!(quoted_after("entity Phase enum ["), all(Phase::ALL, Phase::as_str));
    assert_eq!(quoted_after("entity Protection enum ["), all(Protection::ALL, Protection::as_str));
}

#[test]
fn every_action_is_a_permission_and_every_permission_an_action() {
    let schema = crate::load::read_schema(crate::set::BUILTIN_SCHEMA).unwrap();
    let groups: BTreeSet<_> = schema.action_groups().cloned().collect();
    let actions: BTreeSet<String> =
        schema.actions().filter(|action| !groups.contains(action)).map(|action| action.id().unescaped().to_owned()).collect();
    let permissions: BTreeSet<String> = Permission::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(actions, permissions);
    assert_eq!(permissions.len(), Permission::ALL.len(), "no permission stands twice");
}

#[test]
fn the_group_about_case_holds_what_concerns_one_case() {
    let schema = crate::load::read_schema(crate::set::BUILTIN_SCHEMA).unwrap();
    let group = schema.action_groups().next().unwrap().clone();
    let hierarchy = schema.action_entities().unwrap();
    for action in schema.actions().filter(|action| **action != group) {
        let permission = Permission::parse(action.id().unescaped()).unwrap();
        assert_eq!(hierarchy.is_ancestor_of(&group, action), is_about_a_case(permission), "{permission}");
    }
}

#[test]
fn words_and_names_are_read_back_as_they_are_written() {
    for role in Role::ALL {
        assert_eq!(role.as_str().parse(), Ok(*role));
        assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        assert_eq!(serde_json::from_value::<Role>(role.as_str().into()).unwrap(), *role);
    }
    for permission in Permission::ALL {
        assert_eq!(permission.as_str().parse(), Ok(*permission));
    }
    assert_eq!(Permission::parse("question.delete"), None);
    assert_eq!("PROSECUTOR".parse::<Role>().unwrap_err().to_string(), "`PROSECUTOR` is no Role");
}
