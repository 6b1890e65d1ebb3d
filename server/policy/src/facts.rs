//! The words that a decision rests on: role, part, phase, protection, and the [`Facts`] that gather them.
//!
//! Does not find the facts, and does not judge them. INVARIANT: facts hold no identity, of person, case or question.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A word that is none of a vocabulary's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is no {vocabulary}")]
pub struct UnknownWord {
    vocabulary: &'static str,
    word: String,
}

impl UnknownWord {
    pub(crate) fn new(vocabulary: &'static str, word: &str) -> Self {
        Self { vocabulary, word: word.to_owned() }
    }
}

/// An enum whose variants are spelled the same in code, policies, records and messages.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every word, in the order of DOMAIN.md.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word as policies, records and messages spell it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// The inverse of [`Self::as_str`].
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == word)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                Self::parse(word).ok_or_else(|| UnknownWord::new(stringify!($name), word))
            }
        }
    };
}

vocabulary! {
    /// What a person is, by the post held. One role at a time.
    Role {
        /// Förundersökningsledare: leads the investigation, decides on questions.
        InvestigationLeader = "INVESTIGATION_LEADER",
        /// Barnförhörsledare: meets the child.
        ChildInterviewer = "CHILD_INTERVIEWER",
        /// Utredare: the leader's assistant in the listening room.
        PoliceInvestigator = "POLICE_INVESTIGATOR",
        /// Särskild företrädare: acts for the child in a guardian's place.
        SpecialRepresentative = "SPECIAL_REPRESENTATIVE",
        /// Målsägandebiträde: the child's counsel.
        InjuredPartyCounsel = "INJURED_PARTY_COUNSEL",
        /// Försvarare: the suspect's counsel.
        DefenceCounsel = "DEFENCE_COUNSEL",
        /// Socialsekreterare.
        ChildWelfareOfficer = "CHILD_WELFARE_OFFICER",
        /// Child and adolescent psychiatry.
        ChildPsychiatry = "CHILD_PSYCHIATRY",
        /// The examining doctor.
        Paediatrician = "PAEDIATRICIAN",
        /// The region's counsellor.
        Counsellor = "COUNSELLOR",
        /// Samordnare: hosts, books, and sees counts only.
        Coordinator = "COORDINATOR",
        /// Tolk.
        Interpreter = "INTERPRETER",
        /// Granskare: sees records, never content.
        Auditor = "AUDITOR",
        /// Runs enrolment and mandates, and never sees a case.
        Administrator = "ADMINISTRATOR",
    }
}

vocabulary! {
    /// What a person is in one case.
    Part {
        /// An outsider.
        None = "NONE",
        /// Kept from this case, which then does not exist to them (A2).
        Blocked = "BLOCKED",
        /// Called, and has not accepted.
        Invited = "INVITED",
        /// Works on the case.
        Team = "TEAM",
        /// Admitted to the listening room by the leader, by name (L1).
        Admitted = "ADMITTED",
        /// Deputy named beforehand; in the role of investigation leader, the leader's.
        Deputy = "DEPUTY",
        /// Leads this investigation.
        Leader = "LEADER",
    }
}

vocabulary! {
    /// Where the matter stands.
    Phase {
        /// Nothing is prepared yet.
        Before = "BEFORE",
        /// The interview is confirmed or ready.
        Prepared = "PREPARED",
        /// The interview runs, breaks and interruptions included.
        Live = "LIVE",
        /// The interview has ended.
        After = "AFTER",
        /// Every question has its fate and every role its sign-off (L11).
        Documented = "DOCUMENTED",
        /// The case is closed.
        Closed = "CLOSED",
        /// The content is gone (C9).
        Erased = "ERASED",
    }
}

vocabulary! {
    /// The case's protection level (C3), rising.
    Protection {
        /// None.
        None = "NONE",
        /// Sekretessmarkering.
        ConfidentialityMarked = "CONFIDENTIALITY_MARKED",
        /// Skyddad folkbokföring.
        ProtectedRegistration = "PROTECTED_REGISTRATION",
        /// Fingerade personuppgifter.
        FictitiousIdentity = "FICTITIOUS_IDENTITY",
    }
}

/// Everything that a decision depends on, beside the permission and the policies.
///
/// Where no case is meant (a list, the directory, a first request): part `NONE`, phase `BEFORE`, protection `NONE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Facts {
    /// The caller's role.
    pub role: Role,
    /// The caller's part in this case.
    pub part: Part,
    /// Where the interview that is meant stands; else where the case stands.
    pub phase: Phase,
    /// The case's protection level.
    pub protection: Protection,
    /// The object (question, protocol line, invitation) is the caller's own.
    pub own: bool,
    /// The question was delivered to the interviewer.
    pub delivered: bool,
    /// The auditor's authority has had a hand in this case, or owns it.
    pub audited: bool,
}
