//! Which keys a person has now: one table, from which `input.rs` acts and the help is shown.
//!
//! Pure. It leaves out what makes no sense at this moment; what may be done, the house says. The letters are the same in all languages.
//! INVARIANT: of one person's keys at one moment no two are the same; END is among them wherever one may end.

use barnahus_proto::v1::{InterviewState, Question, QuestionState, Role};

use super::{
    act::Act,
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
    Admit,
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

impl Does {
    /// The key of the words for it.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Ask => "say-key-ask",
            Self::AskUrgent => "say-key-ask-urgent",
            Self::Revise => "say-key-revise",
            Self::Withdraw => "say-key-withdraw",
            Self::Object => "say-key-object",
            Self::Approve => "say-key-approve",
            Self::Reject => "say-key-reject",
            Self::Merge => "say-key-merge",
            Self::Reword => "say-key-reword",
            Self::Rank => "say-key-rank",
            Self::Defer => "say-key-defer",
            Self::Unmark => "say-key-unmark",
            Self::ActedOn => "say-key-acted-on",
            Self::Note => "say-key-note",
            Self::AllowNotes => "say-key-allow-notes",
            Self::AskBreak => "say-key-ask-break",
            Self::Fate => "say-key-fate",
            Self::Admit => "say-key-admit",
            Self::Freeze => "say-key-freeze",
            Self::Informed => "say-key-informed",
            Self::Start => "say-key-start",
            Self::CallBreak => "say-key-break",
            Self::Acknowledge => "say-key-acknowledge",
            Self::Resume => "say-key-resume",
            Self::Interrupt => "say-key-interrupt",
            Self::Closing => "say-key-closing",
            Self::SignOff => "say-key-sign-off",
            Self::CheckIn => "say-key-check-in",
            Self::CheckOut => "say-key-check-out",
            Self::End => "say-key-end",
            Self::FateRight => "say-key-fate-right",
            Self::Correct => "say-key-correct",
            Self::ConfirmFates => "say-key-confirm-fates",
        }
    }

    /// How soon it is shown: END always, then what somebody waits for, then the rest; last what can wait.
    fn turn(self) -> u8 {
        match self {
            Self::End => 0,
            Self::SignOff | Self::Acknowledge | Self::CheckIn => 1,
            Self::AllowNotes | Self::Admit | Self::CheckOut => 3,
            _ => 2,
        }
    }
}

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// The character; of [`Does::Rank`], any digit.
    pub(crate) sign: char,
    /// What it is for.
    pub(crate) does: Does,
}

/// The keys of this person at this moment, those that matter most first. An end that is kept here counts, though the house does not know it.
pub(crate) fn keys(room: &Room, desk: &Desk, me: &Me) -> Vec<Key> {
    keys_with(room, desk, me, desk.chosen(&choices(room, me)))
}

/// What this person can choose from: the list that the screen shows, which to the interviewer is none before the end.
pub(crate) fn choices<'a>(room: &'a Room, me: &Me) -> Vec<&'a Question> {
    if room.chair(me) == Chair::Interviewer && !room.ended() { Vec::new() } else { room.listed(me) }
}

/// All that this person can do now, whichever question is chosen: what lines can say.
pub(crate) fn all(room: &Room, desk: &Desk, me: &Me) -> Vec<Does> {
    let choices = std::iter::once(None).chain(room.listed(me).into_iter().map(Some));
    choices.flat_map(|chosen| keys_with(room, desk, me, chosen)).map(|key| key.does).collect()
}

fn keys_with(room: &Room, desk: &Desk, me: &Me, chosen: Option<&Question>) -> Vec<Key> {
    let (chair, state) = (room.chair(me), room.state());
    let runs = room.runs() && desk.end.is_none();
    let before = !room.runs() && !room.ended();
    let mut keys = Vec::new();
    let mut add = |when: bool, sign, does| {
        if when {
            keys.push(Key { sign, does });
        }
    };
    let outside = room.seat(me).is_some_and(|seat| !present(seat)) && chair != Chair::Interviewer;
    add(outside && (before || runs), 'I', Does::CheckIn);
    match chair {
        Chair::Leader => of_the_leader(&mut add, room, chosen, before, runs),
        Chair::Investigator | Chair::Interviewer | Chair::Listener | Chair::Coordinator => (),
    }
    let notes_fates = matches!(chair, Chair::Leader | Chair::Investigator) && (runs || fates_open(room));
    add(notes_fates && chosen.is_some_and(has_a_fate), 'f', Does::Fate);
    if chair == Chair::Interviewer {
        of_the_interviewer(&mut add, room, chosen, runs);
    }
    if !matches!(chair, Chair::Interviewer | Chair::Coordinator) {
        of_asking(&mut add, room, me, chosen, before || runs);
    }
    let may_end = may_end(chair);
    add(may_end && runs && state != InterviewState::Interrupted, 'X', Does::Interrupt);
    // A start that is still on its way: the end follows it.
    let starting = desk.end.is_none() && desk.waiting.iter().any(|order| matches!(order.act, Act::Start { .. }));
    add(may_end && (runs || starting), 'E', Does::End);
    keys.sort_by_key(|key| key.does.turn());
    keys
}

/// Who ends an interview; whether it can be ended now is another matter.
pub(crate) fn may_end(chair: Chair) -> bool {
    matches!(chair, Chair::Leader | Chair::Interviewer | Chair::Coordinator)
}

/// Why there is nothing here for this person to end.
pub(crate) fn why_no_end(chair: Chair) -> &'static str {
    if may_end(chair) { "say-nothing-to-end" } else { "say-no-end" }
}

type Add<'a> = dyn FnMut(bool, char, Does) + 'a;

fn of_the_leader(add: &mut Add<'_>, room: &Room, chosen: Option<&Question>, before: bool, runs: bool) {
    use QuestionState::{Approved, Deferred, Merged, Rejected, Submitted};
    let state = room.state();
    let interview = room.interview.as_ref();
    // Who acts outside the room may do so after the end, too.
    let unanswered = chosen.is_some_and(|question| question.urgent_protection && question.acted_on_at.is_none());
    let chosen = chosen.filter(|_| before || runs);
    let stands = |among: &[QuestionState]| chosen.is_some_and(|question| among.contains(&question.state()));
    let decidable = stands(&[Submitted, Approved, Rejected, Merged, Deferred]);
    let urgent = chosen.is_some_and(|question| question.urgent_protection);
    add(stands(&[Submitted, Rejected, Merged, Deferred]), 'a', Does::Approve);
    add(decidable, 'r', Does::Reject);
    add(decidable, 'm', Does::Merge);
    add(decidable, 'w', Does::Reword);
    add(decidable, '0', Does::Rank);
    add(decidable, 'd', Does::Defer);
    add(urgent, 'u', Does::Unmark);
    add(unanswered, 'x', Does::ActedOn);
    let notes_go = interview.is_some_and(|interview| interview.notes_allowed);
    let beside_the_child = matches!(state, InterviewState::InProgress | InterviewState::Closing);
    add(notes_go && runs && beside_the_child && stands(&[Approved]), 'n', Does::Note);
    add(before || runs, 'N', Does::AllowNotes);
    let wished = interview.is_some_and(|interview| interview.break_requested_at.is_some());
    add(runs && state == InterviewState::InProgress && !wished, 'b', Does::AskBreak);
    add(before && interview.is_some_and(|interview| interview.roster_frozen_at.is_none()), 'F', Does::Freeze);
    add(before || runs, 'A', Does::Admit);
    add(before, 'S', Does::Start);
    add(runs && state != InterviewState::Closing, 'c', Does::Closing);
}

fn of_the_interviewer(add: &mut Add<'_>, room: &Room, chosen: Option<&Question>, runs: bool) {
    let (state, before) = (room.state(), !room.runs() && !room.ended());
    let untold = runs && room.interview.as_ref().is_some_and(|interview| interview.child_to_be_told);
    add(before || untold, 'i', Does::Informed);
    add(before, 'S', Does::Start);
    add(runs && matches!(state, InterviewState::InProgress | InterviewState::Closing), 'b', Does::CallBreak);
    add(!room.unacknowledged().is_empty(), ' ', Does::Acknowledge);
    add(runs && matches!(state, InterviewState::Break | InterviewState::Interrupted), 'g', Does::Resume);
    add(runs && state == InterviewState::InProgress, 'c', Does::Closing);
    let open = fates_open(room);
    add(open && chosen.is_some(), 'y', Does::FateRight);
    add(open && chosen.is_some(), 'f', Does::Correct);
    add(open, '\n', Does::ConfirmFates);
}

fn of_asking(add: &mut Add<'_>, room: &Room, me: &Me, chosen: Option<&Question>, asks: bool) {
    let seat = room.seat(me);
    let inside = seat.is_some_and(present);
    let own = chosen.filter(|question| question.own);
    add(asks, 'q', Does::Ask);
    add(asks && room.role(me).is_some_and(marks_urgent), 'Q', Does::AskUrgent);
    add(asks && own.is_some_and(open), 'v', Does::Revise);
    add(asks && own.is_some_and(open), 'z', Does::Withdraw);
    let rejected = own.is_some_and(|question| question.state() == QuestionState::Rejected && !question.objected);
    add(rejected, 'o', Does::Object);
    add(inside, 'O', Does::CheckOut);
    // A question that came after it takes it away again.
    let unsigned = seat.is_some_and(|seat| seat.signed_off_at.is_none());
    add(inside && unsigned && matches!(room.state(), InterviewState::Closing | InterviewState::Ended), 's', Does::SignOff);
}

/// Whether the interviewer has still to say what became of the questions.
fn fates_open(room: &Room) -> bool {
    room.state() == InterviewState::Ended && room.interview.as_ref().is_some_and(|interview| interview.fates_confirmed_at.is_none())
}

/// Whether it was with the interviewer.
pub(crate) fn has_a_fate(question: &Question) -> bool {
    was_delivered(question.state())
}

/// Whether a question that stands so was with the interviewer.
pub(crate) fn was_delivered(state: QuestionState) -> bool {
    use QuestionState::{Answered, Asked, ChildDeclined, Delivered, NoAnswer, NotAsked};
    [Delivered, Asked, Answered, NoAnswer, ChildDeclined, NotAsked].contains(&state)
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
