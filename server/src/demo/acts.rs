//! What a step can do: one form per `do`, with the keys that it takes and no others.
//!
//! Plays nothing; `verbs` does. A test holds that every act of the contract has its verb.

use std::collections::BTreeMap;

use barnahus_proto::v1::{
    AbsenceReason, ConsultationKind, EndReason, Fate, Hint, IdentityMode, InterviewKind, NotAskedReason, RejectReason, RepresentativeState,
    Role,
};
use jiff::civil;
use serde::{Deserialize, Deserializer, de::Error as _};

use super::{
    calendar::{self, Day},
    code::Coded,
};

/// What a step does. Posts, rooms and boards go by their ids, questions by their texts.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Act {
    RequestConsultation {
        kind: Coded<ConsultationKind>,
        identity: Coded<IdentityMode>,
        reason: String,
        #[serde(default)]
        coordinator: Option<String>,
    },
    ScheduleConsultation {
        invite: Vec<String>,
    },
    HoldConsultation {
        #[serde(default)]
        absent: BTreeMap<String, Coded<AbsenceReason>>,
        #[serde(default)]
        actions: Vec<Action>,
    },
    HoldAfterMeeting {
        #[serde(default)]
        actions: Vec<Action>,
    },
    OpenInvestigation {
        police_reference: String,
        #[serde(default)]
        identity: Option<Coded<IdentityMode>>,
        #[serde(default)]
        ground: String,
    },
    NameDeputy {
        post: String,
    },
    SetEmbargo {
        reason: String,
    },
    LiftEmbargo {
        reason: String,
    },
    RecordSpecialRepresentative {
        state: Coded<RepresentativeState>,
        #[serde(default)]
        post: Option<String>,
        #[serde(default)]
        court_reference: String,
    },
    RecordGuardiansInformed {},
    BookInterview(Booking),
    AcceptBooking {},
    DeclineBooking {
        reason: Coded<AbsenceReason>,
    },
    InvitePost {
        post: String,
        instead_of: String,
    },
    ConfirmInterview {
        /// Required posts to do without, each with the leader's reason.
        #[serde(default)]
        waive: BTreeMap<String, String>,
        /// The leader's note on the defence.
        #[serde(default)]
        defence_note: String,
    },
    OrderDisclosureBan {
        scope: String,
        until: Day,
    },
    RemoveObserver {
        post: String,
    },
    AdmitObservers {
        who: Vec<String>,
    },
    DecideFurtherInterview {
        kind: Coded<InterviewKind>,
        reason: String,
    },
    DocumentInterview {},
    /// Reads the protocol and closes what was read.
    CloseProtocol {},
    AddRemark {
        text: String,
    },
    CheckIn {
        #[serde(default)]
        acknowledge_disclosure_ban: bool,
    },
    CheckOut {},
    FreezeRoster {},
    RecordChildInformed {},
    StartInterview {
        recording_reference: String,
        /// Why it starts although something formal is missing.
        #[serde(default)]
        reason: String,
    },
    CallBreak {
        #[serde(default)]
        delivered_in_order: Option<Vec<String>>,
    },
    AcknowledgeDelivery {},
    RequestBreak {},
    AllowNotes {
        allowed: bool,
    },
    ResumeInterview {},
    InterruptInterview {
        reason: Coded<EndReason>,
    },
    BeginClosing {},
    SignOff {},
    RecordAbsence {
        post: String,
        reason: Coded<AbsenceReason>,
    },
    EndInterview {
        reason: Coded<EndReason>,
        #[serde(default)]
        unasked: BTreeMap<String, Coded<NotAskedReason>>,
    },
    ConfirmFates {},
    SubmitQuestion {
        text: String,
        #[serde(default)]
        urgent_protection: bool,
        /// The hint that its author must get; none, where none is named.
        #[serde(default)]
        hint: Option<Coded<Hint>>,
    },
    WithdrawQuestion {
        question: String,
    },
    ReviseQuestion {
        question: String,
        text: String,
    },
    RewordQuestion {
        question: String,
        text: String,
    },
    DeferQuestion {
        question: String,
    },
    RankQuestion {
        question: String,
        rank: u32,
    },
    UnmarkUrgency {
        question: String,
        reason: String,
    },
    MarkActedOn {
        question: String,
    },
    DeliverNote {
        question: String,
    },
    /// These are the open questions that the post sees, in this order (L7).
    ExpectQuestions {
        in_order: Vec<String>,
    },
    Triage {
        #[serde(default)]
        approve: Vec<String>,
        #[serde(default)]
        merge: BTreeMap<String, String>,
        #[serde(default)]
        reject: BTreeMap<String, Coded<RejectReason>>,
    },
    Object {
        to: String,
        text: String,
    },
    NoteFate {
        question: String,
        fate: Coded<Fate>,
        /// Minutes into the recording.
        #[serde(default)]
        offset: Option<u16>,
        #[serde(default)]
        reason: Option<Coded<NotAskedReason>>,
    },
    ExpectNothingDelivered {},
    ReadQuestionText {},
    ReviewSample {
        #[serde(default = "sample_size")]
        size: u16,
    },
    VerifyLog {},
}

/// One thing to do after a meeting.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Action {
    pub(crate) what: String,
    pub(crate) owner: String,
    pub(crate) due: Day,
}

/// `book_interview`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Booking {
    pub(crate) kind: Coded<InterviewKind>,
    /// Roles that must be there.
    pub(crate) need: Vec<Coded<Role>>,
    /// Roles that should be there.
    #[serde(default)]
    pub(crate) wish: Vec<Coded<Role>>,
    /// Empty: the house takes the first pair that fits.
    #[serde(default)]
    pub(crate) rooms: Vec<String>,
    /// The post that interviews; without it the house takes the first that fits.
    #[serde(default)]
    pub(crate) interviewer: Option<String>,
    pub(crate) on: Day,
    #[serde(deserialize_with = "wall_clock")]
    pub(crate) from: civil::Time,
    pub(crate) minutes: u16,
}

/// How many records are drawn where a step does not say.
fn sample_size() -> u16 {
    10
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is no day: write `D0`, `D-5` or `D+20`")))
    }
}

fn wall_clock<'de, D: Deserializer<'de>>(deserializer: D) -> Result<civil::Time, D::Error> {
    let text = String::deserialize(deserializer)?;
    calendar::wall_clock(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is no time of day: write it like `09:45`")))
}

impl Act {
    /// What is wrong with it although its form is right.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        match self {
            Self::BookInterview(booking) => {
                let interviewer = booking.need.iter().chain(&booking.wish).any(|role| role.0 == Role::ChildInterviewer);
                (booking.interviewer.is_some() && !interviewer)
                    .then_some("it names an `interviewer`, but neither needs nor wishes a CHILD_INTERVIEWER")
            }
            Self::Triage { approve, merge, reject } if approve.is_empty() && merge.is_empty() && reject.is_empty() => {
                Some("it decides nothing: give it something to `approve`, `merge` or `reject`")
            }
            _ => None,
        }
    }

    /// True for the act by which somebody comes into the room.
    pub(crate) fn is_check_in(&self) -> bool {
        matches!(self, Self::CheckIn { .. })
    }

    /// The private text that it is about, to be told in full.
    pub(crate) fn quotes(&self) -> Option<&str> {
        match self {
            Self::SubmitQuestion { text, .. } | Self::Object { text, .. } | Self::AddRemark { text } => Some(text),
            Self::WithdrawQuestion { question }
            | Self::NoteFate { question, .. }
            | Self::ReviseQuestion { text: question, .. }
            | Self::RewordQuestion { text: question, .. }
            | Self::DeferQuestion { question }
            | Self::RankQuestion { question, .. }
            | Self::UnmarkUrgency { question, .. }
            | Self::MarkActedOn { question }
            | Self::DeliverNote { question } => Some(question),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use barnahus_proto::{METHODS, Recorded};

    use super::*;

    fn read(text: &str) -> Result<Act, toml::de::Error> {
        text.parse::<toml::Table>().and_then(|table| toml::Value::Table(table).try_into())
    }

    #[test]
    fn every_act_of_the_contract_outside_administration_has_a_verb() {
        for method in METHODS.iter().filter(|method| method.recorded == Recorded::Act && method.service != "AdministrationService") {
            let verb = match method.name {
                "ApproveQuestion" | "RejectQuestion" | "MergeQuestion" => "triage".to_owned(),
                "ObjectToDecision" => "object".to_owned(),
                name => name.chars().fold(String::new(), |mut verb, letter| {
                    if letter.is_uppercase() && !verb.is_empty() {
                        verb.push('_');
                    }
                    verb.extend(letter.to_lowercase());
                    verb
                }),
            };
            let unknown = read(&format!("[{verb}]")).err().is_some_and(|error| error.to_string().contains("unknown variant"));
            assert!(!unknown, "{verb}");
        }
    }

    #[test]
    fn an_act_takes_its_own_keys_only() {
        assert!(read("[freeze_roster]").is_ok());
        assert!(read("[freeze_roster]\nreason = \"\"").err().unwrap().to_string().contains("unknown field `reason`"));
        assert!(read("[set_embargo]").err().unwrap().to_string().contains("missing field `reason`"));
        assert!(read("[dance]").err().unwrap().to_string().contains("unknown variant `dance`"));
        assert!(read("[end_interview]\nreason = \"BORED\"").err().unwrap().to_string().contains("no code `BORED`"));
        assert!(
            read("[order_disclosure_ban]\nscope = \"all\"\nuntil = \"tomorrow\"")
                .err()
                .unwrap()
                .to_string()
                .contains("`tomorrow` is no day")
        );
    }

    #[test]
    fn a_booking_fixes_only_an_interviewer_that_it_asks_for() {
        let booking = |need: &str| {
            let rest = "kind = \"FIRST\"\ninterviewer = \"interviewer-1\"\non = \"D0\"\nfrom = \"09:45\"\nminutes = 90";
            read(&format!("[book_interview]\nneed = [\"{need}\"]\n{rest}")).unwrap().problem()
        };
        assert_eq!(booking("CHILD_INTERVIEWER"), None);
        assert!(booking("INTERPRETER").is_some());
    }
}
