//! The form of the answer, and what is refused.

use crate::http::tests::client::Client;
use serde_json::json;

#[tokio::test]
async fn a_daemon_without_anything_has_figures_of_nothing() {
    let client = Client::start().await;
    let path = "/api/stats?from=2026-11-24T03:00:00Z&to=2026-11-24T04:30:00Z&clientId=acme";
    let answer = client.keyed("GET", path).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let none = json!({"count": 0, "p50Ms": null, "p95Ms": null});
    let point = |at: &str| {
        json!({
            "at": at, "in": 0,
            "out": {"waiting": 0, "sent": 0, "delivered": 0, "read": 0, "failed": 0, "unknown": 0},
            "deliveredP50Ms": null, "deliveredP95Ms": null, "connectedShare": null,
        })
    };
    assert_eq!(
        answer.body,
        json!({
            "from": "2026-11-24T03:00:00.000Z",
            "to": "2026-11-24T04:30:00.000Z",
            "bucketSeconds": 3600,
            "clientId": "acme",
            "sessions": {"total": 0, "byState": {"starting": 0, "linking": 0, "connected": 0, "reconnecting": 0,
                "stopped": 0, "loggedOut": 0, "failed": 0}},
            "queueDepth": 0,
            "messages": {"in": 0, "out": 0, "byState": {"queued": 0, "sending": 0, "unknown": 0, "failed": 0,
                "sent": 0, "delivered": 0, "read": 0, "played": 0}},
            "latency": {"sent": none, "delivered": none},
            "connected": {"share": null},
            "webhooks": {"total": 0, "enabled": 0, "paused": 0, "pending": 0, "failed": 0},
            "series": [point("2026-11-24T03:00:00.000Z"), point("2026-11-24T04:00:00.000Z")],
        })
    );
}

#[tokio::test]
async fn the_last_day_is_shown_hour_by_hour_when_nobody_says() {
    let client = Client::start().await;
    let answer = client.keyed("GET", "/api/stats").await;
    let hours = answer.body["series"].as_array().unwrap();
    assert_eq!(hours.len(), 24);
    assert_eq!(
        (&hours[0]["at"], &answer.body["clientId"]),
        (&answer.body["from"], &json!(null))
    );
}

#[tokio::test]
async fn webhooks_are_counted_for_their_client() {
    let client = Client::start().await;
    for body in [
        r#"{"url":"https://example.com/a","clientId":"acme","enabled":false}"#,
        r#"{"url":"https://example.com/b"}"#,
    ] {
        assert_eq!(client.post("/api/webhooks", body).await.status, 201);
    }
    for (path, total, enabled) in [("/api/stats", 2, 1), ("/api/stats?clientId=acme", 1, 0)] {
        let webhooks = &client.keyed("GET", path).await.body["webhooks"];
        assert_eq!(
            (&webhooks["total"], &webhooks["enabled"]),
            (&json!(total), &json!(enabled)),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_period_that_cannot_be_shown_is_refused_by_name() {
    let client = Client::start().await;
    for (query, parameter) in [
        ("from=yesterday", "from"),
        ("to=2026-11-24", "to"),
        ("from=2026-11-24T03:00:00Z&to=2026-11-24T03:00:00Z", "from"),
        ("from=2999-01-01T00:00:00Z", "from"),
        ("bucketSeconds=59", "bucketSeconds"),
        ("bucketSeconds=86401", "bucketSeconds"),
        ("bucketSeconds=60", "bucketSeconds"),
        ("from=1970-01-01T00:00:00Z", "bucketSeconds"),
        ("clientId=a%20b", "clientId"),
        ("sessionId=ana", "sessionId"),
    ] {
        let answer = client.keyed("GET", &format!("/api/stats?{query}")).await;
        assert_eq!(
            (answer.code(), &answer.body["parameter"]),
            ((400, "invalid_query"), &parameter.into()),
            "{query}: {}",
            answer.body
        );
    }
}
