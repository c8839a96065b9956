//! Single values that the daemon remembers: the hash of its key, the newest app version.

use crate::domain::time::Timestamp;
use crate::store::Store;
use crate::store::StoreError;

impl Store {
    /// A value that was set before.
    pub async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        let query =
            sqlx::query_scalar("SELECT value FROM settings WHERE name = ?").bind(name.to_owned());
        query
            .fetch_optional(&self.readers)
            .await
            .map_err(StoreError::to("read a setting"))
    }

    /// Commits a write, which proves that others can.
    pub async fn prove_writable(&self, now: Timestamp) -> Result<(), StoreError> {
        let now = now.to_string();
        self.set_setting("proved_writable_at", &now).await
    }

    /// Sets a value.
    pub async fn set_setting(&self, name: &str, value: &str) -> Result<(), StoreError> {
        const SET: &str = "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        let (name, value) = (name.to_owned(), value.to_owned());
        self.writer
            .write("write a setting", move |step| {
                Box::pin(async move {
                    let query = sqlx::query(SET).bind(name).bind(value);
                    query.execute(&mut *step.conn).await.map(drop)
                })
            })
            .await
    }
}
