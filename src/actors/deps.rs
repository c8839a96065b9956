//! What all session actors share: the store, the way to WhatsApp, limits, and the tasks that a stop waits for.

use crate::actors::disk::DiskWatch;
use crate::actors::disk::Trouble;
use crate::actors::ids::IdMaker;
use crate::actors::restart::RestartPolicy;
use crate::actors::traces::Traces;
use crate::clock::Clock;
use crate::domain::id::StoreKey;
use crate::store::Store;
use crate::whatsapp::Connector;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

/// The limits and times of sessions; each has its key in the configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the key files are.
    pub sessions_dir: PathBuf,
    /// How many sessions the daemon holds.
    pub max_sessions: usize,
    /// How many clients may be opened at the same time.
    pub parallel_opens: usize,
    /// How many messages may wait in a session.
    pub outbox_per_session: usize,
    /// How long WhatsApp may take to answer a message before it is handed over again.
    pub ack_timeout: Duration,
    /// After how long without a frame a connection is probed ...
    pub probe_after: Duration,
    /// ... and how long the answer may take before the connection counts as dead.
    pub probe_timeout: Duration,
    /// How long a message may wait for its turn when its sender does not say.
    pub message_ttl: Duration,
    /// How long WhatsApp may take to confirm that a device was unlinked.
    pub unlink_timeout: Duration,
    /// How crashed sessions are restarted.
    pub restart: RestartPolicy,
    /// How long things are kept.
    pub retention: Retention,
    /// How the disk is watched.
    pub disk: DiskWatch,
    /// Which traces messages are part of; webhooks share them.
    pub traces: Traces,
}

/// How long things are kept.
#[derive(Debug, Clone)]
pub struct Retention {
    /// Events that are older go ...
    pub events_kept: Duration,
    /// ... and the oldest beyond so many.
    pub events_count: u64,
    /// How often that is looked at.
    pub sweep_every: Duration,
}

/// What session actors are made with.
pub(super) struct Deps {
    pub(super) store: Store,
    pub(super) connector: Arc<dyn Connector>,
    pub(super) clock: Clock,
    pub(super) settings: Settings,
    /// Whether the disk is full.
    pub(super) disk: Trouble,
    pub(super) ids: IdMaker,
    /// Opening a client takes the processor and the disk for a while: not all at once.
    pub(super) opening: Semaphore,
    pub(super) tasks: TaskTracker,
    /// Rings when a pairing link is made, replaced or revoked.
    pub(super) links: Notify,
}

impl Deps {
    /// Where the keys of that name are.
    pub(super) fn key_file(&self, key: &StoreKey) -> PathBuf {
        self.settings.sessions_dir.join(format!("{key}.db"))
    }

    /// Removes the key files that nobody uses any more. What cannot be removed is tried again at the next start.
    pub(super) async fn remove_orphaned_files(&self) {
        let keys = match self.store.orphaned_files().await {
            Ok(keys) => keys,
            Err(error) => {
                return tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the files to remove could not be listed"
                );
            }
        };
        for key in keys {
            self.remove_file(&key).await;
        }
    }

    /// Removes one of them, which nobody may have open.
    pub(super) async fn remove_file(&self, key: &StoreKey) {
        if let Err(error) = self.remove(key).await {
            tracing::error!(file = %self.key_file(key).display(), error, "a key file could not be removed; it is tried again at the next start");
        }
    }

    async fn remove(&self, key: &StoreKey) -> Result<(), String> {
        let file = self.key_file(key);
        // SQLite's write-ahead log and its index lie beside the file.
        for suffix in ["", "-wal", "-shm"] {
            let mut path = file.clone().into_os_string();
            path.push(suffix);
            match tokio::fs::remove_file(&path).await {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error.to_string());
                }
                _ => {}
            }
        }
        self.store
            .forget_file(key)
            .await
            .map_err(|error| error.to_string())
    }
}
