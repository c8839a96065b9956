//! Reading deliveries: those whose time has come, what they carry, and how they went.

use super::WebhookStore;
use super::row;
use crate::domain::event::Event;
use crate::domain::id::EventId;
use crate::domain::id::SessionId;
use crate::domain::id::WebhookId;
use crate::domain::page::Page;
use crate::domain::page::PageRequest;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Attempt;
use crate::domain::webhook::Delivery;
use crate::domain::webhook::DeliveryState;
use crate::domain::webhook::DueDelivery;
use crate::domain::webhook::Webhook;
use crate::domain::webhook::WebhookSecret;
use crate::store::StoreError;
use crate::store::corrupt;
use crate::store::events;
use crate::store::sessions::moment;
use crate::store::sessions::parsed;
use sqlx::QueryBuilder;
use sqlx::Row;
use sqlx::Sqlite;
use sqlx::sqlite::SqliteRow;

/// Where a webhook's events go and how they are signed, as it is now.
#[derive(Debug, Clone)]
pub struct Address {
    /// Where to.
    pub webhook: Webhook,
    /// The key to sign with ...
    pub secret: WebhookSecret,
    /// ... and the one before, where there was one; [`Webhook::previous_secret_until`] says how long it counts.
    pub previous_secret: Option<WebhookSecret>,
}

/// All that is known of a delivery.
#[derive(Debug, Clone)]
pub struct DeliveryFile {
    /// How far it is.
    pub delivery: Delivery,
    /// Every attempt, in order.
    pub attempts: Vec<Attempt>,
    /// The event; none once it is too old to be kept.
    pub event: Option<Event>,
}

impl WebhookStore {
    /// The oldest event that is still to be delivered to somebody.
    pub async fn oldest_pending(&self) -> Result<Option<EventId>, StoreError> {
        const OLDEST: &str = "SELECT MIN(event_id) FROM webhook_deliveries WHERE state = 'pending'";
        let read = async {
            let query = sqlx::query_scalar::<_, Option<String>>(OLDEST);
            let found = query.fetch_one(&self.store.readers).await?;
            let id = found.as_deref().map(EventId::parse).transpose();
            id.map_err(|error| corrupt("event_id", error))
        };
        read.await
            .map_err(StoreError::to("find the oldest delivery"))
    }

    /// Of each session the first delivery whose time has come, in order, but none of the sessions that are `busy`, and
    /// none at all while the webhook is off.
    pub async fn due(
        &self,
        id: &WebhookId,
        now: Timestamp,
        busy: &[SessionId],
        limit: usize,
    ) -> Result<Vec<DueDelivery>, StoreError> {
        // Steps from session to session through the index, however many deliveries each of them has.
        let waiting = "FROM webhook_deliveries WHERE state = 'pending' AND webhook_id = ";
        let mut query = QueryBuilder::<Sqlite>::new(
            "WITH RECURSIVE lanes (lane) AS (SELECT (SELECT MIN(session_id) ",
        );
        query.push(waiting).push_bind(id.to_string());
        query.push(") UNION ALL SELECT (SELECT MIN(session_id) ");
        query.push(waiting).push_bind(id.to_string());
        query.push(" AND session_id > lane) FROM lanes WHERE lane IS NOT NULL), firsts (first) AS (SELECT (SELECT event_id ");
        query.push(waiting).push_bind(id.to_string());
        query
            .push(" AND session_id = lane AND next_attempt_at <= ")
            .push_bind(now.as_millis());
        query.push(" ORDER BY event_id LIMIT 1) FROM lanes WHERE lane IS NOT NULL");
        if !busy.is_empty() {
            query.push(" AND lane NOT IN (");
            let mut names = query.separated(", ");
            for session in busy {
                names.push_bind(session.to_string());
            }
            query.push(")");
        }
        query.push(") SELECT webhook_deliveries.* FROM webhook_deliveries JOIN webhooks ON webhooks.id = webhook_id WHERE enabled = 1 AND event_id IN (SELECT first FROM firsts) AND webhook_id = ");
        query.push_bind(id.to_string());
        query
            .push(" ORDER BY event_id LIMIT ")
            .push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let read = async {
            let rows = query.build().fetch_all(&self.store.readers).await?;
            rows.iter().map(due).collect::<Result<_, _>>()
        };
        read.await.map_err(StoreError::to("read due deliveries"))
    }

    /// A delivery as an attempt at it begins with it.
    #[cfg(test)]
    pub(in crate::store) async fn begun(&self, id: &WebhookId, event: &EventId) -> DueDelivery {
        const BEGUN: &str =
            "SELECT * FROM webhook_deliveries WHERE webhook_id = ? AND event_id = ?";
        let query = sqlx::query(BEGUN).bind(id.to_string());
        let query = query.bind(event.to_string());
        due(&query.fetch_one(&self.store.readers).await.unwrap()).unwrap()
    }

    /// When the next delivery is due after `now`.
    pub async fn next_due(
        &self,
        id: &WebhookId,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        const NEXT: &str = "SELECT MIN(next_attempt_at) FROM webhook_deliveries WHERE webhook_id = ? AND state = 'pending' AND next_attempt_at > ?";
        let query = sqlx::query_scalar(NEXT).bind(id.to_string());
        let query = query.bind(now.as_millis());
        let next: Result<Option<i64>, _> = query.fetch_one(&self.store.readers).await;
        next.map(|next| next.map(Timestamp::from_millis))
            .map_err(StoreError::to("read when a delivery is due"))
    }

    /// What is to be delivered; none when it has been removed.
    pub async fn event(&self, id: &EventId) -> Result<Option<Event>, StoreError> {
        self.store.event(id).await
    }

    /// Where a webhook's events go.
    pub async fn address(&self, id: &WebhookId) -> Result<Option<Address>, StoreError> {
        let read = async {
            let query = sqlx::query("SELECT * FROM webhooks WHERE id = ?").bind(id.to_string());
            let found = query.fetch_optional(&self.store.readers).await?;
            found.map(|found| self.address_in(&found)).transpose()
        };
        read.await.map_err(StoreError::to("read a webhook"))
    }

    fn address_in(&self, found: &SqliteRow) -> Result<Address, sqlx::Error> {
        let previous: Option<&str> = found.try_get("sealed_previous")?;
        let previous = previous.map(|_| row::secret(found, &self.vault, "sealed_previous"));
        Ok(Address {
            webhook: row::webhook(found, &self.vault)?,
            secret: row::secret(found, &self.vault, "sealed_secret")?,
            previous_secret: previous.transpose()?,
        })
    }

    /// The deliveries of a webhook, newest first; in one state, or all. The cursor is the event of the last one of the
    /// page before.
    pub async fn deliveries(
        &self,
        id: &WebhookId,
        state: Option<DeliveryState>,
        page: &PageRequest,
    ) -> Result<Page<Delivery>, StoreError> {
        let mut query =
            QueryBuilder::<Sqlite>::new("SELECT * FROM webhook_deliveries WHERE webhook_id = ");
        query.push_bind(id.to_string());
        if let Some(before) = &page.after {
            query.push(" AND event_id < ").push_bind(before.clone());
        }
        if let Some(state) = state {
            query.push(" AND state = ").push_bind(state.as_str());
        }
        query
            .push(" ORDER BY event_id DESC LIMIT ")
            .push_bind(i64::from(page.limit) + 1);
        let read = async {
            let rows = query.build().fetch_all(&self.store.readers).await?;
            let found = rows.iter().map(row::delivery).collect::<Result<_, _>>()?;
            Ok(Page::cut(found, page.limit, |delivery: &Delivery| {
                delivery.event_id.to_string()
            }))
        };
        read.await.map_err(StoreError::to("read deliveries"))
    }

    /// One delivery with all that is known of it.
    pub async fn delivery(
        &self,
        id: &WebhookId,
        event: &EventId,
    ) -> Result<Option<DeliveryFile>, StoreError> {
        const DELIVERY: &str =
            "SELECT * FROM webhook_deliveries WHERE webhook_id = ? AND event_id = ?";
        const ATTEMPTS: &str =
            "SELECT * FROM webhook_attempts WHERE webhook_id = ? AND event_id = ? ORDER BY number";
        let read = async {
            let mut snapshot = self.store.readers.begin().await?;
            let query = sqlx::query(DELIVERY).bind(id.to_string());
            let query = query.bind(event.to_string());
            let Some(found) = query.fetch_optional(&mut *snapshot).await? else {
                return Ok(None);
            };
            let query = sqlx::query(ATTEMPTS).bind(id.to_string());
            let query = query.bind(event.to_string());
            let attempts = query.fetch_all(&mut *snapshot).await?;
            let query = sqlx::query("SELECT * FROM events WHERE id = ?").bind(event.to_string());
            let event = query.fetch_optional(&mut *snapshot).await?;
            Ok(Some(DeliveryFile {
                delivery: row::delivery(&found)?,
                attempts: attempts
                    .iter()
                    .map(row::attempt)
                    .collect::<Result<_, _>>()?,
                event: event.as_ref().map(events::event).transpose()?,
            }))
        };
        read.await.map_err(StoreError::to("read a delivery"))
    }
}

fn due(found: &SqliteRow) -> Result<DueDelivery, sqlx::Error> {
    Ok(DueDelivery {
        event_id: parsed(found, "event_id", EventId::parse)?,
        session_id: parsed(found, "session_id", SessionId::parse)?,
        since: Timestamp::from_millis(found.try_get("since")?),
        tries: found.try_get("tries")?,
        first_try_at: moment(found, "first_try_at")?,
    })
}
