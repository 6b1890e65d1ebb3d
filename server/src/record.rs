//! Records: the bytes of a leaf, and back.
//!
//! Decides nothing. INVARIANT: the bytes that are written here once are stored, hashed and served as they are; nobody encodes a record
//! again. INVARIANT: every version that was ever written can be read.

use barnahus_domain::{Actor, Alias, AuthorityId, Event, HouseId, PersonId, PostId, Stamp, Target, Time};
use barnahus_policy::{Part, Role};
use barnahus_proto::v1;
use prost::Message as _;

/// The form of [`v1::Record`] written now.
pub const VERSION: u32 = 1;
/// Most bytes in a leaf: an entry of a tlog-tiles bundle has a 16-bit length.
pub const LEAF_MAX: usize = 65_535;

/// Why a leaf cannot be read. The house stops then: what it does not understand it must not decide on.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Not a record.
    #[error("record {0} is not readable: the store is damaged, restore it")]
    Unreadable(u64),
    /// From a newer server.
    #[error("record {index} has version `{version}` or a kind that this server does not know: upgrade the server")]
    Unknown {
        /// The record.
        index: u64,
        /// Its version.
        version: u32,
    },
    /// Too large.
    #[error("a record of {0} bytes is larger than a leaf may be")]
    TooLarge(usize),
}

/// A record that was read: what the house applies, and the message itself.
#[derive(Debug, Clone)]
pub struct Read {
    /// Who, when, about what.
    pub stamp: Stamp,
    /// What happened; absent for reads and refusals.
    pub event: Option<Event>,
    /// The whole record.
    pub record: v1::Record,
}

/// The bytes of a record.
///
/// # Errors
/// If it would be larger than a leaf may be.
pub fn encode(record: &v1::Record) -> Result<Vec<u8>, RecordError> {
    let bytes = record.encode_to_vec();
    if bytes.len() > LEAF_MAX { Err(RecordError::TooLarge(bytes.len())) } else { Ok(bytes) }
}

/// Reads a leaf.
///
/// # Errors
/// If it is no record of this index, or from a newer server.
pub fn decode(house: &HouseId, index: u64, leaf: &[u8]) -> Result<Read, RecordError> {
    let unreadable = || RecordError::Unreadable(index);
    let record = v1::Record::decode(leaf).map_err(|_| unreadable())?;
    if record.version != VERSION {
        return Err(RecordError::Unknown { index, version: record.version });
    }
    let unknown = || RecordError::Unknown { index, version: record.version };
    let event = if record.event.is_empty() { None } else { Some(serde_json::from_str::<Event>(&record.event).map_err(|_| unknown())?) };
    if record.index != index || event.as_ref().is_some_and(|event| event.kind() != record.kind) {
        return Err(unreadable());
    }
    let stamp = Stamp {
        index,
        at: Time(record.recorded_at_us),
        happened_at: (record.happened_at_us != 0).then_some(Time(record.happened_at_us)),
        person: PersonId::parse(&record.person),
        role: role_from(record.role()),
        post: PostId::parse(&record.post),
        authority: AuthorityId::parse(&record.authority),
        part: part_from(record.part()),
        target: target(house, &record.object).ok_or_else(unreadable)?,
    };
    Ok(Read { stamp, event, record })
}

/// The record's fields that say who acted.
pub fn sign_with_actor(record: &mut v1::Record, actor: &Actor) {
    record.person = actor.person.to_string();
    record.role = role_to(actor.role).into();
    record.post = actor.post.to_string();
    record.authority = actor.authority.to_string();
    record.part = part_to(actor.part).into();
    record.session = actor.session.short();
    purpose(actor.role).clone_into(&mut record.purpose);
}

/// The purpose that follows from the role (A1): no free justification is asked where one follows.
fn purpose(role: Role) -> &'static str {
    match role {
        Role::InvestigationLeader | Role::ChildInterviewer | Role::PoliceInvestigator => "CRIMINAL_INVESTIGATION",
        Role::SpecialRepresentative | Role::InjuredPartyCounsel => "REPRESENTING_THE_CHILD",
        Role::DefenceCounsel => "DEFENCE",
        Role::ChildWelfareOfficer => "CHILD_PROTECTION",
        Role::ChildPsychiatry | Role::Paediatrician | Role::Counsellor => "CARE",
        Role::Coordinator => "COORDINATION",
        Role::Interpreter => "INTERPRETING",
        Role::Auditor => "LOG_REVIEW",
        Role::Administrator => "ADMINISTRATION",
    }
}

/// The full resource name of a target.
#[must_use]
pub fn object(house: &HouseId, target: &Target) -> String {
    match target.path() {
        path if path.is_empty() => format!("houses/{house}"),
        path => format!("houses/{house}/{path}"),
    }
}

/// The target of a full resource name in this house.
#[must_use]
pub fn target(house: &HouseId, name: &str) -> Option<Target> {
    let mut parts = name.split('/');
    if parts.next()? != "houses" || parts.next()? != house.as_str() {
        return None;
    }
    let number = |part: Option<&str>| part.filter(|part| !part.starts_with(['0', '+'])).and_then(|part| part.parse::<u32>().ok());
    let target = match parts.next() {
        None => Target::House,
        Some("persons") => Target::Person(person(parts.next()?)?),
        Some("cases") => {
            let alias = alias(parts.next()?)?;
            match parts.next() {
                None => Target::Case(alias),
                Some("consultations") => Target::Consultation(alias, number(parts.next())?),
                Some("interviews") => {
                    let interview = number(parts.next())?;
                    match parts.next() {
                        None => Target::Interview(alias, interview),
                        Some("questions") => Target::Question(alias, interview, number(parts.next())?),
                        Some(_) => return None,
                    }
                }
                Some(_) => return None,
            }
        }
        Some(_) => return None,
    };
    parts.next().is_none().then_some(target)
}

/// An alias of the form that the house gives: 2 to 5 letters, a year, 4 to 6 digits. PRIVACY: a name that is asked for stands in the log even
/// if nothing has it, so it must not have room for anything else.
fn alias(text: &str) -> Option<Alias> {
    let mut parts = text.split('-');
    let (prefix, year, number) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = (2..=5).contains(&prefix.len())
        && prefix.bytes().all(|byte| byte.is_ascii_uppercase())
        && year.len() == 4
        && digits(year)
        && (4..=6).contains(&number.len())
        && digits(number)
        && parts.next().is_none();
    fits.then(|| Alias::parse(text)).flatten()
}

/// A pseudonym of the form that the house gives: `p-` and 10 hex digits.
#[must_use]
pub fn person(text: &str) -> Option<PersonId> {
    let hex = text.strip_prefix("p-")?;
    let fits = hex.len() == 10 && hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    fits.then(|| PersonId::parse(text)).flatten()
}

/// The contract's role.
#[must_use]
pub fn role_to(role: Role) -> v1::Role {
    match role {
        Role::InvestigationLeader => v1::Role::InvestigationLeader,
        Role::ChildInterviewer => v1::Role::ChildInterviewer,
        Role::PoliceInvestigator => v1::Role::PoliceInvestigator,
        Role::SpecialRepresentative => v1::Role::SpecialRepresentative,
        Role::InjuredPartyCounsel => v1::Role::InjuredPartyCounsel,
        Role::DefenceCounsel => v1::Role::DefenceCounsel,
        Role::ChildWelfareOfficer => v1::Role::ChildWelfareOfficer,
        Role::ChildPsychiatry => v1::Role::ChildPsychiatry,
        Role::Paediatrician => v1::Role::Paediatrician,
        Role::Counsellor => v1::Role::Counsellor,
        Role::Coordinator => v1::Role::Coordinator,
        Role::Interpreter => v1::Role::Interpreter,
        Role::Auditor => v1::Role::Auditor,
        Role::Administrator => v1::Role::Administrator,
    }
}

/// The role of the contract's.
#[must_use]
pub fn role_from(role: v1::Role) -> Option<Role> {
    Role::ALL.iter().copied().find(|known| role_to(*known) == role)
}

/// The contract's part. BLOCKED is not told to anybody (A2).
#[must_use]
pub fn part_to(part: Part) -> v1::Part {
    match part {
        Part::None | Part::Blocked => v1::Part::None,
        Part::Invited => v1::Part::Invited,
        Part::Team => v1::Part::Team,
        Part::Admitted => v1::Part::Admitted,
        Part::Deputy => v1::Part::Deputy,
        Part::Leader => v1::Part::Leader,
    }
}

fn part_from(part: v1::Part) -> Part {
    let parts = [Part::Invited, Part::Team, Part::Admitted, Part::Deputy, Part::Leader];
    parts.into_iter().find(|known| part_to(*known) == part).unwrap_or(Part::None)
}

#[cfg(test)]
mod tests {
    use barnahus_audit::leaf_hash;

    use super::*;

    /// A leaf of version 1 as a house wrote it. Other people's verifiers read these bytes: a change of them is a new version.
    #[test]
    fn a_leaf_of_version_1_has_the_bytes_that_it_had() {
        let record = v1::Record {
            version: 1,
            kind: "question.withdrawn".to_owned(),
            index: 7,
            recorded_at_us: 1_763_890_000_000_000,
            happened_at_us: 1_763_889_999_000_000,
            salt: vec![7; 16],
            person: "p-4f2a91c0d3".to_owned(),
            role: v1::Role::ChildWelfareOfficer.into(),
            post: "welfare-kil-1".to_owned(),
            authority: "Kil".to_owned(),
            part: v1::Part::Team.into(),
            session: "0011223344556677".to_owned(),
            operation: "/barnahus.v1.QuestionService/WithdrawQuestion".to_owned(),
            object: "houses/varmland/cases/VRM-2026-0142/interviews/1/questions/3".to_owned(),
            object_version: 6,
            case_alias: "VRM-2026-0142".to_owned(),
            owner_authority: "Kil".to_owned(),
            data_categories: vec!["question_text".to_owned()],
            purpose: "CHILD_PROTECTION".to_owned(),
            legal_ground: "OSL 10:21".to_owned(),
            recipients: vec!["p-00000000aa".to_owned()],
            outcome: v1::Outcome::Done.into(),
            reason: String::new(),
            policies: vec!["authors-withdraw".to_owned()],
            policy_set_hash: vec![9; 32],
            request_id: vec![1; 16],
            event: r#"{"question":"withdrawn"}"#.to_owned(),
            commitments: vec![v1::Commitment { field: "text".to_owned(), hmac: vec![2; 32] }],
            showings: vec![v1::Showing { person: "p-00000000aa".to_owned(), texts: vec![3, 300] }],
            query: "size=10".to_owned(),
            listed: vec!["houses/varmland/posts/welfare-kil-1".to_owned()],
        };
        let leaf = encode(&record).unwrap();
        assert_eq!(
            (leaf.len(), leaf_hash(&leaf).to_string().as_str()),
            (527, "2d2237849edd1000740dc4b0d14da8112f66fdbf9868e17841859cdd7edcdd5b")
        );
        let read = decode(&HouseId::parse("varmland").unwrap(), 7, &leaf).unwrap();
        assert_eq!(read.record, record);
        assert_eq!(read.stamp.target, Target::Question(Alias::parse("VRM-2026-0142").unwrap(), 1, 3));
    }
}
