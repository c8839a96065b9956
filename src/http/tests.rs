//! The routes from the outside, as far as they answer before a session has to.

pub(super) mod client;

use super::*;
use crate::http::front::Front;
use crate::http::route::ROUTES;
use crate::http::route::Route;
use bytes::Bytes;
use client::BODY_LIMIT;
use client::Client;
use client::KEY;
use client::read;
use client::request;
use futures::StreamExt;
use http_body_util::Full;
use http_body_util::StreamBody;
use hyper::body::Frame;
use std::convert::Infallible;

/// Every path and method, with an id in place of `{id}`.
fn endpoints() -> impl Iterator<Item = (&'static str, String)> {
    let own = |route: &'static Route| {
        route
            .allow
            .split(", ")
            .filter(|method| !matches!(*method, "HEAD" | "OPTIONS"))
            .map(|method| (method, route.path.to_owned()))
    };
    ROUTES.iter().flat_map(own)
}

#[tokio::test]
async fn every_endpoint_but_health_and_the_pages_needs_the_key() {
    let client = Client::start().await;
    let open = [
        "/",
        "/docs",
        "/assets/{file...}",
        "/api/health",
        "/api/health/live",
        "/api/health/ready",
        "/api/openapi.json",
        "/link/return",
    ];
    let needs_key = |path: &str| !open.contains(&path) && !path.contains("{token}");
    for (method, path) in endpoints().filter(|(_, path)| needs_key(path)) {
        let path = path
            .replace("{id}", "support")
            .replace("{eventId}", "evt")
            .replace("{verb...}", "state");
        let without = client.ask(request(method, &path), "").await;
        assert_eq!(without.code(), (401, "missing_api_key"), "{method} {path}");
        assert_eq!(without.header("www-authenticate"), "Bearer realm=\"wamux\"");
        let wrong = client
            .ask(request(method, &path).header("x-api-key", "wrong"), "")
            .await;
        assert_eq!(wrong.code(), (401, "invalid_api_key"), "{method} {path}");
        // A stream has no end to wait for.
        if path == "/api/events/stream" {
            assert_eq!(client.status(method, &path).await, 200);
            continue;
        }
        let right = client.keyed(method, &path).await;
        assert!(
            !matches!(right.code(), (401 | 403 | 405, _) | (_, "not_found")),
            "{method} {path}: {:?}",
            right.code()
        );
    }
}

#[tokio::test]
async fn what_is_not_there_is_404_with_and_without_a_key() {
    let client = Client::start().await;
    for path in [
        "/index.html",
        "/api",
        "/api/nothing",
        "/api/sessions//qr",
        "/api/sessions/a/b",
        "/api/sessions/a/qr/x",
        "/API/health",
    ] {
        assert_eq!(
            client.keyed("GET", path).await.code(),
            (404, "not_found"),
            "{path}"
        );
        assert_eq!(
            client.ask(request("GET", path), "").await.code(),
            (404, "not_found"),
            "{path}"
        );
    }
}

#[cfg(not(feature = "sandbox"))]
#[tokio::test]
async fn a_production_build_has_no_faults_on_request() {
    let client = Client::start().await;
    assert_eq!(
        client
            .keyed("POST", "/api/sandbox/sessions/a/crash?at=actor")
            .await
            .code(),
        (404, "not_found")
    );
}

#[cfg(feature = "sandbox")]
#[tokio::test]
async fn a_crash_on_request_says_where() {
    let client = Client::start().await;
    for path in [
        "/api/sandbox/sessions/a/crash",
        "/api/sandbox/sessions/a/crash?at=elsewhere",
    ] {
        let answer = client.keyed("POST", path).await;
        assert_eq!(
            (answer.code(), &answer.body["parameter"]),
            ((400, "invalid_query"), &"at".into()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_wrong_method_learns_the_right_ones() {
    let client = Client::start().await;
    for (method, path, allow) in [
        ("PUT", "/api/health", "GET, HEAD, OPTIONS"),
        ("PATCH", "/api/sessions", "GET, HEAD, POST, OPTIONS"),
        ("POST", "/api/sessions/a", "GET, HEAD, DELETE, OPTIONS"),
        ("HEAD", "/api/messages/send", "POST, OPTIONS"),
        ("GET", "/api/messages/send", "POST, OPTIONS"),
        ("HEAD", "/api/events/ws", "GET, OPTIONS"),
        ("GET", "/api/sessions/a/stop/", "POST, OPTIONS"),
    ] {
        let answer = client.keyed(method, path).await;
        assert_eq!(
            answer.code(),
            (405, "method_not_allowed"),
            "{method} {path}"
        );
        assert_eq!(answer.header("allow"), allow, "{method} {path}");
        let options = client.ask(request("OPTIONS", path), "").await;
        assert_eq!(
            (options.status, options.header("allow")),
            (204, allow),
            "{path}"
        );
    }
}

#[tokio::test]
async fn an_id_that_is_none_names_a_session_that_is_not_there() {
    let client = Client::start().await;
    for id in ["a%20b", "%40", "-a", "a%2Fb", "%FF", &"a".repeat(65)] {
        let answer = client.keyed("GET", &format!("/api/sessions/{id}")).await;
        assert_eq!(answer.code(), (404, "session_not_found"), "{id}");
    }
}

#[tokio::test]
async fn every_error_says_where_and_under_which_id() {
    let client = Client::start().await;
    let answer = client
        .ask(
            request("GET", "/api/nothing?key=secret").header("x-request-id", "my-id.1_A"),
            "",
        )
        .await;
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(
        (&answer.body["instance"], &answer.body["requestId"]),
        (&"/api/nothing".into(), &"my-id.1_A".into())
    );
    assert_eq!(answer.header("x-request-id"), "my-id.1_A");
    assert_eq!(
        (
            answer.header("x-content-type-options"),
            answer.header("cache-control")
        ),
        ("nosniff", "no-store")
    );
}

#[tokio::test]
async fn a_request_id_that_could_spoil_a_log_is_replaced() {
    let client = Client::start().await;
    for given in ["", "a b", "a\"b", "ü", &"a".repeat(65)] {
        let answer = client
            .ask(
                request("GET", "/api/nothing").header("x-request-id", given),
                "",
            )
            .await;
        let id = answer.header("x-request-id");
        assert!(
            id.starts_with("req_") && id.len() == 30,
            "{given:?} became {id}"
        );
    }
}

#[tokio::test]
async fn wrong_bodies_are_told_apart() {
    let client = Client::start().await;
    let send = "/api/messages/send";
    assert_eq!(
        client.post(send, "{\"to\":").await.code(),
        (400, "malformed_json")
    );
    for (body, field) in [
        (r#"{"sessionId":"a","to":"5511999998888"}"#, "text"),
        (r#"{"sessionId":"a","to":"me","text":"x"}"#, "to"),
        (
            r#"{"sessionId":"a b","to":"5511999998888","text":"x"}"#,
            "sessionId",
        ),
        (
            r#"{"sessionId":"a","to":"5511999998888","text":" "}"#,
            "text",
        ),
        (r#"{"sessionId":"a","to":"5511999998888","text":7}"#, "text"),
        (
            r#"{"sessionId":"a","to":"5511999998888","text":"x","typo":1}"#,
            "typo",
        ),
    ] {
        let answer = client.post(send, body).await;
        assert_eq!(
            (answer.code(), &answer.body["field"]),
            ((400, "invalid_body"), &field.into()),
            "{body}"
        );
    }
    let long = format!(
        r#"{{"sessionId":"a","to":"5511999998888","text":"{}"}}"#,
        "x".repeat(101)
    );
    let answer = client.post(send, &long).await;
    assert_eq!(
        (answer.code(), &answer.body["limit"]),
        ((400, "invalid_body"), &100.into())
    );
    let answer = client
        .post("/api/sessions", r#"{"clientId":"acme","name":""}"#)
        .await;
    assert_eq!(
        (answer.code(), &answer.body["field"]),
        ((400, "invalid_body"), &"name".into())
    );
}

#[tokio::test]
async fn a_body_that_is_not_declared_as_json_is_not_read() {
    let client = Client::start().await;
    let form = request("POST", "/api/sessions")
        .header("x-api-key", KEY)
        .header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(
        client.ask(form, "{}").await.code(),
        (415, "unsupported_media_type")
    );
}

#[tokio::test]
async fn a_body_ends_at_the_limit_however_it_comes() {
    let client = Client::start().await;
    let body = |length: usize| format!("{{\"clientId\":\"{}\"}}", "a".repeat(length - 15));
    let within = client.post("/api/sessions", &body(BODY_LIMIT)).await;
    assert_eq!(within.code(), (400, "invalid_body"));
    let declared = client.post("/api/sessions", &body(BODY_LIMIT + 1)).await;
    assert_eq!(
        (declared.code(), &declared.body["limit"]),
        ((413, "body_too_large"), &BODY_LIMIT.into())
    );

    let chunked = |length: usize| {
        let parts: Vec<Bytes> = body(length)
            .into_bytes()
            .chunks(7)
            .map(Bytes::copy_from_slice)
            .collect();
        StreamBody::new(
            futures::stream::iter(parts).map(|part| Ok::<_, Infallible>(Frame::data(part))),
        )
    };
    let send = |length| {
        let builder = request("POST", "/api/sessions")
            .header("x-api-key", KEY)
            .header("content-type", "application/json");
        client.stream(builder, chunked(length))
    };
    assert_eq!(send(BODY_LIMIT).await.code(), (400, "invalid_body"));
    assert_eq!(send(BODY_LIMIT + 1).await.code(), (413, "body_too_large"));
    let declared_only = request("POST", "/api/sessions")
        .header("x-api-key", KEY)
        .header("content-type", "application/json")
        .header("content-length", "99999999999");
    assert_eq!(
        client.ask(declared_only, "").await.code(),
        (413, "body_too_large")
    );
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let client = Client::with_body_timeout(Duration::from_millis(10)).await;
    let builder = request("POST", "/api/sessions")
        .header("x-api-key", KEY)
        .header("content-type", "application/json");
    let silent = StreamBody::new(futures::stream::pending::<Result<Frame<Bytes>, Infallible>>());
    let answer = client.stream(builder, silent).await;
    assert_eq!(answer.code(), (408, "body_timeout"));
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let client = Client::start().await;
    for (path, parameter) in [
        ("/api/sessions?limit=0", "limit"),
        ("/api/sessions?cursor=%20", "cursor"),
        ("/api/sessions?clientId=a%20b", "clientId"),
        ("/api/sessions?clientid=acme", "clientid"),
        ("/api/sessions/a/messages?limit=201", "limit"),
        ("/api/sessions/a/messages?chatId=me", "chatId"),
        ("/api/sessions/a/messages?q=", "q"),
        ("/api/sessions/a/messages?text=hi", "text"),
        ("/api/sessions/a/chats?q=%20", "q"),
        ("/api/sessions/a/chats?cursor=%20", "cursor"),
        ("/api/sessions/a/chats?chatId=5511999998888", "chatId"),
        ("/api/messages/msg/timeline?limit=1", "limit"),
        ("/api/sessions/a/qr?wait=61", "wait"),
        ("/api/sessions/a/qr?wait=soon", "wait"),
        ("/api/sessions/a?verbose=1", "verbose"),
        ("/api/events?type=message.gone", "type"),
        ("/api/events?after=42", "after"),
        ("/api/events?cursor=42", "cursor"),
        ("/api/events?limit=201", "limit"),
        ("/api/events?order=newest", "order"),
        (
            "/api/events?before=evt_01KAT000000000000000000000",
            "before",
        ),
        (
            "/api/events?order=desc&after=evt_01KAT000000000000000000000",
            "after",
        ),
        ("/api/events?order=desc&before=42", "before"),
        ("/api/events/stream?order=desc", "order"),
        ("/api/clients?limit=0", "limit"),
        ("/api/me?verbose=1", "verbose"),
        ("/api/events/stream?limit=1", "limit"),
        ("/api/events/stream?key=key", "key"),
        ("/api/events/ws?sessionId=a%20b", "sessionId"),
    ] {
        let answer = client.keyed("GET", path).await;
        assert_eq!(
            (answer.code(), &answer.body["parameter"]),
            ((400, "invalid_query"), &parameter.into()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_format_that_codes_do_not_have_is_refused() {
    let client = Client::start().await;
    let answer = client
        .ask(
            request("GET", "/api/sessions/a/qr")
                .header("x-api-key", KEY)
                .header("accept", "text/html"),
            "",
        )
        .await;
    assert_eq!(answer.code(), (406, "not_acceptable"));
    assert_eq!(
        answer.body["available"],
        serde_json::json!(["application/json", "image/svg+xml", "image/png"])
    );
}

#[tokio::test]
async fn pages_of_named_origins_may_read_answers_and_others_may_not() {
    let client = Client::start().await;
    let preflight = |origin| {
        request("OPTIONS", "/api/messages/send")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
    };
    let named = client.ask(preflight("https://app.example.org"), "").await;
    assert_eq!(
        (named.status, named.header("access-control-allow-origin")),
        (204, "https://app.example.org")
    );
    assert!(
        named
            .header("access-control-allow-headers")
            .contains("X-Api-Key")
            && named
                .header("access-control-allow-methods")
                .contains("POST")
    );
    let other = client.ask(preflight("https://evil.example.org"), "").await;
    assert_eq!(
        (
            other.header("access-control-allow-origin"),
            other.header("access-control-allow-methods")
        ),
        ("", "")
    );

    let from = |origin| request("GET", "/api/sessions").header("origin", origin);
    let named = client.ask(from("https://app.example.org"), "").await;
    assert_eq!(
        (named.status, named.header("access-control-allow-origin")),
        (401, "https://app.example.org")
    );
    assert!(
        named
            .header("access-control-expose-headers")
            .contains("X-Request-Id")
            && named.header("vary") == "Origin"
    );
    let other = client
        .ask(from("https://app.example.org.evil.org"), "")
        .await;
    assert_eq!(
        (other.status, other.header("access-control-allow-origin")),
        (401, "")
    );
}

#[tokio::test]
async fn a_panic_in_a_handler_is_a_500_without_its_text() {
    let routes = warp::any().map(|| -> Response { panic!("secret") }).boxed();
    let front = Front::new(routes, watch::channel(Vec::new()).1);
    let answer = read(
        front
            .answer(
                request("GET", "/api/health")
                    .body(Full::new(Bytes::new()))
                    .unwrap(),
            )
            .await,
    )
    .await;
    assert_eq!(answer.code(), (500, "internal"));
    assert!(
        !answer.body.to_string().contains("secret"),
        "{}",
        answer.body
    );
}

#[test]
fn the_page_of_the_api_has_every_endpoint() {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/API.md")).unwrap();
    for (method, path) in endpoints() {
        assert!(
            page.contains(&format!("### `{method} {path}")),
            "docs/API.md has no section on {method} {path}"
        );
    }
}
