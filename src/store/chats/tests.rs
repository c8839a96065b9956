//! That a conversation stays one, whatever WhatsApp calls it, and is found by what people know of it.

use super::*;
use crate::domain::chat::Lid;
use crate::domain::chat::Phone;
use crate::domain::event::EventType;
use crate::domain::fact::GroupChange;
use crate::domain::id::ClientId;
use crate::domain::id::StoreKey;
use crate::domain::id::WaId;
use crate::domain::message::MessageFilter;
use crate::domain::message::MessageState;
use crate::domain::session::Desired;
use crate::domain::session::SessionRecord;
use crate::domain::session::SessionState;
use crate::domain::time::Timestamp;
use crate::store::Arrival;
use std::collections::BTreeMap;
use std::path::PathBuf;
use tempfile::TempDir;

const EVA: &str = "5511900000003";
const GARDEN: &str = "120363000000000000@g.us";

pub(in crate::store) fn session() -> SessionId {
    SessionId::parse("ana").unwrap()
}

pub(in crate::store) fn client() -> ClientId {
    ClientId::parse("shop").unwrap()
}

pub(in crate::store) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// Our id of the message with this number.
pub(in crate::store) fn id(number: u64) -> MessageId {
    MessageId::parse(&format!("msg_{number:0>26}")).unwrap()
}

pub(in crate::store) fn by_id(id: &str) -> Party {
    Party::from_id(ChatId::parse(id).unwrap())
}

pub(in crate::store) fn eva() -> Party {
    Party::person(Phone::parse(EVA).unwrap(), Some(Lid::parse("777").unwrap()))
}

/// A text from somebody, in their own conversation.
pub(in crate::store) fn from(number: u64, sender: Party, text: &str) -> Message {
    Message {
        id: id(number),
        wa_id: WaId::parse(&format!("3EB0{number}")).unwrap(),
        session_id: session(),
        client_id: client(),
        chat: sender.clone(),
        sender,
        sender_name: None,
        direction: Direction::In,
        kind: "text".to_owned(),
        text: Some(text.to_owned()),
        state: None,
        states: BTreeMap::new(),
        recipients: Vec::new(),
        failure: None,
        expires_at: None,
        edited_at: None,
        revoked_at: None,
        at: at(1),
    }
}

/// A text that waits to be sent.
pub(in crate::store) fn to(number: u64, chat: Party, text: &str) -> Message {
    Message {
        direction: Direction::Out,
        sender: by_id("5511900000001"),
        state: Some(MessageState::Queued),
        states: [(MessageState::Queued, at(1))].into(),
        ..from(number, chat, text)
    }
}

/// A store with one session.
pub(in crate::store) struct World {
    pub(in crate::store) store: Store,
    pub(in crate::store) folder: TempDir,
}

impl World {
    pub(in crate::store) async fn new() -> Self {
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
            since: at(0),
            account: None,
            last_activity: None,
            restarts: 0,
            created_at: at(0),
        };
        store.add_session(&record, None).await.unwrap();
        Self { store, folder }
    }

    /// Its database.
    pub(in crate::store) fn file(&self) -> PathBuf {
        self.folder.path().join("wamux.db")
    }

    pub(in crate::store) async fn hear(&self, message: Message) {
        let arrival = Arrival::Message(Box::new(message));
        self.store.add_incoming(vec![arrival], at(9)).await.unwrap();
    }

    pub(in crate::store) async fn queue(&self, message: Message) {
        self.store
            .enqueue(vec![(message, None)], at(9))
            .await
            .unwrap();
    }

    pub(in crate::store) async fn hear_of_group(&self, change: GroupAspect, value: Option<&str>) {
        let fact = Fact::Group(GroupChange {
            group_id: ChatId::parse(GARDEN).unwrap(),
            change,
            value: GroupValue::Text(value.map(ToOwned::to_owned)),
            by: None,
            at: at(1),
        });
        let event = NewEvent {
            session_id: session(),
            client_id: client(),
            kind: EventType::GroupUpdated,
            at: at(9),
            data: EventData::Fact(Box::new(fact)),
        };
        self.store.append(event).await.unwrap();
    }

    pub(in crate::store) async fn chats(&self) -> Vec<Chat> {
        self.page(None, 100, None).await.data
    }

    async fn found(&self, search: &str) -> Vec<Chat> {
        let search = Search::parse(search).unwrap();
        self.page(Some(&search), 100, None).await.data
    }

    async fn page(&self, search: Option<&Search>, limit: u32, after: Option<String>) -> Page<Chat> {
        let page = PageRequest { limit, after };
        self.store.chats(&session(), search, &page).await.unwrap()
    }

    /// Id, name and newest text of each conversation.
    async fn shown(&self) -> Vec<(String, Option<String>, String)> {
        let shown = |chat: Chat| {
            let text = chat.last_message.text.unwrap_or_default();
            (chat.party.id.to_string(), chat.name, text)
        };
        let page = self.page(None, 100, None).await;
        page.data.into_iter().map(shown).collect()
    }

    /// The texts that fit, newest first.
    async fn texts(&self, wanted: MessageFilter) -> Vec<String> {
        let page = PageRequest {
            limit: 100,
            after: None,
        };
        let page = self.store.messages(&session(), &wanted, &page).await;
        page.unwrap()
            .data
            .into_iter()
            .filter_map(|message| message.text)
            .collect()
    }
}

fn in_chat(id: &str) -> MessageFilter {
    MessageFilter {
        chat: Some(ChatId::parse(id).unwrap()),
        ..MessageFilter::default()
    }
}

fn with_text(text: &str) -> MessageFilter {
    MessageFilter {
        text: Some(Search::parse(text).unwrap()),
        ..MessageFilter::default()
    }
}

fn chat(id: &str, name: Option<&str>, text: &str) -> (String, Option<String>, String) {
    (id.to_owned(), name.map(ToOwned::to_owned), text.to_owned())
}

#[tokio::test]
async fn a_person_stays_one_chat_when_the_number_of_a_lid_becomes_known() {
    let world = World::new().await;
    world.hear(from(1, by_id("777@lid"), "by lid")).await;
    world.hear(from(2, by_id(EVA), "by number")).await;
    assert_eq!(world.shown().await.len(), 2, "nothing says that it is one");
    world.hear(from(3, eva(), "by both")).await;
    let eva_is_one = [chat(&format!("{EVA}@c.us"), None, "by both")];
    assert_eq!(world.shown().await, eva_is_one);
    for name in [EVA, "777@lid", "+55 11 90000-0003"] {
        let texts = world.texts(in_chat(name)).await;
        assert_eq!(texts, ["by both", "by number", "by lid"], "{name}");
    }
}

#[tokio::test]
async fn what_comes_by_a_known_lid_alone_is_kept_and_told_under_the_number() {
    let world = World::new().await;
    world.hear(from(1, eva(), "hello")).await;
    world.hear(from(2, by_id("777@lid"), "me again")).await;
    let again = world.store.message(&id(2)).await.unwrap().unwrap();
    assert_eq!((&again.chat, &again.sender), (&eva(), &eva()));
    assert_eq!(world.shown().await.len(), 1);
    // The same message under the other name is its twin.
    let twin = Message {
        id: id(3),
        ..from(2, by_id(EVA), "me again")
    };
    world.hear(twin).await;
    assert_eq!(world.texts(in_chat(EVA)).await, ["me again", "hello"]);
}

#[tokio::test]
async fn a_group_message_can_tell_whose_number_a_lid_is() {
    let world = World::new().await;
    world.hear(from(1, by_id("777@lid"), "by lid")).await;
    let in_group = Message {
        chat: by_id(GARDEN),
        sender_name: Some("Eva".to_owned()),
        ..from(2, eva(), "in the group")
    };
    world.hear(in_group).await;
    let shown = [
        chat(GARDEN, None, "in the group"),
        chat(&format!("{EVA}@c.us"), None, "by lid"),
    ];
    assert_eq!(world.shown().await, shown);
}

#[tokio::test]
async fn a_number_that_is_written_in_two_ways_leaves_no_empty_chat_behind() {
    let world = World::new().await;
    world.queue(to(1, by_id("551190000003"), "hello")).await;
    assert_eq!(world.shown().await[0].0, "551190000003@c.us");
    world
        .store
        .mark_sending(&id(1), &eva(), at(2))
        .await
        .unwrap();
    let one = [chat(&format!("{EVA}@c.us"), None, "hello")];
    assert_eq!(world.shown().await, one);
    let lid = world.page(None, 1, None).await.data.remove(0).party.lid;
    assert_eq!(lid.unwrap().as_str(), "777");
}

#[tokio::test]
async fn a_person_has_the_name_that_they_showed_last() {
    let world = World::new().await;
    let named = |number, name: Option<&str>| Message {
        sender_name: name.map(ToOwned::to_owned),
        ..from(number, eva(), "hello")
    };
    for (number, name) in [(1, Some("Eva")), (2, Some("Eva Luna")), (3, None)] {
        world.hear(named(number, name)).await;
    }
    world.queue(to(4, eva(), "hi")).await;
    assert_eq!(world.shown().await[0].1.as_deref(), Some("Eva Luna"));
}

#[tokio::test]
async fn a_group_has_its_last_subject_and_is_shown_once_somebody_writes() {
    let world = World::new().await;
    world
        .hear_of_group(GroupAspect::Created, Some("Garden"))
        .await;
    world
        .hear_of_group(GroupAspect::Description, Some("weeds"))
        .await;
    assert_eq!(world.shown().await, []);
    let written = Message {
        chat: by_id(GARDEN),
        sender_name: Some("Eva".to_owned()),
        ..from(1, eva(), "who waters?")
    };
    world.hear(written).await;
    assert_eq!(
        world.shown().await,
        [chat(GARDEN, Some("Garden"), "who waters?")]
    );
    world
        .hear_of_group(GroupAspect::Subject, Some("Orchard"))
        .await;
    let group = world.page(None, 1, None).await.data.remove(0);
    assert_eq!(
        (group.name.as_deref(), group.is_group),
        (Some("Orchard"), true)
    );
}

#[tokio::test]
async fn the_newest_chat_is_first_and_pages_go_on_where_the_last_one_ended() {
    let world = World::new().await;
    for number in 1..=5 {
        let person = by_id(&format!("551190000000{number}"));
        world.hear(from(number, person, &number.to_string())).await;
    }
    world.hear(from(6, by_id("5511900000002"), "6")).await;
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = world.page(None, 2, after).await;
        let texts = page.data.into_iter().map(|chat| chat.last_message.text);
        seen.extend(texts.flatten());
        after = page.next_cursor;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["6", "5", "4", "3", "1"]);
}

#[tokio::test]
async fn a_chat_is_found_by_name_number_and_either_id() {
    let world = World::new().await;
    let named = Message {
        sender_name: Some("Évã Luna".to_owned()),
        ..from(1, eva(), "hello")
    };
    world.hear(named).await;
    world.hear(from(2, by_id("5521888887777"), "x")).await;
    for search in [
        "évÃ",
        "luna",
        "+55 11 90000-0003",
        "90000",
        "0003@C.US",
        "777@lid",
    ] {
        let found = world.found(search).await;
        assert_eq!(found.len(), 1, "{search}: {found:?}");
        assert_eq!(found[0].party, eva(), "{search}");
    }
    for search in ["eva", "Luna*", "%", "hello"] {
        assert_eq!(world.found(search).await, [], "{search}");
    }
}

#[tokio::test]
async fn texts_are_found_in_any_letters_within_a_chat_and_a_state() {
    let world = World::new().await;
    world.hear(from(1, eva(), "Até AMANHÃ, 100%")).await;
    world.hear(from(2, by_id("5521888887777"), "até já")).await;
    world.queue(to(3, eva(), "ATÉ logo")).await;
    let all = ["ATÉ logo", "até já", "Até AMANHÃ, 100%"];
    assert_eq!(world.texts(with_text("até")).await, all);
    assert_eq!(world.texts(with_text("amanhã, 100%")).await, all[2..]);
    let with_eva = MessageFilter {
        chat: Some(ChatId::parse("777@lid").unwrap()),
        ..with_text("é")
    };
    assert_eq!(world.texts(with_eva.clone()).await, [all[0], all[2]]);
    let queued = MessageFilter {
        states: vec![MessageState::Queued],
        ..with_eva
    };
    assert_eq!(world.texts(queued).await, all[..1]);
}

#[tokio::test]
async fn a_deleted_session_takes_its_chats_along_and_late_news_of_groups_do_no_harm() {
    let world = World::new().await;
    world.hear(from(1, eva(), "hello")).await;
    let record = world.store.sessions().await.unwrap().remove(0);
    world.store.delete_session(&record, at(10)).await.unwrap();
    world
        .hear_of_group(GroupAspect::Subject, Some("Orchard"))
        .await;
    world.store.add_session(&record, None).await.unwrap();
    assert_eq!(world.shown().await, []);
}
