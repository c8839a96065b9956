//! Bad input: a clear answer, and nothing half-done.

use crate::daemon::Answer;
use crate::daemon::Daemon;
use crate::daemon::KEY;
use crate::daemon::read;
use crate::daemon::simulator;
use reqwest::Method;
use serde_json::json;

async fn raw(daemon: &Daemon, path: &str, body: impl Into<reqwest::Body>) -> Answer {
    let request = daemon
        .request(Method::POST, path)
        .header("X-Api-Key", KEY)
        .header("Content-Type", "application/json");
    read(request.body(body).send().await.unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_refused_and_changes_nothing() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    daemon
        .post(
            "/api/sessions",
            json!({"clientId": "shop", "sessionId": "ana"}),
        )
        .await;

    let unknown = daemon.get("/api/sessions/nobody").await;
    assert_eq!((unknown.status, unknown.code()), (404, "session_not_found"));
    assert_eq!(unknown.headers["content-type"], "application/problem+json");
    let unknown = daemon
        .post(
            "/api/messages/send",
            json!({"sessionId": "nobody", "to": "15550001111", "text": "x"}),
        )
        .await;
    assert_eq!((unknown.status, unknown.code()), (404, "session_not_found"));

    let taken = daemon
        .post(
            "/api/sessions",
            json!({"clientId": "shop", "sessionId": "ana"}),
        )
        .await;
    assert_eq!((taken.status, taken.code()), (409, "session_exists"));
    let early = daemon
        .post(
            "/api/messages/send",
            json!({"sessionId": "ana", "to": "15550001111", "text": "x"}),
        )
        .await;
    assert_eq!((early.status, early.code()), (409, "session_not_ready"));
    assert!(
        ["starting", "linking"].contains(&early.body["state"].as_str().unwrap()),
        "{early:?}"
    );

    let all = daemon.get("/api/sessions").await.body;
    assert_eq!(all["data"].as_array().unwrap().len(), 1, "{all:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_body_is_refused_with_the_name_of_the_field() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    let malformed = raw(&daemon, "/api/sessions", "{\"clientId\": ").await;
    assert_eq!(
        (malformed.status, malformed.code()),
        (400, "malformed_json")
    );
    for (body, field) in [
        (json!({"clientId": 7}), "clientId"),
        (json!({"sessionId": "b"}), "clientId"),
        (json!({"clientId": "shop", "sessionId": "a b"}), "sessionId"),
        (json!({"clientId": "shop", "surprise": true}), "surprise"),
    ] {
        let wrong = daemon.post("/api/sessions", body.clone()).await;
        assert_eq!(
            (wrong.status, wrong.code(), &wrong.body["field"]),
            (400, "invalid_body", &json!(field)),
            "{body} gave {wrong:?}"
        );
    }
    for (body, field) in [
        (
            json!({"sessionId": "ana", "to": "hello", "text": "x"}),
            "to",
        ),
        (
            json!({"sessionId": "ana", "to": "15550001111", "text": ""}),
            "text",
        ),
    ] {
        let wrong = daemon.post("/api/messages/send", body.clone()).await;
        assert_eq!(
            (wrong.status, &wrong.body["field"]),
            (400, &json!(field)),
            "{body} gave {wrong:?}"
        );
    }
    let large = raw(&daemon, "/api/sessions", vec![b' '; 300_000]).await;
    assert_eq!((large.status, large.code()), (413, "body_too_large"));
    assert_eq!(daemon.get("/api/sessions").await.body["data"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_right_key_nothing_is_told() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    let none = read(
        daemon
            .request(Method::GET, "/api/sessions")
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!((none.status, none.code()), (401, "missing_api_key"));
    let wrong = read(
        daemon
            .request(Method::GET, "/api/sessions")
            .header("X-Api-Key", "wrong")
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!((wrong.status, wrong.code()), (401, "invalid_api_key"));
    let bearer = read(
        daemon
            .request(Method::GET, "/api/sessions")
            .bearer_auth(KEY)
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(bearer.status, 200);
    assert!(!daemon.log().contains(KEY));
}
