//! An account's passkey as the server keeps it: a P-256 key for ES256 signatures. Plain data; what it proves is checked
//! in [`crate::server::pairing`].

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde::{Deserialize, Serialize};

use super::blob::Blob;

/// What a passkey is bound to, unless the registration names another.
pub const RP_ID: &str = "web.whatsapp.com";
/// An uncompressed point: 04, x, y.
const POINT_LEN: usize = 65;
/// Bytes of a made-up credential id or user handle.
const ID_LEN: usize = 16;
/// `SubjectPublicKeyInfo` of a P-256 key in DER, up to the point.
const SPKI_HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// `COSE_Key` of a P-256 key for ES256 in CTAP2's canonical CBOR, up to x, and between x and y.
const COSE_HEAD: [u8; 10] = [0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
const COSE_MIDDLE: [u8; 3] = [0x22, 0x58, 0x20];

/// Why a passkey cannot be registered.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// The key is of another kind, or none.
    #[error(
        "publicKey is not a P-256 key; give its SPKI in DER, or its COSE_Key for ES256, in base64url"
    )]
    Key,
    /// Text that is not base64url.
    #[error("credentialId is not base64url of at least one byte")]
    Id,
    /// One of the two is missing.
    #[error("credentialId and publicKey belong together; leave both out to have a passkey made")]
    Half,
    /// The system has no randomness.
    #[error("a key pair cannot be made")]
    Making,
}

/// A passkey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passkey {
    /// Names it.
    pub credential_id: Blob,
    /// An uncompressed point on P-256.
    pub public_key: Blob,
    /// What it is bound to.
    pub rp_id: String,
    /// Names the account to the authenticator.
    pub user_handle: Blob,
}

/// What a registration gives.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PasskeyRegistration {
    /// base64url; made up without it.
    pub credential_id: Option<String>,
    /// SPKI or COSE in base64url; made up without it.
    pub public_key: Option<String>,
    /// [`RP_ID`] without it.
    pub rp_id: Option<String>,
}

/// A passkey that was made here: what a virtual authenticator needs. It holds the private key.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MadePasskey {
    /// base64url
    pub credential_id: String,
    /// PKCS#8 in DER, in standard base64.
    pub private_key_pkcs8: String,
    /// What it is bound to.
    pub rp_id: String,
    /// base64url
    pub user_handle: String,
}

impl Passkey {
    /// Takes in a passkey whose private key is elsewhere, or makes one.
    ///
    /// # Errors
    /// When the registration cannot be read.
    pub fn register(
        registration: PasskeyRegistration,
    ) -> Result<(Self, Option<MadePasskey>), PasskeyError> {
        let rp_id = registration.rp_id.unwrap_or_else(|| RP_ID.to_owned());
        match (registration.credential_id, registration.public_key) {
            (Some(id), Some(key)) => {
                let credential_id = URL_SAFE_NO_PAD
                    .decode(id.trim_end_matches('='))
                    .ok()
                    .filter(|id| !id.is_empty())
                    .ok_or(PasskeyError::Id)?;
                let public_key = URL_SAFE_NO_PAD
                    .decode(key.trim_end_matches('='))
                    .ok()
                    .and_then(|key| point(&key))
                    .ok_or(PasskeyError::Key)?;
                let passkey = Self {
                    credential_id: credential_id.into(),
                    public_key: public_key.into(),
                    rp_id,
                    user_handle: Blob::default(),
                };
                Ok((passkey, None))
            }
            (None, None) => make(rp_id).map(|(passkey, made)| (passkey, Some(made))),
            _ => Err(PasskeyError::Half),
        }
    }
}

/// The key pair comes from the system's randomness, not from the seed: ring takes no other.
fn make(rp_id: String) -> Result<(Passkey, MadePasskey), PasskeyError> {
    let random = SystemRandom::new();
    let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
    let pkcs8 =
        EcdsaKeyPair::generate_pkcs8(algorithm, &random).map_err(|_| PasskeyError::Making)?;
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random)
        .map_err(|_| PasskeyError::Making)?;
    let mut ids = [0; 2 * ID_LEN];
    random.fill(&mut ids).map_err(|_| PasskeyError::Making)?;
    let (credential_id, user_handle) = ids.split_at(ID_LEN);
    let made = MadePasskey {
        credential_id: URL_SAFE_NO_PAD.encode(credential_id),
        private_key_pkcs8: STANDARD.encode(pkcs8.as_ref()),
        rp_id: rp_id.clone(),
        user_handle: URL_SAFE_NO_PAD.encode(user_handle),
    };
    let passkey = Passkey {
        credential_id: credential_id.into(),
        public_key: pair.public_key().as_ref().into(),
        rp_id,
        user_handle: user_handle.into(),
    };
    Ok((passkey, made))
}

/// The point of a P-256 key in SPKI or COSE.
fn point(key: &[u8]) -> Option<Vec<u8>> {
    if let Some(point) = key.strip_prefix(&SPKI_HEAD) {
        return (point.len() == POINT_LEN && point.first() == Some(&4)).then(|| point.to_vec());
    }
    let (x, rest) = key.strip_prefix(&COSE_HEAD)?.split_at_checked(32)?;
    let y = rest.strip_prefix(&COSE_MIDDLE)?;
    (y.len() == 32).then(|| [&[4], x, y].concat())
}

#[cfg(test)]
mod tests;
