//! wamux: one daemon for many WhatsApp sessions.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod exit;
pub mod shutdown;
pub mod telemetry;
