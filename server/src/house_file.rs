//! The house file: what a house is when it is founded, written by people as TOML.
//!
//! Reads the text, checks that it makes sense as a whole, and turns it into the domain's [`Definition`]. Reads no file, and does not change
//! a house that is founded: the log says what that is.
//!
//! INVARIANT: a definition that comes from here has unique ids, and every id that it mentions exists in it.

mod check;
mod form;

use std::fmt;

use barnahus_audit::Origin;
use barnahus_domain::{PostId, house::Definition};
use jiff::civil;

pub use form::Weekday;

/// Most bytes in a house file.
pub const HOUSE_FILE_MAX: usize = 256 * 1024;

/// A house file that was read and makes sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HouseFile {
    /// What the founding record says.
    pub definition: Definition,
    /// The first post with the role `ADMINISTRATOR`: whoever founds the house holds it.
    pub first_administrator: PostId,
    /// The name of the house's log: the first line of its checkpoints.
    pub origin: Origin,
    /// Two capital letters: the country whose public holidays are no working days. Absent: none is counted.
    pub holidays: Option<String>,
    /// When the house is open, where said.
    pub opening: Option<Opening>,
    /// The weekly time for consultations, where said.
    pub consultation_slot: Option<ConsultationSlot>,
}

/// The house's opening hours, on its own wall clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The days.
    pub days: Vec<Weekday>,
    /// From this time.
    pub from: civil::Time,
    /// Until this time, which is later.
    pub to: civil::Time,
}

/// The weekly time for consultations, on the house's own wall clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsultationSlot {
    /// The day.
    pub day: Weekday,
    /// From this time.
    pub from: civil::Time,
    /// Until this time, which is later.
    pub to: civil::Time,
}

/// Why a house file is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HouseFileError {
    /// Too long.
    #[error("the house file has {0} bytes: write at most {HOUSE_FILE_MAX}")]
    TooLong(usize),
    /// It is not TOML, or a key or value has no place in a house file.
    #[error("line {line}: {problem}")]
    Form {
        /// Where, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// It is of the right form, but makes no sense. Everything that was found, at once.
    #[error("{}", lines(.0))]
    Faults(Vec<Fault>),
}

/// One thing that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where, from 1.
    pub line: usize,
    /// The key whose value is meant.
    pub key: &'static str,
    /// What is wrong, and what to do.
    pub problem: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, `{}`: {}", self.line, self.key, self.problem)
    }
}

/// Reads a house file.
///
/// # Errors
/// The first place that is not of the form, or else everything that makes no sense.
pub fn parse(text: &str) -> Result<HouseFile, HouseFileError> {
    if text.len() > HOUSE_FILE_MAX {
        return Err(HouseFileError::TooLong(text.len()));
    }
    let form = toml::from_str::<form::Form>(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        HouseFileError::Form { line, problem: error.message().trim().replace('\n', "; ") }
    })?;
    check::check(text, form).map_err(HouseFileError::Faults)
}

/// The line of a byte, from 1.
fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

fn lines(faults: &[Fault]) -> String {
    faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use barnahus_domain::code::{AgeBand, RoomKind};
    use barnahus_policy::Role;

    use super::*;

    const VARMLAND: &str = include_str!("../../tests/scenarios/varmland.toml");

    fn faults(text: &str) -> Vec<String> {
        match parse(text) {
            Err(HouseFileError::Faults(faults)) => faults.iter().map(Fault::to_string).collect(),
            other => panic!("no faults, but {other:?}"),
        }
    }

    fn fault(from: &str, to: &str) -> String {
        assert!(VARMLAND.contains(from), "{from}");
        let faults = faults(&VARMLAND.replacen(from, to, 1));
        assert_eq!(faults.len(), 1, "{faults:?}");
        faults.concat()
    }

    fn malformed(from: &str, to: &str) -> String {
        assert!(VARMLAND.contains(from), "{from}");
        match parse(&VARMLAND.replacen(from, to, 1)) {
            Err(error @ HouseFileError::Form { .. }) => error.to_string(),
            other => panic!("no error of form, but {other:?}"),
        }
    }

    #[test]
    fn the_reference_house_is_read_whole() {
        let house = parse(VARMLAND).unwrap();
        let definition = house.definition;
        assert_eq!((definition.id.as_str(), definition.alias_prefix.as_str()), ("varmland", "VRM"));
        assert_eq!((definition.time_zone.as_str(), definition.buffer_minutes), ("Europe/Stockholm", 15));
        assert_eq!((definition.rooms.len(), definition.posts.len(), definition.authorities.len()), (8, 20, 5 + 16 + 2));
        assert_eq!(definition.host.as_str(), "Karlstad");
        assert_eq!(house.origin.as_str(), "barnahus.invalid/varmland");
        assert_eq!(house.holidays.as_deref(), Some("SE"));
        assert_eq!(house.opening.unwrap().days.len(), 5);
        assert_eq!(house.consultation_slot.unwrap().day, Weekday::Mon);
        let room = definition.rooms.first().unwrap();
        assert_eq!((room.kind, room.paired_with.as_ref().unwrap().as_str()), (RoomKind::Interview, "listening-1"));
        let interviewer = definition.posts.iter().find(|post| post.id.as_str() == "interviewer-2").unwrap();
        assert_eq!(interviewer.qualified, [AgeBand::From7To14, AgeBand::Over14]);
        assert_eq!((interviewer.authority.as_str(), interviewer.languages.concat()), ("police", "sv".to_owned()));
    }

    #[test]
    fn a_boards_id_is_its_name_in_plain_letters() {
        let house = parse(VARMLAND).unwrap().definition;
        let name_of =
            |id: &str| house.authorities.iter().find(|authority| authority.id.as_str() == id).map(|authority| authority.name.clone());
        for (id, name) in [("Hammaro", "Hammarö"), ("Saffle", "Säffle"), ("Arjang", "Årjäng"), ("court", "Värmlands tingsrätt")] {
            assert_eq!(name_of(id).as_deref(), Some(name));
        }
        assert!(
            house
                .authorities
                .iter()
                .filter(|authority| authority.independent)
                .map(|authority| authority.id.as_str())
                .eq(["advocates", "interpreters"])
        );
        let spaced = parse(&VARMLAND.replace("\"Torsby\"", "\"Upplands Väsby\"")).unwrap().definition;
        assert!(spaced.posts.iter().any(|post| post.authority.as_str() == "Upplands-Vasby"));
    }

    #[test]
    fn l7_role_ranks_are_the_defaults_unless_the_house_says_its_own() {
        let rank =
            |text: &str, role| parse(text).unwrap().definition.role_ranks.iter().find(|(ranked, _)| *ranked == role).map(|(_, rank)| *rank);
        assert_eq!(rank(VARMLAND, Role::InvestigationLeader), Some(1));
        assert_eq!(rank(VARMLAND, Role::InjuredPartyCounsel), Some(3));
        assert_eq!(rank(VARMLAND, Role::Counsellor), Some(5));
        assert_eq!(rank(VARMLAND, Role::Interpreter), None);
        let own = format!("{VARMLAND}\n[role_ranks]\nCOUNSELLOR = 1\nINVESTIGATION_LEADER = 2\n");
        assert_eq!((rank(&own, Role::Counsellor), rank(&own, Role::PoliceInvestigator)), (Some(1), None));
    }

    #[test]
    fn an_unknown_key_or_word_is_refused_with_its_line() {
        assert!(malformed("name = ", "nam = ").starts_with("line 6: unknown field `nam`"));
        assert!(malformed("paired_with = \"listening-1\"", "paired = \"listening-1\"").starts_with("line 15: unknown field `paired`"));
        assert!(malformed("\"COORDINATOR\"", "\"KOORDINATOR\"").contains("unknown variant `KOORDINATOR`"));
        assert!(malformed("kind = \"WAITING\"", "kind = \"CELLAR\"").contains("unknown variant `CELLAR`"));
        assert!(malformed("alias_prefix = \"VRM\"", "").contains("missing field `alias_prefix`"));
        assert!(malformed("[house]", "[house").starts_with("line 4: "));
        assert_eq!(parse(&" ".repeat(HOUSE_FILE_MAX + 1)).unwrap_err(), HouseFileError::TooLong(HOUSE_FILE_MAX + 1));
    }

    #[test]
    fn what_is_called_must_exist() {
        assert!(fault("agency = \"Kil\"", "agency = \"Kiel\"").starts_with("line 98, `agency`: there is no authority `Kiel`"));
        assert!(fault("house_host = \"Karlstad\"", "house_host = \"Oslo\"").contains("`house_host`: there is no authority `Oslo`"));
        assert!(fault("paired_with = \"listening-2\"", "paired_with = \"listening-9\"").contains("there is no room `listening-9`"));
        assert!(fault("paired_with = \"listening-2\"", "paired_with = \"meeting\"").contains("is no listening room"));
        assert!(fault("paired_with = \"listening-2\"\n", "").contains("line 18, `paired_with`"));
        assert!(fault("Europe/Stockholm", "Europe/Karlstad").contains("no IANA time zone"));
        assert!(fault("roles = [\"ADMINISTRATOR\"]", "roles = [\"AUDITOR\"]").contains("ADMINISTRATOR"));
    }

    #[test]
    fn ids_are_unique_and_well_formed() {
        assert!(fault("id = \"coordinator-2\"", "id = \"coordinator-1\"").starts_with("line 65, `id`: `coordinator-1` stands twice"));
        assert!(fault("id = \"meeting\"", "id = \"waiting-east\"").contains("stands twice"));
        assert!(fault("\"Grums\"", "\"Årjäng\"").contains("`Arjang` stands twice"));
        assert!(fault("id = \"meeting\"", "id = \"möte\"").contains("letters, digits and hyphens"));
        assert!(fault("alias_prefix = \"VRM\"", "alias_prefix = \"Vrm\"").contains("2 to 5 letters A to Z"));
    }

    #[test]
    fn values_out_of_bounds_are_refused_all_at_once() {
        let text = VARMLAND
            .replace("seats = 8", "seats = 0")
            .replace("to = \"17:00\"", "to = \"07:00\"")
            .replace("from = \"09:00\"", "from = \"9 o'clock\"")
            .replace("holidays = \"SE\"", "holidays = \"Sweden\"")
            .replace("[\"so\", \"sv\"]", "[\"Somali\"]")
            .replace("roles = [\"DEFENCE_COUNSEL\"]", "roles = []")
            .replace("time_zone =", "buffer_minutes = 999\ntime_zone =");
        let faults = faults(&text);
        let keys: Vec<&str> = faults.iter().map(|fault| fault.split('`').nth(1).unwrap()).collect();
        assert_eq!(keys, ["buffer_minutes", "opening", "consultation_slot", "seats", "holidays", "roles", "languages"], "{faults:#?}");
    }

    #[test]
    fn auditors_and_administrators_hold_no_second_role() {
        assert!(fault("roles = [\"AUDITOR\"]", "roles = [\"AUDITOR\", \"POLICE_INVESTIGATOR\"]").contains("`AUDITOR` stands alone"));
    }

    #[test]
    fn the_houses_log_may_have_its_own_name() {
        let own = VARMLAND.replace("[house]", "[house]\norigin = \"barnahus.example/varmland\"");
        assert_eq!(parse(&own).unwrap().origin.as_str(), "barnahus.example/varmland");
        assert!(faults(&own.replace("barnahus.example", "bar na")).concat().contains("`origin`"));
    }
}
