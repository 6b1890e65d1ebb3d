//! What the environment says: language, folders, terminal. The one door to it.
//!
//! `BARNAHUS_PROFILE` is read by the command line itself, as the default of `--profile`.

use std::{
    env,
    io::{self, IsTerminal as _},
    path::PathBuf,
};

/// What a run knows of where it runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    /// The locale by LC_ALL, LC_MESSAGES and LANG, or by the machine's own settings.
    pub(crate) locale: Option<String>,
    /// Where profiles lie that are called by name: below `$BARNAHUS_HOME`, else below the person's own settings.
    pub(crate) profiles: Option<PathBuf>,
    /// Whether answers go to a terminal.
    pub(crate) terminal: bool,
    /// Whether colours may be used: NO_COLOR (no-color.org) is not set.
    pub(crate) colour: bool,
}

/// Reads it.
pub(crate) fn read() -> Environment {
    Environment { locale: sys_locale::get_locale(), profiles: profiles(), terminal: io::stdout().is_terminal(), colour: colour() }
}

#[expect(clippy::disallowed_methods, reason = "this is the client's one door to the environment")]
fn colour() -> bool {
    env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

#[expect(clippy::disallowed_methods, reason = "this is the client's one door to the environment")]
fn profiles() -> Option<PathBuf> {
    let folder = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let settings =
        || folder("XDG_CONFIG_HOME").or_else(|| env::home_dir().map(|home| home.join(".config"))).map(|path| path.join("barnahus"));
    folder("BARNAHUS_HOME").or_else(settings).map(|path| path.join("profiles"))
}
