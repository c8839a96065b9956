//! Backups: all that a daemon keeps, or one session of it, as one file; and the way back.
//!
//! A copy is made while the daemon runs. The keys of the sessions are copied before the database that says what was
//! received: a message that is in the backup is never one that the keys have not seen the end of. Whatever is written
//! appears under its name when it is whole and has been read again, and what is restored when all of it was looked at.

mod taking;

use crate::app::archive;
use crate::app::archive::ArchiveError;
use crate::app::archive::Key;
use crate::app::archive::Kind;
use crate::app::archive::Manifest;
use crate::app::archive::Progress;
use crate::app::archive::Seal;
use crate::app::state_dir::SESSIONS;
use crate::app::state_dir::StateDir;
use crate::app::state_dir::StateDirError;
use crate::app::state_dir::is_ours;
use crate::domain::id::ParseIdError;
use crate::domain::id::SessionId;
use crate::exit::Exit;
use crate::store::OpenError;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::copies;
use crate::store::copies::Adopted;
use crate::store::copies::KeyFile;
use std::fs::DirBuilder;
use std::fs::File;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::path::PathBuf;
use taking::Copies;
pub(super) use taking::sweep;

const DATABASE: &str = "wamux.db";
const SECRET_KEY: &str = "secret.key";
/// Where copies lie until they are packed.
const COPIES: &str = "backup.tmp";
/// Where what is restored lies until all of it was looked at.
const RESTORING: &str = "restore.tmp";

/// Why there is no backup, or nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is no daemon's state in the folder.
    #[error("there is nothing to back up in {0}; is state.dir (or --state-dir) the daemon's?")]
    NothingThere(PathBuf),
    /// Two at a time.
    #[error("another backup of {0} is being made; wait for it")]
    Busy(PathBuf),
    /// The file exists.
    #[error("{0} exists already; choose another name, or remove it")]
    Exists(PathBuf),
    /// The file would be in a folder that there is not.
    #[error("there is no folder {0} to write into; make it first")]
    NoFolder(PathBuf),
    /// There is not enough room for the copies.
    #[error(
        "the copies need {needs} MiB in {folder}, where {free} MiB are free beside the limits.min_free_mib of a running daemon; make room"
    )]
    NoRoom {
        /// Where.
        folder: PathBuf,
        /// In MiB.
        needs: u64,
        /// In MiB, without what a running daemon needs for itself.
        free: u64,
    },
    /// What was copied is not sound.
    #[error("{file} is damaged: {fault}; restore the last good backup, or see DEPLOY.md")]
    Unsound {
        /// The file.
        file: String,
        /// What SQLite says.
        fault: String,
    },
    /// The folder to restore into has something in it.
    #[error(
        "{0} is not empty; a backup is restored into an empty state folder, so move what is there away, or choose another folder with --state-dir"
    )]
    NotEmpty(PathBuf),
    /// It is of the other kind.
    #[error("{0} has one session in it; take it in with `wamux import`")]
    IsSession(PathBuf),
    /// It is of the other kind.
    #[error("{0} is a backup of a whole daemon; use `wamux restore`")]
    IsBackup(PathBuf),
    /// A later version of wamux made it.
    #[error(
        "its tables are at step {found}, and this wamux knows {known}; use the version that made it, or a later one"
    )]
    TooNew {
        /// In the file.
        found: i64,
        /// In this program.
        known: i64,
    },
    /// What was given is no id.
    #[error(transparent)]
    Id(#[from] ParseIdError),
    /// No such session.
    #[error("there is no session {0}; `wamux session list` shows them")]
    NoSession(SessionId),
    /// It runs.
    #[error(
        "session {0} is running; stop it first, with POST /api/sessions/{0}/stop, so that what is exported is its last state"
    )]
    Running(SessionId),
    /// There is one of that name.
    #[error("there is a session {0} already; nothing was changed")]
    SessionExists(SessionId),
    /// Keys of nobody.
    #[error(
        "{0} has keys for this session already, though there is no such session; move that file away if nobody misses it, and try again"
    )]
    KeysInTheWay(PathBuf),
    /// The file itself.
    #[error("{path}")]
    Archive {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: ArchiveError,
    },
    /// A database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A database that cannot be opened.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The folder.
    #[error(transparent)]
    StateDir(#[from] StateDirError),
    /// The system.
    #[error("the state folder {path} cannot be read or written")]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

impl BackupError {
    /// How the process ends.
    pub fn exit_code(&self) -> Exit {
        match self {
            Self::StateDir(_) | Self::NotEmpty(_) | Self::NoRoom { .. } | Self::Io { .. } => {
                Exit::StateNotWritable
            }
            Self::NothingThere(_)
            | Self::Exists(_)
            | Self::NoFolder(_)
            | Self::IsSession(_)
            | Self::IsBackup(_)
            | Self::Id(_)
            | Self::NoSession(_)
            | Self::Running(_)
            | Self::SessionExists(_)
            | Self::KeysInTheWay(_) => Exit::Usage,
            _ => Exit::Internal,
        }
    }
}

/// Where a backup goes.
#[derive(Debug, Clone)]
pub enum Target {
    /// A file that is not there yet.
    File(PathBuf),
    /// The standard output.
    Stdout,
}

/// What was written or read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Sessions in it.
    pub sessions: usize,
    /// Length of what is in it, before it is packed.
    pub bytes: u64,
    /// It was read again and is as it was written.
    pub verified: bool,
    /// When it was made, as RFC 3339.
    pub at: String,
}

/// Writes all that the daemon of `state` keeps to a file. The daemon may run, and keeps `min_free` bytes of the disk.
pub async fn create(
    (state, min_free): (&Path, u64),
    target: &Target,
    seal: &Seal,
    progress: Progress<'_>,
) -> Result<Summary, BackupError> {
    let copies = Copies::begin(state, min_free, target)?;
    let sessions = copies.take_all().await?;
    copies.write((Kind::Backup, sessions), target, seal, progress)
}

/// Writes one session to a file. The daemon may run, the session may not.
pub async fn export(
    (state, min_free): (&Path, u64),
    session: &str,
    target: &Target,
    seal: &Seal,
    progress: Progress<'_>,
) -> Result<Summary, BackupError> {
    let session = &SessionId::parse(session)?;
    let copies = Copies::begin(state, min_free, target)?;
    copies.take_one(session).await?;
    copies.write((Kind::Session, 1), target, seal, progress)
}

/// Puts a backup into an empty state folder that no daemon uses.
pub async fn restore(
    state: &Path,
    file: &Path,
    key: &Key,
    progress: Progress<'_>,
) -> Result<Summary, BackupError> {
    opened(file)?;
    is_ours(state)?;
    let dir = StateDir::for_restore(state)?;
    empty(state)?;
    let folder = state.join(RESTORING);
    let looked = async {
        let manifest = unpacked(file, key, &folder, progress)?;
        if manifest.kind != Kind::Backup {
            return Err(BackupError::IsSession(file.to_owned()));
        }
        looked_over(&folder, &manifest).await?;
        let sessions = copies::key_files(&folder.join(DATABASE)).await?.len();
        Ok(summary(&manifest, sessions))
    };
    let done = match looked.await {
        // What a fault leaves half done says so itself: the folder stays.
        Ok(summary) => moved_in(state, &folder).map(|()| summary),
        Err(error) => {
            std::fs::remove_dir_all(&folder).ok();
            Err(error)
        }
    };
    drop(dir);
    done
}

/// Adds the session in a file to a daemon that is not running. It stays stopped. Gives its name.
pub async fn import(
    state: &Path,
    file: &Path,
    key: &Key,
    progress: Progress<'_>,
) -> Result<(SessionId, Summary), BackupError> {
    opened(file)?;
    is_ours(state)?;
    let dir = StateDir::open(state)?;
    let _lock = taking::locked(state)?;
    let folder = state.join(COPIES);
    remove(&folder)?;
    let taken = taken_in(&dir, &folder, file, key, progress).await;
    std::fs::remove_dir_all(&folder).ok();
    taken
}

async fn taken_in(
    dir: &StateDir,
    folder: &Path,
    file: &Path,
    key: &Key,
    progress: Progress<'_>,
) -> Result<(SessionId, Summary), BackupError> {
    let manifest = unpacked(file, key, folder, progress)?;
    if manifest.kind != Kind::Session {
        return Err(BackupError::IsBackup(file.to_owned()));
    }
    looked_over(folder, &manifest).await?;
    let source = folder.join(DATABASE);
    // Both are brought to the newest tables first.
    for database in [&source, &dir.database()] {
        Store::open(database).await?.close().await;
    }
    let all = copies::key_files(&source).await?;
    let damaged = || BackupError::Archive {
        path: file.to_owned(),
        source: ArchiveError::NotABackup,
    };
    let [one] = all.as_slice() else {
        return Err(damaged());
    };
    let here = copies::key_files(&dir.database()).await?;
    if here.iter().any(|file| file.session == one.session) {
        return Err(BackupError::SessionExists(one.session.clone()));
    }
    let (from, to) = (key_path(folder, one), dir.sessions().join(key_name(one)));
    // An import that was cut off has left the same file.
    if to.try_exists().map_err(broken(&to))? && !is_same(&from, &to) {
        return Err(BackupError::KeysInTheWay(to));
    }
    let has_keys = from.try_exists().map_err(broken(&from))?;
    if has_keys {
        std::fs::rename(&from, &to).map_err(broken(&to))?;
    }
    match copies::adopt(&dir.database(), &source).await {
        Ok(Adopted::Yes) => Ok((one.session.clone(), summary(&manifest, 1))),
        refused => {
            if has_keys {
                std::fs::remove_file(&to).map_err(broken(&to))?;
            }
            refused?;
            Err(BackupError::SessionExists(one.session.clone()))
        }
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    let digest = |path| archive::digest(path).ok();
    digest(one).is_some_and(|found| digest(other) == Some(found))
}

fn key_name(file: &KeyFile) -> String {
    format!("{}.db", file.store_key)
}

fn key_path(folder: &Path, file: &KeyFile) -> PathBuf {
    folder.join(SESSIONS).join(key_name(file))
}

fn broken(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::Io { path, source }
}

fn remove(folder: &Path) -> Result<(), BackupError> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(broken(folder)(error)),
        _ => Ok(()),
    }
}

fn summary(manifest: &Manifest, sessions: usize) -> Summary {
    Summary {
        sessions,
        bytes: manifest.bytes(),
        verified: true,
        at: manifest.at.clone(),
    }
}

fn opened(file: &Path) -> Result<File, BackupError> {
    File::open(file).map_err(|source| BackupError::Archive {
        path: file.to_owned(),
        source: source.into(),
    })
}

fn unpacked(
    file: &Path,
    key: &Key,
    folder: &Path,
    progress: Progress<'_>,
) -> Result<Manifest, BackupError> {
    let input = opened(file)?;
    let unpack = || {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder.join(SESSIONS))?;
        archive::unpack(input, key, Some(folder), progress)
    };
    unpack().map_err(|source| BackupError::Archive {
        path: file.to_owned(),
        source,
    })
}

/// What was unpacked is sound, and this program knows its tables.
async fn looked_over(folder: &Path, manifest: &Manifest) -> Result<(), BackupError> {
    let paths = manifest.files.iter().map(|entry| &entry.path);
    for path in paths.filter(|path| *path != SECRET_KEY) {
        if let Some(fault) = copies::fault_of(&folder.join(path)).await {
            return Err(BackupError::Unsound {
                file: path.clone(),
                fault,
            });
        }
    }
    let schema = copies::schema_of(&folder.join(DATABASE)).await?;
    if schema.is_newer() {
        return Err(BackupError::TooNew {
            found: schema.found,
            known: schema.known,
        });
    }
    Ok(())
}

/// A restore was cut off before all of it was in its place.
pub(super) fn is_half_restored(state: &Path) -> bool {
    state.join(RESTORING).is_dir() && !state.join(DATABASE).is_file()
}

/// Nothing is in a folder but what opening it has made, and what a restore left that was cut off.
fn empty(state: &Path) -> Result<(), BackupError> {
    const OURS: [&str; 4] = ["wamux.lock", "lost+found", RESTORING, SESSIONS];
    let names = |folder: &Path| -> io::Result<Vec<String>> {
        std::fs::read_dir(folder)?
            .map(|file| Ok(file?.file_name().to_string_lossy().into_owned()))
            .collect()
    };
    if is_half_restored(state) {
        for folder in [RESTORING, SESSIONS] {
            remove(&state.join(folder))?;
        }
        std::fs::remove_file(state.join(SECRET_KEY)).ok();
    }
    let found = names(state).map_err(broken(state))?;
    let sessions = state.join(SESSIONS);
    let keys = if sessions.is_dir() {
        names(&sessions).map_err(broken(&sessions))?
    } else {
        Vec::new()
    };
    if keys.is_empty() && found.iter().all(|name| OURS.contains(&name.as_str())) {
        Ok(())
    } else {
        Err(BackupError::NotEmpty(state.to_owned()))
    }
}

/// The database comes last: without it, nothing was restored.
fn moved_in(state: &Path, folder: &Path) -> Result<(), BackupError> {
    for name in [SESSIONS, SECRET_KEY, DATABASE] {
        let (from, to) = (folder.join(name), state.join(name));
        if from.try_exists().map_err(broken(&from))? {
            std::fs::rename(&from, &to).map_err(broken(&to))?;
        }
    }
    std::fs::remove_dir_all(folder).map_err(broken(folder))?;
    let synced = File::open(state).and_then(|folder| folder.sync_all());
    synced.map_err(broken(state))
}

#[cfg(test)]
mod tests;
