//! The settings of one house's server: `server.toml` in the house's folder, and the few that the environment may override.
//!
//! The one place of the server that reads the environment. Settings say how a house is served, never what it is or who may do what: that
//! is in its log. PRIVACY: a database's address may hold a password, so no error and no `{:?}` shows one.

use std::{
    fs,
    io::{self, Write as _},
    net::SocketAddr,
    num::NonZeroU32,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use barnahus_store::Location;
use rustls_pki_types::ServerName;
use serde::Deserialize;

/// The file in the house's folder.
pub const CONFIG_FILE: &str = "server.toml";
/// The house's folder, where a command is given none. The command line reads it.
pub const DIR_VARIABLE: &str = "BARNAHUS_DIR";
/// Address and port to listen on; goes before the file.
pub const LISTEN_VARIABLE: &str = "BARNAHUS_LISTEN";

const LOG_STORE_VARIABLE: &str = "BARNAHUS_LOG_STORE";
const KEY_STORE_VARIABLE: &str = "BARNAHUS_KEY_STORE";

/// What a new house begins with. `{listen}` is filled in.
const TEMPLATE: &str = r#"# How this house is served. An unknown key is refused; a change counts from the next start.

# Address and port to listen on. BARNAHUS_LISTEN goes before it.
listen = "{listen}"
# Names and addresses by which clients call the server, beside localhost: they stand in its certificate.
names = []

[store]
# The log and what belongs to it: a SQLite file, seen from this folder, or a postgres:// address. BARNAHUS_LOG_STORE goes before it.
log = "house.db"
# The content keys, in another file or database with a backup of its own. BARNAHUS_KEY_STORE goes before it.
keys = "keys.db"

[quota]
# Calls a second that one person may make for long, and how many at once after a pause.
per_person_per_second = 50
burst = 200
"#;

/// How a house is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Address and port to listen on; `127.0.0.1:7443` where not said. Port 0: any that is free.
    pub listen: SocketAddr,
    /// DNS names and IP addresses by which clients call the server, beside localhost.
    pub names: Vec<String>,
    /// Where the databases are.
    pub store: StoreSetting,
    /// How much one person may call.
    pub quota: QuotaSetting,
}

/// Where the databases are. INVARIANT: the keys lie apart from what they open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreSetting {
    /// The log and what belongs to it; `house.db` where not said.
    pub log: Location,
    /// The key store; `keys.db` where not said.
    pub keys: Location,
}

/// How much one person may call, over all connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QuotaSetting {
    /// Calls a second that go on for long; 50 where not said.
    pub per_person_per_second: NonZeroU32,
    /// Calls at once after a pause; 200 where not said.
    pub burst: NonZeroU32,
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the settings `{path}`: {source}: name the folder of a house with `--dir`")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Not TOML, an unknown key, or a value of the wrong type.
    #[error("`{path}`, line {line}: {problem}")]
    Form {
        /// The file.
        path: PathBuf,
        /// Where, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// A value that makes no sense, in the file or in the environment.
    #[error("the setting `{key}` {problem}")]
    Value {
        /// The key or the variable.
        key: &'static str,
        /// What is wrong, and what to do.
        problem: String,
    },
}

/// The file's form.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Form {
    listen: Option<String>,
    names: Vec<String>,
    store: StoreForm,
    quota: QuotaSetting,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct StoreForm {
    log: Option<String>,
    keys: Option<String>,
}

impl Default for QuotaSetting {
    fn default() -> Self {
        Self { per_person_per_second: NonZeroU32::MIN.saturating_add(49), burst: NonZeroU32::MIN.saturating_add(199) }
    }
}

impl Config {
    /// Where a house listens if nobody says otherwise.
    pub const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 7443);

    /// The settings of the house in this folder, with the environment's before the file's.
    ///
    /// # Errors
    /// If there is no such file, it holds an unknown key, or a value makes no sense.
    pub fn load(dir: &Path) -> Result<Self, ConfigError> {
        let path = dir.join(CONFIG_FILE);
        let text = fs::read_to_string(&path).map_err(|source| ConfigError::Read { path: path.clone(), source })?;
        Self::parse(dir, &text, environment)
    }

    /// Writes the settings that a new house begins with, for the owner alone, since a password may come into them.
    ///
    /// # Errors
    /// If the file is there already, or cannot be written.
    pub fn write_default(dir: &Path, listen: Option<SocketAddr>) -> io::Result<()> {
        let text = TEMPLATE.replace("{listen}", &listen.unwrap_or(Self::DEFAULT_LISTEN).to_string());
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(dir.join(CONFIG_FILE))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    }

    fn parse(
        dir: &Path,
        text: &str,
        environment: impl Fn(&'static str) -> Result<Option<String>, ConfigError>,
    ) -> Result<Self, ConfigError> {
        let form: Form = toml::from_str(text).map_err(|error| form_error(dir, text, &error))?;
        let listen = environment(LISTEN_VARIABLE)?.map(|value| (LISTEN_VARIABLE, value)).or(form.listen.map(|value| ("listen", value)));
        let listen = listen.map_or(Ok(Self::DEFAULT_LISTEN), |(key, value)| {
            let wrong =
                |_| ConfigError::Value { key, problem: format!("is `{value}`: write an address and a port, such as `127.0.0.1:7443`") };
            value.parse().map_err(wrong)
        })?;
        if let Some(wrong) = form.names.iter().find(|name| ServerName::try_from(name.as_str()).is_err()) {
            let problem = format!("holds `{wrong}`: write DNS names and IP addresses, without port");
            return Err(ConfigError::Value { key: "names", problem });
        }
        let log = location(dir, ("store.log", form.store.log), (LOG_STORE_VARIABLE, environment(LOG_STORE_VARIABLE)?), "house.db")?;
        let keys = location(dir, ("store.keys", form.store.keys), (KEY_STORE_VARIABLE, environment(KEY_STORE_VARIABLE)?), "keys.db")?;
        if log == keys {
            let problem = "is the same database as `store.log`: keep the keys in another, with a backup of its own".to_owned();
            return Err(ConfigError::Value { key: "store.keys", problem });
        }
        Ok(Self { listen, names: form.names, store: StoreSetting { log, keys }, quota: form.quota })
    }
}

/// A variable's value; empty counts as not set.
#[expect(clippy::disallowed_methods, reason = "this is the door")]
fn environment(key: &'static str) -> Result<Option<String>, ConfigError> {
    let value = std::env::var_os(key).filter(|value| !value.is_empty()).map(std::ffi::OsString::into_string).transpose();
    value.map_err(|_| ConfigError::Value { key, problem: "is not UTF-8: set it to plain text".to_owned() })
}

/// A postgres address, or a file seen from the house's folder.
fn location(
    dir: &Path,
    (key, in_file): (&'static str, Option<String>),
    (variable, in_environment): (&'static str, Option<String>),
    default: &str,
) -> Result<Location, ConfigError> {
    let (key, value) = match (in_environment, in_file) {
        (Some(value), _) => (variable, value),
        (None, Some(value)) => (key, value),
        (None, None) => (key, default.to_owned()),
    };
    if value.starts_with("postgres://") || value.starts_with("postgresql://") {
        return Ok(Location::Postgres(value));
    }
    if value.is_empty() || value.contains("://") {
        let problem = "names no database: write a file for SQLite, or an address that begins with `postgres://`".to_owned();
        return Err(ConfigError::Value { key, problem });
    }
    Ok(Location::Sqlite(dir.join(value)))
}

fn form_error(dir: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    let offset = error.span().map_or(0, |span| span.start);
    let line = text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
    // PRIVACY: a message that quotes a value may quote a password.
    let message = error.message().trim();
    let problem = if message.contains("://") { "the value is of another type".to_owned() } else { message.replace('\n', "; ") };
    ConfigError::Form { path: dir.join(CONFIG_FILE), line, problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse(Path::new("/house"), text, |_| Ok(None))
    }

    fn refused(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn the_settings_that_init_writes_are_the_defaults() {
        let dir = tempfile::tempdir().unwrap();
        Config::write_default(dir.path(), None).unwrap();
        let text = fs::read_to_string(dir.path().join(CONFIG_FILE)).unwrap();
        let written = parse(&text).unwrap();
        assert_eq!(written, parse("").unwrap());
        assert_eq!(written.listen.to_string(), "127.0.0.1:7443");
        assert_eq!(written.store.log, Location::Sqlite("/house/house.db".into()));
        assert_eq!(written.store.keys, Location::Sqlite("/house/keys.db".into()));
        assert_eq!((written.quota.per_person_per_second.get(), written.quota.burst.get()), (50, 200));
        assert_eq!(Config::write_default(dir.path(), None).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        assert!(refused("listen = \"[::1]:1\"\nlisen = 1").starts_with("`/house/server.toml`, line 2: unknown field `lisen`"));
        assert!(refused("[quota]\nburts = 3").contains("unknown field `burts`"));
        assert!(refused("[store]\nlog = 'a'\nkey = 'b'").contains("line 3: unknown field `key`"));
    }

    #[test]
    fn a_value_that_makes_no_sense_is_refused() {
        assert!(refused("listen = 'localhost'").contains("`listen` is `localhost`"));
        assert!(refused("names = ['a b']").contains("holds `a b`"));
        assert!(refused("[quota]\nburst = 0").contains("line 2"));
        assert!(refused("[store]\nlog = 'mysql://a'").contains("`store.log` names no database"));
        assert!(refused("[store]\nlog = 'same'\nkeys = 'same'").contains("same database"));
    }

    #[test]
    fn the_environment_goes_before_the_file() {
        let environment = |key| {
            Ok(match key {
                LISTEN_VARIABLE => Some("0.0.0.0:1".to_owned()),
                LOG_STORE_VARIABLE => Some("postgres://house".to_owned()),
                _ => None,
            })
        };
        let config = Config::parse(Path::new("/house"), "listen = '127.0.0.1:2'\n[store]\nlog = 'a'\nkeys = '/b'", environment).unwrap();
        assert_eq!(config.listen.to_string(), "0.0.0.0:1");
        assert_eq!(config.store, StoreSetting { log: Location::Postgres("postgres://house".into()), keys: Location::Sqlite("/b".into()) });
    }

    #[test]
    fn no_error_and_no_debug_text_shows_a_password() {
        let password = "hunter2";
        let shown = [
            refused(&format!("store = 'postgres://u:{password}@h/d'")),
            refused(&format!("[store]\nlog = 'mysql://u:{password}@h/d'")),
            format!("{:?}", parse(&format!("[store]\nlog = 'postgres://u:{password}@h/d'")).unwrap()),
        ];
        assert!(shown.iter().all(|text| !text.contains(password)), "{shown:?}");
    }
}
