//! The relying party's half of `WebAuthn`: what is asked of an authenticator, and whether its answer holds.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::world::passkey::Passkey;

/// The only page on which WhatsApp's passkeys sign.
const ORIGIN: &str = "https://web.whatsapp.com";
/// `authenticatorData` without extensions: hash of the relying party, flags, counter.
const DATA_LEN: usize = 32 + 1 + 4;
/// The flag for "a person was there".
const PRESENT: u8 = 0x01;

/// Why an assertion does not hold.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum AssertionError {
    /// Not the JSON of a credential.
    #[error("the assertion is not the JSON of a public-key credential")]
    Json,
    /// Another passkey than the registered one.
    #[error("the assertion is of another passkey than the account's")]
    Credential,
    /// Signed for something else than this request.
    #[error("the client data has another {0}")]
    ClientData(&'static str),
    /// The authenticator spoke to another site, or to nobody.
    #[error("the authenticator data has {0}")]
    Authenticator(&'static str),
    /// The signature is not by the passkey, or not over this.
    #[error("the signature does not hold")]
    Signature,
}

/// `credential.toJSON()`; what is not needed is left out.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credential {
    raw_id: String,
    r#type: String,
    response: Response,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    authenticator_data: String,
    signature: String,
}

#[derive(Deserialize)]
struct ClientData {
    r#type: String,
    challenge: String,
    origin: String,
}

/// `PublicKeyCredentialRequestOptions` in JSON.
pub(super) fn options(passkey: &Passkey, challenge: &[u8; 32], timeout_ms: u64) -> String {
    json!({
        "challenge": URL_SAFE_NO_PAD.encode(challenge),
        "timeout": timeout_ms,
        "rpId": passkey.rp_id,
        "allowCredentials": [{ "type": "public-key", "id": URL_SAFE_NO_PAD.encode(&passkey.credential_id.0) }],
        "userVerification": "required",
    })
    .to_string()
}

/// Checks an answer to [`options`]: the JSON of the credential, and the id that stands beside it.
pub(super) fn check(
    passkey: &Passkey,
    challenge: &[u8; 32],
    credential_id: &[u8],
    assertion: &[u8],
) -> Result<(), AssertionError> {
    let credential: Credential =
        serde_json::from_slice(assertion).map_err(|_| AssertionError::Json)?;
    if credential.r#type != "public-key" {
        return Err(AssertionError::Json);
    }
    if credential_id != passkey.credential_id.0 || decoded(&credential.raw_id)? != credential_id {
        return Err(AssertionError::Credential);
    }
    let client_data = decoded(&credential.response.client_data)?;
    check_client_data(&client_data, challenge)?;
    let data = decoded(&credential.response.authenticator_data)?;
    check_authenticator_data(&data, &passkey.rp_id)?;
    let signed = [data, Sha256::digest(&client_data).to_vec()].concat();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &passkey.public_key.0)
        .verify(&signed, &decoded(&credential.response.signature)?)
        .map_err(|_| AssertionError::Signature)
}

fn check_client_data(client_data: &[u8], challenge: &[u8; 32]) -> Result<(), AssertionError> {
    let client: ClientData =
        serde_json::from_slice(client_data).map_err(|_| AssertionError::Json)?;
    if client.r#type != "webauthn.get" {
        return Err(AssertionError::ClientData("type"));
    }
    if decoded(&client.challenge)? != challenge {
        return Err(AssertionError::ClientData("challenge"));
    }
    if client.origin != ORIGIN {
        return Err(AssertionError::ClientData("origin"));
    }
    Ok(())
}

fn check_authenticator_data(data: &[u8], rp_id: &str) -> Result<(), AssertionError> {
    if data.len() < DATA_LEN {
        return Err(AssertionError::Authenticator("too few bytes"));
    }
    let (hash, rest) = data.split_at(32);
    if hash != Sha256::digest(rp_id).as_slice() {
        return Err(AssertionError::Authenticator("another relying party"));
    }
    if rest.first().is_none_or(|flags| flags & PRESENT == 0) {
        return Err(AssertionError::Authenticator("nobody present"));
    }
    Ok(())
}

fn decoded(text: &str) -> Result<Vec<u8>, AssertionError> {
    URL_SAFE_NO_PAD
        .decode(text.trim_end_matches('='))
        .map_err(|_| AssertionError::Json)
}

#[cfg(test)]
mod tests;
