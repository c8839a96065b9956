//! Watches the disk that everything is written to. When it is full, sessions are put aside before they take in what
//! could not be kept, and come back when there is room. One task for the daemon.

use crate::store::Place;
use std::fs::File;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

/// What is written to see whether anything can be written.
static PROBE: [u8; 64 * 1024] = [0; 64 * 1024];
const PROBE_NAME: &str = "disk-probe";
const MIB: u64 = 1024 * 1024;

/// How the disk is watched.
#[derive(Debug, Clone)]
pub struct DiskWatch {
    /// The folder that everything is in.
    pub folder: PathBuf,
    /// Below this many free bytes it counts as full.
    pub min_free: u64,
    /// How often it is looked at.
    pub every: Duration,
}

/// What is wrong with the disk; none when it is well.
pub(super) type Trouble = watch::Receiver<Option<String>>;

/// What became of the database's file; none while it is where it was.
pub(super) type Lost = watch::Receiver<Option<String>>;

/// What is told of the disk.
pub(super) struct Watched {
    /// Whether it is full.
    pub(super) trouble: Trouble,
    /// Whether the database is still there.
    pub(super) lost: Lost,
    /// Looks at it; it ends with the handle.
    pub(super) task: AbortOnDropHandle<()>,
}

/// Starts the task.
pub(super) fn start(watch: DiskWatch, place: Place) -> Watched {
    let (tell, trouble) = watch::channel(None);
    let (tell_lost, lost) = watch::channel(None);
    let task = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(watch.every);
        loop {
            ticks.tick().await;
            let (folder, min_free, place) = (watch.folder.clone(), watch.min_free, place.clone());
            let look = move || (check(&folder, min_free), place.lost());
            // A check that panicked says nothing.
            if let Ok((found, gone)) = tokio::task::spawn_blocking(look).await {
                tell.send_if_modified(|trouble| note(trouble, found));
                tell_lost.send_if_modified(|lost| {
                    let is_news = lost.is_none() && gone.is_some();
                    *lost = lost.take().or(gone);
                    is_news
                });
            }
        }
    });
    Watched {
        trouble,
        lost,
        task: AbortOnDropHandle::new(task),
    }
}

fn note(trouble: &mut Option<String>, found: Option<String>) -> bool {
    match (&trouble, &found) {
        (None, Some(what)) => tracing::error!(what, "the disk is full: sessions are put aside"),
        (Some(_), None) => tracing::info!("the disk has room again: sessions come back"),
        _ => {}
    }
    let is_news = *trouble != found;
    *trouble = found;
    is_news
}

/// What is wrong, in a sentence.
fn check(folder: &Path, min_free: u64) -> Option<String> {
    match free(folder) {
        Ok(free) if free < min_free => Some(format!(
            "only {} MiB are free, limits.min_free_mib asks for {}",
            free / MIB,
            min_free / MIB
        )),
        Ok(_) => write(folder)
            .err()
            .map(|error| format!("nothing can be written: {error}")),
        Err(error) => Some(format!("the free space cannot be read: {error}")),
    }
}

/// Free space, in bytes.
pub(super) fn free(folder: &Path) -> io::Result<u64> {
    let numbers = rustix::fs::statvfs(folder)?;
    Ok(numbers.f_bavail.saturating_mul(numbers.f_frsize))
}

/// A new file each time: one that is overwritten needs no room.
fn write(folder: &Path) -> io::Result<()> {
    let path = folder.join(PROBE_NAME);
    let written = File::create(&path).and_then(|mut file| {
        file.write_all(&PROBE)?;
        file.sync_data()
    });
    // A file that could not be made cannot be removed either, and is not what is wrong.
    written.and(std::fs::remove_file(&path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_well_when_it_has_room_and_takes_a_file() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(check(folder.path(), 1), None);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let full = check(folder.path(), u64::MAX).unwrap();
        assert!(full.contains("limits.min_free_mib"), "{full}");
        let gone = folder.path().join("gone");
        assert!(check(&gone, 1).is_some());
    }
}
