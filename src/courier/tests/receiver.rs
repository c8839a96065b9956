//! A receiver of webhooks that is as small as can be, so that it can break every rule.

use reqwest::header::HeaderMap;
use reqwest::header::HeaderName;
use std::net::SocketAddr;
use tokio::io::AsyncBufReadExt;
use tokio::io::AsyncRead;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::io::BufReader;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What came in.
pub(super) struct Received {
    pub(super) request_line: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// Takes one request, answers with these bytes, whatever they are, and hangs up.
pub(super) async fn answer_once(answer: impl Into<Vec<u8>>) -> (SocketAddr, JoinHandle<Received>) {
    let answer = answer.into();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let received = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let received = take(&mut stream).await;
        // Who has seen enough may have hung up already.
        drop(stream.write_all(&answer).await);
        drop(stream.shutdown().await);
        received
    });
    (address, received)
}

/// Reads one request.
pub(super) async fn take(stream: impl AsyncRead + Unpin) -> Received {
    let mut stream = BufReader::new(stream);
    let request_line = line(&mut stream).await;
    let mut headers = HeaderMap::new();
    loop {
        let line = line(&mut stream).await;
        let Some((name, value)) = line.split_once(": ") else {
            break;
        };
        headers.insert(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    let length = headers
        .get("content-length")
        .map_or(0, |value| value.to_str().unwrap().parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    Received {
        request_line,
        headers,
        body,
    }
}

async fn line(stream: &mut (impl AsyncBufReadExt + Unpin)) -> String {
    let mut line = Vec::new();
    stream.read_until(b'\n', &mut line).await.unwrap();
    String::from_utf8_lossy(&line).trim_end().to_owned()
}
