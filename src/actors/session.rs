//! One actor a session: it owns the session's client, and whatever happens to one never touches another.
//!
//! `handle` is one match and never awaits the network: clients are opened, closed and asked on tasks that report
//! back by message. Events carry the epoch of the client that they come from, so that those of a client that was
//! given up are told apart from those of its successor.

mod connect;
mod events;
mod inbound;
pub(super) mod linking;
pub(super) mod outbox;
mod pulse;

use crate::actors::deps::Deps;
use crate::actors::error::SessionError;
use crate::actors::ids::IdMaker;
use crate::actors::reply::Reply;
use crate::actors::reply::answer;
use crate::actors::status::Status;
use crate::domain::chat::ChatId;
use crate::domain::chat::Party;
use crate::domain::id::MessageId;
use crate::domain::idempotency::Claim;
use crate::domain::message::Direction;
use crate::domain::message::Message;
use crate::domain::message::MessageState;
use crate::domain::message::OutgoingText;
use crate::domain::session::Account;
use crate::domain::session::Cause;
use crate::domain::session::CauseCode;
use crate::domain::session::Desired;
use crate::domain::session::SessionState;
use crate::domain::session::SessionView;
use crate::telemetry::trace::TraceParent;
use crate::whatsapp::ClientEvent;
use crate::whatsapp::error::WhatsAppError;
use connect::Connection;
use connect::Live;
use connect::Worthless;
use linking::Link;
use linking::LinkMsg;
use outbox::Accepted;
use outbox::Draft;
use outbox::Outbox;
use ractor::Actor;
use ractor::ActorProcessingErr;
use ractor::ActorRef;
use ractor::RpcReplyPort;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tracing::Instrument;

/// How often an actor compares its state with what its client says, at the least.
const CHECK_EVERY: Duration = Duration::from_secs(5);
/// How long a session may be on its way to a connection before it counts as reconnecting.
const CONNECT_GRACE: Duration = Duration::from_secs(20);

/// Held by whoever runs the session's client: a successor waits until its predecessor is gone, because two clients
/// of one device throw each other out.
pub(super) type Lease = Arc<Mutex<()>>;

/// The actor of one session.
pub(super) struct SessionActor;

/// What an actor is born with.
pub(super) struct SessionArgs {
    /// The session's state, which outlives the actor.
    pub(super) status: Status,
    /// The right to run the session's client.
    pub(super) lease: Lease,
    /// What all sessions share.
    pub(super) deps: Arc<Deps>,
}

/// What an actor can be asked and told.
pub(super) enum SessionMsg {
    /// The supervisor, after it has made the actor: come up as the record says.
    Boot,
    /// A caller: run, and keep running.
    Start { reply: Reply<SessionView> },
    /// A caller: stop, and stay down.
    Stop { reply: Reply<SessionView> },
    /// A caller: stop and start.
    Restart { reply: Reply<SessionView> },
    /// About linking a phone.
    Link(LinkMsg),
    /// A caller: unlink, and stay as a session without a phone.
    LogOut { reply: Reply<(SessionView, bool)> },
    /// The supervisor, before it deletes the session: unlink and end the client. Answers whether WhatsApp confirmed.
    Retire { reply: RpcReplyPort<bool> },
    /// A caller: send a text. The outbox answers.
    Send {
        text: OutgoingText,
        claim: Option<Claim>,
        trace: Option<TraceParent>,
        reply: Reply<Accepted>,
    },
    /// A caller: take a message back that has not left. The outbox answers.
    Cancel { id: MessageId, reply: Reply<()> },
    /// A task: the client is open, or could not be opened.
    Opened {
        epoch: u64,
        outcome: Result<Live, WhatsAppError>,
    },
    /// The client: something happened.
    Heard { epoch: u64, event: ClientEvent },
    /// A task: the device was unlinked, and whether WhatsApp confirmed it.
    Unlinked {
        confirmed: bool,
        reply: Reply<(SessionView, bool)>,
    },
    /// A task: whether WhatsApp has answered a probe.
    Probed { epoch: u64, alive: bool },
    /// A timer: compare the state with what the client says.
    Check,
    /// The sandbox: panic.
    #[cfg(feature = "sandbox")]
    Crash { inside_client: bool },
}

/// What an actor knows.
pub(super) struct State {
    status: Status,
    lease: Lease,
    deps: Arc<Deps>,
    connection: Connection,
    epoch: u64,
    link: Link,
    /// Keys whose files have to go.
    worthless: Worthless,
    outbox: Outbox,
    probing: bool,
    failures: u32,
    span: tracing::Span,
}

impl Actor for SessionActor {
    type Msg = SessionMsg;
    type State = State;
    type Arguments = SessionArgs;

    async fn pre_start(
        &self,
        myself: ActorRef<SessionMsg>,
        args: SessionArgs,
    ) -> Result<State, ActorProcessingErr> {
        let record = args.status.record();
        let span = tracing::info_span!("session", id = %record.id, client = %record.client_id);
        let outbox = Outbox::open(args.status.clone(), &args.deps, &span);
        let check_every = CHECK_EVERY.min(args.deps.settings.probe_after);
        myself.send_interval(check_every, || SessionMsg::Check);
        Ok(State {
            status: args.status,
            lease: args.lease,
            deps: args.deps,
            connection: Connection::Down,
            epoch: 0,
            link: Link::default(),
            worthless: Worthless::default(),
            outbox,
            probing: false,
            failures: 0,
            span,
        })
    }

    async fn handle(
        &self,
        me: ActorRef<SessionMsg>,
        message: SessionMsg,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        let span = state.span.clone();
        let acted = async {
            let outcome = state.act(&me, message).await;
            state.status.tell_link().await;
            state.set_alarm(&me);
            outcome
        };
        acted.instrument(span).await
    }

    async fn post_stop(
        &self,
        _me: ActorRef<SessionMsg>,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        state.status.flush().await;
        if let Some(live) = state.give_up() {
            live.close().await;
        }
        Ok(())
    }
}

impl State {
    async fn act(
        &mut self,
        me: &ActorRef<SessionMsg>,
        message: SessionMsg,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            SessionMsg::Boot => self.boot(me).await,
            SessionMsg::Start { reply } => self.start(me, reply).await,
            SessionMsg::Stop { reply } => self.stop(reply).await,
            SessionMsg::Restart { reply } => self.restart(me, reply).await,
            SessionMsg::Link(message) => self.link(me, message).await,
            SessionMsg::LogOut { reply } => self.log_out(me, reply),
            SessionMsg::Retire { reply } => self.retire(reply),
            SessionMsg::Send {
                text,
                claim,
                trace,
                reply,
            } => self.send(text, claim, trace, reply),
            SessionMsg::Cancel { id, reply } => self.outbox.cancel(id, reply),
            SessionMsg::Opened { epoch, outcome } => self.opened(epoch, outcome).await,
            SessionMsg::Heard { epoch, event } => return self.heard(me, epoch, event).await,
            SessionMsg::Unlinked { confirmed, reply } => self.unlinked(confirmed, reply).await,
            SessionMsg::Probed { epoch, alive } => self.probed(me, epoch, alive).await,
            SessionMsg::Check => self.check(me).await,
            #[cfg(feature = "sandbox")]
            SessionMsg::Crash { inside_client } => self.crash(inside_client),
        }
        Ok(())
    }

    /// After birth, at the start of the daemon and after a crash.
    async fn boot(&mut self, me: &ActorRef<SessionMsg>) {
        let record = self.status.record();
        let crashed = record
            .cause
            .as_ref()
            .is_some_and(|cause| cause.code == CauseCode::Crashed);
        if record.desired == Desired::Stopped {
            self.status.enter(SessionState::Stopped, record.cause).await;
        } else if record
            .cause
            .as_ref()
            .is_some_and(|cause| cause.code.is_terminal())
        {
            // It stays as it is until a person starts it.
        } else if record.account.is_some() || crashed || record.state == SessionState::Starting {
            self.open(me, if crashed { record.cause } else { None })
                .await;
        } else {
            // Nobody may be looking: a new round of codes begins when somebody asks for one.
            self.status.enter(SessionState::Starting, None).await;
            self.status
                .enter(SessionState::Linking, Some(round_over()))
                .await;
        }
    }

    async fn start(&mut self, me: &ActorRef<SessionMsg>, reply: Reply<SessionView>) {
        self.status
            .change(|record| record.desired = Desired::Running)
            .await;
        if matches!(self.connection, Connection::Down) {
            self.open(me, None).await;
        }
        answer(reply, Ok(self.status.view()));
    }

    async fn stop(&mut self, reply: Reply<SessionView>) {
        let live = self.give_up();
        self.status
            .change(|record| record.desired = Desired::Stopped)
            .await;
        if self.status.state() != SessionState::LoggedOut {
            self.status
                .enter(SessionState::Stopped, Some(stopped()))
                .await;
        }
        let view = self.status.view();
        self.on_task(async move {
            if let Some(live) = live {
                live.close().await;
            }
            answer(reply, Ok(view));
        });
    }

    async fn restart(&mut self, me: &ActorRef<SessionMsg>, reply: Reply<SessionView>) {
        if let Some(live) = self.give_up() {
            self.on_task(live.close());
        }
        self.start(me, reply).await;
    }

    /// Accepts a message while the session is connected or on its way there; from every other state it would not
    /// leave by itself.
    fn send(
        &mut self,
        text: OutgoingText,
        claim: Option<Claim>,
        trace: Option<TraceParent>,
        reply: Reply<Accepted>,
    ) {
        if matches!(text.to, ChatId::Newsletter(_) | ChatId::Status) {
            return answer(reply, Err(SessionError::UnsupportedRecipient(text.to)));
        }
        if self.deps.disk.borrow().is_some() {
            return answer(reply, Err(SessionError::NotWritten));
        }
        let view = self.status.view();
        let on_its_way = matches!(
            view.record.state,
            SessionState::Connected | SessionState::Reconnecting | SessionState::Starting
        );
        match view.record.account.clone().filter(|_| on_its_way) {
            Some(account) => {
                let message = self.draft(text, account);
                if let Some(trace) = trace {
                    self.deps.settings.traces.begin(&message.id, trace);
                }
                self.outbox.accept(Draft {
                    message,
                    claim,
                    reply,
                });
            }
            None => answer(reply, Err(SessionError::not_ready(&view))),
        }
    }

    fn draft(&self, text: OutgoingText, account: Account) -> Message {
        let (record, now) = (self.status.record(), self.status.now());
        let expires_at = text
            .expires_at
            .unwrap_or_else(|| now.plus(self.deps.settings.message_ttl));
        Message {
            id: self.deps.ids.message(),
            wa_id: IdMaker::wa_message(),
            session_id: record.id,
            client_id: record.client_id,
            chat: Party::from_id(text.to),
            sender: Party::person(account.phone, account.lid),
            sender_name: None,
            direction: Direction::Out,
            kind: "text".to_owned(),
            text: Some(text.text),
            state: Some(MessageState::Queued),
            states: [(MessageState::Queued, now)].into(),
            recipients: Vec::new(),
            failure: None,
            expires_at: Some(expires_at),
            edited_at: None,
            revoked_at: None,
            at: now,
        }
    }

    #[cfg(feature = "sandbox")]
    #[expect(clippy::panic, reason = "the sandbox's way to prove isolation")]
    fn crash(&self, inside_client: bool) {
        match &self.connection {
            Connection::Up(live) if inside_client => live.client().crash(),
            _ => panic!("a crash of the session's actor was asked for"),
        }
    }
}

/// Somebody wanted it.
fn stopped() -> Cause {
    Cause::new(
        CauseCode::StoppedByRequest,
        "stopped on request; start it again with POST …/start",
    )
}

/// All codes of a round were shown and nobody scanned one.
fn round_over() -> Cause {
    Cause::new(
        CauseCode::QrExpired,
        "no code was scanned; ask for one to begin a new round",
    )
}
