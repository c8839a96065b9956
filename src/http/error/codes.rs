//! The table of errors: every code of the API, its status, when it happens and what helps.
//!
//! The answers and docs/ERRORS.md both come from here, and a test compares them. It knows no request.

use serde::Deserialize;
use serde::Serialize;

/// One row.
pub(in crate::http) struct Entry {
    /// The stable name, for programs.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The short, fixed summary.
    pub title: &'static str,
    /// Whether the same request can succeed later; some errors say otherwise case by case.
    pub retryable: bool,
    /// When it happens, for docs/ERRORS.md and the description of the API.
    pub when: &'static str,
    /// What helps; the second sentence of every `detail`.
    pub cure: &'static str,
}

macro_rules! codes {
    ($($variant:ident = $status:literal $code:literal, $title:literal, retryable $retryable:literal, $when:literal, $cure:literal;)*) => {
        /// The name of an error.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub(in crate::http) enum Code {
            $(#[doc = $when] $variant,)*
        }

        impl Code {
            /// Every code, in the order of the page.
            pub(in crate::http) const ALL: &'static [Self] = &[$(Self::$variant),*];
        }

        /// Every row, in the order of the page.
        pub(super) const TABLE: &[Entry] = &[
            $(Entry {
                code: $code,
                status: $status,
                title: $title,
                retryable: $retryable,
                when: $when,
                cure: $cure,
            },)*
        ];
    };
}

codes! {
    MalformedJson = 400 "malformed_json", "The body is not JSON", retryable false,
        "The body cannot be parsed as JSON; `line` and `column` say where.",
        "Send one JSON object in UTF-8.";
    InvalidBody = 400 "invalid_body", "The body does not have the expected shape", retryable false,
        "A field is missing, unknown, of the wrong type or has a value that is not allowed; `field` names it (empty: the body as a whole).",
        "See docs/API.md for the fields of this request.";
    InvalidQuery = 400 "invalid_query", "A query parameter is wrong", retryable false,
        "A query parameter is unknown, given twice or has a value that is not allowed; `parameter` names it.",
        "See docs/API.md for the parameters of this request.";
    InvalidHeader = 400 "invalid_header", "A header is wrong", retryable false,
        "A header of the request has a value that is not allowed; `header` names it.",
        "See docs/API.md for the headers of this request.";
    BodyUnreadable = 400 "body_unreadable", "The body could not be read", retryable true,
        "The connection ended within the body, or its chunks are broken.",
        "Send the request again.";
    MissingApiKey = 401 "missing_api_key", "An API key is needed", retryable false,
        "The request has no key.",
        "Send it as 'X-Api-Key: KEY' or 'Authorization: Bearer KEY'.";
    InvalidApiKey = 401 "invalid_api_key", "The API key is wrong", retryable false,
        "The key is not the one of this daemon.",
        "Use the key of auth.api_key, or the one that the daemon printed at its first start.";
    InvalidTicket = 401 "invalid_ticket", "The ticket is not good", retryable false,
        "The ticket in the query was used before, is too old, or never was one.",
        "Get a new one with POST /api/tickets; each opens one stream.";
    Forbidden = 403 "forbidden", "The API key does not allow this", retryable false,
        "The key lacks the `scope` that this request needs, or it belongs to another client than the one that is named.",
        "Use a key with that right.";
    NotFound = 404 "not_found", "There is nothing at this path", retryable false,
        "The path is not one of the API's, or the pairing link in it is over or never was one.",
        "See docs/API.md for the paths; ask for a new link if it was one.";
    SessionNotFound = 404 "session_not_found", "There is no such session", retryable false,
        "No session has this id, or the key's client may not see it.",
        "List the sessions with GET /api/sessions, or create one with POST /api/sessions.";
    MessageNotFound = 404 "message_not_found", "There is no such message", retryable false,
        "No message has this id, or the key's client may not see it.",
        "List a session's messages with GET /api/sessions/{id}/messages.";
    WebhookNotFound = 404 "webhook_not_found", "There is no such webhook", retryable false,
        "No webhook has this id, or the key's client may not see it.",
        "List the webhooks with GET /api/webhooks.";
    DeliveryNotFound = 404 "delivery_not_found", "The webhook knows nothing of this event", retryable false,
        "The webhook was not to be told of the event, or the event is older than `events.retention_days`.",
        "List what it was told with GET /api/webhooks/{id}/deliveries.";
    MethodNotAllowed = 405 "method_not_allowed", "The path does not answer to this method", retryable false,
        "The path exists, but not with this method; the header `Allow` lists those that it has.",
        "Use one of the methods in the Allow header.";
    NotAcceptable = 406 "not_acceptable", "None of the accepted formats can be given", retryable false,
        "The Accept header of a request for a code to scan excludes all formats; `available` lists them.",
        "Accept application/json, image/svg+xml or image/png.";
    BodyTimeout = 408 "body_timeout", "The body came too slowly", retryable true,
        "The whole body did not arrive in time; `seconds` is the limit.",
        "Send the request again.";
    SessionExists = 409 "session_exists", "The session id is taken", retryable false,
        "A session with the chosen id exists already.",
        "Choose another sessionId, or leave it out to get a new one.";
    TooManySessions = 409 "too_many_sessions", "The daemon is full", retryable false,
        "The daemon holds as many sessions as `limits.sessions` allows; `limit` is that number.",
        "Delete a session or raise limits.sessions.";
    NoSimulator = 409 "no_simulator", "There is no simulator beside this daemon", retryable false,
        "The request is for the simulator that `wamux sandbox` runs in the same process; this daemon was started by `wamux serve`.",
        "Start it with `wamux sandbox`, or ask the simulator where it listens.";
    TooManyWebhooks = 409 "too_many_webhooks", "The daemon has no room for another webhook", retryable false,
        "The daemon holds as many webhooks as `webhooks.max_webhooks` allows; `limit` is that number.",
        "Delete a webhook or raise webhooks.max_webhooks.";
    SessionNotReady = 409 "session_not_ready", "The session is not connected", retryable false,
        "The session's `state`, and its `cause` where there is one, do not allow this. Retryable, with Retry-After, while the session is starting or reconnecting.",
        "Wait while it is starting or reconnecting; otherwise link it or start it.";
    NothingToScan = 409 "nothing_to_scan", "There is no code to scan", retryable false,
        "A phone is linked already (no pairing link can be made then), the session is down (`state`), or the first code is still on its way (then retryable, with Retry-After).",
        "Ask with ?wait=30 while it is starting; start it if it is down.";
    NoPasskeyPending = 409 "no_passkey_pending", "No passkey is asked for", retryable false,
        "WhatsApp asks for no passkey now: the step of `linking` is not passkeyRequired, or the passkey was given.",
        "Look at `linking` of the session with GET /api/sessions/{id}.";
    NoConfirmationPending = 409 "no_confirmation_pending", "There is no code to compare", retryable false,
        "The step of `linking` is not passkeyConfirmation with `needsCode`, or the answer was given.",
        "Look at `linking` of the session with GET /api/sessions/{id}.";
    NothingToCancel = 409 "nothing_to_cancel", "No phone is being linked", retryable false,
        "A phone is linked already, or the session is down (`state`).",
        "To unlink a phone, use POST /api/sessions/{id}/logout.";
    MessageNotWaiting = 409 "message_not_waiting", "The message is not waiting any more", retryable false,
        "A message can be cancelled until it is handed to WhatsApp; this one has been, or its outcome is known.",
        "Look at it with GET /api/messages/{id}.";
    MessageCancelled = 409 "message_cancelled", "The message was cancelled", retryable false,
        "Somebody cancelled the message while it waited. `messageId` names it.",
        "Send it again if it is still wanted.";
    IdempotencyInFlight = 409 "idempotency_in_flight", "The same request is being worked on", retryable true,
        "Another request with this Idempotency-Key has not been answered yet.",
        "Send it again as soon as Retry-After says, to get the answer of the first one.";
    BodyTooLarge = 413 "body_too_large", "The body is too large", retryable false,
        "The body is longer than `server.body_limit_bytes`, by its Content-Length or as counted; `limit` is that number.",
        "Send less, or raise server.body_limit_bytes.";
    NotJson = 415 "unsupported_media_type", "The body is not declared as JSON", retryable false,
        "The Content-Type is missing or not application/json, or the body is compressed.",
        "Send 'Content-Type: application/json' and no Content-Encoding.";
    NotOnWhatsApp = 422 "recipient_not_on_whatsapp", "WhatsApp does not know the recipient", retryable false,
        "The number has no WhatsApp account. `messageId` names the message, which was written down as failed.",
        "Check the number and its country code.";
    UnsupportedRecipient = 422 "unsupported_recipient", "Texts cannot be sent to this kind of chat", retryable false,
        "The chat id is valid, but this version cannot write there.",
        "Use a person or a group.";
    MessageExpired = 422 "message_expired", "The message did not leave in time", retryable true,
        "The message waited until its `expiresAt`, for a session that was not connected. `messageId` names it.",
        "Send it again when the session is connected.";
    IdempotencyMismatch = 422 "idempotency_mismatch", "The Idempotency-Key belongs to another request", retryable false,
        "The key was used within the last 48 hours for a request with another path, query or body.",
        "Use a new key for a new request.";
    WebhookUrlRefused = 422 "webhook_url_refused", "Events cannot be posted to this URL", retryable false,
        "The URL is none, is neither http nor https, has a user name in it, or leads to an address that is not public; the first sentence of `detail` says which.",
        "Use a public URL, or allow the address with webhooks.allow_addresses.";
    RefusedByWhatsApp = 422 "refused_by_whatsapp", "WhatsApp refused it", retryable false,
        "WhatsApp's server said no for good. `messageId` names the message where one was written down.",
        "Change the request; the same one will be refused again.";
    UpgradeRequired = 426 "upgrade_required", "This is a WebSocket", retryable false,
        "The request does not ask for the upgrade to a WebSocket of version 13, or a proxy has taken its headers off.",
        "Use a WebSocket client, or GET /api/events/stream.";
    QueueFull = 429 "queue_full", "Too many messages wait in this session", retryable true,
        "As many messages as `limits.outbox_per_session` allows are waiting to be sent; `limit` is that number.",
        "Wait as long as Retry-After says.";
    RateLimited = 429 "rate_limited", "This cannot be asked for so often", retryable true,
        "WhatsApp gives out no code to type for this number now: too many were asked for, or the number is none that it knows. Or a pairing link has asked for more than `limits.link_codes`, `link_rounds` or `link_waits` allow.",
        "Wait as long as Retry-After says; in place of a code to type, scan the other code.";
    TooManyStreams = 429 "too_many_streams", "Too many streams are open", retryable true,
        "As many streams of events as `events.max_streams` allows are open; `limit` is that number.",
        "Close streams that nobody reads, or wait as long as Retry-After says.";
    TooManyTickets = 429 "too_many_tickets", "Too many tickets are unused", retryable true,
        "As many tickets as `events.max_tickets` allows are good and unused; `limit` is that number.",
        "Wait as long as Retry-After says.";
    Internal = 500 "internal", "A fault in this program", retryable false,
        "A bug. The log has the cause under the request id.",
        "Report it with the request id.";
    RefusedForNow = 502 "refused_for_now", "WhatsApp refused it for now", retryable true,
        "WhatsApp's server failed or asked for patience. `messageId` names the message where one was written down.",
        "Try again later.";
    NotReady = 503 "not_ready", "The daemon is not ready", retryable true,
        "A part of the daemon does not work that requests need; `reasons` lists each with a `code` (`supervisor_silent`, `store_silent`, `store_failed`, `disk_full`, `stopping`) and a `detail`.",
        "Wait; if it lasts, see the log.";
    Unavailable = 503 "unavailable", "The session or the daemon is restarting", retryable true,
        "The session was restarted while it worked on this, or the daemon is stopping.",
        "Try again in a moment; look first whether it took effect.";
    StorageFailed = 503 "storage_failed", "The daemon's storage failed", retryable true,
        "The daemon could not read or write its own database. The log has the cause under the request id.",
        "See that the disk of state.dir is not full and is writable.";
    Timeout = 504 "timeout", "No answer in time", retryable true,
        "The session did not answer within `seconds`.",
        "Look at the session first: the request may still take effect. Then try again.";
}

impl Code {
    /// The row of this code.
    pub(in crate::http) fn entry(self) -> &'static Entry {
        &TABLE[self as usize]
    }
}
