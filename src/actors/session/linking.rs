//! Linking a phone: what the session makes of the steps, and how an attempt ends without leaving anything behind.
//!
//! The passkey's request and the code to compare live here and nowhere else, for as long as their step lasts.

mod passkey;

use crate::actors::error::SessionError;
use crate::actors::reply::Reply;
use crate::actors::reply::answer;
use crate::actors::session::Lease;
use crate::actors::session::SessionMsg;
use crate::actors::session::State;
use crate::actors::session::connect::Connection;
use crate::actors::session::connect::Live;
use crate::actors::session::connect::confirmed;
use crate::actors::session::stopped;
use crate::domain::chat::Phone;
use crate::domain::linking::Assertion;
use crate::domain::linking::Attempt;
use crate::domain::linking::Confirmation;
use crate::domain::linking::Hidden;
use crate::domain::linking::LinkFact;
use crate::domain::linking::LinkFailure;
use crate::domain::linking::LinkFailureCode;
use crate::domain::linking::LinkStep;
use crate::domain::linking::PasskeyRequest;
use crate::domain::linking::Verdict;
use crate::domain::session::Cause;
use crate::domain::session::CauseCode;
use crate::domain::session::Desired;
use crate::domain::session::PairingCode;
use crate::domain::session::SessionState;
use crate::domain::session::SessionView;
use crate::domain::time::Timestamp;
use crate::whatsapp::error::WhatsAppError;
use ractor::ActorRef;
use std::sync::Arc;
use std::time::Duration;

/// How often a phone that was linked a moment ago is looked at, until it is connected and can be unlinked.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long a pairing link is good at least, once a phone has come.
const LINK_GRACE: Duration = Duration::from_mins(10);

/// What can be asked and told of linking.
pub(in crate::actors) enum LinkMsg {
    /// A caller who wants a code to scan: begin a new round if none is under way.
    Relink { reply: Reply<()> },
    /// A caller: a code to type on the phone.
    PairingCode {
        phone: Phone,
        reply: Reply<PairingCode>,
    },
    /// A caller: what a passkey has to sign.
    Passkey { reply: Reply<PasskeyRequest> },
    /// A caller: what it has signed.
    GivePasskey {
        assertion: Assertion,
        reply: Reply<SessionView>,
    },
    /// A caller: the code to compare.
    Confirmation { reply: Reply<Confirmation> },
    /// A caller: whether the codes are the same.
    Compared {
        same: bool,
        reply: Reply<SessionView>,
    },
    /// A caller: give it up.
    Cancel { reply: Reply<SessionView> },
    /// A task: WhatsApp has given a code to type, or has not.
    CodeGiven {
        epoch: u64,
        outcome: Result<PairingCode, WhatsAppError>,
        reply: Reply<PairingCode>,
    },
    /// A task: WhatsApp does not take what a passkey has signed, or the confirmation.
    Refused {
        epoch: u64,
        code: LinkFailureCode,
        error: WhatsAppError,
    },
    /// A task: a phone that was linked already is unlinked again, and whether WhatsApp confirmed it.
    Unlinked {
        confirmed: bool,
        reply: Reply<SessionView>,
    },
}

/// What an actor knows of linking.
#[derive(Default)]
pub(super) struct Link {
    attempt: Option<Attempt>,
    /// Of the step that needs it: what a passkey has to sign, or the code to compare.
    hidden: Option<Hidden>,
    /// When the timer for the attempt's deadline goes off.
    alarm: Option<Timestamp>,
}

impl State {
    pub(super) async fn link(&mut self, me: &ActorRef<SessionMsg>, message: LinkMsg) {
        match message {
            LinkMsg::Relink { reply } => self.relink(me, reply).await,
            LinkMsg::PairingCode { phone, reply } => self.pairing_code(me, phone, reply),
            LinkMsg::Passkey { reply } => answer(reply, self.passkey()),
            LinkMsg::GivePasskey { assertion, reply } => {
                self.give_passkey(me, assertion, reply).await;
            }
            LinkMsg::Confirmation { reply } => answer(reply, self.confirmation()),
            LinkMsg::Compared { same, reply } => self.compared(me, same, reply).await,
            LinkMsg::Cancel { reply } => self.cancel(me, reply).await,
            LinkMsg::CodeGiven {
                epoch,
                outcome,
                reply,
            } => self.code_given(epoch, outcome, reply).await,
            LinkMsg::Refused { epoch, code, error } => {
                self.passkey_refused(epoch, code, &error).await;
            }
            LinkMsg::Unlinked { confirmed, reply } => self.cancelled(confirmed, reply).await,
        }
    }

    /// A client without a phone is about to be opened. What the last one left is worthless.
    pub(super) async fn begin_link(&mut self) {
        self.link = Link {
            attempt: Some(Attempt::begin()),
            ..Link::default()
        };
        self.status.note_link(None, None);
        let file = self.deps.key_file(&self.status.record().store_key);
        // What cannot be looked at cannot be opened either, which names the fault.
        if matches!(tokio::fs::try_exists(file).await, Ok(true)) {
            let old = self.new_keys().await;
            self.worthless.add(old);
        }
    }

    /// Nothing is being linked any more.
    pub(super) fn end_link(&mut self) {
        self.link = Link::default();
        let (_, failure) = self.status.link();
        self.status.note_link(None, failure);
    }

    /// Moves the attempt on.
    pub(super) async fn advance(&mut self, fact: LinkFact) {
        let Some(attempt) = self.link.attempt else {
            return;
        };
        if matches!(fact, LinkFact::Connected) {
            self.status.linking_connected();
        }
        match attempt.after(fact, self.status.now()) {
            Verdict::Same => {}
            Verdict::Goes(next) => {
                if next.shown().map(|shown| shown.step) != attempt.shown().map(|shown| shown.step) {
                    self.link.hidden = None;
                }
                if attempt.awaits_phone() && !next.awaits_phone() {
                    self.phone_has_come().await;
                }
                self.link.attempt = Some(next);
                let (_, failure) = self.status.link();
                // What went wrong with one code does not matter once a phone has taken another.
                let failure = failure.filter(|_| next.awaits_phone());
                self.status.note_link(next.shown(), failure);
            }
            Verdict::Done => {
                self.end_link();
                if attempt.shown().map(|shown| shown.step) == Some(LinkStep::Syncing) {
                    self.status.link_is_news();
                }
            }
            Verdict::Failed(code) => self.link_failed(code, None).await,
        }
    }

    /// Whoever has a pairing link gets the time to end what they have begun.
    async fn phone_has_come(&self) {
        let (id, now) = (self.status.record().id, self.status.now());
        let store = &self.deps.store;
        if let Err(error) = store.extend_link(&id, now, now.plus(LINK_GRACE)).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a pairing link could not be given more time"
            );
        }
    }

    /// Looks whether a step took too long.
    pub(super) async fn link_check(&mut self) {
        let now = self.status.now();
        self.link.alarm = self.link.alarm.filter(|alarm| *alarm > now);
        self.advance(LinkFact::Tick).await;
    }

    /// Sees to it that [`State::link_check`] comes when the attempt needs it.
    pub(super) fn set_alarm(&mut self, me: &ActorRef<SessionMsg>) {
        let deadline = self.link.attempt.and_then(|attempt| attempt.deadline());
        if deadline == self.link.alarm {
            return;
        }
        self.link.alarm = deadline;
        if let Some(deadline) = deadline {
            let wait = deadline.since(self.status.now());
            // Its handle is not needed: an alarm that goes off for nothing does nothing.
            drop(me.send_after(wait.max(Duration::from_millis(1)), || SessionMsg::Check));
        }
    }

    /// The client is given up, its keys are removed, and the next request for a code begins anew.
    pub(super) async fn link_failed(&mut self, code: LinkFailureCode, said: Option<&str>) {
        let live = self.give_up();
        self.status.show_qr(None).await;
        let old = self.new_keys().await;
        self.worthless.add(old);
        let (deps, lease) = (Arc::clone(&self.deps), Lease::clone(&self.lease));
        let worthless = self.worthless.clone();
        let limit = self.deps.settings.unlink_timeout;
        self.on_task(async move {
            match live {
                // The phone has linked this device a moment ago, and nobody has heard of it yet.
                Some(live) if live.client().is_linked() => {
                    unlink_soon(limit, live).await;
                }
                Some(live) => live.close().await,
                None => {}
            }
            // One that is being opened has the lease while it makes its file.
            let lease = lease.lock_owned().await;
            worthless.remove(&deps).await;
            drop(lease);
        });
        self.link_ended(code, said).await;
    }

    async fn link_ended(&mut self, code: LinkFailureCode, said: Option<&str>) {
        let failure = LinkFailure::new(code, said, self.status.now());
        tracing::info!(code = code.as_str(), "linking a phone has failed");
        let cause = match code {
            LinkFailureCode::QrExpired => CauseCode::QrExpired,
            LinkFailureCode::Network => CauseCode::Network,
            _ => CauseCode::LinkFailed,
        };
        let cause = Cause::new(cause, failure.detail.clone());
        self.status.note_link(None, Some(failure));
        self.status.enter(SessionState::Linking, Some(cause)).await;
    }

    async fn relink(&mut self, me: &ActorRef<SessionMsg>, reply: Reply<()>) {
        let record = self.status.record();
        let can_link = record.account.is_none()
            && record.desired == Desired::Running
            && record.state == SessionState::Linking;
        if can_link && matches!(self.connection, Connection::Down) {
            self.open(me, None).await;
        }
        answer(reply, Ok(()));
    }

    fn pairing_code(&self, me: &ActorRef<SessionMsg>, phone: Phone, reply: Reply<PairingCode>) {
        let (Connection::Up(live), true) = (&self.connection, self.awaits_phone()) else {
            let state = self.status.state();
            return answer(reply, Err(SessionError::NothingToScan { state }));
        };
        let (client, status) = (live.client(), self.status.clone());
        let (me, epoch) = (me.clone(), self.epoch);
        self.on_task(async move {
            let code = client.pairing_code(&phone).await;
            let outcome = code.map(|(code, ttl)| PairingCode {
                code,
                expires_at: status.now().plus(ttl),
            });
            let given = LinkMsg::CodeGiven {
                epoch,
                outcome,
                reply,
            };
            // When the actor is gone the caller learns of it, because its port goes with the message.
            drop(me.cast(SessionMsg::Link(given)));
        });
    }

    async fn code_given(
        &mut self,
        epoch: u64,
        outcome: Result<PairingCode, WhatsAppError>,
        reply: Reply<PairingCode>,
    ) {
        if epoch != self.epoch {
            let state = self.status.state();
            return answer(reply, Err(SessionError::NothingToScan { state }));
        }
        match &outcome {
            Ok(code) => {
                let until = code.expires_at;
                self.status.note_link(self.status.link().0, None);
                self.advance(LinkFact::CodeGiven { until }).await;
            }
            Err(WhatsAppError::Throttled { detail, .. }) => {
                self.code_failed(LinkFailureCode::RateLimited, detail);
            }
            Err(_) => {}
        }
        self.status.show_link();
        let view = self.status.view();
        answer(
            reply,
            outcome.map_err(|error| SessionError::from_whatsapp(error, &view)),
        );
    }

    /// There is no code to type; the one to scan is as good as before.
    fn code_failed(&self, code: LinkFailureCode, said: &str) {
        let failure = LinkFailure::new(code, Some(said), self.status.now());
        self.status.note_link(self.status.link().0, Some(failure));
    }

    /// The code to type is good no more. While none is on show, whoever asked for it has the answer.
    pub(super) async fn code_dead(&mut self, code: LinkFailureCode, said: &str) {
        if self
            .link
            .attempt
            .is_some_and(|attempt| attempt.awaits_typing())
        {
            self.link_failed(code, Some(said)).await;
        }
    }

    /// WhatsApp or the library has given up. What comes after the phone has linked is no matter of linking.
    pub(super) async fn link_broken(&mut self, code: LinkFailureCode, said: &str) {
        if self.status.record().account.is_none() {
            self.link_failed(code, Some(said)).await;
        }
    }

    /// Whether no phone has taken a code yet.
    pub(super) fn awaits_phone(&self) -> bool {
        self.link
            .attempt
            .is_some_and(|attempt| attempt.awaits_phone())
    }

    /// What was linked a moment ago is unlinked again, so that no device stays behind on the phone.
    async fn cancel(&mut self, me: &ActorRef<SessionMsg>, reply: Reply<SessionView>) {
        let view = self.status.view();
        let linked = view.record.account.is_some();
        if matches!(self.connection, Connection::Unlinking) {
            return answer(reply, Err(SessionError::Unavailable));
        }
        if self.link.attempt.is_none() {
            let idle = !linked && view.record.state == SessionState::Linking;
            let refused = SessionError::NothingToCancel {
                state: view.record.state,
            };
            return answer(reply, if idle { Ok(view) } else { Err(refused) });
        }
        if !linked {
            self.link_failed(LinkFailureCode::Cancelled, None).await;
            return answer(reply, Ok(self.status.view()));
        }
        let live = self.give_up();
        self.connection = Connection::Unlinking;
        let (me, limit) = (me.clone(), self.deps.settings.unlink_timeout);
        self.on_task(async move {
            let confirmed = match live {
                Some(live) => unlink_soon(limit, live).await,
                None => false,
            };
            // When the actor is gone the caller learns of it, because its port goes with the message.
            let unlinked = LinkMsg::Unlinked { confirmed, reply };
            drop(me.cast(SessionMsg::Link(unlinked)));
        });
    }

    async fn cancelled(&mut self, confirmed: bool, reply: Reply<SessionView>) {
        self.connection = Connection::Down;
        // Whoever cancelled hears of it when the keys are gone.
        let old = self.forget_account().await;
        self.deps.remove_file(&old).await;
        self.status.enter(SessionState::Starting, None).await;
        let said = "WhatsApp did not confirm that the device is unlinked; remove it on the phone if it is listed there";
        let said = Some(said).filter(|_| !confirmed);
        self.link_ended(LinkFailureCode::Cancelled, said).await;
        // Somebody has stopped it meanwhile.
        if self.status.record().desired == Desired::Stopped {
            self.status
                .enter(SessionState::Stopped, Some(stopped()))
                .await;
        }
        answer(reply, Ok(self.status.view()));
    }
}

/// A phone that has linked this device lets it in a moment later; before that it cannot be unlinked.
async fn unlink_soon(limit: Duration, live: Live) -> bool {
    let client = live.client();
    let connected = async {
        while !client.is_connected() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    // Out of time: it is tried all the same, and the log says that it did not work.
    drop(tokio::time::timeout(limit, connected).await);
    let confirmed = confirmed(limit, &*client).await;
    live.close().await;
    confirmed
}
