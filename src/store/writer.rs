//! The one task that writes: what waits while a commit runs is committed together with the next one.
//!
//! A commit costs a flush of the disk, whatever is in it. Each piece of work has a savepoint of its own, so that one
//! that fails takes nothing with it; nobody hears of success before the commit.

use crate::domain::event::Event;
use crate::domain::event::NewEvent;
use crate::domain::id::EventId;
use crate::domain::id::WebhookId;
use crate::domain::message::Direction;
use crate::meter;
use crate::store::StoreError;
use crate::store::chats;
use crate::store::events;
use crate::store::fanout::Bells;
use crate::store::fanout::FanOut;
use crate::store::messages::direction_name;
use futures::future::BoxFuture;
use sqlx::Acquire;
use sqlx::SqliteConnection;
use sqlx::SqlitePool;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio::sync::watch;
use tokio::time::Instant;
use ulid::Generator;
use ulid::Ulid;

/// Pieces of work that wait; more than that wait at their callers.
const QUEUE: usize = 1024;
/// Pieces of work in one commit.
const TOGETHER: usize = 256;

/// The way to the writing task. A clone is the same way.
#[derive(Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Box<dyn Job>>,
    bell: Arc<watch::Sender<Option<EventId>>>,
    bells: Bells,
}

/// What a piece of work may do: anything with the connection, and append events.
pub(super) struct Step<'c> {
    /// Within the transaction.
    pub(super) conn: &'c mut SqliteConnection,
    ids: &'c mut EventIds,
    fan_out: &'c mut FanOut,
    tally: &'c mut Vec<Counted>,
}

/// What is counted once it is on disk.
pub(super) enum Counted {
    /// An event of this type was written down.
    Event(&'static str),
    /// A message of this type came to a state.
    Message(Direction, &'static str, String),
}

impl Step<'_> {
    /// Writes an event down, numbered, with its deliveries to webhooks and what it tells of a chat.
    pub(super) async fn append(&mut self, event: NewEvent) -> Result<Event, sqlx::Error> {
        chats::note_event(self.conn, &event).await?;
        let id = self.ids.next();
        let event = events::insert(self.conn, id, event).await?;
        self.fan_out.spread(self.conn, &event).await?;
        self.ids.newest = Some(event.id.clone());
        self.tally.push(Counted::Event(event.kind.as_str()));
        Ok(event)
    }

    /// Counts a message that has come to a state, once this is on disk.
    pub(super) fn count(&mut self, direction: Direction, state: &'static str, kind: &str) {
        let counted = Counted::Message(direction, state, kind.to_owned());
        self.tally.push(counted);
    }

    /// Wakes whoever delivers to a webhook, once this is on disk.
    pub(super) fn deliver(&mut self, id: &WebhookId) {
        self.fan_out.touch(id);
    }

    /// Has the list of webhooks read again, since it has changed.
    pub(super) fn webhooks_changed(&mut self) {
        self.fan_out.forget();
    }
}

impl Writer {
    /// Starts the task on a pool of one connection. It ends, with everything written, when the last clone is gone.
    pub(super) fn start(pool: SqlitePool, newest: Option<EventId>) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let bell = Arc::new(watch::Sender::new(newest.clone()));
        let bells = Bells::default();
        let writing = Writing {
            pool,
            ids: EventIds::after(newest),
            fan_out: FanOut::ringing(bells.clone()),
            tally: Vec::new(),
        };
        tokio::spawn(run(writing, jobs, Arc::clone(&bell)));
        Self { queue, bell, bells }
    }

    /// Has a piece of work done and waits until it is on disk. Work that was handed over is done even when nobody
    /// waits for it any more.
    pub(super) async fn write<T, F>(&self, action: &'static str, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'s, 'c> FnOnce(&'s mut Step<'c>) -> BoxFuture<'s, Result<T, sqlx::Error>>
            + Send
            + 'static,
    {
        let (reply, outcome) = oneshot::channel();
        let job = Box::new(Call {
            action,
            work: Some(work),
            outcome: None,
            reply,
            since: Instant::now(),
        });
        let gone = || StoreError::to(action)(sqlx::Error::WorkerCrashed);
        self.queue.send(job).await.map_err(|_| gone())?;
        outcome.await.map_err(|_| gone())?
    }

    /// Pieces of work that wait.
    pub(super) fn waiting(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// Rings after each commit that brought events, with the id of the newest one.
    pub(super) fn bell(&self) -> watch::Receiver<Option<EventId>> {
        self.bell.subscribe()
    }

    /// One bell for each webhook, which rings after each commit that brought deliveries to it.
    pub(super) fn bells(&self) -> &Bells {
        &self.bells
    }
}

/// Makes ids that grow, also when the clock steps back.
struct EventIds {
    generator: Generator,
    last: Ulid,
    newest: Option<EventId>,
}

impl EventIds {
    fn after(newest: Option<EventId>) -> Self {
        let last = newest
            .as_ref()
            .and_then(|id| id.as_str().strip_prefix("evt_"))
            .and_then(|ulid| Ulid::from_string(ulid).ok());
        Self {
            generator: Generator::new(),
            last: last.unwrap_or(Ulid::nil()),
            newest,
        }
    }

    fn next(&mut self) -> EventId {
        let new = self
            .generator
            .generate()
            .unwrap_or_else(ulid::Overflow::commit_overflow_random);
        self.last = if new > self.last {
            new
        } else {
            Ulid::from(u128::from(self.last).saturating_add(1))
        };
        #[expect(clippy::expect_used, reason = "a ULID is 26 letters and digits")]
        EventId::parse(&format!("evt_{}", self.last)).expect("an id made from a ULID")
    }
}

/// What the task works with.
struct Writing {
    pool: SqlitePool,
    ids: EventIds,
    fan_out: FanOut,
    tally: Vec<Counted>,
}

async fn run(
    mut writing: Writing,
    mut jobs: mpsc::Receiver<Box<dyn Job>>,
    bell: Arc<watch::Sender<Option<EventId>>>,
) {
    let mut batch = Vec::new();
    while jobs.recv_many(&mut batch, TOGETHER).await > 0 {
        let before = writing.ids.newest.clone();
        let began = Instant::now();
        for job in &batch {
            meter::waited(began - job.since());
        }
        let committed = writing.commit(&mut batch).await;
        meter::committed(committed.is_ok(), began.elapsed());
        if committed.is_ok() {
            if writing.ids.newest != before {
                bell.send_replace(writing.ids.newest.clone());
            }
            writing.fan_out.committed();
            writing.tally.drain(..).for_each(tell);
        } else {
            writing.fan_out.undone();
            writing.tally.clear();
        }
        let failure = committed.err().map(|error| error.to_string());
        for job in batch.drain(..) {
            job.settle(failure.as_deref());
        }
    }
}

fn tell(counted: Counted) {
    match counted {
        Counted::Event(kind) => meter::event(kind),
        Counted::Message(direction, state, kind) => {
            meter::message(direction_name(direction), state, &kind);
        }
    }
}

impl Writing {
    /// Does the work in one transaction. An error means that nothing of it is on disk.
    ///
    /// A connection on which that failed is given up: SQLite ends the transaction by itself when the disk fails, and a
    /// driver that does not know it would take the next ones for a part of it, and never commit them.
    async fn commit(&mut self, batch: &mut [Box<dyn Job>]) -> Result<(), sqlx::Error> {
        let mut connection = self.pool.acquire().await?;
        let committed = self.commit_on(&mut connection, batch).await;
        if committed.is_err() {
            drop(connection.detach());
        }
        committed
    }

    async fn commit_on(
        &mut self,
        connection: &mut SqliteConnection,
        batch: &mut [Box<dyn Job>],
    ) -> Result<(), sqlx::Error> {
        let mut all = connection.begin().await?;
        for job in batch {
            let mut one = all.begin().await?;
            let counted = self.tally.len();
            let mut step = Step {
                conn: &mut one,
                ids: &mut self.ids,
                fan_out: &mut self.fan_out,
                tally: &mut self.tally,
            };
            if job.run(&mut step).await {
                one.commit().await?;
            } else {
                one.rollback().await?;
                self.tally.truncate(counted);
                // It may have changed the webhooks.
                self.fan_out.forget();
            }
        }
        all.commit().await
    }
}

/// A piece of work, whatever it gives.
trait Job: Send {
    /// Since when it waits.
    fn since(&self) -> Instant;

    /// Does it, and keeps the outcome. False: undo it.
    fn run<'s>(&'s mut self, step: &'s mut Step<'_>) -> BoxFuture<'s, bool>;

    /// Tells whoever waits, now that the commit is through or has failed.
    fn settle(self: Box<Self>, failure: Option<&str>);
}

struct Call<T, F> {
    action: &'static str,
    work: Option<F>,
    outcome: Option<Result<T, sqlx::Error>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
    since: Instant,
}

impl<T, F> Job for Call<T, F>
where
    T: Send + 'static,
    F: for<'s, 'c> FnOnce(&'s mut Step<'c>) -> BoxFuture<'s, Result<T, sqlx::Error>> + Send,
{
    fn since(&self) -> Instant {
        self.since
    }

    fn run<'s>(&'s mut self, step: &'s mut Step<'_>) -> BoxFuture<'s, bool> {
        let work = self.work.take();
        Box::pin(async move {
            if let Some(work) = work {
                self.outcome = Some(work(step).await);
            }
            matches!(self.outcome, Some(Ok(_)))
        })
    }

    fn settle(self: Box<Self>, failure: Option<&str>) {
        let outcome = match (self.outcome, failure) {
            (Some(Ok(given)), None) => Ok(given),
            (Some(Err(error)), _) => Err(error),
            (_, failure) => {
                let text = failure.unwrap_or("the work was not done").to_owned();
                Err(sqlx::Error::Io(std::io::Error::other(text)))
            }
        };
        // Whoever asked may be gone.
        drop(
            self.reply
                .send(outcome.map_err(StoreError::to(self.action))),
        );
    }
}
