//! Sessions for tests of the layers above: none is there, and WhatsApp is out of reach.

use crate::actors::deps::Settings;
use crate::actors::handle::Sessions;
use crate::actors::restart::RestartPolicy;
use crate::clock::Clock;
use crate::store::Store;
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

/// The sessions of a new daemon in this folder.
pub(crate) async fn sessions(dir: &Path) -> Sessions {
    let store = Store::open(&dir.join("wamux.db")).await.unwrap();
    let second = Duration::from_secs(1);
    let settings = Settings {
        sessions_dir: dir.to_owned(),
        max_sessions: 10,
        parallel_opens: 1,
        outbox_per_session: 10,
        ack_timeout: second,
        unlink_timeout: second,
        restart: RestartPolicy {
            budget: 1,
            window: second,
            backoff_min: second,
            backoff_max: second,
        },
    };
    let (whatsapp, clock, tasks) = (Arc::new(NoWhatsApp), Clock::system(), TaskTracker::new());
    Sessions::start(store, whatsapp, clock, settings, tasks)
        .await
        .unwrap()
}
