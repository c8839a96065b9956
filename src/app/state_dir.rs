//! The folder that holds everything which must survive a restart; used by one daemon at a time.

use std::fs::DirBuilder;
use std::fs::File;
use std::fs::TryLockError;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

/// Only the daemon's own user may look inside: the keys of linked phones lie here.
const PRIVATE: u32 = 0o700;

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateDirError {
    /// It cannot be made or written to.
    #[error(
        "the state folder {path} cannot be written to; make it writable for this user or choose another one with state.dir or --state-dir"
    )]
    NotWritable {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Another daemon uses it.
    #[error(
        "the state folder {path} is in use by another wamux; stop that one or choose another folder with state.dir or --state-dir"
    )]
    InUse {
        /// The folder.
        path: PathBuf,
    },
}

/// The folder, locked for this process until it is dropped.
#[derive(Debug)]
pub(super) struct StateDir {
    path: PathBuf,
    lock: File,
}

impl StateDir {
    /// Makes the folder where it does not exist, closes it to other users, and locks it.
    pub(super) fn open(path: &Path) -> Result<Self, StateDirError> {
        let not_writable = |source| StateDirError::NotWritable {
            path: path.to_owned(),
            source,
        };
        let dir = Self::prepare(path).map_err(not_writable)?;
        match dir.lock.try_lock() {
            Ok(()) => Ok(dir),
            Err(TryLockError::WouldBlock) => Err(StateDirError::InUse {
                path: path.to_owned(),
            }),
            Err(TryLockError::Error(source)) => Err(not_writable(source)),
        }
    }

    fn prepare(path: &Path) -> io::Result<Self> {
        let dir = path.join("sessions");
        DirBuilder::new()
            .recursive(true)
            .mode(PRIVATE)
            .create(&dir)?;
        for folder in [path, &dir] {
            std::fs::set_permissions(folder, PermissionsExt::from_mode(PRIVATE))?;
        }
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join("wamux.lock"))?;
        Ok(Self {
            path: path.to_owned(),
            lock,
        })
    }

    /// The daemon's own database.
    pub(super) fn database(&self) -> PathBuf {
        self.path.join("wamux.db")
    }

    /// Where each session has its file of keys.
    pub(super) fn sessions(&self) -> PathBuf {
        self.path.join("sessions")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_daemon_at_a_time_and_nobody_else() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("state");
        let first = StateDir::open(&path).unwrap();
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            PRIVATE
        );
        assert!(matches!(
            StateDir::open(&path),
            Err(StateDirError::InUse { .. })
        ));
        drop(first);
        assert!(StateDir::open(&path).is_ok());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("file");
        std::fs::write(&file, "").unwrap();
        let error = StateDir::open(&file).unwrap_err();
        assert!(
            error.to_string().contains(file.to_str().unwrap()),
            "{error}"
        );
    }
}
