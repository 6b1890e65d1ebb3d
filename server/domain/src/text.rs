//! Free text, as people write it: bounded, without control or bidirectional formatting characters, and without an identity number (C2).
//!
//! Does not judge what a text says. PRIVACY: a [`Text`] shows nothing in `{:?}`.

use std::fmt;

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
    /// Takes a text as written; trims white space at both ends.
    ///
    /// # Errors
    /// Says the first thing that is wrong with it.
    pub fn new(raw: &str, max: usize) -> Result<Self, TextError> {
        let text = raw.trim();
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
        if holds_identity_number(text) {
            return Err(TextError::IdentityNumber);
        }
        Ok(Self(text.to_owned()))
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

/// Controls but for the line feed, and everything that reorders or hides what stands around it.
fn is_unwanted(character: char) -> bool {
    (character.is_control() && character != '\n')
        || matches!(character, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// True if the text holds a valid Swedish personal identity number or coordination number: 10 or 12 digits, `-` or `+`, a dash or a
/// space before the last four or nothing, a possible date, and the right check digit.
/// SPEC: folkbokföringslagen 18 §, SFS 2009:1105 (coordination numbers: day + 60).
#[must_use]
pub fn holds_identity_number(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    (0..characters.len()).any(|start| {
        let before = start.checked_sub(1).and_then(|index| characters.get(index)).copied().and_then(digit);
        before.is_none() && characters.get(start..).is_some_and(starts_with_identity_number)
    })
}

fn starts_with_identity_number(characters: &[char]) -> bool {
    [8, 6].into_iter().any(|date_length| {
        let mut digits = Vec::with_capacity(12);
        let mut rest = characters.iter().copied().peekable();
        while digits.len() < date_length + 4 {
            if digits.len() == date_length && rest.peek().is_some_and(|character| is_separator(*character)) {
                rest.next();
            }
            match rest.next().and_then(digit) {
                Some(digit) => digits.push(digit),
                None => return false,
            }
        }
        rest.peek().copied().and_then(digit).is_none() && is_identity_number(&digits)
    })
}

fn digit(character: char) -> Option<u32> {
    match character {
        '\u{ff10}'..='\u{ff19}' => Some(character as u32 - 0xff10),
        _ => character.to_digit(10),
    }
}

fn is_separator(character: char) -> bool {
    matches!(character, '-' | '+' | ' ' | '\u{a0}' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

fn is_identity_number(digits: &[u32]) -> bool {
    let century_free = digits.get(digits.len().saturating_sub(10)..).unwrap_or_default();
    let pair = |at: usize| century_free.get(at).zip(century_free.get(at + 1)).map(|(tens, ones)| tens * 10 + ones);
    let (Some(month), Some(day)) = (pair(2), pair(4)) else { return false };
    let plausible_century = digits.len() == 10 || matches!(digits.get(..2), Some([1, 8 | 9] | [2, 0]));
    let date = (1..=12).contains(&month) && ((1..=31).contains(&day) || (61..=91).contains(&day));
    plausible_century && date && luhn(century_free)
}

/// SPEC: ISO/IEC 7812-1 annex B, as folkbokföringslagen 18 § uses it: weights 2, 1, 2 … from the left over ten digits.
fn luhn(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .zip([2, 1].into_iter().cycle())
        .map(|(digit, weight)| digit * weight)
        .map(|product| product / 10 + product % 10)
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    // From the tax agency's public list of numbers for tests.
    const VALID: &[&str] = &["20000105-2380", "200001052380", "000105-2380", "0001052380", "000105+2380", "20000105 2380", "000105–2380"];

    #[test]
    fn identity_numbers_are_found_in_every_form_c2() {
        for number in VALID {
            for text in [(*number).to_owned(), format!("Barnet {number} bor hos modern"), format!("({number}).")] {
                assert_eq!(Text::new(&text, REASON_MAX), Err(TextError::IdentityNumber), "{number}");
            }
        }
    }

    #[test]
    fn coordination_numbers_are_found_c2() {
        // 2000-01-05 as a coordination number has day 65; the check digit follows from the rest.
        let found = (0..10).filter(|check| holds_identity_number(&format!("20000165-238{check}"))).count();
        assert_eq!(found, 1);
    }

    #[test]
    fn other_numbers_pass() {
        for text in [
            "5000-K000001-26",
            "20000105-2381",
            "0701234567",
            "120001052380 12",
            "9920000105-23809",
            "kl 10.15 den 2026-11-23",
            "T 1234-26",
        ] {
            assert!(Text::new(text, REASON_MAX).is_ok(), "{text}");
        }
    }

    #[test]
    fn bounds_and_control_characters_are_named() {
        assert_eq!(Text::new(" \n ", 5), Err(TextError::Empty));
        assert_eq!(Text::new("åäöåäö", 5), Err(TextError::TooLong { chars: 6, max: 5 }));
        assert_eq!(Text::new("a\u{202e}b", 5), Err(TextError::Control { position: 2 }));
        assert_eq!(Text::new("a\tb", 5), Err(TextError::Control { position: 2 }));
        assert_eq!(Text::new(" a\nb ", 5).map(|text| text.as_str().to_owned()), Ok("a\nb".to_owned()));
    }
}
