//! The description of this API in OpenAPI 3.1: `GET /api/openapi.json`, and docs/openapi.json, which a test compares.
//!
//! Shapes come from the types that handlers read and write, errors from their table, limits from the configuration. What
//! each operation is for is said in the files below; a test holds them against the table of routes.

mod daemon;
mod events;
mod examples;
mod inputs;
mod linking;
mod links;
mod messages;
mod operation;
mod problem;
#[cfg(feature = "sandbox")]
mod sandbox;
mod schemas;
mod sessions;
#[cfg(test)]
mod tests;
mod webhooks;

pub(super) use crate::http::openapi::inputs::AnyChatId;
pub(super) use crate::http::openapi::inputs::AnyPhone;
pub(super) use crate::http::openapi::inputs::GivenHeaders;

use crate::http::Answer;
use crate::http::Context;
use crate::http::Limits;
use crate::http::dashboard;
use crate::http::error::Code;
use crate::http::openapi::operation::Operation;
use crate::http::openapi::schemas::Schemas;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::openapi::Components;
use utoipa::openapi::ComponentsBuilder;
use utoipa::openapi::InfoBuilder;
use utoipa::openapi::LicenseBuilder;
use utoipa::openapi::OpenApi;
use utoipa::openapi::OpenApiBuilder;
use utoipa::openapi::PathItem;
use utoipa::openapi::PathsBuilder;
use utoipa::openapi::ServerBuilder;
use utoipa::openapi::security::ApiKey;
use utoipa::openapi::security::ApiKeyValue;
use utoipa::openapi::security::HttpAuthScheme;
use utoipa::openapi::security::HttpBuilder;
use utoipa::openapi::security::SecurityScheme;
use utoipa::openapi::tag::TagBuilder;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::HeaderMap;

const ABOUT: &str = "\
One daemon for many WhatsApp sessions. docs/API.md says more about each of these.

- JSON is camelCase, times are RFC 3339 in UTC, ids are texts. Unknown fields and query parameters are refused by name.
- A list is `{\"data\": […], \"nextCursor\": …}`: ask for the next page with `cursor`.
- An error is `application/problem+json` with a stable `code`.
- Every answer has `X-Request-Id`, which finds the request in the log; send your own if you like.
- `HEAD` works wherever `GET` does, and `OPTIONS` says which methods a path has.
";

const TAGS: [(&str, &str); 7] = [
    (daemon::TAG, "The daemon as a whole."),
    (
        sessions::TAG,
        "A session is a device that is linked to a WhatsApp account.",
    ),
    (
        linking::TAG,
        "A phone is linked by a code that it scans or types, and by the account's passkey where WhatsApp asks for it.",
    ),
    (messages::TAG, "What is sent and received."),
    (events::TAG, "What happens, as it happens and afterwards."),
    (webhooks::TAG, "Whom the daemon tells of events."),
    (links::TAG, "What a pairing link opens, without a key."),
];

/// `GET /api/openapi.json`: made once, when it is asked for the first time.
pub(super) fn routes(context: &Context) -> BoxedFilter<(Answer,)> {
    let api = Arc::clone(&context.api);
    warp::path!("api" / "openapi.json")
        .and(warp::get())
        .and(warp::header::headers_cloned())
        .map(move |headers: HeaderMap| {
            dashboard::made("openapi.json", &headers, || text(&described(&api.limits)))
        })
        .boxed()
}

/// The API of a production build, as JSON with a line break at its end.
pub fn document(limits: &Limits) -> String {
    text(&description(operations(limits)))
}

/// The API of this build.
fn described(limits: &Limits) -> OpenApi {
    let operations = operations(limits);
    #[cfg(feature = "sandbox")]
    let operations = operations
        .into_iter()
        .chain(sandbox::operations())
        .collect();
    description(operations)
}

fn text(description: &OpenApi) -> String {
    // Plain data: no part of it can fail to become JSON.
    let mut text = description.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

fn operations(limits: &Limits) -> Vec<Operation> {
    let parts = [
        (daemon::TAG, daemon::operations(limits)),
        (sessions::TAG, sessions::operations(limits)),
        (linking::TAG, linking::operations(limits)),
        (messages::TAG, messages::operations(limits)),
        (events::TAG, events::operations(limits)),
        (webhooks::TAG, webhooks::operations(limits)),
        (links::TAG, links::operations()),
    ];
    let tagged = parts.into_iter().map(|(tag, part)| {
        let tagged = part.into_iter().map(|operation| operation.tagged(tag));
        tagged.collect::<Vec<_>>()
    });
    tagged.flatten().collect()
}

fn description(operations: Vec<Operation>) -> OpenApi {
    let mut schemas = Schemas::default();
    let mut failures = BTreeMap::new();
    let mut paths = PathsBuilder::new().build();
    for mut operation in operations {
        schemas.extend(std::mem::take(&mut operation.schemas));
        for alike in problem::by_status(&operation.codes).into_values() {
            failures.insert(problem::name(&alike), alike);
        }
        let (path, method) = (operation.path, operation.method.clone());
        paths.add_path_operation(path, vec![method], operation.build());
    }
    let mut told = events::delivery().tagged(webhooks::TAG);
    schemas.extend(std::mem::take(&mut told.schemas));
    let told = PathItem::new(told.method.clone(), told.build());
    OpenApiBuilder::new()
        .info(info())
        .servers(Some([ServerBuilder::new()
            .url("/")
            .description(Some("This daemon."))
            .build()]))
        .paths(paths)
        .webhooks(Some(PathsBuilder::new().path("event", told)))
        .components(Some(components(schemas, failures)))
        .tags(Some(TAGS.map(|(name, about)| {
            TagBuilder::new()
                .name(name)
                .description(Some(about))
                .build()
        })))
        .build()
}

fn info() -> utoipa::openapi::Info {
    InfoBuilder::new()
        .title("wamux")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(
            LicenseBuilder::new()
                .name("MIT")
                .identifier(Some("MIT"))
                .build(),
        ))
        .build()
}

fn components(schemas: Schemas, failures: BTreeMap<String, Vec<Code>>) -> Components {
    let mut components = ComponentsBuilder::new().schema(problem::NAME, problem::schema());
    for (name, schema) in schemas.finish() {
        components = components.schema(name, schema);
    }
    let codes: Vec<Code> = failures.values().flatten().copied().collect();
    for (name, alike) in failures {
        components = components.response(name, problem::answer(&alike));
    }
    for code in Code::ALL.iter().filter(|code| codes.contains(code)) {
        let (name, example) = problem::example(*code);
        components = components.example(name, example);
    }
    let key = ApiKeyValue::with_description("X-Api-Key", "The key of `auth.api_key`.");
    let ticket =
        ApiKeyValue::with_description("ticket", "From POST /api/tickets; for streams alone.");
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("The same key."));
    components
        .security_scheme(
            operation::API_KEY,
            SecurityScheme::ApiKey(ApiKey::Header(key)),
        )
        .security_scheme(operation::BEARER, SecurityScheme::Http(bearer.build()))
        .security_scheme(
            operation::TICKET,
            SecurityScheme::ApiKey(ApiKey::Query(ticket)),
        )
        .build()
}
