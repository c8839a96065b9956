//! Connections as a client on the other end of one meets them.

use super::*;
use crate::http::tests::client::api;
use std::net::SocketAddr;
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::task::JoinHandle;

const ASK: &str = "GET /api/sessions HTTP/1.1\r\nHost: x\r\n\r\n";

struct Server {
    address: SocketAddr,
    stop: CancellationToken,
    ended: JoinHandle<()>,
    _dir: TempDir,
}

impl Server {
    async fn start(change: impl FnOnce(&mut ServerOptions)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let minute = Duration::from_mins(1);
        let mut options = ServerOptions {
            cors_origins: watch::channel(Vec::new()).1,
            max_connections: 10,
            header_timeout: minute,
            shutdown_timeout: minute,
        };
        change(&mut options);
        let stop = CancellationToken::new();
        let (api, dir) = api().await;
        let ended = tokio::spawn(serve(listener, api, options, stop.clone()));
        Self {
            address,
            stop,
            ended,
            _dir: dir,
        }
    }

    async fn connect(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }
}

/// Reads until `text` has come; panics when the connection ends without it.
async fn read_until(stream: &mut TcpStream, text: &str) -> String {
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains(text) {
        assert_ne!(
            stream.read_buf(&mut read).await.unwrap(),
            0,
            "the connection ended after {:?}",
            String::from_utf8_lossy(&read)
        );
    }
    String::from_utf8(read).unwrap()
}

async fn read_to_end(mut stream: TcpStream) -> String {
    let mut read = String::new();
    stream.read_to_string(&mut read).await.unwrap();
    read
}

#[tokio::test]
async fn requests_follow_each_other_on_one_connection() {
    let server = Server::start(|_| ()).await;
    let mut stream = server.connect(ASK).await;
    for _ in 0..2 {
        let answer = read_until(&mut stream, "\"}").await;
        assert!(
            answer.starts_with("HTTP/1.1 401 Unauthorized\r\n"),
            "{answer}"
        );
        stream.write_all(ASK.as_bytes()).await.unwrap();
    }
}

#[tokio::test]
async fn an_answer_to_head_has_no_body() {
    let server = Server::start(|_| ()).await;
    let stream = server
        .connect("HEAD /api/sessions HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await;
    let answer = read_to_end(stream).await;
    assert!(
        answer.starts_with("HTTP/1.1 401")
            && answer.ends_with("\r\n\r\n")
            && answer.contains("content-length: "),
        "{answer}"
    );
}

#[tokio::test]
async fn a_connection_that_says_nothing_or_stops_half_way_is_ended() {
    let server = Server::start(|options| options.header_timeout = Duration::from_millis(30)).await;
    for silence in ["", "G", "GET /api/sessions HTTP/1.1\r\nHost: x\r\n"] {
        let answer = read_to_end(server.connect(silence).await).await;
        assert!(!answer.contains("200"), "{silence:?}: {answer}");
    }
}

#[tokio::test]
async fn more_connections_than_allowed_wait_for_their_turn() {
    let server = Server::start(|options| options.max_connections = 1).await;
    let mut first = server.connect(ASK).await;
    read_until(&mut first, "\"}").await;
    let mut second = server.connect(ASK).await;
    let early = timeout(Duration::from_millis(50), second.readable()).await;
    assert!(
        early.is_err(),
        "the second connection was served beside the first"
    );
    drop(first);
    read_until(&mut second, "\"}").await;
}

#[tokio::test]
async fn a_stop_ends_idle_connections_and_refuses_new_ones() {
    let server = Server::start(|_| ()).await;
    let mut idle = server.connect(ASK).await;
    read_until(&mut idle, "\"}").await;
    server.stop.cancel();
    server.ended.await.unwrap();
    assert_eq!(read_to_end(idle).await, "");
    assert!(TcpStream::connect(server.address).await.is_err());
}

const SLOW: &str = "POST /api/messages/send HTTP/1.1\r\nHost: x\r\nX-Api-Key: key\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";

#[tokio::test]
async fn a_stop_lets_a_request_come_to_its_end() {
    let server = Server::start(|_| ()).await;
    let mut stream = server.connect(SLOW).await;
    // The server says so once the handler reads the body.
    read_until(&mut stream, "100 Continue").await;
    server.stop.cancel();
    stream.write_all(b"{}").await.unwrap();
    assert!(read_to_end(stream).await.contains("invalid_body"));
    server.ended.await.unwrap();
}

#[tokio::test]
async fn a_request_that_does_not_end_is_cut_at_the_deadline() {
    let server =
        Server::start(|options| options.shutdown_timeout = Duration::from_millis(20)).await;
    let mut stream = server.connect(SLOW).await;
    read_until(&mut stream, "100 Continue").await;
    server.stop.cancel();
    server.ended.await.unwrap();
    assert_eq!(read_to_end(stream).await, "");
}
