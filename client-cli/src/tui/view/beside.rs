//! What stands below the questions: the closing check, how the interview stands, the counts, who is here.

use barnahus_proto::v1::{Interview, Observer};
use ratatui::{
    layout::Rect,
    style::{Modifier, Style},
};

use super::{Look, clock_of, sheet::Sheet};
use crate::{
    names::short,
    output::tell_the_child,
    tui::{
        closing::check,
        state::{listeners, present},
    },
};

/// Below this height all but the closing check gives way to the questions.
const TALL: u16 = 14;
/// Lines that are left to the questions, whatever the closing check says.
const QUESTIONS: usize = 4;

/// As much of it as leaves room for the questions: of the closing check and who is cut off all, of the rest so much that it takes a third.
pub(super) fn beside(look: &Look<'_>, interview: &Interview, area: Rect) -> Sheet {
    let height = usize::from(area.height);
    let mut sheet = Sheet::new(area.width);
    closing(look, &mut sheet);
    lost(look, interview, &mut sheet);
    let checked = sheet.lines.len();
    if area.height >= TALL {
        rest(look, interview, &mut sheet);
    }
    sheet.first(checked.max(height / 3).min(height.saturating_sub(QUESTIONS)));
    sheet
}

/// All of it.
pub(super) fn whole(look: &Look<'_>, interview: &Interview, width: u16) -> Sheet {
    let mut sheet = Sheet::new(width);
    closing(look, &mut sheet);
    lost(look, interview, &mut sheet);
    rest(look, interview, &mut sheet);
    sheet
}

fn rest(look: &Look<'_>, interview: &Interview, sheet: &mut Sheet) {
    facts(look, interview, sheet);
    counts(look, sheet);
    roster(look, interview, sheet);
}

/// The closing check (L11): what is missing stands out.
fn closing(look: &Look<'_>, sheet: &mut Sheet) {
    let Some(check) = check(look.room, look.me) else { return };
    let mut style = if check.missing.is_empty() { Style::new() } else { Style::new().add_modifier(Modifier::BOLD) };
    for (name, roles) in check.told(look.words) {
        sheet.hanging(&format!("{name}: "), &roles, std::mem::take(&mut style));
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
    // Told before the freeze, or before somebody came, is told too early (B6).
    if interview.child_to_be_told && (look.room.runs() || !interview.child_informed_at.is_empty()) {
        facts.push(tell_the_child(interview, words));
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
    if look.room.counts.is_empty() || check(look.room, look.me).is_some() {
        return;
    }
    let count = |count: &barnahus_proto::v1::RoleCount| {
        format!("{} {}/{}", look.words.code(count.role().as_str_name()), count.waiting, count.total)
    };
    let counts: Vec<_> = look.room.counts.iter().map(count).collect();
    sheet.text(&look.words.tell("say-watch-counts", &[("counts", &counts.join(", "))]), Style::new());
}

fn name(look: &Look<'_>, seat: &Observer) -> String {
    format!("{} {}", look.words.code(seat.role().as_str_name()), short(&seat.post))
}

/// Who is cut off, which checks nobody out (L2).
fn lost(look: &Look<'_>, interview: &Interview, sheet: &mut Sheet) {
    let lost: Vec<_> = listeners(interview).filter(|seat| seat.connection_lost_at.is_some()).map(|seat| name(look, seat)).collect();
    if !lost.is_empty() {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        sheet.hanging(&format!("{}: ", look.words.say("label-connection-lost")), &lost.join(", "), bold);
    }
}

/// Who is absent, who is in the room, who has signed off: absent first, since that is what somebody must act on.
pub(super) fn roster(look: &Look<'_>, interview: &Interview, sheet: &mut Sheet) {
    let name = |seat: &Observer| name(look, seat);
    let list = |key: &'static str, names: Vec<String>, sheet: &mut Sheet| {
        if !names.is_empty() {
            sheet.hanging(&format!("{}: ", look.words.say(key)), &names.join(", "), Style::new());
        }
    };
    list("say-screen-absent", listeners(interview).filter(|seat| !present(seat)).map(name).collect(), sheet);
    list("say-screen-present", listeners(interview).filter(|seat| present(seat)).map(name).collect(), sheet);
    // The closing check says more of it.
    if check(look.room, look.me).is_none() {
        list("say-screen-signed", listeners(interview).filter(|seat| seat.signed_off_at.is_some()).map(name).collect(), sheet);
    }
}
