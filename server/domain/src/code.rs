//! The codes of DOMAIN.md as types. Holds no rule about when which code is right.
//!
//! INVARIANT: a word and a number, once used, never mean anything else: records outlive code. Numbers are the contract's.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A closed list of codes, each with its word in records and its number in the contract.
pub trait Code: Copy + 'static {
    /// Every code.
    const ALL: &'static [Self];
    /// The word in records, such as `CHILD_TIRED`.
    fn as_str(self) -> &'static str;
    /// The number in the contract's enum, from 1.
    fn number(self) -> i32;
    /// The code with this number in the contract.
    #[must_use]
    fn from_number(number: i32) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.number() == number)
    }
    /// The code with this word.
    #[must_use]
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == word)
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $number:literal $word:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant = $number,)+
        }

        impl Code for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];
            fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
            fn number(self) -> i32 {
                self as i32
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    )+};
}

codes! {
    /// Whether the child is named to the house (C2).
    IdentityMode {
        /// No identity is stored at all.
        Anonymous = 1 "ANONYMOUS",
        /// The authorities concerned may name the child.
        Identified = 2 "IDENTIFIED",
    }
    /// The child's age in years.
    AgeBand {
        /// Under 4.
        Under4 = 1 "UNDER_4",
        /// 4 to 6.
        From4To6 = 2 "4_TO_6",
        /// 7 to 14.
        From7To14 = 3 "7_TO_14",
        /// Over 14.
        Over14 = 4 "OVER_14",
    }
    /// What is suspected.
    CrimeType {
        /// Assault.
        Assault = 1 "ASSAULT",
        /// Sexual offence.
        SexualOffence = 2 "SEXUAL_OFFENCE",
        /// Witnessing violence.
        ChildPeaceOffence = 3 "CHILD_PEACE_OFFENCE",
        /// Genital mutilation.
        GenitalMutilation = 4 "GENITAL_MUTILATION",
        /// Honour-related violence.
        HonourRelated = 5 "HONOUR_RELATED",
        /// Neglect.
        Neglect = 6 "NEGLECT",
        /// Other.
        Other = 7 "OTHER",
    }
    /// The suspect's relation to the child (C5).
    Relation {
        /// Legal guardian.
        LegalGuardian = 1 "LEGAL_GUARDIAN",
        /// Parent.
        Parent = 2 "PARENT",
        /// Step-parent.
        StepParent = 3 "STEP_PARENT",
        /// Sibling.
        Sibling = 4 "SIBLING",
        /// Other relative.
        Relative = 5 "RELATIVE",
        /// Known to the child.
        Known = 6 "KNOWN",
        /// A stranger.
        Outsider = 7 "OUTSIDER",
        /// Not known.
        Unknown = 8 "UNKNOWN",
    }
    /// Why somebody was not there (B9).
    AbsenceReason {
        /// No capacity.
        NoCapacity = 1 "NO_CAPACITY",
        /// Illness.
        Illness = 2 "ILLNESS",
        /// Was not invited.
        NotInvited = 3 "NOT_INVITED",
        /// Did not come.
        NoShow = 4 "NO_SHOW",
        /// Conflict of interest.
        ConflictOfInterest = 5 "CONFLICT_OF_INTEREST",
    }
    /// Why the leader rejects a question (L6).
    RejectReason {
        /// Leading.
        Leading = 1 "LEADING",
        /// Already answered.
        AlreadyAnswered = 2 "ALREADY_ANSWERED",
        /// The same as another.
        Duplicate = 3 "DUPLICATE",
        /// Outside the scope of the interview.
        OutsideScope = 4 "OUTSIDE_SCOPE",
        /// Harmful to the child.
        HarmfulToChild = 5 "HARMFUL_TO_CHILD",
        /// Would reveal the investigation.
        RevealsInvestigation = 6 "REVEALS_INVESTIGATION",
        /// Not appropriate for the child's age.
        NotAgeAppropriate = 7 "NOT_AGE_APPROPRIATE",
        /// No time.
        Time = 8 "TIME",
    }
    /// Why a question was not asked (L3).
    NotAskedReason {
        /// The child was tired.
        ChildTired = 1 "CHILD_TIRED",
        /// The child told of it unasked.
        AnsweredSpontaneously = 2 "ANSWERED_SPONTANEOUSLY",
        /// The interview ended first.
        InterviewEnded = 3 "INTERVIEW_ENDED",
        /// Judged unsuitable in the room.
        JudgedUnsuitable = 4 "JUDGED_UNSUITABLE",
    }
    /// Why the interview ended or was interrupted.
    EndReason {
        /// As planned.
        AsPlanned = 1 "AS_PLANNED",
        /// The child was tired.
        ChildTired = 2 "CHILD_TIRED",
        /// The child was distressed.
        ChildDistressed = 3 "CHILD_DISTRESSED",
        /// Technical.
        Technical = 4 "TECHNICAL",
        /// Safety.
        Safety = 5 "SAFETY",
    }
    /// Where the appointment of a special representative stands (S5). Rising, but for NOT_NEEDED.
    RepresentativeState {
        /// Not needed.
        NotNeeded = 1 "NOT_NEEDED",
        /// Needed.
        Needed = 2 "NEEDED",
        /// Applied for at court.
        Applied = 3 "APPLIED",
        /// Appointed in the interim.
        InterimAppointed = 4 "INTERIM_APPOINTED",
        /// Appointment confirmed.
        Confirmed = 5 "CONFIRMED",
        /// Discharged.
        Discharged = 6 "DISCHARGED",
    }
    /// What a consultation is for (S1).
    ConsultationKind {
        /// Advice.
        Consultative = 1 "CONSULTATIVE",
        /// With police and prosecutor.
        WithPoliceAndProsecutor = 2 "WITH_POLICE_AND_PROSECUTOR",
        /// Planning.
        Planning = 3 "PLANNING",
        /// Treatment.
        Treatment = 4 "TREATMENT",
        /// Follow-up.
        FollowUp = 5 "FOLLOW_UP",
        /// Acute.
        Acute = 6 "ACUTE",
        /// After the interview.
        AfterMeeting = 7 "AFTER_MEETING",
    }
    /// How far a consultation has come (S2).
    ConsultationState {
        /// Requested.
        Requested = 1 "REQUESTED",
        /// Scheduled.
        Scheduled = 2 "SCHEDULED",
        /// Held.
        Held = 3 "HELD",
        /// Held although a role that the kind needs was missing.
        HeldInquorate = 4 "HELD_INQUORATE",
    }
    /// What a room is for.
    RoomKind {
        /// Interview room.
        Interview = 1 "INTERVIEW",
        /// Listening room.
        Listening = 2 "LISTENING",
        /// Waiting room.
        Waiting = 3 "WAITING",
        /// Examination room.
        Examination = 4 "EXAMINATION",
        /// Meeting room.
        Meeting = 5 "MEETING",
    }
    /// What kind of interview (B1, B7).
    InterviewKind {
        /// The first.
        First = 1 "FIRST",
        /// One more, to complete what was told.
        Supplementary = 2 "SUPPLEMENTARY",
        /// The last, with what the defence wants asked.
        Concluding = 3 "CONCLUDING",
    }
    /// A formality that was missing when the interview started (B6).
    Deviation {
        /// The roster was not frozen.
        RosterNotFrozen = 1 "ROSTER_NOT_FROZEN",
        /// The child had not been told who listens.
        ChildNotInformed = 2 "CHILD_NOT_INFORMED",
        /// A listener had not acknowledged the disclosure ban.
        BanNotAcknowledged = 3 "BAN_NOT_ACKNOWLEDGED",
        /// The leader had not confirmed the interview.
        NotConfirmed = 4 "NOT_CONFIRMED",
        /// The child was not told of a late arrival.
        LateArrivalNotTold = 5 "LATE_ARRIVAL_NOT_TOLD",
        /// It was booked for another day.
        NotAsBooked = 6 "NOT_AS_BOOKED",
    }
    /// What became of a delivered question (L3).
    FateKind {
        /// Asked; the rest is not known yet.
        Asked = 1 "ASKED",
        /// Asked and answered.
        Answered = 2 "ANSWERED",
        /// Asked; no answer came.
        NoAnswer = 3 "NO_ANSWER",
        /// Asked; the child did not want to answer.
        ChildDeclined = 4 "CHILD_DECLINED",
        /// Not asked.
        NotAsked = 5 "NOT_ASKED",
    }
    /// What a question's form may do to the child's account (L9).
    Hint {
        /// It suggests its answer.
        Leading = 1 "LEADING",
        /// It asks several things at once.
        Multiple = 2 "MULTIPLE",
        /// Yes or no answers it.
        YesNo = 3 "YES_NO",
    }
    /// Why a person is revoked.
    RevocationReason {
        /// The person left.
        Left = 1 "LEFT",
        /// The key may be in other hands.
        KeyCompromised = 2 "KEY_COMPROMISED",
        /// Misuse.
        Misuse = 3 "MISUSE",
    }
}
