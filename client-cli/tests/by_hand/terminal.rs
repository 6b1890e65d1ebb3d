//! Somebody at a terminal of 80 columns and 24 lines: presses keys, and waits for what must be seen on the screen.
//!
//! The screen is what a terminal makes of the bytes that `barnahus listen` wrote. INVARIANT: nothing waits but for something to be seen;
//! where it never is, the error holds the whole screen. The program is killed when this is dropped; should this process die without a
//! word, the terminal is hung up, and the program ends by itself.

use std::{
    io::{Read as _, Write as _},
    process::{Child, ExitStatus},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use pty_process::{
    Size,
    blocking::{Command, Pty, open},
};

use crate::{hand::Hand, words::say};

/// What takes longer does not come.
const PATIENCE: Duration = Duration::from_secs(60);
/// A screen that has not changed for so long is drawn.
const STILL: Duration = Duration::from_millis(500);
/// How long a key that may do nothing is given to do something.
const KEY: Duration = Duration::from_secs(1);
const GLANCE: Duration = Duration::from_millis(20);

const UP: &str = "\u{1b}[A";
const DOWN: &str = "\u{1b}[B";
pub(crate) const ENTER: &str = "\r";
const CTRL_C: &str = "\u{3}";
/// F12: no dialog takes it, and outside dialogs what was told last has been read with any key.
const MEANS_NOTHING: &str = "\u{1b}[24~";

/// One of them.
pub(crate) struct Terminal {
    pub(crate) post: &'static str,
    child: Child,
    pty: Arc<Pty>,
    screen: Arc<Mutex<vt100::Parser>>,
}

impl Terminal {
    /// Sits down before a screen of this size, which is the one that vt100 reads by itself.
    pub(crate) async fn sits(hand: &Hand<'_>, post: &'static str, interview: &str) -> Result<Self> {
        let terminal = Self::starts(hand, post, interview).await?;
        terminal.sees(say("say-screen-live")?).await?;
        Ok(terminal)
    }

    /// Is sent away before there is a screen; gives back the program's exit code and what it left on the terminal.
    pub(crate) async fn is_sent_away(hand: &Hand<'_>, post: &'static str, interview: &str) -> Result<(Option<i32>, String)> {
        let mut terminal = Self::starts(hand, post, interview).await?;
        let ended = terminal.ended().await?;
        Ok((ended.code(), terminal.shows().await?))
    }

    async fn starts(hand: &Hand<'_>, post: &'static str, interview: &str) -> Result<Self> {
        let (pty, program) = open()?;
        pty.resize(Size::new(24, 80))?;
        let command = Command::new(env!("CARGO_BIN_EXE_barnahus")).arg("--profile").arg(hand.profile(post).await?);
        let child = command.args(["--lang", "sv", "listen", interview]).spawn(program)?;
        let (pty, screen) = (Arc::new(pty), Arc::new(Mutex::new(vt100::Parser::default())));
        let (from, drawn) = (Arc::clone(&pty), Arc::clone(&screen));
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            // The last one who holds the other end is gone: that is an error, too.
            while let Ok(read @ 1..) = (&*from).read(&mut bytes) {
                drawn.lock().unwrap_or_else(PoisonError::into_inner).process(bytes.get(..read).unwrap_or_default());
            }
        });
        Ok(Self { post, child, pty, screen })
    }

    /// Presses these keys.
    pub(crate) fn presses(&self, keys: &str) -> Result<()> {
        (&*self.pty).write_all(keys.as_bytes()).with_context(|| format!("the program of `{}` is gone", self.post))
    }

    /// What stands there, line by line.
    pub(crate) fn rows(&self) -> Vec<String> {
        let parser = self.screen.lock().unwrap_or_else(PoisonError::into_inner);
        parser.screen().rows(0, 80).map(|row| row.trim_end().to_owned()).collect()
    }

    /// Waits until this is seen, wherever its lines are broken.
    pub(crate) async fn sees(&self, text: &str) -> Result<()> {
        self.until(&format!("`{text}` is seen"), |rows| joined(rows).contains(text).then_some(())).await
    }

    /// Waits until this is seen no more.
    pub(crate) async fn misses(&self, text: &str) -> Result<()> {
        self.until(&format!("`{text}` is gone"), |rows| (!joined(rows).contains(text)).then_some(())).await
    }

    /// Waits until the house's time of day stands above.
    pub(crate) async fn sees_the_time(&self, time: &str) -> Result<()> {
        self.until(&format!("it is {time}"), |rows| rows.first()?.ends_with(time).then_some(())).await
    }

    /// Presses keys that the house is to take; gives back what is told of it: `fråga 3: antecknat (120)`.
    pub(crate) async fn does(&self, keys: &str, label: &'static str) -> Result<String> {
        let (label, done, not_done) = (say(label)?, say("say-done")?, say("say-not-done")?);
        let told = move |rows: &[String]| rows.iter().rfind(|row| row.starts_with(label) && row.contains(done)).cloned();
        let before = told(&self.rows());
        self.presses(keys)?;
        let outcome = |rows: &[String]| match told(rows) {
            told @ Some(_) if told != before => Some(told),
            _ if joined(rows).contains(&format!("{label}{not_done}")) => Some(None),
            _ => None,
        };
        let told = self.until(&format!("`{label}` is done"), outcome).await?;
        told.with_context(|| format!("`{}` was refused `{label}`:\n{}", self.post, self.rows().join("\n")))
    }

    /// Moves the choice to the question with this text, which stands in the line below the chosen one.
    pub(crate) async fn chooses(&self, text: &str) -> Result<()> {
        self.moves_to(text, None).await
    }

    /// Presses keys that open the list of this title, and moves to this entry, which Enter then takes.
    pub(crate) async fn opens(&self, keys: &str, title: &str, entry: &str) -> Result<()> {
        self.presses(keys)?;
        self.sees(say(title)?).await?;
        self.moves_to(entry, Some(say(title)?)).await
    }

    async fn moves_to(&self, text: &str, below: Option<&str>) -> Result<()> {
        let (begun, mut unseen) = (Instant::now(), DOWN);
        while begun.elapsed() < PATIENCE {
            // A frame is drawn in pieces: while nothing is marked, a key would be one too many.
            self.comes(KEY, || marked(&self.rows(), below).is_some()).await;
            let rows = self.rows();
            let marked = marked(&rows, below);
            if marked.as_ref().is_some_and(|(_, marked)| marked.contains(text)) {
                return Ok(());
            }
            let at = rows.iter().rposition(|row| row.contains(text));
            let key = at.zip(marked.as_ref()).map(|(at, (marked, _))| if at < *marked { UP } else { DOWN });
            self.presses(key.unwrap_or(unseen))?;
            if !self.comes(KEY, || self::marked(&self.rows(), below) != marked).await && key.is_none() {
                unseen = if unseen == DOWN { UP } else { DOWN };
            }
        }
        bail!("`{}` cannot get to `{text}`:\n{}", self.post, self.rows().join("\n"))
    }

    /// The screen once what was told is read and all is drawn, with what is never the same twice masked.
    pub(crate) async fn shows(&self) -> Result<String> {
        let done = say("say-done")?;
        self.presses(MEANS_NOTHING)?;
        self.until("what was told is read", |rows| (!joined(rows).contains(done)).then_some(())).await?;
        let (mut shown, mut since) = (masked(&self.rows())?, Instant::now());
        self.until("the screen stands still", |rows| {
            let now = masked(rows).ok()?;
            if now != shown {
                (shown, since) = (now, Instant::now());
            }
            (since.elapsed() > STILL).then(|| shown.clone())
        })
        .await
    }

    /// Leaves, which ends well.
    pub(crate) async fn leaves(mut self) -> Result<()> {
        self.presses(CTRL_C)?;
        let ended = self.ended().await?;
        ensure!(ended.success(), "`{}` did not leave well: {ended}", self.post);
        Ok(())
    }

    async fn ended(&mut self) -> Result<ExitStatus> {
        let begun = Instant::now();
        loop {
            if let Some(ended) = self.child.try_wait()? {
                return Ok(ended);
            }
            ensure!(begun.elapsed() < PATIENCE, "the program of `{}` does not end:\n{}", self.post, self.rows().join("\n"));
            tokio::time::sleep(GLANCE).await;
        }
    }

    async fn until<T>(&self, what: &str, mut holds: impl FnMut(&[String]) -> Option<T>) -> Result<T> {
        let begun = Instant::now();
        loop {
            let rows = self.rows();
            if let Some(held) = holds(&rows) {
                return Ok(held);
            }
            ensure!(begun.elapsed() < PATIENCE, "before `{}` it never came to this: {what}\n{}", self.post, rows.join("\n"));
            tokio::time::sleep(GLANCE).await;
        }
    }

    async fn comes(&self, within: Duration, holds: impl Fn() -> bool) -> bool {
        let begun = Instant::now();
        while !holds() {
            if begun.elapsed() > within {
                return false;
            }
            tokio::time::sleep(GLANCE).await;
        }
        true
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Who has left already cannot be sent away.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn joined(rows: &[String]) -> String {
    rows.iter().map(|row| row.trim()).collect::<Vec<_>>().join(" ")
}

/// The marked line's place, and what stands there and in the next: below this title, else the first one.
fn marked(rows: &[String], below: Option<&str>) -> Option<(usize, String)> {
    let from = below.map_or(Some(0), |title| rows.iter().position(|row| row.contains(title)))?;
    let at = from + rows.iter().skip(from).position(|row| row.starts_with('>'))?;
    let lines = if below.is_some() { 1 } else { 2 };
    Some((at, joined(rows.get(at..at + lines)?)))
}

fn masked(rows: &[String]) -> Result<String> {
    let (back, live) = (say("say-screen-back")?, say("say-screen-live")?);
    let line = |(at, row): (usize, &String)| match at {
        // Its clocks run.
        0 => zeroed(row.split("   ").next().unwrap_or_default()),
        // How long it is said that the connection is back depends on how fast the machine is.
        1 if row.starts_with(back) => row.replacen(back, &format!("{live:0$}", back.chars().count()), 1),
        _ => zeroed(row),
    };
    Ok(rows.iter().enumerate().map(line).collect::<Vec<_>>().join("\n").trim_end().to_owned())
}

/// Every number of more than one digit as 00: in this day only clocks, days, times, places in the log and the alias have such.
fn zeroed(text: &str) -> String {
    let mut zeroed = String::new();
    for piece in text.split_inclusive(|c: char| !c.is_ascii_digit()) {
        let behind = piece.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = piece.len() - behind.len();
        zeroed += if digits > 1 { "00" } else { piece.get(..digits).unwrap_or_default() };
        zeroed += behind;
    }
    zeroed
}
