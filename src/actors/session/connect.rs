//! Opening, closing and unlinking a session's client.

use crate::actors::deps::Deps;
use crate::actors::error::SessionError;
use crate::actors::reply::Reply;
use crate::actors::reply::answer;
use crate::actors::session::Lease;
use crate::actors::session::SessionMsg;
use crate::actors::session::State;
use crate::actors::session::inbound::StoreInbox;
use crate::domain::id::StoreKey;
use crate::domain::linking::LinkFact;
use crate::domain::linking::LinkFailure;
use crate::domain::linking::LinkFailureCode;
use crate::domain::message::SendFailure;
use crate::domain::session::Cause;
use crate::domain::session::CauseCode;
use crate::domain::session::SessionState;
use crate::domain::session::SessionView;
use crate::whatsapp::Client;
use crate::whatsapp::ClientSpec;
use crate::whatsapp::EventSink;
use crate::whatsapp::error::WhatsAppError;
use ractor::ActorRef;
use ractor::RpcReplyPort;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// Whether the session has a client.
pub(super) enum Connection {
    /// None, and none is on its way.
    Down,
    /// A task is opening one.
    Opening,
    /// One is open; whether it is connected is the state's business.
    Up(Live),
    /// The one that was is being unlinked.
    Unlinking,
}

/// A client and the right to run it. Dropped without [`Live::close`] (its actor panicked, or was killed) it ends the
/// client on a task and keeps the lease until then.
pub(in crate::actors) struct Live(Option<(Arc<dyn Client>, OwnedMutexGuard<()>)>, TaskTracker);

impl Live {
    fn new(client: Arc<dyn Client>, lease: OwnedMutexGuard<()>, tasks: TaskTracker) -> Self {
        Self(Some((client, lease)), tasks)
    }

    /// The client.
    #[expect(
        clippy::expect_used,
        reason = "only close and drop take it, and both end this value"
    )]
    pub(super) fn client(&self) -> Arc<dyn Client> {
        Arc::clone(&self.0.as_ref().expect("a client until it is closed").0)
    }

    /// Ends the client, waits until nothing of it runs, and gives the lease back.
    pub(super) async fn close(mut self) {
        if let Some((client, lease)) = self.0.take() {
            client.close().await;
            drop((client, lease));
        }
    }
}

impl Live {
    /// Ends the client without letting it write anything more, and gives the lease back.
    pub(super) async fn abandon(mut self) {
        if let Some((client, lease)) = self.0.take() {
            client.abandon().await;
            drop((client, lease));
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if let Some((client, lease)) = self.0.take() {
            self.1.spawn(async move {
                client.close().await;
                drop((client, lease));
            });
        }
    }
}

/// Keys that nobody will use again, whose files go once nobody can have them open: when the lease is free. A clone is
/// the same list.
#[derive(Clone, Default)]
pub(super) struct Worthless(Arc<Mutex<Vec<StoreKey>>>);

impl Worthless {
    pub(super) fn add(&self, key: StoreKey) {
        self.list().push(key);
    }

    /// Removes the files, for whoever has the lease.
    pub(super) async fn remove(&self, deps: &Deps) {
        let keys = std::mem::take(&mut *self.list());
        for key in keys {
            deps.remove_file(&key).await;
        }
    }

    fn list(&self) -> MutexGuard<'_, Vec<StoreKey>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Opens a client on a task. Its events carry a new epoch.
    pub(super) async fn open(&mut self, me: &ActorRef<SessionMsg>, cause: Option<Cause>) {
        if self.status.record().account.is_none() {
            self.begin_link().await;
        }
        self.status.enter(SessionState::Starting, cause).await;
        self.epoch += 1;
        self.connection = Connection::Opening;
        let (epoch, record, deps, lease, me) = (
            self.epoch,
            self.status.record(),
            Arc::clone(&self.deps),
            Lease::clone(&self.lease),
            me.clone(),
        );
        let (status, worthless) = (self.status.clone(), self.worthless.clone());
        let inbox = Arc::new(StoreInbox::new(status.clone(), Arc::clone(&deps)));
        let spec = ClientSpec {
            file: deps.key_file(&record.store_key),
            name: record.name.clone(),
        };
        self.on_task(async move {
            let lease = lease.lock_owned().await;
            worthless.remove(&deps).await;
            // Somebody has given this attempt up before it began.
            if status.record().store_key != record.store_key {
                return;
            }
            let permit = deps.opening.acquire().await;
            let outcome = deps
                .connector
                .open(spec, inbox, sink(me.clone(), epoch))
                .await;
            drop(permit);
            let outcome = outcome.map(|client| Live::new(client, lease, deps.tasks.clone()));
            // When the actor is gone the message comes back, and dropping it ends the client.
            drop(me.cast(SessionMsg::Opened { epoch, outcome }));
        });
    }

    pub(super) async fn opened(&mut self, epoch: u64, outcome: Result<Live, WhatsAppError>) {
        if epoch != self.epoch {
            return;
        }
        match outcome {
            Ok(live) => {
                self.status.attach(&live.client());
                self.connection = Connection::Up(live);
                self.failures = 0;
                self.advance(LinkFact::Opened).await;
                self.let_messages_go();
            }
            Err(error) => {
                self.connection = Connection::Down;
                self.end_link();
                let detail = format!("{error}; mend or delete the file, then start the session");
                self.status
                    .enter(
                        SessionState::Failed,
                        Some(Cause::new(CauseCode::Storage, detail)),
                    )
                    .await;
            }
        }
    }

    /// Takes the client away from the session; its events do not count any more.
    pub(super) fn give_up(&mut self) -> Option<Live> {
        self.epoch += 1;
        self.end_link();
        self.outbox.down();
        self.status.detach();
        match std::mem::replace(&mut self.connection, Connection::Down) {
            Connection::Up(live) => Some(live),
            // Nothing is opened on keys that are on their way out.
            Connection::Unlinking => {
                self.connection = Connection::Unlinking;
                None
            }
            Connection::Down | Connection::Opening => None,
        }
    }

    /// The client has ended by itself and does not try again.
    pub(super) async fn ended(&mut self, cause: Cause) {
        let unlinked = self.status.record().account.is_none();
        if let Some(live) = self.give_up() {
            self.on_task(live.close());
        }
        if unlinked {
            let code = match cause.code {
                CauseCode::Outdated => LinkFailureCode::ClientOutdated,
                _ => LinkFailureCode::Refused,
            };
            let failure = LinkFailure::new(code, Some(&cause.detail), self.status.now());
            self.status.note_link(None, Some(failure));
        }
        if cause.code == CauseCode::LoggedOut {
            self.forget_phone(cause).await;
        } else {
            self.status.enter(SessionState::Failed, Some(cause)).await;
        }
    }

    pub(super) fn log_out(&mut self, me: &ActorRef<SessionMsg>, reply: Reply<(SessionView, bool)>) {
        if matches!(self.connection, Connection::Unlinking) {
            return answer(reply, Err(SessionError::Unavailable));
        }
        let live = self.give_up();
        self.connection = Connection::Unlinking;
        let unlink = self.unlink(live);
        let me = me.clone();
        self.on_task(async move {
            let confirmed = unlink.await;
            // When the actor is gone the caller learns of it, because its port goes with the message.
            drop(me.cast(SessionMsg::Unlinked { confirmed, reply }));
        });
    }

    pub(super) async fn unlinked(&mut self, confirmed: bool, reply: Reply<(SessionView, bool)>) {
        self.connection = Connection::Down;
        let told = if confirmed {
            ""
        } else {
            "; WhatsApp did not confirm it, so remove the device on the phone if it is still listed there"
        };
        let detail = format!("logged out on request{told}; start the session to link it again");
        self.forget_phone(Cause::new(CauseCode::LoggedOutByRequest, detail))
            .await;
        answer(reply, Ok((self.status.view(), confirmed)));
    }

    pub(super) fn retire(&mut self, reply: RpcReplyPort<bool>) {
        let live = self.give_up();
        self.connection = Connection::Unlinking;
        let unlink = self.unlink(live);
        self.on_task(async move { answer(reply, unlink.await) });
    }

    /// Asks WhatsApp to forget the device, for a bounded time, and ends the client. True when WhatsApp confirmed it,
    /// or when there was no device.
    fn unlink(&self, live: Option<Live>) -> impl Future<Output = bool> + use<> {
        let linked = self.status.record().account.is_some();
        let limit = self.deps.settings.unlink_timeout;
        async move {
            let Some(live) = live else { return !linked };
            let confirmed = !linked || confirmed(limit, &*live.client()).await;
            live.close().await;
            confirmed
        }
    }

    /// The keys are worthless now: the next start gets a new file, and the old one is removed once nobody has it open.
    async fn forget_phone(&mut self, cause: Cause) {
        self.forget_account().await;
        self.status
            .enter(SessionState::LoggedOut, Some(cause))
            .await;
        let (deps, lease) = (Arc::clone(&self.deps), Lease::clone(&self.lease));
        self.on_task(async move {
            drop(lease.lock_owned().await);
            deps.remove_orphaned_files().await;
        });
    }

    /// The session has no phone any more. Gives the name of the keys that it had.
    pub(super) async fn forget_account(&mut self) -> StoreKey {
        // What waits may not leave under the account that is linked next.
        self.outbox.abandon(SendFailure {
            code: "logged_out".to_owned(),
            detail: "the account was unlinked before it left".to_owned(),
            retryable: false,
        });
        self.status.change(|record| record.account = None).await;
        self.new_keys().await
    }

    /// The next client begins with new keys. Gives the name of the old ones, whose file has to go.
    pub(super) async fn new_keys(&self) -> StoreKey {
        let old = self.status.record().store_key;
        let new = self.deps.ids.store_key();
        if let Err(error) = self.deps.store.list_for_removal(&old).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a worthless key file could not be listed for removal"
            );
        }
        self.status.change(|record| record.store_key = new).await;
        old
    }

    /// Runs work that may take its time; the daemon waits for it when it stops.
    pub(super) fn on_task(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.deps.tasks.spawn(work.instrument(self.span.clone()));
    }
}

/// Asks WhatsApp to forget the device. True when WhatsApp has confirmed it.
pub(super) async fn confirmed(limit: Duration, client: &dyn Client) -> bool {
    match tokio::time::timeout(limit, client.log_out()).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "WhatsApp did not confirm that the device is unlinked"
            );
            false
        }
        Err(_) => {
            tracing::warn!(
                limit_secs = limit.as_secs(),
                "WhatsApp did not confirm in time that the device is unlinked"
            );
            false
        }
    }
}

fn sink(me: ActorRef<SessionMsg>, epoch: u64) -> EventSink {
    Arc::new(move |event| {
        // An actor that is gone needs no events.
        drop(me.cast(SessionMsg::Heard { epoch, event }));
    })
}
