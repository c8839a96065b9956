//! wamux, the WhatsApp multiplexer: one daemon that holds many WhatsApp sessions and offers them as a REST API.

pub mod domain;
pub mod store;
pub mod actors;
pub mod http;
