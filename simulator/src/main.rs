//! The simulator as a program: one JSON line on standard output when it is ready, the log on standard error, and a
//! clean end on SIGTERM or SIGINT.

use std::io::{IsTerminal as _, Write as _, stderr, stdout};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use wamux_simulator::{Options, Simulator};

/// A simulated WhatsApp server for tests and sandboxes.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen, loopback only; port 0 picks a free one
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Phone numbers, LIDs and keys follow from it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// JSON file that keeps the world over a restart; media go into a folder beside it
    #[arg(long)]
    state: Option<PathBuf>,
    /// What to log, in tracing's syntax: debug shows every stanza
    #[arg(long, env = "WAMUX_SIMULATOR_LOG", default_value = "info")]
    log: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error may be closed; the exit code says it all the same.
            let _unheard = writeln!(stderr(), "wamux-simulator: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_new(&arguments.log)
        .with_context(|| format!("--log {:?} is not a filter", arguments.log))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(stderr().is_terminal())
        .with_writer(stderr)
        .init();
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    let simulator = Simulator::start(Options {
        listen: arguments.listen,
        seed: arguments.seed,
        state: arguments.state,
    })
    .await?;
    let ready = serde_json::json!({
        "chat": simulator.chat_url(),
        "admin": simulator.admin_url(),
        "seed": simulator.seed(),
    });
    writeln!(stdout(), "{ready}")?;
    stdout().flush()?;
    tokio::select! {
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
    }
    tracing::info!("stopping");
    simulator.stop().await;
    Ok(())
}
