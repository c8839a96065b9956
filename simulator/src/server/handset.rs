//! The simulated handsets at work: they take in what the server brings, answer, speak, and look after new
//! companions. Their brains are in [`crate::phone`]; here they meet the network.

mod content;
mod history;
mod listen;
mod speak;

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

pub use self::content::{Named, edit, reaction, revocation, text};
pub use self::listen::take_in;
pub use self::speak::{SayError, peer, say};

use super::receipts::{self, Receipt};
use crate::clock::unix_seconds;
use crate::hub::State;
use crate::wire::node;
use crate::world::DeviceRef;

/// The phone hands a new companion the key of its app state and its history (facts a5.7).
pub fn bootstrap(state: &mut State, device: &DeviceRef) {
    let Some(account) = state.world.accounts.get(&device.account) else {
        return;
    };
    let share = account.phone.key_share(unix_seconds());
    let history = account.phone.history(&history::chats(state, account));
    peer(state, device, &share);
    match history {
        Ok(history) => peer(state, device, &history),
        Err(error) => {
            tracing::error!(%error, account = device.account, "the phone cannot pack its history");
        }
    }
}

/// What a handset says by itself.
pub fn reply(state: &mut State, number: &str, chat: &str, text: &str) {
    if let Err(error) = say(state, number, chat, &content::text(text)) {
        tracing::warn!(%error, number, chat, "automatic answer failed");
    }
}

/// The handset comes back and takes in what waited for it.
pub fn switch_on(state: &mut State, number: &str) {
    let Some(account) = state.world.accounts.get_mut(number) else {
        return;
    };
    account.phone_online = true;
    let waiting = std::mem::take(&mut account.phone_queue);
    for stanza in waiting {
        match node::decode(&stanza.0) {
            Ok(stanza) => take_in(state, number, &stanza),
            Err(error) => tracing::error!(%error, number, "kept stanza cannot be read"),
        }
    }
}

/// The phone's user opens a chat: read receipts for everything in it that was not read yet.
///
/// Returns the ids.
pub fn read(state: &mut State, number: &str, chat: &str) -> Vec<String> {
    let Some(account) = state.world.accounts.get_mut(number) else {
        return Vec::new();
    };
    let unread: Vec<(String, String)> = account
        .inbox
        .iter()
        .filter(|item| item.chat == chat && !item.from_me && !account.read.contains(&item.id))
        .map(|item| (item.from.clone(), item.id.clone()))
        .collect();
    let ids: Vec<String> = unread.iter().map(|(_, id)| id.clone()).collect();
    account.read.extend(ids.iter().cloned());
    let mut authors: Vec<String> = unread.iter().map(|(author, _)| author.clone()).collect();
    authors.dedup();
    authors.sort();
    authors.dedup();
    for author in authors {
        let of_author: Vec<&str> = unread
            .iter()
            .filter(|(from, _)| *from == author)
            .map(|(_, id)| id.as_str())
            .collect();
        send_read(state, number, chat, (&author, &of_author));
    }
    ids
}

fn send_read(state: &mut State, number: &str, chat: &str, (author, ids): (&str, &[&str])) {
    let Some((first, more)) = ids.split_first() else {
        return;
    };
    let Some(other) = state.world.accounts.get(author) else {
        return;
    };
    let in_group = state.world.groups.contains_key(chat_id(chat));
    let (to, participant) = if in_group {
        (Jid::group(chat_id(chat)), Some(other.lid(0)))
    } else {
        (other.pn(0), None)
    };
    let items = more
        .iter()
        .map(|id| NodeBuilder::new("item").attr("id", *id).build());
    let list = NodeBuilder::new("list").children(items).build();
    let receipt = Receipt {
        id: (*first).to_owned(),
        to,
        participant,
        kind: Some("read".to_owned()),
        recipient: None,
        children: if more.is_empty() {
            Vec::new()
        } else {
            vec![list]
        },
    };
    receipts::route(state, &DeviceRef::new(number, 0), &receipt);
}

/// The user part of a group's jid, or the whole text.
pub fn chat_id(chat: &str) -> &str {
    chat.split('@').next().unwrap_or(chat)
}

/// `<enc>`.
fn enc(kind: &str, bytes: Vec<u8>) -> Node {
    NodeBuilder::new("enc")
        .attr("v", "2")
        .attr("type", kind)
        .bytes(bytes)
        .build()
}
