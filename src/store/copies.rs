//! Databases as files, for backups: copied while somebody uses them, looked over, taken apart and put together.

use crate::domain::id::SessionId;
use crate::domain::id::StoreKey;
use crate::domain::session::Desired;
use crate::store::BUSY_TIMEOUT;
use crate::store::Schema;
use crate::store::StoreError;
use crate::store::sessions::parsed;
use sqlx::ConnectOptions;
use sqlx::Connection;
use sqlx::Row;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteConnectOptions;
use std::path::Path;

/// Tables whose rows belong to a session, in an order in which they can be added.
const OF_SESSIONS: [&str; 6] = [
    "messages",
    "message_states",
    "message_recipients",
    "message_changes",
    "chats",
    "events",
];

/// What belongs to a daemon and not to one session.
const OF_THE_DAEMON: [&str; 5] = [
    "webhooks",
    "idempotency_keys",
    "settings",
    "orphaned_files",
    "pairing_links",
];

/// A session, as far as its files go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFile {
    /// The session.
    pub session: SessionId,
    /// The name of its keys.
    pub store_key: StoreKey,
    /// A phone is linked with it, so that it has a file of keys.
    pub linked: bool,
    /// It is not to run.
    pub stopped: bool,
}

/// What came of taking a session in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adopted {
    /// It is there.
    Yes,
    /// There is a session of that name.
    Exists,
}

async fn open(file: &Path) -> Result<SqliteConnection, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT);
    options.connect().await
}

/// Copies a database that may be in use, as it is at one moment, to a file that is not there yet.
pub async fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    let copy = async {
        let mut database = open(from).await?;
        let query = sqlx::query("VACUUM INTO ?").bind(to.display().to_string());
        query.execute(&mut database).await?;
        database.close().await
    };
    copy.await.map_err(StoreError::to("copy a database"))
}

/// What SQLite finds wrong with a file first; nothing when it is sound.
pub async fn fault_of(file: &Path) -> Option<String> {
    let look = async {
        let mut database = open(file).await?;
        let query = sqlx::query_scalar::<_, String>("PRAGMA quick_check(1)");
        let said = query.fetch_one(&mut database).await?;
        database.close().await?;
        Ok::<_, sqlx::Error>(said)
    };
    match look.await {
        Ok(said) if said == "ok" => None,
        Ok(said) => Some(said),
        Err(error) => Some(error.to_string()),
    }
}

/// The history of a file's tables.
pub async fn schema_of(file: &Path) -> Result<Schema, StoreError> {
    let look = async {
        let mut database = open(file).await?;
        let query = sqlx::query_scalar("SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations");
        let found = query.fetch_one(&mut database).await?;
        database.close().await?;
        Ok(found)
    };
    look.await
        .map(Schema::at)
        .map_err(StoreError::to("read the history of its tables"))
}

/// The sessions in a daemon's database, and what their files are called.
pub async fn key_files(file: &Path) -> Result<Vec<KeyFile>, StoreError> {
    let look = async {
        let mut database = open(file).await?;
        let query = sqlx::query("SELECT id, store_key, phone, desired FROM sessions ORDER BY id");
        let rows = query.fetch_all(&mut database).await?;
        database.close().await?;
        let key_file = |row| {
            Ok(KeyFile {
                session: parsed(row, "id", SessionId::parse)?,
                store_key: parsed(row, "store_key", StoreKey::parse)?,
                linked: row.try_get::<Option<&str>, _>("phone")?.is_some(),
                stopped: row.try_get::<&str, _>("desired")? == Desired::Stopped.as_str(),
            })
        };
        rows.iter()
            .map(key_file)
            .collect::<Result<_, sqlx::Error>>()
    };
    look.await.map_err(StoreError::to("list the sessions"))
}

/// Whether a daemon's database has webhooks, whose secrets need a key.
pub async fn has_webhooks(file: &Path) -> bool {
    let look = async {
        let mut database = open(file).await?;
        let query = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM webhooks");
        let count = query.fetch_one(&mut database).await?;
        database.close().await?;
        Ok::<_, sqlx::Error>(count)
    };
    look.await.is_ok_and(|count| count > 0)
}

/// Leaves one session in a copy of a daemon's database, stopped, and nothing of anybody else.
pub async fn keep_one(file: &Path, session: &SessionId) -> Result<(), StoreError> {
    let cut = async {
        let mut database = open(file).await?;
        let mut all = database.begin().await?;
        let mut statements: Vec<String> = OF_THE_DAEMON
            .iter()
            .map(|table| format!("DELETE FROM {table}"))
            .collect();
        statements.push("DELETE FROM sessions WHERE id <> ?1".to_owned());
        for table in ["events", "event_counters"] {
            statements.push(format!("DELETE FROM {table} WHERE session_id <> ?1"));
        }
        statements.push(
            "UPDATE sessions SET desired = 'stopped', state = 'stopped', cause_code = NULL, cause_detail = NULL, cause_until = NULL"
                .to_owned(),
        );
        for statement in statements {
            let query = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(session.as_str());
            query.execute(&mut *all).await?;
        }
        all.commit().await?;
        sqlx::query("VACUUM").execute(&mut database).await?;
        database.close().await
    };
    cut.await
        .map_err(StoreError::to("take a session out of a copy"))
}

/// Adds the one session of `from`, which is at the same schema, to a daemon's database that nobody uses.
pub async fn adopt(into: &Path, from: &Path) -> Result<Adopted, StoreError> {
    let add = async {
        let mut database = open(into).await?;
        let attach = sqlx::query("ATTACH ? AS source").bind(from.display().to_string());
        attach.execute(&mut database).await?;
        let mut all = database.begin().await?;
        let twin =
            "SELECT COUNT(*) FROM main.sessions WHERE id IN (SELECT id FROM source.sessions)";
        let twins: i64 = sqlx::query_scalar(twin).fetch_one(&mut *all).await?;
        if twins > 0 {
            return Ok(Adopted::Exists);
        }
        let mut statements =
            vec!["INSERT INTO main.sessions SELECT * FROM source.sessions".to_owned()];
        // What webhooks still wait for of a session of that name is there already.
        statements.extend(OF_SESSIONS.iter().map(|table| {
            format!("INSERT OR IGNORE INTO main.{table} SELECT * FROM source.{table}")
        }));
        statements.push(
            "INSERT INTO main.event_counters SELECT * FROM source.event_counters WHERE true \
             ON CONFLICT (session_id) DO UPDATE SET seq = MAX(seq, excluded.seq)"
                .to_owned(),
        );
        statements.push("DELETE FROM main.orphaned_files WHERE store_key IN (SELECT store_key FROM source.sessions)".to_owned());
        for statement in statements {
            sqlx::query(sqlx::AssertSqlSafe(statement))
                .execute(&mut *all)
                .await?;
        }
        all.commit().await?;
        database.close().await?;
        Ok(Adopted::Yes)
    };
    add.await.map_err(StoreError::to("take a session in"))
}

#[cfg(test)]
mod tests;
