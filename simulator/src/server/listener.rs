//! The one port: plain HTTP and TLS, told apart by the first byte, in front of the routes.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::http;
use super::http::Door;

/// First byte of a TLS client hello.
const TLS_HANDSHAKE: u8 = 0x16;
/// Sockets open at one time.
const CONNECTION_LIMIT: usize = 4_096;
/// Time for a client's first bytes, its TLS handshake and each request's headers.
const PATIENCE: Duration = Duration::from_secs(30);
/// Pause after a failed accept, which is usually a lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Accepts until told to stop. Sockets that are open then are closed with their tasks.
pub async fn run(listener: TcpListener, tls: TlsAcceptor, door: Door, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(CONNECTION_LIMIT));
    loop {
        let place = tokio::select! {
            () = stop.cancelled() => return,
            place = Arc::clone(&places).acquire_owned() => place,
        };
        let Ok(place) = place else {
            return;
        };
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let task = serve(stream, peer, tls.clone(), door.clone());
                let stop = stop.clone();
                tokio::spawn(async move {
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = task => {}
                    }
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, peer: SocketAddr, tls: TlsAcceptor, door: Door) {
    let outcome = match first_byte(&stream).await {
        Ok(TLS_HANDSHAKE) => match timeout(PATIENCE, tls.accept(stream)).await {
            Ok(Ok(stream)) => http(stream, door).await,
            Ok(Err(error)) => Err(error.into()),
            Err(elapsed) => Err(elapsed.into()),
        },
        Ok(_) => http(stream, door).await,
        Err(error) => Err(error.into()),
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, %peer, "connection failed");
    }
}

async fn first_byte(stream: &TcpStream) -> io::Result<u8> {
    stream.set_nodelay(true)?;
    let mut byte = [0];
    match timeout(PATIENCE, stream.peek(&mut byte)).await? {
        Ok(1) => Ok(byte[0]),
        Ok(_) => Err(io::ErrorKind::UnexpectedEof.into()),
        Err(error) => Err(error),
    }
}

async fn http<S>(stream: S, door: Door) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = TowerToHyperService::new(warp::service(http::routes(door)));
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await?;
    Ok(())
}
