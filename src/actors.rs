//! The actors: one a session, a supervisor over them, a registry that knows them. The only place that names ractor.
//!
//! Everybody else goes through [`handle`]: messages and actor references stay in here.

pub mod deps;
pub mod disk;
pub mod error;
pub mod handle;
mod ids;
mod janitor;
pub mod journal;
pub mod ledger;
#[cfg(test)]
pub(crate) mod nobody;
mod registry;
mod reply;
pub mod restart;
mod session;
mod status;
mod storm;
mod supervisor;
#[cfg(test)]
mod tests;
pub mod traces;
pub mod vitals;
pub mod webhooks;
