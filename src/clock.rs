//! The time of day as an argument, so that a test decides what it is.
//!
//! For records and for expiry. Timers use tokio's time, which tests pause.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

#[cfg(feature = "sandbox")]
use jiff::SignedDuration;
use jiff::Timestamp;

/// Tells the time. Cheap to clone; every clone of a test's clock shows the same time.
#[derive(Clone, Debug, Default)]
pub struct Clock(Source);

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    System,
    /// The clock of the machine, and so many seconds.
    #[cfg(feature = "sandbox")]
    Shifted(Arc<AtomicI64>),
    /// Microseconds since 1970, set by a [`TestClock`].
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// The clock of the machine.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// The clock of the machine, which can be made to jump.
    #[cfg(feature = "sandbox")]
    pub fn jumping() -> Self {
        Self(Source::Shifted(Arc::default()))
    }

    /// Makes it jump by so many seconds, forwards or back; it stays there. False for a clock that cannot.
    #[cfg(feature = "sandbox")]
    pub fn jump(&self, seconds: i64) -> bool {
        match &self.0 {
            Source::Shifted(shift) => {
                shift.fetch_add(seconds, Ordering::SeqCst);
                true
            }
            Source::System | Source::Set(_) => false,
        }
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            #[expect(
                clippy::disallowed_methods,
                reason = "the one place that asks the machine"
            )]
            Source::System => Timestamp::now(),
            #[cfg(feature = "sandbox")]
            Source::Shifted(shift) => {
                let now = Self::system().now();
                let shift = SignedDuration::from_secs(shift.load(Ordering::SeqCst));
                now.checked_add(shift).unwrap_or(now)
            }
            // Whatever was stored came out of a `Timestamp`, so it goes back into one.
            Source::Set(micros) => {
                Timestamp::from_microsecond(micros.load(Ordering::SeqCst)).unwrap_or_default()
            }
        }
    }
}

/// The hand of a clock that moves only when a test moves it. Precise to the microsecond.
#[derive(Clone, Debug)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    /// A clock that stands at `now`.
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(now.as_microsecond())))
    }

    /// The clock to hand to the code under test.
    pub fn clock(&self) -> Clock {
        Clock(Source::Set(Arc::clone(&self.0)))
    }

    /// Moves the clock to `now`, forwards or back.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.as_microsecond(), Ordering::SeqCst);
    }

    /// Moves the clock forwards.
    pub fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_moves_every_clone_of_its_clock() {
        let start: Timestamp = "2026-11-24T03:00:00Z".parse().unwrap();
        let hand = TestClock::at(start);
        let (first, second) = (hand.clock(), hand.clock().clone());
        hand.advance(Duration::from_millis(1500));
        assert_eq!(first.now(), "2026-11-24T03:00:01.5Z".parse().unwrap());
        assert_eq!(second.now(), first.now());
        hand.set(start);
        assert_eq!(second.now(), start);
    }

    #[test]
    fn the_system_clock_does_not_stand_still_in_1970() {
        assert!(Clock::system().now() > "2026-01-01T00:00:00Z".parse().unwrap());
    }
}
