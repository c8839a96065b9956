//! The promise under load: nothing lost, nothing twice, nothing out of order, while the daemon is killed again and
//! again and the network misbehaves. It ends by itself, prints its seed and a table, and fails unless all is well.
//!
//! `make torture` runs it; `make torture KILLS=100` is the long form. Counted is what the receiving side has seen.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a panic is a test failure, and the table is the result"
)]

#[path = "../api/daemon.rs"]
#[expect(
    dead_code,
    reason = "shared with the tests of the API, which use all of it"
)]
mod daemon;
mod load;
#[path = "../shared/plain_http.rs"]
mod plain_http;
mod tally;
mod world;

use clap::Parser;
use std::process::ExitCode;
use std::time::Duration;
use std::time::Instant;
use world::World;

/// What to do to the daemon, and how much of it.
#[derive(Parser, Debug, Clone)]
struct Plan {
    /// Everything random follows from it.
    #[arg(long, default_value_t = 20_261_124)]
    seed: u64,
    /// How often the daemon is killed.
    #[arg(long, default_value_t = 12)]
    kills: u32,
    /// How many sessions send and receive.
    #[arg(long, default_value_t = 6)]
    sessions: usize,
    /// The shortest and the longest life of the daemon between two kills, in milliseconds.
    #[arg(long, default_value_t = 1500)]
    life_min_ms: u64,
    /// See `life_min_ms`.
    #[arg(long, default_value_t = 5000)]
    life_max_ms: u64,
    /// How long everything may take to come to rest at the end, in seconds.
    #[arg(long, default_value_t = 240)]
    rest_secs: u64,
    /// What nextest asks every test program; there is nothing to list.
    #[arg(long, hide = true)]
    list: bool,
    /// See `list`.
    #[arg(long, hide = true)]
    format: Option<String>,
    /// See `list`.
    #[arg(long, hide = true)]
    ignored: bool,
}

fn main() -> ExitCode {
    let plan = Plan::parse();
    if plan.list {
        return ExitCode::SUCCESS;
    }
    // The simulator's words, for whoever looks for the cause of a fault: RUST_LOG=wamux_simulator=warn
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("off")),
        )
        .with_writer(std::io::stderr)
        .init();
    println!(
        "torture: seed {}, {} kills, {} sessions",
        plan.seed, plan.kills, plan.sessions
    );
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let started = Instant::now();
    let tally = runtime.block_on(run(plan.clone()));
    println!("{tally}");
    println!("{} s, seed {}", started.elapsed().as_secs(), plan.seed);
    if tally.all_is_well() {
        ExitCode::SUCCESS
    } else {
        println!("FAILED; run it again with --seed {}", plan.seed);
        ExitCode::FAILURE
    }
}

async fn run(plan: Plan) -> tally::Tally {
    let mut world = World::build(&plan).await;
    let load = load::Load::start(&world);
    world.torture(&plan).await;
    let said = load.stop().await;
    let rested = world
        .come_to_rest(&said, Duration::from_secs(plan.rest_secs))
        .await;
    tally::Tally::count(&world, &said, plan.kills, rested).await
}
