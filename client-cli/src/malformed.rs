//! What a person typed that cannot be meant: a fact for the usage error, told in the person's language.

use std::{error::Error, fmt};

use crate::text::{Lang, Words};

/// An argument that does not have its form. Shown in English; [`Malformed::tell`] says it in any language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    key: &'static str,
    values: Vec<(&'static str, String)>,
}

impl Malformed {
    /// With the key of its sentence, and what was typed.
    pub(crate) fn new(key: &'static str, input: impl Into<String>) -> Self {
        Self { key, values: vec![("input", input.into())] }
    }

    /// With one more name for the sentence.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.push((name, value.into()));
        self
    }

    /// The key of its sentence, and the names to fill in.
    pub(crate) fn into_parts(self) -> (&'static str, Vec<(&'static str, String)>) {
        (self.key, self.values)
    }

    /// The sentence, which says what to write instead.
    pub(crate) fn tell(&self, words: Words) -> String {
        let values: Vec<_> = self.values.iter().map(|(name, value)| (*name, value as &dyn fmt::Display)).collect();
        words.tell(self.key, &values)
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tell(Words { lang: Lang::En }))
    }
}

impl Error for Malformed {}
