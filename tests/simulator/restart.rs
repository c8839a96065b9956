//! A simulator that is stopped and started again with its state file.

use std::fs;

use serde_json::Value;
use wamux_simulator::{Options, Simulator};
use whatsapp_rust::prelude::*;
use whatsapp_rust::{SendOptions, waproto::whatsapp as wa};

use crate::companion::{Companion, PATIENCE, all_known, simulator};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_world_is_the_same_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("world.json");
    let first = simulator(Some(file.clone())).await;
    let (ada, a) = Companion::linked(&first, "Ada", None).await;
    let carol = first.create_phone(None, "Carol").unwrap().phone;
    let sent = ada
        .client
        .send_text(Jid::pn(carol.as_str()), "before")
        .await
        .unwrap();
    first
        .expect_inbox(&carol, PATIENCE, |item| item.id == sent.message_id)
        .await
        .unwrap();
    let stopped = ada.stop().await;
    first.say(&carol, &a.phone, "while you were away").unwrap();
    first.stop().await;

    let second = simulator(Some(file)).await;
    assert_eq!(second.inbox(&carol).unwrap().len(), 1);
    let mut ada = Companion::resume(&second, stopped).await;
    ada.text("while you were away").await;
    ada.connected().await;
    let sent = ada
        .client
        .send_text(Jid::pn(carol.as_str()), "after")
        .await
        .unwrap();
    second
        .expect_inbox(&carol, PATIENCE, |item| item.id == sent.message_id)
        .await
        .unwrap();
    second.say(&carol, &a.phone, "and live").unwrap();
    ada.text("and live").await;
    all_known(&second);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_twin_is_known_after_a_restart_and_a_world_from_before_twins_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("world.json");
    let mut simulated = simulator(Some(file.clone())).await;
    let (mut ada, _) = Companion::linked(&simulated, "Ada", None).await;
    let carol = simulated.create_phone(None, "Carol").unwrap().phone;
    for (times, forgets) in [(1, false), (1, true), (2, false)] {
        let message = wa::Message {
            conversation: Some("hello".to_owned()),
            ..wa::Message::default()
        };
        let options = SendOptions::default().with_message_id("3EB0AAAA");
        ada.client
            .send_message_with_options(Jid::pn(carol.as_str()), message, options)
            .await
            .unwrap();
        assert_eq!(ada.verdict("3EB0AAAA").await, None);
        assert_eq!(simulated.inbox(&carol).unwrap().len(), times);
        let stopped = ada.stop().await;
        simulated.stop().await;
        if forgets {
            let mut world: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
            for account in world["accounts"].as_object_mut().unwrap().values_mut() {
                assert!(account.as_object_mut().unwrap().remove("seen").is_some());
            }
            fs::write(&file, world.to_string()).unwrap();
        }
        simulated = simulator(Some(file.clone())).await;
        ada = Companion::resume(&simulated, stopped).await;
        ada.connected().await;
    }
}

#[tokio::test]
async fn one_seed_tells_one_story_and_another_seed_another() {
    let story = async |seed| {
        let listen = "127.0.0.1:0".parse().unwrap();
        let simulator = Simulator::start(Options {
            listen,
            seed,
            state: None,
        })
        .await
        .unwrap();
        let phones = [(); 3].map(|()| simulator.create_phone(None, "x").unwrap());
        phones.map(|phone| (phone.phone, phone.lid))
    };
    assert_eq!(story(3).await, story(3).await);
    assert_ne!(story(3).await, story(4).await);
}

#[tokio::test]
async fn an_address_that_others_can_reach_is_refused() {
    let listen = "0.0.0.0:0".parse().unwrap();
    let refused = Simulator::start(Options {
        listen,
        seed: 1,
        state: None,
    })
    .await;
    assert!(refused.is_err_and(|error| error.to_string().contains("loopback")));
}
