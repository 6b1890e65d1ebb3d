//! Signed notes: a text, an empty line, and who signed it (C2SP signed-note).
//!
//! It does not know what the text means. Read notes are unverified until asked with keys from
//! elsewhere. INVARIANT: a note that was read prints the same bytes again.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::key::{Verifier, is_key_name};

/// The largest note that is read, in bytes: room for far more than the 16 signatures, post-quantum
/// ones too, that signed-note ("Format") demands.
pub const MAX_NOTE_BYTES: usize = 1 << 20;

/// The most signature lines that are read in one note.
pub const MAX_SIGNATURES: usize = 100;

/// What each signature line starts with.
pub(crate) const SIGNATURE_START: &str = "\u{2014} ";

/// One signature line: who says to have signed, and the signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    /// The key's name.
    pub name: String,
    /// The key's id.
    pub key_id: [u8; 4],
    /// The signature without the id; its form is the key type's.
    pub bytes: Vec<u8>,
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.key_id.as_slice(), &self.bytes].concat();
        write!(f, "{SIGNATURE_START}{} {}", self.name, STANDARD.encode(bytes))
    }
}

/// A text and its signatures, not verified yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// Why a note is not read or not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The text does not end in a newline or has a control character.
    #[error("the text of a note must end in a newline and have no other control character")]
    Text,
    /// There is no empty line between text and signatures, or no signature at all.
    #[error("the note has no signature: take the whole text, from its first line to its last")]
    Unsigned,
    /// A signature line is not `— name base64`.
    #[error("`{0}` is not a signature line: take the note as its log printed it")]
    SignatureLine(String),
    /// More than [`MAX_NOTE_BYTES`] or [`MAX_SIGNATURES`].
    #[error("the note is larger than any log makes: look for damage where it was kept")]
    TooLarge,
    /// A line names a key that is known, but the signature is not by it.
    #[error("the signature of `{0}` is wrong: the note was changed after signing")]
    WrongSignature(String),
    /// No signature is by a key that is known.
    #[error("no known key signed the note: check the keys in the trust file")]
    UnknownSigners,
}

impl SignedNote {
    /// A note to be signed.
    ///
    /// # Errors
    /// [`NoteError::Text`] unless the text ends in a newline and has no control character below
    /// U+0020 but newlines.
    pub fn new(text: String) -> Result<Self, NoteError> {
        let banned = |c: char| c < ' ' && c != '\n';
        if !text.ends_with('\n') || text.contains(banned) {
            return Err(NoteError::Text);
        }
        Ok(Self { text, signatures: Vec::new() })
    }

    /// The text, its last newline included.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures in order, known or not.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Adds a signature over [`SignedNote::text`] after the others.
    pub fn add(&mut self, signature: NoteSignature) {
        self.signatures.push(signature);
    }

    /// Those of the given keys that signed, each once, in their given order; others' signatures are
    /// ignored (signed-note, "Signatures").
    ///
    /// # Errors
    /// [`NoteError::WrongSignature`] if a line names one of the keys and does not verify.
    pub fn signers<'k>(&self, keys: &'k [Verifier]) -> Result<Vec<&'k Verifier>, NoteError> {
        let mut signers = Vec::new();
        for key in keys {
            let mut named = self.signatures.iter().filter(|line| key.is_named_by(line)).peekable();
            if named.peek().is_some() {
                signers.push(key);
            }
            if named.any(|line| !key.verifies(&self.text, line)) {
                return Err(NoteError::WrongSignature(key.name().to_owned()));
            }
        }
        Ok(signers)
    }

    /// As [`SignedNote::signers`], but at least one.
    ///
    /// # Errors
    /// [`NoteError::WrongSignature`], or [`NoteError::UnknownSigners`] if none of the keys signed.
    pub fn verify<'k>(&self, keys: &'k [Verifier]) -> Result<Vec<&'k Verifier>, NoteError> {
        let signers = self.signers(keys)?;
        if signers.is_empty() { Err(NoteError::UnknownSigners) } else { Ok(signers) }
    }
}

/// The text, an empty line, and a line for each signature.
impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

impl FromStr for SignedNote {
    type Err = NoteError;

    fn from_str(note: &str) -> Result<Self, NoteError> {
        if note.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLarge);
        }
        let (body, lines) = note.rsplit_once("\n\n").ok_or(NoteError::Unsigned)?;
        let mut read = Self::new(format!("{body}\n"))?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Unsigned)?;
        for line in lines.split('\n') {
            read.add(read_line(line).ok_or_else(|| NoteError::SignatureLine(excerpt(line)))?);
        }
        if read.signatures.len() > MAX_SIGNATURES {
            return Err(NoteError::TooLarge);
        }
        Ok(read)
    }
}

/// The start of a text, without anything that could steer a terminal: for errors, which show input.
pub(crate) fn excerpt(text: &str) -> String {
    text.escape_debug().take(120).collect()
}

fn read_line(line: &str) -> Option<NoteSignature> {
    let (name, encoded) = line.strip_prefix(SIGNATURE_START)?.split_once(' ')?;
    let decoded = STANDARD.decode(encoded).ok()?;
    let (key_id, bytes) = decoded.split_first_chunk()?;
    let whole = is_key_name(name) && !bytes.is_empty();
    whole.then(|| NoteSignature { name: name.to_owned(), key_id: *key_id, bytes: bytes.to_vec() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use zeroize::Zeroizing;

    use super::*;
    use crate::key::Signer;

    const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    const NOTE: &str = "This is an example message.\n\n\u{2014} example.com/foo \
        Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    const POEM: &str = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\n\
        ed \u{e8} subito sera.\n\n\u{2014} quasimodo.example/salvatore \
        NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";

    fn signer(name: &str, byte: u8) -> Signer {
        Signer::from_seed(name, &Zeroizing::new([byte; 32])).unwrap()
    }

    #[test]
    fn the_standards_example_note_verifies_and_prints_itself() {
        let keys = [KEY.parse().unwrap()];
        let note: SignedNote = NOTE.parse().unwrap();
        assert_eq!(note.verify(&keys).unwrap(), [&keys[0]]);
        assert_eq!(note.text(), "This is an example message.\n");
        assert_eq!(note.to_string(), NOTE);
    }

    #[test]
    fn the_last_empty_line_divides_text_from_signatures() {
        let poem: SignedNote = POEM.parse().unwrap();
        assert!(poem.text().ends_with("sole:\n\ned \u{e8} subito sera.\n"));
        assert_eq!(poem.signatures().len(), 1);
        assert_eq!(poem.to_string(), POEM);
    }

    #[test]
    fn unknown_signatures_are_ignored_even_with_a_known_name_or_id() {
        let keys = [KEY.parse().unwrap()];
        let mut note: SignedNote = NOTE.parse().unwrap();
        let known = note.signatures()[0].clone();
        note.add(NoteSignature { key_id: [0; 4], ..known.clone() });
        note.add(NoteSignature { name: "example.com/bar".to_owned(), ..known });
        assert_eq!(note.verify(&keys).unwrap().len(), 1);
        let stranger = [signer("example.com/foo", 9).verifier().clone()];
        assert_eq!(note.verify(&stranger), Err(NoteError::UnknownSigners));
    }

    #[test]
    fn one_wrong_signature_by_a_known_key_spoils_the_note() {
        let keys = [KEY.parse().unwrap()];
        let mut note: SignedNote = NOTE.parse().unwrap();
        let mut second = note.signatures()[0].clone();
        second.bytes[0] ^= 1;
        note.add(second);
        assert_eq!(note.verify(&keys), Err(NoteError::WrongSignature("example.com/foo".to_owned())));
        let changed: SignedNote = NOTE.replace("example message", "other message").parse().unwrap();
        assert!(changed.verify(&keys).is_err());
    }

    #[test]
    fn a_key_that_signs_twice_counts_once() {
        let (key, mut note) = (signer("a", 1), SignedNote::new("text\n".to_owned()).unwrap());
        note.add(key.sign(note.text()));
        note.add(key.sign(note.text()));
        assert_eq!(note.verify(&[key.verifier().clone()]).unwrap().len(), 1);
    }

    #[test]
    fn what_is_not_a_note_is_refused() {
        let refused = |text: &str| text.parse::<SignedNote>().unwrap_err();
        assert_eq!(refused(""), NoteError::Unsigned);
        assert_eq!(refused("text\n"), NoteError::Unsigned);
        assert_eq!(refused(NOTE.trim_end()), NoteError::Unsigned);
        assert_eq!(refused("text\n\n"), NoteError::Unsigned);
        assert!(matches!(refused(&NOTE.replace('\u{2014}', "-")), NoteError::SignatureLine(_)));
        assert!(matches!(refused(&NOTE.replace("foo ", "f+o ")), NoteError::SignatureLine(_)));
        assert!(matches!(refused("text\n\n\u{2014} a AAAAAA==\n"), NoteError::SignatureLine(_)));
        assert_eq!(refused(&NOTE.replace("This", "This\r")), NoteError::Text);
        assert_eq!(refused(&NOTE.replace("This", &"t".repeat(MAX_NOTE_BYTES))), NoteError::TooLarge);
    }

    #[test]
    fn an_error_shows_no_control_character_and_is_short() {
        let hostile = format!("text\n\n\u{1b}[2J{}\n", "x".repeat(5000));
        let shown = hostile.parse::<SignedNote>().unwrap_err().to_string();
        assert!(shown.starts_with("`\\u{1b}[2Jx") && shown.len() < 250, "{shown}");
    }

    #[test]
    fn sixteen_signatures_are_read_and_a_flood_is_not() {
        let mut note = SignedNote::new("text\n".to_owned()).unwrap();
        let line = signer("a", 1).sign(note.text());
        (0..MAX_SIGNATURES).for_each(|_| note.add(line.clone()));
        assert_eq!(note.to_string().parse(), Ok(note.clone()));
        note.add(line);
        assert_eq!(note.to_string().parse::<SignedNote>(), Err(NoteError::TooLarge));
    }

    proptest! {
        #[test]
        fn an_independent_reader_verifies_our_notes(text in "([ -~]{0,20}\n){1,4}", byte: u8) {
            let key = signer("log.example/house", byte);
            let mut note = SignedNote::new(text).unwrap();
            note.add(key.sign(note.text()));
            let printed = note.to_string();
            prop_assert_eq!(printed.parse(), Ok(note.clone()));
            let theirs = signed_note::Note::from_bytes(printed.as_bytes()).unwrap();
            prop_assert_eq!(theirs.text(), note.text().as_bytes());
            let vkey = key.verifier().to_string();
            let verifier = signed_note::StandardVerifier::new(&vkey).unwrap();
            let known = signed_note::VerifierList::new(vec![Box::new(verifier)]);
            prop_assert_eq!(theirs.verify(&known).unwrap().0.len(), 1);
        }

        #[test]
        fn any_text_gets_an_answer(text in "(.|\n|\n\n\u{2014} ){0,60}") {
            if let Ok(note) = text.parse::<SignedNote>() {
                prop_assert_eq!(note.to_string(), text);
            }
        }
    }
}
