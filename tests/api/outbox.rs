//! A message is accepted once, waits where it must, and leaves once.

use crate::daemon::Answer;
use crate::daemon::Daemon;
use crate::daemon::KEY;
use crate::daemon::PATIENCE;
use crate::daemon::read;
use crate::daemon::simulator;
use crate::daemon::texts;
use reqwest::Method;
use serde_json::Value;
use serde_json::json;
use std::time::Duration;

const ANA: &str = "5511900000001";
const BEN: &str = "5511900000002";
const EVA: &str = "5511900000003";

/// Sends a text with headers of the caller's choice.
async fn send(daemon: &Daemon, text: &str, headers: &[(&str, &str)]) -> Answer {
    let body = json!({"sessionId": "ana", "to": EVA, "text": text});
    post(daemon, "/api/messages/send", &body, headers).await
}

async fn post(daemon: &Daemon, path: &str, body: &Value, headers: &[(&str, &str)]) -> Answer {
    let mut request = daemon
        .request(Method::POST, path)
        .header("X-Api-Key", KEY)
        .json(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    read(request.send().await.unwrap()).await
}

fn replayed(answer: &Answer) -> bool {
    answer.headers.contains_key("idempotency-replayed")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_sent_again_with_its_key_takes_effect_once_also_across_a_kill() {
    let simulator = simulator().await;
    let mut daemon = Daemon::start(&simulator).await;
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    daemon.pair(&simulator, "shop", "ana", ANA).await;

    let key = [("Idempotency-Key", "order-1")];
    let first = send(&daemon, "one", &key).await;
    let again = send(&daemon, "one", &key).await;
    assert_eq!((first.status, again.status), (200, 200), "{again:?}");
    assert!(!replayed(&first) && replayed(&again));
    assert_eq!(first.body, again.body);
    let other = send(&daemon, "two", &key).await;
    assert_eq!((other.status, other.code()), (422, "idempotency_mismatch"));

    // Accepted, and killed before anybody was told: nobody acknowledges or confirms, so the answer is still out.
    simulator.silent(ANA, true).unwrap();
    simulator.set_online(EVA, false).unwrap();
    let key = [("Idempotency-Key", "order-2"), ("Prefer", "wait=20")];
    let (in_flight, ()) = tokio::join!(
        daemon
            .request(Method::POST, "/api/messages/send")
            .header("X-Api-Key", KEY)
            .header("Idempotency-Key", "order-2")
            .header("Prefer", "wait=20")
            .json(&json!({"sessionId": "ana", "to": EVA, "text": "two"}))
            .timeout(Duration::from_secs(2))
            .send(),
        async {
            daemon
                .wait_for_message("ana", |message| {
                    message["text"] == "two" && message["state"] == "sending"
                })
                .await;
            let busy = send(&daemon, "two", &key).await;
            assert_eq!((busy.status, busy.code()), (409, "idempotency_in_flight"));
            assert!(busy.headers.contains_key("retry-after"));
        }
    );
    assert!(in_flight.is_err(), "it was answered before the kill");
    daemon.kill().await;
    simulator.silent(ANA, false).unwrap();
    simulator.set_online(EVA, true).unwrap();
    let daemon = daemon.again().await;
    let after = send(&daemon, "two", &key).await;
    assert!([200, 202].contains(&after.status), "{after:?}");
    daemon
        .wait_for_message("ana", |message| {
            message["id"] == after.body["id"] && message["state"] == "delivered"
        })
        .await;
    // It went again under its first id, and the phone showed it once.
    let shown = simulator.inbox(EVA).unwrap();
    let twos = shown
        .iter()
        .filter(|item| item.text.as_deref() == Some("two"));
    assert_eq!(twos.count(), 1);
    let page = daemon.get("/api/sessions/ana/messages").await.body;
    assert_eq!(page["data"].as_array().unwrap().len(), 2, "{page:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_is_kept_for_a_caller_who_left_before_it_came() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    simulator.silent(ANA, true).unwrap();
    simulator.set_online(EVA, false).unwrap();
    let key = [("Idempotency-Key", "order-3"), ("Prefer", "wait=60")];
    let impatient = daemon
        .request(Method::POST, "/api/messages/send")
        .header("X-Api-Key", KEY)
        .header("Idempotency-Key", "order-3")
        .header("Prefer", "wait=60")
        .json(&json!({"sessionId": "ana", "to": EVA, "text": "three"}))
        .timeout(Duration::from_secs(1))
        .send()
        .await;
    assert!(impatient.is_err(), "{impatient:?}");
    let busy = send(&daemon, "three", &key).await;
    assert_eq!((busy.status, busy.code()), (409, "idempotency_in_flight"));
    // Her phone confirms it, which settles it.
    simulator.set_online(EVA, true).unwrap();
    let mut looks = tokio::time::interval(Duration::from_millis(20));
    let answered = tokio::time::timeout(PATIENCE, async {
        loop {
            looks.tick().await;
            let answer = send(&daemon, "three", &key).await;
            if answer.status != 409 {
                return answer;
            }
        }
    });
    let answer = answered.await.expect("it stayed in flight");
    assert!(replayed(&answer) && answer.status == 200, "{answer:?}");
    let page = daemon.get("/api/sessions/ana/messages").await.body;
    assert_eq!(page["data"].as_array().unwrap().len(), 1, "{page:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_chooses_whether_to_wait() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    let now = send(&daemon, "now", &[("Prefer", "respond-async")]).await;
    assert_eq!((now.status, &now.body["state"]), (202, &json!("queued")));
    assert_eq!(now.headers["preference-applied"], "respond-async");
    let waited = send(&daemon, "later", &[("Prefer", "wait=15")]).await;
    assert_eq!(waited.status, 200, "{waited:?}");
    assert_eq!(waited.headers["preference-applied"], "wait=15");
    let wrong = send(&daemon, "never", &[("Prefer", "wait=soon")]).await;
    assert_eq!((wrong.status, wrong.code()), (400, "invalid_header"));
    let id = now.body["id"].as_str().unwrap();
    daemon
        .wait_for(&format!("/api/messages/{id}"), |message| {
            message["state"] == "delivered"
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_wait_for_the_connection_and_can_be_listed_cancelled_and_expire() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    daemon.send("ana", EVA, "before").await;
    // 503 is a refusal that clients repeat.
    simulator.refuse(ANA, 503).unwrap();
    daemon.wait_for_state("ana", "reconnecting").await;

    let at_once = [("Prefer", "respond-async")];
    let kept = send(&daemon, "kept", &at_once).await;
    let dropped = send(&daemon, "dropped", &at_once).await;
    let late =
        json!({"sessionId": "ana", "to": EVA, "text": "late", "expiresAt": "2026-01-01T00:00:00Z"});
    let late = post(&daemon, "/api/messages/send", &late, &[]).await;
    assert_eq!((late.status, late.code()), (422, "message_expired"));
    let waiting = daemon
        .get("/api/sessions/ana/messages?state=queued")
        .await
        .body;
    assert_eq!(waiting["data"].as_array().unwrap().len(), 2, "{waiting:#}");
    let tried_again = |session: &Value| session["reconnects"].as_u64() > Some(0);
    let session = daemon.wait_for("/api/sessions/ana", tried_again).await;
    assert_eq!(session["queueDepth"], 2, "{session:#}");

    let id = dropped.body["id"].as_str().unwrap();
    let cancelled = daemon
        .post(&format!("/api/messages/{id}/cancel"), json!(null))
        .await;
    assert_eq!(
        (cancelled.status, &cancelled.body["failure"]["code"]),
        (200, &json!("cancelled"))
    );
    let twice = daemon
        .post(&format!("/api/messages/{id}/cancel"), json!(null))
        .await;
    assert_eq!((twice.status, twice.code()), (409, "message_not_waiting"));

    simulator.forgive(ANA).unwrap();
    let id = kept.body["id"].as_str().unwrap();
    daemon
        .wait_for(&format!("/api/messages/{id}"), |message| {
            message["state"] == "delivered"
        })
        .await;
    assert_eq!(texts(&simulator, EVA), ["before", "kept"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_that_nobody_knows_is_settled_by_a_later_receipt() {
    let simulator = simulator().await;
    let settings = [("WHATSAPP__ACK_TIMEOUT_SECS", "1")];
    let daemon = Daemon::start_with(&simulator, &settings).await;
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    simulator.set_online(EVA, false).unwrap();
    simulator.silent(ANA, true).unwrap();
    let sent = send(&daemon, "is it there?", &[]).await;
    assert_eq!((sent.status, &sent.body["state"]), (202, &json!("unknown")));
    simulator.set_online(EVA, true).unwrap();
    let id = sent.body["id"].as_str().unwrap();
    daemon
        .wait_for(&format!("/api/messages/{id}"), |message| {
            message["state"] == "delivered"
        })
        .await;
    let shown = simulator.inbox(EVA).unwrap();
    assert_eq!(shown.len(), 1, "three tries are one message: {shown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_shows_how_far_each_recipient_is() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    simulator.create_phone(Some(BEN), "Ben").unwrap();
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    let members = [EVA.to_owned(), BEN.to_owned()];
    let group = simulator.create_group(ANA, "garden", &members).unwrap();
    let sent = daemon.send("ana", &group, "who waters today?").await;
    simulator
        .expect_inbox(EVA, PATIENCE, |item| item.text.is_some())
        .await
        .unwrap();
    simulator.read(EVA, &group).unwrap();
    let id = sent["id"].as_str().unwrap();
    let message = daemon
        .wait_for(&format!("/api/messages/{id}"), |message| {
            let recipients = message["recipients"].as_array();
            recipients.is_some_and(|all| {
                let of = |phone: &str| all.iter().find(|one| one["phone"] == phone);
                let has = |one: Option<&Value>, state: &str| {
                    one.is_some_and(|one| one["states"][state].is_string())
                };
                has(of(EVA), "read") && has(of(BEN), "delivered")
            })
        })
        .await;
    assert_eq!(message["state"], "read");
    assert!(message["recipients"].as_array().unwrap().len() >= 2);
}
