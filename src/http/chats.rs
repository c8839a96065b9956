//! The conversations of a session.

use crate::domain::search::Search;
use crate::http::Answer;
use crate::http::input::Authenticated;
use crate::http::json;
use crate::http::query;

/// `GET /api/sessions/{id}/chats?q=&limit=&cursor=`: the one with the newest message first.
pub(super) async fn list(id: String, call: Authenticated) -> Answer {
    let call = call?;
    let mut query = call.query()?;
    let search = query.take("q", Search::parse)?;
    let page = query.page(call.api().limits.page_max)?;
    query.finish()?;
    let session = call.session_at(&id).await?;
    Ok(json::ok(&query::with_opaque_cursor(
        session.chats(search.as_ref(), page).await?,
    )))
}
