//! What a phone tells a new companion about the time before: the texts in its inbox, by chat.

use std::collections::BTreeMap;

use super::content::text;
use crate::hub::State;
use crate::phone::{Chat, PastMessage};
use crate::world::account::{Account, InboxItem};

/// Texts that a new companion is told of.
const HISTORY_LIMIT: usize = 1_000;

/// The chats of a phone, newest message first in each.
pub(super) fn chats(state: &State, account: &Account) -> Vec<Chat> {
    let mut by_chat: BTreeMap<&str, Vec<&InboxItem>> = BTreeMap::new();
    let texts = account.inbox.iter().filter(|item| item.kind == "text");
    let latest: Vec<_> = texts.rev().take(HISTORY_LIMIT).collect();
    for item in latest.into_iter().rev() {
        by_chat.entry(&item.chat).or_default().push(item);
    }
    by_chat
        .into_iter()
        .map(|(name, items)| chat(state, account, name, &items))
        .collect()
}

fn chat(state: &State, account: &Account, name: &str, items: &[&InboxItem]) -> Chat {
    let other = state.world.accounts.get(name);
    let unread = items
        .iter()
        .filter(|item| !item.from_me && !account.read.contains(&item.id))
        .count();
    let group = state.world.groups.get(super::chat_id(name));
    Chat {
        jid: other.map_or_else(|| name.to_owned(), |other| other.pn(0).to_string()),
        pn: None,
        lid: other.map(|other| other.lid(0).to_string()),
        name: group.map(|group| group.subject.clone()),
        push_name: other.map(|other| other.name.clone()),
        unread: u32::try_from(unread).unwrap_or(u32::MAX),
        messages: items
            .iter()
            .rev()
            .map(|item| past(state, item, other.is_none()))
            .collect(),
    }
}

fn past(state: &State, item: &InboxItem, grouped: bool) -> PastMessage {
    let author = state
        .world
        .accounts
        .get(&item.from)
        .filter(|_| grouped && !item.from_me);
    PastMessage {
        id: item.id.clone(),
        from_me: item.from_me,
        participant: author.map(|author| author.lid(0).to_string()),
        at: item.at,
        message: text(item.text.as_deref().unwrap_or_default()),
    }
}
