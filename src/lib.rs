//! wamux, the WhatsApp multiplexer: one daemon that holds many WhatsApp sessions and offers them as a REST API.

pub mod actors;
pub mod clock;
pub mod domain;
pub mod store;
pub mod whatsapp;
