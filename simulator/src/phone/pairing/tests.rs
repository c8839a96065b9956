//! What the phone vouches for passes the real client's checks, and a forgery does not.

use rand::SeedableRng;
use rand::rngs::StdRng;
use wacore::adv::AdvValidation;
use wacore::adv::decode_key_index_list;
use wacore::adv::validate_adv_with_identity_key;
use wacore::pair::DeviceState;
use wacore::pair::PairUtils;
use wacore_libsignal::protocol::KeyPair;

use super::*;
use crate::phone::tests::NOW;
use crate::phone::tests::phone;
use crate::wire::certificate::public_bytes;

fn companion() -> DeviceState {
    let mut rng = StdRng::seed_from_u64(9);
    DeviceState {
        identity_key: KeyPair::generate(&mut rng),
        noise_key: KeyPair::generate(&mut rng),
        adv_secret_key: [5; 32],
    }
}

fn qr_text(companion: &DeviceState) -> String {
    let key = |pair: &KeyPair| BASE64_STANDARD.encode(public_bytes(pair));
    let secret = BASE64_STANDARD.encode(companion.adv_secret_key);
    format!(
        "2@ref/+=,{},{},{secret},9",
        key(&companion.noise_key),
        key(&companion.identity_key)
    )
}

#[test]
fn every_form_of_a_qr_code_reads_the_same() {
    let companion = companion();
    let bare = qr_text(&companion);
    let qr = Qr::parse(&bare).unwrap();
    assert_eq!(qr.reference, "2@ref/+=");
    assert_eq!(qr.noise_public, public_bytes(&companion.noise_key));
    assert_eq!(qr.identity_public, public_bytes(&companion.identity_key));
    assert_eq!(qr.adv_secret, companion.adv_secret_key);
    assert_eq!(qr.platform.as_deref(), Some("9"));
    let linked = Qr::parse(&format!("https://wa.me/settings/linked_devices#{bare}\n")).unwrap();
    assert!(linked == qr);
    let old = Qr::parse(bare.strip_suffix(",9").unwrap()).unwrap();
    assert!(old.platform.is_none() && old.reference == qr.reference);
}

#[test]
fn what_is_no_qr_code_is_refused_with_the_reason() {
    for (text, reason) in [
        ("", "fewer than four"),
        ("a,b,c", "fewer than four"),
        ("a,?,c,d", "base64"),
        ("a,AAAA,c,d", "32 bytes"),
        (",a,b,c", "ref is empty"),
    ] {
        let error = Qr::parse(text).err().unwrap().to_string();
        assert!(error.contains(reason), "{text}: {error}");
    }
}

#[test]
fn a_scanned_client_accepts_the_phone_and_is_confirmed() {
    let companion = companion();
    let phone = phone("100001", 1);
    let qr = Qr::parse(&qr_text(&companion)).unwrap();
    let blob = phone
        .grant(&qr.identity_public, &qr.adv_secret, 4, NOW)
        .unwrap();
    let (signed, key_index) = PairUtils::do_pair_crypto(&companion, &blob).unwrap();
    assert_eq!(key_index, 4);

    let served = phone.confirm(&qr.identity_public, &signed).unwrap();
    assert_eq!(
        validate_adv_with_identity_key(&served, &qr.identity_public, None),
        AdvValidation::Valid
    );
}

#[test]
fn a_client_refuses_who_has_not_seen_its_screen() {
    let companion = companion();
    let identity = public_bytes(&companion.identity_key);
    let blob = phone("100001", 1)
        .grant(&identity, &[6; 32], 1, NOW)
        .unwrap();
    let refused = PairUtils::do_pair_crypto(&companion, &blob).unwrap_err();
    assert_eq!(refused.text, "hmac-mismatch");
}

/// whatsapp-rust takes the prefix of the account's signature from the outer account type, not from the signed device
/// type; its maintainers have mended that after 0.7.0.
#[test]
fn a_hosted_account_s_hmac_passes_and_0_7_0_stumbles_over_its_signature() {
    let companion = companion();
    let identity = public_bytes(&companion.identity_key);
    let grant = |secret| phone("100001", 1).grant_hosted(&identity, secret, 1, NOW);
    let blob = grant(&companion.adv_secret_key).unwrap();
    let refused = PairUtils::do_pair_crypto(&companion, &blob).unwrap_err();
    assert_eq!(refused.text, "signature-mismatch");
    let forged = grant(&[6; 32]).unwrap();
    let refused = PairUtils::do_pair_crypto(&companion, &forged).unwrap_err();
    assert_eq!(refused.text, "hmac-mismatch");
}

#[test]
fn a_counter_signature_may_leave_out_the_account_key() {
    let companion = companion();
    let identity = public_bytes(&companion.identity_key);
    let phone = phone("100001", 1);
    let blob = phone
        .grant(&identity, &companion.adv_secret_key, 1, NOW)
        .unwrap();
    let (signed, _) = PairUtils::do_pair_crypto(&companion, &blob).unwrap();
    let mut without = wa::ADVSignedDeviceIdentity::decode_from_slice(&signed).unwrap();
    without.account_signature_key = None;
    let served = phone.confirm(&identity, &without.encode_to_vec()).unwrap();
    assert_eq!(served, phone.confirm(&identity, &signed).unwrap());
}

#[test]
fn a_wrong_counter_signature_is_refused() {
    let companion = companion();
    let identity = public_bytes(&companion.identity_key);
    let ann = phone("100001", 1);
    let blob = ann
        .grant(&identity, &companion.adv_secret_key, 1, NOW)
        .unwrap();
    let (signed, _) = PairUtils::do_pair_crypto(&companion, &blob).unwrap();
    assert!(phone("100002", 2).confirm(&identity, &signed).is_err());
    assert!(ann.confirm(&[1; 32], &signed).is_err());
    let mut unsigned = wa::ADVSignedDeviceIdentity::decode_from_slice(&signed).unwrap();
    unsigned.device_signature = None;
    let error = ann
        .confirm(&identity, &unsigned.encode_to_vec())
        .unwrap_err();
    assert!(error.to_string().contains("own signature is wrong"));
}

#[test]
fn the_device_list_is_signed_by_the_account() {
    let phone = phone("100001", 1);
    let bytes = phone.key_index_list(4, &[0, 2, 4], NOW).unwrap();
    let list = decode_key_index_list(&bytes).unwrap();
    assert_eq!(
        (list.current_index, list.valid_indexes, list.timestamp),
        (4, vec![0, 2, 4], NOW)
    );
    let signed = wa::ADVSignedKeyIndexList::decode_from_slice(&bytes).unwrap();
    let message = [&KEY_INDEX_SIGNATURE[..], signed.details.as_ref().unwrap()].concat();
    verify(
        &phone.identity_public(),
        &message,
        signed.account_signature.as_deref(),
        "",
    )
    .unwrap();
}
