//! What the daemon remembers, in its own SQLite file. The only place that names SQL.
//!
//! One task writes and a few connections read: SQLite has one writer at a time, and what waits for it in a queue of
//! ours is committed together. Ids and domain types go in and come out, never rows. Events are written in the same
//! commit as the change that they tell of.

mod changes;
mod chats;
pub mod copies;
mod events;
mod fanout;
mod idempotency;
mod messages;
mod pairing_links;
mod pattern;
mod place;
mod schema;
mod sessions;
mod settings;
mod stats;
mod steps;
mod timeline;
pub mod vault;
pub mod webhooks;
mod writer;

pub use changes::NewChange;
pub use place::Place;
pub use schema::OpenError;
pub use schema::Schema;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::sqlite::SqliteJournalMode;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::sqlite::SqliteSynchronous;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
pub use steps::Arrival;
use tokio::sync::Semaphore;
use tokio::sync::SemaphorePermit;
use writer::Writer;

const READERS: u32 = 4;
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The database failed; the source says how.
#[derive(Debug, thiserror::Error)]
#[error("the database failed while it was to {action}")]
pub struct StoreError {
    action: &'static str,
    #[source]
    source: sqlx::Error,
}

impl StoreError {
    fn to(action: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self { action, source }
    }
}

/// The daemon's memory. A clone is the same store.
#[derive(Clone)]
pub struct Store {
    writer: Writer,
    readers: sqlx::SqlitePool,
    writing: sqlx::SqlitePool,
    place: Place,
    /// Whose turn it is to read a great deal.
    long_reads: Arc<Semaphore>,
}

impl Store {
    /// Opens the file, makes it where it does not exist, and brings it to the newest schema. A later version's is left as it is.
    pub async fn open(file: &Path) -> Result<Self, OpenError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // What was acknowledged must survive a power cut, not only a crash.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        let opened = StoreError::to("open its file");
        let writing = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await
            .map_err(opened)?;
        schema::bring_up(&writing).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(options.read_only(true))
            .await
            .map_err(StoreError::to("open its file for reading"))?;
        let newest = async { events::newest(&mut *readers.acquire().await?).await };
        let newest = newest
            .await
            .map_err(StoreError::to("find the newest event"))?;
        let place = Place::of(file)
            .map_err(|error| StoreError::to("find its file again")(sqlx::Error::Io(error)))?;
        Ok(Self {
            place,
            writer: Writer::start(writing.clone(), newest),
            readers,
            writing,
            long_reads: Arc::new(Semaphore::new(1)),
        })
    }

    /// Where the file is that was opened.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// How many writes wait.
    pub fn writes_waiting(&self) -> usize {
        self.writer.waiting()
    }

    /// Waits for the turn to read a great deal. One such question is answered at a time: the other readers are for
    /// everybody else.
    async fn long_read(&self) -> Result<SemaphorePermit<'_>, sqlx::Error> {
        let turn = self.long_reads.acquire().await;
        turn.map_err(|_| sqlx::Error::PoolClosed)
    }

    /// Writes everything out and closes the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writing.close().await;
    }
}

/// A row that holds what no version of the daemon has written.
fn corrupt(column: &'static str, value: impl std::fmt::Display) -> sqlx::Error {
    sqlx::Error::Decode(format!("column {column} holds {value}").into())
}
