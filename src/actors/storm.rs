//! Sessions that lose their connection again and again: told once, and once more when they are calm. Pure.

use crate::domain::time::Timestamp;
use std::collections::VecDeque;
use std::time::Duration;

/// So many losses ...
pub(super) const LOSSES: usize = 5;
/// ... within this time are a storm.
pub(super) const WINDOW: Duration = Duration::from_mins(2);
/// How long a connection has to stand until the storm is over.
pub(super) const CALM: Duration = Duration::from_mins(1);

/// What is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tell {
    /// The change, as ever.
    Change,
    /// That a storm has begun, in place of the change.
    Storm {
        /// How often the connection was lost.
        losses: usize,
    },
    /// Nothing: everybody knows.
    Nothing,
}

/// The latest losses of one session.
#[derive(Debug, Default)]
pub(super) struct Storm {
    losses: VecDeque<Timestamp>,
    raging: bool,
}

impl Storm {
    /// The connection was lost.
    pub(super) fn lost(&mut self, now: Timestamp) -> Tell {
        self.losses.push_back(now);
        while self
            .losses
            .front()
            .is_some_and(|loss| now.since(*loss) > WINDOW)
        {
            self.losses.pop_front();
        }
        if self.raging {
            return Tell::Nothing;
        }
        if self.losses.len() < LOSSES {
            return Tell::Change;
        }
        self.raging = true;
        Tell::Storm {
            losses: self.losses.len(),
        }
    }

    /// The session is on its way, or connected: whether that is told.
    pub(super) fn recovering(&self) -> Tell {
        if self.raging {
            Tell::Nothing
        } else {
            Tell::Change
        }
    }

    /// The connection has stood since then. True when that ends a storm.
    pub(super) fn stands(&mut self, since: Timestamp, now: Timestamp) -> bool {
        let over = self.raging && now.since(since) >= CALM;
        if over {
            *self = Self::default();
        }
        over
    }

    /// The session came to an end of another kind: what was before does not count any more.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn a_storm_is_told_once_and_ends_when_a_connection_has_stood_for_a_while() {
        let mut storm = Storm::default();
        for second in 0..4 {
            assert_eq!(storm.lost(at(second)), Tell::Change);
            assert_eq!(storm.recovering(), Tell::Change);
        }
        assert_eq!(storm.lost(at(4)), Tell::Storm { losses: LOSSES });
        for second in 5..50 {
            assert_eq!(storm.lost(at(second)), Tell::Nothing);
            assert_eq!(storm.recovering(), Tell::Nothing);
        }
        assert!(!storm.stands(at(50), at(109)));
        assert!(storm.stands(at(50), at(110)));
        assert_eq!(storm.lost(at(111)), Tell::Change);
    }

    #[test]
    fn losses_that_are_far_apart_are_no_storm() {
        let mut storm = Storm::default();
        for loss in 0..100 {
            assert_eq!(storm.lost(at(loss * 31)), Tell::Change, "{loss}");
        }
    }
}
