//! Names of things: what a person types, and the contract's full name.
//!
//! `VRM-2026-0142` is a case, `VRM-2026-0142/1` its interview (or, with consultation commands, its consultation) 1, `VRM-2026-0142/1/7`
//! question 7 of that interview; posts, persons and the like go by their bare id. Full names are taken everywhere. Whether such a thing
//! exists is the house's to say.

use std::{fmt, marker::PhantomData, str::FromStr};

use crate::malformed::Malformed;

/// What can be named: its collections from the house downwards, and how its short form looks.
pub(crate) trait Kind: Clone + Send + Sync + 'static {
    /// `["cases", "interviews"]`.
    const COLLECTIONS: &'static [&'static str];
    /// `VRM-2026-0142/1`.
    const EXAMPLE: &'static str;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident: $collections:expr, $example:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(crate) struct $kind;
        impl Kind for $kind {
            const COLLECTIONS: &'static [&'static str] = &$collections;
            const EXAMPLE: &'static str = $example;
        }
    )*};
}

kinds! {
    /// A case, by its alias (rule C1).
    Case: ["cases"], "VRM-2026-0142";
    /// An interview of a case.
    Interview: ["cases", "interviews"], "VRM-2026-0142/1";
    /// A consultation of a case.
    Consultation: ["cases", "consultations"], "VRM-2026-0142/1";
    /// A question of an interview.
    Question: ["cases", "interviews", "questions"], "VRM-2026-0142/1/7";
    /// A post.
    Post: ["posts"], "prosecutor-1";
    /// A pseudonymous person.
    Person: ["persons"], "p-4f2a91c0d3";
    /// An authority.
    Authority: ["authorities"], "Karlstad";
    /// A room.
    Room: ["rooms"], "interview-1";
}

/// A name as typed: the ids, and the house where the full form was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name<K> {
    house: Option<String>,
    ids: Vec<String>,
    kind: PhantomData<K>,
}

impl<K: Kind> Name<K> {
    /// The contract's full name, in this house (`houses/varmland`) unless another was given.
    pub(crate) fn full(&self, house: &str) -> String {
        let mut name = self.house.as_deref().unwrap_or(house).to_owned();
        for (collection, id) in K::COLLECTIONS.iter().zip(&self.ids) {
            name.extend(["/", collection, "/", id]);
        }
        name
    }
}

impl<K: Kind> FromStr for Name<K> {
    type Err = Malformed;

    fn from_str(input: &str) -> Result<Self, Malformed> {
        let malformed = || Malformed::new("usage-name", input).with("example", K::EXAMPLE);
        let parts: Vec<&str> = input.split('/').collect();
        let (house, ids) = match parts.as_slice() {
            ["houses", house, rest @ ..] => {
                let (pairs, []) = rest.as_chunks::<2>() else { return Err(malformed()) };
                if !pairs.iter().map(|[collection, _]| *collection).eq(K::COLLECTIONS.iter().copied()) {
                    return Err(malformed());
                }
                (Some(format!("houses/{house}")), pairs.iter().map(|[_, id]| *id).collect())
            }
            ids => (None, ids.to_vec()),
        };
        let sound = |id: &&str| !id.is_empty() && !id.chars().any(|c| c.is_whitespace() || c.is_control());
        if ids.len() != K::COLLECTIONS.len() || !ids.iter().all(sound) || house.as_ref().is_some_and(|house| house.len() <= "houses/".len())
        {
            return Err(malformed());
        }
        let mut ids: Vec<_> = ids.into_iter().map(str::to_owned).collect();
        if let (None, Some(alias)) = (&house, ids.first_mut().filter(|_| K::COLLECTIONS.starts_with(&["cases"]))) {
            // An alias has no small letters.
            *alias = alias.to_uppercase();
        }
        Ok(Self { house, ids, kind: PhantomData })
    }
}

/// A person as typed: by pseudonym, or by a post that they alone hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// By pseudonym.
    Person(Name<Person>),
    /// By post.
    Post(Name<Post>),
}

impl FromStr for Who {
    type Err = Malformed;

    fn from_str(input: &str) -> Result<Self, Malformed> {
        let pseudonym = input.strip_prefix("p-").is_some_and(|rest| rest.chars().all(|c| c.is_ascii_hexdigit()));
        if pseudonym || input.contains("/persons/") {
            return input.parse().map(Self::Person);
        }
        let post = if input.starts_with("houses/") { input.to_owned() } else { input.to_lowercase() };
        post.parse().map(Self::Post).map_err(|_| Malformed::new("usage-name", input).with("example", Person::EXAMPLE))
    }
}

impl<K: Kind> fmt::Display for Name<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.ids.join("/"))
    }
}

/// A full name as people say it: `houses/varmland/cases/VRM-2026-0142/interviews/1` is `VRM-2026-0142/1`. What is not a full name is
/// shown as it is.
pub(crate) fn short(name: &str) -> String {
    let Some(rest) = name.strip_prefix("houses/").and_then(|rest| rest.split_once('/')) else { return name.to_owned() };
    let ids: Vec<_> = rest.1.split('/').skip(1).step_by(2).collect();
    if ids.is_empty() { name.to_owned() } else { ids.join("/") }
}

/// Short names beside each other.
pub(crate) fn shorts<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    names.into_iter().map(|name| short(name)).collect::<Vec<_>>().join(", ")
}

/// A name as it is compared: in small letters, å, ä and ö as a and o.
pub(crate) fn folded(name: &str) -> String {
    let plain = |c: char| match c {
        'å' | 'ä' | 'æ' => 'a',
        'ö' | 'ø' => 'o',
        'é' => 'e',
        c => c,
    };
    name.to_lowercase().chars().map(plain).collect()
}

/// The part of a short name after the last stroke: a question's own number.
pub(crate) fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full<K: Kind>(input: &str) -> Result<String, Malformed> {
        input.parse::<Name<K>>().map(|name| name.full("houses/varmland"))
    }

    #[test]
    fn a_short_name_is_completed_with_the_house() {
        assert_eq!(full::<Case>("VRM-2026-0142").unwrap(), "houses/varmland/cases/VRM-2026-0142");
        assert_eq!(full::<Case>("vrm-2026-0142").unwrap(), "houses/varmland/cases/VRM-2026-0142");
        assert_eq!(["Säffle", "ÅRJÄNG", "kil"].map(folded), ["saffle", "arjang", "kil"]);
        assert_eq!(full::<Interview>("VRM-2026-0142/1").unwrap(), "houses/varmland/cases/VRM-2026-0142/interviews/1");
        assert_eq!(full::<Consultation>("VRM-2026-0142/1").unwrap(), "houses/varmland/cases/VRM-2026-0142/consultations/1");
        assert_eq!(full::<Question>("VRM-2026-0142/1/7").unwrap(), "houses/varmland/cases/VRM-2026-0142/interviews/1/questions/7");
        assert_eq!(full::<Post>("welfare-kil-1").unwrap(), "houses/varmland/posts/welfare-kil-1");
        assert_eq!(full::<Authority>("Årjäng").unwrap(), "houses/varmland/authorities/Årjäng");
    }

    #[test]
    fn a_full_name_is_taken_as_it_is_and_shown_short() {
        let name = "houses/dalarna/cases/DAL-2026-0001/interviews/2";
        assert_eq!(full::<Interview>(name).unwrap(), name);
        assert_eq!(short(name), "DAL-2026-0001/2");
        assert_eq!(short("houses/varmland/posts/prosecutor-1"), "prosecutor-1");
        assert_eq!(short("houses/varmland"), "houses/varmland");
        assert_eq!(short(""), "");
        assert_eq!(last("houses/varmland/cases/A/interviews/1/questions/7"), "7");
    }

    #[test]
    fn a_person_is_named_by_pseudonym_or_by_post() {
        assert!(matches!("p-4f2a91c0d3".parse(), Ok(Who::Person(_))) && matches!("houses/v/persons/p-1".parse(), Ok(Who::Person(_))));
        assert!(matches!("p-special".parse(), Ok(Who::Post(_))) && matches!("welfare-kil-1".parse(), Ok(Who::Post(_))));
        assert!("a b".parse::<Who>().is_err());
    }

    #[test]
    fn what_is_not_a_name_is_refused_before_it_is_sent() {
        for wrong in [
            "",
            "/",
            "VRM-2026-0142",
            "VRM-2026-0142/",
            "VRM-2026-0142/1/7",
            "A B/1",
            "houses/v/cases/A",
            "houses//cases/A/interviews/1",
            "houses/v/cases/A/consultations/1",
            "houses/v/cases/A/interviews",
        ] {
            assert!(full::<Interview>(wrong).is_err(), "{wrong}");
        }
        assert!(full::<Post>("houses/v/posts/a\u{7}").is_err());
    }
}
