//! What a session makes of what its client tells.

use crate::actors::session::CONNECT_GRACE;
use crate::actors::session::State;
use crate::actors::session::connect::Connection;
use crate::domain::message::StateReport;
use crate::domain::session::Account;
use crate::domain::session::Cause;
use crate::domain::session::CauseCode;
use crate::domain::session::QrCode;
use crate::domain::session::SessionState;
use crate::whatsapp::ClientEvent;
use ractor::ActorProcessingErr;
use std::time::Duration;

impl State {
    /// An error means that the client cannot be trusted any more: the supervisor makes a new actor.
    pub(super) async fn heard(
        &mut self,
        epoch: u64,
        event: ClientEvent,
    ) -> Result<(), ActorProcessingErr> {
        if epoch != self.epoch {
            return Ok(());
        }
        match event {
            ClientEvent::Qr { text, ttl } => self.qr(text, ttl).await,
            ClientEvent::Linked { account } => self.linked(account).await,
            ClientEvent::AccountChanged { account } => self.account_changed(account).await,
            ClientEvent::Connected => self.status.enter(SessionState::Connected, None).await,
            ClientEvent::Disconnected { cause } => self.disconnected(cause).await,
            ClientEvent::Ended { cause } => self.ended(cause).await,
            ClientEvent::Progress(report) => self.progress(report).await,
            ClientEvent::Received { .. } => self.status.touch(),
            ClientEvent::Panicked { text } => {
                return Err(format!("a task of the client panicked: {text}").into());
            }
            ClientEvent::Closed if self.status.record().account.is_none() => {
                self.round_ended().await;
            }
            ClientEvent::Closed => return Err("the client ended without a reason".into()),
        }
        Ok(())
    }

    async fn qr(&mut self, text: String, ttl: Duration) {
        let expires_at = self.status.now().plus(ttl);
        self.status.enter(SessionState::Linking, None).await;
        self.status.show_qr(Some(QrCode { text, expires_at }));
    }

    async fn linked(&mut self, account: Account) {
        // The client comes back by itself, now as a linked device.
        self.status
            .enter_and(SessionState::Starting, None, |record| {
                record.account = Some(account);
            })
            .await;
    }

    async fn account_changed(&mut self, account: Account) {
        // The library can know less than we do right after linking: a name is not forgotten for that.
        let known = self.status.record().account;
        let lid = account
            .lid
            .or_else(|| known.as_ref().and_then(|known| known.lid.clone()));
        let push_name = account
            .push_name
            .or_else(|| known.as_ref().and_then(|known| known.push_name.clone()));
        let account = Account {
            phone: account.phone,
            lid,
            push_name,
        };
        if known.as_ref() != Some(&account) {
            self.status
                .change(|record| record.account = Some(account))
                .await;
        }
    }

    async fn disconnected(&mut self, cause: Cause) {
        let linked = self.status.record().account.is_some();
        let state = if linked {
            SessionState::Reconnecting
        } else {
            SessionState::Linking
        };
        self.status.enter(state, Some(cause)).await;
    }

    async fn progress(&mut self, report: StateReport) {
        self.status.touch();
        let session = self.status.record().id;
        if let Err(error) = self.deps.store.advance(&session, &report).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a message's new state could not be written down"
            );
        }
        self.outbox.settle(&report);
    }

    /// Failed attempts to connect produce no event at all (stack facts 9.1.7), so the client is asked.
    pub(super) async fn check(&mut self) {
        let Connection::Up(live) = &self.connection else {
            return;
        };
        let record = self.status.record();
        if record.account.is_none() {
            return;
        }
        let connected = live.client().is_connected();
        let waited = self.status.now().since(record.since);
        match record.state {
            SessionState::Connected if !connected => {
                self.status
                    .enter(
                        SessionState::Reconnecting,
                        Some(Cause::new(
                            CauseCode::Network,
                            "the connection is gone; it is tried again",
                        )),
                    )
                    .await;
            }
            SessionState::Starting | SessionState::Linking
                if !connected && waited > CONNECT_GRACE =>
            {
                self.status
                    .enter(
                        SessionState::Reconnecting,
                        Some(Cause::new(
                            CauseCode::Network,
                            "WhatsApp cannot be reached; it is tried again",
                        )),
                    )
                    .await;
            }
            _ => {}
        }
    }
}
