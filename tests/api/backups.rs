//! A backup that is made while everything runs brings everything back, and a session can move.

use crate::daemon::Daemon;
use crate::daemon::command;
use crate::daemon::simulator;
use crate::daemon::texts;
use crate::receiver::Manner;
use crate::receiver::Receiver;
use serde_json::Value;
use serde_json::json;
use sqlx::Connection;
use sqlx::SqliteConnection;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use wamux_simulator::Simulator;

const ANA: &str = "5511900000001";
const BEN: &str = "5511900000002";
const EVA: &str = "5511900000003";
const WEBHOOKS: [(&str, &str); 2] = [
    ("WEBHOOKS__ALLOW_ADDRESSES", "[\"127.0.0.0/8\"]"),
    ("WEBHOOKS__RETRY_FIRST_SECS", "1"),
];

/// Ana and Ben are linked, Eva has a phone, and somebody is told of everything.
async fn world(receiver: &Receiver) -> (Simulator, Daemon) {
    let simulator = simulator().await;
    let daemon = Daemon::start_with(&simulator, &WEBHOOKS).await;
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    daemon.pair(&simulator, "shop", "ben", BEN).await;
    let body = json!({"clientId": "shop", "url": receiver.url(), "events": ["message.*"]});
    assert_eq!(daemon.post("/api/webhooks", body).await.status, 201);
    (simulator, daemon)
}

/// Everything of a list, as it is shown.
async fn all(daemon: &Daemon, path: &str) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = daemon.get(&format!("{path}limit=200{cursor}")).await;
        assert_eq!(page.status, 200, "{page:?}");
        found.extend(page.body["data"].as_array().unwrap().iter().cloned());
        match page.body["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

fn ids(list: &[Value]) -> BTreeSet<String> {
    list.iter()
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Sends from Ana and has Eva write to Ben, until it is told to end; gives how many.
async fn load(simulator: &Simulator, daemon: &Daemon, goes_on: &AtomicBool) -> usize {
    let mut count = 0;
    while goes_on.load(Ordering::Relaxed) {
        count += 1;
        daemon.send("ana", EVA, &format!("out {count}")).await;
        simulator.say(EVA, BEN, &format!("in {count}")).unwrap();
    }
    count
}

fn wipe(state: &Path) {
    std::fs::remove_dir_all(state.join("state")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_brings_sessions_messages_events_and_webhooks_back() {
    let receiver = Receiver::up(Manner::Status(200));
    let (simulator, mut daemon) = world(&receiver).await;
    daemon.send("ana", EVA, "before").await;
    let before = [
        all(&daemon, "/api/sessions/ana/messages?").await,
        all(&daemon, "/api/events?").await,
    ];
    let goes_on = AtomicBool::new(true);
    let backup = async {
        let said = daemon.runs(&["backup", "all.backup"]).await;
        goes_on.store(false, Ordering::Relaxed);
        said
    };
    let (said, sent) = tokio::join!(backup, load(&simulator, &daemon, &goes_on));
    assert!(said.starts_with("wrote 2 sessions"), "{said}");
    assert!(
        said.contains("is whole") && said.contains("not encrypted"),
        "{said}"
    );
    assert!(sent > 0, "nothing was sent meanwhile");

    daemon.kill().await;
    wipe(daemon.state.path());
    let restored = daemon.runs(&["restore", "all.backup"]).await;
    assert!(restored.starts_with("restored 2 sessions"), "{restored}");
    let daemon = daemon.again().await;
    for session in ["ana", "ben"] {
        daemon.wait_for_state(session, "connected").await;
    }
    let messages = all(&daemon, "/api/sessions/ana/messages?").await;
    assert!(ids(&messages).is_superset(&ids(&before[0])));
    let events = all(&daemon, "/api/events?").await;
    assert!(ids(&events).is_superset(&ids(&before[1])));
    for session in ["ana", "ben"] {
        let of_session = events.iter().filter(|event| event["sessionId"] == session);
        let seqs: Vec<u64> = of_session
            .map(|event| event["seq"].as_u64().unwrap())
            .collect();
        let count = seqs.len() as u64;
        assert_eq!(seqs, (1..=count).collect::<Vec<_>>(), "{session}");
    }
    // The secret of the webhook is there as well: its events go on.
    simulator.say(EVA, BEN, "after").unwrap();
    daemon
        .wait_for_message("ben", |message| message["text"] == "after")
        .await;
    receiver
        .wait_for(|seen| {
            seen.iter()
                .any(|one| one.event()["data"]["text"] == "after")
        })
        .await;
    daemon.send("ana", EVA, "it goes on").await;
    daemon
        .wait_for_message("ana", |message| {
            message["text"] == "it goes on" && message["state"] == "delivered"
        })
        .await;
    assert!(texts(&simulator, EVA).contains(&"it goes on".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_restored_by_its_key_into_an_empty_folder_of_nobody() {
    let receiver = Receiver::up(Manner::Status(200));
    let (_simulator, mut daemon) = world(&receiver).await;
    let folder = daemon.state.path().to_owned();
    std::fs::write(folder.join("good"), "correct horse\n").unwrap();
    std::fs::write(folder.join("bad"), "wrong\n").unwrap();
    let said = daemon
        .runs(&["backup", "b", "--passphrase-file", "good"])
        .await;
    assert!(said.contains("it is encrypted"), "{said}");
    let taken = daemon.fails(&["backup", "b"]).await;
    assert!(
        taken.0 == 64 && taken.1.contains("exists already"),
        "{taken:?}"
    );
    let running = daemon
        .fails(&["restore", "b", "--passphrase-file", "good"])
        .await;
    assert!(
        running.0 == 73 && running.1.contains("in use"),
        "{running:?}"
    );
    daemon.terminate().await;
    let full = daemon
        .fails(&["restore", "b", "--passphrase-file", "good"])
        .await;
    assert!(full.0 == 73 && full.1.contains("is not empty"), "{full:?}");
    wipe(&folder);
    for args in [
        &["restore", "b"][..],
        &["restore", "b", "--passphrase-file", "bad"],
    ] {
        let (code, said) = daemon.fails(args).await;
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("passphrase"), "{said}");
    }
    daemon
        .runs(&["restore", "b", "--passphrase-file", "good"])
        .await;
    let daemon = daemon.again().await;
    daemon.wait_for_state("ana", "connected").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_moves_to_another_daemon_with_its_history() {
    let receiver = Receiver::up(Manner::Status(200));
    let (simulator, daemon) = world(&receiver).await;
    daemon.send("ana", EVA, "from the old house").await;
    let running = daemon.fails(&["export", "ana", "ana.session"]).await;
    assert!(
        running.0 == 64 && running.1.contains("stop it first"),
        "{running:?}"
    );
    assert_eq!(
        daemon
            .post("/api/sessions/ana/stop", Value::Null)
            .await
            .status,
        200
    );
    daemon.runs(&["export", "ana", "ana.session"]).await;
    let nobody = daemon.fails(&["export", "eva", "eva.session"]).await;
    assert!(
        nobody.0 == 64 && nobody.1.contains("no session eva"),
        "{nobody:?}"
    );

    let mut other = Daemon::start(&simulator).await;
    let file = daemon.state.path().join("ana.session");
    let file = file.to_str().unwrap();
    let running = other.fails(&["import", file]).await;
    assert_eq!(running.0, 73, "{running:?}");
    other.terminate().await;
    other.runs(&["import", file]).await;
    let twice = other.fails(&["import", file]).await;
    assert!(twice.0 == 64 && twice.1.contains("already"), "{twice:?}");
    let other = other.again().await;
    other.wait_for_state("ana", "stopped").await;
    assert_eq!(
        other
            .post("/api/sessions/ana/start", Value::Null)
            .await
            .status,
        200
    );
    other.wait_for_state("ana", "connected").await;
    let history = all(&other, "/api/sessions/ana/messages?").await;
    assert_eq!(history[0]["text"], "from the old house");
    other.send("ana", EVA, "from the new house").await;
    simulator.say(EVA, ANA, "nice").unwrap();
    other
        .wait_for_message("ana", |message| message["text"] == "nice")
        .await;
}

/// A change to the database of a daemon that does not run.
async fn change(state: &Path, statement: &'static str) {
    let url = format!("sqlite://{}", state.join("wamux.db").display());
    let mut database = SqliteConnection::connect(&url).await.unwrap();
    sqlx::query(statement).execute(&mut database).await.unwrap();
    database.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_goes_on_after_one_that_was_cut_off_and_never_over_other_keys() {
    let receiver = Receiver::up(Manner::Status(200));
    let (_simulator, mut daemon) = world(&receiver).await;
    let stopped = daemon.post("/api/sessions/ana/stop", Value::Null).await;
    assert_eq!(stopped.status, 200);
    daemon.runs(&["export", "ana", "ana.session"]).await;
    daemon.terminate().await;
    let file = daemon.state.path().join("ana.session");
    let (import, state) = (["import", file.to_str().unwrap()], Some("--state-dir"));
    let there = daemon.state.path().join("other");
    let args: Vec<&str> = import
        .into_iter()
        .chain(state)
        .chain(there.to_str())
        .collect();
    daemon.runs(&args).await;
    // As a kill leaves it between the keys and the database.
    change(&there, "DELETE FROM sessions").await;
    daemon.runs(&args).await;
    change(&there, "DELETE FROM sessions").await;
    let keys = std::fs::read_dir(there.join("sessions")).unwrap();
    let keys = keys.map(|file| file.unwrap().path()).next().unwrap();
    let mut other = std::fs::read(&keys).unwrap();
    other.push(0);
    std::fs::write(&keys, &other).unwrap();
    let (code, said) = daemon.fails(&args).await;
    assert_eq!(code, 64, "{said}");
    assert!(said.contains("move that file away"), "{said}");
    assert_eq!(std::fs::read(&keys).unwrap(), other);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_a_backup_and_nothing_is_left_of_it() {
    const MUCH: &str =
        "INSERT INTO settings (name, value) VALUES ('much', hex(randomblob(4000000)))";
    let simulator = simulator().await;
    let mut daemon = Daemon::start(&simulator).await;
    daemon.terminate().await;
    let folder = daemon.state.path();
    change(&folder.join("state"), MUCH).await;
    let mut command = command(folder);
    let mut backup = command.args(["backup", "-"]).spawn().unwrap();
    // More than a pipe holds: it is in the middle of writing.
    let mut written = backup.stdout.take().unwrap();
    written.read_u8().await.unwrap();
    assert!(folder.join("state/backup.tmp").is_dir());
    let pid = backup.id().unwrap().to_string();
    let sent = Command::new("kill").args(["-s", "TERM", &pid]).status();
    assert!(sent.await.unwrap().success());
    let mut rest = Vec::new();
    let read = written.read_to_end(&mut rest);
    let (output, _) = tokio::join!(backup.wait_with_output(), read);
    let output = output.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("ended by a signal"), "{said}");
    assert!(!folder.join("state/backup.tmp").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_sent_from_and_looked_over_in_the_terminal() {
    let receiver = Receiver::up(Manner::Status(200));
    let (simulator, daemon) = world(&receiver).await;
    let listed = daemon.runs(&["session", "list"]).await;
    let row = listed.lines().find(|line| line.starts_with("ana "));
    assert!(row.is_some_and(|row| row.contains(ANA)), "{listed}");
    let line = daemon
        .runs(&["session", "list", "--json", "--client", "shop"])
        .await;
    let first: Value = serde_json::from_str(line.lines().next().unwrap()).unwrap();
    assert_eq!(first["clientId"], "shop");
    let sent = daemon
        .runs(&["session", "send", "ana", EVA, "from the terminal"])
        .await;
    assert!(
        sent.starts_with("msg_") && (sent.contains(" sent") || sent.contains(" delivered")),
        "{sent}"
    );
    assert_eq!(texts(&simulator, EVA), ["from the terminal"]);
    let nobody = daemon.fails(&["session", "send", "eva", ANA, "x"]).await;
    assert!(
        nobody.0 == 1 && nobody.1.contains("session_not_found"),
        "{nobody:?}"
    );
    let linked = daemon.runs(&["session", "qr", "ana"]).await;
    assert!(linked.contains(&format!("connected as {ANA}")), "{linked}");
    let doctor = daemon.runs(&["doctor"]).await;
    for well in [
        "ok       configuration",
        "in use by a running daemon",
        "2 linked sessions, all sound",
    ] {
        assert!(doctor.contains(well), "{well}\n{doctor}");
    }
}
