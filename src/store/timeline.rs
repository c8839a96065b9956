//! What became of one message. Its states are its own; edits and the telling of webhooks are found through its events,
//! as long as those are kept.

use crate::domain::event::EventType;
use crate::domain::id::ClientId;
use crate::domain::id::EventId;
use crate::domain::id::WebhookId;
use crate::domain::message::Message;
use crate::domain::message::MessageState;
use crate::domain::message::SendFailure;
use crate::domain::time::Timestamp;
use crate::domain::timeline;
use crate::domain::timeline::Happening;
use crate::domain::timeline::Moment;
use crate::domain::timeline::Telling;
use crate::domain::timeline::Viewer;
use crate::domain::webhook::DeliveryState;
use crate::domain::webhook::Failure;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::corrupt;
use crate::store::sessions;
use crate::store::sessions::parsed;
use crate::store::webhooks::row;
use sqlx::Row;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeSet;

/// A message to a large group makes an event a receipt, and each is told to each webhook: so many attempts are shown,
/// the newest ones.
const ATTEMPTS_SHOWN: u32 = 1000;

impl Store {
    /// What became of a message, oldest first, with those webhooks that are shown to `viewer`.
    pub async fn timeline(
        &self,
        mut message: Message,
        viewer: &Viewer,
    ) -> Result<Vec<Moment>, StoreError> {
        let read = async {
            let mut snapshot = self.readers.begin().await?;
            if message.failure.is_none() && message.states.contains_key(&MessageState::Failed) {
                message.failure = failure(&mut snapshot, &message).await?;
            }
            let mut moments = timeline::steps(&message);
            let edits = edits(&mut snapshot, &message).await?;
            moments.extend(edits.into_iter().map(|at| Moment {
                at,
                what: Happening::Edited,
            }));
            if let Some(client) = viewer.webhooks_of() {
                moments.extend(attempts(&mut snapshot, &message, client).await?);
                moments.extend(untried(&mut snapshot, &message, client).await?);
            }
            let accepted = accepted(&mut snapshot, &message).await?;
            // By WhatsApp's clock it may have been edited before it came.
            for moment in &mut moments {
                moment.at = moment.at.max(accepted);
            }
            moments.push(Moment {
                at: accepted,
                what: Happening::Accepted,
            });
            timeline::sort(&mut moments);
            Ok(moments)
        };
        read.await.map_err(StoreError::to("read a timeline"))
    }
}

/// Why it had failed, for a message that a receipt has proved alive since.
async fn failure(
    conn: &mut SqliteConnection,
    message: &Message,
) -> Result<Option<SendFailure>, sqlx::Error> {
    const FAILURE: &str = "SELECT json_extract(body, '$.failure') FROM events WHERE message_id = ? AND type = ? \
         AND json_extract(body, '$.state') = 'failed' ORDER BY id DESC LIMIT 1";
    let text: Option<Option<String>> = sqlx::query_scalar(FAILURE)
        .bind(message.id.to_string())
        .bind(EventType::MessageState.as_str())
        .fetch_optional(conn)
        .await?;
    let failure = text.flatten().map(|text| serde_json::from_str(&text));
    failure.transpose().map_err(|error| corrupt("body", error))
}

/// When a message was written down here. What came from WhatsApp can have been written long before.
async fn accepted(
    conn: &mut SqliteConnection,
    message: &Message,
) -> Result<Timestamp, sqlx::Error> {
    const TOLD: &str = "SELECT MIN(at) FROM events WHERE message_id = ? AND type IN (?, ?)";
    let told: Option<i64> = sqlx::query_scalar(TOLD)
        .bind(message.id.to_string())
        .bind(EventType::MessageReceived.as_str())
        .bind(EventType::MessageSent.as_str())
        .fetch_one(conn)
        .await?;
    Ok(told.map_or(message.at, Timestamp::from_millis))
}

/// Every edit that is known of; the message itself has the last one alone.
async fn edits(
    conn: &mut SqliteConnection,
    message: &Message,
) -> Result<BTreeSet<Timestamp>, sqlx::Error> {
    const EDITS: &str =
        "SELECT json_extract(body, '$.editedAt') FROM events WHERE message_id = ? AND type = ?";
    let told: Vec<String> = sqlx::query_scalar(EDITS)
        .bind(message.id.to_string())
        .bind(EventType::MessageEdited.as_str())
        .fetch_all(conn)
        .await?;
    let told = told
        .iter()
        .map(|text| Timestamp::parse(text).map_err(|error| corrupt("body", error)));
    told.chain(message.edited_at.map(Ok)).collect()
}

async fn attempts(
    conn: &mut SqliteConnection,
    message: &Message,
    client: Option<&ClientId>,
) -> Result<Vec<Moment>, sqlx::Error> {
    const ATTEMPTS: &str = "SELECT tries.*, state, url, type \
         FROM events JOIN webhook_deliveries AS deliveries ON deliveries.event_id = events.id \
         JOIN webhooks ON webhooks.id = deliveries.webhook_id \
         JOIN webhook_attempts AS tries ON tries.webhook_id = deliveries.webhook_id AND tries.event_id = deliveries.event_id \
         WHERE events.message_id = ? AND (? IS NULL OR webhooks.client_id = ?) ORDER BY tries.at DESC LIMIT ?";
    let rows = sqlx::query(ATTEMPTS)
        .bind(message.id.to_string())
        .bind(client.map(ToString::to_string))
        .bind(client.map(ToString::to_string))
        .bind(ATTEMPTS_SHOWN)
        .fetch_all(conn)
        .await?;
    let moment = |found: &SqliteRow| {
        let attempt = row::attempt(found)?;
        let told = Telling {
            number: attempt.number,
            status: attempt.status,
            failure: attempt.failure,
            ms: Some(attempt.ms),
            ..telling(found)?
        };
        Ok(Moment {
            at: attempt.at,
            what: Happening::Webhook(Box::new(told)),
        })
    };
    rows.iter().map(moment).collect()
}

/// The attempts to come, and what was given up before its first.
async fn untried(
    conn: &mut SqliteConnection,
    message: &Message,
    client: Option<&ClientId>,
) -> Result<Vec<Moment>, sqlx::Error> {
    const UNTRIED: &str = "SELECT webhook_id, event_id, state, since, next_attempt_at, last_failure, url, type \
         FROM events JOIN webhook_deliveries AS deliveries ON deliveries.event_id = events.id \
         JOIN webhooks ON webhooks.id = deliveries.webhook_id \
         WHERE events.message_id = ? AND (? IS NULL OR webhooks.client_id = ?) AND (deliveries.state = 'pending' OR attempts = 0) ORDER BY events.id DESC LIMIT ?";
    let rows = sqlx::query(UNTRIED)
        .bind(message.id.to_string())
        .bind(client.map(ToString::to_string))
        .bind(client.map(ToString::to_string))
        .bind(ATTEMPTS_SHOWN)
        .fetch_all(conn)
        .await?;
    let moment = |found: &SqliteRow| {
        let next = sessions::moment(found, "next_attempt_at")?;
        let mut told = telling(found)?;
        told.next_attempt_at = next;
        if told.delivery_state == DeliveryState::Failed {
            let code = row::failure_code(found, "last_failure")?;
            told.failure = code.map(|code| Failure::new(code, "it was given up without a try"));
        }
        let since = Timestamp::from_millis(found.try_get("since")?);
        Ok(Moment {
            at: next.unwrap_or(since),
            what: Happening::Webhook(Box::new(told)),
        })
    };
    rows.iter().map(moment).collect()
}

/// What is known of an attempt before it is made.
fn telling(found: &SqliteRow) -> Result<Telling, sqlx::Error> {
    let (state, kind): (&str, &str) = (found.try_get("state")?, found.try_get("type")?);
    Ok(Telling {
        webhook_id: parsed(found, "webhook_id", WebhookId::parse)?,
        url: found.try_get("url")?,
        event_id: parsed(found, "event_id", EventId::parse)?,
        event_type: EventType::from_name(kind).ok_or_else(|| corrupt("type", kind))?,
        number: 0,
        status: None,
        failure: None,
        ms: None,
        delivery_state: DeliveryState::from_name(state).ok_or_else(|| corrupt("state", state))?,
        next_attempt_at: None,
    })
}

#[cfg(test)]
mod tests;
