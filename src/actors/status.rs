//! The one place where a session's state lives. It outlives the session's actor, so that a crash is visible too.

use crate::clock::Clock;
use crate::domain::session::Cause;
use crate::domain::session::QrCode;
use crate::domain::session::SessionRecord;
use crate::domain::session::SessionState;
use crate::domain::session::SessionView;
use crate::domain::time::Timestamp;
use crate::store::Store;
use std::sync::Arc;
use tokio::sync::watch;

/// A session's state, shared by its actor (which writes), the supervisor (which writes while there is no actor) and
/// everybody who reads or waits.
#[derive(Clone)]
pub(super) struct Status {
    view: Arc<watch::Sender<SessionView>>,
    store: Store,
    clock: Clock,
}

impl Status {
    /// The status of a session that is on disk.
    pub(super) fn new(record: SessionRecord, store: Store, clock: Clock) -> Self {
        Self {
            view: Arc::new(watch::Sender::new(SessionView { record, qr: None })),
            store,
            clock,
        }
    }

    /// As it is now.
    pub(super) fn view(&self) -> SessionView {
        self.view.borrow().clone()
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
    /// anybody is told; when the disk fails it is told all the same, because what is shown must be true.
    pub(super) async fn enter_and(
        &self,
        next: SessionState,
        cause: Option<Cause>,
        edit: impl FnOnce(&mut SessionRecord),
    ) {
        let before = self.state();
        if !before.may_become(next) {
            tracing::warn!(
                from = before.as_str(),
                to = next.as_str(),
                "a state that may not follow was ignored"
            );
            return;
        }
        let now = self.now();
        let code = cause.as_ref().map(|cause| cause.code.as_str());
        self.change(|record| {
            if record.state != next {
                record.since = now;
            }
            record.state = next;
            record.cause = cause;
            edit(record);
        })
        .await;
        if before != next {
            tracing::info!(
                from = before.as_str(),
                to = next.as_str(),
                cause = code,
                "session state"
            );
        }
    }

    /// Changes what is remembered, on disk first. A code to scan never outlives the state that showed it.
    pub(super) async fn change(&self, edit: impl FnOnce(&mut SessionRecord)) {
        let mut record = self.record();
        edit(&mut record);
        self.save(&record).await;
        self.view.send_modify(|view| {
            view.record = record;
            if view.record.state != SessionState::Linking {
                view.qr = None;
            }
        });
    }

    /// Shows a code, or none.
    pub(super) fn show_qr(&self, qr: Option<QrCode>) {
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
        self.save(&record).await;
    }

    async fn save(&self, record: &SessionRecord) {
        if let Err(error) = self.store.save_session(record).await {
            tracing::error!(session = %record.id, error = &error as &dyn std::error::Error, "a session's state could not be written down");
        }
    }
}
