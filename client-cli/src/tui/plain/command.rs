//! A line that was typed, as a command. Pure.
//!
//! PRIVACY: an error names the form that was due, never the text that was typed behind it.

use std::str::FromStr as _;

use barnahus_proto::v1::{EndReason, Fate, FateCorrection, NotAskedReason, RejectReason};
use jiff::Timestamp;

use crate::{
    args::{
        code::Coded,
        pair::{Correction, QuestionArg},
    },
    malformed::Malformed,
    output::Page,
    times::Offset,
    tui::{act::Act, input::Wish, state::Room},
};

/// What a line asks for.
#[derive(PartialEq)]
pub(super) enum Command {
    Nothing,
    Wishes(Vec<Wish>),
    Show(Show),
    Quit,
}

/// What it asks to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Show {
    List,
    Who,
    Status,
    Help,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Ask,
    Urgent,
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
    Notes,
    AskBreak,
    Fate,
    Freeze,
    Informed,
    Start,
    StartAnyway,
    Break,
    Acknowledge,
    Resume,
    Interrupt,
    Closing,
    SignOff,
    CheckIn,
    CheckOut,
    End,
    Confirm,
    Show(Show),
    Quit,
}

/// The words of a command in English and Swedish, what stands behind them, and the key of what it does.
const VERBS: &[(Verb, &str, &str, &str, &str)] = &[
    (Verb::Ask, "ask", "fråga", "TEXT", "say-key-ask"),
    (Verb::Urgent, "urgent", "brådskande", "TEXT", "say-key-ask-urgent"),
    (Verb::Revise, "revise", "ändra", "N TEXT", "say-key-revise"),
    (Verb::Withdraw, "withdraw", "återta", "N", "say-key-withdraw"),
    (Verb::Object, "object", "invänd", "N TEXT", "say-key-object"),
    (Verb::Approve, "approve", "godkänn", "N", "say-key-approve"),
    (Verb::Reject, "reject", "avslå", "N CODE", "say-key-reject"),
    (Verb::Merge, "merge", "sammanför", "N N", "say-key-merge"),
    (Verb::Reword, "reword", "omformulera", "N TEXT", "say-key-reword"),
    (Verb::Rank, "rank", "rang", "N RANK", "say-key-rank"),
    (Verb::Defer, "defer", "skjut-upp", "N", "say-key-defer"),
    (Verb::Unmark, "not-urgent", "inte-brådskande", "N TEXT", "say-key-unmark"),
    (Verb::ActedOn, "acted-on", "åtgärdad", "N", "say-key-acted-on"),
    (Verb::Note, "note", "lapp", "N", "say-key-note"),
    (Verb::Notes, "notes", "lappar", "on|off", "say-key-allow-notes"),
    (Verb::AskBreak, "wish-break", "önska-paus", "", "say-key-ask-break"),
    (Verb::Fate, "fate", "utfall", "N FATE [OFFSET|CODE]", "say-key-fate"),
    (Verb::Freeze, "freeze", "frys", "", "say-key-freeze"),
    (Verb::Informed, "informed", "informerat", "", "say-key-informed"),
    (Verb::Start, "start", "starta", "[RECORDING]", "say-key-start"),
    (Verb::StartAnyway, "start-because", "starta-eftersom", "TEXT", "say-key-start-because"),
    (Verb::Break, "break", "paus", "", "say-key-break"),
    (Verb::Acknowledge, "acknowledge", "kvittera", "", "say-key-acknowledge"),
    (Verb::Resume, "resume", "fortsätt", "", "say-key-resume"),
    (Verb::Interrupt, "interrupt", "avbryt", "CODE", "say-key-interrupt"),
    (Verb::Closing, "closing", "slutrunda", "", "say-key-closing"),
    (Verb::SignOff, "sign-off", "klar", "", "say-key-sign-off"),
    (Verb::CheckIn, "check-in", "checka-in", "[ban]", "say-key-check-in"),
    (Verb::CheckOut, "check-out", "checka-ut", "", "say-key-check-out"),
    (Verb::End, "end", "avsluta", "CODE", "say-key-end"),
    (Verb::Confirm, "confirm-fates", "bekräfta", "[N=FATE[@OFFSET][:CODE] ...]", "say-key-confirm-fates"),
    (Verb::Show(Show::List), "list", "lista", "", "say-plain-list"),
    (Verb::Show(Show::Who), "who", "vilka", "", "say-plain-who"),
    (Verb::Show(Show::Status), "status", "läge", "", "say-plain-status"),
    (Verb::Show(Show::Help), "help", "hjälp", "", "say-plain-help"),
    (Verb::Quit, "quit", "lämna", "", "say-plain-quit"),
];

/// Every command, in both languages.
pub(super) fn help(page: &mut Page<'_>) {
    for (_, english, swedish, form, label) in VERBS {
        let what = page.words.say(label);
        page.line(format!("{english}, {swedish} {form}").trim_end());
        page.indented(4, &what);
    }
}

/// Reads a line.
pub(super) fn read(line: &str, room: &Room, now: Timestamp) -> Result<Command, Malformed> {
    let line = line.trim();
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    if word.is_empty() {
        return Ok(Command::Nothing);
    }
    let spoken = word.to_lowercase();
    let found = VERBS.iter().find(|(_, english, swedish, ..)| [*english, *swedish].contains(&spoken.as_str()));
    let Some((verb, english, _, form, _)) = found else { return Err(Malformed::new("usage-line", word)) };
    let line = Line { rest: rest.trim(), form: format!("{english} {form}"), room };
    let act = match verb {
        Verb::Show(show) => return Ok(Command::Show(*show)),
        Verb::Quit => return Ok(Command::Quit),
        Verb::End => return Ok(Command::Wishes(vec![Wish::End(line.code_or(line.rest, EndReason::AsPlanned)?)])),
        Verb::Acknowledge => {
            let acknowledge = |(break_number, batch_number)| Wish::Do(Act::Acknowledge { break_number, batch_number });
            return Ok(Command::Wishes(room.unacknowledged().into_iter().map(acknowledge).collect()));
        }
        verb => line.act(*verb, now)?,
    };
    Ok(Command::Wishes(vec![Wish::Do(act)]))
}

/// What stands behind the command's word.
struct Line<'a> {
    rest: &'a str,
    form: String,
    room: &'a Room,
}

impl Line<'_> {
    fn act(&self, verb: Verb, now: Timestamp) -> Result<Act, Malformed> {
        Ok(match verb {
            Verb::Ask => Act::Ask { text: self.text(self.rest)?, urgent: false },
            Verb::Urgent => Act::Ask { text: self.text(self.rest)?, urgent: true },
            Verb::Revise => self.with_text(|question, text| Act::Revise { question, text })?,
            Verb::Reword => self.with_text(|question, text| Act::Reword { question, text })?,
            Verb::Object => self.with_text(|question, text| Act::Object { question, text })?,
            Verb::Unmark => self.with_text(|question, reason| Act::Unmark { question, reason })?,
            Verb::Withdraw => Act::Withdraw(self.only_question()?),
            Verb::Approve => Act::Approve(self.only_question()?),
            Verb::Defer => Act::Defer(self.only_question()?),
            Verb::ActedOn => Act::ActedOn(self.only_question()?),
            Verb::Note => Act::Note(self.only_question()?),
            Verb::Reject => {
                let (question, code) = self.question()?;
                Act::Reject { question, reason: code.parse::<Coded<RejectReason>>()?.0 }
            }
            Verb::Merge => {
                let (question, into) = self.question()?;
                Act::Merge { question, into: self.named(into.trim_start_matches("into ").trim_start_matches("med "))? }
            }
            Verb::Rank => {
                let (question, rank) = self.question()?;
                Act::Rank { question, rank: rank.parse().map_err(|_| self.malformed())? }
            }
            Verb::Fate => self.fate(now)?,
            Verb::Notes => match self.rest {
                "on" | "på" => Act::AllowNotes(true),
                "off" | "av" => Act::AllowNotes(false),
                _ => return Err(self.malformed()),
            },
            Verb::Start => Act::Start { recording: self.rest.to_owned(), reason: String::new() },
            Verb::StartAnyway => Act::Start { recording: String::new(), reason: self.text(self.rest)? },
            Verb::Interrupt => Act::Interrupt(self.rest.parse::<Coded<EndReason>>()?.0),
            Verb::CheckIn => Act::CheckIn { acknowledge_ban: ["ban", "förbud"].contains(&self.rest) },
            Verb::Confirm => Act::ConfirmFates(self.corrections()?),
            Verb::AskBreak => Act::AskBreak,
            Verb::Freeze => Act::Freeze,
            Verb::Informed => Act::Informed,
            Verb::Break => Act::CallBreak,
            Verb::Resume => Act::Resume,
            Verb::Closing => Act::Closing,
            Verb::SignOff => Act::SignOff,
            Verb::CheckOut => Act::CheckOut,
            Verb::End | Verb::Acknowledge | Verb::Show(_) | Verb::Quit => return Err(self.malformed()),
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
    fn no_word_means_two_commands() {
        let mut words: Vec<_> = VERBS.iter().flat_map(|(_, english, swedish, ..)| [*english, *swedish]).collect();
        words.sort_unstable();
        let all = words.len();
        words.dedup();
        assert_eq!(words.len(), all);
    }
}
