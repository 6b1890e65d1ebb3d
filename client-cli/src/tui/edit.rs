//! A text that is being typed: its characters and the place of the cursor. Pure; the keys are `input.rs`.
//!
//! PRIVACY: no Debug of the text.

/// The house takes 1,000 characters; a few more may be typed, so that somebody can shorten what was pasted.
const MOST: usize = 4000;

/// Such a text.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Edit {
    text: Vec<char>,
    cursor: usize,
}

impl Edit {
    /// One that begins with this text, the cursor behind it.
    pub(crate) fn of(text: &str) -> Self {
        let mut edit = Self::default();
        edit.paste(text);
        edit
    }

    /// What is typed.
    pub(crate) fn text(&self) -> String {
        self.text.iter().collect()
    }

    /// Whether nothing but spaces is typed.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.iter().all(|c| c.is_whitespace())
    }

    /// What stands before the cursor and behind it.
    pub(crate) fn halves(&self) -> (String, String) {
        let (before, behind) = self.text.split_at(self.cursor.min(self.text.len()));
        (before.iter().collect(), behind.iter().collect())
    }

    /// Puts a character in.
    pub(crate) fn insert(&mut self, c: char) {
        if self.text.len() < MOST {
            self.text.insert(self.cursor, c);
            self.cursor += 1;
        }
    }

    /// Puts a text in; a pasted tab or carriage return counts as a space, other control characters are left out.
    pub(crate) fn paste(&mut self, text: &str) {
        for c in text.replace("\r\n", "\n").chars() {
            match c {
                '\n' => self.insert('\n'),
                '\t' | '\r' => self.insert(' '),
                c if c.is_control() => (),
                c => self.insert(c),
            }
        }
    }

    /// Takes away the character before the cursor.
    pub(crate) fn backspace(&mut self) {
        if self.cursor > 0 {
            self.cursor -= 1;
            self.text.remove(self.cursor);
        }
    }

    /// Takes away the character behind it.
    pub(crate) fn delete(&mut self) {
        if self.cursor < self.text.len() {
            self.text.remove(self.cursor);
        }
    }

    /// Takes away the word before the cursor.
    pub(crate) fn delete_word(&mut self) {
        let end = self.cursor;
        self.word_left();
        self.text.drain(self.cursor..end);
    }

    /// One character to the left.
    pub(crate) fn left(&mut self) {
        self.cursor = self.cursor.saturating_sub(1);
    }

    /// One character to the right.
    pub(crate) fn right(&mut self) {
        self.cursor = (self.cursor + 1).min(self.text.len());
    }

    /// Before the word to the left.
    pub(crate) fn word_left(&mut self) {
        let before = |cursor: usize| cursor.checked_sub(1).and_then(|at| self.text.get(at)).copied();
        let mut cursor = self.cursor;
        while before(cursor).is_some_and(char::is_whitespace) {
            cursor -= 1;
        }
        while before(cursor).is_some_and(|c| !c.is_whitespace()) {
            cursor -= 1;
        }
        self.cursor = cursor;
    }

    /// To the start of the line.
    pub(crate) fn home(&mut self) {
        let line = self.text.iter().take(self.cursor).rposition(|c| *c == '\n');
        self.cursor = line.map_or(0, |at| at + 1);
    }

    /// To the end of the line.
    pub(crate) fn end(&mut self) {
        let line = self.text.iter().skip(self.cursor).position(|c| *c == '\n');
        self.cursor = line.map_or(self.text.len(), |ahead| self.cursor + ahead);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_typed_corrected_and_pasted_at_the_cursor() {
        let mut edit = Edit::of("Var var pappa");
        edit.word_left();
        edit.delete_word();
        edit.paste("är ");
        assert_eq!(edit.text(), "Var är pappa");
        edit.end();
        edit.insert('?');
        edit.home();
        edit.delete();
        edit.insert('v');
        assert_eq!(edit.halves(), ("v".to_owned(), "ar är pappa?".to_owned()));
        edit.right();
        edit.left();
        edit.backspace();
        assert_eq!(edit.text(), "ar är pappa?");
    }

    #[test]
    fn what_is_pasted_brings_no_control_characters_and_no_end() {
        let edit = Edit::of("a\u{1b}[2J\tb\r\nc\u{7}");
        assert_eq!(edit.text(), "a[2J b\nc");
        assert_eq!(Edit::of(&"x".repeat(10_000)).text().len(), MOST);
    }

    #[test]
    fn nothing_happens_at_the_ends() {
        let mut edit = Edit::default();
        edit.left();
        edit.backspace();
        edit.delete();
        edit.delete_word();
        edit.right();
        assert!(edit.is_empty() && edit.text().is_empty());
    }
}
