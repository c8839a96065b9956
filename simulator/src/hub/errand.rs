//! Work that follows from a stanza and is done after its answer, still under the same lock.

use wacore_binary::Node;

use super::State;
use super::connection::ConnectionId;
use crate::server::{handset, login, removal};
use crate::world::DeviceRef;

/// One piece of such work.
#[derive(Debug)]
pub enum Errand {
    /// A companion asked for its stanzas.
    Drain {
        /// Where to send them.
        connection: ConnectionId,
        /// Whose they are.
        device: DeviceRef,
    },
    /// The phone hands a new companion its keys and history.
    Bootstrap(DeviceRef),
    /// A handset takes in a stanza.
    Handset {
        /// Digits of the handset's account.
        account: String,
        /// The stanza, as a companion would get it.
        stanza: Node,
    },
    /// A handset answers a text by itself.
    Reply {
        /// Digits of the handset's account.
        account: String,
        /// Digits or group jid to answer to.
        chat: String,
        /// What it says.
        text: String,
    },
    /// A companion is unlinked.
    Remove(DeviceRef),
}

impl Errand {
    /// Does the work.
    pub fn run(self, state: &mut State) {
        match self {
            Self::Drain { connection, device } => login::drain(state, connection, &device),
            Self::Bootstrap(device) => handset::bootstrap(state, &device),
            Self::Handset { account, stanza } => handset::take_in(state, &account, &stanza),
            Self::Reply {
                account,
                chat,
                text,
            } => handset::reply(state, &account, &chat, &text),
            Self::Remove(device) => removal::unlink(state, &device),
        }
    }
}
