//! Phones talk to each other: sessions open, continue, survive a restart, and are repaired.

use super::*;
use waproto::whatsapp as wa;

pub(super) const NOW: u64 = 1_790_000_000;
const GROUP: &str = "120363000000000001@g.us";

pub(super) fn phone(user: &str, seed: u64) -> Phone {
    Phone::new(&mut StdRng::seed_from_u64(seed), user)
}

fn pair() -> (Phone, Phone) {
    (phone("100001", 1), phone("100002", 2))
}

fn text(text: &str) -> wa::Message {
    wa::Message {
        conversation: Some(text.to_owned()),
        ..wa::Message::default()
    }
}

fn said(message: &wa::Message) -> &str {
    message.conversation.as_deref().unwrap_or_default()
}

/// Seals at one phone, opens at the other, and gives the kind and the text that arrived.
fn send(from: &mut Phone, to: &mut Phone, words: &str) -> (SealedKind, String) {
    let bundle = (!from.has_session(&to.address())).then(|| to.take_bundle());
    let sealed = from
        .seal(&to.address(), bundle.as_ref(), &text(words))
        .unwrap();
    let opened = to
        .open(&from.address(), sealed.kind.as_str(), &sealed.bytes)
        .unwrap();
    (sealed.kind, said(&opened).to_owned())
}

fn restart(phone: &Phone) -> Phone {
    serde_json::from_str(&serde_json::to_string(phone).unwrap()).unwrap()
}

#[test]
fn texts_go_both_ways_and_the_session_settles() {
    let (mut ann, mut bob) = pair();
    assert_eq!(
        send(&mut ann, &mut bob, "hello"),
        (SealedKind::PreKey, "hello".to_owned())
    );
    assert_eq!(
        send(&mut ann, &mut bob, "still there?"),
        (SealedKind::PreKey, "still there?".to_owned())
    );
    assert_eq!(
        send(&mut bob, &mut ann, "yes"),
        (SealedKind::Message, "yes".to_owned())
    );
    assert_eq!(
        send(&mut ann, &mut bob, "good"),
        (SealedKind::Message, "good".to_owned())
    );
}

#[test]
fn messages_may_arrive_out_of_order_but_not_twice() {
    let (mut ann, mut bob) = pair();
    send(&mut ann, &mut bob, "hello");
    send(&mut bob, &mut ann, "hi");
    let to = bob.address();
    let first = ann.seal(&to, None, &text("1")).unwrap();
    let second = ann.seal(&to, None, &text("2")).unwrap();
    assert_eq!(
        said(&bob.open(&ann.address(), "msg", &second.bytes).unwrap()),
        "2"
    );
    assert_eq!(
        said(&bob.open(&ann.address(), "msg", &first.bytes).unwrap()),
        "1"
    );
    assert!(bob.open(&ann.address(), "msg", &first.bytes).is_err());
}

#[test]
fn a_message_without_session_or_bundle_names_the_device() {
    let (mut ann, bob) = pair();
    let error = ann.seal(&bob.address(), None, &text("hello")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no session with 100002:0; pass the device's bundle"
    );
}

#[test]
fn a_bundle_opens_one_session_only() {
    let (mut ann, mut bob) = pair();
    let mut eve = phone("100003", 3);
    let bundle = bob.take_bundle();
    let to = bob.address();
    let first = ann.seal(&to, Some(&bundle), &text("from ann")).unwrap();
    let second = eve.seal(&to, Some(&bundle), &text("from eve")).unwrap();
    bob.open(&ann.address(), first.kind.as_str(), &first.bytes)
        .unwrap();
    assert!(
        bob.open(&eve.address(), second.kind.as_str(), &second.bytes)
            .is_err()
    );
}

#[test]
fn a_forged_bundle_is_refused() {
    let (mut ann, mut bob) = pair();
    let mut bundle = bob.take_bundle();
    bundle.identity = ann.identity_public();
    assert!(
        ann.seal(&bob.address(), Some(&bundle), &text("hello"))
            .is_err()
    );
}

#[test]
fn a_bundle_without_one_time_key_works() {
    let (mut ann, mut bob) = pair();
    let mut bundle = bob.take_bundle();
    bundle.one_time = None;
    let sealed = ann
        .seal(&bob.address(), Some(&bundle), &text("hello"))
        .unwrap();
    let opened = bob.open(&ann.address(), "pkmsg", &sealed.bytes).unwrap();
    assert_eq!(said(&opened), "hello");
}

#[test]
fn state_survives_restarts_in_mid_conversation() {
    let (mut ann, mut bob) = pair();
    send(&mut ann, &mut bob, "hello");
    (ann, bob) = (restart(&ann), restart(&bob));
    assert_eq!(
        send(&mut bob, &mut ann, "hi"),
        (SealedKind::Message, "hi".to_owned())
    );
    (ann, bob) = (restart(&ann), restart(&bob));
    assert_eq!(
        send(&mut ann, &mut bob, "good"),
        (SealedKind::Message, "good".to_owned())
    );
    let sealed = ann.seal_group(GROUP, &text("all")).unwrap();
    let key = ann
        .seal(&bob.address(), None, &sealed.distribution)
        .unwrap();
    bob.open(&ann.address(), key.kind.as_str(), &key.bytes)
        .unwrap();
    (ann, bob) = (restart(&ann), restart(&bob));
    assert_eq!(
        said(
            &bob.open_group(GROUP, &ann.address(), &sealed.bytes)
                .unwrap()
        ),
        "all"
    );
    let next = ann.seal_group(GROUP, &text("again")).unwrap();
    assert_eq!(
        said(&bob.open_group(GROUP, &ann.address(), &next.bytes).unwrap()),
        "again"
    );
}

#[test]
fn a_restarted_phone_never_draws_the_same_keys_again() {
    let mut ann = phone("100001", 1);
    let before = ann.take_bundle();
    let mut ann = restart(&ann);
    let after = ann.take_bundle();
    assert_eq!(before.signed_pre_key, after.signed_pre_key);
    assert_ne!(before.one_time, after.one_time);
}

#[test]
fn equal_seeds_give_equal_phones() {
    assert_eq!(phone("1", 5).take_bundle(), phone("1", 5).take_bundle());
    assert_ne!(
        phone("1", 5).identity_public(),
        phone("1", 6).identity_public()
    );
}

#[test]
fn one_ciphertext_reaches_every_member_who_has_the_key() {
    let (mut ann, mut bob) = pair();
    let mut eve = phone("100003", 3);
    let sealed = ann.seal_group(GROUP, &text("hello all")).unwrap();
    let bundle = bob.take_bundle();
    let key = ann
        .seal(&bob.address(), Some(&bundle), &sealed.distribution)
        .unwrap();
    bob.open(&ann.address(), "pkmsg", &key.bytes).unwrap();
    assert_eq!(
        said(
            &bob.open_group(GROUP, &ann.address(), &sealed.bytes)
                .unwrap()
        ),
        "hello all"
    );
    assert!(
        eve.open_group(GROUP, &ann.address(), &sealed.bytes)
            .is_err()
    );
}

#[test]
fn a_renewed_sender_key_locks_out_who_only_has_the_old_one() {
    let (mut ann, mut bob) = pair();
    let first = ann.seal_group(GROUP, &text("1")).unwrap();
    let bundle = bob.take_bundle();
    let key = ann
        .seal(&bob.address(), Some(&bundle), &first.distribution)
        .unwrap();
    bob.open(&ann.address(), "pkmsg", &key.bytes).unwrap();
    ann.renew_sender_key(GROUP);
    let second = ann.seal_group(GROUP, &text("2")).unwrap();
    assert!(
        bob.open_group(GROUP, &ann.address(), &second.bytes)
            .is_err()
    );
}

#[test]
fn a_phone_that_lost_its_sessions_gets_the_message_again() {
    let (mut ann, mut bob) = pair();
    send(&mut ann, &mut bob, "hello");
    send(&mut bob, &mut ann, "hi");
    bob.forget_session(&ann.address());
    let lost = ann.seal(&bob.address(), None, &text("lost")).unwrap();
    ann.remember("3EB01", &text("lost"));
    assert!(
        bob.open(&ann.address(), lost.kind.as_str(), &lost.bytes)
            .is_err()
    );

    let keys = bob.take_bundle();
    let again = restart(&ann)
        .resend(&bob.address(), "3EB01", Some(&keys))
        .unwrap();
    assert_eq!(again.kind, SealedKind::PreKey);
    assert_eq!(
        said(&bob.open(&ann.address(), "pkmsg", &again.bytes).unwrap()),
        "lost"
    );
    assert!(matches!(
        ann.resend(&bob.address(), "3EB02", None),
        Err(PhoneError::Forgotten { .. })
    ));
}

#[test]
fn an_enc_of_another_kind_is_refused() {
    let (ann, mut bob) = pair();
    let error = bob.open(&ann.address(), "msmsg", b"").unwrap_err();
    assert_eq!(error.to_string(), "cannot open an enc of type msmsg");
}
