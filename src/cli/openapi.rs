//! `wamux openapi`: prints the description of the API, to make clients of.

use super::{Cli, say};
use crate::app;
use crate::exit::{Exit, Failure};

/// Prints what `GET /api/openapi.json` answers in a production build, with the limits of this configuration.
pub fn openapi(cli: &Cli) -> Result<Exit, Failure> {
    say(app::openapi(&cli.read_config()?).trim_end());
    Ok(Exit::Ok)
}
