//! `wamux completions` and `wamux man`: what a shell and `man` want to know of the command line.

use std::io;

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
    clap_complete::generate(args.shell, &mut definition(), "wamux", &mut io::stdout());
    Ok(Exit::Ok)
}

/// Prints the manual page.
pub fn man() -> Result<Exit, Failure> {
    let written = Man::new(definition()).render(&mut io::stdout());
    written.map_err(|error| Failure::new(Exit::Internal, &error))?;
    Ok(Exit::Ok)
}

fn definition() -> clap::Command {
    <Cli as CommandFactory>::command()
}
