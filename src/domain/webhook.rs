//! A webhook: whom to tell of which events, and how telling them went.

mod filter;
mod headers;
mod secret;

use crate::domain::id::ClientId;
use crate::domain::id::EventId;
use crate::domain::id::SessionId;
use crate::domain::id::WebhookId;
use crate::domain::schema;
use crate::domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

pub use filter::EventFilter;
pub use filter::EventFilterError;
pub use headers::HeadersError;
pub use headers::WebhookHeaders;
pub use secret::SecretError;
pub use secret::WebhookSecret;

/// Whose events a webhook is told of.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[schema(as = WebhookScope)]
#[serde(tag = "scope", rename_all = "camelCase")]
pub enum Scope {
    /// Everybody's.
    All,
    /// Those of one tenant's sessions.
    #[serde(rename_all = "camelCase")]
    Client {
        /// The tenant.
        client_id: ClientId,
    },
    /// Those of one session.
    #[serde(rename_all = "camelCase")]
    Session {
        /// The tenant whom the session belongs to.
        client_id: ClientId,
        /// The session.
        session_id: SessionId,
    },
}

impl Scope {
    /// Whether an event of this session is within it.
    pub fn covers(&self, client: &ClientId, session: &SessionId) -> bool {
        match self {
            Self::All => true,
            Self::Client { client_id } => client_id == client,
            Self::Session {
                client_id,
                session_id,
            } => client_id == client && session_id == session,
        }
    }

    /// The tenant that it is confined to.
    pub fn client(&self) -> Option<&ClientId> {
        match self {
            Self::All => None,
            Self::Client { client_id } | Self::Session { client_id, .. } => Some(client_id),
        }
    }

    /// The session that it is confined to.
    pub fn session(&self) -> Option<&SessionId> {
        match self {
            Self::All | Self::Client { .. } => None,
            Self::Session { session_id, .. } => Some(session_id),
        }
    }
}

/// Why a webhook is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum DisabledReason {
    /// Its owner turned it off.
    ByRequest,
    /// Its receiver answered 410: it wants no more.
    Gone,
}

impl DisabledReason {
    /// Every reason.
    pub const ALL: [Self; 2] = [Self::ByRequest, Self::Gone];

    /// The name as the API and the store write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ByRequest => "byRequest",
            Self::Gone => "gone",
        }
    }

    /// The reverse of [`DisabledReason::as_str`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }
}

/// A webhook as it is kept and shown. Its secrets are kept apart, so that showing it never shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Whose events.
    #[serde(flatten)]
    pub scope: Scope,
    /// Where to.
    pub url: String,
    /// Which events.
    pub events: EventFilter,
    /// What its owner adds to each request.
    pub headers: WebhookHeaders,
    /// Whether events are sent.
    pub enabled: bool,
    /// Why not; none while it is enabled.
    pub disabled_reason: Option<DisabledReason>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its secret was last replaced; none when it still has its first.
    pub secret_rotated_at: Option<Timestamp>,
    /// Until when the secret before signs as well; none when it no longer does.
    pub previous_secret_until: Option<Timestamp>,
}

/// What of a webhook decides which events it is told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The webhook.
    pub id: WebhookId,
    /// Whose events.
    pub scope: Scope,
    /// Which of them.
    pub events: EventFilter,
}

impl Subscription {
    /// Whether it is to be told of an event of this type and session.
    pub fn wants(&self, event_type: &str, client: &ClientId, session: &SessionId) -> bool {
        self.scope.covers(client, session) && self.events.matches(event_type)
    }
}

/// What is to be changed of a webhook; none: as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhookChange {
    /// Where to.
    pub url: Option<String>,
    /// Which events.
    pub events: Option<EventFilter>,
    /// All headers, in place of those before.
    pub headers: Option<WebhookHeaders>,
    /// Whether events are sent.
    pub enabled: Option<bool>,
}

/// How a webhook does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookHealth {
    /// Until when it is left alone, after it failed too often in a row.
    pub paused_until: Option<Timestamp>,
    /// Failed attempts since the last success, or since the daemon started.
    pub failures_in_row: u32,
    /// Deliveries with an attempt to come.
    pub pending: u64,
    /// When a receiver last took an event.
    pub last_success_at: Option<Timestamp>,
    /// When an attempt last failed.
    pub last_failure_at: Option<Timestamp>,
}

/// Webhooks, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct WebhookCounts {
    /// All of them.
    pub total: u64,
    /// Those that are on ...
    pub enabled: u64,
    /// ... and of these, those that are left alone for a while.
    pub paused: u64,
    /// Deliveries with an attempt to come.
    pub pending: u64,
    /// Deliveries that were given up.
    pub failed: u64,
}

/// A webhook and how it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WebhookView {
    /// What it is.
    #[serde(flatten)]
    pub webhook: Webhook,
    /// How it does.
    pub health: WebhookHealth,
}

/// A delivery whose time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueDelivery {
    /// The event.
    pub event_id: EventId,
    /// The session that it is about.
    pub session_id: SessionId,
    /// Since when it is to be delivered.
    pub since: Timestamp,
    /// Attempts since then.
    pub tries: u32,
    /// When the first of those was made.
    pub first_try_at: Option<Timestamp>,
}

/// What becomes of a delivery after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver has taken it.
    Delivered,
    /// It is tried again then.
    Again(Timestamp),
    /// It was tried for long enough.
    GivenUp,
    /// The receiver wants no more events: the webhook is turned off, and this one waits until it is on again.
    Gone,
}

/// How far the delivery of one event to one webhook is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum DeliveryState {
    /// There is an attempt to come.
    Pending,
    /// The receiver has taken it.
    Delivered,
    /// It was given up.
    Failed,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Failed];

    /// The name as the API and the store write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    /// The reverse of [`DeliveryState::as_str`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// One event on its way to one webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// The event; the same for every attempt, so that a receiver can tell a twin.
    pub event_id: EventId,
    /// The webhook.
    pub webhook_id: WebhookId,
    /// How far it is.
    pub state: DeliveryState,
    /// Attempts made.
    pub attempts: u32,
    /// When the first was made.
    pub first_attempt_at: Option<Timestamp>,
    /// When the next is due; none when there is none to come.
    pub next_attempt_at: Option<Timestamp>,
    /// The status of the last answer, where there was one.
    pub last_status: Option<u16>,
    /// Why the last attempt failed, where it did.
    pub last_failure: Option<FailureCode>,
}

/// One attempt of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DeliveryAttempt)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// Which one, from 1.
    pub number: u32,
    /// When it began.
    pub at: Timestamp,
    /// The status of the answer, where there was one.
    pub status: Option<u16>,
    /// Why it failed, where it did.
    pub failure: Option<Failure>,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// The beginning of the answer's body, where there was one.
    pub excerpt: Option<String>,
}

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DeliveryFailure)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// A stable name.
    pub code: FailureCode,
    /// A sentence.
    pub detail: String,
}

impl Failure {
    /// A failure with its sentence.
    pub fn new(code: FailureCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }
}

macro_rules! failure_codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// The names of what can go wrong with an attempt.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
        pub enum FailureCode {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        schema::described!(FailureCode, schema::names("Why an attempt to deliver failed.", FailureCode::ALL.iter().map(|one| one.as_str())));

        impl FailureCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name as the API and the store write it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

failure_codes! {
    /// The URL, a header or a secret cannot be used.
    BadRequest = "bad_request",
    /// The address is not public, and not allowed by the configuration.
    RefusedAddress = "refused_address",
    /// The name leads to no address.
    Dns = "dns",
    /// No connection.
    Connect = "connect",
    /// No trust: the certificate or the handshake is not right.
    Tls = "tls",
    /// It took too long.
    Timeout = "timeout",
    /// The answer leads elsewhere, and redirects are not followed.
    Redirect = "redirect",
    /// The answer's status is not 2xx.
    Status = "status",
    /// The connection closed before the whole answer was here.
    Closed = "closed",
    /// The head of the answer is too long.
    TooLong = "too_long",
    /// The answer is not HTTP, or breaks its rules.
    Protocol = "protocol",
}

impl FailureCode {
    /// The reverse of [`FailureCode::as_str`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == name)
    }
}

#[cfg(test)]
mod tests;
