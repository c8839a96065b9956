//! The protocol's behaviour: one stanza family a file, and the listener in front of them.
//!
//! Handlers are plain functions on the hub's state. None of them touches a socket.

pub mod appstate;
pub mod calls;
pub mod connection;
pub mod dispatch;
pub mod groups;
pub mod handset;
pub mod http;
pub mod iq;
pub mod listener;
pub mod login;
pub mod media;
pub mod messages;
pub mod newcomer;
pub mod pairing;
pub mod prekeys;
pub mod presence;
pub mod privacy;
pub mod profile;
pub mod receipts;
pub mod removal;
pub mod settings;
pub mod stanza;
pub mod tls;
pub mod usync;
