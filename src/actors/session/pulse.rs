//! Whether a session is what it says: its client is asked, and a connection that is silent is probed.

use crate::actors::session::CONNECT_GRACE;
use crate::actors::session::SessionMsg;
use crate::actors::session::State;
use crate::actors::session::connect::Connection;
use crate::domain::session::Cause;
use crate::domain::session::CauseCode;
use crate::domain::session::Desired;
use crate::domain::session::SessionRecord;
use crate::domain::session::SessionState;
use crate::whatsapp::Vitals;
use ractor::ActorRef;

impl State {
    /// Failed attempts to connect produce no event at all (stack facts 9.1.7), so the client is asked.
    pub(super) async fn check(&mut self, me: &ActorRef<SessionMsg>) {
        self.link_check().await;
        let record = self.status.record();
        self.status.check_calm().await;
        if self.ban_is_over(&record) || self.disk_has_room_again(&record) {
            return self.open(me, None).await;
        }
        let trouble = self.deps.disk.borrow().clone();
        if let Some(what) = trouble {
            return self.put_aside(&what).await;
        }
        let Connection::Up(live) = &self.connection else {
            return;
        };
        if record.account.is_none() {
            return;
        }
        let client = live.client();
        let (connected, vitals) = (client.is_connected(), client.vitals());
        if vitals.file_failed {
            return self.put_aside("the session's file cannot be written").await;
        }
        if connected && record.state == SessionState::Connected {
            return self.probe_if_silent(me, &vitals);
        }
        if connected {
            return;
        }
        let waited = self.status.now().since(record.since);
        match record.state {
            SessionState::Connected => {
                self.outbox.down();
                self.lost("the connection is gone; it is tried again").await;
            }
            SessionState::Starting | SessionState::Linking if waited > CONNECT_GRACE => {
                self.lost("WhatsApp cannot be reached; it is tried again")
                    .await;
            }
            _ => {}
        }
        self.note_retry(&vitals);
    }

    /// Without its file a client would take in messages whose keys it forgets at its end. What it has in memory is
    /// given up, and WhatsApp delivers it again.
    async fn put_aside(&mut self, what: &str) {
        if self.status.record().account.is_none() || !matches!(self.connection, Connection::Up(_)) {
            return;
        }
        if let Some(live) = self.give_up() {
            self.on_task(live.abandon());
        }
        let detail =
            format!("{what}; it goes on by itself when the disk of state.dir has room again");
        let cause = Cause::new(CauseCode::Storage, detail);
        self.status
            .enter(SessionState::Reconnecting, Some(cause))
            .await;
    }

    fn disk_has_room_again(&self, record: &SessionRecord) -> bool {
        let waits = record.cause.as_ref().map(|cause| cause.code) == Some(CauseCode::Storage)
            && record.state == SessionState::Reconnecting
            && matches!(self.connection, Connection::Down);
        waits && self.deps.disk.borrow().is_none()
    }

    async fn lost(&self, what: &str) {
        let cause = Cause::new(CauseCode::Network, what);
        self.status
            .enter(SessionState::Reconnecting, Some(cause))
            .await;
    }

    /// The library tells how often it has failed, not when it tries again: that is about so long after we see it.
    fn note_retry(&mut self, vitals: &Vitals) {
        if self.failures != vitals.failures {
            self.failures = vitals.failures;
            let moment = self.status.now().plus(vitals.retry_pause());
            self.status
                .retry_at(Some(moment).filter(|_| vitals.failures > 0));
        }
    }

    /// A ban that has an end is the one refusal after which the session starts by itself.
    fn ban_is_over(&self, record: &SessionRecord) -> bool {
        let Some(cause) = record
            .cause
            .as_ref()
            .filter(|cause| cause.code == CauseCode::TempBan)
        else {
            return false;
        };
        let over = cause.until.is_some_and(|until| until <= self.status.now());
        self.status.retry_at(cause.until);
        over && record.state == SessionState::Failed
            && record.desired == Desired::Running
            && matches!(self.connection, Connection::Down)
    }

    /// A connection can look alive and carry nothing: the server has forgotten it, or a machine in between has.
    fn probe_if_silent(&mut self, me: &ActorRef<SessionMsg>, vitals: &Vitals) {
        let Connection::Up(live) = &self.connection else {
            return;
        };
        let (since, now) = (self.status.record().since, self.status.now());
        let probe_after = self.deps.settings.probe_after;
        // What is dated later than now was dated before the clock was set back, and tells nothing.
        let signs = [vitals.last_frame_at, Some(since)].into_iter().flatten();
        let last = signs.filter(|at| *at <= now).max();
        let silent = last.map_or(probe_after, |last| now.since(last));
        if self.probing || silent < probe_after {
            return;
        }
        self.probing = true;
        let (client, limit) = (live.client(), self.deps.settings.probe_timeout);
        let (me, epoch) = (me.clone(), self.epoch);
        self.on_task(async move {
            let alive = client.probe(limit).await.is_ok();
            // An actor that is gone needs no answer.
            drop(me.cast(SessionMsg::Probed { epoch, alive }));
        });
    }

    /// A connection that does not answer is replaced, together with its client.
    pub(super) async fn probed(&mut self, me: &ActorRef<SessionMsg>, epoch: u64, alive: bool) {
        self.probing = false;
        if epoch != self.epoch || self.status.state() != SessionState::Connected {
            return;
        }
        if alive {
            return self.status.pong();
        }
        tracing::warn!("the connection is silent and does not answer; it is replaced");
        if let Some(live) = self.give_up() {
            self.on_task(live.close());
        }
        let what = "the connection was silent and did not answer a probe; it is replaced";
        self.lost(what).await;
        self.open(me, Some(Cause::new(CauseCode::Network, what)))
            .await;
    }
}
