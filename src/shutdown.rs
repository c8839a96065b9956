//! What the daemon is told by signals, and how it is stopped: who asks for it, how long it may take, how it ended.
//!
//! The first signal asks for a stop in order, within a deadline; a second one ends the process at once.
//! Knows nothing of what is being stopped: the app tells its parts and waits for them.

use std::fmt;
use std::io;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that the daemon obeys: SIGTERM, from an init system, and SIGINT, from a terminal, end it; SIGHUP has it read
/// its configuration anew.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// To stop; the signal's name.
    Stop(&'static str),
    /// To read the configuration anew.
    Reload,
}

impl Signals {
    /// Takes the signals over from the system, which would end the process at once. Needs a running tokio runtime.
    pub fn install() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next signal, of any kind.
    pub async fn asked(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::Stop("SIGTERM"),
            _ = self.interrupt.recv() => Asked::Stop("SIGINT"),
            _ = self.hangup.recv() => Asked::Reload,
        }
    }

    /// Waits for the next signal that ends the daemon, and gives its name.
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
