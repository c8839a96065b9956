//! How much a pairing link may ask for. Whoever has one needs no key, so it must not be worth misusing: codes to type
//! call people's phones, rounds of codes cost the disk, and requests that wait take connections from others.

use crate::clock::Clock;
use crate::domain::id::SessionId;
use crate::domain::time::Timestamp;
use crate::http::error::ApiError;
use crate::http::error::Code;
use std::collections::HashMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;

/// What is counted is forgotten after this time.
const WINDOW: Duration = Duration::from_mins(10);
/// When it is worth waiting again.
const RETRY_WAIT: Duration = Duration::from_secs(5);
/// Sessions with a count beyond which those without one are forgotten.
const REMEMBERED: usize = 256;

/// How much.
#[derive(Debug, Clone)]
pub struct LinkLimits {
    /// Requests that wait at once, of one link (`limits.link_waits`) ...
    pub waits: usize,
    /// ... and of all links (`limits.link_waits_total`).
    pub waits_total: usize,
    /// Codes to type that one link may ask for within ten minutes (`limits.link_codes`).
    pub codes: usize,
    /// Rounds that one link may begin or cancel within ten minutes (`limits.link_rounds`).
    pub rounds: usize,
}

/// What is counted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Turn {
    /// A code to type.
    Code,
    /// A round begun or cancelled.
    Round,
}

/// A request that waits, until it is dropped.
#[derive(Debug)]
pub(super) struct Waiting {
    _of_all: OwnedSemaphorePermit,
    _of_one: OwnedSemaphorePermit,
}

/// The counts of all links. A clone is the same.
#[derive(Clone)]
pub(super) struct LinkTurns {
    clock: Clock,
    limits: LinkLimits,
    waits: Arc<Semaphore>,
    taken: Arc<Mutex<HashMap<SessionId, Taken>>>,
}

struct Taken {
    waits: Arc<Semaphore>,
    codes: VecDeque<Timestamp>,
    rounds: VecDeque<Timestamp>,
}

impl LinkTurns {
    /// Nothing was asked for yet.
    pub(super) fn new(clock: Clock, limits: LinkLimits) -> Self {
        Self {
            clock,
            waits: Arc::new(Semaphore::new(limits.waits_total)),
            limits,
            taken: Arc::default(),
        }
    }

    /// Lets a request wait, if not too many do.
    pub(super) fn wait(&self, id: &SessionId) -> Result<Waiting, ApiError> {
        let too_many = |_| {
            let what = "too many requests of pairing links wait already (limits.link_waits, link_waits_total)";
            ApiError::new(Code::RateLimited, what).retry_after(RETRY_WAIT)
        };
        let waits = self.of(id, |taken, _| Arc::clone(&taken.waits));
        Ok(Waiting {
            _of_one: waits.try_acquire_owned().map_err(too_many)?,
            _of_all: Arc::clone(&self.waits)
                .try_acquire_owned()
                .map_err(too_many)?,
        })
    }

    /// Counts something, if it was not asked for too often.
    pub(super) fn take(&self, id: &SessionId, turn: Turn) -> Result<(), ApiError> {
        let (limit, name) = match turn {
            Turn::Code => (self.limits.codes, "limits.link_codes"),
            Turn::Round => (self.limits.rounds, "limits.link_rounds"),
        };
        let again = self.of(id, |taken, now| {
            let times = match turn {
                Turn::Code => &mut taken.codes,
                Turn::Round => &mut taken.rounds,
            };
            match times.front() {
                Some(first) if times.len() >= limit => Some(first.plus(WINDOW).since(now)),
                _ => {
                    times.push_back(now);
                    None
                }
            }
        });
        match again {
            None => Ok(()),
            Some(wait) => {
                let what =
                    format!("this link has asked for it {limit} times within ten minutes ({name})");
                Err(ApiError::new(Code::RateLimited, what).retry_after(wait))
            }
        }
    }

    fn of<T>(&self, id: &SessionId, look: impl FnOnce(&mut Taken, Timestamp) -> T) -> T {
        let now = Timestamp::from(self.clock.now());
        let old = |times: &mut VecDeque<Timestamp>| {
            while times.front().is_some_and(|time| time.plus(WINDOW) <= now) {
                times.pop_front();
            }
        };
        let mut all = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() > REMEMBERED {
            all.retain(|_, taken| {
                old(&mut taken.codes);
                old(&mut taken.rounds);
                let idle = taken.waits.available_permits() == self.limits.waits;
                !(idle && taken.codes.is_empty() && taken.rounds.is_empty())
            });
        }
        let taken = all.entry(id.clone()).or_insert_with(|| Taken {
            waits: Arc::new(Semaphore::new(self.limits.waits)),
            codes: VecDeque::new(),
            rounds: VecDeque::new(),
        });
        old(&mut taken.codes);
        old(&mut taken.rounds);
        look(taken, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns() -> LinkTurns {
        let limits = LinkLimits {
            waits: 2,
            waits_total: 3,
            codes: 1,
            rounds: 2,
        };
        LinkTurns::new(Clock::system(), limits)
    }

    fn id(text: &str) -> SessionId {
        SessionId::parse(text).unwrap()
    }

    #[test]
    fn one_link_takes_no_more_than_its_part_of_the_waits() {
        let (turns, ana, ben) = (turns(), id("ana"), id("ben"));
        let first = [turns.wait(&ana).unwrap(), turns.wait(&ana).unwrap()];
        assert_eq!(turns.wait(&ana).unwrap_err().code(), "rate_limited");
        let other = turns.wait(&ben).unwrap();
        assert!(turns.wait(&ben).is_err(), "all of them are taken");
        drop((first, other));
        assert!(turns.wait(&ben).is_ok());
    }

    #[test]
    fn each_link_asks_so_often_and_no_more() {
        let (turns, ana) = (turns(), id("ana"));
        turns.take(&ana, Turn::Code).unwrap();
        assert_eq!(
            turns.take(&ana, Turn::Code).unwrap_err().code(),
            "rate_limited"
        );
        for _ in 0..2 {
            turns.take(&ana, Turn::Round).unwrap();
        }
        assert!(turns.take(&ana, Turn::Round).is_err());
        assert!(turns.take(&id("ben"), Turn::Code).is_ok());
    }
}
