//! Linking a companion: QR codes and pairing codes (facts a4 and a11), seen from the server.

mod assertion;
mod code;
mod gate;
mod link;

use tokio::sync::oneshot;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

pub use self::code::{Typing, asked, begin_code, code_typed};
pub use self::gate::{compare, comparing};
pub use self::link::{LinkError, scan};

use super::iq::{Answer, wrap};
use super::stanza::{SERVER, bytes, parent};
use crate::hub::State;
use crate::hub::connection::{ConnectionId, Pairing, Registration};
use crate::wire::node::{attr, child};
use crate::world::DeviceRef;

/// QR codes offered to one connection, as the real server does.
const REFS: usize = 6;

/// Where the outcome of a pairing arrives: the new device, or what the client said against it.
pub type Outcome = oneshot::Receiver<Result<DeviceRef, String>>;

/// The state of a connection that has just introduced itself without an account.
pub fn begin(state: &mut State, registration: Registration) -> Pairing {
    let refs = (0..REFS)
        .map(|_| format!("2@{}", hex::encode(&state.world.seed.bytes("ref")[..24])))
        .collect();
    Pairing {
        registration,
        refs,
        code: None,
        code_done: None,
        passage: None,
        linking: None,
    }
}

/// What a scan, or a typed code, leads to.
pub enum Begun {
    /// The companion is being linked.
    Linking(Outcome),
    /// It has been asked for the account's passkey, and would become this device.
    Gate(DeviceRef),
}

/// Withdraws the QR references of a connection. An offer without any is what ends a client's round of codes before its
/// own clock does.
pub fn expire(state: &mut State, connection: ConnectionId) {
    let Some(pairing) = state.pairing_mut(connection) else {
        return;
    };
    if pairing.linking.is_none() {
        pairing.refs.clear();
        offer(state, connection);
    }
}

/// Offers the QR references.
pub fn offer(state: &mut State, connection: ConnectionId) {
    let Some(pairing) = state.pairing_mut(connection) else {
        return;
    };
    let refs: Vec<Node> = pairing
        .refs
        .iter()
        .map(|text| bytes("ref", text.as_bytes()))
        .collect();
    let id = state.world.seed.stanza_id();
    let stanza = NodeBuilder::new("iq")
        .attr("from", SERVER)
        .attr("type", "set")
        .attr("id", id)
        .attr("xmlns", "md")
        .children([parent("pair-device", refs)])
        .build();
    state.send(connection, stanza);
}

/// Takes a stanza from a connection without an account; `false` when nobody knows it.
pub fn receive(state: &mut State, connection: ConnectionId, stanza: &Node) -> bool {
    match (stanza.tag.as_ref(), attr(stanza, "type").as_deref()) {
        ("iq", Some("result")) => link::signed(state, connection, stanza),
        ("iq", Some("error")) => link::refused(state, connection, stanza),
        ("iq", _) => return query(state, connection, stanza),
        // A companion announces its session id even before it is linked.
        ("ib", _) => return child(stanza, "unified_session").is_some(),
        ("ack" | "presence", _) => {}
        _ => return false,
    }
    true
}

fn query(state: &mut State, connection: ConnectionId, stanza: &Node) -> bool {
    let namespace = attr(stanza, "xmlns").unwrap_or_default().into_owned();
    let registration = child(stanza, "link_code_companion_reg");
    if let ("md", Some(step)) = (namespace.as_str(), registration) {
        return code::step(state, connection, stanza, step);
    }
    if namespace == "md" && gate::step(state, connection, stanza) {
        return true;
    }
    let known = matches!(namespace.as_str(), "w:p" | "urn:xmpp:ping");
    let answer = if known {
        Answer::done()
    } else {
        Answer::Unknown
    };
    state.send(connection, wrap(stanza, answer));
    known
}
