//! Which webhooks an event is for: the list is in the writing task, and the deliveries are written in the commit that
//! writes the event, so that nothing can be lost in between.

use crate::domain::event::Event;
use crate::domain::id::WebhookId;
use crate::domain::webhook::Subscription;
use crate::store::webhooks::row;
use sqlx::Row;
use sqlx::SqliteConnection;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use tokio::sync::Notify;

/// Wakes whoever delivers to a webhook.
#[derive(Clone, Default)]
pub(super) struct Bells(Arc<Mutex<HashMap<WebhookId, Arc<Notify>>>>);

impl Bells {
    /// The bell of a webhook, from now on until it is removed.
    pub(super) fn of(&self, id: &WebhookId) -> Arc<Notify> {
        let mut bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(bells.entry(id.clone()).or_default())
    }

    /// Nobody delivers to it any more.
    pub(super) fn remove(&self, id: &WebhookId) {
        let mut bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bells.remove(id);
    }

    fn ring(&self, ids: &BTreeSet<WebhookId>) {
        let bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for bell in ids.iter().filter_map(|id| bells.get(id)) {
            bell.notify_one();
        }
    }
}

/// Writes deliveries.
#[derive(Default)]
pub(super) struct FanOut {
    /// None: to be read again.
    subscribers: Option<Vec<Subscription>>,
    /// Who got deliveries since the last commit.
    touched: BTreeSet<WebhookId>,
    bells: Bells,
}

impl FanOut {
    /// One that rings these.
    pub(super) fn ringing(bells: Bells) -> Self {
        Self {
            bells,
            ..Self::default()
        }
    }

    /// The webhooks have changed, or a change was undone.
    pub(super) fn forget(&mut self) {
        self.subscribers = None;
    }

    /// Writes the deliveries of an event that has just been written.
    pub(super) async fn spread(
        &mut self,
        conn: &mut SqliteConnection,
        event: &Event,
    ) -> Result<(), sqlx::Error> {
        const SPREAD: &str = "INSERT INTO webhook_deliveries (webhook_id, event_id, session_id, state, since, next_attempt_at) VALUES (?, ?, ?, 'pending', ?, ?)";
        let subscribers = match self.subscribers.take() {
            Some(subscribers) => subscribers,
            None => load(conn).await?,
        };
        let subscribers = self.subscribers.insert(subscribers);
        for subscriber in subscribers.iter().filter(|one| is_for(one, event)) {
            let query = sqlx::query(SPREAD)
                .bind(subscriber.id.to_string())
                .bind(event.id.to_string())
                .bind(event.session_id.to_string())
                .bind(event.at.as_millis())
                .bind(event.at.as_millis());
            query.execute(&mut *conn).await?;
            self.touched.insert(subscriber.id.clone());
        }
        Ok(())
    }

    /// A webhook has something to deliver once more.
    pub(super) fn touch(&mut self, id: &WebhookId) {
        self.touched.insert(id.clone());
    }

    /// After a commit: wakes those who deliver.
    pub(super) fn committed(&mut self) {
        self.bells.ring(&self.touched);
        self.touched.clear();
    }

    /// After a commit that failed.
    pub(super) fn undone(&mut self) {
        self.touched.clear();
        self.forget();
    }
}

fn is_for(one: &Subscription, event: &Event) -> bool {
    one.wants(event.kind.as_str(), &event.client_id, &event.session_id)
}

async fn load(conn: &mut SqliteConnection) -> Result<Vec<Subscription>, sqlx::Error> {
    const ENABLED: &str =
        "SELECT id, client_id, session_id, events FROM webhooks WHERE enabled = 1 ORDER BY id";
    let rows = sqlx::query(ENABLED).fetch_all(conn).await?;
    let subscriber = |found: &sqlx::sqlite::SqliteRow| {
        Ok(Subscription {
            id: row::id(found)?,
            scope: row::scope(found)?,
            events: row::events(found.try_get("events")?)?,
        })
    };
    rows.iter().map(subscriber).collect()
}
