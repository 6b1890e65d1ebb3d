//! What becomes of questions. Decides nothing.
//!
//! INVARIANT: the interview's counts are what counting its questions anew would give; so [`set_state`] alone changes a state.
//! INVARIANT (L3, L4): what is merged stands or falls with its target: released when that falls, changed when that changes.

use super::{Carried, Fate, Happened, Question, State, Wording};
use crate::{
    event::Stamp,
    interview::{Batch, Interview},
    view::RoleCount,
};

/// Applies what happened to a question. False if the record makes no sense.
pub(crate) fn apply(interview: &mut Interview, number: u32, stamp: &Stamp, happened: &Happened) -> bool {
    let writes = matches!(happened, Happened::Submitted { .. } | Happened::Revised { .. } | Happened::Objected);
    if let Some(author) = stamp.person.clone().filter(|_| writes) {
        *interview.written.entry(author).or_default() += 1;
    }
    if let Happened::Submitted { urgent, .. } = happened {
        return submitted(interview, number, stamp, *urgent);
    }
    let Some(question) = question_mut(interview, number) else { return false };
    question.changed = stamp.index;
    if happened.decides() {
        question.decided_by.clone_from(&stamp.person);
    }
    match happened {
        Happened::Submitted { .. } => return false,
        Happened::Withdrawn => {
            set_state(interview, number, State::Withdrawn, stamp);
            release_merged(interview, number, stamp);
        }
        Happened::Approved { delivered: None } => return set_state(interview, number, State::Approved, stamp),
        Happened::Approved { delivered: Some((break_number, batch_number)) } => {
            let Some(lasting) = interview.breaks.last_mut() else { return false };
            let delivered_at = stamp.happened().max(lasting.called_at);
            lasting.batches.push(Batch { questions: vec![number], delivered_at, acknowledged_at: None });
            interview.changed = stamp.index;
            deliver(interview, number, (*break_number, *batch_number), stamp);
            touch_merged(interview, stamp);
        }
        Happened::Rejected { reason } => {
            question.rejected_index = Some(stamp.index);
            set_state(interview, number, State::Rejected(*reason), stamp);
            release_merged(interview, number, stamp);
        }
        Happened::Merged { into } => return set_state(interview, number, State::Merged(*into), stamp),
        Happened::Objected => question.objections.push(stamp.index),
        Happened::Revised { .. } => {
            worded(question, stamp);
            return set_state(interview, number, State::Submitted, stamp);
        }
        Happened::Reworded => worded(question, stamp),
        Happened::Deferred => {
            set_state(interview, number, State::Deferred, stamp);
            touch_merged(interview, stamp);
        }
        Happened::Ranked { rank } => question.rank = *rank,
        Happened::UrgencyUnmarked => {
            question.urgent = false;
            question.urgency_unmarked = Some(stamp.index);
        }
        Happened::ActedOn => question.acted_on_at = Some(stamp.at),
        Happened::NoteDelivered { number: note } => {
            interview.notes.push(Batch { questions: vec![number], delivered_at: stamp.at, acknowledged_at: None });
            interview.changed = stamp.index;
            deliver(interview, number, (0, *note), stamp);
            touch_merged(interview, stamp);
        }
        Happened::FateNoted { fate } => {
            set_state(interview, number, State::Fated(*fate), stamp);
            touch_merged(interview, stamp);
        }
    }
    true
}

fn submitted(interview: &mut Interview, number: u32, stamp: &Stamp, urgent: bool) -> bool {
    let (Some(author), Some(post), Some(role)) = (stamp.person.clone(), stamp.post.clone(), stamp.role) else { return false };
    let fits = number == interview.question_count().saturating_add(1);
    // Whoever asks is not absent (L11).
    interview.observers.iter_mut().filter(|observer| observer.person == author).for_each(|observer| observer.absence = None);
    let question = Question {
        number,
        author,
        post,
        role,
        urgent,
        state: State::Submitted,
        submitted_at: stamp.happened(),
        decided_by: None,
        rank: None,
        text_index: stamp.index,
        wordings: Vec::new(),
        carried_from: None,
        delivered: None,
        rejected_index: None,
        objections: Vec::new(),
        urgency_unmarked: None,
        acted_on_at: None,
        changed: stamp.index,
    };
    add(interview, question);
    fits
}

fn add(interview: &mut Interview, question: Question) {
    let role = question.role;
    let count = interview.counts.entry(role).or_insert(RoleCount { role, waiting: 0, total: 0 });
    (count.waiting, count.total) = (count.waiting + 1, count.total + 1);
    interview.questions.push(question);
}

/// What was deferred in the interview before waits in this one for the leader anew, with what was merged into it (L3): its words, asker and
/// urgency stay, decisions and ranks do not.
pub(crate) fn carry(before: &Interview, next: &mut Interview, stamp: &Stamp) {
    let deferred = before.questions().iter().filter(|question| question.spokesman(before).state == State::Deferred);
    for question in deferred {
        let again = Question {
            number: next.question_count().saturating_add(1),
            state: State::Submitted,
            decided_by: None,
            rank: None,
            carried_from: Some(Carried { interview: before.number, number: question.number, index: stamp.index, at: stamp.at }),
            rejected_index: None,
            objections: Vec::new(),
            changed: stamp.index,
            ..question.clone()
        };
        add(next, again);
    }
}

fn worded(question: &mut Question, stamp: &Stamp) {
    let role = stamp.role.unwrap_or(question.role);
    question.wordings.push(Wording { text_index: stamp.index, role, worded_at: stamp.at });
}

fn question_mut(interview: &mut Interview, number: u32) -> Option<&mut Question> {
    interview.questions.get_mut(usize::try_from(number.checked_sub(1)?).ok()?)
}

/// Hands a question to the interviewer in this break and batch. False if there is none such.
pub(crate) fn deliver(interview: &mut Interview, number: u32, place: (u32, u32), stamp: &Stamp) -> bool {
    let Some(question) = question_mut(interview, number) else { return false };
    question.delivered = Some(place);
    set_state(interview, number, State::Delivered, stamp)
}

/// Gives a question its fate. False if there is none such.
pub(crate) fn set_fate(interview: &mut Interview, number: u32, fate: Fate, stamp: &Stamp) -> bool {
    set_state(interview, number, State::Fated(fate), stamp)
}

/// Moves a question on, and counts it there. False if there is none such.
fn set_state(interview: &mut Interview, number: u32, state: State, stamp: &Stamp) -> bool {
    let Some(question) = question_mut(interview, number) else { return false };
    let waited = question.waits();
    question.state = state;
    question.changed = stamp.index;
    if state == State::Submitted {
        question.decided_by = None;
    }
    let (role, waits) = (question.role, question.waits());
    if let Some(count) = interview.counts.get_mut(&role) {
        count.waiting = (count.waiting + u32::from(waits)).saturating_sub(u32::from(waited));
    }
    true
}

/// If a merge's target falls, what was merged into it is SUBMITTED again (L3).
fn release_merged(interview: &mut Interview, target: u32, stamp: &Stamp) {
    let merged = interview.questions.iter().filter(|question| question.state == State::Merged(target));
    for number in merged.map(|question| question.number).collect::<Vec<_>>() {
        set_state(interview, number, State::Submitted, stamp);
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
    use barnahus_policy::Role;

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
    fn the_counts_are_what_counting_anew_gives() {
        let mut day = chain();
        let checked = |day: &SampleHouse, waiting: u32| {
            let questions = || day.interview().questions().iter();
            let anew = RoleCount {
                role: Role::ChildWelfareOfficer,
                waiting: questions().filter(|question| question.waits()).count().try_into().expect("few"),
                total: day.interview().question_count(),
            };
            assert_eq!(day.interview().counts.values().copied().collect::<Vec<_>>(), [anew]);
            assert_eq!(anew.waiting, waiting);
        };
        checked(&day, 1);
        day.question(LEADER, 3, Command::Reject(RejectReason::Time)).expect("rejected");
        checked(&day, 1);
        day.question("welfare-kil-1", 2, Command::Withdraw).expect("withdrawn");
        checked(&day, 2);
        day.question(LEADER, 1, Command::Approve).expect("approved");
        checked(&day, 2);
        day.room("interviewer-1", room::Command::CallBreak).expect("delivered");
        checked(&day, 1);
        day.question("investigator-1", 1, Command::NoteFate(Fate::Asked { outcome: Asked::Open, offset_us: 0 })).expect("noted");
        checked(&day, 1);
        day.room(LEADER, end()).expect("ended");
        checked(&day, 0);
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
