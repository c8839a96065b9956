//! An open socket as the hub sees it: a queue towards the client and how far the client has come.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use wacore_binary::Node;

use super::State;
use super::passage::Passage;
use super::trace::Direction;
use crate::fault::dice::{Fate, Then};
use crate::phone::TypedCode;
use crate::wire::node::{self, display};
use crate::world::DeviceRef;
use crate::world::device::{PENDING_LIMIT, SignedPreKey};

/// Stanzas waiting for a slow client; a client that lets more pile up is cut off. All that waits for a device goes
/// out at once when it comes back, so this is above the limit of that.
pub const OUTGOING_LIMIT: usize = 3 * PENDING_LIMIT;

/// Numbers sockets in the order they were opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// What the hub tells a connection's writer.
#[derive(Debug)]
pub enum Outgoing {
    /// Send this, and not before a moment.
    Stanza(Node, Option<Instant>),
    /// Everything before was the last word: the client is to close the socket, or it is closed after a while.
    Close,
    /// Close the socket once everything before has gone out.
    Cut,
}

/// The keys and the name with which an unregistered client introduces itself.
#[derive(Debug, Clone)]
pub struct Registration {
    /// Static Noise key, 32 bytes.
    pub noise_static: Vec<u8>,
    /// Signal identity key, 32 bytes.
    pub identity: Vec<u8>,
    /// Signal registration id.
    pub registration_id: u32,
    /// Signed pre-key.
    pub signed_pre_key: SignedPreKey,
    /// The push name, when the client was given one.
    pub push_name: Option<String>,
    /// The name for "Linked devices".
    pub platform: String,
}

/// A pairing that waits for the companion's signature.
#[derive(Debug)]
pub struct Linking {
    /// Which device the companion becomes.
    pub device: DeviceRef,
    /// Its place in the key index list.
    pub key_index: u32,
    /// Id of the `pair-success` stanza.
    pub stanza_id: String,
    /// Who scanned waits here for the outcome.
    pub done: Option<oneshot::Sender<Result<DeviceRef, String>>>,
}

/// A pairing code in use on a connection.
#[derive(Clone)]
pub struct CodeRequest {
    /// Digits of the phone that is to type the code.
    pub number: String,
    /// Names the exchange on the wire.
    pub reference: String,
    /// The companion's ephemeral key under the code, 80 bytes.
    pub wrapped_ephemeral: Vec<u8>,
    /// The phone's half, once its user has typed the code.
    pub typed: Option<Arc<TypedCode>>,
}

impl fmt::Debug for CodeRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CodeRequest")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// What an unregistered connection has going on.
#[derive(Debug)]
pub struct Pairing {
    /// Who it says it is.
    pub registration: Registration,
    /// The references it may show as QR codes.
    pub refs: Vec<String>,
    /// A code asked for on this connection.
    pub code: Option<CodeRequest>,
    /// Who typed the code waits here until the companion has finished.
    pub code_done: Option<oneshot::Sender<Result<DeviceRef, String>>>,
    /// A passkey asked for.
    pub passage: Option<Passage>,
    /// A scan under way.
    pub linking: Option<Linking>,
}

/// How far a connection has come.
#[derive(Debug)]
pub enum Stage {
    /// Not registered: it can only be linked.
    Pairing(Box<Pairing>),
    /// Logged in.
    LoggedIn {
        /// As whom.
        device: DeviceRef,
        /// Whether it has asked for live stanzas.
        active: bool,
        /// Whether it has announced itself as available.
        available: bool,
    },
}

/// An open socket.
#[derive(Debug)]
pub struct Connection {
    /// Towards the client.
    pub outgoing: mpsc::Sender<Outgoing>,
    /// How far it has come.
    pub stage: Stage,
    /// Whether it is dead: open, but nothing is heard or said on it any more.
    pub muted: bool,
}

impl Connection {
    /// Its way through the gate, when it is on one.
    pub fn passage(&self) -> Option<&Passage> {
        match &self.stage {
            Stage::Pairing(pairing) => pairing.passage.as_ref(),
            Stage::LoggedIn { .. } => None,
        }
    }
}

impl State {
    /// Takes in a socket whose handshake is done.
    pub fn open(&mut self, outgoing: mpsc::Sender<Outgoing>, stage: Stage) -> ConnectionId {
        let id = self.next_connection();
        let connection = Connection {
            outgoing,
            stage,
            muted: false,
        };
        self.connections.insert(id, connection);
        id
    }

    /// Queues a stanza for a socket and writes it into the trace, unless chance has it otherwise.
    pub fn send(&mut self, to: ConnectionId, stanza: Node) {
        if self.is_muted(to) {
            return;
        }
        let fate = self.fate(to, &stanza, Direction::Out);
        let due = fate.held.map(|held| Instant::now() + held);
        for _ in 1..fate.times {
            self.queue(to, stanza.clone(), due);
        }
        if fate.times > 0 {
            self.queue(to, stanza, due);
        }
        match fate.then {
            Then::Stay => {}
            Then::Cut => self.cut(to),
            Then::Mute => self.mute(to),
        }
    }

    /// Queues a stanza for a socket, to go out after a while; what is queued after it waits as well.
    pub fn send_after(&mut self, to: ConnectionId, stanza: Node, pause: Duration) {
        if !self.is_muted(to) {
            self.queue(to, stanza, Some(Instant::now() + pause));
        }
    }

    /// What chance does to a stanza of a companion.
    pub fn fate(&mut self, id: ConnectionId, stanza: &Node, direction: Direction) -> Fate {
        let Some(device) = self.device_on(id) else {
            return Fate::default();
        };
        let fate = self.dice.fate(&device.account, stanza, direction);
        if fate != Fate::default() {
            let who = self.who(id);
            tracing::debug!(client = who, ?fate, stanza = node::display(stanza), "fault");
        }
        fate
    }

    fn queue(&mut self, to: ConnectionId, stanza: Node, due: Option<Instant>) {
        let Some(connection) = self.connections.get(&to) else {
            return;
        };
        let who = self.who(to);
        let line = display(&stanza);
        if connection
            .outgoing
            .try_send(Outgoing::Stanza(stanza, due))
            .is_err()
        {
            tracing::warn!(connection = to.0, "client does not read; cut off");
            self.forget(to);
            return;
        }
        self.trace.sent(&who, line);
    }

    /// Makes a socket dead without closing it.
    pub fn mute(&mut self, id: ConnectionId) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.muted = true;
        }
    }

    /// Whether a socket is open and dead.
    pub fn is_muted(&self, id: ConnectionId) -> bool {
        self.connections.get(&id).is_some_and(|found| found.muted)
    }

    /// Leaves it to the client to close its socket after what is queued for it; the hub forgets it at once.
    pub fn close(&mut self, id: ConnectionId) {
        self.end(id, Outgoing::Close);
    }

    /// Closes a socket as soon as what is queued for it has gone out; the hub forgets it at once.
    pub fn cut(&mut self, id: ConnectionId) {
        self.end(id, Outgoing::Cut);
    }

    fn end(&mut self, id: ConnectionId, how: Outgoing) {
        if let Some(connection) = self.connections.get(&id) {
            // A full queue ends the same way: its sender is dropped below, and with it the writer.
            let _full = connection.outgoing.try_send(how);
        }
        self.forget(id);
    }

    /// Removes a socket that is closed or about to be.
    pub fn forget(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.remove(&id) else {
            return;
        };
        match connection.stage {
            Stage::LoggedIn {
                device, available, ..
            } => self.left(id, &device, available),
            Stage::Pairing(pairing) => {
                let gone =
                    || Err("the client closed its connection before it was linked".to_owned());
                let waiting = pairing.linking.and_then(|linking| linking.done);
                for waiter in [waiting, pairing.code_done].into_iter().flatten() {
                    let _nobody_waits = waiter.send(gone());
                }
            }
        }
    }

    fn left(&mut self, id: ConnectionId, device: &DeviceRef, available: bool) {
        // The device may be back on another socket already.
        if self.online.get(device) == Some(&id) {
            self.online.remove(device);
            for watching in self.watchers.values_mut() {
                watching.remove(device);
            }
        }
        if available {
            crate::server::presence::went_away(self, &device.account);
        }
    }

    /// The companion that a socket is logged in as.
    pub fn device_on(&self, id: ConnectionId) -> Option<DeviceRef> {
        match &self.connections.get(&id)?.stage {
            Stage::LoggedIn { device, .. } => Some(device.clone()),
            Stage::Pairing(_) => None,
        }
    }

    /// The pairing state of a socket that is not registered.
    pub fn pairing_mut(&mut self, id: ConnectionId) -> Option<&mut Pairing> {
        match &mut self.connections.get_mut(&id)?.stage {
            Stage::Pairing(pairing) => Some(pairing),
            Stage::LoggedIn { .. } => None,
        }
    }

    /// How the trace and the log name a socket.
    pub fn who(&self, id: ConnectionId) -> String {
        self.device_on(id).map_or_else(
            || format!("#{}", id.0),
            |device| format!("{}:{}", device.account, device.device),
        )
    }
}
