//! The chat server that sessions connect to: WhatsApp's own, or a simulator on this machine.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use http::Uri;
use serde::{Deserialize, Deserializer};

use super::build::Build;

const PRODUCTION: &str = "production";

/// Where sessions connect to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Endpoint {
    /// WhatsApp.
    #[default]
    Production,
    /// A simulator on loopback.
    Sandbox(SandboxUrl),
}

/// A `ws://` URL whose host is a loopback address, written as an address: a name could lead elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxUrl(String);

impl SandboxUrl {
    /// The URL, as it is to be dialled.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The endpoint is neither `production` nor a loopback URL, or is not for this build.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// It is not written as an endpoint.
    #[error(
        "`{0}` is not an endpoint; write \"production\" or a URL such as ws://127.0.0.1:4000/ws/chat"
    )]
    NotAnEndpoint(String),
    /// It is a URL that may lead off this machine.
    #[error(
        "`{0}` is not on loopback; only a ws:// URL with a host such as 127.0.0.1 or [::1] is allowed"
    )]
    NotLoopback(String),
    /// A production build would not believe a simulator's certificate.
    #[error(
        "`{0}` needs a sandbox build; this is a production build, which connects to \"production\" only"
    )]
    NeedsSandboxBuild(String),
    /// A sandbox build does not verify whom it talks to.
    #[error(
        "\"production\" needs a production build; this is a sandbox build, which does not verify WhatsApp's \
         certificate and connects to a ws:// URL on loopback only"
    )]
    NeedsProductionBuild,
}

impl Endpoint {
    /// The simulator at a URL on loopback.
    pub fn sandbox(url: &str) -> Result<Self, EndpointError> {
        url.parse().map(Self::Sandbox)
    }

    /// Whether a build of this kind may connect there.
    pub fn check(&self, build: Build) -> Result<(), EndpointError> {
        match (self, build) {
            (Self::Production, Build::Production) | (Self::Sandbox(_), Build::Sandbox) => Ok(()),
            (Self::Sandbox(url), Build::Production) => {
                Err(EndpointError::NeedsSandboxBuild(url.0.clone()))
            }
            (Self::Production, Build::Sandbox) => Err(EndpointError::NeedsProductionBuild),
        }
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == PRODUCTION {
            Ok(Self::Production)
        } else {
            text.parse().map(Self::Sandbox)
        }
    }
}

impl FromStr for SandboxUrl {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let not_an_endpoint = || EndpointError::NotAnEndpoint(text.into());
        let uri: Uri = text.parse().map_err(|_| not_an_endpoint())?;
        let authority = uri.authority().ok_or_else(not_an_endpoint)?;
        let has_user = authority.as_str().contains('@');
        if uri.scheme_str() == Some("ws") && !has_user && is_loopback(authority.host()) {
            Ok(Self(text.into()))
        } else if uri.scheme_str().is_some() {
            Err(EndpointError::NotLoopback(text.into()))
        } else {
            Err(not_an_endpoint())
        }
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    address
        .parse::<IpAddr>()
        .is_ok_and(|address| address.is_loopback())
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Production => f.write_str(PRODUCTION),
            Self::Sandbox(url) => f.write_str(&url.0),
        }
    }
}

impl<'de> Deserialize<'de> for Endpoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_urls_are_endpoints() {
        for url in [
            "ws://127.0.0.1:4000/ws/chat",
            "ws://127.8.9.1/ws/chat",
            "ws://[::1]:4000/ws/chat",
        ] {
            assert_eq!(url.parse::<Endpoint>().unwrap().to_string(), url);
        }
    }

    #[test]
    fn everything_that_could_leave_the_machine_is_refused() {
        for url in [
            "ws://192.168.1.2:4000/ws/chat",
            "ws://0.0.0.0:4000/ws/chat",
            "wss://127.0.0.1:4000/ws/chat",
            "http://127.0.0.1:4000/ws/chat",
            "ws://localhost:4000/ws/chat",
            "ws://127.0.0.1.example.com/ws/chat",
            "ws://127.0.0.1@example.com/ws/chat",
            "wss://web.whatsapp.com/ws/chat",
        ] {
            assert_eq!(
                url.parse::<Endpoint>(),
                Err(EndpointError::NotLoopback(url.into())),
                "{url}"
            );
        }
        for text in ["", "Production", "127.0.0.1:4000", "/ws/chat", "ws://"] {
            assert_eq!(
                text.parse::<Endpoint>(),
                Err(EndpointError::NotAnEndpoint(text.into())),
                "{text}"
            );
        }
    }

    #[test]
    fn each_build_connects_to_its_own_kind_of_server() {
        let simulator: Endpoint = "ws://127.0.0.1:4000/ws/chat".parse().unwrap();
        assert_eq!(Endpoint::Production.check(Build::Production), Ok(()));
        assert_eq!(simulator.check(Build::Sandbox), Ok(()));
        assert_eq!(
            Endpoint::Production.check(Build::Sandbox),
            Err(EndpointError::NeedsProductionBuild)
        );
        assert!(matches!(
            simulator.check(Build::Production),
            Err(EndpointError::NeedsSandboxBuild(_))
        ));
    }
}
