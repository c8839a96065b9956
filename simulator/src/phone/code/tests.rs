//! The phone's half of pairing by code against the real client's.

use rand::SeedableRng;
use rand::rngs::StdRng;
use wacore::pair::DeviceState;
use wacore::pair::PairUtils;
use wacore::pair_code::PairCodeUtils;

use super::*;
use crate::phone::tests::NOW;
use crate::phone::tests::phone;

struct Client {
    ephemeral: KeyPair,
    identity: KeyPair,
    rng: StdRng,
}

fn client() -> Client {
    let mut rng = StdRng::seed_from_u64(9);
    Client {
        ephemeral: KeyPair::generate(&mut rng),
        identity: KeyPair::generate(&mut rng),
        rng,
    }
}

#[test]
fn the_right_code_links_the_client() {
    let mut client = client();
    let identity = public_bytes(&client.identity);
    let mut phone = phone("100001", 1);

    let wrapped =
        PairCodeUtils::encrypt_ephemeral_pub(&public_bytes(&client.ephemeral), "ABCD2345");
    let typed = phone.begin_code().type_code("abcd-2345", &wrapped).unwrap();
    assert_eq!(typed.identity_public, phone.identity_public());

    let primary =
        PairCodeUtils::decrypt_primary_ephemeral_pub(&typed.wrapped_ephemeral, "ABCD2345").unwrap();
    let (bundle, secret) = PairCodeUtils::prepare_key_bundle(
        &client.ephemeral,
        &primary,
        &typed.identity_public,
        &client.identity,
    )
    .unwrap();
    assert_eq!(
        phone.open_code_bundle(&typed, &bundle, &identity).unwrap(),
        secret
    );

    let blob = phone.grant(&identity, &secret, 1, NOW).unwrap();
    let noise_key = KeyPair::generate(&mut client.rng);
    let state = DeviceState {
        identity_key: client.identity,
        noise_key,
        adv_secret_key: secret,
    };
    assert_eq!(PairUtils::do_pair_crypto(&state, &blob).unwrap().1, 1);
}

#[test]
fn a_wrong_code_shows_at_the_key_bundle() {
    let client = client();
    let mut phone = phone("100001", 1);
    let wrapped =
        PairCodeUtils::encrypt_ephemeral_pub(&public_bytes(&client.ephemeral), "ABCD2345");
    let typed = phone.begin_code().type_code("ABCD2346", &wrapped).unwrap();
    let primary =
        PairCodeUtils::decrypt_primary_ephemeral_pub(&typed.wrapped_ephemeral, "ABCD2345").unwrap();
    let (bundle, _) = PairCodeUtils::prepare_key_bundle(
        &client.ephemeral,
        &primary,
        &typed.identity_public,
        &client.identity,
    )
    .unwrap();
    let refused = phone.open_code_bundle(&typed, &bundle, &public_bytes(&client.identity));
    assert!(matches!(refused, Err(PhoneError::WrongCode)));
}

#[test]
fn wrong_lengths_are_named() {
    let mut phone = phone("100001", 1);
    let error = phone
        .begin_code()
        .type_code("ABCD2345", &[0; 79])
        .err()
        .unwrap();
    assert_eq!(
        error.to_string(),
        "the wrapped companion key has 79 bytes instead of 80"
    );
}
