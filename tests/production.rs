//! What the production build promises, and a sandbox build must not: that it verifies whom it talks to.
//!
//! Built and run without the feature `sandbox` (`make production`); with it there is nothing in here.
#![cfg(not(feature = "sandbox"))]
#![expect(clippy::unwrap_used, reason = "a panic is a test failure")]

#[path = "shared/plain_http.rs"]
mod plain_http;

use plain_http::plain_http;
use std::io;
use std::net::SocketAddr;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use wamux::config::{AppVersion, Endpoint};
use wamux::domain::message::Incoming;
use wamux::whatsapp::live::LiveConnector;
use wamux::whatsapp::{ClientEvent, ClientSpec, Connector, Inbox};
use wamux_simulator::{Options, Simulator};

const PATIENCE: Duration = Duration::from_secs(20);

async fn simulator() -> Simulator {
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let options = Options {
        listen,
        seed: 7,
        state: None,
    };
    Simulator::start(options).await.unwrap()
}

struct NoInbox;

#[async_trait::async_trait]
impl Inbox for NoInbox {
    async fn keep(
        &self,
        _messages: Vec<Incoming>,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Err("nothing can come in here".into())
    }
}

/// Hands every log line to the test.
#[derive(Clone)]
struct Lines(UnboundedSender<String>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(bytes).into_owned();
        self.0.send(line).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The simulator's chain is right in everything but its root, which is not WhatsApp's.
#[tokio::test(flavor = "multi_thread")]
async fn it_refuses_the_simulator_because_its_certificate_does_not_lead_to_whatsapps_root() {
    let (lines, mut log) = unbounded_channel();
    let lines = Lines(lines);
    tracing_subscriber::fmt()
        .with_writer(move || lines.clone())
        .init();
    let simulator = simulator().await;
    let endpoint = Endpoint::sandbox(&simulator.chat_url()).unwrap();
    let connector = LiveConnector::new(
        endpoint,
        "wamux".into(),
        AppVersion::new(2, 3000, 1_043_857_760),
    );
    let folder = tempfile::tempdir().unwrap();
    let spec = ClientSpec {
        file: folder.path().join("ana.db"),
        name: None,
    };
    let (told, mut events) = unbounded_channel();
    let sink = Arc::new(move |event| told.send(event).unwrap());
    let client = connector.open(spec, Arc::new(NoInbox), sink).await.unwrap();

    let refused = async {
        loop {
            let line = log.recv().await.unwrap();
            if line.contains("certificate verification failed") {
                break line;
            }
        }
    };
    let line = tokio::time::timeout(PATIENCE, refused).await.unwrap();
    assert!(line.contains("signature failed"), "{line}");
    client.close().await;
    while let Ok(event) = events.try_recv() {
        assert!(!matches!(event, ClientEvent::Qr { .. }), "{event:?}");
    }
    assert!(
        simulator.trace().is_empty(),
        "no stanza may pass before the chain is verified"
    );
}

fn wamux(state: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wamux"));
    command
        .current_dir(state)
        .env_clear()
        .env("WAMUX_SERVER__LISTEN", "127.0.0.1:0")
        .env("WAMUX_AUTH__API_KEY", "0123456789abcdef-test-key")
        // With a version at hand nothing is asked of the network.
        .env("WAMUX_WHATSAPP__APP_VERSION", "2.3000.1043857760")
        .env("WAMUX_LOG__FORMAT", "json")
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

#[tokio::test]
async fn it_cannot_be_pointed_at_a_simulator() {
    let state = tempfile::tempdir().unwrap();
    let mut start = wamux(state.path());
    start.env("WAMUX_WHATSAPP__ENDPOINT", "ws://127.0.0.1:9/ws/chat");
    let Output { status, stderr, .. } = start.output().await.unwrap();
    let said = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(64), "{said}");
    assert!(said.contains("sandbox build"), "{said}");
}

#[tokio::test]
async fn it_says_what_it_is_and_has_no_verbs_of_the_sandbox() {
    let state = tempfile::tempdir().unwrap();
    let mut daemon = wamux(state.path()).spawn().unwrap();
    let mut lines = BufReader::new(daemon.stderr.take().unwrap()).lines();
    let address = async {
        loop {
            let line = lines.next_line().await.unwrap().unwrap();
            let entry: serde_json::Value = serde_json::from_str(&line).unwrap();
            if entry["message"] == "listening" {
                break entry["address"].as_str().unwrap().to_owned();
            }
        }
    };
    let address = tokio::time::timeout(PATIENCE, address).await.unwrap();
    let http = plain_http().build().unwrap();
    let get = |path: &str| http.get(format!("http://{address}{path}")).send();
    let health: serde_json::Value = get("/api/health").await.unwrap().json().await.unwrap();
    assert_eq!(health["build"], "production");
    let crash = http
        .post(format!(
            "http://{address}/api/sandbox/sessions/ana/crash?at=actor"
        ))
        .header("X-Api-Key", "0123456789abcdef-test-key")
        .send();
    assert_eq!(crash.await.unwrap().status(), 404);
}
