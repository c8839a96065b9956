//! The history of the tables: brings a file to its last step, and leaves one of a later wamux as it is.

use crate::store::StoreError;
use sqlx::SqlitePool;
use sqlx::migrate::MigrateError;
use sqlx::migrate::Migrator;

/// Every step so far. What is in one never changes once somebody may have a file that has taken it.
static STEPS: Migrator = sqlx::migrate!();

/// Which step of the tables' history a file is at, and which one this program knows as the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schema {
    /// In the file.
    pub found: i64,
    /// In this program.
    pub known: i64,
}

impl Schema {
    pub(super) fn at(found: i64) -> Self {
        let known = STEPS.iter().map(|step| step.version).max();
        Self {
            found,
            known: known.unwrap_or_default(),
        }
    }

    /// Only a later version of wamux understands the file.
    pub fn is_newer(self) -> bool {
        self.found > self.known
    }
}

/// Why a file cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A later version of wamux has changed its tables.
    #[error(
        "the database is one of a later version of wamux: its tables are at step {}, and this version knows {}; \
         start that version again, or restore a backup from before the upgrade into an empty state folder",
        .0.found, .0.known
    )]
    Newer(Schema),
    /// The database failed.
    #[error(
        "the database in the state folder cannot be used; `wamux doctor` looks for the fault and says its cure"
    )]
    Failed(#[from] StoreError),
}

/// Takes the steps that the file has not taken yet, each of them whole or not at all.
pub(super) async fn bring_up(file: &SqlitePool) -> Result<(), OpenError> {
    match STEPS.run(file).await {
        Ok(()) => Ok(()),
        Err(MigrateError::VersionMissing(found)) if Schema::at(found).is_newer() => {
            Err(OpenError::Newer(Schema::at(found)))
        }
        Err(error) => {
            let failed = StoreError::to("bring its tables to this version");
            Err(failed(error.into()).into())
        }
    }
}

#[cfg(test)]
mod tests;
