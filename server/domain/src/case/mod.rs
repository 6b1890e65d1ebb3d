//! Cases: who has which part in one child's matter, who leads the investigation, and what must not leave.
//!
//! Does not hold the child's name, account or findings (C8). `decide` holds the rules, `apply` what follows.

mod apply;
mod decide;

use std::collections::{BTreeMap, BTreeSet};

use barnahus_policy::{Part, Phase, Protection, Role};
use serde::{Deserialize, Serialize};

use crate::{
    code::{AbsenceReason, AgeBand, CrimeType, IdentityMode, Relation, RepresentativeState},
    consultation::Consultation,
    directory::Person,
    house::House,
    id::{Alias, AuthorityId, PersonId, PostId},
    interview::Interview,
    text::Text,
    time::{DAY_US, Time},
};

pub(crate) use apply::apply;
pub(crate) use decide::decide;

/// Days from the police report to the first interview (C7, a recommendation).
pub const FIRST_INTERVIEW_DAYS: i64 = 14;

/// One case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What it is called by, everywhere (C1).
    pub alias: Alias,
    /// The social welfare board where the child lives: it owns the case.
    pub home_board: AuthorityId,
    /// Protection level (C3).
    pub protection: Protection,
    /// Whether the child is named (C2).
    pub identity_mode: IdentityMode,
    /// The child's age.
    pub child_age_band: AgeBand,
    /// What is suspected.
    pub crime_type: CrimeType,
    /// The suspect's relation to the child.
    pub relation_to_child: Relation,
    /// The language the child speaks.
    pub language: String,
    /// When the first consultation was requested.
    pub requested_at: Time,
    /// The reference of the police report, once registered.
    pub police_reference: Option<String>,
    /// When the police report was registered.
    pub opened_at: Option<Time>,
    /// Whether the guardian embargo is on (C6).
    pub embargo: bool,
    /// When it was last lifted.
    pub embargo_lifted_at: Option<Time>,
    /// Where the special representative's appointment stands (S5).
    pub representative_state: Option<RepresentativeState>,
    /// The representing post, once appointed.
    pub representative: Option<PostId>,
    /// When the guardians were informed.
    pub guardians_informed_at: Option<Time>,
    /// The record that last changed the case.
    pub changed: u64,
    pub(crate) leader: Option<Seat>,
    pub(crate) deputies: BTreeSet<PostId>,
    pub(crate) seats: BTreeMap<PersonId, Seat>,
    pub(crate) invited: BTreeMap<PostId, Role>,
    pub(crate) blocked: BTreeSet<PersonId>,
    pub(crate) touched_by: BTreeSet<AuthorityId>,
    pub(crate) consultations: Vec<Consultation>,
    pub(crate) interviews: Vec<Interview>,
}

/// A person's part: one role, by one post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// Who.
    pub person: PersonId,
    /// By which post.
    pub post: PostId,
    /// In which role.
    pub role: Role,
    /// With which part.
    pub part: Part,
}

impl Case {
    /// The leader's seat, once the investigation is open.
    #[must_use]
    pub fn leader(&self) -> Option<&Seat> {
        self.leader.as_ref()
    }

    /// The posts that act in the leader's place (L5).
    pub fn deputies(&self) -> impl Iterator<Item = &PostId> {
        self.deputies.iter()
    }

    /// One interview, from 1.
    #[must_use]
    pub fn interview(&self, number: u32) -> Option<&Interview> {
        self.interviews.get(usize::try_from(number.checked_sub(1)?).ok()?)
    }

    /// All interviews, in order.
    #[must_use]
    pub fn interviews(&self) -> &[Interview] {
        &self.interviews
    }

    /// How many interviews have begun, of those up to this number: how often the child has told it in this case (B7).
    #[must_use]
    pub fn tellings(&self, upto: u32) -> u32 {
        let begun = self.interviews.iter().filter(|interview| interview.number <= upto && interview.started_at.is_some());
        u32::try_from(begun.count()).unwrap_or(u32::MAX)
    }

    /// One consultation, from 1.
    #[must_use]
    pub fn consultation(&self, number: u32) -> Option<&Consultation> {
        self.consultations.get(usize::try_from(number.checked_sub(1)?).ok()?)
    }

    /// All consultations, in order.
    #[must_use]
    pub fn consultations(&self) -> &[Consultation] {
        &self.consultations
    }

    /// When the first interview should have been held (C7).
    #[must_use]
    pub fn first_interview_due_at(&self) -> Option<Time> {
        self.opened_at.map(|opened| opened.plus_us(FIRST_INTERVIEW_DAYS * DAY_US))
    }

    /// Where the case stands, or the interview that is meant.
    #[must_use]
    pub fn phase(&self, interview: Option<u32>) -> Phase {
        let meant = match interview {
            Some(number) => self.interview(number),
            None => self.interviews.last(),
        };
        meant.map_or(Phase::Before, Interview::phase)
    }

    /// A person's part now: the first of leader, deputy, admitted, team and invited whose post they still hold, since a right ends with the
    /// mandate. One of the team whom the interview that is meant leaves out is no more than invited. None for an outsider, or one who is
    /// blocked.
    #[must_use]
    pub fn seat(&self, person: &Person, interview: Option<u32>, now: Time) -> Option<Seat> {
        if self.blocked.contains(&person.id) {
            return None;
        }
        let leads = self.leader.as_ref().filter(|seat| seat.person == person.id);
        let mut meant = self.interviews.iter().filter(|known| interview.is_none_or(|number| known.number == number));
        let admitted = meant.find_map(|interview| interview.admitted(&person.id));
        let team = self.seats.get(&person.id);
        let deputy =
            |post: &PostId| Seat { person: person.id.clone(), post: post.clone(), role: Role::InvestigationLeader, part: Part::Deputy };
        let deputes = person.posts_at(now).find(|post| self.deputies.contains(*post)).map(deputy);
        let mut parts = leads.cloned().into_iter().chain(deputes).chain(admitted).chain(team.cloned());
        if let Some(seat) = parts.find(|seat| person.holds(&seat.post, now)) {
            let left_out = seat.part == Part::Team && interview.is_some_and(|number| self.leaves_out(&seat, number));
            return Some(if left_out { Seat { part: Part::Invited, ..seat } } else { seat });
        }
        // The defence is called to an interview, everyone else to the case.
        let asked = |post: &PostId| interview.is_none_or(|number| self.interview(number).is_some_and(|interview| interview.invites(post)));
        let called = |post: &PostId| self.invited.get(post).copied().filter(|role| *role != Role::DefenceCounsel || asked(post));
        let invited = person.posts_at(now).find_map(|post| Some((post, called(post)?)));
        invited.map(|(post, role)| Seat { person: person.id.clone(), post: post.clone(), role, part: Part::Invited })
    }

    /// True if one of the team merely knows of this interview. A conflict of interest is with the case, whichever interview it was said of.
    fn leaves_out(&self, seat: &Seat, interview: u32) -> bool {
        let conflicts = |interview: &Interview| interview.declined.get(&seat.person) == Some(&AbsenceReason::ConflictOfInterest);
        self.interviews.iter().any(conflicts) || self.interview(interview).is_some_and(|interview| interview.leaves_out(seat))
    }

    /// Those who see every question: the leader, the deputies and the team's investigators (Roles), as long as their mandates last.
    #[must_use]
    pub fn sees_all_questions(&self, house: &House, interview: &Interview, now: Time) -> Vec<PersonId> {
        let investigates = |role: Role| role == Role::PoliceInvestigator;
        let team = self.seats.values().filter(|seat| investigates(seat.role)).map(|seat| &seat.person);
        let admitted =
            interview.observers.iter().filter(|observer| investigates(observer.role) && !observer.removed).map(|observer| &observer.person);
        let deputies = self.deputies.iter().flat_map(|post| house.holders(post, now));
        let leads = self.leader.iter().map(|seat| &seat.person).chain(deputies.map(|person| &person.id));
        let people: BTreeSet<_> = leads.chain(team).chain(admitted).collect();
        let sits = |person: &&PersonId| {
            let seat = house.person(person).and_then(|person| self.seat(person, Some(interview.number), now));
            seat.is_some_and(|seat| seat.part != Part::Invited)
        };
        people.into_iter().filter(|person| sits(person)).cloned().collect()
    }
}

/// What can be done to a case.
#[derive(Debug, Clone)]
pub enum Command {
    /// Opens the investigation; the actor leads it.
    OpenInvestigation {
        /// The reference of the police report.
        police_reference: String,
        /// The identity mode from now on.
        identity_mode: Option<IdentityMode>,
        /// The legal ground for it.
        legal_ground: Option<String>,
    },
    /// Names a deputy of the leader.
    NameDeputy(PostId),
    /// Sets the embargo, for a reason.
    SetEmbargo(Text),
    /// Lifts the embargo, for a reason.
    LiftEmbargo(Text),
    /// Records the representative.
    RecordRepresentative {
        /// The new state.
        state: RepresentativeState,
        /// The appointed post.
        post: Option<PostId>,
        /// The court's reference.
        court_reference: Option<String>,
    },
    /// Records that the guardians were informed.
    RecordGuardiansInformed,
}

/// What happened to a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// The investigation was opened, led by the actor.
    InvestigationOpened {
        /// The reference of the police report.
        police_reference: String,
        /// The identity mode from now on.
        identity_mode: IdentityMode,
    },
    /// A deputy was named.
    DeputyNamed {
        /// Which post.
        post: PostId,
    },
    /// The embargo was set.
    EmbargoSet,
    /// The embargo was lifted.
    EmbargoLifted,
    /// The representative's appointment moved.
    RepresentativeRecorded {
        /// To this state.
        state: RepresentativeState,
        /// With this post.
        post: Option<PostId>,
        /// By this reference.
        court_reference: Option<String>,
    },
    /// The guardians were informed.
    GuardiansInformed,
}

impl Happened {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::InvestigationOpened { .. } => "case.investigation_opened",
            Self::DeputyNamed { .. } => "case.deputy_named",
            Self::EmbargoSet => "case.embargo_set",
            Self::EmbargoLifted => "case.embargo_lifted",
            Self::RepresentativeRecorded { .. } => "case.representative_recorded",
            Self::GuardiansInformed => "case.guardians_informed",
        }
    }
}

/// Why a change of a case is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaseRefusal {
    /// Gone since it was authorized; cannot be met while the clerk decides on one state.
    #[error("there is no such case")]
    NoSuchCase,
    /// It has a leader.
    #[error("the case is led by `{0}` already: ask that post")]
    LeaderExists(PostId),
    /// The mode only goes forward, with a ground.
    #[error("the identity mode only goes from ANONYMOUS to IDENTIFIED, and needs its legal ground")]
    IdentityGoesForward,
    /// Cannot stand in for the leader, or is named already.
    #[error("`{0}` cannot be named: name another post that leads investigations")]
    CannotDepute(PostId),
    /// Too late.
    #[error("an interview runs: a deputy is named beforehand")]
    InterviewRuns,
    /// It is on, or was at the time that is claimed.
    #[error("the guardian embargo is on, or was then: the leader must lift it first")]
    EmbargoOn,
    /// It is off.
    #[error("the guardian embargo is not on")]
    EmbargoOff,
    /// The state goes backwards, or lacks what it needs.
    #[error("the representative's appointment cannot go from `{from}` to `{to}`, or lacks its court reference or post")]
    RepresentativeState {
        /// Where it stands.
        from: &'static str,
        /// Where it should go.
        to: RepresentativeState,
    },
    /// The post does not represent.
    #[error("`{0}` is no post of a special representative")]
    NotARepresentative(PostId),
    /// It is recorded already.
    #[error("the guardians were informed already")]
    GuardiansInformedAlready,
}
