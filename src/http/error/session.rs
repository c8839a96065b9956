//! How a session's error becomes an answer. It decides statuses and members, and shows no source of a fault.

use crate::actors::error::SessionError;
use crate::domain::message::Message;
use crate::domain::session::Cause;
use crate::domain::session::SessionState;
use crate::http::error::ApiError;
use crate::http::error::Code;
use crate::http::error::MESSAGE_ID;
use std::time::Duration;

/// When to look again at a session that is on its way up.
const RETRY_SOON: Duration = Duration::from_secs(2);

/// When to ask WhatsApp again that has asked for patience and not said how much.
const RETRY_THROTTLED: Duration = Duration::from_mins(5);

impl From<SessionError> for ApiError {
    fn from(error: SessionError) -> Self {
        let what = error.to_string();
        match error {
            SessionError::NotFound(id) => Self::no_session(id.as_str()),
            SessionError::AlreadyExists(_) => {
                Self::new(Code::SessionExists, what).with("field", "sessionId")
            }
            SessionError::TooManySessions { limit } => {
                Self::new(Code::TooManySessions, what).with("limit", limit)
            }
            SessionError::NotReady { state, cause } => not_ready(what, state, cause),
            SessionError::NothingToScan { state } => nothing_to_scan(what, state),
            SessionError::NoPasskeyPending => Self::new(Code::NoPasskeyPending, what),
            SessionError::NoConfirmationPending => Self::new(Code::NoConfirmationPending, what),
            SessionError::NothingToCancel { state } => {
                Self::new(Code::NothingToCancel, what).with("state", state)
            }
            SessionError::Throttled { retry_after, .. } => Self::new(Code::RateLimited, what)
                .retry_after(retry_after.unwrap_or(RETRY_THROTTLED)),
            SessionError::QueueFull { limit, retry_after } => Self::new(Code::QueueFull, what)
                .with("limit", limit)
                .retry_after(retry_after),
            SessionError::NoMessage(_) => Self::new(Code::MessageNotFound, what),
            SessionError::NotCancellable(_) => Self::new(Code::MessageNotWaiting, what),
            SessionError::NotWritten => {
                Self::new(Code::StorageFailed, what).retry_after(RETRY_SOON)
            }
            SessionError::UnsupportedRecipient(_) => {
                Self::new(Code::UnsupportedRecipient, what).with("field", "to")
            }
            SessionError::Refused { retryable, .. } => refused(what, retryable),
            SessionError::MessageFailed(message) => failed_message(what, &message),
            SessionError::Timeout(limit) => {
                Self::new(Code::Timeout, what).with("seconds", limit.as_secs())
            }
            SessionError::Unavailable => Self::new(Code::Unavailable, what).retry_after(RETRY_SOON),
            SessionError::Store(source) => {
                tracing::error!(
                    error = &source as &dyn std::error::Error,
                    "the store failed"
                );
                Self::new(Code::StorageFailed, what).retry_after(RETRY_SOON)
            }
        }
    }
}

/// The message was written down, so the answer names it.
fn failed_message(what: String, message: &Message) -> ApiError {
    let Some(failure) = &message.failure else {
        return refused(what, false).with(MESSAGE_ID, &message.id);
    };
    let what = format!("{what}: {}", failure.detail);
    let error = match failure.code.as_str() {
        "not_on_whatsapp" => ApiError::new(Code::NotOnWhatsApp, what).with("field", "to"),
        "expired" => ApiError::new(Code::MessageExpired, what),
        "cancelled" => ApiError::new(Code::MessageCancelled, what),
        _ => refused(what, failure.retryable),
    };
    error
        .with(MESSAGE_ID, &message.id)
        .with("cause", &failure.code)
}

fn refused(what: String, retryable: bool) -> ApiError {
    ApiError::new(
        if retryable {
            Code::RefusedForNow
        } else {
            Code::RefusedByWhatsApp
        },
        what,
    )
}

fn not_ready(what: String, state: SessionState, cause: Option<Cause>) -> ApiError {
    let error = ApiError::new(Code::SessionNotReady, what)
        .with("state", state)
        .with("cause", cause);
    if matches!(state, SessionState::Starting | SessionState::Reconnecting) {
        error.retry_after(RETRY_SOON)
    } else {
        error
    }
}

fn nothing_to_scan(what: String, state: SessionState) -> ApiError {
    let error = ApiError::new(Code::NothingToScan, what).with("state", state);
    if matches!(state, SessionState::Starting | SessionState::Linking) {
        error.retry_after(RETRY_SOON)
    } else {
        error
    }
}
