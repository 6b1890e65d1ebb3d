//! The screen: room and desk as a buffer of cells, in this size, language and with or without colour.
//!
//! Pure. Above stand always the interview, its phase, the clock and the connection; below what is told, the open dialog and the keys;
//! between them what the person's chair sees (`view/body.rs`). INVARIANT: nothing is said by colour alone, and no size makes it panic.

mod beside;
mod body;
mod dialog;
mod sheet;

use std::collections::VecDeque;

use barnahus_proto::v1::{InterviewState, Role};
use jiff::{Timestamp, tz::TimeZone};
use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    style::{Color, Modifier, Style},
    text::{Line, Span},
};

use self::sheet::{Sheet, cut, wrapped};
use super::{
    desk::{Desk, Fold, Mode},
    keys::{Key, keys},
    state::{Chair, Link, Me, Room},
};
use crate::{args::code::Code as _, names::short, text::Words, times};

/// How long it is said that the connection is back, or that something was done.
const NEWS_SECONDS: i64 = 20;
/// Most lines of keys, and the mark of more than fit.
const KEY_LINES: usize = 2;
const MORE_KEYS: &str = "  … ?";
/// Most lines on what waits for the house.
const WAITING_LINES: usize = 2;

/// What is to be seen.
pub(crate) struct Look<'a> {
    pub(crate) room: &'a Room,
    pub(crate) desk: &'a Desk,
    pub(crate) me: &'a Me,
    pub(crate) words: Words,
    pub(crate) zone: &'a TimeZone,
    pub(crate) now: Timestamp,
    pub(crate) colour: bool,
}

impl Look<'_> {
    fn style(&self, colour: Color) -> Style {
        if self.colour { Style::new().fg(colour) } else { Style::new() }
    }

    /// For what must not be missed: reversed, in colour or not.
    fn alarm(&self) -> Style {
        self.style(Color::Red).add_modifier(Modifier::REVERSED | Modifier::BOLD)
    }

    fn clock(&self, time: Timestamp) -> String {
        time.to_zoned(self.zone.clone()).strftime("%H:%M").to_string()
    }

    /// The house's time now; where an end is kept here, its time: the clock stands still with it.
    fn time(&self) -> Timestamp {
        let kept = self.desk.end.filter(|_| !self.room.ended());
        kept.map_or_else(|| self.room.time(self.now), |(at, _)| at)
    }

    fn chair(&self) -> Chair {
        self.room.chair(self.me)
    }
}

/// Draws it; says what of a list is out of sight.
pub(crate) fn draw(look: &Look<'_>, area: Rect, buffer: &mut Buffer) -> Fold {
    let head = head(look, area.width);
    let foot = foot(look, area);
    let tall = |sheet: &Sheet| Constraint::Length(u16::try_from(sheet.lines.len()).unwrap_or(u16::MAX));
    let [above, between, below] = Layout::vertical([tall(&head), Constraint::Min(0), tall(&foot)]).areas(area);
    head.render(above, buffer);
    let fold = if matches!(look.desk.modes.last(), Some(Mode::Help)) {
        dialog::help(look, between).render(between, buffer);
        Fold::default()
    } else {
        body::draw(look, between, buffer)
    };
    foot.render(below, buffer);
    fold
}

fn head(look: &Look<'_>, width: u16) -> Sheet {
    let mut sheet = Sheet::new(width);
    let bold = Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD);
    let name = look.room.interview.as_ref().map(|interview| short(&interview.name)).unwrap_or_default();
    sheet.ends(&format!("{name}  {}", phase(look)), &clocks(look), bold);
    let (link, style) = link(look);
    // The connection is never cut; who one is may be.
    let who = cut(&who(look), usize::from(width).saturating_sub(Span::raw(link.as_str()).width() + 2));
    sheet.ends(&link, &who, style);
    sheet
}

fn phase(look: &Look<'_>) -> String {
    if let Some((at, _)) = look.desk.end.filter(|_| !look.room.ended()) {
        return look.words.tell("say-screen-ended", &[("time", &look.clock(at))]);
    }
    let state = look.room.state();
    let number = look.room.lasting().map(|lasting| lasting.number);
    match (state, number) {
        (InterviewState::Unspecified, _) => look.words.say("say-screen-coming"),
        (InterviewState::Break, Some(number)) => look.words.tell("say-screen-break", &[("number", &number)]),
        _ => look.words.code(state.name()).to_uppercase(),
    }
}

/// Time into the recording, and time of the day; the interviewer's without seconds: nothing moves there.
fn clocks(look: &Look<'_>) -> String {
    let time = look.clock(look.time());
    let Some(elapsed) = look.room.offset_at(look.time()) else { return time };
    let seconds = elapsed.as_secs();
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    if look.chair() == Chair::Interviewer {
        format!("{}  {time}", look.words.tell("say-screen-minutes", &[("minutes", &minutes)]))
    } else {
        format!("{minutes}:{seconds:02}  {time}")
    }
}

fn link(look: &Look<'_>) -> (String, Style) {
    match look.room.link {
        Link::Lost(since) => (look.words.tell("say-screen-lost", &[("time", &look.clock(look.room.time(since)))]), look.alarm()),
        Link::Back(at) if look.now.duration_since(at).as_secs() < NEWS_SECONDS => {
            (look.words.say("say-screen-back"), Style::new().add_modifier(Modifier::BOLD))
        }
        Link::Coming => (look.words.say("say-screen-connecting"), Style::new()),
        Link::Live | Link::Back(_) => (look.words.say("say-screen-live"), Style::new()),
    }
}

fn who(look: &Look<'_>) -> String {
    let role = look.room.role(look.me).or((look.chair() == Chair::Coordinator).then_some(Role::Coordinator));
    let role = match (look.chair(), role) {
        (Chair::Leader, None) => look.words.say("say-screen-deputy"),
        (_, role) => role.map(|role| look.words.code(role.name())).unwrap_or_default(),
    };
    let post = look.room.seat(look.me).map(|seat| short(&seat.post)).or_else(|| look.me.posts.first().map(|post| short(post)));
    format!("{role} {}", post.unwrap_or_default())
}

fn foot(look: &Look<'_>, area: Rect) -> Sheet {
    let mut sheet = Sheet::new(area.width);
    let most = usize::from(area.height.saturating_sub(3));
    if let Some(mode) = look.desk.modes.last() {
        dialog::dialog(look, mode, most.saturating_sub(2), &mut sheet);
    }
    for hint in &look.desk.hints {
        let hint = barnahus_proto::v1::Hint::try_from(*hint).map(|hint| look.words.code(hint.name())).unwrap_or_default();
        sheet.text(&look.words.tell("say-hint", &[("hint", &hint)]), Style::new());
    }
    if look.desk.end_waits {
        sheet.text(&look.words.say(if look.desk.end_unkept { "say-screen-end-unkept" } else { "say-screen-end-waits" }), look.alarm());
    }
    let recent = |at: &Timestamp| look.now.duration_since(*at).as_secs() < NEWS_SECONDS;
    let done = look.desk.done.iter().filter(|(at, _)| recent(at)).map(|(_, done)| done);
    for told in done.chain(&look.desk.told) {
        sheet.text(told, Style::new().add_modifier(Modifier::BOLD));
    }
    if let Some(waits) = look.desk.put_off(look.words).filter(|_| look.desk.put_off || look.room.is_lost()) {
        let mut lines = Sheet::new(area.width);
        lines.text(&waits, Style::new());
        lines.first(WAITING_LINES);
        lines.lines.into_iter().for_each(|line| sheet.push(line));
    }
    if look.desk.modes.is_empty() {
        key_lines(look, area.width).into_iter().for_each(|line| sheet.push(Line::raw(line)));
    }
    sheet.last(most);
    sheet
}

/// The keys, as many as fit on two lines; where there are more, a mark says so, and the help has them all.
fn key_lines(look: &Look<'_>, width: u16) -> Vec<String> {
    let width = usize::from(width);
    let wide = |text: &str| Span::raw(text).width();
    let named = |key: &Key| format!("{} {}", dialog::sign(key.sign, look.words), look.words.say(key.does.label()));
    let mut entries: VecDeque<_> = keys(look.room, look.desk, look.me).iter().map(named).collect();
    let (mut lines, mut line) = (Vec::new(), look.words.say("say-screen-help"));
    while let Some(entry) = entries.pop_front() {
        let last = lines.len() + 1 == KEY_LINES;
        let kept = if last && !entries.is_empty() { wide(MORE_KEYS) } else { 0 };
        if wide(&line) + 2 + wide(&entry) + kept <= width {
            line = format!("{line}  {entry}");
        } else if last {
            line += MORE_KEYS;
            break;
        } else {
            lines.push(std::mem::replace(&mut line, entry));
        }
    }
    lines.push(line);
    lines
}

/// One line of at most this width.
fn one_line(text: &str, width: usize) -> String {
    cut(&text.split_whitespace().collect::<Vec<_>>().join(" "), width)
}

/// Times that may be absent.
fn clock_of(look: &Look<'_>, time: Option<prost_types::Timestamp>) -> String {
    time.and_then(times::instant).map(|time| look.clock(time)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
