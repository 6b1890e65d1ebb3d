//! Finding Swedish personal identity numbers in free text (C2).
//!
//! Knows nobody's number: it looks for a possible date, four digits and the right check digit. A number that fits by chance is refused
//! with the others: a text can be written without it, and a number that got in cannot be taken back.

use unicode_normalization::UnicodeNormalization as _;

/// Signs between two groups of digits, at most: `000105 - 2380`.
const SEPARATORS_MAX: usize = 8;
/// The zeros of the world's decimal digits; nine more follow each (Unicode, general category Nd, as far as fonts here have them). What is a
/// digit in another form, circled, raised or wide, is its digit by then (Unicode, form NFKC).
const ZEROS: &[u32] = &[
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20, 0x1040, 0x17e0, 0x1810,
];
/// Days in a month, where the year may be a leap year.
const DAYS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// True if the text holds a valid personal identity number or coordination number: with or without century, its date in one piece, parted
/// into year, month and day, or each digit apart, by white space, dots, slashes and dashes; before the last four digits nothing, a dash, a
/// plus, a space or the like. In pairs only with its century, since a telephone number is written so, too.
/// SPEC: folkbokföringslagen 18 §, SFS 2009:1105 (coordination numbers: day + 60).
#[must_use]
pub fn holds_identity_number(text: &str) -> bool {
    // What is drawn around a digit, or chooses between its forms, parts no digits.
    let around = |character: &char| matches!(character, '\u{20dd}'..='\u{20e4}' | '\u{fe00}'..='\u{fe0f}');
    let characters: Vec<char> = text.nfkc().filter(|character| !around(character)).collect();
    if !characters.iter().any(|character| digit(*character).is_some()) {
        return false;
    }
    (0..characters.len()).any(|start| {
        let before = start.checked_sub(1).and_then(|index| characters.get(index)).copied().and_then(digit);
        let rest = characters.get(start..).unwrap_or_default();
        before.is_none() && [4, 2].iter().any(|year_length| starts_with_identity_number(rest, *year_length))
    })
}

/// How the digits stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `20000105`
    Together,
    /// `2000-01-05`
    Parted,
    /// `2 0 0 0 0 1 0 5`
    Apart,
}

/// Reads on in a text.
struct Reader<'a>(&'a [char]);

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<char> {
        self.0.first().copied()
    }

    fn next_if(&mut self, fits: impl Fn(char) -> bool) -> Option<char> {
        let (first, rest) = self.0.split_first()?;
        fits(*first).then(|| {
            self.0 = rest;
            *first
        })
    }

    /// So many digits in a row, or each apart from the one before, as their value.
    fn digits(&mut self, count: usize, apart: bool) -> Option<u32> {
        (0..count).try_fold(0, |value, at| {
            if apart && at > 0 && self.separators().is_empty() {
                return None;
            }
            Some(value * 10 + digit(self.next_if(|character| digit(character).is_some())?)?)
        })
    }

    fn separators(&mut self) -> &'a [char] {
        let before = self.0;
        let count = before.iter().take(SEPARATORS_MAX).take_while(|character| is_separator(**character)).count();
        self.0 = before.get(count..).unwrap_or_default();
        before.get(..count).unwrap_or_default()
    }

    /// What stands between the year and the month, or the month and the day; none if the form has something else there.
    fn parting(&mut self, form: Form) -> Option<&'a [char]> {
        let signs = if form == Form::Together { &[] } else { self.separators() };
        let fits = match form {
            Form::Together => true,
            Form::Parted => !signs.is_empty() && !signs.contains(&':'),
            Form::Apart => !signs.is_empty(),
        };
        fits.then_some(signs)
    }
}

fn starts_with_identity_number(characters: &[char], year_length: usize) -> bool {
    let dates = [Form::Together, Form::Parted, Form::Apart];
    let forms = dates.into_iter().flat_map(|date| dates.map(|last| (date, last)));
    let mut numbers = forms.filter_map(|(date, last)| read(characters, year_length, date, last)).chain(in_pairs(characters));
    numbers.any(|(year, month, day, last)| {
        let century = year < 100 || (1800..2100).contains(&year);
        century && is_date(year, month, day) && luhn(year, month, day, last)
    })
}

/// Year, month, day and the last four digits.
type Number = (u32, u32, u32, u32);

fn read(characters: &[char], year_length: usize, date: Form, last: Form) -> Option<Number> {
    let mut reader = Reader(characters);
    let apart = date == Form::Apart;
    let year = reader.digits(year_length, apart)?;
    let parted_by = reader.parting(date)?;
    let month = reader.digits(2, apart)?;
    // `2000 0105` is a date, too; of `07 0123` nobody knows.
    let parted_again = if year_length == 4 && reader.peek().and_then(digit).is_some() { parted_by } else { reader.parting(date)? };
    let day = reader.digits(2, apart)?;
    reader.separators();
    let last = match last {
        Form::Together => reader.digits(4, false)?,
        Form::Apart => reader.digits(4, true)?,
        // `23 80`; but `14.15` and `14:15` are times, and telephone numbers are written in pairs.
        Form::Parted if date == Form::Together || year_length == 4 => {
            let before = reader.digits(2, false)?;
            reader.next_if(char::is_whitespace)?;
            before * 100 + reader.digits(2, false)?
        }
        Form::Parted => return None,
    };
    let ends_there = reader.peek().and_then(digit).is_none() && !(date == Form::Parted && goes_on_as_a_date(reader.0));
    (ends_there && (apart || parted_by == parted_again)).then_some((year, month, day, last))
}

/// Whether what was taken for the last four digits is the year of another date: `2026-11-29 - 2026-12-05`.
fn goes_on_as_a_date(rest: &[char]) -> bool {
    let is_digit = |character: &char| digit(*character).is_some();
    matches!(rest, ['-', a, b, '-', c, d, ..] if [a, b, c, d].into_iter().all(is_digit))
}

/// `20 00 01 05 23 80`, with one sign throughout.
fn in_pairs(characters: &[char]) -> Option<Number> {
    let mut reader = Reader(characters);
    let century = reader.digits(2, false)?;
    let mark = reader.peek().filter(|character| is_separator(*character))?;
    let mut pair = || reader.next_if(|character| character == mark).and_then(|_| reader.digits(2, false));
    let (year, month, day, last) = (pair()?, pair()?, pair()?, pair()? * 100 + pair()?);
    reader.peek().and_then(digit).is_none().then_some((century * 100 + year, month, day, last))
}

/// A decimal digit of any script.
fn digit(character: char) -> Option<u32> {
    ZEROS.iter().find_map(|zero| u32::from(character).checked_sub(*zero).filter(|value| *value < 10))
}

fn is_separator(character: char) -> bool {
    let dash = matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    dash || character.is_whitespace() || matches!(character, '+' | '.' | '/' | '_' | '~' | '*' | '·' | ':')
}

/// A day of a month, or the same with 60 added.
fn is_date(year: u32, month: u32, day: u32) -> bool {
    let day = if day > 60 { day - 60 } else { day };
    let days = month.checked_sub(1).and_then(|month| DAYS.get(usize::try_from(month).ok()?)).copied().unwrap_or(0);
    let leaps = !(month == 2 && day == 29) || year.is_multiple_of(4);
    (1..=days).contains(&day) && leaps
}

/// SPEC: ISO/IEC 7812-1 annex B, as folkbokföringslagen 18 § uses it: weights 2, 1, 2 … from the left over ten digits.
fn luhn(year: u32, month: u32, day: u32, last: u32) -> bool {
    let pairs = [year % 100, month, day, last / 100, last % 100];
    let doubled = |digit: u32| digit * 2 / 10 + digit * 2 % 10;
    pairs.iter().map(|pair| doubled(pair / 10) + pair % 10).sum::<u32>().is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // From the tax agency's public list of numbers for tests.
    const VALID: &[&str] = &[
        "20000105-2380",
        "200001052380",
        "000105-2380",
        "0001052380",
        "000105+2380",
        "20000105 2380",
        "000105–2380",
        "000105 - 2380",
        "000105\n2380",
        "2000-01-05-2380",
        "2000-01-05 2380",
        "2000.01.05.2380",
        "00/01/05-2380",
        "2000 01 05 2380",
        "０００１０５-２３８０",
        "٠٠٠١٠٥-٢٣٨٠",
        "000105\u{202f}2380",
        "0 0 0 1 0 5 2 3 8 0",
        "0 0 0 1 0 5 - 2 3 8 0",
        "2 0 0 0 0 1 0 5 2 3 8 0",
        "2.0.0.0.0.1.0.5.2.3.8.0",
        "2\t0\t0\t0\t0\t1\t0\t5\t2\t3\t8\t0",
        "0\u{a0}0\u{a0}0\u{a0}1\u{a0}0\u{a0}5\u{a0}2\u{a0}3\u{a0}8\u{a0}0",
        "0 0 0 1 0 5-2380",
        "000105 2 3 8 0",
        "2000\t01\t05\t2380",
        "2000\u{a0}01\u{a0}05\u{a0}2380",
        "2000 / 01 / 05 / 2380",
        "2000–01–05–2380",
        "000105    2380",
        "000105-23 80",
        "20000105-23 80",
        "2000 01 05 23 80",
        "०००१०५-२३८०",
        "2000 0105 2380",
        "20 00 01 05 23 80",
        "２ ０ ０ ０ ０ １ ０ ５ ２ ３ ８ ０",
        "٢٠٠٠/٠١/٠٥/٢٣٨٠",
        "٠ ٠ ٠ ١ ٠ ٥ ٢ ٣ ٨ ٠",
        "②⓪⓪⓪⓪①⓪⑤②③⑧⓪",
        "²⁰⁰⁰⁰¹⁰⁵-2380",
        "2\u{fe0f}\u{20e3}0\u{fe0f}\u{20e3}0\u{20e3}0\u{20e3}0105-2380",
        "20000105~2380",
        "000105*2380",
    ];

    fn apart(digits: &str, by: &str) -> String {
        digits.chars().map(String::from).collect::<Vec<_>>().join(by)
    }

    #[test]
    fn identity_numbers_are_found_in_every_form_c2() {
        for number in VALID {
            for text in [(*number).to_owned(), format!("Barnet {number} bor hos modern"), format!("({number})."), format!("pnr{number}x")] {
                assert!(holds_identity_number(&text), "{text}");
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
            "070-123 45 67",
            "120001052380 12",
            "9920000105-23809",
            "kl 10.15 den 2026-11-23",
            "T 1234-26",
            "VRM-2026-0142",
            "2026-11-23 10:15",
            "2026-11-23, 2026-11-24",
            "000105 och 2380",
            "2026-11-29 - 2026-11-30",
            "2026-11-29–2026-12-05",
            "klockan 10 12 den 3 5",
            "rum 2 0, hylla 0 0 och 0 1 0 5 2 3 8 0",
            "1 2 3 4 5 6 7 8 9 10",
            "0 0 0 1 0 5 2 3 8 1",
            "000105, 2380",
            "00-01.05-2380",
            "00 01 05 23 80",
            "20001305-2380",
        ] {
            assert!(!holds_identity_number(text), "{text}");
        }
    }

    #[test]
    fn a_day_that_no_month_has_is_no_identity_number() {
        for date in ["20000230", "20010229", "20000431", "20000100", "20000132", "20000192", "20000160", "20001301", "17990101", "21000101"]
        {
            assert!((0..10_000).all(|last| !holds_identity_number(&format!("{date}-{last:04}"))), "{date}");
        }
        for date in ["20000229", "20040289", "20000131", "20000191", "18000101", "20991231"] {
            let found = (0..10_000).filter(|last| holds_identity_number(&format!("{date}-{last:04}"))).count();
            assert_eq!(found, 1000, "one check digit of ten fits: {date}");
        }
    }

    proptest! {
        #[test]
        fn of_ten_check_digits_one_is_found_in_every_form_c2(
            (year, month, day) in (1800u32..2100, 1u32..=12, 1u32..=28),
            serial in 0u32..1000,
            coordination: bool,
            form in 0usize..12,
            before in "[a-zåäö (:]{0,5}",
            after in "[a-zåäö ).,]{0,5}",
        ) {
            let day = if coordination { day + 60 } else { day };
            let short = year % 100;
            let forms = |last: u32| [
                format!("{year:04}{month:02}{day:02}-{last:04}"),
                format!("{year:04}{month:02}{day:02}{last:04}"),
                format!("{short:02}{month:02}{day:02}-{last:04}"),
                format!("{short:02}{month:02}{day:02}+{last:04}"),
                format!("{short:02}{month:02}{day:02}{last:04}"),
                format!("{year:04}-{month:02}-{day:02}-{last:04}"),
                format!("{year:04}-{month:02}-{day:02} {last:04}"),
                format!("{short:02}{month:02}{day:02} – {last:04}"),
                apart(&format!("{year:04}{month:02}{day:02}{last:04}"), " "),
                apart(&format!("{short:02}{month:02}{day:02}{last:04}"), "\u{a0}"),
                apart(&format!("{year:04}{month:02}{day:02}{last:04}"), "/"),
                format!("{year:04}\t{month:02}\t{day:02}\t{last:04}"),
            ];
            let text = |check: u32| format!("{before}{}{after}", forms(serial * 10 + check)[form]);
            let found = (0..10).filter(|check| holds_identity_number(&text(*check))).count();
            // Of twelve digits apart, ten may be another number.
            prop_assert!(found == 1 || (found > 1 && (form == 8 || form == 10)), "{}: {}", text(0), found);
        }

        #[test]
        fn times_days_and_telephone_numbers_are_no_identity_numbers(
            (month, day, hour, minute) in (1u32..=12, 1u32..=31, 0u32..24, 0u32..60),
            (area, number) in (0u32..10, 0u32..10_000_000),
        ) {
            let (first, second, third) = (number / 10_000, number / 100 % 100, number % 100);
            let texts = [
                format!("2026-{month:02}-{day:02} {hour:02}:{minute:02}–{hour:02}:{minute:02}"),
                format!("kl. {hour:02}.{minute:02}-{hour:02}.{minute:02} den {day}/{month} 2026"),
                format!("klockan {hour} {minute} den {day} {month}, sedan {hour} {minute}"),
                format!("{day}/{month} {hour:02}.{minute:02} och {day}/{month} {minute:02}.{hour:02}"),
                format!("07{area}-{first:03} {second:02} {third:02}"),
                format!("07{area} {first:03} {second:02} {third:02}"),
                format!("+46 7{area} {first:03} {second:02} {third:02}"),
                format!("08-{area}{second:02} {first:03} {third:02}"),
                format!("08 {month:02} {day:02} {second:02} {third:02}"),
            ];
            for text in texts {
                prop_assert!(!holds_identity_number(&text), "{}", text);
            }
        }

        #[test]
        fn a_text_without_ten_digits_holds_none(text in "[a-zåäö]{0,10}([0-9]{1,4}[a-zåäö,]{1,5}){0,9}") {
            prop_assert!(!holds_identity_number(&text));
        }
    }
}
