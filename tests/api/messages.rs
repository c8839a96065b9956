//! Texts in both directions, and how far they got.

use crate::daemon::Daemon;
use crate::daemon::PATIENCE;
use crate::daemon::simulator;
use crate::daemon::texts;
use serde_json::json;

const ANA: &str = "5511900000001";
const BEN: &str = "5511900000002";
const EVA: &str = "5511900000003";

#[tokio::test(flavor = "multi_thread")]
async fn two_sessions_of_two_clients_exchange_texts_and_see_them_delivered_and_read() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    daemon.pair(&simulator, "clinic", "ben", BEN).await;

    let sent = daemon.send("ana", &format!("+{BEN}"), "good morning").await;
    assert_eq!(sent["chatId"], format!("{BEN}@c.us"));
    assert_eq!(sent["phone"], BEN);
    assert!(sent["lid"].is_string(), "{sent}");
    assert_eq!(sent["clientId"], "shop");
    assert!(sent["id"].as_str().unwrap().starts_with("msg_"));
    assert!(sent["states"]["sending"].is_string(), "{sent}");

    let received = daemon
        .wait_for_message("ben", |message| message["text"] == "good morning")
        .await;
    assert_eq!(received["direction"], "in");
    assert_eq!(received["waId"], sent["waId"]);
    assert_eq!(received["chatId"], format!("{ANA}@c.us"));
    assert_eq!(received["sender"]["phone"], ANA);
    assert_eq!(received["state"], json!(null));

    let delivered = daemon
        .wait_for_message("ana", |message| {
            // The server's acknowledgement and the recipient's receipt can overtake each other.
            let states = &message["states"];
            message["id"] == sent["id"]
                && states["sent"].is_string()
                && states["delivered"].is_string()
        })
        .await;
    assert_eq!(delivered["state"], "delivered");
    simulator
        .expect_inbox(BEN, PATIENCE, |item| item.text.is_some())
        .await
        .unwrap();
    simulator.read(BEN, ANA).unwrap();
    let read = daemon
        .wait_for_message("ana", |message| {
            message["id"] == sent["id"] && message["state"] == "read"
        })
        .await;
    assert!(
        read["states"]["delivered"].is_string() && read["states"]["read"].is_string(),
        "{read}"
    );

    daemon
        .send("ben", &format!("{ANA}@s.whatsapp.net"), "and to you")
        .await;
    let answer = daemon
        .wait_for_message("ana", |message| message["text"] == "and to you")
        .await;
    assert_eq!(answer["chatId"], sent["chatId"]);
    assert_eq!(
        simulator.unknown_stanzas(),
        0,
        "{:?}",
        simulator.unknown_list()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_without_a_client_is_written_to_and_answers() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    let sent = daemon.send("ana", EVA, "are you there?").await;
    let got = simulator
        .expect_inbox(EVA, PATIENCE, |item| {
            item.text.as_deref() == Some("are you there?")
        })
        .await
        .unwrap();
    assert_eq!(
        (got.from.as_str(), Some(got.id.as_str())),
        (ANA, sent["waId"].as_str())
    );

    simulator.say(EVA, ANA, "here I am").unwrap();
    let received = daemon
        .wait_for_message("ana", |message| message["text"] == "here I am")
        .await;
    assert_eq!(
        (&received["senderName"], &received["chatId"]),
        (&json!("Eva"), &sent["chatId"])
    );
    // Her phone knows what our device wrote, and ours what her phone wrote: nothing is shown twice.
    let page = daemon.get("/api/sessions/ana/messages").await.body;
    assert_eq!(page["data"].as_array().unwrap().len(), 2, "{page:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_written_to_and_answers() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    daemon.pair(&simulator, "clinic", "ben", BEN).await;
    let group = simulator
        .create_group(EVA, "Garden", &[ANA.to_owned(), BEN.to_owned()])
        .unwrap();

    let sent = daemon.send("ana", &group, "who waters today?").await;
    assert_eq!(
        (&sent["chatId"], &sent["phone"]),
        (&json!(group), &json!(null))
    );
    let received = daemon
        .wait_for_message("ben", |message| message["text"] == "who waters today?")
        .await;
    assert_eq!(
        (&received["chatId"], &received["sender"]["phone"]),
        (&json!(group), &json!(ANA))
    );
    simulator
        .expect_inbox(EVA, PATIENCE, |item| {
            item.chat == group && item.text.is_some()
        })
        .await
        .unwrap();

    daemon.send("ben", &group, "I do").await;
    daemon
        .wait_for_message("ana", |message| {
            message["text"] == "I do" && message["chatId"] == json!(group)
        })
        .await;
    simulator.say(EVA, &group, "thank you").unwrap();
    daemon
        .wait_for_message("ana", |message| message["text"] == "thank you")
        .await;
    assert_eq!(
        simulator.unknown_stanzas(),
        0,
        "{:?}",
        simulator.unknown_list()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_of_one_session_arrive_in_the_order_in_which_they_were_sent() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    for number in 0..20 {
        daemon.send("ana", EVA, &format!("{number}")).await;
    }
    simulator
        .expect_inbox(EVA, PATIENCE, |item| item.text.as_deref() == Some("19"))
        .await
        .unwrap();
    assert_eq!(
        texts(&simulator, EVA),
        (0..20).map(|number| number.to_string()).collect::<Vec<_>>()
    );

    let newest = daemon.get("/api/sessions/ana/messages?limit=15").await.body;
    assert_eq!(newest["data"][0]["text"], "19");
    let older = daemon
        .get(&format!(
            "/api/sessions/ana/messages?limit=15&cursor={}",
            newest["nextCursor"].as_str().unwrap()
        ))
        .await
        .body;
    assert_eq!(
        (
            older["data"].as_array().unwrap().len(),
            &older["data"][0]["text"],
            &older["nextCursor"]
        ),
        (5, &json!("4"), &json!(null))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_whatsapp_does_not_know_is_refused_and_the_message_is_kept_as_failed() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    let refused = daemon
        .post(
            "/api/messages/send",
            json!({"sessionId": "ana", "to": "15550009999", "text": "hello?"}),
        )
        .await;
    assert_eq!(
        (refused.status, refused.code()),
        (422, "recipient_not_on_whatsapp"),
        "{refused:?}"
    );
    let kept = daemon.get("/api/sessions/ana/messages").await.body;
    assert_eq!(
        (
            &kept["data"][0]["state"],
            &kept["data"][0]["failure"]["code"]
        ),
        (&json!("failed"), &json!("not_on_whatsapp"))
    );
}
