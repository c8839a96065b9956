//! Which handler takes which stanza.

use wacore_binary::Node;

use super::{iq, login, messages, pairing, presence, receipts};
use crate::fault::dice::Then;
use crate::hub::State;
use crate::hub::connection::{ConnectionId, Stage};
use crate::hub::trace::Direction;
use crate::wire::node::{all_children, display};
use crate::world::DeviceRef;

/// Who sent a stanza.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The socket.
    pub connection: ConnectionId,
    /// The companion logged in on it.
    pub device: DeviceRef,
}

/// Takes a stanza from a client, as often as chance has it arrive.
pub fn receive(state: &mut State, connection: ConnectionId, stanza: &Node) {
    if state.is_muted(connection) {
        return;
    }
    let fate = state.fate(connection, stanza, Direction::In);
    if fate.then != Then::Stay {
        // The server has heard it, but the client does not learn what came of it.
        state.mute(connection);
    }
    for _ in 0..fate.times {
        handle(state, connection, stanza);
    }
    if fate.then == Then::Cut {
        state.cut(connection);
    }
}

fn handle(state: &mut State, connection: ConnectionId, stanza: &Node) {
    let who = state.who(connection);
    state.trace.received(&who, display(stanza));
    let known = match state.connections.get(&connection).map(|found| &found.stage) {
        None => true,
        Some(Stage::Pairing(_)) => pairing::receive(state, connection, stanza),
        Some(Stage::LoggedIn { device, .. }) => {
            let caller = Caller {
                connection,
                device: device.clone(),
            };
            logged_in(state, &caller, stanza)
        }
    };
    if !known {
        state.trace.unknown(&who, &display(stanza));
    }
}

/// The table; `false` is a stanza that nobody knows.
fn logged_in(state: &mut State, caller: &Caller, stanza: &Node) -> bool {
    match stanza.tag.as_ref() {
        "iq" => return iq::receive(state, caller, stanza),
        "message" => messages::receive(state, caller, stanza),
        "receipt" => receipts::receive(state, caller, stanza),
        "ack" => receipts::acknowledged(state, caller, stanza),
        "presence" => presence::receive(state, caller, stanza),
        "chatstate" => presence::typing(state, caller, stanza),
        "ib" => return information(state, caller, stanza),
        _ => return false,
    }
    true
}

/// `<ib>`: what clients tell without asking anything.
fn information(state: &mut State, caller: &Caller, stanza: &Node) -> bool {
    all_children(stanza)
        .iter()
        .all(|child| match child.tag.as_ref() {
            // Batches are the client's wish for smaller portions; everything has been sent already.
            "unified_session" | "offline_batch" => true,
            "offline" => {
                login::activate(state, caller);
                true
            }
            _ => false,
        })
}
