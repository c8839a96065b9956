//! What can go wrong between a request and a session, in the product's words.

use crate::domain::chat::ChatId;
use crate::domain::id::MessageId;
use crate::domain::id::SessionId;
use crate::domain::message::Message;
use crate::domain::message::MessageState;
use crate::domain::session::Cause;
use crate::domain::session::SessionState;
use crate::domain::session::SessionView;
use crate::store::StoreError;
use crate::whatsapp::error::WhatsAppError;
use std::time::Duration;

/// The outcome of a request that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// There is no such session.
    #[error("there is no session {0}")]
    NotFound(SessionId),
    /// The id that the caller chose is taken.
    #[error("a session {0} exists already")]
    AlreadyExists(SessionId),
    /// The daemon holds as many sessions as its configuration allows.
    #[error("this daemon holds its maximum of {limit} sessions (limits.sessions)")]
    TooManySessions {
        /// The configured maximum.
        limit: usize,
    },
    /// The session is in a state in which this cannot be done.
    #[error("the session is {}", state.as_str())]
    NotReady {
        /// The state that it is in.
        state: SessionState,
        /// Why, where known.
        cause: Option<Cause>,
    },
    /// There is no code to scan, because a phone is linked or the session is down.
    #[error("there is no code to scan: the session is {}", state.as_str())]
    NothingToScan {
        /// The state that it is in.
        state: SessionState,
    },
    /// WhatsApp asks for no passkey now.
    #[error("WhatsApp asks for no passkey now")]
    NoPasskeyPending,
    /// There is no code to compare now.
    #[error("there is no code to compare now")]
    NoConfirmationPending,
    /// No phone is being linked.
    #[error("no phone is being linked: the session is {}", state.as_str())]
    NothingToCancel {
        /// The state that it is in.
        state: SessionState,
    },
    /// WhatsApp limits how often this can be asked.
    #[error("WhatsApp limits how often this can be asked: {detail}")]
    Throttled {
        /// What it said.
        detail: String,
        /// When to ask again, where it said so.
        retry_after: Option<Duration>,
    },
    /// As many messages wait as the session's queue holds.
    #[error("{limit} messages are waiting already (limits.outbox_per_session)")]
    QueueFull {
        /// The configured maximum.
        limit: usize,
        /// When it is worth trying again.
        retry_after: Duration,
    },
    /// There is no such message.
    #[error("there is no message {0}")]
    NoMessage(MessageId),
    /// It has been handed to WhatsApp, or its outcome is known.
    #[error("the message {0} is not waiting any more")]
    NotCancellable(MessageId),
    /// The database did not take it, so it was not accepted.
    #[error("it could not be written down")]
    NotWritten,
    /// This version cannot write to that kind of chat.
    #[error("{0} is not a chat that texts can be sent to")]
    UnsupportedRecipient(ChatId),
    /// WhatsApp said no, and why.
    #[error("WhatsApp refused it: {detail}")]
    Refused {
        /// WhatsApp's own code or text.
        detail: String,
        /// Whether trying again can help.
        retryable: bool,
    },
    /// The message was written down, and it will not arrive.
    #[error("the message failed")]
    MessageFailed(Box<Message>),
    /// No answer within the time that is allowed for it.
    #[error("no answer within {} s", .0.as_secs())]
    Timeout(Duration),
    /// The session's actor ended while it worked on this, or the daemon is stopping.
    #[error("the session was restarted or the daemon is stopping")]
    Unavailable,
    /// Our own database failed.
    #[error("the daemon's own storage failed")]
    Store(#[from] StoreError),
}

/// An error and its causes in one line.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

impl SessionError {
    /// The session cannot do it in the state that it is in.
    pub(super) fn not_ready(view: &SessionView) -> Self {
        Self::NotReady {
            state: view.record.state,
            cause: view.record.cause.clone(),
        }
    }

    /// What a failed call to WhatsApp means for the caller.
    pub(super) fn from_whatsapp(error: WhatsAppError, view: &SessionView) -> Self {
        match error {
            WhatsAppError::NotConnected => Self::not_ready(view),
            WhatsAppError::Timeout(limit) => Self::Timeout(limit),
            WhatsAppError::Refused { detail, retryable } => Self::Refused { detail, retryable },
            WhatsAppError::Throttled {
                detail,
                retry_after,
            } => Self::Throttled {
                detail,
                retry_after,
            },
            WhatsAppError::Storage(detail) => Self::Refused {
                detail,
                retryable: false,
            },
            WhatsAppError::UnsupportedChat => Self::Refused {
                detail: error.to_string(),
                retryable: false,
            },
        }
    }

    /// A message that failed is an error for whoever waited for it.
    pub fn for_failed_message(message: Message) -> Result<Message, Self> {
        if message.state == Some(MessageState::Failed) {
            Err(Self::MessageFailed(Box::new(message)))
        } else {
            Ok(message)
        }
    }
}
