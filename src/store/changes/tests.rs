//! What is kept of a message, and what is told, when people do things to it.

use super::*;
use crate::domain::event::Event;
use crate::domain::event::EventFilter;
use crate::domain::event::EventType;
use crate::domain::id::WaId;
use crate::domain::message::Message;
use crate::store::Arrival;
use crate::store::chats::tests as chats;
use crate::store::chats::tests::at;
use crate::store::chats::tests::client;
use crate::store::chats::tests::eva;
use crate::store::chats::tests::from;
use crate::store::chats::tests::session;

struct World(chats::World);

impl World {
    /// A session to which somebody has written "old".
    async fn hearing(author: Party) -> Self {
        let world = chats::World::new().await;
        world.hear(from(1, author, "old")).await;
        Self(world)
    }

    /// Somebody does something to what they call their own message.
    async fn change(&self, wa_id: &str, sender: Party, change: Change) {
        let target = Target {
            wa_id: from(1, sender.clone(), "").wa_id,
            from_me: false,
            sender: sender.clone(),
        };
        let incoming = IncomingChange {
            wa_id: WaId::parse(wa_id).unwrap(),
            chat: sender.clone(),
            sender,
            from_me: false,
            target,
            change,
        };
        let change = Arrival::Change(Box::new(NewChange {
            session_id: session(),
            client_id: client(),
            incoming,
        }));
        let written = self.0.store.add_incoming(vec![change], at(9)).await;
        written.unwrap();
    }

    async fn message(&self) -> Message {
        self.0.store.message(&chats::id(1)).await.unwrap().unwrap()
    }

    async fn told(&self, kind: EventType) -> Vec<Event> {
        let filter = EventFilter {
            types: vec![kind],
            ..EventFilter::default()
        };
        self.0.store.events(&filter, None, 100).await.unwrap()
    }
}

fn edit(text: &str, millis: i64) -> Change {
    Change::Edited {
        text: Some(text.to_owned()),
        edited_at: at(millis),
    }
}

fn revoke(millis: i64) -> Change {
    Change::Revoked {
        by_admin: false,
        revoked_at: at(millis),
    }
}

#[tokio::test]
async fn an_edit_that_comes_twice_is_told_once_under_whichever_name_of_its_author() {
    let world = World::hearing(eva()).await;
    world.change("E1", eva(), edit("new", 2)).await;
    world.change("E1", eva(), edit("new", 2)).await;
    let by_lid = chats::by_id("777@lid");
    world.change("E1", by_lid, edit("new", 2)).await;
    let message = world.message().await;
    assert_eq!(message.text.as_deref(), Some("new"));
    assert_eq!(message.edited_at, Some(at(2)));
    let told = world.told(EventType::MessageEdited).await;
    assert_eq!(told.len(), 1);
    assert!(
        told[0].data.contains(chats::id(1).as_str()),
        "{}",
        told[0].data
    );
}

#[tokio::test]
async fn the_latest_edit_counts_and_what_was_revoked_stays_empty() {
    let world = World::hearing(eva()).await;
    world.change("E2", eva(), edit("third", 3)).await;
    world.change("E1", eva(), edit("second", 2)).await;
    assert_eq!(world.message().await.text.as_deref(), Some("third"));
    world.change("R1", eva(), revoke(5)).await;
    world.change("E3", eva(), edit("back", 6)).await;
    let message = world.message().await;
    assert_eq!((message.text, message.revoked_at), (None, Some(at(5))));
    assert_eq!(world.told(EventType::MessageEdited).await.len(), 3);
}

#[tokio::test]
async fn nobody_changes_what_another_wrote() {
    let world = World::hearing(eva()).await;
    let stranger = chats::by_id("5511900000009@c.us");
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
    let world = World::hearing(eva()).await;
    for (wa_id, emoji) in [("A1", Some("👍")), ("A2", None)] {
        let change = Change::Reaction {
            emoji: emoji.map(ToOwned::to_owned),
            at: at(2),
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

#[tokio::test]
async fn what_was_written_under_the_number_is_taken_back_under_the_lid() {
    let by_number = chats::by_id("5511900000003@c.us");
    let world = World::hearing(by_number).await;
    // The number of the LID becomes known by a later message.
    world.0.hear(from(2, eva(), "by both")).await;
    let by_lid = chats::by_id("777@lid");
    world.change("R1", by_lid, revoke(5)).await;
    let message = world.message().await;
    assert_eq!((message.text, message.revoked_at), (None, Some(at(5))));
}
