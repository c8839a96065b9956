//! The daemon ends, in order or not, and comes back.

use crate::daemon::Daemon;
use crate::daemon::simulator;
use serde_json::json;

const ANA: &str = "5511900000001";
const BEN: &str = "5511900000002";

#[tokio::test(flavor = "multi_thread")]
async fn sessions_come_back_connected_after_a_stop_and_after_a_kill() {
    let simulator = simulator().await;
    let mut daemon = Daemon::start(&simulator).await;
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    daemon.pair(&simulator, "clinic", "ben", BEN).await;
    daemon.send("ana", BEN, "before").await;
    daemon
        .wait_for_message("ben", |message| message["text"] == "before")
        .await;

    assert_eq!(daemon.terminate().await.code(), Some(0), "{}", daemon.log());
    // What is said meanwhile waits at WhatsApp.
    simulator.say(BEN, ANA, "while you were away").unwrap();
    let mut daemon = daemon.again().await;
    for session in ["ana", "ben"] {
        daemon.wait_for_state(session, "connected").await;
    }
    daemon
        .wait_for_message("ana", |message| message["text"] == "while you were away")
        .await;
    daemon.send("ana", BEN, "after a stop").await;
    daemon
        .wait_for_message("ben", |message| message["text"] == "after a stop")
        .await;

    daemon.kill().await;
    let daemon = daemon.again().await;
    for session in ["ana", "ben"] {
        daemon.wait_for_state(session, "connected").await;
    }
    daemon.send("ben", ANA, "after a kill").await;
    daemon
        .wait_for_message("ana", |message| message["text"] == "after a kill")
        .await;
    daemon
        .wait_for_message("ana", |message| message["text"] == "before")
        .await;
    assert_eq!(
        simulator.unknown_stanzas(),
        0,
        "{:?}",
        simulator.unknown_list()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stopped_stays_stopped() {
    let simulator = simulator().await;
    let mut daemon = Daemon::start(&simulator).await;
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    for _ in 0..2 {
        let stopped = daemon.post("/api/sessions/ana/stop", json!(null)).await;
        assert_eq!(
            (
                stopped.status,
                &stopped.body["state"],
                &stopped.body["desired"]
            ),
            (200, &json!("stopped"), &json!("stopped"))
        );
    }
    let refused = daemon
        .post(
            "/api/messages/send",
            json!({"sessionId": "ana", "to": BEN, "text": "hello"}),
        )
        .await;
    assert_eq!(
        (refused.status, refused.code(), &refused.body["state"]),
        (409, "session_not_ready", &json!("stopped")),
        "{refused:?}"
    );
    daemon.kill().await;
    let daemon = daemon.again().await;
    assert_eq!(
        daemon.get("/api/sessions/ana").await.body["state"],
        "stopped"
    );
    for _ in 0..2 {
        assert_eq!(
            daemon
                .post("/api/sessions/ana/start", json!(null))
                .await
                .status,
            200
        );
        daemon.wait_for_state("ana", "connected").await;
    }
    daemon.post("/api/sessions/ana/restart", json!(null)).await;
    daemon.wait_for_state("ana", "connected").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_is_shown_and_mends_itself() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    let before = daemon.get("/api/sessions/ana").await.body["since"].clone();
    assert_eq!(simulator.kick(ANA, None).unwrap(), 1);
    daemon
        .wait_for("/api/sessions/ana", |session| {
            session["state"] == "connected" && session["since"] != before
        })
        .await;
    simulator.create_phone(Some(BEN), "Ben").unwrap();
    simulator.say(BEN, ANA, "still there?").unwrap();
    daemon
        .wait_for_message("ana", |message| message["text"] == "still there?")
        .await;
}
