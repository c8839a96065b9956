//! Webhooks, and what became of each event.

use super::examples;
use super::operation::Operation;
use super::operation::operation;
use super::schemas::texts;
use crate::domain::id::ClientId;
use crate::domain::id::EventId;
use crate::domain::id::SessionId;
use crate::domain::id::WebhookId;
use crate::domain::webhook::Delivery;
use crate::domain::webhook::DeliveryState;
use crate::domain::webhook::WebhookView;
use crate::http::Limits;
use crate::http::auth::Scope;
use crate::http::error::Code;
use crate::http::webhooks::Deletion;
use crate::http::webhooks::WithSecret;
use crate::http::webhooks::bodies::ChangeBody;
use crate::http::webhooks::bodies::CreateBody;
use crate::http::webhooks::bodies::DeliveryAnswer;
use crate::http::webhooks::bodies::Redelivered;
use crate::http::webhooks::bodies::RotateBody;
use crate::http::webhooks::bodies::TestAnswer;
use serde_json::Value;
use serde_json::json;
use utoipa::openapi::HttpMethod;
use utoipa::openapi::HttpMethod::Delete;
use utoipa::openapi::HttpMethod::Get;
use utoipa::openapi::HttpMethod::Patch;
use utoipa::openapi::HttpMethod::Post;

pub(super) const TAG: &str = "webhooks";

pub(super) fn operations(limits: &Limits) -> Vec<Operation> {
    let create = keyed(
        Post,
        "/api/webhooks",
        "createWebhook",
        "Have events posted to a URL",
    )
    .about("The secret is shown here and by `rotate-secret`, and never again.")
    .once()
    .body::<CreateBody>(json!({
        "url": "https://example.com/wamux", "clientId": "acme", "events": ["message.*"],
        "headers": {"Authorization": "Bearer x"},
    }))
    .answers::<WithSecret>(201, "It is made.", with_secret())
    .answer_header(201, "Location", texts(), "Its path.")
    .fails(&[
        Code::SessionNotFound,
        Code::TooManyWebhooks,
        Code::WebhookUrlRefused,
        Code::Unavailable,
        Code::Timeout,
    ]);
    let list = keyed(
        Get,
        "/api/webhooks",
        "listWebhooks",
        "List webhooks, oldest first",
    )
    .query::<ClientId>("clientId", "Those that are confined to this client.")
    .query::<SessionId>("sessionId", "Those that are confined to this session.")
    .pages::<WebhookView>(limits.page_max, "The webhooks.", &examples::webhook());
    let show = of_one(Get, "/api/webhooks/{id}", "getWebhook", "Look at a webhook")
        .answers::<WebhookView>(200, "The webhook.", examples::webhook());
    let change = of_one(
        Patch,
        "/api/webhooks/{id}",
        "changeWebhook",
        "Change a webhook; what is left out stays",
    )
    .body::<ChangeBody>(json!({"enabled": false}))
    .answers::<WebhookView>(
        200,
        "The webhook.",
        examples::with(
            examples::webhook(),
            &json!({"enabled": false, "disabledReason": "byRequest"}),
        ),
    )
    .fails(&[Code::WebhookUrlRefused]);
    let delete = of_one(
        Delete,
        "/api/webhooks/{id}",
        "deleteWebhook",
        "Forget a webhook with all its deliveries",
    )
    .answers::<Deletion>(
        200,
        "It is gone.",
        json!({"id": "whk_01KAT000000000000000000000", "deleted": true}),
    );
    let mut all = vec![create, list, show, change, delete];
    all.extend(verbs());
    all.extend(deliveries(limits));
    all
}

/// What can be done with one.
fn verbs() -> [Operation; 2] {
    let rotate = of_one(
        Post,
        "/api/webhooks/{id}/rotate-secret",
        "rotateWebhookSecret",
        "Give a webhook a new secret",
    )
    .about("For a while the one before signs as well.")
    .once()
    .body_or_none::<RotateBody>(json!({"graceHours": 48}))
    .answers::<WithSecret>(200, "The webhook with its new secret.", with_secret());
    let test = of_one(Post, "/api/webhooks/{id}/test", "testWebhook", "Post a test event at once")
        .about("200 however that goes; it is not tried again.")
        .once()
        .answers::<TestAnswer>(200, "How it went.", json!({
            "status": 500, "ms": 12, "excerpt": "oh no",
            "failure": {"code": "status", "detail": "the answer was 500; only 2xx means that the event was taken"},
        }));
    [rotate, test]
}

fn deliveries(limits: &Limits) -> [Operation; 4] {
    let states = super::schemas::one_of(DeliveryState::ALL.map(DeliveryState::as_str));
    let list = of_one(
        Get,
        "/api/webhooks/{id}/deliveries",
        "listDeliveries",
        "List what became of each event, newest first",
    )
    .query_like(
        "state",
        states,
        "Those that are still tried, were taken, or were given up.",
    )
    .pages::<Delivery>(limits.page_max, "The deliveries.", &examples::delivery());
    let show = of_event(
        Get,
        "/api/webhooks/{id}/deliveries/{eventId}",
        "getDelivery",
        "See every attempt to tell of an event",
    )
    .answers::<DeliveryAnswer>(200, "The delivery.", examples::delivery_with_history());
    let again = of_event(
        Post,
        "/api/webhooks/{id}/deliveries/{eventId}/redeliver",
        "redeliver",
        "Deliver an event again, whatever became of it",
    )
    .once()
    .answers::<DeliveryAnswer>(
        202,
        "The attempt follows.",
        examples::delivery_with_history(),
    );
    let all = of_one(
        Post,
        "/api/webhooks/{id}/redeliver",
        "redeliverFailed",
        "Deliver all again that were given up",
    )
    .once()
    .answers::<Redelivered>(202, "The attempts follow.", json!({"redelivered": 17}));
    [list, show, again, all]
}

fn keyed(method: HttpMethod, path: &'static str, id: &str, summary: &str) -> Operation {
    operation(method, path, id, summary)
        .needs(Scope::Manage)
        .strict()
        .fails(&[Code::StorageFailed])
}

fn of_one(method: HttpMethod, path: &'static str, id: &str, summary: &str) -> Operation {
    keyed(method, path, id, summary)
        .part::<WebhookId>("id", "The webhook.")
        .fails(&[Code::WebhookNotFound])
}

fn of_event(method: HttpMethod, path: &'static str, id: &str, summary: &str) -> Operation {
    of_one(method, path, id, summary)
        .part::<EventId>("eventId", "The event.")
        .fails(&[Code::DeliveryNotFound])
}

fn with_secret() -> Value {
    examples::with(
        examples::webhook(),
        &json!({"secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}),
    )
}
