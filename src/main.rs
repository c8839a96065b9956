//! The binary: command line, configuration, log, daemon, signal, stop, exit code.

use std::net::SocketAddr;
use std::process::ExitCode;

use tokio::runtime::Runtime;
use wamux::app::{App, SimulatorDoor};
use wamux::cli::{self, Cli, Command};
use wamux::config::Config;
use wamux::exit::{Exit, Failure};
use wamux::shutdown::{Signals, Stopped, supervise};
use wamux::telemetry;

fn main() -> ExitCode {
    let exit = Cli::from_process().and_then(|cli| run(&cli).map_err(|failure| failure.report()));
    exit.unwrap_or_else(|exit| exit).into()
}

fn run(cli: &Cli) -> Result<Exit, Failure> {
    match cli.command() {
        Command::Serve => on_runtime(serve(cli.load_config()?, None, |_| Ok(()))),
        Command::CheckConfig => cli::check_config(cli),
        Command::Healthcheck => cli::healthcheck(cli),
        Command::Doctor(args) => on_runtime(cli::doctor(cli, &args)),
        Command::Session(args) => on_runtime(cli::session(cli, &args)),
        Command::Backup(out) => on_runtime(cli::backup(cli, &out)),
        Command::Restore(from) => on_runtime(cli::restore(cli, &from)),
        Command::Export(args) => on_runtime(cli::export(cli, &args)),
        Command::Import(from) => on_runtime(cli::import(cli, &from)),
        Command::Completions(args) => cli::completions(&args),
        Command::Man => cli::man(),
        #[cfg(feature = "sandbox")]
        Command::Sandbox(args) => on_runtime(async {
            let (config, sandbox) = cli::sandbox::start(cli.read_config()?, &args).await?;
            let door = Some(sandbox.door());
            serve(config, door, |address| sandbox.announce(address)).await
        }),
    }
}

/// Leaves without waiting for threads: whatever had to end in order has ended, and the rest must not hold up the exit.
fn on_runtime(work: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    let runtime = Runtime::new().map_err(|error| Failure::new(Exit::Internal, &error))?;
    let exit = runtime.block_on(work);
    runtime.shutdown_background();
    exit
}

async fn serve(
    config: Config,
    simulator: Option<SimulatorDoor>,
    announce: impl FnOnce(SocketAddr) -> Result<(), Failure>,
) -> Result<Exit, Failure> {
    telemetry::start(&config.log).map_err(|error| Failure::new(Exit::Internal, &error))?;
    let mut signals = Signals::install().map_err(|error| Failure::new(Exit::Internal, &error))?;
    let deadline = config.server.shutdown_timeout();
    let app = tokio::select! {
        started = App::start(config, simulator) => started.map_err(|error| Failure::new(error.exit_code(), &error))?,
        _ = signals.next() => return Ok(Exit::Ok),
    };
    tracing::info!(address = %app.local_addr(), "listening");
    announce(app.local_addr())?;
    let failed = tokio::select! {
        signal = signals.next() => {
            tracing::info!(signal, deadline_secs = deadline.as_secs(), "stopping; a second signal ends it at once");
            None
        }
        () = app.failed() => Some(Failure { exit: Exit::Internal, sentence: "a part of the daemon crashed that it cannot go on without".into() }),
    };
    let stopped = supervise(app.stop(), deadline, signals.next()).await;
    match (stopped, failed) {
        (_, Some(failure)) => Err(failure),
        (Stopped::Clean, None) => {
            tracing::info!("stopped");
            Ok(Exit::Ok)
        }
        (unclean, None) => Err(Failure {
            exit: Exit::Unclean,
            sentence: unclean.to_string(),
        }),
    }
}
