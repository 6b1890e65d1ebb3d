//! `barnahus-server`: founds a house, serves it, or plays a day on it.

use std::{
    io::{self, IsTerminal as _, Write as _},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Context as _;
use barnahus_server::{clock::Clock, config, demo, init, serve};
use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Serves a Barnahus house: bookings, the listening room's questions, and a log that nobody can rewrite.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// What the server's own log tells, such as `info` or `barnahus_server=debug`.
    #[arg(long, global = true, default_value = "warn")]
    log: String,
}

#[derive(Subcommand)]
enum Command {
    /// Makes a house: its folder, keys, trust file, trial authority and a first administrator.
    Init {
        /// The folder to make; it must not exist, or be empty.
        #[arg(long)]
        dir: PathBuf,
        /// The house file (TOML): rooms, authorities, posts.
        #[arg(long)]
        house: PathBuf,
        /// Where the house will listen.
        #[arg(long)]
        listen: Option<SocketAddr>,
    },
    /// Serves a house until Ctrl-C or SIGTERM.
    Serve {
        /// The house's folder.
        #[arg(long, env = config::DIR_VARIABLE)]
        dir: PathBuf,
        /// Where to listen, instead of where `server.toml` says.
        #[arg(long)]
        listen: Option<SocketAddr>,
    },
    /// Plays one interview day on a house of its own, over mutual TLS, each post with its own certificate.
    Demo(demo::Options),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Err(error) = start_log(&arguments.log) {
        eprintln!("barnahus-server: {}", said(&error));
        return ExitCode::from(2);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("barnahus-server: the machine gives no threads ({error})");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(arguments.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("barnahus-server: {}", said(&error));
            ExitCode::FAILURE
        }
    }
}

fn start_log(filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter).with_context(|| format!("`{filter}` is no log filter: try `info`"))?;
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(io::stderr().is_terminal()).with_writer(io::stderr).init();
    Ok(())
}

async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Init { dir, house, listen } => {
            let text = std::fs::read_to_string(&house).with_context(|| format!("`{}` cannot be read", house.display()))?;
            let founded = init::found(&dir, &text, listen, Clock::machine().now())?;
            println!("founded `{}` in {}", founded.house, founded.dir.display());
            println!("  serve it:        barnahus-server serve --dir {}", founded.dir.display());
            println!("  administer it:   barnahus --profile {} admin persons", founded.administrator.display());
            println!("  hand over:       {} to everyone who will verify the log", founded.dir.join(init::TRUST_FILE).display());
            println!("  keep safe:       {} apart from the database, with a backup of its own", founded.dir.join("secret").display());
            Ok(())
        }
        Command::Serve { dir, listen } => {
            let stop = stop_signal()?;
            let mut running = serve::start(&dir, Clock::machine(), listen).await?;
            tell(&format!("serving {} on https://{}", dir.display(), running.address()));
            let stopped = tokio::select! {
                ended = running.ended() => ended,
                signal = stop => { tell(&format!("{signal}: ending the calls under way")); Ok(()) }
            };
            running.stop().await;
            stopped
        }
        Command::Demo(options) => demo::run(options, stop_signal()?, &mut io::stdout()).await.map_err(anyhow::Error::from),
    }
}

/// Hears Ctrl-C and SIGTERM from now on; the future waits for one, and names it.
fn stop_signal() -> anyhow::Result<impl Future<Output = &'static str>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => "interrupted",
            _ = terminate.recv() => "asked to end",
        }
    })
}

/// Prints a line for whoever still reads: a house is served on without.
fn tell(line: &str) {
    let _unread = writeln!(io::stdout(), "{line}");
}

/// What libraries say, and what it means.
const PLAIN: [(&str, &str); 3] = [
    ("keys may not be consistent: KeyMismatch", "the key does not belong to the certificate"),
    ("entity not found", "there is no such file"),
    ("No such file or directory", "there is no such file or folder"),
];

/// An error with its causes, each said once and in plain words.
fn said(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string).filter(|cause| !cause.is_empty()) {
        if !text.contains(&cause) {
            let colon = if text.is_empty() { "" } else { ": " };
            text = format!("{text}{colon}{cause}");
        }
    }
    let text = PLAIN.iter().fold(text, |text, (jargon, plain)| text.replace(jargon, plain));
    without_numbers(&text)
}

/// A text without the numbers that the operating system gives its errors: ` (os error 2)`.
fn without_numbers(text: &str) -> String {
    let mut parts = text.split(" (os error ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once(')').map_or("", |(_, after)| after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_each_cause_once_and_in_plain_words() {
        let source = || io::Error::from_raw_os_error(2);
        let file = init::InitError::File { path: "/proc/x/".into(), source: source() };
        let error = anyhow::Error::from(file).context("the house is not founded");
        let told = "the house is not founded: `/proc/x` cannot be read or written: there is no such file or folder: \
                    check that it is there and that the server's owner owns it";
        assert_eq!(said(&error), told);
        let error = anyhow::Error::from(source()).context("`house.toml` cannot be read");
        assert_eq!(said(&error), "`house.toml` cannot be read: there is no such file or folder");
        let error = anyhow::anyhow!("`server.pem` cannot be used: keys may not be consistent: KeyMismatch");
        assert_eq!(said(&error), "`server.pem` cannot be used: the key does not belong to the certificate");
    }
}
