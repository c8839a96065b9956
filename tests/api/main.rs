//! What a caller of the API and an operator of the daemon can rely on: the real program, started as they start it,
//! against the simulator, over loopback.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a panic is a test failure"
)]

#[path = "../shared/authenticator.rs"]
mod authenticator;
mod backups;
mod chats;
mod crashes;
mod daemon;
mod ends;
mod facts;
mod faults;
mod input;
mod linking;
mod linking_gate;
mod messages;
mod metrics;
mod operation;
mod outbox;
mod pairing_links;
#[path = "../shared/plain_http.rs"]
mod plain_http;
mod reader;
mod receiver;
mod restarts;
mod stats;
mod streams;
mod systemd;
mod traces;
mod webhooks;
