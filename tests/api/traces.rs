//! What a collector of traces gets: one trace from the request to the webhook.

use crate::daemon::Daemon;
use crate::daemon::KEY;
use crate::daemon::simulator;
use crate::receiver::Manner;
use crate::receiver::Receiver;
use crate::receiver::Seen;
use reqwest::Method;
use serde_json::json;
use std::collections::BTreeSet;

const ANA: &str = "5511900000001";
const EVA: &str = "5511900000003";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// A span, as far as these tests look at it.
#[derive(Debug)]
struct Span {
    trace: String,
    id: String,
    parent: String,
    name: String,
}

/// The spans of an `ExportTraceServiceRequest`: `resource_spans` (1), `scope_spans` (2), `spans` (2), and in a span
/// `trace_id` (1), `span_id` (2), `parent_span_id` (4) and `name` (5); see opentelemetry-proto, `trace.proto`.
fn spans(body: &[u8]) -> Vec<Span> {
    let resources = parts(body, 1);
    let scopes = resources.iter().flat_map(|resource| parts(resource, 2));
    let spans = scopes.flat_map(|scope| {
        parts(scope, 2)
            .into_iter()
            .map(<[u8]>::to_vec)
            .collect::<Vec<_>>()
    });
    spans
        .map(|span| {
            let first = |number| {
                parts(&span, number)
                    .first()
                    .copied()
                    .unwrap_or_default()
                    .to_vec()
            };
            Span {
                trace: hex(&first(1)),
                id: hex(&first(2)),
                parent: hex(&first(4)),
                name: String::from_utf8(first(5)).unwrap(),
            }
        })
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

/// The values of a field of a protobuf message that are bytes.
fn parts(mut message: &[u8], wanted: u64) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while !message.is_empty() {
        let tag = varint(&mut message);
        let (field, kind) = (tag >> 3, tag & 7);
        let length = match kind {
            0 => {
                varint(&mut message);
                0
            }
            1 => 8,
            2 => usize::try_from(varint(&mut message)).unwrap(),
            5 => 4,
            other => panic!("a wire type {other}"),
        };
        let (value, rest) = message.split_at(length);
        if kind == 2 && field == wanted {
            found.push(value);
        }
        message = rest;
    }
    found
}

fn varint(message: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = message.split_first().unwrap();
        *message = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    value
}

fn all_spans(seen: &[Seen]) -> Vec<Span> {
    seen.iter().flat_map(|seen| spans(&seen.body)).collect()
}

/// The first event about a message that came to `state`.
fn of_state<'s>(seen: &'s [Seen], state: &str) -> Option<&'s Seen> {
    seen.iter().find(|seen| {
        let event = seen.event();
        event["type"] == "message.state" && event["data"]["state"] == state
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_its_sending_its_answer_and_its_webhooks_are_one_trace() {
    const WHOLE: [&str; 4] = [
        "POST /api/messages/send",
        "outbox.send",
        "whatsapp.ack",
        "webhook.deliver",
    ];
    let simulator = simulator().await;
    let collector = Receiver::up(Manner::Status(200));
    let hook = Receiver::up(Manner::Status(200));
    let settings = [
        ("TELEMETRY__OTLP_ENDPOINT", &*collector.url()),
        ("WEBHOOKS__ALLOW_ADDRESSES", "[\"127.0.0.0/8\"]"),
    ];
    let mut daemon = Daemon::start_with(&simulator, &settings).await;
    let body = json!({"url": hook.url(), "events": ["message.state"]});
    assert_eq!(daemon.post("/api/webhooks", body).await.status, 201);
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    let send = daemon
        .request(Method::POST, "/api/messages/send")
        .header("X-Api-Key", KEY)
        .header("traceparent", format!("00-{TRACE}-{PARENT}-01"))
        .json(&json!({"sessionId": "ana", "to": EVA, "text": "a secret text"}));
    assert_eq!(send.send().await.unwrap().status(), 200);
    // The receiver learns of the trace as well.
    let told = hook.wait_for(|seen| of_state(seen, "sent").is_some()).await;
    let told = of_state(&told, "sent").unwrap();
    let told = told.headers["traceparent"].to_str().unwrap().to_owned();
    assert!(told.starts_with(&format!("00-{TRACE}-")), "{told}");
    // What is left is exported at the end.
    assert_eq!(daemon.terminate().await.code(), Some(0));
    let found = all_spans(&collector.seen());
    let ours: Vec<_> = found.iter().filter(|span| span.trace == TRACE).collect();
    let names: BTreeSet<_> = ours.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, WHOLE.into(), "{found:#?}");
    let one = |name: &str| ours.iter().find(|span| span.name == name).unwrap();
    let [request, outbox, ack] = [WHOLE[0], WHOLE[1], WHOLE[2]].map(one);
    assert_eq!(request.parent, PARENT);
    assert_eq!(outbox.parent, request.id);
    assert_eq!(ack.parent, outbox.id);
    let deliveries = ours.iter().filter(|span| span.name == "webhook.deliver");
    for delivery in deliveries {
        assert_eq!(delivery.parent, request.id, "{ours:#?}");
    }
    let delivered = told.split('-').nth(2).unwrap();
    assert!(ours.iter().any(|span| span.id == delivered), "{ours:#?}");
    // Other requests are in traces of their own, and what people write is in none.
    assert!(found.iter().any(|span| span.name == "POST /api/sessions"));
    assert!(!found.iter().any(|span| span.name.contains("/api/health")));
    let text = b"a secret text";
    let bodies = collector.seen();
    assert!(
        !bodies
            .iter()
            .any(|seen| seen.body.windows(text.len()).any(|part| part == text))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_holds_up_nothing() {
    let simulator = simulator().await;
    let collector = Receiver::down();
    let settings = [("TELEMETRY__OTLP_ENDPOINT", &*collector.url())];
    let mut daemon = Daemon::start_with(&simulator, &settings).await;
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    daemon.send("ana", EVA, "hello").await;
    assert_eq!(daemon.terminate().await.code(), Some(0));
    daemon.wait_for_log("spans could not be exported").await;
}
