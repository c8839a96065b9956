//! From rows to webhooks and deliveries, and the texts that columns hold.

use crate::domain::id::ClientId;
use crate::domain::id::EventId;
use crate::domain::id::SessionId;
use crate::domain::id::WebhookId;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Attempt;
use crate::domain::webhook::Delivery;
use crate::domain::webhook::DeliveryState;
use crate::domain::webhook::DisabledReason;
use crate::domain::webhook::EventFilter;
use crate::domain::webhook::Failure;
use crate::domain::webhook::FailureCode;
use crate::domain::webhook::Scope;
use crate::domain::webhook::Webhook;
use crate::domain::webhook::WebhookHeaders;
use crate::domain::webhook::WebhookHealth;
use crate::domain::webhook::WebhookSecret;
use crate::store::corrupt;
use crate::store::sessions::moment;
use crate::store::sessions::parsed;
use crate::store::sessions::parsed_option;
use crate::store::vault::Vault;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeMap;

pub(in crate::store) fn id(row: &SqliteRow) -> Result<WebhookId, sqlx::Error> {
    parsed(row, "id", WebhookId::parse)
}

pub(in crate::store) fn scope(row: &SqliteRow) -> Result<Scope, sqlx::Error> {
    let client = parsed_option(row, "client_id", ClientId::parse)?;
    let session = parsed_option(row, "session_id", SessionId::parse)?;
    Ok(match (client, session) {
        (None, _) => Scope::All,
        (Some(client_id), None) => Scope::Client { client_id },
        (Some(client_id), Some(session_id)) => Scope::Session {
            client_id,
            session_id,
        },
    })
}

pub(in crate::store) fn events(text: &str) -> Result<EventFilter, sqlx::Error> {
    let patterns: Vec<String> =
        serde_json::from_str(text).map_err(|error| corrupt("events", error))?;
    EventFilter::parse(&patterns).map_err(|error| corrupt("events", error))
}

pub(super) fn events_text(events: &EventFilter) -> Result<String, sqlx::Error> {
    serde_json::to_string(events.patterns()).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

pub(super) fn webhook(row: &SqliteRow, vault: &Vault) -> Result<Webhook, sqlx::Error> {
    let reason: Option<&str> = row.try_get("disabled_reason")?;
    let reason = reason.map(|name| {
        DisabledReason::from_name(name).ok_or_else(|| corrupt("disabled_reason", name))
    });
    Ok(Webhook {
        id: id(row)?,
        scope: scope(row)?,
        url: row.try_get("url")?,
        events: events(row.try_get("events")?)?,
        headers: headers(row, vault)?,
        enabled: row.try_get::<i64, _>("enabled")? != 0,
        disabled_reason: reason.transpose()?,
        created_at: Timestamp::from_millis(row.try_get("created_at")?),
        secret_rotated_at: moment(row, "secret_rotated_at")?,
        previous_secret_until: moment(row, "previous_until")?,
    })
}

pub(super) fn health(row: &SqliteRow) -> Result<WebhookHealth, sqlx::Error> {
    Ok(WebhookHealth {
        pending: row.try_get::<i64, _>("pending")?.unsigned_abs(),
        last_success_at: moment(row, "last_success_at")?,
        last_failure_at: moment(row, "last_failure_at")?,
        ..WebhookHealth::default()
    })
}

pub(super) fn delivery(row: &SqliteRow) -> Result<Delivery, sqlx::Error> {
    let state: &str = row.try_get("state")?;
    Ok(Delivery {
        event_id: parsed(row, "event_id", EventId::parse)?,
        webhook_id: parsed(row, "webhook_id", WebhookId::parse)?,
        state: DeliveryState::from_name(state).ok_or_else(|| corrupt("state", state))?,
        attempts: row.try_get("attempts")?,
        first_attempt_at: moment(row, "first_try_at")?,
        next_attempt_at: moment(row, "next_attempt_at")?,
        last_status: row.try_get("last_status")?,
        last_failure: failure_code(row, "last_failure")?,
    })
}

pub(in crate::store) fn attempt(row: &SqliteRow) -> Result<Attempt, sqlx::Error> {
    let detail: Option<String> = row.try_get("failure_detail")?;
    let failure = failure_code(row, "failure_code")?
        .map(|code| Failure::new(code, detail.unwrap_or_default()));
    Ok(Attempt {
        number: row.try_get("number")?,
        at: Timestamp::from_millis(row.try_get("at")?),
        status: row.try_get("status")?,
        failure,
        ms: row.try_get::<i64, _>("ms")?.unsigned_abs(),
        excerpt: row.try_get("excerpt")?,
    })
}

pub(in crate::store) fn failure_code(
    row: &SqliteRow,
    column: &'static str,
) -> Result<Option<FailureCode>, sqlx::Error> {
    let name: Option<&str> = row.try_get(column)?;
    name.map(|name| FailureCode::from_name(name).ok_or_else(|| corrupt(column, name)))
        .transpose()
}

pub(super) fn seal(vault: &Vault, id: &WebhookId, secret: &[u8]) -> Result<String, sqlx::Error> {
    vault
        .seal(id, secret)
        .map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

pub(super) fn seal_headers(
    vault: &Vault,
    id: &WebhookId,
    headers: &WebhookHeaders,
) -> Result<String, sqlx::Error> {
    let values: BTreeMap<&str, &str> = headers.iter().collect();
    let text = serde_json::to_vec(&values).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    seal(vault, id, &text)
}

fn headers(row: &SqliteRow, vault: &Vault) -> Result<WebhookHeaders, sqlx::Error> {
    let opened = opened(row, vault, "sealed_headers")?;
    // What is wrong with it is not said: it would show what was sealed.
    let unreadable = || corrupt("sealed_headers", "what are no headers");
    let values: BTreeMap<String, String> =
        serde_json::from_slice(&opened).map_err(|_| unreadable())?;
    let values = values
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    WebhookHeaders::parse(values).map_err(|_| unreadable())
}

/// A key out of a row that has the webhook's `id` too.
pub(super) fn secret(
    row: &SqliteRow,
    vault: &Vault,
    column: &'static str,
) -> Result<WebhookSecret, sqlx::Error> {
    let bytes = opened(row, vault, column)?;
    WebhookSecret::from_bytes(bytes).map_err(|error| corrupt(column, error))
}

fn opened(row: &SqliteRow, vault: &Vault, column: &'static str) -> Result<Vec<u8>, sqlx::Error> {
    vault
        .open(&id(row)?, row.try_get(column)?)
        .map_err(|error| sqlx::Error::Decode(Box::new(error)))
}
