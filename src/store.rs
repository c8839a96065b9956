//! What the daemon remembers, in its own SQLite file. The only place that names SQL.

/// The database failed; the source says how.
#[derive(Debug, thiserror::Error)]
#[error("the database failed while it was to {action}")]
pub struct StoreError {
    action: &'static str,
    #[source]
    source: sqlx::Error,
}
