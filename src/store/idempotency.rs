//! Keys of requests that take effect once, and their answers.

use crate::domain::idempotency::Claim;
use crate::domain::idempotency::Standing;
use crate::domain::time::Timestamp;
use crate::store::Store;
use crate::store::StoreError;
use sqlx::Row;
use sqlx::SqliteConnection;

impl Store {
    /// Takes a key for a request with this fingerprint, or says what is known of it. `run` names this run of the
    /// daemon: what an earlier run left unanswered is taken over, unless it had made something.
    pub async fn claim(
        &self,
        claim: &Claim,
        fingerprint: &str,
        run: &str,
        now: Timestamp,
    ) -> Result<Standing, StoreError> {
        let (claim, fingerprint, run) = (claim.clone(), fingerprint.to_owned(), run.to_owned());
        self.writer
            .write("take an idempotency key", move |step| {
                Box::pin(async move { take(step.conn, &claim, &fingerprint, &run, now).await })
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

    /// Ends the work on a request without keeping its answer: what it has made stands for that.
    pub async fn keep_made(&self, claim: &Claim) -> Result<(), StoreError> {
        const END: &str = "UPDATE idempotency_keys SET run = '' WHERE scope = ? AND name = ?";
        let claim = claim.clone();
        self.writer
            .write("end a request", move |step| {
                Box::pin(async move {
                    let query = sqlx::query(END).bind(claim.scope).bind(claim.name);
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
    run: &str,
    now: Timestamp,
) -> Result<Standing, sqlx::Error> {
    const TAKE: &str = "INSERT INTO idempotency_keys (scope, name, fingerprint, run, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
    const LOOK: &str = "SELECT * FROM idempotency_keys WHERE scope = ? AND name = ?";
    const TAKE_OVER: &str =
        "UPDATE idempotency_keys SET run = ?, at = ? WHERE scope = ? AND name = ?";
    let query = sqlx::query(TAKE)
        .bind(claim.scope.clone())
        .bind(claim.name.clone())
        .bind(fingerprint.to_owned())
        .bind(run.to_owned())
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
    if row.try_get::<&str, _>("run")? == run {
        return Ok(Standing::InFlight);
    }
    if let Some(made) = row.try_get::<Option<String>, _>("made")? {
        return Ok(Standing::Made(made));
    }
    let query = sqlx::query(TAKE_OVER).bind(run.to_owned());
    let query = query.bind(now.as_millis());
    let query = query.bind(claim.scope.clone()).bind(claim.name.clone());
    query.execute(conn).await?;
    Ok(Standing::New)
}

/// Notes what a request has made, in the step that makes it.
pub(super) async fn note_made(
    conn: &mut SqliteConnection,
    claim: &Claim,
    made: &str,
) -> Result<(), sqlx::Error> {
    const NOTE: &str = "UPDATE idempotency_keys SET made = ? WHERE scope = ? AND name = ?";
    let query = sqlx::query(NOTE).bind(made.to_owned());
    let query = query.bind(claim.scope.clone()).bind(claim.name.clone());
    query.execute(conn).await.map(drop)
}
