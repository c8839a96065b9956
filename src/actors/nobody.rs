//! Sessions for tests, here and in the layers above: none is there, and WhatsApp is out of reach unless a test brings one.

use crate::actors::deps::Retention;
use crate::actors::deps::Settings;
use crate::actors::disk::DiskWatch;
use crate::actors::handle::Sessions;
use crate::actors::restart::RestartPolicy;
use crate::actors::traces::Traces;
use crate::actors::webhooks::Webhooks;
use crate::clock::Clock;
use crate::config::WebhooksConfig;
use crate::courier::Courier;
use crate::store::Store;
use crate::store::vault::KEY_BYTES;
use crate::store::vault::Vault;
use crate::whatsapp::Client;
use crate::whatsapp::ClientSpec;
use crate::whatsapp::Connector;
use crate::whatsapp::EventSink;
use crate::whatsapp::Inbox;
use crate::whatsapp::error::WhatsAppError;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::task::TaskTracker;

struct NoWhatsApp;

#[async_trait::async_trait]
impl Connector for NoWhatsApp {
    async fn open(
        &self,
        _: ClientSpec,
        _: Arc<dyn Inbox>,
        _: EventSink,
    ) -> Result<Arc<dyn Client>, WhatsAppError> {
        Err(WhatsAppError::NotConnected)
    }
}

/// How many messages wait in a session here.
pub(crate) const OUTBOX: usize = 10;

/// The sessions and the webhooks of a new daemon in this folder, which has up to `max` of the latter.
pub(crate) async fn sessions_and_webhooks(dir: &Path, max: usize) -> (Sessions, Webhooks) {
    let store = Store::open(&dir.join("wamux.db")).await.unwrap();
    let config = WebhooksConfig {
        max_webhooks: max,
        ..WebhooksConfig::default()
    };
    let courier = Courier::new(&config).unwrap();
    let webhooks = store.webhooks(Vault::new(&[7; KEY_BYTES]));
    let webhooks = Webhooks::start(
        webhooks,
        courier,
        Clock::system(),
        &config,
        Traces::default(),
    )
    .await;
    let sessions = start(dir, store, Arc::new(NoWhatsApp)).await;
    (sessions, webhooks.unwrap())
}

/// The sessions of a new daemon in this folder, with this WhatsApp.
pub(crate) async fn sessions_with(dir: &Path, whatsapp: Arc<dyn Connector>) -> Sessions {
    let store = Store::open(&dir.join("wamux.db")).await.unwrap();
    start(dir, store, whatsapp).await
}

async fn start(dir: &Path, store: Store, whatsapp: Arc<dyn Connector>) -> Sessions {
    let second = Duration::from_secs(1);
    let settings = Settings {
        sessions_dir: dir.to_owned(),
        max_sessions: 10,
        parallel_opens: 1,
        outbox_per_session: OUTBOX,
        ack_timeout: second,
        probe_after: second,
        probe_timeout: second,
        message_ttl: Duration::from_mins(1),
        unlink_timeout: second,
        restart: RestartPolicy {
            budget: 1,
            window: second,
            backoff_min: Duration::from_millis(1),
            backoff_max: second,
        },
        disk: DiskWatch {
            folder: dir.to_owned(),
            min_free: 0,
            every: second,
        },
        traces: Traces::default(),
        retention: Retention {
            events_kept: Duration::from_hours(1),
            events_count: 1000,
            sweep_every: Duration::from_mins(1),
        },
    };
    Sessions::start(
        store,
        whatsapp,
        Clock::system(),
        settings,
        TaskTracker::new(),
    )
    .await
    .unwrap()
}
