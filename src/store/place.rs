//! Whether the database's file is still the one that was opened. SQLite goes on writing into a file that was removed or
//! replaced, and nobody would ever read that again.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;

/// A file by its name and by what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    path: PathBuf,
    /// Device and inode.
    file: (u64, u64),
}

impl Place {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            file: file(path)?,
        })
    }

    /// How long the file is, in bytes.
    pub fn size(&self) -> Option<u64> {
        std::fs::metadata(&self.path).ok().map(|found| found.len())
    }

    /// What became of the file, in a sentence; none while it is where it was, or nobody can say.
    pub fn lost(&self) -> Option<String> {
        let path = self.path.display();
        match file(&self.path) {
            Ok(now) if now == self.file => None,
            Ok(_) => Some(format!(
                "the database {path} was replaced by another file while the daemon ran"
            )),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Some(format!(
                "the database {path} was removed or moved while the daemon ran"
            )),
            Err(_) => None,
        }
    }
}

fn file(path: &Path) -> io::Result<(u64, u64)> {
    let found = std::fs::metadata(path)?;
    Ok((found.dev(), found.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_removed_or_replaced_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wamux.db");
        std::fs::write(&path, "one").unwrap();
        let place = Place::of(&path).unwrap();
        assert_eq!(place.lost(), None);
        std::fs::write(&path, "the same, longer").unwrap();
        assert_eq!(place.lost(), None);
        let other = folder.path().join("other");
        std::fs::write(&other, "two").unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert!(place.lost().unwrap().contains("replaced"));
        std::fs::remove_file(&path).unwrap();
        assert!(place.lost().unwrap().contains("removed"));
    }
}
