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

#[cfg(test)]
mod tests {
    use crate::http::tests::client::Client;
    use serde_json::json;

    #[tokio::test]
    async fn clients_come_by_name_in_pages_and_count_their_sessions() {
        let client = Client::start().await;
        for owner in ["shop", "acme", "clinic", "shop"] {
            let body = json!({"clientId": owner}).to_string();
            let made = client.post("/api/sessions", &body).await;
            assert_eq!(made.status, 201, "{}", made.body);
        }
        let first = client.keyed("GET", "/api/clients?limit=2").await.body;
        assert_eq!(
            first["data"],
            json!([{"clientId": "acme", "sessions": 1}, {"clientId": "clinic", "sessions": 1}])
        );
        let cursor = first["nextCursor"].as_str().unwrap();
        let path = format!("/api/clients?limit=2&cursor={cursor}");
        assert_eq!(
            client.keyed("GET", &path).await.body,
            json!({"data": [{"clientId": "shop", "sessions": 2}], "nextCursor": null})
        );
    }
}
