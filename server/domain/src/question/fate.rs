//! What became of a delivered question (L3).
//!
//! L6 by type: a question that was asked carries its offset, one that was not asked its reason.

use serde::{Deserialize, Serialize};

use super::{Question, QuestionRefusal, State};
use crate::{
    code::{FateKind, NotAskedReason},
    interview::Interview,
    time::Time,
};

/// What became of a delivered question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It was asked.
    Asked {
        /// And then.
        outcome: Asked,
        /// Microseconds into the recording.
        offset_us: i64,
    },
    /// It was not.
    NotAsked {
        /// Why.
        reason: NotAskedReason,
    },
}

/// What followed the asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// Not known yet.
    Open,
    /// An answer.
    Answered,
    /// None.
    NoAnswer,
    /// The child did not want to.
    ChildDeclined,
}

impl Fate {
    /// From its parts, as people note it.
    ///
    /// # Errors
    /// If the offset or the reason that this fate needs is missing.
    pub fn new(kind: FateKind, offset_us: Option<i64>, reason: Option<NotAskedReason>) -> Result<Self, QuestionRefusal> {
        let outcome = match kind {
            FateKind::Asked => Asked::Open,
            FateKind::Answered => Asked::Answered,
            FateKind::NoAnswer => Asked::NoAnswer,
            FateKind::ChildDeclined => Asked::ChildDeclined,
            FateKind::NotAsked => return reason.map(|reason| Self::NotAsked { reason }).ok_or(QuestionRefusal::ReasonNeeded),
        };
        offset_us.map(|offset_us| Self::Asked { outcome, offset_us }).ok_or(QuestionRefusal::OffsetNeeded)
    }

    /// The code it is noted by.
    #[must_use]
    pub fn kind(self) -> FateKind {
        match self {
            Self::Asked { outcome: Asked::Open, .. } => FateKind::Asked,
            Self::Asked { outcome: Asked::Answered, .. } => FateKind::Answered,
            Self::Asked { outcome: Asked::NoAnswer, .. } => FateKind::NoAnswer,
            Self::Asked { outcome: Asked::ChildDeclined, .. } => FateKind::ChildDeclined,
            Self::NotAsked { .. } => FateKind::NotAsked,
        }
    }
}

/// A fate fits a question that was delivered, and an offset lies within the interview. Of one that was never delivered, only the reason
/// that the end gave can be put right.
pub(crate) fn check_fate(interview: &Interview, question: &Question, fate: Fate, now: Time) -> Result<(), QuestionRefusal> {
    let fits = match question.state {
        State::Delivered => true,
        State::Fated(_) => question.delivered.is_some() || matches!(fate, Fate::NotAsked { .. }),
        _ => false,
    };
    if !fits {
        return Err(QuestionRefusal::WrongState(question.state));
    }
    let Fate::Asked { offset_us, .. } = fate else { return Ok(()) };
    let longest = interview.started_at.map_or(0, |started| interview.ended_at.unwrap_or(now).since_us(started));
    if (0..=longest).contains(&offset_us) { Ok(()) } else { Err(QuestionRefusal::OffsetNeeded) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fate_says_where_it_was_asked_or_why_not_l6() {
        for kind in [FateKind::Asked, FateKind::Answered, FateKind::NoAnswer, FateKind::ChildDeclined] {
            assert_eq!(Fate::new(kind, None, None), Err(QuestionRefusal::OffsetNeeded));
            assert_eq!(Fate::new(kind, Some(1), None).map(Fate::kind), Ok(kind));
        }
        assert_eq!(Fate::new(FateKind::NotAsked, Some(1), None), Err(QuestionRefusal::ReasonNeeded));
        let reason = NotAskedReason::ChildTired;
        assert_eq!(Fate::new(FateKind::NotAsked, None, Some(reason)), Ok(Fate::NotAsked { reason }));
    }
}
