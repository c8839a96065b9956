//! Long work: how far it is, for people at a terminal, and its end in order when a signal asks for it.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressStyle};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::exit::{Exit, Failure};
use crate::shutdown::Signals;

/// Long work, which SIGINT and SIGTERM end in order, so that nothing is left of it.
pub(super) struct Work {
    bar: Bar,
    stop: CancellationToken,
    _watch: AbortOnDropHandle<()>,
}

impl Work {
    /// Work that is called `what` begins.
    pub(super) fn begin(what: &'static str) -> Result<Self, Failure> {
        let signals = Signals::install();
        let mut signals = signals.map_err(|error| Failure::new(Exit::Internal, &error))?;
        let stop = CancellationToken::new();
        let asked = stop.clone();
        let watch = tokio::spawn(async move {
            signals.next().await;
            asked.cancel();
            signals.next().await;
            // A write to a pipe that nobody reads hears of no token.
            std::process::exit(Exit::Unclean.code().into());
        });
        Ok(Self {
            bar: Bar::new(what),
            stop,
            _watch: AbortOnDropHandle::new(watch),
        })
    }

    /// So many of so many bytes are done; whether to go on.
    pub(super) fn tell(&self, done: u64, total: u64) -> io::Result<()> {
        self.bar.tell(done, total);
        if self.stop.is_cancelled() {
            return Err(io::Error::other("it was told to stop"));
        }
        Ok(())
    }

    /// The outcome of work that may be dropped at any time.
    pub(super) async fn droppable<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        tokio::select! {
            done = self.whole(work) => done,
            () = self.stop.cancelled() => Err(stopped()),
        }
    }

    /// The outcome of work that ends by itself once [`Work::tell`] says so.
    pub(super) async fn whole<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let done = work.await;
        done.map_err(|failure| {
            if self.stop.is_cancelled() {
                stopped()
            } else {
                failure
            }
        })
    }
}

fn stopped() -> Failure {
    Failure {
        exit: Exit::Internal,
        sentence: "ended by a signal; nothing was put in its place".to_owned(),
    }
}

/// A bar on stderr that goes away when the work is done; nothing where nobody looks.
struct Bar(ProgressBar);

impl Bar {
    /// For work that is called `what`.
    fn new(what: &'static str) -> Self {
        if !io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let style =
            ProgressStyle::with_template("{msg} {bar:30} {bytes} of {total_bytes}, {eta} left");
        let bar = ProgressBar::new(0).with_message(what);
        Self(match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        })
    }

    /// So many of so many bytes are done.
    fn tell(&self, done: u64, total: u64) {
        self.0.set_length(total);
        self.0.set_position(done);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
