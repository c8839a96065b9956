//! Somebody who reads the daemon's events over a connection that breaks, and comes back after the last one that arrived
//! whole.

use crate::daemon::Daemon;
use crate::daemon::KEY;
use crate::plain_http::plain_http;
use futures::StreamExt;
use rand::RngExt;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Value;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::task::Context;
use std::task::Poll;
use std::task::ready;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::ReadBuf;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::Request;

/// A connection breaks after so many bytes at the most: some events long, so that most break within one.
const BYTES: usize = 6000;

/// What comes before every event.
pub(crate) const BEGINNING: &str = "evt_00000000000000000000000000";

/// How it reads.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Way {
    Sse,
    WebSocket,
}

/// What it has read.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) events: Vec<Value>,
    pub(crate) breaks: usize,
}

/// Follows the log from its beginning, and reads until it is dropped.
pub(crate) struct Reader {
    read: Arc<Mutex<Read>>,
    place: watch::Sender<String>,
    task: JoinHandle<()>,
}

impl Reader {
    #[expect(clippy::print_stdout, reason = "to repeat what failed")]
    pub(crate) fn start(way: Way, daemon: &Daemon) -> Self {
        let seed: u64 = rand::random();
        println!("{way:?} breaks by the seed {seed}");
        let read = Arc::new(Mutex::new(Read::default()));
        let (place, places) = watch::channel(daemon.url.clone());
        let reading = Reading {
            way,
            read: Arc::clone(&read),
            places,
            chance: StdRng::seed_from_u64(seed),
            after: BEGINNING.to_owned(),
        };
        Self {
            read,
            place,
            task: tokio::spawn(reading.run()),
        }
    }

    /// The daemon is somewhere else.
    pub(crate) fn follow_to(&self, daemon: &Daemon) {
        self.place.send_replace(daemon.url.clone());
    }

    pub(crate) fn read(&self) -> Vec<Value> {
        self.read.lock().unwrap().events.clone()
    }

    pub(crate) fn breaks(&self) -> usize {
        self.read.lock().unwrap().breaks
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Reading {
    way: Way,
    read: Arc<Mutex<Read>>,
    places: watch::Receiver<String>,
    chance: StdRng,
    after: String,
}

impl Reading {
    async fn run(mut self) {
        loop {
            let url = self.places.borrow_and_update().clone();
            let bytes = self.chance.random_range(1..BYTES);
            let broken = match self.way {
                Way::Sse => self.read_sse(&url, bytes).await,
                Way::WebSocket => self.read_websocket(&url, bytes).await,
            };
            if broken.is_err() && !self.places.has_changed().unwrap() {
                // Nobody listens: the daemon is down until it is somewhere else.
                let Ok(()) = self.places.changed().await else {
                    return;
                };
            }
            self.read.lock().unwrap().breaks += 1;
        }
    }

    /// An error when there was no connection to break.
    async fn read_sse(&mut self, url: &str, bytes: usize) -> Result<(), ()> {
        let request = plain_http()
            .build()
            .unwrap()
            .get(format!("{url}/api/events/stream"))
            .header("X-Api-Key", KEY)
            .header("Last-Event-ID", &self.after);
        let mut response = request.send().await.map_err(drop)?;
        assert_eq!(response.status(), 200);
        let (mut text, mut left) = (Vec::new(), bytes);
        while let Ok(Some(chunk)) = response.chunk().await {
            let taken = chunk.len().min(left);
            text.extend_from_slice(&chunk[..taken]);
            left -= taken;
            while let Some(end) = text.windows(2).position(|pair| pair == b"\n\n") {
                let frame: Vec<u8> = text.drain(..end + 2).collect();
                self.take_frame(std::str::from_utf8(&frame).unwrap());
            }
            if left == 0 {
                break;
            }
        }
        Ok(())
    }

    fn take_frame(&mut self, frame: &str) {
        let field = |name: &str| {
            let mut lines = frame.lines();
            lines.find_map(|line| line.strip_prefix(name))
        };
        let Some(data) = field("data:") else { return };
        let event: Value = serde_json::from_str(data).unwrap();
        if event["type"] == "stream.end" {
            return;
        }
        assert_eq!(field("id:"), event["id"].as_str(), "{frame}");
        assert_eq!(field("event:"), event["type"].as_str(), "{frame}");
        self.take(event);
    }

    async fn read_websocket(&mut self, url: &str, bytes: usize) -> Result<(), ()> {
        let address = url.strip_prefix("http://").unwrap();
        let stream = TcpStream::connect(address).await.map_err(drop)?;
        let breaking = Breaking {
            stream,
            left: bytes,
        };
        let request = ws_request(address, &format!("after={}", self.after));
        // It may break before the handshake is through.
        let Ok((mut socket, _)) = tokio_tungstenite::client_async(request, breaking).await else {
            return Ok(());
        };
        while let Some(Ok(message)) = socket.next().await {
            if let Ok(text) = message.to_text()
                && message.is_text()
            {
                self.take(serde_json::from_str(text).unwrap());
            }
        }
        Ok(())
    }

    fn take(&mut self, event: Value) {
        event["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{event}"))
            .clone_into(&mut self.after);
        self.read.lock().unwrap().events.push(event);
    }
}

/// The handshake of a WebSocket for events.
pub(crate) fn ws_request(address: &str, query: &str) -> Request<()> {
    let mut request = format!("ws://{address}/api/events/ws?{query}")
        .into_client_request()
        .unwrap();
    let headers = request.headers_mut();
    headers.insert("x-api-key", KEY.parse().unwrap());
    request
}

/// A WebSocket for events on a connection of its own.
pub(crate) async fn ws_connect(daemon: &Daemon, query: &str) -> WebSocketStream<TcpStream> {
    let address = daemon.url.strip_prefix("http://").unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    let request = ws_request(address, query);
    let (socket, _) = tokio_tungstenite::client_async(request, stream)
        .await
        .unwrap();
    socket
}

/// A connection that breaks after so many bytes.
struct Breaking {
    stream: TcpStream,
    left: usize,
}

impl AsyncRead for Breaking {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.left == 0 {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let mut bytes = [0; 4096];
        let room = self.left.min(buffer.remaining()).min(bytes.len());
        let mut part = ReadBuf::new(&mut bytes[..room]);
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut part))?;
        self.left -= part.filled().len();
        buffer.put_slice(part.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Breaking {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
