//! The bodies of requests about webhooks, and those of answers that are not a webhook.

use crate::actors::webhooks::DeliveryView;
use crate::domain::id::ClientId;
use crate::domain::id::SessionId;
use crate::domain::webhook::Attempt;
use crate::domain::webhook::Delivery;
use crate::domain::webhook::EventFilter;
use crate::domain::webhook::Failure;
use crate::domain::webhook::WebhookHeaders;
use crate::http::error::ApiError;
use crate::http::json;
use crate::http::openapi::GivenHeaders;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The body of `POST /api/webhooks`.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewWebhook)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(in crate::http) struct CreateBody {
    /// Where to; `http:` or `https:`.
    #[schema(format = "uri", pattern = "^https?://[!-~]+$")]
    pub(super) url: String,
    /// Only this client's events.
    pub(super) client_id: Option<ClientId>,
    /// Only this session's events; not beside `clientId`.
    pub(super) session_id: Option<SessionId>,
    /// Which events; all of them if left out.
    #[serde(default, deserialize_with = "patterns")]
    #[schema(value_type = Option<EventFilter>)]
    pub(super) events: Option<EventFilter>,
    /// What goes along with each request.
    #[schema(value_type = Option<GivenHeaders>)]
    pub(super) headers: Option<BTreeMap<String, String>>,
    /// `whsec_` and base64 of 24 to 64 bytes; one is made if left out.
    #[schema(pattern = "^whsec_[A-Za-z0-9+/]{32,86}={0,2}$")]
    pub(super) secret: Option<String>,
    /// Whether events are sent; true if left out.
    pub(super) enabled: Option<bool>,
}

/// The body of `PATCH /api/webhooks/{id}`.
#[derive(Deserialize, ToSchema)]
#[schema(as = WebhookChange)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct ChangeBody {
    /// Where to.
    #[schema(format = "uri", pattern = "^https?://[!-~]+$")]
    pub(super) url: Option<String>,
    /// Which events.
    #[serde(default, deserialize_with = "patterns")]
    #[schema(value_type = Option<EventFilter>)]
    pub(super) events: Option<EventFilter>,
    /// All headers, in place of those before.
    #[schema(value_type = Option<GivenHeaders>)]
    pub(super) headers: Option<BTreeMap<String, String>>,
    /// Whether events are sent.
    pub(super) enabled: Option<bool>,
}

/// The body of `POST /api/webhooks/{id}/rotate-secret`.
#[derive(Deserialize, ToSchema)]
#[schema(as = SecretRotation)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(in crate::http) struct RotateBody {
    /// How long the secret before signs as well, in hours; 24 if left out.
    #[schema(maximum = 720)]
    #[serde(default, deserialize_with = "json::whole")]
    pub(super) grace_hours: Option<u64>,
}

fn patterns<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<EventFilter>, D::Error> {
    let patterns = Option::<Vec<String>>::deserialize(deserializer)?;
    let filter = patterns.map(|patterns| EventFilter::parse(&patterns));
    filter.transpose().map_err(serde::de::Error::custom)
}

/// Headers out of a body. The error names a header and never shows its value.
pub(super) fn headers(given: &BTreeMap<String, String>) -> Result<WebhookHeaders, ApiError> {
    let pairs = given
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    WebhookHeaders::parse(pairs).map_err(|error| ApiError::field("headers", error.to_string()))
}

/// The answer of `POST /api/webhooks/{id}/test`.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookTest)]
pub(in crate::http) struct TestAnswer {
    /// The status of the answer, where there was one.
    status: Option<u16>,
    /// How long it took, in milliseconds.
    ms: u64,
    /// Why it failed, where it did.
    failure: Option<Failure>,
    /// The beginning of the answer's body.
    excerpt: Option<String>,
}

impl From<Attempt> for TestAnswer {
    fn from(attempt: Attempt) -> Self {
        Self {
            status: attempt.status,
            ms: attempt.ms,
            failure: attempt.failure,
            excerpt: attempt.excerpt,
        }
    }
}

/// A delivery with every attempt, and the event that it is about.
#[derive(Serialize, ToSchema)]
#[schema(as = DeliveryWithHistory)]
pub(in crate::http) struct DeliveryAnswer {
    #[serde(flatten)]
    delivery: Delivery,
    /// Every attempt, oldest first.
    history: Vec<Attempt>,
    /// The event; null when it is not kept any more.
    #[schema(value_type = Option<Object>)]
    event: Option<Value>,
}

impl From<DeliveryView> for DeliveryAnswer {
    fn from(view: DeliveryView) -> Self {
        Self {
            delivery: view.delivery,
            history: view.attempts,
            event: view.body.and_then(|body| serde_json::from_str(&body).ok()),
        }
    }
}

/// The answer of `POST /api/webhooks/{id}/redeliver`.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Redelivered {
    /// How many are delivered again.
    pub(super) redelivered: u64,
}
