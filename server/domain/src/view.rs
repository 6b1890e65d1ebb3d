//! What one person may see of the house: visibility follows from the policies, asked once per class of question.
//!
//! Shows no text: it says which texts may be shown, by the record and field that they are sealed with.

use std::{collections::BTreeMap, sync::Arc};

use barnahus_policy::{Permission, Permit, PolicySet, Protection, Role};

use crate::{
    case::Case,
    facts::{Actor, audits},
    house::House,
    id::Target,
    interview::Interview,
    question::{Question, sort_by_order},
    time::Time,
};

const KNOW: Option<Permission> = Permission::new("case.know");
const READ_TEXT: Option<Permission> = Permission::new("question.readText");
const READ_LINE: Option<Permission> = Permission::new("protocol.readLine");

/// Who looks, at which state of the house.
#[derive(Clone, Copy)]
pub struct Viewer<'a> {
    /// The house as it is.
    pub house: &'a House,
    /// The policies in force.
    pub policies: &'a PolicySet,
    /// Who looks.
    pub actor: &'a Actor,
    /// When.
    pub now: Time,
}

/// Where a text is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TextRef {
    /// The record.
    pub index: u64,
    /// The field.
    pub field: String,
}

impl TextRef {
    /// The text in this field of this record.
    #[must_use]
    pub fn new(index: u64, field: impl Into<String>) -> Self {
        Self { index, field: field.into() }
    }
}

/// How many questions of a role there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleCount {
    /// The asking role.
    pub role: Role,
    /// Not decided or not delivered.
    pub waiting: u32,
    /// All that were ever submitted.
    pub total: u32,
}

impl<'a> Viewer<'a> {
    /// True if the caller may read the text of this question (Roles).
    #[must_use]
    pub fn reads_text(&self, case: &Case, interview: &Interview, question: &Question) -> bool {
        let target = Target::Question(case.alias.clone(), interview.number, question.number);
        self.permitted(READ_TEXT, &target)
    }

    /// The policies by which the caller may read the text of this question; none if they may not.
    #[must_use]
    pub fn text_policies(&self, case: &Case, interview: &Interview, question: &Question) -> Vec<Arc<str>> {
        let target = Target::Question(case.alias.clone(), interview.number, question.number);
        self.permit(READ_TEXT, &target).map(|permit| permit.policies().to_vec()).unwrap_or_default()
    }

    /// The questions that the caller may see, in the order L7. Decided once per class: own or not, delivered or not.
    #[must_use]
    pub fn questions<'b>(&self, case: &Case, interview: &'b Interview) -> Vec<&'b Question> {
        let mut classes: BTreeMap<(bool, bool), bool> = BTreeMap::new();
        let mut seen: Vec<&Question> = Vec::new();
        for question in interview.questions() {
            let class = (question.author == self.actor.person, question.delivered.is_some());
            if *classes.entry(class).or_insert_with(|| self.reads_text(case, interview, question)) {
                seen.push(question);
            }
        }
        sort_by_order(self.house, &mut seen);
        seen
    }

    /// How many questions each role has, by role. None for the interviewer, whose screen stays quiet (L8).
    #[must_use]
    pub fn counts(&self, interview: &Interview) -> Vec<RoleCount> {
        if self.actor.role == Role::ChildInterviewer { Vec::new() } else { interview.counts.values().copied().collect() }
    }

    /// True if the caller may see the whole protocol of this interview, not only their own lines (L13).
    #[must_use]
    pub fn reads_whole_protocol(&self, case: &Case, interview: &Interview) -> bool {
        let target = Target::Interview(case.alias.clone(), interview.number);
        let Some(permission) = READ_LINE else { return false };
        let mut facts = self.house.facts(self.actor, &target);
        facts.own = false;
        self.policies.authorize(permission, &facts).is_ok()
    }

    /// True if a record that the auditor of the caller's authority reads may name this case (C3).
    #[must_use]
    pub fn may_be_named(&self, case: &Case) -> bool {
        case.protection == Protection::None || audits(case, &self.actor.authority)
    }

    /// True if the caller, in any of their capacities, may know that this case exists (A2, C3).
    #[must_use]
    pub fn knows(&self, case: &Case) -> bool {
        self.may(KNOW, case)
    }

    /// The cases that a list shows the caller, newest first: those that they may open by this permission.
    pub fn cases(&self, reading: Permission) -> impl Iterator<Item = &'a Case> + use<'a, '_> {
        self.house.cases().filter(move |case| self.knows(case) && self.may(Some(reading), case))
    }

    fn may(&self, permission: Option<Permission>, case: &Case) -> bool {
        let target = Target::Case(case.alias.clone());
        let Some(person) = self.house.person(&self.actor.person) else { return false };
        let actors = self.house.actors(person, self.actor.session, &target, self.now);
        actors.iter().any(|actor| Viewer { actor, ..*self }.permitted(permission, &target))
    }

    fn permitted(&self, permission: Option<Permission>, target: &Target) -> bool {
        self.permit(permission, target).is_some()
    }

    fn permit(&self, permission: Option<Permission>, target: &Target) -> Option<Permit> {
        self.policies.authorize(permission?, &self.house.facts(self.actor, target)).ok()
    }
}
