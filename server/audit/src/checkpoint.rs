//! Checkpoints: a log's name, size and root, signed (C2SP tlog-checkpoint).
//!
//! It does not know whether a checkpoint's root is that of any records: proofs and exports check
//! that. INVARIANT: one checkpoint has one body, so that its signatures can be moved between notes.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::hash::Hash;
use crate::key::{Signer, Verifier};
use crate::note::{NoteError, SIGNATURE_START, SignedNote, excerpt};

/// A log's unique name: the first line of its checkpoints. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(Arc<str>);

/// The state of a log: that its first `size` records have this root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: Origin,
    /// How many records it had.
    pub size: u64,
    /// The root over them (RFC 6962 §2.1).
    pub root: Hash,
}

/// Why a checkpoint is not read or not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is not a signed note, or the signatures are not the right ones.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The text is not origin, size and root, a line each.
    #[error("`{0}` does not belong in a checkpoint: it has a line each for log, size and root")]
    Body(String),
    /// The name of a log is empty, has a control character, or looks like a signature.
    #[error("`{0}` cannot name a log: use a name like `example.org/house`")]
    OriginName(String),
    /// It is another log's.
    #[error("the checkpoint is of log `{found}`, not of `{expected}`: take the right log's")]
    Origin {
        /// The log that was asked about.
        expected: Origin,
        /// The log that the checkpoint names.
        found: Origin,
    },
    /// Too few known witnesses have signed it.
    #[error("`{found}` of the `{k}` witnesses needed have signed: take a later checkpoint")]
    TooFewWitnesses {
        /// Known witnesses that signed.
        found: usize,
        /// Witnesses that must sign.
        k: usize,
    },
}

impl Origin {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl FromStr for Origin {
    type Err = CheckpointError;

    /// Any text on one line names a log (tlog-checkpoint, "Note text"), except one that starts as a
    /// signature does: in a row of notes it could not be told from one.
    fn from_str(name: &str) -> Result<Self, CheckpointError> {
        if name.is_empty() || name.contains(char::is_control) || name.starts_with(SIGNATURE_START) {
            return Err(CheckpointError::OriginName(excerpt(name)));
        }
        Ok(Self(name.into()))
    }
}

impl Checkpoint {
    /// The text that is signed: origin, size and root in base64, a line each.
    #[must_use]
    pub fn body(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root.to_base64())
    }

    /// Reads the text of a checkpoint. Extension lines after the root are allowed and passed over:
    /// ours have none, and nobody audits them.
    ///
    /// # Errors
    /// [`CheckpointError::Body`] or [`CheckpointError::OriginName`].
    pub fn parse(body: &str) -> Result<Self, CheckpointError> {
        let wrong = |line: &str| CheckpointError::Body(excerpt(line));
        let whole = body.strip_suffix('\n').ok_or_else(|| wrong(body))?;
        let mut lines = whole.split('\n');
        let mut line = || lines.next().ok_or_else(|| wrong(whole));
        let (origin, size, root) = (line()?.parse()?, line()?, line()?);
        let root = Hash::from_base64(root).ok_or_else(|| wrong(root))?;
        let size = decimal(size).ok_or_else(|| wrong(size))?;
        if lines.any(str::is_empty) {
            return Err(wrong(whole));
        }
        Ok(Self { origin, size, root })
    }

    /// The checkpoint as a note signed by the log. Further signatures go onto the note:
    /// [`SignedNote::add`].
    #[must_use]
    pub fn sign(&self, signer: &Signer) -> String {
        let body = self.body();
        let signature = signer.sign(&body);
        format!("{body}\n{signature}\n")
    }

    /// Reads a note and checks that it is this log's and signed by this key. Whoever knows
    /// witnesses too asks [`crate::Trust::open`].
    ///
    /// # Errors
    /// [`CheckpointError`] of any kind but `TooFewWitnesses`.
    pub fn open(note: &str, origin: &Origin, key: &Verifier) -> Result<Self, CheckpointError> {
        let note: SignedNote = note.parse()?;
        note.verify(std::slice::from_ref(key))?;
        Self::of_log(&note, origin)
    }

    /// Reads the text of a note whose signatures have been checked.
    pub(crate) fn of_log(note: &SignedNote, origin: &Origin) -> Result<Self, CheckpointError> {
        let read = Self::parse(note.text())?;
        if read.origin == *origin {
            return Ok(read);
        }
        Err(CheckpointError::Origin { expected: origin.clone(), found: read.origin })
    }
}

/// A number as the C2SP texts write it: ASCII digits without a leading zero.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use zeroize::Zeroizing;

    use super::*;
    use crate::hash::EMPTY_ROOT;

    const BODY: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    fn signer(byte: u8) -> Signer {
        Signer::from_seed("log.example/house", &Zeroizing::new([byte; 32])).unwrap()
    }

    fn checkpoint(size: u64) -> Checkpoint {
        Checkpoint { origin: "log.example/house".parse().unwrap(), size, root: EMPTY_ROOT }
    }

    #[test]
    fn the_standards_example_reads_and_prints_itself() {
        let read = Checkpoint::parse(BODY).unwrap();
        assert_eq!((read.origin.as_str(), read.size), ("example.com/behind-the-sofa", 20_852_163));
        assert_eq!(read.body(), BODY);
    }

    #[test]
    fn extension_lines_are_passed_over_and_empty_ones_refused() {
        assert!(Checkpoint::parse(&format!("{BODY}extension\n")).is_ok());
        assert!(Checkpoint::parse(&format!("{BODY}\n")).is_err());
        assert!(Checkpoint::parse(&format!("{BODY}\nextension\n")).is_err());
    }

    #[test]
    fn a_body_has_one_spelling() {
        for (from, to) in
            [("20852163", "020852163"), ("20852163", "+20852163"), ("20852163", ""), ("q2I=", "q2I"), ("example.com/behind-the-sofa", "")]
        {
            assert!(Checkpoint::parse(&BODY.replace(from, to)).is_err(), "{to}");
        }
        assert!(Checkpoint::parse(BODY.trim_end()).is_err());
        assert!(Checkpoint::parse("origin\n1\n").is_err());
    }

    #[test]
    fn the_bytes_of_a_signed_checkpoint_are_these() {
        let note = "log.example/house\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n\
            \u{2014} log.example/house \
            LcJ7LCJQ3dzxi2vz2U7wpW+bvV0/NkPpLnTbvh2CjObwjvu1eM0UgmJA5fFCfHuIbNA9gAUipZmIzx6HUjmwzwMHEgM=\n";
        assert_eq!(checkpoint(0).sign(&signer(7)), note);
    }

    #[test]
    fn only_the_right_log_with_the_right_key_is_opened() {
        let (key, other) = (signer(1), signer(2));
        let note = checkpoint(5).sign(&key);
        let origin = checkpoint(5).origin;
        assert_eq!(Checkpoint::open(&note, &origin, key.verifier()), Ok(checkpoint(5)));
        let unknown = Err(CheckpointError::Note(NoteError::UnknownSigners));
        assert_eq!(Checkpoint::open(&note, &origin, other.verifier()), unknown);
        let expected: Origin = "log.example/other".parse().unwrap();
        let another = CheckpointError::Origin { expected: expected.clone(), found: origin.clone() };
        assert_eq!(Checkpoint::open(&note, &expected, key.verifier()), Err(another));
        let changed = note.replace("\n5\n", "\n6\n");
        assert!(matches!(Checkpoint::open(&changed, &origin, key.verifier()), Err(CheckpointError::Note(NoteError::WrongSignature(_)))));
    }

    proptest! {
        #[test]
        fn an_independent_reader_reads_our_checkpoints(name in "[!-~][ -~]{0,30}", size: u64, root: [u8; 32]) {
            let ours = Checkpoint { origin: name.parse().unwrap(), size, root: root.into() };
            let theirs = tlog_tiles::Checkpoint::from_bytes(ours.body().as_bytes()).unwrap();
            prop_assert_eq!((theirs.origin(), theirs.size(), theirs.hash().0), (name.as_str(), size, root));
            prop_assert_eq!(Checkpoint::parse(&ours.body()), Ok(ours));
        }

        #[test]
        fn any_text_gets_an_answer(text in "(.|\n){0,80}") {
            if let Ok(read) = Checkpoint::parse(&text) {
                prop_assert!(text.starts_with(&read.body()));
            }
        }
    }
}
