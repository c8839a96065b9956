//! What can be seen of the simulated world without changing it.

use serde::Serialize;

use super::{Control, ControlError};
use crate::hub::State;
use crate::hub::trace::Entry;
use crate::world::DeviceRef;
use crate::world::account::Account;
use crate::world::linking::Gate;

/// A companion.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceView {
    /// Device number.
    pub device: u16,
    /// Name in "Linked devices".
    pub platform: String,
    /// Whether it is logged in.
    pub online: bool,
    /// One-time pre-keys left.
    pub pre_keys: usize,
    /// Stanzas that it has not acknowledged.
    pub pending: usize,
}

/// What stands between a phone and a new companion.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkingView {
    /// What comes after a scan.
    pub gate: Gate,
    /// Whether the account has a passkey.
    pub passkey: bool,
    /// Whether it is hosted.
    pub hosted: bool,
    /// Whether it has all the companions that it may have.
    pub full: bool,
    /// The error that wishes for a pairing code are answered with.
    pub throttled: Option<u16>,
}

/// A phone and its companions.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PhoneView {
    /// Digits.
    pub phone: String,
    /// User part of the LID.
    pub lid: String,
    /// Push name.
    pub name: String,
    /// Whether the handset is on the network.
    pub online: bool,
    /// What a new companion has to pass.
    pub linking: LinkingView,
    /// Linked companions.
    pub devices: Vec<DeviceView>,
}

/// The whole world.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct View {
    /// The seed it was made from.
    pub seed: u64,
    /// Phones by number.
    pub phones: Vec<PhoneView>,
    /// Groups: jid, subject, digits of the members.
    pub groups: Vec<GroupView>,
    /// Open sockets.
    pub connections: usize,
    /// Stanzas that no handler knew.
    pub unknown: u64,
}

/// A group.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupView {
    /// `…@g.us`
    pub jid: String,
    /// Name.
    pub subject: String,
    /// Digits of the members.
    pub members: Vec<String>,
}

impl Control {
    /// One phone.
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn phone(&self, phone: &str) -> Result<PhoneView, ControlError> {
        let view = self.hub.look(|state| {
            state
                .world
                .accounts
                .get(phone)
                .map(|account| phone_view(state, account))
        });
        view.ok_or_else(|| ControlError::NoPhone(phone.to_owned()))
    }

    /// Everything.
    pub fn state(&self) -> View {
        self.hub.look(|state| View {
            seed: state.world.seed.value(),
            phones: state
                .world
                .accounts
                .values()
                .map(|account| phone_view(state, account))
                .collect(),
            groups: state
                .world
                .groups
                .values()
                .map(|group| GroupView {
                    jid: format!("{}@g.us", group.id),
                    subject: group.subject.clone(),
                    members: group.members.keys().cloned().collect(),
                })
                .collect(),
            connections: state.connections.len(),
            unknown: state.trace.unknown_count(),
        })
    }

    /// The latest stanzas, oldest first.
    pub fn trace(&self) -> Vec<Entry> {
        self.hub.look(|state| state.trace.entries())
    }

    /// How many stanzas no handler knew.
    pub fn unknown_stanzas(&self) -> u64 {
        self.hub.look(|state| state.trace.unknown_count())
    }

    /// The latest of them.
    pub fn unknown_list(&self) -> Vec<String> {
        self.hub.look(|state| state.trace.unknown_list())
    }

    /// The root key of the certificate chain, which a client would have to trust.
    pub fn root_public(&self) -> [u8; 32] {
        self.hub.look(|state| state.world.authority.root_public())
    }
}

fn phone_view(state: &State, account: &Account) -> PhoneView {
    let devices = account.devices.values().map(|device| DeviceView {
        device: device.id,
        platform: device.platform.clone(),
        online: state
            .online
            .contains_key(&DeviceRef::new(account.number.as_str(), device.id)),
        pre_keys: device.pre_keys.len(),
        pending: device.pending.len(),
    });
    PhoneView {
        phone: account.number.clone(),
        lid: account.lid.clone(),
        name: account.name.clone(),
        online: account.phone_online,
        linking: LinkingView {
            gate: account.linking.gate,
            passkey: account.linking.passkey.is_some(),
            hosted: account.linking.hosted,
            full: account.linking.full,
            throttled: account.linking.throttled,
        },
        devices: devices.collect(),
    }
}
