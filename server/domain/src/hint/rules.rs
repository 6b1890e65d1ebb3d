//! The forms that get a hint, as data: each with what it is known by. Why each form matters:
//!
//! - LEADING suggests its answer; a child who wants to please gives it, and the account is worth less in court.
//! - MULTIPLE asks several things at once; it is then unknown which of them was answered.
//! - YES_NO can be answered with one word; an open form lets the child tell.
//!
//! Lower case, Swedish and English together: a question is of neither language by its form, and what is an opening in one is none in the
//! other.

use super::Form;

/// What suggests its answer.
pub(super) const LEADING: &[Form] = &[
    Form::Opens("visst"),
    Form::Opens("nog"),
    Form::Opens("är det inte så att"),
    Form::Opens("är det inte sant att"),
    Form::Opens("stämmer det inte att"),
    Form::Opens("stämmer det att"),
    Form::Opens("håller du med om"),
    Form::Opens("det är väl"),
    Form::Opens("det var väl"),
    Form::Opens("isn't it true that"),
    Form::Opens("is it true that"),
    Form::Opens("do you agree that"),
    Form::Opens("surely"),
    Form::Ends("eller hur"),
    Form::Ends("inte sant"),
    Form::Ends("visst var det så"),
    Form::Tag("right"),
    Form::Tag("va"),
    Form::Tag("correct"),
    Form::Ends("didn't he"),
    Form::Ends("didn't she"),
    Form::Ends("didn't they"),
    Form::Ends("didn't you"),
    Form::Ends("wasn't he"),
    Form::Ends("wasn't it"),
    Form::Ends("isn't it"),
    Form::Ends("isn't that so"),
];

/// English words that open a denied question: "Didn't he hit you?" expects a yes.
pub(super) const DENIED: &[&str] = &[
    "isn't",
    "aren't",
    "wasn't",
    "weren't",
    "don't",
    "doesn't",
    "didn't",
    "hasn't",
    "haven't",
    "hadn't",
    "can't",
    "couldn't",
    "won't",
    "wouldn't",
    "shouldn't",
];

/// Words that ask openly. In the middle of a sentence, after `and`, they begin a second question.
pub(super) const ASKING: &[&str] = &[
    "vad",
    "vem",
    "vems",
    "vilka",
    "vilken",
    "vilket",
    "vart",
    "varifrån",
    "när",
    "hur",
    "varför",
    "what",
    "who",
    "whose",
    "which",
    "where",
    "when",
    "how",
    "why",
];

/// Joins two questions.
pub(super) const AND: &[&str] = &["och", "samt", "and"];

/// Words that open a question which yes or no answers, whatever follows.
pub(super) const YES_NO: &[&str] = &[
    "är", "har", "hade", "kan", "kunde", "ska", "skulle", "vill", "ville", "får", "fick", "finns", "fanns", "brukar", "brukade", "måste",
    "behöver", "vet", "visste", "mår", "minns", "is", "are", "was", "were", "do", "does", "did", "has", "have", "had", "can", "could",
    "will", "would", "should",
];

/// Whoever a Swedish verb is turned around before: "Slog pappa dig?"
pub(super) const SUBJECTS: &[&str] = &[
    "du", "han", "hon", "hen", "det", "den", "ni", "de", "dom", "någon", "något", "mamma", "pappa", "barnet", "flickan", "pojken",
    "syskonen", "läraren", "mannen", "kvinnan",
];

/// Opens both "where is …" and "was …": it asks where, if one of these follows.
pub(super) const WHERE_OR_WAS: &str = "var";
/// Verbs that follow "where".
pub(super) const AFTER_WHERE: &[&str] = &[
    "är",
    "var",
    "bor",
    "bodde",
    "fanns",
    "finns",
    "gjorde",
    "gör",
    "hände",
    "händer",
    "har",
    "hade",
    "kom",
    "ligger",
    "låg",
    "satt",
    "sitter",
    "skedde",
    "slog",
    "sov",
    "sover",
    "stod",
    "står",
    "i",
    "på",
    "någonstans",
    "kan",
    "kunde",
    "brukar",
    "brukade",
    "tog",
    "gick",
];

/// What stands before a subject, too, and is no verb: it joins, points or asks to tell.
pub(super) const NO_VERBS: &[&str] =
    &["och", "men", "om", "att", "som", "då", "sedan", "så", "för", "på", "i", "med", "till", "från", "av", "berätta", "beskriv", "eller"];
