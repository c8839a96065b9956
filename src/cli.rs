//! The command line: what can be asked of the binary, in words that `--help` shows.
//!
//! Parsing and the small commands are here; the daemon itself is [`crate::app`], and `main` ties the two together.

mod backup;
mod check_config;
mod client;
mod doctor;
mod healthcheck;
mod openapi;
mod progress;
#[cfg(feature = "sandbox")]
pub mod sandbox;
mod session;
mod shell;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, Flags, Sources};
use crate::exit::{Exit, Failure};

pub use backup::{backup, export, import, restore};
pub use check_config::check_config;
pub use doctor::doctor;
pub use healthcheck::healthcheck;
pub use openapi::openapi;
pub use session::session;
pub use shell::{completions, man};

const EXIT_CODES: &str = "\
Examples:
  wamux                                  start with ./config.toml, or with the defaults
  wamux --config /etc/wamux/config.toml  start with another file
  wamux check-config                     say what is wrong with the configuration
  wamux doctor                           say what is wrong with this machine, and the cure
  wamux session qr support               draw the code to scan in the terminal
  wamux backup wamux.backup              write all that the running daemon keeps to one file
  WAMUX_SERVER__LISTEN=0.0.0.0:80 wamux  set server.listen from the environment

Exit codes:
   0  ok
   1  internal error
  64  bad usage or configuration
  69  cannot listen on the address
  70  crash during the stop, or it did not end in time
  73  state folder not writable, in use, or of a later version
  74  the database's file was removed or replaced while the daemon ran
  77  self-check failed: the certificate of WhatsApp is not verified";

/// One daemon for many WhatsApp sessions, offered as a REST API.
#[derive(Clone, Debug, Parser)]
#[command(name = "wamux", version, after_help = EXIT_CODES, args_conflicts_with_subcommands = false)]
pub struct Cli {
    /// What to do; without a word, `serve`.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Flags that every command takes.
    #[command(flatten)]
    pub flags: GlobalFlags,
}

/// What the binary can do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Run the daemon until a signal ends it (the default)
    Serve,
    /// Print "config ok", or everything that is wrong with the configuration
    CheckConfig,
    /// Ask the running daemon for its health; ends with 0 if it answers, 1 if not
    Healthcheck,
    /// Look over the state folder, disk, clock, ports, network and databases, and say the cure of each fault
    Doctor(doctor::DoctorArgs),
    /// List the sessions of the running daemon, link one, send from one
    Session(session::SessionArgs),
    /// Write everything that the daemon keeps to one file, while it runs
    Backup(backup::Out),
    /// Put a backup into an empty state folder
    Restore(backup::In),
    /// Write one session to a file, to take it to another daemon
    Export(backup::ExportArgs),
    /// Take in a session from a file, while the daemon is not running
    Import(backup::In),
    /// Print the description of the API (OpenAPI 3.1), to make clients of
    Openapi,
    /// Print the completions of a shell
    Completions(shell::CompletionsArgs),
    /// Print the manual page, for `man -l -`, or write those of all commands
    Man(shell::ManArgs),
    /// Run the daemon against a simulator of WhatsApp, offline
    #[cfg(feature = "sandbox")]
    Sandbox(sandbox::SandboxArgs),
}

/// Flags that every command takes; each beats the file and the environment.
#[derive(Clone, Debug, Default, Args)]
pub struct GlobalFlags {
    /// Configuration file; it must exist [default: config.toml, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Address to listen on, as in 127.0.0.1:3000; port 0 lets the system choose
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Folder for everything that must survive a restart
    #[arg(long, global = true, value_name = "DIR")]
    pub state_dir: Option<String>,
    /// error, warn, info, debug or trace, or directives such as info,wamux=debug
    #[arg(long, global = true, value_name = "LEVEL")]
    pub log_level: Option<String>,
    /// pretty or json
    #[arg(long, global = true, value_name = "FORMAT")]
    pub log_format: Option<String>,
}

impl Cli {
    /// Reads the command line of the process. On an error, and after `--help`, everything is said already and the
    /// code remains.
    pub fn from_process() -> Result<Self, Exit> {
        Self::try_parse().map_err(|error| {
            // A closed pipe (`wamux --help | head -1`) is no failure.
            error.print().ok();
            if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Ok
            }
        })
    }

    /// The command, `serve` when none was named.
    pub fn command(&self) -> Command {
        self.command.clone().unwrap_or(Command::Serve)
    }

    /// The configuration of this process, read and checked.
    pub fn load_config(&self) -> Result<Config, Failure> {
        Ok(Config::load(&self.sources())?)
    }

    /// The configuration of this process, read only: see [`Config::read`].
    pub fn read_config(&self) -> Result<Config, Failure> {
        Ok(Config::read(&self.sources())?)
    }

    fn sources(&self) -> Sources {
        let GlobalFlags {
            config,
            listen,
            state_dir,
            log_level,
            log_format,
        } = self.flags.clone();
        Sources::of_process(
            config,
            Flags {
                listen,
                state_dir,
                log_level,
                log_format,
            },
        )
    }
}

/// A line on stdout for whoever typed the command; a closed stdout is no failure.
fn say(line: &str) {
    writeln!(io::stdout(), "{line}").ok();
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split(' '))
    }

    #[test]
    fn the_definition_is_sound() {
        <Cli as CommandFactory>::command().debug_assert();
    }

    #[test]
    fn help_lists_every_exit_code() {
        let help = <Cli as CommandFactory>::command().render_help().to_string();
        for exit in Exit::ALL {
            assert!(
                help.contains(&format!("{:>4}  ", exit.code())),
                "--help does not list {}",
                exit.code()
            );
        }
    }

    #[test]
    fn serving_is_the_default() {
        assert!(matches!(parse("wamux").unwrap().command(), Command::Serve));
        assert!(matches!(
            parse("wamux serve").unwrap().command(),
            Command::Serve
        ));
    }

    #[test]
    fn flags_may_stand_before_or_after_the_command() {
        let before = parse("wamux --listen 127.0.0.1:1 check-config").unwrap();
        let after = parse("wamux check-config --listen 127.0.0.1:1").unwrap();
        assert_eq!(before.flags.listen, after.flags.listen);
        assert_eq!(after.flags.listen.as_deref(), Some("127.0.0.1:1"));
    }

    #[test]
    fn an_unknown_flag_or_command_is_refused() {
        assert!(parse("wamux --lisen 127.0.0.1:1").is_err());
        assert!(parse("wamux sevre").is_err());
    }
}
