//! Streams as far as they answer without a connection.

use super::*;
use crate::actors::handle::NewSession;
use crate::domain::id::ClientId;
use crate::http::Context;
use crate::http::front::Front;
use crate::http::routes;
use crate::http::tests::client::KEY;
use crate::http::tests::client::api;
use crate::http::tests::client::read;
use crate::http::tests::client::request;
use bytes::Bytes;
use http_body_util::BodyExt;
use http_body_util::Full;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::time::timeout;
use warp::http::request::Builder;
use warp::reply::Response;

struct Daemon {
    context: Context,
    front: Front,
    _dir: TempDir,
}

impl Daemon {
    async fn start() -> Self {
        let (api, dir) = api().await;
        let context = Context::new(api, Duration::from_secs(30), CancellationToken::new());
        let front = Front::new(routes(&context), watch::channel(Vec::new()).1);
        Self {
            context,
            front,
            _dir: dir,
        }
    }

    async fn ask(&self, builder: Builder) -> Response {
        let request = builder.body(Full::new(Bytes::new())).unwrap();
        self.front.answer(request).await
    }

    async fn keyed(&self, path: &str) -> Response {
        self.ask(request("GET", path).header("x-api-key", KEY))
            .await
    }

    async fn create(&self, client: &str) {
        let new = NewSession {
            client_id: ClientId::parse(client).unwrap(),
            id: None,
            name: None,
            claim: None,
        };
        self.context.api.sessions.create(new).await.unwrap();
    }
}

/// Reads a stream until some text has come, and gives all that has.
async fn read_until(response: &mut Response, text: &str) -> String {
    let mut read = String::new();
    let all = async {
        while !read.contains(text) {
            let frame = response.body_mut().frame().await.expect("the stream ended");
            read.push_str(std::str::from_utf8(&frame.unwrap().into_data().unwrap()).unwrap());
        }
    };
    let in_time = timeout(Duration::from_secs(20), all).await.is_ok();
    assert!(in_time, "{text:?} did not come: {read}");
    read
}

#[tokio::test]
async fn a_frame_has_id_type_and_body_and_the_answer_is_not_held_back() {
    let daemon = Daemon::start().await;
    let mut stream = daemon.keyed("/api/events/stream").await;
    let header = |name: &str| stream.headers()[name].to_str().unwrap();
    assert_eq!(header("content-type"), "text/event-stream");
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("x-accel-buffering"), "no");
    let text = read_until(&mut stream, "\n\n").await;
    assert_eq!(text, ":\n\n", "the first beat comes at once");
    daemon.create("acme").await;
    let text = read_until(&mut stream, "\n\n").await;
    let line = |start| {
        let mut lines = text.lines();
        lines.find_map(|line| line.strip_prefix(start)).unwrap()
    };
    let body: serde_json::Value = serde_json::from_str(line("data:")).unwrap();
    assert_eq!(line("id:"), body["id"]);
    assert_eq!(
        (line("event:"), &body["seq"]),
        ("session.created", &1.into())
    );
}

#[tokio::test]
async fn a_ticket_opens_one_stream_and_shows_its_client_alone() {
    let daemon = Daemon::start().await;
    let own = ClientId::parse("own").ok();
    let issue = || {
        let ticket = daemon
            .context
            .tickets
            .issue(own.clone(), Duration::from_secs(30));
        ticket.unwrap().ticket
    };
    let ticket = issue();
    let path = format!("/api/events/stream?ticket={ticket}");
    let mut stream = daemon.ask(request("GET", &path)).await;
    assert_eq!(stream.status(), 200);
    let again = read(daemon.ask(request("GET", &path)).await).await;
    assert_eq!(again.code(), (401, "invalid_ticket"));
    daemon.create("other").await;
    daemon.create("own").await;
    let text = read_until(&mut stream, "session.created").await;
    assert!(
        text.contains(r#""clientId":"own""#) && !text.contains("other"),
        "{text}"
    );

    let path = format!("/api/events/stream?clientId=other&ticket={}", issue());
    let foreign = read(daemon.ask(request("GET", &path)).await).await;
    assert_eq!(foreign.code(), (403, "forbidden"));
    // It opens streams and nothing else.
    let path = format!("/api/events?ticket={}", issue());
    let list = read(daemon.ask(request("GET", &path)).await).await;
    assert_eq!(list.code(), (401, "missing_api_key"));
}

#[tokio::test]
async fn more_streams_than_allowed_are_refused_until_one_ends() {
    let daemon = Daemon::start().await;
    let first = daemon.keyed("/api/events/stream").await;
    let _second = daemon.keyed("/api/events/stream").await;
    let third = read(daemon.keyed("/api/events/stream").await).await;
    assert_eq!(third.code(), (429, "too_many_streams"));
    assert_eq!(
        (third.header("retry-after"), &third.body["limit"]),
        ("5", &2.into())
    );
    drop(first);
    let room = async {
        while daemon.keyed("/api/events/stream").await.status() != 200 {
            tokio::task::yield_now().await;
        }
    };
    let room = timeout(Duration::from_secs(20), room).await;
    assert!(room.is_ok(), "the place of a stream that ended stays taken");
}

#[tokio::test]
async fn a_stop_ends_streams_with_a_reason() {
    let daemon = Daemon::start().await;
    let mut stream = daemon.keyed("/api/events/stream").await;
    daemon.context.stop.cancel();
    let text = read_until(&mut stream, "event:end").await;
    assert!(text.contains(r#""reason":"stopping""#), "{text}");
    assert!(stream.body_mut().frame().await.is_none());
}

#[tokio::test]
async fn a_request_that_is_no_websocket_is_told_so() {
    let daemon = Daemon::start().await;
    let answer = read(daemon.keyed("/api/events/ws").await).await;
    assert_eq!(answer.code(), (426, "upgrade_required"));
    assert_eq!(
        (answer.header("upgrade"), answer.header("connection")),
        ("websocket", "upgrade")
    );
}

#[tokio::test]
async fn the_last_event_id_beats_the_query_and_must_be_one() {
    let id = |end| format!("evt_{end:0>26}");
    let parsed = |value: &str| {
        let headers = [(LAST_EVENT_ID.parse().unwrap(), value.parse().unwrap())];
        last_event_id(&headers.into_iter().collect()).map_err(|error| error.code())
    };
    assert_eq!(parsed(&id(7)), Ok(EventId::parse(&id(7)).ok()));
    assert_eq!(parsed("7"), Err("invalid_header"));

    let daemon = Daemon::start().await;
    daemon.create("acme").await;
    let path = format!("/api/events/stream?type=session.created&after={}", id(0));
    let mut stream = daemon.keyed(&path).await;
    let text = read_until(&mut stream, "session.created").await;
    let first = text
        .lines()
        .find_map(|line| line.strip_prefix("id:"))
        .unwrap();
    daemon.create("later").await;
    let resume = request("GET", &path).header("x-api-key", KEY);
    let mut stream = daemon.ask(resume.header(LAST_EVENT_ID, first)).await;
    let text = read_until(&mut stream, "session.created").await;
    assert!(text.contains("later") && !text.contains("acme"), "{text}");
}
