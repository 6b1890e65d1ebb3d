//! What each chair sees between head and foot: the questions, the room, the counts; to the interviewer in a break one large list, and
//! outside it nothing that moves.

use barnahus_proto::v1::{Fate, FateCorrection, Interview, InterviewState, NotAskedReason, Question};
use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    style::{Modifier, Style},
};

use super::{Look, clock_of, one_line, sheet::Sheet};
use crate::{
    names::{last, short},
    output::{Page, reason, stands},
    times,
    tui::state::{Chair, listeners, open, present},
};

/// Below this height the room and the counts give way to the questions.
const TALL: u16 = 14;
/// Lines of a text that is not chosen.
const SHORT: usize = 2;

/// Draws it.
pub(super) fn draw(look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let Some(interview) = &look.room.interview else { return };
    match look.chair() {
        Chair::Interviewer => interviewer(look, interview, area, buffer),
        Chair::Coordinator => {
            let mut sheet = Sheet::new(area.width);
            facts(look, interview, &mut sheet);
            counts(look, &mut sheet);
            roster(look, interview, &mut sheet);
            sheet.render(area, buffer);
        }
        Chair::Leader | Chair::Investigator | Chair::Listener => {
            let mut beside = Sheet::new(area.width);
            if area.height >= TALL {
                facts(look, interview, &mut beside);
                counts(look, &mut beside);
                roster(look, interview, &mut beside);
                beside.lines.truncate(usize::from(area.height / 3));
            }
            let height = u16::try_from(beside.lines.len()).unwrap_or_default();
            let [list, room] = Layout::vertical([Constraint::Min(0), Constraint::Length(height)]).areas(area);
            questions(look, list, buffer);
            beside.render(room, buffer);
        }
    }
}

/// The list of questions, rolled so that the chosen one is seen.
fn questions(look: &Look<'_>, area: Rect, buffer: &mut Buffer) {
    let questions = look.room.listed(look.me);
    let chosen = look.desk.chosen(&questions).map(|chosen| chosen.name.clone());
    let mut sheet = Sheet::new(area.width);
    alerts(look, &questions, &mut sheet);
    let mut seen = (0, 0);
    if questions.is_empty() {
        sheet.text(&look.words.say("say-nothing-here"), Style::new());
    }
    for question in questions {
        let is_chosen = chosen.as_ref() == Some(&question.name);
        let top = sheet.lines.len();
        entry(look, question, is_chosen, &mut sheet);
        if is_chosen {
            seen = (top, sheet.lines.len());
        }
    }
    let height = usize::from(area.height);
    let first = if seen.1 > height { (seen.1 - height).min(seen.0) } else { 0 };
    sheet.render_from(first, area, buffer);
}

/// What the leader must not miss, in the list's first line whatever is chosen.
fn alerts(look: &Look<'_>, questions: &[&Question], sheet: &mut Sheet) {
    let urgent = questions.iter().filter(|question| question.urgent_protection && open(question) && question.acted_on_at.is_none());
    let urgent = urgent.count();
    if urgent > 0 && look.chair() != Chair::Listener {
        sheet.ends(&look.words.tell("say-screen-urgent", &[("count", &urgent)]), "", look.alarm());
    }
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
    if !chosen && lines.lines.len() > SHORT {
        lines.lines.truncate(SHORT - 1);
        lines.hanging("    ", "…", bold);
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

/// How the interview stands: what is missing before the start, what waits for the interviewer while it runs.
fn facts(look: &Look<'_>, interview: &Interview, sheet: &mut Sheet) {
    let words = look.words;
    let known = |time: String| if time.is_empty() { words.say("say-screen-not-yet") } else { time };
    let mut facts = Vec::new();
    if !look.room.runs() && !look.room.ended() {
        let informed = interview.child_informed_at.last().copied();
        for (label, time) in [("label-roster-frozen", interview.roster_frozen_at), ("label-child-informed", informed)] {
            facts.push(format!("{}: {}", words.say(label), known(clock_of(look, time))));
        }
    }
    if interview.break_requested_at.is_some() {
        facts.push(words.tell("say-screen-break-wished-at", &[("time", &clock_of(look, interview.break_requested_at))]));
    }
    if look.room.runs() && interview.child_to_be_told {
        facts.push(words.say("say-watch-tell-the-child"));
    }
    if interview.notes_allowed && !look.room.ended() {
        facts.push(words.say("say-screen-notes-allowed"));
    }
    if !look.room.unacknowledged().is_empty() && !look.room.ended() {
        facts.push(words.say("say-screen-unread"));
    }
    if interview.fates_confirmed_at.is_some() {
        facts.push(format!("{}: {}", words.say("label-fates-confirmed"), clock_of(look, interview.fates_confirmed_at)));
    }
    if !facts.is_empty() {
        sheet.text(&facts.join(" · "), Style::new());
    }
}

fn counts(look: &Look<'_>, sheet: &mut Sheet) {
    if look.room.counts.is_empty() {
        return;
    }
    let count = |count: &barnahus_proto::v1::RoleCount| {
        format!("{} {}/{}", look.words.code(count.role().as_str_name()), count.waiting, count.total)
    };
    let counts: Vec<_> = look.room.counts.iter().map(count).collect();
    sheet.text(&look.words.tell("say-watch-counts", &[("counts", &counts.join(", "))]), Style::new());
}

/// Who is absent, who is in the room, who has signed off: absent first, since that is what somebody must act on.
fn roster(look: &Look<'_>, interview: &Interview, sheet: &mut Sheet) {
    let name = |seat: &barnahus_proto::v1::Observer| format!("{} {}", look.words.code(seat.role().as_str_name()), short(&seat.post));
    let list = |key: &'static str, names: Vec<String>, sheet: &mut Sheet| {
        if !names.is_empty() {
            sheet.hanging(&format!("{}: ", look.words.say(key)), &names.join(", "), Style::new());
        }
    };
    list("say-screen-absent", listeners(interview).filter(|seat| !present(seat)).map(name).collect(), sheet);
    list("say-screen-present", listeners(interview).filter(|seat| present(seat)).map(name).collect(), sheet);
    list("label-connection-lost", listeners(interview).filter(|seat| seat.connection_lost_at.is_some()).map(name).collect(), sheet);
    list("say-screen-signed", listeners(interview).filter(|seat| seat.signed_off_at.is_some()).map(name).collect(), sheet);
}

fn interviewer(look: &Look<'_>, interview: &Interview, area: Rect, buffer: &mut Buffer) {
    let mut sheet = Sheet::new(area.width);
    let ended_here = look.desk.end.is_some() && !look.room.ended();
    match look.room.state() {
        _ if ended_here => (),
        InterviewState::Break => in_the_break(look, &mut sheet),
        InterviewState::Ended | InterviewState::Documented => {
            after_the_end(look, interview, area, buffer);
            return;
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
        below.ends("", &look.words.say("say-screen-below"), Style::new().add_modifier(Modifier::BOLD));
        below.render(Rect { y: area.bottom().saturating_sub(1), height: 1, ..area }, buffer);
    }
}

/// While the child tells: the leader's wish as one quiet sign, and a note where one was let through.
fn quiet(look: &Look<'_>, interview: &Interview, sheet: &mut Sheet) {
    sheet.gap();
    if interview.break_requested_at.is_some() {
        sheet.hanging("  ", &look.words.say("say-screen-break-wished"), Style::new());
    }
    if interview.child_to_be_told {
        sheet.hanging("  ", &look.words.say("say-watch-tell-the-child"), Style::new());
    }
    if let Some(note) = look.room.note() {
        sheet.gap();
        slip(look, 1, note, sheet);
    }
}

/// Everything of this break, in the order in which it is to be asked.
fn in_the_break(look: &Look<'_>, sheet: &mut Sheet) {
    let batches = look.room.lasting().map(|lasting| lasting.batches.as_slice()).unwrap_or_default();
    let questions: Vec<_> = batches.iter().flat_map(|batch| &batch.questions).filter_map(|name| look.room.question(name)).collect();
    sheet.gap();
    if questions.is_empty() {
        sheet.hanging("  ", &look.words.say("say-nothing-delivered"), Style::new());
    }
    for (place, question) in (1..).zip(questions) {
        slip(look, place, question, sheet);
        sheet.gap();
    }
    if !batches.is_empty() && look.room.unacknowledged().is_empty() {
        sheet.hanging("  ", &look.words.say("say-screen-acknowledged"), Style::new());
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
    sheet.gap();
    roster(look, interview, sheet);
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
        sheet.hanging(&format!("{mark} {looked} "), &format!("{} · {fate}", last(&question.name)), style);
        sheet.hanging("      ", &one_line(&question.text, sheet.width().saturating_sub(6)), style);
        if is_chosen {
            seen = (top, sheet.lines.len());
        }
    }
    let height = usize::from(area.height);
    let first = if seen.1 > height { (seen.1 - height).min(seen.0) } else { 0 };
    sheet.render_from(first, area, buffer);
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
