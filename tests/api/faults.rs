//! A session tells the truth about itself when something fails, and nobody else notices.

use crate::daemon::Daemon;
use crate::daemon::simulator;
use crate::daemon::texts;
use serde_json::json;

const ANA: &str = "5511900000001";
const BEN: &str = "5511900000002";
const EVA: &str = "5511900000003";

#[tokio::test(flavor = "multi_thread")]
async fn a_session_whose_file_is_damaged_fails_alone_and_says_so() {
    let simulator = simulator().await;
    let mut daemon = Daemon::start(&simulator).await;
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    let of_ana = key_files(&daemon);
    daemon.pair(&simulator, "shop", "ben", BEN).await;
    assert_eq!(daemon.terminate().await.code(), Some(0));
    for file in of_ana {
        std::fs::write(file, "this is not a database, it is a sentence").unwrap();
    }
    let daemon = daemon.again().await;
    let failed = daemon.wait_for_state("ana", "failed").await;
    assert_eq!(failed["cause"]["code"], "storage", "{failed:#}");
    daemon.wait_for_state("ben", "connected").await;
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    daemon.send("ben", EVA, "I am fine").await;
    let refused = daemon
        .post(
            "/api/messages/send",
            json!({"sessionId": "ana", "to": EVA, "text": "I am not"}),
        )
        .await;
    assert_eq!((refused.status, refused.code()), (409, "session_not_ready"));
    assert_eq!(refused.body["cause"]["code"], "storage");
}

/// The files with the keys of all sessions so far.
fn key_files(daemon: &Daemon) -> Vec<std::path::PathBuf> {
    let folder = daemon.state.path().join("state/sessions");
    let files = std::fs::read_dir(folder).unwrap();
    files.map(|file| file.unwrap().path()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing_and_is_over_when_there_is_room_again() {
    let simulator = simulator().await;
    let settings = [
        ("LIMITS__DISK_CHECK_SECS", "1"),
        // The session compares notes as often as this.
        ("WHATSAPP__PROBE_AFTER_SECS", "1"),
    ];
    let daemon = Daemon::start_with(&simulator, &settings).await;
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    daemon.send("ana", EVA, "before").await;

    daemon.limit_files(Some(4096)).await;
    let send = json!({"sessionId": "ana", "to": EVA, "text": "no room"});
    let refused = daemon.post("/api/messages/send", send).await;
    assert_eq!((refused.status, refused.code()), (503, "storage_failed"));
    simulator.say(EVA, ANA, "can you hear me?").unwrap();
    let troubled = daemon
        .wait_for("/api/sessions/ana", |session| {
            session["state"] == "reconnecting" && session["cause"]["code"] == "storage"
        })
        .await;
    assert!(
        troubled["cause"]["detail"]
            .as_str()
            .unwrap()
            .contains("disk"),
        "{troubled:#}"
    );
    assert_eq!(daemon.get("/api/health").await.status, 200);

    daemon.limit_files(None).await;
    daemon
        .wait_for("/api/sessions/ana", |session| {
            session["state"] == "connected" && session["cause"].is_null()
        })
        .await;
    daemon.send("ana", EVA, "room again").await;
    daemon
        .wait_for_message("ana", |message| message["text"] == "can you hear me?")
        .await;
    assert_eq!(texts(&simulator, EVA), ["before", "room again"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_may_not_write_to_strangers_shows_it_and_stays_connected() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    simulator.nack(ANA, Some(463)).unwrap();
    let send = json!({"sessionId": "ana", "to": EVA, "text": "hello stranger"});
    let refused = daemon.post("/api/messages/send", send).await;
    assert_eq!(
        (refused.status, &refused.body["cause"]),
        (422, &json!("reachout_limited"))
    );
    let limited = daemon
        .wait_for("/api/sessions/ana", |session| {
            session["cause"]["code"] == "restricted"
        })
        .await;
    assert_eq!(limited["state"], "connected");
    simulator.nack(ANA, None).unwrap();
    daemon.send("ana", EVA, "hello again").await;
    daemon
        .wait_for("/api/sessions/ana", |session| session["cause"].is_null())
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_says_nothing_any_more_is_found_out_and_replaced() {
    let simulator = simulator().await;
    let settings = [
        ("WHATSAPP__PROBE_AFTER_SECS", "2"),
        ("WHATSAPP__PROBE_TIMEOUT_SECS", "1"),
    ];
    let daemon = Daemon::start_with(&simulator, &settings).await;
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    daemon.pair(&simulator, "shop", "ben", BEN).await;
    // A quiet connection that answers is left alone.
    daemon
        .wait_for("/api/sessions/ben", |session| {
            session["lastPongAt"].is_string()
        })
        .await;
    let alive = daemon.get("/api/sessions/ben").await.body;
    assert_eq!(alive["state"], "connected");

    simulator.mute(ANA, true).unwrap();
    simulator.say(EVA, ANA, "are you still there?").unwrap();
    daemon
        .wait_for_message("ana", |message| message["text"] == "are you still there?")
        .await;
    let ana = daemon.wait_for_state("ana", "connected").await;
    assert!(ana["lastFrameAt"].is_string(), "{ana:#}");
    daemon.send("ana", EVA, "I am").await;
    let ben = daemon.get("/api/sessions/ben").await.body;
    assert_eq!(
        ben["since"], alive["since"],
        "the other session noticed: {ben:#}"
    );
}
