//! `wamux completions` and `wamux man`: what a shell and `man` want to know of the command line.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use super::Cli;
use crate::exit::{Exit, Failure};

/// Which shell.
#[derive(Clone, Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the completions of a shell.
pub fn completions(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut definition(), "wamux", &mut text);
    // A closed pipe is no failure.
    io::stdout().write_all(&text).ok();
    Ok(Exit::Ok)
}

/// Where the manual goes.
#[derive(Clone, Debug, Args)]
pub struct ManArgs {
    /// Write the pages of all commands into this folder, as in /usr/local/share/man/man1
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

/// Prints the manual page, or writes all there are.
pub fn man(args: &ManArgs) -> Result<Exit, Failure> {
    if let Some(folder) = &args.folder {
        clap_mangen::generate_to(described(), folder).map_err(|error| Failure {
            exit: Exit::Usage,
            sentence: format!(
                "the pages cannot be written into {}: {error}",
                folder.display()
            ),
        })?;
        return Ok(Exit::Ok);
    }
    match Man::new(described()).render(&mut io::stdout()) {
        // A closed pipe (`wamux man | head -1`) is no failure.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Internal, &error))
        }
        _ => Ok(Exit::Ok),
    }
}

/// `wamux help` says what the pages say.
fn described() -> clap::Command {
    definition().disable_help_subcommand(true)
}

fn definition() -> clap::Command {
    <Cli as CommandFactory>::command()
}
