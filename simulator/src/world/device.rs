//! A linked companion: its keys and what waits for it. Plain data, no sockets.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::blob::Blob;

/// Stanzas kept for a device that does not fetch them; the oldest goes first when it is full.
pub const PENDING_LIMIT: usize = 20_000;

/// A one-time pre-key as the companion uploaded it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PreKey {
    /// 24-bit key id.
    pub id: u32,
    /// X25519 public key, 32 bytes.
    pub public: Blob,
}

/// A signed pre-key as the companion uploaded it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SignedPreKey {
    /// 24-bit key id.
    pub id: u32,
    /// X25519 public key, 32 bytes.
    pub public: Blob,
    /// `XEdDSA` signature, 64 bytes.
    pub signature: Blob,
}

/// The kinds of stanza that the server keeps until the device has acknowledged them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// `<message>`
    Message,
    /// `<receipt>`
    Receipt,
    /// `<notification>`
    Notification,
}

/// A stanza on its way to a device.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pending {
    /// What it is.
    pub class: Class,
    /// Its `id` attribute.
    pub id: String,
    /// The encoded node, flag byte included.
    pub stanza: Blob,
}

/// A companion device of an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Device {
    /// Device number, from 1; 0 is the phone itself.
    pub id: u16,
    /// Its place in the account's key index list.
    pub key_index: u32,
    /// The static Noise key that it must log in with, 32 bytes.
    pub noise_static: Blob,
    /// Signal registration id.
    pub registration_id: u32,
    /// Signal identity key, 32 bytes without the type byte.
    pub identity: Blob,
    /// Current signed pre-key.
    pub signed_pre_key: SignedPreKey,
    /// One-time pre-keys left.
    pub pre_keys: VecDeque<PreKey>,
    /// `ADVSignedDeviceIdentity` with the account's key put back, as bundles carry it.
    pub adv: Blob,
    /// The name in "Linked devices".
    pub platform: String,
    /// Whether the phone has sent its key share and history.
    pub bootstrapped: bool,
    /// Unix seconds of the pairing.
    pub linked_at: u64,
    /// What it has not acknowledged yet, oldest first.
    pub pending: VecDeque<Pending>,
}

impl Device {
    /// Adds a stanza that is to be kept until it is acknowledged; says whether an old one had to go.
    pub fn keep(&mut self, pending: Pending) -> bool {
        self.pending.push_back(pending);
        if self.pending.len() > PENDING_LIMIT {
            self.pending.pop_front();
            return true;
        }
        false
    }

    /// Forgets a stanza that was acknowledged.
    pub fn acknowledged(&mut self, class: Class, id: &str) {
        let found = self
            .pending
            .iter()
            .position(|entry| entry.class == class && entry.id == id);
        if let Some(at) = found {
            self.pending.remove(at);
        }
    }
}
