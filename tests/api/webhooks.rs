//! Receivers are told of every event, whatever happens to them or to the daemon.

use crate::daemon::Answer;
use crate::daemon::Daemon;
use crate::daemon::KEY;
use crate::daemon::PATIENCE;
use crate::daemon::command;
use crate::daemon::read;
use crate::daemon::simulator;
use crate::receiver::Manner;
use crate::receiver::Receiver;
use reqwest::Method;
use serde_json::Value;
use serde_json::json;
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use std::collections::BTreeSet;
use wamux_simulator::Simulator;

const ANA: &str = "5511900000001";
const EVA: &str = "5511900000003";
const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// Loopback is allowed, and nothing takes longer than it must.
const QUICK: [(&str, &str); 6] = [
    ("WEBHOOKS__ALLOW_ADDRESSES", "[\"127.0.0.0/8\"]"),
    ("WEBHOOKS__TIMEOUT_SECS", "1"),
    ("WEBHOOKS__RETRY_FIRST_SECS", "1"),
    ("WEBHOOKS__RETRY_MAX_SECS", "1"),
    ("WEBHOOKS__BREAKER_PAUSE_MIN_SECS", "1"),
    ("WEBHOOKS__BREAKER_PAUSE_MAX_SECS", "1"),
];

/// A webhook with a secret that the test knows; gives its path.
async fn webhook(daemon: &Daemon, receiver: &Receiver, mut body: Value) -> String {
    body["url"] = receiver.url().into();
    body["secret"] = SECRET.into();
    let created = daemon.post("/api/webhooks", body).await;
    assert_eq!(created.status, 201, "{created:?}\n{}", daemon.log());
    format!("/api/webhooks/{}", created.body["id"].as_str().unwrap())
}

async fn patch(daemon: &Daemon, path: &str, body: Value) -> Answer {
    let request = daemon.request(Method::PATCH, path).json(&body);
    read(request.header("X-Api-Key", KEY).send().await.unwrap()).await
}

async fn session(daemon: &Daemon, client: &str, id: &str) {
    let body = json!({"clientId": client, "sessionId": id});
    let created = daemon.post("/api/sessions", body).await;
    assert_eq!(created.status, 201, "{created:?}");
}

/// Waits until a delivery fits; gives the whole page.
async fn wait_for_delivery(daemon: &Daemon, path: &str, fits: impl Fn(&Value) -> bool) -> Value {
    let path = format!("{path}/deliveries?limit=200");
    daemon
        .wait_for(&path, |page| {
            page["data"].as_array().unwrap().iter().any(&fits)
        })
        .await
}

/// Waits until nothing is to be delivered any more.
async fn wait_until_told(daemon: &Daemon, path: &str) -> Value {
    daemon
        .wait_for(path, |webhook| webhook["health"]["pending"] == 0)
        .await
}

/// Has Eva write to Ana, and waits until the session has it.
async fn hear(simulator: &Simulator, daemon: &Daemon, text: &str) {
    simulator.say(EVA, ANA, text).unwrap();
    daemon
        .wait_for_message("ana", |message| message["text"] == text)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_fails_in_every_way_gets_every_event_signed_also_across_a_kill() {
    let simulator = simulator().await;
    let mut daemon = Daemon::start_with(&simulator, &QUICK).await;
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    let mut receiver = Receiver::down();
    let body = json!({"clientId": "shop", "events": ["message.*"]});
    let path = webhook(&daemon, &receiver, body).await;

    hear(&simulator, &daemon, "are you down?").await;
    wait_for_delivery(&daemon, &path, |one| one["lastFailure"] == "connect").await;
    receiver.behave(Manner::Silent);
    receiver.open();
    hear(&simulator, &daemon, "are you slow?").await;
    wait_for_delivery(&daemon, &path, |one| one["lastFailure"] == "timeout").await;
    receiver.behave(Manner::Status(500));
    hear(&simulator, &daemon, "are you ill?").await;
    wait_for_delivery(&daemon, &path, |one| one["lastStatus"] == 500).await;

    let before = receiver.seen().len();
    hear(&simulator, &daemon, "are you there?").await;
    receiver.wait_for(|seen| seen.len() > before).await;
    daemon.kill().await;
    receiver.behave(Manner::Half);
    let daemon = daemon.again().await;
    wait_for_delivery(&daemon, &path, |one| one["lastFailure"] == "closed").await;

    receiver.behave(Manner::Status(200));
    daemon.wait_for_state("ana", "connected").await;
    hear(&simulator, &daemon, "are you well?").await;
    let webhook = wait_until_told(&daemon, &path).await;
    assert_eq!(webhook["health"]["failuresInRow"], 0, "{webhook:#}");

    let taken = receiver.taken();
    let texts: BTreeSet<_> = taken
        .values()
        .filter(|event| event["type"] == "message.received")
        .map(|event| event["data"]["text"].as_str().unwrap())
        .collect();
    let asked = ["down", "slow", "ill", "there", "well"].map(|what| format!("are you {what}?"));
    assert_eq!(texts, asked.iter().map(String::as_str).collect());
    let page = daemon.get(&format!("{path}/deliveries?limit=200")).await;
    let deliveries = page.body["data"].as_array().unwrap().clone();
    assert_eq!(deliveries.len(), taken.len(), "{deliveries:#?}");
    for delivery in &deliveries {
        assert_eq!(delivery["state"], "delivered", "{delivery:#}");
        assert!(taken.contains_key(delivery["eventId"].as_str().unwrap()));
    }
    for seen in receiver.seen() {
        assert!(seen.verifies(SECRET), "{seen:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_session_is_told_in_order() {
    let simulator = simulator().await;
    let daemon = Daemon::start_with(&simulator, &QUICK).await;
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    let receiver = Receiver::up(Manner::Status(200));
    let path = webhook(&daemon, &receiver, json!({})).await;
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    for number in 0..20 {
        simulator.say(EVA, ANA, &number.to_string()).unwrap();
    }
    daemon
        .wait_for_message("ana", |message| message["text"] == "19")
        .await;
    wait_until_told(&daemon, &path).await;
    let seen = receiver.seen();
    let numbers: Vec<_> = seen
        .iter()
        .map(|seen| seen.event()["seq"].as_u64().unwrap())
        .collect();
    assert!(numbers.len() > 20, "{numbers:?}");
    let expected: Vec<_> = (1..=numbers.len() as u64).collect();
    assert_eq!(numbers, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_receiver_delays_neither_another_webhook_nor_a_send_nor_the_stop() {
    let simulator = simulator().await;
    // An attempt outlasts the patience of this test: whatever waited for one would fail.
    let settings = [
        ("WEBHOOKS__ALLOW_ADDRESSES", "[\"127.0.0.0/8\"]"),
        ("WEBHOOKS__TIMEOUT_SECS", "120"),
        ("SERVER__SHUTDOWN_TIMEOUT_SECS", "6"),
    ];
    let mut daemon = Daemon::start_with(&simulator, &settings).await;
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    let dead = Receiver::up(Manner::Silent);
    let well = Receiver::up(Manner::Status(200));
    let of_dead = webhook(&daemon, &dead, json!({})).await;
    let of_well = webhook(&daemon, &well, json!({})).await;
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    dead.wait_for(|seen| !seen.is_empty()).await;
    let sent = daemon.send("ana", EVA, "hello").await;
    well.wait_for(|seen| {
        seen.iter().any(|seen| {
            let event = seen.event();
            event["data"]["messageId"] == sent["id"] && event["data"]["state"] == "sent"
        })
    })
    .await;
    wait_until_told(&daemon, &of_well).await;
    let health = daemon.get(&of_dead).await.body["health"].clone();
    assert!(health["pending"].as_u64().unwrap() > 1, "{health}");
    assert_eq!(dead.seen().len(), 1, "one at a time of a session");

    let ended = daemon.terminate().await;
    assert_eq!(ended.code(), Some(0), "{}", daemon.log());
    dead.behave(Manner::Status(200));
    let daemon = daemon.again().await;
    wait_until_told(&daemon, &of_dead).await;
    assert!(dead.taken().contains_key(dead.seen()[0].id()));
}

/// More webhooks at work than there are connections to the database, each with more than one delivery.
#[tokio::test(flavor = "multi_thread")]
async fn many_webhooks_hold_up_neither_each_other_nor_a_request() {
    let simulator = simulator().await;
    let daemon = Daemon::start_with(&simulator, &QUICK).await;
    let receiver = Receiver::up(Manner::Status(200));
    let mut paths = Vec::new();
    for _ in 0..24 {
        paths.push(webhook(&daemon, &receiver, json!({"clientId": "shop"})).await);
    }
    for number in 0..12 {
        session(&daemon, "shop", &format!("phone-{number}")).await;
    }
    for path in &paths {
        wait_until_told(&daemon, path).await;
    }
    let log = daemon.log();
    assert!(!log.contains("begun again"), "{log}");
    assert!(!log.contains("slow threshold"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_gone_is_left_alone_until_it_is_turned_on_again() {
    let simulator = simulator().await;
    let daemon = Daemon::start_with(&simulator, &QUICK).await;
    let receiver = Receiver::up(Manner::Status(410));
    let path = webhook(&daemon, &receiver, json!({"events": ["session.created"]})).await;
    session(&daemon, "shop", "ana").await;
    let off = daemon
        .wait_for(&path, |webhook| webhook["enabled"] == false)
        .await;
    assert_eq!(
        (&off["disabledReason"], &off["health"]["pending"]),
        (&json!("gone"), &json!(1))
    );
    session(&daemon, "shop", "ben").await;
    receiver.behave(Manner::Status(200));
    let on = patch(&daemon, &path, json!({"enabled": true})).await;
    assert_eq!(on.status, 200, "{on:?}");
    session(&daemon, "shop", "eva").await;
    wait_until_told(&daemon, &path).await;
    let told: BTreeSet<_> = receiver
        .taken()
        .values()
        .map(|event| event["sessionId"].as_str().unwrap().to_owned())
        .collect();
    let expected = ["ana", "eva"].map(str::to_owned);
    assert_eq!(told, expected.into(), "while it was off nothing was kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_up_or_delivered_is_delivered_again_on_request() {
    let simulator = simulator().await;
    let mut daemon = Daemon::start_with(&simulator, &QUICK).await;
    let receiver = Receiver::up(Manner::Status(500));
    let path = webhook(&daemon, &receiver, json!({"events": ["session.created"]})).await;
    for id in ["ana", "ben"] {
        session(&daemon, "shop", id).await;
    }
    let tried = |page: &Value| {
        let mut all = page["data"].as_array().unwrap().iter();
        all.all(|one| one["attempts"].as_u64().unwrap() > 0)
    };
    daemon.wait_for(&format!("{path}/deliveries"), tried).await;
    // Days later.
    assert_eq!(daemon.terminate().await.code(), Some(0));
    let file = daemon.state.path().join("state/wamux.db");
    let mut database = SqliteConnectOptions::new()
        .filename(file)
        .connect()
        .await
        .unwrap();
    let aged = sqlx::query("UPDATE webhook_deliveries SET first_try_at = 1");
    aged.execute(&mut database).await.unwrap();
    sqlx::Connection::close(database).await.unwrap();
    let daemon = daemon.again().await;
    let failed = daemon
        .wait_for(&format!("{path}/deliveries?state=failed"), |page| {
            page["data"].as_array().unwrap().len() == 2
        })
        .await;
    assert_eq!(failed["data"][0]["nextAttemptAt"], Value::Null);

    receiver.behave(Manner::Status(200));
    let event = failed["data"][0]["eventId"].as_str().unwrap();
    let again = daemon
        .post(&format!("{path}/deliveries/{event}/redeliver"), json!({}))
        .await;
    assert_eq!(
        (again.status, &again.body["state"]),
        (202, &json!("pending"))
    );
    let one = daemon
        .wait_for(&format!("{path}/deliveries/{event}"), |one| {
            one["state"] == "delivered"
        })
        .await;
    let history = one["history"].as_array().unwrap();
    assert_eq!(one["attempts"], history.len(), "{one:#}");
    assert_eq!(history[0]["failure"]["code"], "status");
    assert_eq!(history.last().unwrap()["failure"], Value::Null);
    assert_eq!(history.last().unwrap()["excerpt"], "so");
    assert_eq!(&one["event"], &receiver.taken()[event]);
    assert_eq!(receiver.taken().len(), 1, "the other was not asked for");

    let rest = daemon.post(&format!("{path}/redeliver"), json!({})).await;
    assert_eq!((rest.status, &rest.body["redelivered"]), (202, &json!(1)));
    wait_until_told(&daemon, &path).await;
    assert_eq!(receiver.taken().len(), 2);

    let before = receiver.seen().len();
    daemon
        .post(&format!("{path}/deliveries/{event}/redeliver"), json!({}))
        .await;
    let seen = receiver.wait_for(|seen| seen.len() > before).await;
    assert_eq!(seen.last().unwrap().id(), event);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_secret_is_replaced_both_verify_and_afterwards_one() {
    let simulator = simulator().await;
    let daemon = Daemon::start_with(&simulator, &QUICK).await;
    let receiver = Receiver::up(Manner::Status(200));
    let path = webhook(&daemon, &receiver, json!({"headers": {"X-Door": "blue"}})).await;
    let test = daemon.post(&format!("{path}/test"), json!({})).await;
    assert_eq!(
        (
            &test.body["status"],
            &test.body["failure"],
            &test.body["excerpt"]
        ),
        (&json!(200), &Value::Null, &json!("so"))
    );
    let first = receiver.seen().pop().unwrap();
    assert_eq!(first.event()["type"], "webhook.test");
    assert_eq!(first.headers["x-door"], "blue");
    assert!(first.verifies(SECRET));

    let rotate = format!("{path}/rotate-secret");
    let rotated = daemon.post(&rotate, json!({})).await;
    let new = rotated.body["secret"].as_str().unwrap();
    session(&daemon, "shop", "ana").await;
    wait_until_told(&daemon, &path).await;
    let seen = receiver.seen().pop().unwrap();
    assert!(seen.verifies(SECRET) && seen.verifies(new));

    let at_once = daemon.post(&rotate, json!({"graceHours": 0})).await;
    daemon.post(&format!("{path}/test"), json!({})).await;
    let seen = receiver.seen().pop().unwrap();
    assert!(seen.verifies(at_once.body["secret"].as_str().unwrap()));
    assert!(!seen.verifies(new) && !seen.verifies(SECRET));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_told_of_what_it_asked_for_and_of_nobody_else() {
    let simulator = simulator().await;
    let daemon = Daemon::start_with(&simulator, &QUICK).await;
    session(&daemon, "shop", "ana").await;
    let receiver = Receiver::up(Manner::Status(200));
    let created = json!(["session.created"]);
    let all = webhook(&daemon, &receiver, json!({"events": created})).await;
    let shop = json!({"clientId": "shop", "events": created});
    let shop = webhook(&daemon, &receiver, shop).await;
    let ana = webhook(&daemon, &receiver, json!({"sessionId": "ana"})).await;
    for (client, id) in [("shop", "ben"), ("clinic", "eva")] {
        session(&daemon, client, id).await;
    }
    assert_eq!(daemon.delete("/api/sessions/ana").await.status, 200);
    let told = async |path: &str| {
        let page = daemon.get(&format!("{path}/deliveries")).await.body;
        let mut told = Vec::new();
        for one in page["data"].as_array().unwrap() {
            let event = one["eventId"].as_str().unwrap();
            let one = daemon.get(&format!("{path}/deliveries/{event}")).await.body;
            let event = &one["event"];
            told.push(format!("{} {}", event["sessionId"], event["type"]).replace('"', ""));
        }
        told
    };
    assert_eq!(
        told(&all).await,
        ["eva session.created", "ben session.created"]
    );
    assert_eq!(told(&shop).await, ["ben session.created"]);
    let of_ana = told(&ana).await;
    assert_eq!(
        of_ana.first().map(String::as_str),
        Some("ana session.deleted")
    );
    assert!(
        of_ana.iter().all(|one| one.starts_with("ana ")),
        "{of_ana:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_allowance_nobody_reaches_the_daemons_own_network() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    let receiver = Receiver::up(Manner::Status(200));
    let refused = daemon
        .post("/api/webhooks", json!({"url": receiver.url()}))
        .await;
    assert_eq!(
        (refused.status, refused.code()),
        (422, "webhook_url_refused")
    );
    let named = format!("http://localhost:{}/hook", receiver.address.port());
    let created = daemon.post("/api/webhooks", json!({"url": named})).await;
    assert_eq!(created.status, 201, "a name is looked up when it is called");
    let path = created.headers["location"].to_str().unwrap();
    session(&daemon, "shop", "ana").await;
    wait_for_delivery(&daemon, path, |one| one["lastFailure"] == "refused_address").await;
    let test = daemon.post(&format!("{path}/test"), json!({})).await;
    assert_eq!(test.body["failure"]["code"], "refused_address");
    assert!(receiver.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_key_to_its_secrets_the_daemon_says_what_to_do() {
    let simulator = simulator().await;
    let mut daemon = Daemon::start_with(&simulator, &QUICK).await;
    let receiver = Receiver::up(Manner::Status(200));
    let path = webhook(&daemon, &receiver, json!({})).await;
    assert_eq!(daemon.terminate().await.code(), Some(0));
    let file = daemon.state.path().join("state/secret.key");
    let key = std::fs::read(&file).unwrap();
    for wrong in [None, Some(vec![0; 32]), Some(vec![0; 31])] {
        match &wrong {
            Some(bytes) => std::fs::write(&file, bytes).unwrap(),
            None => std::fs::remove_file(&file).unwrap(),
        }
        let mut start = command(daemon.state.path());
        start.env("WAMUX_WHATSAPP__ENDPOINT", simulator.chat_url());
        let ended = tokio::time::timeout(PATIENCE, start.output()).await;
        let ended = ended.unwrap().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(73), "{said}");
        assert!(
            said.contains("secret.key") && said.contains("backup"),
            "{said}"
        );
        assert_eq!(std::fs::read(&file).ok(), wrong, "it is left as it was");
    }
    std::fs::write(&file, key).unwrap();
    let daemon = daemon.again().await;
    daemon.post(&format!("{path}/test"), json!({})).await;
    assert!(receiver.seen().pop().unwrap().verifies(SECRET));
}
