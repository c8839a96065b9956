//! `wamux check-config`: says whether the daemon would start with this configuration.

use super::{Cli, say};
use crate::exit::{Exit, Failure};

/// Prints "config ok", or fails with every fault.
pub fn check_config(cli: &Cli) -> Result<Exit, Failure> {
    cli.load_config()?;
    say("config ok");
    Ok(Exit::Ok)
}
