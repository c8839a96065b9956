//! `w:sync:app:state`: encrypted settings, stored and forwarded unread; the account's phone reads along.

use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;
use waproto::buffa::{Message as _, MessageField};
use waproto::whatsapp::{SyncdPatch, SyncdVersion};

use super::dispatch::Caller;
use super::iq::Answer;
use super::stanza::{SERVER, bytes, maybe, parent};
use crate::clock::unix_seconds;
use crate::hub::State;
use crate::wire::node::{self, attr, child, children};
use crate::world::DeviceRef;
use crate::world::account::Collection;
use crate::world::device::Class;

/// Patches kept for one collection. Real servers fold old ones into a snapshot; these are enough for a test.
const PATCH_LIMIT: usize = 10_000;

/// `w:sync:app:state` queries.
pub fn query(state: &mut State, caller: &Caller, query: &Node) -> Answer {
    let Some(sync) = child(query, "sync") else {
        return Answer::Unknown;
    };
    let collections: Vec<Node> = children(sync, "collection")
        .map(|wanted| collection(state, caller, wanted))
        .collect();
    Answer::one(parent("sync", collections))
}

fn collection(state: &mut State, caller: &Caller, wanted: &Node) -> Node {
    let name = attr(wanted, "name").unwrap_or_default().into_owned();
    let base: u64 = attr(wanted, "version")
        .and_then(|version| version.parse().ok())
        .unwrap_or(0);
    let Some(patch) = child(wanted, "patch") else {
        let held = held(state, &caller.device.account, &name);
        return since(held, &name, base, None);
    };
    let current = held(state, &caller.device.account, &name).map_or(0, |held| held.version);
    if base != current {
        return since(
            held(state, &caller.device.account, &name),
            &name,
            base,
            Some(409),
        );
    }
    match versioned(node::bytes(patch), current + 1) {
        Some(encoded) => stored(state, caller, &name, current + 1, encoded),
        None => refusal(&name, current),
    }
}

fn held<'a>(state: &'a State, number: &str, name: &str) -> Option<&'a Collection> {
    state.world.accounts.get(number)?.app_state.get(name)
}

/// A collection from a version on; with an error when the client wrote on an old one.
fn since(held: Option<&Collection>, name: &str, base: u64, error: Option<u16>) -> Node {
    let version = held.map_or(0, |held| held.version);
    let node = NodeBuilder::new("collection")
        .attr("name", name)
        .attr("version", version);
    let patches: Vec<Node> = held
        .into_iter()
        .flat_map(|held| held.patches.iter().filter(|(version, _)| *version > base))
        .map(|(_, patch)| bytes("patch", patch.0.clone()))
        .collect();
    let mut inside = Vec::new();
    if let Some(code) = error {
        inside.push(
            NodeBuilder::new("error")
                .attr("code", code)
                .attr("text", "conflict")
                .build(),
        );
    }
    if !patches.is_empty() {
        inside.push(parent("patches", patches));
    }
    let node = maybe(node, "type", error.map(|_| "error"));
    if inside.is_empty() {
        node.build()
    } else {
        node.children(inside).build()
    }
}

fn refusal(name: &str, version: u64) -> Node {
    let error = NodeBuilder::new("error")
        .attr("code", 400)
        .attr("text", "bad-request")
        .build();
    NodeBuilder::new("collection")
        .attr("name", name)
        .attr("version", version)
        .attr("type", "error")
        .children([error])
        .build()
}

/// Clients leave the version to the server.
fn versioned(patch: &[u8], version: u64) -> Option<Vec<u8>> {
    let mut patch = SyncdPatch::decode_from_slice(patch).ok()?;
    patch.version = MessageField::some(SyncdVersion {
        version: Some(version),
    });
    Some(patch.encode_to_vec())
}

fn stored(state: &mut State, caller: &Caller, name: &str, version: u64, patch: Vec<u8>) -> Node {
    if let Some(account) = state.world.accounts.get_mut(&caller.device.account)
        && let Err(error) = account.phone.read_patch(name, &patch)
    {
        tracing::warn!(%error, account = account.number, collection = name, "the phone cannot read a patch");
    }
    publish(state, &caller.device, (name, version), patch);
    NodeBuilder::new("collection")
        .attr("name", name)
        .attr("version", version)
        .build()
}

/// Stores a patch and tells the account's other companions.
pub fn publish(state: &mut State, by: &DeviceRef, (name, version): (&str, u64), patch: Vec<u8>) {
    let Some(account) = state.world.accounts.get_mut(&by.account) else {
        return;
    };
    let held = account.app_state.entry(name.to_owned()).or_default();
    held.version = version;
    held.patches.push((version, patch.into()));
    if held.patches.len() > PATCH_LIMIT {
        held.patches.remove(0);
    }
    let others: Vec<u16> = account
        .devices
        .keys()
        .copied()
        .filter(|device| *device != by.device)
        .collect();
    for device in others {
        let collection = NodeBuilder::new("collection")
            .attr("name", name)
            .attr("version", version)
            .build();
        let stanza = NodeBuilder::new("notification")
            .attr("from", SERVER)
            .attr("type", "server_sync")
            .attr("id", state.world.seed.stanza_id())
            .attr("t", unix_seconds())
            .children([collection])
            .build();
        state.deliver(
            &DeviceRef::new(by.account.as_str(), device),
            Class::Notification,
            stanza,
        );
    }
}
