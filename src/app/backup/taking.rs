//! Copies of a daemon's files, taken while it runs, on their way into an archive.

use super::BackupError;
use super::COPIES;
use super::DATABASE;
use super::SECRET_KEY;
use super::Summary;
use super::Target;
use super::broken;
use super::key_name;
use super::key_path;
use super::remove;
use crate::app::archive;
use crate::app::archive::ArchiveError;
use crate::app::archive::Kind;
use crate::app::archive::Manifest;
use crate::app::archive::Progress;
use crate::app::archive::Seal;
use crate::app::state_dir;
use crate::app::state_dir::SESSIONS;
use crate::clock::Clock;
use crate::domain::id::SessionId;
use crate::domain::time::Timestamp;
use crate::store::copies;
use crate::store::copies::KeyFile;
use std::collections::BTreeSet;
use std::fs::DirBuilder;
use std::fs::File;
use std::io;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;

/// Held by whoever makes copies.
const LOCK: &str = "backup.lock";

/// A file that is there is not overwritten, and a folder that is not there is said so before there are copies.
fn is_free(target: &Target) -> Result<(), BackupError> {
    let Target::File(path) = target else {
        return Ok(());
    };
    if path.try_exists().unwrap_or_default() {
        return Err(BackupError::Exists(path.clone()));
    }
    match folder_of(path) {
        folder if folder.is_dir() => Ok(()),
        folder => Err(BackupError::NoFolder(folder.to_owned())),
    }
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Copies of a daemon's files, on their way into an archive.
pub(super) struct Copies {
    state: PathBuf,
    folder: PathBuf,
    _lock: File,
}

/// However it ends. What somebody kills leaves them to the next one.
impl Drop for Copies {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

/// Held until it is dropped, so that no two use the folder of copies.
pub(super) fn locked(state: &Path) -> Result<File, BackupError> {
    let path = state.join(LOCK);
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(broken(&path))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(_) => Err(BackupError::Busy(state.to_owned())),
    }
}

/// Removes what a backup has left that was killed, unless one is being made.
pub(in crate::app) fn sweep(state: &Path) {
    let folder = state.join(COPIES);
    if folder.is_dir()
        && let Ok(_lock) = locked(state)
    {
        std::fs::remove_dir_all(&folder).ok();
    }
}

impl Copies {
    /// A daemon that runs keeps `min_free` bytes of the disk.
    pub(super) fn begin(state: &Path, min_free: u64, target: &Target) -> Result<Self, BackupError> {
        if !state.join(DATABASE).is_file() {
            return Err(BackupError::NothingThere(state.to_owned()));
        }
        state_dir::is_ours(state)?;
        is_free(target)?;
        let lock = locked(state)?;
        let folder = state.join(COPIES);
        // What one left that was cut off.
        remove(&folder)?;
        let copies = Self {
            state: state.to_owned(),
            folder,
            _lock: lock,
        };
        copies.check_room(min_free)?;
        let made = DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(copies.folder.join(SESSIONS));
        made.map_err(broken(&copies.folder))?;
        Ok(copies)
    }

    /// The copies are as long as what they are copies of, at the most. Sessions are not put aside for their sake.
    fn check_room(&self, min_free: u64) -> Result<(), BackupError> {
        const MIB: u64 = 1024 * 1024;
        let length = |folder: &Path| -> io::Result<u64> {
            let mut bytes = 0;
            for file in std::fs::read_dir(folder)? {
                let file = file?.metadata()?;
                bytes += if file.is_file() { file.len() } else { 0 };
            }
            Ok(bytes)
        };
        let needs = length(&self.state)
            .and_then(|bytes| Ok(bytes + length(&self.state.join(SESSIONS))?))
            .map_err(broken(&self.state))?;
        let disk = rustix::fs::statvfs(&self.state).map_err(io::Error::from);
        let disk = disk.map_err(broken(&self.state))?;
        let mut free = disk.f_bavail.saturating_mul(disk.f_frsize);
        if state_dir::is_in_use(&self.state) {
            free = free.saturating_sub(min_free);
        }
        if free > needs {
            return Ok(());
        }
        Err(BackupError::NoRoom {
            folder: self.state.clone(),
            needs: needs.div_ceil(MIB),
            free: free / MIB,
        })
    }

    /// Copies everything. Gives how many sessions there are.
    pub(super) async fn take_all(&self) -> Result<usize, BackupError> {
        let database = self.state.join(DATABASE);
        for file in copies::key_files(&database).await? {
            self.take_keys(&file).await?;
        }
        copies::copy(&database, &self.folder.join(DATABASE)).await?;
        // Some may have been linked, and others deleted, meanwhile.
        let sessions = copies::key_files(&self.folder.join(DATABASE)).await?;
        for file in &sessions {
            if !key_path(&self.folder, file).is_file() {
                self.take_keys(file).await?;
            }
        }
        let named: BTreeSet<String> = sessions.iter().map(key_name).collect();
        self.drop_others(&named)?;
        let (from, to) = (self.state.join(SECRET_KEY), self.folder.join(SECRET_KEY));
        if from.is_file() {
            std::fs::copy(&from, &to).map_err(broken(&from))?;
        }
        Ok(sessions.len())
    }

    /// A session without a phone has no keys worth keeping, and one that is being deleted has none any more.
    async fn take_keys(&self, file: &KeyFile) -> Result<(), BackupError> {
        let from = key_path(&self.state, file);
        if !file.linked || !from.is_file() {
            return Ok(());
        }
        let copied = copies::copy(&from, &key_path(&self.folder, file)).await;
        match copied {
            Err(_) if !from.is_file() => Ok(()),
            copied => Ok(copied?),
        }
    }

    fn drop_others(&self, named: &BTreeSet<String>) -> Result<(), BackupError> {
        let folder = self.folder.join(SESSIONS);
        for file in std::fs::read_dir(&folder).map_err(broken(&folder))? {
            let file = file.map_err(broken(&folder))?;
            if !named.contains(file.file_name().to_string_lossy().as_ref()) {
                std::fs::remove_file(file.path()).map_err(broken(&file.path()))?;
            }
        }
        Ok(())
    }

    pub(super) async fn take_one(&self, session: &SessionId) -> Result<(), BackupError> {
        let database = self.folder.join(DATABASE);
        copies::copy(&self.state.join(DATABASE), &database).await?;
        let all = copies::key_files(&database).await?;
        let found = all.into_iter().find(|file| file.session == *session);
        let file = found.ok_or_else(|| BackupError::NoSession(session.clone()))?;
        if !file.stopped && state_dir::is_in_use(&self.state) {
            return Err(BackupError::Running(session.clone()));
        }
        self.take_keys(&file).await?;
        Ok(copies::keep_one(&database, session).await?)
    }

    pub(super) fn write(
        &self,
        (kind, sessions): (Kind, usize),
        target: &Target,
        seal: &Seal,
        progress: Progress<'_>,
    ) -> Result<Summary, BackupError> {
        let at = Timestamp::from(Clock::system().now()).to_string();
        let paths = self.paths()?;
        let shown = match target {
            Target::File(path) => path.clone(),
            Target::Stdout => PathBuf::from("the output"),
        };
        let packed = || {
            let manifest = Manifest::of(kind, at.clone(), &self.folder, paths)?;
            let total = manifest.bytes();
            let verified = match target {
                Target::Stdout => {
                    archive::pack(&manifest, &self.folder, io::stdout().lock(), seal, progress)?
                        .flush()?;
                    false
                }
                Target::File(path) => self.write_file(&manifest, path, seal, progress)?,
            };
            Ok(Summary {
                sessions,
                bytes: total,
                verified,
                at,
            })
        };
        // Once more: the copies may have taken long.
        is_free(target)?;
        packed().map_err(|source| BackupError::Archive {
            path: shown,
            source,
        })
    }

    /// Writes it beside its name first, reads it again where it can be opened, and gives it its name then.
    fn write_file(
        &self,
        manifest: &Manifest,
        path: &Path,
        seal: &Seal,
        progress: Progress<'_>,
    ) -> Result<bool, ArchiveError> {
        let mut part = path.to_owned().into_os_string();
        part.push(".part");
        let part = PathBuf::from(part);
        let mut written = || {
            // One that is there could be open to others, or lead elsewhere.
            std::fs::remove_file(&part).ok();
            let file = File::options()
                .create_new(true)
                .write(true)
                .mode(0o600)
                .open(&part)?;
            let file = archive::pack(manifest, &self.folder, file, seal, progress)?;
            file.sync_all()?;
            let verified = match seal.key() {
                Some(key) => {
                    archive::unpack(File::open(&part)?, &key, None, progress)?;
                    true
                }
                None => false,
            };
            std::fs::rename(&part, path)?;
            File::open(folder_of(path))?.sync_all()?;
            Ok(verified)
        };
        let done = written();
        if done.is_err() {
            std::fs::remove_file(&part).ok();
        }
        done
    }

    fn paths(&self) -> Result<Vec<String>, BackupError> {
        let mut paths = vec![DATABASE.to_owned()];
        if self.folder.join(SECRET_KEY).is_file() {
            paths.push(SECRET_KEY.to_owned());
        }
        let folder = self.folder.join(SESSIONS);
        let names: io::Result<BTreeSet<_>> = std::fs::read_dir(&folder)
            .and_then(|files| files.map(|file| Ok(file?.file_name())).collect());
        for name in names.map_err(broken(&folder))? {
            paths.push(format!("{SESSIONS}/{}", name.to_string_lossy()));
        }
        Ok(paths)
    }
}
