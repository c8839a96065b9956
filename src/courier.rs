//! Posts one event to one webhook and tells what happened. The only place that names reqwest.
//!
//! It signs as [Standard Webhooks](https://www.standardwebhooks.com) says, calls public addresses alone unless the
//! configuration allows others, follows no redirect, uses no proxy, and reads no more of an answer than it keeps. It
//! knows neither when to try nor whether to try again.

mod answer;
mod failure;
mod guard;
mod resolver;
pub mod secret;
mod signature;
#[cfg(test)]
mod tests;
mod tls;
mod url;

use crate::config::WebhooksConfig;
use crate::domain::id::EventId;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Failure;
use crate::domain::webhook::FailureCode;
use crate::domain::webhook::WebhookHeaders;
use crate::domain::webhook::WebhookSecret;
use bytes::Bytes;
use reqwest::header::CONTENT_TYPE;
use reqwest::header::DATE;
use reqwest::header::HeaderMap;
use reqwest::header::HeaderName;
use reqwest::header::HeaderValue;
use reqwest::header::InvalidHeaderName;
use reqwest::header::InvalidHeaderValue;
use reqwest::header::USER_AGENT;
use reqwest::redirect;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

pub use guard::Refused;
pub use url::UrlError;

use answer::Answer;
use guard::Guard;
use resolver::Lookup;
use resolver::Resolver;
use resolver::SystemLookup;

/// What the daemon calls itself.
const SELF_NAME: &str = concat!("wamux/", env!("CARGO_PKG_VERSION"));

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// How long a connection is kept for the next event.
const IDLE_MAX: Duration = Duration::from_secs(30);

/// One attempt to deliver one event.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// Where to.
    pub url: String,
    /// The event, the same for every attempt.
    pub id: EventId,
    /// The event as JSON.
    pub body: Bytes,
    /// The key to sign with.
    pub secret: WebhookSecret,
    /// The key before, while both are good.
    pub previous_secret: Option<WebhookSecret>,
    /// What the webhook's owner adds.
    pub headers: WebhookHeaders,
    /// The time of the attempt: it is signed, and receivers refuse old ones.
    pub at: Timestamp,
    /// Where in a trace the attempt is, as the header `traceparent` says it.
    pub traceparent: Option<String>,
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The status of the answer, where there was one.
    pub status: Option<u16>,
    /// Why it failed; none when the receiver has taken the event.
    pub failure: Option<Failure>,
    /// How long it took.
    pub took: Duration,
    /// The beginning of the answer's body, where there was one.
    pub excerpt: Option<String>,
    /// How long the receiver asked to be left alone, where it did.
    pub retry_after: Option<Duration>,
}

impl Outcome {
    /// Whether the receiver has taken the event: a 2xx answer, all of it or as much as is kept. An answer that breaks
    /// off does not count, since nobody knows what its author meant.
    pub fn is_delivered(&self) -> bool {
        self.failure.is_none()
    }

    /// Whether the receiver wants no more events, ever: 410.
    pub fn is_gone(&self) -> bool {
        self.status == Some(410)
    }
}

/// The client could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum CourierError {
    /// TLS.
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The rest.
    #[error("an HTTP client failed")]
    Client(#[from] reqwest::Error),
}

/// Delivers parcels. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Courier {
    client: reqwest::Client,
    guard: Arc<Guard>,
    timeout: Duration,
    excerpt_bytes: usize,
}

/// A client for addresses that the operator names: for the commands, and for a collector of traces.
pub fn client(timeout: Duration) -> Result<reqwest::Client, CourierError> {
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(tls::config(tls::public_roots())?)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .timeout(timeout)
        .user_agent(SELF_NAME)
        .build()?)
}

/// Whether anybody answers at a URL; gives what the answer says of the time.
pub async fn probe(url: &str, timeout: Duration) -> Result<Option<String>, CourierError> {
    let answer = client(timeout)?.head(url).send().await?;
    let date = answer.headers().get(DATE);
    Ok(date.and_then(|date| Some(date.to_str().ok()?.to_owned())))
}

impl Courier {
    /// A courier within the limits of `config`.
    pub fn new(config: &WebhooksConfig) -> Result<Self, CourierError> {
        Self::assemble(config, Arc::new(SystemLookup), tls::public_roots())
    }

    fn assemble(
        config: &WebhooksConfig,
        lookup: Arc<dyn Lookup>,
        roots: rustls::RootCertStore,
    ) -> Result<Self, CourierError> {
        let guard = Arc::new(Guard::allowing(config.allow_addresses.clone()));
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::config(roots)?)
            .dns_resolver(Resolver::new(lookup, Arc::clone(&guard)))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(config.parallel_per_webhook)
            .pool_idle_timeout(IDLE_MAX)
            .build()?;
        Ok(Self {
            client,
            guard,
            timeout: config.timeout(),
            excerpt_bytes: config.excerpt_bytes,
        })
    }

    /// Whether a URL can be a webhook's. A name is not looked up here: what it leads to is checked at each connection.
    pub fn check_url(&self, url: &str) -> Result<(), UrlError> {
        url::parse(url, &self.guard).map(drop)
    }

    /// Makes one attempt. It ends within the time limit, whatever the receiver does.
    pub async fn post(&self, parcel: &Parcel) -> Outcome {
        let began = Instant::now();
        let mut answer = Answer::default();
        let exchange = self.exchange(parcel, &mut answer);
        let end = match tokio::time::timeout(self.timeout, exchange).await {
            Ok(end) => end,
            Err(_) => Err(failure::timeout(self.timeout)),
        };
        Outcome {
            status: answer.status,
            // What the receiver said counts more than how it said it.
            failure: answer.refusal().or(end.err()),
            took: began.elapsed(),
            excerpt: answer.excerpt(),
            retry_after: answer.retry_after,
        }
    }

    async fn exchange(&self, parcel: &Parcel, answer: &mut Answer) -> Result<(), Failure> {
        let url = url::parse(&parcel.url, &self.guard).map_err(|error| match error {
            UrlError::Address(refused) => failure::refused(&refused),
            other => Failure::new(FailureCode::BadRequest, other.to_string()),
        })?;
        let headers = headers(parcel)
            .map_err(|error| Failure::new(FailureCode::BadRequest, error.to_string()))?;
        let request = self.client.post(url).headers(headers);
        let sent = request.body(parcel.body.clone()).send().await;
        let mut response = sent.map_err(|error| failure::of(&error))?;
        answer.note_head(&response, parcel.at);
        answer.read_body(&mut response, self.excerpt_bytes).await
    }
}

#[derive(Debug, thiserror::Error)]
enum BadHeader {
    #[error("a header cannot be sent: {0}")]
    Name(#[from] InvalidHeaderName),
    #[error("a header cannot be sent: {0}")]
    Value(#[from] InvalidHeaderValue),
}

/// The owner's headers first, so that ours take their place should they ever meet.
fn headers(parcel: &Parcel) -> Result<HeaderMap, BadHeader> {
    let mut headers = HeaderMap::new();
    for (name, value) in parcel.headers.iter() {
        let mut value = HeaderValue::from_str(value)?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_bytes(name.as_bytes())?, value);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static(SELF_NAME));
    if let Some(traceparent) = &parcel.traceparent {
        headers.insert(TRACEPARENT, HeaderValue::from_str(traceparent)?);
    }
    for (name, value) in signature::headers(parcel) {
        headers.insert(HeaderName::from_static(name), HeaderValue::try_from(value)?);
    }
    Ok(headers)
}
