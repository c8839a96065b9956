//! What stands in the way of a backup, and what a restore that was cut off leaves.

use super::*;

const PATIENT: fn(u64, u64) -> io::Result<()> = |_, _| Ok(());

/// A state folder with a database and the keys of nobody.
async fn state() -> tempfile::TempDir {
    let state = tempfile::tempdir().unwrap();
    let dir = StateDir::open(state.path()).unwrap();
    Store::open(&dir.database()).await.unwrap().close().await;
    dir.keep_secret_key(&[3; 32]).unwrap();
    state
}

async fn backed_up(state: &Path, to: &Path) -> Result<Summary, BackupError> {
    let target = Target::File(to.to_owned());
    create((state, 0), &target, &Seal::Open, &mut PATIENT.clone()).await
}

#[tokio::test]
async fn a_backup_is_made_while_the_folder_is_in_use_and_restored_into_an_empty_one() {
    let (state, other) = (state().await, tempfile::tempdir().unwrap());
    let file = other.path().join("b");
    let daemon = StateDir::open(state.path()).unwrap();
    let summary = backed_up(state.path(), &file).await.unwrap();
    assert!(summary.verified);
    assert!(!state.path().join(COPIES).exists(), "the copies are gone");
    drop(daemon);

    let new = other.path().join("new");
    let mut progress = PATIENT;
    restore(&new, &file, &Key::None, &mut progress)
        .await
        .unwrap();
    assert_eq!(std::fs::read(new.join(SECRET_KEY)).unwrap(), [3; 32]);
    assert!(!new.join(RESTORING).exists());
    assert!(StateDir::open(&new).is_ok());
}

#[tokio::test]
async fn nothing_is_overwritten() {
    let (state, other) = (state().await, tempfile::tempdir().unwrap());
    let file = other.path().join("b");
    backed_up(state.path(), &file).await.unwrap();
    let again = backed_up(state.path(), &file).await.unwrap_err();
    assert!(matches!(again, BackupError::Exists(_)), "{again}");
    let mut progress = PATIENT;
    let onto = restore(state.path(), &file, &Key::None, &mut progress).await;
    assert!(matches!(onto, Err(BackupError::NotEmpty(_))), "{onto:?}");
    let daemon = StateDir::open(state.path()).unwrap();
    let running = restore(state.path(), &file, &Key::None, &mut progress).await;
    assert!(matches!(
        running,
        Err(BackupError::StateDir(StateDirError::InUse { .. }))
    ));
    drop(daemon);
    let nothing = backed_up(other.path(), &other.path().join("c")).await;
    assert!(matches!(nothing, Err(BackupError::NothingThere(_))));
}

#[tokio::test]
async fn a_damaged_backup_leaves_the_folder_empty() {
    let (state, other) = (state().await, tempfile::tempdir().unwrap());
    let (file, new) = (other.path().join("b"), other.path().join("new"));
    backed_up(state.path(), &file).await.unwrap();
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let mut progress = PATIENT;
    let cut = restore(&new, &file, &Key::None, &mut progress).await;
    assert!(matches!(cut, Err(BackupError::Archive { .. })), "{cut:?}");
    std::fs::write(&file, &whole).unwrap();
    restore(&new, &file, &Key::None, &mut progress)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_restore_that_was_cut_off_is_no_state_to_start_with_and_begins_anew() {
    let (state, other) = (state().await, tempfile::tempdir().unwrap());
    let (file, new) = (other.path().join("b"), other.path().join("new"));
    backed_up(state.path(), &file).await.unwrap();
    // It had moved the keys and not yet the database.
    std::fs::create_dir_all(new.join(RESTORING)).unwrap();
    std::fs::create_dir_all(new.join(SESSIONS)).unwrap();
    std::fs::write(new.join(SESSIONS).join("x.db"), "").unwrap();
    std::fs::write(new.join(SECRET_KEY), "").unwrap();
    let refused = StateDir::open(&new);
    assert!(matches!(refused, Err(StateDirError::HalfRestored { .. })));
    let mut progress = PATIENT;
    restore(&new, &file, &Key::None, &mut progress)
        .await
        .unwrap();
    assert!(!new.join(SESSIONS).join("x.db").exists());
    assert!(StateDir::open(&new).is_ok());
}

fn names(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = names
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_backup_that_comes_to_nothing_leaves_nothing() {
    let (state, other) = (state().await, tempfile::tempdir().unwrap());
    let before = names(state.path());
    let target = Target::File(other.path().join("b"));
    let mut stop = |_, _| Err(io::Error::other("told to stop"));
    let ended = create((state.path(), 0), &target, &Seal::Open, &mut stop).await;
    assert!(matches!(ended, Err(BackupError::Archive { .. })));
    // A daemon that runs would put its sessions aside for want of what is left.
    let daemon = StateDir::open(state.path()).unwrap();
    let full = create((state.path(), u64::MAX), &target, &Seal::Open, &mut stop).await;
    assert!(matches!(full, Err(BackupError::NoRoom { .. })), "{full:?}");
    drop(daemon);
    let nowhere = backed_up(state.path(), &other.path().join("no/b")).await;
    assert!(matches!(nowhere, Err(BackupError::NoFolder(_))));
    assert!(names(other.path()).is_empty(), "{:?}", names(other.path()));
    let after = names(state.path());
    let new: Vec<_> = after.iter().filter(|name| !before.contains(name)).collect();
    assert_eq!(new, ["backup.lock"]);
}

#[tokio::test]
async fn a_backup_is_written_into_a_file_of_its_own() {
    let (state, other) = (state().await, tempfile::tempdir().unwrap());
    let theirs = other.path().join("theirs");
    std::fs::write(&theirs, "theirs").unwrap();
    std::os::unix::fs::symlink(&theirs, other.path().join("b.part")).unwrap();
    backed_up(state.path(), &other.path().join("b"))
        .await
        .unwrap();
    assert_eq!(std::fs::read(&theirs).unwrap(), b"theirs");
    assert_eq!(names(other.path()), ["b", "theirs"]);
}

#[tokio::test]
async fn what_a_killed_backup_left_is_swept_away_and_what_is_being_made_is_not() {
    let state = state().await;
    let copies = state.path().join(COPIES);
    std::fs::create_dir_all(copies.join(SESSIONS)).unwrap();
    let lock = taking::locked(state.path()).unwrap();
    sweep(state.path());
    assert!(copies.is_dir());
    drop(lock);
    sweep(state.path());
    assert!(!copies.exists());
}

#[tokio::test]
async fn a_file_that_is_not_there_makes_no_folder() {
    let other = tempfile::tempdir().unwrap();
    let (file, new) = (other.path().join("b"), other.path().join("new"));
    let mut progress = PATIENT;
    let restored = restore(&new, &file, &Key::None, &mut progress).await;
    assert!(matches!(restored, Err(BackupError::Archive { .. })));
    let imported = import(&new, &file, &Key::None, &mut progress).await;
    assert!(matches!(imported, Err(BackupError::Archive { .. })));
    assert!(!new.exists());
}
