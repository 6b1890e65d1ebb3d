//! A line that was typed, as a command. Pure.
//!
//! PRIVACY: an error names the form that was due, never the text that was typed behind it.

use std::str::FromStr as _;

use barnahus_proto::v1::{EndReason, Fate, FateCorrection, NotAskedReason, RejectReason};
use jiff::Timestamp;

use super::verbs::{Show, VERBS, Verb};
use crate::{
    args::{
        code::Coded,
        pair::{Correction, QuestionArg},
    },
    malformed::Malformed,
    times::Offset,
    tui::{act::Act, input::Wish, keys::Does, pick::lets_in, state::Room},
};

/// What a line asks for.
#[derive(PartialEq)]
pub(super) enum Command {
    Nothing,
    Wishes(Vec<Wish>),
    Show(Show),
    Quit,
}

/// Reads a line.
pub(super) fn read(line: &str, room: &Room, now: Timestamp) -> Result<Command, Malformed> {
    let line = line.trim();
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    if word.is_empty() {
        return Ok(Command::Nothing);
    }
    let spoken = word.to_lowercase();
    let found = VERBS.iter().find(|(_, english, swedish, _)| [*english, *swedish].contains(&spoken.as_str()));
    let Some((verb, english, _, form)) = found else { return Err(Malformed::new("usage-line", word)) };
    let line = Line { rest: rest.trim(), form: format!("{english} {form}"), room };
    let does = match verb {
        Verb::Show(show) => return Ok(Command::Show(*show)),
        Verb::Quit => return Ok(Command::Quit),
        Verb::StartAnyway => {
            let reason = line.text(line.rest)?;
            return Ok(Command::Wishes(vec![Wish::Do(Act::Start { recording: String::new(), reason })]));
        }
        Verb::Does(does) => *does,
    };
    let act = match does {
        Does::CheckIn if line.rest.is_empty() && bans(room) => return Ok(Command::Show(Show::Ban)),
        Does::End => return Ok(Command::Wishes(vec![Wish::End(line.code_or(line.rest, EndReason::AsPlanned)?)])),
        Does::Acknowledge => {
            let acknowledge = |(break_number, batch_number)| Wish::Do(Act::Acknowledge { break_number, batch_number });
            return Ok(Command::Wishes(room.unacknowledged().into_iter().map(acknowledge).collect()));
        }
        does => line.act(does, now)?,
    };
    Ok(Command::Wishes(vec![Wish::Do(act)]))
}

fn bans(room: &Room) -> bool {
    room.interview.as_ref().is_some_and(|interview| interview.disclosure_ban)
}

/// What stands behind the command's word.
struct Line<'a> {
    rest: &'a str,
    form: String,
    room: &'a Room,
}

impl Line<'_> {
    fn act(&self, does: Does, now: Timestamp) -> Result<Act, Malformed> {
        Ok(match does {
            Does::Ask => Act::Ask { text: self.text(self.rest)?, urgent: false },
            Does::AskUrgent => Act::Ask { text: self.text(self.rest)?, urgent: true },
            Does::Revise => self.with_text(|question, text| Act::Revise { question, text })?,
            Does::Reword => self.with_text(|question, text| Act::Reword { question, text })?,
            Does::Object => self.with_text(|question, text| Act::Object { question, text })?,
            Does::Unmark => self.with_text(|question, reason| Act::Unmark { question, reason })?,
            Does::Withdraw => Act::Withdraw(self.only_question()?),
            Does::Approve => Act::Approve(self.only_question()?),
            Does::Defer => Act::Defer(self.only_question()?),
            Does::ActedOn => Act::ActedOn(self.only_question()?),
            Does::Note => Act::Note(self.only_question()?),
            Does::Reject => {
                let (question, code) = self.question()?;
                Act::Reject { question, reason: code.parse::<Coded<RejectReason>>()?.0 }
            }
            Does::Merge => {
                let (question, into) = self.question()?;
                Act::Merge { question, into: self.named(into.trim_start_matches("into ").trim_start_matches("med "))? }
            }
            Does::Rank => {
                let (question, rank) = self.question()?;
                Act::Rank { question, rank: rank.parse().map_err(|_| self.malformed())? }
            }
            Does::Fate => self.fate(now)?,
            Does::AllowNotes => match self.rest {
                "on" | "på" => Act::AllowNotes(true),
                "off" | "av" => Act::AllowNotes(false),
                _ => return Err(self.malformed()),
            },
            Does::Start => Act::Start { recording: self.rest.to_owned(), reason: String::new() },
            Does::Interrupt => Act::Interrupt(self.rest.parse::<Coded<EndReason>>()?.0),
            Does::CheckIn => Act::CheckIn { acknowledge_ban: ["ban", "förbud"].contains(&self.rest) },
            Does::ConfirmFates => Act::ConfirmFates(self.corrections()?),
            Does::AskBreak => Act::AskBreak,
            Does::Admit => lets_in(self.room, self.rest).ok_or_else(|| self.malformed())?,
            Does::Freeze => Act::Freeze,
            Does::Informed => Act::Informed,
            Does::CallBreak => Act::CallBreak,
            Does::Resume => Act::Resume,
            Does::Closing => Act::Closing,
            Does::SignOff => Act::SignOff,
            Does::CheckOut => Act::CheckOut,
            Does::End | Does::Acknowledge | Does::FateRight | Does::Correct => return Err(self.malformed()),
        })
    }

    /// A fate; one that was asked without an offset was asked now.
    fn fate(&self, now: Timestamp) -> Result<Act, Malformed> {
        let (question, rest) = self.question()?;
        let (fate, detail) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let (fate, detail) = (fate.parse::<Coded<Fate>>()?.0, detail.trim());
        if fate == Fate::NotAsked {
            let reason = detail.parse::<Coded<NotAskedReason>>()?.0;
            return Ok(Act::Fate { question, fate, offset: None, reason });
        }
        let known = || self.room.question(&question).and_then(|question| question.offset);
        let elapsed = || Some(prost_types::Duration { seconds: self.room.offset(now)?.as_secs(), nanos: 0 });
        let offset = if detail.is_empty() { known().or_else(elapsed) } else { Some(detail.parse::<Offset>()?.duration()) };
        Ok(Act::Fate { question, fate, offset, reason: NotAskedReason::Unspecified })
    }

    fn corrections(&self) -> Result<Vec<FateCorrection>, Malformed> {
        let correction = |typed: &str| {
            let correction = Correction::from_str(typed)?;
            Ok(FateCorrection {
                question: correction.question.full("", self.interview()),
                fate: correction.fate.into(),
                offset: correction.offset.map(Offset::duration),
                reason: correction.reason.unwrap_or(NotAskedReason::Unspecified).into(),
            })
        };
        self.rest.split_whitespace().map(correction).collect()
    }

    fn with_text(&self, act: impl FnOnce(String, String) -> Act) -> Result<Act, Malformed> {
        let (question, text) = self.question()?;
        Ok(act(question, self.text(text)?))
    }

    /// A code; where none is typed, this one: END waits for no word.
    fn code_or(&self, typed: &str, otherwise: EndReason) -> Result<EndReason, Malformed> {
        if typed.is_empty() { Ok(otherwise) } else { Ok(typed.parse::<Coded<EndReason>>()?.0) }
    }

    /// The question, by its number or name, and what stands behind it.
    fn question(&self) -> Result<(String, &str), Malformed> {
        let (question, rest) = self.rest.split_once(char::is_whitespace).unwrap_or((self.rest, ""));
        Ok((self.named(question)?, rest.trim()))
    }

    fn only_question(&self) -> Result<String, Malformed> {
        self.named(self.rest)
    }

    fn named(&self, typed: &str) -> Result<String, Malformed> {
        let question = typed.parse::<QuestionArg>().map_err(|_| self.malformed())?;
        let house = self.interview().split("/cases/").next().unwrap_or_default();
        Ok(question.full(house, self.interview()))
    }

    fn text(&self, text: &str) -> Result<String, Malformed> {
        if text.is_empty() { Err(self.malformed()) } else { Ok(text.to_owned()) }
    }

    fn interview(&self) -> &str {
        self.room.interview.as_ref().map_or("", |interview| interview.name.as_str())
    }

    fn malformed(&self) -> Malformed {
        Malformed::new("usage-line-form", self.form.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use barnahus_proto::v1::InterviewState;

    use super::*;
    use crate::tui::scene::{NOW, name, snapshot};

    fn act(line: &str) -> Option<Act> {
        let mut room = Room::default();
        room.hear(&snapshot(InterviewState::InProgress), NOW);
        match read(line, &room, NOW) {
            Ok(Command::Wishes(wishes)) => match wishes.into_iter().next() {
                Some(Wish::Do(act)) => Some(act),
                _ => None,
            },
            _ => None,
        }
    }

    #[test]
    fn a_line_is_read_in_either_language() {
        let same: &[(&str, Act)] = &[
            ("ask Var var du?", Act::Ask { text: "Var var du?".into(), urgent: false }),
            ("Fråga  Var var du? ", Act::Ask { text: "Var var du?".into(), urgent: false }),
            ("approve 2", Act::Approve(name(2))),
            ("godkänn 2", Act::Approve(name(2))),
            ("reject 4 leading", Act::Reject { question: name(4), reason: RejectReason::Leading }),
            ("sammanför 6 med 5", Act::Merge { question: name(6), into: name(5) }),
            ("merge 6 into 5", Act::Merge { question: name(6), into: name(5) }),
            ("rank 2 1", Act::Rank { question: name(2), rank: 1 }),
            ("omformulera 2 Berätta mer", Act::Reword { question: name(2), text: "Berätta mer".into() }),
            ("check-in förbud", Act::CheckIn { acknowledge_ban: true }),
            ("start REC-1", Act::Start { recording: "REC-1".into(), reason: String::new() }),
            ("notes off", Act::AllowNotes(false)),
        ];
        for (line, expected) in same {
            assert!(act(line).as_ref() == Some(expected), "{line}");
        }
    }

    #[test]
    fn a_fate_has_the_offset_of_now_or_the_typed_one_or_a_reason() {
        let fate = |line: &str| match act(line) {
            Some(Act::Fate { fate, offset, reason, .. }) => (fate, offset.map(|offset| offset.seconds), reason),
            _ => panic!("{line}"),
        };
        assert_eq!(fate("fate 2 ANSWERED"), (Fate::Answered, Some(36 * 60 + 30), NotAskedReason::Unspecified));
        assert_eq!(fate("utfall 2 no-answer 12:05"), (Fate::NoAnswer, Some(725), NotAskedReason::Unspecified));
        assert_eq!(fate("fate 2 NOT_ASKED CHILD_TIRED"), (Fate::NotAsked, None, NotAskedReason::ChildTired));
    }

    #[test]
    fn what_cannot_be_meant_is_told_with_its_form_and_without_the_text() {
        let room = Room::default();
        for line in ["aks canary", "reword canary", "reject 3 canary", "rank 3 canary", "fate 3 canary", "notes canary"] {
            let told = read(line, &room, NOW).err().unwrap();
            assert!(line.starts_with("re") || line.starts_with("fate") || !told.to_string().contains("canary"), "{told}");
        }
        assert!(read("   ", &room, NOW).is_ok_and(|command| command == Command::Nothing));
    }

    #[test]
    fn the_end_needs_no_reason_to_be_typed() {
        let room = Room::default();
        for (line, reason) in [("end", EndReason::AsPlanned), ("avsluta CHILD_TIRED", EndReason::ChildTired)] {
            let read = read(line, &room, NOW);
            assert!(read.is_ok_and(|command| command == Command::Wishes(vec![Wish::End(reason)])), "{line}");
        }
    }

    #[test]
    fn who_checks_in_under_a_ban_reads_it_first() {
        let mut room = Room::default();
        room.hear(&snapshot(InterviewState::Confirmed), NOW);
        assert!(read("checka-in", &room, NOW).is_ok_and(|command| command == Command::Show(Show::Ban)));
        room.interview.as_mut().unwrap().disclosure_ban = false;
        let act = Act::CheckIn { acknowledge_ban: false };
        assert!(read("check-in", &room, NOW).is_ok_and(|command| command == Command::Wishes(vec![Wish::Do(act)])));
    }
}
