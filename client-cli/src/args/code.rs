//! Codes on the command line: `WITH_POLICE_AND_PROSECUTOR`, or the same in small letters with hyphens.
//!
//! The codes are the contract's; nothing here lists one. INVARIANT: the value 0 of an enum can never be given.

use std::{ffi::OsStr, marker::PhantomData, str::FromStr};

use barnahus_proto::v1;
use clap::{
    Arg, Command, Error,
    builder::{PossibleValue, PossibleValuesParser, StringValueParser, TypedValueParser},
};

use crate::{malformed::Malformed, text::code_key};

/// An enum of the contract.
pub(crate) trait Code: TryFrom<i32> + Copy + Send + Sync + 'static {
    /// The value's name in the contract, such as `END_REASON_SAFETY`.
    fn name(self) -> &'static str;
}

macro_rules! contract_codes {
    ($($code:ident)*) => {
        $(impl Code for v1::$code {
            fn name(self) -> &'static str {
                self.as_str_name()
            }
        })*
    };
}

contract_codes! {
    AbsenceReason AgeBand ConsultationKind ConsultationState CrimeType Deviation EndReason Fate Hint IdentityMode InterviewKind InterviewState
    InvitationState NotAskedReason Outcome Part Phase Protection ProtocolEvent QuestionState RejectReason Relation RepresentativeState
    RevocationReason Role RoomKind
}

/// The parser of one kind of code, for `value_parser`.
pub(crate) fn codes<E: Code>() -> Codes<E> {
    codes_but(&[])
}

/// As [`codes`], but without some that this command does not take.
pub(crate) fn codes_but<E: Code>(without: &'static [&'static str]) -> Codes<E> {
    Codes { without, kind: PhantomData }
}

/// See [`codes`]. Each possible value carries the key of its word, which `help.rs` puts in the person's language.
#[derive(Clone)]
pub(crate) struct Codes<E> {
    without: &'static [&'static str],
    kind: PhantomData<E>,
}

impl<E: Code> Codes<E> {
    fn known(&self) -> impl Iterator<Item = (&'static str, E)> + use<E> {
        let without = self.without;
        all::<E>().filter(move |(short, _)| !without.contains(short))
    }
}

impl<E: Code> TypedValueParser for Codes<E> {
    type Value = E;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<E, Error> {
        let wanted = value.to_string_lossy().parse::<Coded<E>>().ok();
        if let Some((_, code)) = wanted.and_then(|wanted| self.known().find(|(_, code)| code.name() == wanted.0.name())) {
            return Ok(code);
        }
        // For the error, which names what is known and what is like it.
        let known = PossibleValuesParser::new(self.known().map(|(short, _)| PossibleValue::new(short)));
        known.parse_ref(command, arg, value).and_then(|_| Err(Error::new(clap::error::ErrorKind::InvalidValue)))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.known().map(|(short, code)| PossibleValue::new(short).help(code_key(code.name())))))
    }
}

/// The parser of a longer argument with a code in it, so that help can tell the codes.
pub(crate) fn with_codes<T, E: Code>() -> WithCodes<T, E> {
    WithCodes(PhantomData)
}

/// See [`with_codes`].
#[derive(Clone)]
pub(crate) struct WithCodes<T, E>(PhantomData<(T, E)>);

impl<T, E> TypedValueParser for WithCodes<T, E>
where
    T: FromStr<Err = Malformed> + Clone + Send + Sync + 'static,
    E: Code,
{
    type Value = T;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<T, Error> {
        StringValueParser::new().try_map(|input| input.parse::<T>()).parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(all::<E>().map(|(short, code)| PossibleValue::new(short).help(code_key(code.name())))))
    }
}

/// A code as part of a longer argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Coded<E>(pub(crate) E);

impl<E: Code> FromStr for Coded<E> {
    type Err = Malformed;

    fn from_str(input: &str) -> Result<Self, Malformed> {
        let wanted = input.to_ascii_uppercase().replace('-', "_");
        let found = all::<E>().find(|(short, _)| *short == wanted).map(|(_, code)| Self(code));
        found.ok_or_else(|| {
            let why = if input.is_empty() { "usage-code-missing" } else { "usage-code" };
            Malformed::new(why, input).with("known", all::<E>().map(|(short, _)| short).collect::<Vec<_>>().join(", "))
        })
    }
}

/// Every code of its kind, with its name without the prefix.
pub(crate) fn all<E: Code>() -> impl Iterator<Item = (&'static str, E)> {
    let prefix = E::try_from(0).map_or("", |zero| zero.name().trim_end_matches("UNSPECIFIED"));
    (1..64).filter_map(|number| E::try_from(number).ok()).map(move |code| (code.name().strip_prefix(prefix).unwrap_or(code.name()), code))
}

#[cfg(test)]
mod tests {
    use barnahus_proto::v1::{AgeBand, EndReason};

    use super::*;

    #[test]
    fn a_code_is_taken_in_any_spelling_and_zero_in_none() {
        for spelling in ["4_TO_6", "4-to-6"] {
            assert_eq!(spelling.parse::<Coded<AgeBand>>().unwrap().0, AgeBand::AgeBand4To6);
        }
        let wrong = "UNSPECIFIED".parse::<Coded<EndReason>>().unwrap_err();
        assert!(wrong.to_string().contains("AS_PLANNED, CHILD_TIRED, CHILD_DISTRESSED, TECHNICAL, SAFETY"), "{wrong}");
    }
}
