//! Fields: turns a message into a domain command, and reports every bad field at once.
//!
//! Knows no state of the house. INVARIANT: no violation repeats private text.

use barnahus_domain::{
    AuthorityId, HouseId, PersonId, PostId, RoomId, Target, Time,
    code::Code,
    text::{Text, TextError, holds_identity_number},
};
use barnahus_policy::Role;
use barnahus_proto::v1::{self, ErrorReason};
use prost_types::{Duration, Timestamp};

use crate::record;

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The field's path in the message.
    pub field: String,
    /// Why.
    pub reason: ErrorReason,
    /// What to do, in words.
    pub text: String,
}

/// Largest number in a name. PRIVACY: names stand in records; with more digits, one could be an identity number (U5).
const NUMBER_MAX: u32 = 99_999;

/// PRIVACY: records tell whom one asked for, so nobody whose name could be an identity number (U5). The house names nobody so.
fn could_be_recorded(person: &PersonId) -> bool {
    !holds_identity_number(person.as_str())
}

/// Takes a message apart.
pub struct Fields<'a> {
    house: &'a HouseId,
    violations: Vec<Violation>,
    /// Whether the first name, which says what the message is about, has its form; absent before one was read.
    named: Option<bool>,
}

/// A message that could not be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadInput {
    /// Everything that is wrong, in the order of the fields; never empty.
    pub violations: Vec<Violation>,
    /// False if it does not even say what it is about.
    pub named: bool,
}

impl BadInput {
    /// The reason of the first violation.
    #[must_use]
    pub fn reason(&self) -> ErrorReason {
        self.violations.first().map_or(ErrorReason::InvalidField, |violation| violation.reason)
    }
}

impl<'a> Fields<'a> {
    /// For a message to this house.
    #[must_use]
    pub fn new(house: &'a HouseId) -> Self {
        Self { house, violations: Vec::new(), named: None }
    }

    /// What was found wrong.
    ///
    /// # Errors
    /// If anything was.
    pub fn finish(self) -> Result<(), BadInput> {
        if self.violations.is_empty() { Ok(()) } else { Err(BadInput { violations: self.violations, named: self.named != Some(false) }) }
    }

    /// Notes a violation.
    pub fn refuse(&mut self, field: &str, reason: ErrorReason, text: impl Into<String>) {
        self.violations.push(Violation { field: field.to_owned(), reason, text: text.into() });
    }

    /// The name of the house.
    pub fn house(&mut self, field: &str, name: &str) -> Target {
        self.target(field, name, "", |target| matches!(target, Target::House))
    }

    /// The name of a person.
    pub fn person_target(&mut self, field: &str, name: &str) -> Target {
        self.target(field, name, "/persons/{person}", |target| matches!(target, Target::Person(_)))
    }

    /// The name of a case.
    pub fn case(&mut self, field: &str, name: &str) -> Target {
        self.target(field, name, "/cases/{case}", |target| matches!(target, Target::Case(_)))
    }

    /// The name of a consultation.
    pub fn consultation(&mut self, field: &str, name: &str) -> Target {
        self.target(field, name, "/cases/{case}/consultations/{consultation}", |target| matches!(target, Target::Consultation(..)))
    }

    /// The name of an interview.
    pub fn interview(&mut self, field: &str, name: &str) -> Target {
        self.target(field, name, "/cases/{case}/interviews/{interview}", |target| matches!(target, Target::Interview(..)))
    }

    /// The name of a question.
    pub fn question(&mut self, field: &str, name: &str) -> Target {
        let form = "/cases/{case}/interviews/{interview}/questions/{question}";
        self.target(field, name, form, |target| matches!(target, Target::Question(..)))
    }

    /// The name of the house, or of one of its cases.
    pub fn house_or_case(&mut self, field: &str, name: &str) -> Target {
        self.target(field, name, " or …/cases/{case}", |target| matches!(target, Target::House | Target::Case(_)))
    }

    fn target(&mut self, field: &str, name: &str, form: &str, fits: impl Fn(&Target) -> bool) -> Target {
        let is_safe = |target: &Target| match target {
            Target::Person(person) => could_be_recorded(person),
            target => target.numbers().all(|number| number <= NUMBER_MAX),
        };
        let target = record::target(self.house, name).filter(fits).filter(is_safe);
        self.named.get_or_insert(target.is_some());
        if let Some(target) = target {
            return target;
        }
        let text = format!("a name has the form `houses/{}{form}`", self.house);
        self.refuse(field, ErrorReason::MalformedName, text);
        Target::House
    }

    /// A post, by its name.
    pub fn post(&mut self, field: &str, name: &str) -> Option<PostId> {
        self.id(field, name, "posts", PostId::parse)
    }

    /// A person, by name.
    pub fn person(&mut self, field: &str, name: &str) -> Option<PersonId> {
        self.id(field, name, "persons", |id| record::person(id).filter(could_be_recorded))
    }

    /// A room, by its name.
    pub fn room(&mut self, field: &str, name: &str) -> Option<RoomId> {
        self.id(field, name, "rooms", RoomId::parse)
    }

    /// An authority, by its name.
    pub fn authority(&mut self, field: &str, name: &str) -> Option<AuthorityId> {
        self.id(field, name, "authorities", AuthorityId::parse)
    }

    fn id<I>(&mut self, field: &str, name: &str, collection: &str, parse: impl Fn(&str) -> Option<I>) -> Option<I> {
        let rest = name.strip_prefix("houses/").and_then(|rest| rest.strip_prefix(self.house.as_str()));
        let id = rest.and_then(|rest| rest.strip_prefix('/')?.strip_prefix(collection)?.strip_prefix('/')).and_then(parse);
        if id.is_none() {
            let text = format!("a name has the form `houses/{}/{collection}/…`", self.house);
            self.refuse(field, ErrorReason::MalformedName, text);
        }
        id
    }

    /// A list of which each member is taken by `take`; 1 to `most` members, or none if `may_be_empty`.
    pub fn list<T, I>(
        &mut self,
        field: &str,
        items: &[T],
        most: usize,
        may_be_empty: bool,
        mut take: impl FnMut(&mut Self, &str, &T) -> Option<I>,
    ) -> Option<Vec<I>> {
        if items.len() > most || (items.is_empty() && !may_be_empty) {
            self.refuse(field, ErrorReason::InvalidField, format!("give {} to {most}", u8::from(!may_be_empty)));
            return None;
        }
        let taken: Vec<_> = items.iter().enumerate().map(|(at, item)| take(self, &format!("{field}[{at}]"), item)).collect();
        taken.into_iter().collect()
    }

    /// A free text.
    pub fn text(&mut self, field: &str, raw: &str, max: usize) -> Option<Text> {
        let error = match Text::new(raw, max) {
            Ok(text) => return Some(text),
            Err(error) => error,
        };
        let reason = match error {
            TextError::Empty => ErrorReason::TextEmpty,
            TextError::TooLong { .. } => ErrorReason::TextTooLong,
            TextError::Control { .. } => ErrorReason::ControlCharacter,
            TextError::IdentityNumber => ErrorReason::IdentityNumberInText,
        };
        self.refuse(field, reason, error.to_string());
        None
    }

    /// A free text that may be left out. The outer None is a bad text.
    pub fn optional_text(&mut self, field: &str, raw: &str, max: usize) -> Option<Option<Text>> {
        if raw.is_empty() { Some(None) } else { self.text(field, raw, max).map(Some) }
    }

    /// A reference of another authority's: 1 to 40 of letters, digits, `-`, `.`, `/`, `:` and space.
    pub fn reference(&mut self, field: &str, raw: &str) -> Option<String> {
        let fits = |character: char| character.is_alphanumeric() || "-./: ".contains(character);
        if (1..=40).contains(&raw.chars().count()) && raw.chars().all(fits) {
            return self.text(field, raw, 40).map(|text| text.as_str().to_owned());
        }
        self.refuse(field, ErrorReason::InvalidField, "give 1 to 40 letters, digits, `-`, `.`, `/`, `:` or spaces");
        None
    }

    /// A reference that may be left out.
    pub fn optional_reference(&mut self, field: &str, raw: &str) -> Option<Option<String>> {
        if raw.is_empty() { Some(None) } else { self.reference(field, raw).map(Some) }
    }

    /// A code, by its number in the contract.
    pub fn code<C: Code>(&mut self, field: &str, number: i32) -> Option<C> {
        let code = C::from_number(number);
        if code.is_none() {
            let known = C::ALL.iter().map(|code| code.as_str()).collect::<Vec<_>>().join(", ");
            self.refuse(field, ErrorReason::UnknownCode, format!("give one of {known}"));
        }
        code
    }

    /// A code that may be left out.
    pub fn optional_code<C: Code>(&mut self, field: &str, number: i32) -> Option<Option<C>> {
        if number == 0 { Some(None) } else { self.code(field, number).map(Some) }
    }

    /// A role, by its number in the contract.
    pub fn role(&mut self, field: &str, number: i32) -> Option<Role> {
        let role = v1::Role::try_from(number).ok().and_then(record::role_from);
        if role.is_none() {
            self.refuse(field, ErrorReason::UnknownCode, "give a role of this house");
        }
        role
    }

    /// An instant that must be given.
    pub fn time(&mut self, field: &str, time: Option<Timestamp>) -> Option<Time> {
        let taken = self.optional_time(field, time)?;
        if taken.is_none() {
            self.refuse(field, ErrorReason::InvalidField, "give a time");
        }
        taken
    }

    /// An instant that may be left out: years 1 to 9999.
    pub fn optional_time(&mut self, field: &str, time: Option<Timestamp>) -> Option<Option<Time>> {
        let Some(time) = time else { return Some(None) };
        let in_range = (-62_135_596_800..=253_402_300_799).contains(&time.seconds) && (0..1_000_000_000).contains(&time.nanos);
        if !in_range {
            self.refuse(field, ErrorReason::InvalidField, "give a time between the years 1 and 9999");
            return None;
        }
        Some(Some(Time(time.seconds * 1_000_000 + i64::from(time.nanos) / 1_000)))
    }

    /// A length of time in microseconds that may be left out: not negative, at most a day.
    pub fn optional_duration(&mut self, field: &str, duration: Option<Duration>) -> Option<Option<i64>> {
        let Some(duration) = duration else { return Some(None) };
        if !(0..=86_400).contains(&duration.seconds) || !(0..1_000_000_000).contains(&duration.nanos) {
            self.refuse(field, ErrorReason::InvalidField, "give a time between 0 and 24 hours");
            return None;
        }
        Some(Some(duration.seconds * 1_000_000 + i64::from(duration.nanos) / 1_000))
    }

    /// A request id: a UUID as text.
    pub fn request_id(&mut self, raw: &str) -> Option<[u8; 16]> {
        let id = uuid::Uuid::try_parse(raw).ok().filter(|id| raw.len() == 36 && !id.is_nil());
        if id.is_none() {
            self.refuse("request_id", ErrorReason::MalformedRequestId, "give a UUID, best of version 7, and the same one for a repeat");
        }
        id.map(uuid::Uuid::into_bytes)
    }

    /// An etag that may be left out. The outer None is a bad one.
    pub fn etag(&mut self, raw: &str) -> Option<Option<u64>> {
        if raw.is_empty() {
            return Some(None);
        }
        let etag = raw.parse().ok();
        if etag.is_none() {
            self.refuse("etag", ErrorReason::InvalidField, "give an etag as it was read, or none");
        }
        etag.map(Some)
    }

    /// A page size: 0 means `usual`.
    pub fn page_size(&mut self, size: i32, usual: usize, most: usize) -> usize {
        match usize::try_from(size) {
            Ok(0) => usual,
            Ok(size) if size <= most => size,
            _ => {
                self.refuse("page_size", ErrorReason::InvalidField, format!("give 1 to {most}, or 0 for {usual}"));
                usual
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_asked_for_by_an_identity_number_and_what_was_recorded_stays_readable_u5() {
        let house = HouseId::parse("varmland").expect("an id");
        let name = "houses/varmland/persons/p-0001052380";
        let mut fields = Fields::new(&house);
        assert_eq!((fields.person("person", name), fields.person_target("name", name)), (None, Target::House));
        assert_eq!(fields.finish().map_err(|bad| bad.violations.len()), Err(2));
        assert!(matches!(record::target(&house, name), Some(Target::Person(_))));
    }
}
