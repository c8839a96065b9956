//! Who may see what, who is blocked, and the tokens that let strangers write.

use sha2::{Digest as _, Sha256};
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::dispatch::Caller;
use super::iq::Answer;
use super::messages::devices_of;
use super::stanza::parent;
use crate::clock::unix_seconds;
use crate::hub::State;
use crate::wire::node::{attr, child, children, jid};
use crate::world::account::Account;
use crate::world::device::Class;

/// Categories and what holds until somebody changes it.
const DEFAULTS: [(&str, &str); 9] = [
    ("readreceipts", "all"),
    ("profile", "all"),
    ("status", "all"),
    ("online", "all"),
    ("last", "all"),
    ("groupadd", "all"),
    ("calladd", "all"),
    ("messages", "all"),
    ("defense", "off"),
];

/// `privacy` queries.
pub fn query(state: &mut State, caller: &Caller, query: &Node) -> Answer {
    if let Some(tokens) = child(query, "tokens") {
        return tokens_issued(state, caller, tokens);
    }
    let Some(privacy) = child(query, "privacy") else {
        return Answer::Unknown;
    };
    let Some(account) = state.world.accounts.get_mut(&caller.device.account) else {
        return Answer::Error(404, "item-not-found");
    };
    for category in children(privacy, "category") {
        if let (Some(name), Some(value)) = (attr(category, "name"), attr(category, "value")) {
            account
                .privacy
                .insert(name.into_owned(), value.into_owned());
        }
    }
    Answer::one(settings(account))
}

fn settings(account: &Account) -> Node {
    let categories = DEFAULTS.iter().map(|(name, default)| {
        let value = account.privacy.get(*name).map_or(*default, String::as_str);
        NodeBuilder::new("category")
            .attr("name", *name)
            .attr("value", value)
            .build()
    });
    parent("privacy", categories)
}

/// A client trusts a contact: the contact gets a token to show with its messages (facts a13).
fn tokens_issued(state: &mut State, caller: &Caller, tokens: &Node) -> Answer {
    let wanted: Vec<_> = children(tokens, "token")
        .filter_map(|token| jid(token, "jid"))
        .collect();
    for jid in wanted {
        let Some(contact) = state
            .world
            .owner(&jid)
            .map(|account| account.number.clone())
        else {
            continue;
        };
        let secret = state.world.seed.bytes("token")[..16].to_vec();
        for device in devices_of(state, &contact) {
            let id = state.world.seed.stanza_id();
            let Some(account) = state.world.accounts.get(&caller.device.account) else {
                continue;
            };
            let now = unix_seconds();
            let token = NodeBuilder::new("token")
                .attr("type", "trusted_contact")
                .attr("t", now)
                .bytes(secret.clone())
                .build();
            let stanza = NodeBuilder::new("notification")
                .attr("from", account.pn(0))
                .attr("sender_lid", account.lid(0))
                .attr("type", "privacy_token")
                .attr("id", id)
                .attr("t", now)
                .children([parent("tokens", [token])])
                .build();
            state.deliver(&device, Class::Notification, stanza);
        }
    }
    Answer::done()
}

/// `blocklist` queries.
pub fn blocklist(state: &mut State, caller: &Caller, query: &Node) -> Answer {
    let changes: Vec<(String, bool)> = children(query, "item")
        .filter_map(|item| {
            let owner = jid(item, "jid").and_then(|jid| state.world.owner(&jid))?;
            Some((
                owner.number.clone(),
                attr(item, "action").as_deref() == Some("block"),
            ))
        })
        .collect();
    if let Some(account) = state.world.accounts.get_mut(&caller.device.account) {
        for (number, block) in changes {
            if block {
                account.blocked.insert(number);
            } else {
                account.blocked.remove(&number);
            }
        }
    }
    list(state, caller)
}

fn list(state: &State, caller: &Caller) -> Answer {
    let blocked = state
        .world
        .accounts
        .get(&caller.device.account)
        .map(|account| &account.blocked);
    let mut hash = Sha256::new();
    let mut items = Vec::new();
    for account in blocked
        .into_iter()
        .flatten()
        .filter_map(|number| state.world.accounts.get(number))
    {
        hash.update(&account.lid);
        items.push(
            NodeBuilder::new("item")
                .attr("jid", account.lid(0))
                .attr("pn_jid", account.pn(0))
                .build(),
        );
    }
    let digest = if items.is_empty() {
        "none".to_owned()
    } else {
        hex::encode(&hash.finalize()[..8])
    };
    let list = NodeBuilder::new("list")
        .attr("dhash", digest)
        .attr("addressing_mode", "lid")
        .children(items);
    Answer::one(list.build())
}

/// `disappearing_mode`: the default for new chats.
pub fn disappearing(state: &mut State, caller: &Caller, query: &Node) -> Answer {
    let duration =
        child(query, "disappearing_mode").and_then(|mode| attr(mode, "duration")?.parse().ok());
    match (
        duration,
        state.world.accounts.get_mut(&caller.device.account),
    ) {
        (Some(duration), Some(account)) => {
            account.disappearing = (duration, unix_seconds());
            Answer::done()
        }
        _ => Answer::Error(400, "bad-request"),
    }
}
