//! The part of a session's handle that is about linking a phone: codes, passkeys, and giving it up.

use crate::actors::error::SessionError;
use crate::actors::handle::CLOSING;
use crate::actors::handle::QUICK;
use crate::actors::handle::Session;
use crate::actors::session::SessionMsg;
use crate::actors::session::linking::LinkMsg;
use crate::domain::chat::Phone;
use crate::domain::linking::Assertion;
use crate::domain::linking::Confirmation;
use crate::domain::linking::LinkStep;
use crate::domain::linking::PasskeyRequest;
use crate::domain::session::PairingCode;
use crate::domain::session::QrCode;
use crate::domain::session::SessionState;
use crate::domain::session::SessionView;
use crate::domain::time::Timestamp;
use std::time::Duration;
use tokio::time::Instant;
use tokio::time::timeout_at;

/// An answer that waits for WhatsApp to give a pairing code.
const PAIRING: Duration = Duration::from_secs(30);
/// How long the first code of a session may take, for callers who do not say how long they want to wait.
const FIRST_QR: Duration = Duration::from_secs(5);

impl Session {
    /// The newest code to scan; waits for one up to `wait` (zero: a few seconds, while one is on its way), and starts
    /// a new round where the last one ran out.
    pub async fn qr(&self, wait: Duration) -> Result<QrCode, SessionError> {
        let now = &self.entry.status;
        let mut watch = now.watch();
        let wait = if wait.is_zero() { FIRST_QR } else { wait };
        let until = Instant::now() + wait;
        // Where a session that starts will wait for somebody to ask for a round, as after a restart of the daemon, is
        // known once it has started.
        let starts =
            |view: &SessionView| qr_may_come(view) && view.record.state == SessionState::Starting;
        drop(timeout_at(until, watch.wait_for(|view| !starts(view))).await);
        let view = self.view();
        if showing(&view, now.now()).is_none() && view.record.state == SessionState::Linking {
            self.ask(QUICK, |reply| SessionMsg::Link(LinkMsg::Relink { reply }))
                .await?;
        }
        let ready = watch.wait_for(|view| showing(view, now.now()).is_some() || !qr_may_come(view));
        // Out of time: answer with what is there.
        drop(timeout_at(until, ready).await);
        let view = self.view();
        showing(&view, now.now()).ok_or(SessionError::NothingToScan {
            state: view.record.state,
        })
    }

    /// A code to type on the phone with this number.
    pub async fn pairing_code(&self, phone: Phone) -> Result<PairingCode, SessionError> {
        let view = self.view();
        let another = view.linking.map(|linking| linking.step) == Some(LinkStep::Code);
        // The round of codes to scan gives the connection that the other kind needs as well.
        if view.record.account.is_none() && !another {
            self.qr(Duration::ZERO).await?;
        }
        self.ask(PAIRING, |reply| {
            SessionMsg::Link(LinkMsg::PairingCode { phone, reply })
        })
        .await
    }

    /// What WhatsApp wants a passkey to sign.
    pub async fn passkey(&self) -> Result<PasskeyRequest, SessionError> {
        self.ask(QUICK, |reply| SessionMsg::Link(LinkMsg::Passkey { reply }))
            .await
    }

    /// Gives WhatsApp what a passkey has signed. What comes of it shows as the step of linking.
    pub async fn give_passkey(&self, assertion: Assertion) -> Result<SessionView, SessionError> {
        self.ask(QUICK, |reply| {
            SessionMsg::Link(LinkMsg::GivePasskey { assertion, reply })
        })
        .await
    }

    /// Begins a new round of codes where none is under way, also of a session that is down.
    pub async fn begin_linking(&self) -> Result<SessionView, SessionError> {
        let view = self.view();
        let state = view.record.state;
        match state {
            _ if view.record.account.is_some() => Err(SessionError::NothingToScan { state }),
            SessionState::Stopped | SessionState::LoggedOut | SessionState::Failed => {
                self.start().await
            }
            SessionState::Linking => {
                self.ask(QUICK, |reply| SessionMsg::Link(LinkMsg::Relink { reply }))
                    .await?;
                Ok(self.view())
            }
            _ => Ok(view),
        }
    }

    /// The code that the phone shows as well.
    pub async fn confirmation(&self) -> Result<Confirmation, SessionError> {
        self.ask(QUICK, |reply| {
            SessionMsg::Link(LinkMsg::Confirmation { reply })
        })
        .await
    }

    /// Says whether the codes are the same; if not, nothing is linked.
    pub async fn compared(&self, same: bool) -> Result<SessionView, SessionError> {
        self.ask(QUICK, |reply| {
            SessionMsg::Link(LinkMsg::Compared { same, reply })
        })
        .await
    }

    /// Gives up to link a phone, at whatever step. The next request for a code begins anew.
    pub async fn cancel_linking(&self) -> Result<SessionView, SessionError> {
        let limit = self.sessions.deps.settings.unlink_timeout * 2 + CLOSING;
        self.ask(limit, |reply| SessionMsg::Link(LinkMsg::Cancel { reply }))
            .await
    }
}

/// The code that is on show and still good.
fn showing(view: &SessionView, now: Timestamp) -> Option<QrCode> {
    view.qr.clone().filter(|qr| qr.expires_at > now)
}

/// Whether a session is on its way to a code.
fn qr_may_come(view: &SessionView) -> bool {
    let step = view.linking.map(|linking| linking.step);
    view.record.account.is_none()
        && matches!(step, None | Some(LinkStep::Qr | LinkStep::Code))
        && matches!(
            view.record.state,
            SessionState::Starting | SessionState::Linking
        )
}
