//! What can go wrong at WhatsApp's side, in the product's words.

use std::time::Duration;

/// A call to WhatsApp that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum WhatsAppError {
    /// There is no connection.
    #[error("not connected to WhatsApp")]
    NotConnected,
    /// No answer within the time that is allowed for it.
    #[error("WhatsApp did not answer within {} s", .0.as_secs())]
    Timeout(Duration),
    /// WhatsApp or the library said no.
    #[error("{detail}")]
    Refused {
        /// What it said.
        detail: String,
        /// Whether trying again can help.
        retryable: bool,
    },
    /// WhatsApp limits how often this can be asked.
    #[error("{detail}")]
    Throttled {
        /// What it said.
        detail: String,
        /// When to ask again, where it said so.
        retry_after: Option<Duration>,
    },
    /// The session's file cannot be opened or read.
    #[error("the session's file cannot be used: {0}")]
    Storage(String),
    /// That kind of chat cannot be written to.
    #[error("texts cannot be sent to this kind of chat")]
    UnsupportedChat,
}

impl WhatsAppError {
    /// A refusal with everything that the chain of causes says.
    pub(crate) fn refused(error: &(dyn std::error::Error + 'static), retryable: bool) -> Self {
        Self::Refused {
            detail: chain(error),
            retryable,
        }
    }
}

/// An error and its causes in one line.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let more = cause.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = cause.source();
    }
    text
}
