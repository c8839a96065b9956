//! Starting and stopping, as an operator meets it.

use crate::daemon::Daemon;
use crate::daemon::KEY;
use crate::daemon::PATIENCE;
use crate::daemon::command;
use crate::daemon::simulator;
use reqwest::Method;
use serde_json::json;
use sqlx::Connection;
use sqlx::SqliteConnection;
use std::path::Path;
use std::time::Duration;
use std::time::Instant;
use tokio::process::Command;

const ANA: &str = "5511900000001";
const EVA: &str = "5511900000003";

/// Runs a start that is meant to fail; gives the exit code and what it said.
async fn fails(mut command: Command) -> (Option<i32>, String) {
    let output = tokio::time::timeout(PATIENCE, command.output())
        .await
        .unwrap()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    // Log lines are JSON in these tests; what is said to the operator is not.
    let sentences: Vec<_> = said
        .lines()
        .filter(|line| !line.starts_with('{') && !line.is_empty())
        .collect();
    assert!(!said.contains("panicked"), "{said}");
    (output.status.code(), sentences.join("\n"))
}

fn sandbox(state: &Path) -> Command {
    let mut command = command(state);
    command.env("WAMUX_WHATSAPP__ENDPOINT", "ws://127.0.0.1:9/ws/chat");
    command
}

/// A daemon that has a request at hand: a send that WhatsApp does not acknowledge.
async fn busy(settings: &[(&str, &str)]) -> (wamux_simulator::Simulator, Daemon) {
    let simulator = simulator().await;
    let daemon = Daemon::start_with(&simulator, settings).await;
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    // No acknowledgement by the server, and no receipt by a phone that is off, which would settle it as well.
    simulator.set_online(EVA, false).unwrap();
    simulator.silent(ANA, true).unwrap();
    let body = json!({"sessionId": "ana", "to": EVA, "text": "on its way"});
    let send = daemon
        .request(Method::POST, "/api/messages/send")
        .header("X-Api-Key", KEY)
        .json(&body);
    tokio::spawn(send.send());
    daemon
        .wait_for_message("ana", |message| message["state"] == "sending")
        .await;
    (simulator, daemon)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_stops_it_in_order_within_the_deadline_whatever_is_at_hand() {
    const DEADLINE: Duration = Duration::from_secs(6);
    let (_simulator, mut daemon) = busy(&[("SERVER__SHUTDOWN_TIMEOUT_SECS", "6")]).await;
    let started = Instant::now();
    let ended = daemon.terminate().await;
    assert_eq!(ended.code(), Some(0), "{}", daemon.log());
    assert!(started.elapsed() < DEADLINE, "{:?}", started.elapsed());
    assert!(daemon.log().contains("\"stopped\""), "{}", daemon.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_it_at_once() {
    let (_simulator, mut daemon) = busy(&[("SERVER__SHUTDOWN_TIMEOUT_SECS", "60")]).await;
    daemon.signal("TERM").await;
    daemon.wait_for_log("a second signal ends it at once").await;
    let started = Instant::now();
    daemon.signal("TERM").await;
    let ended = daemon.wait().await;
    assert_eq!(ended.code(), Some(70), "{}", daemon.log());
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_a_wrong_key_and_a_bad_folder_end_in_one_sentence_and_a_documented_code() {
    let state = tempfile::tempdir().unwrap();
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut start = sandbox(state.path());
    start.env("WAMUX_SERVER__LISTEN", &address);
    let (code, said) = fails(start).await;
    assert_eq!((code, said.lines().count()), (Some(69), 1), "{said}");
    assert!(
        said.contains(&address) && said.contains("server.listen"),
        "{said}"
    );

    std::fs::write(
        state.path().join("config.toml"),
        "[server]\nlissen = \"127.0.0.1:1\"\n",
    )
    .unwrap();
    let (code, said) = fails(sandbox(state.path())).await;
    assert_eq!(code, Some(64), "{said}");
    assert!(said.contains("lissen"), "{said}");
    std::fs::remove_file(state.path().join("config.toml")).unwrap();

    std::fs::write(state.path().join("file"), "").unwrap();
    let mut start = sandbox(state.path());
    start.env("WAMUX_STATE__DIR", state.path().join("file/state"));
    let (code, said) = fails(start).await;
    assert_eq!((code, said.lines().count()), (Some(73), 1), "{said}");
    assert!(said.contains("file/state"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_build_refuses_whatsapp_and_every_other_machine() {
    let state = tempfile::tempdir().unwrap();
    for endpoint in [
        "production",
        "ws://192.168.1.2:3001/ws/chat",
        "wss://web.whatsapp.com/ws/chat",
    ] {
        let mut start = command(state.path());
        start.env("WAMUX_WHATSAPP__ENDPOINT", endpoint);
        let (code, said) = fails(start).await;
        assert_eq!(code, Some(64), "{endpoint}: {said}");
        assert!(said.contains("whatsapp.endpoint"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_state_folder_serves_one_daemon() {
    let simulator = simulator().await;
    let daemon = Daemon::start(&simulator).await;
    let (code, said) = fails(sandbox(daemon.state.path())).await;
    assert_eq!(code, Some(73), "{said}");
    assert!(said.contains("in use by another wamux"), "{said}");
}

/// After an upgrade and a way back without the backup.
#[tokio::test(flavor = "multi_thread")]
async fn the_database_of_a_later_version_is_refused_with_the_way_out() {
    const LATER: &str = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'tomorrow', 1, x'00', 1)";
    let simulator = simulator().await;
    let mut daemon = Daemon::start(&simulator).await;
    assert!(daemon.terminate().await.success());
    let file = daemon.state.path().join("state/wamux.db");
    let url = format!("sqlite://{}", file.display());
    let mut database = SqliteConnection::connect(&url).await.unwrap();
    sqlx::query(LATER).execute(&mut database).await.unwrap();
    database.close().await.unwrap();
    let (code, said) = fails(sandbox(daemon.state.path())).await;
    assert_eq!((code, said.lines().count()), (Some(73), 1), "{said}");
    for part in ["a later version of wamux", "step 9999", "restore a backup"] {
        assert!(said.contains(part), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_one_is_made_shown_once_and_kept_as_a_hash() {
    let simulator = simulator().await;
    let state = tempfile::tempdir().unwrap();
    let mut keys = Vec::new();
    for _ in 0..2 {
        let mut start = command(state.path());
        start
            .env_remove("WAMUX_AUTH__API_KEY")
            .env("WAMUX_WHATSAPP__ENDPOINT", simulator.chat_url());
        let mut child = start.spawn().unwrap();
        let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(
            child.stderr.take().unwrap(),
        ));
        while let Some(line) = tokio::time::timeout(PATIENCE, lines.next_line())
            .await
            .unwrap()
            .unwrap()
        {
            let word = line.trim();
            if word.len() == 64 && word.chars().all(|c| c.is_ascii_hexdigit()) {
                keys.push(word.to_owned());
            }
            if line.contains("\"listening\"") {
                break;
            }
        }
        child.kill().await.unwrap();
    }
    assert_eq!(keys.len(), 1, "the key is shown once");
    let database = std::fs::read(state.path().join("state/wamux.db")).unwrap();
    let wal = std::fs::read(state.path().join("state/wamux.db-wal")).unwrap_or_default();
    for bytes in [database, wal] {
        assert!(!String::from_utf8_lossy(&bytes).contains(&keys[0]));
    }
    for known in ["changeme", "secret", "short"] {
        let mut start = sandbox(state.path());
        start.env("WAMUX_AUTH__API_KEY", known);
        assert_eq!(fails(start).await.0, Some(64), "{known}");
    }
    assert_ne!(keys[0], KEY);
}
