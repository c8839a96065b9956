//! Keeps a task running: one that panics or fails is begun again after a pause, and nobody else notices.

use crate::actors::error::chain;
use futures::FutureExt;
use std::any::Any;
use std::error::Error;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long it pauses before it begins again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pauses {
    /// At first; it doubles with each failure in a row, ...
    pub(super) min: Duration,
    /// ... but grows no longer than this.
    pub(super) max: Duration,
}

impl Pauses {
    /// The pause after a run of that length, given the one before. What ran for long is not failing in a row.
    fn next(&self, last: Option<Duration>, ran: Duration) -> Duration {
        match last {
            Some(last) if ran <= self.max => (last * 2).min(self.max),
            _ => self.min,
        }
    }
}

/// Runs `work` until it ends well, or, while it pauses, until `stop`.
pub(super) async fn keep_running<E: Error + 'static, F: Future<Output = Result<(), E>>>(
    name: &str,
    pauses: Pauses,
    stop: &CancellationToken,
    mut work: impl FnMut() -> F,
) {
    let mut last = None;
    loop {
        let began = Instant::now();
        let reason = match AssertUnwindSafe(work()).catch_unwind().await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => chain(&error),
            Err(panic) => said(panic.as_ref()),
        };
        let pause = pauses.next(last, began.elapsed());
        tracing::error!(name, reason, pause = ?pause, "delivering to a webhook failed; it is begun again");
        let waited = stop.run_until_cancelled(tokio::time::sleep(pause)).await;
        if waited.is_none() {
            return;
        }
        last = Some(pause);
    }
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    format!("a panic: {}", text.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    const SHORT: Pauses = Pauses {
        min: Duration::ZERO,
        max: Duration::ZERO,
    };

    #[tokio::test]
    async fn a_panic_and_an_error_are_followed_by_another_run() {
        let mut runs = 0;
        keep_running("whk_test", SHORT, &CancellationToken::new(), || {
            runs += 1;
            let run = runs;
            async move {
                match run {
                    1 => panic!("on purpose"),
                    2 => Err(io::Error::other("on purpose")),
                    _ => Ok(()),
                }
            }
        })
        .await;
        assert_eq!(runs, 3);
    }

    #[tokio::test]
    async fn a_stop_ends_the_pause() {
        let long = Pauses {
            min: Duration::MAX,
            max: Duration::MAX,
        };
        let stop = CancellationToken::new();
        stop.cancel();
        keep_running("whk_test", long, &stop, || async {
            Err(io::Error::other("on purpose"))
        })
        .await;
    }

    #[test]
    fn pauses_grow_to_the_longest_one_and_begin_anew_after_a_long_run() {
        let pauses = Pauses {
            min: Duration::from_secs(1),
            max: Duration::from_mins(1),
        };
        let mut last = None;
        for secs in [1, 2, 4, 8, 16, 32, 60, 60] {
            let pause = pauses.next(last, Duration::ZERO);
            assert_eq!(pause, Duration::from_secs(secs));
            last = Some(pause);
        }
        let long = Duration::from_secs(61);
        assert_eq!(pauses.next(last, long), Duration::from_secs(1));
    }
}
