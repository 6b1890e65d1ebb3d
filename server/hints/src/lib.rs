//! Hints to the author of a question on its form (L9). A hint never blocks, and never reaches anybody but the author.
//!
//! The rules are data, in `rules`; the examples that they are held against are in `examples`. The house keeps what it hinted with the
//! question; the client shows the same while the question is typed, without asking the house. Pure: neither knows the other's words here.

#[cfg(test)]
mod examples;
mod rules;

/// What a question's form may do to the child's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// It suggests its answer.
    Leading,
    /// It asks several things at once: it is then unknown which of them was answered.
    Multiple,
    /// Yes or no answers it.
    YesNo,
}

/// A form that suggests its answer.
enum Form {
    /// The question opens with these words.
    Opens(&'static str),
    /// The question ends with these words, before its question mark.
    Ends(&'static str),
    /// The question ends with this word, set apart: the word alone is common.
    Tag(&'static str),
}

/// What the author should think of, each at most once, in the order of [`Hint`].
#[must_use]
pub fn hints(text: &str) -> Vec<Hint> {
    let text = text.to_lowercase().replace('’', "'");
    let sentences = sentences(&text);
    // What only tells why, and asks nothing, has no form to hint at; a question without its mark is one all the same.
    let asked: Vec<(bool, Vec<&str>)> = sentences
        .iter()
        .filter(|sentence| !sentence.ends_with(['!', '.']))
        .map(|sentence| (sentence.ends_with('?'), asked_words(sentence)))
        .collect();
    let formed = |sentence: &&str| rules::LEADING.iter().any(|form| form.is_of(unfilled(sentence)));
    let leading = sentences.iter().any(|sentence| formed(sentence) || is_tagged(sentence))
        || asked.iter().any(|(_, words)| is_denied(words) || is_supposed(words));
    let multiple = text.matches('?').count() > 1 || asked.iter().any(|(_, words)| joins_two(words));
    // What suggests its answer has a yes or no in it anyway: one hint says enough.
    let said = |(marked, words): &(bool, Vec<&str>)| *marked && is_said(words);
    let yes_no = !leading && asked.iter().any(|asked| (opens_yes_no(&asked.1) && !invites(&asked.1)) || said(asked));
    let hints = [(leading, Hint::Leading), (multiple, Hint::Multiple), (yes_no, Hint::YesNo)];
    hints.into_iter().filter(|(has, _)| *has).map(|(_, hint)| hint).collect()
}

/// With their marks. The dot of "kl. 18.30" ends none.
fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut from = 0;
    for (at, mark) in text.match_indices(['?', '!', '.', '\n']) {
        let (sentence, rest) = (text.get(from..at + mark.len()).unwrap_or_default(), text.get(at + mark.len()..).unwrap_or_default());
        let shortened = words(sentence).last().is_some_and(|last| rules::SHORTENED.contains(last));
        if mark != "." || !(shortened || rest.starts_with(char::is_alphanumeric)) {
            sentences.push(sentence);
            from = at + mark.len();
        }
    }
    sentences.push(text.get(from..).unwrap_or_default());
    sentences.retain(|sentence| !trimmed(sentence).is_empty());
    sentences
}

fn trimmed(sentence: &str) -> &str {
    sentence.trim_matches(|character: char| !character.is_alphanumeric())
}

fn words(sentence: &str) -> Vec<&str> {
    let words = sentence.split(|character: char| !character.is_alphanumeric() && character != '\'');
    words.filter(|word| !word.is_empty()).collect()
}

/// Without what only joins it to what was said before: "Men var det mörkt?"
fn unfilled(sentence: &str) -> &str {
    let sentence = trimmed(sentence);
    rules::FILLERS.iter().find_map(|filler| sentence.strip_prefix(filler)?.strip_prefix(' ')).unwrap_or(sentence)
}

/// From where the asking begins: "När han kom, var du rädd?" asks "var du rädd".
fn asked_words(sentence: &str) -> Vec<&str> {
    let all = words(unfilled(sentence));
    match sentence.split_once(',') {
        Some((_, main)) if is_time_clause(&all) => words(main),
        _ => all,
    }
}

/// "När han kom", but not "När kom han".
fn is_time_clause(words: &[&str]) -> bool {
    matches!(words, [when, next, ..] if rules::WHEN.contains(when) && is_subject(next))
}

fn is_subject(word: &str) -> bool {
    rules::SUBJECTS.contains(&word) || rules::ENGLISH_SUBJECTS.contains(&word)
}

/// "He hit you, didn't he?", "He did not hit you, did he?"
fn is_tagged(sentence: &str) -> bool {
    let words = words(sentence);
    let set_apart = sentence.rsplit_once(',').is_some_and(|(_, tag)| self::words(tag).len() == 2);
    match words.as_slice() {
        [first, .., verb, who] if rules::ENGLISH_SUBJECTS.contains(who) => {
            let denied = rules::DENIED.contains(verb) && (set_apart || !rules::ASKING.contains(first));
            words.len() > 2 && (denied || (set_apart && rules::YES_NO.contains(verb)))
        }
        _ => false,
    }
}

/// "Didn't he hit you?", "Slog han inte dig?", "Slog han dig inte?"
fn is_denied(words: &[&str]) -> bool {
    let by_object = words.get(2).is_some_and(|word| rules::OBJECTS.contains(word));
    let last = if by_object { 3 } else { 2 };
    let is_not = |(at, word): &(usize, &&str)| *at <= last && rules::NOT.contains(*word);
    let asserted: Vec<&str> = words.iter().enumerate().filter(|word| !is_not(word)).map(|(_, word)| *word).collect();
    let opening = words.first().copied().unwrap_or_default();
    rules::DENIED.contains(&opening) || (asserted.len() < words.len() && opens_yes_no(&asserted))
}

/// "Du blev väl rädd?"
fn is_supposed(words: &[&str]) -> bool {
    matches!(words, [who, _, rest @ .., _] if rules::SUBJECTS.contains(who) && rest.iter().any(|word| rules::SUPPOSED.contains(word)))
}

/// "Han slog dig med bältet?": said as if it were known, and asked by its mark alone.
fn is_said(words: &[&str]) -> bool {
    let [who, verb, ..] = words else { return false };
    let swedish = rules::SUBJECTS.contains(who) && (is_known_verb(verb) || rules::ENDINGS.iter().any(|ending| verb.ends_with(ending)));
    let english = words.len() > 2 && rules::ENGLISH_SAYING.contains(who) && !rules::AND.contains(verb);
    (swedish || english) && !words.iter().any(|word| rules::ASKING.contains(word))
}

/// "Kan barnet berätta mer?": a polite way to ask openly.
fn invites(words: &[&str]) -> bool {
    let mut soon = words.iter().skip(1).take(4);
    soon.any(|word| rules::INVITED.contains(word)) && soon.any(|word| rules::TELL.contains(word))
}

/// "Where was he and who was there?", "Slog han dig och gjorde det ont?"
fn joins_two(words: &[&str]) -> bool {
    let opening = words.iter().position(|word| !rules::PREPOSITIONS.contains(word)).unwrap_or(0);
    let Some(first) = words.get(opening..).filter(|_| opening < 2) else { return false };
    let opens = first.first().is_some_and(|word| rules::ASKING.contains(word) || *word == rules::WHERE_OR_WAS) || opens_yes_no(words);
    let whose = first.first().is_some_and(|word| rules::ASKING_WHO.contains(word));
    let joins = words.iter().enumerate().skip(1).filter(|(_, word)| rules::AND.contains(*word));
    opens && joins.into_iter().any(|(at, and)| begins_second(and, words.get(at + 1..).unwrap_or_default(), at == opening + 1, whose))
}

/// True if what follows an "and" asks anew. `at_once` after the very first word, as in "vem eller vilka"; `whose` if the first question
/// asks for its own subject, who then does what follows, too: "Vem kom in och såg det?"
fn begins_second(and: &str, rest: &[&str], at_once: bool, whose: bool) -> bool {
    let Some((opening, after)) = rest.split_first() else { return false };
    let or = rules::OR.contains(&and);
    if rules::ASKING.contains(opening) {
        // "… eller hur?" is a tag, and "vem eller vilka" one question.
        return !is_time_clause(rest) && !(or && (at_once || after.is_empty()));
    }
    let Some(next) = after.first() else { return false };
    if *opening == rules::WHERE_OR_WAS && rules::AFTER_WHERE.contains(next) {
        return !rules::PREPOSITIONS.contains(next);
    }
    let english = rules::ENGLISH_SUBJECTS.contains(next) && rules::YES_NO.contains(opening);
    let swedish = rules::SUBJECTS_ONLY.contains(next) && (is_known_verb(opening) || rules::PAST.iter().any(|end| opening.ends_with(end)));
    // An "it" or a "mamma" may be what somebody did something to: only some verbs have it before them as who does.
    let weak = after.len() > 1 && is_subject(next) && is_known_verb(opening) && !rules::TAKES_OBJECT.contains(opening);
    let object = rules::ENGLISH_OBJECTS.contains(next);
    swedish || (english && !(object && whose)) || (weak && !whose) || rules::HURTS.iter().any(|hurts| rest.starts_with(hurts))
}

fn is_known_verb(word: &str) -> bool {
    word == rules::WHERE_OR_WAS || rules::YES_NO.contains(&word) || rules::VERBS.contains(&word)
}

fn opens_yes_no(words: &[&str]) -> bool {
    let [opening, next, ..] = words else { return false };
    if *opening == rules::WHERE_OR_WAS {
        return !rules::AFTER_WHERE.contains(next) && !rules::AND.contains(next);
    }
    let is_verb = !rules::ASKING.contains(opening) && !rules::NO_VERBS.contains(opening) && !rules::SUBJECTS.contains(opening);
    rules::YES_NO.contains(opening) || (is_verb && rules::SUBJECTS.contains(next))
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
