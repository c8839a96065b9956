//! `<message>`: from a client to every device that it has sealed a copy for (facts a7, a8). The server opens none.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, Server};

use super::dispatch::Caller;
use super::stanza::maybe;
use crate::clock::unix_seconds;
use crate::hub::State;
use crate::hub::deliver::append;
use crate::wire::node::{all_children, attr, child, children, jid};
use crate::world::DeviceRef;
use crate::world::account::Account;
use crate::world::device::Class;

/// `error` of an `<ack>` for a group that the sender may not write to.
const FORBIDDEN: u16 = 403;
/// `error` of an `<ack>` for a stanza that cannot be routed (facts a7).
const BAD_STANZA: u16 = 479;

/// Children that are for the server, or that are given out per device.
const NOT_FORWARDED: [&str; 5] = [
    "participants",
    "enc",
    "device-identity",
    "tctoken",
    "cstoken",
];

/// Takes a message from a companion.
pub fn receive(state: &mut State, caller: &Caller, stanza: &Node) {
    let Some(to) = jid(stanza, "to") else {
        return verdict(state, caller, stanza, Some(BAD_STANZA));
    };
    let mood = state
        .moods
        .get(&caller.device.account)
        .copied()
        .unwrap_or_default();
    let mood = state.dice.treat(&caller.device.account, mood);
    if mood.nack.is_some() {
        return verdict(state, caller, stanza, mood.nack);
    }
    let error = match to.server {
        Server::Group => group(state, &caller.device, &to, stanza),
        Server::Broadcast => status(state, &caller.device, &to, stanza),
        Server::Newsletter => None,
        _ => direct(state, &caller.device, &to, stanza),
    };
    if !mood.silent {
        verdict(state, caller, stanza, error);
    }
}

/// The server's verdict on a message; without an error it is taken.
fn verdict(state: &mut State, caller: &Caller, stanza: &Node, error: Option<u16>) {
    let ack = NodeBuilder::new("ack")
        .attr("class", "message")
        .attr("id", attr(stanza, "id").unwrap_or_default().as_ref())
        .attr("t", unix_seconds());
    let ack = maybe(ack, "from", attr(stanza, "to").as_deref());
    let ack = maybe(ack, "participant", attr(stanza, "participant").as_deref());
    state.send(caller.connection, maybe(ack, "error", error).build());
}

/// One copy of a message: for whom, in which namespace, with which ciphertexts.
struct Copy {
    to: DeviceRef,
    by_lid: bool,
    encs: Vec<Node>,
}

/// The copies named in `<participants>`, for accounts that exist.
fn copies(state: &State, stanza: &Node) -> Vec<Copy> {
    let Some(participants) = child(stanza, "participants") else {
        return Vec::new();
    };
    children(participants, "to")
        .filter_map(|to| {
            let jid = jid(to, "jid")?;
            Some(Copy {
                to: state.world.device_ref(&jid)?,
                by_lid: jid.server.is_lid_family(),
                encs: children(to, "enc").cloned().collect(),
            })
        })
        .collect()
}

fn top_encs(stanza: &Node) -> Vec<Node> {
    children(stanza, "enc").cloned().collect()
}

fn direct(state: &mut State, from: &DeviceRef, to: &Jid, stanza: &Node) -> Option<u16> {
    let mut copies = copies(state, stanza);
    if copies.is_empty() {
        // A resend for one device, or a message among the account's own devices.
        copies.push(Copy {
            to: state.world.device_ref(to)?,
            by_lid: to.server.is_lid_family(),
            encs: top_encs(stanza),
        });
    }
    let peer = attr(stanza, "category").as_deref() == Some("peer");
    for copy in copies {
        if copy.to == *from || blocked(state, &copy.to, from) {
            continue;
        }
        let Some(sender) = state.world.accounts.get(&from.account) else {
            return Some(BAD_STANZA);
        };
        let mut envelope = direct_envelope(sender, from.device, copy.by_lid || peer);
        if copy.to.account == from.account && !peer {
            envelope = envelope.attr("recipient", to.to_non_ad());
        }
        let message = fill(envelope, stanza, copy.encs);
        state.deliver(&copy.to, Class::Message, message);
    }
    None
}

fn group(state: &mut State, from: &DeviceRef, to: &Jid, stanza: &Node) -> Option<u16> {
    let Some(group) = state.world.groups.get(to.user.as_str()) else {
        return Some(FORBIDDEN);
    };
    let role = group.members.get(&from.account).copied();
    if role.is_none_or(|role| group.announcement && !role.is_admin()) {
        return Some(FORBIDDEN);
    }
    let members: Vec<String> = group.members.keys().cloned().collect();
    if let Some(only) = jid(stanza, "participant") {
        let target = state.world.device_ref(&only)?;
        deliver_shared(state, from, to, stanza, (target, Vec::new()));
        return None;
    }
    let mut copies = copies(state, stanza);
    for member in members {
        for device in devices_of(state, &member) {
            let own = copies.iter().position(|copy| copy.to == device);
            let encs = own
                .map(|at| copies.swap_remove(at).encs)
                .unwrap_or_default();
            deliver_shared(state, from, to, stanza, (device, encs));
        }
    }
    None
}

/// Status posts go to whoever was ever given the sender's key for them.
fn status(state: &mut State, from: &DeviceRef, to: &Jid, stanza: &Node) -> Option<u16> {
    let mut copies = copies(state, stanza);
    let account = state.world.accounts.get_mut(&from.account)?;
    account.status_audience.extend(
        copies
            .iter()
            .map(|copy| (copy.to.account.clone(), copy.to.device)),
    );
    let audience = account.status_audience.clone();
    for (number, device) in audience {
        let device = DeviceRef::new(number, device);
        let own = copies.iter().position(|copy| copy.to == device);
        let encs = own
            .map(|at| copies.swap_remove(at).encs)
            .unwrap_or_default();
        deliver_shared(state, from, to, stanza, (device, encs));
    }
    None
}

/// A message with one ciphertext for everybody, and before it what is for this device alone.
fn deliver_shared(
    state: &mut State,
    from: &DeviceRef,
    chat: &Jid,
    stanza: &Node,
    copy: (DeviceRef, Vec<Node>),
) {
    let (to, mut encs) = copy;
    if to == *from {
        return;
    }
    encs.extend(top_encs(stanza));
    let Some(sender) = state.world.accounts.get(&from.account) else {
        return;
    };
    let message = fill(shared_envelope(sender, from.device, chat), stanza, encs);
    state.deliver(&to, Class::Message, message);
}

/// Every device of an account.
pub fn devices_of(state: &State, number: &str) -> Vec<DeviceRef> {
    let devices = state
        .world
        .accounts
        .get(number)
        .map(Account::device_ids)
        .unwrap_or_default();
    devices
        .into_iter()
        .map(|device| DeviceRef::new(number, device))
        .collect()
}

fn blocked(state: &State, by: &DeviceRef, who: &DeviceRef) -> bool {
    let account = state.world.accounts.get(&by.account);
    account.is_some_and(|account| account.blocked.contains(&who.account))
}

/// `<message>` of a one-to-one chat as its recipient sees it, without content.
pub fn direct_envelope(sender: &Account, device: u16, by_lid: bool) -> NodeBuilder {
    let message = NodeBuilder::new("message")
        .attr("t", unix_seconds())
        .attr("notify", sender.name.as_str());
    if by_lid {
        message
            .attr("from", sender.lid(device))
            .attr("sender_pn", sender.pn(0))
    } else {
        message
            .attr("from", sender.pn(device))
            .attr("sender_lid", sender.lid(0))
    }
}

/// `<message>` of a group or a status post as its recipients see it, without content.
pub fn shared_envelope(sender: &Account, device: u16, chat: &Jid) -> NodeBuilder {
    NodeBuilder::new("message")
        .attr("from", chat)
        .attr("participant", sender.lid(device))
        .attr("participant_pn", sender.pn(device))
        .attr("addressing_mode", "lid")
        .attr("t", unix_seconds())
        .attr("notify", sender.name.as_str())
}

/// Puts a client's message into an envelope.
fn fill(envelope: NodeBuilder, stanza: &Node, encs: Vec<Node>) -> Node {
    let mut envelope = envelope;
    for key in ["id", "type", "edit", "category"] {
        envelope = maybe(envelope, key, attr(stanza, key).as_deref());
    }
    let opens_session = encs
        .iter()
        .any(|enc| attr(enc, "type").as_deref() == Some("pkmsg"));
    let mut message = envelope.children(encs).build();
    if opens_session {
        append(&mut message, child(stanza, "device-identity").cloned());
    }
    let rest = all_children(stanza)
        .iter()
        .filter(|node| !NOT_FORWARDED.contains(&node.tag.as_ref()));
    append(&mut message, rest.cloned());
    message
}
