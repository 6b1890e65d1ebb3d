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
    Form::Opens("är det sant att"),
    Form::Opens("kan det vara så att"),
    Form::Opens("is it true that"),
    Form::Opens("could it be that"),
    Form::Opens("do you agree that"),
    Form::Opens("surely"),
    Form::Ends("eller hur"),
    Form::Ends("inte sant"),
    Form::Ends("visst var det så"),
    Form::Tag("right"),
    Form::Tag("va"),
    Form::Tag("correct"),
    Form::Tag("eller"),
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

/// Denies what is asked: "Slog han inte dig?"
pub(super) const NOT: &[&str] = &["inte", "not"];
/// May stand before the "inte": "Slog han dig inte?"
pub(super) const OBJECTS: &[&str] = &["mig", "dig", "sig", "honom", "henne", "oss", "er", "dem", "det", "you"];

/// Said of what the asker holds for true: "Du blev väl rädd?"
pub(super) const SUPPOSED: &[&str] = &["väl", "nog", "ju"];

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

/// Those that ask who does it.
pub(super) const ASKING_WHO: &[&str] = &["vem", "vilka", "vilken", "vilket", "who", "which"];

/// They ask when, or tell when: "när kom han", "när han kom".
pub(super) const WHEN: &[&str] = &["när", "when"];

/// Joins two questions.
pub(super) const AND: &[&str] = &["och", "samt", "and", "eller", "or"];
/// Those that may also offer a choice within one question.
pub(super) const OR: &[&str] = &["eller", "or"];

/// Before the asking begins: "Och var han hemma?"
pub(super) const FILLERS: &[&str] = &["och", "men", "så", "and", "but", "so"];

/// May stand before an asking word: "I vilket rum var ni?"
pub(super) const PREPOSITIONS: &[&str] =
    &["i", "på", "med", "till", "från", "av", "för", "hos", "åt", "in", "on", "at", "with", "to", "from", "for", "by"];

/// After these, a dot ends no sentence.
pub(super) const SHORTENED: &[&str] = &["kl", "ca", "ex", "bl", "nr", "dvs", "tel"];

/// Words that open a question which yes or no answers, whatever follows.
pub(super) const YES_NO: &[&str] = &[
    "är", "har", "hade", "kan", "kunde", "ska", "skulle", "vill", "ville", "får", "fick", "finns", "fanns", "brukar", "brukade", "måste",
    "behöver", "behövs", "vet", "visste", "mår", "minns", "is", "are", "was", "were", "do", "does", "did", "has", "have", "had", "can",
    "could", "will", "would", "should",
];

/// Verbs that often begin a second question, after `and`: "och såg du", "och hände det något".
pub(super) const VERBS: &[&str] = &[
    "blev", "blir", "drog", "fick", "gav", "gick", "går", "grät", "gör", "hände", "händer", "höll", "kom", "kommer", "kändes", "känns",
    "känner", "låg", "sa", "satt", "sov", "stod", "såg", "säger", "slog", "slår", "tog", "tror", "tycker", "tänker", "åt",
];
/// Of all verbs, those with which "det" or "mamma" may be what it was done to: "och såg det".
pub(super) const TAKES_OBJECT: &[&str] = &[
    "drog", "fick", "får", "gav", "gör", "hade", "höll", "minns", "sa", "såg", "säger", "slog", "slår", "tog", "åt", "vet", "visste",
    "vill", "ville", "behöver", "do", "does", "did", "have", "had",
];
/// How other Swedish verbs end in the past: "sparkade han".
pub(super) const PAST: &[&str] = &["de", "te"];
/// How they end in the present, too: "hon sover".
pub(super) const ENDINGS: &[&str] = &["de", "te", "ar", "er", "år", "or"];
/// "Det" here is not what it was done to.
pub(super) const HURTS: &[&[&str]] = &[&["gör", "det", "ont"], &["gjorde", "det", "ont"]];

/// Whoever a Swedish verb is turned around before: "Slog pappa dig?"
pub(super) const SUBJECTS: &[&str] = &[
    "du",
    "han",
    "hon",
    "hen",
    "vi",
    "det",
    "den",
    "ni",
    "de",
    "dom",
    "någon",
    "något",
    "mamma",
    "pappa",
    "mor",
    "far",
    "mormor",
    "morfar",
    "farmor",
    "farfar",
    "modern",
    "fadern",
    "föräldrarna",
    "barnet",
    "barnen",
    "flickan",
    "pojken",
    "målsäganden",
    "syskonen",
    "syskonet",
    "bror",
    "storebror",
    "lillebror",
    "syster",
    "storasyster",
    "lillasyster",
    "styvpappa",
    "styvmamma",
    "bonuspappa",
    "bonusmamma",
    "läraren",
    "fröken",
    "mannen",
    "kvinnan",
    "polisen",
];
/// Of these, who is never done to: "och såg du".
pub(super) const SUBJECTS_ONLY: &[&str] = &["du", "han", "hon", "vi", "ni", "de"];
/// Whoever an English auxiliary is turned around before: "and did she".
pub(super) const ENGLISH_SUBJECTS: &[&str] =
    &["he", "she", "they", "we", "there", "you", "it", "anyone", "anybody", "someone", "somebody", "the", "mum", "mom", "dad"];
/// Of these, who may be done to: "and did it again".
pub(super) const ENGLISH_OBJECTS: &[&str] = &["it", "you", "anyone", "anybody", "someone", "somebody", "the", "mum", "mom", "dad"];
/// Of these, who begins a sentence that is only said: "He hit you?"
pub(super) const ENGLISH_SAYING: &[&str] = &["he", "she", "they", "you", "it", "mum", "mom", "dad"];

/// Who is asked to tell, by a yes-or-no form that is polite and open: "Kan du berätta?"
pub(super) const INVITED: &[&str] = &["du", "ni", "barnet", "flickan", "pojken", "målsäganden", "you", "child"];
/// What one then is asked to do.
pub(super) const TELL: &[&str] = &["berätta", "beskriva", "förklara", "tell", "describe", "explain"];

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
pub(super) const NO_VERBS: &[&str] = &[
    "och", "men", "om", "att", "som", "då", "sedan", "sen", "så", "för", "på", "i", "med", "till", "från", "av", "berätta", "beskriv",
    "eller", "medan", "innan", "efter", "tills", "där", "här", "fråga", "be", "låt", "hjälp", "visa", "när", "ge", "in", "at", "on",
    "with", "from", "of", "who", "that",
];
