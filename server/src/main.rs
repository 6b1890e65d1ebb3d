//! `barnahus-server`: founds a house, serves it, or plays a day on it.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use barnahus_server::{clock::Clock, config, demo, init, serve};
use clap::{Parser, Subcommand};
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
        eprintln!("barnahus-server: {error:#}");
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
            eprintln!("barnahus-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start_log(filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter).with_context(|| format!("`{filter}` is no log filter: try `info`"))?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
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
            let mut running = serve::start(&dir, Clock::machine(), listen).await?;
            println!("serving {} on https://{}", dir.display(), running.address());
            let stopped = tokio::select! {
                ended = running.ended() => ended,
                signal = stop_signal() => signal.map(|name| println!("{name}: ending the calls under way")),
            };
            running.stop().await;
            stopped
        }
        Command::Demo(options) => demo::run(options, &mut std::io::stdout()).await.map_err(anyhow::Error::from),
    }
}

/// Waits for Ctrl-C or SIGTERM.
async fn stop_signal() -> anyhow::Result<&'static str> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.map(|()| "interrupted").map_err(Into::into),
        _ = terminate.recv() => Ok("asked to end"),
    }
}
