//! Texts, receipts and reactions between two accounts, their phones included.

use whatsapp_rust::prelude::*;

use crate::companion::{Companion, PATIENCE, all_known, simulator};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_reaches_the_other_client_both_phones_and_comes_back_as_receipts() {
    let simulator = simulator(None).await;
    let (mut ada, a) = Companion::linked(&simulator, "Ada", None).await;
    let (mut bob, b) = Companion::linked(&simulator, "Bob", None).await;
    let sent = ada
        .client
        .send_text(Jid::pn(b.phone.as_str()), "hello")
        .await
        .unwrap();
    assert_eq!(ada.verdict(&sent.message_id).await, None);
    let heard = bob.text("hello").await;
    assert_eq!(heard.info.id, sent.message_id);
    assert_eq!(heard.info.push_name, "Ada");
    ada.receipt(&sent.message_id, "Delivered").await;
    let phone = simulator
        .expect_inbox(&b.phone, PATIENCE, |item| item.id == sent.message_id)
        .await
        .unwrap();
    assert_eq!(
        (phone.from.as_str(), phone.text.as_deref(), phone.from_me),
        (a.phone.as_str(), Some("hello"), false)
    );
    let copy = simulator
        .expect_inbox(&a.phone, PATIENCE, |item| item.id == sent.message_id)
        .await
        .unwrap();
    assert_eq!((copy.chat.as_str(), copy.from_me), (b.phone.as_str(), true));

    bob.client
        .mark_as_read(&heard.info.source.chat, None, &[&heard.info.id])
        .await
        .unwrap();
    ada.receipt(&sent.message_id, "Read").await;
    let answer = bob
        .client
        .send_text(Jid::pn(a.phone.as_str()), "and to you")
        .await
        .unwrap();
    ada.text("and to you").await;
    let again = ada
        .client
        .send_text(Jid::pn(b.phone.as_str()), "once more")
        .await
        .unwrap();
    bob.text("once more").await;
    bob.receipt(&answer.message_id, "Delivered").await;
    ada.receipt(&again.message_id, "Delivered").await;
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_talks_reacts_reads_and_answers_by_itself() {
    let simulator = simulator(None).await;
    let (mut ada, a) = Companion::linked(&simulator, "Ada", None).await;
    let carol = simulator.create_phone(None, "Carol").unwrap().phone;
    let id = simulator.say(&carol, &a.phone, "hi Ada").unwrap();
    let heard = ada.text("hi Ada").await;
    assert_eq!(
        (heard.info.id.as_str(), heard.info.push_name.as_str()),
        (id.as_str(), "Carol")
    );
    simulator
        .expect_receipt(&carol, PATIENCE, |receipt| {
            receipt.ids.contains(&id) && receipt.from_device == 1
        })
        .await
        .unwrap();

    simulator
        .auto_reply(&carol, Some("you said: {text}"))
        .unwrap();
    let sent = ada
        .client
        .send_text(Jid::pn(carol.as_str()), "how are you?")
        .await
        .unwrap();
    ada.text("you said: how are you?").await;
    assert_eq!(
        simulator.read(&carol, &a.phone).unwrap(),
        vec![sent.message_id.clone()]
    );
    ada.receipt(&sent.message_id, "Read").await;

    simulator
        .react(&carol, &a.phone, &sent.message_id, "👍")
        .unwrap();
    let reaction = ada
        .expect("a reaction", |event| match event {
            Event::Messages(batch) => batch
                .messages
                .iter()
                .find_map(|inbound| inbound.message.reaction_message.as_option().cloned()),
            _ => None,
        })
        .await;
    assert_eq!(reaction.text.as_deref(), Some("👍"));
    assert_eq!(
        reaction.key.as_option().and_then(|key| key.id.clone()),
        Some(sent.message_id)
    );
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_devices_of_an_account_see_what_one_of_them_and_the_phone_send() {
    let simulator = simulator(None).await;
    let (mut one, a) = Companion::linked(&simulator, "Ada", None).await;
    let (mut two, _) = Companion::linked(&simulator, "Ada", None).await;
    let carol = simulator.create_phone(None, "Carol").unwrap().phone;
    one.client
        .send_text(Jid::pn(carol.as_str()), "from the first")
        .await
        .unwrap();
    let copy = two.text("from the first").await;
    assert!(copy.info.source.is_from_me);
    assert_eq!(copy.info.source.chat.user, carol);
    simulator.say(&a.phone, &carol, "from the phone").unwrap();
    for device in [&mut one, &mut two] {
        let copy = device.text("from the phone").await;
        assert!(copy.info.source.is_from_me);
    }
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_while_a_client_is_away_waits_for_it() {
    let simulator = simulator(None).await;
    let (ada, a) = Companion::linked(&simulator, "Ada", None).await;
    let carol = simulator.create_phone(None, "Carol").unwrap().phone;
    let stopped = ada.stop().await;
    for text in ["one", "two", "three"] {
        simulator.say(&carol, &a.phone, text).unwrap();
    }
    let mut ada = Companion::resume(&simulator, stopped).await;
    let mut order = Vec::new();
    while order.len() < 3 {
        order.extend(
            ada.expect("offline messages", |event| match event {
                Event::Messages(batch) => {
                    let texts = batch
                        .messages
                        .iter()
                        .filter(|inbound| inbound.info.is_offline);
                    Some(
                        texts
                            .filter_map(|inbound| inbound.message.text_content().map(str::to_owned))
                            .collect::<Vec<_>>(),
                    )
                }
                _ => None,
            })
            .await,
        );
    }
    assert_eq!(order, ["one", "two", "three"]);
    ada.connected().await;
    simulator
        .wait_for(PATIENCE, |state| {
            let device = state.world.accounts.get(&a.phone)?.devices.get(&1)?;
            device.pending.is_empty().then_some(())
        })
        .await
        .unwrap();
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_that_was_off_takes_in_what_it_missed() {
    let simulator = simulator(None).await;
    let (ada, _) = Companion::linked(&simulator, "Ada", None).await;
    let carol = simulator.create_phone(None, "Carol").unwrap().phone;
    simulator.set_online(&carol, false).unwrap();
    let sent = ada
        .client
        .send_text(Jid::pn(carol.as_str()), "are you there?")
        .await
        .unwrap();
    let id = sent.message_id.clone();
    simulator
        .wait_for(PATIENCE, |state| {
            (!state.world.accounts.get(&carol)?.phone_queue.is_empty()).then_some(())
        })
        .await
        .unwrap();
    assert!(simulator.inbox(&carol).unwrap().is_empty());
    simulator.set_online(&carol, true).unwrap();
    let heard = simulator
        .expect_inbox(&carol, PATIENCE, |item| item.id == id)
        .await
        .unwrap();
    assert_eq!(heard.text.as_deref(), Some("are you there?"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_moved_to_lids_talk_as_well() {
    let simulator = simulator(None).await;
    let carol = simulator.create_phone(None, "Carol").unwrap().phone;
    let dora = simulator
        .create_phone(Some("4915100000001"), "Dora")
        .unwrap()
        .phone;
    for phone in [&carol, &dora] {
        simulator.set_lid_migrated(phone, true).unwrap();
    }
    let (mut companion, a) = Companion::linked(&simulator, "", Some(&dora)).await;
    simulator.say(&carol, &a.phone, "by lid").unwrap();
    let heard = companion.text("by lid").await;
    assert!(heard.info.source.chat.is_lid());
    companion
        .client
        .send_text(heard.info.source.chat.clone(), "back")
        .await
        .unwrap();
    simulator
        .expect_inbox(&carol, PATIENCE, |item| {
            item.text.as_deref() == Some("back")
        })
        .await
        .unwrap();
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_client_learns_the_texts_from_before_it_was_linked() {
    let simulator = simulator(None).await;
    let dora = simulator.create_phone(None, "Dora").unwrap().phone;
    let carol = simulator.create_phone(None, "Carol").unwrap().phone;
    simulator.say(&carol, &dora, "long ago").unwrap();
    let (mut companion, _) = Companion::linked(&simulator, "", Some(&dora)).await;
    let history = companion
        .expect("the history", |event| match event {
            Event::HistorySync(history) => history.get().cloned(),
            _ => None,
        })
        .await;
    let chat = &history.conversations[0];
    assert_eq!(chat.id, format!("{carol}@s.whatsapp.net"));
    let info = chat.messages[0].message.as_option().unwrap();
    let text = info
        .message
        .as_option()
        .and_then(|message| message.conversation.clone());
    assert_eq!(text.as_deref(), Some("long ago"));
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_that_lost_its_sessions_asks_again_and_is_answered() {
    let simulator = simulator(None).await;
    let (mut ada, a) = Companion::linked(&simulator, "Ada", None).await;
    let carol = simulator.create_phone(None, "Carol").unwrap().phone;
    let chat = Jid::pn(carol.as_str());
    ada.client.send_text(chat.clone(), "one").await.unwrap();
    simulator.say(&carol, &a.phone, "two").unwrap();
    ada.text("two").await;
    simulator.forget_sessions(&carol, &a.phone).unwrap();
    ada.client.send_text(chat, "three").await.unwrap();
    let heard = simulator
        .expect_inbox(&carol, PATIENCE, |item| {
            item.text.as_deref() == Some("three")
        })
        .await;
    assert_eq!(heard.unwrap().from, a.phone);
    all_known(&simulator);
}
