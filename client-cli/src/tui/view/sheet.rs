//! Lines in a width: wrapped, cut, rolled to what is to be seen.
//!
//! INVARIANT: no line is wider than the sheet, and what others wrote brings no control characters.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use crate::output::clean;

/// Lines to be shown.
pub(super) struct Sheet {
    /// The lines.
    pub(super) lines: Vec<Line<'static>>,
    width: usize,
}

impl Sheet {
    /// An empty one.
    pub(super) fn new(width: u16) -> Self {
        Self { lines: Vec::new(), width: usize::from(width) }
    }

    /// How wide it is.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// A ready line.
    pub(super) fn push(&mut self, line: Line<'static>) {
        self.lines.push(line);
    }

    /// A text, wrapped.
    pub(super) fn text(&mut self, text: &str, style: Style) {
        self.hanging("", text, style);
    }

    /// A text behind a mark, its further lines set under the first.
    pub(super) fn hanging(&mut self, mark: &str, text: &str, style: Style) {
        let indent = width(mark).min(self.width / 2);
        for (place, line) in wrapped(text, self.width.saturating_sub(indent)).into_iter().enumerate() {
            let before = if place == 0 { mark.to_owned() } else { " ".repeat(indent) };
            self.lines.push(Line::from(vec![Span::styled(before, style), Span::styled(line, style)]));
        }
    }

    /// A line with something at each end; what stands to the right is whole.
    pub(super) fn ends(&mut self, left: &str, right: &str, style: Style) {
        let right = cut(right, self.width);
        let left = cut(left, self.width.saturating_sub(width(&right) + 1));
        let gap = self.width.saturating_sub(width(&left) + width(&right));
        self.lines.push(Line::styled(format!("{left}{}{right}", " ".repeat(gap)), style));
    }

    /// An empty line.
    pub(super) fn gap(&mut self) {
        self.lines.push(Line::default());
    }

    /// Keeps the last lines only.
    pub(super) fn last(&mut self, most: usize) {
        let over = self.lines.len().saturating_sub(most);
        self.lines.drain(..over);
    }

    /// Keeps the first lines only; the last of them says that there was more.
    pub(super) fn first(&mut self, most: usize) {
        if self.lines.len() <= most {
            return;
        }
        self.lines.truncate(most);
        if let Some(line) = self.lines.last_mut() {
            let style = line.spans.last().map_or(line.style, |span| span.style);
            let text: String = line.spans.iter().map(|span| span.content.as_ref()).collect();
            *line = Line::styled(format!("{}…", cut_hard(&text, self.width.saturating_sub(1)).trim_end()), style);
        }
    }

    /// Puts it into the buffer, from the top.
    pub(super) fn render(&self, area: Rect, buffer: &mut Buffer) {
        self.render_from(0, area, buffer);
    }

    /// Puts it into the buffer, rolled so that these lines are seen, the first of them above all; says which lines are.
    pub(super) fn render_around(&self, (top, bottom): (usize, usize), area: Rect, buffer: &mut Buffer) -> std::ops::Range<usize> {
        let height = usize::from(area.height);
        let first = if bottom > height { (bottom - height).min(top) } else { 0 };
        self.render_from(first, area, buffer);
        first..first + height
    }

    /// Puts it into the buffer, from this line on.
    pub(super) fn render_from(&self, first: usize, area: Rect, buffer: &mut Buffer) {
        for (line, y) in self.lines.iter().skip(first).zip(area.top()..area.bottom()) {
            buffer.set_line(area.left(), y, line, area.width);
        }
    }
}

/// A text in lines of at most this width, broken between words where that is possible.
pub(super) fn wrapped(text: &str, most: usize) -> Vec<String> {
    let most = most.max(1);
    let mut lines = Vec::new();
    for paragraph in clean(text).split('\n') {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            let mut word = word.to_owned();
            if !line.is_empty() && width(&line) + 1 + width(&word) > most {
                lines.push(std::mem::take(&mut line));
            } else if !line.is_empty() {
                line.push(' ');
            }
            while width(&word) > most {
                let head = cut_hard(&word, most);
                word = word.chars().skip(head.chars().count().max(1)).collect();
                lines.push(head);
            }
            line += &word;
        }
        lines.push(line);
    }
    lines
}

/// A text cut to this width, which is shown.
pub(super) fn cut(text: &str, most: usize) -> String {
    let text = clean(text);
    if width(&text) <= most { text } else { format!("{}…", cut_hard(&text, most.saturating_sub(1))).chars().take(most).collect() }
}

fn cut_hard(text: &str, most: usize) -> String {
    let mut kept = String::new();
    for c in text.chars() {
        if width(&kept) + width(c.encode_utf8(&mut [0; 4])) > most {
            break;
        }
        kept.push(c);
    }
    kept
}

fn width(text: &str) -> usize {
    Span::raw(text).width()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_broken_between_words_and_a_long_word_where_it_must() {
        assert_eq!(wrapped("Vad använde han?", 8), ["Vad", "använde", "han?"]);
        assert_eq!(wrapped("åååååååå", 3), ["ååå", "ååå", "åå"]);
        assert_eq!(wrapped("a\nb", 5), ["a", "b"]);
        assert_eq!(wrapped("", 5), [""]);
        assert_eq!(wrapped("字字字", 1).len(), 4);
        assert_eq!((cut("Vad använde", 5).as_str(), cut("Vad", 5).as_str(), cut("Vad", 0).as_str()), ("Vad …", "Vad", ""));
    }
}
