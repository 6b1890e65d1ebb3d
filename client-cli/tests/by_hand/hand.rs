//! Somebody at a terminal: types a command as a post, on the profile that `barnahus admin enroll` wrote for it, and reads what comes.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use barnahus_tests::harness::Harness;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;
use tokio::task::spawn_blocking;

/// A command and what is written to it.
#[derive(Debug)]
pub(crate) struct Typed {
    pub(crate) words: Vec<String>,
    pub(crate) stdin: String,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// What it answered, as JSON; nothing where it prints a sentence.
    pub(crate) fn done(&self) -> Result<Value> {
        ensure!(self.code == 0, "it was not done: {self:?}");
        Ok(serde_json::from_str(&self.out).unwrap_or_default())
    }

    /// The reason that the house gave.
    pub(crate) fn refused(&self) -> Result<String> {
        ensure!(self.code != 0, "it was done: {self:?}");
        let error: Value = serde_json::from_str(self.err.lines().last().unwrap_or_default())?;
        ensure!(at(&error, "/error/record_index").is_u64(), "a refusal names its record: {self:?}");
        Ok(at(&error, "/error/reason").as_str().unwrap_or_default().to_owned())
    }
}

/// The people of a house and their profiles.
pub(crate) struct Hand<'a> {
    house: &'a Harness,
    profiles: PathBuf,
}

impl<'a> Hand<'a> {
    /// Lets the administrator, whose profile `init` wrote, call where the house is served.
    pub(crate) fn of(house: &'a Harness) -> Result<Self> {
        let administrator = house.founded().administrator.join("profile.toml");
        let settings = fs::read_to_string(&administrator)?;
        let called =
            |line: &str| if line.starts_with("server = ") { format!("server = \"https://{}\"", house.address()) } else { line.to_owned() };
        fs::write(&administrator, settings.lines().map(called).collect::<Vec<_>>().join("\n"))?;
        let profiles = house.beside().join("profiles");
        fs::create_dir_all(&profiles)?;
        Ok(Self { house, profiles })
    }

    pub(crate) fn turn_to(&self, instant: Timestamp) {
        let ahead = instant.as_microsecond() - self.house.now().0;
        self.house.turn_to(self.house.now().plus_us(ahead.max(0)));
    }

    /// The command's answer as JSON.
    pub(crate) async fn types(&self, post: &str, typed: &Typed) -> Result<Said> {
        let profile = self.profile(post).await?;
        run(&profile, &["-o", "json"], typed).await
    }

    /// The command's answer as a person reads it.
    pub(crate) async fn reads(&self, post: &str, language: &str, words: &[&str]) -> Result<Said> {
        let profile = self.profile(post).await?;
        let typed = Typed { words: words.iter().map(ToString::to_string).collect(), stdin: String::new() };
        run(&profile, &["--lang", language], &typed).await
    }

    /// The folder of a post's profile, enrolled if it was not yet.
    pub(crate) async fn profile(&self, post: &str) -> Result<PathBuf> {
        let profile = self.profiles.join(post);
        if !profile.exists() {
            let words = ["admin", "enroll", "--post", post, "--out"].map(str::to_owned).into_iter();
            let words = words.chain([profile.display().to_string()]).collect();
            let said = run(&self.house.founded().administrator, &[], &Typed { words, stdin: String::new() }).await?;
            ensure!(said.code == 0, "`{post}` was not enrolled: {said:?}");
        }
        Ok(profile)
    }
}

async fn run(profile: &Path, always: &[&str], typed: &Typed) -> Result<Said> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_barnahus"));
    command.arg("--profile").arg(profile).args(always).args(&typed.words);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let stdin = typed.stdin.clone();
    let ended = spawn_blocking(move || {
        let mut child = command.spawn()?;
        if let Some(mut input) = child.stdin.take() {
            // Whoever does not read has ended.
            let _ = input.write_all(stdin.as_bytes());
        }
        child.wait_with_output()
    });
    let ended = ended.await??;
    let code = ended.status.code().with_context(|| format!("`barnahus {}` was killed", typed.words.join(" ")))?;
    Ok(Said { code, out: String::from_utf8(ended.stdout)?, err: String::from_utf8(ended.stderr)? })
}

/// What stands at this place of an answer; nothing where it has no such place.
pub(crate) fn at<'a>(answer: &'a Value, pointer: &str) -> &'a Value {
    answer.pointer(pointer).unwrap_or(&Value::Null)
}

/// The house's wall clock.
pub(crate) fn zone() -> Result<TimeZone> {
    Ok(TimeZone::get("Europe/Stockholm")?)
}
