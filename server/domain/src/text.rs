//! Free text, as people write it: bounded, without control or bidirectional formatting characters, and without an identity number (C2).
//!
//! Does not judge what a text says. PRIVACY: a [`Text`] shows nothing in `{:?}`.

use std::fmt;

pub use crate::identity_number::holds_identity_number;

/// Longest question and objection, in characters.
pub const QUESTION_MAX: usize = 1000;
/// Longest reason or scope, in characters.
pub const REASON_MAX: usize = 500;
/// Longest description of an action, in characters.
pub const ACTION_MAX: usize = 200;

/// Why a text is refused. Never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("the text is empty: write at least one character")]
    Empty,
    /// Too long.
    #[error("the text has {chars} characters and may have {max}: shorten it")]
    TooLong {
        /// How many characters it has.
        chars: usize,
        /// How many it may have.
        max: usize,
    },
    /// Control or bidirectional formatting characters.
    #[error("the text holds an invisible control character at position {position}: type it anew instead of pasting")]
    Control {
        /// Which character, from 1.
        position: usize,
    },
    /// A valid Swedish personal identity or coordination number.
    #[error("the text holds a personal identity number: leave it out, the case is known by its alias")]
    IdentityNumber,
}

/// A free text that fits its bounds.
#[derive(Clone, PartialEq, Eq)]
pub struct Text(String);

impl Text {
    /// Takes a text as written; trims white space at both ends. Every line ends as here, whatever machine it was pasted from.
    ///
    /// # Errors
    /// Says the first thing that is wrong with it.
    pub fn new(raw: &str, max: usize) -> Result<Self, TextError> {
        let text = raw.trim().replace("\r\n", "\n").replace('\r', "\n");
        let chars = text.chars().count();
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if chars > max {
            return Err(TextError::TooLong { chars, max });
        }
        if let Some(position) = text.chars().position(is_unwanted) {
            return Err(TextError::Control { position: position + 1 });
        }
        if holds_identity_number(&text) {
            return Err(TextError::IdentityNumber);
        }
        Ok(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Text(…)")
    }
}

/// Controls but for the line feed, and everything that reorders or hides what stands around it. SPEC: Unicode, Default_Ignorable_Code_Point,
/// but for the signs that choose between the forms of a character; and what looks like a blank or annotates.
fn is_unwanted(character: char) -> bool {
    (character.is_control() && character != '\n')
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_with_an_identity_number_is_refused_and_not_repeated_c2() {
        let refused = Text::new("Barnet 20000105-2380 bor hos modern", REASON_MAX);
        assert_eq!(refused, Err(TextError::IdentityNumber));
        assert!(!TextError::IdentityNumber.to_string().contains("2380"));
        assert!(Text::new("Barnet bor hos modern sedan 2026-01-05", REASON_MAX).is_ok());
    }

    #[test]
    fn bounds_and_control_characters_are_named() {
        assert_eq!(Text::new(" \n ", 5), Err(TextError::Empty));
        assert_eq!(Text::new("åäöåäö", 5), Err(TextError::TooLong { chars: 6, max: 5 }));
        assert_eq!(Text::new("a\u{202e}b", 5), Err(TextError::Control { position: 2 }));
        assert_eq!(Text::new("a\tb", 5), Err(TextError::Control { position: 2 }));
        assert_eq!(Text::new("a\u{b}b", 5), Err(TextError::Control { position: 2 }));
        assert_eq!(Text::new(" a\r\nb\rc\r\n", 5).map(|text| text.as_str().to_owned()), Ok("a\nb\nc".to_owned()));
        assert_eq!(Text::new(" a\nb ", 5).map(|text| text.as_str().to_owned()), Ok("a\nb".to_owned()));
    }

    #[test]
    fn characters_that_hide_or_reorder_are_refused_and_letters_of_all_languages_are_not() {
        for hidden in
            ['\u{ad}', '\u{200b}', '\u{2066}', '\u{e0041}', '\u{3164}', '\u{180f}', '\u{fff0}', '\u{1bca0}', '\u{e01f0}', '\u{85}', '\0']
        {
            let text = format!("a{hidden}b");
            assert_eq!(Text::new(&text, REASON_MAX), Err(TextError::Control { position: 2 }), "{hidden:?}");
        }
        for text in ["ماذا حدث؟", "Maxaa dhacay?", "Что случилось?", "จริงหรือ", "❤️"] {
            assert!(Text::new(text, REASON_MAX).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_text_is_not_shown_for_debugging() {
        assert_eq!(format!("{:?}", Text::new("hemligt", 10).expect("a text")), "Text(…)");
    }

    proptest! {
        #[test]
        fn whatever_is_taken_fits_its_bounds(raw in "\\PC{0,40}", max in 1usize..30) {
            if let Ok(text) = Text::new(&raw, max) {
                prop_assert!((1..=max).contains(&text.as_str().chars().count()));
                prop_assert_eq!(text.as_str(), raw.trim());
            }
        }
    }
}
