//! When a delivery is tried again, when it is given up, and when a webhook is left alone for a while. Pure: times and
//! chance come as arguments.

use crate::domain::time::Timestamp;
use std::time::Duration;

/// How much chance adds to a pause or takes from it at the most: a fifth.
const JITTER: f64 = 0.2;

/// Pauses double no more often than this; by then each is at its longest.
const DOUBLINGS_MAX: u32 = 30;

/// The limits of trying again; each has its key in the configuration's `webhooks` section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The pause after the first failed attempt; it doubles with every further one.
    pub first: Duration,
    /// The longest pause, before chance adds up to a fifth.
    pub max: Duration,
    /// A delivery is given up so long after its first attempt.
    pub give_up_after: Duration,
}

/// What is known of a delivery after an attempt that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tried {
    /// When the first attempt was made.
    pub first_at: Timestamp,
    /// How many were made, this one with them.
    pub attempts: u32,
    /// How long the receiver asked to be left alone.
    pub retry_after: Option<Duration>,
}

/// What to do about a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Try again then.
    At(Timestamp),
    /// It was tried for long enough.
    GiveUp,
}

impl RetryPolicy {
    /// Decides after a failed attempt that ended `now`. `chance` from 0 to 1 spreads the pauses, so that deliveries
    /// that failed together do not come back together.
    pub fn after(&self, tried: &Tried, now: Timestamp, chance: f64) -> Retry {
        let pause = doubled(self.first, tried.attempts.saturating_sub(1), self.max);
        let spread = pause.mul_f64(1.0 - JITTER + 2.0 * JITTER * chance.clamp(0.0, 1.0));
        let wished = tried.retry_after.unwrap_or_default().min(self.max);
        let next = now.plus(spread.max(wished));
        if next > tried.first_at.plus(self.give_up_after) {
            Retry::GiveUp
        } else {
            Retry::At(next)
        }
    }
}

/// The limits of pausing; each has its key in the configuration's `webhooks` section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerPolicy {
    /// So many failed attempts in a row, of whichever events, begin a pause.
    pub failures: u32,
    /// The first pause; it doubles with every probe that fails.
    pub pause_min: Duration,
    /// The longest pause.
    pub pause_max: Duration,
}

/// Whether an attempt may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It may. Its outcome must be told to the breaker.
    Go,
    /// It may, alone, as a probe after a pause. Its outcome must be told to the breaker: until then all others wait.
    Probe,
    /// Not before then.
    WaitUntil(Timestamp),
    /// Not before the probe that is under way has ended.
    WaitForProbe,
}

/// Spares a webhook that fails again and again, and the daemon with it. Lives as long as the daemon runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Breaker {
    failures: u32,
    pauses: u32,
    state: State,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Closed,
    Open(Timestamp),
    Probing,
}

impl Breaker {
    /// Asks for leave to make an attempt.
    pub fn admit(&mut self, now: Timestamp) -> Admission {
        match self.state {
            State::Closed => Admission::Go,
            State::Open(until) if until > now => Admission::WaitUntil(until),
            State::Open(_) => {
                self.state = State::Probing;
                Admission::Probe
            }
            State::Probing => Admission::WaitForProbe,
        }
    }

    /// Takes note of a success, which ends every pause.
    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// Takes note of a failure. `as_probe` when [`Admission::Probe`] was the leave for it: what was under way when a
    /// pause began does not make it longer.
    pub fn failed(&mut self, policy: &BreakerPolicy, now: Timestamp, as_probe: bool) {
        self.failures = self.failures.saturating_add(1);
        let trips = match self.state {
            State::Closed => self.failures >= policy.failures,
            State::Open(_) => false,
            State::Probing => as_probe,
        };
        if trips {
            let pause = doubled(policy.pause_min, self.pauses, policy.pause_max);
            self.pauses = self.pauses.saturating_add(1);
            self.state = State::Open(now.plus(pause));
        }
    }

    /// Takes note that a probe came to no outcome, as when its delivery was cancelled: the next attempt is the probe.
    pub fn abandoned(&mut self, now: Timestamp) {
        if self.state == State::Probing {
            self.state = State::Open(now);
        }
    }

    /// Until when it pauses; none while attempts are made.
    pub fn paused_until(&self) -> Option<Timestamp> {
        match self.state {
            State::Open(until) => Some(until),
            State::Closed | State::Probing => None,
        }
    }

    /// Failed attempts since the last success.
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

/// `first`, doubled so often, but no longer than `max`.
fn doubled(first: Duration, doublings: u32, max: Duration) -> Duration {
    first
        .saturating_mul(1 << doublings.min(DOUBLINGS_MAX))
        .min(max)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRY: RetryPolicy = RetryPolicy {
        first: Duration::from_secs(5),
        max: Duration::from_hours(4),
        give_up_after: Duration::from_hours(72),
    };

    const BREAKER: BreakerPolicy = BreakerPolicy {
        failures: 3,
        pause_min: Duration::from_secs(10),
        pause_max: Duration::from_secs(35),
    };

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_millis(secs * 1000)
    }

    #[test]
    fn the_schedule() {
        let cases: [(&str, u32, Option<u64>, f64, i64); 12] = [
            ("first pause", 1, None, 0.5, 5),
            ("doubles", 2, None, 0.5, 10),
            ("doubles again", 3, None, 0.5, 20),
            ("the last that doubles", 12, None, 0.5, 10_240),
            ("the cap", 13, None, 0.5, 14_400),
            ("still the cap", 5000, None, 0.5, 14_400),
            ("a fifth less", 1, None, 0.0, 4),
            ("a fifth more", 1, None, 1.0, 6),
            ("no more than all of chance", 1, None, 7.0, 6),
            ("the receiver asks for more", 1, Some(60), 0.5, 60),
            ("the receiver asks for less", 3, Some(1), 0.5, 20),
            (
                "the receiver asks for too much",
                1,
                Some(1_000_000),
                0.5,
                14_400,
            ),
        ];
        for (what, attempts, retry_after, chance, secs) in cases {
            let tried = Tried {
                first_at: at(100),
                attempts,
                retry_after: retry_after.map(Duration::from_secs),
            };
            let next = RETRY.after(&tried, at(200), chance);
            assert_eq!(next, Retry::At(at(200 + secs)), "{what}");
        }
    }

    #[test]
    fn an_attempt_that_would_come_too_late_is_not_made() {
        let tried = Tried {
            first_at: at(0),
            attempts: 1,
            retry_after: None,
        };
        let last = 72 * 3600 - 5;
        assert_eq!(RETRY.after(&tried, at(last), 0.5), Retry::At(at(72 * 3600)));
        assert_eq!(RETRY.after(&tried, at(last + 1), 0.5), Retry::GiveUp);
    }

    /// Numbers from 0 to 1, the same for the same seed.
    fn chances(seed: u64) -> impl FnMut() -> f64 {
        let mut state = seed;
        move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            f64::from((state >> 40) as u32) / f64::from(1 << 24)
        }
    }

    #[test]
    fn whatever_chance_and_receivers_do_a_schedule_goes_forward_and_ends_within_its_limit() {
        for seed in 0..500 {
            let mut chance = chances(seed);
            let policy = RetryPolicy {
                first: Duration::from_secs_f64(1.0 + chance() * 60.0),
                max: Duration::from_secs_f64(61.0 + chance() * 20_000.0),
                give_up_after: Duration::from_secs_f64(80_000.0 + chance() * 1_000_000.0),
            };
            let (first_at, mut now, mut attempts) = (at(0), at(0), 1);
            loop {
                let wished = Duration::from_secs_f64(chance() * 30_000.0);
                let tried = Tried {
                    first_at,
                    attempts,
                    retry_after: (chance() < 0.3).then_some(wished),
                };
                let Retry::At(next) = policy.after(&tried, now, chance()) else {
                    break;
                };
                let pause = next.since(now);
                assert!(next > now, "seed {seed}: it went back");
                assert!(
                    pause <= policy.max.mul_f64(1.2),
                    "seed {seed}: a pause of {pause:?}"
                );
                assert!(
                    next.since(first_at) <= policy.give_up_after,
                    "seed {seed}: too late"
                );
                (now, attempts) = (next, attempts + 1);
            }
            assert!(attempts > 1, "seed {seed}: it was never tried again");
        }
    }

    fn tripped() -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..BREAKER.failures {
            assert_eq!(breaker.admit(at(0)), Admission::Go);
            breaker.failed(&BREAKER, at(0), false);
        }
        breaker
    }

    #[test]
    fn failures_in_a_row_begin_a_pause() {
        let mut breaker = tripped();
        assert_eq!(breaker.failures(), 3);
        assert_eq!(breaker.paused_until(), Some(at(10)));
        assert_eq!(breaker.admit(at(9)), Admission::WaitUntil(at(10)));
    }

    #[test]
    fn a_success_in_between_starts_the_count_again() {
        let mut breaker = Breaker::default();
        for _ in 0..10 {
            breaker.failed(&BREAKER, at(0), false);
            breaker.failed(&BREAKER, at(0), false);
            breaker.succeeded();
        }
        assert_eq!(breaker.admit(at(0)), Admission::Go);
    }

    #[test]
    fn after_a_pause_one_attempt_is_made_and_its_success_ends_the_pause() {
        let mut breaker = tripped();
        assert_eq!(breaker.admit(at(10)), Admission::Probe);
        assert_eq!(breaker.admit(at(10)), Admission::WaitForProbe);
        breaker.succeeded();
        assert_eq!(breaker.admit(at(10)), Admission::Go);
        assert_eq!(breaker, Breaker::default());
    }

    #[test]
    fn pauses_grow_to_the_longest_one() {
        let mut breaker = tripped();
        let mut now = at(10);
        for secs in [20, 35, 35, 35] {
            assert_eq!(breaker.admit(now), Admission::Probe);
            breaker.failed(&BREAKER, now, true);
            now = now.plus(Duration::from_secs(secs));
            assert_eq!(breaker.paused_until(), Some(now));
        }
    }

    #[test]
    fn what_was_under_way_neither_lengthens_a_pause_nor_stands_for_the_probe() {
        let mut breaker = tripped();
        breaker.failed(&BREAKER, at(5), false);
        assert_eq!(breaker.paused_until(), Some(at(10)));
        assert_eq!(breaker.admit(at(10)), Admission::Probe);
        breaker.failed(&BREAKER, at(11), false);
        assert_eq!(breaker.admit(at(11)), Admission::WaitForProbe);
    }

    #[test]
    fn a_probe_that_was_cancelled_is_made_up_for() {
        let mut breaker = tripped();
        assert_eq!(breaker.admit(at(10)), Admission::Probe);
        breaker.abandoned(at(12));
        assert_eq!(breaker.admit(at(12)), Admission::Probe);
    }
}
