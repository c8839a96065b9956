//! What a webhook is told of, what its owner may set, and how it is shown.

use super::*;

fn filter(patterns: &[&str]) -> Result<EventFilter, EventFilterError> {
    let patterns: Vec<String> = patterns.iter().map(|text| (*text).to_owned()).collect();
    EventFilter::parse(&patterns)
}

fn subscription(scope: Scope, events: &[&str]) -> Subscription {
    Subscription {
        id: WebhookId::parse("whk_01ARZ3NDEKTSV4RRFFQ69G5FAV").unwrap(),
        scope,
        events: filter(events).unwrap(),
    }
}

fn client(text: &str) -> ClientId {
    ClientId::parse(text).unwrap()
}

fn session(text: &str) -> SessionId {
    SessionId::parse(text).unwrap()
}

#[test]
fn a_pattern_is_everything_a_noun_or_a_type() {
    let cases: [(&[&str], &str, bool); 9] = [
        (&["*"], "message.received", true),
        (&["session.*"], "session.loggedOut", true),
        (&["session.*"], "sessions.created", false),
        (&["session.*"], "message.received", false),
        (&["message.received"], "message.received", true),
        (&["message.received"], "message.received2", false),
        (
            &["message.received", "session.failed"],
            "session.failed",
            true,
        ),
        (&["message.received", "session.failed"], "session.qr", false),
        (&["message.state"], "message", false),
    ];
    for (patterns, event_type, wanted) in cases {
        assert_eq!(
            filter(patterns).unwrap().matches(event_type),
            wanted,
            "{patterns:?} of {event_type}"
        );
    }
}

#[test]
fn what_is_no_pattern_is_refused_with_an_example() {
    for bad in [
        "",
        "**",
        "*.received",
        "message",
        "message.",
        ".x",
        "a.b.c",
        "a.b*",
        "a b.c",
        "ü.x",
    ] {
        let error = filter(&["*", bad]).unwrap_err().to_string();
        assert!(error.contains("as in \"session.*\""), "{bad}: {error}");
    }
    assert_eq!(filter(&[]), Err(EventFilterError::Empty));
    assert_eq!(filter(&["*"; 101]), Err(EventFilterError::TooMany(101)));
    assert_eq!(
        filter(&["a.b", "*", "a.b"]).unwrap().patterns(),
        ["a.b", "*"]
    );
}

#[test]
fn a_webhook_is_told_of_its_scope_alone() {
    let one = Scope::Session {
        client_id: client("acme"),
        session_id: session("ana"),
    };
    let tenant = Scope::Client {
        client_id: client("acme"),
    };
    for (scope, own, sibling, other) in [
        (Scope::All, true, true, true),
        (tenant, true, true, false),
        (one, true, false, false),
    ] {
        let webhook = subscription(scope, &["message.*"]);
        let wants = |client_id: &str, session_id: &str| {
            webhook.wants("message.received", &client(client_id), &session(session_id))
        };
        assert_eq!(wants("acme", "ana"), own);
        assert_eq!(wants("acme", "bob"), sibling);
        assert_eq!(wants("umbrella", "carl"), other);
        assert!(!webhook.wants("session.failed", &client("acme"), &session("ana")));
    }
}

#[test]
fn headers_that_the_daemon_writes_are_refused_by_name() {
    for name in [
        "Content-Type",
        "HOST",
        "content-length",
        "User-Agent",
        "Webhook-Id",
        "webhook-signature",
        "Connection",
        "Transfer-Encoding",
        "Proxy-Authorization",
        "TE",
    ] {
        assert_eq!(
            WebhookHeaders::parse([(name, "x")]),
            Err(HeadersError::Reserved(name.to_ascii_lowercase()))
        );
    }
}

#[test]
fn headers_that_http_does_not_allow_are_refused_without_their_value() {
    for name in ["", "a b", "a:b", "ü", "a\r\nb"] {
        let refused = WebhookHeaders::parse([(name, "x")]);
        assert_eq!(refused, Err(HeadersError::Name(name.into())));
    }
    for value in ["hunter2\r\nHost: x", "hunter2\n", " hunter2", "hunter2ü"] {
        let error = WebhookHeaders::parse([("X-Key", value)]).unwrap_err();
        assert_eq!(error, HeadersError::Value("x-key".into()));
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    assert_eq!(
        WebhookHeaders::parse([("X-Key", "a"), ("x-key", "b")]),
        Err(HeadersError::Twice("x-key".into()))
    );
    let many: Vec<String> = (0..21).map(|number| format!("x-{number}")).collect();
    assert_eq!(
        WebhookHeaders::parse(many.iter().map(|name| (name.as_str(), "x"))),
        Err(HeadersError::TooMany(21))
    );
}

#[test]
fn neither_secrets_nor_values_of_headers_show_in_a_log() {
    let headers = WebhookHeaders::parse([("Authorization", "hunter2")]).unwrap();
    assert_eq!(format!("{headers:?}"), "{\"authorization\"}");
    let secret = WebhookSecret::from_bytes(vec![0x41; 24]).unwrap();
    assert_eq!(format!("{secret:?}"), "WebhookSecret(…)");
}

#[test]
fn a_secret_is_24_to_64_bytes() {
    for (length, good) in [(0, false), (23, false), (24, true), (64, true), (65, false)] {
        assert_eq!(WebhookSecret::from_bytes(vec![7; length]).is_ok(), good);
    }
    let error = WebhookSecret::from_bytes(vec![7; 5]).unwrap_err();
    assert_eq!(error.to_string(), "the secret has 5 bytes; use 24 to 64");
}

#[test]
fn names_survive_the_store() {
    for code in FailureCode::ALL {
        assert_eq!(FailureCode::from_name(code.as_str()), Some(*code));
    }
    for state in DeliveryState::ALL {
        assert_eq!(DeliveryState::from_name(state.as_str()), Some(state));
    }
    for reason in DisabledReason::ALL {
        assert_eq!(DisabledReason::from_name(reason.as_str()), Some(reason));
    }
}
