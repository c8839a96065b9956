//! Each fault is found, with its cure, and nothing is changed by looking.

use super::*;
use crate::store::Store;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

async fn state() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    fs::create_dir(&state).unwrap();
    fs::set_permissions(&state, PermissionsExt::from_mode(0o700)).unwrap();
    Store::open(&state.join("wamux.db"))
        .await
        .unwrap()
        .close()
        .await;
    (folder, state)
}

fn is(finding: &Finding, grade: Grade) {
    assert_eq!(finding.grade, grade, "{finding:?}");
    assert_eq!(finding.cure.is_some(), grade != Grade::Ok, "{finding:?}");
}

#[tokio::test]
async fn what_is_well_is_called_well_and_left_alone() {
    let (_folder, state) = state().await;
    is(&folder(&state), Grade::Ok);
    is(&database(&state).await, Grade::Ok);
    is(&keys(&state).await, Grade::Ok);
    is(&disk(&state, 1), Grade::Ok);
    is(
        &port(SocketAddr::from(([127, 0, 0, 1], 0)), false),
        Grade::Ok,
    );
    assert!(!state_dir::is_in_use(&state));
    let names: Vec<_> = fs::read_dir(&state)
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .collect();
    assert_eq!(names, ["wamux.db"]);
}

#[tokio::test]
async fn each_fault_has_its_cure() {
    let (outer, state) = state().await;
    is(&folder(&outer.path().join("other")), Grade::Warning);
    fs::set_permissions(&state, PermissionsExt::from_mode(0o755)).unwrap();
    is(&folder(&state), Grade::Warning);
    is(&disk(&state, u64::MAX), Grade::Fault);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    is(&port(taken.local_addr().unwrap(), false), Grade::Warning);
    is(&port(taken.local_addr().unwrap(), true), Grade::Ok);
    is(&folder(&outer.path().join("state/wamux.db")), Grade::Fault);
    fs::write(state.join("secret.key"), "short").unwrap();
    is(&secret(&state).await, Grade::Fault);
    fs::write(state.join("wamux.db"), vec![1; 9000]).unwrap();
    is(&database(&state).await, Grade::Fault);
    fs::remove_file(state.join("wamux.db")).unwrap();
    is(&database(&state).await, Grade::Ok);
    fs::create_dir(state.join("sessions")).unwrap();
    fs::write(state.join("sessions/a.db"), "").unwrap();
    is(&database(&state).await, Grade::Fault);
    fs::remove_dir_all(&state).unwrap();
    fs::create_dir_all(state.join("restore.tmp")).unwrap();
    is(&database(&state).await, Grade::Fault);
}

#[tokio::test]
async fn the_network_is_not_asked_in_a_sandbox() {
    let endpoint = "ws://127.0.0.1:1/ws/chat".parse().unwrap();
    for finding in network(&endpoint, Clock::system().now()).await {
        is(&finding, Grade::Ok);
    }
}

#[tokio::test]
async fn who_cannot_be_reached_is_named_with_the_cause() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = nobody.local_addr().unwrap();
    drop(nobody);
    let asked = courier::probe(&format!("http://{address}/"), PATIENCE).await;
    let finding = unreachable(&asked.unwrap_err());
    is(&finding, Grade::Fault);
    assert!(finding.found.contains("refused"), "{finding:?}");
}
