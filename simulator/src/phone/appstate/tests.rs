//! The phone's patches against a companion that checks every MAC, and the companion's against the phone.

use super::*;
use crate::phone::tests::NOW;
use crate::phone::tests::phone;

/// A companion that got its key by the key share; it has the phone's reader and writer, but its own state.
fn companion(phone: &Phone) -> Phone {
    let mut companion = crate::phone::tests::phone("100001", 99);
    companion.app_state.key_id = phone.app_state.key_id;
    companion.app_state.key = phone.app_state.key;
    companion
}

fn push_name(change: &Change) -> Option<&str> {
    change
        .value
        .as_ref()?
        .push_name_setting
        .as_option()?
        .name
        .as_deref()
}

#[test]
fn companions_accept_the_phones_patches_in_order() {
    let mut phone = phone("100001", 1);
    let mut companion = companion(&phone);
    let first = phone.push_name_patch("Ann", NOW);
    let second = phone.push_name_patch("Anna", NOW + 1);
    assert_eq!(
        (first.collection, first.version, second.version),
        ("critical_block", 1, 2)
    );

    let changes = companion
        .read_patch(first.collection, &first.bytes)
        .unwrap();
    assert_eq!(changes[0].index, ["setting_pushName"]);
    assert_eq!(push_name(&changes[0]), Some("Ann"));
    let changes = companion
        .read_patch(second.collection, &second.bytes)
        .unwrap();
    assert_eq!(push_name(&changes[0]), Some("Anna"));
    assert!(
        companion
            .read_patch(second.collection, &second.bytes)
            .is_err()
    );
}

#[test]
fn phone_and_companion_write_by_turns() {
    let mut phone = phone("100001", 1);
    let mut companion = companion(&phone);
    for turn in 0..3 {
        let own = phone.archive_patch("1@s.whatsapp.net", true, NOW + turn);
        companion.read_patch(own.collection, &own.bytes).unwrap();
        let theirs = companion.archive_patch("1@s.whatsapp.net", false, NOW + turn);
        let changes = phone.read_patch(theirs.collection, &theirs.bytes).unwrap();
        assert_eq!(changes[0].index, ["archive", "1@s.whatsapp.net"]);
    }
    assert_eq!(phone.app_state_version("regular_low"), 6);
    assert!(
        !companion.app_state.collections["regular_low"]
            .hash
            .mac_mismatch_fatal
    );
    assert!(
        !phone.app_state.collections["regular_low"]
            .hash
            .mac_mismatch_fatal
    );
    assert_eq!(phone.app_state_version("regular"), 0);
}

#[test]
fn a_changed_patch_is_refused_and_changes_nothing() {
    let mut phone = phone("100001", 1);
    let mut companion = companion(&phone);
    let mut patch = companion
        .contact_patch("1@s.whatsapp.net", "Bob", NOW)
        .bytes;
    let end = patch.len() - 20;
    patch[end] ^= 1;
    assert!(phone.read_patch("critical_unblock_low", &patch).is_err());
    assert_eq!(phone.app_state_version("critical_unblock_low"), 0);
}

#[test]
fn the_app_state_survives_a_restart() {
    let mut phone = phone("100001", 1);
    let mut companion = companion(&phone);
    let first = phone.contact_patch("1@s.whatsapp.net", "Bob", NOW);
    let mut phone: Phone = serde_json::from_str(&serde_json::to_string(&phone).unwrap()).unwrap();
    let second = phone.contact_patch("1@s.whatsapp.net", "Bobby", NOW);
    companion
        .read_patch(first.collection, &first.bytes)
        .unwrap();
    companion
        .read_patch(second.collection, &second.bytes)
        .unwrap();
    assert!(
        !companion.app_state.collections["critical_unblock_low"]
            .hash
            .mac_mismatch_fatal
    );
}
