//! The end of a link: by the companion itself, by its phone, or by the server (facts a10).

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::dispatch::Caller;
use super::iq::Answer;
use super::newcomer::{self, Change};
use crate::hub::State;
use crate::hub::errand::Errand;
use crate::wire::node::{child, jid};
use crate::world::DeviceRef;

/// `md` queries of a linked companion.
pub fn query(state: &mut State, caller: &Caller, query: &Node) -> Answer {
    let Some(remove) = child(query, "remove-companion-device") else {
        return Answer::Unknown;
    };
    let target = jid(remove, "jid").and_then(|jid| state.world.device_ref(&jid));
    match target {
        Some(device) if device.account == caller.device.account && device.device != 0 => {
            state.later(Errand::Remove(device));
            Answer::done()
        }
        _ => Answer::Error(404, "item-not-found"),
    }
}

/// What a companion hears when its phone has unlinked it.
pub fn removed() -> Node {
    let conflict = NodeBuilder::new("conflict")
        .attr("type", "device_removed")
        .build();
    NodeBuilder::new("stream:error")
        .attr("code", 401)
        .children([conflict])
        .build()
}

/// Unlinks a companion: its socket is told and closed, its keys and its queue are gone, others are told.
pub fn unlink(state: &mut State, device: &DeviceRef) {
    if let Some(connection) = state.online.get(device).copied() {
        state.send(connection, removed());
        state.close(connection);
    }
    let gone = state
        .world
        .accounts
        .get_mut(&device.account)
        .and_then(|account| account.devices.remove(&device.device));
    if gone.is_some() {
        newcomer::announce(state, device, Change::Removed);
    }
}
