//! Groups: made by a client or a phone, talked in, changed.

use whatsapp_rust::prelude::*;
use whatsapp_rust::{GroupCreateOptions, GroupParticipantOptions, GroupSubject};

use crate::companion::{Companion, PATIENCE, all_known, simulator};

fn update(event: &Event) -> Option<String> {
    match event {
        Event::GroupUpdate(update) => Some(update.action.wire_tag().to_owned()),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_made_by_a_client_carries_texts_both_ways() {
    let simulator = simulator(None).await;
    let (mut ada, a) = Companion::linked(&simulator, "Ada", None).await;
    let (mut bob, b) = Companion::linked(&simulator, "Bob", None).await;
    let carol = simulator.create_phone(None, "Carol").unwrap().phone;
    let participants =
        [&b.phone, &carol].map(|phone| GroupParticipantOptions::new(Jid::pn(phone.as_str())));
    let options = GroupCreateOptions {
        subject: "Friends".to_owned(),
        participants: participants.into(),
        ..Default::default()
    };
    let made = ada
        .client
        .groups()
        .create_group(options)
        .await
        .unwrap()
        .metadata;
    assert_eq!(made.participants.len(), 3);
    assert_eq!(bob.expect("the group's birth", update).await, "create");

    let sent = ada
        .client
        .send_text(made.id.clone(), "hello all")
        .await
        .unwrap();
    assert_eq!(ada.verdict(&sent.message_id).await, None);
    let heard = bob.text("hello all").await;
    assert!(heard.info.source.is_group);
    simulator
        .expect_inbox(&carol, PATIENCE, |item| {
            item.text.as_deref() == Some("hello all")
        })
        .await
        .unwrap();
    bob.client
        .send_text(made.id.clone(), "hello Ada")
        .await
        .unwrap();
    ada.text("hello Ada").await;
    bob.client
        .send_text(made.id.clone(), "and again")
        .await
        .unwrap();
    ada.text("and again").await;
    simulator
        .say(&carol, &made.id.to_string(), "Carol here")
        .unwrap();
    ada.text("Carol here").await;
    bob.text("Carol here").await;
    let copy = simulator
        .expect_inbox(&a.phone, PATIENCE, |item| {
            item.text.as_deref() == Some("hello Ada")
        })
        .await;
    assert_eq!(copy.unwrap().chat, made.id.to_string());
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_a_group_reach_its_members() {
    let simulator = simulator(None).await;
    let (ada, a) = Companion::linked(&simulator, "Ada", None).await;
    let (mut bob, b) = Companion::linked(&simulator, "Bob", None).await;
    let carol = simulator.create_phone(None, "Carol").unwrap().phone;
    let group: Jid = simulator
        .create_group(&a.phone, "Old", std::slice::from_ref(&b.phone))
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(bob.expect("the group's birth", update).await, "create");
    let groups = ada.client.groups();
    groups
        .set_subject(group.clone(), GroupSubject::new("New").unwrap())
        .await
        .unwrap();
    assert_eq!(bob.expect("the new subject", update).await, "subject");
    let added = groups
        .add_participants(group.clone(), &[Jid::pn(carol.as_str())])
        .await
        .unwrap();
    assert_eq!(added.len(), 1);
    assert_eq!(bob.expect("a new member", update).await, "add");
    groups.set_announce(group.clone(), true).await.unwrap();
    assert_eq!(bob.expect("the switch", update).await, "announcement");
    let refused = bob.client.send_text(group.clone(), "may I?").await.unwrap();
    assert_eq!(
        bob.verdict(&refused.message_id).await.as_deref(),
        Some("403")
    );
    let link = groups.get_invite_link(group.clone(), false).await.unwrap();
    assert!(!link.is_empty());
    bob.client.groups().leave(group.clone()).await.unwrap();
    let metadata = groups.get_metadata(&group).await.unwrap();
    assert_eq!(
        (metadata.subject.as_str(), metadata.participants.len()),
        ("New", 2)
    );
    assert_eq!(
        bob.client.groups().get_participating().await.unwrap().len(),
        0
    );
    all_known(&simulator);
}
