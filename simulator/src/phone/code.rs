//! Linking by an eight-character code: the phone's half of the two-step exchange. The code is stretched with
//! PBKDF2, which takes long enough that [`CodeEntry::type_code`] must not run under a lock or on an async thread.

use std::fmt;

use aes::cipher::KeyIvInit;
use aes::cipher::StreamCipher;
use aes_gcm::Aes256Gcm;
use aes_gcm::aead::Aead;
use hkdf::Hkdf;
use sha2::Sha256;
use wacore_libsignal::protocol::KeyPair;
use wacore_libsignal::protocol::PublicKey;

use crate::phone::Phone;
use crate::phone::PhoneError;
use crate::phone::RandomBytes;
use crate::wire::certificate::public_bytes;

type Aes256Ctr = ctr::Ctr128BE<aes::Aes256>;

const SALT_LEN: usize = 32;
const IV_LEN: usize = 16;
/// A wrapped ephemeral key: salt, IV, ciphertext.
const WRAPPED_LEN: usize = SALT_LEN + IV_LEN + 32;
/// PBKDF2 rounds over the code (wacore `pair_code`, Baileys `derivePairingCodeKey`).
const ROUNDS: u32 = 131_072;
const NONCE_LEN: usize = 12;
/// A key bundle: salt, nonce, then companion identity, primary identity and 32 random bytes, and the tag.
const BUNDLE_LEN: usize = SALT_LEN + NONCE_LEN + 3 * 32 + 16;
const BUNDLE_INFO: &[u8] = b"link_code_pairing_key_bundle_encryption_key";
const SECRET_INFO: &[u8] = b"adv_secret";

/// The screen where a code is to be typed: randomness drawn, nothing computed yet.
pub struct CodeEntry {
    ephemeral: KeyPair,
    salt: [u8; SALT_LEN],
    iv: [u8; IV_LEN],
    identity_public: [u8; 32],
}

/// A typed code, until the client answers.
pub struct TypedCode {
    /// What goes to the client as `link_code_pairing_wrapped_primary_ephemeral_pub` (80 bytes).
    pub wrapped_ephemeral: Vec<u8>,
    /// What goes to the client as `primary_identity_pub`.
    pub identity_public: [u8; 32],
    ephemeral: KeyPair,
    companion_ephemeral: [u8; 32],
}

impl fmt::Debug for CodeEntry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CodeEntry").finish_non_exhaustive()
    }
}

impl fmt::Debug for TypedCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TypedCode").finish_non_exhaustive()
    }
}

impl CodeEntry {
    /// Types `code` (letters and digits; dashes and spaces are ignored, case does not matter) against the
    /// companion's wrapped key from `companion_hello` (80 bytes). Slow on purpose: call it from a blocking thread. A
    /// wrong code cannot be told from a right one here; it shows in [`Phone::open_code_bundle`].
    pub fn type_code(self, code: &str, wrapped: &[u8]) -> Result<TypedCode, PhoneError> {
        if wrapped.len() != WRAPPED_LEN {
            return Err(PhoneError::Length {
                what: "wrapped companion key",
                found: wrapped.len(),
                wanted: WRAPPED_LEN,
            });
        }
        let code: String = code
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|letter| letter.to_ascii_uppercase())
            .collect();
        let (salt, rest) = wrapped.split_at(SALT_LEN);
        let (iv, sealed) = rest.split_at(IV_LEN);
        let companion_ephemeral = crypt(&code, salt, iv, sealed)?;
        let own = crypt(&code, &self.salt, &self.iv, &public_bytes(&self.ephemeral))?;
        Ok(TypedCode {
            wrapped_ephemeral: [&self.salt[..], &self.iv, &own].concat(),
            identity_public: self.identity_public,
            ephemeral: self.ephemeral,
            companion_ephemeral,
        })
    }
}

impl Phone {
    /// Opens the screen for a pairing code; quick.
    pub fn begin_code(&mut self) -> CodeEntry {
        let mut rng = self.draws.next();
        CodeEntry {
            ephemeral: KeyPair::generate(&mut rng),
            salt: rng.random_bytes(),
            iv: rng.random_bytes(),
            identity_public: self.identity_public(),
        }
    }

    /// Opens the key bundle of `companion_finish` (156 bytes) and gives the ADV secret for [`Phone::grant`];
    /// [`PhoneError::WrongCode`] when phone and client did not use the same code.
    pub fn open_code_bundle(
        &self,
        typed: &TypedCode,
        bundle: &[u8],
        companion_identity: &[u8; 32],
    ) -> Result<[u8; 32], PhoneError> {
        if bundle.len() != BUNDLE_LEN {
            return Err(PhoneError::Length {
                what: "key bundle",
                found: bundle.len(),
                wanted: BUNDLE_LEN,
            });
        }
        let ephemeral_shared = agree(&typed.ephemeral, &typed.companion_ephemeral)?;
        let (salt, rest) = bundle.split_at(SALT_LEN);
        let (nonce, sealed) = rest.split_at(NONCE_LEN);
        let key = expand(Some(salt), &ephemeral_shared, BUNDLE_INFO);
        let opened = open_gcm(&key, nonce, sealed)?;
        let (identities, random) = opened.split_at(64);
        if identities != [&companion_identity[..], &self.identity_public()].concat() {
            return Err(PhoneError::WrongCode);
        }
        let identity_shared = agree(&self.identity, companion_identity)?;
        Ok(expand(
            None,
            &[&ephemeral_shared[..], &identity_shared, random].concat(),
            SECRET_INFO,
        ))
    }
}

/// Wraps or unwraps a key with the stretched code; CTR mode is its own inverse.
fn crypt(code: &str, salt: &[u8], iv: &[u8], key: &[u8]) -> Result<[u8; 32], PhoneError> {
    let mut stretched = [0; 32];
    pbkdf2::pbkdf2_hmac::<Sha256>(code.as_bytes(), salt, ROUNDS, &mut stretched);
    let length = |_| PhoneError::Length {
        what: "wrapped key",
        found: key.len(),
        wanted: 32,
    };
    let mut buffer: [u8; 32] = key.try_into().map_err(length)?;
    let mut cipher =
        Aes256Ctr::new_from_slices(&stretched, iv).map_err(|_| PhoneError::WrongCode)?;
    cipher.apply_keystream(&mut buffer);
    Ok(buffer)
}

pub(super) fn agree(own: &KeyPair, theirs: &[u8; 32]) -> Result<[u8; 32], PhoneError> {
    Ok(own.calculate_agreement(&PublicKey::from_djb_public_key_bytes(theirs)?)?)
}

pub(super) fn expand(salt: Option<&[u8]>, secret: &[u8], info: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    // HKDF-SHA256 fails only for outputs above 8160 bytes.
    let _fits = Hkdf::<Sha256>::new(salt, secret).expand(info, &mut key);
    key
}

pub(super) fn open_gcm(key: &[u8; 32], nonce: &[u8], sealed: &[u8]) -> Result<Vec<u8>, PhoneError> {
    use aes_gcm::KeyInit;
    let nonce: [u8; NONCE_LEN] = nonce.try_into().map_err(|_| PhoneError::WrongCode)?;
    Aes256Gcm::new(key.into())
        .decrypt(&nonce.into(), sealed)
        .map_err(|_| PhoneError::WrongCode)
}

#[cfg(test)]
mod tests;
