//! What an overview shows: figures of what has just happened, whose they are, and the newest events first.

use crate::daemon::Answer;
use crate::daemon::Daemon;
use crate::daemon::simulator;
use serde_json::Value;
use serde_json::json;

const ANA: &str = "5511900000001";
const BEN: &str = "5511900000002";
const TEXTS: u64 = 3;

async fn stats(daemon: &Daemon, query: &str) -> Value {
    let answer = daemon.get(&format!("/api/stats{query}")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

/// The sum of a member over the series.
fn sum(stats: &Value, pointer: &str) -> u64 {
    let points = stats["series"].as_array().unwrap().iter();
    points
        .map(|point| point.pointer(pointer).unwrap().as_u64().unwrap())
        .sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_shows_in_the_figures_of_everybody_and_of_its_client() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    daemon.pair(&simulator, "clinic", "ben", BEN).await;
    for number in 0..TEXTS {
        let sent = daemon.send("ana", BEN, &format!("{number}")).await;
        daemon
            .wait_for_message("ana", |message| {
                message["id"] == sent["id"]
                    && message["states"]["sent"].is_string()
                    && message["states"]["delivered"].is_string()
            })
            .await;
    }
    daemon
        .wait_for_message("ben", |message| message["text"] == "2")
        .await;
    let stopped = daemon.post("/api/sessions/ben/stop", json!({})).await;
    assert_eq!(stopped.status, 200, "{stopped:?}");

    let all = stats(&daemon, "?bucketSeconds=300").await;
    assert_eq!(all["series"].as_array().unwrap().len(), 288);
    assert_eq!(
        (
            &all["sessions"]["total"],
            &all["sessions"]["byState"]["connected"],
            &all["sessions"]["byState"]["stopped"]
        ),
        (&json!(2), &json!(1), &json!(1))
    );
    assert_eq!(
        (&all["messages"]["in"], &all["messages"]["out"]),
        (&json!(TEXTS), &json!(TEXTS)),
        "{}",
        all["messages"]
    );
    assert_eq!(all["messages"]["byState"]["delivered"], json!(TEXTS));
    assert_eq!(
        (sum(&all, "/in"), sum(&all, "/out/delivered")),
        (TEXTS, TEXTS)
    );
    for latency in ["sent", "delivered"] {
        let latency = &all["latency"][latency];
        assert_eq!(latency["count"], json!(TEXTS));
        assert!(latency["p50Ms"].as_u64() <= latency["p95Ms"].as_u64());
        assert!(latency["p50Ms"].is_u64(), "{latency}");
    }
    let share = all["connected"]["share"].as_f64().unwrap();
    assert!(0.0 < share && share < 1.0, "{share}");

    let shop = stats(&daemon, "?clientId=shop").await;
    assert_eq!(
        (&shop["messages"]["in"], &shop["messages"]["out"]),
        (&json!(0), &json!(TEXTS))
    );
    assert_eq!(shop["sessions"]["byState"]["connected"], json!(1));
    let clinic = stats(&daemon, "?clientId=clinic").await;
    assert_eq!(
        (&clinic["messages"]["in"], &clinic["messages"]["out"]),
        (&json!(TEXTS), &json!(0))
    );
    // Nobody was there yet.
    let long_ago = "?from=2020-01-01T00:00:00Z&to=2020-01-01T01:00:00Z";
    let share = &stats(&daemon, long_ago).await["connected"]["share"];
    assert_eq!(share, &json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_learns_what_it_may_do_and_which_clients_there_are() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    for client in ["shop", "clinic"] {
        let made = daemon
            .post("/api/sessions", json!({"clientId": client}))
            .await;
        assert_eq!(made.status, 201, "{made:?}");
    }
    let clients = daemon.get("/api/clients").await.body;
    assert_eq!(
        clients["data"],
        json!([{"clientId": "clinic", "sessions": 1}, {"clientId": "shop", "sessions": 1}])
    );
    let me = daemon.get("/api/me").await.body;
    assert_eq!(
        (&me["scopes"], &me["build"], &me["simulator"]),
        (&json!(["admin"]), &json!("sandbox"), &json!(false))
    );
}

fn ids(page: &Answer) -> Vec<String> {
    assert_eq!(page.status, 200, "{page:?}");
    let events = page.body["data"].as_array().unwrap().iter();
    events
        .map(|event| event["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_read_backwards_page_by_page() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    let stopped = daemon.post("/api/sessions/ana/stop", json!({})).await;
    assert_eq!(stopped.status, 200, "{stopped:?}");
    let path = "/api/events?type=session.*&sessionId=ana&limit=";
    let mut all = ids(&daemon.get(&format!("{path}200")).await);
    all.reverse();

    let (mut back, mut before) = (Vec::new(), String::new());
    loop {
        let page = daemon.get(&format!("{path}2&order=desc{before}")).await;
        assert!(page.body.get("gap").is_none(), "{page:?}");
        back.extend(ids(&page));
        let Some(cursor) = page.body["nextCursor"].as_str() else {
            break;
        };
        assert_eq!(back.last().map(String::as_str), Some(cursor));
        before = format!("&before={cursor}");
    }
    assert_eq!(back, all);
    let newest = daemon.get("/api/events?order=desc&limit=1").await;
    assert_eq!(newest.body["data"][0]["type"], "session.stopped");
}
