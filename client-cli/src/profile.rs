//! Who a person is here: a folder with their certificate, their key, whom they trust, and the receipts they were given.
//!
//! ```text
//! profile.toml     server, house, and the names of the files below
//! certificate.pem  names the person's pseudonym
//! key.pem          the person's own, mode 0600
//! authority.pem    whom to trust as the server
//! trust            whom to trust about the log; handed over at enrolment, never taken from the server
//! receipts/        see `receipts.rs`
//! ends/            see `kept.rs`
//! ```
//! It reads and writes such folders; it connects to nothing. INVARIANT: an unknown key in `profile.toml` is refused; a key file is
//! written readable by its owner alone.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use barnahus_audit::Trust;
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{
    clock,
    errors::{Exit, Failure},
    times,
};

/// The file that makes a folder a profile.
pub(crate) const SETTINGS: &str = "profile.toml";

/// Days before the end of a certificate from which on it is said.
const WARN_DAYS: i64 = 30;

/// `profile.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// Where the house is: `https://127.0.0.1:7443`.
    pub(crate) server: String,
    /// The name in the server's certificate, where it is not the one in `server`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) server_name: Option<String>,
    /// `houses/varmland`.
    pub(crate) house: String,
    /// The person's certificate, PEM.
    #[serde(default = "certificate")]
    pub(crate) certificate: PathBuf,
    /// Its key, PEM.
    #[serde(default = "key")]
    pub(crate) key: PathBuf,
    /// The server's issuer, PEM.
    #[serde(default = "authority")]
    pub(crate) authority: PathBuf,
    /// The trust file.
    #[serde(default = "trust")]
    pub(crate) trust: PathBuf,
    /// The zone of wall clocks, typed and shown: IANA name; the machine's where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) time_zone: Option<String>,
}

fn certificate() -> PathBuf {
    "certificate.pem".into()
}

fn key() -> PathBuf {
    "key.pem".into()
}

fn authority() -> PathBuf {
    "authority.pem".into()
}

fn trust() -> PathBuf {
    "trust".into()
}

/// A profile that was found and read.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// Its settings.
    pub(crate) settings: Settings,
    /// Its time zone.
    pub(crate) zone: TimeZone,
}

impl Profile {
    /// Finds and reads a profile by its folder or its name below `profiles`.
    pub(crate) fn open(wanted: Option<&str>, profiles: Option<&Path>) -> Result<Self, Failure> {
        let wanted = wanted.filter(|wanted| !wanted.is_empty()).ok_or_else(|| Failure::new(Exit::Usage, "fail-profile-none"))?;
        let folder = locate(wanted, profiles);
        let file = folder.join(SETTINGS);
        let text = fs::read_to_string(&file)
            .map_err(|error| Failure::new(Exit::Usage, "fail-profile-missing").with("path", file.display()).technical(error))?;
        let settings = settings(&text)
            .map_err(|error| Failure::new(Exit::Usage, "fail-profile-invalid").with("path", file.display()).with("error", error))?;
        let zone = match &settings.time_zone {
            None => clock::zone(),
            Some(name) => TimeZone::get(name).map_err(|_| {
                let error = format!("time_zone `{name}`");
                Failure::new(Exit::Usage, "fail-profile-invalid").with("path", file.display()).with("error", error)
            })?,
        };
        Ok(Self { folder, settings, zone })
    }

    /// A file that the settings name, read.
    pub(crate) fn read(&self, file: &Path) -> Result<String, Failure> {
        let path = self.folder.join(file);
        fs::read_to_string(&path).map_err(|error| Failure::file("fail-profile-file", &path, &error))
    }

    /// Whom to trust about the log.
    pub(crate) fn trust(&self) -> Result<Trust, Failure> {
        read_trust(&self.folder.join(&self.settings.trust))
    }

    /// Where receipts are kept.
    pub(crate) fn receipts(&self) -> PathBuf {
        self.folder.join("receipts")
    }
}

/// Reads a trust file.
pub(crate) fn read_trust(path: &Path) -> Result<Trust, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::file("fail-trust-file", path, &error))?;
    text.parse().map_err(|error| Failure::new(Exit::Other, "fail-trust-invalid").with("path", path.display()).with("error", error))
}

/// When a certificate ends, if that is soon or past.
pub(crate) fn ends_soon(certificate: &str, now: Timestamp) -> Option<Timestamp> {
    let (_, pem) = x509_parser::pem::parse_x509_pem(certificate.as_bytes()).ok()?;
    let end = Timestamp::from_second(pem.parse_x509().ok()?.validity().not_after.timestamp()).ok()?;
    (end <= times::days_after(now, WARN_DAYS)).then_some(end)
}

/// Makes a folder that its owner alone may enter.
pub(crate) fn private_folder(path: &Path) -> Result<(), Failure> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path).map_err(|error| Failure::file("fail-write", path, &error))
}

/// Writes a file that is not there yet, readable by its owner alone.
pub(crate) fn private_file(path: &Path, text: &str) -> Result<(), Failure> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|error| Failure::file("fail-write", path, &error))
}

fn settings(text: &str) -> Result<Settings, String> {
    let settings: Settings = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    if !settings.server.starts_with("https://") {
        return Err(format!("server `{}`: https://", settings.server));
    }
    match settings.house.strip_prefix("houses/") {
        Some(id) if !id.is_empty() && !id.contains('/') => Ok(settings),
        _ => Err(format!("house `{}`: houses/…", settings.house)),
    }
}

fn locate(wanted: &str, profiles: Option<&Path>) -> PathBuf {
    let path = PathBuf::from(wanted);
    match profiles {
        Some(profiles) if !wanted.contains(['/', std::path::MAIN_SEPARATOR]) && !path.is_dir() => profiles.join(wanted),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Lang, Words};

    const MINIMAL: &str = "server = \"https://127.0.0.1:7443\"\nhouse = \"houses/varmland\"\n";

    #[test]
    fn a_profile_names_its_files_or_takes_the_usual_names() {
        let settings = settings(MINIMAL).unwrap();
        assert_eq!((settings.key, settings.trust, settings.server_name), ("key.pem".into(), "trust".into(), None));
        let whole = format!(
            "{MINIMAL}server_name = \"localhost\"\ncertificate = \"a\"\nkey = \"b\"\nauthority = \"c\"\ntrust = \"d\"\ntime_zone = \"Europe/Stockholm\"\n"
        );
        let settings = super::settings(&whole).unwrap();
        assert_eq!((settings.certificate.to_str(), settings.server_name.as_deref()), (Some("a"), Some("localhost")));
        assert_eq!(super::settings(&toml::to_string(&settings).unwrap()).unwrap(), settings);
    }

    #[test]
    fn an_unknown_key_a_plain_connection_and_a_wrong_house_are_refused() {
        assert!(settings(&format!("{MINIMAL}kye = \"key.pem\"\n")).unwrap_err().contains("kye"));
        assert!(settings(&MINIMAL.replace("https", "http")).is_err());
        assert!(settings(&MINIMAL.replace("houses/varmland", "varmland")).is_err());
        assert!(settings(&MINIMAL.replace("houses/varmland", "houses/a/cases/b")).is_err());
    }

    #[test]
    fn a_profile_is_a_folder_or_a_name_and_without_one_it_is_said_how_to_get_it() {
        let home = tempfile::tempdir().unwrap();
        private_folder(&home.path().join("prosecutor-1")).unwrap();
        fs::write(home.path().join("prosecutor-1").join(SETTINGS), MINIMAL).unwrap();
        let by_name = Profile::open(Some("prosecutor-1"), Some(home.path())).unwrap();
        let by_path = Profile::open(by_name.folder.to_str(), None).unwrap();
        assert_eq!(by_path.settings.house, "houses/varmland");
        assert_eq!(by_path.receipts(), home.path().join("prosecutor-1/receipts"));

        let none = Profile::open(None, Some(home.path())).unwrap_err();
        assert!(none.exit == Exit::Usage && none.tell(Words { lang: Lang::En }, false).contains("barnahus admin enroll"));
        let missing = Profile::open(Some("nobody"), Some(home.path())).unwrap_err().tell(Words { lang: Lang::Sv }, false);
        assert!(missing.contains("nobody"), "{missing}");
    }

    #[test]
    fn what_is_private_is_its_owners_alone_and_is_never_overwritten() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("p");
        private_folder(&folder).unwrap();
        private_file(&folder.join("key.pem"), "secret").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&folder.join("key.pem"))), (0o700, 0o600));
        assert!(private_file(&folder.join("key.pem"), "other").is_err());
    }

    #[test]
    fn a_certificate_warns_from_thirty_days_before_its_end() {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.not_after = rcgen::date_time_ymd(2027, 1, 31);
        let certificate = params.self_signed(&key).unwrap().pem();
        let at = |time: &str| ends_soon(&certificate, time.parse().unwrap());
        assert_eq!(at("2026-12-31T00:00:00Z"), None);
        assert_eq!(at("2027-01-02T00:00:00Z"), Some("2027-01-31T00:00:00Z".parse().unwrap()));
        assert!(at("2027-03-01T00:00:00Z").is_some());
        assert_eq!(ends_soon("no certificate", Timestamp::MAX), None);
    }
}
