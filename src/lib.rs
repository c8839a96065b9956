//! wamux, the WhatsApp multiplexer: one daemon that holds many WhatsApp sessions and offers them as a REST API.
//!
//! # The map, in reading order
//!
//! - [`domain`]: the words of the product as plain data. Start with `domain::session` and `domain::message`.
//! - [`config`]: what the operator decides. [`clock`], [`telemetry`], [`meter`],
//!   [`shutdown`], [`systemd`], [`exit`]: time, log, figures, signals, the service manager, end.
//! - [`store`]: what is remembered, the only SQL.
//! - [`whatsapp`]: the client trait and its one adapter, the only place that names whatsapp-rust.
//! - [`courier`]: posts an event to a webhook, the only place that names reqwest.
//! - [`actors`]: one actor a session, their supervisor, their registry. `actors::handle` is the way in.
//! - [`http`]: the REST API. Its first screen is the route table.
//! - [`app`]: puts them together. [`cli`]: the commands.
//!
//! A layer names those above it in this list and never those below; `tests/architecture.rs` sees to it, and
//! `docs/ARCHITECTURE.md` says why.

pub mod actors;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod courier;
pub mod domain;
pub mod exit;
pub mod http;
pub mod meter;
pub mod shutdown;
pub mod store;
pub mod systemd;
pub mod telemetry;
pub mod whatsapp;
