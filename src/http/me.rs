//! What a key may do, and which daemon it opens: how a page finds out whether it is let in.

use crate::domain::id::ClientId;
use crate::http::Answer;
use crate::http::input::Authenticated;
use crate::http::json;
use serde::Serialize;
use utoipa::ToSchema;

/// The answer of `GET /api/me`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Me {
    /// What the key may do: `read`, `send`, `manage`, `admin` (all of it).
    scopes: Vec<&'static str>,
    /// The only client that it may see; null for all.
    client_id: Option<ClientId>,
    /// The version of wamux.
    version: &'static str,
    /// `production` or `sandbox`.
    build: &'static str,
    /// Whether the daemon plays WhatsApp itself.
    simulator: bool,
}

/// `GET /api/me`: any key is let in.
pub(super) async fn show(call: Authenticated) -> Answer {
    let call = call?;
    call.query()?.finish()?;
    let info = &call.api().info;
    Ok(json::ok(&Me {
        scopes: call.caller.scopes.names(),
        client_id: call.caller.client.clone(),
        version: info.version,
        build: info.build,
        simulator: call.api().simulator.is_some(),
    }))
}

#[cfg(test)]
mod tests {
    use crate::http::tests::client::Client;
    use serde_json::json;

    #[tokio::test]
    async fn a_key_learns_what_it_may_do_and_what_it_opens() {
        let client = Client::start().await;
        let answer = client.keyed("GET", "/api/me").await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.body,
            json!({
                "scopes": ["admin"],
                "clientId": null,
                "version": "1.2.3",
                "build": "production",
                "simulator": false,
            })
        );
        let answer = client.keyed("GET", "/api/me?x=1").await;
        assert_eq!(answer.code(), (400, "invalid_query"));
    }
}
