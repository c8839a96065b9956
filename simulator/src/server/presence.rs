//! Who is there and who is typing: told to whoever watches, lost on everybody else.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, Server};

use super::dispatch::Caller;
use super::messages::devices_of;
use super::stanza::maybe;
use crate::clock::unix_seconds;
use crate::hub::State;
use crate::hub::connection::Stage;
use crate::wire::node::{all_children, attr, jid};
use crate::world::DeviceRef;

/// Takes `<presence>`.
pub fn receive(state: &mut State, caller: &Caller, stanza: &Node) {
    match attr(stanza, "type").as_deref() {
        Some("subscribe") => watch(state, caller, stanza),
        Some("unsubscribe") => unwatch(state, caller, stanza),
        Some("available") => announce(state, caller, stanza, true),
        Some("unavailable") => announce(state, caller, stanza, false),
        // Clients send one without attributes just to be heard.
        _ => {}
    }
}

fn announce(state: &mut State, caller: &Caller, stanza: &Node, available: bool) {
    if let Some(connection) = state.connections.get_mut(&caller.connection)
        && let Stage::LoggedIn {
            available: known, ..
        } = &mut connection.stage
    {
        *known = available;
    }
    let name = attr(stanza, "name").unwrap_or_default();
    if let Some(account) = state.world.accounts.get_mut(&caller.device.account)
        && !name.is_empty()
    {
        account.name = name.into_owned();
    }
    changed(state, &caller.device.account);
}

/// A device of an account has gone without saying so.
pub fn went_away(state: &mut State, number: &str) {
    changed(state, number);
}

/// The user of a phone opens or leaves the app.
pub fn show_handset(state: &mut State, number: &str, available: bool) {
    if available {
        state.visible_handsets.insert(number.to_owned());
    } else {
        state.visible_handsets.remove(number);
    }
    changed(state, number);
}

fn is_available(state: &State, number: &str) -> bool {
    let on_a_companion = state
        .connections
        .values()
        .any(|connection| match &connection.stage {
            Stage::LoggedIn {
                device, available, ..
            } => *available && device.account == number,
            Stage::Pairing(_) => false,
        });
    on_a_companion || state.visible_handsets.contains(number)
}

fn changed(state: &mut State, number: &str) {
    if let Some(account) = state.world.accounts.get_mut(number) {
        account.last_seen = unix_seconds();
    }
    let watching: Vec<(DeviceRef, bool)> = state
        .watchers
        .get(number)
        .map(|watchers| {
            watchers
                .iter()
                .map(|(device, by_lid)| (device.clone(), *by_lid))
                .collect()
        })
        .unwrap_or_default();
    for (device, by_lid) in watching {
        if let Some(stanza) = presence_of(state, number, by_lid) {
            state.deliver_live(&device, stanza);
        }
    }
}

fn watch(state: &mut State, caller: &Caller, stanza: &Node) {
    let Some(wanted) = jid(stanza, "to") else {
        return;
    };
    let Some(number) = state
        .world
        .owner(&wanted)
        .map(|account| account.number.clone())
    else {
        return;
    };
    let by_lid = wanted.server.is_lid_family();
    state
        .watchers
        .entry(number.clone())
        .or_default()
        .insert(caller.device.clone(), by_lid);
    if let Some(now) = presence_of(state, &number, by_lid) {
        state.send(caller.connection, now);
    }
}

fn unwatch(state: &mut State, caller: &Caller, stanza: &Node) {
    let owner = jid(stanza, "to").and_then(|jid| {
        state
            .world
            .owner(&jid)
            .map(|account| account.number.clone())
    });
    if let Some(watchers) = owner.and_then(|number| state.watchers.get_mut(&number)) {
        watchers.remove(&caller.device);
    }
}

fn presence_of(state: &State, number: &str, by_lid: bool) -> Option<Node> {
    let account = state.world.accounts.get(number)?;
    let from = if by_lid {
        account.lid(0)
    } else {
        account.pn(0)
    };
    let node = NodeBuilder::new("presence").attr("from", from);
    if is_available(state, number) {
        return Some(node.build());
    }
    let last = (account.last_seen > 0).then_some(account.last_seen);
    Some(maybe(node.attr("type", "unavailable"), "last", last).build())
}

/// Takes `<chatstate>`.
pub fn typing(state: &mut State, caller: &Caller, stanza: &Node) {
    if let Some(to) = jid(stanza, "to") {
        typed(state, &caller.device, &to, all_children(stanza));
    }
}

/// Tells a chat that somebody types, or has stopped.
pub fn typed(state: &mut State, from: &DeviceRef, to: &Jid, what: &[Node]) {
    let Some(sender) = state.world.accounts.get(&from.account) else {
        return;
    };
    let node = NodeBuilder::new("chatstate").children(what.to_vec());
    let (node, audience) = match to.server {
        Server::Group => {
            let members = state
                .world
                .groups
                .get(to.user.as_str())
                .map(|group| group.members.keys().cloned().collect());
            (
                node.attr("from", to)
                    .attr("participant", sender.lid(from.device)),
                members.unwrap_or_default(),
            )
        }
        server => {
            let from = if server.is_lid_family() {
                sender.lid(from.device)
            } else {
                sender.pn(from.device)
            };
            let other = state.world.owner(to).map(|account| account.number.clone());
            (node.attr("from", from), Vec::from_iter(other))
        }
    };
    let stanza = node.build();
    let devices = audience
        .iter()
        .filter(|number| **number != from.account)
        .flat_map(|number| devices_of(state, number));
    for device in devices.collect::<Vec<_>>() {
        state.deliver_live(&device, stanza.clone());
    }
}
