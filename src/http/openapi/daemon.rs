//! The daemon as a whole: its health, its figures, whoever uses it.

use super::operation::Operation;
use super::operation::content;
use super::operation::get;
use super::schemas::texts;
use super::schemas::whole;
use crate::domain::id::ClientId;
use crate::domain::session::ClientSummary;
use crate::domain::stats::BUCKET_MAX;
use crate::domain::stats::BUCKET_MIN;
use crate::domain::time::Timestamp;
use crate::http::Limits;
use crate::http::auth::Scope;
use crate::http::error::Code;
use crate::http::health::Health;
use crate::http::health::Live;
use crate::http::health::Ready;
use crate::http::me::Me;
use crate::http::stats::Stats;
use serde_json::Value;
use serde_json::json;

pub(super) const TAG: &str = "daemon";

pub(super) fn operations(limits: &Limits) -> Vec<Operation> {
    let me = get("/api/me", "getMe", "Learn what the key may do, and which daemon it opens")
        .keyed()
        .strict()
        .answers::<Me>(200, "The key.", json!({
            "scopes": ["admin"], "clientId": null, "version": env!("CARGO_PKG_VERSION"), "build": "production",
            "simulator": false,
        }));
    let clients = get(
        "/api/clients",
        "listClients",
        "List the clients that have sessions, by name",
    )
    .needs(Scope::Read)
    .pages::<ClientSummary>(
        limits.page_max,
        "The clients.",
        &json!({"clientId": "acme", "sessions": 3}),
    );
    itself().into_iter().chain([me, clients, stats()]).collect()
}

/// Whether it is well, what it counts, what it can be asked.
fn itself() -> [Operation; 5] {
    let health = get("/api/health", "getHealth", "Look at the daemon and its sessions")
        .open()
        .answers::<Health>(200, "It is well.", json!({
            "status": "ok", "version": env!("CARGO_PKG_VERSION"), "uptimeSeconds": 86, "build": "production",
            "sessions": counts(),
        }))
        .fails(&[Code::Unavailable, Code::StorageFailed, Code::Timeout]);
    let live = get(
        "/api/health/live",
        "getLiveness",
        "Probe whether the process answers",
    )
    .open()
    .about("It looks at nothing else.")
    .answers::<Live>(200, "It does.", json!({"status": "ok"}));
    let ready = get(
        "/api/health/ready",
        "getReadiness",
        "Probe whether requests can be served",
    )
    .open()
    .about("The supervisor answers, the database writes, the disk has room.")
    .answers::<Ready>(200, "They can.", json!({"ready": true}))
    .fails(&[Code::NotReady]);
    let metrics = get("/metrics", "getMetrics", "Read the figures for Prometheus")
        .needs(Scope::Read)
        .about(
            "With `metrics.open_to_loopback` none is needed from the same machine. \
                404 when `metrics.enabled` is false.",
        )
        .answers_with(
            200,
            "The text format 0.0.4.",
            "text/plain",
            content(texts(), Value::from("wamux_ready 1\n")),
        )
        .fails(&[Code::NotFound]);
    let description = get(
        "/api/openapi.json",
        "getDescription",
        "Read this description",
    )
    .open()
    .answers_with(
        200,
        "OpenAPI 3.1.",
        super::operation::JSON,
        content(super::schemas::object(), json!({"openapi": "3.1.0"})),
    );
    [health, live, ready, metrics, description]
}

fn stats() -> Operation {
    get("/api/stats", "getStats", "Look at the figures of a period")
        .needs(Scope::Read)
        .about("`series` cuts the period into buckets, 400 at the most, from `from` on.")
        .query::<Timestamp>("from", "Where the period begins; a day before its end if left out.")
        .query::<Timestamp>("to", "Where it ends; now if left out.")
        .query_like(
            "bucketSeconds",
            whole(BUCKET_MIN.as_secs(), BUCKET_MAX.as_secs()).default(Some(3600.into())),
            "How long a bucket is.",
        )
        .query::<ClientId>("clientId", "One client's figures.")
        .answers::<Stats>(200, "The figures.", json!({
            "from": "2026-11-23T00:00:00.000Z", "to": "2026-11-24T00:00:00.000Z", "bucketSeconds": 3600,
            "clientId": "acme", "sessions": counts(), "queueDepth": 0,
            "messages": {"in": 12, "out": 30, "byState": {"queued": 0, "sending": 0, "unknown": 0, "failed": 0, "sent": 3, "delivered": 7, "read": 20, "played": 0}},
            "latency": {"sent": {"count": 30, "p50Ms": 120, "p95Ms": 400}, "delivered": {"count": 27, "p50Ms": 300, "p95Ms": 900}},
            "connected": {"share": 0.97},
            "webhooks": {"total": 2, "enabled": 2, "paused": 0, "pending": 0, "failed": 0},
            "series": [{
                "at": "2026-11-23T00:00:00.000Z", "in": 1,
                "out": {"waiting": 0, "sent": 1, "delivered": 2, "read": 3, "failed": 0, "unknown": 0},
                "deliveredP50Ms": 310, "deliveredP95Ms": 900, "connectedShare": 0.98,
            }],
        }))
        .fails(&[Code::Unavailable, Code::StorageFailed, Code::Timeout])
}

fn counts() -> Value {
    json!({
        "total": 1,
        "byState": {"starting": 0, "linking": 0, "connected": 1, "reconnecting": 0, "stopped": 0, "loggedOut": 0, "failed": 0},
    })
}
