//! How the daemon stops: who asks for it, who is told, who is waited for.
//!
//! The first signal asks for a stop in order, within a deadline; a second one ends the process at once.
//! Knows nothing of what is being stopped.

use std::fmt;
use std::io;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The stop, as every part of the daemon sees it: a token to watch and a tracker to run tasks on. Clones share both.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    abort: CancellationToken,
    soft: CancellationToken,
    tasks: TaskTracker,
}

/// Some tasks did not end within the deadline; they have been dropped where they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{tasks} tasks did not end within {} seconds", deadline.as_secs())]
pub struct Overdue {
    /// How many were left.
    pub tasks: usize,
    /// How long they had.
    pub deadline: Duration,
}

impl Shutdown {
    /// Nothing stops yet.
    pub fn new() -> Self {
        let abort = CancellationToken::new();
        Self {
            soft: abort.child_token(),
            abort,
            tasks: TaskTracker::new(),
        }
    }

    /// Cancelled when the stop begins: finish what is at hand, begin nothing new.
    pub fn token(&self) -> &CancellationToken {
        &self.soft
    }

    /// Whether the stop has begun.
    pub fn has_begun(&self) -> bool {
        self.soft.is_cancelled()
    }

    /// Runs a task that the stop waits for, and drops at its next await when the deadline has passed. The handle
    /// gives `None` for a task that was dropped.
    pub fn spawn<F>(&self, task: F) -> JoinHandle<Option<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let abort = self.abort.clone();
        self.tasks
            .spawn(async move { abort.run_until_cancelled_owned(task).await })
    }

    /// Tells everybody to stop. Doing it twice changes nothing.
    pub fn begin(&self) {
        self.soft.cancel();
    }

    /// Tells everybody to stop and waits until all tasks have ended; drops those that overrun the deadline.
    pub async fn finish(&self, deadline: Duration) -> Result<(), Overdue> {
        self.begin();
        self.tasks.close();
        if tokio::time::timeout(deadline, self.tasks.wait())
            .await
            .is_ok()
        {
            return Ok(());
        }
        let overdue = Overdue {
            tasks: self.tasks.len(),
            deadline,
        };
        self.abort.cancel();
        Err(overdue)
    }
}

/// The signals that end the daemon: SIGTERM, from an init system, and SIGINT, from a terminal.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Takes the signals over from the system, which would end the process at once. Needs a running tokio runtime.
    pub fn install() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next signal and gives its name.
    pub async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// How a stop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// In order and in time.
    Clean,
    /// It crashed on the way.
    Crashed,
    /// The deadline passed first.
    Overdue,
    /// Somebody did not want to wait.
    Impatient,
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clean => "stopped in order",
            Self::Crashed => "crashed while stopping",
            Self::Overdue => "did not stop within server.shutdown_timeout_secs, so it was ended",
            Self::Impatient => "ended at once by a second signal",
        })
    }
}

/// Carries `stop` out, but for no longer than `deadline` and only until `impatience` comes, which is a second signal.
pub async fn supervise<T>(
    stop: impl Future<Output = T>,
    deadline: Duration,
    impatience: impl Future,
) -> Stopped {
    let stop = tokio::time::timeout(deadline, AssertUnwindSafe(stop).catch_unwind());
    tokio::select! {
        biased;
        _ = impatience => Stopped::Impatient,
        ended = stop => match ended {
            Ok(Ok(_)) => Stopped::Clean,
            Ok(Err(_)) => Stopped::Crashed,
            Err(_) => Stopped::Overdue,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    const DEADLINE: Duration = Duration::from_secs(30);

    #[tokio::test]
    async fn tasks_that_watch_the_token_end_in_order() {
        let shutdown = Shutdown::new();
        let token = shutdown.token().clone();
        let task = shutdown.spawn(async move {
            token.cancelled().await;
            "ended"
        });
        assert_eq!(shutdown.finish(DEADLINE).await, Ok(()));
        assert_eq!(task.await.unwrap(), Some("ended"));
    }

    #[tokio::test]
    async fn a_task_that_never_ends_is_dropped_at_the_deadline() {
        let shutdown = Shutdown::new();
        let task = shutdown.spawn(pending::<()>());
        let deadline = Duration::ZERO;
        assert_eq!(
            shutdown.finish(deadline).await,
            Err(Overdue { tasks: 1, deadline })
        );
        assert_eq!(task.await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_clone_sees_the_stop() {
        let shutdown = Shutdown::new();
        let clone = shutdown.clone();
        assert!(!clone.has_begun());
        shutdown.begin();
        assert!(clone.has_begun());
    }

    #[tokio::test]
    async fn a_stop_is_clean_crashed_overdue_or_cut_short() {
        assert_eq!(
            supervise(ready(()), DEADLINE, pending::<()>()).await,
            Stopped::Clean
        );
        assert_eq!(
            supervise(async { panic!("on purpose") }, DEADLINE, pending::<()>()).await,
            Stopped::Crashed
        );
        assert_eq!(
            supervise(pending::<()>(), Duration::ZERO, pending::<()>()).await,
            Stopped::Overdue
        );
        assert_eq!(
            supervise(pending::<()>(), DEADLINE, ready(())).await,
            Stopped::Impatient
        );
    }
}
