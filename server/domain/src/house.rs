//! The house: everything that the log has made of it so far.
//!
//! Holds no rule about who may change what; the nouns do. INVARIANT: changed by `apply` only.

use std::collections::{BTreeMap, HashMap};

use barnahus_policy::Role;
use serde::{Deserialize, Serialize};

use crate::{
    booking::Calendar,
    case::Case,
    code::{AgeBand, RoomKind},
    directory::{Certificate, Fingerprint, Person},
    id::{Alias, AuthorityId, HouseId, PersonId, PostId, RoomId},
    interview::Interview,
    time::Time,
};

/// A house as its founding record describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// Its id.
    pub id: HouseId,
    /// As people call it.
    pub name: String,
    /// The prefix of case aliases: 2 to 5 letters.
    pub alias_prefix: String,
    /// IANA time zone.
    pub time_zone: String,
    /// Minutes that rooms and people stay blocked before and after an interview (B2).
    pub buffer_minutes: u32,
    /// Role rank in the order of questions (L7), 1 first; roles that are not named come last.
    pub role_ranks: Vec<(Role, u8)>,
    /// The authority that hosts the house.
    pub host: AuthorityId,
    /// All authorities.
    pub authorities: Vec<Authority>,
    /// All rooms.
    pub rooms: Vec<Room>,
    /// All posts, in the order in which they are proposed.
    pub posts: Vec<Post>,
}

/// An authority, or a group of independents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// Its id.
    pub id: AuthorityId,
    /// As people call it.
    pub name: String,
    /// True for counsel and interpreters.
    pub independent: bool,
}

/// A room that can be booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// Its id.
    pub id: RoomId,
    /// What it is for.
    pub kind: RoomKind,
    /// For an interview room, the listening room that hears it.
    pub paired_with: Option<RoomId>,
    /// Seats, where said.
    pub seats: Option<u32>,
    /// Ages an interview room suits.
    pub suits: Vec<AgeBand>,
}

/// What a person does, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// Its id.
    pub id: PostId,
    /// The authority it belongs to.
    pub authority: AuthorityId,
    /// The roles it carries.
    pub roles: Vec<Role>,
    /// Ages an interviewer is qualified for.
    pub qualified: Vec<AgeBand>,
    /// Languages, ISO 639; empty where not said.
    pub languages: Vec<String>,
    /// True for a post on call.
    pub on_call: bool,
}

/// The state of one house.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct House {
    /// What the founding record says; absent before it.
    pub(crate) definition: Option<Definition>,
    pub(crate) persons: BTreeMap<PersonId, Person>,
    pub(crate) certificates: HashMap<Fingerprint, Certificate>,
    pub(crate) cases: HashMap<Alias, Case>,
    /// Cases in the order in which they were opened.
    pub(crate) case_order: Vec<Alias>,
    pub(crate) calendar: Calendar,
    /// How many records were applied.
    pub(crate) size: u64,
    pub(crate) last_at: Option<Time>,
}

impl House {
    /// How many records made this state: it is the house at that log size.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// When the newest record was made.
    #[must_use]
    pub fn last_at(&self) -> Option<Time> {
        self.last_at
    }

    /// What the founding record says; absent before it.
    #[must_use]
    pub fn definition(&self) -> Option<&Definition> {
        self.definition.as_ref()
    }

    /// The post with this id.
    #[must_use]
    pub fn post(&self, id: &PostId) -> Option<&Post> {
        self.definition.as_ref()?.posts.iter().find(|post| post.id == *id)
    }

    /// All posts, in the order of the house file.
    pub fn posts(&self) -> impl Iterator<Item = &Post> {
        self.definition.iter().flat_map(|definition| &definition.posts)
    }

    /// The room with this id.
    #[must_use]
    pub fn room(&self, id: &RoomId) -> Option<&Room> {
        self.rooms().find(|room| room.id == *id)
    }

    /// All rooms, in the order of the house file.
    pub fn rooms(&self) -> impl Iterator<Item = &Room> {
        self.definition.iter().flat_map(|definition| &definition.rooms)
    }

    /// The authority with this id.
    #[must_use]
    pub fn authority(&self, id: &AuthorityId) -> Option<&Authority> {
        self.definition.as_ref()?.authorities.iter().find(|authority| authority.id == *id)
    }

    /// The person with this id.
    #[must_use]
    pub fn person(&self, id: &PersonId) -> Option<&Person> {
        self.persons.get(id)
    }

    /// All people, by id.
    pub fn persons(&self) -> impl Iterator<Item = &Person> {
        self.persons.values()
    }

    /// The certificate with this fingerprint.
    #[must_use]
    pub fn certificate(&self, fingerprint: &Fingerprint) -> Option<&Certificate> {
        self.certificates.get(fingerprint)
    }

    /// Who holds a post at this time, by id.
    pub fn holders<'a>(&'a self, post: &'a PostId, now: Time) -> impl Iterator<Item = &'a Person> {
        self.persons.values().filter(move |person| person.holds(post, now))
    }

    /// The case with this alias.
    #[must_use]
    pub fn case(&self, alias: &Alias) -> Option<&Case> {
        self.cases.get(alias)
    }

    /// All cases, newest first.
    pub fn cases(&self) -> impl Iterator<Item = &Case> {
        self.case_order.iter().rev().filter_map(|alias| self.cases.get(alias))
    }

    /// One interview of a case, from 1.
    #[must_use]
    pub fn interview(&self, alias: &Alias, number: u32) -> Option<&Interview> {
        self.cases.get(alias)?.interview(number)
    }

    /// The rank of a role in the order of questions (L7).
    #[must_use]
    pub fn role_rank(&self, role: Role) -> u8 {
        let ranks = self.definition.iter().flat_map(|definition| &definition.role_ranks);
        ranks.into_iter().find(|(ranked, _)| *ranked == role).map_or(u8::MAX, |(_, rank)| *rank)
    }
}
