//! The table of sessions, and the list of key files that wait to be removed.

use crate::domain::chat::Lid;
use crate::domain::chat::Phone;
use crate::domain::event::EventData;
use crate::domain::event::EventType;
use crate::domain::event::NewEvent;
use crate::domain::event::SessionFact;
use crate::domain::id::ClientId;
use crate::domain::id::ParseIdError;
use crate::domain::id::SessionId;
use crate::domain::id::StoreKey;
use crate::domain::idempotency::Claim;
use crate::domain::session::Account;
use crate::domain::session::Cause;
use crate::domain::session::CauseCode;
use crate::domain::session::Desired;
use crate::domain::session::SessionRecord;
use crate::domain::session::SessionState;
use crate::domain::time::Timestamp;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::corrupt;
use crate::store::events::nobody_waits;
use crate::store::idempotency;
use crate::store::pairing_links;
use sqlx::Row;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

const COLUMNS: &str = "id, client_id, name, store_key, desired, state, cause_code, cause_detail, cause_until, since, phone, lid, push_name, last_activity_at, restarts, created_at";

impl Store {
    /// Every session, oldest first.
    pub async fn sessions(&self) -> Result<Vec<SessionRecord>, StoreError> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM sessions ORDER BY created_at, id"
        )))
        .fetch_all(&self.readers)
        .await;
        let rows = rows.map_err(StoreError::to("read the sessions"))?;
        rows.iter()
            .map(record)
            .collect::<Result<_, _>>()
            .map_err(StoreError::to("read the sessions"))
    }

    /// Adds a session, and tells of it.
    pub async fn add_session(
        &self,
        record: &SessionRecord,
        claim: Option<Claim>,
    ) -> Result<(), StoreError> {
        const ADD: &str = "INSERT INTO sessions (id, client_id, created_at, name, store_key, desired, state, since) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
        let record = record.clone();
        self.writer
            .write("add a session", move |step| {
                Box::pin(async move {
                    let query = sqlx::query(ADD)
                        .bind(record.id.to_string())
                        .bind(record.client_id.to_string())
                        .bind(record.created_at.as_millis())
                        .bind(record.name.clone())
                        .bind(record.store_key.to_string())
                        .bind(record.desired.as_str())
                        .bind(record.state.as_str())
                        .bind(record.since.as_millis());
                    query.execute(&mut *step.conn).await?;
                    if let Some(claim) = claim
                        && !idempotency::note_made(step.conn, &claim, record.id.as_str()).await?
                    {
                        return Err(sqlx::Error::RowNotFound);
                    }
                    let told = told(&record, EventType::SessionCreated, record.created_at);
                    step.append(told).await.map(drop)
                })
            })
            .await
    }

    /// Writes down how a session stands now, with what there is to tell of it; nothing happens when it has been
    /// deleted meanwhile.
    pub async fn save_session(
        &self,
        record: &SessionRecord,
        told: Option<NewEvent>,
    ) -> Result<(), StoreError> {
        let record = record.clone();
        self.writer
            .write("write a session", move |step| {
                Box::pin(async move {
                    let is_there = save(step.conn, &record).await?;
                    if let Some(told) = told.filter(|_| is_there) {
                        step.append(told).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Forgets a session, its messages and its events but for those that a webhook has yet to be told, remembers that
    /// its key file has to go, and tells of it.
    pub async fn delete_session(
        &self,
        record: &SessionRecord,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let record = record.clone();
        self.writer
            .write("delete a session", move |step| {
                Box::pin(async move {
                    orphan(step.conn, &record.store_key).await?;
                    for forget in [
                        "DELETE FROM sessions WHERE id = ?",
                        concat!(
                            "DELETE FROM events WHERE session_id = ? AND ",
                            nobody_waits!()
                        ),
                    ] {
                        let query = sqlx::query(forget).bind(record.id.to_string());
                        query.execute(&mut *step.conn).await?;
                    }
                    let told = told(&record, EventType::SessionDeleted, now);
                    step.append(told).await.map(drop)
                })
            })
            .await
    }

    /// Remembers that a key file has to go once no session uses it.
    pub async fn list_for_removal(&self, key: &StoreKey) -> Result<(), StoreError> {
        let key = key.clone();
        self.writer
            .write("list a file for removal", move |step| {
                Box::pin(async move { orphan(step.conn, &key).await })
            })
            .await
    }

    /// The key files that nobody uses any more.
    pub async fn orphaned_files(&self) -> Result<Vec<StoreKey>, StoreError> {
        const UNUSED: &str = "SELECT store_key FROM orphaned_files WHERE store_key NOT IN (SELECT store_key FROM sessions)";
        let keys: Vec<String> = sqlx::query_scalar(UNUSED)
            .fetch_all(&self.readers)
            .await
            .map_err(StoreError::to("list the files to remove"))?;
        Ok(keys
            .iter()
            .filter_map(|key| StoreKey::parse(key).ok())
            .collect())
    }

    /// Takes a key file off the list, once it is gone from the disk.
    pub async fn forget_file(&self, key: &StoreKey) -> Result<(), StoreError> {
        let key = key.clone();
        self.writer
            .write("forget a removed file", move |step| {
                Box::pin(async move {
                    let query = sqlx::query("DELETE FROM orphaned_files WHERE store_key = ?")
                        .bind(key.to_string());
                    query.execute(&mut *step.conn).await.map(drop)
                })
            })
            .await
    }
}

fn told(record: &SessionRecord, kind: EventType, at: Timestamp) -> NewEvent {
    NewEvent {
        session_id: record.id.clone(),
        client_id: record.client_id.clone(),
        kind,
        at,
        data: EventData::Session(SessionFact::of(record, None)),
    }
}

async fn orphan(conn: &mut SqliteConnection, key: &StoreKey) -> Result<(), sqlx::Error> {
    const ORPHAN: &str = "INSERT INTO orphaned_files (store_key) VALUES (?) ON CONFLICT DO NOTHING";
    let query = sqlx::query(ORPHAN).bind(key.to_string());
    query.execute(conn).await.map(drop)
}

/// False when it is not there any more.
async fn save(conn: &mut SqliteConnection, record: &SessionRecord) -> Result<bool, sqlx::Error> {
    const SAVE: &str = "UPDATE sessions SET name = ?, store_key = ?, desired = ?, state = ?, cause_code = ?, cause_detail = ?, cause_until = ?, since = ?, \
         phone = ?, lid = ?, push_name = ?, last_activity_at = ?, restarts = ? WHERE id = ?";
    let (account, cause) = (record.account.as_ref(), record.cause.as_ref());
    let until = cause.and_then(|cause| cause.until);
    let lid = account.and_then(|account| account.lid.as_ref());
    let query = sqlx::query(SAVE)
        .bind(record.name.clone())
        .bind(record.store_key.to_string())
        .bind(record.desired.as_str())
        .bind(record.state.as_str())
        .bind(cause.map(|cause| cause.code.as_str()))
        .bind(cause.map(|cause| cause.detail.clone()))
        .bind(until.map(Timestamp::as_millis))
        .bind(record.since.as_millis())
        .bind(account.map(|account| account.phone.to_string()))
        .bind(lid.map(|lid| lid.as_str().to_owned()))
        .bind(account.and_then(|account| account.push_name.clone()))
        .bind(record.last_activity.map(Timestamp::as_millis))
        .bind(i64::from(record.restarts))
        .bind(record.id.to_string());
    let is_there = query.execute(&mut *conn).await?.rows_affected() > 0;
    if record.state == SessionState::Connected {
        pairing_links::mark_used(conn, &record.id, record.since).await?;
    }
    Ok(is_there)
}

fn record(row: &SqliteRow) -> Result<SessionRecord, sqlx::Error> {
    Ok(SessionRecord {
        id: parsed(row, "id", SessionId::parse)?,
        client_id: parsed(row, "client_id", ClientId::parse)?,
        name: row.try_get("name")?,
        store_key: parsed(row, "store_key", StoreKey::parse)?,
        desired: desired(row.try_get("desired")?)?,
        state: state(row.try_get("state")?)?,
        cause: cause(row)?,
        since: Timestamp::from_millis(row.try_get("since")?),
        account: account(row)?,
        last_activity: row
            .try_get::<Option<i64>, _>("last_activity_at")?
            .map(Timestamp::from_millis),
        restarts: row.try_get("restarts")?,
        created_at: Timestamp::from_millis(row.try_get("created_at")?),
    })
}

/// Reads a column through the parser of its type.
pub(super) fn parsed<T>(
    row: &SqliteRow,
    column: &'static str,
    parse: fn(&str) -> Result<T, ParseIdError>,
) -> Result<T, sqlx::Error> {
    parse(row.try_get(column)?).map_err(|error| corrupt(column, error))
}

/// Like [`parsed`], for a column that may be empty.
pub(super) fn parsed_option<T>(
    row: &SqliteRow,
    column: &'static str,
    parse: fn(&str) -> Result<T, ParseIdError>,
) -> Result<Option<T>, sqlx::Error> {
    let text: Option<&str> = row.try_get(column)?;
    text.map(parse)
        .transpose()
        .map_err(|error| corrupt(column, error))
}

/// A moment that may be missing.
pub(super) fn moment(
    row: &SqliteRow,
    column: &'static str,
) -> Result<Option<Timestamp>, sqlx::Error> {
    let millis: Option<i64> = row.try_get(column)?;
    Ok(millis.map(Timestamp::from_millis))
}

pub(super) fn desired(name: &str) -> Result<Desired, sqlx::Error> {
    [Desired::Running, Desired::Stopped]
        .into_iter()
        .find(|desired| desired.as_str() == name)
        .ok_or_else(|| corrupt("desired", name))
}

pub(super) fn state(name: &str) -> Result<SessionState, sqlx::Error> {
    SessionState::from_name(name).ok_or_else(|| corrupt("state", name))
}

fn cause(row: &SqliteRow) -> Result<Option<Cause>, sqlx::Error> {
    let Some(name) = row.try_get::<Option<&str>, _>("cause_code")? else {
        return Ok(None);
    };
    let code = CauseCode::from_name(name).ok_or_else(|| corrupt("cause_code", name))?;
    let detail: Option<String> = row.try_get("cause_detail")?;
    let until = row
        .try_get::<Option<i64>, _>("cause_until")?
        .map(Timestamp::from_millis);
    Ok(Some(Cause {
        code,
        detail: detail.unwrap_or_default(),
        until,
    }))
}

fn account(row: &SqliteRow) -> Result<Option<Account>, sqlx::Error> {
    let Some(phone) = parsed_option(row, "phone", Phone::parse)? else {
        return Ok(None);
    };
    Ok(Some(Account {
        phone,
        lid: parsed_option(row, "lid", Lid::parse)?,
        push_name: row.try_get("push_name")?,
    }))
}
