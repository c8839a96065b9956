//! Single values that the daemon remembers: the hash of its key, the newest app version.

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

    /// Sets a value.
    pub async fn set_setting(&self, name: &str, value: &str) -> Result<(), StoreError> {
        let query = sqlx::query(
            "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        );
        query
            .bind(name.to_owned())
            .bind(value.to_owned())
            .execute(&self.writer)
            .await
            .map_err(StoreError::to("write a setting"))?;
        Ok(())
    }
}
