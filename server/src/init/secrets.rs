//! The keys that a server needs: for content, for the log, for tokens. Each is 32 random bytes, kept as 64 hex digits.

use std::{
    fmt,
    fs::File,
    io::{self, Read as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use zeroize::Zeroizing;

use super::{InitError, folder};
use crate::clock::random;

const DIR: &str = "secret";
const HOUSE_KEY: &str = "secret/house.key";
const LOG_KEY: &str = "secret/log.key";
const TOKEN_KEY: &str = "secret/token.key";
/// More than any secret file has.
const FILE_MAX: u64 = 64 * 1024;

/// The keys of a house.
pub struct Secrets {
    /// Wraps the content keys.
    pub house_key: Zeroizing<[u8; 32]>,
    /// The seed of the key that signs the log.
    pub log_seed: Zeroizing<[u8; 32]>,
    /// Seals page and resume tokens.
    pub token_key: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}

/// The keys of the house in this folder.
///
/// # Errors
/// If one is missing, damaged, or can be read by others.
pub fn load_secrets(dir: &Path) -> Result<Secrets, InitError> {
    Ok(Secrets { house_key: load(dir, HOUSE_KEY)?, log_seed: load(dir, LOG_KEY)?, token_key: load(dir, TOKEN_KEY)? })
}

/// Makes the keys of a new house; gives back the log's seed.
pub(super) fn write_new(folder: &folder::New<'_>) -> Result<Zeroizing<[u8; 32]>, InitError> {
    folder.make_private_dir(DIR)?;
    let mut log_seed = Zeroizing::new([0; 32]);
    for name in [HOUSE_KEY, LOG_KEY, TOKEN_KEY] {
        let key = Zeroizing::new(random::<32>()?);
        folder.write_private(name, &to_hex(&key))?;
        if name == LOG_KEY {
            log_seed = key;
        }
    }
    Ok(log_seed)
}

/// The text of a file that only its owner can read.
///
/// # Errors
/// If it cannot be read, or could be by others.
pub(crate) fn read_private(path: &Path) -> io::Result<Zeroizing<String>> {
    let file = File::open(path)?;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        let problem = "others can use this file: take their rights away with `chmod 600`, and consider whether they have read it";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, problem));
    }
    // With room for all, so that no copy is left behind where the text would have grown.
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(file.metadata()?.len().min(FILE_MAX)).unwrap_or(0) + 1));
    file.take(FILE_MAX).read_to_string(&mut text)?;
    Ok(text)
}

fn load(dir: &Path, name: &str) -> Result<Zeroizing<[u8; 32]>, InitError> {
    let path = dir.join(name);
    let text = read_private(&path).map_err(|source| InitError::File { path: path.clone(), source })?;
    from_hex(text.trim_end()).ok_or(InitError::Damaged(path))
}

fn to_hex(key: &[u8; 32]) -> Zeroizing<String> {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    let mut text = Zeroizing::new(String::with_capacity(65));
    for byte in key {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text.push('\n');
    text
}

fn from_hex(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut key = Zeroizing::new([0; 32]);
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != key.len() || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in key.iter_mut().zip(pairs) {
        let digit = |letter: u8| char::from(letter).to_digit(16);
        *byte = u8::try_from(digit(*high)? << 4 | digit(*low)?).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_what_was_written() {
        let key: [u8; 32] = std::array::from_fn(|at| u8::try_from(at * 8).unwrap());
        let text = to_hex(&key);
        assert_eq!(text.len(), 65);
        assert_eq!(*from_hex(text.trim_end()).unwrap(), key);
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let text = "ab".repeat(32);
        for wrong in [&text[1..], &text[2..], &text.replacen('a', "g", 1), &format!("{text}ab"), "", "+a"] {
            assert!(from_hex(wrong).is_none(), "{wrong}");
        }
    }
}
