//! Keys that sign notes, and keys that check them (C2SP signed-note, "Signatures" and "Verifier
//! keys"; C2SP tlog-cosignature for witnesses).
//!
//! It knows Ed25519 only, types 0x01 and 0x04. It makes no seed and stores none. PRIVACY: a signer
//! shows its name and key id, never its secret, which lies in the provider's memory alone and is
//! wiped there when the signer is dropped. INVARIANT: a key's id is the one that its name, type and
//! public key give.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::hash::sha256;
use crate::note::{NoteSignature, excerpt};

/// Bytes in an Ed25519 public key.
pub const PUBLIC_KEY_LEN: usize = 32;

/// What a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Type 0x01: the text of a note, as a log signs its checkpoints (signed-note).
    Log,
    /// Type 0x04: a checkpoint with the time at which a witness saw it (tlog-cosignature).
    Witness,
}

impl KeyKind {
    const fn byte(self) -> u8 {
        match self {
            Self::Log => 0x01,
            Self::Witness => 0x04,
        }
    }
}

/// Why a text or a seed is not a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not `name+id+base64`.
    #[error("`{0}` is not a verifier key: write `name+id+key` as the log's owner printed it")]
    Form(String),
    /// The name is empty, or has a space, a plus or a control character.
    #[error("`{0}` cannot name a key: use letters, digits, dots and slashes")]
    Name(String),
    /// The type is not one of [`KeyKind`]'s, or the key has another length.
    #[error("`{0}` is not an Ed25519 key of type 1 (log) or 4 (witness): ask its owner for one")]
    Type(String),
    /// The id is not the one that name, type and key give.
    #[error("the id in `{0}` does not belong to its name and key: copy the whole line again")]
    Id(String),
    /// The provider refused the seed.
    #[error("the seed of key `{0}` was refused: give 32 bytes")]
    Seed(String),
}

/// A public key with its name. Printed and read as a vkey: `name+hex id+base64(type ‖ key)`.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    kind: KeyKind,
    name: String,
    id: [u8; 4],
    public: [u8; PUBLIC_KEY_LEN],
}

impl Verifier {
    /// A key from its parts.
    ///
    /// # Errors
    /// [`KeyError::Name`] if the name is empty or has a space, a plus or a control character.
    pub fn new(kind: KeyKind, name: &str, public: [u8; PUBLIC_KEY_LEN]) -> Result<Self, KeyError> {
        if !is_key_name(name) {
            return Err(KeyError::Name(excerpt(name)));
        }
        let input = [name.as_bytes(), b"\n", &[kind.byte()], &public].concat();
        let [a, b, c, d, ..] = *sha256(&input).as_bytes();
        Ok(Self { kind, name: name.to_owned(), id: [a, b, c, d], public })
    }

    /// What the key signs.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The name in its signature lines.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first 4 bytes of SHA-256(name ‖ 0x0A ‖ type ‖ key).
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        self.id
    }

    /// The bare public key (RFC 8032 §5.1.5).
    #[must_use]
    pub fn public_key(&self) -> &[u8; PUBLIC_KEY_LEN] {
        &self.public
    }

    /// Whether a signature line says that it is by this key. That is a claim: see
    /// [`Verifier::verifies`].
    #[must_use]
    pub fn is_named_by(&self, signature: &NoteSignature) -> bool {
        signature.name == self.name && signature.key_id == self.id
    }

    /// Whether this key made the signature over the text of a note, its last newline included.
    #[must_use]
    pub fn verifies(&self, text: &str, signature: &NoteSignature) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, &self.public);
        if !self.is_named_by(signature) {
            return false;
        }
        match self.kind {
            KeyKind::Log => key.verify(text.as_bytes(), &signature.bytes).is_ok(),
            KeyKind::Witness => signature.bytes.split_first_chunk().is_some_and(|(time, bytes)| {
                let unix_seconds = u64::from_be_bytes(*time);
                // SPEC: a timestamp never exceeds 2^63 - 1 (tlog-cosignature, "Format").
                i64::try_from(unix_seconds).is_ok() && key.verify(cosigned(text, unix_seconds).as_bytes(), bytes).is_ok()
            }),
        }
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![self.kind.byte()];
        key.extend_from_slice(&self.public);
        write!(f, "{}+{:08x}+{}", self.name, u32::from_be_bytes(self.id), STANDARD.encode(key))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Verifier {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let form = || KeyError::Form(excerpt(text));
        // The base64 part may hold a plus itself.
        let (name, rest) = text.split_once('+').ok_or_else(form)?;
        let (_, encoded) = rest.split_once('+').ok_or_else(form)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| form())?;
        let (kind, public) = match bytes.as_slice() {
            [0x01, public @ ..] => (KeyKind::Log, public),
            [0x04, public @ ..] => (KeyKind::Witness, public),
            _ => return Err(KeyError::Type(excerpt(text))),
        };
        let public = public.try_into().map_err(|_| KeyError::Type(excerpt(text)))?;
        let key = Self::new(kind, name, public)?;
        if key.to_string() == text { Ok(key) } else { Err(KeyError::Id(excerpt(text))) }
    }
}

/// A log's secret key: signs the text of notes (type 0x01).
pub struct Signer {
    pair: Ed25519KeyPair,
    public: Verifier,
}

impl Signer {
    /// The key of a 32-byte Ed25519 seed (RFC 8032 §5.1.5). The caller's seed stays the only copy
    /// outside the provider.
    ///
    /// # Errors
    /// [`KeyError::Name`] or [`KeyError::Seed`].
    pub fn from_seed(name: &str, seed: &Zeroizing<[u8; 32]>) -> Result<Self, KeyError> {
        Self::of_kind(KeyKind::Log, name, seed)
    }

    fn of_kind(kind: KeyKind, name: &str, seed: &Zeroizing<[u8; 32]>) -> Result<Self, KeyError> {
        let refused = || KeyError::Seed(excerpt(name));
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_slice()).map_err(|_| refused())?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| refused())?;
        let public = Verifier::new(kind, name, public)?;
        Ok(Self { pair, public })
    }

    /// The public half, to hand out.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        &self.public
    }

    /// Signs the text of a note, its last newline included.
    #[must_use]
    pub fn sign(&self, text: &str) -> NoteSignature {
        self.line(self.pair.sign(text.as_bytes()).as_ref().to_vec())
    }

    fn line(&self, bytes: Vec<u8>) -> NoteSignature {
        NoteSignature { name: self.public.name.clone(), key_id: self.public.id, bytes }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.public)
    }
}

/// A witness's secret key: says when it saw a checkpoint (type 0x04, cosignature/v1).
#[derive(Debug)]
pub struct Cosigner(Signer);

impl Cosigner {
    /// The key of a 32-byte Ed25519 seed, as [`Signer::from_seed`].
    ///
    /// # Errors
    /// [`KeyError::Name`] or [`KeyError::Seed`].
    pub fn from_seed(name: &str, seed: &Zeroizing<[u8; 32]>) -> Result<Self, KeyError> {
        Signer::of_kind(KeyKind::Witness, name, seed).map(Self)
    }

    /// The public half, to hand out.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        self.0.verifier()
    }

    /// Signs a checkpoint's body as seen at a time in seconds since 1970 (UTC), which is cut to
    /// 2^63 - 1. The witness must have checked before that the log only grew.
    #[must_use]
    pub fn cosign(&self, body: &str, unix_seconds: u64) -> NoteSignature {
        let unix_seconds = unix_seconds.min(i64::MAX as u64);
        let signature = self.0.pair.sign(cosigned(body, unix_seconds).as_bytes());
        let mut bytes = unix_seconds.to_be_bytes().to_vec();
        bytes.extend_from_slice(signature.as_ref());
        self.0.line(bytes)
    }
}

/// The message that a witness signs (tlog-cosignature, "Ed25519 signed message").
fn cosigned(body: &str, unix_seconds: u64) -> String {
    format!("cosignature/v1\ntime {unix_seconds}\n{body}")
}

/// Whether a key may have this name (signed-note, "Format").
pub(crate) fn is_key_name(name: &str) -> bool {
    let banned = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    !name.is_empty() && !name.contains(banned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use signed_note::Verifier as _;

    use super::*;

    const EXAMPLE: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

    fn seed(byte: u8) -> Zeroizing<[u8; 32]> {
        Zeroizing::new([byte; 32])
    }

    #[test]
    fn the_standards_example_key_reads_and_prints_itself() {
        let key: Verifier = EXAMPLE.parse().unwrap();
        assert_eq!((key.name(), key.id()), ("example.com/foo", [0x53, 0x0d, 0x90, 0x3a]));
        assert_eq!(key.to_string(), EXAMPLE);
    }

    #[test]
    fn a_damaged_key_is_refused_with_its_damage() {
        let refused = |text: &str| text.parse::<Verifier>().unwrap_err();
        assert!(matches!(refused("example.com/foo"), KeyError::Form(_)));
        assert!(matches!(refused("example.com/foo+530d903a+*"), KeyError::Form(_)));
        assert!(matches!(refused(&EXAMPLE.replace("530d", "530e")), KeyError::Id(_)));
        assert!(matches!(refused(&EXAMPLE.replace("530d", "530D")), KeyError::Id(_)));
        assert!(matches!(refused(&EXAMPLE.replace("foo", "bar")), KeyError::Id(_)));
        assert!(matches!(refused(&EXAMPLE.replace("foo", "f o")), KeyError::Name(_)));
        assert!(matches!(refused(&EXAMPLE.replace("+Ae", "+Be")), KeyError::Type(_)));
        assert!(matches!(refused("a+00000000+AQ=="), KeyError::Type(_)));
    }

    #[test]
    fn one_public_key_has_another_id_as_a_witness() {
        let (log, witness) = (Signer::from_seed("a", &seed(1)).unwrap(), Cosigner::from_seed("a", &seed(1)).unwrap());
        assert_eq!(log.verifier().public_key(), witness.verifier().public_key());
        assert_ne!(log.verifier().id(), witness.verifier().id());
    }

    #[test]
    fn a_signer_does_not_show_its_seed() {
        let signer = Signer::from_seed("a", &seed(0xAB)).unwrap();
        assert_eq!(format!("{signer:?}"), format!("Signer({})", signer.verifier()));
    }

    #[test]
    fn a_cosignature_holds_for_its_time_only() {
        let witness = Cosigner::from_seed("w", &seed(2)).unwrap();
        let mut line = witness.cosign("log\n0\nroot\n", 1_679_315_147);
        assert!(witness.verifier().verifies("log\n0\nroot\n", &line));
        assert!(!witness.verifier().verifies("log\n1\nroot\n", &line));
        line.bytes[7] ^= 1;
        assert!(!witness.verifier().verifies("log\n0\nroot\n", &line));
        line.bytes.truncate(7);
        assert!(!witness.verifier().verifies("log\n0\nroot\n", &line));
    }

    proptest! {
        #[test]
        fn an_independent_reader_agrees_on_keys_and_signatures(
            bytes: [u8; 32], name in "[a-z]{1,9}(\\.[a-z]{2,3})?(/[a-z0-9]{1,9})?", text in "[ -~]{0,40}\n",
        ) {
            let signer = Signer::from_seed(&name, &Zeroizing::new(bytes)).unwrap();
            let vkey = signer.verifier().to_string();
            prop_assert_eq!(&vkey.parse::<Verifier>().unwrap(), signer.verifier());
            let theirs = signed_note::StandardVerifier::new(&vkey).unwrap();
            prop_assert_eq!(theirs.key_id().to_be_bytes(), signer.verifier().id());
            let signature = signer.sign(&text);
            prop_assert!(theirs.verify(text.as_bytes(), &signature.bytes));
            prop_assert!(signer.verifier().verifies(&text, &signature));
        }

        #[test]
        fn reading_any_text_as_a_key_never_panics(text in ".{0,80}") {
            let _ = text.parse::<Verifier>();
        }
    }
}
