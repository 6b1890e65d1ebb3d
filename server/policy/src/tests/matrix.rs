//! The access matrix: who may what, in which part and phase, as one reviewed text.
//!
//! INVARIANT: nothing is left out. A line's conditions are tried one by one, and a property test compares the lines with the
//! policies on any facts.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::{BUILTIN, any_facts, any_permission, best, is_about_a_case, permission};
use crate::{Facts, Part, Permission, Phase, Protection, Role};

const LEGEND: &str = "\
Who may, and when. A line names parts in the case, and the phases in which those parts have the right:
B before, P prepared, L live, A after, D documented, C closed, E erased.
own: the question, line or invitation is one's own. delivered: the question was delivered. audited: the auditor's authority
has had a hand in the case. unprotected: the case's protection is NONE; all levels above it are alike.
Those who listen: INVESTIGATION_LEADER, POLICE_INVESTIGATOR, SPECIAL_REPRESENTATIVE, INJURED_PARTY_COUNSEL, DEFENCE_COUNSEL,
CHILD_WELFARE_OFFICER, CHILD_PSYCHIATRY, PAEDIATRICIAN, COUNSELLOR. What is not said here is denied.
";

const PHASES: &str = "BPLADCE";

const LISTEN: &[Role] = &[
    Role::InvestigationLeader,
    Role::PoliceInvestigator,
    Role::SpecialRepresentative,
    Role::InjuredPartyCounsel,
    Role::DefenceCounsel,
    Role::ChildWelfareOfficer,
    Role::ChildPsychiatry,
    Role::Paediatrician,
    Role::Counsellor,
];

/// A circumstance that can be withdrawn from facts that have every circumstance in their favour.
type Condition = (&'static str, fn(&mut Facts), fn(&Facts) -> bool);

const CONDITIONS: &[Condition] = &[
    ("own", |facts| facts.own = false, |facts| facts.own),
    ("delivered", |facts| facts.delivered = false, |facts| facts.delivered),
    ("audited", |facts| facts.audited = false, |facts| facts.audited),
    ("unprotected", |facts| facts.protection = Protection::ConfidentialityMarked, |facts| facts.protection == Protection::None),
];

/// The right of one role in one part: the phases in which it exists, and what it needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Right {
    phases: String,
    needs: Vec<&'static str>,
}

impl Right {
    fn of(permission: Permission, role: Role, part: Part) -> Self {
        let best = best(role, part, Phase::Before);
        let phases = phases(permission, best);
        if phases.is_empty() {
            return Self::default();
        }
        let needs = CONDITIONS.iter().filter_map(|(name, withdraw, _)| {
            let mut without = best;
            withdraw(&mut without);
            let left = self::phases(permission, without);
            assert!(left.is_empty() || left == phases, "{permission} {role} {part}: `{name}` matters in some phases only");
            left.is_empty().then_some(*name)
        });
        Self { needs: needs.collect(), phases }
    }

    fn holds(&self, facts: &Facts) -> bool {
        let phase = Phase::ALL.iter().zip(PHASES.chars()).find(|(phase, _)| **phase == facts.phase).unwrap().1;
        self.phases.contains(phase) && CONDITIONS.iter().all(|(name, _, given)| !self.needs.contains(name) || given(facts))
    }

    /// Wherever `self` holds, `other` holds.
    fn implies(&self, other: &Self) -> bool {
        self.phases.chars().all(|phase| other.phases.contains(phase))
            && (self.phases.is_empty() || other.needs.iter().all(|need| self.needs.contains(need)))
    }
}

fn phases(permission: Permission, facts: Facts) -> String {
    let permitted = Phase::ALL.iter().zip(PHASES.chars());
    permitted
        .filter(|(phase, _)| BUILTIN.authorize(permission, &Facts { phase: **phase, ..facts }).is_ok())
        .map(|(_, letter)| letter)
        .collect()
}

/// What one permission's lines say, the roles that are alike together.
fn lines(permission: Permission) -> String {
    let mut alike: BTreeMap<Vec<(Right, Vec<Part>)>, Vec<Role>> = BTreeMap::new();
    for role in Role::ALL {
        let mut rights: Vec<(Right, Vec<Part>)> = Vec::new();
        for part in Part::ALL {
            let right = Right::of(permission, *role, *part);
            match rights.iter_mut().find(|(known, _)| *known == right) {
                _ if right.phases.is_empty() => {}
                Some((_, parts)) => parts.push(*part),
                None => rights.push((right, vec![*part])),
            }
        }
        if !rights.is_empty() {
            alike.entry(rights).or_default().push(*role);
        }
    }
    let mut groups: Vec<_> = alike.into_iter().collect();
    groups.sort_by_key(|(_, roles)| roles.first().copied());
    let mut text = String::new();
    for (rights, roles) in groups {
        writeln!(text, "  {}", phrase(&roles, &[("every role", Role::ALL), ("those who listen", LISTEN)])).unwrap();
        for (right, parts) in rights {
            let parts = phrase(&parts, &[("any part", Part::ALL)]);
            writeln!(text, "    {:<7}  {parts}{}{}", right.phases, if right.needs.is_empty() { "" } else { "; " }, right.needs.join(", "))
                .unwrap();
        }
    }
    text
}

/// The shortest way to name these: one by one, or as a set with exceptions and additions.
fn phrase<T: Copy + PartialEq + ToString>(these: &[T], sets: &[(&str, &[T])]) -> String {
    let join = |words: Vec<T>| words.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let by_set = sets.iter().map(|(name, set)| {
        let except = join(set.iter().copied().filter(|word| !these.contains(word)).collect());
        let besides = join(these.iter().copied().filter(|word| !set.contains(word)).collect());
        let except = if except.is_empty() { except } else { format!(" but {except}") };
        let besides = if besides.is_empty() { besides } else { format!(", and {besides}") };
        format!("{name}{except}{besides}")
    });
    by_set.chain([join(these.to_vec())]).min_by_key(String::len).unwrap()
}

#[test]
fn the_access_matrix_is_as_reviewed() {
    let mut rights: Vec<(String, String)> = Vec::new();
    for permission in Permission::ALL {
        let lines = lines(*permission);
        match rights.last_mut() {
            Some((names, same)) if *same == lines => write!(names, ", {permission}").unwrap(),
            _ => rights.push((permission.to_string(), lines)),
        }
    }
    let text: String = rights.iter().map(|(names, lines)| format!("\n{names}\n{lines}")).collect();
    insta::assert_snapshot!("access_matrix", format!("{LEGEND}{text}"));
}

/// A2, C3: where a caller may not learn that the case exists, nothing about it is permitted.
#[test]
fn knowing_precedes_every_right_a2_c3() {
    let always = Right { phases: "BPLADC".to_owned(), needs: Vec::new() };
    for (role, part) in roles_in_parts() {
        let know = Right::of(permission("case.know"), role, part);
        for right in Permission::ALL.iter().copied().filter(|permission| is_about_a_case(*permission)) {
            if know == always {
                assert!(BUILTIN.authorize(right, &best(role, part, Phase::Erased)).is_err(), "{right}: {role} {part}");
            } else {
                assert!(Right::of(right, role, part).implies(&know), "{right}: {role} {part}");
            }
        }
    }
}

/// L4, L8, L13: the text of a question is for those who may know of the question, a line for those who may open the protocol.
#[test]
fn the_part_is_for_those_who_may_see_the_whole_l13() {
    implied("question.read", ["question.readText", "question.withdraw", "question.object", "question.noteFate"].map(permission));
    implied("question.list", ["question.read", "room.watch"].map(permission));
    implied("protocol.read", ["protocol.readLine"].map(permission));
    implied("interview.read", ["room.watch", "room.checkIn", "interview.accept"].map(permission));
}

fn implied(wider: &str, narrower: impl IntoIterator<Item = Permission>) {
    for narrow in narrower {
        for (role, part) in roles_in_parts() {
            let wide = Right::of(permission(wider), role, part);
            assert!(Right::of(narrow, role, part).implies(&wide), "{narrow} without {wider}: {role} {part}");
        }
    }
}

fn roles_in_parts() -> impl Iterator<Item = (Role, Part)> {
    Role::ALL.iter().flat_map(|role| Part::ALL.iter().map(move |part| (*role, *part)))
}

proptest! {
    /// The matrix says all there is to say: on any facts it and the policies agree.
    #[test]
    fn the_matrix_leaves_nothing_out(permission in any_permission(), facts in any_facts()) {
        let right = Right::of(permission, facts.role, facts.part);
        prop_assert_eq!(right.holds(&facts), BUILTIN.authorize(permission, &facts).is_ok());
    }

    /// Near what is permitted, too: there the circumstances decide.
    #[test]
    fn the_matrix_agrees_where_it_permits(
        (permission, facts) in (any_permission(), any_facts()).prop_filter("permitted somewhere", |(permission, facts)| {
            !Right::of(*permission, facts.role, facts.part).phases.is_empty()
        })
    ) {
        let right = Right::of(permission, facts.role, facts.part);
        prop_assert_eq!(right.holds(&facts), BUILTIN.authorize(permission, &facts).is_ok());
    }
}
