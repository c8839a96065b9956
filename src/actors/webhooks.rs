//! Webhooks: the way in for whoever answers requests, and the owner of the tasks that deliver, one for each webhook.
//!
//! No session, no writer and no other webhook ever waits for a receiver. What is to be delivered is on disk, written in
//! the commit of its event; the tasks hold nothing that a kill could lose.

mod deliverer;
pub mod error;
mod guard;

use crate::actors::ids::IdMaker;
use crate::actors::journal;
use crate::actors::traces::Traces;
use crate::clock::Clock;
use crate::config::WebhooksConfig;
use crate::courier::Courier;
use crate::courier::secret;
use crate::domain::id::ClientId;
use crate::domain::id::EventId;
use crate::domain::id::SessionId;
use crate::domain::id::WebhookId;
use crate::domain::idempotency::Claim;
use crate::domain::page::Page;
use crate::domain::page::PageRequest;
use crate::domain::retry::Breaker;
use crate::domain::retry::BreakerPolicy;
use crate::domain::retry::RetryPolicy;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Attempt;
use crate::domain::webhook::Delivery;
use crate::domain::webhook::DeliveryState;
use crate::domain::webhook::DisabledReason;
use crate::domain::webhook::EventFilter;
use crate::domain::webhook::Scope;
use crate::domain::webhook::Webhook;
use crate::domain::webhook::WebhookChange;
use crate::domain::webhook::WebhookCounts;
use crate::domain::webhook::WebhookHeaders;
use crate::domain::webhook::WebhookSecret;
use crate::domain::webhook::WebhookView;
use crate::meter;
use crate::store::StoreError;
use crate::store::webhooks::Address;
use crate::store::webhooks::DeliveryFile;
use crate::store::webhooks::WebhookStore;
use deliverer::Deliverer;
use deliverer::Limits;
use deliverer::SharedBreaker;
use deliverer::lock;
use error::WebhookError;
use guard::Pauses;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tokio_util::task::TaskTracker;

/// The length of a key that is made here, in bytes.
const SECRET_BYTES: usize = 32;

/// After a panic, or when the store failed.
const PAUSES: Pauses = Pauses {
    min: Duration::from_secs(1),
    max: Duration::from_mins(1),
};

/// A webhook to be made.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// Whose events.
    pub scope: Scope,
    /// Where to.
    pub url: String,
    /// Which events.
    pub events: EventFilter,
    /// What is added to each request.
    pub headers: WebhookHeaders,
    /// The text form of the key to sign with; one is made where there is none.
    pub secret: Option<String>,
    /// Whether it is on from the start.
    pub enabled: bool,
    /// The key of the request, where it had one.
    pub claim: Option<Claim>,
}

/// All that is known of a delivery.
#[derive(Debug, Clone)]
pub struct DeliveryView {
    /// How far it is.
    pub delivery: Delivery,
    /// Every attempt, in order.
    pub attempts: Vec<Attempt>,
    /// The body, while its event is kept.
    pub body: Option<String>,
}

/// All webhooks. A clone is the same.
#[derive(Clone)]
pub struct Webhooks(Arc<Inner>);

struct Inner {
    store: WebhookStore,
    courier: Courier,
    clock: Clock,
    traces: Traces,
    limits: Limits,
    max: usize,
    ids: IdMaker,
    running: Mutex<HashMap<WebhookId, Running>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// A webhook's task; dropping it ends the task at once.
struct Running {
    breaker: SharedBreaker,
    _task: AbortOnDropHandle<()>,
}

impl Webhooks {
    /// Starts to deliver what is to be delivered.
    pub async fn start(
        store: WebhookStore,
        courier: Courier,
        clock: Clock,
        config: &WebhooksConfig,
        traces: Traces,
    ) -> Result<Self, StoreError> {
        let webhooks = Self(Arc::new(Inner {
            store,
            courier,
            clock,
            traces,
            limits: limits(config),
            max: config.max_webhooks,
            ids: IdMaker::default(),
            running: Mutex::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }));
        for id in webhooks.0.store.ids().await? {
            webhooks.0.run(&id);
        }
        Ok(webhooks)
    }

    /// Begins no further attempts and gives those under way `limit` to end. The rest is delivered after the next start.
    pub async fn stop(&self, limit: Duration) {
        let inner = &self.0;
        inner.stop.cancel();
        inner.tasks.close();
        let ended = tokio::time::timeout(limit, inner.tasks.wait()).await;
        if ended.is_err() {
            tracing::info!(
                "some attempts to deliver events were cut short; they are made again after the next start"
            );
        }
        inner.running().clear();
        inner.tasks.wait().await;
    }

    /// Makes a webhook; gives it with its key in text form, which nothing shows later.
    pub async fn create(&self, new: NewWebhook) -> Result<(WebhookView, String), WebhookError> {
        let inner = &self.0;
        inner.check_url(&new.url)?;
        let secret = match &new.secret {
            Some(text) => {
                secret::parse(text).map_err(|error| WebhookError::BadSecret(error.to_string()))?
            }
            None => random_secret(),
        };
        let webhook = Webhook {
            id: inner.ids.webhook(),
            scope: new.scope,
            url: new.url,
            events: new.events,
            headers: new.headers,
            enabled: new.enabled,
            disabled_reason: (!new.enabled).then_some(DisabledReason::ByRequest),
            created_at: inner.now(),
            secret_rotated_at: None,
            previous_secret_until: None,
        };
        let added = inner
            .store
            .add(&webhook, &secret, new.claim, inner.max)
            .await?;
        if !added {
            return Err(WebhookError::TooMany { limit: inner.max });
        }
        inner.run(&webhook.id);
        Ok((self.find(&webhook.id).await?, secret::text(&secret)))
    }

    /// A webhook with its key, for a request that made one or the other before and was not answered.
    pub async fn with_secret(&self, id: &WebhookId) -> Result<(WebhookView, String), WebhookError> {
        let address = self.0.address(id).await?;
        Ok((self.find(id).await?, secret::text(&address.secret)))
    }

    /// Webhooks, of one client or session or all, oldest first.
    pub async fn list(
        &self,
        client: Option<&ClientId>,
        session: Option<&SessionId>,
        page: &PageRequest,
    ) -> Result<Page<WebhookView>, WebhookError> {
        let page = self.0.store.list(client, session, page).await?;
        Ok(page.map(|view| self.0.complete(view)))
    }

    /// The webhooks of one client or all, counted.
    pub async fn counts(&self, client: Option<&ClientId>) -> Result<WebhookCounts, WebhookError> {
        let inner = &self.0;
        let (mut counts, enabled) = inner.store.counts(client).await?;
        let (running, now) = (inner.running(), inner.now());
        let paused = enabled.iter().filter(|id| {
            let breaker = running.get(*id).map(|running| *lock(&running.breaker));
            let until = breaker.and_then(|breaker| breaker.paused_until());
            until.is_some_and(|until| until > now)
        });
        counts.paused = paused.count() as u64;
        Ok(counts)
    }

    /// Reads what is measured of webhooks.
    pub async fn measure(&self) -> Result<(), WebhookError> {
        let counts = self.counts(None).await?;
        for (state, count) in [
            ("enabled", counts.enabled.saturating_sub(counts.paused)),
            ("paused", counts.paused),
            ("disabled", counts.total.saturating_sub(counts.enabled)),
        ] {
            meter::set_by(meter::WEBHOOKS, "state", state, count);
        }
        meter::set_by(meter::DELIVERIES, "state", "pending", counts.pending);
        meter::set_by(meter::DELIVERIES, "state", "failed", counts.failed);
        let oldest = self.0.store.oldest_pending().await?;
        let oldest = oldest.as_ref().and_then(journal::made_at);
        let age = oldest.map(|oldest| self.0.now().since(oldest));
        meter::set_time(meter::DELIVERY_OLDEST, age.unwrap_or_default());
        Ok(())
    }

    /// One webhook.
    pub async fn find(&self, id: &WebhookId) -> Result<WebhookView, WebhookError> {
        let found = self.0.store.find(id).await?;
        let view = found.ok_or_else(|| WebhookError::NotFound(id.to_string()))?;
        Ok(self.0.complete(view))
    }

    /// Changes a webhook. One that leads elsewhere or is turned on is tried at once.
    pub async fn change(
        &self,
        id: &WebhookId,
        change: WebhookChange,
    ) -> Result<WebhookView, WebhookError> {
        let inner = &self.0;
        if let Some(url) = &change.url {
            inner.check_url(url)?;
        }
        let is_fresh = change.url.is_some() || change.enabled == Some(true);
        inner.store.change(id, change, inner.now()).await?;
        if is_fresh {
            inner.refresh(id);
        }
        self.find(id).await
    }

    /// Removes a webhook, with all that is to be delivered to it.
    pub async fn delete(&self, id: &WebhookId) -> Result<(), WebhookError> {
        self.0.store.remove(id, self.0.now()).await?;
        self.0.running().remove(id);
        Ok(())
    }

    /// Gives a webhook a new key and shows it; the one before signs as well for `grace`.
    pub async fn rotate(
        &self,
        id: &WebhookId,
        grace: Duration,
        claim: Option<Claim>,
    ) -> Result<(WebhookView, String), WebhookError> {
        let (now, secret) = (self.0.now(), random_secret());
        let times = [now, now.plus(grace)];
        self.0.store.rotate(id, &secret, times, claim).await?;
        Ok((self.find(id).await?, secret::text(&secret)))
    }

    /// Posts an event that tries the webhook out, and tells how that went. It is not one of the log, and not tried again.
    pub async fn test(&self, id: &WebhookId) -> Result<Attempt, WebhookError> {
        let inner = &self.0;
        let address = inner.address(id).await?;
        let (event, at) = (inner.ids.test_event(), inner.now());
        let body = serde_json::json!({
            "id": event,
            "type": "webhook.test",
            "seq": 0,
            "at": at,
            "sessionId": address.webhook.scope.session(),
            "clientId": address.webhook.scope.client(),
            "data": {"webhookId": id},
        });
        let parcel = deliverer::addressed(address, event, body.to_string(), at);
        let outcome = inner.courier.post(&parcel).await;
        Ok(deliverer::attempt(at, outcome))
    }

    /// The deliveries of a webhook, newest first; in one state, or all.
    pub async fn deliveries(
        &self,
        id: &WebhookId,
        state: Option<DeliveryState>,
        page: &PageRequest,
    ) -> Result<Page<Delivery>, WebhookError> {
        Ok(self.0.store.deliveries(id, state, page).await?)
    }

    /// One delivery.
    pub async fn delivery(
        &self,
        id: &WebhookId,
        event: &EventId,
    ) -> Result<DeliveryView, WebhookError> {
        let found = self.0.store.delivery(id, event).await?;
        let file = found.ok_or_else(|| WebhookError::NoDelivery(event.clone()))?;
        let DeliveryFile {
            delivery,
            attempts,
            event,
        } = file;
        Ok(DeliveryView {
            delivery,
            attempts,
            body: event.map(|event| event.to_json()),
        })
    }

    /// Delivers an event again, whatever became of it.
    pub async fn redeliver(
        &self,
        id: &WebhookId,
        event: &EventId,
    ) -> Result<DeliveryView, WebhookError> {
        if !self.0.store.redeliver(id, event, self.0.now()).await? {
            return Err(WebhookError::NoDelivery(event.clone()));
        }
        self.delivery(id, event).await
    }

    /// Delivers all events again that were given up. Says how many.
    pub async fn redeliver_failed(&self, id: &WebhookId) -> Result<u64, WebhookError> {
        Ok(self.0.store.redeliver_failed(id, self.0.now()).await?)
    }
}

impl Inner {
    fn now(&self) -> Timestamp {
        self.clock.now().into()
    }

    fn running(&self) -> MutexGuard<'_, HashMap<WebhookId, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a webhook's task.
    fn run(&self, id: &WebhookId) {
        if self.stop.is_cancelled() {
            return;
        }
        let breaker = SharedBreaker::default();
        let deliverer = Deliverer {
            id: id.clone(),
            webhooks: self.store.clone(),
            courier: self.courier.clone(),
            clock: self.clock.clone(),
            traces: self.traces.clone(),
            limits: self.limits,
            breaker: Arc::clone(&breaker),
            bell: self.store.bell(id),
            stop: self.stop.clone(),
        };
        let task = self.tasks.spawn(async move {
            let name = deliverer.id.to_string();
            guard::keep_running(&name, PAUSES, &deliverer.stop, || deliverer.run()).await;
        });
        let running = Running {
            breaker,
            _task: AbortOnDropHandle::new(task),
        };
        self.running().insert(id.clone(), running);
    }

    /// Forgets that it failed.
    fn refresh(&self, id: &WebhookId) {
        if let Some(running) = self.running().get(id) {
            *lock(&running.breaker) = Breaker::default();
        }
    }

    /// A webhook with what only this run of the daemon knows of it.
    fn complete(&self, mut view: WebhookView) -> WebhookView {
        let now = self.now();
        if let Some(running) = self.running().get(&view.webhook.id) {
            let breaker = *lock(&running.breaker);
            view.health.paused_until = breaker.paused_until().filter(|until| *until > now);
            view.health.failures_in_row = breaker.failures();
        }
        let until = view.webhook.previous_secret_until;
        view.webhook.previous_secret_until = until.filter(|until| *until > now);
        view
    }

    fn check_url(&self, url: &str) -> Result<(), WebhookError> {
        self.courier
            .check_url(url)
            .map_err(|error| WebhookError::UrlRefused(error.to_string()))
    }

    async fn address(&self, id: &WebhookId) -> Result<Address, WebhookError> {
        let found = self.store.address(id).await?;
        found.ok_or_else(|| WebhookError::NotFound(id.to_string()))
    }
}

fn limits(config: &WebhooksConfig) -> Limits {
    Limits {
        retry: RetryPolicy {
            first: config.retry_first(),
            max: config.retry_max(),
            give_up_after: config.retry_for(),
        },
        breaker: BreakerPolicy {
            failures: config.breaker_failures,
            pause_min: config.breaker_pause_min(),
            pause_max: config.breaker_pause_max(),
        },
        parallel: config.parallel_per_webhook,
    }
}

fn random_secret() -> WebhookSecret {
    let bytes: [u8; SECRET_BYTES] = rand::random();
    #[expect(clippy::expect_used, reason = "the length is a right one")]
    WebhookSecret::from_bytes(bytes.to_vec()).expect("a key of 32 bytes")
}
