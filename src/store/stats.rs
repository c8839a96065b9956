//! Figures about many messages, added up by the database, and what the event log says of how sessions stood.
//!
//! Messages are read from one index that has all that is asked (`messages_by_time`).

#[cfg(test)]
mod tests;

use crate::domain::event::EventType;
use crate::domain::id::ClientId;
use crate::domain::id::EventId;
use crate::domain::message::Direction;
use crate::domain::message::MessageState;
use crate::domain::session::Desired;
use crate::domain::session::SessionState;
use crate::domain::stats::Bucket;
use crate::domain::stats::ConnectedTime;
use crate::domain::stats::Figures;
use crate::domain::stats::Latencies;
use crate::domain::stats::Period;
use crate::domain::stats::Standing;
use crate::domain::stats::Traffic;
use crate::domain::time::Timestamp;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::corrupt;
use crate::store::messages::direction_name;
use crate::store::sessions;
use futures::TryStreamExt;
use serde::Deserialize;
use sqlx::Row;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use std::collections::HashSet;

/// The column of how long messages took to WhatsApp's server ...
const SENT: &str = "sent_ms";
/// ... and to their recipients.
const DELIVERED: &str = "delivered_ms";

/// In so many pieces a period is read at least: the database sorts what it counts, and little fits into memory.
const PIECES: u32 = 100;

/// How many zeros a rounded latency can end with; enough for a hundred days.
const ZEROS: u32 = 8;

/// The condition of the index `events_of_states`.
macro_rules! tells_a_state {
    () => {
        "type LIKE 'session.%' AND type <> 'session.qr'"
    };
}

/// Messages of a bucket.
const TRAFFIC: &str = "SELECT direction, state_rank, COUNT(*) AS messages FROM messages \
     WHERE at >= ? AND at < ? AND client_id = COALESCE(?, client_id) GROUP BY direction, state_rank";

/// Messages that wait.
const WAITING: &str = "SELECT COUNT(*) AS messages FROM messages \
     WHERE state IN ('queued', 'sending') AND client_id = COALESCE(?, client_id)";

/// What the log tells of states.
const TOLD: &str = concat!(
    "SELECT session_id, type, at, body FROM events WHERE ",
    tells_a_state!(),
    " AND at < ? AND client_id = COALESCE(?, client_id) AND (at >= ? OR id IN (SELECT MAX(id) FROM events WHERE ",
    tells_a_state!(),
    " AND at < ? GROUP BY session_id)) ORDER BY session_id, id"
);

impl Store {
    /// What is known of a period, of one client or of all.
    pub async fn figures(
        &self,
        client: Option<&ClientId>,
        period: &Period,
        now: Timestamp,
    ) -> Result<Figures, StoreError> {
        let client = client.map(ToString::to_string);
        let removed_until = self.events_removed_until().await?;
        let read = async {
            let _turn = self.long_read().await?;
            let mut snapshot = self.readers.begin().await?;
            let mut reader = Reader {
                conn: &mut snapshot,
                client,
            };
            let pieces = (PIECES / period.count()).max(1);
            let mut buckets = Vec::new();
            for within in period.buckets() {
                buckets.push(reader.bucket(within, pieces).await?);
            }
            Ok(Figures {
                queue_depth: reader.queue_depth().await?,
                buckets,
                connected: reader.connected(period, now, removed_until).await?,
            })
        };
        read.await.map_err(StoreError::to("add up figures"))
    }
}

/// Whoever asks, on one connection.
struct Reader<'c> {
    conn: &'c mut SqliteConnection,
    client: Option<String>,
}

impl Reader<'_> {
    async fn bucket(
        &mut self,
        (begin, end): (Timestamp, Timestamp),
        pieces: u32,
    ) -> Result<Bucket, sqlx::Error> {
        let piece = end.since(begin) / pieces;
        let mut bucket = Bucket::new(begin);
        for number in 0..pieces {
            let until = if number + 1 == pieces {
                end
            } else {
                begin.plus(piece * (number + 1))
            };
            let within = (begin.plus(piece * number), until);
            bucket.add(&Bucket {
                at: begin,
                traffic: self.traffic(within).await?,
                sent: self.latencies(SENT, within).await?,
                delivered: self.latencies(DELIVERED, within).await?,
            });
        }
        Ok(bucket)
    }

    async fn traffic(&mut self, within: (Timestamp, Timestamp)) -> Result<Traffic, sqlx::Error> {
        let query = sqlx::query(TRAFFIC)
            .bind(within.0.as_millis())
            .bind(within.1.as_millis())
            .bind(self.client.clone());
        let mut traffic = Traffic::default();
        for row in query.fetch_all(&mut *self.conn).await? {
            let (direction, count): (&str, _) = (row.try_get("direction")?, count(&row)?);
            if direction == direction_name(Direction::In) {
                traffic.incoming += count;
            } else {
                let rank: i64 = row.try_get("state_rank")?;
                let state =
                    MessageState::of_rank(rank).ok_or_else(|| corrupt("state_rank", rank))?;
                *traffic.outgoing.entry(state).or_default() += count;
            }
        }
        Ok(traffic)
    }

    async fn latencies(
        &mut self,
        column: &'static str,
        within: (Timestamp, Timestamp),
    ) -> Result<Latencies, sqlx::Error> {
        let sql = latencies_of(column);
        let query = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(within.0.as_millis())
            .bind(within.1.as_millis())
            .bind(self.client.clone());
        let mut latencies = Latencies::default();
        for row in query.fetch_all(&mut *self.conn).await? {
            let ms: i64 = row.try_get("ms")?;
            latencies.note(u64::try_from(ms).unwrap_or(0), count(&row)?);
        }
        Ok(latencies)
    }

    async fn queue_depth(&mut self) -> Result<u64, sqlx::Error> {
        let query = sqlx::query(WAITING).bind(self.client.clone());
        count(&query.fetch_one(&mut *self.conn).await?)
    }

    async fn connected(
        &mut self,
        period: &Period,
        now: Timestamp,
        removed_until: Option<EventId>,
    ) -> Result<ConnectedTime, sqlx::Error> {
        let mut time = ConnectedTime::new(period, now);
        let known_since = self.known_since(removed_until, period).await?;
        let told = self.told(period, known_since, &mut time).await?;
        for quiet in self.sessions().await? {
            if !told.contains(&quiet.0) {
                time.add(&[quiet.1]);
            }
        }
        Ok(time)
    }

    /// From when on the log has everything.
    async fn known_since(
        &mut self,
        removed_until: Option<EventId>,
        period: &Period,
    ) -> Result<Timestamp, sqlx::Error> {
        const OLDEST: &str = "SELECT at FROM events WHERE id > ? ORDER BY id LIMIT 1";
        let Some(removed_until) = removed_until else {
            return Ok(period.from());
        };
        let query = sqlx::query_scalar(OLDEST).bind(removed_until.to_string());
        let oldest: Option<i64> = query.fetch_optional(&mut *self.conn).await?;
        let oldest = oldest.map_or(period.to(), Timestamp::from_millis);
        Ok(oldest.max(period.from()))
    }

    /// Adds the sessions that the log tells of before the end of the period, and says which they are: of each the last
    /// event before the period, and those within it.
    async fn told(
        &mut self,
        period: &Period,
        known_since: Timestamp,
        time: &mut ConnectedTime,
    ) -> Result<HashSet<String>, sqlx::Error> {
        let query = sqlx::query(TOLD)
            .bind(period.to().as_millis())
            .bind(self.client.clone())
            .bind(period.from().as_millis())
            .bind(period.from().as_millis());
        let mut rows = query.fetch(&mut *self.conn);
        let mut sessions = HashSet::new();
        let mut points = Vec::new();
        while let Some(row) = rows.try_next().await? {
            let session: &str = row.try_get("session_id")?;
            let told = Told::read(&row)?;
            if !sessions.contains(session) {
                time.add(&points);
                points.clear();
                sessions.insert(session.to_owned());
                points.extend(told.before.map(|before| (known_since, before)));
            }
            points.push((told.at, told.now));
        }
        time.add(&points);
        Ok(sessions)
    }

    /// Every session, since when it stands as it does.
    async fn sessions(&mut self) -> Result<Vec<(String, (Timestamp, Standing))>, sqlx::Error> {
        const ALL: &str = "SELECT id, state, desired, since FROM sessions WHERE client_id = COALESCE(?, client_id)";
        let query = sqlx::query(ALL).bind(self.client.clone());
        let rows = query.fetch_all(&mut *self.conn).await?;
        let session = |row: &SqliteRow| {
            let standing = Standing::of(
                sessions::state(row.try_get("state")?)?,
                sessions::desired(row.try_get("desired")?)?,
            );
            let since = Timestamp::from_millis(row.try_get("since")?);
            Ok((row.try_get("id")?, (since, standing)))
        };
        rows.iter().map(session).collect()
    }
}

/// What an event says of its session.
struct Told {
    at: Timestamp,
    /// How it stood until then, where the event says so.
    before: Option<Standing>,
    /// How it stands from then on.
    now: Standing,
}

/// The part of a body that is read back.
#[derive(Deserialize)]
struct Body {
    state: Option<String>,
    previous: Option<String>,
    desired: Option<String>,
}

impl Told {
    fn read(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let kind: &str = row.try_get("type")?;
        let body: Body =
            serde_json::from_str(row.try_get("body")?).map_err(|error| corrupt("body", error))?;
        let state = |name: Option<String>| name.map(|name| sessions::state(&name)).transpose();
        let desired = body.desired.map(|name| sessions::desired(&name));
        let desired = desired.transpose()?.unwrap_or(Desired::Running);
        let now = match state(body.state)? {
            _ if kind == EventType::SessionDeleted.as_str() => Standing::Out,
            Some(state) => Standing::of(state, desired),
            // It loses its connection again and again, and single losses are not told.
            None => Standing::of(SessionState::Reconnecting, desired),
        };
        let before = state(body.previous)?;
        Ok(Self {
            at: Timestamp::from_millis(row.try_get("at")?),
            before: before.map(|state| Standing::of(state, Desired::Running)),
            now,
        })
    }
}

/// How often messages of a bucket took how long.
fn latencies_of(column: &str) -> String {
    let rounded = rounded(column);
    format!(
        "SELECT {rounded} AS ms, COUNT(*) AS messages FROM messages \
         WHERE at >= ? AND at < ? AND client_id = COALESCE(?, client_id) AND {column} IS NOT NULL GROUP BY ms"
    )
}

/// A column of milliseconds, rounded to two digits: so few values differ then that they can be counted.
fn rounded(column: &str) -> String {
    let steps = (0..=ZEROS).map(|zeros| {
        let (step, limit) = (10_u64.pow(zeros), 100 * 10_u64.pow(zeros));
        format!(
            "WHEN {column} < {limit} THEN ({column} + {}) / {step} * {step} ",
            step / 2
        )
    });
    format!(
        "CASE {}ELSE {column} END",
        steps.collect::<Vec<_>>().concat()
    )
}

fn count(row: &SqliteRow) -> Result<u64, sqlx::Error> {
    Ok(row.try_get::<i64, _>("messages")?.unsigned_abs())
}
