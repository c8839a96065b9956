//! In sandbox builds alone: faults on request, and the simulator.

use super::operation::JSON;
use super::operation::Operation;
use super::operation::content;
use super::operation::operation;
use super::operation::plain;
use super::operation::post;
use super::schemas::object;
use super::schemas::one_of;
use super::schemas::texts;
use super::schemas::whole;
use crate::http::auth::Scope;
use crate::http::error::Code;
use serde_json::json;
use utoipa::openapi::HttpMethod;
use utoipa::openapi::HttpMethod::Get;
use utoipa::openapi::HttpMethod::Post;
use utoipa::openapi::ObjectBuilder;
use utoipa::openapi::schema::Type;

const TAG: &str = "sandbox";

pub(super) fn operations() -> Vec<Operation> {
    let crash = post(
        "/api/sandbox/sessions/{id}/crash",
        "crashSession",
        "Provoke a panic in a session",
    )
    .needs(Scope::Admin)
    .of_session()
    .once()
    .query_needed(
        "at",
        one_of(["actor", "client"]),
        "In its actor, or in a task of its client.",
    )
    .answers_with(
        202,
        "The crash follows.",
        JSON,
        content(object(), json!({"id": "support", "at": "actor"})),
    );
    let wedge = post(
        "/api/sandbox/wedge",
        "wedgeSupervisor",
        "Have the supervisor answer nobody for a while",
    )
    .needs(Scope::Admin)
    .query_needed("seconds", whole(1, 600), "How long.")
    .answers_with(
        202,
        "It does.",
        JSON,
        content(object(), json!({"seconds": 60})),
    )
    .fails(&[Code::Unavailable]);
    let seconds = ObjectBuilder::new().schema_type(Type::Integer);
    let clock = post(
        "/api/sandbox/clock",
        "jumpClock",
        "Have the daemon's time of day jump",
    )
    .needs(Scope::Admin)
    .query_needed("jump", seconds, "By so many seconds, also back.")
    .answers_with(
        200,
        "What time it is now.",
        JSON,
        content(object(), json!({"now": "2026-11-24T02:00:00.000Z"})),
    );
    let look = simulator(
        Get,
        "askSimulator",
        "Ask the simulator that `wamux sandbox` runs",
    );
    let act = simulator(Post, "tellSimulator", "Have the simulator do something")
        .with_body("text/plain", plain(texts()), false)
        .once();
    [crash, wedge, clock, look, act]
        .map(|operation| operation.tagged(TAG))
        .into()
}

fn simulator(method: HttpMethod, id: &str, summary: &str) -> Operation {
    operation(method, "/api/sandbox/simulator/{verb}", id, summary)
        .needs(Scope::Admin)
        .part_like(
            "verb",
            texts(),
            "A verb, such as `state` or `phone/send`; the query and the body are the verb's.",
        )
        .answers_with(
            200,
            "What the simulator answers, with its status.",
            JSON,
            content(object(), json!({})),
        )
        .fails(&[Code::NoSimulator])
}
