//! The actors: one a session, a supervisor over them, a registry that knows them. The only place that names ractor.

pub mod error;
pub mod handle;
