//! The form of a house file: which keys there are, and of which types. Judges no value.

use std::collections::BTreeMap;

use barnahus_domain::code::{AgeBand, RoomKind};
use barnahus_policy::Role;
use serde::Deserialize;
use toml::Spanned;

/// A text that knows where it stands.
pub(super) type Text = Spanned<String>;

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Form {
    pub(super) house: House,
    #[serde(default)]
    pub(super) room: Vec<Room>,
    pub(super) agencies: Agencies,
    #[serde(default)]
    pub(super) post: Vec<Post>,
    pub(super) role_ranks: Option<BTreeMap<Role, Spanned<u8>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct House {
    pub(super) id: Text,
    pub(super) name: Text,
    pub(super) alias_prefix: Text,
    pub(super) time_zone: Text,
    pub(super) buffer_minutes: Option<Spanned<u32>>,
    pub(super) origin: Option<Text>,
    pub(super) opening: Option<Spanned<Opening>>,
    pub(super) consultation_slot: Option<Spanned<ConsultationSlot>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Opening {
    pub(super) days: Vec<Weekday>,
    pub(super) from: String,
    pub(super) to: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConsultationSlot {
    pub(super) day: Weekday,
    pub(super) from: String,
    pub(super) to: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Room {
    pub(super) id: Text,
    pub(super) kind: RoomKind,
    pub(super) paired_with: Option<Text>,
    pub(super) seats: Option<Spanned<u32>>,
    #[serde(default)]
    pub(super) suits: Vec<AgeBand>,
    pub(super) entrance: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Agencies {
    pub(super) prosecution: Option<Text>,
    pub(super) police: Option<Text>,
    pub(super) region: Option<Text>,
    pub(super) forensic: Option<Text>,
    pub(super) court: Option<Text>,
    #[serde(default)]
    pub(super) social_boards: Vec<Text>,
    pub(super) house_host: Text,
    #[serde(default)]
    pub(super) independent: Vec<Text>,
    pub(super) holidays: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Post {
    pub(super) id: Text,
    pub(super) agency: Text,
    pub(super) roles: Spanned<Vec<Role>>,
    #[serde(default)]
    pub(super) qualified: Vec<AgeBand>,
    pub(super) languages: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    pub(super) on_call: bool,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}
