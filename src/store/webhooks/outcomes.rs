//! Writing how deliveries went: an attempt and what follows from it are one commit.

use super::AT_ONCE;
use super::WebhookStore;
use crate::domain::id::EventId;
use crate::domain::id::WebhookId;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Attempt;
use crate::domain::webhook::DeliveryState;
use crate::domain::webhook::DisabledReason;
use crate::domain::webhook::FailureCode;
use crate::domain::webhook::Verdict;
use crate::store::StoreError;
use crate::store::writer::Step;

impl WebhookStore {
    /// Writes down an attempt and what becomes of its delivery; nothing when that has been removed. The attempt gets
    /// its number here.
    pub async fn settle(
        &self,
        id: &WebhookId,
        event: &EventId,
        attempt: Attempt,
        verdict: Verdict,
    ) -> Result<(), StoreError> {
        let (id, event) = (id.clone(), event.clone());
        self.store
            .writer
            .write("write an attempt down", move |step| {
                Box::pin(async move {
                    if let Some(number) = move_on(step, &id, &event, &attempt, verdict).await? {
                        insert(step, [id.as_str(), event.as_str()], number, &attempt).await?;
                    }
                    note_health(step, &id, &attempt).await?;
                    if verdict == Verdict::Gone {
                        turn_off(step, &id).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Gives up what is to be delivered since before `before`, because the webhook fails. Says how many.
    pub async fn give_up_overdue(
        &self,
        id: &WebhookId,
        before: Timestamp,
        why: FailureCode,
    ) -> Result<u64, StoreError> {
        const GIVE_UP: &str = "UPDATE webhook_deliveries SET state = 'failed', next_attempt_at = NULL, last_failure = COALESCE(last_failure, ?) \
             WHERE webhook_id = ? AND event_id IN (SELECT event_id FROM webhook_deliveries \
             WHERE webhook_id = ? AND state = 'pending' AND since < ? ORDER BY event_id LIMIT ?)";
        let mut all = 0;
        loop {
            let id = id.to_string();
            let given_up = self
                .store
                .writer
                .write("give deliveries up", move |step| {
                    Box::pin(async move {
                        let query = sqlx::query(GIVE_UP).bind(why.as_str()).bind(id.clone());
                        let query = query.bind(id).bind(before.as_millis()).bind(AT_ONCE);
                        Ok(query.execute(&mut *step.conn).await?.rows_affected())
                    })
                })
                .await?;
            all += given_up;
            if given_up < AT_ONCE.unsigned_abs() {
                return Ok(all);
            }
        }
    }

    /// Has an event delivered again, whatever became of it. False when there is no such delivery.
    pub async fn redeliver(
        &self,
        id: &WebhookId,
        event: &EventId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        const AGAIN: &str = "UPDATE webhook_deliveries SET state = 'pending', since = ?, tries = 0, first_try_at = NULL, next_attempt_at = ? WHERE webhook_id = ? AND event_id = ?";
        let (id, event) = (id.to_string(), event.to_string());
        self.store
            .writer
            .write("deliver an event again", move |step| {
                Box::pin(async move {
                    let query = sqlx::query(AGAIN)
                        .bind(now.as_millis())
                        .bind(now.as_millis())
                        .bind(id)
                        .bind(event);
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
        const AGAIN: &str = "UPDATE webhook_deliveries SET state = 'pending', since = ?, tries = 0, first_try_at = NULL, next_attempt_at = ? \
             WHERE webhook_id = ? AND event_id IN (SELECT event_id FROM webhook_deliveries \
             WHERE webhook_id = ? AND state = 'failed' AND since < ? ORDER BY event_id LIMIT ?)";
        let mut all = 0;
        loop {
            let id = id.to_string();
            let again = self
                .store
                .writer
                .write("deliver events again", move |step| {
                    Box::pin(async move {
                        let query = sqlx::query(AGAIN)
                            .bind(now.as_millis())
                            .bind(now.as_millis())
                            .bind(id.clone())
                            .bind(id)
                            // What fails again meanwhile is not taken twice.
                            .bind(now.as_millis())
                            .bind(AT_ONCE);
                        Ok(query.execute(&mut *step.conn).await?.rows_affected())
                    })
                })
                .await?;
            all += again;
            if again < AT_ONCE.unsigned_abs() {
                return Ok(all);
            }
        }
    }
}

/// Gives the attempt's number; none when the delivery has been removed.
async fn move_on(
    step: &mut Step<'_>,
    id: &WebhookId,
    event: &EventId,
    attempt: &Attempt,
    verdict: Verdict,
) -> Result<Option<i64>, sqlx::Error> {
    const MOVE: &str = "UPDATE webhook_deliveries SET state = ?, attempts = attempts + 1, tries = tries + 1, first_try_at = COALESCE(first_try_at, ?), \
         next_attempt_at = ?, last_status = ?, last_failure = ? WHERE webhook_id = ? AND event_id = ? RETURNING attempts";
    let (state, next) = match verdict {
        Verdict::Delivered => (DeliveryState::Delivered, None),
        Verdict::GivenUp => (DeliveryState::Failed, None),
        Verdict::Again(next) => (DeliveryState::Pending, Some(next)),
        Verdict::Gone => (DeliveryState::Pending, Some(attempt.at)),
    };
    let failure = attempt.failure.as_ref();
    sqlx::query_scalar(MOVE)
        .bind(state.as_str())
        .bind(attempt.at.as_millis())
        .bind(next.map(Timestamp::as_millis))
        .bind(attempt.status.map(i64::from))
        .bind(failure.map(|failure| failure.code.as_str()))
        .bind(id.to_string())
        .bind(event.to_string())
        .fetch_optional(&mut *step.conn)
        .await
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

async fn turn_off(step: &mut Step<'_>, id: &WebhookId) -> Result<(), sqlx::Error> {
    const OFF: &str =
        "UPDATE webhooks SET enabled = 0, disabled_reason = ? WHERE id = ? AND enabled = 1";
    let query = sqlx::query(OFF)
        .bind(DisabledReason::Gone.as_str())
        .bind(id.to_string());
    query.execute(&mut *step.conn).await?;
    step.webhooks_changed();
    Ok(())
}
