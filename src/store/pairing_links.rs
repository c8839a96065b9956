//! Pairing links, by the digest of their tokens: one a session.

use crate::domain::id::SessionId;
use crate::domain::pairing_link::LinkToken;
use crate::domain::pairing_link::Locale;
use crate::domain::pairing_link::PairingLink;
use crate::domain::time::Timestamp;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::corrupt;
use crate::store::sessions::parsed;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::Digest;
use sha2::Sha256;
use sqlx::Row;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use std::time::Duration;

/// How long a link is kept after its time, which is longer than one that was used then answers.
const KEPT: Duration = Duration::from_hours(1);

impl Store {
    /// Adds a link, in place of the one that the session had. False when the session is not there any more.
    pub async fn put_link(
        &self,
        token: &LinkToken,
        link: &PairingLink,
    ) -> Result<bool, StoreError> {
        const PUT: &str = "INSERT OR REPLACE INTO pairing_links (session_id, token_hash, locale, return_url, expires_at) \
             SELECT id, ?, ?, ?, ? FROM sessions WHERE id = ?";
        let (hash, link) = (hash(token), link.clone());
        self.writer
            .write("add a pairing link", move |step| {
                Box::pin(async move {
                    let query = sqlx::query(PUT)
                        .bind(hash)
                        .bind(link.locale.map(Locale::as_str))
                        .bind(link.return_url)
                        .bind(link.expires_at.as_millis())
                        .bind(link.session_id.to_string());
                    Ok(query.execute(&mut *step.conn).await?.rows_affected() > 0)
                })
            })
            .await
    }

    /// The link that this token opens, if it answers at that time.
    pub async fn link(
        &self,
        token: &LinkToken,
        now: Timestamp,
    ) -> Result<Option<PairingLink>, StoreError> {
        let read = async {
            let query = sqlx::query("SELECT * FROM pairing_links WHERE token_hash = ?");
            let found = query.bind(hash(token)).fetch_optional(&self.readers).await;
            found?.as_ref().map(link).transpose()
        };
        let found = read.await.map_err(StoreError::to("read a pairing link"))?;
        Ok(found.filter(|link| now < link.answers_until()))
    }

    /// Lets a session's link, if it is good now, be good until then at least.
    pub async fn extend_link(
        &self,
        id: &SessionId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        const EXTEND: &str = "UPDATE pairing_links SET expires_at = MAX(expires_at, ?) WHERE session_id = ? AND used_at IS NULL AND expires_at > ?";
        let id = id.to_string();
        self.writer
            .write("give a pairing link more time", move |step| {
                Box::pin(async move {
                    let query = sqlx::query(EXTEND)
                        .bind(until.as_millis())
                        .bind(id)
                        .bind(now.as_millis());
                    query.execute(&mut *step.conn).await.map(drop)
                })
            })
            .await
    }

    /// Removes a session's link. False when it had none that was good.
    pub async fn remove_link(&self, id: &SessionId, now: Timestamp) -> Result<bool, StoreError> {
        const REMOVE: &str = "DELETE FROM pairing_links WHERE session_id = ? RETURNING *";
        let id = id.to_string();
        self.writer
            .write("remove a pairing link", move |step| {
                Box::pin(async move {
                    let query = sqlx::query(REMOVE).bind(id);
                    let removed = query.fetch_optional(&mut *step.conn).await?;
                    let removed = removed.as_ref().map(link).transpose()?;
                    Ok(removed.is_some_and(|link| link.is_good(now)))
                })
            })
            .await
    }

    /// Removes the links that answer no more; gives how many.
    pub async fn remove_old_links(&self, now: Timestamp) -> Result<u64, StoreError> {
        const REMOVE: &str = "DELETE FROM pairing_links WHERE expires_at < ?";
        let before = now.minus(KEPT);
        self.writer
            .write("remove old pairing links", move |step| {
                Box::pin(async move {
                    let query = sqlx::query(REMOVE).bind(before.as_millis());
                    Ok(query.execute(&mut *step.conn).await?.rows_affected())
                })
            })
            .await
    }
}

/// The session is connected: its link has done its work.
pub(super) async fn mark_used(
    conn: &mut SqliteConnection,
    id: &SessionId,
    since: Timestamp,
) -> Result<(), sqlx::Error> {
    const USED: &str = "UPDATE pairing_links SET used_at = ? WHERE session_id = ? AND used_at IS NULL AND expires_at > ?";
    let query = sqlx::query(USED)
        .bind(since.as_millis())
        .bind(id.to_string())
        .bind(since.as_millis());
    query.execute(conn).await.map(drop)
}

/// All that is kept of a token.
fn hash(token: &LinkToken) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token.expose()))
}

fn link(row: &SqliteRow) -> Result<PairingLink, sqlx::Error> {
    let locale: Option<&str> = row.try_get("locale")?;
    let locale = locale.map(|name| Locale::from_name(name).ok_or_else(|| corrupt("locale", name)));
    Ok(PairingLink {
        session_id: parsed(row, "session_id", SessionId::parse)?,
        locale: locale.transpose()?,
        return_url: row.try_get("return_url")?,
        expires_at: Timestamp::from_millis(row.try_get("expires_at")?),
        used_at: row
            .try_get::<Option<i64>, _>("used_at")?
            .map(Timestamp::from_millis),
    })
}

#[cfg(test)]
mod tests;
