//! What is written for webhooks, and when it goes.

use super::*;
use crate::domain::event::EventData;
use crate::domain::event::EventType;
use crate::domain::event::NewEvent;
use crate::domain::event::QrFact;
use crate::domain::id::EventId;
use crate::domain::id::StoreKey;
use crate::domain::session::Desired;
use crate::domain::session::SessionRecord;
use crate::domain::session::SessionState;
use crate::domain::webhook::Attempt;
use crate::domain::webhook::DeliveryState;
use crate::domain::webhook::DueDelivery;
use crate::domain::webhook::EventFilter;
use crate::domain::webhook::Failure;
use crate::domain::webhook::FailureCode;
use crate::domain::webhook::Scope;
use crate::domain::webhook::Verdict;
use crate::domain::webhook::WebhookHeaders;
use std::slice;
use tempfile::TempDir;

const URL: &str = "https://example.com";

struct World {
    store: Store,
    webhooks: WebhookStore,
    state: TempDir,
}

async fn world() -> World {
    let state = tempfile::tempdir().unwrap();
    let store = Store::open(&state.path().join("wamux.db")).await.unwrap();
    let webhooks = store.webhooks(Vault::new(&[1; 32]));
    World {
        store,
        webhooks,
        state,
    }
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn id(last: u8) -> WebhookId {
    WebhookId::parse(&format!("whk_01ARZ3NDEKTSV4RRFFQ69G5FA{last}")).unwrap()
}

fn client() -> ClientId {
    ClientId::parse("shop").unwrap()
}

fn session(name: &str) -> SessionId {
    SessionId::parse(name).unwrap()
}

fn secret() -> WebhookSecret {
    WebhookSecret::from_bytes(b"hunter2hunter2hunter2hunter2".to_vec()).unwrap()
}

impl World {
    async fn add(&self, id: WebhookId) {
        let webhook = Webhook {
            id,
            scope: Scope::Client {
                client_id: client(),
            },
            url: URL.to_owned(),
            events: EventFilter::all(),
            headers: WebhookHeaders::parse([("authorization", "swordfish")]).unwrap(),
            enabled: true,
            disabled_reason: None,
            created_at: at(0),
            secret_rotated_at: None,
            previous_secret_until: None,
        };
        let added = self.webhooks.add(&webhook, &secret(), None, 10).await;
        assert!(added.unwrap());
    }

    async fn tell(&self, name: &str, millis: i64) -> EventId {
        let event = NewEvent {
            session_id: session(name),
            client_id: client(),
            kind: EventType::SessionQr,
            at: at(millis),
            data: EventData::Qr(QrFact { expires_at: at(0) }),
        };
        self.store.append(event).await.unwrap().id
    }

    async fn due(&self, now: i64, busy: &[&str], limit: usize) -> Vec<EventId> {
        let busy: Vec<_> = busy.iter().map(|name| session(name)).collect();
        let due = self.webhooks.due(&id(1), at(now), &busy, limit).await;
        due.unwrap().into_iter().map(|one| one.event_id).collect()
    }

    async fn settle(&self, event: &EventId, failure: Option<FailureCode>, verdict: Verdict) {
        let due = self.webhooks.begun(&id(1), event).await;
        self.land(&due, URL, failure, verdict).await;
    }

    /// True when that has turned the webhook off.
    async fn land(
        &self,
        due: &DueDelivery,
        url: &str,
        failure: Option<FailureCode>,
        verdict: Verdict,
    ) -> bool {
        let attempt = Attempt {
            number: 0,
            at: at(5),
            status: None,
            failure: failure.map(|code| Failure::new(code, "why")),
            ms: 1,
            excerpt: None,
        };
        let url = url.to_owned();
        let settlement = Settlement {
            url,
            attempt,
            verdict,
        };
        let settled = self.webhooks.settle(&id(1), due, settlement).await;
        settled.unwrap()
    }

    async fn state(&self, event: &EventId) -> Option<DeliveryState> {
        let found = self.webhooks.delivery(&id(1), event).await.unwrap();
        found.map(|file| file.delivery.state)
    }

    async fn turn(&self, on: bool) {
        let change = WebhookChange {
            enabled: Some(on),
            ..WebhookChange::default()
        };
        self.webhooks.change(&id(1), change, at(9)).await.unwrap();
    }
}

#[tokio::test]
async fn events_have_deliveries_while_a_webhook_is_on() {
    let world = world().await;
    let before = world.tell("ana", 1).await;
    world.add(id(1)).await;
    let on = world.tell("ana", 2).await;
    world.turn(false).await;
    let off = world.tell("ana", 3).await;
    world.turn(true).await;
    let again = world.tell("ana", 4).await;
    for (event, is_there) in [(before, false), (on, true), (off, false), (again, true)] {
        assert_eq!(world.state(&event).await.is_some(), is_there);
    }
}

#[tokio::test]
async fn a_step_that_is_undone_leaves_neither_events_nor_deliveries_nor_a_wrong_list() {
    let world = world().await;
    world.add(id(1)).await;
    let undone = world.store.writer.write("fail", |step| {
        Box::pin(async move {
            let query = sqlx::query("UPDATE webhooks SET enabled = 0");
            query.execute(&mut *step.conn).await?;
            step.webhooks_changed();
            let event = NewEvent {
                session_id: session("ana"),
                client_id: client(),
                kind: EventType::SessionQr,
                at: at(1),
                data: EventData::Qr(QrFact { expires_at: at(0) }),
            };
            // Reads the list as it is within this step.
            step.append(event).await?;
            Err::<(), _>(sqlx::Error::RowNotFound)
        })
    });
    assert!(undone.await.is_err());
    let event = world.tell("ana", 2).await;
    assert_eq!(world.due(5, &[], 10).await, [event]);
}

#[tokio::test]
async fn the_first_of_each_session_is_due_and_none_of_those_that_are_busy() {
    let world = world().await;
    world.add(id(1)).await;
    let ana = world.tell("ana", 1).await;
    let ana_next = world.tell("ana", 1).await;
    let ben = world.tell("ben", 1).await;
    let eva = world.tell("eva", 1).await;
    assert_eq!(world.due(0, &[], 9).await, []);
    assert_eq!(
        world.due(1, &[], 9).await,
        [ana.clone(), ben.clone(), eva.clone()]
    );
    assert_eq!(world.due(1, &[], 1).await, slice::from_ref(&ana));
    assert_eq!(world.due(1, &["ana"], 9).await, [ben.clone(), eva]);

    world
        .settle(&ana, Some(FailureCode::Dns), Verdict::Again(at(100)))
        .await;
    assert_eq!(world.due(99, &[], 1).await, [ana_next]);
    assert_eq!(world.due(100, &[], 1).await, [ana]);
    let next = world.webhooks.next_due(&id(1), at(99)).await.unwrap();
    assert_eq!(next, Some(at(100)));
    world.settle(&ben, None, Verdict::Delivered).await;
    assert_eq!(world.due(1, &["ana", "eva"], 9).await, []);
}

#[tokio::test]
async fn what_is_yet_to_be_told_outlives_retention_and_its_session_and_goes_afterwards() {
    let world = world().await;
    world.add(id(1)).await;
    let record = SessionRecord {
        id: session("ana"),
        client_id: client(),
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
    world.store.add_session(&record, None).await.unwrap();
    let waiting = world.tell("ana", 2).await;
    let told = world.tell("ana", 3).await;
    world.settle(&told, None, Verdict::Delivered).await;
    world.store.delete_session(&record, at(4)).await.unwrap();
    assert_eq!(
        world.state(&waiting).await,
        Some(DeliveryState::Pending),
        "its session took it along"
    );
    assert_eq!(world.state(&told).await, None);
    world.tell("ben", 5).await;

    let removed = world.store.remove_old_events(at(1000), 1).await.unwrap();
    assert_eq!(removed, 0, "three are waiting, one is the newest");
    world
        .settle(&waiting, Some(FailureCode::Dns), Verdict::GivenUp)
        .await;
    assert_eq!(world.store.remove_old_events(at(1000), 1).await.unwrap(), 1);
    assert_eq!(world.state(&waiting).await, None);
    // Whoever turned it off cannot keep events for ever.
    world.turn(false).await;
    world.store.remove_old_events(at(1000), 1).await.unwrap();
    let view = world.webhooks.find(&id(1)).await.unwrap().unwrap();
    assert_eq!(view.health.pending, 1, "the newest stays");
}

#[tokio::test]
async fn what_was_given_up_is_delivered_again_on_request_and_counts_its_attempts_on() {
    let world = world().await;
    world.add(id(1)).await;
    let (one, two) = (world.tell("ana", 1).await, world.tell("ana", 1).await);
    for event in [&one, &two] {
        world
            .settle(event, Some(FailureCode::Dns), Verdict::GivenUp)
            .await;
    }
    assert_eq!(world.due(100, &[], 9).await, []);
    let again = world.webhooks.redeliver(&id(1), &two, at(50)).await;
    assert!(again.unwrap());
    assert_eq!(world.due(100, &[], 9).await, slice::from_ref(&two));
    world
        .settle(&two, Some(FailureCode::Dns), Verdict::GivenUp)
        .await;
    let count = world.webhooks.redeliver_failed(&id(1), at(60)).await;
    assert_eq!(count.unwrap(), 2);
    world.settle(&two, None, Verdict::Delivered).await;
    let file = world
        .webhooks
        .delivery(&id(1), &two)
        .await
        .unwrap()
        .unwrap();
    let numbers: Vec<_> = file.attempts.iter().map(|attempt| attempt.number).collect();
    assert_eq!((file.delivery.attempts, numbers), (3, vec![1, 2, 3]));
    assert_eq!(file.event.map(|event| event.id), Some(two));
    let none = EventId::parse("evt_01ARZ3NDEKTSV4RRFFQ69G5FAV").unwrap();
    assert!(
        !world
            .webhooks
            .redeliver(&id(1), &none, at(1))
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn what_waits_for_too_long_is_given_up_at_once_and_the_rest_is_not() {
    let world = world().await;
    world.add(id(1)).await;
    let (old, new) = (world.tell("ana", 1).await, world.tell("ben", 10).await);
    let given_up = world
        .webhooks
        .give_up_overdue(&id(1), at(10), FailureCode::Timeout)
        .await;
    assert_eq!(given_up.unwrap(), 1);
    assert_eq!(world.state(&old).await, Some(DeliveryState::Failed));
    assert_eq!(world.due(100, &[], 9).await, [new]);
}

#[tokio::test]
async fn a_receiver_that_wants_no_more_turns_it_off_and_what_waits_goes_on_later() {
    let world = world().await;
    world.add(id(1)).await;
    let event = world.tell("ana", 1).await;
    world
        .settle(&event, Some(FailureCode::Status), Verdict::Gone)
        .await;
    let WebhookView { webhook, health } = world.webhooks.find(&id(1)).await.unwrap().unwrap();
    assert_eq!(webhook.disabled_reason, Some(DisabledReason::Gone));
    assert_eq!((webhook.enabled, health.pending), (false, 1));
    let later = world.tell("ana", 2).await;
    assert_eq!(world.state(&later).await, None);
    world.turn(true).await;
    let webhook = world.webhooks.find(&id(1)).await.unwrap().unwrap().webhook;
    assert_eq!((webhook.enabled, webhook.disabled_reason), (true, None));
    assert_eq!(world.due(100, &[], 9).await, [event]);
}

#[tokio::test]
async fn there_are_no_more_than_allowed_and_a_removed_one_leaves_nothing() {
    let world = world().await;
    world.add(id(1)).await;
    let webhook = world.webhooks.find(&id(1)).await.unwrap().unwrap().webhook;
    let second = Webhook {
        id: id(2),
        ..webhook
    };
    let added = world.webhooks.add(&second, &secret(), None, 1).await;
    assert!(!added.unwrap());
    let event = world.tell("ana", 1).await;
    world.webhooks.remove(&id(1), at(1)).await.unwrap();
    assert_eq!(world.webhooks.ids().await.unwrap(), []);
    assert_eq!(world.state(&event).await, None);
    world.tell("ana", 2).await;
}

#[tokio::test]
async fn secrets_are_on_disk_only_as_somebody_with_the_key_can_read_them() {
    let world = world().await;
    let other = world.store.webhooks(Vault::new(&[2; 32]));
    assert!(!world.store.has_webhooks().await.unwrap());
    assert!(other.key_fits().await.unwrap(), "there is nothing to open");
    world.add(id(1)).await;
    let new = WebhookSecret::from_bytes(b"opensesame-opensesame-opensesame".to_vec()).unwrap();
    let times = [at(1), at(2)];
    let rotated = world.webhooks.rotate(&id(1), &new, times, None).await;
    rotated.unwrap();
    let address = world.webhooks.address(&id(1)).await.unwrap().unwrap();
    assert_eq!(
        (address.secret, address.previous_secret),
        (new, Some(secret()))
    );
    let values: Vec<_> = address.webhook.headers.iter().collect();
    assert_eq!(values, [("authorization", "swordfish")]);
    assert!(world.store.has_webhooks().await.unwrap());
    assert!(world.webhooks.key_fits().await.unwrap());
    assert!(!other.key_fits().await.unwrap());
    assert!(other.find(&id(1)).await.is_err());

    for file in std::fs::read_dir(world.state.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for secret in ["hunter2", "swordfish", "opensesame"] {
            assert!(!text.contains(secret), "{secret}");
        }
    }
}

#[tokio::test]
async fn who_asks_for_an_event_again_gets_it_whatever_an_attempt_under_way_comes_to() {
    let world = world().await;
    world.add(id(1)).await;
    for verdict in [
        Verdict::GivenUp,
        Verdict::Delivered,
        Verdict::Again(at(9000)),
    ] {
        let event = world.tell("ana", 1).await;
        let due = world.webhooks.begun(&id(1), &event).await;
        let again = world.webhooks.redeliver(&id(1), &event, at(50)).await;
        assert!(again.unwrap());
        world
            .land(&due, URL, Some(FailureCode::Timeout), verdict)
            .await;
        assert_eq!(
            world.due(50, &[], 9).await,
            slice::from_ref(&event),
            "{verdict:?}"
        );
        let file = world.webhooks.delivery(&id(1), &event).await.unwrap();
        assert_eq!(file.unwrap().delivery.attempts, 1, "{verdict:?}");
        world.settle(&event, None, Verdict::Delivered).await;
    }
}

#[tokio::test]
async fn a_410_turns_off_the_address_that_it_came_from_and_no_other() {
    let world = world().await;
    world.add(id(1)).await;
    let event = world.tell("ana", 1).await;
    let due = world.webhooks.begun(&id(1), &event).await;
    let gone = Some(FailureCode::Status);
    let elsewhere = "https://old.example.com";
    assert!(!world.land(&due, elsewhere, gone, Verdict::Gone).await);
    let found = world.webhooks.find(&id(1)).await.unwrap().unwrap();
    assert!(found.webhook.enabled);
    assert_eq!(world.due(5, &[], 9).await, slice::from_ref(&event));
    assert!(world.land(&due, URL, gone, Verdict::Gone).await);
    let found = world.webhooks.find(&id(1)).await.unwrap().unwrap();
    assert!(!found.webhook.enabled);
}
