//! The way in for everybody who is not an actor: async façades over the mailboxes and the store.
//!
//! Commands go through the mailbox, reads go round it. Only this file and `overview` build messages and set call timeouts.

mod linking;
mod overview;
mod pairing_links;

pub use pairing_links::NewLink;
pub use pairing_links::OpenLink;
pub use pairing_links::PairingLinks;

use crate::actors::deps::Deps;
use crate::actors::deps::Settings;
use crate::actors::disk;
use crate::actors::error::SessionError;
use crate::actors::ids::IdMaker;
use crate::actors::janitor;
use crate::actors::journal::Journal;
use crate::actors::ledger::Ledger;
use crate::actors::registry::Entry;
use crate::actors::registry::RegistryActor;
use crate::actors::registry::RegistryMsg;
use crate::actors::reply::Reply;
use crate::actors::session::SessionMsg;
use crate::actors::supervisor::SupervisorActor;
use crate::actors::supervisor::SupervisorArgs;
use crate::actors::supervisor::SupervisorMsg;
use crate::actors::vitals::Vitals;
use crate::clock::Clock;
use crate::domain::id::ClientId;
use crate::domain::id::MessageId;
use crate::domain::id::SessionId;
use crate::domain::idempotency::Claim;
use crate::domain::message::Chat;
use crate::domain::message::Message;
use crate::domain::message::MessageFilter;
use crate::domain::message::OutgoingText;
use crate::domain::page::Page;
use crate::domain::page::PageRequest;
use crate::domain::search::Search;
use crate::domain::session::SessionView;
use crate::domain::timeline::Moment;
use crate::domain::timeline::Viewer;
use crate::store::Store;
use crate::telemetry::trace::TraceParent;
use crate::whatsapp::Connector;
use ractor::Actor;
use ractor::ActorRef;
use ractor::RpcReplyPort;
use ractor::rpc::CallResult;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::task::AbortOnDropHandle;
use tokio_util::task::TaskTracker;

/// An answer that needs no more than a look into memory, or one write to disk.
const QUICK: Duration = Duration::from_secs(10);
/// An answer that waits for a client to end.
const CLOSING: Duration = Duration::from_secs(30);
/// A session to be made.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// The tenant.
    pub client_id: ClientId,
    /// The id that the caller chose; one is made where there is none.
    pub id: Option<SessionId>,
    /// The owner's name for it.
    pub name: Option<String>,
    /// The key of the request, where it had one.
    pub claim: Option<Claim>,
}

/// What became of a request to unlink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unlinked {
    /// Whether WhatsApp confirmed it; when not, the device may still be listed on the phone.
    pub confirmed: bool,
}

/// What has ended that the daemon cannot go on without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The supervisor or the registry.
    Crashed,
    /// The database's file was removed or replaced; the text is a sentence about it.
    DatabaseLost(String),
}

/// Where a crash is provoked, to prove that only one session notices.
#[cfg(feature = "sandbox")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrashAt {
    /// In the session's actor.
    Actor,
    /// In a task inside the session's client.
    Client,
}

/// All sessions.
#[derive(Clone)]
pub struct Sessions {
    supervisor: ActorRef<SupervisorMsg>,
    registry: ActorRef<RegistryMsg>,
    deps: Arc<Deps>,
    ledger: Ledger,
    journal: Journal,
    vitals: Vitals,
    lost: disk::Lost,
    _tasks: Arc<[AbortOnDropHandle<()>; 2]>,
}

impl Sessions {
    /// Reads what is remembered, starts the actors, and the sessions that should run.
    pub async fn start(
        store: Store,
        connector: Arc<dyn Connector>,
        clock: Clock,
        settings: Settings,
        tasks: TaskTracker,
    ) -> Result<Self, SessionError> {
        let watched = disk::start(settings.disk.clone(), store.place().clone());
        let opening = tokio::sync::Semaphore::new(settings.parallel_opens);
        let deps = Arc::new(Deps {
            links: Notify::new(),
            store,
            connector,
            clock,
            settings,
            disk: watched.trouble,
            ids: IdMaker::default(),
            opening,
            tasks,
        });
        deps.remove_orphaned_files().await;
        let records = deps.store.sessions().await?;
        tracing::info!(sessions = records.len(), "sessions restored");
        let (registry, _) = Actor::spawn(None, RegistryActor, ())
            .await
            .map_err(|error| spawn_failed(&error))?;
        let args = SupervisorArgs {
            deps: Arc::clone(&deps),
            registry: registry.clone(),
            records,
        };
        let (supervisor, _) = Actor::spawn(None, SupervisorActor, args)
            .await
            .map_err(|error| spawn_failed(&error))?;
        Ok(Self {
            vitals: Vitals::new(supervisor.clone(), Arc::clone(&deps)),
            lost: watched.lost,
            supervisor,
            registry,
            ledger: Ledger::new(deps.store.clone(), deps.clock.clone()),
            journal: Journal::new(deps.store.clone()),
            _tasks: Arc::new([janitor::start(Arc::clone(&deps)), watched.task]),
            deps,
        })
    }

    /// Ends every session in order, within `limit`. What they should do next time is not touched. False when some
    /// had not ended in time.
    pub async fn stop(&self, limit: Duration) -> bool {
        let stopped = self
            .supervisor
            .stop_and_wait(Some("the daemon is stopping".to_owned()), Some(limit))
            .await
            .is_ok();
        self.registry.stop(None);
        stopped
    }

    /// Resolves when something has ended that the daemon cannot go on without.
    pub async fn ended(&self) -> Ended {
        let supervisor = self.supervisor.get_cell();
        let registry = self.registry.get_cell();
        let mut lost = self.lost.clone();
        let lost = async {
            match lost.wait_for(Option::is_some).await {
                Ok(what) => what.clone().unwrap_or_default(),
                // The watch has ended, and says nothing any more.
                Err(_) => std::future::pending().await,
            }
        };
        // Either end is the end; an error means that it had ended already.
        tokio::select! {
            _ = supervisor.wait(None) => Ended::Crashed,
            _ = registry.wait(None) => Ended::Crashed,
            what = lost => Ended::DatabaseLost(what),
        }
    }

    /// Whether the parts answer that everything rests on.
    pub fn vitals(&self) -> &Vitals {
        &self.vitals
    }

    /// Has the supervisor do nothing else for so long.
    #[cfg(feature = "sandbox")]
    pub fn wedge(&self, time: Duration) -> Result<(), SessionError> {
        self.supervisor
            .cast(SupervisorMsg::Wedge { time })
            .map_err(|_| SessionError::Unavailable)
    }

    /// Makes a session and starts it: it shows a code to scan soon after.
    pub async fn create(&self, new: NewSession) -> Result<SessionView, SessionError> {
        ask(&self.supervisor, QUICK, |reply| SupervisorMsg::Create {
            new,
            reply,
        })
        .await
    }

    /// The sessions, of one client or of all, oldest first.
    pub async fn list(
        &self,
        client: Option<&ClientId>,
        page: PageRequest,
    ) -> Result<Page<SessionView>, SessionError> {
        let client = client.cloned();
        look(&self.registry, |reply| RegistryMsg::List {
            client,
            page,
            reply,
        })
        .await
    }

    /// One session.
    pub async fn find(&self, id: &SessionId) -> Result<Session, SessionError> {
        let found = look(&self.registry, |reply| RegistryMsg::Find {
            id: id.clone(),
            reply,
        })
        .await?;
        let entry = found.ok_or_else(|| SessionError::NotFound(id.clone()))?;
        Ok(Session {
            id: id.clone(),
            entry,
            sessions: self.clone(),
            trace: None,
        })
    }

    /// What is known of requests that may come twice.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The event log.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The links that let people without a key link a phone.
    pub fn pairing_links(&self) -> PairingLinks {
        PairingLinks::new(self.clone())
    }

    /// A message of whichever session, with the session that it is of.
    pub async fn message(&self, id: &MessageId) -> Result<(Message, Session), SessionError> {
        let none = || SessionError::NoMessage(id.clone());
        let message = self.deps.store.message(id).await?.ok_or_else(none)?;
        let session = self.find(&message.session_id).await.map_err(|_| none())?;
        Ok((message, session))
    }

    /// What became of a message, oldest first, as far as it is shown to `viewer`.
    pub async fn timeline(
        &self,
        message: Message,
        viewer: &Viewer,
    ) -> Result<Vec<Moment>, SessionError> {
        Ok(self.deps.store.timeline(message, viewer).await?)
    }
}

/// One session.
#[derive(Clone)]
pub struct Session {
    id: SessionId,
    entry: Entry,
    sessions: Sessions,
    trace: Option<TraceParent>,
}

impl Session {
    /// The same session; what it is asked to do is part of this trace.
    #[must_use]
    pub fn within(mut self, trace: Option<TraceParent>) -> Self {
        self.trace = trace;
        self
    }

    /// The session as it is now.
    pub fn view(&self) -> SessionView {
        self.entry.status.view()
    }

    /// Waits until the session is as wanted, and gives it.
    #[cfg(test)]
    pub(crate) async fn wait_for(
        &self,
        limit: Duration,
        fits: impl Fn(&SessionView) -> bool,
    ) -> SessionView {
        let mut watch = self.entry.status.watch();
        let found = tokio::time::timeout(limit, watch.wait_for(|view| fits(view))).await;
        let view = found.map(|view| view.unwrap().clone());
        view.unwrap_or_else(|_| panic!("the session stayed {:?}", self.view()))
    }

    /// Starts it and keeps it running; nothing happens when it runs.
    pub async fn start(&self) -> Result<SessionView, SessionError> {
        let actor = self.revive().await?;
        ask(&actor, QUICK, |reply| SessionMsg::Start { reply }).await
    }

    /// Stops it and keeps it down; the link to the phone stays.
    pub async fn stop(&self) -> Result<SessionView, SessionError> {
        let actor = self.revive().await?;
        ask(&actor, CLOSING, |reply| SessionMsg::Stop { reply }).await
    }

    /// Stops and starts it.
    pub async fn restart(&self) -> Result<SessionView, SessionError> {
        let actor = self.revive().await?;
        ask(&actor, QUICK, |reply| SessionMsg::Restart { reply }).await
    }

    /// Unlinks it at WhatsApp; the session stays, and starting it again shows a new code.
    pub async fn log_out(&self) -> Result<(SessionView, Unlinked), SessionError> {
        let actor = self.revive().await?;
        let limit = self.sessions.deps.settings.unlink_timeout + CLOSING;
        let (view, confirmed) = ask(&actor, limit, |reply| SessionMsg::LogOut { reply }).await?;
        Ok((view, Unlinked { confirmed }))
    }

    /// Unlinks it, stops it and forgets everything about it.
    pub async fn delete(&self) -> Result<Unlinked, SessionError> {
        let limit = self.sessions.deps.settings.unlink_timeout * 3 + CLOSING * 2;
        let confirmed = ask(&self.sessions.supervisor, limit, |reply| {
            SupervisorMsg::Delete {
                id: self.id.clone(),
                reply,
            }
        })
        .await?;
        Ok(Unlinked { confirmed })
    }

    /// Accepts a text, which is on disk then, and waits up to `wait` for its outcome; gives it as it is then. A message
    /// that has failed by then is an error.
    pub async fn send_text(
        &self,
        text: OutgoingText,
        claim: Option<Claim>,
        wait: Duration,
    ) -> Result<Message, SessionError> {
        let accepted = self
            .ask(QUICK, |reply| SessionMsg::Send {
                text,
                claim,
                trace: self.trace.clone(),
                reply,
            })
            .await?;
        if wait.is_zero() {
            return Ok(accepted.message);
        }
        // Out of time, or the outbox started anew: the row says what is known.
        drop(tokio::time::timeout(wait, accepted.settled).await);
        let now = self
            .sessions
            .deps
            .store
            .message(&accepted.message.id)
            .await?;
        SessionError::for_failed_message(now.unwrap_or(accepted.message))
    }

    /// Takes a message back that has not left yet, and gives it.
    pub async fn cancel(&self, id: &MessageId) -> Result<Message, SessionError> {
        let asked = id.clone();
        self.ask(QUICK, |reply| SessionMsg::Cancel { id: asked, reply })
            .await?;
        let found = self.sessions.deps.store.message(id).await?;
        found.ok_or_else(|| SessionError::NoMessage(id.clone()))
    }

    /// What was sent and received, newest first, as far as it is wanted.
    pub async fn messages(
        &self,
        wanted: &MessageFilter,
        page: PageRequest,
    ) -> Result<Page<Message>, SessionError> {
        let store = &self.sessions.deps.store;
        Ok(store.messages(&self.id, wanted, &page).await?)
    }

    /// The conversations, the one with the newest message first.
    pub async fn chats(
        &self,
        search: Option<&Search>,
        page: PageRequest,
    ) -> Result<Page<Chat>, SessionError> {
        let store = &self.sessions.deps.store;
        Ok(store.chats(&self.id, search, &page).await?)
    }

    /// Provokes a crash.
    #[cfg(feature = "sandbox")]
    pub fn crash(&self, at: CrashAt) -> Result<(), SessionError> {
        let actor = self
            .entry
            .actor
            .as_ref()
            .ok_or_else(|| SessionError::not_ready(&self.view()))?;
        actor
            .cast(SessionMsg::Crash {
                inside_client: at == CrashAt::Client,
            })
            .map_err(|_| SessionError::Unavailable)
    }

    async fn revive(&self) -> Result<ActorRef<SessionMsg>, SessionError> {
        ask(&self.sessions.supervisor, QUICK, |reply| {
            SupervisorMsg::Revive {
                id: self.id.clone(),
                reply,
            }
        })
        .await
    }

    async fn ask<T: Send + 'static>(
        &self,
        limit: Duration,
        message: impl FnOnce(Reply<T>) -> SessionMsg,
    ) -> Result<T, SessionError> {
        let actor = self
            .entry
            .actor
            .as_ref()
            .ok_or_else(|| SessionError::not_ready(&self.view()))?;
        ask(actor, limit, message).await
    }
}

/// Asks an actor something that can be refused.
async fn ask<M: ractor::Message, T: Send + 'static>(
    actor: &ActorRef<M>,
    limit: Duration,
    message: impl FnOnce(Reply<T>) -> M,
) -> Result<T, SessionError> {
    match actor.call(message, Some(limit)).await {
        Ok(CallResult::Success(outcome)) => outcome,
        Ok(CallResult::Timeout) => Err(SessionError::Timeout(limit)),
        Ok(CallResult::SenderError) | Err(_) => Err(SessionError::Unavailable),
    }
}

/// Asks the registry, which refuses nothing.
async fn look<T: Send + 'static>(
    registry: &ActorRef<RegistryMsg>,
    message: impl FnOnce(RpcReplyPort<T>) -> RegistryMsg,
) -> Result<T, SessionError> {
    match registry.call(message, Some(QUICK)).await {
        Ok(CallResult::Success(found)) => Ok(found),
        Ok(CallResult::Timeout) => Err(SessionError::Timeout(QUICK)),
        Ok(CallResult::SenderError) | Err(_) => Err(SessionError::Unavailable),
    }
}

fn spawn_failed(error: &ractor::SpawnErr) -> SessionError {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "the actors could not be started"
    );
    SessionError::Unavailable
}
