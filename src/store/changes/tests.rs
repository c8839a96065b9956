//! What is kept of a message, and what is told, when people do things to it.

use super::*;
use crate::domain::chat::ChatId;
use crate::domain::chat::Lid;
use crate::domain::chat::Phone;
use crate::domain::event::Event;
use crate::domain::event::EventFilter;
use crate::domain::event::EventType;
use crate::domain::id::StoreKey;
use crate::domain::id::WaId;
use crate::domain::message::Message;
use crate::domain::session::Desired;
use crate::domain::session::SessionRecord;
use crate::domain::session::SessionState;
use crate::store::Arrival;
use crate::store::Store;
use std::collections::BTreeMap;
use tempfile::TempDir;

const MESSAGE: &str = "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV";

fn person(phone: &str, lid: Option<&str>) -> Party {
    let lid = lid.map(|lid| Lid::parse(lid).unwrap());
    Party::person(Phone::parse(phone).unwrap(), lid)
}

fn eva() -> Party {
    person("5511900000003", Some("777"))
}

fn session() -> SessionId {
    SessionId::parse("ana").unwrap()
}

fn client() -> ClientId {
    ClientId::parse("shop").unwrap()
}

struct World {
    store: Store,
    _folder: TempDir,
}

impl World {
    /// A session to which Eva has written "old" as 3EB0AB.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("wamux.db")).await.unwrap();
        let record = SessionRecord {
            id: session(),
            client_id: client(),
            name: None,
            store_key: StoreKey::parse("01ARZ3NDEKTSV4RRFFQ69G5FAV").unwrap(),
            desired: Desired::Running,
            state: SessionState::Connected,
            cause: None,
            since: Timestamp::from_millis(0),
            account: None,
            last_activity: None,
            restarts: 0,
            created_at: Timestamp::from_millis(0),
        };
        store.add_session(&record, None).await.unwrap();
        let message = Message {
            id: MessageId::parse(MESSAGE).unwrap(),
            wa_id: WaId::parse("3EB0AB").unwrap(),
            session_id: session(),
            client_id: client(),
            chat: eva(),
            sender: eva(),
            sender_name: None,
            direction: Direction::In,
            kind: "text".to_owned(),
            text: Some("old".to_owned()),
            state: None,
            states: BTreeMap::new(),
            recipients: Vec::new(),
            failure: None,
            expires_at: None,
            edited_at: None,
            revoked_at: None,
            at: Timestamp::from_millis(1),
        };
        let world = Self {
            store,
            _folder: folder,
        };
        world.add(Arrival::Message(Box::new(message))).await;
        world
    }

    async fn add(&self, arrival: Arrival) {
        let now = Timestamp::from_millis(9);
        self.store.add_incoming(vec![arrival], now).await.unwrap();
    }

    /// Somebody does something to what they call their own 3EB0AB.
    async fn change(&self, wa_id: &str, sender: Party, change: Change) {
        let incoming = IncomingChange {
            wa_id: WaId::parse(wa_id).unwrap(),
            chat: eva(),
            sender: sender.clone(),
            from_me: false,
            target: Target {
                wa_id: WaId::parse("3EB0AB").unwrap(),
                from_me: false,
                sender,
            },
            change,
        };
        let new = NewChange {
            session_id: session(),
            client_id: client(),
            incoming,
        };
        self.add(Arrival::Change(Box::new(new))).await;
    }

    async fn message(&self) -> Message {
        let id = MessageId::parse(MESSAGE).unwrap();
        self.store.message(&id).await.unwrap().unwrap()
    }

    async fn told(&self, kind: EventType) -> Vec<Event> {
        let filter = EventFilter {
            types: vec![kind],
            ..EventFilter::default()
        };
        self.store.events(&filter, None, 100).await.unwrap()
    }
}

fn edit(text: &str, at: i64) -> Change {
    Change::Edited {
        text: Some(text.to_owned()),
        edited_at: Timestamp::from_millis(at),
    }
}

fn revoke(at: i64) -> Change {
    Change::Revoked {
        by_admin: false,
        revoked_at: Timestamp::from_millis(at),
    }
}

#[tokio::test]
async fn an_edit_that_comes_twice_is_told_once_under_whichever_name_of_its_author() {
    let world = World::new().await;
    world.change("E1", eva(), edit("new", 2)).await;
    world.change("E1", eva(), edit("new", 2)).await;
    let by_lid = Party::from_id(ChatId::parse("777@lid").unwrap());
    world.change("E1", by_lid, edit("new", 2)).await;
    let message = world.message().await;
    assert_eq!(message.text.as_deref(), Some("new"));
    assert_eq!(message.edited_at, Some(Timestamp::from_millis(2)));
    let told = world.told(EventType::MessageEdited).await;
    assert_eq!(told.len(), 1);
    assert!(told[0].data.contains(MESSAGE), "{}", told[0].data);
}

#[tokio::test]
async fn the_latest_edit_counts_and_what_was_revoked_stays_empty() {
    let world = World::new().await;
    world.change("E2", eva(), edit("third", 3)).await;
    world.change("E1", eva(), edit("second", 2)).await;
    assert_eq!(world.message().await.text.as_deref(), Some("third"));
    world.change("R1", eva(), revoke(5)).await;
    world.change("E3", eva(), edit("back", 6)).await;
    let message = world.message().await;
    assert_eq!(
        (message.text, message.revoked_at),
        (None, Some(Timestamp::from_millis(5)))
    );
    assert_eq!(world.told(EventType::MessageEdited).await.len(), 3);
}

#[tokio::test]
async fn nobody_changes_what_another_wrote() {
    let world = World::new().await;
    let stranger = person("5511900000009", None);
    world
        .change("E1", stranger.clone(), edit("forged", 2))
        .await;
    world.change("R1", stranger, revoke(3)).await;
    let message = world.message().await;
    assert_eq!(
        (message.text.as_deref(), message.revoked_at),
        (Some("old"), None)
    );
    let told = world.told(EventType::MessageRevoked).await;
    assert!(
        told[0].data.contains(r#""messageId":null"#),
        "{}",
        told[0].data
    );
}

#[tokio::test]
async fn a_reaction_that_is_taken_back_says_so_with_null_and_changes_no_text() {
    let world = World::new().await;
    for (wa_id, emoji) in [("A1", Some("👍")), ("A2", None)] {
        let change = Change::Reaction {
            emoji: emoji.map(ToOwned::to_owned),
            at: Timestamp::from_millis(2),
        };
        world.change(wa_id, eva(), change).await;
    }
    let told = world.told(EventType::MessageReaction).await;
    assert!(told[0].data.contains(r#""emoji":"👍""#), "{}", told[0].data);
    assert!(told[1].data.contains(r#""emoji":null"#), "{}", told[1].data);
    let message = world.message().await;
    assert_eq!(
        (message.text.as_deref(), message.edited_at),
        (Some("old"), None)
    );
}
