//! Keys for content: each text is sealed under the key of its case and the authority that wrote it, bound to where it stands.
//!
//! Keys lie wrapped in the key store, apart from the database; the key that wraps them lies outside both. Does not decide who may read.
//! INVARIANT: a key is durable in the key store before anything is sealed under it.
//! PRIVACY: nothing here shows a key or a text in `{:?}` or in an error.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError, RwLock},
};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey},
    hkdf, hmac,
};
use barnahus_domain::{Alias, AuthorityId, HouseId, Time};
use barnahus_store::{Content, Key, KeyStore};
use zeroize::Zeroizing;

use crate::clock::{RandomError, random};

/// First byte of everything sealed: the form `version ‖ 12-byte nonce ‖ ciphertext ‖ 16-byte tag`.
const VERSION: u8 = 1;
const NONCE_LEN: usize = 12;

/// Why a text cannot be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key is not in the key store.
    #[error("content key `{0}` is not in the key store: restore the key store that belongs to this database")]
    Missing(String),
    /// What is sealed does not fit its place or key.
    #[error("the content of record {index} does not open: it was changed, or the house key is another one")]
    Unsealed {
        /// The record.
        index: u64,
    },
    /// The key store holds something that the house key does not open.
    #[error("content key `{0}` does not open with this house key: put back the `secret/house.key` of this house")]
    Wrapped(String),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The key store failed.
    #[error("the key store: {0}")]
    Store(#[from] barnahus_store::Error),
    /// The crypto library refused.
    #[error("the crypto library refused an operation that cannot fail: restart the server")]
    Crypto,
}

/// One content key, and what is derived from it.
struct ContentKey {
    id: String,
    seal: RandomizedNonceKey,
    commit: hmac::Key,
}

/// A sealed text and the commitment to it.
pub struct Sealed {
    /// Where it is kept.
    pub content: Content,
    /// HMAC-SHA-256 of place and text, under a key derived from the content key.
    pub commitment: [u8; 32],
}

/// All content keys of a house. The clerk makes them; everybody who answers uses them.
pub struct Vault {
    house: HouseId,
    wrap: RandomizedNonceKey,
    store: KeyStore,
    keys: RwLock<Keys>,
}

/// Whose content: the case, and the authority that wrote it.
type Scope = (Alias, AuthorityId);

#[derive(Default)]
struct Keys {
    by_scope: HashMap<Scope, Arc<ContentKey>>,
    by_id: HashMap<String, Arc<ContentKey>>,
}

impl Vault {
    /// Reads and unwraps the key store.
    ///
    /// # Errors
    /// If a key does not open with this house key.
    pub async fn open(house: HouseId, house_key: &Zeroizing<[u8; 32]>, store: KeyStore) -> Result<Self, KeyError> {
        let wrap = RandomizedNonceKey::new(&AES_256_GCM, house_key.as_slice()).map_err(|_| KeyError::Crypto)?;
        let vault = Self { house, wrap, store, keys: RwLock::default() };
        for row in vault.store.all().await? {
            if row.destroyed_at_us.is_some() {
                continue;
            }
            let scope = row.case_alias.as_deref().and_then(Alias::parse).zip(AuthorityId::parse(&row.authority));
            let scope = scope.ok_or_else(|| KeyError::Wrapped(row.key_id.clone()))?;
            let aad = vault.wrap_aad(&row.key_id, &scope);
            let raw = open(&vault.wrap, &row.wrapped, aad.as_bytes()).ok_or_else(|| KeyError::Wrapped(row.key_id.clone()))?;
            vault.keep(scope, row.key_id, &Zeroizing::new(raw))?;
        }
        Ok(vault)
    }

    /// Checks that the key store is the one that belongs to what is sealed: it knows each of these keys, if only as destroyed.
    ///
    /// # Errors
    /// If it lacks one.
    pub async fn check(&self, sealed_under: &[String]) -> Result<(), KeyError> {
        let known: HashSet<String> = self.store.all().await?.into_iter().map(|key| key.key_id).collect();
        sealed_under.iter().find(|id| !known.contains(*id)).map_or(Ok(()), |id| Err(KeyError::Missing(id.clone())))
    }

    /// Makes the keys that these scopes lack, durable before this returns.
    ///
    /// # Errors
    /// If the key store cannot write; nothing may be sealed then.
    pub async fn ensure<'a>(&self, scopes: impl Iterator<Item = (&'a Alias, &'a AuthorityId)>, now: Time) -> Result<(), KeyError> {
        let mut made: Vec<(Key, Scope, Zeroizing<Vec<u8>>)> = Vec::new();
        for (alias, authority) in scopes {
            let scope = (alias.clone(), authority.clone());
            if self.by_scope(&scope).is_some() || made.iter().any(|(_, known, _)| *known == scope) {
                continue;
            }
            let raw = Zeroizing::new(random::<32>()?.to_vec());
            let id: String = random::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect();
            let wrapped = seal(&self.wrap, &raw, self.wrap_aad(&id, &scope).as_bytes())?;
            let (case_alias, authority) = (Some(alias.to_string()), authority.to_string());
            let key = Key { key_id: id, case_alias, authority, wrapped, created_at_us: now.0, destroyed_at_us: None };
            made.push((key, scope, raw));
        }
        if made.is_empty() {
            return Ok(());
        }
        let rows: Vec<Key> = made.iter().map(|(key, _, _)| key.clone()).collect();
        self.store.insert(&rows).await?;
        for (key, scope, raw) in made {
            self.keep(scope, key.key_id, &raw)?;
        }
        Ok(())
    }

    /// Seals a text for its place: this record, this field.
    ///
    /// # Errors
    /// If the scope has no key yet.
    pub fn seal(&self, alias: &Alias, authority: &AuthorityId, index: u64, field: &str, text: &str) -> Result<Sealed, KeyError> {
        let scope = (alias.clone(), authority.clone());
        let key = self.by_scope(&scope).ok_or_else(|| KeyError::Missing(format!("{alias}/{authority}")))?;
        let sealed = seal(&key.seal, text.as_bytes(), self.aad(index, field).as_bytes())?;
        let mut commitment = [0; 32];
        let mut context = hmac::Context::with_key(&key.commit);
        // Bound to its place, so that equal texts do not show as equal.
        context.update(self.aad(index, field).as_bytes());
        context.update(b"\n");
        context.update(text.as_bytes());
        commitment.copy_from_slice(context.sign().as_ref());
        Ok(Sealed { content: Content { index, field: field.to_owned(), key_id: key.id.clone(), sealed }, commitment })
    }

    /// Opens what was sealed for its place.
    ///
    /// # Errors
    /// If the key is gone, or the content does not fit its place.
    pub fn unseal(&self, content: &Content) -> Result<String, KeyError> {
        let key = self.keys.read().unwrap_or_else(PoisonError::into_inner).by_id.get(&content.key_id).cloned();
        let key = key.ok_or_else(|| KeyError::Missing(content.key_id.clone()))?;
        let text = open(&key.seal, &content.sealed, self.aad(content.index, &content.field).as_bytes());
        text.and_then(|text| String::from_utf8(text).ok()).ok_or(KeyError::Unsealed { index: content.index })
    }

    fn by_scope(&self, scope: &Scope) -> Option<Arc<ContentKey>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).by_scope.get(scope).cloned()
    }

    fn keep(&self, scope: Scope, id: String, raw: &Zeroizing<Vec<u8>>) -> Result<(), KeyError> {
        let seal = RandomizedNonceKey::new(&AES_256_GCM, raw).map_err(|_| KeyError::Crypto)?;
        let key = Arc::new(ContentKey { id: id.clone(), seal, commit: commitment_key(raw)? });
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.by_scope.insert(scope, Arc::clone(&key));
        keys.by_id.insert(id, key);
        Ok(())
    }

    fn aad(&self, index: u64, field: &str) -> String {
        format!("barnahus content v1\n{}\n{index}\n{field}", self.house)
    }

    fn wrap_aad(&self, id: &str, (alias, authority): &Scope) -> String {
        format!("barnahus key v1\n{}\n{id}\n{alias}\n{authority}", self.house)
    }
}

/// SPEC: RFC 5869; the info separates this use from sealing.
fn commitment_key(raw: &[u8]) -> Result<hmac::Key, KeyError> {
    let derived = hkdf::Salt::new(hkdf::HKDF_SHA256, b"barnahus").extract(raw);
    let material = derived.expand(&[b"commitment v1"], hmac::HMAC_SHA256).map_err(|_| KeyError::Crypto)?;
    Ok(material.into())
}

fn seal(key: &RandomizedNonceKey, text: &[u8], aad: &[u8]) -> Result<Vec<u8>, KeyError> {
    let mut body = text.to_vec();
    let nonce = key.seal_in_place_append_tag(Aad::from(aad), &mut body).map_err(|_| KeyError::Crypto)?;
    let mut sealed = Vec::with_capacity(1 + NONCE_LEN + body.len());
    sealed.push(VERSION);
    sealed.extend_from_slice(nonce.as_ref());
    sealed.extend_from_slice(&body);
    Ok(sealed)
}

fn open(key: &RandomizedNonceKey, sealed: &[u8], aad: &[u8]) -> Option<Vec<u8>> {
    let (version, rest) = sealed.split_first()?;
    if *version != VERSION {
        return None;
    }
    let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>()?;
    let mut body = body.to_vec();
    let length = key.open_in_place(Nonce::from(nonce), Aad::from(aad), &mut body).ok()?.len();
    body.truncate(length);
    Some(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = *b"a key of 32 bytes that is no key";
    const PLACE: &str = "barnahus content v1\nvarmland\n7\ntext";
    const TEXT: &str = "var är syskonen";

    /// Content version 1: 1, nonce, AES-256-GCM of the text with its place, tag. What houses keep must be read for as long as they keep it.
    #[test]
    fn content_that_was_sealed_in_version_1_is_opened() {
        let sealed = bytes("01000102030405060708090a0b0acd94b6fb2d1f31f0e0f9692742d5035b67be49c5da8c5e2a1622eae12afe41");
        let key = RandomizedNonceKey::new(&AES_256_GCM, &KEY).unwrap();
        assert_eq!(open(&key, &sealed, PLACE.as_bytes()).as_deref(), Some(TEXT.as_bytes()));
        assert_eq!(open(&key, &sealed, b"barnahus content v1\nvarmland\n8\ntext"), None, "bound to its place");
        let again = seal(&key, TEXT.as_bytes(), PLACE.as_bytes()).unwrap();
        assert_eq!((again.len(), again.first()), (sealed.len(), sealed.first()));
    }

    #[test]
    fn the_commitment_of_version_1_is_what_it_was() {
        let mut context = hmac::Context::with_key(&commitment_key(&KEY).unwrap());
        context.update(format!("{PLACE}\n{TEXT}").as_bytes());
        assert_eq!(context.sign().as_ref(), bytes("880d37b6422f84de05a2f2febc62fb28f501c065f56ea775540ddc318e96d859"));
    }

    fn bytes(hex: &str) -> Vec<u8> {
        hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }
}
