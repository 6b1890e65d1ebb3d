//! What stands in a list to pick from, and what picking it does. Pure.
//!
//! One rule for all lists: digits and arrows only choose, Enter does it. INVARIANT: what is chosen is chosen by its number, so that a list
//! that changes underneath never puts something else in its place.

use barnahus_proto::v1::{EndReason, Fate, FateCorrection, NotAskedReason, Question, QuestionState, RejectReason, Role};
use jiff::Timestamp;
use prost_types::Duration;

use super::{
    act::Act,
    desk::{Pick, Text},
    state::{Chair, Me, Room, listeners, number, present},
};
use crate::{
    args::code::{Code, all},
    names::short,
};

/// Why an interview is interrupted.
pub(crate) const INTERRUPTIONS: [EndReason; 3] = [EndReason::ChildDistressed, EndReason::Technical, EndReason::Safety];

/// How an entry is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    /// A code of the contract.
    Code(&'static str),
    /// Two codes: a fate and why.
    Codes(&'static str, &'static str),
    /// A fate, and when it was asked; none where that is still to be typed.
    Fate(&'static str, Option<Duration>),
    /// The leader's rank.
    Rank(u32),
    /// A question by its name.
    Question(String),
    /// A role, and the post of who is to sit there.
    Seat(&'static str, String),
    /// A sentence by its key.
    Say(&'static str),
}

/// What picking it does.
#[derive(Clone, PartialEq)]
pub(crate) enum Chosen {
    Act(Act),
    End(EndReason),
    Write(Text),
    Correct(FateCorrection),
    ConfirmFates,
}

/// An entry.
pub(crate) struct Entry {
    /// What is typed to choose it: a question's own number, a rank, else its place from 1.
    pub(crate) number: u32,
    pub(crate) label: Label,
    pub(crate) chosen: Chosen,
}

/// The entries, in their order.
pub(crate) fn entries(pick: &Pick, room: &Room, me: &Me, now: Timestamp) -> Vec<Entry> {
    let of = |(number, (label, chosen))| Entry { number, label, chosen };
    match pick {
        Pick::Merge(question) => targets(question, room),
        Pick::Rank(question) => (0..10).map(|rank| (rank, ranked(question, rank))).map(of).collect(),
        pick => (1..).zip(in_places(pick, room, me, now)).map(of).collect(),
    }
}

/// The place of what is chosen; none where no entry has that number.
pub(crate) fn place(entries: &[Entry], number: Option<u32>) -> Option<usize> {
    match number {
        Some(number) => entries.iter().position(|entry| entry.number == number),
        None => (!entries.is_empty()).then_some(0),
    }
}

/// The number after one more digit: it goes on with what was typed where an entry's number begins so, else it begins anew.
pub(crate) fn typed(entries: &[Entry], before: Option<u32>, digit: u32) -> u32 {
    let begins = |number: &u32| entries.iter().any(|entry| entry.number.to_string().starts_with(&number.to_string()));
    before.map(|before| before.saturating_mul(10).saturating_add(digit)).filter(begins).unwrap_or(digit)
}

fn ranked(question: &str, rank: u32) -> (Label, Chosen) {
    (Label::Rank(rank), Chosen::Act(Act::Rank { question: question.to_owned(), rank }))
}

fn in_places(pick: &Pick, room: &Room, me: &Me, now: Timestamp) -> Vec<(Label, Chosen)> {
    let say = |key, act| vec![(Label::Say(key), Chosen::Act(act))];
    match pick {
        Pick::Reject(question) => {
            let reject = |reason| Chosen::Act(Act::Reject { question: question.clone(), reason });
            all::<RejectReason>().map(|(_, reason)| (Label::Code(reason.name()), reject(reason))).collect()
        }
        Pick::Merge(_) | Pick::Rank(_) => Vec::new(),
        Pick::Approve(question) => say("say-sure-approve", Act::Approve(question.clone())),
        Pick::Resume => say("say-sure-resume", Act::Resume),
        Pick::ConfirmFates => vec![(Label::Say("say-key-confirm-fates"), Chosen::ConfirmFates)],
        Pick::Fate(question) => fates(question, room, me, now),
        Pick::Withdraw(question) => say("say-sure-withdraw", Act::Withdraw(question.clone())),
        Pick::CheckIn => say("say-sure-ban", Act::CheckIn { acknowledge_ban: true }),
        Pick::CheckOut => say("say-sure-check-out", Act::CheckOut),
        Pick::Freeze => say("say-key-freeze", Act::Freeze),
        Pick::Admit => latecomers(room),
        Pick::Interrupt => INTERRUPTIONS.map(|reason| (Label::Code(reason.name()), Chosen::Act(Act::Interrupt(reason)))).to_vec(),
        Pick::End => all::<EndReason>().map(|(_, reason)| (Label::Code(reason.name()), Chosen::End(reason))).collect(),
    }
}

/// Whom the leader can let in (L1): after the freeze who has a seat and has not come yet; who left, for that looks the same where the leader
/// took the seat away; and who was called and has none.
fn latecomers(room: &Room) -> Vec<(Label, Chosen)> {
    let Some(interview) = &room.interview else { return Vec::new() };
    let admit = |role: Role, post: &str, person: &str| (Label::Seat(role.name(), short(post)), Chosen::Act(Act::Admit(person.to_owned())));
    let frozen = interview.roster_frozen_at.is_some();
    let outside = listeners(interview).filter(|seat| !seat.by_right && !present(seat));
    let late = outside.filter(|seat| frozen || seat.checked_in_at.is_some());
    let seated = |person: &str| interview.observers.iter().any(|seat| seat.person == person);
    let listens = |role| !matches!(role, Role::InvestigationLeader | Role::ChildInterviewer | Role::Interpreter | Role::Coordinator);
    let called =
        interview.invitations.iter().filter(|called| !called.person.is_empty() && !seated(&called.person) && listens(called.role()));
    let late = late.map(|seat| admit(seat.role(), &seat.post, &seat.person));
    late.chain(called.map(|called| admit(called.role(), &called.post, &called.person))).collect()
}

/// Lets the one in who is to sit there for this post.
pub(crate) fn lets_in(room: &Room, post: &str) -> Option<Act> {
    latecomers(room).into_iter().find_map(|(label, chosen)| match (label, chosen) {
        (Label::Seat(_, of), Chosen::Act(act)) if of == post => Some(act),
        _ => None,
    })
}

/// What a question can be merged into: what still goes to the interviewer, itself apart.
fn targets(question: &str, room: &Room) -> Vec<Entry> {
    use QuestionState::{Approved, Delivered, Submitted};
    let fits = |target: &&Question| target.name != question && [Submitted, Approved, Delivered].contains(&target.state());
    let merge = |target: &Question| {
        let act = Act::Merge { question: question.to_owned(), into: target.name.clone() };
        Entry { number: number(&target.name), label: Label::Question(target.name.clone()), chosen: Chosen::Act(act) }
    };
    room.questions().into_iter().filter(fits).map(merge).collect()
}

/// Fates; after the end the interviewer's are corrections, sent all together.
fn fates(question: &str, room: &Room, me: &Me, now: Timestamp) -> Vec<(Label, Chosen)> {
    let known = room.question(question).and_then(|question| question.offset);
    let elapsed = room.offset(now).filter(|_| room.runs());
    let offset = known.or_else(|| elapsed.map(|elapsed| Duration { seconds: elapsed.as_secs(), nanos: 0 }));
    let corrects = room.chair(me) == Chair::Interviewer;
    let choose = |fate: Fate, offset, reason: NotAskedReason| {
        let question = question.to_owned();
        if corrects {
            Chosen::Correct(FateCorrection { question, fate: fate.into(), offset, reason: reason.into() })
        } else {
            Chosen::Act(Act::Fate { question, fate, offset, reason })
        }
    };
    let asked = [Fate::Answered, Fate::NoAnswer, Fate::ChildDeclined, Fate::Asked].map(|fate| {
        let chosen = match offset {
            Some(_) => choose(fate, offset, NotAskedReason::Unspecified),
            None => Chosen::Write(Text::Offset { question: question.to_owned(), fate }),
        };
        (Label::Fate(fate.name(), offset), chosen)
    });
    let unasked = all::<NotAskedReason>()
        .map(|(_, reason)| (Label::Codes(Fate::NotAsked.name(), reason.name()), choose(Fate::NotAsked, None, reason)));
    asked.into_iter().chain(unasked).collect()
}
