//! What a verifier trusts beforehand: which log, by which keys, seen by how many of which witnesses.
//!
//! It is handed over at enrolment, on another way than what it verifies; it is never taken from an
//! export, a receipt or a server. It is a text file of one item a line:
//!
//! ```text
//! barnahus-trust v1
//! # Blank lines and lines that start with # are passed over.
//! origin log.example/house
//! log log.example/house+<id>+<key>
//! witness witness.example/region+<id>+<key>
//! k 1
//! ```
//!
//! `log` may stand more than once, while keys change. `k` says how many of the witnesses must have
//! signed; it must stand where witnesses do. To have an authority other than the host among any k,
//! let k exceed the number of witnesses that the host runs. INVARIANT: no public key stands twice,
//! so that nobody counts as two.

use std::fmt;
use std::str::FromStr;

use crate::checkpoint::{Checkpoint, CheckpointError, Origin, decimal};
use crate::key::{KeyError, KeyKind, Verifier};
use crate::note::{SignedNote, excerpt};

const HEADER: &str = "barnahus-trust v1";

/// Whom to believe about one log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    origin: Origin,
    logs: Vec<Verifier>,
    witnesses: Vec<Verifier>,
    k: usize,
}

/// A checkpoint whose signatures have been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// What was signed.
    pub checkpoint: Checkpoint,
    /// The names of the trusted witnesses that signed it, each once.
    pub witnesses: Vec<String>,
}

/// Why a trust file is not one. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// The first line is another.
    #[error("line 1 is not `{HEADER}`: this is no trust file, or one for a newer program")]
    Header,
    /// A line starts with no known word.
    #[error("line {line}: `{text}` is not an item: write `origin`, `log`, `witness` or `k`")]
    Item {
        /// The line.
        line: usize,
        /// What it says.
        text: String,
    },
    /// A word that may stand once stands again.
    #[error("line {line}: `{word}` stands a second time: keep one of the two lines")]
    Twice {
        /// The second line.
        line: usize,
        /// `origin` or `k`.
        word: &'static str,
    },
    /// The name of the log is none.
    #[error("line {line}: {source}")]
    Origin {
        /// The line.
        line: usize,
        /// What is wrong.
        source: CheckpointError,
    },
    /// A key is none.
    #[error("line {line}: {source}")]
    Key {
        /// The line.
        line: usize,
        /// What is wrong.
        source: KeyError,
    },
    /// `k` is not a number.
    #[error("line {line}: `{text}` is not a number of witnesses: write digits only")]
    K {
        /// The line.
        line: usize,
        /// What stands there.
        text: String,
    },
    /// There is no such line.
    #[error("the line `{0}` is missing: ask the log's owner for the whole file")]
    Missing(&'static str),
    /// A witness's key stands as a log's, or the other way round.
    #[error("`{0}` is of the other kind: a log's key has type 1, a witness's type 4")]
    Kind(String),
    /// One public key stands in two lines.
    #[error("the key of `{0}` stands twice: nobody may count as two")]
    SameKey(String),
    /// More witnesses are needed than there are.
    #[error("`{k}` witnesses are needed but `{witnesses}` are named: lower `k` or name more")]
    TooFewWitnesses {
        /// Witnesses that must sign.
        k: usize,
        /// Witnesses that are named.
        witnesses: usize,
    },
}

impl Trust {
    /// Trust in one log by one key or more, and in `k` of the given witnesses.
    ///
    /// # Errors
    /// `Missing` without a log key, `Kind`, `SameKey` or `TooFewWitnesses`.
    pub fn new(origin: Origin, logs: Vec<Verifier>, witnesses: Vec<Verifier>, k: usize) -> Result<Self, TrustError> {
        if logs.is_empty() {
            return Err(TrustError::Missing("log"));
        }
        let kinds = [(&logs, KeyKind::Log), (&witnesses, KeyKind::Witness)];
        let mut seen: Vec<&Verifier> = Vec::new();
        for (key, kind) in kinds.iter().flat_map(|(keys, kind)| keys.iter().map(move |key| (key, kind))) {
            if key.kind() != *kind {
                return Err(TrustError::Kind(key.name().to_owned()));
            }
            if seen.iter().any(|other| other.public_key() == key.public_key()) {
                return Err(TrustError::SameKey(key.name().to_owned()));
            }
            seen.push(key);
        }
        if k > witnesses.len() {
            return Err(TrustError::TooFewWitnesses { k, witnesses: witnesses.len() });
        }
        Ok(Self { origin, logs, witnesses, k })
    }

    /// The log.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The log's keys, at least one.
    #[must_use]
    pub fn logs(&self) -> &[Verifier] {
        &self.logs
    }

    /// The witnesses.
    #[must_use]
    pub fn witnesses(&self) -> &[Verifier] {
        &self.witnesses
    }

    /// How many of the witnesses must have signed.
    #[must_use]
    pub fn k(&self) -> usize {
        self.k
    }

    /// Reads a signed checkpoint and checks all: a log key's signature, the origin, and at least k
    /// witnesses' cosignatures (tlog-proof, "Verifying", steps 2 and 3). Times are not judged.
    ///
    /// # Errors
    /// [`CheckpointError`] of any kind.
    pub fn open(&self, note: &str) -> Result<Opened, CheckpointError> {
        let opened = self.open_unwitnessed(note)?;
        let found = opened.witnesses.len();
        if found < self.k {
            return Err(CheckpointError::TooFewWitnesses { found, k: self.k });
        }
        Ok(opened)
    }

    /// As [`Trust::open`], but content with fewer witnesses: for a checkpoint so new that none has
    /// come by. The log alone answers for it until it is held against a later, witnessed one.
    ///
    /// # Errors
    /// [`CheckpointError`] of any kind but `TooFewWitnesses`.
    pub fn open_unwitnessed(&self, note: &str) -> Result<Opened, CheckpointError> {
        let note: SignedNote = note.parse()?;
        note.verify(&self.logs)?;
        let checkpoint = Checkpoint::of_log(&note, &self.origin)?;
        let witnesses = note.signers(&self.witnesses)?.into_iter().map(|key| key.name().to_owned());
        Ok(Opened { checkpoint, witnesses: witnesses.collect() })
    }
}

impl fmt::Display for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}\norigin {}", self.origin)?;
        self.logs.iter().try_for_each(|key| writeln!(f, "log {key}"))?;
        self.witnesses.iter().try_for_each(|key| writeln!(f, "witness {key}"))?;
        writeln!(f, "k {}", self.k)
    }
}

impl FromStr for Trust {
    type Err = TrustError;

    fn from_str(text: &str) -> Result<Self, TrustError> {
        let mut lines = text.lines();
        if lines.next() != Some(HEADER) {
            return Err(TrustError::Header);
        }
        let (mut origin, mut k) = (None, None);
        let (mut logs, mut witnesses) = (Vec::new(), Vec::new());
        for (line, text) in (2..).zip(lines).filter(|(_, text)| !text.is_empty() && !text.starts_with('#')) {
            match text.split_once(' ') {
                Some(("origin", name)) => {
                    let name = name.parse().map_err(|source| TrustError::Origin { line, source })?;
                    once(&mut origin, name, "origin", line)?;
                }
                Some(("k", number)) => {
                    let read = decimal(number).and_then(|number| number.try_into().ok());
                    let number = read.ok_or_else(|| TrustError::K { line, text: excerpt(number) })?;
                    once(&mut k, number, "k", line)?;
                }
                Some(("log", key)) => logs.push(read_key(line, key)?),
                Some(("witness", key)) => witnesses.push(read_key(line, key)?),
                _ => return Err(TrustError::Item { line, text: excerpt(text) }),
            }
        }
        if k.is_none() && !witnesses.is_empty() {
            return Err(TrustError::Missing("k"));
        }
        let origin = origin.ok_or(TrustError::Missing("origin"))?;
        Self::new(origin, logs, witnesses, k.unwrap_or(0))
    }
}

fn read_key(line: usize, text: &str) -> Result<Verifier, TrustError> {
    text.parse().map_err(|source| TrustError::Key { line, source })
}

fn once<T>(place: &mut Option<T>, value: T, word: &'static str, line: usize) -> Result<(), TrustError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(TrustError::Twice { line, word }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use zeroize::Zeroizing;

    use super::*;
    use crate::hash::EMPTY_ROOT;
    use crate::key::{Cosigner, Signer};
    use crate::note::NoteError;

    fn log(byte: u8) -> Signer {
        Signer::from_seed("log.example/house", &Zeroizing::new([byte; 32])).unwrap()
    }

    fn witness(byte: u8) -> Cosigner {
        Cosigner::from_seed(&format!("witness.example/{byte}"), &Zeroizing::new([byte; 32])).unwrap()
    }

    fn trust(k: usize) -> Trust {
        let witnesses = [11, 12, 13].map(|byte| witness(byte).verifier().clone());
        let logs = vec![log(1).verifier().clone(), log(2).verifier().clone()];
        Trust::new(checkpoint().origin, logs, witnesses.into(), k).unwrap()
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint { origin: "log.example/house".parse().unwrap(), size: 9, root: EMPTY_ROOT }
    }

    fn cosigned(by: &[u8]) -> String {
        let mut note: SignedNote = checkpoint().sign(&log(1)).parse().unwrap();
        by.iter().for_each(|byte| note.add(witness(*byte).cosign(&checkpoint().body(), 1_800_000_000)));
        note.to_string()
    }

    #[test]
    fn a_trust_file_reads_back_what_it_printed() {
        for k in 0..=3 {
            assert_eq!(trust(k).to_string().parse(), Ok(trust(k)));
        }
    }

    #[test]
    fn comments_and_blank_lines_are_passed_over() {
        let text = trust(1).to_string().replace("k 1", "\n# Two of ours.\nk 1");
        assert_eq!(text.parse(), Ok(trust(1)));
    }

    #[test]
    fn an_error_names_its_line() {
        let text = trust(1).to_string();
        let refused = |from: &str, to: &str| text.replace(from, to).parse::<Trust>().unwrap_err();
        assert_eq!(refused("v1", "v2"), TrustError::Header);
        assert_eq!(refused("\nk 1", "\nq 1"), TrustError::Item { line: 8, text: "q 1".to_owned() });
        assert_eq!(refused("k 1", "k 1\nk 1"), TrustError::Twice { line: 9, word: "k" });
        assert_eq!(refused("k 1", "k +1"), TrustError::K { line: 8, text: "+1".to_owned() });
        assert_eq!(refused("k 1\n", ""), TrustError::Missing("k"));
        assert_eq!(refused("origin log.example/house\n", ""), TrustError::Missing("origin"));
        assert!(matches!(refused("origin log.example/house", "origin \u{2014} a"), TrustError::Origin { line: 2, .. }));
        assert!(matches!(refused("witness.example/11", "witness.example/14"), TrustError::Key { line: 5, .. }));
        let shown = refused("k 1", "k x").to_string();
        assert_eq!(shown, "line 8: `x` is not a number of witnesses: write digits only");
    }

    #[test]
    fn a_trust_that_would_count_wrongly_is_refused() {
        let (key, other) = (log(1).verifier().clone(), witness(11).verifier().clone());
        let made = |logs: &[&Verifier], witnesses: &[&Verifier], k| {
            let owned = |keys: &[&Verifier]| keys.iter().map(|key| (*key).clone()).collect();
            Trust::new(checkpoint().origin, owned(logs), owned(witnesses), k).unwrap_err()
        };
        assert_eq!(made(&[], &[&other], 1), TrustError::Missing("log"));
        assert_eq!(made(&[&key], &[&other], 2), TrustError::TooFewWitnesses { k: 2, witnesses: 1 });
        assert!(matches!(made(&[&other], &[], 0), TrustError::Kind(_)));
        assert!(matches!(made(&[&key], &[&key], 1), TrustError::Kind(_)));
        let renamed = Verifier::new(KeyKind::Witness, "witness.example/other", *other.public_key()).unwrap();
        assert!(matches!(made(&[&key], &[&other, &renamed], 2), TrustError::SameKey(_)));
        let own = Verifier::new(KeyKind::Witness, "witness.example/own", *key.public_key()).unwrap();
        assert!(matches!(made(&[&key], &[&own], 1), TrustError::SameKey(_)));
    }

    #[test]
    fn fewer_than_k_witnesses_are_too_few() {
        let too_few = |found, k| Err(CheckpointError::TooFewWitnesses { found, k });
        assert_eq!(trust(1).open(&cosigned(&[])), too_few(0, 1));
        assert_eq!(trust(2).open(&cosigned(&[12])), too_few(1, 2));
        // A witness that signs twice, and one that nobody named, count for nothing more.
        assert_eq!(trust(2).open(&cosigned(&[12, 12, 99])), too_few(1, 2));
        let opened = trust(2).open(&cosigned(&[13, 11])).unwrap();
        assert_eq!(opened.witnesses, ["witness.example/11", "witness.example/13"]);
        assert_eq!(trust(2).open_unwitnessed(&cosigned(&[])).unwrap().checkpoint, checkpoint());
    }

    #[test]
    fn witnesses_do_not_replace_the_log() {
        let mut note = SignedNote::new(checkpoint().body()).unwrap();
        note.add(witness(11).cosign(&checkpoint().body(), 1));
        let unknown = Err(CheckpointError::Note(NoteError::UnknownSigners));
        assert_eq!(trust(1).open(&note.to_string()), unknown);
    }

    #[test]
    fn either_of_two_log_keys_is_enough_while_keys_change() {
        for byte in [1, 2] {
            assert!(trust(0).open(&checkpoint().sign(&log(byte))).is_ok());
        }
        assert!(trust(0).open(&checkpoint().sign(&log(3))).is_err());
    }

    proptest! {
        #[test]
        fn any_text_gets_an_answer(text in "(barnahus-trust v1\n)?((log|k|origin|witness) )?(.|\n){0,60}") {
            let _ = text.parse::<Trust>();
        }
    }
}
