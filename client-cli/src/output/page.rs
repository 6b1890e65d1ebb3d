//! A page for people: titles, labelled fields and tables, laid out for the terminal, or plain where there is none.
//!
//! INVARIANT: on a terminal no line is wider than it; elsewhere no line is broken, and nothing is styled.

use comfy_table::{Attribute, Cell, ColumnConstraint, ContentArrangement, Table, presets};
use jiff::tz::TimeZone;
use prost_types::Timestamp;

use crate::{args::code::Code, text::Words, times};

/// What a person can be shown.
pub(crate) trait Shown {
    /// Puts it on the page.
    fn show(&self, page: &mut Page<'_>);
}

impl<T: Shown> Shown for Option<T> {
    fn show(&self, page: &mut Page<'_>) {
        if let Some(thing) = self {
            thing.show(page);
        }
    }
}

/// What makes one row of a list.
pub(crate) trait Row {
    /// The keys of the columns' labels.
    const HEAD: &'static [&'static str];

    /// As many cells as labels; a column that is empty in every row is left out.
    fn row(&self, page: &Page<'_>) -> Vec<String>;
}

impl<T: Row> Shown for Vec<T> {
    fn show(&self, page: &mut Page<'_>) {
        if self.is_empty() {
            page.line(&page.words.say("say-nothing-here"));
        }
        page.rows(0, self);
    }
}

/// Columns that may be wrapped, where they are the last, down to a width.
const FREE_TEXT: [&str; 3] = ["label-text", "label-what", "label-detail"];
const FREE_TEXT_WIDTH: usize = 24;

/// The page.
pub(crate) struct Page<'a> {
    /// The language.
    pub(crate) words: Words,
    zone: &'a TimeZone,
    /// The terminal's width; `None` where there is none.
    width: Option<u16>,
    text: String,
    verbose: bool,
}

impl<'a> Page<'a> {
    /// An empty page, for a terminal or not.
    pub(crate) fn new(words: Words, zone: &'a TimeZone, terminal: bool) -> Self {
        let width = if terminal { Some(Table::new().width().unwrap_or(80).max(40)) } else { None };
        Self { words, zone, width, text: String::new(), verbose: false }
    }

    /// The same, with what only programs need.
    pub(crate) fn verbose(self, verbose: bool) -> Self {
        Self { verbose, ..self }
    }

    /// What only programs need; empty where nobody asked for it.
    pub(crate) fn only_verbose(&self, value: &str) -> String {
        if self.verbose { value.to_owned() } else { String::new() }
    }

    /// What stands on it, each line ended.
    pub(crate) fn text(self) -> String {
        self.text
    }

    /// The page's own heading.
    pub(crate) fn title(&mut self, title: &str) {
        self.cells(0, &[], vec![vec![bold(title, self.width)]]);
    }

    /// The heading of a part of it, by its key.
    pub(crate) fn section(&mut self, key: &str) {
        self.text.push('\n');
        self.title(&self.words.say(key));
    }

    /// A line by itself.
    pub(crate) fn line(&mut self, text: &str) {
        self.indented(0, text);
    }

    /// A line by itself, further in.
    pub(crate) fn indented(&mut self, indent: u16, text: &str) {
        self.cells(indent, &[], vec![vec![Cell::new(clean(text))]]);
    }

    /// Values with their labels, one a line; empty values are left out.
    pub(crate) fn fields(&mut self, indent: u16, fields: &[(&str, String)]) {
        let shown = fields.iter().filter(|(_, value)| !value.is_empty());
        let rows = shown.map(|(label, value)| vec![Cell::new(self.words.say(label)), Cell::new(clean(value))]).collect();
        self.cells(indent, &[], rows);
    }

    /// Things as a table.
    pub(crate) fn rows<T: Row>(&mut self, indent: u16, things: &[T]) {
        let rows = things.iter().map(|thing| thing.row(self)).collect();
        self.table(indent, T::HEAD, rows);
    }

    /// Cells as a table, under labels by their keys. Empty columns are left out. Where that is wider than the terminal, each row is a block
    /// of its own instead; only a last column of free text is wrapped.
    pub(crate) fn table(&mut self, indent: u16, head: &[&str], rows: Vec<Vec<String>>) {
        let used = |column: usize| rows.iter().any(|row| row.get(column).is_some_and(|cell| !cell.is_empty()));
        let columns: Vec<_> = (0..head.len()).filter(|column| used(*column)).collect();
        if self.too_wide(indent, head, &columns, &rows) {
            for (place, row) in rows.iter().enumerate() {
                if place > 0 {
                    self.text.push('\n');
                }
                let fields: Vec<_> = columns.iter().filter_map(|column| Some((*head.get(*column)?, row.get(*column)?.clone()))).collect();
                self.fields(indent, &fields);
            }
            return;
        }
        let heads: Vec<_> =
            columns.iter().filter_map(|column| head.get(*column)).map(|key| bold(&self.words.say(key), self.width)).collect();
        let pick = |row: &Vec<String>| {
            columns.iter().map(|column| Cell::new(row.get(*column).map(|cell| clean(cell)).unwrap_or_default())).collect()
        };
        let rows = rows.iter().map(pick).collect();
        self.cells(indent, &heads, rows);
    }

    /// A time as day and minute; empty where there is none.
    pub(crate) fn time(&self, time: Option<Timestamp>) -> String {
        time.and_then(times::instant).map(|time| times::day_and_time(time, self.zone)).unwrap_or_default()
    }

    /// A time of the day; empty where there is none.
    pub(crate) fn clock(&self, time: Option<Timestamp>) -> String {
        time.and_then(times::instant).map(|time| times::time_of_day(time, self.zone)).unwrap_or_default()
    }

    /// From one time to another.
    pub(crate) fn span(&self, from: Option<Timestamp>, until: Option<Timestamp>) -> String {
        match (from.and_then(times::instant), until.and_then(times::instant)) {
            (Some(from), Some(until)) => times::span(from, until, self.zone),
            _ => self.time(from.or(until)),
        }
    }

    /// A code in words; empty where it is not set, the number where it is newer than this program.
    pub(crate) fn code<E: Code>(&self, number: i32) -> String {
        match E::try_from(number) {
            _ if number == 0 => String::new(),
            Ok(code) => self.words.code(code.name()),
            Err(_) => number.to_string(),
        }
    }

    /// Codes in words, beside each other.
    pub(crate) fn codes<E: Code>(&self, numbers: &[i32]) -> String {
        numbers.iter().map(|number| self.code::<E>(*number)).collect::<Vec<_>>().join(", ")
    }

    /// "yes", or nothing.
    pub(crate) fn yes(&self, holds: bool) -> String {
        if holds { self.words.say("say-yes") } else { String::new() }
    }

    /// The mark of an urgent question, to stand before it; else nothing.
    pub(crate) fn urgent(&self, urgent: bool) -> String {
        if urgent { format!("{} ", self.words.say("say-urgent")) } else { String::new() }
    }

    /// Whether a table would have to break what is read as one: ids, pseudonyms, times.
    fn too_wide(&self, indent: u16, head: &[&str], columns: &[usize], rows: &[Vec<String>]) -> bool {
        let Some(width) = self.width else { return false };
        let widest = |text: &str| text.lines().map(|line| line.chars().count()).max().unwrap_or_default();
        let needs = |column: &usize| {
            let cells = rows.iter().filter_map(|row| row.get(*column)).map(|cell| widest(cell));
            let label = head.get(*column).map(|key| widest(&self.words.say(key)));
            cells.chain(label).max().unwrap_or_default() + 2
        };
        let (last, before) = match columns.split_last() {
            Some((last, before)) => (last, before),
            None => return false,
        };
        let free = head.get(*last).is_some_and(|key| FREE_TEXT.contains(key));
        let last = if free { needs(last).min(FREE_TEXT_WIDTH) } else { needs(last) - 2 };
        usize::from(indent) + before.iter().map(needs).sum::<usize>() + last > usize::from(width)
    }

    fn cells(&mut self, indent: u16, head: &[Cell], rows: Vec<Vec<Cell>>) {
        if rows.is_empty() {
            return;
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING).force_no_tty();
        match self.width {
            Some(width) => table.set_width(width).set_content_arrangement(ContentArrangement::Dynamic).enforce_styling(),
            None => table.set_content_arrangement(ContentArrangement::Disabled),
        };
        if !head.is_empty() {
            table.set_header(head.to_vec());
        }
        table.add_rows(rows);
        table.discover_columns();
        let last = table.column_count().saturating_sub(1);
        for (place, column) in table.column_iter_mut().enumerate() {
            if !head.is_empty() && place < last && self.width.is_some() {
                // Only the last column gives way.
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
            column.set_padding((if place == 0 { indent } else { 0 }, if place == last { 0 } else { 2 }));
        }
        for line in table.lines() {
            self.text.push_str(line.trim_end());
            self.text.push('\n');
        }
    }
}

fn bold(text: &str, width: Option<u16>) -> Cell {
    let cell = Cell::new(clean(text));
    if width.is_some() { cell.add_attribute(Attribute::Bold) } else { cell }
}

/// Text that can do nothing to a terminal: control characters but the line feed, and marks that turn the direction, are made visible.
pub(crate) fn clean(text: &str) -> String {
    let harmful =
        |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if text.contains(harmful) { text.replace(harmful, "\u{fffd}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    fn page(width: Option<u16>) -> Page<'static> {
        static UTC: TimeZone = TimeZone::UTC;
        Page { words: Words { lang: Lang::En }, zone: &UTC, width, text: String::new(), verbose: false }
    }

    #[test]
    fn what_others_wrote_cannot_steer_a_terminal() {
        let mut page = page(None);
        page.fields(0, &[("label-text", "a\u{1b}]0;owned\u{7}\u{202e}b\nc".to_owned())]);
        let text = page.text();
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text:?}");
        assert_eq!(text.lines().count(), 2);
    }

    #[test]
    fn on_a_terminal_no_line_is_wider_than_it_and_elsewhere_none_is_broken() {
        let long = "Finns det syskon som är ensamma med honom i kväll? ".repeat(4);
        for (width, lines) in [(Some(40), 6..20), (None, 1..2)] {
            let mut page = page(width);
            page.fields(2, &[("label-text", long.clone()), ("label-reason", String::new())]);
            let text = page.text();
            assert!(lines.contains(&text.lines().count()), "{text}");
            assert!(width.is_none() || text.lines().all(|line| line.chars().count() <= 40), "{text}");
            assert!(text.starts_with("  "));
        }
    }

    #[test]
    fn a_table_that_does_not_fit_is_a_block_for_each_row_and_no_time_or_id_is_broken() {
        let row = |post: &str| [post, "p-4f2a91c0d3", "2026-11-23 09:45", "2026-11-23 11:15"].map(str::to_owned).to_vec();
        let head = ["label-post", "label-person", "label-from", "label-until"];
        for (width, lines) in [(80, 3), (50, 9)] {
            let mut page = page(Some(width));
            page.table(2, &head, vec![row("child-psychiatry-1"), row("prosecutor-1")]);
            let text = page.text();
            assert_eq!(text.lines().count(), lines, "{text}");
            assert_eq!(text.matches("2026-11-23 11:15").count() + text.matches("p-4f2a91c0d3").count(), 4, "{text}");
        }
        let mut page = page(Some(80));
        let text = "Finns det syskon som är ensamma med honom i kväll? ".repeat(3);
        page.table(0, &["label-number", "label-from", "label-text"], vec![vec!["1".into(), "2026-11-23 09:45".into(), text]]);
        let shown = page.text();
        assert!(shown.lines().count() > 2 && shown.contains("2026-11-23 09:45") && shown.starts_with("\u{1b}[1mNo"), "{shown}");
    }

    #[test]
    fn a_column_that_is_empty_everywhere_is_left_out() {
        let mut page = page(None);
        page.table(0, &["label-post", "label-person", "label-role"], vec![vec!["a".into(), String::new(), "b".into()]]);
        let text = page.text();
        assert!(!text.contains(&Words { lang: Lang::En }.say("label-person")), "{text}");
    }
}
