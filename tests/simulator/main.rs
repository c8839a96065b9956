//! whatsapp-rust, the client that wamux runs on, against the simulator: what one says, the other must understand.
//!
//! Everything runs in this process on free ports of 127.0.0.1. Nothing sleeps: each step waits for the event it is
//! about, and gives up after a time that only a broken build reaches.

// The client's futures are deep.
#![recursion_limit = "512"]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail"
)]

mod appstate;
#[path = "../shared/authenticator.rs"]
mod authenticator;
mod companion;
mod endings;
mod faults;
mod gate;
mod groups;
mod linking;
mod media;
mod messages;
mod profile;
mod restart;
mod stops;
