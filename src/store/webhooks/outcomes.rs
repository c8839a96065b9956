//! Writing how deliveries went: an attempt and what follows from it are one commit.

use super::WebhookStore;
use crate::domain::id::EventId;
use crate::domain::id::WebhookId;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Attempt;
use crate::domain::webhook::DeliveryState;
use crate::domain::webhook::DisabledReason;
use crate::domain::webhook::DueDelivery;
use crate::domain::webhook::FailureCode;
use crate::domain::webhook::Verdict;
use crate::store::StoreError;
use crate::store::writer::Step;

/// What makes a delivery one that is to be made anew.
macro_rules! anew {
    () => {
        "UPDATE webhook_deliveries SET state = 'pending', since = ?, tries = 0, first_try_at = NULL, next_attempt_at = ? WHERE webhook_id = ? AND "
    };
}

/// One try to deliver an event.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// Where the webhook led when it was made.
    pub url: String,
    /// How it went; it gets its number when it is written down.
    pub attempt: Attempt,
    /// What becomes of the delivery.
    pub verdict: Verdict,
}

impl WebhookStore {
    /// Writes down an attempt and what becomes of the delivery; nothing when that has been removed. Whoever asked
    /// meanwhile for the event to be delivered again still gets that, and a webhook that leads elsewhere by now is not
    /// turned off. True when it is turned off.
    pub async fn settle(
        &self,
        id: &WebhookId,
        due: &DueDelivery,
        settlement: Settlement,
    ) -> Result<bool, StoreError> {
        let (id, due) = (id.clone(), due.clone());
        let Settlement {
            url,
            attempt,
            verdict,
        } = settlement;
        self.store
            .writer
            .write("write an attempt down", move |step| {
                Box::pin(async move {
                    let event = &due.event_id;
                    if let Some(number) = count(step, &id, event, &attempt).await? {
                        move_on(step, &id, &due, attempt.at, verdict).await?;
                        insert(step, [id.as_str(), event.as_str()], number, &attempt).await?;
                    }
                    note_health(step, &id, &attempt).await?;
                    Ok(verdict == Verdict::Gone && turn_off(step, &id, &url).await?)
                })
            })
            .await
    }

    /// Gives up what is to be delivered since before `before`. Says how many.
    pub async fn give_up_overdue(
        &self,
        id: &WebhookId,
        before: Timestamp,
        why: FailureCode,
    ) -> Result<u64, StoreError> {
        const GIVE_UP: &str = "UPDATE webhook_deliveries SET state = 'failed', next_attempt_at = NULL, last_failure = COALESCE(last_failure, ?) \
             WHERE webhook_id = ? AND event_id IN (SELECT event_id FROM webhook_deliveries \
             WHERE webhook_id = ? AND state = 'pending' AND since < ? ORDER BY event_id LIMIT ?)";
        let id = id.to_string();
        self.in_pieces("give deliveries up", None, move || {
            let query = sqlx::query(GIVE_UP).bind(why.as_str()).bind(id.clone());
            query.bind(id.clone()).bind(before.as_millis())
        })
        .await
    }

    /// Has an event delivered again, whatever became of it. False when there is no such delivery.
    pub async fn redeliver(
        &self,
        id: &WebhookId,
        event: &EventId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        const AGAIN: &str = concat!(anew!(), "event_id = ?");
        let (id, event) = (id.clone(), event.to_string());
        self.store
            .writer
            .write("deliver an event again", move |step| {
                Box::pin(async move {
                    let query = sqlx::query(AGAIN)
                        .bind(now.as_millis())
                        .bind(now.as_millis())
                        .bind(id.to_string())
                        .bind(event);
                    step.deliver(&id);
                    Ok(query.execute(&mut *step.conn).await?.rows_affected() > 0)
                })
            })
            .await
    }

    /// Has all events delivered again that were given up. Says how many.
    pub async fn redeliver_failed(
        &self,
        id: &WebhookId,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        const AGAIN: &str = concat!(
            anew!(),
            "event_id IN (SELECT event_id FROM webhook_deliveries WHERE webhook_id = ? AND state = 'failed' AND since < ? ORDER BY event_id LIMIT ?)"
        );
        let name = id.to_string();
        self.in_pieces("deliver events again", Some(id.clone()), move || {
            let query = sqlx::query(AGAIN)
                .bind(now.as_millis())
                .bind(now.as_millis());
            // What fails again meanwhile is not taken twice.
            query
                .bind(name.clone())
                .bind(name.clone())
                .bind(now.as_millis())
        })
        .await
    }
}

/// Counts the attempt and gives its number; none when the delivery has been removed.
async fn count(
    step: &mut Step<'_>,
    id: &WebhookId,
    event: &EventId,
    attempt: &Attempt,
) -> Result<Option<i64>, sqlx::Error> {
    const COUNT: &str = "UPDATE webhook_deliveries SET attempts = attempts + 1, last_status = ?, last_failure = ? WHERE webhook_id = ? AND event_id = ? RETURNING attempts";
    let failure = attempt.failure.as_ref();
    sqlx::query_scalar(COUNT)
        .bind(attempt.status.map(i64::from))
        .bind(failure.map(|failure| failure.code.as_str()))
        .bind(id.to_string())
        .bind(event.to_string())
        .fetch_optional(&mut *step.conn)
        .await
}

async fn move_on(
    step: &mut Step<'_>,
    id: &WebhookId,
    due: &DueDelivery,
    at: Timestamp,
    verdict: Verdict,
) -> Result<(), sqlx::Error> {
    const MOVE: &str = "UPDATE webhook_deliveries SET state = ?, tries = tries + 1, first_try_at = COALESCE(first_try_at, ?), next_attempt_at = ? \
         WHERE webhook_id = ? AND event_id = ? AND since = ?";
    let (state, next) = match verdict {
        Verdict::Delivered => (DeliveryState::Delivered, None),
        Verdict::GivenUp => (DeliveryState::Failed, None),
        Verdict::Again(next) => (DeliveryState::Pending, Some(next)),
        Verdict::Gone => (DeliveryState::Pending, Some(at)),
    };
    let query = sqlx::query(MOVE)
        .bind(state.as_str())
        .bind(at.as_millis())
        .bind(next.map(Timestamp::as_millis))
        .bind(id.to_string())
        .bind(due.event_id.to_string())
        .bind(due.since.as_millis());
    query.execute(&mut *step.conn).await.map(drop)
}

async fn insert(
    step: &mut Step<'_>,
    [id, event]: [&str; 2],
    number: i64,
    attempt: &Attempt,
) -> Result<(), sqlx::Error> {
    const INSERT: &str = "INSERT INTO webhook_attempts (webhook_id, event_id, number, at, status, failure_code, failure_detail, ms, excerpt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let failure = attempt.failure.as_ref();
    let query = sqlx::query(INSERT)
        .bind(id.to_owned())
        .bind(event.to_owned())
        .bind(number)
        .bind(attempt.at.as_millis())
        .bind(attempt.status.map(i64::from))
        .bind(failure.map(|failure| failure.code.as_str()))
        .bind(failure.map(|failure| failure.detail.clone()))
        .bind(i64::try_from(attempt.ms).unwrap_or(i64::MAX))
        .bind(attempt.excerpt.clone());
    query.execute(&mut *step.conn).await.map(drop)
}

async fn note_health(
    step: &mut Step<'_>,
    id: &WebhookId,
    attempt: &Attempt,
) -> Result<(), sqlx::Error> {
    const SUCCESS: &str = "UPDATE webhooks SET last_success_at = ? WHERE id = ?";
    const FAILURE: &str = "UPDATE webhooks SET last_failure_at = ? WHERE id = ?";
    let note = match attempt.failure {
        None => SUCCESS,
        Some(_) => FAILURE,
    };
    let query = sqlx::query(note).bind(attempt.at.as_millis());
    let query = query.bind(id.to_string());
    query.execute(&mut *step.conn).await.map(drop)
}

async fn turn_off(step: &mut Step<'_>, id: &WebhookId, url: &str) -> Result<bool, sqlx::Error> {
    const OFF: &str = "UPDATE webhooks SET enabled = 0, disabled_reason = ? WHERE id = ? AND url = ? AND enabled = 1";
    let query = sqlx::query(OFF)
        .bind(DisabledReason::Gone.as_str())
        .bind(id.to_string())
        .bind(url.to_owned());
    let is_off = query.execute(&mut *step.conn).await?.rows_affected() > 0;
    step.webhooks_changed();
    Ok(is_off)
}
