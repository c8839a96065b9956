//! The world together with the connections that are open now, and the routing between them.
//!
//! One mutex guards both. Nothing awaits while it is held: handlers are plain functions, and what goes to a client
//! is put into that client's bounded queue. Follow-up work is left as an [`Errand`] and done before the lock is
//! given back, so a stanza's answer always precedes what the stanza causes.

pub mod connection;
pub mod deliver;
pub mod errand;
pub mod passage;
pub mod trace;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use self::connection::{Connection, ConnectionId};
use self::errand::Errand;
use self::trace::Trace;
use crate::fault::dice::Dice;
use crate::world::{DeviceRef, World};

/// Errands done for one stanza; more means that phones answer one another for ever.
const ERRAND_LIMIT: usize = 10_000;

/// How the server treats what an account's companions send. Forgotten at a restart.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mood {
    /// Messages are not delivered and acknowledged with this error.
    pub nack: Option<u16>,
    /// Messages are delivered and never acknowledged.
    pub silent: bool,
}

/// World and connections.
pub struct State {
    /// What a restart keeps.
    pub world: World,
    /// Open sockets whose handshake is done.
    pub connections: BTreeMap<ConnectionId, Connection>,
    /// Which socket a companion is logged in on.
    pub online: BTreeMap<DeviceRef, ConnectionId>,
    /// Who wants to know about whose presence: watched account to watching
    /// devices, and whether they asked by LID.
    pub watchers: BTreeMap<String, BTreeMap<DeviceRef, bool>>,
    /// Accounts whose handset has the app open.
    pub visible_handsets: BTreeSet<String>,
    /// The latest stanzas and the unknown ones.
    pub trace: Trace,
    /// `host:port` of this server, for media addresses.
    pub host: String,
    /// Bytes of media files by token; too big for the world's state file.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Set by the admin: Noise IK is answered by `XXfallback`.
    pub refuse_ik: bool,
    /// Set by the admin: every client is refused as outdated, linked or not.
    pub outdated: bool,
    /// Set by the admin: how long the QR references of a connection live; clients end them by themselves as well.
    pub refs_ttl: Option<Duration>,
    /// Set by the admin: how the server treats the messages of an account.
    pub moods: BTreeMap<String, Mood>,
    /// Set by the admin: what goes wrong by chance.
    pub dice: Dice,
    errands: VecDeque<Errand>,
    next_connection: u64,
}

impl State {
    /// A world without connections.
    pub fn new(world: World, host: String) -> Self {
        Self {
            world,
            connections: BTreeMap::new(),
            online: BTreeMap::new(),
            watchers: BTreeMap::new(),
            visible_handsets: BTreeSet::new(),
            trace: Trace::default(),
            host,
            files: BTreeMap::new(),
            refuse_ik: false,
            outdated: false,
            refs_ttl: None,
            moods: BTreeMap::new(),
            dice: Dice::default(),
            errands: VecDeque::new(),
            next_connection: 0,
        }
    }

    /// Leaves work to be done once the current stanza has been answered.
    pub fn later(&mut self, errand: Errand) {
        self.errands.push_back(errand);
    }

    /// Does what was left to do, and what that leaves to do.
    fn settle(&mut self) {
        for _ in 0..ERRAND_LIMIT {
            let Some(errand) = self.errands.pop_front() else {
                return;
            };
            errand.run(self);
        }
        tracing::error!(
            dropped = self.errands.len(),
            "phones keep answering one another; stopped them"
        );
        self.errands.clear();
    }

    fn next_connection(&mut self) -> ConnectionId {
        self.next_connection += 1;
        ConnectionId(self.next_connection)
    }
}

/// The shared state and the bell that rings when it has changed.
pub struct Hub {
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

impl Hub {
    /// Opens for business.
    pub fn new(state: State) -> Self {
        Self {
            state: Mutex::new(state),
            changes: watch::Sender::new(0),
        }
    }

    /// Runs `work` on the state, then every errand it left, then rings the bell.
    pub fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let outcome = work(&mut state);
        state.settle();
        drop(state);
        self.changes.send_modify(|count| *count += 1);
        outcome
    }

    /// Looks at the state without changing it.
    pub fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock())
    }

    /// A receiver that is woken after every change.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// A handler that panicked leaves plain data behind, so the others go on with it.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
