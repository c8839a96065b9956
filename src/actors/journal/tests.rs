//! What a reader of the log can rely on, with a store of its own.

use super::*;
use crate::domain::event::EventData;
use crate::domain::event::EventType;
use crate::domain::event::NewEvent;
use crate::domain::event::QrFact;
use crate::domain::id::ClientId;
use crate::domain::id::SessionId;
use crate::domain::time::Timestamp;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::timeout;

struct Log {
    journal: Journal,
    _dir: TempDir,
}

impl Log {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("wamux.db")).await.unwrap();
        Self {
            journal: Journal::new(store),
            _dir: dir,
        }
    }

    async fn write(&self, session: &str, at: i64) -> EventId {
        let expires_at = Timestamp::from_millis(at);
        let event = NewEvent {
            session_id: SessionId::parse(session).unwrap(),
            client_id: ClientId::parse("acme").unwrap(),
            kind: EventType::SessionQr,
            at: expires_at,
            data: EventData::Qr(QrFact { expires_at }),
        };
        self.journal.store.append(event).await.unwrap().id
    }

    /// Removes what was written with a time before `at`.
    async fn remove_before(&self, at: i64) {
        let before = Timestamp::from_millis(at);
        let store = &self.journal.store;
        store.remove_old_events(before, u64::MAX).await.unwrap();
    }
}

fn only(session: &str) -> EventFilter {
    EventFilter {
        session: Some(SessionId::parse(session).unwrap()),
        ..EventFilter::default()
    }
}

async fn next(follower: &mut Follower) -> Told {
    let told = timeout(Duration::from_secs(20), follower.next()).await;
    told.expect("nothing was told").unwrap()
}

async fn next_event(follower: &mut Follower) -> Event {
    match next(follower).await {
        Told::Event(event) => event,
        Told::Gap(gap) => panic!("{gap:?}"),
    }
}

#[tokio::test]
async fn a_follower_is_told_every_event_once_and_in_order_while_they_are_written() {
    const EVENTS: i64 = 320;
    let log = Log::new().await;
    let mut follower = log.journal.follow(EventFilter::default(), None);
    let write = async {
        for _ in 0..EVENTS {
            log.write("ana", 0).await;
        }
    };
    let read = async {
        let mut seqs = Vec::new();
        while seqs.last() != Some(&EVENTS) {
            seqs.push(next_event(&mut follower).await.seq);
        }
        seqs
    };
    let ((), seqs) = tokio::join!(write, read);
    assert_eq!(seqs, (1..=EVENTS).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_follower_begins_after_the_event_that_it_names_or_with_what_comes_next() {
    let log = Log::new().await;
    let first = log.write("ana", 0).await;
    let second = log.write("ana", 0).await;
    let mut resumed = log.journal.follow(EventFilter::default(), Some(first));
    let mut new = log.journal.follow(EventFilter::default(), None);
    let third = log.write("ana", 0).await;
    assert_eq!(next_event(&mut resumed).await.id, second);
    assert_eq!(next_event(&mut resumed).await.id, third);
    assert_eq!(next_event(&mut new).await.id, third);
}

#[tokio::test]
async fn waiting_can_be_given_up_and_begun_again() {
    let log = Log::new().await;
    let mut follower = log.journal.follow(EventFilter::default(), None);
    for _ in 0..20 {
        // Whatever it was about to do.
        drop(timeout(Duration::ZERO, follower.next()).await);
        let id = log.write("ana", 0).await;
        assert_eq!(next_event(&mut follower).await.id, id);
    }
}

#[tokio::test]
async fn what_is_not_wanted_is_passed_over_for_good() {
    let log = Log::new().await;
    let mut follower = log.journal.follow(only("ana"), None);
    log.write("ana", 0).await;
    next_event(&mut follower).await;
    let other = log.write("ben", 0).await;
    drop(timeout(Duration::ZERO, follower.next()).await);
    while follower.cursor.as_ref() != Some(&other) {
        // The bell has rung; a wait reads until it rings again.
        drop(timeout(Duration::from_millis(1), follower.next()).await);
    }
    let own = log.write("ana", 0).await;
    assert_eq!(next_event(&mut follower).await.id, own);
}

#[tokio::test]
async fn who_comes_back_too_late_is_told_so_and_goes_on_with_the_oldest_that_is_kept() {
    let log = Log::new().await;
    let first = log.write("ana", 1).await;
    let second = log.write("ana", 1).await;
    let third = log.write("ana", 2).await;
    log.remove_before(2).await;
    let gap = Gap {
        after: first.clone(),
        removed_until: second.clone(),
    };
    let all = EventFilter::default();
    let mut late = log.journal.follow(all.clone(), Some(first.clone()));
    assert_eq!(next(&mut late).await, Told::Gap(gap.clone()));
    assert_eq!(next_event(&mut late).await.id, third);
    let page = log.journal.page(&all, Some(&first), 10).await.unwrap();
    assert_eq!((page.gap, page.page.data.len()), (Some(gap), 1));

    // Who has read all that is gone has missed nothing.
    let mut in_time = log.journal.follow(all.clone(), Some(second.clone()));
    assert_eq!(next_event(&mut in_time).await.id, third);
    let page = log.journal.page(&all, Some(&second), 10).await.unwrap();
    assert_eq!(page.gap, None);
    let page = log.journal.page(&all, None, 10).await.unwrap();
    assert_eq!((page.gap, page.page.data[0].id == third), (None, true));
}

#[tokio::test]
async fn a_gap_is_told_once_also_when_nothing_follows_it() {
    let log = Log::new().await;
    let first = log.write("ana", 1).await;
    log.write("ana", 1).await;
    log.write("ben", 2).await;
    log.remove_before(2).await;
    let mut late = log.journal.follow(only("ana"), Some(first));
    assert!(matches!(next(&mut late).await, Told::Gap(_)));
    let own = log.write("ana", 3).await;
    assert_eq!(next_event(&mut late).await.id, own);
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap_or_a_twin() {
    let log = Log::new().await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(log.write("ana", 0).await);
    }
    let (mut after, mut read) = (None, Vec::new());
    loop {
        let page = log.journal.page(&only("ana"), after.as_ref(), 2).await;
        let page = page.unwrap().page;
        read.extend(page.data.into_iter().map(|event| event.id));
        let Some(cursor) = page.next_cursor else {
            break;
        };
        after = Some(EventId::parse(&cursor).unwrap());
    }
    assert_eq!(read, ids);
}
