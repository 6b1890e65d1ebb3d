//! What a key does: to the desk, and what is wished of the house.
//!
//! Pure: the room is read, the desk is changed, nothing is sent. INVARIANT: from anywhere, dialogs too, Ctrl-X leads to END.

use barnahus_proto::v1::{FateCorrection, InterviewState, NotAskedReason, Question, QuestionState};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;

use super::{
    act::Act,
    desk::{Desk, Mode, Pick, Text},
    edit::Edit,
    keys::{Does, choices, keys, why_no_end},
    pick::{Chosen, entries, place, typed},
    state::{Chair, Me, Room},
};
use crate::{text::Words, times::Offset};

/// What is wished.
#[derive(Clone, PartialEq)]
pub(crate) enum Wish {
    /// To do this.
    Do(Act),
    /// To end the interview, at once.
    End(barnahus_proto::v1::EndReason),
    /// To leave the screen.
    Leave,
}

/// Takes a key.
pub(crate) fn key(room: &Room, desk: &mut Desk, me: &Me, key: KeyEvent, words: Words, now: Timestamp) -> Vec<Wish> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Char('c' | 'q') if control => return leave(desk, words),
        KeyCode::Char('x') if control => {
            if keys(room, desk, me).iter().any(|key| key.does == Does::End) {
                desk.pick(Pick::End);
                first_chosen(room, desk, me, now);
            } else {
                desk.told = vec![words.say(why_no_end(room.chair(me)))];
            }
            return Vec::new();
        }
        _ => desk.leaving = false,
    }
    match desk.modes.last_mut() {
        Some(Mode::Text { edit, .. }) => {
            let send = types(edit, key);
            if send { sent(room, desk, me, words) } else { closed(desk, key) }
        }
        Some(Mode::Pick { .. }) => picks(room, desk, me, key, words, now),
        Some(Mode::Help) => {
            desk.modes.pop();
            Vec::new()
        }
        None => {
            let wishes = pressed(room, desk, me, key);
            first_chosen(room, desk, me, now);
            wishes
        }
    }
}

/// In a list that was just opened its first entry is chosen, by its number: what comes in above it later does not take its place.
fn first_chosen(room: &Room, desk: &mut Desk, me: &Me, now: Timestamp) {
    if let Some(Mode::Pick { what, number, .. }) = desk.modes.last_mut() {
        *number = number.or_else(|| entries(what, room, me, now).first().map(|entry| entry.number));
    }
}

/// Takes what was pasted: into a text, and nowhere else.
pub(crate) fn paste(desk: &mut Desk, text: &str) {
    if let Some(Mode::Text { edit, .. }) = desk.modes.last_mut() {
        edit.paste(text);
    }
}

fn leave(desk: &mut Desk, words: Words) -> Vec<Wish> {
    if desk.unsent() && !std::mem::replace(&mut desk.leaving, true) {
        desk.told = vec![words.say("say-leave-unsent")];
        return Vec::new();
    }
    vec![Wish::Leave]
}

fn closed(desk: &mut Desk, key: KeyEvent) -> Vec<Wish> {
    if key.code == KeyCode::Esc {
        desk.close();
    }
    Vec::new()
}

/// Types; says whether the text is to be sent.
fn types(edit: &mut Edit, key: KeyEvent) -> bool {
    let (control, alt) = (key.modifiers.contains(KeyModifiers::CONTROL), key.modifiers.contains(KeyModifiers::ALT));
    match key.code {
        KeyCode::Enter if alt || key.modifiers.contains(KeyModifiers::SHIFT) => edit.insert('\n'),
        KeyCode::Char('j') if control => edit.insert('\n'),
        KeyCode::Enter => return true,
        KeyCode::Char('w') if control => edit.delete_word(),
        KeyCode::Char('a') if control => edit.home(),
        KeyCode::Char('e') if control => edit.end(),
        KeyCode::Char(c) if !control && !alt => edit.insert(c),
        KeyCode::Backspace if control || alt => edit.delete_word(),
        KeyCode::Backspace => edit.backspace(),
        KeyCode::Delete => edit.delete(),
        KeyCode::Left if control => edit.word_left(),
        KeyCode::Left => edit.left(),
        KeyCode::Right => edit.right(),
        KeyCode::Home => edit.home(),
        KeyCode::End => edit.end(),
        _ => (),
    }
    false
}

/// The text is sent: its dialog closes, and the text is in the act until the house has answered.
fn sent(room: &Room, desk: &mut Desk, me: &Me, words: Words) -> Vec<Wish> {
    let Some(Mode::Text { what, edit }) = desk.modes.last().cloned() else { return Vec::new() };
    if edit.is_empty() && what != Text::Recording {
        desk.told = vec![words.say("say-nothing-typed")];
        return Vec::new();
    }
    let text = edit.text().trim().to_owned();
    let act = match what {
        Text::Ask { urgent } => Act::Ask { text, urgent },
        Text::Revise(question) => Act::Revise { question, text },
        Text::Reword(question) => Act::Reword { question, text },
        Text::Object(question) => Act::Object { question, text },
        Text::Unmark(question) => Act::Unmark { question, reason: text },
        Text::Recording => Act::Start { recording: text, reason: String::new() },
        Text::StartReason(recording) => Act::Start { recording, reason: text },
        Text::Offset { question, fate } => {
            let offset = match text.parse::<Offset>() {
                Ok(offset) => Some(offset.duration()),
                Err(malformed) => {
                    desk.told = vec![malformed.tell(words)];
                    return Vec::new();
                }
            };
            desk.modes.pop();
            let reason = NotAskedReason::Unspecified;
            if room.chair(me) == Chair::Interviewer {
                correct(room, desk, FateCorrection { question, fate: fate.into(), offset, reason: reason.into() });
                return Vec::new();
            }
            return vec![Wish::Do(Act::Fate { question, fate, offset, reason })];
        }
    };
    desk.modes.pop();
    vec![Wish::Do(act)]
}

/// A key in a list: digits and arrows choose, Enter does it.
fn picks(room: &Room, desk: &mut Desk, me: &Me, key: KeyEvent, words: Words, now: Timestamp) -> Vec<Wish> {
    let Some(Mode::Pick { what, number, typing }) = desk.modes.last_mut() else { return Vec::new() };
    let mut entries = entries(what, room, me, now);
    let at = place(&entries, *number);
    let step = |to: usize| entries.get(to.min(entries.len().saturating_sub(1))).map(|entry| entry.number);
    match key.code {
        KeyCode::Up => (*number, *typing) = (step(at.unwrap_or_default().saturating_sub(1)), false),
        KeyCode::Down => (*number, *typing) = (step(at.map_or(0, |at| at + 1)), false),
        KeyCode::Char(c) if c.is_ascii_digit() => {
            *number = Some(typed(&entries, number.filter(|_| *typing), c.to_digit(10).unwrap_or_default()));
            *typing = true;
            desk.told.clear();
        }
        KeyCode::Esc => desk.close(),
        KeyCode::Enter => match (at, number) {
            (Some(at), _) => {
                desk.modes.pop();
                return picked(room, desk, entries.swap_remove(at).chosen);
            }
            (None, Some(number)) => desk.told = vec![words.tell("say-pick-none", &[("number", number)])],
            (None, None) => (),
        },
        _ => (),
    }
    Vec::new()
}

fn picked(room: &Room, desk: &mut Desk, chosen: Chosen) -> Vec<Wish> {
    match chosen {
        Chosen::Act(act) => return vec![Wish::Do(act)],
        Chosen::End(reason) => return vec![Wish::End(reason)],
        Chosen::ConfirmFates => return vec![Wish::Do(confirmed(desk))],
        Chosen::Write(text) => desk.write(text, ""),
        Chosen::Correct(correction) => correct(room, desk, correction),
    }
    Vec::new()
}

fn confirmed(desk: &Desk) -> Act {
    Act::ConfirmFates(desk.corrections.values().cloned().collect())
}

fn correct(room: &Room, desk: &mut Desk, correction: FateCorrection) {
    desk.checked.insert(correction.question.clone());
    desk.corrections.insert(correction.question.clone(), correction);
    desk.step(&room.delivered(), 1);
}

/// A key outside dialogs.
fn pressed(room: &Room, desk: &mut Desk, me: &Me, key: KeyEvent) -> Vec<Wish> {
    // What was told last has been read.
    desk.told.clear();
    desk.done = None;
    desk.hints.clear();
    let news = std::mem::take(&mut desk.news);
    let questions = choices(room, me);
    if desk.chosen.as_ref().is_none_or(|name| !questions.iter().any(|question| question.name == *name)) {
        desk.chosen = questions.first().map(|question| question.name.clone());
    }
    // What was just told of a refusal can be answered with the key that it names.
    let refused = news.into_iter().find(|name| room.question(name).is_some_and(|question| question.state() == QuestionState::Rejected));
    if key.code == KeyCode::Char('o') && refused.is_some() {
        desk.chosen = refused;
    }
    let sign = match key.code {
        KeyCode::Up | KeyCode::Char('k') => {
            desk.step(&questions, -1);
            desk.rolled = desk.rolled.saturating_sub(1);
            return Vec::new();
        }
        KeyCode::Down | KeyCode::Char('j') => {
            desk.step(&questions, 1);
            desk.roll(1);
            return Vec::new();
        }
        // Nobody acknowledges what they have not seen.
        KeyCode::Char(' ') if desk.fold.below > 0 => {
            desk.roll(desk.fold.page);
            return Vec::new();
        }
        KeyCode::Char('?') | KeyCode::F(1) => {
            desk.modes.push(Mode::Help);
            return Vec::new();
        }
        KeyCode::Enter => '\n',
        KeyCode::Char(c) => c,
        _ => return Vec::new(),
    };
    let wanted = if sign.is_ascii_digit() { '0' } else { sign };
    match keys(room, desk, me).into_iter().find(|key| key.sign == wanted) {
        Some(key) => does(room, desk, key.does, sign),
        None => Vec::new(),
    }
}

fn does(room: &Room, desk: &mut Desk, does: Does, sign: char) -> Vec<Wish> {
    let chosen = desk.chosen.as_ref().and_then(|name| room.question(name));
    let name = chosen.map(|question| question.name.clone()).unwrap_or_default();
    let text = chosen.map(|question| question.text.clone()).unwrap_or_default();
    let interview = room.interview.as_ref();
    let act = match does {
        Does::Approve if !wants_a_word(room, chosen) => Act::Approve(name),
        Does::Defer => Act::Defer(name),
        Does::ActedOn => Act::ActedOn(name),
        Does::Note => Act::Note(name),
        Does::Rank => {
            desk.modes.push(Mode::Pick { what: Pick::Rank(name), number: sign.to_digit(10), typing: true });
            return Vec::new();
        }
        Does::AllowNotes => Act::AllowNotes(interview.is_none_or(|interview| !interview.notes_allowed)),
        Does::AskBreak => Act::AskBreak,
        Does::Informed => Act::Informed,
        Does::CallBreak => Act::CallBreak,
        Does::Resume if all_read(room, desk) => Act::Resume,
        Does::Closing => Act::Closing,
        Does::SignOff => Act::SignOff,
        Does::CheckIn if interview.is_none_or(|interview| !interview.disclosure_ban) => Act::CheckIn { acknowledge_ban: false },
        Does::ConfirmFates if desk.unlooked(room) == 0 => confirmed(desk),
        Does::Acknowledge => {
            let acknowledge = |(break_number, batch_number)| Wish::Do(Act::Acknowledge { break_number, batch_number });
            return room.unacknowledged().into_iter().map(acknowledge).collect();
        }
        dialog => {
            opens(desk, dialog, name, &text);
            if does == Does::FateRight {
                desk.step(&room.delivered(), 1);
            }
            return Vec::new();
        }
    };
    vec![Wish::Do(act)]
}

/// Whether an approval is asked for once more: where it was decided otherwise, and in a break, where it is delivered beyond recall.
fn wants_a_word(room: &Room, question: Option<&Question>) -> bool {
    room.state() == InterviewState::Break || question.is_some_and(|question| question.state() != QuestionState::Submitted)
}

/// Whether the interviewer has acknowledged everything, or that is on its way.
fn all_read(room: &Room, desk: &Desk) -> bool {
    room.unacknowledged().is_empty() || desk.waiting.iter().any(|order| matches!(order.act, Act::Acknowledge { .. }))
}

/// What only changes the desk.
fn opens(desk: &mut Desk, does: Does, name: String, text: &str) {
    match does {
        Does::Ask => desk.write(Text::Ask { urgent: false }, ""),
        Does::AskUrgent => desk.write(Text::Ask { urgent: true }, ""),
        Does::Revise => desk.write(Text::Revise(name), text),
        Does::Reword => desk.write(Text::Reword(name), text),
        Does::Object => desk.write(Text::Object(name), ""),
        Does::Unmark => desk.write(Text::Unmark(name), ""),
        Does::Start => desk.write(Text::Recording, ""),
        Does::Approve => desk.pick(Pick::Approve(name)),
        Does::Resume => desk.pick(Pick::Resume),
        Does::ConfirmFates => desk.pick(Pick::ConfirmFates),
        Does::Reject => desk.pick(Pick::Reject(name)),
        Does::Merge => desk.pick(Pick::Merge(name)),
        Does::Fate | Does::Correct => desk.pick(Pick::Fate(name)),
        Does::Withdraw => desk.pick(Pick::Withdraw(name)),
        Does::CheckIn => desk.pick(Pick::CheckIn),
        Does::CheckOut => desk.pick(Pick::CheckOut),
        Does::Freeze => desk.pick(Pick::Freeze),
        Does::Admit => desk.pick(Pick::Admit),
        Does::Interrupt => desk.pick(Pick::Interrupt),
        Does::End => desk.pick(Pick::End),
        Does::FateRight => {
            desk.corrections.remove(&name);
            desk.checked.insert(name);
        }
        _ => (),
    }
}

#[cfg(test)]
mod tests;
