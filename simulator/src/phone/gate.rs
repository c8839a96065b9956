//! The phone's half of a link that needs a passkey: ephemeral keys are exchanged, both sides may show a code to
//! compare, and the companion hands over a new ADV secret under the agreed key. The passkey itself is the server's
//! business.

use std::fmt;

use hmac::Hmac;
use hmac::KeyInit;
use hmac::Mac;
use sha2::Digest;
use sha2::Sha256;
use wacore_libsignal::protocol::KeyPair;
use waproto::buffa::Enumeration;
use waproto::buffa::Message;
use waproto::whatsapp as wa;

use super::code::agree;
use super::code::expand;
use super::code::open_gcm;
use crate::phone::Phone;
use crate::phone::PhoneError;
use crate::phone::RandomBytes;
use crate::wire::certificate::public_bytes;

const KEY_INFO: &[u8] = b"Pairing Information Encryption Key";
const CONTINUITY_INFO: &[u8] = b"shortcake-passkey-handoff-v1";
/// Crockford's base 32 as WhatsApp has it: no 0, I, O, U.
const LETTERS: &[u8; 32] = b"123456789ABCDEFGHJKLMNPQRSTVWXYZ";
/// Bytes of the digest in the code, and letters of half of it.
const CODE_BYTES: usize = 5;
const CODE_HALF: usize = 4;

/// What a companion opens with: its ephemeral key, and a promise of its nonce.
#[derive(Clone)]
pub struct Prologue {
    identity: Vec<u8>,
    public: [u8; 32],
    device_type: i32,
    reference: String,
    commitment: Vec<u8>,
}

/// The phone's answer to a prologue, and what it keeps for the steps after it.
pub struct Introduction {
    prologue: Prologue,
    ephemeral: KeyPair,
    nonce: [u8; 32],
    revealed: bool,
}

/// What a companion hands over at the end.
pub struct Handover {
    /// Its static Noise key.
    pub noise_public: Vec<u8>,
    /// Its identity key.
    pub identity_public: Vec<u8>,
    /// The secret for [`Phone::grant`].
    pub adv_secret: [u8; 32],
}

impl Prologue {
    /// Reads a `ProloguePayload`.
    pub fn read(payload: &[u8]) -> Result<Self, PhoneError> {
        let protobuf = |what| move |source| PhoneError::Protobuf { what, source };
        let payload = wa::ProloguePayload::decode_from_slice(payload)
            .map_err(protobuf("prologue payload"))?;
        let identity = payload.companion_ephemeral_identity.unwrap_or_default();
        let named = wa::CompanionEphemeralIdentity::decode_from_slice(&identity)
            .map_err(protobuf("companion's ephemeral identity"))?;
        let commitment = payload
            .commitment
            .into_option()
            .and_then(|commitment| commitment.hash);
        Ok(Self {
            public: key(named.public_key, "companion's ephemeral key")?,
            device_type: named.device_type.map_or(0, |device| device.to_i32()),
            reference: named.r#ref.unwrap_or_default(),
            commitment: commitment.unwrap_or_default(),
            identity,
        })
    }

    /// The reference that the server gave the companion for this.
    pub fn reference(&self) -> &str {
        &self.reference
    }

    fn key(&self, shared: &[u8; 32]) -> [u8; 32] {
        let (device, reference) = (self.device_type, &self.reference);
        let salt = format!("Companion Pairing {device} with ref {reference}");
        expand(Some(salt.as_bytes()), shared, KEY_INFO)
    }
}

impl Phone {
    /// Answers a prologue.
    pub fn introduce(&mut self, prologue: Prologue) -> Introduction {
        let mut rng = self.draws.next();
        Introduction {
            prologue,
            ephemeral: KeyPair::generate(&mut rng),
            nonce: rng.random_bytes(),
            revealed: false,
        }
    }
}

impl Introduction {
    /// What goes to the companion: a `PrimaryEphemeralIdentity`.
    pub fn message(&self) -> Vec<u8> {
        wa::PrimaryEphemeralIdentity {
            public_key: Some(public_bytes(&self.ephemeral).to_vec()),
            nonce: Some(self.nonce.to_vec()),
        }
        .encode_to_vec()
    }

    /// Takes the nonce that the companion has promised, and gives the code to compare.
    pub fn reveal(&mut self, nonce: &[u8]) -> Result<String, PhoneError> {
        let promised = Sha256::new()
            .chain_update(&self.prologue.identity)
            .chain_update(nonce)
            .finalize();
        if nonce.len() != 32 || promised.as_slice() != self.prologue.commitment {
            return Err(PhoneError::Gate {
                reason: "the nonce is not the one that was promised",
            });
        }
        self.revealed = true;
        Ok(code(nonce, &public_bytes(&self.ephemeral), &self.nonce))
    }

    /// Opens the `EncryptedPairingRequest`.
    pub fn open(&self, sealed: &[u8]) -> Result<Handover, PhoneError> {
        if !self.revealed {
            return Err(PhoneError::Gate {
                reason: "the companion has not revealed its nonce",
            });
        }
        let protobuf = |source| PhoneError::Protobuf {
            what: "pairing request",
            source,
        };
        let sealed = wa::EncryptedPairingRequest::decode_from_slice(sealed).map_err(protobuf)?;
        let key_of_both = self
            .prologue
            .key(&agree(&self.ephemeral, &self.prologue.public)?);
        let opened = open_gcm(
            &key_of_both,
            &sealed.iv.unwrap_or_default(),
            &sealed.encrypted_payload.unwrap_or_default(),
        );
        let opened = opened.map_err(|_| PhoneError::Gate {
            reason: "the pairing request is not under the agreed key",
        })?;
        let request = wa::PairingRequest::decode_from_slice(&opened).map_err(protobuf)?;
        Ok(Handover {
            noise_public: request.companion_public_key.unwrap_or_default(),
            identity_public: request.companion_identity_key.unwrap_or_default(),
            adv_secret: key(request.adv_secret, "ADV secret")?,
        })
    }
}

impl fmt::Debug for Introduction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Introduction")
            .field("revealed", &self.revealed)
            .finish_non_exhaustive()
    }
}

/// Whether a proof over a `ProloguePayload` is by somebody who holds an earlier ADV secret.
pub fn proves_continuity(secret: &[u8; 32], payload: &[u8], proof: &[u8]) -> bool {
    let mut block = [0; 64];
    block[..32].copy_from_slice(&expand(None, secret, CONTINUITY_INFO));
    Hmac::<Sha256>::new(&block.into())
        .chain_update(payload)
        .verify_slice(proof)
        .is_ok()
}

/// `XXXX-XXXX`
fn code(companion_nonce: &[u8], public: &[u8; 32], nonce: &[u8; 32]) -> String {
    let digest = Sha256::new()
        .chain_update(companion_nonce)
        .chain_update(public)
        .finalize();
    let bits = digest
        .iter()
        .zip(nonce)
        .take(CODE_BYTES)
        .fold(0_u64, |bits, (left, right)| {
            bits << 8 | u64::from(left ^ right)
        });
    let mut code: String = (0..2 * CODE_HALF)
        .rev()
        .map(|place| char::from(LETTERS[(bits >> (5 * place) & 31) as usize]))
        .collect();
    code.insert(CODE_HALF, '-');
    code
}

fn key(bytes: Option<Vec<u8>>, what: &'static str) -> Result<[u8; 32], PhoneError> {
    let bytes = bytes.unwrap_or_default();
    let found = bytes.len();
    bytes.try_into().map_err(|_| PhoneError::Length {
        what,
        found,
        wanted: 32,
    })
}

#[cfg(test)]
mod tests;
