//! What is told of a message's way, also when its events are gone or are older than their column.

use super::*;
use crate::domain::chat::ChatId;
use crate::domain::chat::Lid;
use crate::domain::chat::Party;
use crate::domain::chat::Phone;
use crate::domain::fact::Change;
use crate::domain::fact::GroupAspect;
use crate::domain::fact::IncomingChange;
use crate::domain::fact::Target;
use crate::domain::id::WaId;
use crate::domain::message::StateReport;
use crate::domain::webhook::Attempt;
use crate::domain::webhook::EventFilter;
use crate::domain::webhook::FailureCode;
use crate::domain::webhook::Scope;
use crate::domain::webhook::Verdict;
use crate::domain::webhook::Webhook;
use crate::domain::webhook::WebhookHeaders;
use crate::domain::webhook::WebhookSecret;
use crate::store::Arrival;
use crate::store::NewChange;
use crate::store::chats::tests::World;
use crate::store::chats::tests::at;
use crate::store::chats::tests::client;
use crate::store::chats::tests::from;
use crate::store::chats::tests::id;
use crate::store::chats::tests::session;
use crate::store::chats::tests::to;
use crate::store::vault::Vault;
use crate::store::webhooks::Settlement;
use crate::store::webhooks::WebhookStore;
use serde_json::Value;
use serde_json::json;
use sqlx::Connection;
use sqlx::SqliteConnection;

const URL: &str = "https://example.com/hook";

fn party(id: &str) -> Party {
    Party::from_id(ChatId::parse(id).unwrap())
}

fn eva() -> Party {
    party("5511900000003")
}

fn hook() -> WebhookId {
    WebhookId::parse("whk_01ARZ3NDEKTSV4RRFFQ69G5FA1").unwrap()
}

impl World {
    async fn moments(&self, number: u64) -> Vec<Value> {
        let message = self.store.message(&id(number)).await.unwrap().unwrap();
        let moments = self.store.timeline(message, &Viewer::Everything).await;
        let moments = moments.unwrap();
        let value = |moment| serde_json::to_value(moment).unwrap();
        moments.iter().map(value).collect()
    }

    /// Milliseconds, kind and state of each moment.
    async fn way(&self, number: u64) -> Vec<(i64, String, Value)> {
        let shown = |mut moment: Value| {
            let at = Timestamp::parse(moment["at"].as_str().unwrap()).unwrap();
            let kind = moment["kind"].as_str().unwrap().to_owned();
            (at.as_millis(), kind, moment["state"].take())
        };
        self.moments(number).await.into_iter().map(shown).collect()
    }

    async fn report(&self, number: u64, report: StateReport) {
        let wa_id = WaId::parse(&format!("3EB0{number}")).unwrap();
        let report = StateReport {
            wa_ids: vec![wa_id],
            ..report
        };
        self.store
            .advance(&session(), report, at(50))
            .await
            .unwrap();
    }

    async fn change(&self, wa_id: &str, change: Change) {
        let target = Target {
            wa_id: WaId::parse("3EB01").unwrap(),
            from_me: false,
            sender: eva(),
        };
        let incoming = IncomingChange {
            wa_id: WaId::parse(wa_id).unwrap(),
            chat: eva(),
            sender: eva(),
            from_me: false,
            target,
            change,
        };
        let new = NewChange {
            session_id: session(),
            client_id: client(),
            incoming,
        };
        let arrival = Arrival::Change(Box::new(new));
        self.store
            .add_incoming(vec![arrival], at(50))
            .await
            .unwrap();
    }

    async fn webhook(&self) -> WebhookStore {
        let webhooks = self.store.webhooks(Vault::new(&[1; 32]));
        let webhook = Webhook {
            id: hook(),
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
        let secret = WebhookSecret::from_bytes(b"hunter2hunter2hunter2hunter2".to_vec()).unwrap();
        assert!(webhooks.add(&webhook, &secret, None, 10).await.unwrap());
        webhooks
    }

    /// Changes the file while nobody has it open, and opens it again.
    async fn with_sql(self, statements: &[&'static str]) -> Self {
        self.store.close().await;
        let file = self.folder.path().join("wamux.db");
        let url = format!("sqlite://{}", file.display());
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        for statement in statements {
            sqlx::raw_sql(*statement)
                .execute(&mut connection)
                .await
                .unwrap();
        }
        connection.close().await.unwrap();
        let store = Store::open(&file).await.unwrap();
        Self { store, ..self }
    }
}

/// What a moment says under these names.
fn part<const N: usize>(moment: &Value, names: [&str; N]) -> Value {
    names.map(|name| moment[name].clone()).to_vec().into()
}

fn state(state: MessageState, millis: i64) -> StateReport {
    StateReport {
        wa_ids: Vec::new(),
        state,
        at: at(millis),
        recipient: None,
        failure: None,
    }
}

fn moment(millis: i64, kind: &str) -> (i64, String, Value) {
    (millis, kind.to_owned(), Value::Null)
}

fn reached(millis: i64, state: &str) -> (i64, String, Value) {
    (millis, "state".to_owned(), json!(state))
}

#[tokio::test]
async fn a_message_is_followed_from_the_queue_to_its_reader() {
    let world = World::new().await;
    world.queue(to(1, eva(), "hello")).await;
    world
        .store
        .mark_sending(&id(1), &eva(), at(20))
        .await
        .unwrap();
    // Receipts can overtake each other.
    for (reached, millis) in [
        (MessageState::Read, 50),
        (MessageState::Sent, 30),
        (MessageState::Delivered, 40),
    ] {
        world.report(1, state(reached, millis)).await;
    }
    let all = [
        moment(1, "accepted"),
        reached(20, "sending"),
        reached(30, "sent"),
        reached(40, "delivered"),
        reached(50, "read"),
    ];
    assert_eq!(world.way(1).await, all);
}

#[tokio::test]
async fn in_a_group_each_recipient_is_named_once_and_nobody_has_it_before_it_was_sent() {
    let world = World::new().await;
    let group = party("120363000000000000@g.us");
    world.queue(to(1, group, "hello")).await;
    world.report(1, state(MessageState::Sent, 35)).await;
    for (phone, millis) in [("5511900000002", 30), ("5511900000003", 40)] {
        let report = StateReport {
            recipient: Some(party(phone)),
            ..state(MessageState::Delivered, millis)
        };
        world.report(1, report).await;
    }
    let all = [
        moment(1, "accepted"),
        reached(35, "sent"),
        reached(35, "delivered"),
        reached(40, "delivered"),
    ];
    assert_eq!(world.way(1).await, all);
    let moments = world.moments(1).await;
    let phones = moments[1..].iter().map(|it| &it["recipient"]["phone"]);
    let expected = [
        &Value::Null,
        &json!("5511900000002"),
        &json!("5511900000003"),
    ];
    assert_eq!(phones.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_failure_is_explained_also_after_a_receipt_has_proved_it_wrong() {
    let world = World::new().await;
    world.queue(to(1, eva(), "hello")).await;
    let failed = StateReport {
        failure: Some(SendFailure {
            code: "busy".to_owned(),
            detail: "try later".to_owned(),
            retryable: true,
        }),
        ..state(MessageState::Failed, 30)
    };
    world.report(1, failed).await;
    let failure = json!({"code": "busy", "detail": "try later", "retryable": true});
    assert_eq!(world.moments(1).await[1]["failure"], failure);
    world.report(1, state(MessageState::Delivered, 40)).await;
    let moments = world.moments(1).await;
    assert_eq!(
        (&moments[1]["state"], &moments[1]["failure"]),
        (&json!("failed"), &failure)
    );
    assert_eq!(
        (&moments[2]["state"], &moments[2]["failure"]),
        (&json!("delivered"), &Value::Null)
    );
}

#[tokio::test]
async fn what_came_is_accepted_when_it_came_and_every_edit_is_there() {
    let world = World::new().await;
    world.hear(from(1, eva(), "old")).await;
    for (wa_id, millis) in [("E1", 20), ("E2", 30)] {
        let change = Change::Edited {
            text: Some("new".to_owned()),
            edited_at: at(millis),
        };
        world.change(wa_id, change).await;
    }
    let revoked = Change::Revoked {
        by_admin: false,
        revoked_at: at(40),
    };
    world.change("R1", revoked).await;
    let all = [
        moment(9, "accepted"),
        moment(20, "edited"),
        moment(30, "edited"),
        moment(40, "revoked"),
    ];
    assert_eq!(world.way(1).await, all);
}

#[tokio::test]
async fn what_a_webhook_is_still_to_be_told_is_there() {
    let world = World::new().await;
    world.webhook().await;
    world.hear(from(1, eva(), "hello")).await;
    // Of another message, and so not of this one.
    world.hear(from(2, eva(), "again")).await;
    let moments = world.moments(1).await;
    assert_eq!(moments.len(), 2, "{moments:#?}");
    let told = &moments[1];
    let about = part(told, ["kind", "webhookId", "url", "eventType"]);
    assert_eq!(about, json!(["webhook", hook(), URL, "message.received"]));
    let attempt = part(told, ["number", "ms", "status", "deliveryState"]);
    assert_eq!(attempt, json!([0, null, null, "pending"]));
    assert_eq!(told["nextAttemptAt"], told["at"]);
}

#[tokio::test]
async fn every_attempt_at_a_webhook_is_there_and_the_one_to_come() {
    let world = World::new().await;
    let webhooks = world.webhook().await;
    world.hear(from(1, eva(), "hello")).await;
    let event = world.moments(1).await[1]["eventId"].take();
    let event = EventId::parse(event.as_str().unwrap()).unwrap();
    let settle = async |millis, status, failure: Option<FailureCode>, verdict| {
        let attempt = Attempt {
            number: 0,
            at: at(millis),
            status: Some(status),
            failure: failure.map(|code| Failure::new(code, "the answer was 500")),
            ms: 7,
            excerpt: Some("oh no".to_owned()),
        };
        let due = webhooks.begun(&hook(), &event).await;
        let url = URL.to_owned();
        let settlement = Settlement {
            url,
            attempt,
            verdict,
        };
        let settled = webhooks.settle(&hook(), &due, settlement).await;
        assert!(!settled.unwrap(), "nobody wants it off");
    };
    let keys = ["at", "number", "status", "deliveryState", "nextAttemptAt"];

    settle(20, 500, Some(FailureCode::Status), Verdict::Again(at(90))).await;
    let moments = world.moments(1).await;
    assert_eq!(moments.len(), 3, "{moments:#?}");
    let failed = json!([at(20), 1, 500, "pending", null]);
    assert_eq!(part(&moments[1], keys), failed);
    let failure = json!({"code": "status", "detail": "the answer was 500"});
    assert_eq!(part(&moments[1], ["failure", "ms"]), json!([failure, 7]));
    let to_come = json!([at(90), 0, null, "pending", at(90)]);
    assert_eq!(part(&moments[2], keys), to_come);

    settle(90, 200, None, Verdict::Delivered).await;
    let moments = world.moments(1).await;
    assert_eq!(moments.len(), 3, "{moments:#?}");
    let failed = json!([at(20), 1, 500, "delivered", null]);
    assert_eq!(part(&moments[1], keys), failed);
    let taken = json!([at(90), 2, 200, "delivered", null]);
    assert_eq!(part(&moments[2], keys), taken);
}

#[tokio::test]
async fn what_was_given_up_before_its_first_attempt_is_there_with_the_reason() {
    let world = World::new().await;
    let webhooks = world.webhook().await;
    world.hear(from(1, eva(), "hello")).await;
    webhooks
        .give_up_overdue(&hook(), at(1000), FailureCode::Timeout)
        .await
        .unwrap();
    let told = world.moments(1).await.remove(1);
    assert_eq!(
        (&told["number"], &told["deliveryState"]),
        (&json!(0), &json!("failed"))
    );
    assert_eq!(
        (&told["failure"]["code"], &told["nextAttemptAt"]),
        (&json!("timeout"), &Value::Null)
    );
}

#[tokio::test]
async fn the_states_of_a_message_outlive_its_events() {
    let world = World::new().await;
    world.hear(from(1, eva(), "hello")).await;
    world.queue(to(2, eva(), "hi")).await;
    world.report(2, state(MessageState::Sent, 30)).await;
    let world = world.with_sql(&["DELETE FROM events"]).await;
    assert_eq!(world.way(1).await, [moment(1, "accepted")]);
    assert_eq!(
        world.way(2).await,
        [moment(1, "accepted"), reached(30, "sent")]
    );
}

/// Takes a file back to what it was before chats and timelines.
const UNDO: &str = "DROP TABLE chats; DROP INDEX messages_by_chat; DROP INDEX events_by_message; \
    ALTER TABLE events DROP COLUMN message_id; DELETE FROM _sqlx_migrations WHERE version = 6;";

#[tokio::test]
async fn what_was_kept_before_there_were_chats_and_timelines_has_them() {
    let world = World::new().await;
    world.hear(from(1, eva(), "by number")).await;
    world.hear(from(2, party("777@lid"), "by lid")).await;
    let named = Message {
        chat: Party::person(
            Phone::parse("5511900000003").unwrap(),
            Some(Lid::parse("777").unwrap()),
        ),
        sender_name: Some("Eva".to_owned()),
        ..from(3, eva(), "by both")
    };
    world.hear(named).await;
    world.hear(from(4, party("888@lid"), "a stranger")).await;
    world
        .hear_of_group(GroupAspect::Created, Some("Garden"))
        .await;
    world
        .hear_of_group(GroupAspect::Subject, Some("Orchard"))
        .await;
    let in_group = Message {
        chat: party("120363000000000000@g.us"),
        ..from(5, eva(), "who waters?")
    };
    world.hear(in_group).await;
    let edited = Change::Edited {
        text: Some("new".to_owned()),
        edited_at: at(20),
    };
    world.change("E1", edited).await;
    let (chats, moments) = (world.chats().await, world.moments(1).await);
    assert_eq!((chats.len(), moments.len()), (3, 2));
    let split = "UPDATE messages SET chat_id = '777@lid', chat_phone = NULL WHERE body = 'by lid'";
    let world = world.with_sql(&[UNDO, split]).await;
    assert_eq!(world.chats().await, chats);
    assert_eq!(world.moments(1).await, moments);
}
