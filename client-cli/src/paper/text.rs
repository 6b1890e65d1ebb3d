//! A paper as plain text: for a screen, a mail, a printer without graphics. It decides nothing of what is said.
//!
//! INVARIANT: no line is wider than [`WIDTH`], unless one word alone is.

use comfy_table::{Cell, ColumnConstraint, ContentArrangement, Table as Grid, Width, presets};

use super::{Block, Inline, Paper, Piece, Table};
use crate::{output::clean, text::Lang};

/// Letters on a line: A4 upright in nine points.
const WIDTH: u16 = 96;
/// Longer ones are broken.
const LONGEST_WORD: u16 = 24;

/// Lays it out.
pub(crate) fn text(paper: &Paper) -> String {
    let mut writer = Writer { lang: paper.lang, text: String::new() };
    writer.heading(&paper.title, "=");
    paper.blocks.iter().for_each(|block| writer.block(block));
    writer.text
}

struct Writer {
    lang: Lang,
    text: String,
}

impl Writer {
    fn block(&mut self, block: &Block) {
        match block {
            Block::Section(title) => {
                self.text.push('\n');
                self.heading(title, "-");
            }
            Block::Part(title) => {
                self.text.push('\n');
                self.line(title);
            }
            Block::Line(line) => self.line(line),
            Block::Facts(facts) => {
                let facts = facts.iter().filter(|(_, value)| !value.is_empty());
                let rows = facts.map(|(label, value)| vec![label.clone(), self.words(value)]).collect();
                self.grid(0, &[true, false], None, rows);
            }
            Block::Items(items) => {
                let rows = items.iter().map(|item| vec!["•".to_owned(), self.words(item)]).collect();
                self.grid(2, &[true, false], None, rows);
            }
            Block::Numbered(items) => {
                let rows = (1..).zip(items).map(|(at, item): (u32, _)| vec![format!("{at}."), self.words(item)]).collect();
                self.grid(2, &[true, false], None, rows);
            }
            Block::Table(table) => self.table(table),
            Block::Ruled(lines) => (0..*lines).for_each(|_| self.text.push_str(&format!("\n{}\n", "_".repeat(WIDTH.into())))),
            Block::Slip(blocks) => {
                self.text.push_str(&format!("\n{}\n", "- ".repeat(usize::from(WIDTH) / 2).trim_end()));
                blocks.iter().for_each(|block| self.block(block));
            }
        }
    }

    fn heading(&mut self, title: &str, under: &str) {
        let title = clean(title);
        self.text.push_str(&format!("{title}\n{}\n", under.repeat(title.chars().count())));
    }

    fn line(&mut self, line: &Inline) {
        self.grid(0, &[false], None, vec![vec![self.words(line)]]);
    }

    fn table(&mut self, table: &Table) {
        self.text.push('\n');
        self.line(&Inline::from(format!("{}:", table.caption)));
        let whole: Vec<_> = table.columns.iter().map(|column| column.whole).collect();
        let head = table.columns.iter().map(|column| column.label.clone()).collect();
        let rows = table.rows.iter().map(|row| row.iter().map(|cell| self.words(cell)).collect()).collect();
        self.grid(2, &whole, Some(head), rows);
    }

    fn words(&self, inline: &Inline) -> String {
        let (open, close) = match self.lang {
            Lang::Sv => ('”', '”'),
            Lang::En => ('“', '”'),
        };
        let mut text = String::new();
        for (at, piece) in inline.0.iter().enumerate() {
            match piece {
                Piece::Said(said) | Piece::Typed(said) => text.push_str(&clean(said)),
                Piece::Quoted(quoted) => text.push_str(&format!("{open}{}{close}", clean(quoted))),
                Piece::Tick(label) => {
                    text.push_str(if at == 0 { "" } else { "  " });
                    // A box stays with its word.
                    text.push_str(&format!("[\u{a0}]\u{a0}{}", label.replace(' ', "\u{a0}")));
                }
                Piece::Blank(letters) => {
                    text.push_str(if at == 0 { "" } else { " " });
                    text.push_str(&"_".repeat((*letters).into()));
                }
            }
        }
        text
    }

    fn grid(&mut self, indent: u16, whole: &[bool], head: Option<Vec<String>>, rows: Vec<Vec<String>>) {
        if rows.is_empty() {
            return;
        }
        let mut grid = Grid::new();
        grid.load_style(presets::NOTHING).force_no_tty().set_width(WIDTH).set_content_arrangement(ContentArrangement::Dynamic);
        let longest = longest_words(head.as_ref(), &rows);
        if let Some(head) = head {
            grid.set_header(head.into_iter().map(Cell::new));
        }
        grid.add_rows(rows);
        grid.discover_columns();
        let last = grid.column_count().saturating_sub(1);
        for (place, column) in grid.column_iter_mut().enumerate() {
            let word = longest.get(place).copied().unwrap_or_default() + if place == 0 { indent } else { 0 } + 2;
            column.set_constraint(match whole.get(place) {
                Some(true) => ColumnConstraint::ContentWidth,
                _ => ColumnConstraint::LowerBoundary(Width::Fixed(word)),
            });
            column.set_padding((if place == 0 { indent } else { 0 }, if place == last { 0 } else { 2 }));
        }
        for line in grid.lines() {
            self.text.push_str(line.replace('\u{a0}', " ").trim_end());
            self.text.push('\n');
        }
    }
}

/// The longest word of each column, which must not be broken, but what somebody wrote may be too long for that.
fn longest_words(head: Option<&Vec<String>>, rows: &[Vec<String>]) -> Vec<u16> {
    let mut longest = Vec::new();
    for row in head.into_iter().chain(rows) {
        longest.resize(longest.len().max(row.len()), 0);
        for (word, cell) in longest.iter_mut().zip(row) {
            let letters = cell.split([' ', '\n']).map(|word| word.chars().count()).max().unwrap_or_default();
            *word = u16::try_from(letters).unwrap_or(LONGEST_WORD).min(LONGEST_WORD).max(*word);
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::{
        paper::{child, protocol, sample, sheet},
        text::Words,
    };

    #[test]
    fn no_line_is_too_wide_for_the_paper_and_none_ends_in_spaces() {
        for lang in [Lang::Sv, Lang::En] {
            let (words, interview) = (Words { lang }, sample::interview());
            let mut answer = sample::answer();
            answer.protocol.as_mut().unwrap().questions[0].text = "Vad hände då? ".repeat(70);
            for paper in [protocol(&answer, words, &TimeZone::UTC), child(&interview, words), sheet(&interview, 3, words, &TimeZone::UTC)] {
                for line in text(&paper).lines() {
                    assert!(line.chars().count() <= WIDTH.into() && line == line.trim_end(), "{line}");
                }
            }
        }
    }
}
