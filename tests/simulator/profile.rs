//! Names, pictures, presence, typing, blocking.

use std::sync::Arc;

use tokio::sync::mpsc;
use whatsapp_rust::prelude::*;

use crate::companion::{Companion, PATIENCE, all_known, simulator};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contact_is_found_and_an_unknown_number_is_not() {
    let simulator = simulator(None).await;
    let (ada, _) = Companion::linked(&simulator, "Ada", None).await;
    let carol = simulator.create_phone(None, "Carol").unwrap();
    let asked = [Jid::pn(carol.phone.as_str()), Jid::pn("15550009999")];
    let found = ada.client.contacts().is_on_whatsapp(&asked).await.unwrap();
    let known: Vec<bool> = asked
        .iter()
        .map(|jid| {
            found
                .iter()
                .any(|result| result.jid.user == jid.user && result.is_registered)
        })
        .collect();
    assert_eq!(known, [true, false]);
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn about_and_picture_are_told_and_can_be_read() {
    let simulator = simulator(None).await;
    let (ada, a) = Companion::linked(&simulator, "Ada", None).await;
    let (mut bob, _) = Companion::linked(&simulator, "Bob", None).await;
    ada.client.profile().set_status_text("busy").await.unwrap();
    let about = bob
        .expect("the about text", |event| match event {
            Event::UserAboutUpdate(update) => Some(update.status.clone()),
            _ => None,
        })
        .await;
    assert_eq!(about, "busy");
    let set = ada
        .client
        .profile()
        .set_profile_picture(vec![0xFF, 0xD8, 0xFF])
        .await
        .unwrap();
    let told = bob
        .expect("the picture", |event| match event {
            Event::PictureUpdate(update) => update.picture_id.clone(),
            _ => None,
        })
        .await;
    assert_eq!(told, set.id);
    let jid = Jid::pn(a.phone.as_str());
    let picture = bob
        .client
        .contacts()
        .get_profile_picture(&jid, false)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(picture.id, set.id);
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn presence_and_typing_reach_who_watches() {
    let simulator = simulator(None).await;
    let (mut ada, a) = Companion::linked(&simulator, "Ada", None).await;
    let carol = simulator.create_phone(None, "Carol").unwrap().phone;
    let chat = Jid::pn(carol.as_str());
    let (sender, mut typed) = mpsc::unbounded_channel();
    ada.client
        .register_chatstate_handler(Arc::new(move |event| {
            let _test_over = sender.send(format!("{:?}", event.state));
        }))
        .await;
    ada.client.presence().subscribe(&chat).await.unwrap();
    assert!(presence(&mut ada).await);
    simulator.show(&carol, true).unwrap();
    assert!(!presence(&mut ada).await);
    simulator.typing(&carol, &a.phone, true).unwrap();
    let state = tokio::time::timeout(PATIENCE, typed.recv())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(state, "Typing");
    ada.client.chatstate().send_composing(&chat).await.unwrap();
    all_known(&simulator);
}

/// Whether the next presence says that the contact is away.
async fn presence(companion: &mut Companion) -> bool {
    companion
        .expect("a presence", |event| match event {
            Event::Presence(presence) => Some(presence.unavailable),
            _ => None,
        })
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocked_contact_is_listed_and_no_longer_heard() {
    let simulator = simulator(None).await;
    let (ada, a) = Companion::linked(&simulator, "Ada", None).await;
    let (bob, b) = Companion::linked(&simulator, "Bob", None).await;
    let bob_jid = Jid::pn(b.phone.as_str());
    ada.client.blocking().block(&bob_jid).await.unwrap();
    assert_eq!(
        ada.client.blocking().get_blocklist().await.unwrap().len(),
        1
    );
    let mut bob = bob;
    let sent = bob
        .client
        .send_text(Jid::pn(a.phone.as_str()), "hello?")
        .await
        .unwrap();
    assert_eq!(bob.verdict(&sent.message_id).await, None);
    ada.client.blocking().unblock(&bob_jid).await.unwrap();
    let heard = bob
        .client
        .send_text(Jid::pn(a.phone.as_str()), "hello!")
        .await
        .unwrap();
    let inbox = simulator
        .expect_inbox(&a.phone, PATIENCE, |item| item.id == heard.message_id)
        .await;
    inbox.unwrap();
    assert!(
        simulator
            .inbox(&a.phone)
            .unwrap()
            .iter()
            .all(|item| item.id != sent.message_id)
    );
    all_known(&simulator);
}
