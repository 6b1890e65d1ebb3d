//! Names of things: short, checked, cheap to clone. Does not know whether what is named exists.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::identity_number::holds_identity_number;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The id, if it is 1 to 40 of `a-z`, `A-Z`, `0-9` and `-`.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let fits = (1..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
                fits.then(|| Self(text.into()))
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "`{}`", self.0)
            }
        }
    )+};
}

ids! {
    /// The house, such as `varmland`.
    HouseId,
    /// A pseudonymous person, such as `p-4f2a91c0d3`.
    PersonId,
    /// A post, such as `prosecutor-1`.
    PostId,
    /// An authority, or a group of independents, such as `prosecution`.
    AuthorityId,
    /// A room, such as `interview-1`.
    RoomId,
    /// A case's alias, such as `VRM-2026-0142` (C1).
    Alias,
}

impl PersonId {
    /// A pseudonym from 5 random bytes, which never looks like an identity number.
    #[must_use]
    pub fn from_random(bytes: [u8; 5]) -> Self {
        let mut hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        if holds_identity_number(&hex) {
            hex.replace_range(..1, "a");
        }
        Self(format!("p-{hex}").into())
    }
}

impl Alias {
    /// The alias `prefix-year-number`, the number of 4 digits or more.
    #[must_use]
    pub fn new(prefix: &str, year: i16, number: u32) -> Self {
        Self(format!("{prefix}-{year:04}-{number:04}").into())
    }
}

/// What an act is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// The house as a whole, or the caller.
    House,
    /// One person of the directory.
    Person(PersonId),
    /// One case.
    Case(Alias),
    /// One consultation of a case, from 1.
    Consultation(Alias, u32),
    /// One interview of a case, from 1.
    Interview(Alias, u32),
    /// One question of an interview, both from 1.
    Question(Alias, u32, u32),
}

impl Target {
    /// The case that it belongs to.
    #[must_use]
    pub fn case(&self) -> Option<&Alias> {
        match self {
            Self::House | Self::Person(_) => None,
            Self::Case(alias) | Self::Consultation(alias, _) | Self::Interview(alias, _) | Self::Question(alias, _, _) => Some(alias),
        }
    }

    /// The numbers in its name.
    pub fn numbers(&self) -> impl Iterator<Item = u32> + use<> {
        let (first, second) = match self {
            Self::House | Self::Person(_) | Self::Case(_) => (None, None),
            Self::Consultation(_, number) | Self::Interview(_, number) => (Some(*number), None),
            Self::Question(_, interview, number) => (Some(*interview), Some(*number)),
        };
        first.into_iter().chain(second)
    }

    /// The resource name, without the leading `houses/{house}/`; empty for the house itself.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::House => String::new(),
            Self::Person(person) => format!("persons/{person}"),
            Self::Case(alias) => format!("cases/{alias}"),
            Self::Consultation(alias, number) => format!("cases/{alias}/consultations/{number}"),
            Self::Interview(alias, number) => format!("cases/{alias}/interviews/{number}"),
            Self::Question(alias, interview, number) => format!("cases/{alias}/interviews/{interview}/questions/{number}"),
        }
    }
}
