//! What became of one message.

use super::addressed;
use crate::domain::timeline::Moment;
use crate::domain::timeline::Viewer;
use crate::http::Answer;
use crate::http::auth::Caller;
use crate::http::auth::Scope;
use crate::http::input::Authenticated;
use crate::http::json;
use serde::Serialize;
use utoipa::ToSchema;

/// The answer of `GET /api/messages/{id}/timeline`.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Timeline {
    /// Oldest first.
    data: Vec<Moment>,
}

/// `GET /api/messages/{id}/timeline`: oldest first.
pub(super) async fn show(id: String, call: Authenticated) -> Answer {
    let call = call?;
    call.query()?.finish()?;
    let (message, _) = addressed(&id, &call).await?;
    let viewer = viewer(&call.caller);
    let data = call.api().sessions.timeline(message, &viewer).await?;
    Ok(json::ok(&Timeline { data }))
}

/// The same webhooks as `GET /api/webhooks` shows.
fn viewer(caller: &Caller) -> Viewer {
    match &caller.client {
        _ if !caller.scopes.contains(Scope::Manage) => Viewer::NoWebhooks,
        Some(client) => Viewer::OfClient(client.clone()),
        None => Viewer::Everything,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::EventType;
    use crate::domain::id::ClientId;
    use crate::domain::id::EventId;
    use crate::domain::id::WebhookId;
    use crate::domain::time::Timestamp;
    use crate::domain::timeline::Happening;
    use crate::domain::timeline::Telling;
    use crate::domain::webhook::DeliveryState;
    use crate::http::auth::Scopes;

    fn told() -> Happening {
        Happening::Webhook(Box::new(Telling {
            webhook_id: WebhookId::parse("whk_01ARZ3NDEKTSV4RRFFQ69G5FAV").unwrap(),
            url: "https://example.com".to_owned(),
            event_id: EventId::parse("evt_01ARZ3NDEKTSV4RRFFQ69G5FAV").unwrap(),
            event_type: EventType::MessageState,
            number: 0,
            status: None,
            failure: None,
            ms: None,
            delivery_state: DeliveryState::Pending,
            next_attempt_at: Some(Timestamp::from_millis(5)),
        }))
    }

    fn client(name: &str) -> ClientId {
        ClientId::parse(name).unwrap()
    }

    #[test]
    fn webhooks_are_shown_to_those_who_may_look_at_them() {
        let caller = |scope, client| Caller {
            scopes: Scopes::of(&[scope]),
            client,
        };
        let acme = client("acme");
        assert_eq!(viewer(&caller(Scope::Admin, None)), Viewer::Everything);
        let manager = viewer(&caller(Scope::Manage, Some(acme.clone())));
        assert_eq!(manager, Viewer::OfClient(acme.clone()));
        let reader = viewer(&caller(Scope::Read, Some(acme)));
        assert_eq!(reader, Viewer::NoWebhooks);
    }

    #[test]
    fn an_attempt_to_come_has_the_fields_that_the_documents_name() {
        let moment = Moment {
            at: Timestamp::from_millis(5),
            what: told(),
        };
        assert_eq!(
            serde_json::to_value(&moment).unwrap(),
            serde_json::json!({
                "at": "1970-01-01T00:00:00.005Z", "kind": "webhook", "webhookId": "whk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
                "url": "https://example.com", "eventId": "evt_01ARZ3NDEKTSV4RRFFQ69G5FAV", "eventType": "message.state",
                "number": 0, "status": null, "failure": null, "ms": null, "deliveryState": "pending",
                "nextAttemptAt": "1970-01-01T00:00:00.005Z"
            })
        );
    }
}
