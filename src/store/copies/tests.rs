//! Copies are whole, and one session can be taken out of one database and into another.

use super::*;
use crate::store::Store;
use crate::store::chats::tests::World;
use crate::store::chats::tests::eva;
use crate::store::chats::tests::from;
use crate::store::chats::tests::session;

async fn count(file: &Path, table: &str) -> i64 {
    let mut database = open(file).await.unwrap();
    let query = format!("SELECT COUNT(*) FROM {table}");
    let count = sqlx::query_scalar(sqlx::AssertSqlSafe(query));
    count.fetch_one(&mut database).await.unwrap()
}

#[tokio::test]
async fn a_copy_of_a_database_in_use_is_whole() {
    let world = World::new().await;
    world.hear(from(1, eva(), "hello")).await;
    let file = world.file();
    let to = file.with_file_name("copy.db");
    copy(&file, &to).await.unwrap();
    assert_eq!(fault_of(&to).await, None);
    assert_eq!(count(&to, "messages").await, 1);
    let schema = schema_of(&to).await.unwrap();
    assert_eq!(schema.found, schema.known);
    let [one] = &key_files(&to).await.unwrap()[..] else {
        panic!("one session")
    };
    assert_eq!(one.session, session());
    assert!(copy(&file, &to).await.is_err(), "nothing is overwritten");
}

#[tokio::test]
async fn what_is_no_database_is_told_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.db");
    std::fs::write(&file, vec![7; 9000]).unwrap();
    assert!(fault_of(&file).await.unwrap().contains("not a database"));
    assert!(schema_of(&file).await.is_err());
}

#[tokio::test]
async fn a_session_goes_from_one_daemon_to_another_with_its_history_and_stays_stopped() {
    let world = World::new().await;
    world.hear(from(1, eva(), "hello")).await;
    let taken = world.file().with_file_name("one.db");
    copy(&world.file(), &taken).await.unwrap();
    keep_one(&taken, &session()).await.unwrap();
    for table in OF_THE_DAEMON {
        assert_eq!(count(&taken, table).await, 0, "{table}");
    }

    let other = world.file().with_file_name("other.db");
    Store::open(&other).await.unwrap().close().await;
    assert_eq!(adopt(&other, &taken).await.unwrap(), Adopted::Yes);
    assert_eq!(adopt(&other, &taken).await.unwrap(), Adopted::Exists);
    for table in ["messages", "chats", "events"] {
        let (there, here) = (
            count(&other, table).await,
            count(&world.file(), table).await,
        );
        assert_eq!(there, here, "{table}");
        assert!(here > 0, "{table}");
    }
    assert!(key_files(&other).await.unwrap()[0].stopped);
    let store = Store::open(&other).await.unwrap();
    let found = store.sessions().await.unwrap();
    assert_eq!((found.len(), found[0].desired), (1, Desired::Stopped));
}
