//! How a session can end, and what the client says about it.

use whatsapp_rust::prelude::*;

use crate::companion::{Companion, PATIENCE, all_known, simulator};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_logs_out_is_unlinked() {
    let simulator = simulator(None).await;
    let (mut ada, a) = Companion::linked(&simulator, "Ada", None).await;
    ada.client.logout().await;
    ada.expect("LoggedOut", |event| {
        matches!(event, Event::LoggedOut(_)).then_some(())
    })
    .await;
    ada.ended().await;
    assert!(simulator.phone(&a.phone).unwrap().devices.is_empty());
    all_known(&simulator);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_removed_by_its_phone_is_logged_out_now_or_at_its_next_login() {
    let simulator = simulator(None).await;
    let (mut online, a) = Companion::linked(&simulator, "Ada", None).await;
    simulator.remove_device(&a.phone, a.device).unwrap();
    let on_connect = online.expect("LoggedOut", logged_out).await;
    assert!(!on_connect);
    online.ended().await;

    let (offline, b) = Companion::linked(&simulator, "Bob", None).await;
    let stopped = offline.stop().await;
    simulator.remove_device(&b.phone, b.device).unwrap();
    let mut offline = Companion::resume(&simulator, stopped).await;
    let on_connect = offline.expect("LoggedOut", logged_out).await;
    assert!(on_connect);
    assert!(simulator.remove_device(&b.phone, b.device).is_err());
}

fn logged_out(event: &Event) -> Option<bool> {
    match event {
        Event::LoggedOut(end) => Some(end.on_connect),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replaced_client_stops() {
    let simulator = simulator(None).await;
    let (mut ada, a) = Companion::linked(&simulator, "Ada", None).await;
    assert_eq!(simulator.replace(&a.phone, None).unwrap(), 1);
    ada.expect("StreamReplaced", |event| {
        matches!(event, Event::StreamReplaced(_)).then_some(())
    })
    .await;
    ada.ended().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ban_says_how_long_and_is_over_when_forgiven() {
    let simulator = simulator(None).await;
    let (mut ada, a) = Companion::linked(&simulator, "Ada", None).await;
    simulator.ban(&a.phone, 101, 3_600).unwrap();
    let expire = ada
        .expect("TemporaryBan", |event| match event {
            Event::TemporaryBan(ban) => Some(ban.expire.num_seconds()),
            _ => None,
        })
        .await;
    assert_eq!(expire, 3_600);
    assert!(simulator.forgive(&a.phone).unwrap());
    let mut ada = ada.restarted(&simulator).await;
    ada.connected().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_and_stream_errors_come_through_as_themselves() {
    let simulator = simulator(None).await;
    let (mut ada, a) = Companion::linked(&simulator, "Ada", None).await;
    assert_eq!(simulator.stream_error(&a.phone, 503).unwrap(), 1);
    ada.connected().await;
    simulator.refuse(&a.phone, 405).unwrap();
    ada.expect("ClientOutdated", |event| {
        matches!(event, Event::ClientOutdated(_)).then_some(())
    })
    .await;
    ada.ended().await;
    let seen = simulator
        .wait_for(PATIENCE, |state| {
            state
                .trace
                .entries()
                .iter()
                .any(|entry| entry.stanza.starts_with("<failure reason=\"405\""))
                .then_some(true)
        })
        .await;
    assert!(seen.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_message_says_why_and_is_not_delivered() {
    let simulator = simulator(None).await;
    let (mut ada, a) = Companion::linked(&simulator, "Ada", None).await;
    let carol = simulator.create_phone(None, "Carol").unwrap().phone;
    let chat = Jid::pn(carol.as_str());
    simulator.nack(&a.phone, Some(463)).unwrap();
    let refused = ada.client.send_text(chat.clone(), "hello?").await.unwrap();
    assert_eq!(
        ada.verdict(&refused.message_id).await.as_deref(),
        Some("463")
    );
    simulator.nack(&a.phone, None).unwrap();
    let taken = ada.client.send_text(chat.clone(), "hello!").await.unwrap();
    assert_eq!(ada.verdict(&taken.message_id).await, None);
    simulator.silent(&a.phone, true).unwrap();
    let unsure = ada.client.send_text(chat, "anybody?").await.unwrap();
    let heard = simulator
        .expect_inbox(&carol, PATIENCE, |item| item.id == unsure.message_id)
        .await;
    assert_eq!(heard.unwrap().seq, 2);
    let acked = simulator.trace().iter().any(|entry| {
        entry.stanza.starts_with("<ack class=\"message\"")
            && entry.stanza.contains(&unsure.message_id)
    });
    assert!(!acked);
    all_known(&simulator);
}
