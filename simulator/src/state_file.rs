//! The world on disk: one JSON file, always whole, and beside it a folder with media.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::TryLockError;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::fs;
use tokio::io::AsyncWriteExt as _;
use tokio_util::sync::CancellationToken;

use crate::hub::Hub;
use crate::world::World;

/// Pause between a change and its save, so that a burst is saved once.
const SETTLE_TIME: Duration = Duration::from_millis(100);

/// Why a state file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateFileError {
    /// The system says no.
    #[error("cannot use the state file {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Two simulators would overwrite each other's world.
    #[error("the state file {} is in use by another simulator", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file is not one of ours, or of another version.
    #[error("{} is not a state file of this simulator; move it away to start anew", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        source: serde_json::Error,
    },
}

/// The lock on a state file, held while its simulator lives.
type Lock = Arc<std::fs::File>;

/// Whole media by token.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Where a world is kept.
#[derive(Debug, Clone)]
pub struct StateFile {
    path: PathBuf,
    _lock: Lock,
}

impl StateFile {
    /// Takes the file for this simulator; nothing is read yet.
    ///
    /// # Errors
    /// When another simulator has it, or its folder cannot be written to.
    pub fn open(path: PathBuf) -> Result<Self, StateFileError> {
        match lock(&path) {
            Ok(lock) => Ok(Self {
                path,
                _lock: Arc::new(lock),
            }),
            Err(TryLockError::WouldBlock) => Err(StateFileError::InUse { path }),
            Err(TryLockError::Error(source)) => Err(StateFileError::Io { path, source }),
        }
    }

    /// The folder beside the file that holds media, a file each, named by token.
    pub fn media_folder(&self) -> PathBuf {
        beside(&self.path, ".media")
    }

    /// Reads world and media; none when there is no file yet.
    ///
    /// # Errors
    /// When the file exists and cannot be read, or its folder cannot be made.
    pub async fn load(&self) -> Result<(Option<World>, Files), StateFileError> {
        let io = |source| StateFileError::Io {
            path: self.path.clone(),
            source,
        };
        let bytes = match fs::read(&self.path).await {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok((None, Files::new())),
            Err(error) => return Err(io(error)),
        };
        let mut world: World =
            serde_json::from_slice(&bytes).map_err(|source| StateFileError::Format {
                path: self.path.clone(),
                source,
            })?;
        let mut files = Files::new();
        for token in world.media.keys() {
            match fs::read(self.media_folder().join(token)).await {
                Ok(bytes) => {
                    files.insert(token.clone(), bytes);
                }
                Err(error) => tracing::warn!(%error, token, "a media file is gone"),
            }
        }
        world
            .media
            .retain(|token, media| media.complete && files.contains_key(token));
        Ok((Some(world), files))
    }

    /// Saves after changes, and once more when told to stop.
    pub async fn keep(self, hub: Arc<Hub>, stop: CancellationToken) {
        let mut changes = hub.changes();
        changes.mark_changed();
        loop {
            let stopping = tokio::select! {
                () = stop.cancelled() => true,
                outcome = changes.changed() => outcome.is_err(),
            };
            if !stopping {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(SETTLE_TIME) => {}
                }
            }
            changes.borrow_and_update();
            if let Err(error) = self.save(&hub).await {
                tracing::error!(%error, path = %self.path.display(), "cannot save the state");
            }
            if stopping {
                return;
            }
        }
    }

    /// A reader sees the old file or the new one, never half of one.
    async fn save(&self, hub: &Hub) -> io::Result<()> {
        let bytes = hub.look(|state| serde_json::to_vec(&state.world))?;
        write_whole(&self.path, &bytes).await
    }
}

/// Writes a file so that it is there whole or not at all.
///
/// # Errors
/// When the disk says no.
pub async fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let fresh = beside(path, ".new");
    let mut file = fs::File::create(&fresh).await?;
    file.write_all(bytes).await?;
    // tokio hands the last piece to a thread; only this tells whether it was written.
    file.flush().await?;
    file.sync_all().await?;
    fs::rename(&fresh, path).await
}

fn lock(path: &Path) -> Result<std::fs::File, TryLockError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(TryLockError::Error)?;
    }
    let file = std::fs::File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(beside(path, ".lock"))
        .map_err(TryLockError::Error)?;
    file.try_lock()?;
    Ok(file)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path.as_os_str());
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_disk_is_told_as_such_and_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("world.json");
        write_whole(&path, b"old").await.unwrap();
        std::os::unix::fs::symlink("/dev/full", beside(&path, ".new")).unwrap();
        let error = write_whole(&path, b"new").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
        assert_eq!(fs::read(&path).await.unwrap(), b"old");
    }
}
