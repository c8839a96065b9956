//! One task a session sends its messages, one after the other, so that their order is kept.
//!
//! A message gets its ids and its row first and is handed to the connection then. Waiting for WhatsApp's verdict
//! does not hold up the next message.

use crate::actors::deps::Deps;
use crate::actors::error::SessionError;
use crate::actors::reply::Reply;
use crate::actors::reply::answer;
use crate::actors::status::Status;
use crate::domain::chat::ChatId;
use crate::domain::chat::Party;
use crate::domain::id::WaId;
use crate::domain::message::Direction;
use crate::domain::message::Message;
use crate::domain::message::MessageState;
use crate::domain::message::OutgoingText;
use crate::domain::message::SendFailure;
use crate::domain::message::StateReport;
use crate::domain::time::Timestamp;
use crate::whatsapp::Client;
use crate::whatsapp::error::WhatsAppError;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;
use tracing::Span;

/// How many recipients a session remembers, so that it need not ask WhatsApp for each message.
const KNOWN_RECIPIENTS: usize = 1000;
/// When a caller who met a full queue may try again.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// The way into a session's queue.
pub(super) struct Outbox {
    jobs: mpsc::Sender<Job>,
    verdicts: Verdicts,
    limit: usize,
    _sender: AbortOnDropHandle<()>,
}

/// A message that waits for its turn.
pub(super) struct Job {
    /// What to send.
    pub(super) message: OutgoingText,
    /// The client that was up when it was accepted.
    pub(super) client: Arc<dyn Client>,
    /// When it was accepted.
    pub(super) accepted_at: Timestamp,
    /// Who waits for it.
    pub(super) reply: Reply<Message>,
}

impl Outbox {
    /// Starts the task; it ends with this value.
    pub(super) fn open(status: Status, deps: &Arc<Deps>, span: &Span) -> Self {
        let limit = deps.settings.outbox_per_session;
        let (jobs, queue) = mpsc::channel(limit);
        let verdicts = Verdicts::default();
        let sender = Sender {
            status,
            deps: Arc::clone(deps),
            verdicts: verdicts.clone(),
            known: HashMap::new(),
        };
        let task = deps.tasks.spawn(sender.run(queue).instrument(span.clone()));
        Self {
            jobs,
            verdicts,
            limit,
            _sender: AbortOnDropHandle::new(task),
        }
    }

    /// Puts a message into the queue, or says that it is full.
    pub(super) fn accept(&self, job: Job) {
        if let Err(error) = self.jobs.try_send(job) {
            let full = SessionError::QueueFull {
                limit: self.limit,
                retry_after: RETRY_AFTER,
            };
            answer(error.into_inner().reply, Err(full));
        }
    }

    /// Tells whoever waits for it what became of a message.
    pub(super) fn settle(&self, report: &StateReport) {
        for id in &report.wa_ids {
            self.verdicts.settle(id);
        }
    }
}

/// Who waits for WhatsApp's verdict on which message.
#[derive(Clone, Default)]
struct Verdicts(Arc<Mutex<HashMap<WaId, oneshot::Sender<()>>>>);

impl Verdicts {
    fn expect(&self, id: &WaId) -> oneshot::Receiver<()> {
        let (settled, verdict) = oneshot::channel();
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever waited longest may have given up; those are swept here, so that the map stays as small as the queue.
        waiting.retain(|_, waiter| !waiter.is_closed());
        waiting.insert(id.clone(), settled);
        verdict
    }

    fn settle(&self, id: &WaId) {
        let waiter = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(id);
        // Nobody may be waiting any more.
        waiter.map(|waiter| waiter.send(()));
    }
}

struct Sender {
    status: Status,
    deps: Arc<Deps>,
    verdicts: Verdicts,
    known: HashMap<ChatId, Party>,
}

impl Sender {
    async fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        while let Some(job) = queue.recv().await {
            if job.reply.is_closed() {
                continue;
            }
            match self.send(&job).await {
                Ok((message, verdict)) => self.answer_later(message, verdict, job.reply),
                Err(error) => answer(job.reply, Err(error)),
            }
        }
    }

    /// Writes the message down and hands it to the connection.
    async fn send(&mut self, job: &Job) -> Result<(Message, oneshot::Receiver<()>), SessionError> {
        let to = self.recipient(job).await?;
        let message = self.draft(job, to)?;
        self.deps
            .store
            .add_messages(std::slice::from_ref(&message))
            .await?;
        let verdict = self.verdicts.expect(&message.wa_id);
        self.status.touch();
        let limit = self.deps.settings.ack_timeout;
        let handed = tokio::time::timeout(
            limit,
            job.client
                .send_text(&message.chat.id, &job.message.text, &message.wa_id),
        )
        .await;
        match handed {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                self.note(&message, MessageState::Failed, Some(failure(&error)))
                    .await?;
            }
            // Dropped in the middle: it may have left or not.
            Err(_) => self.note(&message, MessageState::Unknown, None).await?,
        }
        Ok((message, verdict))
    }

    /// Waits, apart from the queue, until WhatsApp has answered or the time is up; then says how far the message is.
    fn answer_later(
        &self,
        message: Message,
        verdict: oneshot::Receiver<()>,
        reply: Reply<Message>,
    ) {
        let (deps, session) = (Arc::clone(&self.deps), message.session_id.clone());
        self.deps.tasks.spawn(async move {
            let limit = deps.settings.ack_timeout;
            // An error means that the outbox is gone: the row says what is known.
            drop(tokio::time::timeout(limit, verdict).await);
            let now = deps.store.message(&session, &message.id).await;
            let outcome = now
                .map_err(SessionError::from)
                .and_then(|found| found.ok_or(SessionError::NotFound(session)));
            answer(reply, outcome.and_then(SessionError::for_failed_message));
        });
    }

    /// Whom the message goes to, by both names where WhatsApp knows them.
    async fn recipient(&mut self, job: &Job) -> Result<Party, SessionError> {
        let to = &job.message.to;
        match to {
            ChatId::Group(_) => return Ok(Party::from_id(to.clone())),
            ChatId::Newsletter(_) | ChatId::Status => {
                return Err(SessionError::UnsupportedRecipient(to.clone()));
            }
            ChatId::Person(_) | ChatId::Lid(_) => {}
        }
        if let Some(known) = self.known.get(to) {
            return Ok(known.clone());
        }
        let found = job
            .client
            .look_up(to)
            .await
            .map_err(|error| SessionError::from_whatsapp(error, &self.status.view()))?;
        let party = found.ok_or_else(|| SessionError::UnknownRecipient(to.clone()))?;
        if self.known.len() >= KNOWN_RECIPIENTS {
            self.known.clear();
        }
        self.known.insert(to.clone(), party.clone());
        Ok(party)
    }

    fn draft(&self, job: &Job, chat: Party) -> Result<Message, SessionError> {
        let view = self.status.view();
        let account = view
            .record
            .account
            .clone()
            .ok_or_else(|| SessionError::not_ready(&view))?;
        let now = self.status.now();
        let state = MessageState::Sending;
        Ok(Message {
            id: self.deps.ids.message(),
            wa_id: job.client.new_message_id(),
            session_id: view.record.id,
            client_id: view.record.client_id,
            chat,
            sender: Party::person(account.phone, account.lid),
            sender_name: None,
            direction: Direction::Out,
            kind: "text".to_owned(),
            text: Some(job.message.text.clone()),
            state: Some(state),
            states: [(MessageState::Queued, job.accepted_at), (state, now)].into(),
            failure: None,
            at: now,
        })
    }

    async fn note(
        &self,
        message: &Message,
        state: MessageState,
        failure: Option<SendFailure>,
    ) -> Result<(), SessionError> {
        let report = StateReport {
            wa_ids: vec![message.wa_id.clone()],
            state,
            at: self.status.now(),
            failure,
        };
        self.deps
            .store
            .advance(&message.session_id, &report)
            .await?;
        self.verdicts.settle(&message.wa_id);
        Ok(())
    }
}

fn failure(error: &WhatsAppError) -> SendFailure {
    let (code, retryable) = match error {
        WhatsAppError::NotConnected => ("not_connected", true),
        WhatsAppError::Refused { retryable, .. } => ("rejected", *retryable),
        WhatsAppError::Timeout(_) => ("timeout", true),
        WhatsAppError::Storage(_) | WhatsAppError::UnsupportedChat => ("rejected", false),
    };
    SendFailure {
        code: code.to_owned(),
        detail: error.to_string(),
        retryable,
    }
}
