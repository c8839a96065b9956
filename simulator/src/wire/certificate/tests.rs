//! The chain holds under its own root and under no other.

use rand::SeedableRng;
use wacore_libsignal::protocol::PublicKey;

use super::*;

const NOW: u64 = 1_790_000_000;

fn authority(seed: u64) -> Authority {
    Authority::new(&mut StdRng::seed_from_u64(seed), NOW).unwrap()
}

fn signed_by(key: &[u8], certificate: &NoiseCertificate) -> bool {
    let key = PublicKey::from_djb_public_key_bytes(key).unwrap();
    key.verify_signature(
        certificate.details.as_ref().unwrap(),
        certificate.signature.as_ref().unwrap(),
    )
}

fn details(certificate: &NoiseCertificate) -> Details {
    Details::decode_from_slice(certificate.details.as_ref().unwrap()).unwrap()
}

#[test]
fn root_signs_the_intermediate_and_that_signs_the_leaf() {
    let authority = authority(1);
    let chain = CertChain::decode_from_slice(authority.chain()).unwrap();
    let (intermediate, leaf) = (&*chain.intermediate, &*chain.leaf);
    assert!(signed_by(&authority.root_public(), intermediate));
    assert!(signed_by(&details(intermediate).key.unwrap(), leaf));
    assert!(!signed_by(&self::authority(2).root_public(), intermediate));
}

#[test]
fn the_chain_says_what_clients_check() {
    let authority = authority(1);
    let chain = CertChain::decode_from_slice(authority.chain()).unwrap();
    let (intermediate, leaf) = (details(&chain.intermediate), details(&chain.leaf));
    assert_eq!(intermediate.issuer_serial, Some(0));
    assert_eq!(leaf.issuer_serial, intermediate.serial);
    assert_eq!(leaf.key.unwrap(), public_bytes(authority.noise_static()));
    assert!(leaf.not_before.unwrap() < NOW && NOW < leaf.not_after.unwrap());
    assert!(intermediate.not_before.unwrap() < NOW && NOW < intermediate.not_after.unwrap());
}

#[test]
fn an_authority_survives_a_restart() {
    let before = authority(1);
    let after: Authority = serde_json::from_str(&serde_json::to_string(&before).unwrap()).unwrap();
    assert_eq!(after.root_public(), before.root_public());
    assert_eq!(after.chain(), before.chain());
    assert_eq!(
        after.noise_static().private_key.serialize(),
        before.noise_static().private_key.serialize()
    );
}
