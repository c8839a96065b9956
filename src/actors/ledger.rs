//! Requests that carry an `Idempotency-Key`: what is known of them, for whoever answers requests.

use crate::actors::error::SessionError;
use crate::clock::Clock;
use crate::domain::idempotency::Claim;
use crate::domain::idempotency::Standing;
use crate::store::Store;
use std::sync::Arc;
use ulid::Ulid;

/// The way to what is known. A clone is the same way.
#[derive(Clone)]
pub struct Ledger {
    store: Store,
    clock: Clock,
    /// Names this run of the daemon: a request that an earlier run left unanswered is not in flight any more.
    run: Arc<str>,
}

impl Ledger {
    pub(super) fn new(store: Store, clock: Clock) -> Self {
        let run = Ulid::generate().to_string().into();
        Self { store, clock, run }
    }

    /// Takes a key for the request that has this fingerprint, or says what is known of it.
    pub async fn claim(&self, claim: &Claim, fingerprint: &str) -> Result<Standing, SessionError> {
        let now = self.clock.now().into();
        Ok(self.store.claim(claim, fingerprint, &self.run, now).await?)
    }

    /// Keeps the answer of a request that took effect.
    pub async fn keep(&self, claim: &Claim, answer: String) -> Result<(), SessionError> {
        Ok(self.store.keep_answer(claim, answer).await?)
    }

    /// Keeps no answer of a request that took effect: it is made again from what the request has made.
    pub async fn keep_made(&self, claim: &Claim) -> Result<(), SessionError> {
        Ok(self.store.keep_made(claim).await?)
    }

    /// Gives the key of a request back that took no effect.
    pub async fn release(&self, claim: &Claim) -> Result<(), SessionError> {
        Ok(self.store.release(claim).await?)
    }
}
