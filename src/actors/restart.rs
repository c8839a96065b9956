//! When a session that crashed is started again, and when no longer. Pure: times and chance come as arguments.

use crate::domain::time::Timestamp;
use std::collections::VecDeque;
use std::time::Duration;

/// The limits of restarting; each has its key in the configuration's `limits` section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestartPolicy {
    /// So many restarts within the window are allowed.
    pub budget: usize,
    /// The window.
    pub window: Duration,
    /// The pause before the first restart.
    pub backoff_min: Duration,
    /// The longest pause.
    pub backoff_max: Duration,
}

/// What to do about a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Start it again after this pause.
    RestartAfter(Duration),
    /// It crashed too often; a person has to look.
    GiveUp,
}

/// The recent crashes of one session.
#[derive(Debug, Default)]
pub(super) struct CrashHistory(VecDeque<Timestamp>);

impl CrashHistory {
    /// Takes note of a crash. `chance` from 0 to 1 spreads the pauses, so that sessions that fell together do not rise together.
    pub(super) fn crashed(
        &mut self,
        policy: &RestartPolicy,
        now: Timestamp,
        chance: f64,
    ) -> Verdict {
        while self
            .0
            .front()
            .is_some_and(|first| now.since(*first) > policy.window)
        {
            self.0.pop_front();
        }
        if self.0.len() >= policy.budget {
            return Verdict::GiveUp;
        }
        let doublings = u32::try_from(self.0.len()).unwrap_or(u32::MAX).min(30);
        self.0.push_back(now);
        let pause = policy
            .backoff_min
            .saturating_mul(1 << doublings)
            .min(policy.backoff_max);
        // Half of it is fixed, half is chance.
        Verdict::RestartAfter(pause.mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0))
    }

    /// Forgets the past: somebody has looked.
    pub(super) fn forgive(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: RestartPolicy = RestartPolicy {
        budget: 3,
        window: Duration::from_mins(1),
        backoff_min: Duration::from_secs(1),
        backoff_max: Duration::from_secs(3),
    };

    #[test]
    fn pauses_grow_to_the_longest_one_and_the_budget_ends() {
        let mut history = CrashHistory::default();
        let now = Timestamp::from_millis(0);
        let verdicts = [(); 4].map(|()| history.crashed(&POLICY, now, 1.0));
        let after = |secs| Verdict::RestartAfter(Duration::from_secs(secs));
        assert_eq!(verdicts, [after(1), after(2), after(3), Verdict::GiveUp]);
    }

    #[test]
    fn what_lies_before_the_window_is_forgotten() {
        let mut history = CrashHistory::default();
        for minute in 0..100 {
            let now = Timestamp::from_millis(minute * 61_000);
            assert_eq!(
                history.crashed(&POLICY, now, 1.0),
                Verdict::RestartAfter(Duration::from_secs(1))
            );
        }
    }

    #[test]
    fn chance_shortens_a_pause_by_half_at_the_most() {
        let pause =
            |chance| CrashHistory::default().crashed(&POLICY, Timestamp::from_millis(0), chance);
        assert_eq!(
            pause(0.0),
            Verdict::RestartAfter(Duration::from_millis(500))
        );
        assert_eq!(pause(7.0), Verdict::RestartAfter(Duration::from_secs(1)));
    }

    #[test]
    fn a_person_who_starts_it_gives_it_a_new_budget() {
        let mut history = CrashHistory::default();
        let now = Timestamp::from_millis(0);
        for _ in 0..4 {
            history.crashed(&POLICY, now, 1.0);
        }
        history.forgive();
        assert_ne!(history.crashed(&POLICY, now, 1.0), Verdict::GiveUp);
    }
}
