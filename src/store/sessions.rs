//! The table of sessions, and the list of key files that wait to be removed.

use crate::domain::chat::Lid;
use crate::domain::chat::Phone;
use crate::domain::id::ClientId;
use crate::domain::id::ParseIdError;
use crate::domain::id::SessionId;
use crate::domain::id::StoreKey;
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
use sqlx::Row;
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

    /// Adds a session.
    pub async fn add_session(&self, record: &SessionRecord) -> Result<(), StoreError> {
        const ADD: &str = "INSERT INTO sessions (id, client_id, created_at, name, store_key, desired, state, since) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
        let query = sqlx::query(ADD)
            .bind(record.id.to_string())
            .bind(record.client_id.to_string())
            .bind(record.created_at.as_millis())
            .bind(record.name.clone())
            .bind(record.store_key.to_string())
            .bind(record.desired.as_str())
            .bind(record.state.as_str())
            .bind(record.since.as_millis());
        query
            .execute(&self.writer)
            .await
            .map_err(StoreError::to("add a session"))?;
        Ok(())
    }

    /// Writes down how a session stands now; nothing happens when it has been deleted meanwhile.
    pub async fn save_session(&self, record: &SessionRecord) -> Result<(), StoreError> {
        const SAVE: &str = "UPDATE sessions SET name = ?, store_key = ?, desired = ?, state = ?, cause_code = ?, cause_detail = ?, cause_until = ?, since = ?, \
             phone = ?, lid = ?, push_name = ?, last_activity_at = ?, restarts = ? WHERE id = ?";
        let account = record.account.as_ref();
        let cause = record.cause.as_ref();
        let query = sqlx::query(SAVE)
            .bind(record.name.clone())
            .bind(record.store_key.to_string())
            .bind(record.desired.as_str())
            .bind(record.state.as_str())
            .bind(cause.map(|cause| cause.code.as_str()))
            .bind(cause.map(|cause| cause.detail.clone()))
            .bind(
                cause
                    .and_then(|cause| cause.until)
                    .map(Timestamp::as_millis),
            )
            .bind(record.since.as_millis())
            .bind(account.map(|account| account.phone.to_string()))
            .bind(
                account
                    .and_then(|account| account.lid.as_ref())
                    .map(|lid| lid.as_str().to_owned()),
            )
            .bind(account.and_then(|account| account.push_name.clone()))
            .bind(record.last_activity.map(Timestamp::as_millis))
            .bind(i64::from(record.restarts))
            .bind(record.id.to_string());
        query
            .execute(&self.writer)
            .await
            .map_err(StoreError::to("write a session"))?;
        Ok(())
    }

    /// Forgets a session and its messages, and remembers that its key file has to go.
    pub async fn delete_session(
        &self,
        id: &SessionId,
        store_key: &StoreKey,
    ) -> Result<(), StoreError> {
        let deleted = async {
            let mut transaction = self.writer.begin().await?;
            sqlx::query("INSERT INTO orphaned_files (store_key) VALUES (?) ON CONFLICT DO NOTHING")
                .bind(store_key.to_string())
                .execute(&mut *transaction)
                .await?;
            sqlx::query("DELETE FROM sessions WHERE id = ?")
                .bind(id.to_string())
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await
        };
        deleted.await.map_err(StoreError::to("delete a session"))
    }

    /// Remembers that a key file has to go once no session uses it.
    pub async fn list_for_removal(&self, key: &StoreKey) -> Result<(), StoreError> {
        let query =
            sqlx::query("INSERT INTO orphaned_files (store_key) VALUES (?) ON CONFLICT DO NOTHING")
                .bind(key.to_string());
        query
            .execute(&self.writer)
            .await
            .map_err(StoreError::to("list a file for removal"))?;
        Ok(())
    }

    /// The key files that nobody uses any more.
    pub async fn orphaned_files(&self) -> Result<Vec<StoreKey>, StoreError> {
        const UNUSED: &str = "SELECT store_key FROM orphaned_files WHERE store_key NOT IN (SELECT store_key FROM sessions)";
        let keys: Vec<String> = sqlx::query_scalar(UNUSED)
            .fetch_all(&self.writer)
            .await
            .map_err(StoreError::to("list the files to remove"))?;
        Ok(keys
            .iter()
            .filter_map(|key| StoreKey::parse(key).ok())
            .collect())
    }

    /// Takes a key file off the list, once it is gone from the disk.
    pub async fn forget_file(&self, key: &StoreKey) -> Result<(), StoreError> {
        let query =
            sqlx::query("DELETE FROM orphaned_files WHERE store_key = ?").bind(key.to_string());
        query
            .execute(&self.writer)
            .await
            .map_err(StoreError::to("forget a removed file"))?;
        Ok(())
    }
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

fn desired(name: &str) -> Result<Desired, sqlx::Error> {
    [Desired::Running, Desired::Stopped]
        .into_iter()
        .find(|desired| desired.as_str() == name)
        .ok_or_else(|| corrupt("desired", name))
}

fn state(name: &str) -> Result<SessionState, sqlx::Error> {
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
