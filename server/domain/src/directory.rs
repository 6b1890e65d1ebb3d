//! People, their certificates and mandates. A person is a pseudonym; what they may do follows from the posts they hold.
//!
//! Issues no certificate and checks no signature.

use std::fmt;

use barnahus_policy::Role;
use serde::{Deserialize, Serialize};

use crate::{
    code::RevocationReason,
    command::{By, Decided},
    event::{Event, Stamp},
    house::{House, Post},
    id::{PersonId, PostId, Target},
    time::{DAY_US, MINUTE_US, Time},
};

/// SHA-256 of a certificate's DER bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// The first 8 bytes as hex: what records call the session by.
    #[must_use]
    pub fn short(&self) -> String {
        self.0.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short())
    }
}

/// A certificate that the house knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Whose it is.
    pub person: PersonId,
    /// When it ends.
    pub ends_at: Time,
    /// The record that names it.
    pub index: u64,
}

/// A dated right to a post: from `from`, before `until`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mandate {
    /// The post.
    pub post: PostId,
    /// First instant.
    pub from: Time,
    /// First instant after.
    pub until: Time,
}

impl Mandate {
    /// True if it holds at this time.
    #[must_use]
    pub fn holds_at(&self, now: Time) -> bool {
        self.from <= now && now < self.until
    }
}

/// A pseudonymous person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The pseudonym.
    pub id: PersonId,
    /// Every mandate, ended ones too.
    pub mandates: Vec<Mandate>,
    /// When revoked.
    pub revoked_at: Option<Time>,
    /// When the newest certificate ends.
    pub certificate_ends_at: Time,
}

impl Person {
    /// True if the person holds the post at this time, and is not revoked.
    #[must_use]
    pub fn holds(&self, post: &PostId, now: Time) -> bool {
        self.revoked_at.is_none() && self.mandates.iter().any(|mandate| mandate.post == *post && mandate.holds_at(now))
    }

    /// The posts held at this time.
    pub fn posts_at(&self, now: Time) -> impl Iterator<Item = &PostId> {
        let live = self.revoked_at.is_none();
        self.mandates.iter().filter(move |mandate| live && mandate.holds_at(now)).map(|mandate| &mandate.post)
    }
}

/// What can be done to the directory.
#[derive(Debug, Clone)]
pub enum Command {
    /// Enrols a person, or gives one a further certificate.
    Enroll {
        /// The pseudonym, new or known.
        person: PersonId,
        /// True if the person must be known already.
        known: bool,
        /// The signed certificate.
        certificate: IssuedCertificate,
        /// Posts from the start.
        mandates: Vec<Mandate>,
    },
    /// Revokes the person that is the target.
    Revoke(RevocationReason),
    /// Gives the target a post.
    Grant(Mandate),
    /// Ends the target's mandate to a post.
    End(PostId),
}

/// A certificate as it was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedCertificate {
    /// SHA-256 of the DER bytes, as 64 hex digits.
    pub fingerprint: String,
    /// When it ends.
    pub ends_at: Time,
    /// The certificate as PEM: public, and kept so that a repeated call is answered alike.
    pub pem: String,
}

/// What happened to the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// Enrolled.
    Enrolled {
        /// The certificate.
        certificate: IssuedCertificate,
        /// Posts from the start.
        mandates: Vec<Mandate>,
    },
    /// Revoked.
    Revoked {
        /// Why.
        reason: RevocationReason,
    },
    /// A post was given.
    MandateGranted {
        /// Which, and when.
        mandate: Mandate,
    },
    /// A mandate was ended.
    MandateEnded {
        /// To which post.
        post: PostId,
    },
}

/// Why a change of the directory is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryRefusal {
    /// No such person.
    #[error("there is no such person here: list them with `barnahus admin persons`")]
    NoSuchPerson,
    /// No such post.
    #[error("there is no post `{0}` in this house: list them with `barnahus house posts`")]
    NoSuchPost(PostId),
    /// Times not in order, or overlapping.
    #[error("the mandate to `{0}` must begin now or later, last at most five years, and not overlap another to the same post")]
    MandateTimes(PostId),
    /// Administration and review are nobody's second role.
    #[error(
        "`{0}` is not for a person who holds, or held, other posts: who administers or reviews has no other role; enrol another person"
    )]
    RolesApart(PostId),
    /// Nobody gives a right to themself.
    #[error("nobody enrols themself or gives themself a post: ask another administrator")]
    Oneself,
    /// No such mandate now.
    #[error("the person has no mandate to `{0}` now")]
    NoSuchMandate(PostId),
    /// Revoked already.
    #[error("the person is revoked: enrol a new one")]
    Revoked,
    /// Nobody would be left to administer.
    #[error("this is the last administrator: enrol another first")]
    LastAdministrator,
}

pub(crate) fn decide(house: &House, by: &By<'_>, target: &Target, command: &Command, now: Time) -> Result<Decided, DirectoryRefusal> {
    match command {
        Command::Enroll { person, known, certificate, mandates } => {
            let found = house.person(person);
            // A new pseudonym is drawn at random: one that somebody has already is not handed to another person.
            if found.is_some() != *known {
                return Err(DirectoryRefusal::NoSuchPerson);
            }
            found.map_or(Ok(()), refuse_revoked)?;
            refuse_oneself(by, person)?;
            let held = found.map_or(&[][..], |found| &found.mandates);
            for (position, mandate) in mandates.iter().enumerate() {
                let earlier = mandates.get(..position).unwrap_or_default();
                check_mandate(house, held, mandate, now)?;
                check_mandate(house, earlier, mandate, now)?;
            }
            let event = Happened::Enrolled { certificate: certificate.clone(), mandates: mandates.clone() };
            Ok(Decided::new(Target::Person(person.clone()), Event::Directory(event)))
        }
        Command::Revoke(reason) => {
            let person = target_person(house, target)?;
            refuse_revoked(person)?;
            refuse_last_administrator(house, person, None, now)?;
            Ok(Decided::new(target.clone(), Event::Directory(Happened::Revoked { reason: *reason })))
        }
        Command::Grant(mandate) => {
            let person = target_person(house, target)?;
            refuse_revoked(person)?;
            refuse_oneself(by, &person.id)?;
            check_mandate(house, &person.mandates, mandate, now)?;
            Ok(Decided::new(target.clone(), Event::Directory(Happened::MandateGranted { mandate: mandate.clone() })))
        }
        Command::End(post) => {
            let person = target_person(house, target)?;
            if !person.holds(post, now) {
                return Err(DirectoryRefusal::NoSuchMandate(post.clone()));
            }
            refuse_last_administrator(house, person, Some(post), now)?;
            Ok(Decided::new(target.clone(), Event::Directory(Happened::MandateEnded { post: post.clone() })))
        }
    }
}

fn target_person<'a>(house: &'a House, target: &Target) -> Result<&'a Person, DirectoryRefusal> {
    let Target::Person(id) = target else { return Err(DirectoryRefusal::NoSuchPerson) };
    house.person(id).ok_or(DirectoryRefusal::NoSuchPerson)
}

fn refuse_revoked(person: &Person) -> Result<(), DirectoryRefusal> {
    if person.revoked_at.is_some() { Err(DirectoryRefusal::Revoked) } else { Ok(()) }
}

/// Nobody gives a right to themself.
fn refuse_oneself(by: &By<'_>, person: &PersonId) -> Result<(), DirectoryRefusal> {
    if by.actor.person == *person { Err(DirectoryRefusal::Oneself) } else { Ok(()) }
}

/// Longest mandate.
const MANDATE_MAX_US: i64 = 5 * 366 * DAY_US;

/// INVARIANT: whoever administers or reviews never held, and never gets, another role: else an administrator becomes a prosecutor.
fn check_mandate(house: &House, others: &[Mandate], mandate: &Mandate, now: Time) -> Result<(), DirectoryRefusal> {
    let Some(post) = house.post(&mandate.post) else { return Err(DirectoryRefusal::NoSuchPost(mandate.post.clone())) };
    let apart = |post: &Post| post.roles.iter().any(|role| matches!(role, Role::Administrator | Role::Auditor));
    let differs = |other: &Post| (apart(other) || apart(post)) && other.roles != post.roles;
    if others.iter().filter_map(|other| house.post(&other.post)).any(differs) {
        return Err(DirectoryRefusal::RolesApart(mandate.post.clone()));
    }
    // A minute's grace: who says "now" says it before the house hears it.
    if mandate.from < now.plus_us(-MINUTE_US) || mandate.until.since_us(mandate.from) > MANDATE_MAX_US {
        return Err(DirectoryRefusal::MandateTimes(mandate.post.clone()));
    }
    let overlaps = others.iter().any(|other| other.post == mandate.post && other.from < mandate.until && mandate.from < other.until);
    if mandate.until <= mandate.from || overlaps { Err(DirectoryRefusal::MandateTimes(mandate.post.clone())) } else { Ok(()) }
}

/// INVARIANT: a house keeps somebody who can administer it, since there is no second way in.
fn refuse_last_administrator(house: &House, person: &Person, losing: Option<&PostId>, now: Time) -> Result<(), DirectoryRefusal> {
    let administers = |post: &PostId| house.post(post).is_some_and(|post| post.roles.contains(&Role::Administrator));
    let loses = person.posts_at(now).any(|post| administers(post) && losing.is_none_or(|losing| losing == post));
    let others =
        house.persons().any(|other| other.id != person.id && other.certificate_ends_at > now && other.posts_at(now).any(administers));
    let keeps = losing.is_some() && person.posts_at(now).any(|post| administers(post) && losing != Some(post));
    if loses && !others && !keeps { Err(DirectoryRefusal::LastAdministrator) } else { Ok(()) }
}

/// Applies what happened to the person with this id. False if the person or the fingerprint makes no sense.
pub(crate) fn apply(house: &mut House, id: &PersonId, stamp: &Stamp, happened: &Happened) -> bool {
    match happened {
        Happened::Enrolled { certificate, mandates } => {
            let Some(fingerprint) = parse_fingerprint(&certificate.fingerprint) else { return false };
            // A further certificate retires those before it: whoever is replaced by stealth notices at once.
            house.certificates.retain(|_, known| known.person != *id);
            let known = Certificate { person: id.clone(), ends_at: certificate.ends_at, index: stamp.index };
            house.certificates.insert(fingerprint, known);
            let person = house.persons.entry(id.clone()).or_insert_with(|| Person {
                id: id.clone(),
                mandates: Vec::new(),
                revoked_at: None,
                certificate_ends_at: certificate.ends_at,
            });
            person.certificate_ends_at = person.certificate_ends_at.max(certificate.ends_at);
            person.mandates.extend(mandates.iter().cloned());
            true
        }
        Happened::Revoked { .. } => house.persons.get_mut(id).map(|person| person.revoked_at = Some(stamp.at)).is_some(),
        Happened::MandateGranted { mandate } => house.persons.get_mut(id).map(|person| person.mandates.push(mandate.clone())).is_some(),
        Happened::MandateEnded { post } => house
            .persons
            .get_mut(id)
            .and_then(|person| person.mandates.iter_mut().find(|mandate| mandate.post == *post && mandate.holds_at(stamp.at)))
            .map(|mandate| mandate.until = stamp.at)
            .is_some(),
    }
}

/// 32 bytes from 64 hex digits.
#[must_use]
pub fn parse_fingerprint(hex: &str) -> Option<Fingerprint> {
    let mut bytes = [0u8; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()?;
    }
    Some(Fingerprint(bytes))
}
