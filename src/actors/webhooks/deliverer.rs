//! Delivers one webhook's events: what is due, in order, a few at a time, and one at a time of each session. Woken by
//! new deliveries and by time.

use crate::actors::traces::Traces;
use crate::clock::Clock;
use crate::courier::Courier;
use crate::courier::Outcome;
use crate::courier::Parcel;
use crate::domain::event::Event;
use crate::domain::id::EventId;
use crate::domain::id::SessionId;
use crate::domain::id::WebhookId;
use crate::domain::retry::Admission;
use crate::domain::retry::Breaker;
use crate::domain::retry::BreakerPolicy;
use crate::domain::retry::Retry;
use crate::domain::retry::RetryPolicy;
use crate::domain::retry::Tried;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Attempt;
use crate::domain::webhook::DueDelivery;
use crate::domain::webhook::FailureCode;
use crate::domain::webhook::Verdict;
use crate::meter;
use crate::store::StoreError;
use crate::store::webhooks::Address;
use crate::store::webhooks::Settlement;
use crate::store::webhooks::WebhookStore;
use crate::telemetry::trace;
use crate::telemetry::trace::TraceParent;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinError;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Span;

/// The longest sleep while something waits for its time: the clock may be set meanwhile.
const LOOK_AGAIN: Duration = Duration::from_mins(1);
/// How often it is looked at what has waited for too long.
const SWEEP_EVERY: Duration = Duration::from_hours(1);

/// A webhook's breaker, which others may look at.
pub(super) type SharedBreaker = Arc<Mutex<Breaker>>;

/// Locks a breaker.
pub(super) fn lock(breaker: &SharedBreaker) -> MutexGuard<'_, Breaker> {
    breaker.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Within which limits events are delivered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) retry: RetryPolicy,
    pub(super) breaker: BreakerPolicy,
    pub(super) parallel: usize,
}

/// What delivers to one webhook.
#[derive(Clone)]
pub(super) struct Deliverer {
    pub(super) id: WebhookId,
    pub(super) webhooks: WebhookStore,
    pub(super) courier: Courier,
    pub(super) clock: Clock,
    pub(super) traces: Traces,
    pub(super) limits: Limits,
    pub(super) breaker: SharedBreaker,
    pub(super) bell: Arc<Notify>,
    /// Ends it, once the attempts under way have ended.
    pub(super) stop: CancellationToken,
}

/// An attempt that has ended.
struct Landed {
    session: SessionId,
    as_probe: bool,
    /// None: nothing follows from it, because there is nothing to be delivered there any more.
    verdict: Option<(Verdict, Option<FailureCode>)>,
}

/// The attempts under way. Each is a task: one that only went on while somebody waits for it could be given a
/// connection to the database and hold it, while who should wait for it waits for a connection too.
#[derive(Default)]
struct Flights {
    all: JoinSet<Result<Landed, StoreError>>,
    busy: Vec<SessionId>,
}

impl Deliverer {
    /// Delivers until it is stopped. An error leaves what was under way to the next run.
    pub(super) async fn run(&self) -> Result<(), StoreError> {
        // The last run may have ended within a probe.
        lock(&self.breaker).abandoned(self.now());
        let mut flights = Flights::default();
        let mut next_sweep = self.now();
        while !self.stop.is_cancelled() {
            if self.now() >= next_sweep {
                self.give_up_overdue(self.now()).await?;
                next_sweep = self.now().plus(SWEEP_EVERY);
            }
            let wake = self.launch(&mut flights).await?;
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = self.bell.notified() => {}
                () = self.sleep_until(wake) => {}
                Some(ended) = flights.all.join_next() => self.land(&landed(ended)?, &mut flights),
            }
        }
        while let Some(ended) = flights.all.join_next().await {
            self.land(&landed(ended)?, &mut flights);
        }
        Ok(())
    }

    fn now(&self) -> Timestamp {
        self.clock.now().into()
    }

    async fn sleep_until(&self, wake: Option<Timestamp>) {
        match wake {
            Some(wake) => tokio::time::sleep(wake.since(self.now()).min(LOOK_AGAIN)).await,
            None => std::future::pending().await,
        }
    }

    /// Begins the attempts that may be made, and says when to look again.
    async fn launch(&self, flights: &mut Flights) -> Result<Option<Timestamp>, StoreError> {
        let now = self.now();
        let pause = lock(&self.breaker).paused_until();
        if let Some(until) = pause.filter(|until| *until > now) {
            return Ok(Some(until));
        }
        let free = self.limits.parallel.saturating_sub(flights.all.len());
        if free == 0 {
            return Ok(None);
        }
        let due = self
            .webhooks
            .due(&self.id, now, &flights.busy, free)
            .await?;
        for delivery in due {
            let admission = lock(&self.breaker).admit(now);
            let as_probe = match admission {
                Admission::Go => false,
                Admission::Probe => true,
                Admission::WaitUntil(until) => return Ok(Some(until)),
                Admission::WaitForProbe => return Ok(None),
            };
            flights.busy.push(delivery.session_id.clone());
            let deliverer = self.clone();
            let attempt = async move { deliverer.attempt(delivery, as_probe).await };
            flights.all.spawn(attempt);
        }
        self.webhooks.next_due(&self.id, now).await
    }

    async fn attempt(&self, due: DueDelivery, as_probe: bool) -> Result<Landed, StoreError> {
        let mut landed = Landed {
            session: due.session_id.clone(),
            as_probe,
            verdict: None,
        };
        let address = self.webhooks.address(&self.id).await?;
        let event = self.webhooks.event(&due.event_id).await?;
        let (Some(address), Some(event)) = (address.filter(|to| to.webhook.enabled), event) else {
            return Ok(landed);
        };
        let at = self.now();
        let url = address.webhook.url.clone();
        let (span, mut parcel) = (self.span(&event), parcel(address, &event, at));
        parcel.traceparent = TraceParent::of(&span).map(|parent| parent.to_header());
        let outcome = self.courier.post(&parcel).await;
        if let Some(status) = outcome.status {
            trace::answered(&span, status);
        }
        if outcome.failure.is_some() {
            trace::failed(&span);
        }
        drop(span);
        let verdict = verdict(
            &self.limits.retry,
            &due,
            &outcome,
            [at, self.now()],
            rand::random(),
        );
        let took = outcome.took;
        let written = attempt(at, outcome);
        let failure = written.failure.as_ref().map(|failure| failure.code);
        let why = failure.map_or("none", FailureCode::as_str);
        meter::webhook_attempt(word(verdict), why, took);
        let settlement = Settlement {
            url,
            attempt: written,
            verdict,
        };
        let is_off = self.webhooks.settle(&self.id, &due, settlement).await?;
        // Somebody who was to be told before wants no more: that says nothing of whom the webhook leads to now.
        if is_off || verdict != Verdict::Gone {
            landed.verdict = Some((verdict, failure));
        }
        Ok(landed)
    }

    /// Within the trace of the message that the event is about, where that is known.
    fn span(&self, event: &Event) -> Span {
        let parent = self.traces.of_event(event);
        trace::webhook_deliver(parent.as_ref(), event.kind.as_str())
    }

    fn land(&self, landed: &Landed, flights: &mut Flights) {
        flights.busy.retain(|session| *session != landed.session);
        let now = self.now();
        let Some((verdict, failure)) = landed.verdict else {
            if landed.as_probe {
                lock(&self.breaker).abandoned(now);
            }
            return;
        };
        match verdict {
            Verdict::Delivered => lock(&self.breaker).succeeded(),
            Verdict::Gone => {
                // Whoever turns it on again has it tried at once.
                *lock(&self.breaker) = Breaker::default();
                tracing::warn!(webhook = %self.id, "the receiver answered 410 and wants no more events; the webhook is turned off");
            }
            Verdict::Again(_) | Verdict::GivenUp => {
                if self.note_failure(landed.as_probe, now) {
                    self.pause_begins(failure);
                }
            }
        }
    }

    /// True when a pause begins.
    fn note_failure(&self, as_probe: bool, now: Timestamp) -> bool {
        let mut breaker = lock(&self.breaker);
        let before = breaker.paused_until();
        breaker.failed(&self.limits.breaker, now, as_probe);
        before.is_none() && breaker.paused_until().is_some()
    }

    fn pause_begins(&self, failure: Option<FailureCode>) {
        let failure = failure.map(FailureCode::as_str);
        let until = lock(&self.breaker).paused_until();
        let until = until.map(|until| until.to_string());
        tracing::warn!(webhook = %self.id, failure, until, "a webhook fails; it is left alone for a while");
    }

    /// What waits behind others, or behind pauses, would never come to its end by itself: its time is looked at now and
    /// then.
    async fn give_up_overdue(&self, now: Timestamp) -> Result<(), StoreError> {
        let before = now.minus(self.limits.retry.give_up_after);
        let why = FailureCode::Timeout;
        let given_up = self.webhooks.give_up_overdue(&self.id, before, why).await?;
        if given_up > 0 {
            tracing::warn!(webhook = %self.id, given_up, "events have waited for too long and are not delivered");
        }
        Ok(())
    }
}

/// What an attempt came to; its panic goes on here.
fn landed(ended: Result<Result<Landed, StoreError>, JoinError>) -> Result<Landed, StoreError> {
    ended.unwrap_or_else(|error| resume_unwind(error.into_panic()))
}

/// For the metrics.
fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Delivered => "delivered",
        Verdict::Gone => "gone",
        Verdict::Again(_) => "again",
        Verdict::GivenUp => "given_up",
    }
}

/// What is posted. The key before signs as well while it counts.
fn parcel(address: Address, event: &Event, at: Timestamp) -> Parcel {
    addressed(address, event.id.clone(), event.to_json(), at)
}

/// A body on its way to a webhook.
pub(super) fn addressed(address: Address, id: EventId, body: String, at: Timestamp) -> Parcel {
    let until = address.webhook.previous_secret_until;
    Parcel {
        url: address.webhook.url,
        id,
        body: body.into(),
        secret: address.secret,
        previous_secret: address
            .previous_secret
            .filter(|_| until.is_some_and(|until| until > at)),
        headers: address.webhook.headers,
        at,
        traceparent: None,
    }
}

/// How an attempt is written down; its number comes with that.
pub(super) fn attempt(at: Timestamp, outcome: Outcome) -> Attempt {
    Attempt {
        number: 0,
        at,
        status: outcome.status,
        failure: outcome.failure,
        ms: u64::try_from(outcome.took.as_millis()).unwrap_or(u64::MAX),
        excerpt: outcome.excerpt,
    }
}

/// What becomes of a delivery after an attempt that began and ended at these times.
fn verdict(
    policy: &RetryPolicy,
    due: &DueDelivery,
    outcome: &Outcome,
    [began, ended]: [Timestamp; 2],
    chance: f64,
) -> Verdict {
    if outcome.is_delivered() {
        return Verdict::Delivered;
    }
    if outcome.is_gone() {
        return Verdict::Gone;
    }
    let tried = Tried {
        first_at: due.first_try_at.unwrap_or(began),
        attempts: due.tries.saturating_add(1),
        retry_after: outcome.retry_after,
    };
    match policy.after(&tried, ended, chance) {
        Retry::At(next) => Verdict::Again(next),
        Retry::GiveUp => Verdict::GivenUp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::webhook::Failure;

    const POLICY: RetryPolicy = RetryPolicy {
        first: Duration::from_secs(5),
        max: Duration::from_mins(1),
        give_up_after: Duration::from_mins(5),
    };

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_millis(secs * 1000)
    }

    fn outcome(status: u16, retry_after: Option<u64>) -> Outcome {
        let failure = (status != 200).then(|| Failure::new(FailureCode::Status, "no"));
        Outcome {
            status: Some(status),
            failure,
            took: Duration::from_secs(1),
            excerpt: None,
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    #[test]
    fn what_follows_from_an_attempt() {
        for (what, first, tries, outcome, expected) in [
            ("taken", None, 0, outcome(200, None), Verdict::Delivered),
            ("no more", None, 0, outcome(410, None), Verdict::Gone),
            (
                "first failure",
                None,
                0,
                outcome(500, None),
                Verdict::Again(at(106)),
            ),
            (
                "second failure",
                Some(90),
                1,
                outcome(500, None),
                Verdict::Again(at(111)),
            ),
            (
                "a wish",
                None,
                0,
                outcome(503, Some(30)),
                Verdict::Again(at(131)),
            ),
            (
                "too late",
                Some(-199),
                9,
                outcome(500, None),
                Verdict::GivenUp,
            ),
        ] {
            let due = DueDelivery {
                event_id: EventId::parse("evt_01ARZ3NDEKTSV4RRFFQ69G5FAV").unwrap(),
                session_id: SessionId::parse("ana").unwrap(),
                since: at(0),
                tries,
                first_try_at: first.map(at),
            };
            let times = [at(100), at(101)];
            assert_eq!(
                verdict(&POLICY, &due, &outcome, times, 0.5),
                expected,
                "{what}"
            );
        }
    }
}
