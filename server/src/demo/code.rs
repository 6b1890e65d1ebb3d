//! The contract's codes as people write them: `WITH_POLICE_AND_PROSECUTOR`, without the enum's prefix.
//!
//! INVARIANT: the value 0 of an enum is never read, and what a newer server might send is shown as `UNKNOWN`.

use barnahus_proto::v1;
use serde::{Deserialize, Deserializer, de::Error as _};

/// An enum of the contract.
pub(crate) trait Named: TryFrom<i32> + Copy {
    /// The value's name in the contract, such as `END_REASON_SAFETY`.
    fn full_name(self) -> &'static str;

    /// The same without the prefix: `SAFETY`.
    fn short_name(self) -> &'static str {
        let name = self.full_name();
        name.strip_prefix(prefix::<Self>()).unwrap_or(name)
    }
}

macro_rules! named {
    ($($code:ident)*) => {
        $(impl Named for v1::$code {
            fn full_name(self) -> &'static str {
                self.as_str_name()
            }
        })*
    };
}

named! {
    AbsenceReason AgeBand ConsultationKind ConsultationState CrimeType Deviation EndReason ErrorReason Fate Hint IdentityMode InterviewKind
    NotAskedReason Protection ProtocolEvent QuestionState RejectReason Relation RepresentativeState Role
}

/// What all names of an enum begin with.
fn prefix<E: Named>() -> &'static str {
    E::try_from(0).map_or("", |zero| zero.full_name().trim_end_matches("UNSPECIFIED"))
}

/// Every value but 0.
fn all<E: Named>() -> impl Iterator<Item = E> {
    (1..256).filter_map(|number| E::try_from(number).ok())
}

/// The code with this short name.
pub(crate) fn find<E: Named>(short_name: &str) -> Option<E> {
    all::<E>().find(|code| code.short_name() == short_name)
}

/// A code in a message as words: `child tired`; empty for the value 0.
pub(crate) fn words<E: Named>(number: i32) -> String {
    if number == 0 {
        return String::new();
    }
    E::try_from(number).map_or("UNKNOWN", Named::short_name).to_lowercase().replace('_', " ")
}

/// A code in a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Coded<E>(pub(crate) E);

impl<E: Named + Into<i32>> Coded<E> {
    /// As messages carry it.
    pub(crate) fn number(self) -> i32 {
        self.0.into()
    }
}

impl<'de, E: Named> Deserialize<'de> for Coded<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let known = || all::<E>().map(Named::short_name).collect::<Vec<_>>().join(", ");
        find(&name).map(Self).ok_or_else(|| D::Error::custom(format!("there is no code `{name}`, but {}", known())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_without_their_prefix() {
        assert_eq!(find("AGE_BAND_7_TO_14").map(v1::AgeBand::full_name), None);
        assert_eq!(find::<v1::AgeBand>("7_TO_14"), Some(v1::AgeBand::AgeBand7To14));
        assert_eq!(find::<v1::AgeBand>("UNSPECIFIED"), None);
        assert_eq!(find::<v1::ErrorReason>("LAST_ADMINISTRATOR"), Some(v1::ErrorReason::LastAdministrator));
        assert_eq!(v1::EndReason::ChildTired.short_name(), "CHILD_TIRED");
        assert_eq!(words::<v1::EndReason>(2), "child tired");
        assert_eq!((words::<v1::EndReason>(0), words::<v1::EndReason>(99)), (String::new(), "unknown".to_owned()));
    }
}
