//! Somebody who sits at `barnahus listen --plain`: writes commands, and waits for what must be heard.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};

use crate::hand::Hand;

/// What takes longer does not come.
const PATIENCE: Duration = Duration::from_secs(30);

/// One of them.
pub(crate) struct Sitter {
    post: String,
    child: Child,
    input: ChildStdin,
    /// Everything that was printed, and how much of it was waited for already.
    heard: Arc<Mutex<String>>,
    waited: usize,
}

impl Sitter {
    /// Sits down.
    pub(crate) async fn sits(hand: &Hand<'_>, post: &str, interview: &str) -> Result<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_barnahus"));
        command.arg("--profile").arg(hand.profile(post).await?).args(["--lang", "en", "listen", "--plain", interview]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn()?;
        let (input, output) = (child.stdin.take().context("stdin")?, child.stdout.take().context("stdout")?);
        let heard = Arc::new(Mutex::new(String::new()));
        let kept = Arc::clone(&heard);
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                kept.lock().unwrap_or_else(PoisonError::into_inner).extend([line.as_str(), "\n"]);
            }
        });
        Ok(Self { post: post.to_owned(), child, input, heard, waited: 0 })
    }

    /// Writes a command.
    pub(crate) fn says(&mut self, line: &str) -> Result<()> {
        writeln!(self.input, "{line}")?;
        Ok(())
    }

    /// Waits until this is printed, after what was waited for before.
    pub(crate) async fn hears(&mut self, text: &str) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let heard = self.transcript();
            if let Some(at) = heard.get(self.waited..).and_then(|new| new.find(text)) {
                self.waited += at + text.len();
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("`{}` never heard `{text}`, but:\n{}", self.post, self.transcript())
    }

    /// Says it, and waits for what comes of it.
    pub(crate) async fn says_and_hears(&mut self, line: &str, text: &str) -> Result<()> {
        self.says(line)?;
        self.hears(text).await
    }

    /// Everything that was printed.
    pub(crate) fn transcript(&self) -> String {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Leaves, which ends well.
    pub(crate) async fn leaves(mut self) -> Result<()> {
        self.says("quit")?;
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(ended) = self.child.try_wait()? {
                ensure!(ended.success(), "`{}` did not leave well: {ended}", self.post);
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("`{}` does not leave:\n{}", self.post, self.transcript())
    }
}

impl Drop for Sitter {
    fn drop(&mut self) {
        // Who has left already cannot be sent away.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
