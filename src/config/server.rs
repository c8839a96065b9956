//! `[server]`: where the daemon listens and what it accepts there.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use http::Uri;
use serde::{Deserialize, Deserializer};

use super::fault::Faults;

/// The keys of `[server]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Address and port to listen on; port 0 lets the system choose.
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    /// Where people reach the daemon, as in `https://wamux.example.com`: the beginning of pairing links.
    pub public_url: Option<String>,
    /// Origins whose pages may call the API from a browser.
    pub cors_origins: Vec<String>,
    /// The largest request body, in bytes.
    pub body_limit_bytes: u64,
    /// Connections served at once; more wait to be accepted.
    pub max_connections: usize,
    /// How long a client may take to send the head of a request, in seconds.
    pub header_timeout_secs: u64,
    /// How long an orderly stop may take, in seconds.
    pub shutdown_timeout_secs: u64,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 3000)),
            public_url: None,
            cors_origins: Vec::new(),
            body_limit_bytes: 262_144,
            max_connections: 1024,
            header_timeout_secs: 10,
            shutdown_timeout_secs: 30,
        }
    }
}

impl ServerConfig {
    /// How long a client may take to send the head of a request.
    pub fn header_timeout(&self) -> Duration {
        Duration::from_secs(self.header_timeout_secs)
    }

    /// How long an orderly stop may take.
    pub fn shutdown_timeout(&self) -> Duration {
        Duration::from_secs(self.shutdown_timeout_secs)
    }

    pub(super) fn validate(&self, faults: &mut Faults) {
        if let Some(url) = self.public_url.as_deref().filter(|url| !is_origin(url)) {
            let cure = "write scheme, host and port only, as in https://wamux.example.com";
            faults.add(
                "server.public_url",
                format!("`{url}` cannot begin a link; {cure}"),
            );
        }
        for origin in self.cors_origins.iter().filter(|origin| !is_origin(origin)) {
            let cure = "write scheme, host and port only, as in https://app.example.com; `*` is not accepted";
            faults.add(
                "server.cors_origins",
                format!("`{origin}` is not an origin; {cure}"),
            );
        }
        faults.add_unless_within(
            "server.body_limit_bytes",
            self.body_limit_bytes,
            &(1024..=1_073_741_824),
            "bytes",
        );
        faults.add_unless_within(
            "server.max_connections",
            self.max_connections as u64,
            &(1..=1_000_000),
            "connections",
        );
        faults.add_unless_within(
            "server.header_timeout_secs",
            self.header_timeout_secs,
            &(1..=600),
            "seconds",
        );
        faults.add_unless_within(
            "server.shutdown_timeout_secs",
            self.shutdown_timeout_secs,
            &(1..=600),
            "seconds",
        );
    }
}

/// An origin as browsers send it: `https://host` or `https://host:port`, and no slash at the end.
fn is_origin(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else {
        return false;
    };
    let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
    is_web
        && uri
            .authority()
            .is_some_and(|host| text.ends_with(host.as_str()) && !host.as_str().contains('@'))
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    let cure = "write an address and a port, as in 127.0.0.1:3000 or [::1]:3000";
    text.parse().map_err(|_| {
        serde::de::Error::custom(format!("`{text}` is not an address to listen on; {cure}"))
    })
}
