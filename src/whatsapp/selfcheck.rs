//! Proves at run time that this program verifies WhatsApp's certificate chain.
//!
//! The library checks the chain unless it was compiled with a `danger-` feature, and says nothing about it. So a
//! chain that nobody has signed is put before it: a program that accepts it must not talk to WhatsApp.

use whatsapp_rust::wacore::noise::HandshakeUtils;
use whatsapp_rust::waproto::buffa::Message;
use whatsapp_rust::waproto::buffa::MessageField;
use whatsapp_rust::waproto::whatsapp::CertChain;
use whatsapp_rust::waproto::whatsapp::cert_chain::NoiseCertificate;
use whatsapp_rust::waproto::whatsapp::cert_chain::noise_certificate::Details;

/// Whether a forged chain is refused.
pub fn chain_is_verified() -> bool {
    let server_key = [7u8; 32];
    HandshakeUtils::verify_server_cert(&forged_chain(server_key), &server_key).is_err()
}

/// A chain that is right in every respect but the signatures.
fn forged_chain(server_key: [u8; 32]) -> Vec<u8> {
    const INTERMEDIATE_SERIAL: u32 = 1;
    let certificate = |serial, issuer_serial, key: [u8; 32]| {
        let details = Details {
            serial: Some(serial),
            issuer_serial: Some(issuer_serial),
            key: Some(key.to_vec()),
            ..Default::default()
        };
        NoiseCertificate {
            details: Some(details.encode_to_vec()),
            signature: Some(vec![0; 64]),
        }
    };
    let chain = CertChain {
        leaf: MessageField::some(certificate(2, INTERMEDIATE_SERIAL, server_key)),
        intermediate: MessageField::some(certificate(INTERMEDIATE_SERIAL, 0, [9u8; 32])),
    };
    chain.encode_to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In a sandbox build the check is off, in every other build it is on: the probe tells the two apart.
    #[test]
    fn a_forged_chain_is_accepted_by_a_sandbox_build_alone() {
        assert_eq!(chain_is_verified(), !cfg!(feature = "sandbox"));
    }
}
