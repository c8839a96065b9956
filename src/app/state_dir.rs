//! The folder that holds everything which must survive a restart; used by one daemon at a time.

use crate::app::backup::is_half_restored;
use crate::store::vault::KEY_BYTES;
use std::fs::DirBuilder;
use std::fs::File;
use std::fs::TryLockError;
use std::io;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

/// Only the daemon's own user may look inside: the keys of linked phones lie here.
const PRIVATE: u32 = 0o700;
const PRIVATE_FILE: u32 = 0o600;
const LOCK: &str = "wamux.lock";
/// The folder in it with a file of keys for each session.
pub(super) const SESSIONS: &str = "sessions";

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateDirError {
    /// It cannot be made or written to.
    #[error(
        "the state folder {path} cannot be written to, or closed to others; have it belong to this user, or choose another one, \
         such as a new folder in it, with state.dir or --state-dir"
    )]
    NotWritable {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The key to the secrets cannot be read.
    #[error("the key file {path} cannot be read; let the user of the daemon read it")]
    UnreadableKey {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// There are secrets, and no key to them, or another one.
    #[error(
        "the secrets of webhooks cannot be opened, because the key file {path} is {fault}; put it back from a backup. If it \
         is lost, the webhooks are: remove them with `sqlite3 {database} 'DELETE FROM webhooks'` and make them anew"
    )]
    WrongKey {
        /// The file.
        path: PathBuf,
        /// Where the secrets are.
        database: PathBuf,
        /// `missing`, or what is wrong with it.
        fault: &'static str,
    },
    /// What this user makes there the daemon could not read.
    #[error(
        "the state folder {path} belongs to the user {owner}; run this as that user, as in `runuser -u wamux -- wamux …`, or \
         the daemon could not use what is made there"
    )]
    OtherOwner {
        /// The folder.
        path: PathBuf,
        /// The number of its user.
        owner: u32,
    },
    /// A restore was cut off.
    #[error(
        "a restore into {path} was cut off, so what is there is not whole; run `wamux restore` again, which begins anew"
    )]
    HalfRestored {
        /// The folder.
        path: PathBuf,
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
        let dir = Self::for_restore(path)?;
        let path = dir.path.clone();
        if is_half_restored(&path) {
            return Err(StateDirError::HalfRestored { path });
        }
        Ok(dir)
    }

    /// The same, also where a restore was cut off.
    pub(super) fn for_restore(path: &Path) -> Result<Self, StateDirError> {
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
        let dir = path.join(SESSIONS);
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
            .open(path.join(LOCK))?;
        Ok(Self {
            path: path.to_owned(),
            lock,
        })
    }

    /// The daemon's own database.
    pub(super) fn database(&self) -> PathBuf {
        self.path.join("wamux.db")
    }

    /// What is in the file with the key to the secrets in the database, where it has been made.
    pub(super) fn secret_key(&self) -> Result<Option<Vec<u8>>, StateDirError> {
        let path = self.secret_key_file();
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(StateDirError::UnreadableKey { path, source }),
        }
    }

    /// Keeps a new key: whole or not at all, and on disk before anything is sealed with it.
    pub(super) fn keep_secret_key(&self, key: &[u8; KEY_BYTES]) -> Result<(), StateDirError> {
        let write = || {
            let new = self.path.join("secret.key.new");
            let mut file = File::options()
                .create(true)
                .truncate(true)
                .write(true)
                .mode(PRIVATE_FILE)
                .open(&new)?;
            file.write_all(key)?;
            file.sync_all()?;
            std::fs::rename(&new, self.secret_key_file())?;
            File::open(&self.path)?.sync_all()
        };
        write().map_err(|source| StateDirError::NotWritable {
            path: self.path.clone(),
            source,
        })
    }

    /// Secrets that the key does not open.
    pub(super) fn wrong_key(&self, fault: &'static str) -> StateDirError {
        StateDirError::WrongKey {
            path: self.secret_key_file(),
            database: self.database(),
            fault,
        }
    }

    fn secret_key_file(&self) -> PathBuf {
        self.path.join("secret.key")
    }

    /// Where each session has its file of keys.
    pub(super) fn sessions(&self) -> PathBuf {
        self.path.join(SESSIONS)
    }
}

/// Refuses a folder of another user, which root can write to all the same. One that is not there is nobody's.
pub(super) fn is_ours(path: &Path) -> Result<(), StateDirError> {
    let me = rustix::process::geteuid().as_raw();
    let owner = std::fs::metadata(path).map_or(me, |about| about.uid());
    if owner == me {
        return Ok(());
    }
    Err(StateDirError::OtherOwner {
        path: path.to_owned(),
        owner,
    })
}

/// Whether a daemon uses a folder now. It makes nothing.
pub(super) fn is_in_use(path: &Path) -> bool {
    let lock = File::options().write(true).open(path.join(LOCK));
    lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
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
    fn the_key_to_the_secrets_is_for_the_daemon_alone_and_comes_back_whole() {
        let parent = tempfile::tempdir().unwrap();
        let dir = StateDir::open(parent.path()).unwrap();
        assert_eq!(dir.secret_key().unwrap(), None);
        dir.keep_secret_key(&[7; KEY_BYTES]).unwrap();
        assert_eq!(dir.secret_key().unwrap(), Some(vec![7; KEY_BYTES]));
        let file = parent.path().join("secret.key");
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, PRIVATE_FILE);
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

    #[test]
    fn a_folder_of_another_user_is_refused_with_the_way_to_be_that_user() {
        let parent = tempfile::tempdir().unwrap();
        assert!(is_ours(parent.path()).is_ok());
        assert!(is_ours(&parent.path().join("new")).is_ok());
        let root = rustix::process::geteuid().is_root();
        let theirs = parent.path().join("theirs");
        std::fs::create_dir(&theirs).unwrap();
        // Root can give one away; anybody else finds one of root's.
        let theirs = if root {
            std::os::unix::fs::chown(&theirs, Some(12345), None).unwrap();
            theirs
        } else {
            PathBuf::from("/")
        };
        let refused = is_ours(&theirs).unwrap_err().to_string();
        assert!(refused.contains("runuser"), "{refused}");
    }
}
