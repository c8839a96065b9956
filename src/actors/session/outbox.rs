//! One task a session sends its messages: those on disk, in their order, each once.
//!
//! A message is accepted when it is on disk, with its ids. It is handed to the connection when its turn comes, and
//! stays in the queue until WhatsApp has answered; what was handed over without an answer is handed over again under
//! the same id, which makes it the same message for everybody who gets it twice. Within a chat, one message waits
//! for the answer of the one before, so that no loss and no repetition changes their order.

mod handing;
mod queue;

use crate::actors::deps::Deps;
use crate::actors::error::SessionError;
use crate::actors::reply::Reply;
use crate::actors::reply::answer;
use crate::actors::status::Status;
use crate::domain::id::MessageId;
use crate::domain::idempotency::Claim;
use crate::domain::message::Message;
use crate::domain::message::MessageState;
use crate::domain::message::SendFailure;
use crate::domain::message::StateReport;
use crate::meter;
use crate::store::StoreError;
use crate::telemetry::trace;
use crate::whatsapp::Client;
use handing::Handed;
use handing::Recipients;
use queue::Queue;
use queue::Verdict;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;
use tracing::Span;

/// When a caller who met a full queue may try again.
const RETRY_AFTER: Duration = Duration::from_secs(2);
/// How often deadlines are looked at while anything waits.
const TICK: Duration = Duration::from_millis(500);
/// How long to leave a database alone that cannot be read.
const STORE_PAUSE: Duration = Duration::from_secs(1);
/// Orders that are taken at once, so that their messages share one commit.
const ORDERS: usize = 64;

/// The way into a session's queue.
pub(super) struct Outbox {
    orders: mpsc::UnboundedSender<Order>,
    depth: Arc<AtomicUsize>,
    limit: usize,
    _task: AbortOnDropHandle<()>,
}

/// A message that was asked for and is not on disk yet.
pub(in crate::actors) struct Draft {
    /// As it will be kept.
    pub(in crate::actors) message: Message,
    /// The key of the request, where it had one.
    pub(in crate::actors) claim: Option<Claim>,
    /// Who waits for it to be accepted.
    pub(in crate::actors) reply: Reply<Accepted>,
}

/// A message that is on disk.
pub(in crate::actors) struct Accepted {
    /// As it was written.
    pub(in crate::actors) message: Message,
    /// Resolves, either way, when its outcome is known.
    pub(in crate::actors) settled: oneshot::Receiver<()>,
}

/// What the task is told.
enum Order {
    Accept(Box<Draft>),
    Up(Arc<dyn Client>),
    Down,
    Settle(StateReport),
    Cancel(MessageId, Reply<()>),
    Abandon(SendFailure),
}

impl Outbox {
    /// Starts the task, which reads what is waiting; it ends with this value.
    pub(super) fn open(status: Status, deps: &Arc<Deps>, span: &Span) -> Self {
        let (orders, queue) = mpsc::unbounded_channel();
        let depth = status.depth();
        // What an outbox before this one had counted is on disk or refused.
        depth.store(0, Ordering::SeqCst);
        let sender = Sender {
            queue: Queue::default(),
            depth: Arc::clone(&depth),
            status,
            deps: Arc::clone(deps),
            client: None,
            recipients: Recipients::default(),
            handing: JoinSet::new(),
            connection: 0,
        };
        let task = deps.tasks.spawn(sender.run(queue).instrument(span.clone()));
        Self {
            orders,
            depth,
            limit: deps.settings.outbox_per_session,
            _task: AbortOnDropHandle::new(task),
        }
    }

    /// Takes a message in, or says that the queue is full.
    pub(super) fn accept(&self, draft: Draft) {
        let (limit, more) = (self.limit, |depth| {
            (depth < self.limit).then_some(depth + 1)
        });
        let taken = self
            .depth
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, more);
        if taken.is_err() {
            let full = SessionError::QueueFull {
                limit,
                retry_after: RETRY_AFTER,
            };
            return answer(draft.reply, Err(full));
        }
        self.order(Order::Accept(Box::new(draft)));
    }

    /// There is a connection: what waits can go.
    pub(super) fn up(&self, client: Arc<dyn Client>) {
        self.order(Order::Up(client));
    }

    /// The connection is gone: what has no answer yet will go again.
    pub(super) fn down(&self) {
        self.order(Order::Down);
    }

    /// WhatsApp has told how far messages are.
    pub(super) fn settle(&self, report: StateReport) {
        self.order(Order::Settle(report));
    }

    /// Takes a message out of the queue that has not been handed over yet.
    pub(super) fn cancel(&self, id: MessageId, reply: Reply<()>) {
        self.order(Order::Cancel(id, reply));
    }

    /// The account is gone: nothing that waits may leave under another one.
    pub(super) fn abandon(&self, why: SendFailure) {
        self.order(Order::Abandon(why));
    }

    fn order(&self, order: Order) {
        // The task ends with this value alone, unless it crashed; whoever waits learns of it by the end of their port.
        if self.orders.send(order).is_err() {
            tracing::error!("the outbox's task is gone");
        }
    }
}

struct Sender {
    status: Status,
    deps: Arc<Deps>,
    queue: Queue,
    /// Counts what is in the queue or on the way there.
    depth: Arc<AtomicUsize>,
    client: Option<Arc<dyn Client>>,
    recipients: Recipients,
    /// At most one message is being handed over, so that the session's order is kept.
    handing: JoinSet<(u64, Handed)>,
    /// Counts connections: what an earlier one had in hand does not count any more.
    connection: u64,
}

impl Sender {
    async fn run(mut self, mut orders: mpsc::UnboundedReceiver<Order>) {
        self.load().await;
        let mut batch = Vec::new();
        loop {
            self.hand_next();
            self.status.note_oldest(self.queue.oldest());
            let waits = !self.queue.is_empty();
            tokio::select! {
                count = orders.recv_many(&mut batch, ORDERS) => {
                    if count == 0 {
                        return;
                    }
                    self.obey(&mut batch).await;
                }
                Some(ended) = self.handing.join_next() => {
                    if let Ok((connection, handed)) = ended
                        && connection == self.connection
                    {
                        self.handed(handed).await;
                    }
                }
                () = tokio::time::sleep(TICK), if waits => self.sweep().await,
            }
        }
    }

    /// What the last run, or the last actor, left behind.
    async fn load(&mut self) {
        let session = self.status.record().id;
        loop {
            match self.deps.store.waiting(&session).await {
                Ok(waiting) => {
                    self.depth.fetch_add(waiting.len(), Ordering::SeqCst);
                    return waiting
                        .into_iter()
                        .for_each(|message| self.queue.put(message, None));
                }
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "the outbox cannot be read; it is tried again"
                    );
                    tokio::time::sleep(STORE_PAUSE).await;
                }
            }
        }
    }

    async fn obey(&mut self, batch: &mut Vec<Order>) {
        let mut drafts = Vec::new();
        for order in batch.drain(..) {
            match order {
                Order::Accept(draft) => drafts.push(*draft),
                Order::Up(client) => {
                    self.disconnect();
                    self.client = Some(client);
                }
                Order::Down => self.disconnect(),
                Order::Settle(report) => {
                    let settled = self.queue.settle(&report);
                    self.depth.fetch_sub(settled.len(), Ordering::SeqCst);
                    for message in &settled {
                        let traces = &self.deps.settings.traces;
                        traces.answered(&message.id, report.failure.is_none());
                    }
                    if report.failure.is_none() {
                        let now = self.status.now();
                        let took = settled.iter().map(|message| now.since(message.at));
                        took.for_each(meter::sent);
                    }
                }
                Order::Cancel(id, reply) => {
                    // Whatever was asked for before is on disk before it can be cancelled.
                    self.accept(std::mem::take(&mut drafts)).await;
                    let outcome = self.cancel(&id).await;
                    answer(reply, outcome);
                }
                Order::Abandon(why) => {
                    self.accept(std::mem::take(&mut drafts)).await;
                    self.abandon(&why).await;
                }
            }
        }
        self.accept(drafts).await;
    }

    fn disconnect(&mut self) {
        self.client = None;
        self.connection += 1;
        self.handing.abort_all();
        self.queue.repeat_open();
    }

    /// Writes messages down, together, and lets their callers know.
    async fn accept(&mut self, drafts: Vec<Draft>) {
        if drafts.is_empty() {
            return;
        }
        let rows = drafts
            .iter()
            .map(|draft| (draft.message.clone(), draft.claim.clone()))
            .collect();
        let written = self.deps.store.enqueue(rows, self.status.now()).await;
        self.status.written(
            &written,
            "messages could not be written down and were refused",
        );
        let written = written.unwrap_or_else(|_| vec![false; drafts.len()]);
        for (draft, written) in drafts.into_iter().zip(written) {
            if !written {
                self.depth.fetch_sub(1, Ordering::SeqCst);
                answer(draft.reply, Err(SessionError::NotWritten));
                continue;
            }
            let (waiter, settled) = oneshot::channel();
            self.queue.put(draft.message.clone(), Some(waiter));
            let message = draft.message;
            answer(draft.reply, Ok(Accepted { message, settled }));
        }
    }

    /// Starts to hand over the next message whose turn it is.
    fn hand_next(&mut self) {
        let Some(client) = self.client.clone().filter(|_| self.handing.is_empty()) else {
            return;
        };
        let now = tokio::time::Instant::now();
        let Some(message) = self.queue.next(now, self.status.now()) else {
            return;
        };
        let known = self.recipients.get(&message.chat.id);
        let (deps, clock) = (Arc::clone(&self.deps), self.status.clone());
        let connection = self.connection;
        let parent = deps.settings.traces.of(&message.id);
        let waited = clock.now().since(message.at);
        let span = trace::outbox_send(parent.as_ref(), waited);
        let work = async move {
            let handed = handing::hand_over(&deps, (&clock, &span), client, message, known).await;
            (connection, handed)
        };
        self.handing.spawn(work.in_current_span());
    }

    async fn handed(&mut self, handed: Handed) {
        self.status.touch();
        if let Some((asked, party)) = handed.learnt {
            self.queue.resolved(&handed.id, party.clone());
            self.recipients.learn(asked, party);
        }
        let limit = self.deps.settings.ack_timeout;
        let verdict = self.queue.handed(
            &handed.id,
            handed.outcome,
            tokio::time::Instant::now(),
            limit,
        );
        self.carry_out(verdict.into_iter().collect()).await;
    }

    async fn sweep(&mut self) {
        let verdicts = self
            .queue
            .overdue(tokio::time::Instant::now(), self.status.now());
        self.carry_out(verdicts).await;
    }

    async fn cancel(&mut self, id: &MessageId) -> Result<(), SessionError> {
        let failure = SendFailure {
            code: "cancelled".to_owned(),
            detail: "it was cancelled before it left".to_owned(),
            retryable: false,
        };
        let Some(verdict) = self.queue.cancellable(id, failure) else {
            return Err(SessionError::NotCancellable(id.clone()));
        };
        self.write(&verdict).await?;
        self.remove(id);
        Ok(())
    }

    async fn abandon(&mut self, why: &SendFailure) {
        self.disconnect();
        let verdicts = self.queue.all(why);
        self.carry_out(verdicts).await;
    }

    /// Writes down what became of messages. What cannot be written stays in the queue, and is decided again later.
    async fn carry_out(&mut self, verdicts: Vec<Verdict>) {
        for verdict in verdicts {
            match self.write(&verdict).await {
                Ok(()) => self.remove(&verdict.id),
                // It is decided again with the next tick.
                Err(_) => break,
            }
        }
    }

    fn remove(&mut self, id: &MessageId) {
        if self.queue.remove(id) {
            self.depth.fetch_sub(1, Ordering::SeqCst);
        }
    }

    async fn write(&self, verdict: &Verdict) -> Result<(), StoreError> {
        let now = self.status.now();
        let report = match &verdict.failure {
            Some(failure) => StateReport::failed(&verdict.wa_id, failure.clone(), now),
            None => StateReport::of(&verdict.wa_id, MessageState::Unknown, now),
        };
        let session = self.status.record().id;
        let written = self.deps.store.advance(&session, report, now).await;
        self.status
            .written(&written, "a message's outcome could not be written down");
        written
    }
}
