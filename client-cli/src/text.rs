//! Words: every sentence that a person reads, in Swedish or English.
//!
//! The sentences stand in `locales/{sv,en}/*.ftl`, built into the program. This module picks the language and looks them up; it decides
//! nothing. INVARIANT: a key that stands in one language stands in both, and each code of the contract has its word (tests below);
//! only the help's Swedish stands alone, because its English is the contract's own comments and those at the arguments.

use std::{borrow::Cow, collections::HashMap, fmt::Display};

use clap::ValueEnum;
use fluent_templates::{LanguageIdentifier, Loader as _, fluent_bundle::FluentValue, langid, static_loader};

static_loader! {
    static TEXTS = {
        locales: "./locales",
        fallback_language: "en",
        // Marks of direction around inserted names would only disturb a terminal.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// A language that people are spoken to in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// Swedish.
    Sv,
    /// English.
    En,
}

/// Where a locale such as `sv_SE.UTF-8` or `nb-NO` leads; English for all that is not Swedish.
pub(crate) fn lang_of(locale: Option<&str>) -> Lang {
    match locale.and_then(|locale| locale.get(..2)) {
        Some("sv") => Lang::Sv,
        _ => Lang::En,
    }
}

/// One language's words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    /// Whose words.
    pub(crate) lang: Lang,
}

impl Words {
    /// The sentence with this key; the key itself where there is none.
    pub(crate) fn say(self, key: &str) -> String {
        self.find(key).unwrap_or_else(|| key.to_owned())
    }

    /// The sentence with this key, with names filled in.
    pub(crate) fn tell(self, key: &str, values: &[(&'static str, &dyn Display)]) -> String {
        let values: HashMap<_, _> = values.iter().map(|(name, value)| (Cow::from(*name), FluentValue::from(value.to_string()))).collect();
        TEXTS.try_lookup_with_args(&self.language(), key, &values).unwrap_or_else(|| key.to_owned())
    }

    /// The word for a code of the contract, such as `INTERVIEW_STATE_BREAK`; the bare code for one that is newer than this program.
    pub(crate) fn code(self, name: &str) -> String {
        self.find(&code_key(name)).unwrap_or_else(|| name.to_owned())
    }

    /// The sentence in this very language, without falling back to English.
    pub(crate) fn own(self, key: &str) -> Option<String> {
        TEXTS.lookup_single_language::<&str>(&self.language(), key, None).ok()
    }

    fn find(self, key: &str) -> Option<String> {
        TEXTS.try_lookup(&self.language(), key)
    }

    fn language(self) -> LanguageIdentifier {
        match self.lang {
            Lang::Sv => langid!("sv"),
            Lang::En => langid!("en"),
        }
    }
}

/// The key under which a code's word stands.
pub(crate) fn code_key(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, BTreeSet},
        fs,
        path::Path,
    };

    use super::*;
    use crate::output::contract;

    const ROOT: &str = env!("CARGO_MANIFEST_DIR");

    #[test]
    fn the_first_two_letters_of_a_locale_decide() {
        for swedish in ["sv", "sv_SE.UTF-8", "sv-FI"] {
            assert_eq!(lang_of(Some(swedish)), Lang::Sv);
        }
        for other in [Some("en_GB.UTF-8"), Some("C"), Some("POSIX"), Some("så"), Some(""), None] {
            assert_eq!(lang_of(other), Lang::En);
        }
    }

    #[test]
    fn both_languages_say_the_same_with_the_same_names() {
        let (swedish, english) = (keys("sv"), keys("en"));
        assert!(english.len() > 200);
        assert_eq!(swedish, english);
    }

    #[test]
    fn every_code_and_every_reason_of_the_contract_has_its_word_in_both_languages() {
        for code in contract().all_enums().filter(|code| code.package_name() == "barnahus.v1") {
            for value in code.values().filter(|value| value.number() != 0) {
                let key = code_key(value.name());
                for lang in [Lang::Sv, Lang::En] {
                    assert!(Words { lang }.own(&key).is_some(), "`{key}` is missing in {lang:?}");
                }
            }
        }
    }

    #[test]
    fn every_sentence_that_the_program_says_is_written_and_every_written_one_is_said() {
        let mut said = BTreeSet::new();
        sources(&Path::new(ROOT).join("src"), &mut |source| {
            for piece in source.split('"').skip(1).step_by(2) {
                if ["say-", "ask-", "fail-", "label-", "usage-", "paper-"].iter().any(|prefix| piece.starts_with(prefix)) {
                    said.insert(piece.to_owned());
                }
            }
        });
        said.retain(|key| !key.ends_with('-'));
        let mut written: BTreeSet<_> = keys("en").into_keys().collect();
        for code in contract().all_enums().filter(|code| code.package_name() == "barnahus.v1") {
            for value in code.values() {
                written.remove(&code_key(value.name()));
            }
        }
        let odd: Vec<_> = said.symmetric_difference(&written).collect();
        assert!(odd.is_empty(), "{odd:?}");
    }

    /// Each key of a language's texts, help apart, with the names that it wants filled in.
    fn keys(lang: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut keys = BTreeMap::new();
        for file in fs::read_dir(Path::new(ROOT).join("locales").join(lang)).unwrap() {
            let file = file.unwrap().path();
            if file.file_name().unwrap() == "help.ftl" {
                continue;
            }
            let text = fs::read_to_string(&file).unwrap();
            let mut key = String::new();
            for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
                if let Some((name, _)) = line.split_once(" =").filter(|_| !line.starts_with(' ')) {
                    key = name.to_owned();
                    assert!(keys.insert(key.clone(), BTreeSet::new()).is_none(), "`{key}` stands twice");
                }
                let names = line.split('$').skip(1).map(|rest| rest.split([' ', '}']).next().unwrap_or_default().to_owned());
                keys.get_mut(&key).unwrap().extend(names);
            }
        }
        keys
    }

    fn sources(folder: &Path, read: &mut impl FnMut(&str)) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, read);
            } else if path.file_name().unwrap() != "text.rs" {
                let text = fs::read_to_string(&path).unwrap();
                read(text.split("mod tests {").next().unwrap());
            }
        }
    }
}
