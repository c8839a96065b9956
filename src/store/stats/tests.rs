//! What is counted, when, and of whom; and that a great many messages are read from their index alone.

use super::*;
use crate::domain::chat::Party;
use crate::domain::chat::Phone;
use crate::domain::event::EventData;
use crate::domain::event::NewEvent;
use crate::domain::event::SessionFact;
use crate::domain::event::UnstableFact;
use crate::domain::id::MessageId;
use crate::domain::id::SessionId;
use crate::domain::id::StoreKey;
use crate::domain::id::WaId;
use crate::domain::message::Message;
use crate::domain::message::StateReport;
use crate::domain::session::SessionRecord;
use crate::store::Arrival;
use std::collections::BTreeMap;
use std::time::Duration;
use tempfile::TempDir;

const MINUTE: i64 = 60_000;

struct World {
    store: Store,
    _folder: TempDir,
}

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_millis(minutes * MINUTE)
}

fn client(name: &str) -> ClientId {
    ClientId::parse(name).unwrap()
}

fn record(name: &str, owner: &str, state: SessionState, minutes: i64) -> SessionRecord {
    SessionRecord {
        id: SessionId::parse(name).unwrap(),
        client_id: client(owner),
        name: None,
        store_key: StoreKey::parse(&format!("01ARZ3NDEKTSV4RRFFQ69G5{name}")).unwrap(),
        desired: Desired::Running,
        state,
        cause: None,
        since: at(minutes),
        account: None,
        last_activity: None,
        restarts: 0,
        created_at: at(minutes),
    }
}

fn message(number: u32, session: &str, owner: &str, ms: i64) -> Message {
    let party = Party::person(Phone::parse("5511900000003").unwrap(), None);
    let when = Timestamp::from_millis(ms);
    Message {
        id: MessageId::parse(&format!("msg_{number:026}")).unwrap(),
        wa_id: WaId::parse(&format!("3EB0{number}")).unwrap(),
        session_id: SessionId::parse(session).unwrap(),
        client_id: client(owner),
        chat: party.clone(),
        sender: party,
        sender_name: None,
        direction: Direction::Out,
        kind: "text".to_owned(),
        text: Some("hi".to_owned()),
        state: Some(MessageState::Queued),
        states: BTreeMap::from([(MessageState::Queued, when)]),
        recipients: Vec::new(),
        failure: None,
        expires_at: None,
        edited_at: None,
        revoked_at: None,
        at: when,
    }
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("wamux.db")).await.unwrap();
        Self {
            store,
            _folder: folder,
        }
    }

    /// Adds a session of three letters that was made then.
    async fn session(&self, name: &str, owner: &str, state: SessionState, minutes: i64) {
        let record = record(name, owner, state, minutes);
        self.store.add_session(&record, None).await.unwrap();
    }

    async fn tell(&self, name: &str, kind: EventType, minutes: i64, data: EventData) {
        let event = NewEvent {
            session_id: SessionId::parse(name).unwrap(),
            client_id: client("acme"),
            kind,
            at: at(minutes),
            data,
        };
        self.store.append(event).await.unwrap();
    }

    /// The session comes into a state, and the log says so.
    async fn comes(&self, name: &str, states: [SessionState; 2], minutes: i64) {
        let mut now = record(name, "acme", states[1], minutes);
        if states[1] == SessionState::Stopped {
            now.desired = Desired::Stopped;
        }
        let fact = SessionFact::of(&now, Some(states[0]));
        let kind = EventType::of_state(states[1]);
        self.tell(name, kind, minutes, EventData::Session(fact))
            .await;
    }

    /// A message is put into the outbox and reaches states so many milliseconds later.
    async fn sends(&self, message: Message, steps: &[(MessageState, i64)]) {
        let (wa_id, session) = (message.wa_id.clone(), message.session_id.clone());
        let begin = message.at.as_millis();
        let written = self.store.enqueue(vec![(message, None)], at(0)).await;
        assert_eq!(written.unwrap(), [true]);
        for (state, after) in steps {
            let when = Timestamp::from_millis(begin + after);
            let report = StateReport::of(&wa_id, *state, when);
            self.store.advance(&session, report, when).await.unwrap();
        }
    }

    async fn receives(&self, message: Message) {
        let arrival = Arrival::Message(Box::new(message));
        self.store.add_incoming(vec![arrival], at(0)).await.unwrap();
    }

    /// Four buckets of ten minutes, looked at when they are over.
    async fn figures(&self, owner: Option<&str>) -> Figures {
        let period = Period::new(at(0), at(40), Duration::from_mins(10)).unwrap();
        let owner = owner.map(client);
        let figures = self.store.figures(owner.as_ref(), &period, at(40)).await;
        figures.unwrap()
    }

    async fn shares(&self) -> Vec<Option<f64>> {
        self.figures(None).await.connected.shares().collect()
    }

    async fn plan(&self, sql: &str) -> String {
        let sql = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
        let rows = sqlx::query(sql).fetch_all(&self.store.readers).await;
        let steps = rows.unwrap();
        let steps = steps.iter().map(|row| row.get::<String, _>("detail"));
        steps.collect::<Vec<_>>().join("\n")
    }
}

#[tokio::test]
async fn messages_count_in_the_bucket_in_which_they_were_accepted_by_their_state_now() {
    use MessageState::{Delivered, Failed, Read, Sent};
    let world = World::new().await;
    world
        .session("ANA", "acme", SessionState::Connected, 0)
        .await;
    let read = [(Sent, 100), (Delivered, 200), (Read, 30 * MINUTE)];
    world.sends(message(1, "ANA", "acme", 0), &read).await;
    world
        .sends(message(2, "ANA", "acme", 10 * MINUTE - 1), &[])
        .await;
    world
        .sends(message(3, "ANA", "acme", 10 * MINUTE), &[(Failed, 1)])
        .await;
    world.sends(message(4, "ANA", "acme", -1), &[]).await;
    world
        .sends(message(5, "ANA", "acme", 40 * MINUTE), &[])
        .await;
    let came = Message {
        direction: Direction::In,
        state: None,
        states: BTreeMap::new(),
        ..message(6, "ANA", "acme", 10 * MINUTE)
    };
    world.receives(came).await;

    let figures = world.figures(None).await;
    let counts: Vec<_> = figures
        .buckets
        .iter()
        .map(|bucket| {
            let sum = |state| bucket.traffic.sum(&[state]);
            let waiting = sum(MessageState::Queued);
            (bucket.traffic.incoming, waiting, sum(Read), sum(Failed))
        })
        .collect();
    assert_eq!(
        counts,
        [(0, 1, 1, 0), (1, 0, 0, 1), (0, 0, 0, 0), (0, 0, 0, 0)]
    );
    // All that wait now, whenever they were accepted.
    assert_eq!(figures.queue_depth, 3);
}

#[tokio::test]
async fn latencies_count_from_the_outbox_and_are_rounded_to_two_digits() {
    use MessageState::{Delivered, Sent};
    let world = World::new().await;
    world
        .session("ANA", "acme", SessionState::Connected, 0)
        .await;
    let steps = [(Sent, 99), (Delivered, 1234)];
    world.sends(message(1, "ANA", "acme", 0), &steps).await;
    // The receipt overtakes the answer of the server.
    let steps = [(Delivered, 86_400_000), (Sent, 115)];
    world.sends(message(2, "ANA", "acme", 1), &steps).await;
    let elsewhere = Message {
        state: Some(Sent),
        states: BTreeMap::from([(Sent, at(1))]),
        ..message(3, "ANA", "acme", MINUTE)
    };
    world.receives(elsewhere).await;

    let bucket = &world.figures(None).await.buckets[0];
    let spread = |latencies: &Latencies| {
        (
            latencies.count(),
            latencies.percentile(50),
            latencies.percentile(95),
        )
    };
    assert_eq!(spread(&bucket.sent), (2, Some(99), Some(120)));
    assert_eq!(spread(&bucket.delivered), (2, Some(1200), Some(86_000_000)));
    assert_eq!(bucket.traffic.sum(&[Sent]), 1);
}

#[tokio::test]
async fn a_client_gets_figures_of_its_own_alone() {
    let world = World::new().await;
    world
        .session("ANA", "acme", SessionState::Connected, 0)
        .await;
    world.session("BEN", "shop", SessionState::Stopped, 0).await;
    world.sends(message(1, "ANA", "acme", 0), &[]).await;
    let sent = [(MessageState::Sent, 5)];
    world.sends(message(2, "BEN", "shop", 0), &sent).await;
    let of = async |owner| {
        let figures = world.figures(owner).await;
        let bucket = &figures.buckets[0];
        (
            figures.queue_depth,
            bucket.traffic.sum(&MessageState::ALL),
            bucket.sent.count(),
            figures.connected.share(),
        )
    };
    assert_eq!(of(None).await, (1, 2, 1, Some(1.0)));
    assert_eq!(of(Some("acme")).await, (1, 1, 0, Some(1.0)));
    assert_eq!(of(Some("shop")).await, (0, 1, 1, None));
    assert_eq!(of(Some("nobody")).await, (0, 0, 0, None));
}

#[tokio::test]
async fn the_share_follows_the_log_from_before_the_period_on() {
    use SessionState::{Connected, Reconnecting, Starting, Stopped};
    let world = World::new().await;
    world.session("ANA", "acme", Starting, -60).await;
    world.comes("ANA", [Starting, Connected], -50).await;
    world.comes("ANA", [Connected, Reconnecting], 5).await;
    world.comes("ANA", [Reconnecting, Connected], 15).await;
    world.comes("ANA", [Connected, Stopped], 25).await;
    world.comes("ANA", [Stopped, Starting], 35).await;
    assert_eq!(
        world.shares().await,
        [Some(0.5), Some(0.5), Some(1.0), Some(0.0)]
    );
}

#[tokio::test]
async fn a_session_counts_from_its_creation_to_its_deletion() {
    use SessionState::{Connected, Starting};
    let world = World::new().await;
    world.session("ANA", "acme", Starting, 15).await;
    world.comes("ANA", [Starting, Connected], 15).await;
    let fact = SessionFact::of(&record("ANA", "acme", Connected, 15), None);
    let data = EventData::Session(fact);
    world.tell("ANA", EventType::SessionDeleted, 20, data).await;
    assert_eq!(world.shares().await, [None, Some(1.0), None, None]);
}

#[tokio::test]
async fn a_session_that_loses_its_connection_again_and_again_counts_as_down() {
    use SessionState::{Connected, Reconnecting, Starting};
    let world = World::new().await;
    world.session("ANA", "acme", Starting, -60).await;
    world.comes("ANA", [Starting, Connected], -50).await;
    let fact = UnstableFact {
        losses: 5,
        window_seconds: 120,
        cause: None,
    };
    let data = EventData::Unstable(fact);
    world
        .tell("ANA", EventType::SessionUnstable, 10, data)
        .await;
    world.comes("ANA", [Reconnecting, Connected], 20).await;
    assert_eq!(
        world.shares().await,
        [Some(1.0), Some(0.0), Some(1.0), Some(1.0)]
    );
}

#[tokio::test]
async fn what_the_log_has_lost_is_left_out_and_what_has_not_changed_since_is_known() {
    use SessionState::{Connected, Reconnecting, Starting};
    let world = World::new().await;
    // Connected since long ago, and the log has nothing of it any more.
    world.session("ANA", "acme", Connected, -600).await;
    world.session("BEN", "acme", Starting, -600).await;
    world.comes("BEN", [Starting, Connected], 5).await;
    world.tell("CEM", EventType::SessionQr, 10, qr()).await;
    world.comes("BEN", [Connected, Reconnecting], 20).await;
    let removed = world.store.remove_old_events(at(10), u64::MAX).await;
    assert_eq!(removed.unwrap(), 3);
    let figures = world.figures(None).await;
    assert_eq!(
        figures.connected.shares().collect::<Vec<_>>(),
        [Some(1.0), Some(1.0), Some(0.5), Some(0.5)]
    );
    // Thirty minutes of Ben: the first ten are not known.
    assert_eq!(figures.connected.share(), Some(50.0 / 70.0));
}

fn qr() -> EventData {
    EventData::Qr(crate::domain::event::QrFact { expires_at: at(0) })
}

#[tokio::test]
async fn figures_are_read_from_their_indexes_alone() {
    let world = World::new().await;
    let covering = "SEARCH messages USING COVERING INDEX messages_by_time (at>? AND at<?)";
    for sql in [
        TRAFFIC.to_owned(),
        latencies_of(SENT),
        latencies_of(DELIVERED),
    ] {
        let plan = world.plan(&sql).await;
        assert!(plan.contains(covering), "{sql}\n{plan}");
    }
    let plan = world.plan(WAITING).await;
    assert!(plan.contains("USING INDEX messages_waiting"), "{plan}");
    let plan = world.plan(TOLD).await;
    assert_eq!(plan.matches("events_of_states").count(), 2, "{plan}");
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
}

#[tokio::test]
async fn many_messages_add_up_to_the_same_in_buckets_of_any_length() {
    const FILL: &str = "WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 19999) \
         INSERT INTO messages (id, session_id, client_id, wa_id, chat_id, sender_id, direction, kind, body, state, state_rank, at, sent_ms, delivered_ms) \
         SELECT printf('msg_%026d', n), 'ANA', 'acme', printf('3EB0%018d', n), '5511900000003@c.us', '5511900000001@c.us', \
         'out', 'text', 'a text of the usual length', 'delivered', 5, n * 4320, 100 + n % 900, 200 + n % 7000 FROM numbers";
    let world = World::new().await;
    world
        .session("ANA", "acme", SessionState::Connected, 0)
        .await;
    sqlx::query(FILL)
        .execute(&world.store.writing)
        .await
        .unwrap();
    let day = Duration::from_hours(24);
    for bucket in [Duration::from_mins(5), Duration::from_hours(1), day] {
        let period = Period::new(at(0), at(24 * 60), bucket).unwrap();
        let figures = world.store.figures(None, &period, at(24 * 60)).await;
        let total = figures.unwrap().total(&period);
        assert_eq!(total.traffic.sum(&[MessageState::Delivered]), 20_000);
        assert_eq!(total.delivered.count(), 20_000);
        assert_eq!(total.sent.percentile(50), Some(550));
    }
}
