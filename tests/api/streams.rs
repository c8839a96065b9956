//! Events as they happen: each once and in order, whatever becomes of the connection, the reader or the daemon.

use crate::daemon::Daemon;
use crate::daemon::KEY;
use crate::daemon::PATIENCE;
use crate::daemon::simulator;
use crate::reader::BEGINNING;
use crate::reader::Reader;
use crate::reader::Way;
use crate::reader::ws_connect;
use futures::SinkExt;
use futures::StreamExt;
use futures::future::join_all;
use reqwest::Method;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use std::time::Instant;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

const ANA: &str = "5511900000001";
const BEN: &str = "5511900000002";
const CEM: &str = "5511900000003";
const EVA: &str = "5511900000004";
/// Who writes to whom.
const BUSY: [(&str, &str, &str); 3] = [("ana", ANA, BEN), ("ben", BEN, CEM), ("cem", CEM, ANA)];
/// Texts that each of them writes before the daemon is killed, and after.
const TEXTS: usize = 12;
/// How often a reader and the log are compared.
const LOOK: Duration = Duration::from_millis(50);

/// The whole log, page by page.
async fn log(daemon: &Daemon) -> Vec<Value> {
    let (mut events, mut after) = (Vec::new(), String::new());
    loop {
        let page = daemon.get(&format!("/api/events?limit=50{after}")).await;
        assert_eq!(page.status, 200, "{page:?}");
        events.extend(page.body["data"].as_array().unwrap().iter().cloned());
        let Some(cursor) = page.body["nextCursor"].as_str() else {
            return events;
        };
        after = format!("&after={cursor}");
    }
}

/// Has every busy session accept its texts, short and long, and does not wait for them to be sent.
async fn write_texts(daemon: &Daemon, when: &str) {
    let texts = (0..TEXTS).flat_map(|number| BUSY.map(|busy| (number, busy)));
    let sends = texts.map(|(number, (session, _, to))| {
        let text = format!("{when} {number} {}", "x".repeat(number % 3 * 1500));
        let send = daemon
            .request(Method::POST, "/api/messages/send")
            .header("X-Api-Key", KEY)
            .header("Prefer", "respond-async")
            .json(&json!({"sessionId": session, "to": to, "text": text}));
        async move { send.send().await.unwrap().status() }
    });
    for status in join_all(sends).await {
        assert_eq!(status, 202);
    }
}

fn ids(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["id"].as_str().unwrap())
        .collect()
}

/// Waits until a reader has read what the log has, and gives that.
async fn wait_for_all(daemon: &Daemon, reader: &Reader) -> Vec<Value> {
    let (mut read, mut written) = (Vec::new(), Vec::new());
    let look = async {
        let mut ticks = tokio::time::interval(LOOK);
        loop {
            ticks.tick().await;
            written = log(daemon).await;
            read = reader.read();
            // More may be written between the two.
            if read == written {
                break;
            }
        }
    };
    // Late or not, what differs is told by the comparison.
    drop(tokio::time::timeout(PATIENCE, look).await);
    assert_eq!(ids(&read), ids(&written), "{}", daemon.log());
    assert_eq!(read, written);
    read
}

fn assert_no_gap(events: &[Value]) {
    let mut seqs: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for event in events {
        let seqs = seqs
            .entry(event["sessionId"].as_str().unwrap())
            .or_default();
        seqs.push(event["seq"].as_u64().unwrap());
    }
    assert_eq!(seqs.len(), BUSY.len());
    for (session, seqs) in seqs {
        let expected: Vec<_> = (1..=seqs.len() as u64).collect();
        assert_eq!(seqs, expected, "{session}");
    }
}

async fn reads_everything_once_in_order_over_breaks_and_a_kill(way: Way) {
    let simulator = simulator().await;
    let mut daemon = Daemon::start(&simulator).await;
    let reader = Reader::start(way, &daemon);
    for (session, phone, _) in BUSY {
        daemon.pair(&simulator, "shop", session, phone).await;
    }
    write_texts(&daemon, "before").await;
    daemon.kill().await;
    let daemon = daemon.again().await;
    reader.follow_to(&daemon);
    write_texts(&daemon, "after").await;
    // Each session sends as many texts as it receives. A receipt may be lost in the kill.
    for (session, _, _) in BUSY {
        let path = format!("/api/sessions/{session}/messages?limit=200");
        let settled = |message: &&Value| {
            message["direction"] == "in"
                || message["state"] == "sent"
                || message["state"] == "delivered"
        };
        let all = |page: &Value| {
            page["data"]
                .as_array()
                .unwrap()
                .iter()
                .filter(settled)
                .count()
                == 4 * TEXTS
        };
        daemon.wait_for(&path, all).await;
    }
    let events = wait_for_all(&daemon, &reader).await;
    assert_no_gap(&events);
    let received = |event: &&Value| event["type"] == "message.received";
    assert_eq!(
        events.iter().filter(received).count(),
        2 * TEXTS * BUSY.len()
    );
    assert!(reader.breaks() > 5, "{} breaks", reader.breaks());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_sse_over_a_connection_that_breaks_sees_each_event_once_also_over_a_kill() {
    reads_everything_once_in_order_over_breaks_and_a_kill(Way::Sse).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_a_websocket_that_breaks_sees_each_event_once_also_over_a_kill() {
    reads_everything_once_in_order_over_breaks_and_a_kill(Way::WebSocket).await;
}

/// Opens an SSE stream by hand, so that nobody reads it.
async fn open_sse(daemon: &Daemon, query: &str) -> TcpStream {
    let address = daemon.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request =
        format!("GET /api/events/stream?{query} HTTP/1.1\r\nHost: x\r\nX-Api-Key: {KEY}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

async fn read_to_end(mut stream: TcpStream) -> String {
    let mut read = Vec::new();
    // A connection that was cut may end with an error, after what had been sent.
    let end = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut read)).await;
    assert!(end.is_ok(), "the stream goes on");
    String::from_utf8_lossy(&read).into_owned()
}

/// Reads a WebSocket to its end: how many texts came, and how it was closed.
async fn read_to_close(mut socket: WebSocketStream<TcpStream>) -> (usize, Option<CloseFrame>) {
    let (mut texts, mut close) = (0, None);
    let all = async {
        while let Some(Ok(message)) = socket.next().await {
            texts += usize::from(message.is_text());
            if let Message::Close(frame) = message {
                close = frame;
            }
        }
    };
    let end = tokio::time::timeout(PATIENCE, all).await;
    assert!(end.is_ok(), "the stream goes on");
    (texts, close)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_is_cut_off_with_a_reason_and_disturbs_nobody() {
    const LONG: usize = 60_000;
    const LONG_TEXTS: usize = 120;
    let simulator = simulator().await;
    let settings = [
        ("EVENTS__SLOW_READER_SECS", "3"),
        ("EVENTS__MAX_STREAMS", "4"),
    ];
    let daemon = Daemon::start_with(&simulator, &settings).await;
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    // More than the buffers of a connection hold.
    for number in 0..LONG_TEXTS {
        let text = format!("{number} {}", "x".repeat(LONG));
        simulator.say(EVA, ANA, &text).unwrap();
    }
    let last = format!("{} x", LONG_TEXTS - 1);
    daemon
        .wait_for("/api/sessions/ana/messages?limit=1", |page| {
            page["data"][0]["text"]
                .as_str()
                .is_some_and(|text| text.starts_with(&last))
        })
        .await;

    let from_the_beginning = format!("after={BEGINNING}&type=message.received");
    let slow_sse = open_sse(&daemon, &from_the_beginning).await;
    let dead_sse = open_sse(&daemon, &from_the_beginning).await;
    let slow_socket = ws_connect(&daemon, &from_the_beginning).await;
    let mut reader = ws_connect(&daemon, &from_the_beginning).await;
    let mut next = async || loop {
        let message = tokio::time::timeout(PATIENCE, reader.next()).await.unwrap();
        let message = message.unwrap().unwrap();
        if message.is_text() {
            let event: Value = serde_json::from_str(message.to_text().unwrap()).unwrap();
            break event["data"]["text"].as_str().unwrap().to_owned();
        }
    };
    for number in 0..LONG_TEXTS {
        assert!(next().await.starts_with(&format!("{number} ")));
    }
    daemon.wait_for_log_times("\"too_slow\"", 3).await;
    let (sse, (texts, close)) = tokio::join!(read_to_end(slow_sse), read_to_close(slow_socket));
    assert!(
        sse.contains("event:end") && sse.contains("\"reason\":\"too_slow\""),
        "{}",
        &sse[sse.len().saturating_sub(300)..]
    );
    assert!(texts < LONG_TEXTS);
    assert_eq!(close.map(|close| u16::from(close.code)), Some(1013));

    simulator.say(EVA, ANA, "still here").unwrap();
    assert_eq!(next().await, "still here");
    // The places are free again, also that of the one who never read.
    let places = async {
        let mut open = Vec::new();
        let mut ticks = tokio::time::interval(LOOK);
        while open.len() < 3 {
            ticks.tick().await;
            let stream = daemon.request(Method::GET, "/api/events/stream");
            let stream = stream.header("X-Api-Key", KEY).send().await.unwrap();
            if stream.status() == 200 {
                open.push(stream);
            }
        }
    };
    let free = tokio::time::timeout(PATIENCE, places).await;
    assert!(free.is_ok(), "the places stay taken:\n{}", daemon.log());
    let dead = read_to_end(dead_sse).await;
    assert!(
        !dead.contains("event:end") && !dead.ends_with("0\r\n\r\n"),
        "the connection was not cut"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_answers_no_ping_or_sends_too_much_is_told_so_and_small_talk_is_passed_over() {
    let simulator = simulator().await;
    let settings = [
        ("EVENTS__HEARTBEAT_SECS", "1"),
        ("EVENTS__SLOW_READER_SECS", "1"),
    ];
    let daemon = Daemon::start_with(&simulator, &settings).await;
    // Pings arrive here, and nobody who would answer them.
    let deaf = ws_connect(&daemon, "").await.into_inner();
    let mut talker = ws_connect(&daemon, "").await;
    talker.send(Message::text("hello?")).await.unwrap();
    let created = daemon
        .post("/api/sessions", json!({"clientId": "shop"}))
        .await;
    assert_eq!(created.status, 201, "{created:?}");
    let event = async { while !talker.next().await.unwrap().unwrap().is_text() {} };
    let event = tokio::time::timeout(PATIENCE, event).await;
    assert!(event.is_ok(), "nothing was told:\n{}", daemon.log());
    talker.send(Message::text("x".repeat(4097))).await.unwrap();
    let (_, close) = read_to_close(talker).await;
    assert_eq!(close.map(|close| u16::from(close.code)), Some(1008));
    assert!(read_to_end(deaf).await.contains("No ping was answered"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_opens_one_stream_without_a_key_and_stays_out_of_the_log() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    let ticket = async || {
        let made = daemon.post("/api/tickets", json!({"ttlSecs": 20})).await;
        assert_eq!(made.status, 201, "{made:?}");
        assert!(made.body["expiresAt"].is_string());
        made.body["ticket"].as_str().unwrap().to_owned()
    };
    let first = ticket().await;
    let open = |path: String| daemon.request(Method::GET, &path).send();
    let path = format!("/api/events/stream?ticket={first}");
    let stream = open(path.clone()).await.unwrap();
    assert_eq!(stream.status(), 200);
    let again = crate::daemon::read(open(path).await.unwrap()).await;
    assert_eq!((again.status, again.code()), (401, "invalid_ticket"));

    let second = ticket().await;
    let address = daemon.url.strip_prefix("http://").unwrap();
    let url = format!("ws://{address}/api/events/ws?ticket={second}");
    let connection = TcpStream::connect(address).await.unwrap();
    tokio_tungstenite::client_async(url, connection)
        .await
        .unwrap();
    for wrong in [
        json!({"ttlSecs": 0}),
        json!({"ttlSecs": 31}),
        json!({"ttl": 1}),
    ] {
        let refused = daemon.post("/api/tickets", wrong).await;
        assert_eq!((refused.status, refused.code()), (400, "invalid_body"));
    }
    daemon.wait_for_log("/api/events/ws").await;
    for ticket in [first, second] {
        assert!(!daemon.log().contains(&ticket), "{}", daemon.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_of_a_stream_is_answered_at_once() {
    let simulator = simulator().await;
    let daemon = Daemon::start_with(&simulator, &[("EVENTS__MAX_STREAMS", "1")]).await;
    let head = daemon
        .request(Method::HEAD, "/api/events/stream")
        .header("X-Api-Key", KEY);
    let head = head.send().await.unwrap();
    assert_eq!(head.status(), 200);
    assert_eq!(head.headers()["content-type"], "text/event-stream");
    assert_eq!(head.text().await.unwrap(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_streams_with_a_reason_and_is_not_held_up_by_them() {
    const DEADLINE: Duration = Duration::from_secs(6);
    let simulator = simulator().await;
    let settings = [("SERVER__SHUTDOWN_TIMEOUT_SECS", "6")];
    let mut daemon = Daemon::start_with(&simulator, &settings).await;
    let sse = tokio::spawn(read_to_end(open_sse(&daemon, "").await));
    let socket = tokio::spawn(read_to_close(ws_connect(&daemon, "").await));
    let _unread_sse = open_sse(&daemon, "").await;
    let _unread_socket = ws_connect(&daemon, "").await;
    daemon
        .wait_for_log_times("\"route\":\"/api/events/stream\"", 2)
        .await;
    let started = Instant::now();
    let ended = daemon.terminate().await;
    assert_eq!(ended.code(), Some(0), "{}", daemon.log());
    assert!(started.elapsed() < DEADLINE, "{:?}", started.elapsed());
    assert!(!daemon.log().contains("were cut"), "{}", daemon.log());
    let sse = sse.await.unwrap();
    assert!(
        sse.contains("event:end") && sse.contains("\"stopping\""),
        "{sse}"
    );
    let (_, close) = socket.await.unwrap();
    assert_eq!(close.map(|close| u16::from(close.code)), Some(1001));
}
