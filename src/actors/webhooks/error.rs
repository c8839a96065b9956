//! What can go wrong between a request and a webhook, in the product's words.

use crate::domain::id::EventId;
use crate::store::StoreError;

/// The outcome of a request that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// There is no such webhook.
    #[error("there is no webhook {0}")]
    NotFound(String),
    /// This event is not one that the webhook is told of, or it is too old to be known.
    #[error("there is no delivery of {0} to this webhook")]
    NoDelivery(EventId),
    /// The daemon holds as many webhooks as its configuration allows.
    #[error("this daemon holds its maximum of {limit} webhooks (webhooks.max_webhooks)")]
    TooMany {
        /// The configured maximum.
        limit: usize,
    },
    /// The URL must not be called. The sentence says why and does not show it.
    #[error("{0}")]
    UrlRefused(String),
    /// The secret is none. The sentence does not show it.
    #[error("{0}")]
    BadSecret(String),
    /// Our own database failed.
    #[error("the daemon's own storage failed")]
    Store(#[from] StoreError),
}
