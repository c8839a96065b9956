//! What became of one message.

use super::addressed;
use crate::domain::timeline::Happening;
use crate::domain::timeline::Moment;
use crate::http::Answer;
use crate::http::auth::Caller;
use crate::http::auth::Scope;
use crate::http::input::Authenticated;
use crate::http::json;
use crate::http::webhooks::exists_for;
use serde::Serialize;

/// The answer of `GET /api/messages/{id}/timeline`.
#[derive(Serialize)]
struct Timeline {
    data: Vec<Moment>,
}

/// `GET /api/messages/{id}/timeline`: oldest first.
pub(super) async fn show(id: String, call: Authenticated) -> Answer {
    let call = call?;
    call.query()?.finish()?;
    let (message, _) = addressed(&id, &call).await?;
    let mut data = call.api().sessions.timeline(message).await?;
    data.retain(|moment| may_see(&call.caller, &moment.what));
    Ok(json::ok(&Timeline { data }))
}

/// URLs of webhooks can hold secrets: they are for those who may look at the webhook itself.
fn may_see(caller: &Caller, what: &Happening) -> bool {
    match what {
        Happening::Webhook(telling) => {
            caller.scopes.contains(Scope::Manage) && exists_for(caller, &telling.scope)
        }
        _ => true,
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
    use crate::domain::timeline::Telling;
    use crate::domain::webhook;
    use crate::domain::webhook::DeliveryState;
    use crate::http::auth::Scopes;

    fn told_to(scope: webhook::Scope) -> Happening {
        Happening::Webhook(Box::new(Telling {
            scope,
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
        let of = |name| {
            told_to(webhook::Scope::Client {
                client_id: client(name),
            })
        };
        let everybodys = told_to(webhook::Scope::All);
        let admin = caller(Scope::Admin, None);
        assert!(may_see(&admin, &everybodys) && may_see(&admin, &of("acme")));
        let manager = caller(Scope::Manage, Some(client("acme")));
        assert!(may_see(&manager, &of("acme")));
        assert!(!may_see(&manager, &of("other")) && !may_see(&manager, &everybodys));
        let reader = caller(Scope::Read, Some(client("acme")));
        assert!(!may_see(&reader, &of("acme")) && may_see(&reader, &Happening::Edited));
    }

    #[test]
    fn an_attempt_to_come_has_the_fields_that_the_documents_name() {
        let moment = Moment {
            at: Timestamp::from_millis(5),
            what: told_to(webhook::Scope::All),
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
