//! What each chair sees between head and foot: the questions, the room, the counts; to the interviewer in a break one large list, and
//! outside it nothing that moves.

use barnahus_proto::v1::{Fate, FateCorrection, Interview, InterviewState, NotAskedReason, Question, QuestionState};
use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    style::{Modifier, Style},
};

use super::{Look, beside, clock_of, one_line, sheet::Sheet};
use crate::{
    names::last,
    output::{Page, reason, stands, tell_the_child},
    times,
    tui::{
        desk::Fold,
        state::{Chair, open},
    },
};

/// Lines of a text that is not chosen.
const SHORT: usize = 2;
/// A list of so few lines says nothing of what is out of sight.
const SHORT_LIST: u16 = 3;
/// Most lines above the questions.
const ALERTS: usize = 4;

/// Draws it; says what of the interviewer's list is out of sight.
pub(super) fn draw(look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Fold {
    let Some(interview) = &look.room.interview else { return Fold::default() };
    match look.chair() {
        Chair::Interviewer => return interviewer(look, interview, area, buffer),
        Chair::Coordinator => beside::whole(look, interview, area.width).render(area, buffer),
        Chair::Leader | Chair::Investigator | Chair::Listener => {
            let questions = look.room.listed(look.me);
            let above = alerts(look, &questions, area.width);
            let beside = beside::beside(look, interview, area);
            let tall = |sheet: &Sheet| Constraint::Length(u16::try_from(sheet.lines.len()).unwrap_or(u16::MAX));
            let [top, list, room] = Layout::vertical([tall(&above), Constraint::Min(0), tall(&beside)]).areas(area);
            above.render(top, buffer);
            list_of(look, questions, list, buffer);
            beside.render(room, buffer);
        }
    }
    Fold::default()
}

/// What must not be missed, above the list whatever is chosen: urgent questions, decisions on one's own, objections to the leader's.
fn alerts(look: &Look<'_>, questions: &[&Question], width: u16) -> Sheet {
    let mut sheet = Sheet::new(width);
    let urgent = questions.iter().filter(|question| question.urgent_protection && open(question) && question.acted_on_at.is_none());
    let urgent = urgent.count();
    if urgent > 0 && look.chair() != Chair::Listener {
        sheet.ends(&look.words.tell("say-screen-urgent", &[("count", &urgent)]), "", look.alarm());
    }
    for question in look.desk.news.iter().filter_map(|name| look.room.question(name)) {
        let number = last(&question.name);
        let told = if look.chair() == Chair::Leader {
            look.words.tell("say-news-objected", &[("number", &number), ("objection", &one_line(&question.objection, 200))])
        } else {
            let object = question.state() == QuestionState::Rejected && !question.objected;
            let key = if object { "say-news-rejected" } else { "say-news-decided" };
            look.words.tell(key, &[("number", &number), ("standing", &standing(look, question))])
        };
        sheet.text(&told, look.alarm());
    }
    sheet.first(ALERTS);
    sheet
}

/// The list of questions, rolled so that the chosen one is seen.
fn list_of(look: &Look<'_>, questions: Vec<&Question>, area: Rect, buffer: &mut Buffer) {
    let chosen = look.desk.chosen(&questions).map(|chosen| chosen.name.clone());
    let mut sheet = Sheet::new(area.width);
    let mut seen = (0, 0);
    if questions.is_empty() {
        sheet.text(&look.words.say("say-nothing-here"), Style::new());
    }
    let mut entries = Vec::with_capacity(questions.len());
    for question in questions {
        let is_chosen = chosen.as_ref() == Some(&question.name);
        let top = sheet.lines.len();
        entry(look, question, is_chosen, &mut sheet);
        if is_chosen {
            seen = (top, sheet.lines.len());
        }
        entries.push((top, sheet.lines.len(), question.state() == QuestionState::Submitted));
    }
    if sheet.lines.len() <= usize::from(area.height) || area.height <= SHORT_LIST {
        sheet.render_around(seen, area, buffer);
        return;
    }
    // What is out of sight is said, above all what nobody has decided on.
    let [list, below] = Layout::vertical([Constraint::Min(0), Constraint::Length(1)]).areas(area);
    let shown = sheet.render_around(seen, list, buffer);
    let hidden: Vec<_> = entries.iter().filter(|(top, bottom, _)| *top < shown.start || *bottom > shown.end).collect();
    let waiting = hidden.iter().filter(|(.., waits)| *waits).count();
    let mut more = Sheet::new(area.width);
    let style = if waiting > 0 { Style::new().add_modifier(Modifier::BOLD) } else { Style::new() };
    more.ends(&look.words.tell("say-screen-hidden", &[("count", &hidden.len()), ("waiting", &waiting)]), "", style);
    more.render(below, buffer);
}

fn entry(look: &Look<'_>, question: &Question, chosen: bool, sheet: &mut Sheet) {
    let mark = if chosen { ">" } else { " " };
    let bold = if chosen { Style::new().add_modifier(Modifier::BOLD) } else { Style::new() };
    let style = if question.urgent_protection { look.alarm() } else { bold };
    let urgent = if question.urgent_protection { format!("{} ", look.words.say("say-screen-mark-urgent")) } else { String::new() };
    let role = look.words.code(question.role().as_str_name());
    let sending = look.desk.waiting.iter().any(|order| order.act.question() == Some(question.name.as_str()));
    let sending = if sending { format!(" · {}", look.words.say("say-screen-sending")) } else { String::new() };
    let head = format!("{urgent}{} · {role} · {}{sending}", last(&question.name), standing(look, question));
    sheet.hanging(&format!("{mark} "), &head, style);
    let mut lines = Sheet::new(u16::try_from(sheet.width()).unwrap_or(u16::MAX));
    lines.hanging("    ", &question.text, bold);
    if !chosen {
        lines.first(SHORT);
    }
    lines.lines.into_iter().for_each(|line| sheet.push(line));
    if chosen {
        more(look, question, sheet);
    }
}

/// Where a question stands, in one breath.
fn standing(look: &Look<'_>, question: &Question) -> String {
    let page = Page::new(look.words, look.zone, false);
    let mut parts = vec![stands(question, &page)];
    parts.push(reason(question, &page));
    if !question.merged_into.is_empty() {
        parts.push(look.words.tell("say-into", &[("question", &last(&question.merged_into))]));
    }
    parts.push(question.offset.map(|offset| look.words.tell("say-at-offset", &[("offset", &times::offset(offset))])).unwrap_or_default());
    if question.rank > 0 {
        parts.push(look.words.tell("say-rank", &[("number", &question.rank)]));
    }
    let facts = [
        (question.objected, "label-objected"),
        (question.acted_on_at.is_some(), "say-screen-acted-on"),
        (!question.carried_from.is_empty(), "say-screen-carried"),
    ];
    parts.extend(facts.into_iter().filter(|(holds, _)| *holds).map(|(_, key)| look.words.say(key)));
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// What is shown of the chosen question beside its text.
fn more(look: &Look<'_>, question: &Question, sheet: &mut Sheet) {
    let mut say = |key: &'static str, text: &str| {
        if !text.is_empty() {
            sheet.hanging("    ", &format!("{}: {text}", look.words.say(key)), Style::new());
        }
    };
    say("label-objection", &question.objection);
    say("say-screen-unmarked", &question.urgency_unmarked_reason);
    // The newest stands above.
    for wording in question.wordings.iter().rev().skip(1) {
        say("say-screen-wording", &format!("({}) {}", look.words.code(wording.role().as_str_name()), wording.text));
    }
}

fn interviewer(look: &Look<'_>, interview: &Interview, area: Rect, buffer: &mut Buffer) -> Fold {
    let mut sheet = Sheet::new(area.width);
    let ended_here = look.desk.end.is_some() && !look.room.ended();
    match look.room.state() {
        _ if ended_here => (),
        InterviewState::Break => in_the_break(look, &mut sheet),
        InterviewState::Ended | InterviewState::Documented => {
            after_the_end(look, interview, area, buffer);
            return Fold::default();
        }
        InterviewState::InProgress | InterviewState::Closing | InterviewState::Interrupted => quiet(look, interview, &mut sheet),
        _ => before(look, interview, &mut sheet),
    }
    let rows = usize::from(area.height);
    let over = sheet.lines.len().saturating_sub(rows);
    let first = usize::from(look.desk.rolled).min(over);
    sheet.render_from(first, area, buffer);
    if first < over && rows > 0 {
        let mut below = Sheet::new(area.width);
        let count = look.room.in_the_break();
        let told =
            if count > 0 { look.words.tell("say-screen-below-of", &[("count", &count)]) } else { look.words.say("say-screen-below") };
        below.ends("", &told, Style::new().add_modifier(Modifier::BOLD));
        below.render(Rect { y: area.bottom().saturating_sub(1), height: 1, ..area }, buffer);
    }
    // The last row tells that there is more.
    let lines = |lines: usize| u16::try_from(lines).unwrap_or(u16::MAX);
    Fold { below: lines(over - first), page: lines(rows.saturating_sub(1).max(1)) }
}

/// While the child tells: the leader's wish as one quiet sign, and a note where one was let through.
fn quiet(look: &Look<'_>, interview: &Interview, sheet: &mut Sheet) {
    sheet.gap();
    if interview.break_requested_at.is_some() {
        sheet.hanging("  ", &look.words.say("say-screen-break-wished"), Style::new());
    }
    if interview.child_to_be_told {
        sheet.hanging("  ", &tell_the_child(interview, look.words), Style::new());
    }
    if let Some(note) = look.room.note() {
        sheet.gap();
        slip(look, 1, note, sheet);
    }
}

/// Everything of this break, in the order in which it is to be asked; then what came earlier and has no fate yet.
fn in_the_break(look: &Look<'_>, sheet: &mut Sheet) {
    let batches = look.room.lasting().map(|lasting| lasting.batches.as_slice()).unwrap_or_default();
    let (mut place, mut from, mut read) = (0, None, None);
    if batches.is_empty() {
        sheet.gap();
        sheet.hanging("  ", &look.words.say("say-nothing-delivered"), Style::new());
        sheet.gap();
    }
    for batch in batches {
        let acknowledged = batch.acknowledged_at.is_some();
        let before = read.replace(acknowledged);
        if before != Some(acknowledged) {
            match (before, acknowledged) {
                (_, true) => sheet.hanging("  ", &look.words.say("say-screen-acknowledged"), Style::new()),
                // A batch that comes after one she has acknowledged is told from it.
                (Some(_), false) => sheet.hanging("  ", &look.words.say("say-screen-new"), Style::new()),
                (None, false) => (),
            }
            sheet.gap();
        }
        for question in batch.questions.iter().filter_map(|name| look.room.question(name)) {
            place += 1;
            slip(look, place, question, sheet);
            sheet.gap();
        }
    }
    for (number, question) in look.room.left_over() {
        place += 1;
        if from.replace(number) != Some(number) {
            let told = if number == 0 {
                look.words.say("say-screen-from-note")
            } else {
                look.words.tell("say-screen-from", &[("number", &number)])
            };
            sheet.hanging("  ", &told, Style::new());
        }
        slip(look, place, question, sheet);
        sheet.gap();
    }
}

/// One question as the interviewer reads it: large, alone, its place before it.
fn slip(look: &Look<'_>, place: usize, question: &Question, sheet: &mut Sheet) {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    if question.urgent_protection {
        sheet.hanging("      ", &look.words.say("say-screen-mark-urgent"), look.alarm());
    }
    sheet.hanging(&format!("{place:>4}. "), &question.text, bold);
}

fn before(look: &Look<'_>, interview: &Interview, sheet: &mut Sheet) {
    sheet.gap();
    let informed = interview.child_informed_at.last().copied();
    let ban = if interview.disclosure_ban { look.words.say("say-yes") } else { look.words.say("say-no") };
    let booked = match (interview.starts_at.and_then(times::instant), interview.ends_at.and_then(times::instant)) {
        (Some(from), Some(until)) => times::span(from, until, look.zone),
        _ => String::new(),
    };
    let known = |time: String| if time.is_empty() { look.words.say("say-screen-not-yet") } else { time };
    for (label, value) in [
        ("label-booked", booked),
        ("label-ban", ban),
        ("label-roster-frozen", known(clock_of(look, interview.roster_frozen_at))),
        ("label-child-informed", known(clock_of(look, informed))),
    ] {
        sheet.hanging("  ", &format!("{}: {value}", look.words.say(label)), Style::new());
    }
    // Told before the freeze, or before somebody came, is told too early (B6).
    if informed.is_some() && interview.child_to_be_told {
        sheet.hanging("  ", &tell_the_child(interview, look.words), Style::new());
    }
    sheet.gap();
    beside::roster(look, interview, sheet);
}

/// Each question with its fate, to be confirmed or corrected.
fn after_the_end(look: &Look<'_>, interview: &Interview, area: Rect, buffer: &mut Buffer) {
    let mut sheet = Sheet::new(area.width);
    let confirmed = interview.fates_confirmed_at.is_some();
    let title = if confirmed { "label-fates-confirmed" } else { "say-screen-check-fates" };
    sheet.text(&format!("{} {}", look.words.say(title), clock_of(look, interview.fates_confirmed_at)), Style::new());
    let questions = look.room.delivered();
    let chosen = look.desk.chosen(&questions).map(|chosen| chosen.name.clone());
    let mut seen = (0, 0);
    for question in questions {
        let is_chosen = chosen.as_ref() == Some(&question.name);
        let style = if is_chosen { Style::new().add_modifier(Modifier::BOLD) } else { Style::new() };
        let top = sheet.lines.len();
        let mark = if is_chosen { '>' } else { ' ' };
        let looked = if confirmed || look.desk.checked.contains(&question.name) { "[x]" } else { "[ ]" };
        let fate = match look.desk.corrections.get(&question.name) {
            Some(correction) => look.words.tell("say-screen-corrected", &[("fate", &corrected(look, correction))]),
            None => standing(look, question),
        };
        // The number by which she asked it.
        let place = look
            .room
            .place(question)
            .map(|(number, place)| format!(" ({})", look.words.tell("say-screen-place", &[("number", &number), ("place", &place)])));
        let told = format!("{}{} · {fate}", last(&question.name), place.unwrap_or_default());
        sheet.hanging(&format!("{mark} {looked} "), &told, style);
        sheet.hanging("      ", &one_line(&question.text, sheet.width().saturating_sub(6)), style);
        if is_chosen {
            seen = (top, sheet.lines.len());
        }
    }
    sheet.render_around(seen, area, buffer);
}

fn corrected(look: &Look<'_>, correction: &FateCorrection) -> String {
    let fate = look.words.code(Fate::try_from(correction.fate).unwrap_or_default().as_str_name());
    let why = NotAskedReason::try_from(correction.reason).unwrap_or_default();
    match (correction.offset, why) {
        (Some(offset), _) => format!("{fate} · {}", look.words.tell("say-at-offset", &[("offset", &times::offset(offset))])),
        (None, NotAskedReason::Unspecified) => fate,
        (None, why) => format!("{fate} · {}", look.words.code(why.as_str_name())),
    }
}
