//! What becomes of questions. Decides nothing.
//!
//! INVARIANT (L3, L4): what is merged stands or falls with its target: released when that falls, changed when that changes.

use super::{Fate, Happened, Question, State};
use crate::{
    event::Stamp,
    interview::{Batch, Interview},
};

/// Applies what happened to a question. False if the record makes no sense.
pub(crate) fn apply(interview: &mut Interview, number: u32, stamp: &Stamp, happened: &Happened) -> bool {
    if let Happened::Submitted { urgent, .. } = happened {
        return submitted(interview, number, stamp, *urgent);
    }
    let Some(question) = question_mut(interview, number) else { return false };
    question.changed = stamp.index;
    match happened {
        Happened::Submitted { .. } => return false,
        Happened::Withdrawn => {
            question.state = State::Withdrawn;
            release_merged(interview, number, stamp);
        }
        Happened::Approved { delivered: None } => question.state = State::Approved,
        Happened::Approved { delivered: Some((break_number, batch_number)) } => {
            let batch = Batch { questions: vec![number], delivered_at: stamp.at, acknowledged_at: None };
            let Some(lasting) = interview.breaks.last_mut() else { return false };
            lasting.batches.push(batch);
            interview.changed = stamp.index;
            deliver(interview, number, (*break_number, *batch_number), stamp);
            touch_merged(interview, stamp);
        }
        Happened::Rejected { reason } => {
            question.state = State::Rejected(*reason);
            question.rejected_index = Some(stamp.index);
            release_merged(interview, number, stamp);
        }
        Happened::Merged { into } => question.state = State::Merged(*into),
        Happened::Objected => question.objection_index = Some(stamp.index),
        Happened::FateNoted { fate } => {
            question.state = State::Fated(*fate);
            touch_merged(interview, stamp);
        }
    }
    true
}

fn submitted(interview: &mut Interview, number: u32, stamp: &Stamp, urgent: bool) -> bool {
    let (Some(author), Some(post), Some(role)) = (stamp.person.clone(), stamp.post.clone(), stamp.role) else { return false };
    let fits = number == interview.question_count().saturating_add(1);
    interview.questions.push(Question {
        number,
        author,
        post,
        role,
        urgent,
        state: State::Submitted,
        submitted_at: stamp.at,
        text_index: stamp.index,
        delivered: None,
        rejected_index: None,
        objection_index: None,
        changed: stamp.index,
    });
    fits
}

fn question_mut(interview: &mut Interview, number: u32) -> Option<&mut Question> {
    interview.questions.get_mut(usize::try_from(number.checked_sub(1)?).ok()?)
}

/// Hands a question to the interviewer in this break and batch. False if there is none such.
pub(crate) fn deliver(interview: &mut Interview, number: u32, place: (u32, u32), stamp: &Stamp) -> bool {
    let Some(question) = question_mut(interview, number) else { return false };
    question.state = State::Delivered;
    question.delivered = Some(place);
    question.changed = stamp.index;
    true
}

/// Gives a question its fate. False if there is none such.
pub(crate) fn set_fate(interview: &mut Interview, number: u32, fate: Fate, stamp: &Stamp) -> bool {
    let Some(question) = question_mut(interview, number) else { return false };
    question.state = State::Fated(fate);
    question.changed = stamp.index;
    true
}

/// If a merge's target falls, what was merged into it is SUBMITTED again (L3).
fn release_merged(interview: &mut Interview, target: u32, stamp: &Stamp) {
    for question in interview.questions.iter_mut().filter(|question| question.state == State::Merged(target)) {
        question.state = State::Submitted;
        question.changed = stamp.index;
    }
}

/// What is merged into a question that this record changed is changed by it too: its asker sees the fate (L4).
pub(crate) fn touch_merged(interview: &mut Interview, stamp: &Stamp) {
    let merged = interview.questions.iter().filter(|question| matches!(question.state, State::Merged(_)));
    let changed = merged.filter(|question| question.spokesman(interview).changed == stamp.index);
    for number in changed.map(|question| question.number).collect::<Vec<_>>() {
        if let Some(question) = question_mut(interview, number) {
            question.changed = stamp.index;
        }
    }
}
