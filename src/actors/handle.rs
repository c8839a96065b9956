//! The way in for everybody who is not an actor: async façades over the mailboxes and the store.
//!
//! Commands go through the mailbox, reads go round it. Only this file builds messages and sets call timeouts.

use crate::actors::error::SessionError;
use crate::domain::chat::Phone;
use crate::domain::id::ClientId;
use crate::domain::id::SessionId;
use crate::domain::message::Message;
use crate::domain::message::OutgoingText;
use crate::domain::page::Page;
use crate::domain::page::PageRequest;
use crate::domain::session::PairingCode;
use crate::domain::session::QrCode;
use crate::domain::session::SessionState;
use crate::domain::session::SessionView;
use std::collections::BTreeMap;
use std::time::Duration;

/// A session to be made.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// The tenant.
    pub client_id: ClientId,
    /// The id that the caller chose; one is made where there is none.
    pub id: Option<SessionId>,
    /// The owner's name for it.
    pub name: Option<String>,
}

/// All sessions.
#[derive(Clone)]
pub struct Sessions {}

impl Sessions {
    /// Makes a session and starts it: it shows a code to scan soon after.
    pub async fn create(&self, new: NewSession) -> Result<SessionView, SessionError> { let _ = new; Err(SessionError::Unavailable) }
    /// The sessions, of one client or of all, oldest first.
    pub async fn list(&self, client: Option<&ClientId>, page: PageRequest) -> Result<Page<SessionView>, SessionError> { let _ = (client, page); Err(SessionError::Unavailable) }
    /// One session.
    pub async fn find(&self, id: &SessionId) -> Result<Session, SessionError> { Err(SessionError::NotFound(id.clone())) }
    /// How many sessions are in each state.
    pub async fn counts(&self) -> Result<BTreeMap<&'static str, usize>, SessionError> { Ok(SessionState::ALL.map(|s| (s.as_str(), 0)).into()) }
}

/// One session.
#[derive(Clone)]
pub struct Session {}

/// What became of a request to unlink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unlinked {
    /// Whether WhatsApp confirmed it; when not, the device may still be listed on the phone.
    pub confirmed: bool,
}

impl Session {
    /// The session as it is now.
    pub fn view(&self) -> SessionView { unreachable!() }
    /// The newest code to scan; waits for one up to `wait`, and starts a new round where the last one ran out.
    pub async fn qr(&self, wait: Duration) -> Result<QrCode, SessionError> { let _ = wait; Err(SessionError::Unavailable) }
    /// A code to type on the phone with this number.
    pub async fn pairing_code(&self, phone: Phone) -> Result<PairingCode, SessionError> { let _ = phone; Err(SessionError::Unavailable) }
    /// Starts it and keeps it running; nothing happens when it runs.
    pub async fn start(&self) -> Result<SessionView, SessionError> { Err(SessionError::Unavailable) }
    /// Stops it and keeps it down; the link to the phone stays.
    pub async fn stop(&self) -> Result<SessionView, SessionError> { Err(SessionError::Unavailable) }
    /// Stops and starts it.
    pub async fn restart(&self) -> Result<SessionView, SessionError> { Err(SessionError::Unavailable) }
    /// Unlinks it at WhatsApp; the session stays, and starting it again shows a new code.
    pub async fn log_out(&self) -> Result<(SessionView, Unlinked), SessionError> { Err(SessionError::Unavailable) }
    /// Unlinks it, stops it and forgets everything about it.
    pub async fn delete(&self) -> Result<Unlinked, SessionError> { Err(SessionError::Unavailable) }
    /// Sends a text and waits, for a bounded time, until WhatsApp's server has taken it.
    pub async fn send_text(&self, message: OutgoingText) -> Result<Message, SessionError> { let _ = message; Err(SessionError::Unavailable) }
    /// What was sent and received, newest first.
    pub async fn messages(&self, page: PageRequest) -> Result<Page<Message>, SessionError> { let _ = page; Err(SessionError::Unavailable) }
}
