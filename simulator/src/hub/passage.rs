//! A companion on its way through the gate: what the server and the phone keep of it between its steps.

use std::fmt;

use tokio::time::Instant;

use crate::phone::Introduction;
use crate::world::DeviceRef;
use crate::world::linking::Gate;
use crate::world::passkey::Passkey;

/// A passkey asked for on a connection, and what follows.
pub struct Passage {
    /// Which device the companion becomes.
    pub device: DeviceRef,
    /// The account's gate at the beginning.
    pub gate: Gate,
    /// The passkey asked for.
    pub passkey: Passkey,
    /// What it has to sign.
    pub challenge: [u8; 32],
    /// The request as the companion gets it.
    pub options: String,
    /// When it is too late for an answer.
    pub until: Instant,
    /// The reference that the companion has asked for.
    pub reference: Option<String>,
    /// Secrets that prove that the phone knows the companion.
    pub secrets: Vec<[u8; 32]>,
    /// Whether the companion has proven that.
    pub known: bool,
    /// The phone's half, once the passkey was accepted.
    pub introduction: Option<Introduction>,
    /// The code that the phone shows.
    pub code: Option<String>,
    /// Whether its user has said that the companion shows another one.
    pub declined: bool,
}

impl fmt::Debug for Passage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Passage")
            .field("device", &self.device)
            .field("gate", &self.gate)
            .finish_non_exhaustive()
    }
}
