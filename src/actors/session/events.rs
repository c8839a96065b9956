//! What a session makes of what its client tells.

use crate::actors::session::SessionMsg;
use crate::actors::session::State;
use crate::actors::session::connect::Connection;
use crate::domain::event::EventData;
use crate::domain::linking::LinkFact;
use crate::domain::message::MessageState;
use crate::domain::message::StateReport;
use crate::domain::session::Account;
use crate::domain::session::Cause;
use crate::domain::session::CauseCode;
use crate::domain::session::QrCode;
use crate::domain::session::SessionState;
use crate::whatsapp::ClientEvent;
use ractor::ActorProcessingErr;
use ractor::ActorRef;
use std::time::Duration;

/// The code of a message that WhatsApp refuses because the number may not write to strangers (`whatsapp::incoming`).
const REACHOUT_LIMITED: &str = "reachout_limited";

impl State {
    /// An error means that the client cannot be trusted any more: the supervisor makes a new actor.
    pub(super) async fn heard(
        &mut self,
        me: &ActorRef<SessionMsg>,
        epoch: u64,
        event: ClientEvent,
    ) -> Result<(), ActorProcessingErr> {
        if epoch != self.epoch {
            return Ok(());
        }
        match event {
            ClientEvent::Qr { text, ttl } => self.qr(text, ttl).await,
            ClientEvent::CodeDead { failure, said } => self.code_dead(failure, &said).await,
            ClientEvent::PasskeyAsked { options, patience } => {
                self.passkey_asked(options, patience).await;
            }
            ClientEvent::PasskeyTaken { code, needs_code } => {
                self.passkey_taken(me, code, needs_code).await;
            }
            ClientEvent::LinkFailed { failure, said } => self.link_broken(failure, &said).await,
            ClientEvent::Linked { account } => self.linked(account).await,
            ClientEvent::AccountChanged { account } => self.account_changed(account).await,
            ClientEvent::Connected => self.connected().await,
            ClientEvent::Synced => self.advance(LinkFact::Synced).await,
            ClientEvent::Disconnected { cause } => self.disconnected(cause).await,
            ClientEvent::Ended { cause } => self.ended(cause).await,
            ClientEvent::Progress(report) => self.progress(report).await,
            ClientEvent::Received { .. } => self.status.touch(),
            ClientEvent::Fact(fact) => self.status.tell(fact.kind(), EventData::Fact(fact)).await,
            ClientEvent::Panicked { text } => {
                return Err(format!("a task of the client panicked: {text}").into());
            }
            ClientEvent::Closed if self.status.record().account.is_none() => {
                self.advance(LinkFact::RoundOver).await;
            }
            ClientEvent::Closed => return Err("the client ended without a reason".into()),
        }
        Ok(())
    }

    async fn qr(&mut self, text: String, ttl: Duration) {
        let expires_at = self.status.now().plus(ttl);
        // The library goes on to show codes while a passkey is asked for.
        if !self.awaits_phone() {
            return;
        }
        self.advance(LinkFact::QrShown { until: expires_at }).await;
        // It was the one code too many of its round.
        if !self.awaits_phone() {
            return;
        }
        self.status.enter(SessionState::Linking, None).await;
        self.status.show_qr(Some(QrCode { text, expires_at })).await;
    }

    async fn linked(&mut self, account: Account) {
        // The client comes back by itself, now as a linked device.
        self.advance(LinkFact::AccountKnown).await;
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

    async fn connected(&mut self) {
        self.advance(LinkFact::Connected).await;
        self.status.enter(SessionState::Connected, None).await;
        self.let_messages_go();
    }

    /// Opens the outbox if the session is connected and its client known, in whichever order they came.
    pub(super) fn let_messages_go(&self) {
        if let Connection::Up(live) = &self.connection
            && self.status.state() == SessionState::Connected
        {
            self.outbox.up(live.client());
        }
    }

    async fn disconnected(&mut self, cause: Cause) {
        self.outbox.down();
        let epoch = self.epoch;
        self.advance(LinkFact::Lost).await;
        if epoch != self.epoch {
            // That was the end of the attempt to link a phone.
            return;
        }
        let linked = self.status.record().account.is_some();
        let state = if linked {
            SessionState::Reconnecting
        } else {
            self.status.show_qr(None).await;
            SessionState::Linking
        };
        self.status.enter(state, Some(cause)).await;
    }

    /// What is not on disk has not been answered: the message is handed over again then, and answered again.
    async fn progress(&mut self, report: StateReport) {
        self.status.touch();
        let (session, now) = (self.status.record().id, self.status.now());
        let written = self.deps.store.advance(&session, report.clone(), now).await;
        self.status
            .written(&written, "a message's new state could not be written down");
        if written.is_ok() {
            self.restriction(&report).await;
            self.outbox.settle(report);
        }
    }

    /// WhatsApp tells by its answer to a message that the number may not write to strangers. It shows as the cause of
    /// a session that is connected, until a message is taken again.
    async fn restriction(&mut self, report: &StateReport) {
        let record = self.status.record();
        if record.state != SessionState::Connected {
            return;
        }
        let shown = record.cause.as_ref().map(|cause| cause.code) == Some(CauseCode::Restricted);
        let limited = report
            .failure
            .as_ref()
            .is_some_and(|failure| failure.code == REACHOUT_LIMITED);
        if limited && !shown {
            let detail = "WhatsApp does not let this number write to people who have not written to it (reachout); answers still go out";
            let cause = Cause::new(CauseCode::Restricted, detail);
            self.status.restrict(Some(cause)).await;
        } else if shown && report.state == MessageState::Sent {
            self.status.restrict(None).await;
        }
    }
}
