//! What whoever watches the daemon can rely on: its figures, its probes and the fields of its log lines.

use crate::daemon::Daemon;
use crate::daemon::KEY;
use crate::daemon::PATIENCE;
use crate::daemon::simulator;
use crate::receiver::Manner;
use crate::receiver::Receiver;
use reqwest::Method;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::time::Duration;
use wamux_simulator::Simulator;

const ANA: &str = "5511900000001";
const BEN: &str = "5511900000002";
const EVA: &str = "5511900000003";

/// The samples of a scrape: name and labels as they are written, and the value.
type Samples = BTreeMap<String, f64>;

async fn scrape(daemon: &Daemon) -> Samples {
    let asked = daemon
        .request(Method::GET, "/metrics")
        .header("Authorization", format!("Bearer {KEY}"));
    let answer = asked.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let kind = answer.headers()["content-type"].to_str().unwrap();
    assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
    samples(&answer.text().await.unwrap())
}

fn samples(text: &str) -> Samples {
    let sample = |line: &str| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    };
    let lines = text.lines().filter(|line| !line.is_empty());
    lines
        .filter(|line| !line.starts_with('#'))
        .map(sample)
        .collect()
}

/// One session that has sent and received, with a webhook that was told.
async fn world() -> (Simulator, Daemon, Receiver) {
    let simulator = simulator().await;
    let settings = [("WEBHOOKS__ALLOW_ADDRESSES", "[\"127.0.0.0/8\"]")];
    let daemon = Daemon::start_with(&simulator, &settings).await;
    let receiver = Receiver::up(Manner::Status(200));
    let hook = json!({"url": receiver.url(), "events": ["message.*"]});
    assert_eq!(daemon.post("/api/webhooks", hook).await.status, 201);
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    daemon.send("ana", EVA, "a secret text").await;
    daemon
        .wait_for_message("ana", |message| {
            // A receipt can overtake WhatsApp's answer.
            message["state"] == "delivered" && message["states"]["sent"].is_string()
        })
        .await;
    simulator.say(EVA, ANA, "an answer").unwrap();
    daemon
        .wait_for_message("ana", |message| message["text"] == "an answer")
        .await;
    receiver
        .wait_for(|seen| {
            seen.iter()
                .any(|seen| seen.event()["type"] == "message.received")
        })
        .await;
    (simulator, daemon, receiver)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_is_counted_and_names_nobody() {
    let (_simulator, daemon, _receiver) = world().await;
    let stream = daemon
        .request(Method::GET, "/api/events/stream")
        .header("X-Api-Key", KEY);
    let _stream = stream.send().await.unwrap();
    let found = scrape(&daemon).await;
    for (name, least) in [
        (r#"wamux_sessions{state="connected"}"#, 1.0),
        (
            r#"wamux_messages_total{direction="out",state="queued",type="text"}"#,
            1.0,
        ),
        (
            r#"wamux_messages_total{direction="out",state="sending",type="text"}"#,
            1.0,
        ),
        (
            r#"wamux_messages_total{direction="out",state="sent",type="text"}"#,
            1.0,
        ),
        (
            r#"wamux_messages_total{direction="out",state="delivered",type="text"}"#,
            1.0,
        ),
        (
            r#"wamux_messages_total{direction="in",state="received",type="text"}"#,
            1.0,
        ),
        (r#"wamux_events_total{type="message.received"}"#, 1.0),
        ("wamux_send_seconds_count", 1.0),
        (r#"wamux_send_seconds_bucket{le="+Inf"}"#, 1.0),
        (
            r#"wamux_webhook_attempts_total{outcome="delivered",failure="none"}"#,
            1.0,
        ),
        (r#"wamux_webhooks{state="enabled"}"#, 1.0),
        (r#"wamux_db_commits_total{outcome="ok"}"#, 5.0),
        ("wamux_db_commit_seconds_count", 5.0),
        ("wamux_streams_open", 1.0),
        (
            r#"wamux_http_requests_total{route="/api/messages/send",method="POST",status="2xx"}"#,
            1.0,
        ),
        ("process_resident_memory_bytes", 1e6),
        ("wamux_memory_per_session_bytes", 1e6),
        ("process_start_time_seconds", 1.7e9),
        ("wamux_disk_free_bytes", 1.0),
        ("wamux_ready", 1.0),
        // What the library counts is there as well.
        (r#"wa_connect_total{outcome="ok"}"#, 1.0),
    ] {
        let value = found.get(name).copied();
        assert!(value >= Some(least), "{name} is {value:?}: {found:#?}");
    }
    for name in [
        "wamux_scrape_incomplete",
        r#"wamux_sessions{state="failed"}"#,
        "wamux_outbox_messages",
    ] {
        assert!(found[name] < 0.5, "{name} is {}", found[name]);
    }
    for word in ["ana", "shop", ANA, EVA, "secret"] {
        let naming: Vec<_> = found.keys().filter(|name| name.contains(word)).collect();
        assert!(naming.is_empty(), "{word}: {naming:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_series_is_made_by_what_callers_ask_for() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    let ask = async |round: usize| {
        for index in 0..5 {
            let path = format!("/api/sessions/nobody-{round}-{index}");
            assert_eq!(daemon.get(&path).await.status, 404);
            assert_eq!(
                daemon
                    .get(&format!("/nowhere-{round}-{index}"))
                    .await
                    .status,
                404
            );
        }
        scrape(&daemon).await.into_keys().collect::<BTreeSet<_>>()
    };
    // The second scrape counts the first one.
    ask(0).await;
    let before = ask(1).await;
    let after = ask(2).await;
    assert_eq!(before, after);
    assert!(
        !after
            .iter()
            .any(|name| name.contains("nobody") || name.contains("nowhere"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_wait_show_as_the_depth_and_the_age_of_the_outbox() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    daemon.pair(&simulator, "shop", "ben", BEN).await;
    simulator.set_online(EVA, false).unwrap();
    simulator.silent(ANA, true).unwrap();
    let body = json!({"sessionId": "ana", "to": EVA, "text": "on its way"});
    let send = daemon
        .request(Method::POST, "/api/messages/send")
        .header("X-Api-Key", KEY)
        .header("Prefer", "respond-async")
        .json(&body);
    assert_eq!(send.send().await.unwrap().status(), 202);
    daemon
        .wait_for_message("ana", |message| message["state"] == "sending")
        .await;
    let found = scrape(&daemon).await;
    assert!((0.5..1.5).contains(&found["wamux_outbox_messages"]));
    assert!(found["wamux_outbox_oldest_seconds"] > 0.0);
    // A session that loses its connection is counted, by its cause.
    simulator.kick(BEN, None).unwrap();
    let lost = |found: &Samples| {
        let reconnects = |(name, value): (&String, &f64)| {
            name.starts_with("wamux_reconnects_total").then_some(*value)
        };
        found.iter().filter_map(reconnects).sum::<f64>()
    };
    let counted = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        while lost(&scrape(&daemon).await) < 1.0 {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(PATIENCE, counted).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_figures_need_a_key_unless_they_are_open_to_this_machine_or_there_are_none() {
    let simulator = simulator().await;
    let ask = async |daemon: &Daemon, header: Option<&str>| {
        let mut asked = daemon.request(Method::GET, "/metrics");
        if let Some(name) = header {
            asked = asked.header(name, "192.0.2.1");
        }
        asked.send().await.unwrap().status().as_u16()
    };
    let closed = Daemon::start(&simulator).await;
    assert_eq!(ask(&closed, None).await, 401);
    let open = [("METRICS__OPEN_TO_LOOPBACK", "true")];
    let open = Daemon::start_with(&simulator, &open).await;
    assert_eq!(ask(&open, None).await, 200);
    // A proxy on this machine asks for somebody else.
    for header in ["X-Forwarded-For", "Forwarded", "X-Real-IP"] {
        assert_eq!(ask(&open, Some(header)).await, 401, "{header}");
    }
    let off = [("METRICS__ENABLED", "false")];
    let off = Daemon::start_with(&simulator, &off).await;
    assert_eq!(off.get("/metrics").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_line_says_of_which_request_session_and_client_it_is() {
    let (_simulator, daemon, _receiver) = world().await;
    let asked = daemon
        .request(Method::GET, "/api/sessions/ana")
        .header("X-Api-Key", KEY)
        .header("X-Request-Id", "of-the-test");
    assert_eq!(asked.send().await.unwrap().status(), 200);
    daemon.wait_for_log("of-the-test").await;
    let log = daemon.log();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let span = |line: &Value, name: &str| -> Option<Value> {
        let spans = line["spans"].as_array()?;
        spans.iter().find(|span| span["name"] == name).cloned()
    };
    let answered = lines.iter().find(|line| {
        line["message"] == "answered"
            && span(line, "request").is_some_and(|span| span["id"] == "of-the-test")
    });
    let request = span(answered.unwrap(), "request").unwrap();
    assert_eq!(
        (&request["session"], &request["client"]),
        (&json!("ana"), &json!("shop")),
        "{request:#}"
    );
    let created = lines
        .iter()
        .find(|line| line["route"] == "/api/sessions" && line["method"] == "POST");
    let request = span(created.unwrap(), "request").unwrap();
    assert_eq!(
        (&request["session"], &request["client"]),
        (&json!("ana"), &json!("shop")),
        "{request:#}"
    );
    let state = lines
        .iter()
        .find(|line| line["message"] == "session state" && line["to"] == "connected");
    let session = span(state.unwrap(), "session").unwrap();
    assert_eq!(
        (&session["id"], &session["client"]),
        (&json!("ana"), &json!("shop")),
        "{session:#}"
    );
}

/// Every word in `text` that looks like the name of a metric.
fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
    let is_metric = |word: &&str| {
        ["wamux_", "process_"]
            .iter()
            .any(|prefix| word.starts_with(prefix))
    };
    words.filter(is_metric).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_of_the_rules_the_panels_and_the_page_is_one_that_there_is() {
    let (_simulator, daemon, _receiver) = world().await;
    let asked = daemon
        .request(Method::GET, "/metrics")
        .header("X-Api-Key", KEY);
    let text = asked.send().await.unwrap().text().await.unwrap();
    let known: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .collect();
    let ours = wamux::meter::ALL.iter().map(|(name, ..)| *name);
    let missing: Vec<_> = ours.filter(|name| !known.contains(name)).collect();
    assert!(missing.is_empty(), "{missing:?} are not counted");
    let series = |name: &str| {
        let base = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|end| name.strip_suffix(end));
        known.contains(name) || base.is_some_and(|base| known.contains(base))
    };
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in [
        "deploy/alerts.yml",
        "deploy/alerts_test.yml",
        "deploy/grafana/wamux.json",
        "docs/OBSERVABILITY.md",
    ] {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        let used = names(&text);
        assert!(used.len() > 5, "{file} names {used:?}");
        let unknown: Vec<_> = used.iter().filter(|name| !series(name)).collect();
        assert!(unknown.is_empty(), "{file} names {unknown:?}");
    }
    let page = std::fs::read_to_string(root.join("docs/OBSERVABILITY.md")).unwrap();
    for (name, ..) in wamux::meter::ALL {
        assert!(
            page.contains(name),
            "docs/OBSERVABILITY.md does not list {name}"
        );
    }
}
