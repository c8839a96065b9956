//! What of a link is on disk, and until when it is found.

use super::*;
use crate::domain::id::ClientId;
use crate::domain::id::StoreKey;
use crate::domain::session::Desired;
use crate::domain::session::SessionRecord;
use crate::domain::session::SessionState;
use std::path::Path;
use tempfile::TempDir;

const EXPIRY: i64 = 100_000;

struct World {
    store: Store,
    record: SessionRecord,
    state: TempDir,
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn token(letter: &str) -> LinkToken {
    LinkToken::new(&letter.repeat(43))
}

async fn open(state: &Path) -> Store {
    Store::open(&state.join("wamux.db")).await.unwrap()
}

/// A session without a phone.
async fn world() -> World {
    let state = tempfile::tempdir().unwrap();
    let store = open(state.path()).await;
    let record = SessionRecord {
        id: SessionId::parse("ana").unwrap(),
        client_id: ClientId::parse("shop").unwrap(),
        name: None,
        store_key: StoreKey::parse("01ARZ3NDEKTSV4RRFFQ69G5FAV").unwrap(),
        desired: Desired::Running,
        state: SessionState::Linking,
        cause: None,
        since: at(1),
        account: None,
        last_activity: None,
        restarts: 0,
        created_at: at(1),
    };
    store.add_session(&record, None).await.unwrap();
    World {
        store,
        record,
        state,
    }
}

impl World {
    fn new_link(&self) -> PairingLink {
        PairingLink {
            session_id: self.record.id.clone(),
            locale: Some(Locale::Es),
            return_url: Some("https://shop.example.com/done".to_owned()),
            expires_at: at(EXPIRY),
            used_at: None,
        }
    }

    async fn put(&self, token: &LinkToken) {
        let put = self.store.put_link(token, &self.new_link()).await;
        assert!(put.unwrap());
    }

    async fn find(&self, token: &LinkToken, now: i64) -> Option<PairingLink> {
        self.store.link(token, at(now)).await.unwrap()
    }

    async fn connected_at(&mut self, since: i64) {
        (self.record.state, self.record.since) = (SessionState::Connected, at(since));
        self.store.save_session(&self.record, None).await.unwrap();
    }
}

#[tokio::test]
async fn a_link_is_found_by_its_token_also_after_a_restart_and_until_it_expires() {
    let mut world = world().await;
    world.put(&token("a")).await;
    world.store.close().await;
    world.store = open(world.state.path()).await;
    assert_eq!(
        world.find(&token("a"), EXPIRY - 1).await,
        Some(world.new_link())
    );
    assert_eq!(world.find(&token("a"), EXPIRY).await, None);
    assert_eq!(world.find(&token("b"), 0).await, None);
}

#[tokio::test]
async fn a_token_is_on_disk_as_its_digest_alone() {
    let world = world().await;
    world.put(&token("q")).await;
    world.store.close().await;
    let files = std::fs::read_dir(world.state.path()).unwrap();
    for file in files.map(|file| file.unwrap().path()) {
        let bytes = std::fs::read(&file).unwrap();
        let found = bytes
            .windows(43)
            .any(|window| window == "q".repeat(43).as_bytes());
        assert!(!found, "{}", file.display());
    }
}

#[tokio::test]
async fn a_new_link_takes_the_place_of_the_one_before() {
    let world = world().await;
    world.put(&token("a")).await;
    world.put(&token("b")).await;
    assert_eq!(world.find(&token("a"), 0).await, None);
    assert!(world.find(&token("b"), 0).await.is_some());
}

#[tokio::test]
async fn a_link_is_used_once_the_session_is_connected_and_answers_for_a_minute() {
    let mut world = world().await;
    world.put(&token("a")).await;
    world.connected_at(5_000).await;
    // What is written of the session later changes nothing.
    world.connected_at(30_000).await;
    let used = world.find(&token("a"), 64_999).await.unwrap();
    assert_eq!(used.used_at, Some(at(5_000)));
    assert_eq!(world.find(&token("a"), 65_000).await, None);
}

#[tokio::test]
async fn a_session_that_is_connected_after_its_link_expired_did_not_use_it() {
    let mut world = world().await;
    world.put(&token("a")).await;
    world.connected_at(EXPIRY).await;
    assert_eq!(world.find(&token("a"), EXPIRY).await, None);
}

#[tokio::test]
async fn a_link_goes_when_it_is_revoked_and_with_its_session() {
    let world = world().await;
    world.put(&token("a")).await;
    let id = &world.record.id;
    assert!(world.store.remove_link(id, at(1)).await.unwrap());
    assert_eq!(world.find(&token("a"), 1).await, None);
    assert!(!world.store.remove_link(id, at(1)).await.unwrap());
    world.put(&token("a")).await;
    assert!(!world.store.remove_link(id, at(EXPIRY)).await.unwrap());

    world.put(&token("b")).await;
    world
        .store
        .delete_session(&world.record, at(2))
        .await
        .unwrap();
    assert_eq!(world.find(&token("b"), 2).await, None);
    let put = world.store.put_link(&token("c"), &world.new_link()).await;
    assert!(!put.unwrap(), "there is no session");
}

#[tokio::test]
async fn links_that_answer_no_more_are_swept() {
    let world = world().await;
    world.put(&token("a")).await;
    let sweep = async |now: i64| world.store.remove_old_links(at(now)).await.unwrap();
    let kept = i64::try_from(KEPT.as_millis()).unwrap();
    assert_eq!(sweep(EXPIRY + kept).await, 0);
    assert_eq!(sweep(EXPIRY + kept + 1).await, 1);
}

#[tokio::test]
async fn a_link_gets_more_time_while_it_is_good_and_never_less() {
    let world = world().await;
    let id = &world.record.id;
    world.put(&token("a")).await;
    let extend = async |now, until| {
        let extended = world.store.extend_link(id, at(now), at(until));
        extended.await.unwrap();
    };
    extend(1, 5).await;
    assert_eq!(
        world.find(&token("a"), 1).await.unwrap().expires_at,
        at(EXPIRY)
    );
    extend(1, EXPIRY + 7).await;
    assert_eq!(
        world.find(&token("a"), EXPIRY).await.unwrap().expires_at,
        at(EXPIRY + 7)
    );
    extend(EXPIRY + 8, EXPIRY + 100).await;
    assert!(world.find(&token("a"), EXPIRY + 8).await.is_none());
}
