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
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The body of `POST /api/webhooks`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct CreateBody {
    pub(super) url: String,
    pub(super) client_id: Option<ClientId>,
    pub(super) session_id: Option<SessionId>,
    #[serde(default, deserialize_with = "patterns")]
    pub(super) events: Option<EventFilter>,
    pub(super) headers: Option<BTreeMap<String, String>>,
    pub(super) secret: Option<String>,
    pub(super) enabled: Option<bool>,
}

/// The body of `PATCH /api/webhooks/{id}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeBody {
    pub(super) url: Option<String>,
    #[serde(default, deserialize_with = "patterns")]
    pub(super) events: Option<EventFilter>,
    pub(super) headers: Option<BTreeMap<String, String>>,
    pub(super) enabled: Option<bool>,
}

/// The body of `POST /api/webhooks/{id}/rotate-secret`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RotateBody {
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
#[derive(Serialize)]
pub(super) struct TestAnswer {
    status: Option<u16>,
    ms: u64,
    failure: Option<Failure>,
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
#[derive(Serialize)]
pub(super) struct DeliveryAnswer {
    #[serde(flatten)]
    delivery: Delivery,
    history: Vec<Attempt>,
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
#[derive(Serialize)]
pub(super) struct Redelivered {
    pub(super) redelivered: u64,
}
