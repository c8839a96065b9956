//! Keys of requests that take effect once, and their answers.

use crate::domain::idempotency::Claim;
use crate::domain::idempotency::Standing;
use crate::domain::time::Timestamp;
use crate::store::Store;
use crate::store::StoreError;
use sqlx::Row;
use sqlx::SqliteConnection;

impl Store {
    /// Takes a key for a request with this fingerprint, or says what is known of it. What was left unanswered is taken
    /// over, unless it had made something: whoever asks knows that nobody works on it.
    pub async fn claim(
        &self,
        claim: &Claim,
        fingerprint: &str,
        now: Timestamp,
    ) -> Result<Standing, StoreError> {
        let (claim, fingerprint) = (claim.clone(), fingerprint.to_owned());
        self.writer
            .write("take an idempotency key", move |step| {
                Box::pin(async move { take(step.conn, &claim, &fingerprint, now).await })
            })
            .await
    }

    /// Keeps the answer of a request, for whoever sends it again.
    pub async fn keep_answer(&self, claim: &Claim, answer: String) -> Result<(), StoreError> {
        const KEEP: &str = "UPDATE idempotency_keys SET answer = ? WHERE scope = ? AND name = ?";
        let claim = claim.clone();
        self.writer
            .write("keep an answer", move |step| {
                Box::pin(async move {
                    let query = sqlx::query(KEEP).bind(answer);
                    let query = query.bind(claim.scope).bind(claim.name);
                    query.execute(&mut *step.conn).await.map(drop)
                })
            })
            .await
    }

    /// Gives a key back whose request took no effect.
    pub async fn release(&self, claim: &Claim) -> Result<(), StoreError> {
        const RELEASE: &str =
            "DELETE FROM idempotency_keys WHERE scope = ? AND name = ? AND made IS NULL";
        let claim = claim.clone();
        self.writer
            .write("release an idempotency key", move |step| {
                Box::pin(async move {
                    let query = sqlx::query(RELEASE).bind(claim.scope).bind(claim.name);
                    query.execute(&mut *step.conn).await.map(drop)
                })
            })
            .await
    }

    /// Forgets keys that are older than `before`. Says how many.
    pub async fn remove_old_claims(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.writer
            .write("remove old idempotency keys", move |step| {
                Box::pin(async move {
                    let query = sqlx::query("DELETE FROM idempotency_keys WHERE at < ?")
                        .bind(before.as_millis());
                    Ok(query.execute(&mut *step.conn).await?.rows_affected())
                })
            })
            .await
    }
}

async fn take(
    conn: &mut SqliteConnection,
    claim: &Claim,
    fingerprint: &str,
    now: Timestamp,
) -> Result<Standing, sqlx::Error> {
    const TAKE: &str = "INSERT INTO idempotency_keys (scope, name, fingerprint, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";
    const LOOK: &str = "SELECT * FROM idempotency_keys WHERE scope = ? AND name = ?";
    let query = sqlx::query(TAKE)
        .bind(claim.scope.clone())
        .bind(claim.name.clone())
        .bind(fingerprint.to_owned())
        .bind(now.as_millis());
    if query.execute(&mut *conn).await?.rows_affected() > 0 {
        return Ok(Standing::New);
    }
    let row = sqlx::query(LOOK)
        .bind(claim.scope.clone())
        .bind(claim.name.clone())
        .fetch_one(&mut *conn)
        .await?;
    if row.try_get::<&str, _>("fingerprint")? != fingerprint {
        return Ok(Standing::Other);
    }
    if let Some(answer) = row.try_get::<Option<String>, _>("answer")? {
        return Ok(Standing::Answered(answer));
    }
    let made: Option<String> = row.try_get("made")?;
    Ok(made.map_or(Standing::New, Standing::Made))
}

/// Notes what a request has made, in the step that makes it. False when the key was given back meanwhile, or the
/// request has made something already: then it must not be made.
pub(super) async fn note_made(
    conn: &mut SqliteConnection,
    claim: &Claim,
    made: &str,
) -> Result<bool, sqlx::Error> {
    const NOTE: &str =
        "UPDATE idempotency_keys SET made = ? WHERE scope = ? AND name = ? AND made IS NULL";
    let query = sqlx::query(NOTE).bind(made.to_owned());
    let query = query.bind(claim.scope.clone()).bind(claim.name.clone());
    Ok(query.execute(conn).await?.rows_affected() > 0)
}
