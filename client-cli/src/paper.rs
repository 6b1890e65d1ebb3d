//! What is printed or handed over: a protocol, a page for the child, a sheet for when machines fail, each as plain text or as html.
//!
//! `protocol`, `child` and `sheet` say what stands on a paper, out of the contract's messages alone; `text` and `html` lay any paper out.
//! Nothing here calls the house or writes a file. INVARIANT: both forms of a paper say the same, and what other people wrote is text in
//! both: never a control character, never markup.

mod child;
mod html;
mod protocol;
#[cfg(test)]
mod sample;
mod sheet;
mod text;

pub(crate) use self::{child::child, html::html, protocol::protocol, sheet::sheet, text::text};
use crate::text::{Lang, Words};

/// One paper.
pub(crate) struct Paper {
    lang: Lang,
    title: String,
    /// The interview, such as `VRM-2026-0142/1`: at the foot of each printed page, so that a lost one is found out (rule C1).
    interview: String,
    look: Look,
    blocks: Vec<Block>,
}

/// For whom the letters are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// For a file.
    Document,
    /// For a child: large.
    Large,
}

/// A part of a paper.
enum Block {
    /// The heading of a part.
    Section(String),
    /// A heading below that.
    Part(Inline),
    /// A paragraph.
    Line(Inline),
    /// Values with their labels.
    Facts(Vec<(String, Inline)>),
    /// Things in no order.
    Items(Vec<Inline>),
    /// Things in their order, from 1.
    Numbered(Vec<Inline>),
    /// See [`Table`].
    Table(Table),
    /// So many lines to write on.
    Ruled(u8),
    /// What is cut out and handed over as one.
    Slip(Vec<Block>),
}

/// Cells under labels; the first of a row says what the row is about.
struct Table {
    caption: String,
    columns: Vec<Column>,
    rows: Vec<Vec<Inline>>,
}

/// One column of a table.
struct Column {
    label: String,
    /// Whether its words stay on one line: times, numbers.
    whole: bool,
}

impl Block {
    /// A table with columns by the keys of their labels; one that is empty in every row is left out.
    fn table(words: Words, caption: String, columns: &[(&str, bool)], rows: Vec<Vec<Inline>>) -> Self {
        let used: Vec<_> = (0..columns.len()).map(|at| rows.iter().any(|row| row.get(at).is_some_and(|cell| !cell.is_empty()))).collect();
        let columns = columns.iter().map(|(key, whole)| Column { label: words.say(key), whole: *whole });
        let columns = columns.zip(&used).filter_map(|(column, used)| used.then_some(column)).collect();
        let kept = |row: Vec<Inline>| row.into_iter().zip(&used).filter_map(|(cell, used)| used.then_some(cell)).collect();
        Self::Table(Table { caption, columns, rows: rows.into_iter().map(kept).collect() })
    }
}

/// Words in a row.
#[derive(Default)]
struct Inline(Vec<Piece>);

enum Piece {
    /// Our own words, and names.
    Said(String),
    /// What somebody wrote.
    Quoted(String),
    /// What is typed at a machine.
    Typed(String),
    /// A box to tick, and what that means.
    Tick(String),
    /// Room to write so many letters.
    Blank(u8),
}

impl Inline {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// With more of our own words behind; nothing where they are empty.
    fn said(mut self, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.0.push(Piece::Said(text));
        }
        self
    }

    /// With what somebody wrote behind; nothing where that is empty.
    fn quoted(mut self, text: &str) -> Self {
        if !text.is_empty() {
            self = if self.is_empty() { self } else { self.said(" ") };
            self.0.push(Piece::Quoted(text.to_owned()));
        }
        self
    }

    fn ticks(mut self, labels: impl IntoIterator<Item = String>) -> Self {
        self.0.extend(labels.into_iter().map(Piece::Tick));
        self
    }

    fn tick(mut self, label: impl Into<String>) -> Self {
        self.0.push(Piece::Tick(label.into()));
        self
    }

    fn blank(mut self, letters: u8) -> Self {
        self.0.push(Piece::Blank(letters));
        self
    }
}

impl<T: Into<String>> From<T> for Inline {
    fn from(text: T) -> Self {
        Self::default().said(text)
    }
}
