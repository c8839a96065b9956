//! Linking a companion: reading its QR code, vouching for its identity (ADV, WhatsApp's "advanced device
//! verification"), checking its counter-signature, and the signed list of valid devices.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::Hmac;
use hmac::KeyInit;
use hmac::Mac;
use sha2::Sha256;
use wacore_libsignal::protocol::PublicKey;
use waproto::buffa::Message;
use waproto::whatsapp as wa;

use crate::phone::Phone;
use crate::phone::PhoneError;

/// Domain separators of the ADV signatures (WA Web `WAWebAdvSignatureConstants`).
const ACCOUNT_SIGNATURE: [u8; 2] = [6, 0];
const DEVICE_SIGNATURE: [u8; 2] = [6, 1];
const KEY_INDEX_SIGNATURE: [u8; 2] = [6, 2];
/// The same for what hosted accounts authenticate.
const HOSTED: [u8; 2] = [6, 5];

/// What a client shows as a QR code.
#[derive(Clone, PartialEq, Eq)]
pub struct Qr {
    /// The ref that the server gave out; names the connection.
    pub reference: String,
    /// The client's static Noise key.
    pub noise_public: [u8; 32],
    /// The client's identity key.
    pub identity_public: [u8; 32],
    /// The secret that proves to the client that whoever answers has seen its screen.
    pub adv_secret: [u8; 32],
    /// The fifth field, a number for the kind of client; older clients leave it out.
    pub platform: Option<String>,
}

impl fmt::Debug for Qr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Qr")
            .field("reference", &self.reference)
            .finish_non_exhaustive()
    }
}

impl Qr {
    /// Reads `ref,noise,identity,secret[,platform]` with keys in base64; a link in front (as Baileys shows it,
    /// `https://wa.me/settings/linked_devices#…`) is skipped.
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        let fields = text.trim().rsplit('#').next().unwrap_or_default();
        let fields: Vec<&str> = fields.split(',').collect();
        let [reference, noise, identity, secret, rest @ ..] = fields.as_slice() else {
            return Err(PhoneError::Qr {
                reason: "it has fewer than four fields",
            });
        };
        if reference.is_empty() || rest.len() > 1 {
            return Err(PhoneError::Qr {
                reason: "the ref is empty or there are more than five fields",
            });
        }
        Ok(Self {
            reference: (*reference).to_owned(),
            noise_public: key_field(noise)?,
            identity_public: key_field(identity)?,
            adv_secret: key_field(secret)?,
            platform: rest.first().map(|platform| (*platform).to_owned()),
        })
    }
}

impl Phone {
    /// Vouches for a companion: the content of `<device-identity>` in pair-success
    /// (`ADVSignedDeviceIdentityHMAC`). `now` is in Unix seconds; `key_index` is the device's number in
    /// [`Phone::key_index_list`], never used before by this account.
    pub fn grant(
        &self,
        companion_identity: &[u8; 32],
        adv_secret: &[u8; 32],
        key_index: u32,
        now: u64,
    ) -> Result<Vec<u8>, PhoneError> {
        let details = self.details(key_index, now);
        let signed = self.vouch(companion_identity, &details)?;
        Ok(under_secret(adv_secret, signed, None))
    }

    /// The same of a hosted account (one that the phone shares with WhatsApp's Cloud API). The HMAC is that of hosted
    /// accounts; the companion is an ordinary one, and signed for as such.
    pub fn grant_hosted(
        &self,
        companion_identity: &[u8; 32],
        adv_secret: &[u8; 32],
        key_index: u32,
        now: u64,
    ) -> Result<Vec<u8>, PhoneError> {
        let details = wa::ADVDeviceIdentity {
            account_type: Some(wa::ADVEncryptionType::HOSTED),
            device_type: Some(wa::ADVEncryptionType::E2EE),
            ..self.details(key_index, now)
        };
        let signed = self.vouch(companion_identity, &details)?;
        let kind = wa::ADVEncryptionType::HOSTED;
        Ok(under_secret(adv_secret, signed, Some(kind)))
    }

    fn details(&self, key_index: u32, now: u64) -> wa::ADVDeviceIdentity {
        wa::ADVDeviceIdentity {
            raw_id: Some(self.raw_id),
            timestamp: Some(now),
            key_index: Some(key_index),
            ..wa::ADVDeviceIdentity::default()
        }
    }

    fn vouch(
        &self,
        companion_identity: &[u8; 32],
        details: &wa::ADVDeviceIdentity,
    ) -> Result<Vec<u8>, PhoneError> {
        let details = details.encode_to_vec();
        let signature = self.sign(&[&ACCOUNT_SIGNATURE, &details, companion_identity])?;
        Ok(wa::ADVSignedDeviceIdentity {
            details: Some(details),
            account_signature_key: Some(self.identity_public().to_vec()),
            account_signature: Some(signature),
            device_signature: None,
        }
        .encode_to_vec())
    }

    /// Checks what the companion returns in pair-device-sign (`ADVSignedDeviceIdentity` with its signature) and
    /// gives the `<device-identity>` that goes beside the device's keys and messages. Baileys leaves the account's
    /// key out; it is put back.
    pub fn confirm(
        &self,
        companion_identity: &[u8; 32],
        signed: &[u8],
    ) -> Result<Vec<u8>, PhoneError> {
        let mut identity =
            wa::ADVSignedDeviceIdentity::decode_from_slice(signed).map_err(|source| {
                PhoneError::Protobuf {
                    what: "signed device identity",
                    source,
                }
            })?;
        let account_key = self.identity_public();
        let details = identity.details.as_deref().unwrap_or_default();
        let account_message = [&ACCOUNT_SIGNATURE[..], details, companion_identity].concat();
        verify(
            &account_key,
            &account_message,
            identity.account_signature.as_deref(),
            "it does not carry this account's signature",
        )?;
        let device_message = [
            &DEVICE_SIGNATURE[..],
            details,
            companion_identity,
            &account_key,
        ]
        .concat();
        verify(
            companion_identity,
            &device_message,
            identity.device_signature.as_deref(),
            "the device's own signature is wrong",
        )?;
        identity.account_signature_key = Some(account_key.to_vec());
        Ok(identity.encode_to_vec())
    }

    /// The signed list of this account's companions, the content of `<key-index-list>`: `current` is the highest
    /// key index ever given, `valid` are those of the companions that still exist, `now` is in Unix seconds.
    pub fn key_index_list(
        &self,
        current: u32,
        valid: &[u32],
        now: u64,
    ) -> Result<Vec<u8>, PhoneError> {
        let details = wa::ADVKeyIndexList {
            raw_id: Some(self.raw_id),
            timestamp: Some(now),
            current_index: Some(current),
            valid_indexes: valid.to_vec(),
            ..wa::ADVKeyIndexList::default()
        }
        .encode_to_vec();
        let signature = self.sign(&[&KEY_INDEX_SIGNATURE, &details])?;
        Ok(wa::ADVSignedKeyIndexList {
            details: Some(details),
            account_signature: Some(signature),
            ..wa::ADVSignedKeyIndexList::default()
        }
        .encode_to_vec())
    }

    fn sign(&self, parts: &[&[u8]]) -> Result<Vec<u8>, PhoneError> {
        let message = parts.concat();
        let signature = self
            .identity
            .calculate_signature(&message, &mut self.draws.for_signing(&message))?;
        Ok(signature.to_vec())
    }
}

fn verify(
    key: &[u8; 32],
    message: &[u8],
    signature: Option<&[u8]>,
    reason: &'static str,
) -> Result<(), PhoneError> {
    let key = PublicKey::from_djb_public_key_bytes(key)?;
    if key.verify_signature(message, signature.unwrap_or_default()) {
        return Ok(());
    }
    Err(PhoneError::Identity { reason })
}

/// What the phone vouches for, authenticated by the secret that it shares with the companion.
fn under_secret(
    adv_secret: &[u8; 32],
    signed: Vec<u8>,
    account_type: Option<wa::ADVEncryptionType>,
) -> Vec<u8> {
    let hmac = match account_type {
        Some(wa::ADVEncryptionType::HOSTED) => {
            hmac_sha256(adv_secret, &[&HOSTED[..], &signed].concat())
        }
        _ => hmac_sha256(adv_secret, &signed),
    };
    wa::ADVSignedDeviceIdentityHMAC {
        details: Some(signed),
        hmac: Some(hmac),
        account_type,
    }
    .encode_to_vec()
}

fn hmac_sha256(key: &[u8; 32], message: &[u8]) -> Vec<u8> {
    // HMAC pads a key to the hash's block with zeros; done here, no length can be wrong.
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let mac = Hmac::<Sha256>::new(&block.into()).chain_update(message);
    mac.finalize().into_bytes().to_vec()
}

fn key_field(text: &str) -> Result<[u8; 32], PhoneError> {
    let raw = BASE64_STANDARD.decode(text).map_err(|_| PhoneError::Qr {
        reason: "a key is not base64",
    })?;
    raw.try_into().map_err(|_| PhoneError::Qr {
        reason: "a key does not have 32 bytes",
    })
}

#[cfg(test)]
mod tests;
