//! Which keys a person has now: one table, from which `input.rs` acts and the help is shown.
//!
//! Pure. It leaves out what makes no sense at this moment; what may be done, the house says. The letters are the same in all languages.
//! INVARIANT: of one person's keys at one moment no two are the same; END is among them wherever one may end.

use barnahus_proto::v1::{InterviewState, Question, QuestionState, Role};

use super::{
    desk::Desk,
    state::{Chair, Me, Room, open, present},
};

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    Ask,
    AskUrgent,
    Revise,
    Withdraw,
    Object,
    Approve,
    Reject,
    Merge,
    Reword,
    Rank,
    Defer,
    Unmark,
    ActedOn,
    Note,
    AllowNotes,
    AskBreak,
    Fate,
    Freeze,
    Informed,
    Start,
    CallBreak,
    Acknowledge,
    Resume,
    Interrupt,
    Closing,
    SignOff,
    CheckIn,
    CheckOut,
    End,
    FateRight,
    Correct,
    ConfirmFates,
}

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// The character; of [`Does::Rank`], any digit.
    pub(crate) sign: char,
    /// What it is for.
    pub(crate) does: Does,
    /// The key of the words for it.
    pub(crate) label: &'static str,
}

/// The keys of this person at this moment.
pub(crate) fn keys(room: &Room, desk: &Desk, me: &Me) -> Vec<Key> {
    let (chair, state) = (room.chair(me), room.state());
    let (runs, ended) = (room.runs(), room.ended());
    let before = !runs && !ended;
    let questions = room.listed(me);
    let chosen = desk.chosen(&questions);
    let mut keys = Vec::new();
    let mut add = |when: bool, sign, does, label| {
        if when {
            keys.push(Key { sign, does, label });
        }
    };
    let outside = room.seat(me).is_some_and(|seat| !present(seat)) && chair != Chair::Interviewer;
    add(outside && !ended, 'I', Does::CheckIn, "say-key-check-in");
    match chair {
        Chair::Leader => {
            of_decisions(&mut add, chosen, ended);
            let notes_go = !ended && room.interview.as_ref().is_some_and(|interview| interview.notes_allowed);
            add(notes_go && chosen.is_some_and(|question| question.state() == QuestionState::Approved), 'n', Does::Note, "say-key-note");
            add(!ended, 'N', Does::AllowNotes, "say-key-allow-notes");
            add(state == InterviewState::InProgress, 'b', Does::AskBreak, "say-key-ask-break");
            of_fates(&mut add, chosen);
            add(before, 'F', Does::Freeze, "say-key-freeze");
            add(before, 'S', Does::Start, "say-key-start");
            add(runs && state != InterviewState::Closing, 'c', Does::Closing, "say-key-closing");
        }
        Chair::Investigator => of_fates(&mut add, chosen),
        Chair::Interviewer => of_the_interviewer(&mut add, room, chosen),
        Chair::Listener | Chair::Coordinator => (),
    }
    let listens = !matches!(chair, Chair::Interviewer | Chair::Coordinator);
    if listens {
        of_asking(&mut add, room, me, chosen);
    }
    let may_end = matches!(chair, Chair::Leader | Chair::Interviewer | Chair::Coordinator);
    add(may_end && runs && state != InterviewState::Interrupted, 'X', Does::Interrupt, "say-key-interrupt");
    add(may_end && runs, 'E', Does::End, "say-key-end");
    keys
}

type Add<'a> = dyn FnMut(bool, char, Does, &'static str) + 'a;

fn of_decisions(add: &mut Add<'_>, chosen: Option<&Question>, ended: bool) {
    use QuestionState::{Approved, Deferred, Merged, Rejected, Submitted};
    let decidable = !ended && chosen.is_some_and(|question| [Submitted, Approved, Rejected, Merged, Deferred].contains(&question.state()));
    let urgent = !ended && chosen.is_some_and(|question| question.urgent_protection);
    add(decidable, 'a', Does::Approve, "say-key-approve");
    add(decidable, 'r', Does::Reject, "say-key-reject");
    add(decidable, 'm', Does::Merge, "say-key-merge");
    add(decidable, 'w', Does::Reword, "say-key-reword");
    add(decidable, '0', Does::Rank, "say-key-rank");
    add(decidable, 'd', Does::Defer, "say-key-defer");
    add(urgent, 'u', Does::Unmark, "say-key-unmark");
    add(urgent, 'x', Does::ActedOn, "say-key-acted-on");
}

fn of_fates(add: &mut Add<'_>, chosen: Option<&Question>) {
    add(chosen.is_some_and(has_a_fate), 'f', Does::Fate, "say-key-fate");
}

fn of_the_interviewer(add: &mut Add<'_>, room: &Room, chosen: Option<&Question>) {
    let (state, before) = (room.state(), !room.runs() && !room.ended());
    let untold = room.runs() && room.interview.as_ref().is_some_and(|interview| interview.child_to_be_told);
    add(before || untold, 'i', Does::Informed, "say-key-informed");
    add(before, 'S', Does::Start, "say-key-start");
    add(matches!(state, InterviewState::InProgress | InterviewState::Closing), 'b', Does::CallBreak, "say-key-break");
    add(!room.unacknowledged().is_empty(), ' ', Does::Acknowledge, "say-key-acknowledge");
    add(matches!(state, InterviewState::Break | InterviewState::Interrupted), 'g', Does::Resume, "say-key-resume");
    add(state == InterviewState::InProgress, 'c', Does::Closing, "say-key-closing");
    let fates_open =
        state == InterviewState::Ended && room.interview.as_ref().is_some_and(|interview| interview.fates_confirmed_at.is_none());
    add(fates_open && chosen.is_some(), 'y', Does::FateRight, "say-key-fate-right");
    add(fates_open && chosen.is_some(), 'f', Does::Correct, "say-key-correct");
    add(fates_open, '\n', Does::ConfirmFates, "say-key-confirm-fates");
}

fn of_asking(add: &mut Add<'_>, room: &Room, me: &Me, chosen: Option<&Question>) {
    let ended = room.ended();
    let seat = room.seat(me);
    let inside = seat.is_some_and(present);
    let own = chosen.filter(|question| question.own);
    add(!ended, 'q', Does::Ask, "say-key-ask");
    add(!ended && room.role(me).is_some_and(marks_urgent), 'Q', Does::AskUrgent, "say-key-ask-urgent");
    add(own.is_some_and(open), 'v', Does::Revise, "say-key-revise");
    add(own.is_some_and(open), 'z', Does::Withdraw, "say-key-withdraw");
    let rejected = own.is_some_and(|question| question.state() == QuestionState::Rejected && !question.objected);
    add(rejected, 'o', Does::Object, "say-key-object");
    add(inside, 'O', Does::CheckOut, "say-key-check-out");
    add(inside && (room.state() == InterviewState::Closing || ended), 's', Does::SignOff, "say-key-sign-off");
}

/// Whether it was with the interviewer.
pub(crate) fn has_a_fate(question: &Question) -> bool {
    use QuestionState::{Answered, Asked, ChildDeclined, Delivered, NoAnswer, NotAsked};
    [Delivered, Asked, Answered, NoAnswer, ChildDeclined, NotAsked].contains(&question.state())
}

/// Child welfare, care and the leader (L7).
fn marks_urgent(role: Role) -> bool {
    use Role::{ChildPsychiatry, ChildWelfareOfficer, Counsellor, InvestigationLeader, Paediatrician};
    [ChildWelfareOfficer, ChildPsychiatry, Counsellor, Paediatrician, InvestigationLeader].contains(&role)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::tui::scene::{NOW, me, snapshot};

    #[test]
    fn no_two_keys_are_the_same_and_who_may_end_always_can() {
        use InterviewState::{Break, Closing, Confirmed, Documented, Ended, InProgress, Interrupted, Ready, Tentative};
        for state in [Tentative, Confirmed, Ready, InProgress, Break, Closing, Interrupted, Ended, Documented] {
            for post in ["prosecutor-1", "investigator-1", "interviewer-1", "welfare-kil-1", "coordinator-1"] {
                let mut room = Room::default();
                room.hear(&snapshot(state), NOW);
                let mut desk = Desk::default();
                for _ in 0..room.questions().len() {
                    desk.step(&room.listed(&me(post)), 1);
                    let keys = keys(&room, &desk, &me(post));
                    let signs: BTreeSet<_> = keys.iter().map(|key| key.sign).collect();
                    assert_eq!(signs.len(), keys.len(), "{post} {state:?}: {keys:?}");
                    let ends = keys.iter().any(|key| key.does == Does::End);
                    assert_eq!(ends, room.runs() && !post.starts_with("inv") && !post.starts_with("welf"), "{post} {state:?}");
                }
            }
        }
    }
}
