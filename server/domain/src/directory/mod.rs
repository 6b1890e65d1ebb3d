//! People, their certificates and mandates. A person is a pseudonym; what they may do follows from the posts they hold.
//!
//! Issues no certificate and checks no signature. `decide` holds the rules, `apply` what follows.

mod apply;
mod decide;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    code::RevocationReason,
    id::{PersonId, PostId},
    time::Time,
};

pub(crate) use apply::apply;
pub(crate) use decide::decide;

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
