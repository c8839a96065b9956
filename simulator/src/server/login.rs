//! Logging a registered companion in, and the two phases after it: what it missed, then what is live.

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::dispatch::Caller;
use super::iq::Answer;
use super::stanza::{SERVER, bytes, maybe, parent};
use crate::clock::unix_seconds;
use crate::hub::State;
use crate::hub::connection::{ConnectionId, Stage};
use crate::hub::errand::Errand;
use crate::wire::node::child;
use crate::world::DeviceRef;
use crate::world::account::Refusal;
use crate::world::device::Class;

/// `reason` of `<failure>` for a device that is not linked (facts a10).
const NOT_LINKED: u16 = 401;
/// The same for a client that is too old, linked or not.
const OUTDATED: u16 = 405;

/// Why a login fails, if it does.
pub fn refusal(state: &mut State, device: &DeviceRef, noise_static: &[u8]) -> Option<Refusal> {
    if state.outdated {
        return Some(outdated());
    }
    let account = state.world.accounts.get(&device.account);
    let linked = account
        .and_then(|account| account.devices.get(&device.device))
        .is_some_and(|known| known.noise_static.0 == noise_static);
    if !linked {
        return Some(because(NOT_LINKED));
    }
    let ordered = account.and_then(|account| account.refusal.clone());
    ordered.or_else(|| state.dice.refusal(&device.account))
}

/// Why an old client fails.
pub fn outdated() -> Refusal {
    because(OUTDATED)
}

fn because(reason: u16) -> Refusal {
    Refusal {
        reason,
        code: None,
        expire: None,
    }
}

/// `<failure>`.
pub fn failure(refusal: &Refusal) -> Node {
    let node = NodeBuilder::new("failure")
        .attr("reason", refusal.reason)
        .attr("location", "sim")
        .attr("t", unix_seconds());
    let node = maybe(node, "code", refusal.code);
    maybe(node, "expire", refusal.expire).build()
}

/// Greets a companion whose keys have been checked and takes an older socket of the same device off the line.
pub fn welcome(state: &mut State, connection: ConnectionId, device: &DeviceRef) {
    if let Some(old) = state.online.insert(device.clone(), connection) {
        replace(state, old);
        state.online.insert(device.clone(), connection);
    }
    let Some(account) = state.world.accounts.get(&device.account) else {
        return;
    };
    let now = unix_seconds();
    let success = NodeBuilder::new("success")
        .attr("t", now)
        .attr("props", "1")
        .attr("location", "sim")
        .attr("creation", now)
        .attr("display_name", account.name.as_str())
        .attr("lid", account.lid(device.device))
        .build();
    state.send(connection, success);
    let routing = bytes("routing_info", format!("sim{}", device.device).into_bytes());
    let edge = parent("ib", [parent("edge_routing", [routing])]);
    state.send(connection, edge);
    let preview = preview(state, device);
    state.send(connection, preview);
}

/// Tells a socket that its device is in use elsewhere, and closes it.
pub fn replace(state: &mut State, connection: ConnectionId) {
    let conflict = NodeBuilder::new("conflict")
        .attr("type", "replaced")
        .build();
    state.send(connection, parent("stream:error", [conflict]));
    state.close(connection);
}

/// `passive` queries: `<active/>` is the client's wish for everything it missed.
pub fn passive(state: &mut State, caller: &Caller, query: &Node) -> Answer {
    if child(query, "active").is_some() {
        activate(state, caller);
    }
    Answer::done()
}

/// Starts the offline phase, once for each connection.
pub fn activate(state: &mut State, caller: &Caller) {
    state.later(Errand::Drain {
        connection: caller.connection,
        device: caller.device.clone(),
    });
}

/// The offline phase: what waits, then the word that this was all.
pub fn drain(state: &mut State, connection: ConnectionId, device: &DeviceRef) {
    let Some(found) = state.connections.get_mut(&connection) else {
        return;
    };
    let Stage::LoggedIn { active, .. } = &mut found.stage else {
        return;
    };
    if std::mem::replace(active, true) {
        return;
    }
    let count = state.drain(device, connection);
    let end = NodeBuilder::new("offline").attr("count", count).build();
    let end = NodeBuilder::new("ib")
        .attr("from", SERVER)
        .children([end])
        .build();
    state.send(connection, end);
}

fn preview(state: &State, device: &DeviceRef) -> Node {
    let count = |class| state.waiting(device, class);
    let (messages, receipts, notifications) = (
        count(Class::Message),
        count(Class::Receipt),
        count(Class::Notification),
    );
    let preview = NodeBuilder::new("offline_preview")
        .attr("count", messages + receipts + notifications)
        .attr("message", messages)
        .attr("notification", notifications)
        .attr("receipt", receipts)
        .attr("call", 0)
        .attr("appdata", 0)
        .attr("status", 0)
        .build();
    NodeBuilder::new("ib")
        .attr("from", SERVER)
        .children([preview])
        .build()
}

/// `<stream:error>` with a code, as the server sends it before it closes the socket.
pub fn stream_error(code: u16) -> Node {
    NodeBuilder::new("stream:error").attr("code", code).build()
}
