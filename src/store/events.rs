//! The event log: every fact, numbered within its session, kept until it is old.

use crate::domain::event::Event;
use crate::domain::event::EventFilter;
use crate::domain::event::EventType;
use crate::domain::event::NewEvent;
use crate::domain::id::ClientId;
use crate::domain::id::EventId;
use crate::domain::id::SessionId;
use crate::domain::time::Timestamp;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::corrupt;
use crate::store::sessions::parsed;
use sqlx::QueryBuilder;
use sqlx::Row;
use sqlx::Sqlite;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use tokio::sync::watch;

/// Events that are removed in one piece of work, so that nobody waits long behind it.
const REMOVED_AT_ONCE: usize = 1000;

/// Greater than every id.
const BEYOND_ALL: &str = "evt_~";

/// The setting that says up to where events have been removed for their age.
const REMOVED_UNTIL: &str = "events_removed_until";

/// The condition of an event that no enabled webhook has yet to be told of.
macro_rules! nobody_waits {
    () => {
        "NOT EXISTS (SELECT 1 FROM webhook_deliveries JOIN webhooks ON webhooks.id = webhook_deliveries.webhook_id \
         WHERE webhook_deliveries.event_id = events.id AND webhook_deliveries.state = 'pending' AND webhooks.enabled = 1)"
    };
}
pub(super) use nobody_waits;

impl Store {
    /// The events that follow the one with the id `after`, in order, at most `limit`.
    pub async fn events(
        &self,
        filter: &EventFilter,
        after: Option<&EventId>,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT * FROM events WHERE id > ");
        query.push_bind(after.map(ToString::to_string).unwrap_or_default());
        narrow(&mut query, filter);
        query
            .push(" ORDER BY id LIMIT ")
            .push_bind(i64::from(limit));
        self.read_events(query).await
    }

    /// The events that came before the one with the id `before`, or the newest ones, latest first, at most `limit`.
    pub async fn events_before(
        &self,
        filter: &EventFilter,
        before: Option<&EventId>,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT * FROM events WHERE id < ");
        query.push_bind(before.map_or_else(|| BEYOND_ALL.to_owned(), ToString::to_string));
        narrow(&mut query, filter);
        query
            .push(" ORDER BY id DESC LIMIT ")
            .push_bind(i64::from(limit));
        self.read_events(query).await
    }

    async fn read_events(&self, mut query: QueryBuilder<Sqlite>) -> Result<Vec<Event>, StoreError> {
        let read = async {
            let rows = query.build().fetch_all(&self.readers).await?;
            rows.iter().map(event).collect::<Result<Vec<_>, _>>()
        };
        read.await.map_err(StoreError::to("read events"))
    }

    /// One event.
    pub async fn event(&self, id: &EventId) -> Result<Option<Event>, StoreError> {
        let read = async {
            let query = sqlx::query("SELECT * FROM events WHERE id = ?").bind(id.to_string());
            let row = query.fetch_optional(&self.readers).await?;
            row.as_ref().map(event).transpose()
        };
        read.await.map_err(StoreError::to("read an event"))
    }

    /// The newest event that was removed for its age; whoever has read less has missed something. Events that went with
    /// their session do not count.
    pub async fn events_removed_until(&self) -> Result<Option<EventId>, StoreError> {
        let until = self.setting(REMOVED_UNTIL).await?;
        Ok(until.and_then(|id| EventId::parse(&id).ok()))
    }

    /// Tells of each commit that brought events: the id of the newest one.
    pub fn event_bell(&self) -> watch::Receiver<Option<EventId>> {
        self.writer.bell()
    }

    /// Writes an event that changes nothing else.
    pub async fn append(&self, event: NewEvent) -> Result<Event, StoreError> {
        self.writer
            .write("write an event", move |step| Box::pin(step.append(event)))
            .await
    }

    /// Removes events that are older than `before`, and the oldest beyond `keep`, with what is known of their
    /// deliveries. The newest one stays, because ids go on from it, and so does what a webhook has yet to be told. Says
    /// how many went.
    pub async fn remove_old_events(&self, before: Timestamp, keep: u64) -> Result<u64, StoreError> {
        const BEYOND: &str = "SELECT id FROM events ORDER BY id DESC LIMIT 1 OFFSET ?";
        let keep = i64::try_from(keep.max(1)).unwrap_or(i64::MAX);
        let newest_to_go: Option<String> = sqlx::query_scalar(BEYOND)
            .bind(keep)
            .fetch_optional(&self.readers)
            .await
            .map_err(StoreError::to("count events"))?;
        let (mut removed, mut after) = (0, String::new());
        loop {
            let gone = self
                .remove_some(before, newest_to_go.clone(), after)
                .await?;
            removed += gone.len() as u64;
            let is_last = gone.len() < REMOVED_AT_ONCE;
            // What stays before the newest that went is not looked at again.
            match gone.into_iter().max() {
                Some(newest) if !is_last => after = newest,
                _ => return Ok(removed),
            }
        }
    }

    async fn remove_some(
        &self,
        before: Timestamp,
        until: Option<String>,
        after: String,
    ) -> Result<Vec<String>, StoreError> {
        const REMOVE: &str = concat!(
            "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE id > ? AND (at < ? OR id <= ?) \
             AND id < (SELECT MAX(id) FROM events) AND ",
            nobody_waits!(),
            " ORDER BY id LIMIT ?) RETURNING id"
        );
        const NOTE: &str = "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value \
             WHERE excluded.value > settings.value";
        self.writer
            .write("remove old events", move |step| {
                Box::pin(async move {
                    let query = sqlx::query_scalar(REMOVE)
                        .bind(after)
                        .bind(before.as_millis())
                        .bind(until.unwrap_or_default())
                        .bind(i64::try_from(REMOVED_AT_ONCE).unwrap_or(i64::MAX));
                    let gone: Vec<String> = query.fetch_all(&mut *step.conn).await?;
                    if let Some(newest) = gone.iter().max() {
                        let note = sqlx::query(NOTE).bind(REMOVED_UNTIL).bind(newest.clone());
                        note.execute(&mut *step.conn).await?;
                    }
                    Ok(gone)
                })
            })
            .await
    }
}

/// Adds the conditions of a filter.
fn narrow(query: &mut QueryBuilder<Sqlite>, filter: &EventFilter) {
    if let Some(client) = &filter.client {
        query
            .push(" AND client_id = ")
            .push_bind(client.to_string());
    }
    if let Some(session) = &filter.session {
        query
            .push(" AND session_id = ")
            .push_bind(session.to_string());
    }
    if !filter.types.is_empty() {
        query.push(" AND type IN (");
        let mut names = query.separated(", ");
        for kind in &filter.types {
            names.push_bind(kind.as_str());
        }
        query.push(")");
    }
}

/// The id of the newest event.
pub(super) async fn newest(conn: &mut SqliteConnection) -> Result<Option<EventId>, sqlx::Error> {
    let id: Option<String> = sqlx::query_scalar("SELECT MAX(id) FROM events")
        .fetch_one(conn)
        .await?;
    id.map(|id| EventId::parse(&id).map_err(|error| corrupt("id", error)))
        .transpose()
}

/// Numbers an event and writes it down.
pub(super) async fn insert(
    conn: &mut SqliteConnection,
    id: EventId,
    event: NewEvent,
) -> Result<Event, sqlx::Error> {
    const COUNT: &str = "INSERT INTO event_counters (session_id, seq) VALUES (?, 1) \
         ON CONFLICT (session_id) DO UPDATE SET seq = event_counters.seq + 1 RETURNING seq";
    const INSERT: &str = "INSERT INTO events (id, session_id, client_id, seq, type, at, body, message_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    let seq: i64 = sqlx::query_scalar(COUNT)
        .bind(event.session_id.to_string())
        .fetch_one(&mut *conn)
        .await?;
    let data =
        serde_json::to_string(&event.data).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    let query = sqlx::query(INSERT)
        .bind(id.to_string())
        .bind(event.session_id.to_string())
        .bind(event.client_id.to_string())
        .bind(seq)
        .bind(event.kind.as_str())
        .bind(event.at.as_millis())
        .bind(data.clone())
        .bind(event.data.message_id().map(ToString::to_string));
    query.execute(conn).await?;
    Ok(Event {
        id,
        seq,
        kind: event.kind,
        at: event.at,
        session_id: event.session_id,
        client_id: event.client_id,
        data,
    })
}

pub(super) fn event(row: &SqliteRow) -> Result<Event, sqlx::Error> {
    let kind: &str = row.try_get("type")?;
    Ok(Event {
        id: parsed(row, "id", EventId::parse)?,
        seq: row.try_get("seq")?,
        kind: EventType::from_name(kind).ok_or_else(|| corrupt("type", kind))?,
        at: Timestamp::from_millis(row.try_get("at")?),
        session_id: parsed(row, "session_id", SessionId::parse)?,
        client_id: parsed(row, "client_id", ClientId::parse)?,
        data: row.try_get("body")?,
    })
}
