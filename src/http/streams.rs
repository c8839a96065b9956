//! Events as they happen: what the two kinds of streams share. A stream has a place, a beat, and a reason for its end.
//!
//! It reads the log after a cursor and holds no events but the few that it read last. Nothing here knows a frame.

pub(super) mod sse;
pub(super) mod ws;

use crate::actors::journal::Follower;
use crate::actors::journal::Told;
use crate::domain::id::EventId;
use crate::http::error::ApiError;
use crate::http::error::Code;
use crate::http::events::Wish;
use crate::http::input::Call;
use crate::http::input::TICKET;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tokio::time::Interval;
use tokio::time::MissedTickBehavior;
use tokio::time::interval;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;
use warp::http::HeaderMap;

const LAST_EVENT_ID: &str = "last-event-id";

/// When to ask again for a place.
const RETRY_PLACE: Duration = Duration::from_secs(5);

/// How long a last word may take while the daemon stops: everything else waits for it then.
const LAST_WORD: Duration = Duration::from_secs(1);

/// The streams that are open. A clone is the same set.
#[derive(Clone)]
pub(super) struct Streams {
    places: Arc<Semaphore>,
    max: usize,
    open: TaskTracker,
}

/// A stream among the open ones, as long as this lives.
struct Place {
    _permit: OwnedSemaphorePermit,
    _token: TaskTrackerToken,
}

impl Streams {
    /// None yet, and never more than `max`.
    pub(super) fn new(max: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(max)),
            max,
            open: TaskTracker::new(),
        }
    }

    fn take_place(&self) -> Result<Place, ApiError> {
        let permit = self.places.clone().try_acquire_owned().map_err(|_| {
            let what = format!("{} streams are open", self.max);
            ApiError::new(Code::TooManyStreams, what)
                .with("limit", self.max)
                .retry_after(RETRY_PLACE)
        })?;
        Ok(Place {
            _permit: permit,
            _token: self.open.token(),
        })
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.open.len()
    }

    /// Resolves when no stream is open, after the last one was let in.
    pub(super) async fn ended(&self) {
        self.open.close();
        self.open.wait().await;
    }
}

/// What one stream tells.
struct Feed {
    follower: Follower,
    beat: Interval,
    stop: CancellationToken,
    slow_reader: Duration,
    _place: Place,
}

/// What comes next.
enum Turn {
    Told(Told),
    /// Nothing for a while: show that the stream lives. The first one comes at once.
    Beat,
    End(End),
}

impl Feed {
    /// Begins where the request says.
    fn open(call: &Call, wish: Wish) -> Result<Self, ApiError> {
        let limits = &call.api().limits.streams;
        let place = call.streams().take_place()?;
        let mut beat = interval(limits.heartbeat);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let journal = call.api().sessions.journal();
        Ok(Self {
            follower: journal.follow(wish.filter, wish.after),
            beat,
            stop: call.stop().clone(),
            slow_reader: limits.slow_reader,
            _place: place,
        })
    }

    /// Nothing is lost when the wait for it is given up.
    async fn turn(&mut self) -> Turn {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Turn::End(End::Stopping),
            _ = self.beat.tick() => Turn::Beat,
            told = self.follower.next() => told.map_or_else(
                |error| {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "the event log cannot be read; a stream ends"
                    );
                    Turn::End(End::Fault)
                },
                Turn::Told,
            ),
        }
    }

    /// How long the reader has for the last word.
    fn last_word(&self, end: End) -> Duration {
        match end {
            End::Stopping => self.slow_reader.min(LAST_WORD),
            _ => self.slow_reader,
        }
    }
}

/// The query, and `Last-Event-ID`: a browser that connects again sends it beside the query of the first time.
fn wish(call: &Call) -> Result<Wish, ApiError> {
    let mut query = call.query()?;
    // It has opened the door.
    query.take(TICKET, |_| Ok::<_, Infallible>(()))?;
    let mut wish = Wish::take(call, &mut query)?;
    query.finish()?;
    wish.after = last_event_id(&call.headers)?.or(wish.after);
    Ok(wish)
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<EventId>, ApiError> {
    let Some(value) = headers.get(LAST_EVENT_ID) else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(value.as_bytes());
    EventId::parse(&text).map(Some).map_err(|error| {
        ApiError::header("Last-Event-ID", format!("Last-Event-ID is wrong: {error}"))
    })
}

/// Why a stream ends that its reader did not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The daemon stops.
    Stopping,
    /// The reader took nothing for too long.
    TooSlow,
    /// The reader answered no ping.
    NoPong,
    /// What the reader sent is not for us.
    Unreadable,
    /// The log cannot be read.
    Fault,
}

impl End {
    /// For programs.
    fn as_str(self) -> &'static str {
        match self {
            Self::Stopping => "stopping",
            Self::TooSlow => "too_slow",
            Self::NoPong => "no_pong",
            Self::Unreadable => "unreadable",
            Self::Fault => "fault",
        }
    }

    /// For people.
    fn detail(self) -> &'static str {
        match self {
            Self::Stopping => "The daemon stops. Connect again after the last event.",
            Self::TooSlow => "Nothing was read for too long. Connect again after the last event.",
            Self::NoPong => "No ping was answered. Connect again after the last event.",
            Self::Unreadable => "Only small WebSocket messages are taken here, and none is read.",
            Self::Fault => "The event log cannot be read. Connect again after the last event.",
        }
    }

    fn log(self) {
        tracing::info!(reason = self.as_str(), "a stream of events was ended");
    }
}

#[cfg(test)]
mod tests;
