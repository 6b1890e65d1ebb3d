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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        code::{NotAskedReason, RejectReason},
        question::{Asked, Command},
        room,
        sample_house::{Point, SampleHouse, end},
    };

    const LEADER: &str = "prosecutor-1";

    /// Questions 1 into 2 into 3, and 4 into 2.
    fn chain() -> SampleHouse {
        let mut day = SampleHouse::at(Point::Live);
        for _ in 0..4 {
            day.ask("welfare-kil-1");
        }
        for (number, into) in [(1, 2), (4, 2), (2, 3)] {
            day.question(LEADER, number, Command::Merge(into)).expect("merged");
        }
        day
    }

    fn states(day: &SampleHouse) -> Vec<State> {
        day.interview().questions().iter().map(|question| question.state).collect()
    }

    #[test]
    fn if_a_target_falls_what_was_merged_into_it_waits_again_and_no_more_l3() {
        use State::{Approved, Merged, Rejected, Submitted, Withdrawn};
        let mut day = chain();
        day.question(LEADER, 3, Command::Reject(RejectReason::Time)).expect("rejected");
        assert_eq!(states(&day), [Merged(2), Submitted, Rejected(RejectReason::Time), Merged(2)]);
        assert_eq!(day.asked(2).changed, day.asked(3).changed, "watchers see it change");
        day.question("welfare-kil-1", 2, Command::Withdraw).expect("withdrawn");
        assert_eq!(states(&day), [Submitted, Withdrawn, Rejected(RejectReason::Time), Submitted]);

        let mut day = chain();
        day.question(LEADER, 2, Command::Approve).expect("approved by itself");
        assert_eq!(states(&day), [Merged(2), Approved, Submitted, Merged(2)], "what is merged into it stays with it");
        day.question(LEADER, 3, Command::Reject(RejectReason::Time)).expect("rejected");
        assert_eq!(states(&day), [Merged(2), Approved, Rejected(RejectReason::Time), Merged(2)]);
    }

    #[test]
    fn a_merged_question_shares_its_targets_fate_l4() {
        let mut day = chain();
        let interview = day.interview();
        assert!(interview.questions().iter().all(|question| question.fate(interview).is_none() && !question.has_fate(interview)));
        day.question(LEADER, 3, Command::Approve).expect("approved");
        day.room("interviewer-1", room::Command::CallBreak).expect("delivered");
        let open = Fate::Asked { outcome: Asked::Open, offset_us: 0 };
        day.question("investigator-1", 3, Command::NoteFate(open)).expect("noted");
        assert!(day.interview().questions().iter().all(|question| question.fate(day.interview()) == Some(open)));
        assert!(!day.asked(1).has_fate(day.interview()), "what followed is not known yet");
        let fate = Fate::Asked { outcome: Asked::ChildDeclined, offset_us: 0 };
        day.question("investigator-1", 3, Command::NoteFate(fate)).expect("noted");
        for question in day.interview().questions() {
            assert_eq!(question.fate(day.interview()), Some(fate));
            assert_eq!(question.changed, day.asked(3).changed, "each asker's watcher is told");
            assert!(question.has_fate(day.interview()));
        }
        assert_eq!(states(&day)[..2], [State::Merged(2), State::Merged(3)], "and it still says into which");
    }

    #[test]
    fn the_end_gives_merged_questions_their_fate_too_l11() {
        let mut day = chain();
        day.room(LEADER, end()).expect("ended");
        let fate = Some(Fate::NotAsked { reason: NotAskedReason::InterviewEnded });
        assert!(day.interview().questions().iter().all(|question| question.fate(day.interview()) == fate));
    }

    #[test]
    fn a_record_that_speaks_of_no_question_makes_no_sense() {
        let day = SampleHouse::at(Point::Live);
        let (stamp, _) = day.log.last().expect("a record").clone();
        let mut interview = day.interview().clone();
        for (number, happened) in
            [(1, Happened::Withdrawn), (0, Happened::Objected), (2, Happened::Submitted { urgent: false, hints: Vec::new() })]
        {
            assert!(!apply(&mut interview, number, &stamp, &happened));
        }
    }
}
