//! What stands in the way of a backup, and what a restore that was cut off leaves.

use super::*;

const PATIENT: fn(u64, u64) = |_, _| {};

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
    create(state, &target, &Seal::Open, &mut PATIENT.clone()).await
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
