//! Stand-in for the composition root, so that `main` compiles.
#![expect(
    missing_docs,
    clippy::unused_async,
    reason = "a stand-in: the real module replaces this file"
)]

use std::net::SocketAddr;

use crate::config::Config;
use crate::exit::Exit;

#[derive(Debug)]
pub struct App {
    listener: std::net::TcpListener,
}

#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}")]
pub struct StartError {
    address: SocketAddr,
    #[source]
    source: std::io::Error,
}

impl StartError {
    pub fn exit_code(&self) -> Exit {
        Exit::CannotListen
    }
}

impl App {
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let address = config.server.listen;
        let listener = std::net::TcpListener::bind(address)
            .map_err(|source| StartError { address, source })?;
        Ok(Self { listener })
    }

    pub fn local_addr(&self) -> SocketAddr {
        self.listener
            .local_addr()
            .unwrap_or_else(|_| SocketAddr::from(([0, 0, 0, 0], 0)))
    }

    pub async fn failed(&self) {
        std::future::pending::<()>().await;
    }

    pub async fn stop(self) {}
}
