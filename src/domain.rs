//! The words of the product as plain data: ids, sessions, messages, events.
//!
//! A leaf: it knows no actor, no database, no HTTP and no WhatsApp library. Whatever enters the daemon becomes one
//! of these types at its edge, once, and travels as that type from there on.

pub mod chat;
pub mod event;
pub mod fact;
pub mod id;
pub mod idempotency;
pub mod linking;
pub mod message;
pub mod page;
pub mod pairing_link;
pub mod retry;
mod schema;
pub mod search;
pub mod session;
pub mod stats;
pub mod time;
pub mod timeline;
pub mod webhook;
