//! Founding a house: its folder, its keys, its trust file, the trial authority, and a first administrator who can enrol everyone else.
//!
//! Writes files only: the log's first records are appended by the first start, from what is kept here. Opens no database.
//!
//! | In the folder | What |
//! |---|---|
//! | `house.toml` | the house file, verbatim |
//! | `server.toml` | how the house is served |
//! | `trust` | by which key its log is verified: to hand out |
//! | `authority.pem`, `server.pem` | the trial authority's certificate, and the server's |
//! | `secret/` | the keys, for the server's owner alone |
//! | `profiles/<post>/` | what the first administrator needs to call: to hand over, and to remove here |
//! | `founding.json` | the first administrator, for the log's first records |
//!
//! INVARIANT: `founding.json` is written last, so a folder that holds it holds a whole house, and an interrupted founding is noticed.
//! INVARIANT: nothing that exists is overwritten.
//! PRIVACY: secrets can be read by the folder's owner only, and no error and no `{:?}` shows one.

mod folder;
mod profile;
mod secrets;
#[cfg(test)]
mod tests;

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use aws_lc_rs::digest;
use barnahus_audit::{KeyError, Signer, Trust, TrustError};
use barnahus_domain::{
    HouseId, PersonId, Time,
    directory::{IssuedCertificate, Mandate},
    house::Definition,
    time::DAY_US,
};
use serde::{Deserialize, Serialize};

pub use profile::{Profile, server_url, write_profile};
pub(crate) use secrets::read_private;
pub use secrets::{Secrets, load_secrets};

use crate::{
    authority::{self, Authority, AuthorityError, NewKey, SigningError},
    clock::{RandomError, random},
    config::{CONFIG_FILE, Config},
    house_file::{self, HouseFile, HouseFileError},
    tls,
};

/// The house file, in the house's folder.
pub const HOUSE_FILE: &str = "house.toml";
/// The trust file, in the house's folder and in each profile.
pub const TRUST_FILE: &str = "trust";
/// What the log's first records say.
const FOUNDING_FILE: &str = "founding.json";
/// Form of [`FOUNDING_FILE`] written now.
const VERSION: u32 = 1;
/// How long the first administrator's mandate is.
const MANDATE_US: i64 = 365 * DAY_US;

/// A house that was founded just now.
#[derive(Debug)]
pub struct Founded {
    /// Its folder.
    pub dir: PathBuf,
    /// The first administrator's profile, a folder.
    pub administrator: PathBuf,
    /// The text of the trust file.
    pub trust: String,
    /// The house's id.
    pub house: HouseId,
    /// What the log's first record says.
    pub definition: Definition,
    /// What its second record says.
    pub first_administrator: FirstAdministrator,
}

/// What the log's first records say, once the house is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Founding {
    /// The house.
    pub house_file: HouseFile,
    /// Who may enrol the others.
    pub first_administrator: FirstAdministrator,
}

/// The person who is enrolled by founding the house.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirstAdministrator {
    /// The pseudonym.
    pub person: PersonId,
    /// The mandate to the first post with the role `ADMINISTRATOR`.
    pub mandate: Mandate,
    /// The certificate.
    pub certificate: IssuedCertificate,
}

/// Why a house cannot be founded, or is not found.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The house file is none.
    #[error("the house file: {0}")]
    HouseFile(#[from] HouseFileError),
    /// There is a house already.
    #[error("`{0}` holds a house already: choose another folder")]
    Exists(PathBuf),
    /// There is something else.
    #[error("`{0}` is not empty: choose an empty or a new folder")]
    NotEmpty(PathBuf),
    /// An earlier founding did not come to its end.
    #[error("a founding was cut off in `{0}`, or is under way there: if none is, remove the folder and run init again")]
    CutOff(PathBuf),
    /// There is no house.
    #[error("`{0}` holds no house: make one with `barnahus-server init`")]
    NoHouse(PathBuf),
    /// The house file is not what the house was founded by.
    #[error("`{0}` was changed after the founding, which changes nothing: put back what it was")]
    Changed(PathBuf),
    /// A file is not what init wrote.
    #[error("`{0}` is damaged: restore it from a backup")]
    Damaged(PathBuf),
    /// A file cannot be read or written.
    #[error("`{}` cannot be read or written: {source}: check that it is there and that the server's owner owns it", tidy(.path))]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The trial authority cannot be made or does not sign.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The first administrator's certificate is not issued.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// The log cannot have this name or key.
    #[error("the log's key: {0}")]
    LogKey(#[from] KeyError),
    /// The trust file cannot be made.
    #[error("the trust file: {0}")]
    Trust(#[from] TrustError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// The form of `founding.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FoundingForm {
    version: u32,
    house_file_sha256: String,
    first_administrator: FirstAdministrator,
}

/// Founds a house in a new or empty folder.
///
/// # Errors
/// If the house file is none (nothing is written then), the folder is not empty, or a file cannot be written.
pub fn found(dir: &Path, house_file: &str, listen: Option<SocketAddr>, now: Time) -> Result<Founded, InitError> {
    let house = house_file::parse(house_file)?;
    let authority = Authority::create(&house.definition.id, now)?;
    let folder = folder::New::create(dir)?;
    folder.write(HOUSE_FILE, house_file)?;

    Config::write_default(dir, listen).map_err(|source| folder.error(CONFIG_FILE, source))?;
    let log_seed = secrets::write_new(&folder)?;
    let trust = trust(&house, &log_seed)?.to_string();
    folder.write(TRUST_FILE, &trust)?;
    folder.write(authority::CERTIFICATE_FILE, authority.certificate_pem())?;
    folder.write_private(authority::KEY_FILE, &authority.key_pem())?;
    let server = authority.issue_server::<&str>(&[], now)?;
    folder.write(tls::CERTIFICATE_FILE, &server.certificate_pem)?;
    folder.write_private(tls::KEY_FILE, &server.key_pem)?;

    let key = NewKey::generate()?;
    let person = PersonId::from_random(random()?);
    let certificate = authority.sign(&key.request_pem, &person, &house.definition.id, now)?;
    let administrator = folder.make_private_dir("profiles")?.join(house.first_administrator.as_str());
    let profile = Profile {
        server: &server_url(listen.unwrap_or(Config::DEFAULT_LISTEN)),
        house: &house.definition.id,
        time_zone: &house.definition.time_zone,
        certificate_pem: &certificate.pem,
        key_pem: &key.key_pem,
        authority_pem: authority.certificate_pem(),
        trust: &trust,
    };
    write_profile(&administrator, &profile).map_err(|source| InitError::File { path: administrator.clone(), source })?;

    let mandate = Mandate { post: house.first_administrator.clone(), from: now, until: now.plus_us(MANDATE_US) };
    let first_administrator = FirstAdministrator { person, mandate, certificate };
    let form = FoundingForm { version: VERSION, house_file_sha256: sha256_hex(house_file), first_administrator };
    let json = serde_json::to_string_pretty(&form).map_err(|source| folder.error(FOUNDING_FILE, source.into()))?;
    folder.finish(FOUNDING_FILE, &json)?;
    let (dir, first_administrator, definition) = (dir.to_owned(), form.first_administrator, house.definition);
    Ok(Founded { dir, administrator, trust, house: definition.id.clone(), definition, first_administrator })
}

/// What the house in this folder was founded by.
///
/// # Errors
/// If there is no whole house, or its house file was changed.
pub fn load_founding(dir: &Path) -> Result<Founding, InitError> {
    let (house_path, founding_path) = (dir.join(HOUSE_FILE), dir.join(FOUNDING_FILE));
    if !exists(&founding_path)? {
        return Err(if exists(&house_path)? { InitError::CutOff(dir.to_owned()) } else { InitError::NoHouse(dir.to_owned()) });
    }
    let text = read(&founding_path)?;
    let form = serde_json::from_str::<FoundingForm>(&text).ok().filter(|form| form.version == VERSION);
    let form = form.ok_or(InitError::Damaged(founding_path))?;
    let house_file = read(&house_path)?;
    if sha256_hex(&house_file) != form.house_file_sha256 {
        return Err(InitError::Changed(house_path));
    }
    Ok(Founding { house_file: house_file::parse(&house_file)?, first_administrator: form.first_administrator })
}

/// Renews the server's own certificate if it is the trial authority's, and ends within 30 days or lacks one of these names.
/// True if there is a new one.
///
/// # Errors
/// If a file cannot be read or written, or the authority cannot sign.
pub fn renew_server_certificate<S: AsRef<str>>(dir: &Path, names: &[S], now: Time) -> Result<bool, InitError> {
    if !exists(&dir.join(authority::KEY_FILE))? {
        return Ok(false);
    }
    let (path, key_path) = (dir.join(tls::CERTIFICATE_FILE), dir.join(tls::KEY_FILE));
    let shown = tls::first_certificate(&path).map_err(|source| InitError::File { path, source })?;
    let key_pem = read_private(&key_path).map_err(|source| InitError::File { path: key_path, source })?;
    let Some(pem) = Authority::load(dir)?.renew_server(&shown, &key_pem, names, now)? else { return Ok(false) };
    folder::replace(dir, tls::CERTIFICATE_FILE, &pem)?;
    Ok(true)
}

/// Whom to believe about the house's log: its own key, and no witness yet.
fn trust(house: &HouseFile, log_seed: &zeroize::Zeroizing<[u8; 32]>) -> Result<Trust, InitError> {
    let signer = Signer::from_seed(house.origin.as_str(), log_seed)?;
    Ok(Trust::new(house.origin.clone(), vec![signer.verifier().clone()], Vec::new(), 0)?)
}

/// A path without the slash at its end.
fn tidy(path: &Path) -> std::path::Display<'_> {
    path.components().as_path().display()
}

fn sha256_hex(text: &str) -> String {
    digest::digest(&digest::SHA256, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn exists(path: &Path) -> Result<bool, InitError> {
    path.try_exists().map_err(|source| InitError::File { path: path.to_owned(), source })
}

fn read(path: &Path) -> Result<String, InitError> {
    fs::read_to_string(path).map_err(|source| InitError::File { path: path.to_owned(), source })
}
