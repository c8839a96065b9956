//! The daemon under test as a child process, and a simulator in this one.

use crate::plain_http::plain_http;
use reqwest::Method;
use serde_json::Value;
use serde_json::json;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitStatus;
use std::process::Output;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::AsyncBufReadExt;
use tokio::io::BufReader;
use tokio::process::Child;
use tokio::process::Command;
use tokio::sync::oneshot;
use wamux_simulator::Options;
use wamux_simulator::Simulator;

/// Longer than anything here takes on a busy machine; reaching it is a failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(20);
pub(crate) const KEY: &str = "0123456789abcdef-test-key";
const LOG_LINES: usize = 400;

/// A simulator with a seed of its own.
pub(crate) async fn simulator() -> Simulator {
    let options = Options {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        seed: 7,
        state: None,
    };
    Simulator::start(options).await.unwrap()
}

/// The texts that a phone shows, oldest first.
pub(crate) fn texts(simulator: &Simulator, phone: &str) -> Vec<String> {
    let shown = simulator.inbox(phone).unwrap();
    shown.into_iter().filter_map(|item| item.text).collect()
}

/// The daemon that is under test.
pub(crate) struct Daemon {
    child: Child,
    pub(crate) url: String,
    pub(crate) state: Arc<TempDir>,
    chat_url: String,
    settings: Vec<(String, String)>,
    http: reqwest::Client,
    log: Arc<Mutex<VecDeque<String>>>,
}

/// An answer of the daemon.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// The problem's code.
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

/// A command that starts the daemon with nothing from this process's environment but what is named.
pub(crate) fn command(state: &Path) -> Command {
    // Without that signal's default, which would end it, a write beyond the limit of `limit_files` is an error as on a
    // full disk.
    let mut command = Command::new("env");
    command
        .arg("--ignore-signal=XFSZ")
        .arg(env!("CARGO_BIN_EXE_wamux"))
        .current_dir(state)
        .env_clear()
        .env("WAMUX_STATE__DIR", state.join("state"))
        .env("WAMUX_SERVER__LISTEN", "127.0.0.1:0");
    command
        .env("WAMUX_AUTH__API_KEY", KEY)
        .env("WAMUX_LOG__FORMAT", "json")
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    command
}

impl Daemon {
    /// One with a state folder of its own.
    pub(crate) async fn start(simulator: &Simulator) -> Self {
        Self::start_with(simulator, &[]).await
    }

    /// One with settings, named as in the environment but without `WAMUX_`.
    pub(crate) async fn start_with(simulator: &Simulator, settings: &[(&str, &str)]) -> Self {
        Self::start_in(simulator, settings, &[]).await
    }

    /// The same with further variables in its environment.
    pub(crate) async fn start_in(
        simulator: &Simulator,
        settings: &[(&str, &str)],
        environment: &[(&str, &str)],
    ) -> Self {
        let settings = settings
            .iter()
            .map(|(name, value)| (format!("WAMUX_{name}"), (*value).to_owned()));
        let others = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self::launch(
            Arc::new(tempfile::tempdir().unwrap()),
            simulator.chat_url(),
            settings.chain(others).collect(),
        )
        .await
    }

    async fn launch(
        state: Arc<TempDir>,
        chat_url: String,
        settings: Vec<(String, String)>,
    ) -> Self {
        let mut command = command(state.path());
        command.env("WAMUX_WHATSAPP__ENDPOINT", &chat_url);
        command.envs(settings.iter().map(|(name, value)| (name, value)));
        let mut child = command.spawn().unwrap();
        let log = Arc::new(Mutex::new(VecDeque::new()));
        let (found, address) = oneshot::channel();
        tokio::spawn(read_log(
            child.stderr.take().unwrap(),
            Arc::clone(&log),
            found,
        ));
        let address = tokio::time::timeout(PATIENCE, address)
            .await
            .ok()
            .and_then(Result::ok);
        let Some(address) = address else {
            panic!("the daemon did not start:\n{}", text(&log))
        };
        let http = plain_http().timeout(PATIENCE).build().unwrap();
        Self {
            child,
            url: format!("http://{address}"),
            state,
            chat_url,
            settings,
            http,
            log,
        }
    }

    /// Starts it again on the same state, after it was ended.
    pub(crate) async fn again(self) -> Self {
        Self::launch(
            Arc::clone(&self.state),
            self.chat_url.clone(),
            self.settings.clone(),
        )
        .await
    }

    /// Runs another command of the program on its state, with its settings.
    pub(crate) async fn run(&self, args: &[&str]) -> Output {
        let mut command = command(self.state.path());
        let address = self.url.strip_prefix("http://").unwrap();
        command
            .args(args)
            .env("WAMUX_WHATSAPP__ENDPOINT", &self.chat_url)
            .env("WAMUX_SERVER__LISTEN", address);
        let ended = tokio::time::timeout(PATIENCE, command.output()).await;
        ended
            .unwrap_or_else(|_| panic!("{args:?} did not end"))
            .unwrap()
    }

    /// Runs a command that must end well; gives what it printed.
    pub(crate) async fn runs(&self, args: &[&str]) -> String {
        let output = self.run(args).await;
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {said}\n{}", self.log());
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that must fail; gives its code and what it said.
    pub(crate) async fn fails(&self, args: &[&str]) -> (i32, String) {
        let output = self.run(args).await;
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), said)
    }

    /// SIGTERM, and waits for the end.
    pub(crate) async fn terminate(&mut self) -> ExitStatus {
        self.signal("TERM").await;
        self.wait().await
    }

    /// Sends a signal.
    pub(crate) async fn signal(&self, name: &str) {
        let pid = self.child.id().unwrap().to_string();
        let sent = Command::new("kill")
            .args(["-s", name, &pid])
            .status()
            .await
            .unwrap();
        assert!(sent.success());
    }

    /// Lets no file grow beyond so many bytes, as a full disk would; none lifts the limit.
    pub(crate) async fn limit_files(&self, bytes: Option<u64>) {
        let pid = self.child.id().unwrap().to_string();
        let limit = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
        let limited = Command::new("prlimit")
            .args(["--pid", &pid, &format!("--fsize={limit}:unlimited")])
            .status()
            .await
            .unwrap();
        assert!(limited.success());
    }

    /// Waits for the end.
    pub(crate) async fn wait(&mut self) -> ExitStatus {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        ended
            .unwrap_or_else(|_| panic!("the daemon did not end:\n{}", text(&self.log)))
            .unwrap()
    }

    /// SIGKILL.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Waits until it has logged something.
    pub(crate) async fn wait_for_log(&self, text: &str) {
        self.wait_for_log_times(text, 1).await;
    }

    /// Waits until it has logged something so many times.
    pub(crate) async fn wait_for_log_times(&self, text: &str, times: usize) {
        let look = async {
            let mut ticks = tokio::time::interval(LOOK);
            while self.log().matches(text).count() < times {
                ticks.tick().await;
            }
        };
        let in_time = tokio::time::timeout(PATIENCE, look).await.is_ok();
        assert!(
            in_time,
            "{text:?} was not logged {times} times:\n{}",
            self.log()
        );
    }

    /// What it logged last.
    pub(crate) fn log(&self) -> String {
        text(&self.log)
    }

    /// A request without a key and without a body.
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request
            .header("X-Api-Key", KEY)
            .send()
            .await
            .unwrap_or_else(|error| panic!("{error:?}\n{}", self.log()));
        read(response).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.answer(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.answer(self.request(Method::POST, path).json(&body))
            .await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.answer(self.request(Method::DELETE, path)).await
    }

    /// Makes a session and links a phone with that number; returns once it is connected.
    pub(crate) async fn pair(
        &self,
        simulator: &Simulator,
        client: &str,
        session: &str,
        phone: &str,
    ) {
        let created = self
            .post(
                "/api/sessions",
                json!({"clientId": client, "sessionId": session, "name": session}),
            )
            .await;
        assert_eq!(created.status, 201, "{created:?}");
        self.scan(simulator, session, phone).await;
        self.wait_for_state(session, "connected").await;
    }

    /// Scans the session's code with a phone.
    pub(crate) async fn scan(&self, simulator: &Simulator, session: &str, phone: &str) {
        let qr = self
            .get(&format!("/api/sessions/{session}/qr?wait=30"))
            .await;
        assert_eq!(qr.status, 200, "{qr:?}\n{}", self.log());
        let scanned = simulator
            .scan_qr(qr.body["qr"].as_str().unwrap(), Some(phone))
            .await;
        scanned.unwrap_or_else(|error| panic!("{error}\n{}", self.log()));
    }

    /// Waits until a session is in a state, and gives it.
    pub(crate) async fn wait_for_state(&self, session: &str, state: &str) -> Value {
        self.wait_for(&format!("/api/sessions/{session}"), |body| {
            body["state"] == state
        })
        .await
    }

    /// Waits until there are so many files with keys.
    pub(crate) async fn has_key_files(&self, count: usize) {
        let folder = self.state.path().join("state/sessions");
        let files = || -> Vec<_> {
            let entries = std::fs::read_dir(&folder).unwrap();
            let paths = entries.map(|entry| entry.unwrap().path());
            paths
                .filter(|path| path.extension().is_some_and(|end| end == "db"))
                .collect()
        };
        let look = async {
            let mut ticks = tokio::time::interval(LOOK);
            while files().len() != count {
                ticks.tick().await;
            }
        };
        let in_time = tokio::time::timeout(PATIENCE, look).await.is_ok();
        assert!(in_time, "{:?} and not {count}\n{}", files(), self.log());
    }

    /// Sends a text and gives the message; the server has taken it.
    pub(crate) async fn send(&self, session: &str, to: &str, text: &str) -> Value {
        let sent = self
            .post(
                "/api/messages/send",
                json!({"sessionId": session, "to": to, "text": text}),
            )
            .await;
        assert_eq!(sent.status, 200, "{sent:?}\n{}", self.log());
        sent.body
    }

    /// Waits until a session has a message that fits, and gives it.
    pub(crate) async fn wait_for_message(
        &self,
        session: &str,
        fits: impl Fn(&Value) -> bool,
    ) -> Value {
        let path = format!("/api/sessions/{session}/messages");
        let page = self
            .wait_for(&path, |page| {
                page["data"].as_array().unwrap().iter().any(&fits)
            })
            .await;
        page["data"]
            .as_array()
            .unwrap()
            .iter()
            .find(|message| fits(message))
            .unwrap()
            .clone()
    }

    /// Looks again and again until an answer fits.
    pub(crate) async fn wait_for(&self, path: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let look = async {
            let mut ticks = tokio::time::interval(LOOK);
            loop {
                ticks.tick().await;
                last = self.get(path).await.body;
                if fits(&last) {
                    break;
                }
            }
        };
        let in_time = tokio::time::timeout(PATIENCE, look).await.is_ok();
        assert!(in_time, "{path} stayed at {last:#}\n{}", self.log());
        last
    }
}

/// An answer with its body, as JSON where it is JSON.
pub(crate) async fn read(response: reqwest::Response) -> Answer {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.text().await.unwrap();
    Answer {
        status,
        headers,
        body: serde_json::from_str(&body).unwrap_or(Value::String(body)),
    }
}

async fn read_log(
    stderr: tokio::process::ChildStderr,
    log: Arc<Mutex<VecDeque<String>>>,
    found: oneshot::Sender<String>,
) {
    let mut lines = BufReader::new(stderr).lines();
    let mut found = Some(found);
    while let Ok(Some(line)) = lines.next_line().await {
        let entry: Value = serde_json::from_str(&line).unwrap_or_default();
        if entry["message"] == "listening"
            && let Some(found) = found.take()
        {
            drop(found.send(entry["address"].as_str().unwrap().to_owned()));
        }
        let mut log = log.lock().unwrap();
        log.push_back(line);
        if log.len() > LOG_LINES {
            log.pop_front();
        }
    }
}

fn text(log: &Mutex<VecDeque<String>>) -> String {
    log.lock()
        .unwrap()
        .iter()
        .cloned()
        .collect::<Vec<_>>()
        .join("\n")
}
