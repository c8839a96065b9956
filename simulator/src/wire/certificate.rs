//! The certificate authority of a simulated WhatsApp: a root, an intermediate and a leaf which vouches for the
//! server's Noise key. The signatures are real, so a client that trusts this root accepts the chain and a client
//! that trusts WhatsApp's own root refuses it.

use std::fmt;

use rand::rngs::StdRng;
use serde::Deserialize;
use serde::Serialize;
use wacore_libsignal::protocol::KeyPair;
use waproto::buffa::Message;
use waproto::buffa::MessageField;
use waproto::whatsapp::CertChain;
use waproto::whatsapp::cert_chain::NoiseCertificate;
use waproto::whatsapp::cert_chain::noise_certificate::Details;

use crate::wire::WireError;

/// Clients demand that the intermediate names the root by this serial (wacore-noise, `WA_CERT_ISSUER_SERIAL`).
const ROOT_SERIAL: u32 = 0;
const INTERMEDIATE_SERIAL: u32 = 1;
const LEAF_SERIAL: u32 = 2;
const DAY_SECONDS: u64 = 24 * 60 * 60;
/// Validity after `now`; clients look at the dates before they try an IK handshake.
const VALID_SECONDS: u64 = 3650 * DAY_SECONDS;

/// Keys and certificates of one simulated server. Serialise it, and clients that paired before a restart resume
/// with IK; it holds private keys, so it is as secret as the simulator's state.
#[derive(Clone, Serialize, Deserialize)]
pub struct Authority {
    root: [u8; 32],
    noise: KeyPair,
    chain: Vec<u8>,
}

impl Authority {
    /// Makes fresh keys and certificates that are valid from a day before `now` (Unix seconds) for ten years.
    pub fn new(rng: &mut StdRng, now: u64) -> Result<Self, WireError> {
        let root = KeyPair::generate(rng);
        let intermediate = KeyPair::generate(rng);
        let noise = KeyPair::generate(rng);
        let chain = CertChain {
            intermediate: MessageField::some(certify(
                &root,
                (ROOT_SERIAL, INTERMEDIATE_SERIAL),
                &intermediate,
                now,
                rng,
            )?),
            leaf: MessageField::some(certify(
                &intermediate,
                (INTERMEDIATE_SERIAL, LEAF_SERIAL),
                &noise,
                now,
                rng,
            )?),
        };
        Ok(Self {
            root: public_bytes(&root),
            noise,
            chain: chain.encode_to_vec(),
        })
    }

    /// The trust anchor: 32 raw bytes, for clients whose root can be set (Baileys' `WA_CERT_DETAILS.PUBLIC_KEY`).
    pub fn root_public(&self) -> [u8; 32] {
        self.root
    }

    /// The `CertChain` protobuf that goes into a `ServerHello`.
    pub fn chain(&self) -> &[u8] {
        &self.chain
    }

    /// The server's static Noise key pair, which the leaf certificate names.
    pub fn noise_static(&self) -> &KeyPair {
        &self.noise
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Authority")
            .field("root", &hex::encode(self.root))
            .finish_non_exhaustive()
    }
}

/// The 32 raw bytes of a pair's public key, without the type byte.
pub(crate) fn public_bytes(pair: &KeyPair) -> [u8; 32] {
    let mut raw = [0; 32];
    raw.copy_from_slice(pair.public_key.public_key_bytes());
    raw
}

fn certify(
    issuer: &KeyPair,
    serials: (u32, u32),
    subject: &KeyPair,
    now: u64,
    rng: &mut StdRng,
) -> Result<NoiseCertificate, WireError> {
    let details = Details {
        issuer_serial: Some(serials.0),
        serial: Some(serials.1),
        key: Some(public_bytes(subject).to_vec()),
        not_before: Some(now.saturating_sub(DAY_SECONDS)),
        not_after: Some(now + VALID_SECONDS),
    }
    .encode_to_vec();
    let signature = issuer.calculate_signature(&details, rng)?;
    Ok(NoiseCertificate {
        details: Some(details),
        signature: Some(signature.to_vec()),
    })
}

#[cfg(test)]
mod tests;
