//! The key that a webhook's requests are signed with.

use std::fmt;
use std::ops::RangeInclusive;

/// How long a key may be, in bytes, as Standard Webhooks says.
const BYTES: RangeInclusive<usize> = 24..=64;

/// A signing key: it prints as dots, and comes out through [`WebhookSecret::expose`] alone.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(Vec<u8>);

/// The key is too short or too long.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the secret has {0} bytes; use {min} to {max}", min = BYTES.start(), max = BYTES.end())]
pub struct SecretError(usize);

impl WebhookSecret {
    /// From the bytes of the key, which should be random.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, SecretError> {
        if BYTES.contains(&bytes.len()) {
            Ok(Self(bytes))
        } else {
            Err(SecretError(bytes.len()))
        }
    }

    /// The bytes. Never log them.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}
