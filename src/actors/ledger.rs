//! Requests that carry an `Idempotency-Key`: what is known of them, for whoever answers requests.

use crate::actors::error::SessionError;
use crate::clock::Clock;
use crate::domain::idempotency::Claim;
use crate::domain::idempotency::Standing;
use crate::store::Store;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

/// The way to what is known. A clone is the same way.
#[derive(Clone)]
pub struct Ledger {
    store: Store,
    clock: Clock,
    at_work: AtWork,
}

/// The keys of requests that are being worked on. In memory, because nothing is worked on any more when the daemon has
/// ended.
#[derive(Clone, Default)]
struct AtWork(Arc<Mutex<HashSet<Claim>>>);

impl AtWork {
    fn claims(&self) -> MutexGuard<'_, HashSet<Claim>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Held as long as a request is worked on, however that ends.
pub struct Hold {
    claim: Claim,
    at_work: AtWork,
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.at_work.claims().remove(&self.claim);
    }
}

impl Ledger {
    pub(super) fn new(store: Store, clock: Clock) -> Self {
        Self {
            store,
            clock,
            at_work: AtWork::default(),
        }
    }

    /// Begins work under a key; none when such work is under way.
    pub fn hold(&self, claim: &Claim) -> Option<Hold> {
        let is_free = self.at_work.claims().insert(claim.clone());
        is_free.then(|| Hold {
            claim: claim.clone(),
            at_work: self.at_work.clone(),
        })
    }

    /// Takes a key for the request that has this fingerprint, or says what is known of it.
    pub async fn claim(&self, claim: &Claim, fingerprint: &str) -> Result<Standing, SessionError> {
        let now = self.clock.now().into();
        Ok(self.store.claim(claim, fingerprint, now).await?)
    }

    /// Keeps the answer of a request that took effect.
    pub async fn keep(&self, claim: &Claim, answer: String) -> Result<(), SessionError> {
        Ok(self.store.keep_answer(claim, answer).await?)
    }

    /// Gives the key of a request back that took no effect.
    pub async fn release(&self, claim: &Claim) -> Result<(), SessionError> {
        Ok(self.store.release(claim).await?)
    }
}
