//! The clients: whoever has sessions.

use crate::http::Answer;
use crate::http::input::Authenticated;
use crate::http::json;
use crate::http::query;

/// `GET /api/clients?limit=&cursor=`, by name: a caller of one client sees that one alone.
pub(super) async fn list(call: Authenticated) -> Answer {
    let call = call?;
    let mut query = call.query()?;
    let page = query.page(call.api().limits.page_max)?;
    query.finish()?;
    let own = call.caller.client.as_ref();
    let page = call.api().sessions.clients(own, page).await?;
    Ok(json::ok(&query::with_opaque_cursor(page)))
}
