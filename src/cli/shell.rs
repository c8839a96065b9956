//! `wamux completions` and `wamux man`: what a shell and `man` want to know of the command line.

use std::io::{self, Write};

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

/// Prints the manual page.
pub fn man() -> Result<Exit, Failure> {
    match Man::new(definition()).render(&mut io::stdout()) {
        // A closed pipe (`wamux man | head -1`) is no failure.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Internal, &error))
        }
        _ => Ok(Exit::Ok),
    }
}

fn definition() -> clap::Command {
    <Cli as CommandFactory>::command()
}
