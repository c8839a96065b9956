//! A passkey in software: it answers as `navigator.credentials.get` does on a page of web.whatsapp.com.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use wamux_simulator::MadePasskey;

/// "Somebody was there", and "it was the owner".
const FLAGS: u8 = 0x05;

pub(crate) struct Authenticator {
    pair: EcdsaKeyPair,
    credential_id: Vec<u8>,
    rp_id: String,
}

impl Authenticator {
    pub(crate) fn new(made: &MadePasskey) -> Self {
        let pkcs8 = STANDARD.decode(&made.private_key_pkcs8).unwrap();
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        Self {
            pair: EcdsaKeyPair::from_pkcs8(algorithm, &pkcs8, &SystemRandom::new()).unwrap(),
            credential_id: URL_SAFE_NO_PAD.decode(&made.credential_id).unwrap(),
            rp_id: made.rp_id.clone(),
        }
    }

    /// The id of the credential, raw.
    pub(crate) fn credential_id(&self) -> &[u8] {
        &self.credential_id
    }

    /// The answer to `PublicKeyCredentialRequestOptions`: `credential.toJSON()`.
    pub(crate) fn sign(&self, options: &str) -> Value {
        let options: Value = serde_json::from_str(options).unwrap();
        assert_eq!(options["rpId"], self.rp_id.as_str());
        let client_data = json!({
            "type": "webauthn.get",
            "challenge": options["challenge"],
            "origin": "https://web.whatsapp.com",
            "crossOrigin": false,
        })
        .to_string();
        let site = Sha256::digest(&self.rp_id);
        let data = [site.as_slice(), &[FLAGS, 0, 0, 0, 0]].concat();
        let signed = [&data[..], &Sha256::digest(&client_data)].concat();
        let signature = self.pair.sign(&SystemRandom::new(), &signed).unwrap();
        let id = URL_SAFE_NO_PAD.encode(&self.credential_id);
        json!({
            "id": id,
            "rawId": id,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data),
                "authenticatorData": URL_SAFE_NO_PAD.encode(data),
                "signature": URL_SAFE_NO_PAD.encode(signature),
                "userHandle": null,
            },
        })
    }
}
