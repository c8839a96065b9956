//! An account's device list: what others are told when a companion comes or goes, and the list itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use crate::clock::unix_seconds;
use crate::hub::State;
use crate::world::DeviceRef;
use crate::world::account::Account;
use crate::world::device::Class;

/// What happened to a companion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It was linked.
    Added,
    /// It was unlinked.
    Removed,
}

/// Hash of a device list, in the form `2:…` that clients keep as a cache key.
pub fn device_hash(account: &Account) -> String {
    let mut hash = Sha256::new();
    for device in account.device_ids() {
        hash.update(account.lid(device).to_string());
        hash.update([0]);
    }
    format!("2:{}", STANDARD.encode(&hash.finalize()[..6]))
}

/// `<key-index-list>` with the phone's signature, or none while the account has no companion.
pub fn key_index_list(account: &Account) -> Option<Node> {
    let now = unix_seconds();
    let valid = account.valid_key_indexes();
    match account.phone.key_index_list(account.key_index, &valid, now) {
        Ok(signed) => Some(
            NodeBuilder::new("key-index-list")
                .attr("ts", now)
                .bytes(signed)
                .build(),
        ),
        Err(error) => {
            tracing::error!(%error, account = account.number, "the phone cannot sign its key index list");
            None
        }
    }
}

/// Tells everybody, the account's other companions included, of a change.
pub fn announce(state: &mut State, of: &DeviceRef, change: Change) {
    let everybody: Vec<DeviceRef> = state
        .world
        .accounts
        .values()
        .flat_map(|account| {
            account
                .devices
                .keys()
                .map(|device| DeviceRef::new(account.number.as_str(), *device))
        })
        .filter(|other| other != of)
        .collect();
    for to in everybody {
        if let Some(stanza) = notification(state, of, change) {
            state.deliver(&to, Class::Notification, stanza);
        }
    }
}

fn notification(state: &mut State, of: &DeviceRef, change: Change) -> Option<Node> {
    let id = state.world.seed.stanza_id();
    let account = state.world.accounts.get(&of.account)?;
    let device = NodeBuilder::new("device").attr("jid", account.pn(of.device));
    let (tag, device, list) = match change {
        Change::Added => {
            let key_index = account.devices.get(&of.device)?.key_index;
            (
                "add",
                device.attr("key-index", key_index),
                key_index_list(account)?,
            )
        }
        Change::Removed => {
            let list = NodeBuilder::new("key-index-list")
                .attr("ts", unix_seconds())
                .build();
            ("remove", device, list)
        }
    };
    let child = NodeBuilder::new(tag)
        .attr("device_hash", device_hash(account))
        .children([device.build(), list])
        .build();
    Some(
        NodeBuilder::new("notification")
            .attr("from", account.pn(0))
            .attr("lid", account.lid(0))
            .attr("type", "devices")
            .attr("id", id)
            .attr("t", unix_seconds())
            .children([child])
            .build(),
    )
}
