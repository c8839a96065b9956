//! The binary: command line, configuration, log, daemon, signals, stop, exit code.

use std::net::SocketAddr;
use std::process::ExitCode;

use tokio::runtime::Runtime;
use wamux::app::{App, Surroundings};
use wamux::cli::{self, Cli, Command};
use wamux::config::Config;
use wamux::exit::{Exit, Failure};
use wamux::shutdown::{Asked, Signals, Stopped, supervise};
use wamux::systemd;
use wamux::telemetry::{self, Log};

fn main() -> ExitCode {
    let exit = Cli::from_process().and_then(|cli| run(&cli).map_err(|failure| failure.report()));
    exit.unwrap_or_else(|exit| exit).into()
}

fn run(cli: &Cli) -> Result<Exit, Failure> {
    match cli.command() {
        Command::Serve => {
            let config = cli.load_config()?;
            let surroundings = surroundings()?;
            on_runtime(serve(
                config,
                surroundings,
                || cli.load_config(),
                |_| Ok(()),
            ))
        }
        Command::CheckConfig => cli::check_config(cli),
        Command::Healthcheck => cli::healthcheck(cli),
        Command::Doctor(args) => on_runtime(cli::doctor(cli, &args)),
        Command::Session(args) => on_runtime(cli::session(cli, &args)),
        Command::Backup(out) => on_runtime(cli::backup(cli, &out)),
        Command::Restore(from) => on_runtime(cli::restore(cli, &from)),
        Command::Export(args) => on_runtime(cli::export(cli, &args)),
        Command::Import(from) => on_runtime(cli::import(cli, &from)),
        Command::Completions(args) => cli::completions(&args),
        Command::Openapi => cli::openapi(cli),
        Command::Man(args) => cli::man(&args),
        #[cfg(feature = "sandbox")]
        Command::Sandbox(args) => {
            let mut surroundings = surroundings()?;
            on_runtime(async {
                let (config, sandbox) = cli::sandbox::start(cli.read_config()?, &args).await?;
                surroundings.simulator = Some(sandbox.door());
                let reread = || sandbox.settle(cli.read_config()?);
                serve(config, surroundings, reread, |address| {
                    sandbox.announce(address)
                })
                .await
            })
        }
    }
}

/// Before there is a second thread.
fn surroundings() -> Result<Surroundings, Failure> {
    let listener = systemd::listener().map_err(|error| Failure {
        exit: Exit::CannotListen,
        sentence: format!("the socket that was handed over cannot be used: {error}"),
    })?;
    Ok(Surroundings {
        listener,
        ..Surroundings::default()
    })
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
    surroundings: Surroundings,
    reread: impl Fn() -> Result<Config, Failure>,
    announce: impl FnOnce(SocketAddr) -> Result<(), Failure>,
) -> Result<Exit, Failure> {
    let log = telemetry::start(&config.log, &config.telemetry)
        .map_err(|error| Failure::new(Exit::Internal, &error))?;
    let mut signals = Signals::install().map_err(|error| Failure::new(Exit::Internal, &error))?;
    let deadline = config.server.shutdown_timeout();
    let mut app = tokio::select! {
        started = App::start(config, surroundings) => started.map_err(|error| Failure::new(error.exit_code(), &error))?,
        _ = signals.next() => return Ok(Exit::Ok),
    };
    tracing::info!(address = %app.local_addr(), "listening");
    announce(app.local_addr())?;
    let failed = loop {
        tokio::select! {
            asked = signals.asked() => match asked {
                Asked::Reload => reload(&mut app, &log, reread()),
                Asked::Stop(signal) => {
                    tracing::info!(signal, deadline_secs = deadline.as_secs(), "stopping; a second signal ends it at once");
                    break None;
                }
            },
            failure = app.failed() => break Some(failure),
        }
    };
    systemd::stopping();
    let stopped = supervise(app.stop(), deadline, signals.next()).await;
    log.end().await;
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

/// Takes over a configuration that was read anew; a faulty one changes nothing.
fn reload(app: &mut App, log: &Log, read: Result<Config, Failure>) {
    systemd::reloading();
    let outcome = read.and_then(|config| {
        let done = app
            .reload(&config)
            .map_err(|error| Failure::new(error.exit_code(), &error))?;
        log.set_level(&config.log.level)
            .map_err(|error| Failure::new(Exit::Internal, &error))?;
        Ok(done)
    });
    match outcome {
        Ok(done) => {
            tracing::info!(
                applied = done.applied.join(", "),
                "the configuration was read anew"
            );
            if !done.need_restart.is_empty() {
                let keys = done.need_restart.join(", ");
                tracing::warn!(keys, "these keys changed too, and count after a restart");
            }
        }
        Err(failure) => tracing::error!(
            error = %failure,
            "the configuration was read anew and is refused; the daemon goes on with the one it has"
        ),
    }
    systemd::ready();
}
