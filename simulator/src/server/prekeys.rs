//! Pre-keys: companions upload them, whoever wants to write to a device fetches a bundle.

use sha1::{Digest as _, Sha1};
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::dispatch::Caller;
use super::iq::Answer;
use super::stanza::{bytes, id_bytes, number, parent, raw_key};
use crate::hub::State;
use crate::hub::errand::Errand;
use crate::phone::{self, Bundle};
use crate::wire::node::{self, all_children, child, children, jid};
use crate::world::DeviceRef;
use crate::world::device::{Device, PreKey, SignedPreKey};

/// One-time pre-keys kept for a device; the oldest go first.
const PRE_KEY_LIMIT: usize = 5_000;
/// Type byte of a Curve25519 key.
const KEY_TYPE: u8 = 5;

/// `encrypt` queries.
pub fn query(state: &mut State, caller: &Caller, query: &Node) -> Answer {
    if child(query, "count").is_some() {
        return count(state, caller);
    }
    if child(query, "digest").is_some() {
        return digest(state, caller);
    }
    if let Some(rotate) = child(query, "rotate") {
        return rotated(state, caller, rotate);
    }
    if let Some(wanted) = child(query, "key") {
        return fetch(state, wanted);
    }
    if child(query, "list").is_some() {
        return upload(state, caller, query);
    }
    Answer::Unknown
}

fn count(state: &State, caller: &Caller) -> Answer {
    let left = state
        .world
        .device(&caller.device)
        .map_or(0, |device| device.pre_keys.len());
    Answer::one(NodeBuilder::new("count").attr("value", left).build())
}

fn upload(state: &mut State, caller: &Caller, query: &Node) -> Answer {
    let Some(device) = state.world.device_mut(&caller.device) else {
        return Answer::Error(404, "item-not-found");
    };
    if let Some(id) = child(query, "registration") {
        device.registration_id = number(node::bytes(id));
    }
    if let Some(identity) = child(query, "identity") {
        device.identity = raw_key(node::bytes(identity)).into();
    }
    if let Some(signed) = child(query, "skey").and_then(signed_pre_key) {
        device.signed_pre_key = signed;
    }
    let keys = child(query, "list").map(all_children).unwrap_or_default();
    device.pre_keys.extend(keys.iter().filter_map(pre_key));
    while device.pre_keys.len() > PRE_KEY_LIMIT {
        device.pre_keys.pop_front();
    }
    if !device.bootstrapped {
        device.bootstrapped = true;
        state.later(Errand::Bootstrap(caller.device.clone()));
    }
    Answer::done()
}

fn rotated(state: &mut State, caller: &Caller, rotate: &Node) -> Answer {
    let signed = child(rotate, "skey").and_then(signed_pre_key);
    match (signed, state.world.device_mut(&caller.device)) {
        (Some(signed), Some(device)) => {
            device.signed_pre_key = signed;
            Answer::done()
        }
        _ => Answer::Error(406, "not-acceptable"),
    }
}

/// The client compares the hash with its own store; 404 makes it upload everything again.
fn digest(state: &State, caller: &Caller) -> Answer {
    let Some(device) = state
        .world
        .device(&caller.device)
        .filter(|device| !device.pre_keys.is_empty())
    else {
        return Answer::Error(404, "item-not-found");
    };
    let mut hash = Sha1::new();
    hash.update(&device.identity.0);
    hash.update(&device.signed_pre_key.public.0);
    hash.update(&device.signed_pre_key.signature.0);
    for key in &device.pre_keys {
        hash.update(&key.public.0);
    }
    let ids = device
        .pre_keys
        .iter()
        .map(|key| bytes("id", id_bytes(key.id)));
    Answer::one(parent(
        "digest",
        [
            bytes("registration", device.registration_id.to_be_bytes()),
            bytes("type", [KEY_TYPE]),
            bytes("identity", device.identity.0.clone()),
            signed_node(
                device.signed_pre_key.id,
                &device.signed_pre_key.public.0,
                &device.signed_pre_key.signature.0,
            ),
            parent("list", ids),
            bytes("hash", hash.finalize().to_vec()),
        ],
    ))
}

fn fetch(state: &mut State, wanted: &Node) -> Answer {
    let users: Vec<Node> = children(wanted, "user")
        .filter_map(|user| jid(user, "jid"))
        .map(|jid| {
            let found = state
                .world
                .device_ref(&jid)
                .and_then(|at| bundle(state, &at).map(|bundle| (at, bundle)));
            let node = NodeBuilder::new("user").attr("jid", jid);
            let Some((at, bundle)) = found else {
                let error = NodeBuilder::new("error")
                    .attr("code", 404)
                    .attr("text", "item-not-found");
                return node.children([error.build()]).build();
            };
            node.children(bundle_nodes(state, &at, &bundle)).build()
        })
        .collect();
    Answer::one(parent("list", users))
}

/// Hands out a bundle and spends one of the device's one-time keys.
pub fn bundle(state: &mut State, at: &DeviceRef) -> Option<Bundle> {
    if at.device == 0 {
        return Some(
            state
                .world
                .accounts
                .get_mut(&at.account)?
                .phone
                .take_bundle(),
        );
    }
    let device = state.world.device_mut(at)?;
    let one_time = device.pre_keys.pop_front().and_then(|key| {
        let public = key.public.0.try_into().ok()?;
        Some(phone::PreKey { id: key.id, public })
    });
    Some(Bundle {
        registration_id: device.registration_id,
        identity: device.identity.0.clone().try_into().ok()?,
        signed_pre_key: phone::SignedPreKey {
            id: device.signed_pre_key.id,
            public: device.signed_pre_key.public.0.clone().try_into().ok()?,
            signature: device.signed_pre_key.signature.0.clone(),
        },
        one_time,
    })
}

fn bundle_nodes(state: &State, at: &DeviceRef, bundle: &Bundle) -> Vec<Node> {
    let mut nodes = keys_nodes(bundle);
    if let Some(device) = state.world.device(at) {
        nodes.push(adv_node(device));
    }
    nodes
}

/// The keys of a bundle as nodes, in the order that clients know.
pub fn keys_nodes(bundle: &Bundle) -> Vec<Node> {
    let mut nodes = vec![
        bytes("registration", bundle.registration_id.to_be_bytes()),
        bytes("type", [KEY_TYPE]),
        bytes("identity", bundle.identity),
        signed_node(
            bundle.signed_pre_key.id,
            &bundle.signed_pre_key.public,
            &bundle.signed_pre_key.signature,
        ),
    ];
    if let Some(key) = &bundle.one_time {
        nodes.push(parent(
            "key",
            [bytes("id", id_bytes(key.id)), bytes("value", key.public)],
        ));
    }
    nodes
}

/// The keys that come with a retry receipt.
pub fn parse_bundle(receipt: &Node, keys: &Node) -> Option<Bundle> {
    let signed = signed_pre_key(child(keys, "skey")?)?;
    let one_time = child(keys, "key").and_then(pre_key).and_then(|key| {
        let public = key.public.0.try_into().ok()?;
        Some(phone::PreKey { id: key.id, public })
    });
    Some(Bundle {
        registration_id: child(receipt, "registration").map_or(0, |id| number(node::bytes(id))),
        identity: raw_key(node::bytes(child(keys, "identity")?))
            .try_into()
            .ok()?,
        signed_pre_key: phone::SignedPreKey {
            id: signed.id,
            public: signed.public.0.try_into().ok()?,
            signature: signed.signature.0,
        },
        one_time,
    })
}

/// `<device-identity>` of a companion.
pub fn adv_node(device: &Device) -> Node {
    bytes("device-identity", device.adv.0.clone())
}

fn signed_node(id: u32, public: &[u8], signature: &[u8]) -> Node {
    parent(
        "skey",
        [
            bytes("id", id_bytes(id)),
            bytes("value", public),
            bytes("signature", signature),
        ],
    )
}

fn pre_key(key: &Node) -> Option<PreKey> {
    Some(PreKey {
        id: number(node::bytes(child(key, "id")?)),
        public: raw_key(node::bytes(child(key, "value")?)).into(),
    })
}

fn signed_pre_key(key: &Node) -> Option<SignedPreKey> {
    Some(SignedPreKey {
        id: number(node::bytes(child(key, "id")?)),
        public: raw_key(node::bytes(child(key, "value")?)).into(),
        signature: node::bytes(child(key, "signature")?).into(),
    })
}
