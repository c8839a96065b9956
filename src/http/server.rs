//! Connections: so many at once, each with a time to say what it wants, all ended in order when the daemon stops.
//!
//! The loop is ours because warp's own has no timeouts, no cap and no bounded end. It speaks HTTP/1.1 alone: the
//! detection of HTTP/2 waits for the first bytes of a connection without a limit. It knows no path.

use crate::http::Api;
use crate::http::Context;
use crate::http::front::Front;
use crate::http::routes;
use crate::http::streams::Streams;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::rt::TokioTimer;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// The largest head of a request, in bytes; beyond it the connection answers 431 by itself.
const HEAD_BYTES: usize = 64 * 1024;

/// How long the body of a request may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// How long to leave a listener alone that cannot accept, for want of file handles for instance.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How the server treats its connections.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// The origins whose pages may read answers: `https://app.example.org`. None by default. They may change.
    pub cors_origins: watch::Receiver<Vec<String>>,
    /// How many connections at once, at least one; more wait in the listener's queue.
    pub max_connections: usize,
    /// How long a connection may be silent before the head of a request is complete, the first and every further
    /// one; so an idle connection ends after this, too.
    pub header_timeout: Duration,
    /// How long the requests that run may take to end once the daemon stops.
    pub shutdown_timeout: Duration,
}

/// A connection as the answer on it sees it: an answer without an end has to end what nobody reads.
#[derive(Clone, Default)]
pub(super) struct Wire {
    /// Cuts the connection.
    pub(super) cut: CancellationToken,
    /// The connection has ended.
    pub(super) ended: CancellationToken,
}

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) SocketAddr);

/// Serves until `stop`; returns when every connection has ended or the time for that is over.
pub async fn serve(
    listener: TcpListener,
    api: Api,
    options: ServerOptions,
    stop: CancellationToken,
) {
    let context = Context::new(api, BODY_TIMEOUT, stop.clone());
    let front = Arc::new(Front::new(routes(&context), options.cors_origins.clone()));
    let permits = Arc::new(Semaphore::new(options.max_connections));
    let mut connections = JoinSet::new();
    while let Some((stream, peer, permit)) = next(&listener, &permits, &stop).await {
        while connections.try_join_next().is_some() {}
        connections.spawn(connection(
            (stream, peer),
            permit,
            front.clone(),
            options.header_timeout,
            stop.clone(),
        ));
    }
    drop(listener);
    drain(connections, &context.streams, options.shutdown_timeout).await;
}

/// The next connection, once there is room for it; none after `stop`.
async fn next(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(TcpStream, Peer, OwnedSemaphorePermit)> {
    let next = async {
        let permit = permits.clone().acquire_owned().await.ok()?;
        let (stream, peer) = accept(listener).await;
        Some((stream, peer, permit))
    };
    stop.run_until_cancelled(next).await.flatten()
}

async fn accept(listener: &TcpListener) -> (TcpStream, Peer) {
    loop {
        match listener.accept().await {
            Ok((stream, address)) => return (stream, Peer(address)),
            // The client was gone before we came to it.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
                ) => {}
            Err(error) => {
                tracing::warn!(%error, "the listener cannot accept a connection");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// One connection to its end. The permit goes with it.
async fn connection(
    (stream, peer): (TcpStream, Peer),
    _permit: OwnedSemaphorePermit,
    front: Arc<Front>,
    header_timeout: Duration,
    stop: CancellationToken,
) {
    // Answers are small and whole; waiting to fill a packet only delays them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "the connection keeps its delay");
    }
    let wire = Wire::default();
    let _ended = wire.ended.clone().drop_guard();
    let cut = wire.cut.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        let front = front.clone();
        request.extensions_mut().insert(wire.clone());
        request.extensions_mut().insert(peer);
        async move { Ok::<_, Infallible>(front.answer(request).await) }
    });
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_buf_size(HEAD_BYTES);
    let mut served = pin!(
        builder
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades()
    );
    let ended = cut.run_until_cancelled(async {
        tokio::select! {
            ended = served.as_mut() => ended,
            () = stop.cancelled() => {
                served.as_mut().graceful_shutdown();
                served.await
            }
        }
    });
    if let Some(Err(error)) = ended.await {
        // Clients that leave early or never say anything: ordinary.
        tracing::debug!(
            error = &error as &dyn std::error::Error,
            "a connection ended early"
        );
    }
}

/// Lets the requests that run come to their end, and ends the rest.
async fn drain(mut connections: JoinSet<()>, streams: &Streams, limit: Duration) {
    let all = async {
        while connections.join_next().await.is_some() {}
        // A WebSocket is no connection of this loop any more.
        streams.ended().await;
    };
    if timeout(limit, all).await.is_err() {
        tracing::warn!(
            connections = connections.len(),
            streams = streams.count(),
            seconds = limit.as_secs(),
            "connections were cut: their requests did not end in time"
        );
        connections.shutdown().await;
    }
}

#[cfg(test)]
mod tests;
