//! A daemon without a session or a WhatsApp, and a client that asks it without a connection.

use crate::actors::nobody;
use crate::clock::Clock;
use crate::http::Api;
use crate::http::BuildInfo;
use crate::http::Context;
use crate::http::Keys;
use crate::http::Limits;
use crate::http::LinkLimits;
use crate::http::Metrics;
use crate::http::StreamLimits;
use crate::http::front::Front;
use crate::http::routes;
use crate::meter::Meter;
use bytes::Bytes;
use http_body_util::BodyExt;
use http_body_util::Full;
use hyper::body::Body;
use serde_json::Value;
use std::convert::Infallible;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use warp::http::HeaderMap;
use warp::http::Request;
use warp::http::request::Builder;
use warp::reply::Response;

/// The key of the daemon.
pub(in crate::http) const KEY: &str = "key";
/// The largest body that it takes.
pub(in crate::http) const BODY_LIMIT: usize = 1000;

/// How many webhooks it holds.
pub(in crate::http) const WEBHOOKS: usize = 2;

/// An API without a session, and the folder that it lives in.
pub(in crate::http) async fn api() -> (Api, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let (sessions, webhooks) = nobody::sessions_and_webhooks(dir.path(), WEBHOOKS).await;
    let info = BuildInfo {
        version: "1.2.3",
        build: "production",
        started: Instant::now(),
    };
    let limits = Limits {
        body_bytes: BODY_LIMIT as u64,
        text_bytes: 100,
        qr_wait: Duration::from_mins(1),
        pairing_link_max: Duration::from_hours(24),
        links: LinkLimits {
            waits: 2,
            waits_total: 4,
            codes: 2,
            rounds: 2,
        },
        send_wait: Duration::from_secs(1),
        send_wait_max: Duration::from_mins(1),
        page_max: 200,
        streams: StreamLimits {
            open: 2,
            heartbeat: Duration::from_mins(1),
            slow_reader: Duration::from_secs(1),
            ticket: Duration::from_secs(30),
            tickets: 2,
        },
    };
    (
        Api {
            sessions,
            webhooks,
            simulator: None,
            keys: Keys::admin(KEY),
            metrics: Metrics {
                meter: Some(Meter::lonely()),
                open_to_loopback: true,
            },
            info,
            limits,
            public_url: None,
            branding: watch::channel(std::sync::Arc::default()).1,
            clock: Clock::system(),
        },
        dir,
    )
}

pub(in crate::http) struct Client {
    front: Front,
    dir: TempDir,
}

impl Client {
    pub(in crate::http) async fn start() -> Self {
        Self::with_body_timeout(Duration::from_secs(30)).await
    }

    pub(in crate::http) async fn with_body_timeout(body_timeout: Duration) -> Self {
        let (api, dir) = api().await;
        let context = Context::new(api, body_timeout, CancellationToken::new());
        let front = Front::new(
            routes(&context),
            watch::channel(vec!["https://app.example.org".to_owned()]).1,
        );
        Self { front, dir }
    }

    /// Where it keeps what it remembers.
    pub(in crate::http) fn dir(&self) -> &std::path::Path {
        self.dir.path()
    }

    pub(in crate::http) async fn ask(&self, builder: Builder, body: &str) -> Answered {
        self.stream(builder, Full::new(Bytes::from(body.to_owned())))
            .await
    }

    pub(in crate::http) async fn stream(
        &self,
        builder: Builder,
        body: impl Body<Data = Bytes, Error = Infallible> + Send + Sync + 'static,
    ) -> Answered {
        read(self.front.answer(builder.body(body).unwrap()).await).await
    }

    pub(in crate::http) async fn keyed(&self, method: &str, path: &str) -> Answered {
        self.ask(request(method, path).header("x-api-key", KEY), "")
            .await
    }

    /// Of an answer whose body may have no end.
    pub(in crate::http) async fn status(&self, method: &str, path: &str) -> u16 {
        let request = request(method, path).header("x-api-key", KEY);
        let request = request.body(Full::new(Bytes::new())).unwrap();
        self.front.answer(request).await.status().as_u16()
    }

    pub(in crate::http) async fn post(&self, path: &str, body: &str) -> Answered {
        self.ask(
            request("POST", path)
                .header("authorization", "Bearer key")
                .header("content-type", "application/json"),
            body,
        )
        .await
    }
}

pub(in crate::http) struct Answered {
    pub(in crate::http) status: u16,
    pub(in crate::http) headers: HeaderMap,
    /// As JSON; null when it is none.
    pub(in crate::http) body: Value,
    pub(in crate::http) bytes: Bytes,
}

impl Answered {
    pub(in crate::http) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(in crate::http) fn code(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap_or_default())
    }
}

pub(in crate::http) async fn read(response: Response) -> Answered {
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let is_json = parts
        .headers
        .get("content-type")
        .is_some_and(|kind| kind.to_str().unwrap().ends_with("json"));
    let is_plain = !parts.headers.contains_key("content-encoding");
    let body = if is_json && is_plain && !bytes.is_empty() {
        serde_json::from_slice(&bytes).unwrap()
    } else {
        Value::Null
    };
    Answered {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body,
        bytes,
    }
}

pub(in crate::http) fn request(method: &str, path: &str) -> Builder {
    Request::builder().method(method).uri(path)
}
