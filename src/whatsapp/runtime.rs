//! Where the library's tasks run: on tokio, each guarded, so that a panic in one becomes an event of its session.
//!
//! The library detaches its tasks; without this a panic in one of them would leave a session that looks alive.

use crate::whatsapp::ClientEvent;
use crate::whatsapp::EventSink;
use futures::FutureExt;
use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;
use tracing::Span;
use whatsapp_rust::Runtime;
use whatsapp_rust::TokioRuntime;
use whatsapp_rust::wacore::runtime::AbortHandle;

type Task = Pin<Box<dyn Future<Output = ()> + Send + 'static>>;

/// The runtime of one session's client.
#[derive(Clone)]
pub(super) struct GuardedRuntime {
    inner: Arc<TokioRuntime>,
    span: Span,
    sink: EventSink,
    cut: CancellationToken,
}

impl GuardedRuntime {
    /// `span` marks every log line of the session, `sink` learns of panics.
    pub(super) fn new(span: Span, sink: EventSink) -> Self {
        Self {
            inner: Arc::new(TokioRuntime),
            span,
            sink,
            cut: CancellationToken::new(),
        }
    }

    /// Ends every task where it stands.
    pub(super) fn cut(&self) {
        self.cut.cancel();
    }

    fn guard(&self, task: Task) -> Task {
        let (sink, cut) = (Arc::clone(&self.sink), self.cut.clone());
        let guarded = async move {
            let task = AssertUnwindSafe(task).catch_unwind();
            if let Some(Err(panic)) = cut.run_until_cancelled(task).await {
                sink(ClientEvent::Panicked {
                    text: panic_text(panic.as_ref()),
                });
            }
        };
        Box::pin(guarded.instrument(self.span.clone()))
    }
}

impl Runtime for GuardedRuntime {
    fn spawn(&self, future: Task) -> AbortHandle {
        self.inner.spawn(self.guard(future))
    }

    fn spawn_detached(&self, future: Task) {
        self.inner.spawn_detached(self.guard(future));
    }

    fn sleep(&self, duration: Duration) -> Task {
        self.inner.sleep(duration)
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send + 'static>) -> Task {
        let (span, sink) = (self.span.clone(), Arc::clone(&self.sink));
        self.inner.spawn_blocking(Box::new(move || {
            if let Err(panic) = std::panic::catch_unwind(AssertUnwindSafe(|| span.in_scope(work))) {
                sink(ClientEvent::Panicked {
                    text: panic_text(panic.as_ref()),
                });
            }
        }))
    }

    fn yield_now(&self) -> Option<Task> {
        self.inner.yield_now()
    }
}

/// What a panic said.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc::unbounded_channel;

    #[tokio::test]
    async fn a_panic_in_any_kind_of_task_is_told() {
        let (told, mut heard) = unbounded_channel();
        let sink: EventSink = Arc::new(move |event| told.send(event).unwrap());
        let runtime = GuardedRuntime::new(Span::none(), sink);
        let expected = |text: &str| {
            Some(ClientEvent::Panicked {
                text: text.to_owned(),
            })
        };

        runtime.spawn_detached(Box::pin(async { panic!("detached") }));
        assert_eq!(heard.recv().await, expected("detached"));
        runtime
            .spawn(Box::pin(async { panic!("{}", "spawned") }))
            .detach();
        assert_eq!(heard.recv().await, expected("spawned"));
        runtime
            .spawn_blocking(Box::new(|| panic!("blocking")))
            .await;
        assert_eq!(heard.recv().await, expected("blocking"));
    }
}
