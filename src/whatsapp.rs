//! The way to WhatsApp: a trait that actors use, and the adapter behind it. The only place that names the library.
//!
//! A [`Client`] is one linked device, or one that waits to be linked. It is opened by a [`Connector`], tells what
//! happens through an [`EventSink`], and cannot be used again once it has ended: a new one is opened instead.

pub mod error;
#[cfg(test)]
pub(crate) mod fake;
mod incoming;
pub mod live;
mod outgoing;
mod refusal;
mod runtime;
pub mod selfcheck;
pub mod version;

use crate::domain::chat::ChatId;
use crate::domain::chat::Lid;
use crate::domain::chat::Party;
use crate::domain::chat::Phone;
use crate::domain::fact::Fact;
use crate::domain::id::WaId;
use crate::domain::linking::Assertion;
use crate::domain::linking::Hidden;
use crate::domain::linking::LinkFailureCode;
use crate::domain::message::Incoming;
use crate::domain::message::StateReport;
use crate::domain::session::Account;
use crate::domain::session::Cause;
use crate::domain::time::Timestamp;
use crate::whatsapp::error::WhatsAppError;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What a client needs to know to be opened.
#[derive(Debug, Clone)]
pub struct ClientSpec {
    /// The file that holds its keys; made when it does not exist.
    pub file: PathBuf,
    /// The owner's name for the session; a sandbox build hands it to the simulator as push name.
    pub name: Option<String>,
}

/// What happens at a client, in the order in which the client learns of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientEvent {
    /// A code to scan, and for how long it is good. Sent while no phone is linked; each replaces the one before.
    Qr {
        /// The text behind the picture.
        text: String,
        /// How long it is good.
        ttl: Duration,
    },
    /// The code to type was refused, or is good no more.
    CodeDead {
        /// How that is named.
        failure: LinkFailureCode,
        /// What WhatsApp or the library said.
        said: String,
    },
    /// WhatsApp wants a passkey of the account before it links this device.
    PasskeyAsked {
        /// The `PublicKeyCredentialRequestOptions` as JSON.
        options: Hidden,
        /// How long that may take, where WhatsApp said so.
        patience: Option<Duration>,
    },
    /// WhatsApp has taken the passkey.
    PasskeyTaken {
        /// What the phone shows as well: `XXXX-XXXX`.
        code: Hidden,
        /// Whether a person has to compare it; the client waits for [`Client::confirm_passkey`] either way.
        needs_code: bool,
    },
    /// Linking has failed; the client is of no use any more.
    LinkFailed {
        /// How that is named.
        failure: LinkFailureCode,
        /// What WhatsApp or the library said.
        said: String,
    },
    /// A phone has linked this device. The client reconnects by itself; `Connected` follows.
    Linked {
        /// The account.
        account: Account,
    },
    /// The account's name or LID became known or changed.
    AccountChanged {
        /// The account as it is now.
        account: Account,
    },
    /// WhatsApp has let it in.
    Connected,
    /// What waited for it at WhatsApp has come in.
    Synced,
    /// The connection is gone; the client tries again by itself.
    Disconnected {
        /// Why.
        cause: Cause,
    },
    /// WhatsApp ended it; the client does not try again. `Closed` follows.
    Ended {
        /// Why.
        cause: Cause,
    },
    /// The server has answered, or a recipient's device has told, how far messages are.
    Progress(StateReport),
    /// Messages, or what people did to them, were written down by the inbox.
    Received {
        /// How many.
        count: usize,
    },
    /// WhatsApp told something beside messages.
    Fact(Box<Fact>),
    /// A task of the client panicked: it may be half alive and has to be replaced.
    Panicked {
        /// What it said.
        text: String,
    },
    /// The client's main loop has ended, for whatever reason. Nothing follows.
    Closed,
}

/// Takes the events of one client. Called on the client's own tasks: it must be quick and must not block.
pub type EventSink = Arc<dyn Fn(ClientEvent) + Send + Sync>;

/// Writes incoming messages, and what people did to them, down before WhatsApp is told that they arrived.
///
/// The same can come twice, after a crash; the inbox drops the twin by (chat, sender, WhatsApp's id).
#[async_trait::async_trait]
pub trait Inbox: Send + Sync {
    /// Returns once all of them are on disk. An error makes WhatsApp deliver them again.
    async fn keep(
        &self,
        incoming: Vec<Incoming>,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>>;
}

/// Opens clients.
#[async_trait::async_trait]
pub trait Connector: Send + Sync {
    /// Opens the file and starts to connect; returns before the connection stands. Everything that the client logs
    /// carries the span that is current here.
    async fn open(
        &self,
        spec: ClientSpec,
        inbox: Arc<dyn Inbox>,
        sink: EventSink,
    ) -> Result<Arc<dyn Client>, WhatsAppError>;
}

/// What a client knows of its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Vitals {
    /// When the last frame came in.
    pub last_frame_at: Option<Timestamp>,
    /// How often it has tried to connect again, in its life.
    pub reconnects: u64,
    /// How many of these tries in a row have failed; zero while it is connected.
    pub failures: u32,
    /// Whether it has given up writing its file: what it learns from then on is gone with it.
    pub file_failed: bool,
}

impl Vitals {
    /// About how long the library waits before the next try: Fibonacci's numbers in seconds, at most 900
    /// (whatsapp-rust 0.7.0, `client/lifecycle.rs`).
    pub fn retry_pause(&self) -> Duration {
        const LONGEST: u64 = 900;
        let (mut pause, mut next) = (1_u64, 1_u64);
        for _ in 1..self.failures.min(20) {
            (pause, next) = (next, pause + next);
        }
        Duration::from_secs(pause.min(LONGEST))
    }
}

/// One device, linked or waiting to be.
#[async_trait::async_trait]
pub trait Client: Send + Sync {
    /// Whether WhatsApp has let it in and the connection stands.
    fn is_connected(&self) -> bool;

    /// Whether a phone has linked it.
    fn is_linked(&self) -> bool;

    /// What can be said of its connection without asking anybody.
    fn vitals(&self) -> Vitals;

    /// Asks WhatsApp's server for a sign of life. An error: none came within `limit`.
    async fn probe(&self, limit: Duration) -> Result<(), WhatsAppError>;

    /// Who a chat id is, by both names where WhatsApp tells; none when WhatsApp does not know the number.
    async fn look_up(&self, chat: &ChatId) -> Result<Option<Party>, WhatsAppError>;

    /// Hands a text to the connection. The server's verdict follows as [`ClientEvent::Progress`].
    async fn send_text(&self, to: &ChatId, text: &str, id: &WaId) -> Result<(), WhatsAppError>;

    /// Asks for a code to type on the phone with this number, and for how long it is good.
    async fn pairing_code(&self, phone: &Phone) -> Result<(String, Duration), WhatsAppError>;

    /// Gives WhatsApp a passkey's answer. [`ClientEvent::PasskeyTaken`] follows when it is good.
    async fn give_passkey(&self, assertion: Assertion) -> Result<(), WhatsAppError>;

    /// Says that the codes are the same. [`ClientEvent::Linked`] follows.
    async fn confirm_passkey(&self) -> Result<(), WhatsAppError>;

    /// Asks WhatsApp to forget this device. `Ok` once WhatsApp has confirmed it.
    async fn log_out(&self) -> Result<(), WhatsAppError>;

    /// Ends the client at once and lets it write nothing more: what it has taken in and not written down is as if it
    /// had never come, and WhatsApp delivers it again.
    async fn abandon(&self);

    /// Ends the client and waits until nothing of it runs any more. May be called again.
    async fn close(&self);

    /// Lets a task inside the client panic, to prove that only this session notices.
    #[cfg(feature = "sandbox")]
    fn crash(&self);
}

/// A LID and a phone number of one person, in the library's terms or ours.
pub(crate) fn party(phone: Option<Phone>, lid: Option<Lid>) -> Option<Party> {
    match (phone, lid) {
        (Some(phone), lid) => Some(Party::person(phone, lid)),
        (None, Some(lid)) => Some(Party::from_id(ChatId::Lid(lid))),
        (None, None) => None,
    }
}
