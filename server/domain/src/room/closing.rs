//! The closing check and the end (L11): who has signed off, what was not asked, and what the interviewer says of it afterwards.
//!
//! INVARIANT: nothing but the interview's own stage keeps END from working.

use std::collections::BTreeMap;

use barnahus_policy::Role;

use super::{Happened, RoomRefusal};
use crate::{
    code::{EndReason, NotAskedReason},
    house::House,
    interview::{Interview, Observer, Stage},
    question::{Fate, State, check_fate},
    time::Time,
};

/// Most questions that the record of an end names: what one record surely holds. A flood of questions must not keep END from working.
const NAMED_MAX: usize = 1000;

/// L11: whoever is there says "nothing left"; after the end, whoever stayed for it. It covers the questions known at that moment.
pub(super) fn sign_off(interview: &Interview, observer: Option<&Observer>) -> Result<Happened, RoomRefusal> {
    if !matches!(interview.stage, Stage::Closing | Stage::Ended) {
        return Err(RoomRefusal::WrongStage(interview.stage));
    }
    if observer.is_some_and(|observer| interview.stayed(observer)) {
        Ok(Happened::SignedOff { covers: interview.question_count() })
    } else {
        Err(RoomRefusal::NotCheckedIn)
    }
}

/// L11: what is undecided, undelivered or unasked is NOT_ASKED(INTERVIEW_ENDED) unless another reason is given. The record names them, the
/// ones with another reason first where they are too many for it.
pub(super) fn end(interview: &Interview, reason: EndReason, unasked: &[(u32, NotAskedReason)]) -> Result<Happened, RoomRefusal> {
    if !interview.is_running() {
        return Err(RoomRefusal::WrongStage(interview.stage));
    }
    // Of two reasons for one question the first counts: END is not refused for it.
    let given: BTreeMap<u32, NotAskedReason> = unasked.iter().rev().copied().collect();
    let open = interview.questions().iter().filter(|question| question.waits() || question.state == State::Delivered);
    let why = |number: u32| given.get(&number).copied().unwrap_or(NotAskedReason::InterviewEnded);
    let mut not_asked: Vec<_> = open.map(|question| (question.number, why(question.number))).collect();
    if not_asked.len() > NAMED_MAX {
        not_asked.sort_by_key(|(_, reason)| *reason == NotAskedReason::InterviewEnded);
        not_asked.truncate(NAMED_MAX);
    }
    Ok(Happened::Ended { reason, not_asked })
}

/// L3: the interviewer confirms what was noted, or corrects it; again, if need be, until the documentation is closed.
pub(super) fn confirm_fates(interview: &Interview, corrections: &[(u32, Fate)], now: Time) -> Result<Happened, RoomRefusal> {
    if interview.stage != Stage::Ended {
        return Err(RoomRefusal::WrongStage(interview.stage));
    }
    for (number, fate) in corrections {
        let question = interview.question(*number).ok_or(RoomRefusal::NoSuchQuestion(*number))?;
        check_fate(interview, question, *fate, now)?;
    }
    Ok(Happened::FatesConfirmed { corrections: corrections.to_vec() })
}

/// A role that was present when the interview ended and whose sign-off does not cover every question (L11). Whoever has lost the post
/// since can sign nothing off any more, and counts as absent.
pub(crate) fn missing_sign_off(house: &House, interview: &Interview, now: Time) -> Option<Role> {
    let covered = |role: Role| {
        let mut of_role = interview.observers.iter().filter(|observer| observer.role == role);
        of_role.any(|observer| observer.signed_off_at.is_some() && observer.covers >= interview.question_count())
    };
    let can_sign = |observer: &&Observer| house.person(&observer.person).is_some_and(|person| person.holds(&observer.post, now));
    let stayed = interview.observers.iter().filter(|observer| interview.stayed(observer)).filter(can_sign);
    stayed.map(|observer| observer.role).find(|role| !covered(*role))
}
