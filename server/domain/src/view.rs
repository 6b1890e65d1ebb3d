//! What one person may see of the house: visibility follows from the policies, asked once per class of question.
//!
//! Shows no text: it says which texts may be shown, by the record and field that they are sealed with.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use barnahus_policy::{Facts, Part, Permission, Permit, PolicySet, Protection, Role};

use crate::{
    case::Case,
    facts::{Actor, audits},
    house::House,
    id::Target,
    interview::Interview,
    question::{Question, sort_by_order},
    room::{RoleCheck, closing_check, may_watch},
    time::Time,
};

const KNOW: Option<Permission> = Permission::new("case.know");
const READ_TEXT: Option<Permission> = Permission::new("question.readText");
const WATCH: Option<Permission> = Permission::new("room.watch");
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
    /// Which policies let them.
    pub basis: &'a Basis,
}

/// The policies that let a viewer see what they see, collected as they decide (U2).
#[derive(Debug, Default)]
pub struct Basis(RefCell<BTreeSet<Arc<str>>>);

impl Basis {
    /// What permitted the act that this is seen by.
    #[must_use]
    pub fn of(permit: &Permit) -> Self {
        Self(RefCell::new(permit.policies().iter().cloned().collect()))
    }

    /// The policies' ids, in their order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.0.borrow().iter().map(ToString::to_string).collect()
    }
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
        if question.author != self.actor.person && !self.follows(interview) {
            return false;
        }
        let target = Target::Question(case.alias.clone(), interview.number, question.number);
        self.permitted(READ_TEXT, &target)
    }

    /// The questions that the caller may see, in the order L7. Decided once per class: own or not, delivered or not.
    #[must_use]
    pub fn questions<'b>(&self, case: &Case, interview: &'b Interview) -> Vec<&'b Question> {
        let mut sees = self.sees(case, interview);
        let mut seen: Vec<_> = interview.questions().iter().filter(|question| sees(question)).collect();
        sort_by_order(self.house, &mut seen);
        seen
    }

    /// Whether the caller may see a question, for many of one interview.
    pub fn sees<'b>(&'b self, case: &'b Case, interview: &'b Interview) -> impl FnMut(&Question) -> bool + use<'a, 'b> {
        let mut classes: BTreeMap<(bool, bool), bool> = BTreeMap::new();
        move |question| {
            let class = (question.author == self.actor.person, question.delivered.is_some());
            *classes.entry(class).or_insert_with(|| self.reads_text(case, interview, question))
        }
    }

    /// True if the caller may follow what others do in the room: until the end, whoever may watch it now (L2), and who leads wherever they
    /// are.
    fn follows(&self, interview: &Interview) -> bool {
        interview.ended_at.is_some() || matches!(self.actor.part, Part::Leader | Part::Deputy) || may_watch(interview, self.actor)
    }

    /// How many questions each role has, for one who asks outside the live view: as whoever may watch knows it.
    #[must_use]
    pub fn counts_if_watching(&self, case: &Case, interview: &Interview) -> Vec<RoleCount> {
        let target = Target::Interview(case.alias.clone(), interview.number);
        if self.permitted(WATCH, &target) { self.counts(interview) } else { Vec::new() }
    }

    /// False for the interviewer, whose screen stays quiet: what is not delivered is not there (L8).
    #[must_use]
    pub fn knows_of_undelivered(&self) -> bool {
        self.actor.role != Role::ChildInterviewer
    }

    /// How many questions each role has, by role.
    #[must_use]
    pub fn counts(&self, interview: &Interview) -> Vec<RoleCount> {
        let knows = self.knows_of_undelivered() && self.follows(interview);
        if knows { interview.counts.values().copied().collect() } else { Vec::new() }
    }

    /// The closing check as the caller may know of it (L11).
    #[must_use]
    pub fn closing_check(&self, interview: &Interview) -> Vec<RoleCheck> {
        let mut checks = closing_check(self.house, interview, self.now);
        if !self.knows_of_undelivered() {
            checks.iter_mut().for_each(|check| check.waiting = 0);
        }
        checks
    }

    /// True if the caller may see their own lines of this interview's protocol, or those of others (L13).
    #[must_use]
    pub fn reads_protocol(&self, case: &Case, interview: &Interview, own: bool) -> bool {
        if !own && !self.follows(interview) {
            return false;
        }
        let target = Target::Interview(case.alias.clone(), interview.number);
        let facts = Facts { own, ..self.house.facts(self.actor, &target) };
        READ_LINE.is_some_and(|permission| self.decide(permission, &facts))
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

    /// The interviews of a case that a list shows the caller, newest first.
    pub fn interviews<'b>(&'b self, case: &'b Case, reading: Permission) -> impl Iterator<Item = &'b Interview> + use<'a, 'b> {
        let target = |interview: &Interview| Target::Interview(case.alias.clone(), interview.number);
        case.interviews().iter().rev().filter(move |interview| self.may_at(Some(reading), &target(interview)))
    }

    fn may(&self, permission: Option<Permission>, case: &Case) -> bool {
        self.may_at(permission, &Target::Case(case.alias.clone()))
    }

    fn may_at(&self, permission: Option<Permission>, target: &Target) -> bool {
        let Some(person) = self.house.person(&self.actor.person) else { return false };
        let actors = self.house.actors(person, self.actor.session, target, self.now);
        actors.iter().any(|actor| Viewer { actor, ..*self }.permitted(permission, target))
    }

    fn permitted(&self, permission: Option<Permission>, target: &Target) -> bool {
        permission.is_some_and(|permission| self.decide(permission, &self.house.facts(self.actor, target)))
    }

    fn decide(&self, permission: Permission, facts: &Facts) -> bool {
        let permit = self.policies.authorize(permission, facts);
        permit.map(|permit| self.basis.0.borrow_mut().extend(permit.policies().iter().cloned())).is_ok()
    }
}
