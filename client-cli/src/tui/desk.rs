//! What the person has before them: the question that is chosen, what is being typed or picked, what is on its way, what was told.
//!
//! Pure. INVARIANT: what was typed goes away only when the house has it; a dialog that is closed, a refusal and a lost connection keep it.
//! The choice follows the question, not its row. PRIVACY: no Debug of the texts.

use std::collections::{BTreeMap, BTreeSet};

use barnahus_proto::v1::{EndReason, Fate, FateCorrection, Question};
use jiff::Timestamp;
use uuid::Uuid;

use super::{
    act::{Act, Answered, Order},
    edit::Edit,
    state::Room,
};
use crate::{errors::Failure, text::Words};

/// What a text is for.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Text {
    Ask { urgent: bool },
    Revise(String),
    Reword(String),
    Object(String),
    Unmark(String),
    Recording,
    StartReason(String),
    Offset { question: String, fate: Fate },
}

/// What is picked from a list.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Pick {
    Approve(String),
    Reject(String),
    Merge(String),
    Rank(String),
    Fate(String),
    Withdraw(String),
    CheckIn,
    CheckOut,
    /// Freezing the roster, which is not undone.
    Freeze,
    /// Who may come in.
    Admit,
    Resume,
    Interrupt,
    End,
    ConfirmFates,
}

/// A dialog.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Typing.
    Text { what: Text, edit: Edit },
    /// Picking: the number of the entry that is chosen, the first where there is none yet, and whether a further digit belongs to it.
    Pick { what: Pick, number: Option<u32>, typing: bool },
    /// Reading which keys there are.
    Help,
}

/// What of a list was out of sight when it was drawn last.
#[derive(Clone, Copy, Default)]
pub(crate) struct Fold {
    /// Lines below.
    pub(crate) below: u16,
    /// Lines that are seen at once.
    pub(crate) page: u16,
}

/// The desk.
#[derive(Default)]
pub(crate) struct Desk {
    /// The chosen question, by its name.
    pub(crate) chosen: Option<String>,
    /// Open dialogs, the uppermost last.
    pub(crate) modes: Vec<Mode>,
    /// Lines that were told last; they stay until they are read.
    pub(crate) told: Vec<String>,
    /// What was done last, and when the house said so: that goes by itself, for a quiet screen is to be quiet again.
    pub(crate) done: Option<(Timestamp, String)>,
    /// Questions of which something was told since the last key: a decision on one's own, an objection to the leader's.
    pub(crate) news: Vec<String>,
    /// Hints on what was asked last.
    pub(crate) hints: Vec<i32>,
    /// What is on its way.
    pub(crate) waiting: Vec<Order>,
    /// Whether the house could not be reached with it.
    pub(crate) put_off: bool,
    /// When END was pressed here, and why.
    pub(crate) end: Option<(Timestamp, EndReason)>,
    /// Whether that end still waits for the house.
    pub(crate) end_waits: bool,
    /// Whether it could not be kept in the profile: then it is nowhere but here.
    pub(crate) end_unkept: bool,
    /// After the end: the fates that were looked at, and those that are to be corrected.
    pub(crate) checked: BTreeSet<String>,
    pub(crate) corrections: BTreeMap<String, FateCorrection>,
    /// Whether leaving was asked for although something is typed or on its way.
    pub(crate) leaving: bool,
    /// How far a list that is longer than the screen is rolled.
    pub(crate) rolled: u16,
    /// The break in which it is.
    pub(crate) rolled_in: Option<u32>,
    /// What of it is out of sight.
    pub(crate) fold: Fold,
    drafts: Vec<(Text, Edit)>,
}

impl Desk {
    /// Rolls the list on by so many lines, to its end at most.
    pub(crate) fn roll(&mut self, lines: u16) {
        self.rolled = self.rolled.saturating_add(lines.min(self.fold.below));
    }

    /// Another break begins with its own first line.
    pub(crate) fn settle(&mut self, room: &Room) {
        let lasting = room.lasting().map(|lasting| lasting.number);
        if self.rolled_in != lasting {
            (self.rolled, self.rolled_in) = (0, lasting);
        }
    }

    /// The question that is chosen, or the first.
    pub(crate) fn chosen<'a>(&self, questions: &[&'a Question]) -> Option<&'a Question> {
        let chosen = self.chosen.as_ref().and_then(|name| questions.iter().find(|question| question.name == *name));
        chosen.or(questions.first()).copied()
    }

    /// Chooses the question so many places further.
    pub(crate) fn step(&mut self, questions: &[&Question], by: isize) {
        let at = self.chosen(questions).and_then(|chosen| questions.iter().position(|question| question.name == chosen.name));
        let last = questions.len().saturating_sub(1);
        let next = at.unwrap_or_default().saturating_add_signed(by).min(last);
        self.chosen = questions.get(next).map(|question| question.name.clone());
    }

    /// Begins to type, or goes on with what was typed for the same before; else with this text.
    pub(crate) fn write(&mut self, what: Text, beginning: &str) {
        let kept = self.drafts.iter().position(|(kept, _)| *kept == what).map(|at| self.drafts.remove(at).1);
        let edit = kept.unwrap_or_else(|| Edit::of(beginning));
        self.modes.push(Mode::Text { what, edit });
    }

    /// Opens a list.
    pub(crate) fn pick(&mut self, what: Pick) {
        self.modes.push(Mode::Pick { what, number: None, typing: false });
    }

    /// Closes the uppermost dialog; what was typed in it is kept.
    pub(crate) fn close(&mut self) {
        if let Some(Mode::Text { what, edit }) = self.modes.pop() {
            self.keep(what, edit);
        }
    }

    /// Whether an end is nowhere but here: who leaves loses it.
    pub(crate) fn holds_end(&self) -> bool {
        self.end_waits && self.end_unkept
    }

    /// What is typed or pressed somewhere, and not sent.
    pub(crate) fn unsent(&self) -> bool {
        let typing = self.modes.iter().any(|mode| matches!(mode, Mode::Text { edit, .. } if !edit.is_empty()));
        typing
            || self.drafts.iter().any(|(_, edit)| !edit.is_empty())
            || self.waiting.iter().any(|order| !order.act.reads())
            || self.holds_end()
    }

    /// What is on its way, by name; none where nothing is.
    pub(crate) fn put_off(&self, words: Words) -> Option<String> {
        let named: Vec<_> = self.waiting.iter().filter(|order| !order.act.reads()).map(|order| order.act.named(words)).collect();
        let told = || words.tell("say-screen-waiting", &[("count", &named.len()), ("acts", &named.join(", "))]);
        (!named.is_empty()).then(told)
    }

    /// How many of the delivered questions were not looked at after the end.
    pub(crate) fn unlooked(&self, room: &Room) -> usize {
        room.delivered().iter().filter(|question| !self.checked.contains(&question.name)).count()
    }

    /// Makes an order of an act, as the room looks now.
    pub(crate) fn order(&mut self, act: Act, room: &Room, now: Timestamp, id: Uuid) -> Order {
        let act = match act {
            // Who starts with a reason after all starts with the reference that was given before.
            Act::Start { recording, reason } if recording.is_empty() => Act::Start { recording: self.draft(&Text::Recording), reason },
            act => act,
        };
        let mine = |name: &str| self.waiting.iter().any(|order| order.act.question() == Some(name));
        let seen = act.question().filter(|name| !mine(name)).and_then(|name| room.question(name));
        let etag = seen.map(|question| question.etag.clone()).unwrap_or_default();
        let order = Order { id, act, etag, happened_at: room.is_lost().then(|| room.time(now)) };
        self.waiting.push(order.clone());
        order
    }

    /// The house did it.
    pub(crate) fn done(&mut self, order: &Order, answered: &Answered, told: String, now: Timestamp) {
        self.put_off = false;
        self.waiting.retain(|waiting| waiting.id != order.id);
        self.told.clear();
        self.done = Some((now, told));
        self.hints.clone_from(&answered.hints);
        if let (Act::Ask { .. } | Act::Revise { .. }, Some(question)) = (&order.act, &answered.question) {
            self.chosen = Some(question.name.clone());
        }
        match order.act {
            Act::ConfirmFates(_) => {
                self.checked.clear();
                self.corrections.clear();
            }
            Act::Start { .. } => self.drafts.retain(|(what, _)| !matches!(what, Text::Recording | Text::StartReason(_))),
            _ => {}
        }
    }

    /// The house said no: what was typed comes back.
    pub(crate) fn refused(&mut self, order: &Order, failure: &Failure, told: Vec<String>) {
        self.put_off = false;
        self.waiting.retain(|waiting| waiting.id != order.id);
        self.told = told;
        self.done = None;
        let (what, text) = match order.act.clone() {
            Act::Ask { text, urgent } => (Text::Ask { urgent }, text),
            Act::Revise { question, text } => (Text::Revise(question), text),
            Act::Reword { question, text } => (Text::Reword(question), text),
            Act::Object { question, text } => (Text::Object(question), text),
            Act::Unmark { question, reason } => (Text::Unmark(question), reason),
            Act::Start { recording, reason } if failure.reason() == Some("FORMALITY_MISSING") => {
                // Whoever sees to the formality instead starts anew, with the same recording.
                self.keep(Text::Recording, Edit::of(&recording));
                (Text::StartReason(recording), reason)
            }
            Act::Start { recording, .. } => (Text::Recording, recording),
            _ => return,
        };
        self.keep(what.clone(), Edit::of(&text));
        if self.modes.is_empty() {
            self.write(what, "");
        }
    }

    fn draft(&self, what: &Text) -> String {
        self.drafts.iter().find(|(kept, _)| kept == what).map(|(_, edit)| edit.text()).unwrap_or_default()
    }

    /// Keeps a text for when its dialog is opened again; before what was typed for the same since.
    fn keep(&mut self, what: Text, edit: Edit) {
        if edit.is_empty() {
            return;
        }
        match self.drafts.iter_mut().find(|(kept, _)| *kept == what) {
            Some((_, kept)) => *kept = Edit::of(&format!("{}\n{}", edit.text(), kept.text())),
            None => self.drafts.push((what, edit)),
        }
    }
}

#[cfg(test)]
mod tests {
    use barnahus_proto::v1::{InterviewState, QuestionState, Role};

    use super::*;
    use crate::{
        clock,
        errors::Exit,
        tui::scene::{NOW, message, question, snapshot},
    };

    fn typed(desk: &Desk) -> String {
        match desk.modes.last() {
            Some(Mode::Text { edit, .. }) => edit.text(),
            _ => String::new(),
        }
    }

    #[test]
    fn a_closed_dialog_and_a_refusal_keep_what_was_typed() {
        let (mut desk, room) = (Desk::default(), Room::default());
        let ask = Text::Ask { urgent: false };
        desk.write(ask.clone(), "");
        desk.modes.push(Mode::Text { what: ask.clone(), edit: Edit::of("Var var du?") });
        desk.close();
        desk.close();
        assert!(desk.unsent() && desk.modes.is_empty());
        desk.write(ask.clone(), "");
        assert_eq!(typed(&desk), "Var var du?");

        desk.modes.clear();
        let order = desk.order(Act::Ask { text: "Var var du?".into(), urgent: false }, &room, NOW, clock::request_id());
        desk.write(ask, "");
        desk.modes.push(Mode::Text { what: Text::Ask { urgent: false }, edit: Edit::of("Och sedan?") });
        desk.refused(&order, &Failure::new(Exit::Refused, "fail-lost"), vec!["no".into()]);
        assert_eq!((typed(&desk), desk.waiting.len()), ("Och sedan?".to_owned(), 0));
        desk.modes.clear();
        desk.write(Text::Ask { urgent: false }, "");
        assert_eq!(typed(&desk), "Var var du?");
    }

    #[test]
    fn a_formality_that_is_missing_asks_for_the_reason_and_keeps_the_recording() {
        use crate::errors::House;
        let (mut desk, room) = (Desk::default(), Room::default());
        let order = desk.order(Act::Start { recording: "REC-1".into(), reason: String::new() }, &room, NOW, clock::request_id());
        let said = House { reason: Some("FORMALITY_MISSING".into()), ..House::default() };
        desk.refused(&order, &Failure::new(Exit::Refused, "fail-lost").said(said), Vec::new());
        assert!(matches!(desk.modes.last(), Some(Mode::Text { what: Text::StartReason(recording), .. }) if recording == "REC-1"));
        desk.close();
        let anyway = Act::Start { recording: String::new(), reason: "akut".into() };
        let anyway = desk.order(anyway, &room, NOW, clock::request_id());
        assert!(matches!(anyway.act, Act::Start { recording, .. } if recording == "REC-1"), "in lines, too");
        desk.write(Text::Recording, "");
        assert_eq!(typed(&desk), "REC-1", "whoever sees to the formality instead starts anew");
    }

    #[test]
    fn the_choice_follows_the_question_and_not_its_row() {
        let (mut desk, mut room) = (Desk::default(), Room::default());
        room.hear(&snapshot(InterviewState::InProgress), NOW);
        desk.step(&room.questions(), 1);
        let chosen = desk.chosen(&room.questions()).unwrap().name.clone();
        let urgent = Question { urgent_protection: true, ..question(90, Role::ChildWelfareOfficer, QuestionState::Submitted) };
        room.hear(&message(20, barnahus_proto::v1::watch_listening_room_response::Message::Question(urgent)), NOW);
        assert_eq!(desk.chosen(&room.questions()).unwrap().name, chosen);
        desk.step(&room.questions(), -100);
        desk.step(&room.questions(), 1000);
        assert_eq!(desk.chosen.as_ref(), room.questions().last().map(|last| &last.name));
    }

    #[test]
    fn the_house_is_told_what_was_seen_unless_ones_own_change_is_on_its_way() {
        let (mut desk, mut room) = (Desk::default(), Room::default());
        room.hear(&snapshot(InterviewState::InProgress), NOW);
        let name = room.questions()[0].name.clone();
        let first = desk.order(Act::Approve(name.clone()), &room, NOW, clock::request_id());
        let second = desk.order(Act::Rank { question: name, rank: 1 }, &room, NOW, clock::request_id());
        assert_eq!((first.etag.as_str(), second.etag.as_str()), ("e", ""));
        assert_eq!(first.happened_at, None);
        room.lose(NOW);
        assert_eq!(desk.order(Act::CallBreak, &room, NOW, clock::request_id()).happened_at, Some(NOW));
    }
}
