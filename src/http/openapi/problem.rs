//! Errors in the description: one shape, and for each status the codes that an operation can fail with.

use crate::http::error::Code;
use crate::http::error::PROBLEM_JSON;
use crate::http::openapi::schemas::one_of;
use crate::http::openapi::schemas::texts;
use serde_json::json;
use std::collections::BTreeMap;
use utoipa::openapi::AllOfBuilder;
use utoipa::openapi::ContentBuilder;
use utoipa::openapi::HeaderBuilder;
use utoipa::openapi::ObjectBuilder;
use utoipa::openapi::Ref;
use utoipa::openapi::RefOr;
use utoipa::openapi::Response;
use utoipa::openapi::ResponseBuilder;
use utoipa::openapi::example::Example;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::schema::Type;

/// The name of the schema of all errors.
pub(super) const NAME: &str = "Problem";

/// The codes in the order of their table, by status.
pub(super) fn by_status(codes: &[Code]) -> BTreeMap<u16, Vec<Code>> {
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in Code::ALL.iter().filter(|code| codes.contains(code)) {
        by_status
            .entry(code.entry().status)
            .or_default()
            .push(*code);
    }
    by_status
}

/// The name of the answer that has one of these codes.
pub(super) fn name(alike: &[Code]) -> String {
    let names: Vec<_> = alike.iter().map(|code| code.entry().code).collect();
    names.join(".")
}

/// That answer.
pub(super) fn answer(codes: &[Code]) -> Response {
    let lines = codes.iter().map(|code| {
        let entry = code.entry();
        format!("- `{}`: {}", entry.code, entry.when)
    });
    let names = codes.iter().map(|code| code.entry().code);
    let these = ObjectBuilder::new().property("code", one_of(names.clone()));
    let schema = AllOfBuilder::new()
        .item(Ref::from_schema_name(NAME))
        .item(these);
    let examples = names.map(|name| {
        let shared = Ref::new(format!("#/components/examples/{name}"));
        (name, RefOr::<Example>::Ref(shared))
    });
    let content = ContentBuilder::new()
        .schema(Some(schema))
        .examples_from_iter(examples)
        .build();
    let answer = ResponseBuilder::new()
        .description(lines.collect::<Vec<_>>().join("\n"))
        .content(PROBLEM_JSON, content);
    if codes.iter().any(|code| code.entry().retryable) {
        let seconds = ObjectBuilder::new().schema_type(Type::Integer);
        let header = HeaderBuilder::new()
            .schema(Some(seconds))
            .description(Some("When to try again, in seconds, where that is known."));
        answer.header("Retry-After", header.build()).build()
    } else {
        answer.build()
    }
}

/// One of each.
pub(super) fn example(code: Code) -> (&'static str, Example) {
    let entry = code.entry();
    let value = json!({
        "type": format!("urn:wamux:error:{}", entry.code),
        "title": entry.title,
        "status": entry.status,
        "detail": format!("{}. {}", entry.title, entry.cure),
        "instance": "/api/sessions/support",
        "code": entry.code,
        "retryable": entry.retryable,
        "requestId": "req_01KAT000000000000000000000",
    });
    let example = ExampleBuilder::new()
        .summary(entry.title)
        .value(Some(value));
    (entry.code, example.build())
}

/// The shape of all errors: RFC 9457 with a stable code. Some have a member more, which names what is wrong.
pub(super) fn schema() -> Schema {
    let integer = || ObjectBuilder::new().schema_type(Type::Integer);
    let text = |about: &str| texts().description(Some(about));
    let always = [
        ("type", text("`urn:wamux:error:` and the code.")),
        ("title", text("What happened, the same for each code.")),
        ("status", integer().description(Some("The HTTP status."))),
        (
            "detail",
            text("What happened here, and what helps; for people."),
        ),
        ("instance", text("The path of the request.")),
        ("code", text("The stable name, for programs.")),
        (
            "retryable",
            ObjectBuilder::new()
                .schema_type(Type::Boolean)
                .description(Some("Whether the same request can succeed later.")),
        ),
        (
            "requestId",
            text("What the log of the daemon names the request by."),
        ),
    ];
    let sometimes = [
        (
            "field",
            text("The field of the body that is wrong, as a path."),
        ),
        ("parameter", text("The query parameter that is wrong.")),
        ("header", text("The header that is wrong.")),
        ("messageId", text("The message that was written down.")),
        (
            "limit",
            integer().description(Some("The limit that was reached.")),
        ),
        (
            "seconds",
            integer().description(Some("The time that was not enough.")),
        ),
        ("state", text("The state of the session.")),
    ];
    let mut object = ObjectBuilder::new();
    for (name, schema) in always {
        object = object.property(name, schema).required(name);
    }
    for (name, schema) in sometimes {
        object = object.property(name, schema);
    }
    object
        .description(Some(
            "An error after RFC 9457. Some errors have members beside these.",
        ))
        .into()
}
