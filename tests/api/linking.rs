//! From a new session to a linked phone, and out again.

use crate::daemon::Daemon;
use crate::daemon::KEY;
use crate::daemon::read;
use crate::daemon::simulator;
use reqwest::Method;
use serde_json::json;

const ANA: &str = "5511900000001";

#[tokio::test(flavor = "multi_thread")]
async fn a_session_shows_a_code_connects_once_it_is_scanned_and_knows_its_account() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    let created = daemon
        .post("/api/sessions", json!({"clientId": "shop", "name": "Ana"}))
        .await;
    assert_eq!(created.status, 201);
    let id = created.body["id"].as_str().unwrap();
    assert_eq!(created.headers["location"], format!("/api/sessions/{id}"));
    assert!(id.starts_with("ses_"));

    daemon.scan(&simulator, id, ANA).await;
    let connected = daemon.wait_for_state(id, "connected").await;
    assert_eq!(
        (
            &connected["phone"],
            &connected["clientId"],
            &connected["pushName"]
        ),
        (&json!(ANA), &json!("shop"), &json!("Ana"))
    );
    assert!(connected["lid"].is_string(), "{connected}");
    assert_eq!(connected["cause"], json!(null));
    assert_eq!(connected["reconnects"], 0, "{connected}");

    let none = daemon.get(&format!("/api/sessions/{id}/qr")).await;
    assert_eq!((none.status, none.code()), (409, "nothing_to_scan"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_comes_as_text_or_as_a_picture() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    daemon
        .post(
            "/api/sessions",
            json!({"clientId": "shop", "sessionId": "ana"}),
        )
        .await;
    let qr = daemon.get("/api/sessions/ana/qr?wait=30").await;
    assert!(
        qr.body["image"]
            .as_str()
            .unwrap()
            .starts_with("data:image/")
    );
    assert!(qr.body["expiresAt"].as_str().unwrap().ends_with('Z'));
    for (accept, begin) in [("image/svg+xml", "<?xml"), ("image/png", "\u{fffd}PNG")] {
        let request = daemon
            .request(Method::GET, "/api/sessions/ana/qr?wait=30")
            .header("X-Api-Key", KEY)
            .header("Accept", accept);
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["content-type"], accept);
        let bytes = response.bytes().await.unwrap();
        assert!(
            String::from_utf8_lossy(&bytes).starts_with(begin),
            "{accept}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_is_linked_by_a_code_that_is_typed() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    simulator.create_phone(Some(ANA), "Ana").unwrap();
    daemon
        .post(
            "/api/sessions",
            json!({"clientId": "shop", "sessionId": "ana"}),
        )
        .await;
    let code = daemon
        .post(
            "/api/sessions/ana/pairing-code",
            json!({"phone": format!("+{ANA}")}),
        )
        .await;
    assert_eq!(code.status, 200, "{code:?}");
    simulator
        .enter_code(ANA, code.body["code"].as_str().unwrap())
        .await
        .unwrap();
    let connected = daemon.wait_for_state("ana", "connected").await;
    assert_eq!(connected["phone"], ANA);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_logged_out_can_be_linked_again() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    let out = daemon.post("/api/sessions/ana/logout", json!(null)).await;
    assert_eq!(
        (out.status, &out.body["unlinkConfirmed"]),
        (200, &json!(true)),
        "{out:?}"
    );
    assert_eq!(
        (&out.body["state"], &out.body["cause"]["code"]),
        (&json!("loggedOut"), &json!("loggedOutByRequest"))
    );
    assert!(simulator.phone(ANA).unwrap().devices.is_empty());

    assert_eq!(
        daemon
            .post("/api/sessions/ana/start", json!(null))
            .await
            .status,
        200
    );
    daemon.scan(&simulator, "ana", ANA).await;
    daemon.wait_for_state("ana", "connected").await;
    daemon.send("ana", ANA, "a note to myself").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_session_is_unlinked_and_leaves_nothing() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    let deleted = daemon.delete("/api/sessions/ana").await;
    assert_eq!(
        (deleted.status, &deleted.body["unlinkConfirmed"]),
        (200, &json!(true)),
        "{deleted:?}\n{}",
        daemon.log()
    );
    assert!(simulator.phone(ANA).unwrap().devices.is_empty());
    assert_eq!(daemon.get("/api/sessions/ana").await.status, 404);
    let files: Vec<_> = std::fs::read_dir(daemon.state.path().join("state/sessions"))
        .unwrap()
        .collect();
    assert!(files.is_empty(), "{files:?}");
    // The id is free again.
    daemon.pair(&simulator, "clinic", "ana", ANA).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_says_when_whatsapp_could_not_confirm_the_unlinking() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    daemon.post("/api/sessions/ana/stop", json!(null)).await;
    let deleted = daemon.delete("/api/sessions/ana").await;
    assert_eq!(
        (deleted.status, &deleted.body["unlinkConfirmed"]),
        (200, &json!(false)),
        "{deleted:?}"
    );
    assert_eq!(daemon.get("/api/sessions/ana").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_filtered_by_client_and_comes_in_pages() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    for number in 0..5 {
        let client = if number % 2 == 0 { "even" } else { "odd" };
        daemon
            .post(
                "/api/sessions",
                json!({"clientId": client, "sessionId": format!("s{number}")}),
            )
            .await;
    }
    let ids = |body: &serde_json::Value| -> Vec<String> {
        body["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| s["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        ids(&daemon.get("/api/sessions?clientId=even").await.body),
        ["s0", "s2", "s4"]
    );
    assert_eq!(
        ids(&daemon.get("/api/sessions?clientId=nobody").await.body),
        Vec::<String>::new()
    );
    let first = daemon.get("/api/sessions?limit=3").await.body;
    let second = daemon
        .get(&format!(
            "/api/sessions?limit=3&cursor={}",
            first["nextCursor"].as_str().unwrap()
        ))
        .await
        .body;
    assert_eq!(
        (ids(&first), ids(&second)),
        (
            vec!["s0".into(), "s1".into(), "s2".into()],
            vec!["s3".into(), "s4".into()]
        )
    );
    assert_eq!(second["nextCursor"], json!(null));
    let health = read(
        daemon
            .request(Method::GET, "/api/health")
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(
        (&health.body["build"], &health.body["sessions"]["total"]),
        (&json!("sandbox"), &json!(5)),
        "{health:?}"
    );
}
