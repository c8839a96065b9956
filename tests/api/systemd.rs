//! What a service manager can rely on: when it is told that the daemon is ready, that it lives, and that it does not; what
//! a reload does; that a listener which is handed over is used; and how a lost database and a clock that jumps end.

use crate::daemon::Daemon;
use crate::daemon::PATIENCE;
use crate::daemon::command;
use crate::daemon::simulator;
use reqwest::Method;
use serde_json::json;
use std::path::Path;
use std::process::Stdio;
use tokio::io::AsyncBufReadExt;
use tokio::io::BufReader;
use tokio::net::UnixDatagram;
use wamux_simulator::Simulator;

const ANA: &str = "5511900000001";
const EVA: &str = "5511900000003";
/// `WatchdogSec=` of these tests: signs of life every second.
const WATCHDOG_USEC: &str = "2000000";

/// What the daemon tells whoever started it.
struct Manager {
    socket: UnixDatagram,
    folder: tempfile::TempDir,
}

impl Manager {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        Self { socket, folder }
    }

    async fn start(&self, simulator: &Simulator, settings: &[(&str, &str)]) -> Daemon {
        let socket = self.folder.path().join("notify");
        let variables = [
            ("NOTIFY_SOCKET", socket.to_str().unwrap()),
            ("WATCHDOG_USEC", WATCHDOG_USEC),
        ];
        Daemon::start_in(simulator, settings, &variables).await
    }

    /// The lines of the next datagram.
    async fn next(&self) -> Vec<String> {
        let mut bytes = [0; 4096];
        let received = tokio::time::timeout(PATIENCE, self.socket.recv(&mut bytes)).await;
        let count = received.unwrap().unwrap();
        let text = String::from_utf8(bytes[..count].to_vec()).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// Reads on until a line fits, and gives all lines up to there.
    async fn until(&self, fits: impl Fn(&str) -> bool) -> Vec<String> {
        let mut lines = Vec::new();
        let read = async {
            while !lines.last().is_some_and(|line: &String| fits(line)) {
                lines.extend(self.next().await);
            }
        };
        let in_time = tokio::time::timeout(PATIENCE, read).await.is_ok();
        assert!(in_time, "the daemon told only {lines:?}");
        lines
    }

    /// What has been told and not been read.
    fn told(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut bytes = [0; 4096];
        while let Ok(count) = self.socket.try_recv(&mut bytes) {
            let text = String::from_utf8(bytes[..count].to_vec()).unwrap();
            lines.extend(text.lines().map(str::to_owned));
        }
        lines
    }
}

fn is_alive(line: &str) -> bool {
    line == "WATCHDOG=1"
}

/// Waits until the daemon has found something wrong again and again, and checks that it gave no sign of life meanwhile.
async fn gives_no_sign_of_life(manager: &Manager, daemon: &Daemon, trouble: &str) {
    let told = manager
        .until(|line| line.starts_with("STATUS=not well: "))
        .await;
    assert!(told.last().unwrap().contains(trouble), "{told:?}");
    daemon
        .wait_for_log_times("gives the service manager no sign of life", 3)
        .await;
    let told = manager.told();
    assert!(!told.iter().any(|line| is_alive(line)), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_ready_once_requests_are_answered_and_shows_that_it_lives_until_it_stops() {
    let simulator = simulator().await;
    let manager = Manager::new();
    let mut daemon = manager.start(&simulator, &[]).await;
    let told = manager.until(|line| line == "READY=1").await;
    assert!(told.contains(&"STATUS=no sessions".to_owned()), "{told:?}");
    assert!(!told.iter().any(|line| is_alive(line)), "{told:?}");
    assert_eq!(daemon.get("/api/health/ready").await.status, 200);
    for _ in 0..3 {
        manager.until(is_alive).await;
    }
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    manager
        .until(|line| line == "STATUS=1 session: 1 connected")
        .await;
    manager.until(is_alive).await;
    daemon.signal("TERM").await;
    let told = manager.until(|line| line == "STATUS=stopping").await;
    assert!(told.contains(&"STOPPING=1".to_owned()), "{told:?}");
    assert_eq!(daemon.wait().await.code(), Some(0));
    assert!(!manager.told().iter().any(|line| is_alive(line)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_that_does_not_answer_ends_the_signs_of_life_until_it_answers_again() {
    let simulator = simulator().await;
    let manager = Manager::new();
    let daemon = manager.start(&simulator, &[]).await;
    manager.until(is_alive).await;
    let wedged = daemon.post("/api/sandbox/wedge?seconds=8", json!({})).await;
    assert_eq!(wedged.status, 202, "{wedged:?}");
    gives_no_sign_of_life(&manager, &daemon, "supervisor").await;
    let ready = daemon.get("/api/health/ready").await;
    assert_eq!((ready.status, ready.code()), (503, "not_ready"));
    assert_eq!(ready.body["reasons"][0]["code"], "supervisor_silent");
    assert_eq!(daemon.get("/api/health/live").await.status, 200);
    manager.until(is_alive).await;
    daemon
        .wait_for("/api/health/ready", |answer| answer["ready"] == true)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_does_not_write_ends_the_signs_of_life_until_it_writes_again() {
    let simulator = simulator().await;
    let manager = Manager::new();
    let daemon = manager.start(&simulator, &[]).await;
    manager.until(is_alive).await;
    let mut other = database(&daemon.state.path().join("state/wamux.db")).await;
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut other)
        .await
        .unwrap();
    gives_no_sign_of_life(&manager, &daemon, "database").await;
    let ready = daemon.get("/api/health/ready").await;
    assert_eq!((ready.status, ready.code()), (503, "not_ready"));
    let why = ready.body["reasons"][0]["code"].as_str().unwrap();
    assert!(why.starts_with("store_"), "{ready:?}");
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    manager.until(is_alive).await;
}

async fn database(file: &Path) -> sqlx::SqliteConnection {
    use sqlx::ConnectOptions;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    options.connect().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_does_not_end_the_signs_of_life_since_no_restart_makes_room() {
    let simulator = simulator().await;
    let manager = Manager::new();
    let settings = [("LIMITS__DISK_CHECK_SECS", "1")];
    let daemon = manager.start(&simulator, &settings).await;
    manager.until(is_alive).await;
    daemon.limit_files(Some(4096)).await;
    daemon.wait_for_log("the disk is full").await;
    let full = daemon
        .wait_for("/api/health/ready", |answer| answer["code"] == "not_ready")
        .await;
    let codes: Vec<_> = full["reasons"].as_array().unwrap().iter().collect();
    assert!(
        codes.iter().any(|reason| reason["code"] == "disk_full"),
        "{full:#}"
    );
    manager.told();
    for _ in 0..3 {
        manager.until(is_alive).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_takes_over_what_it_can_says_what_needs_a_restart_and_refuses_what_is_wrong() {
    let simulator = simulator().await;
    let manager = Manager::new();
    let daemon = manager.start(&simulator, &[]).await;
    manager.until(|line| line == "READY=1").await;
    let origin = async || {
        let asked = daemon
            .request(Method::GET, "/api/health")
            .header("Origin", "https://a.example.com");
        let answer = asked.send().await.unwrap();
        answer.headers().contains_key("access-control-allow-origin")
    };
    assert!(!origin().await);
    let file = daemon.state.path().join("config.toml");
    let reload = async |text: &str| {
        std::fs::write(&file, text).unwrap();
        daemon.signal("HUP").await;
        let told = manager.until(|line| line == "READY=1").await;
        let begun = told.iter().position(|line| line == "RELOADING=1").unwrap();
        assert!(told[begun + 1].starts_with("MONOTONIC_USEC="), "{told:?}");
    };
    reload(
        "[server]\ncors_origins = ['https://a.example.com']\nmax_connections = 7\n\
         [log]\nlevel = 'debug'\n",
    )
    .await;
    daemon
        .wait_for_log(r#""applied":"log.level, server.cors_origins""#)
        .await;
    daemon
        .wait_for_log(r#""keys":"server.max_connections""#)
        .await;
    assert!(origin().await);
    daemon.wait_for_log(r#""level":"DEBUG""#).await;
    reload("[server]\ncors_origins = []\nmax_conections = 7\n").await;
    daemon.wait_for_log("max_conections").await;
    assert!(origin().await, "a faulty configuration was taken over");
    assert_eq!(daemon.get("/api/health").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_is_handed_over_is_used() {
    let simulator = simulator().await;
    let state = tempfile::tempdir().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // The queue of the listener is there before the daemon is: nobody is refused while it starts.
    let early = tokio::spawn(reqwest_get(format!("http://{address}/api/health")));
    let program = command(state.path());
    let program = program.as_std();
    let mut shell = tokio::process::Command::new("sh");
    shell
        .args([
            "-c",
            r#"exec 3<&0 0</dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@""#,
        ])
        .arg("sh")
        .arg(env!("CARGO_BIN_EXE_wamux"))
        .current_dir(state.path())
        .env_clear()
        .envs(
            program
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("WAMUX_SERVER__LISTEN", "127.0.0.1:1")
        .env("WAMUX_WHATSAPP__ENDPOINT", simulator.chat_url())
        .stdin(Stdio::from(std::os::fd::OwnedFd::from(listener)))
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = shell.spawn().unwrap();
    assert_eq!(early.await.unwrap(), 200);
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let listening = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains("\"listening\"") {
                return line;
            }
        }
        panic!("the daemon never listened");
    };
    let line = tokio::time::timeout(PATIENCE, listening).await.unwrap();
    assert!(line.contains(&address.to_string()), "{line}");
}

async fn reqwest_get(url: String) -> u16 {
    let http = crate::plain_http::plain_http();
    let http = http.timeout(PATIENCE).build().unwrap();
    http.get(url).send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_removed_or_replaced_ends_the_daemon_with_a_documented_code() {
    let simulator = simulator().await;
    for replaced in [false, true] {
        let settings = [("LIMITS__DISK_CHECK_SECS", "1")];
        let mut daemon = Daemon::start_with(&simulator, &settings).await;
        let file = daemon.state.path().join("state/wamux.db");
        if replaced {
            let copy = daemon.state.path().join("copy");
            std::fs::copy(&file, &copy).unwrap();
            std::fs::rename(&copy, &file).unwrap();
        } else {
            std::fs::remove_file(&file).unwrap();
        }
        let ended = daemon.wait().await;
        assert_eq!(ended.code(), Some(74), "{}", daemon.log());
        let word = if replaced {
            "was replaced"
        } else {
            "was removed"
        };
        daemon.wait_for_log(word).await;
        let daemon = daemon.again().await;
        assert_eq!(daemon.get("/api/health/ready").await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_ends_no_session_loses_no_message_and_keeps_the_order_of_events() {
    let simulator = simulator().await;
    let manager = Manager::new();
    let daemon = manager
        .start(&simulator, &[("WHATSAPP__PROBE_AFTER_SECS", "1")])
        .await;
    simulator.create_phone(Some(EVA), "Eva").unwrap();
    daemon.pair(&simulator, "shop", "ana", ANA).await;
    let since = daemon.get("/api/sessions/ana").await.body["since"].clone();
    daemon.send("ana", EVA, "before").await;
    for (jump, text) in [(86_400, "a day later"), (-3 * 86_400, "two days ago")] {
        let path = format!("/api/sandbox/clock?jump={jump}");
        let jumped = daemon.post(&path, json!({})).await;
        assert_eq!(jumped.status, 200, "{jumped:?}");
        daemon.send("ana", EVA, text).await;
        simulator.say(EVA, ANA, text).unwrap();
        daemon
            .wait_for_message("ana", |message| {
                message["text"] == text && message["direction"] == "in"
            })
            .await;
        manager.told();
        manager.until(is_alive).await;
    }
    // What is dated in the future does not keep a connection from being looked after.
    let before = daemon.get("/api/sessions/ana").await.body["lastPongAt"].clone();
    daemon
        .wait_for("/api/sessions/ana", |session| {
            session["lastPongAt"].is_string() && session["lastPongAt"] != before
        })
        .await;
    let ana = daemon.get("/api/sessions/ana").await.body;
    assert_eq!(
        (&ana["state"], &ana["since"]),
        (&json!("connected"), &since)
    );
    let events = daemon.get("/api/events?limit=200").await.body;
    let seqs: Vec<_> = events["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["seq"].as_u64().unwrap())
        .collect();
    assert!(seqs.is_sorted_by(|one, next| one + 1 == *next), "{seqs:?}");
}
