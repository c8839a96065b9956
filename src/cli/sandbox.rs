//! `wamux sandbox`: the daemon with a simulator of WhatsApp beside it, for trying things without a phone.

use clap::Args;

use crate::config::Config;
use crate::exit::{Exit, Failure};

/// Flags of `wamux sandbox`.
#[derive(Clone, Debug, Default, Args)]
pub struct SandboxArgs {}

/// A running simulator; dropping it stops it.
#[derive(Debug)]
pub struct Sandbox {}

/// Starts the simulator and points `config` at it.
#[expect(
    clippy::unused_async,
    reason = "stand-in: starting the simulator binds a port"
)]
pub async fn start(config: Config, args: &SandboxArgs) -> Result<(Config, Sandbox), Failure> {
    let SandboxArgs {} = args;
    drop(config);
    Err(Failure {
        exit: Exit::Internal,
        sentence: "the sandbox is not built yet".into(),
    })
}
