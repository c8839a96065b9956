//! The one place where a session's state lives. It outlives the session's actor, so that a crash is visible too.

use crate::actors::storm;
use crate::actors::storm::Storm;
use crate::actors::storm::Tell;
use crate::clock::Clock;
use crate::domain::event::EventData;
use crate::domain::event::EventType;
use crate::domain::event::NewEvent;
use crate::domain::event::QrFact;
use crate::domain::event::SessionFact;
use crate::domain::event::UnstableFact;
use crate::domain::linking::LinkFailure;
use crate::domain::linking::Linking;
use crate::domain::session::Cause;
use crate::domain::session::CauseCode;
use crate::domain::session::Health;
use crate::domain::session::QrCode;
use crate::domain::session::SessionRecord;
use crate::domain::session::SessionState;
use crate::domain::session::SessionView;
use crate::domain::time::Timestamp;
use crate::meter;
use crate::store::Store;
use crate::store::StoreError;
use crate::whatsapp::Client;
use crate::whatsapp::Vitals;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::Weak;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use tokio::sync::watch;

/// A session's state, shared by its actor (which writes), the supervisor (which writes while there is no actor) and
/// everybody who reads or waits.
#[derive(Clone)]
pub(super) struct Status {
    view: Arc<watch::Sender<SessionView>>,
    store: Store,
    clock: Clock,
    depth: Arc<AtomicUsize>,
    oldest: Arc<AtomicI64>,
    signs: Arc<Mutex<Signs>>,
}

/// What is shown of linking.
type Shown = (Option<Linking>, Option<LinkFailure>);

/// What is known of the connection, and not worth writing down.
#[derive(Default)]
struct Signs {
    /// Weak: the actor alone decides how long a client lives.
    client: Option<Weak<dyn Client>>,
    last_pong_at: Option<Timestamp>,
    last_frame_at: Option<Timestamp>,
    /// Tries of clients that are gone.
    reconnects: u64,
    /// Tries of this client while it was being linked: WhatsApp asks for one, and the library can make two of it.
    of_linking: u64,
    next_retry_at: Option<Timestamp>,
    storm: Storm,
    /// How linking stands, until that is shown.
    unseen: Option<Shown>,
    /// Whether linking has come to a step, or to an end, that no event has told of.
    link_is_news: bool,
    /// What the database said when it last refused to write something of this session.
    trouble: Option<String>,
}

impl Signs {
    /// All tries, with those of a client that stands like this.
    fn reconnects_with(&self, vitals: &Vitals) -> u64 {
        self.reconnects + vitals.reconnects.saturating_sub(self.of_linking)
    }
}

impl Status {
    /// The status of a session that is on disk.
    pub(super) fn new(record: SessionRecord, store: Store, clock: Clock) -> Self {
        let view = SessionView {
            record,
            qr: None,
            linking: None,
            link_failure: None,
            health: Health::default(),
        };
        Self {
            view: Arc::new(watch::Sender::new(view)),
            store,
            clock,
            depth: Arc::default(),
            oldest: Arc::default(),
            signs: Arc::default(),
        }
    }

    /// As it is now.
    pub(super) fn view(&self) -> SessionView {
        let mut view = self.view.borrow().clone();
        view.health = self.health();
        if let Some(trouble) = &self.signs().trouble {
            let detail = format!(
                "nothing can be written down, so nothing is accepted and WhatsApp keeps what comes in: {trouble}; see that the disk of state.dir has room and is writable"
            );
            view.record.cause = Some(Cause::new(CauseCode::Storage, detail));
        }
        view
    }

    /// Takes note of whether what was to be written of this session was written. It shows as the cause, which cannot
    /// be written down itself, until something is written again.
    pub(super) fn written<T>(&self, outcome: &Result<T, StoreError>, what: &'static str) {
        let trouble = outcome
            .as_ref()
            .err()
            .map(|error| crate::actors::error::chain(error));
        if let Some(error) = &trouble {
            tracing::error!(error, "{what}");
        }
        let before = std::mem::replace(&mut self.signs().trouble, trouble);
        if before.is_some() && outcome.is_ok() {
            tracing::info!("the session's facts can be written down again");
        }
    }

    fn health(&self) -> Health {
        let signs = self.signs();
        let client = signs.client.as_ref().and_then(Weak::upgrade);
        let vitals = client.map(|client| client.vitals()).unwrap_or_default();
        Health {
            last_frame_at: vitals.last_frame_at.or(signs.last_frame_at),
            last_pong_at: signs.last_pong_at,
            reconnects: signs.reconnects_with(&vitals),
            queue_depth: self.depth.load(Ordering::SeqCst),
            next_retry_at: signs.next_retry_at,
        }
    }

    fn signs(&self) -> MutexGuard<'_, Signs> {
        self.signs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many messages wait; the outbox keeps it true.
    pub(super) fn depth(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.depth)
    }

    /// How many messages wait, and since when the oldest of them has.
    pub(super) fn waiting(&self) -> (usize, Option<Timestamp>) {
        let oldest = self.oldest.load(Ordering::Relaxed);
        let oldest = (oldest > 0).then(|| Timestamp::from_millis(oldest));
        (self.depth.load(Ordering::SeqCst), oldest)
    }

    /// The outbox says since when its oldest message waits.
    pub(super) fn note_oldest(&self, at: Option<Timestamp>) {
        let millis = at.map_or(0, Timestamp::as_millis);
        self.oldest.store(millis, Ordering::Relaxed);
    }

    /// Takes note of the client that runs the session from now on.
    pub(super) fn attach(&self, client: &Arc<dyn Client>) {
        self.detach();
        self.signs().client = Some(Arc::downgrade(client));
    }

    /// Takes note that the client is given up, and remembers what it knew.
    pub(super) fn detach(&self) {
        let mut signs = self.signs();
        let client = signs.client.take().and_then(|client| client.upgrade());
        if let Some(vitals) = client.map(|client| client.vitals()) {
            signs.reconnects = signs.reconnects_with(&vitals);
            signs.of_linking = 0;
            signs.last_frame_at = vitals.last_frame_at.or(signs.last_frame_at);
        }
    }

    /// The client that was being linked is connected. How often it had to try is no sign of a bad connection.
    pub(super) fn linking_connected(&self) {
        let mut signs = self.signs();
        let client = signs.client.as_ref().and_then(Weak::upgrade);
        signs.of_linking = client.map_or(0, |client| client.vitals().reconnects);
    }

    /// WhatsApp has answered a probe.
    pub(super) fn pong(&self) {
        let now = self.now();
        self.signs().last_pong_at = Some(now);
    }

    /// About when the next try to connect is made; none when none is coming.
    pub(super) fn retry_at(&self, moment: Option<Timestamp>) {
        self.signs().next_retry_at = moment;
    }

    /// Only the record.
    pub(super) fn record(&self) -> SessionRecord {
        self.view.borrow().record.clone()
    }

    /// The state alone.
    pub(super) fn state(&self) -> SessionState {
        self.view.borrow().record.state
    }

    /// Tells of every change from now on.
    pub(super) fn watch(&self) -> watch::Receiver<SessionView> {
        self.view.subscribe()
    }

    /// What time it is, by the clock that dates the changes.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now().into()
    }

    /// Moves to a state, if it may follow.
    pub(super) async fn enter(&self, next: SessionState, cause: Option<Cause>) {
        self.enter_and(next, cause, |_| {}).await;
    }

    /// Moves to a state, if it may follow, and changes something else in the same step. The change is on disk before
    /// anybody is told; when the disk fails it is shown all the same, because what is shown must be true.
    pub(super) async fn enter_and(
        &self,
        next: SessionState,
        cause: Option<Cause>,
        edit: impl FnOnce(&mut SessionRecord),
    ) {
        let before = self.record();
        if !before.state.may_become(next) {
            tracing::warn!(
                from = before.state.as_str(),
                to = next.as_str(),
                "a state that may not follow was ignored"
            );
            return;
        }
        let now = self.now();
        let mut record = before.clone();
        if record.state != next {
            record.since = now;
        }
        record.state = next;
        record.cause = cause;
        edit(&mut record);
        let code = |record: &SessionRecord| record.cause.as_ref().map(|cause| cause.code);
        let is_news = before.state != next || code(&before) != code(&record);
        let told = if is_news {
            self.news(&before, &record, now)
        } else {
            None
        };
        if before.state != next && next == SessionState::Reconnecting {
            meter::connection_lost(code(&record).map_or("unknown", CauseCode::as_str));
        }
        if before.state != next {
            tracing::info!(
                from = before.state.as_str(),
                to = next.as_str(),
                cause = code(&record).map(CauseCode::as_str),
                "session state"
            );
        }
        if !matches!(next, SessionState::Reconnecting | SessionState::Starting) {
            self.retry_at(None);
        }
        self.put(record, told).await;
    }

    /// What is to be told of a change, with regard to storms.
    fn news(
        &self,
        before: &SessionRecord,
        record: &SessionRecord,
        now: Timestamp,
    ) -> Option<NewEvent> {
        let mut signs = self.signs();
        let tell = match record.state {
            SessionState::Reconnecting if before.state != SessionState::Reconnecting => {
                signs.storm.lost(now)
            }
            SessionState::Reconnecting | SessionState::Connected | SessionState::Starting => {
                signs.storm.recovering()
            }
            _ => {
                signs.storm.forget();
                Tell::Change
            }
        };
        drop(signs);
        let (kind, data) = match tell {
            Tell::Nothing => return None,
            Tell::Change => {
                let (kind, fact) = (
                    EventType::of_state(record.state),
                    self.fact(record, before.state),
                );
                // A step has an event of its own; that there is none any more needs no second one.
                if kind == EventType::SessionLinking || fact.linking.is_none() {
                    self.signs().link_is_news = false;
                }
                (kind, EventData::Session(fact))
            }
            Tell::Storm { losses } => {
                tracing::warn!(losses, "the session loses its connection again and again");
                let fact = UnstableFact {
                    losses,
                    window_seconds: storm::WINDOW.as_secs(),
                    cause: record.cause.clone(),
                };
                (EventType::SessionUnstable, EventData::Unstable(fact))
            }
        };
        Some(event(record, kind, now, data))
    }

    /// Looks whether a storm is over, and tells of it then.
    pub(super) async fn check_calm(&self) {
        let (record, now) = (self.record(), self.now());
        let over =
            record.state == SessionState::Connected && self.signs().storm.stands(record.since, now);
        if over {
            let fact = self.fact(&record, SessionState::Reconnecting);
            self.tell(EventType::SessionConnected, EventData::Session(fact))
                .await;
        }
    }

    /// Shows that WhatsApp limits the number, or that it does not any more, and tells of it.
    pub(super) async fn restrict(&self, cause: Option<Cause>) {
        let mut record = self.record();
        record.cause = cause;
        let data = EventData::Session(self.fact(&record, record.state));
        let told = event(&record, EventType::SessionRestricted, self.now(), data);
        self.put(record, Some(told)).await;
    }

    /// Writes down and tells something that changes no state.
    pub(super) async fn tell(&self, kind: EventType, data: EventData) {
        let record = self.record();
        let event = event(&record, kind, self.now(), data);
        let written = self.store.append(event).await;
        self.written(&written, "an event could not be written down");
    }

    /// Changes what is remembered, on disk first.
    pub(super) async fn change(&self, edit: impl FnOnce(&mut SessionRecord)) {
        let mut record = self.record();
        edit(&mut record);
        self.put(record, None).await;
    }

    /// A code to scan never outlives the state that showed it, nor does linking outlive its session's client.
    async fn put(&self, record: SessionRecord, told: Option<NewEvent>) {
        self.save(&record, told).await;
        let crashed = record.cause.as_ref().map(|cause| cause.code) == Some(CauseCode::Crashed);
        let unseen = self.signs().unseen.take();
        self.view.send_modify(|view| {
            view.record = record;
            if let Some((linking, failure)) = unseen {
                (view.linking, view.link_failure) = (linking, failure);
            }
            if view.record.state != SessionState::Linking {
                view.qr = None;
            }
            if crashed || view.record.state == SessionState::Failed {
                view.linking = None;
            }
        });
    }

    /// A session's record as events tell it.
    fn fact(&self, record: &SessionRecord, previous: SessionState) -> SessionFact {
        let (linking, failure) = self.link();
        SessionFact::of(record, Some(previous)).with_linking(linking, failure)
    }

    /// How linking stands, also where that is not shown yet.
    pub(super) fn link(&self) -> Shown {
        let unseen = self.signs().unseen.clone();
        unseen.unwrap_or_else(|| {
            let view = self.view.borrow();
            (view.linking, view.link_failure.clone())
        })
    }

    /// Takes note of how linking stands. It is shown together with the state that comes with it, or by
    /// [`Status::show_link`], and told with that state's event, or by [`Status::tell_link`].
    pub(super) fn note_link(&self, linking: Option<Linking>, failure: Option<LinkFailure>) {
        let (linking_before, failure_before) = self.link();
        let step = |linking: Option<Linking>| linking.map(|linking| linking.step);
        let new_step = linking.is_some() && step(linking_before) != step(linking);
        // The same failure once more is no news.
        let named = |failure: &Option<LinkFailure>| {
            failure
                .as_ref()
                .map(|failure| (failure.code, failure.detail.clone()))
        };
        let new_failure = failure.is_some() && named(&failure_before) != named(&failure);
        if new_step || new_failure {
            self.link_is_news();
        }
        self.signs().unseen = Some((linking, failure));
    }

    /// Shows how linking stands.
    pub(super) fn show_link(&self) {
        let unseen = self.signs().unseen.take();
        if let Some((linking, failure)) = unseen {
            self.view.send_modify(|view| {
                (view.linking, view.link_failure) = (linking, failure);
            });
        }
    }

    /// How linking stands is to be told.
    pub(super) fn link_is_news(&self) {
        self.signs().link_is_news = true;
    }

    /// Shows how linking stands, and tells of a step, or of the end, that no event has told of.
    pub(super) async fn tell_link(&self) {
        self.show_link();
        if std::mem::take(&mut self.signs().link_is_news) {
            let record = self.record();
            let fact = self.fact(&record, record.state);
            self.tell(EventType::SessionLinking, EventData::Session(fact))
                .await;
        }
    }

    /// Shows a code, or none.
    pub(super) async fn show_qr(&self, qr: Option<QrCode>) {
        if let Some(qr) = &qr {
            let expires_at = qr.expires_at;
            self.tell(EventType::SessionQr, EventData::Qr(QrFact { expires_at }))
                .await;
        }
        self.view.send_modify(|view| view.qr = qr);
    }

    /// Takes note that a message or receipt came or went. Written down with the next change or [`Status::flush`].
    pub(super) fn touch(&self) {
        let now = self.now();
        self.view
            .send_modify(|view| view.record.last_activity = Some(now));
    }

    /// Writes the record down as it is.
    pub(super) async fn flush(&self) {
        let record = self.record();
        self.save(&record, None).await;
    }

    async fn save(&self, record: &SessionRecord, told: Option<NewEvent>) {
        let written = self.store.save_session(record, told).await;
        self.written(&written, "a session's state could not be written down");
    }
}

fn event(record: &SessionRecord, kind: EventType, at: Timestamp, data: EventData) -> NewEvent {
    NewEvent {
        session_id: record.id.clone(),
        client_id: record.client_id.clone(),
        kind,
        at,
        data,
    }
}
