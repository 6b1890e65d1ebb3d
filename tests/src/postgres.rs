//! A throw-away PostgreSQL cluster: made from Debian's programs in a temporary folder, reached through a socket in that
//! folder, with fsync on, since durability is what we test.
//!
//! It installs nothing and touches no other cluster. PostgreSQL refuses to run as root, so root hands it to an
//! unprivileged user.
//!
//! INVARIANT: nothing stays behind. A shell watches over the server and holds the other end of our pipe: when the pipe
//! closes, because the cluster was dropped or because this process died in whatever way, it stops the server and deletes the
//! folder.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, bail, ensure};
use nix::unistd::{Uid, User};

/// Arguments: the programs' folder, the cluster's folder. Says "ready", then waits for the end of its input.
const WATCH: &str = r#"
trap '' PIPE # whoever would hear "ready" may be gone by then
"$1/initdb" --no-sync --auth=trust --encoding=UTF8 --locale=C --username=postgres -D "$2/data" >"$2/log" 2>&1 &&
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= >>"$2/log" 2>&1 </dev/null &
server=$!
until "$1/pg_isready" -q -h "$2"; do
    kill -0 "$server" 2>/dev/null || { cat "$2/log"; break; }
    sleep 0.05
done
echo ready
read -r _
kill -QUIT "$(head -n 1 "$2/data/postmaster.pid")"
wait
rm -rf "$2"
"#;

/// Why tests on PostgreSQL cannot run here, unless they can. Under CI they must, so there is no reason not to try.
#[must_use]
pub fn absent() -> Option<&'static str> {
    (programs().is_none() && environment("CI").as_deref() != Some("true")).then_some("PostgreSQL is not installed")
}

/// A running cluster. Dropping it stops and deletes it.
#[derive(Debug)]
pub struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    watch: Child,
    databases: AtomicU32,
}

impl Cluster {
    /// Makes and starts a cluster, in about a second.
    ///
    /// # Errors
    /// When PostgreSQL is not installed, or does not start; then its log is the error.
    pub fn start() -> anyhow::Result<Self> {
        let programs = programs().context("PostgreSQL is not installed: apt-get install postgresql")?;
        let folder = tempfile::Builder::new().prefix("barnahus-pg-").tempdir()?.keep();
        let mut watch = Command::new("/bin/sh");
        watch.arg("-c").arg(WATCH).arg("watch").arg(&programs).arg(&folder);
        watch.current_dir(&folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        // A group of its own: what interrupts the tests must not kill the shell before it has cleaned up.
        watch.process_group(0);
        if Uid::effective().is_root() {
            let user = ["postgres", "nobody"].iter().find_map(|name| User::from_name(name).ok().flatten());
            let user = user.context("root needs a user `postgres` or `nobody` to run PostgreSQL as")?;
            std::os::unix::fs::chown(&folder, Some(user.uid.as_raw()), Some(user.gid.as_raw()))?;
            watch.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        let watch = watch.spawn()?;
        let mut cluster = Self { programs, folder, watch, databases: AtomicU32::new(0) };
        cluster.wait_until_ready()?;
        Ok(cluster)
    }

    /// Makes an empty database and gives its address.
    ///
    /// # Errors
    /// When the cluster does not answer.
    pub fn database(&self) -> anyhow::Result<String> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut create = Command::new(self.programs.join("createdb"));
        let made = create.arg("-h").arg(&self.folder).args(["-U", "postgres", name.as_str()]).status()?;
        ensure!(made.success(), "createdb failed");
        Ok(format!("postgres://postgres@localhost/{name}?host={}", percent_encoded(&self.folder)))
    }

    fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let output = self.watch.stdout.take().context("the shell has no output")?;
        let mut said = String::new();
        let mut output = BufReader::new(output);
        while output.read_line(&mut said)? > 0 {
            if said == "ready\n" {
                return Ok(());
            }
            if said.ends_with("ready\n") {
                break;
            }
        }
        bail!("PostgreSQL does not start:\n{said}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        // The shell has nothing left to fail at that we could mend.
        let _ = self.watch.wait();
    }
}

/// Debian's newest version, or whatever the path holds.
fn programs() -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|version| Some((version.file_name().to_str()?.parse().ok()?, version.path().join("bin"))))
        .collect();
    versions.sort();
    let path = environment("PATH").unwrap_or_default();
    let debian = versions.into_iter().rev().map(|(_, folder)| folder);
    debian.chain(std::env::split_paths(&path)).find(|folder| folder.join("initdb").exists())
}

#[expect(clippy::disallowed_methods, reason = "whether PostgreSQL must be there is the machine's to say, not the house's")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn percent_encoded(path: &Path) -> String {
    let mut text = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        let _ = write!(text, "%{byte:02X}");
    }
    text
}
