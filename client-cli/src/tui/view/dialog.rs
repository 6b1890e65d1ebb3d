//! What is open below: a text that is typed, a list to pick from; and the help over everything.

use barnahus_proto::v1::{Hint, InterviewState, QuestionState};
use ratatui::{
    layout::Rect,
    style::{Modifier, Style},
    text::{Line, Span},
};

use super::{Look, one_line, sheet::Sheet, wrapped};
use crate::{
    names::{last, short},
    text::Words,
    times,
    tui::{
        ban::ban_told,
        desk::{Mode, Pick, Text},
        edit::Edit,
        keys::{keys, may_end, was_delivered},
        pick::{Label, entries, place},
        state::listeners,
    },
};

/// The open dialog, in at most so many lines.
pub(super) fn dialog(look: &Look<'_>, mode: &Mode, most: usize, sheet: &mut Sheet) {
    let bold = Style::new().add_modifier(Modifier::REVERSED);
    match mode {
        Mode::Help => (),
        Mode::Text { what, edit } => {
            sheet.ends(&asked(what, look.words), "", bold);
            let hints = hinted(what, edit);
            typed(edit, most.saturating_sub(2 + hints.len()), sheet);
            for hint in hints {
                sheet.text(&look.words.tell("say-hint-typing", &[("hint", &look.words.code(hint.as_str_name()))]), Style::new());
            }
            sheet.text(&look.words.say("say-screen-typing"), Style::new());
        }
        Mode::Pick { what, number, .. } => {
            sheet.text(&picked(what, look), bold);
            match what {
                Pick::CheckIn => ban(look, sheet),
                Pick::Freeze => absent(look, sheet),
                Pick::End => undelivered(look, sheet),
                _ => (),
            }
            let entries = entries(what, look.room, look.me, look.now);
            if entries.is_empty() {
                sheet.text(&look.words.say("say-nothing-here"), Style::new());
            }
            let chosen = place(&entries, *number);
            let shown = most.saturating_sub(sheet.lines.len() + 1).max(1);
            let first = (chosen.unwrap_or_default() + 1).saturating_sub(shown);
            for (place, entry) in entries.iter().enumerate().skip(first).take(shown) {
                let (mark, style) =
                    if chosen == Some(place) { ('>', Style::new().add_modifier(Modifier::BOLD)) } else { (' ', Style::new()) };
                sheet.ends(&format!("{mark} {:>2}  {}", entry.number, called(&entry.label, look)), "", style);
            }
            sheet.text(&look.words.say("say-screen-picking"), Style::new());
        }
    }
}

/// What the disclosure ban covers, and until when.
fn ban(look: &Look<'_>, sheet: &mut Sheet) {
    for line in ban_told(look.room, look.words, look.zone) {
        sheet.text(&line, Style::new());
    }
}

/// Who stands on the roster and has not come yet.
fn absent(look: &Look<'_>, sheet: &mut Sheet) {
    let seats = look.room.interview.iter().flat_map(listeners).filter(|seat| seat.checked_in_at.is_none());
    let absent: Vec<_> = seats.map(|seat| format!("{} {}", look.words.code(seat.role().as_str_name()), short(&seat.post))).collect();
    if !absent.is_empty() {
        sheet.hanging(&format!("{}: ", look.words.say("say-screen-absent")), &absent.join(", "), Style::new());
    }
}

/// How many questions an end leaves unasked; to those who know of them.
fn undelivered(look: &Look<'_>, sheet: &mut Sheet) {
    let count: u32 = look.room.counts.iter().map(|count| count.waiting).sum();
    if count > 0 {
        sheet.text(&look.words.tell("say-end-undelivered", &[("count", &count)]), Style::new());
    }
}

/// Whether a question was merged into one that the interviewer has already.
fn with_the_interviewer(look: &Look<'_>, question: &str) -> bool {
    look.room.question(question).is_some_and(|question| question.state() == QuestionState::Merged && was_delivered(question.target_state()))
}

/// Every key of this person now.
pub(super) fn help(look: &Look<'_>, area: Rect) -> Sheet {
    let mut sheet = Sheet::new(area.width);
    sheet.text(&look.words.say("say-help-title"), Style::new().add_modifier(Modifier::BOLD));
    for key in keys(look.room, look.desk, look.me) {
        sheet.hanging(&format!("{:>7}  ", sign(key.sign, look.words)), &look.words.say(key.does.label()), Style::new());
    }
    let ends = Some(("Ctrl-X", "say-help-end")).filter(|_| may_end(look.room.chair(look.me)));
    let always = [("↑ ↓", "say-help-move"), ("Esc", "say-help-esc")].into_iter().chain(ends).chain([("Ctrl-C", "say-help-leave")]);
    for (sign, label) in always {
        sheet.hanging(&format!("{sign:>7}  "), &look.words.say(label), Style::new());
    }
    if sheet.lines.len() > usize::from(area.height) {
        return beside(&sheet, area);
    }
    sheet
}

/// The help in two columns, where one is not tall enough.
fn beside(sheet: &Sheet, area: Rect) -> Sheet {
    let mut both = Sheet::new(area.width);
    let half = usize::from(area.width / 2);
    let rows = sheet.lines.len().div_ceil(2);
    for row in 0..rows {
        let text = |at: usize| sheet.lines.get(at).map(|line| line.spans.iter().map(|span| span.content.as_ref()).collect::<String>());
        let left = one_column(&text(row).unwrap_or_default(), half.saturating_sub(1));
        both.push(Line::raw(format!("{left} {}", one_column(&text(row + rows).unwrap_or_default(), half.saturating_sub(1)))));
    }
    both
}

fn one_column(text: &str, width: usize) -> String {
    let cut = super::cut(text, width);
    let gap = width.saturating_sub(Span::raw(cut.as_str()).width());
    format!("{cut}{}", " ".repeat(gap))
}

/// How a key is written.
pub(super) fn sign(sign: char, words: Words) -> String {
    match sign {
        ' ' => words.say("say-sign-space"),
        '\n' => "Enter".to_owned(),
        '0' => "0-9".to_owned(),
        sign => sign.to_string(),
    }
}

/// The text with a cursor that needs no colour: the character under it reversed.
fn typed(edit: &Edit, most: usize, sheet: &mut Sheet) {
    let (before, behind) = edit.halves();
    let mut rest = behind.chars();
    let under = rest.next().filter(|c| *c != '\n');
    let kept: String = if behind.starts_with('\n') { behind.clone() } else { rest.collect() };
    // A mark that no text can hold stands for the cursor while the lines are broken.
    let marked = format!("{before}\u{fdd0}{}{kept}", under.map(String::from).unwrap_or_default());
    let mut lines = Sheet::new(u16::MAX);
    let mut at = 0;
    for (place, line) in wrapped(&marked, sheet.width().saturating_sub(2)).into_iter().enumerate() {
        let Some((before, behind)) = line.split_once('\u{fdd0}') else {
            lines.push(Line::raw(format!("  {line}")));
            continue;
        };
        at = place;
        let mut rest = behind.chars();
        let under = rest.next().unwrap_or(' ');
        let cursor = Span::styled(under.to_string(), Style::new().add_modifier(Modifier::REVERSED));
        lines.push(Line::from(vec![Span::raw(format!("  {before}")), cursor, Span::raw(rest.collect::<String>())]));
    }
    let most = most.max(1);
    let first = (at + 1).saturating_sub(most);
    lines.lines.into_iter().skip(first).take(most).for_each(|line| sheet.push(line));
}

/// What its author should think of (L9), while it is typed. The word that is being typed does not count yet: no hint comes and goes with it.
fn hinted(what: &Text, edit: &Edit) -> Vec<Hint> {
    let (Text::Ask { .. } | Text::Revise(_)) = what else { return Vec::new() };
    let code = |hint| match hint {
        barnahus_hints::Hint::Leading => Hint::Leading,
        barnahus_hints::Hint::Multiple => Hint::Multiple,
        barnahus_hints::Hint::YesNo => Hint::YesNo,
    };
    barnahus_hints::hints(edit.text().trim_end_matches(char::is_alphanumeric)).into_iter().map(code).collect()
}

fn asked(what: &Text, words: Words) -> String {
    let of = |key, question: &str| words.tell(key, &[("number", &last(question))]);
    match what {
        Text::Ask { urgent: false } => words.say("ask-question"),
        Text::Ask { urgent: true } => words.say("say-ask-urgent"),
        Text::Revise(question) => of("say-ask-revise", question),
        Text::Reword(question) => of("say-ask-reword", question),
        Text::Object(question) => of("say-ask-object", question),
        Text::Unmark(question) => of("say-ask-unmark", question),
        Text::Recording => words.say("say-ask-recording"),
        Text::StartReason(_) => words.say("ask-start-reason"),
        Text::Offset { question, .. } => of("say-ask-offset", question),
    }
}

fn picked(what: &Pick, look: &Look<'_>) -> String {
    let words = look.words;
    let of = |key, question: &str| words.tell(key, &[("number", &last(question))]);
    match what {
        Pick::Approve(question) if with_the_interviewer(look, question) => of("say-pick-approve-merged", question),
        Pick::Approve(question) if look.room.state() == InterviewState::Break => of("say-pick-approve-break", question),
        Pick::Approve(question) if look.room.question(question).is_some_and(|it| it.state() == QuestionState::Submitted) => {
            of("say-pick-approve-waiting", question)
        }
        Pick::Approve(question) => of("say-pick-approve", question),
        Pick::Reject(question) => of("say-pick-reject", question),
        Pick::Merge(question) => of("say-pick-merge", question),
        Pick::Rank(question) => of("say-pick-rank", question),
        Pick::Fate(question) => of("say-pick-fate", question),
        Pick::Withdraw(question) => of("say-pick-withdraw", question),
        Pick::CheckIn => words.say("say-pick-check-in"),
        Pick::CheckOut => words.say("say-pick-check-out"),
        Pick::Freeze => words.say("say-pick-freeze"),
        Pick::Admit => words.say("say-pick-admit"),
        Pick::Resume => words.say("say-pick-resume"),
        Pick::Interrupt => words.say("say-pick-interrupt"),
        Pick::End => words.say("say-pick-end"),
        Pick::ConfirmFates => words.tell("say-pick-confirm-fates", &[("count", &look.desk.unlooked(look.room))]),
    }
}

fn called(label: &Label, look: &Look<'_>) -> String {
    match label {
        Label::Code(code) => look.words.code(code),
        Label::Codes(code, why) => format!("{}: {}", look.words.code(code), look.words.code(why)),
        Label::Say(key) => look.words.say(key),
        Label::Seat(role, post) => format!("{} {post}", look.words.code(role)),
        Label::Question(name) => look.room.question(name).map(|question| one_line(&question.text, 200)).unwrap_or_default(),
        Label::Rank(0) => look.words.say("say-rank-none"),
        Label::Rank(rank) => look.words.tell("say-rank", &[("number", rank)]),
        Label::Fate(code, Some(offset)) => {
            format!("{} · {}", look.words.code(code), look.words.tell("say-at-offset", &[("offset", &times::offset(*offset))]))
        }
        Label::Fate(code, None) => format!("{} …", look.words.code(code)),
    }
}
