//! Bringing a stanza to a device: at once, or when it comes back.

use wacore_binary::{Node, NodeContent};

use super::State;
use super::connection::{ConnectionId, Stage};
use super::errand::Errand;
use crate::wire::node;
use crate::world::DeviceRef;
use crate::world::device::{Class, Pending};

/// Stanzas kept for a handset that is off.
const HANDSET_QUEUE_LIMIT: usize = 20_000;

/// What tells stanzas with one id apart: who speaks, and in which sense.
const TELLING: [&str; 3] = ["from", "participant", "type"];

impl State {
    /// Delivers a stanza that must not be lost: kept until the device has acknowledged it. The handset takes it as
    /// an errand, so that a client's own answer comes first.
    pub fn deliver(&mut self, to: &DeviceRef, class: Class, stanza: Node) {
        if to.device == 0 {
            self.deliver_to_handset(to, stanza);
            return;
        }
        if !self.waits(to, class, &stanza) && !self.keep(to, class, &stanza) {
            return;
        }
        if let Some(connection) = self.active_connection(to) {
            self.send(connection, stanza);
        }
    }

    /// Keeps a stanza until the device has acknowledged it; says whether there is such a device.
    fn keep(&mut self, to: &DeviceRef, class: Class, stanza: &Node) -> bool {
        let Ok(encoded) = node::encode(stanza) else {
            tracing::error!(stanza = node::display(stanza), "stanza cannot be encoded");
            return false;
        };
        let Some(device) = self.world.device_mut(to) else {
            return false;
        };
        if device.keep(Pending {
            class,
            id: node::attr(stanza, "id").unwrap_or_default().into_owned(),
            stanza: encoded.into(),
        }) {
            tracing::warn!(
                account = to.account,
                device = to.device,
                "offline queue is full; dropped the oldest stanza"
            );
        }
        true
    }

    /// Whether a twin of a stanza is kept already: one acknowledgement would have to do for both.
    fn waits(&self, at: &DeviceRef, class: Class, stanza: &Node) -> bool {
        let id = node::attr(stanza, "id").unwrap_or_default();
        let Some(device) = self.world.device(at) else {
            return false;
        };
        let namesakes = device
            .pending
            .iter()
            .filter(|kept| kept.class == class && kept.id == id);
        namesakes
            .filter_map(|kept| node::decode(&kept.stanza.0).ok())
            .any(|kept| {
                TELLING
                    .iter()
                    .all(|key| node::attr(&kept, key) == node::attr(stanza, key))
            })
    }

    /// Delivers a stanza that is worth nothing later: presence and typing.
    pub fn deliver_live(&mut self, to: &DeviceRef, stanza: Node) {
        if let Some(connection) = self.active_connection(to) {
            self.send(connection, stanza);
        }
    }

    /// Sends everything unacknowledged, marked as offline, to a device that has just become active.
    ///
    /// Returns how many stanzas went out.
    pub fn drain(&mut self, to: &DeviceRef, connection: ConnectionId) -> usize {
        let waiting: Vec<Pending> = self
            .world
            .device(to)
            .map(|device| device.pending.iter().cloned().collect())
            .unwrap_or_default();
        let mut count = 0;
        for pending in waiting {
            match node::decode(&pending.stanza.0) {
                Ok(mut stanza) => {
                    stanza.attrs.insert("offline", count.to_string());
                    self.send(connection, stanza);
                    count += 1;
                }
                Err(error) => {
                    tracing::error!(%error, id = pending.id, "kept stanza cannot be read");
                }
            }
        }
        count
    }

    /// Unacknowledged stanzas of a device by class.
    pub fn waiting(&self, of: &DeviceRef, class: Class) -> usize {
        self.world.device(of).map_or(0, |device| {
            device
                .pending
                .iter()
                .filter(|pending| pending.class == class)
                .count()
        })
    }

    /// The socket of a companion that takes live stanzas.
    pub fn active_connection(&self, device: &DeviceRef) -> Option<ConnectionId> {
        let id = *self.online.get(device)?;
        match &self.connections.get(&id)?.stage {
            Stage::LoggedIn { active: true, .. } => Some(id),
            _ => None,
        }
    }

    fn deliver_to_handset(&mut self, to: &DeviceRef, stanza: Node) {
        let Some(account) = self.world.accounts.get_mut(&to.account) else {
            return;
        };
        if account.phone_online {
            self.later(Errand::Handset {
                account: to.account.clone(),
                stanza,
            });
            return;
        }
        if let Ok(encoded) = node::encode(&stanza) {
            account.phone_queue.push_back(encoded.into());
        }
        if account.phone_queue.len() > HANDSET_QUEUE_LIMIT {
            account.phone_queue.pop_front();
        }
    }
}

/// Puts children after those that a stanza already has.
pub fn append(stanza: &mut Node, more: impl IntoIterator<Item = Node>) {
    let mut children = match stanza.content.take() {
        Some(NodeContent::Nodes(children)) => children,
        _ => Vec::new(),
    };
    children.extend(more);
    stanza.content = Some(NodeContent::Nodes(children));
}
