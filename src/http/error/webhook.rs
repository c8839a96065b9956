//! How a webhook's error becomes an answer. It shows no URL and no secret.

use crate::actors::webhooks::error::WebhookError;
use crate::http::error::ApiError;
use crate::http::error::Code;
use std::time::Duration;

/// When to try again after a write that failed.
const RETRY_SOON: Duration = Duration::from_secs(2);

impl From<WebhookError> for ApiError {
    fn from(error: WebhookError) -> Self {
        let what = error.to_string();
        match error {
            WebhookError::NotFound(_) => Self::new(Code::WebhookNotFound, what),
            WebhookError::NoDelivery(_) => Self::new(Code::DeliveryNotFound, what),
            WebhookError::TooMany { limit } => {
                Self::new(Code::TooManyWebhooks, what).with("limit", limit)
            }
            WebhookError::UrlRefused(_) => {
                Self::new(Code::WebhookUrlRefused, what).with("field", "url")
            }
            WebhookError::BadSecret(_) => Self::field("secret", what),
            WebhookError::Store(source) => {
                tracing::error!(
                    error = &source as &dyn std::error::Error,
                    "the store failed"
                );
                Self::new(Code::StorageFailed, what).retry_after(RETRY_SOON)
            }
        }
    }
}
