//! `<receipt>` and `<ack>`: what became of a stanza. A receipt finds its way back to who wrote the message.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};

use super::dispatch::Caller;
use super::messages::devices_of;
use super::stanza::maybe;
use crate::clock::unix_seconds;
use crate::hub::State;
use crate::wire::node::{all_children, attr, child, children, jid};
use crate::world::DeviceRef;
use crate::world::device::Class;

/// A receipt from a device, with jids as that device sees them.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// Id of the message, or of the first one.
    pub id: String,
    /// Chat: a person's device, a person or a group.
    pub to: Jid,
    /// In groups, whose message it was.
    pub participant: Option<Jid>,
    /// None for a plain delivery.
    pub kind: Option<String>,
    /// The chat, for copies of own messages.
    pub recipient: Option<Jid>,
    /// `<list>`, `<retry>`, `<keys>`, …
    pub children: Vec<Node>,
}

/// Takes a receipt from a companion.
pub fn receive(state: &mut State, caller: &Caller, stanza: &Node) {
    let Some(to) = jid(stanza, "to") else {
        return;
    };
    let receipt = Receipt {
        id: attr(stanza, "id").unwrap_or_default().into_owned(),
        to,
        participant: jid(stanza, "participant"),
        kind: attr(stanza, "type").map(std::borrow::Cow::into_owned),
        recipient: jid(stanza, "recipient"),
        children: all_children(stanza).to_vec(),
    };
    if let Some(device) = state.world.device_mut(&caller.device) {
        for id in
            std::iter::once(receipt.id.as_str()).chain(listed(stanza).iter().map(String::as_str))
        {
            device.acknowledged(Class::Message, id);
        }
    }
    let ack = NodeBuilder::new("ack")
        .attr("class", "receipt")
        .attr("id", receipt.id.as_str())
        .attr("from", &receipt.to)
        .attr("t", unix_seconds());
    let ack = maybe(ack, "type", receipt.kind.as_deref());
    let ack = maybe(ack, "participant", receipt.participant.as_ref());
    state.send(caller.connection, ack.build());
    route(state, &caller.device, &receipt);
}

/// Further ids in `<list>`.
pub fn listed(stanza: &Node) -> Vec<String> {
    let Some(list) = child(stanza, "list") else {
        return Vec::new();
    };
    children(list, "item")
        .filter_map(|item| attr(item, "id"))
        .map(std::borrow::Cow::into_owned)
        .collect()
}

/// Brings a receipt to the device that wrote the message, or for a sign that a human has given (`read`, `played`)
/// to all devices of who wrote it.
pub fn route(state: &mut State, from: &DeviceRef, receipt: &Receipt) {
    // Both only tell the phone that its companion has its history.
    if matches!(receipt.kind.as_deref(), Some("peer_msg" | "hist_sync")) {
        return;
    }
    let author = receipt.participant.as_ref().unwrap_or(&receipt.to);
    let Some(author) = state.world.device_ref(author) else {
        return;
    };
    let human = matches!(receipt.kind.as_deref(), Some("read" | "played"));
    let targets = if human {
        devices_of(state, &author.account)
    } else {
        vec![author]
    };
    for target in targets {
        if target == *from {
            continue;
        }
        if let Some(stanza) = as_seen_by_author(state, from, receipt) {
            state.deliver(&target, Class::Receipt, stanza);
        }
    }
}

fn as_seen_by_author(state: &State, from: &DeviceRef, receipt: &Receipt) -> Option<Node> {
    let reader = state.world.accounts.get(&from.account)?;
    let node = NodeBuilder::new("receipt")
        .attr("id", receipt.id.as_str())
        .attr("t", unix_seconds());
    let node = maybe(node, "type", receipt.kind.as_deref());
    let node = maybe(node, "recipient", receipt.recipient.as_ref());
    let node = if receipt.to.server.is_lid_family() {
        node.attr("from", reader.lid(from.device))
    } else if receipt.to.server.is_pn_family() {
        node.attr("from", reader.pn(from.device))
    } else {
        node.attr("from", &receipt.to)
            .attr("participant", reader.lid(from.device))
    };
    Some(if receipt.children.is_empty() {
        node.build()
    } else {
        node.children(receipt.children.clone()).build()
    })
}

/// Takes a client's word that it has a stanza.
pub fn acknowledged(state: &mut State, caller: &Caller, stanza: &Node) {
    let class = match attr(stanza, "class").as_deref() {
        Some("message") => Class::Message,
        Some("receipt") => Class::Receipt,
        Some("notification") => Class::Notification,
        _ => return,
    };
    let id = attr(stanza, "id").unwrap_or_default();
    if let Some(device) = state.world.device_mut(&caller.device) {
        device.acknowledged(class, &id);
    }
}
