//! Figures about a stretch of time: what was sent and received, how long it took, how much of it sessions were
//! connected. Pure: rows are added up elsewhere.

mod connected;
#[cfg(test)]
mod tests;

use crate::domain::message::MessageState;
use crate::domain::time::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

pub use connected::ConnectedTime;
pub use connected::Standing;

/// The most buckets that a period is cut into.
pub const BUCKETS_MAX: u32 = 400;
/// The shortest bucket ...
pub const BUCKET_MIN: Duration = Duration::from_mins(1);
/// ... and the longest.
pub const BUCKET_MAX: Duration = Duration::from_hours(24);

/// Why a stretch of time cannot be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// It has no length.
    #[error("it is not before the end of the period")]
    Empty,
    /// It would come in too many pieces.
    #[error("the period has more than {BUCKETS_MAX} buckets of that length: use longer ones")]
    TooManyBuckets,
}

/// A stretch of time, cut into buckets of one length; the last one can be shorter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    from: Timestamp,
    to: Timestamp,
    bucket: Duration,
    count: u32,
}

impl Period {
    /// From `from` on, until before `to`.
    pub fn new(from: Timestamp, to: Timestamp, bucket: Duration) -> Result<Self, PeriodError> {
        if from >= to {
            return Err(PeriodError::Empty);
        }
        let bucket = bucket.clamp(BUCKET_MIN, BUCKET_MAX);
        let count = to.since(from).as_millis().div_ceil(bucket.as_millis());
        let count = u32::try_from(count).ok();
        let count = count.filter(|count| *count <= BUCKETS_MAX);
        let count = count.ok_or(PeriodError::TooManyBuckets)?;
        Ok(Self {
            from,
            to,
            bucket,
            count,
        })
    }

    /// How many buckets it has.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Its begin.
    pub fn from(&self) -> Timestamp {
        self.from
    }

    /// Its end, which is not in it.
    pub fn to(&self) -> Timestamp {
        self.to
    }

    /// The length of a bucket.
    pub fn bucket(&self) -> Duration {
        self.bucket
    }

    /// Begin and end of each bucket, in order.
    pub fn buckets(&self) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let begins = std::iter::successors(Some(self.from), |begin| Some(begin.plus(self.bucket)));
        begins
            .take_while(|begin| *begin < self.to)
            .map(|begin| (begin, begin.plus(self.bucket).min(self.to)))
    }
}

/// Messages, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Those that came in.
    pub incoming: u64,
    /// Those that went out, by the state that they are in now.
    pub outgoing: BTreeMap<MessageState, u64>,
}

impl Traffic {
    /// Those that went out and are in one of these states.
    pub fn sum(&self, states: &[MessageState]) -> u64 {
        let counts = states.iter().filter_map(|state| self.outgoing.get(state));
        counts.sum()
    }

    /// Counts those of `other` as well.
    pub fn add(&mut self, other: &Self) {
        self.incoming += other.incoming;
        for (state, count) in &other.outgoing {
            *self.outgoing.entry(*state).or_default() += count;
        }
    }
}

/// How long something took: how often it took so many milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Latencies(BTreeMap<u64, u64>);

impl Latencies {
    /// It took that long `count` times more.
    pub fn note(&mut self, ms: u64, count: u64) {
        *self.0.entry(ms).or_default() += count;
    }

    /// Counts those of `other` as well.
    pub fn add(&mut self, other: &Self) {
        for (ms, count) in &other.0 {
            self.note(*ms, *count);
        }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// What so many percent of them did not exceed; none without any.
    pub fn percentile(&self, percent: u64) -> Option<u64> {
        let rank = (self.count() * percent).div_ceil(100);
        let mut passed = 0;
        let mut reaches = self.0.iter().skip_while(|(_, count)| {
            passed += **count;
            passed < rank
        });
        reaches.next().map(|(ms, _)| *ms)
    }
}

/// What was accepted within one bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// When it begins.
    pub at: Timestamp,
    /// Its messages.
    pub traffic: Traffic,
    /// How long they took from the outbox to WhatsApp's server ...
    pub sent: Latencies,
    /// ... and to the recipient, in groups the first one.
    pub delivered: Latencies,
}

impl Bucket {
    /// One without anything.
    pub fn new(at: Timestamp) -> Self {
        Self {
            at,
            traffic: Traffic::default(),
            sent: Latencies::default(),
            delivered: Latencies::default(),
        }
    }

    /// Counts what is in `other` as well.
    pub fn add(&mut self, other: &Self) {
        self.traffic.add(&other.traffic);
        self.sent.add(&other.sent);
        self.delivered.add(&other.delivered);
    }
}

/// What the store knows of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// How many messages wait to be sent or for WhatsApp's answer, now.
    pub queue_depth: u64,
    /// What was accepted, bucket by bucket.
    pub buckets: Vec<Bucket>,
    /// How long sessions were connected.
    pub connected: ConnectedTime,
}

impl Figures {
    /// The whole period as one bucket.
    pub fn total(&self, period: &Period) -> Bucket {
        let mut total = Bucket::new(period.from());
        for bucket in &self.buckets {
            total.add(bucket);
        }
        total
    }
}
