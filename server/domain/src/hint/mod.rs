//! Hints to the author of a question on its form (L9). A hint never blocks, and never reaches anybody but the author.
//!
//! The rules are data, in `rules`; the examples that they are held against are in `examples`.

#[cfg(test)]
mod examples;
mod rules;

use crate::{code::Hint, text::Text};

/// A form that suggests its answer.
enum Form {
    /// The question opens with these words.
    Opens(&'static str),
    /// The question ends with these words, before its question mark.
    Ends(&'static str),
    /// The question ends with this word, set apart: the word alone is common.
    Tag(&'static str),
}

/// What the author should think of, in the order of the codes.
#[must_use]
pub fn hints(text: &Text) -> Vec<Hint> {
    let text = text.as_str().to_lowercase().replace('’', "'");
    let sentences = || text.split(['?', '!', '.', '\n']).map(trimmed).filter(|sentence| !sentence.is_empty());
    // What only tells why, and asks nothing, has no form to hint at; a question without its mark is one all the same.
    let asked = || text.split_inclusive(['?', '!', '.', '\n']).filter(|sentence| !sentence.ends_with(['!', '.'])).map(trimmed);
    let leading = sentences().any(|sentence| rules::LEADING.iter().any(|form| form.is_of(sentence))) || asked().any(is_denied);
    let multiple = text.matches('?').count() > 1 || asked().any(joins_two);
    // What suggests its answer has a yes or no in it anyway: one hint says enough.
    let yes_no = !leading && asked().any(|sentence| opens_yes_no(&words(sentence)));
    let hints = [(leading, Hint::Leading), (multiple, Hint::Multiple), (yes_no, Hint::YesNo)];
    hints.into_iter().filter(|(has, _)| *has).map(|(_, hint)| hint).collect()
}

fn trimmed(sentence: &str) -> &str {
    sentence.trim_matches(|character: char| !character.is_alphanumeric())
}

fn words(sentence: &str) -> Vec<&str> {
    let words = sentence.split(|character: char| !character.is_alphanumeric() && character != '\'');
    words.filter(|word| !word.is_empty()).collect()
}

/// "Didn't he hit you?", "Slog han inte dig?"
fn is_denied(sentence: &str) -> bool {
    let words = words(sentence);
    let asserted: Vec<&str> = words.iter().enumerate().filter(|(at, word)| *at > 2 || **word != "inte").map(|(_, word)| *word).collect();
    let opening = words.first().copied().unwrap_or_default();
    rules::DENIED.contains(&opening) || (asserted.len() < words.len() && opens_yes_no(&asserted))
}

/// "Where was he and who was there?"
fn joins_two(sentence: &str) -> bool {
    let words = words(sentence);
    let joined = words.iter().zip(words.iter().skip(1)).skip(1);
    let asks = |word: &str| rules::ASKING.contains(&word);
    let opens = words.first().is_some_and(|word| asks(word) || *word == rules::WHERE_OR_WAS) || opens_yes_no(&words);
    opens && joined.into_iter().any(|(and, asking)| rules::AND.contains(and) && asks(asking))
}

fn opens_yes_no(words: &[&str]) -> bool {
    let [opening, next, ..] = words else { return false };
    if *opening == rules::WHERE_OR_WAS {
        return !rules::AFTER_WHERE.contains(next);
    }
    let turned = rules::SUBJECTS.contains(next) && !rules::ASKING.contains(opening) && !rules::NO_VERBS.contains(opening);
    rules::YES_NO.contains(opening) || turned
}

impl Form {
    /// True if this sentence, in lower case and without its closing mark, has the form. A word alone is no sentence.
    fn is_of(&self, sentence: &str) -> bool {
        match self {
            Self::Opens(opening) => {
                sentence.strip_prefix(opening).is_some_and(|rest| rest.starts_with(|next: char| !next.is_alphanumeric()))
            }
            Self::Ends(ending) => sentence.strip_suffix(ending).is_some_and(|rest| rest.ends_with(|last: char| !last.is_alphanumeric())),
            Self::Tag(tag) => sentence.strip_suffix(tag).is_some_and(|rest| rest.trim_end().ends_with([',', '-', '–', '—'])),
        }
    }
}
