//! What callers of webhooks' routes get, as far as nothing has to be delivered.

use super::*;
use crate::http::auth::Scopes;
use crate::http::tests::client::Answered;
use crate::http::tests::client::Client;
use crate::http::tests::client::KEY;
use crate::http::tests::client::WEBHOOKS;
use crate::http::tests::client::request;
use serde_json::Value;
use serde_json::json;

const URL: &str = "https://example.com/hook?key=1";

async fn post(client: &Client, path: &str, body: &Value) -> Answered {
    client.post(path, &body.to_string()).await
}

async fn patch(client: &Client, path: &str, body: &Value) -> Answered {
    let builder = request("PATCH", path)
        .header("x-api-key", KEY)
        .header("content-type", "application/json");
    client.ask(builder, &body.to_string()).await
}

async fn created(client: &Client) -> (String, Answered) {
    let body = json!({"url": URL, "clientId": "shop", "events": ["message.*"], "headers": {"Authorization": "hunter2"}});
    let answer = post(client, "/api/webhooks", &body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let path = answer.header("location").to_owned();
    (path, answer)
}

#[tokio::test]
async fn a_webhook_shows_its_secret_once_and_its_headers_never() {
    let client = Client::start().await;
    let (path, created) = created(&client).await;
    let secret = created.body["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_"), "{secret}");
    let shown = client.keyed("GET", &path).await;
    let mut expected = created.body.clone();
    expected.as_object_mut().unwrap().remove("secret");
    assert_eq!(shown.body, expected);
    let id = shown.body["id"].as_str().unwrap();
    assert_eq!(path, format!("/api/webhooks/{id}"));
    assert_eq!(
        shown.body,
        json!({
            "id": id, "scope": "client", "clientId": "shop", "url": URL, "events": ["message.*"],
            "headers": {"authorization": "***"}, "enabled": true, "disabledReason": null,
            "createdAt": shown.body["createdAt"], "secretRotatedAt": null, "previousSecretUntil": null,
            "health": {"pausedUntil": null, "failuresInRow": 0, "pending": 0, "lastSuccessAt": null, "lastFailureAt": null},
        })
    );
    let page = client.keyed("GET", "/api/webhooks").await;
    assert_eq!(page.body["data"], json!([shown.body]));
    for (query, count) in [
        ("?clientId=shop", 1),
        ("?clientId=bank", 0),
        ("?sessionId=ana", 0),
    ] {
        let page = client.keyed("GET", &format!("/api/webhooks{query}")).await;
        assert_eq!(page.body["data"].as_array().unwrap().len(), count);
    }
}

#[tokio::test]
async fn what_is_left_out_of_a_change_stays() {
    let client = Client::start().await;
    let (path, _) = created(&client).await;
    let off = patch(&client, &path, &json!({"enabled": false})).await;
    assert_eq!(
        (&off.body["enabled"], &off.body["disabledReason"]),
        (&json!(false), &json!("byRequest"))
    );
    assert_eq!(off.body["events"], json!(["message.*"]));
    let change =
        json!({"events": ["*"], "headers": {}, "url": "https://example.org", "enabled": true});
    let on = patch(&client, &path, &change).await;
    assert_eq!(
        (&on.body["events"], &on.body["headers"], &on.body["url"]),
        (&json!(["*"]), &json!({}), &json!("https://example.org"))
    );
    assert_eq!(on.body["disabledReason"], Value::Null);
    let gone = client.keyed("DELETE", &path).await;
    assert_eq!((gone.status, &gone.body["deleted"]), (200, &json!(true)));
    let none = client.keyed("GET", &path).await;
    assert_eq!(none.code(), (404, "webhook_not_found"));
}

#[tokio::test]
async fn what_is_wrong_is_named_without_being_shown() {
    let client = Client::start().await;
    for (body, code, field) in [
        (
            json!({"url": "http://10.0.0.1/hunter2"}),
            (422, "webhook_url_refused"),
            "url",
        ),
        (
            json!({"url": "ftp://example.com/hunter2"}),
            (422, "webhook_url_refused"),
            "url",
        ),
        (
            json!({"url": URL, "secret": "hunter2"}),
            (400, "invalid_body"),
            "secret",
        ),
        (
            json!({"url": URL, "events": ["hunt"]}),
            (400, "invalid_body"),
            "events",
        ),
        (
            json!({"url": URL, "events": []}),
            (400, "invalid_body"),
            "events",
        ),
        (
            json!({"url": URL, "headers": {"x-a": "hunter2\n"}}),
            (400, "invalid_body"),
            "headers",
        ),
        (
            json!({"url": URL, "headers": {"host": "hunter2"}}),
            (400, "invalid_body"),
            "headers",
        ),
        (
            json!({"url": URL, "clientId": "a", "sessionId": "b"}),
            (400, "invalid_body"),
            "clientId",
        ),
        (json!({"events": ["*"]}), (400, "invalid_body"), "url"),
    ] {
        let answer = post(&client, "/api/webhooks", &body).await;
        assert_eq!(
            (answer.code(), &answer.body["field"]),
            (code, &json!(field)),
            "{body}"
        );
        assert!(
            !answer.body.to_string().contains("hunter2"),
            "{}",
            answer.body
        );
    }
}

#[tokio::test]
async fn what_helps_and_what_is_not_there_is_said() {
    let client = Client::start().await;
    let refused = post(
        &client,
        "/api/webhooks",
        &json!({"url": "http://10.0.0.1/"}),
    )
    .await;
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(detail.contains("webhooks.allow_addresses"), "{detail}");
    let no_session = json!({"url": URL, "sessionId": "nobody"});
    let answer = post(&client, "/api/webhooks", &no_session).await;
    assert_eq!(answer.code(), (404, "session_not_found"));
    let (path, _) = created(&client).await;
    let long = post(
        &client,
        &format!("{path}/rotate-secret"),
        &json!({"graceHours": 721}),
    )
    .await;
    assert_eq!(
        (long.code(), &long.body["field"]),
        ((400, "invalid_body"), &json!("graceHours"))
    );
    let state = client
        .keyed("GET", &format!("{path}/deliveries?state=lost"))
        .await;
    assert_eq!(state.code(), (400, "invalid_query"));
    for event in ["evt_01ARZ3NDEKTSV4RRFFQ69G5FAV", "nothing"] {
        let none = client
            .keyed("GET", &format!("{path}/deliveries/{event}"))
            .await;
        assert_eq!(none.code(), (404, "delivery_not_found"));
    }
}

#[tokio::test]
async fn there_are_no_more_than_the_configuration_allows() {
    let client = Client::start().await;
    for _ in 0..WEBHOOKS {
        created(&client).await;
    }
    let answer = post(&client, "/api/webhooks", &json!({"url": URL})).await;
    assert_eq!(
        (answer.code(), &answer.body["limit"]),
        ((409, "too_many_webhooks"), &json!(WEBHOOKS))
    );
}

#[tokio::test]
async fn a_new_secret_takes_the_place_of_the_old_one_after_a_while() {
    let client = Client::start().await;
    let (path, created) = created(&client).await;
    let rotate = format!("{path}/rotate-secret");
    let without_a_body = client.keyed("POST", &rotate).await;
    assert_eq!(without_a_body.status, 200, "{}", without_a_body.body);
    assert_ne!(without_a_body.body["secret"], created.body["secret"]);
    assert!(without_a_body.body["previousSecretUntil"].is_string());
    let at_once = post(&client, &rotate, &json!({"graceHours": 0})).await;
    assert_eq!(at_once.body["previousSecretUntil"], Value::Null);
    assert!(at_once.body["secretRotatedAt"].is_string());
}

#[tokio::test]
async fn a_request_that_comes_twice_makes_one_webhook_and_shows_the_secret_to_both() {
    let client = Client::start().await;
    let ask = |path: String, body: &'static str| {
        let builder = request("POST", &path)
            .header("x-api-key", KEY)
            .header("content-type", "application/json")
            .header("idempotency-key", path);
        client.ask(builder, body)
    };
    let body = r#"{"url":"https://example.com"}"#;
    let first = ask("/api/webhooks".to_owned(), body).await;
    let again = ask("/api/webhooks".to_owned(), body).await;
    assert_eq!((first.status, again.status), (201, 201), "{}", again.body);
    assert_eq!(first.body, again.body);
    let replayed = |answer: &Answered| answer.header("idempotency-replayed").to_owned();
    assert_eq!(
        (replayed(&first), replayed(&again)),
        (String::new(), "true".to_owned())
    );
    let page = client.keyed("GET", "/api/webhooks").await;
    assert_eq!(page.body["data"].as_array().unwrap().len(), 1);

    let rotate = format!("{}/rotate-secret", first.header("location"));
    let first = ask(rotate.clone(), "").await;
    let again = ask(rotate, "").await;
    assert_eq!((first.status, &first.body), (200, &again.body));
    assert_eq!(
        (replayed(&first), replayed(&again)),
        (String::new(), "true".to_owned())
    );
}

#[tokio::test]
async fn the_keyed_answers_that_show_a_secret_are_nowhere_on_disk() {
    let client = Client::start().await;
    let builder = request("POST", "/api/webhooks")
        .header("x-api-key", KEY)
        .header("content-type", "application/json")
        .header("idempotency-key", "once");
    let created = client
        .ask(builder, r#"{"url":"https://example.com"}"#)
        .await;
    let secret = created.body["secret"].as_str().unwrap();
    for file in std::fs::read_dir(client.dir()).unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_file() {
            let bytes = std::fs::read(file.path()).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            assert!(!text.contains(secret), "{}", file.path().display());
        }
    }
}

#[test]
fn a_caller_of_one_client_sees_no_webhook_of_another_or_of_all() {
    let client = |id| ClientId::parse(id).unwrap();
    let of_client = |id| Scope::Client {
        client_id: client(id),
    };
    let of_session = |id| Scope::Session {
        client_id: client(id),
        session_id: SessionId::parse("ana").unwrap(),
    };
    for (own, scope, sees) in [
        (None, Scope::All, true),
        (None, of_client("shop"), true),
        (Some("shop"), Scope::All, false),
        (Some("shop"), of_client("shop"), true),
        (Some("shop"), of_session("shop"), true),
        (Some("shop"), of_client("bank"), false),
        (Some("shop"), of_session("bank"), false),
    ] {
        let caller = Caller {
            scopes: Scopes::default(),
            client: own.map(client),
        };
        assert_eq!(exists_for(&caller, &scope), sees, "{own:?} {scope:?}");
    }
}
