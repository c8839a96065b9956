//! How much of a period sessions were connected, of the time in which they should have been.

use crate::domain::session::Desired;
use crate::domain::session::SessionState;
use crate::domain::stats::Period;
use crate::domain::time::Timestamp;
use std::time::Duration;

/// How a session stood, as far as it counts here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It was connected.
    Connected,
    /// It should have been connected, and was not.
    Down,
    /// It does not count: it was stopped on request, was not there, or nobody knows.
    Out,
}

impl Standing {
    /// Of a session in this state whose owner wants this.
    pub fn of(state: SessionState, desired: Desired) -> Self {
        match (state, desired) {
            (SessionState::Connected, _) => Self::Connected,
            (SessionState::Stopped, _) | (_, Desired::Stopped) => Self::Out,
            _ => Self::Down,
        }
    }
}

/// Time of sessions, added up bucket by bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectedTime {
    buckets: Vec<Span>,
    end: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Span {
    begin: Timestamp,
    end: Timestamp,
    connected: Duration,
    counted: Duration,
}

impl ConnectedTime {
    /// None yet. What is after `now` never counts.
    pub fn new(period: &Period, now: Timestamp) -> Self {
        let span = |(begin, end)| Span {
            begin,
            end,
            connected: Duration::ZERO,
            counted: Duration::ZERO,
        };
        Self {
            buckets: period.buckets().map(span).collect(),
            end: period.to().min(now),
        }
    }

    /// Adds a session. It stood as each point says from its moment until the next one, in the end until now. A point
    /// that is dated before the one ahead of it, by a clock that was set back, begins where that one does.
    pub fn add(&mut self, points: &[(Timestamp, Standing)]) {
        let mut done = Timestamp::from_millis(i64::MIN);
        for (index, (since, standing)) in points.iter().enumerate() {
            let until = points.get(index + 1).map_or(self.end, |next| next.0);
            let (since, until) = ((*since).max(done), until.min(self.end));
            done = since;
            if *standing != Standing::Out {
                self.count(since, until, *standing == Standing::Connected);
            }
        }
    }

    fn count(&mut self, since: Timestamp, until: Timestamp, connected: bool) {
        let touched = self
            .buckets
            .iter_mut()
            .skip_while(|bucket| bucket.end <= since)
            .take_while(|bucket| bucket.begin < until);
        for bucket in touched {
            let within = until.min(bucket.end).since(since.max(bucket.begin));
            bucket.counted += within;
            if connected {
                bucket.connected += within;
            }
        }
    }

    /// The share of the whole period, 0 to 1; none when nothing counts.
    pub fn share(&self) -> Option<f64> {
        let sum = |part: fn(&Span) -> Duration| self.buckets.iter().map(part).sum();
        ratio(sum(|bucket| bucket.connected), sum(|bucket| bucket.counted))
    }

    /// The share of each bucket.
    pub fn shares(&self) -> impl Iterator<Item = Option<f64>> {
        let buckets = self.buckets.iter();
        buckets.map(|bucket| ratio(bucket.connected, bucket.counted))
    }
}

fn ratio(part: Duration, whole: Duration) -> Option<f64> {
    (!whole.is_zero()).then(|| part.div_duration_f64(whole))
}
