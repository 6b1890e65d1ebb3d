//! The words of the commands, and which of them a person has now. Pure.
//!
//! What a command does is a key's [`Does`]; who has it now, `keys.rs` says.

use barnahus_proto::v1::{EndReason, Fate, NotAskedReason, RejectReason};

use crate::{
    args::code::{Code, all},
    output::Page,
    tui::{
        desk::Desk,
        keys::{self, Does},
        pick::INTERRUPTIONS,
        state::{Me, Room},
    },
};

/// What a command is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Does(Does),
    StartAnyway,
    Show(Show),
    Quit,
}

/// What somebody asks to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Show {
    List,
    Who,
    Status,
    Ban,
    Help,
}

/// The words of a command in English and Swedish, and what stands behind them.
pub(super) const VERBS: &[(Verb, &str, &str, &str)] = &[
    (Verb::Does(Does::Ask), "ask", "fråga", "TEXT"),
    (Verb::Does(Does::AskUrgent), "urgent", "brådskande", "TEXT"),
    (Verb::Does(Does::Revise), "revise", "ändra", "N TEXT"),
    (Verb::Does(Does::Withdraw), "withdraw", "återta", "N"),
    (Verb::Does(Does::Object), "object", "invänd", "N TEXT"),
    (Verb::Does(Does::Approve), "approve", "godkänn", "N"),
    (Verb::Does(Does::Reject), "reject", "avslå", "N CODE"),
    (Verb::Does(Does::Merge), "merge", "sammanför", "N N"),
    (Verb::Does(Does::Reword), "reword", "omformulera", "N TEXT"),
    (Verb::Does(Does::Rank), "rank", "rang", "N RANK"),
    (Verb::Does(Does::Defer), "defer", "skjut-upp", "N"),
    (Verb::Does(Does::Unmark), "not-urgent", "inte-brådskande", "N TEXT"),
    (Verb::Does(Does::ActedOn), "acted-on", "åtgärdad", "N"),
    (Verb::Does(Does::Note), "note", "lapp", "N"),
    (Verb::Does(Does::AllowNotes), "notes", "lappar", "on|off"),
    (Verb::Does(Does::AskBreak), "wish-break", "önska-paus", ""),
    (Verb::Does(Does::Fate), "fate", "utfall", "N FATE [OFFSET|CODE]"),
    (Verb::Does(Does::Admit), "admit", "släpp-in", "POST"),
    (Verb::Does(Does::Freeze), "freeze", "frys", ""),
    (Verb::Does(Does::Informed), "informed", "informerat", ""),
    (Verb::Does(Does::Start), "start", "starta", "[RECORDING]"),
    (Verb::StartAnyway, "start-because", "starta-eftersom", "TEXT"),
    (Verb::Does(Does::CallBreak), "break", "paus", ""),
    (Verb::Does(Does::Acknowledge), "acknowledge", "kvittera", ""),
    (Verb::Does(Does::Resume), "resume", "fortsätt", ""),
    (Verb::Does(Does::Interrupt), "interrupt", "avbryt", "CODE"),
    (Verb::Does(Does::Closing), "closing", "slutkontroll", ""),
    (Verb::Does(Does::SignOff), "sign-off", "klar", ""),
    (Verb::Does(Does::CheckIn), "check-in", "checka-in", "[ban]"),
    (Verb::Does(Does::CheckOut), "check-out", "checka-ut", ""),
    (Verb::Does(Does::End), "end", "avsluta", "CODE"),
    (Verb::Does(Does::ConfirmFates), "confirm-fates", "bekräfta", "[N=FATE[@OFFSET][:CODE] ...]"),
    (Verb::Show(Show::List), "list", "lista", ""),
    (Verb::Show(Show::Who), "who", "vilka", ""),
    (Verb::Show(Show::Status), "status", "läge", ""),
    (Verb::Show(Show::Ban), "ban", "förbud", ""),
    (Verb::Show(Show::Help), "help", "hjälp", ""),
    (Verb::Quit, "quit", "lämna", ""),
];

/// The commands that this person has now, in both languages, with the codes that each takes.
pub(super) fn help(page: &mut Page<'_>, room: &Room, desk: &Desk, me: &Me) {
    let has = keys::all(room, desk, me);
    for (verb, english, swedish, form) in VERBS.iter().filter(|(verb, ..)| verb.is_among(&has)) {
        let what = page.words.say(verb.label());
        page.line(format!("{english}, {swedish} {form}").trim_end());
        page.indented(4, &what);
        for (name, codes) in verb.codes(page) {
            page.indented(4, &format!("{name}: {}", codes.join(", ")));
        }
    }
    page.line(&page.words.say("say-plain-goes-on"));
}

impl Verb {
    fn is_among(self, has: &[Does]) -> bool {
        match self {
            Self::Does(does) => has.contains(&does),
            Self::StartAnyway => has.contains(&Does::Start),
            Self::Show(_) | Self::Quit => true,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Does(does) => does.label(),
            Self::StartAnyway => "say-key-start-because",
            Self::Show(Show::List) => "say-plain-list",
            Self::Show(Show::Who) => "say-plain-who",
            Self::Show(Show::Status) => "say-plain-status",
            Self::Show(Show::Ban) => "say-plain-ban",
            Self::Show(Show::Help) => "say-plain-help",
            Self::Quit => "say-plain-quit",
        }
    }

    /// The codes that stand behind it, under the name by which its form calls them.
    fn codes(self, page: &Page<'_>) -> Vec<(&'static str, Vec<String>)> {
        match self {
            Self::Does(Does::Reject) => vec![("CODE", named(all::<RejectReason>(), page))],
            Self::Does(Does::End) => vec![("CODE", named(all::<EndReason>(), page))],
            Self::Does(Does::Interrupt) => {
                vec![("CODE", named(all::<EndReason>().filter(|(_, reason)| INTERRUPTIONS.contains(reason)), page))]
            }
            Self::Does(Does::Fate | Does::ConfirmFates) => {
                vec![("FATE", named(all::<Fate>(), page)), ("CODE", named(all::<NotAskedReason>(), page))]
            }
            _ => Vec::new(),
        }
    }
}

fn named<E: Code>(codes: impl Iterator<Item = (&'static str, E)>, page: &Page<'_>) -> Vec<String> {
    codes.map(|(short, code)| format!("{short} ({})", page.words.code(code.name()))).collect()
}

#[cfg(test)]
mod tests {
    use barnahus_proto::v1::InterviewState;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::{
        text::{Lang, Words},
        tui::scene::{NOW, me, snapshot},
    };

    fn helped(post: &str, state: InterviewState) -> String {
        let mut room = Room::default();
        room.hear(&snapshot(state), NOW);
        let zone = TimeZone::UTC;
        let mut page = Page::new(Words { lang: Lang::Sv }, &zone, false);
        help(&mut page, &room, &Desk::default(), &me(post));
        page.text()
    }

    #[test]
    fn the_help_lists_what_this_person_can_say_now_with_its_codes() {
        insta::assert_snapshot!("help_leader_sv", helped("prosecutor-1", InterviewState::InProgress));
        insta::assert_snapshot!("help_interviewer_sv", helped("interviewer-1", InterviewState::Ended));
        let coordinator = helped("coordinator-1", InterviewState::InProgress);
        assert!(coordinator.contains("avsluta CODE") && !coordinator.contains("godkänn"), "{coordinator}");
    }

    #[test]
    fn no_word_means_two_commands() {
        let mut words: Vec<_> = VERBS.iter().flat_map(|(_, english, swedish, _)| [*english, *swedish]).collect();
        words.sort_unstable();
        let all = words.len();
        words.dedup();
        assert_eq!(words.len(), all);
    }
}
