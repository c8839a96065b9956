//! Webhooks, their deliveries and attempts. Secrets and headers are sealed on the way in and opened on the way out.

mod deliveries;
mod outcomes;
pub(super) mod row;
#[cfg(test)]
mod tests;

use crate::domain::id::ClientId;
use crate::domain::id::SessionId;
use crate::domain::id::WebhookId;
use crate::domain::idempotency::Claim;
use crate::domain::page::Page;
use crate::domain::page::PageRequest;
use crate::domain::time::Timestamp;
use crate::domain::webhook::DisabledReason;
use crate::domain::webhook::Webhook;
use crate::domain::webhook::WebhookChange;
use crate::domain::webhook::WebhookCounts;
use crate::domain::webhook::WebhookSecret;
use crate::domain::webhook::WebhookView;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::idempotency;
use crate::store::vault::Vault;
use crate::store::writer::Step;
use sqlx::QueryBuilder;
use sqlx::Row;
use sqlx::Sqlite;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::sqlite::SqliteRow;
use std::sync::Arc;
use tokio::sync::Notify;

pub use deliveries::Address;
pub use deliveries::DeliveryFile;
pub use outcomes::Settlement;

/// Deliveries that are changed in one piece of work, so that nobody waits long behind it.
const AT_ONCE: i64 = 1000;

const SELECT: &str = "SELECT webhooks.*, (SELECT COUNT(*) FROM webhook_deliveries WHERE webhook_id = webhooks.id AND state = 'pending') AS pending FROM webhooks";

/// The tables of webhooks. A clone is the same.
#[derive(Clone)]
pub struct WebhookStore {
    store: Store,
    vault: Vault,
}

impl Store {
    /// Whether there is a webhook, and so a sealed secret.
    pub async fn has_webhooks(&self) -> Result<bool, StoreError> {
        let query = sqlx::query("SELECT id FROM webhooks LIMIT 1");
        let found = query.fetch_optional(&self.readers).await;
        found
            .map(|found| found.is_some())
            .map_err(StoreError::to("look for webhooks"))
    }

    /// The webhooks, with the key to their secrets.
    pub fn webhooks(&self, vault: Vault) -> WebhookStore {
        let store = self.clone();
        WebhookStore { store, vault }
    }
}

impl WebhookStore {
    /// Whether the key is the one that secrets were sealed with; any is while there are none.
    pub async fn key_fits(&self) -> Result<bool, StoreError> {
        let read = async {
            let query = sqlx::query("SELECT id, sealed_secret FROM webhooks ORDER BY id LIMIT 1");
            let found = query.fetch_optional(&self.store.readers).await?;
            let opened = found.map(|found| row::secret(&found, &self.vault, "sealed_secret"));
            Ok(!matches!(opened, Some(Err(_))))
        };
        read.await.map_err(StoreError::to("look at a secret"))
    }

    /// Every webhook's id.
    pub async fn ids(&self) -> Result<Vec<WebhookId>, StoreError> {
        let read = async {
            let query = sqlx::query("SELECT id FROM webhooks ORDER BY id");
            let rows = query.fetch_all(&self.store.readers).await?;
            rows.iter().map(row::id).collect::<Result<_, _>>()
        };
        read.await.map_err(StoreError::to("list the webhooks"))
    }

    /// Rings after each commit that brought deliveries to a webhook.
    pub fn bell(&self, id: &WebhookId) -> Arc<Notify> {
        self.store.writer.bells().of(id)
    }

    /// Adds a webhook, unless there are `max` of them; false then.
    pub async fn add(
        &self,
        webhook: &Webhook,
        secret: &WebhookSecret,
        claim: Option<Claim>,
        max: usize,
    ) -> Result<bool, StoreError> {
        let action = "add a webhook";
        let sealed = Sealed::of(&self.vault, webhook, secret).map_err(StoreError::to(action))?;
        let (webhook, max) = (webhook.clone(), i64::try_from(max).unwrap_or(i64::MAX));
        self.store
            .writer
            .write(action, move |step| {
                Box::pin(async move {
                    let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM webhooks")
                        .fetch_one(&mut *step.conn)
                        .await?;
                    if count >= max {
                        return Ok(false);
                    }
                    insert(step, &webhook, sealed).await?;
                    if let Some(claim) = claim {
                        idempotency::note_made(step.conn, &claim, webhook.id.as_str()).await?;
                    }
                    step.webhooks_changed();
                    Ok(true)
                })
            })
            .await
    }

    /// One webhook, and how it does as far as it is written down.
    pub async fn find(&self, id: &WebhookId) -> Result<Option<WebhookView>, StoreError> {
        let read = async {
            let sql = format!("{SELECT} WHERE id = ?");
            let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.to_string());
            let found = query.fetch_optional(&self.store.readers).await?;
            let both = found.map(|found| self.view(&found));
            both.transpose()
        };
        read.await.map_err(StoreError::to("read a webhook"))
    }

    /// Webhooks, of one client or session or all, oldest first. The cursor is the id of the last one of the page before.
    pub async fn list(
        &self,
        client: Option<&ClientId>,
        session: Option<&SessionId>,
        page: &PageRequest,
    ) -> Result<Page<WebhookView>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(format!("{SELECT} WHERE id > "));
        query.push_bind(page.after.clone().unwrap_or_default());
        if let Some(client) = client {
            query
                .push(" AND client_id = ")
                .push_bind(client.to_string());
        }
        if let Some(session) = session {
            query
                .push(" AND session_id = ")
                .push_bind(session.to_string());
        }
        query
            .push(" ORDER BY id LIMIT ")
            .push_bind(i64::from(page.limit) + 1);
        let read = async {
            let rows = query.build().fetch_all(&self.store.readers).await?;
            let webhooks = rows.iter().map(|found| self.view(found));
            let webhooks = webhooks.collect::<Result<_, _>>()?;
            Ok(Page::cut(webhooks, page.limit, |view: &WebhookView| {
                view.webhook.id.to_string()
            }))
        };
        read.await.map_err(StoreError::to("read the webhooks"))
    }

    /// The webhooks of one client or all and their deliveries, counted, and which of them are on. None is paused here.
    pub async fn counts(
        &self,
        client: Option<&ClientId>,
    ) -> Result<(WebhookCounts, Vec<WebhookId>), StoreError> {
        const EACH: &str = "SELECT id, enabled, \
             (SELECT COUNT(*) FROM webhook_deliveries WHERE webhook_id = webhooks.id AND state = 'pending') AS pending, \
             (SELECT COUNT(*) FROM webhook_deliveries WHERE webhook_id = webhooks.id AND state = 'failed') AS failed \
             FROM webhooks WHERE ? IS NULL OR client_id = ?";
        let read = async {
            let client = client.map(ToString::to_string);
            let query = sqlx::query(EACH).bind(client.clone()).bind(client);
            let (mut counts, mut enabled) = (WebhookCounts::default(), Vec::new());
            for found in query.fetch_all(&self.store.readers).await? {
                counts.total += 1;
                counts.pending += found.try_get::<i64, _>("pending")?.unsigned_abs();
                counts.failed += found.try_get::<i64, _>("failed")?.unsigned_abs();
                if found.try_get::<i64, _>("enabled")? != 0 {
                    enabled.push(row::id(&found)?);
                }
            }
            counts.enabled = enabled.len() as u64;
            Ok((counts, enabled))
        };
        read.await.map_err(StoreError::to("count the webhooks"))
    }

    fn view(&self, found: &SqliteRow) -> Result<WebhookView, sqlx::Error> {
        Ok(WebhookView {
            webhook: row::webhook(found, &self.vault)?,
            health: row::health(found)?,
        })
    }

    /// Changes a webhook. One that leads elsewhere or is turned on tries at once what waited for its next attempt.
    pub async fn change(
        &self,
        id: &WebhookId,
        change: WebhookChange,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let action = "change a webhook";
        let headers = change.headers.as_ref();
        let sealed = headers.map(|headers| row::seal_headers(&self.vault, id, headers));
        let sealed = sealed.transpose().map_err(StoreError::to(action))?;
        let id = id.clone();
        self.store
            .writer
            .write(action, move |step| {
                Box::pin(async move { apply(step, &id, &change, sealed, now).await })
            })
            .await
    }

    /// Gives a webhook a new key. The one before signs as well until `until`.
    pub async fn rotate(
        &self,
        id: &WebhookId,
        secret: &WebhookSecret,
        [now, until]: [Timestamp; 2],
        claim: Option<Claim>,
    ) -> Result<(), StoreError> {
        const ROTATE: &str = "UPDATE webhooks SET sealed_previous = sealed_secret, previous_until = ?, sealed_secret = ?, secret_rotated_at = ? WHERE id = ?";
        let action = "replace a secret";
        let sealed = row::seal(&self.vault, id, secret.expose()).map_err(StoreError::to(action))?;
        let id = id.clone();
        self.store
            .writer
            .write(action, move |step| {
                Box::pin(async move {
                    let query = sqlx::query(ROTATE)
                        .bind(until.as_millis())
                        .bind(sealed)
                        .bind(now.as_millis())
                        .bind(id.to_string());
                    query.execute(&mut *step.conn).await?;
                    if let Some(claim) = claim {
                        idempotency::note_made(step.conn, &claim, id.as_str()).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Forgets a webhook with all its deliveries: first nothing more is added to them, then they go, a few at a time.
    pub async fn remove(&self, id: &WebhookId, now: Timestamp) -> Result<(), StoreError> {
        const SOME: &str = "DELETE FROM webhook_deliveries WHERE webhook_id = ? AND event_id IN \
             (SELECT event_id FROM webhook_deliveries WHERE webhook_id = ? ORDER BY event_id LIMIT ?)";
        let off = WebhookChange {
            enabled: Some(false),
            ..WebhookChange::default()
        };
        self.change(id, off, now).await?;
        let name = id.to_string();
        self.in_pieces("forget deliveries", None, move || {
            sqlx::query(SOME).bind(name.clone()).bind(name.clone())
        })
        .await?;
        let removed = id.clone();
        self.store
            .writer
            .write("remove a webhook", move |step| {
                Box::pin(async move {
                    let query = sqlx::query("DELETE FROM webhooks WHERE id = ?");
                    let query = query.bind(removed.to_string());
                    query.execute(&mut *step.conn).await.map(drop)
                })
            })
            .await?;
        self.store.writer.bells().remove(id);
        Ok(())
    }

    /// Does something with all deliveries that it fits, up to [`AT_ONCE`] in one piece of work: that limit is the last
    /// thing that the statement takes. Says how many there were. Whoever delivers to `woken` hears of each piece.
    async fn in_pieces(
        &self,
        action: &'static str,
        woken: Option<WebhookId>,
        statement: impl Fn() -> Query<'static, Sqlite, SqliteArguments> + Clone + Send + 'static,
    ) -> Result<u64, StoreError> {
        let mut all = 0;
        loop {
            let (statement, woken) = (statement.clone(), woken.clone());
            let done = self
                .store
                .writer
                .write(action, move |step| {
                    Box::pin(async move {
                        let query = statement().bind(AT_ONCE);
                        if let Some(id) = &woken {
                            step.deliver(id);
                        }
                        Ok(query.execute(&mut *step.conn).await?.rows_affected())
                    })
                })
                .await?;
            all += done;
            if done < AT_ONCE.unsigned_abs() {
                return Ok(all);
            }
        }
    }
}

/// What of a webhook is not kept readable.
struct Sealed {
    headers: String,
    secret: String,
}

impl Sealed {
    fn of(vault: &Vault, webhook: &Webhook, secret: &WebhookSecret) -> Result<Self, sqlx::Error> {
        Ok(Self {
            headers: row::seal_headers(vault, &webhook.id, &webhook.headers)?,
            secret: row::seal(vault, &webhook.id, secret.expose())?,
        })
    }
}

async fn insert(step: &mut Step<'_>, webhook: &Webhook, sealed: Sealed) -> Result<(), sqlx::Error> {
    const INSERT: &str = "INSERT INTO webhooks (id, client_id, session_id, url, events, sealed_headers, sealed_secret, enabled, disabled_reason, created_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let query = sqlx::query(INSERT)
        .bind(webhook.id.to_string())
        .bind(webhook.scope.client().map(ToString::to_string))
        .bind(webhook.scope.session().map(ToString::to_string))
        .bind(webhook.url.clone())
        .bind(row::events_text(&webhook.events)?)
        .bind(sealed.headers)
        .bind(sealed.secret)
        .bind(i64::from(webhook.enabled))
        .bind(webhook.disabled_reason.map(DisabledReason::as_str))
        .bind(webhook.created_at.as_millis());
    query.execute(&mut *step.conn).await.map(drop)
}

async fn apply(
    step: &mut Step<'_>,
    id: &WebhookId,
    change: &WebhookChange,
    sealed_headers: Option<String>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    const CHANGE: &str = "UPDATE webhooks SET url = COALESCE(?, url), events = COALESCE(?, events), sealed_headers = COALESCE(?, sealed_headers) WHERE id = ?";
    const TURN: &str = "UPDATE webhooks SET enabled = ?, disabled_reason = ? WHERE id = ?";
    const HURRY: &str = "UPDATE webhook_deliveries SET next_attempt_at = ? WHERE webhook_id = ? AND state = 'pending' AND next_attempt_at > ?";
    let events = change.events.as_ref().map(row::events_text).transpose()?;
    let query = sqlx::query(CHANGE)
        .bind(change.url.clone())
        .bind(events)
        .bind(sealed_headers)
        .bind(id.to_string());
    query.execute(&mut *step.conn).await?;
    if let Some(enabled) = change.enabled {
        let reason = (!enabled).then_some(DisabledReason::ByRequest.as_str());
        let query = sqlx::query(TURN).bind(i64::from(enabled)).bind(reason);
        let query = query.bind(id.to_string());
        query.execute(&mut *step.conn).await?;
    }
    if change.url.is_some() || change.enabled == Some(true) {
        let query = sqlx::query(HURRY)
            .bind(now.as_millis())
            .bind(id.to_string())
            .bind(now.as_millis());
        query.execute(&mut *step.conn).await?;
    }
    step.webhooks_changed();
    step.deliver(id);
    Ok(())
}
