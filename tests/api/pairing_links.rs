//! Pairing links: linking a phone without a key, and nothing but that.

use crate::authenticator::Authenticator;
use crate::daemon::Answer;
use crate::daemon::Daemon;
use crate::daemon::KEY;
use crate::daemon::PATIENCE;
use crate::daemon::read;
use crate::daemon::simulator;
use reqwest::Method;
use serde_json::Value;
use serde_json::json;
use sqlx::Connection;
use sqlx::SqliteConnection;
use wamux_simulator::Gate;
use wamux_simulator::PasskeyRegistration;
use wamux_simulator::Simulator;

const ANA: &str = "5511900000001";
const LINK: &str = "/api/sessions/ana/pairing-link";
const GUESSED: &str = "lnk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Every route that a token opens.
const ROUTES: [(Method, &str, &str); 11] = [
    (Method::GET, "/link", ""),
    (Method::GET, "/link", "/logo"),
    (Method::GET, "/api/link", ""),
    (Method::GET, "/api/link", "/qr"),
    (Method::POST, "/api/link", "/pairing-code"),
    (Method::GET, "/api/link", "/passkey"),
    (Method::POST, "/api/link", "/passkey"),
    (Method::GET, "/api/link", "/passkey/confirmation"),
    (Method::POST, "/api/link", "/passkey/confirmation"),
    (Method::POST, "/api/link", "/cancel"),
    (Method::POST, "/api/link", "/start"),
];

/// Ana's phone, and her session that shows codes.
async fn world(settings: &[(&str, &str)]) -> (Simulator, Daemon) {
    let simulator = simulator().await;
    let daemon = Daemon::start_with(&simulator, settings).await;
    simulator.create_phone(Some(ANA), "Ana").unwrap();
    let body = json!({"clientId": "shop", "sessionId": "ana", "name": "Ana's shop"});
    assert_eq!(daemon.post("/api/sessions", body).await.status, 201);
    (simulator, daemon)
}

/// A new link's token.
async fn link(daemon: &Daemon) -> String {
    let made = daemon.post(LINK, json!({"expiresIn": 600})).await;
    assert_eq!(made.status, 201, "{made:?}");
    token(daemon, &made)
}

fn token(daemon: &Daemon, made: &Answer) -> String {
    let url = made.body["url"].as_str().unwrap();
    let token = url.strip_prefix(&format!("{}/link/", daemon.url));
    token.unwrap_or_else(|| panic!("{url}")).to_owned()
}

/// Whoever has a link and no key.
struct Person<'a> {
    daemon: &'a Daemon,
    token: &'a str,
}

impl Person<'_> {
    async fn get(&self, rest: &str) -> Answer {
        let path = format!("/api/link/{}{rest}", self.token);
        read(
            self.daemon
                .request(Method::GET, &path)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    async fn post(&self, rest: &str, body: Value) -> Answer {
        let path = format!("/api/link/{}{rest}", self.token);
        let request = self.daemon.request(Method::POST, &path).json(&body);
        read(request.send().await.unwrap()).await
    }

    /// Waits from version to version until linking is as wanted.
    async fn sees(&self, fits: impl Fn(&Value) -> bool) -> Value {
        let mut last = self.get("?after=0").await;
        let look = async {
            while !fits(&last.body) {
                assert_eq!(last.status, 200, "{last:?}\n{}", self.daemon.log());
                let version = &last.body["version"];
                last = self.get(&format!("?after={version}&wait=10")).await;
            }
        };
        let in_time = tokio::time::timeout(PATIENCE, look).await.is_ok();
        assert!(in_time, "it stayed at {last:?}\n{}", self.daemon.log());
        last.body
    }

    async fn scans(&self, simulator: &Simulator) {
        let qr = self.get("/qr?wait=30").await;
        assert_eq!(qr.status, 200, "{qr:?}\n{}", self.daemon.log());
        let code = qr.body["qr"].as_str().unwrap();
        simulator.scan_qr(code, Some(ANA)).await.unwrap();
    }

    async fn is_linked(&self) {
        let linked = self.sees(|body| body["state"] == "connected").await;
        assert_eq!(linked["phone"], ANA);
    }

    /// Each answer to each route, as bytes, with the request's id made equal.
    async fn everything(&self) -> Vec<(u16, String)> {
        let mut answers = Vec::new();
        for (method, before, after) in ROUTES {
            let path = format!("{before}/{}{after}", self.token);
            let request = self
                .daemon
                .request(method, &path)
                .header("X-Request-Id", "same");
            let response = request.send().await.unwrap();
            answers.push((response.status().as_u16(), response.text().await.unwrap()));
        }
        answers
    }

    /// The token opens what no token opens.
    async fn finds_nothing(&self) {
        let nobody = Person {
            daemon: self.daemon,
            token: GUESSED,
        };
        let answers = self.everything().await;
        assert!(answers.iter().all(|(status, _)| *status == 404));
        assert!(answers[0].1.starts_with("<!doctype html>"));
        assert!(answers[2].1.contains(r#""code":"not_found""#));
        assert_eq!(answers, nobody.everything().await);
    }
}

/// Changes what is on disk while the daemon is down.
async fn change(daemon: &Daemon, sql: &'static str) {
    let file = daemon.state.path().join("state/wamux.db");
    let url = format!("sqlite:{}", file.display());
    let mut database = SqliteConnection::connect(&url).await.unwrap();
    let changed = sqlx::query(sql).execute(&mut database).await.unwrap();
    assert_eq!(changed.rows_affected(), 1);
    database.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_behind_the_gate_is_linked_with_the_link_alone() {
    let (simulator, daemon) = world(&[]).await;
    let made = simulator.passkey(ANA, PasskeyRegistration::default());
    let passkey = Authenticator::new(&made.unwrap().unwrap());
    simulator.gate(ANA, Gate::Code, None).unwrap();
    let token = link(&daemon).await;
    let person = Person {
        daemon: &daemon,
        token: &token,
    };
    person.scans(&simulator).await;
    person
        .sees(|body| body["linking"]["step"] == "passkeyRequired")
        .await;
    let asked = person.get("/passkey").await;
    let signed = passkey.sign(&asked.body["requestOptions"].to_string());
    let given = person.post("/passkey", signed).await;
    assert_eq!(
        (given.status, &given.body["linking"]["step"]),
        (202, &json!("passkeyConfirmation"))
    );
    person
        .sees(|body| body["linking"]["needsCode"] == true)
        .await;
    let shown = person.get("/passkey/confirmation").await;
    let code = simulator.confirm(ANA, Some(true)).await.unwrap();
    assert_eq!(shown.body["code"], code);
    let said = person
        .post("/passkey/confirmation", json!({"accept": true}))
        .await;
    assert_eq!(said.status, 202, "{said:?}");
    person.is_linked().await;
    assert!(!daemon.log().contains(&token[4..]), "{}", daemon.log());
    daemon.wait_for_log("/api/link/{token}/passkey").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_survives_a_restart_and_a_code_is_typed() {
    let (simulator, mut daemon) = world(&[]).await;
    let token = link(&daemon).await;
    daemon.kill().await;
    let daemon = daemon.again().await;
    let person = Person {
        daemon: &daemon,
        token: &token,
    };
    let code = person.post("/pairing-code", json!({"phone": ANA})).await;
    assert_eq!(code.status, 200, "{code:?}\n{}", daemon.log());
    let code = code.body["code"].as_str().unwrap();
    simulator.enter_code(ANA, code).await.unwrap();
    person.is_linked().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_shows_what_its_page_needs_and_no_more() {
    let state = tempfile::tempdir().unwrap();
    let logo = state.path().join("logo.svg");
    std::fs::write(&logo, "<svg xmlns='http://www.w3.org/2000/svg'/>").unwrap();
    let settings = [
        ("SERVER__PUBLIC_URL", "https://link.example.com"),
        ("BRANDING__NAME", "Example"),
        ("BRANDING__COLOR", "#1a7f37"),
        ("BRANDING__LOGO", logo.to_str().unwrap()),
    ];
    let (_simulator, daemon) = world(&settings).await;
    let body =
        json!({"expiresIn": 60, "locale": "pt", "returnUrl": "https://shop.example.com/done"});
    let made = daemon.post(LINK, body).await;
    let url = made.body["url"].as_str().unwrap();
    let token = url
        .strip_prefix("https://link.example.com/link/")
        .unwrap()
        .to_owned();
    let person = Person {
        daemon: &daemon,
        token: &token,
    };
    let is_ready = |body: &Value| body["state"] == "linking" && body["linking"]["step"] == "qr";
    let mut shown = person.sees(is_ready).await;
    let known = shown.as_object_mut().unwrap();
    assert!(known.remove("version").unwrap().is_u64() && known.remove("linking").is_some());
    let expected = json!({
        "state": "linking",
        "linkFailure": null,
        "phone": null,
        "branding": {"name": "Example", "color": "#1a7f37", "logo": format!("/link/{token}/logo")},
        "locale": "pt",
        "returnUrl": "https://shop.example.com/done",
        "expiresAt": made.body["expiresAt"],
    });
    assert_eq!(shown, expected);

    let logo = daemon.request(Method::GET, &format!("/link/{token}/logo"));
    let logo = read(logo.send().await.unwrap()).await;
    assert_eq!(
        (logo.status, &logo.headers["content-type"]),
        (200, &"image/svg+xml".parse().unwrap())
    );
    let page = daemon.request(Method::GET, &format!("/link/{token}"));
    let page = read(page.send().await.unwrap()).await;
    let header = |name: &str| page.headers[name].to_str().unwrap();
    assert_eq!(
        (
            page.status,
            header("cache-control"),
            header("referrer-policy")
        ),
        (200, "no-store", "no-referrer")
    );
    assert!(header("content-security-policy").starts_with("default-src 'none'"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_nothing_else() {
    let (_simulator, daemon) = world(&[]).await;
    let token = link(&daemon).await;
    let person = Person {
        daemon: &daemon,
        token: &token,
    };
    for rest in ["/messages", "/chats", "/stop", "/logout", "/webhooks"] {
        assert_eq!(person.get(rest).await.status, 404, "{rest}");
    }
    for path in ["/api/sessions", "/api/sessions/ana", "/api/events"] {
        let request = daemon
            .request(Method::GET, path)
            .header("X-Api-Key", &token);
        let answer = read(request.send().await.unwrap()).await;
        assert_eq!(answer.code(), "invalid_api_key", "{path}");
    }
    let ticket = format!("/api/events/stream?ticket={token}");
    let answer = daemon.request(Method::GET, &ticket).send().await.unwrap();
    assert_eq!(read(answer).await.code(), "invalid_ticket");
    // A key is no token either.
    let keyed = daemon.get(&format!("/api/link/{KEY}")).await;
    assert_eq!((keyed.status, keyed.code()), (404, "not_found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_was_used_opens_nothing_and_tells_for_a_while_whoever_was_there() {
    let (simulator, mut daemon) = world(&[]).await;
    let token = link(&daemon).await;
    let person = Person {
        daemon: &daemon,
        token: &token,
    };
    person.scans(&simulator).await;
    person.is_linked().await;
    for (rest, body) in [
        ("/cancel", Value::Null),
        ("/start", Value::Null),
        ("/pairing-code", json!({"phone": ANA})),
    ] {
        let answer = person.post(rest, body).await;
        assert_eq!((answer.status, answer.code()), (404, "not_found"), "{rest}");
    }
    assert_eq!(person.get("/qr").await.status, 404);
    assert_eq!(person.get("").await.status, 404, "somebody who comes late");
    let page = daemon.request(Method::GET, &format!("/link/{token}"));
    assert_eq!(page.send().await.unwrap().status(), 404);
    let more = daemon.post(LINK, json!({})).await;
    assert_eq!((more.status, more.code()), (409, "nothing_to_scan"));

    daemon.terminate().await;
    change(
        &daemon,
        "UPDATE pairing_links SET used_at = used_at - 60000",
    )
    .await;
    let daemon = daemon.again().await;
    let person = Person {
        daemon: &daemon,
        token: &token,
    };
    person.finds_nothing().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_that_are_over_for_whatever_reason_cannot_be_told_apart_from_guesses() {
    let (_simulator, mut daemon) = world(&[]).await;
    let replaced = link(&daemon).await;
    let revoked = link(&daemon).await;
    for (token, over) in [(&replaced, true), (&revoked, false)] {
        let person = Person {
            daemon: &daemon,
            token,
        };
        assert_eq!(person.get("").await.status, if over { 404 } else { 200 });
    }
    let answer = daemon.delete(LINK).await;
    assert_eq!(
        (answer.status, &answer.body),
        (200, &json!({"revoked": true}))
    );
    let again = daemon.delete(LINK).await;
    assert_eq!(
        (again.status, &again.body),
        (200, &json!({"revoked": false}))
    );

    let expired = link(&daemon).await;
    daemon.terminate().await;
    change(&daemon, "UPDATE pairing_links SET expires_at = 1").await;
    let daemon = daemon.again().await;
    for token in [&replaced, &revoked, &expired] {
        let person = Person {
            daemon: &daemon,
            token,
        };
        person.finds_nothing().await;
    }

    let deleted = link(&daemon).await;
    assert_eq!(daemon.delete("/api/sessions/ana").await.status, 200);
    let person = Person {
        daemon: &daemon,
        token: &deleted,
    };
    person.finds_nothing().await;
    let made = daemon.post(LINK, json!({})).await;
    assert_eq!((made.status, made.code()), (404, "session_not_found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_begins_again_after_a_failure_and_starts_a_session_that_is_down() {
    let (simulator, daemon) = world(&[]).await;
    let token = link(&daemon).await;
    let person = Person {
        daemon: &daemon,
        token: &token,
    };
    person.sees(|body| body["linking"]["step"] == "qr").await;
    let cancelled = person.post("/cancel", Value::Null).await;
    assert_eq!(
        (cancelled.status, &cancelled.body["linkFailure"]["code"]),
        (200, &json!("cancelled")),
        "{cancelled:?}"
    );
    assert_eq!(person.post("/start", Value::Null).await.status, 200);
    person.sees(|body| body["linking"]["step"] == "qr").await;

    daemon.post("/api/sessions/ana/stop", Value::Null).await;
    person.sees(|body| body["state"] == "stopped").await;
    assert_eq!(person.get("/qr").await.code(), "nothing_to_scan");
    assert_eq!(person.post("/start", Value::Null).await.status, 200);
    person.scans(&simulator).await;
    person.is_linked().await;
    daemon.send("ana", ANA, "a note to myself").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_link_to_be_made_is_named() {
    let (_simulator, daemon) = world(&[]).await;
    for (body, field) in [
        (json!({"expiresIn": 59}), "expiresIn"),
        (json!({"expiresIn": 86401}), "expiresIn"),
        (json!({"locale": "de"}), "locale"),
        (json!({"returnUrl": "javascript:alert(1)"}), "returnUrl"),
        (json!({"name": "x"}), "name"),
    ] {
        let answer = daemon.post(LINK, body).await;
        assert_eq!(
            (answer.status, answer.code(), &answer.body["field"]),
            (400, "invalid_body", &json!(field))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_asks_for_so_much_and_then_is_told_to_wait() {
    let settings = [
        ("LIMITS__LINK_CODES", "2"),
        ("LIMITS__LINK_ROUNDS", "3"),
        ("LIMITS__LINK_WAITS", "1"),
        ("LIMITS__QR_WAIT_SECS", "5"),
    ];
    let (_simulator, daemon) = world(&settings).await;
    let token = link(&daemon).await;
    let person = Person {
        daemon: &daemon,
        token: &token,
    };
    // A wait beyond the limit is cut: the page does not know it.
    assert_eq!(person.get("/qr?wait=30").await.status, 200);
    for _ in 0..2 {
        let code = person.post("/pairing-code", json!({"phone": ANA})).await;
        assert_eq!(code.status, 200, "{code:?}");
    }
    let third = person.post("/pairing-code", json!({"phone": ANA})).await;
    assert_eq!((third.status, third.code()), (429, "rate_limited"));
    assert!(third.headers.contains_key("retry-after"));
    let mine = daemon.post("/api/sessions/ana/pairing-code", json!({"phone": ANA}));
    assert_eq!(mine.await.status, 200, "whoever has a key is not counted");
    for _ in 0..3 {
        assert_eq!(person.post("/cancel", Value::Null).await.status, 200);
    }
    let fourth = person.post("/start", Value::Null).await;
    assert_eq!((fourth.status, fourth.code()), (429, "rate_limited"));
    let version = person.get("").await.body["version"].clone();
    let path = format!("?after={version}&wait=5");
    let (one, other) = tokio::join!(person.get(&path), person.get(&path));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 429]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_revoked_answers_at_once_to_whoever_waits() {
    let (_simulator, daemon) = world(&[]).await;
    let token = link(&daemon).await;
    let person = Person {
        daemon: &daemon,
        token: &token,
    };
    let version = person.sees(|body| body["linking"]["step"] == "qr").await["version"].clone();
    // Longer than the client of this test waits for an answer.
    let path = format!("?after={version}&wait=60");
    let revoked = async {
        daemon.wait_for_log("link/{token}").await;
        daemon.delete(LINK).await
    };
    let (waited, revoked) = tokio::join!(person.get(&path), revoked);
    assert_eq!(revoked.body, json!({"revoked": true}));
    assert_eq!((waited.status, waited.code()), (404, "not_found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_in_no_log_however_much_is_logged() {
    let (_simulator, daemon) = world(&[("LOG__LEVEL", "trace")]).await;
    let token = link(&daemon).await;
    let page = daemon.request(Method::GET, &format!("/link/{token}"));
    assert_eq!(page.send().await.unwrap().status(), 200);
    daemon.wait_for_log("/link/{token}").await;
    assert!(!daemon.log().contains(&token[4..]), "{}", daemon.log());
}
