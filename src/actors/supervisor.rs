//! Makes the session actors, and makes them anew when they crash: with growing pauses, within a budget, each alone.
//!
//! It never waits for a session: what takes time runs on tasks that report back.

use crate::actors::deps::Deps;
use crate::actors::error::SessionError;
use crate::actors::handle::NewSession;
use crate::actors::registry::RegistryMsg;
use crate::actors::reply::Reply;
use crate::actors::reply::answer;
use crate::actors::restart::CrashHistory;
use crate::actors::restart::Verdict;
use crate::actors::session::Lease;
use crate::actors::session::SessionActor;
use crate::actors::session::SessionArgs;
use crate::actors::session::SessionMsg;
use crate::actors::status::Status;
use crate::domain::id::SessionId;
use crate::domain::session::Cause;
use crate::domain::session::CauseCode;
use crate::domain::session::Desired;
use crate::domain::session::SessionRecord;
use crate::domain::session::SessionState;
use crate::domain::session::SessionView;
use crate::meter;
use ractor::Actor;
use ractor::ActorId;
use ractor::ActorProcessingErr;
use ractor::ActorRef;
use ractor::RpcReplyPort;
use ractor::SupervisionEvent;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// How long the sessions have to end when the daemon stops; each needs up to 12 s (see `whatsapp::live`).
const CHILDREN_STOP_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a session has to unlink before it is deleted all the same; above `whatsapp.unlink_timeout_secs` and a close.
const RETIRE_MARGIN: Duration = Duration::from_secs(15);

/// The actor.
pub(super) struct SupervisorActor;

/// What it is born with.
pub(super) struct SupervisorArgs {
    /// What all sessions share.
    pub(super) deps: Arc<Deps>,
    /// Where sessions are looked up.
    pub(super) registry: ActorRef<RegistryMsg>,
    /// What was remembered of the sessions when the daemon started.
    pub(super) records: Vec<SessionRecord>,
}

/// What it can be asked and told.
pub(super) enum SupervisorMsg {
    /// A caller: make a session.
    Create {
        new: NewSession,
        reply: Reply<SessionView>,
    },
    /// A caller: the session's actor; one is made, with a new budget, where it had crashed too often.
    Revive {
        id: SessionId,
        reply: Reply<ActorRef<SessionMsg>>,
    },
    /// A caller: unlink it, and forget everything about it.
    Delete { id: SessionId, reply: Reply<bool> },
    /// Whoever wants to know whether it answers.
    Ping { reply: RpcReplyPort<()> },
    /// The sandbox: do nothing else for so long.
    #[cfg(feature = "sandbox")]
    Wedge { time: Duration },
    /// A timer: a pause after a crash is over.
    PauseOver { id: SessionId },
    /// A task: the session is unlinked (or not) and its client has ended; what is left can go.
    Retired {
        id: SessionId,
        confirmed: bool,
        reply: Reply<bool>,
    },
}

struct Child {
    status: Status,
    lease: Lease,
    actor: Option<ActorRef<SessionMsg>>,
    crashes: CrashHistory,
    deleting: bool,
}

/// What it knows.
pub(super) struct State {
    deps: Arc<Deps>,
    registry: ActorRef<RegistryMsg>,
    children: HashMap<SessionId, Child>,
    names: HashMap<ActorId, SessionId>,
}

impl Actor for SupervisorActor {
    type Msg = SupervisorMsg;
    type State = State;
    type Arguments = SupervisorArgs;

    async fn pre_start(
        &self,
        me: ActorRef<SupervisorMsg>,
        args: SupervisorArgs,
    ) -> Result<State, ActorProcessingErr> {
        let mut state = State {
            deps: args.deps,
            registry: args.registry,
            children: HashMap::new(),
            names: HashMap::new(),
        };
        for mut record in args.records {
            // What was true when the daemon ended is not true now.
            if matches!(
                record.state,
                SessionState::Connected | SessionState::Reconnecting
            ) {
                record.state = SessionState::Starting;
                record.cause = None;
                record.since = state.deps.clock.now().into();
            }
            state.adopt(record);
        }
        for id in state.children.keys().cloned().collect::<Vec<_>>() {
            state.spawn(&me, &id).await?;
        }
        Ok(state)
    }

    async fn handle(
        &self,
        me: ActorRef<SupervisorMsg>,
        message: SupervisorMsg,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            SupervisorMsg::Create { new, reply } => answer(reply, state.create(&me, new).await),
            SupervisorMsg::Revive { id, reply } => answer(reply, state.revive(&me, &id).await),
            SupervisorMsg::Delete { id, reply } => state.delete(&me, &id, reply),
            SupervisorMsg::Ping { reply } => answer(reply, ()),
            #[cfg(feature = "sandbox")]
            SupervisorMsg::Wedge { time } => tokio::time::sleep(time).await,
            SupervisorMsg::PauseOver { id } => state.pause_over(&me, &id).await,
            SupervisorMsg::Retired {
                id,
                confirmed,
                reply,
            } => answer(reply, state.remove(&id).await.map(|()| confirmed)),
        }
        Ok(())
    }

    // ractor's own version stops the supervisor, and with it every session, when any child ends.
    async fn handle_supervisor_evt(
        &self,
        me: ActorRef<SupervisorMsg>,
        event: SupervisionEvent,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        match event {
            SupervisionEvent::ActorFailed(cell, error) => {
                state.crashed(&me, cell.get_id(), &error.to_string()).await;
            }
            SupervisionEvent::ActorTerminated(cell, ..) => state.gone(cell.get_id()),
            _ => {}
        }
        Ok(())
    }

    async fn post_stop(
        &self,
        me: ActorRef<SupervisorMsg>,
        _state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        me.stop_children_and_wait(
            Some("the daemon is stopping".to_owned()),
            Some(CHILDREN_STOP_TIMEOUT),
        )
        .await;
        Ok(())
    }
}

impl State {
    fn adopt(&mut self, record: SessionRecord) {
        let id = record.id.clone();
        let status = Status::new(record, self.deps.store.clone(), self.deps.clock.clone());
        self.tell(RegistryMsg::Added {
            id: id.clone(),
            status: status.clone(),
        });
        let child = Child {
            status,
            lease: Lease::default(),
            actor: None,
            crashes: CrashHistory::default(),
            deleting: false,
        };
        self.children.insert(id, child);
    }

    async fn spawn(
        &mut self,
        me: &ActorRef<SupervisorMsg>,
        id: &SessionId,
    ) -> Result<ActorRef<SessionMsg>, ActorProcessingErr> {
        let child = self
            .children
            .get_mut(id)
            .ok_or("a session that is not known cannot be started")?;
        let args = SessionArgs {
            status: child.status.clone(),
            lease: Lease::clone(&child.lease),
            deps: Arc::clone(&self.deps),
        };
        let (actor, _) = Actor::spawn_linked(None, SessionActor, args, me.get_cell()).await?;
        actor.cast(SessionMsg::Boot)?;
        child.actor = Some(actor.clone());
        self.names.insert(actor.get_id(), id.clone());
        self.tell(RegistryMsg::Located {
            id: id.clone(),
            actor: Some(actor.clone()),
        });
        Ok(actor)
    }

    async fn create(
        &mut self,
        me: &ActorRef<SupervisorMsg>,
        new: NewSession,
    ) -> Result<SessionView, SessionError> {
        let limit = self.deps.settings.max_sessions;
        if self.children.len() >= limit {
            return Err(SessionError::TooManySessions { limit });
        }
        let id = new.id.unwrap_or_else(|| self.deps.ids.session());
        if self.children.contains_key(&id) {
            return Err(SessionError::AlreadyExists(id));
        }
        let now = self.deps.clock.now().into();
        let record = SessionRecord {
            id: id.clone(),
            client_id: new.client_id,
            name: new.name,
            store_key: self.deps.ids.store_key(),
            desired: Desired::Running,
            state: SessionState::Starting,
            cause: None,
            since: now,
            account: None,
            last_activity: None,
            restarts: 0,
            created_at: now,
        };
        self.deps.store.add_session(&record, new.claim).await?;
        self.adopt(record);
        self.spawn(me, &id)
            .await
            .map_err(|error| unavailable(&error))?;
        self.children
            .get(&id)
            .map(|child| child.status.view())
            .ok_or(SessionError::Unavailable)
    }

    async fn revive(
        &mut self,
        me: &ActorRef<SupervisorMsg>,
        id: &SessionId,
    ) -> Result<ActorRef<SessionMsg>, SessionError> {
        let child = self
            .children
            .get_mut(id)
            .filter(|child| !child.deleting)
            .ok_or_else(|| SessionError::NotFound(id.clone()))?;
        child.crashes.forgive();
        match &child.actor {
            Some(actor) => Ok(actor.clone()),
            None => self
                .spawn(me, id)
                .await
                .map_err(|error| unavailable(&error)),
        }
    }

    /// Marks it, lets its actor unlink it, and comes back with `Retired`. Until then it is there, and refuses to start.
    fn delete(&mut self, me: &ActorRef<SupervisorMsg>, id: &SessionId, reply: Reply<bool>) {
        let Some(child) = self.children.get_mut(id).filter(|child| !child.deleting) else {
            return answer(reply, Err(SessionError::NotFound(id.clone())));
        };
        child.deleting = true;
        let (actor, lease, me, id) = (
            child.actor.clone(),
            Lease::clone(&child.lease),
            me.clone(),
            id.clone(),
        );
        let linked = child.status.record().account.is_some();
        let limit = self.deps.settings.unlink_timeout + RETIRE_MARGIN;
        self.deps.tasks.spawn(async move {
            let confirmed = match actor {
                Some(actor) => {
                    let confirmed = matches!(
                        actor
                            .call(|reply| SessionMsg::Retire { reply }, Some(limit))
                            .await,
                        Ok(ractor::rpc::CallResult::Success(true))
                    );
                    // Whatever went wrong, the actor is gone afterwards.
                    drop(actor.stop_and_wait(None, Some(limit)).await);
                    confirmed
                }
                None => !linked,
            };
            drop(tokio::time::timeout(limit, lease.lock_owned()).await);
            drop(me.cast(SupervisorMsg::Retired {
                id,
                confirmed,
                reply,
            }));
        });
    }

    async fn remove(&mut self, id: &SessionId) -> Result<(), SessionError> {
        let Some(child) = self.children.get_mut(id) else {
            return Ok(());
        };
        let (record, now) = (child.status.record(), child.status.now());
        if let Err(error) = self.deps.store.delete_session(&record, now).await {
            // It is still there, and can be deleted again or started.
            child.deleting = false;
            return Err(error.into());
        }
        self.children.remove(id);
        self.tell(RegistryMsg::Removed { id: id.clone() });
        self.deps.remove_orphaned_files().await;
        tracing::info!(session = %id, "session deleted");
        Ok(())
    }

    /// A session's actor panicked or gave up on its client.
    async fn crashed(&mut self, me: &ActorRef<SupervisorMsg>, actor: ActorId, error: &str) {
        let Some(id) = self.lost(actor) else { return };
        let Some(child) = self.children.get_mut(&id).filter(|child| !child.deleting) else {
            return;
        };
        let verdict = child.crashes.crashed(
            &self.deps.settings.restart,
            self.deps.clock.now().into(),
            rand::random(),
        );
        let status = child.status.clone();
        match verdict {
            Verdict::RestartAfter(pause) => {
                meter::crashed("restarted");
                tracing::error!(session = %id, error, pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX), "session crashed and is restarted");
                let cause = Cause::new(
                    CauseCode::Crashed,
                    format!("it is restarted after a crash: {error}"),
                );
                status
                    .enter_and(SessionState::Starting, Some(cause), |record| {
                        record.restarts += 1;
                    })
                    .await;
                status.retry_at(Some(status.now().plus(pause)));
                me.send_after(pause, move || SupervisorMsg::PauseOver { id });
            }
            Verdict::GiveUp => {
                meter::crashed("given_up");
                tracing::error!(session = %id, error, "session crashed too often and stays down");
                let detail = format!(
                    "it crashed more than {} times within {} s, the last time with: {error}; start it to try again",
                    self.deps.settings.restart.budget,
                    self.deps.settings.restart.window.as_secs()
                );
                status
                    .enter_and(
                        SessionState::Failed,
                        Some(Cause::new(CauseCode::CrashLoop, detail)),
                        |record| record.restarts += 1,
                    )
                    .await;
            }
        }
    }

    async fn pause_over(&mut self, me: &ActorRef<SupervisorMsg>, id: &SessionId) {
        // Meanwhile somebody may have deleted it, or started it by hand.
        let waits = self
            .children
            .get(id)
            .is_some_and(|child| child.actor.is_none() && !child.deleting);
        if waits && let Err(error) = self.spawn(me, id).await {
            tracing::error!(session = %id, error = %error, "a session could not be restarted");
        }
    }

    /// An actor ended without a fault.
    fn gone(&mut self, actor: ActorId) {
        if let Some(id) = self.lost(actor) {
            tracing::debug!(session = %id, "session actor ended");
        }
    }

    fn lost(&mut self, actor: ActorId) -> Option<SessionId> {
        let id = self.names.remove(&actor)?;
        if let Some(child) = self.children.get_mut(&id) {
            child.actor = None;
        }
        self.tell(RegistryMsg::Located {
            id: id.clone(),
            actor: None,
        });
        Some(id)
    }

    fn tell(&self, message: RegistryMsg) {
        if self.registry.cast(message).is_err() {
            tracing::error!("the registry is gone: sessions cannot be found any more");
        }
    }
}

fn unavailable(error: &ActorProcessingErr) -> SessionError {
    tracing::error!(error = %error, "a session's actor could not be made");
    SessionError::Unavailable
}
