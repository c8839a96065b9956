//! The event log, for whoever reads it and follows it: pages, and a way to be told of each event as it comes.
//!
//! A follower reads the log itself after a cursor, so nothing is lost, nothing comes twice, and no event waits for a
//! slow reader in memory beyond the page that it reads. The store's bell only says that there is more.

use crate::actors::error::SessionError;
use crate::domain::event::Event;
use crate::domain::event::EventFilter;
use crate::domain::event::Gap;
use crate::domain::id::EventId;
use crate::domain::page::Page;
use crate::domain::time::Timestamp;
use crate::store::Store;
use std::collections::HashMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::sync::watch;
use ulid::Ulid;

/// Events that a follower reads at a time: with the longest texts still no more than a few megabytes.
const AT_A_TIME: u32 = 32;

/// The way to the log. A clone is the same way.
#[derive(Clone)]
pub struct Journal {
    store: Store,
    followers: Followers,
}

/// How far those are who read along.
#[derive(Clone, Default)]
struct Followers(Arc<Mutex<Cursors>>);

#[derive(Default)]
struct Cursors {
    next: u64,
    all: HashMap<u64, Option<EventId>>,
}

/// One of them, as long as this lives.
struct Place {
    number: u64,
    followers: Followers,
}

impl Followers {
    fn cursors(&self) -> MutexGuard<'_, Cursors> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn join(&self, cursor: Option<EventId>) -> Place {
        let mut cursors = self.cursors();
        let number = cursors.next;
        cursors.next += 1;
        cursors.all.insert(number, cursor);
        Place {
            number,
            followers: self.clone(),
        }
    }
}

impl Place {
    fn note(&self, cursor: Option<EventId>) {
        self.followers.cursors().all.insert(self.number, cursor);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.followers.cursors().all.remove(&self.number);
    }
}

/// A part of the log.
#[derive(Debug)]
pub struct Excerpt {
    /// The events in order; the cursor is the last one's id.
    pub page: Page<Event>,
    /// Whether events before them are gone that the reader has not seen.
    pub gap: Option<Gap>,
}

/// What a follower is told.
#[derive(Debug, PartialEq, Eq)]
pub enum Told {
    /// Events that are not kept any more were missed; the oldest that are there follow.
    Gap(Gap),
    /// An event.
    Event(Event),
}

impl Journal {
    pub(super) fn new(store: Store) -> Self {
        Self {
            store,
            followers: Followers::default(),
        }
    }

    /// The events that follow `after`, from the oldest one that is kept where it is none.
    pub async fn page(
        &self,
        filter: &EventFilter,
        after: Option<&EventId>,
        limit: u32,
    ) -> Result<Excerpt, SessionError> {
        let events = self
            .store
            .events(filter, after, limit.saturating_add(1))
            .await?;
        let gap = self.gap(after, &events).await?;
        let page = Page::cut(events, limit, |event| event.id.to_string());
        Ok(Excerpt { page, gap })
    }

    /// The events that came before `before`, or up to the newest one where it is none, latest first.
    pub async fn page_back(
        &self,
        filter: &EventFilter,
        before: Option<&EventId>,
        limit: u32,
    ) -> Result<Page<Event>, SessionError> {
        let asked = limit.saturating_add(1);
        let events = self.store.events_before(filter, before, asked).await?;
        Ok(Page::cut(events, limit, |event| event.id.to_string()))
    }

    /// The id of the newest event; none in a new log.
    pub fn newest(&self) -> Option<EventId> {
        self.store.event_bell().borrow().clone()
    }

    /// How far the slowest follower is behind the newest event, by the times in their ids.
    pub fn lag(&self) -> Duration {
        let Some(newest) = self.newest().as_ref().and_then(made_at) else {
            return Duration::ZERO;
        };
        let cursors = self.followers.cursors();
        let read = cursors.all.values().flatten().filter_map(made_at);
        let lag = read.min().map(|slowest| newest.since(slowest));
        lag.unwrap_or_default()
    }

    /// Tells every event that follows `after`, as soon as it is on disk; only new ones where it is none.
    pub fn follow(&self, filter: EventFilter, after: Option<EventId>) -> Follower {
        let cursor = after.or_else(|| self.newest());
        Follower {
            place: self.followers.join(cursor.clone()),
            cursor,
            bell: self.store.event_bell(),
            journal: self.clone(),
            filter,
            ready: VecDeque::new(),
            caught_up: false,
        }
    }

    /// What is missing between `after` and `events`, which were read after it. Whether what is gone would have passed
    /// the filter, nobody knows any more.
    async fn gap(
        &self,
        after: Option<&EventId>,
        events: &[Event],
    ) -> Result<Option<Gap>, SessionError> {
        let Some(after) = after else { return Ok(None) };
        let removed = self.store.events_removed_until().await?;
        // The oldest go first: what was removed after these had been read was not missed.
        let missed = |removed: &EventId| {
            removed > after && events.first().is_none_or(|first| first.id > *removed)
        };
        Ok(removed.filter(missed).map(|removed_until| Gap {
            after: after.clone(),
            removed_until,
        }))
    }
}

/// When an event was written, by its id.
pub(super) fn made_at(id: &EventId) -> Option<Timestamp> {
    let ulid = Ulid::from_string(id.as_str().strip_prefix("evt_")?).ok()?;
    let millis = i64::try_from(ulid.timestamp_ms()).ok()?;
    Some(Timestamp::from_millis(millis))
}

/// Somebody who reads along.
pub struct Follower {
    journal: Journal,
    place: Place,
    filter: EventFilter,
    /// All up to here is told or ready, or not wanted.
    cursor: Option<EventId>,
    ready: VecDeque<Told>,
    bell: watch::Receiver<Option<EventId>>,
    caught_up: bool,
}

impl Follower {
    /// The next one; waits for it. Nothing is lost when the wait is given up and begun again.
    pub async fn next(&mut self) -> Result<Told, SessionError> {
        loop {
            if let Some(told) = self.ready.pop_front() {
                return Ok(told);
            }
            if self.caught_up {
                let rang = self.bell.changed().await;
                rang.map_err(|_| SessionError::Unavailable)?;
                self.caught_up = false;
            }
            self.read().await?;
        }
    }

    async fn read(&mut self) -> Result<(), SessionError> {
        // Before the log is read: what is written meanwhile rings again.
        let newest = self.bell.borrow_and_update().clone();
        let (store, after) = (&self.journal.store, self.cursor.as_ref());
        let events = store.events(&self.filter, after, AT_A_TIME).await?;
        let gap = self.journal.gap(after, &events).await?;
        self.caught_up = events.len() < AT_A_TIME as usize;
        // Events that the filter leaves out are not looked through again.
        let passed = newest.filter(|_| self.caught_up);
        let removed = gap.as_ref().map(|gap| gap.removed_until.clone());
        let read = events.last().map(|event| event.id.clone());
        self.cursor = [self.cursor.take(), passed, removed, read]
            .into_iter()
            .flatten()
            .max();
        self.place.note(self.cursor.clone());
        self.ready.extend(gap.map(Told::Gap));
        self.ready.extend(events.into_iter().map(Told::Event));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
