//! What stands in a list to pick from, and what picking it does. Pure.

use barnahus_proto::v1::{EndReason, Fate, FateCorrection, NotAskedReason, Question, QuestionState, RejectReason};
use jiff::Timestamp;

use super::{
    act::Act,
    desk::{Pick, Text},
    state::{Chair, Me, Room},
};
use crate::args::code::{Code, all};

/// How an entry is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    /// A code of the contract.
    Code(&'static str),
    /// Two codes: a fate and why.
    Codes(&'static str, &'static str),
    /// A question by its name.
    Question(String),
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
}

/// The entries, in their order.
pub(crate) fn entries(pick: &Pick, room: &Room, me: &Me, now: Timestamp) -> Vec<(Label, Chosen)> {
    let say = |key, act| vec![(Label::Say(key), Chosen::Act(act))];
    match pick {
        Pick::Reject(question) => {
            let reject = |reason| Chosen::Act(Act::Reject { question: question.clone(), reason });
            all::<RejectReason>().map(|(_, reason)| (Label::Code(reason.name()), reject(reason))).collect()
        }
        Pick::Merge(question) => targets(question, room),
        Pick::Fate(question) => fates(question, room, me, now),
        Pick::Withdraw(question) => say("say-sure-withdraw", Act::Withdraw(question.clone())),
        Pick::CheckIn => say("say-sure-ban", Act::CheckIn { acknowledge_ban: true }),
        Pick::CheckOut => say("say-sure-check-out", Act::CheckOut),
        Pick::Interrupt => {
            let reasons = [EndReason::ChildDistressed, EndReason::Technical, EndReason::Safety];
            reasons.map(|reason| (Label::Code(reason.name()), Chosen::Act(Act::Interrupt(reason)))).to_vec()
        }
        Pick::End => all::<EndReason>().map(|(_, reason)| (Label::Code(reason.name()), Chosen::End(reason))).collect(),
    }
}

/// What a question can be merged into: what still goes to the interviewer, itself apart.
fn targets(question: &str, room: &Room) -> Vec<(Label, Chosen)> {
    use QuestionState::{Approved, Delivered, Submitted};
    let fits = |target: &&Question| target.name != question && [Submitted, Approved, Delivered].contains(&target.state());
    let merge = |target: &Question| {
        let act = Act::Merge { question: question.to_owned(), into: target.name.clone() };
        (Label::Question(target.name.clone()), Chosen::Act(act))
    };
    room.questions().into_iter().filter(fits).map(merge).collect()
}

/// Fates; after the end the interviewer's are corrections, sent all together.
fn fates(question: &str, room: &Room, me: &Me, now: Timestamp) -> Vec<(Label, Chosen)> {
    let known = room.question(question).and_then(|question| question.offset);
    let elapsed = room.offset(now).filter(|_| room.runs());
    let offset = known.or_else(|| elapsed.map(|elapsed| prost_types::Duration { seconds: elapsed.as_secs(), nanos: 0 }));
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
        (Label::Code(fate.name()), chosen)
    });
    let unasked = all::<NotAskedReason>()
        .map(|(_, reason)| (Label::Codes(Fate::NotAsked.name(), reason.name()), choose(Fate::NotAsked, None, reason)));
    asked.into_iter().chain(unasked).collect()
}
