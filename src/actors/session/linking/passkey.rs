//! The passkey's part of linking: what is to be signed, what was signed, and the code to compare.

use crate::actors::error::SessionError;
use crate::actors::reply::Reply;
use crate::actors::reply::answer;
use crate::actors::session::SessionMsg;
use crate::actors::session::State;
use crate::actors::session::connect::Connection;
use crate::actors::session::linking::LinkMsg;
use crate::domain::linking::Assertion;
use crate::domain::linking::Confirmation;
use crate::domain::linking::Hidden;
use crate::domain::linking::LinkFact;
use crate::domain::linking::LinkFailureCode;
use crate::domain::linking::LinkStep;
use crate::domain::linking::PasskeyRequest;
use crate::domain::session::SessionView;
use crate::domain::time::Timestamp;
use crate::whatsapp::Client;
use crate::whatsapp::error::WhatsAppError;
use ractor::ActorRef;
use std::sync::Arc;
use std::time::Duration;

impl State {
    pub(in crate::actors::session) async fn passkey_asked(
        &mut self,
        options: Hidden,
        patience: Option<Duration>,
    ) {
        self.advance(LinkFact::PasskeyAsked { patience }).await;
        self.status.show_qr(None).await;
        if self.step() == Some(LinkStep::PasskeyRequired) {
            self.link.hidden = Some(options);
        }
    }

    pub(in crate::actors::session) async fn passkey_taken(
        &mut self,
        me: &ActorRef<SessionMsg>,
        code: Hidden,
        needs_code: bool,
    ) {
        self.advance(LinkFact::PasskeyTaken { needs_code }).await;
        match self.step() {
            Some(LinkStep::PasskeyConfirmation { needs_code: true }) => {
                self.link.hidden = Some(code);
            }
            // WhatsApp knows this device: nobody has to compare anything.
            Some(LinkStep::Scanned) if !needs_code => self.confirm(me),
            _ => {}
        }
    }

    fn step(&self) -> Option<LinkStep> {
        let shown = self.link.attempt.and_then(|attempt| attempt.shown());
        shown.map(|shown| shown.step)
    }

    /// What the step has to hide, and until when it lasts.
    fn hidden(&self, step: LinkStep) -> Option<(Hidden, Option<Timestamp>)> {
        let shown = self.link.attempt.and_then(|attempt| attempt.shown());
        let until = shown.filter(|shown| shown.step == step)?.until;
        Some((self.link.hidden.clone()?, until))
    }

    pub(super) fn passkey(&self) -> Result<PasskeyRequest, SessionError> {
        let found = self.hidden(LinkStep::PasskeyRequired);
        let (options, until) = found.ok_or(SessionError::NoPasskeyPending)?;
        Ok(PasskeyRequest { options, until })
    }

    pub(super) fn confirmation(&self) -> Result<Confirmation, SessionError> {
        let found = self.hidden(LinkStep::PasskeyConfirmation { needs_code: true });
        let (code, until) = found.ok_or(SessionError::NoConfirmationPending)?;
        Ok(Confirmation { code, until })
    }

    pub(super) async fn give_passkey(
        &mut self,
        me: &ActorRef<SessionMsg>,
        assertion: Assertion,
        reply: Reply<SessionView>,
    ) {
        if let Err(error) = self.passkey() {
            return answer(reply, Err(error));
        }
        self.advance(LinkFact::PasskeyGiven).await;
        self.tell_whatsapp(me, LinkFailureCode::PasskeyRejected, |client| async move {
            client.give_passkey(assertion).await
        });
        self.status.show_link();
        answer(reply, Ok(self.status.view()));
    }

    pub(super) async fn compared(
        &mut self,
        me: &ActorRef<SessionMsg>,
        same: bool,
        reply: Reply<SessionView>,
    ) {
        if let Err(error) = self.confirmation() {
            return answer(reply, Err(error));
        }
        self.advance(LinkFact::Compared { same }).await;
        if same {
            self.confirm(me);
        }
        self.status.show_link();
        answer(reply, Ok(self.status.view()));
    }

    fn confirm(&self, me: &ActorRef<SessionMsg>) {
        self.tell_whatsapp(me, LinkFailureCode::CodeMismatch, |client| async move {
            client.confirm_passkey().await
        });
    }

    /// Tells WhatsApp something on a task. Only a refusal comes back, by the name of `code`, because good news is an
    /// event.
    fn tell_whatsapp<T>(
        &self,
        me: &ActorRef<SessionMsg>,
        code: LinkFailureCode,
        tell: impl FnOnce(Arc<dyn Client>) -> T + Send + 'static,
    ) where
        T: Future<Output = Result<(), WhatsAppError>> + Send,
    {
        let Connection::Up(live) = &self.connection else {
            return;
        };
        let (client, me, epoch) = (live.client(), me.clone(), self.epoch);
        self.on_task(async move {
            if let Err(error) = tell(client).await {
                // An actor that is gone needs no answer.
                drop(me.cast(SessionMsg::Link(LinkMsg::Refused { epoch, code, error })));
            }
        });
    }

    pub(super) async fn passkey_refused(
        &mut self,
        epoch: u64,
        code: LinkFailureCode,
        error: &WhatsAppError,
    ) {
        if epoch != self.epoch {
            return;
        }
        let code = match error {
            WhatsAppError::NotConnected => LinkFailureCode::Network,
            _ => code,
        };
        self.link_failed(code, Some(&error.to_string())).await;
    }
}
