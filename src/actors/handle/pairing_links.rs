//! Pairing links: how people without a key get at the linking of one session, and at nothing else.
//!
//! Whoever has the token has what an [`OpenLink`] offers. What it shows comes from the session's state in memory.

use crate::actors::deps::Deps;
use crate::actors::error::SessionError;
use crate::actors::handle::Session;
use crate::actors::handle::Sessions;
use crate::domain::pairing_link::LinkToken;
use crate::domain::pairing_link::Locale;
use crate::domain::pairing_link::PairingLink;
use crate::domain::session::SessionView;
use crate::domain::time::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::sync::Arc;
use std::time::Duration;

/// A link to be made.
#[derive(Debug, Clone)]
pub struct NewLink {
    /// How long it is good.
    pub ttl: Duration,
    /// The language of its page.
    pub locale: Option<Locale>,
    /// Where its page leads when all is done.
    pub return_url: Option<String>,
}

/// All links.
#[derive(Clone)]
pub struct PairingLinks {
    sessions: Sessions,
}

/// A link that answers, and the session that it is about.
pub struct OpenLink {
    /// The link.
    pub link: PairingLink,
    session: Session,
    now: Timestamp,
    deps: Arc<Deps>,
}

impl PairingLinks {
    pub(super) fn new(sessions: Sessions) -> Self {
        Self { sessions }
    }

    fn now(&self) -> Timestamp {
        self.sessions.deps.clock.now().into()
    }

    /// Makes a link to link a phone with this session, which has none; the one before is good no more.
    pub async fn make(
        &self,
        session: &Session,
        new: NewLink,
    ) -> Result<(LinkToken, PairingLink), SessionError> {
        let record = session.view().record;
        if record.account.is_some() {
            let state = record.state;
            return Err(SessionError::NothingToScan { state });
        }
        let bits: [u8; 32] = rand::random();
        let token = LinkToken::new(&URL_SAFE_NO_PAD.encode(bits));
        let link = PairingLink {
            session_id: record.id.clone(),
            locale: new.locale,
            return_url: new.return_url,
            expires_at: self.now().plus(new.ttl),
            used_at: None,
        };
        if self.sessions.deps.store.put_link(&token, &link).await? {
            self.sessions.deps.links.notify_waiters();
            Ok((token, link))
        } else {
            Err(SessionError::NotFound(record.id))
        }
    }

    /// Ends the session's link. False when it had none that was good.
    pub async fn revoke(&self, session: &Session) -> Result<bool, SessionError> {
        let deps = &self.sessions.deps;
        let was_good = deps.store.remove_link(&session.id, self.now()).await?;
        deps.links.notify_waiters();
        Ok(was_good)
    }

    /// What a token opens; none when it never was one, has expired, was used or revoked, or its session is gone.
    pub async fn open(&self, token: &str) -> Result<Option<OpenLink>, SessionError> {
        let Some(token) = LinkToken::parse(token) else {
            return Ok(None);
        };
        let now = self.now();
        let Some(link) = self.sessions.deps.store.link(&token, now).await? else {
            return Ok(None);
        };
        match self.sessions.find(&link.session_id).await {
            Ok(session) => Ok(Some(OpenLink {
                link,
                session,
                now,
                deps: Arc::clone(&self.sessions.deps),
            })),
            Err(SessionError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl OpenLink {
    /// The session as it is now.
    pub fn view(&self) -> SessionView {
        self.session.view()
    }

    /// The session, to link a phone with it; none when that is done.
    pub fn session(&self) -> Option<&Session> {
        self.link.is_good(self.now).then_some(&self.session)
    }

    /// Waits until the session has changed in a way that matters, or some link was replaced or revoked, or this one
    /// answers no more, for `limit` at the most.
    pub async fn wait(&self, limit: Duration, matters: impl Fn(&SessionView) -> bool) {
        let left = self.link.answers_until().since(self.now);
        let mut watch = self.session.entry.status.watch();
        let woken = async {
            tokio::select! {
                _ = watch.wait_for(|view| matters(view)) => {}
                () = self.deps.links.notified() => {}
            }
        };
        // Whoever waited looks again, also when the time is over.
        drop(tokio::time::timeout(limit.min(left), woken).await);
    }
}
