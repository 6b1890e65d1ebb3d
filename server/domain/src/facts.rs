//! Facts: what the policies need to know of a caller and a target, found in the house.
//!
//! Does not judge them. INVARIANT: what does not exist gives the same facts as what the caller has no part in.

use barnahus_policy::{Facts, Part, Phase, Protection, Role};

use crate::{
    case::Case,
    directory::{Fingerprint, Person},
    house::House,
    id::{AuthorityId, PersonId, PostId, Target},
    time::Time,
};

/// Who acts: a person in one of their roles, with their part in the case that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The pseudonym.
    pub person: PersonId,
    /// The post that gives the role.
    pub post: PostId,
    /// The role.
    pub role: Role,
    /// The post's authority.
    pub authority: AuthorityId,
    /// The part in the case; NONE where no case is meant.
    pub part: Part,
    /// The certificate of this session.
    pub session: Fingerprint,
}

impl House {
    /// In what capacities a person may act on a target: by their part in its case, else by each role of each post held now.
    #[must_use]
    pub fn actors(&self, person: &Person, session: Fingerprint, target: &Target, now: Time) -> Vec<Actor> {
        let actor = |post: &PostId, role: Role, part: Part| {
            let authority = self.post(post)?.authority.clone();
            Some(Actor { person: person.id.clone(), post: post.clone(), role, authority, part, session })
        };
        let case = target.case().and_then(|alias| self.case(alias));
        if let Some(case) = case
            && let Some(seat) = case.seat(person, interview_number(target), now)
        {
            return actor(&seat.post, seat.role, seat.part).into_iter().collect();
        }
        let part = if case.is_some_and(|case| case.blocked.contains(&person.id)) { Part::Blocked } else { Part::None };
        person
            .posts_at(now)
            .filter_map(|post| self.post(post))
            .flat_map(|post| post.roles.iter().map(move |role| (post, *role)))
            .filter_map(|(post, role)| actor(&post.id, role, part))
            .collect()
    }

    /// A person who may act in no capacity now, as the record of a refusal names them: by the first post ever held.
    #[must_use]
    pub fn stranger(&self, person: &Person, session: Fingerprint) -> Option<Actor> {
        let post = self.post(&person.mandates.first()?.post)?;
        let (authority, role) = (post.authority.clone(), *post.roles.first()?);
        Some(Actor { person: person.id.clone(), post: post.id.clone(), role, authority, part: Part::None, session })
    }

    /// What the policies need to know.
    #[must_use]
    pub fn facts(&self, actor: &Actor, target: &Target) -> Facts {
        let case = target.case().and_then(|alias| self.case(alias));
        let question = match (case, target) {
            (Some(case), Target::Question(_, interview, number)) => {
                case.interview(*interview).and_then(|interview| interview.question(*number))
            }
            _ => None,
        };
        let own = match (case, target) {
            (_, Target::Question(..)) => question.is_some_and(|question| question.author == actor.person),
            (Some(case), Target::Interview(_, number)) => case.interview(*number).is_some_and(|interview| interview.invites(&actor.post)),
            _ => false,
        };
        Facts {
            role: actor.role,
            part: actor.part,
            phase: case.map_or(Phase::Before, |case| case.phase(interview_number(target))),
            protection: case.map_or(Protection::None, |case| case.protection),
            own,
            delivered: question.is_some_and(|question| question.delivered.is_some()),
            audited: case.is_some_and(|case| audits(case, &actor.authority)),
        }
    }

    /// The index of the record that last changed the target; absent where the target does not exist or has no versions.
    #[must_use]
    pub fn version(&self, target: &Target) -> Option<u64> {
        let case = self.case(target.case()?)?;
        match target {
            Target::House | Target::Person(_) => None,
            Target::Case(_) => Some(case.changed),
            Target::Consultation(_, number) => case.consultation(*number).map(|consultation| consultation.changed),
            Target::Interview(_, number) => case.interview(*number).map(|interview| interview.changed),
            Target::Question(_, interview, number) => case.interview(*interview)?.question(*number).map(|question| question.changed),
        }
    }

    /// True if the target is there.
    #[must_use]
    pub fn exists(&self, target: &Target) -> bool {
        match target {
            Target::House => true,
            Target::Person(person) => self.person(person).is_some(),
            _ => self.version(target).is_some(),
        }
    }
}

pub(crate) fn audits(case: &Case, authority: &AuthorityId) -> bool {
    case.home_board == *authority || case.touched_by.contains(authority)
}

pub(crate) fn interview_number(target: &Target) -> Option<u32> {
    match target {
        Target::Interview(_, number) | Target::Question(_, number, _) => Some(*number),
        _ => None,
    }
}
