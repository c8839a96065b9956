//! A receiver of webhooks on loopback that answers as it is told, and remembers what came.

use crate::daemon::PATIENCE;
use reqwest::header::HeaderMap;
use reqwest::header::HeaderName;
use serde_json::Value;
use standardwebhooks::Webhook;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use tokio::io::AsyncBufReadExt;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::io::BufReader;
use tokio::net::TcpListener;
use tokio::net::TcpSocket;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// With this status.
    Status(u16),
    /// Never.
    Silent,
    /// With 200 and half of what it promised.
    Half,
}

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// How it was answered.
    pub(crate) manner: Manner,
}

impl Seen {
    /// The event's id.
    pub(crate) fn id(&self) -> &str {
        self.headers["webhook-id"].to_str().unwrap()
    }

    /// The event.
    pub(crate) fn event(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Whether the official verifier takes the signature.
    pub(crate) fn verifies(&self, secret: &str) -> bool {
        let verifier = Webhook::new(secret).unwrap();
        verifier.verify(&self.body, &self.headers).is_ok()
    }
}

#[derive(Clone)]
struct Shared {
    manner: Arc<Mutex<Manner>>,
    seen: watch::Sender<Vec<Seen>>,
}

pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    socket: Option<TcpSocket>,
    shared: Shared,
    serving: Option<AbortOnDropHandle<()>>,
}

impl Receiver {
    /// One whose port is taken and that refuses connections.
    pub(crate) fn down() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        Self {
            address: socket.local_addr().unwrap(),
            socket: Some(socket),
            shared: Shared {
                manner: Arc::new(Mutex::new(Manner::Status(200))),
                seen: watch::Sender::new(Vec::new()),
            },
            serving: None,
        }
    }

    /// One that answers.
    pub(crate) fn up(manner: Manner) -> Self {
        let mut receiver = Self::down();
        receiver.behave(manner);
        receiver.open();
        receiver
    }

    /// Takes connections from now on.
    pub(crate) fn open(&mut self) {
        let listener = self.socket.take().unwrap().listen(128).unwrap();
        let serving = tokio::spawn(serve(listener, self.shared.clone()));
        self.serving = Some(AbortOnDropHandle::new(serving));
    }

    /// Answers like that from now on.
    pub(crate) fn behave(&self, manner: Manner) {
        *self.shared.manner.lock().unwrap() = manner;
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// What came so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.shared.seen.borrow().clone()
    }

    /// Waits until what came fits, and gives it.
    pub(crate) async fn wait_for(&self, fits: impl Fn(&[Seen]) -> bool) -> Vec<Seen> {
        let mut watch = self.shared.seen.subscribe();
        let found = tokio::time::timeout(PATIENCE, watch.wait_for(|seen| fits(seen))).await;
        let found = found.map(|seen| seen.unwrap().clone());
        found.unwrap_or_else(|_| panic!("the receiver only got {:#?}", self.seen()))
    }

    /// What it took, by id; the same id always has the same body.
    pub(crate) fn taken(&self) -> BTreeMap<String, Value> {
        let mut taken = BTreeMap::new();
        for seen in self.seen() {
            let event = seen.event();
            assert_eq!(event["id"], seen.id());
            if seen.manner == Manner::Status(200) {
                let before = taken.insert(seen.id().to_owned(), event.clone());
                assert!(before.is_none_or(|before| before == event));
            }
        }
        taken
    }
}

async fn serve(listener: TcpListener, shared: Shared) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer_all(stream, shared.clone()));
    }
}

async fn answer_all(stream: TcpStream, shared: Shared) {
    let mut stream = BufReader::new(stream);
    while let Some((headers, body)) = request(&mut stream).await {
        let manner = *shared.manner.lock().unwrap();
        let seen = Seen {
            headers,
            body,
            manner,
        };
        shared.seen.send_modify(|all| all.push(seen));
        let answer = match manner {
            Manner::Status(status) => {
                format!("HTTP/1.1 {status} Said\r\ncontent-length: 2\r\n\r\nso")
            }
            Manner::Half => "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf".to_owned(),
            // Until the other side hangs up.
            Manner::Silent => {
                drop(stream.read_u8().await);
                return;
            }
        };
        let sent = stream.write_all(answer.as_bytes()).await;
        if sent.is_err() || manner == Manner::Half {
            return;
        }
    }
}

/// One request; none when the other side has hung up.
async fn request(stream: &mut BufReader<TcpStream>) -> Option<(HeaderMap, Vec<u8>)> {
    let mut headers = HeaderMap::new();
    let first = line(stream).await?;
    assert!(first.starts_with("POST /hook"), "{first}");
    loop {
        let line = line(stream).await?;
        let Some((name, value)) = line.split_once(": ") else {
            break;
        };
        headers.insert(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    let length = headers["content-length"].to_str().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some((headers, body))
}

async fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await.ok()?;
    (read > 0).then(|| line.trim_end().to_owned())
}
