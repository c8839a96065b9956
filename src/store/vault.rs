//! Secrets at rest: sealed with a key that lies beside the database and not in it, so that a copy of one alone gives
//! nothing away. ChaCha20-Poly1305, a random nonce for each text, bound to the webhook that it belongs to.

use crate::domain::id::WebhookId;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::aead::Aad;
use ring::aead::CHACHA20_POLY1305;
use ring::aead::LessSafeKey;
use ring::aead::NONCE_LEN;
use ring::aead::Nonce;
use ring::aead::UnboundKey;
use std::fmt;
use std::sync::Arc;

/// The length of the key, in bytes.
pub const KEY_BYTES: usize = 32;

/// Seals and opens. A clone has the same key.
#[derive(Clone)]
pub struct Vault(Arc<LessSafeKey>);

/// What cannot be opened: it was sealed with another key, for another webhook, or has been changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed secret cannot be opened with this key")]
pub struct VaultError;

impl Vault {
    /// With this key, which should be random.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "the length is that of the algorithm"
    )]
    pub fn new(key: &[u8; KEY_BYTES]) -> Self {
        let key = UnboundKey::new(&CHACHA20_POLY1305, key).expect("a key of 32 bytes");
        Self(Arc::new(LessSafeKey::new(key)))
    }

    /// A text that says nothing of `secret` to whoever lacks the key.
    pub(super) fn seal(&self, owner: &WebhookId, secret: &[u8]) -> Result<String, VaultError> {
        let nonce: [u8; NONCE_LEN] = rand::random();
        let mut sealed = secret.to_vec();
        let aad = Aad::from(owner.as_str());
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed)
            .map_err(|_| VaultError)?;
        Ok(BASE64_STANDARD.encode([&nonce[..], &sealed].concat()))
    }

    /// The reverse of [`Vault::seal`].
    pub(super) fn open(&self, owner: &WebhookId, sealed: &str) -> Result<Vec<u8>, VaultError> {
        let bytes = BASE64_STANDARD.decode(sealed).map_err(|_| VaultError)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN).ok_or(VaultError)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError)?;
        let mut opened = sealed.to_vec();
        let opened = self
            .0
            .open_in_place(nonce, Aad::from(owner.as_str()), &mut opened)
            .map_err(|_| VaultError)?;
        Ok(opened.to_vec())
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webhook(last: char) -> WebhookId {
        WebhookId::parse(&format!("whk_01ARZ3NDEKTSV4RRFFQ69G5FA{last}")).unwrap()
    }

    #[test]
    fn what_is_sealed_comes_back_and_looks_different_each_time() {
        let vault = Vault::new(&[7; KEY_BYTES]);
        let sealed = vault.seal(&webhook('A'), b"hunter2").unwrap();
        assert_eq!(vault.open(&webhook('A'), &sealed).unwrap(), b"hunter2");
        assert_ne!(vault.seal(&webhook('A'), b"hunter2").unwrap(), sealed);
        assert!(!format!("{vault:?}{sealed}").contains("hunter2"));
    }

    #[test]
    fn another_key_another_webhook_and_a_changed_text_open_nothing() {
        let vault = Vault::new(&[7; KEY_BYTES]);
        let sealed = vault.seal(&webhook('A'), b"hunter2").unwrap();
        let other = Vault::new(&[8; KEY_BYTES]);
        assert_eq!(other.open(&webhook('A'), &sealed), Err(VaultError));
        assert_eq!(vault.open(&webhook('B'), &sealed), Err(VaultError));
        let mut bytes = BASE64_STANDARD.decode(&sealed).unwrap();
        for index in 0..bytes.len() {
            bytes[index] ^= 1;
            let changed = BASE64_STANDARD.encode(&bytes);
            assert_eq!(vault.open(&webhook('A'), &changed), Err(VaultError));
            bytes[index] ^= 1;
        }
        for bad in ["", "A", "AAAA", "not base64!", &sealed[..8]] {
            assert_eq!(vault.open(&webhook('A'), bad), Err(VaultError), "{bad}");
        }
    }
}
