//! Hints to the author of a question on its form (L9). A hint never blocks, and never reaches anybody but the author.
//!
//! The rules are data: openings and endings that suggest an answer, in Swedish and English.

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

/// Each with the form it is known by.
const LEADING: &[Form] = &[
    Form::Opens("visst"),
    Form::Opens("nog"),
    Form::Opens("är det inte så att"),
    Form::Opens("är det inte sant att"),
    Form::Opens("stämmer det inte att"),
    Form::Opens("isn't it true that"),
    Form::Opens("surely"),
    Form::Ends("eller hur"),
    Form::Ends("inte sant"),
    Form::Tag("right"),
    Form::Tag("va"),
    Form::Ends("didn't he"),
    Form::Ends("didn't she"),
    Form::Ends("isn't it"),
    Form::Ends("isn't that so"),
];

/// What the author should think of.
#[must_use]
pub fn hints(text: &Text) -> Vec<Hint> {
    let words = text.as_str().to_lowercase().replace('’', "'");
    let leading = words.split(['?', '!', '.', '\n']).any(|sentence| LEADING.iter().any(|form| form.is_of(sentence)));
    if leading { vec![Hint::Leading] } else { Vec::new() }
}

impl Form {
    /// True if this sentence, in lower case and without its closing mark, has the form. A word alone is no sentence.
    fn is_of(&self, sentence: &str) -> bool {
        let sentence = sentence.trim_matches(|character: char| !character.is_alphanumeric());
        match self {
            Self::Opens(opening) => {
                sentence.strip_prefix(opening).is_some_and(|rest| rest.starts_with(|next: char| !next.is_alphanumeric()))
            }
            Self::Ends(ending) => sentence.strip_suffix(ending).is_some_and(|rest| rest.ends_with(|last: char| !last.is_alphanumeric())),
            Self::Tag(tag) => sentence.strip_suffix(tag).is_some_and(|rest| rest.trim_end().ends_with([',', '-', '–', '—'])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_forms_are_hinted_and_others_are_not_l9() {
        let cases = [
            ("Visst slog pappa dig med bältet?", true),
            ("Han slog dig, eller hur?", true),
            ("He hit you, didn't he?", true),
            ("He hit you, didn’t he?", true),
            ("He hit you, right?", true),
            ("Han slog dig, va?", true),
            ("Det var på kvällen. Visst slog han dig?", true),
            ("– Är det inte så att han slog?", true),
            ("Was it the left arm or the right?", false),
            ("Surely", false),
            ("Finns det syskon som är ensamma med honom i kväll?", false),
            ("Vad använde han när han slog?", false),
            ("Visste mamma om det?", false),
            ("Har barnet fortfarande ont någonstans?", false),
            ("Mår barnet väl?", false),
            ("right", false),
        ];
        for (text, leading) in cases {
            let text = Text::new(text, 1000).expect("a text");
            assert_eq!(!hints(&text).is_empty(), leading, "{}", text.as_str());
        }
    }
}
