//! That the description tells of what there is, and of nothing else.

use super::*;
use crate::http::route::ROUTES;
use crate::http::tests::client::Client;
use crate::http::tests::client::api;
use crate::http::tests::client::request;
use serde_json::Value;
use std::collections::BTreeSet;

/// What a browser opens, and no program.
const PAGES: [&str; 5] = ["/", "/assets/", "/docs", "/link/", "/link/return"];

async fn described_here() -> Value {
    let (api, _folder) = api().await;
    serde_json::from_str(&text(&described(&api.limits))).unwrap()
}

/// Every operation, as `GET /path`.
fn listed(description: &Value) -> BTreeSet<String> {
    let paths = description["paths"].as_object().unwrap();
    let operation = |(path, item): (&String, &Value)| {
        let methods = item.as_object().unwrap().keys();
        let named = |method: &String| format!("{} {path}", method.to_uppercase());
        methods.map(named).collect::<Vec<_>>()
    };
    paths.iter().flat_map(operation).collect()
}

#[tokio::test]
async fn every_route_is_described_and_nothing_else_is() {
    let is_page = |path: &str| {
        PAGES.contains(&path)
            || PAGES
                .iter()
                .any(|page| page.len() > 1 && page.ends_with('/') && path.starts_with(page))
    };
    let routes = ROUTES.iter().filter(|route| !is_page(route.path));
    let there: BTreeSet<String> = routes
        .flat_map(|route| {
            let methods = route
                .allow
                .split(", ")
                .filter(|method| !matches!(*method, "HEAD" | "OPTIONS"));
            let path = route.path.replace("...}", "}");
            methods.map(move |method| format!("{method} {path}"))
        })
        .collect();
    assert_eq!(listed(&described_here().await), there);
}

#[tokio::test]
async fn operations_are_named_once_and_every_reference_leads_somewhere() {
    let description = described_here().await;
    let mut names = BTreeSet::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for operation in item.as_object().unwrap().values() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(
                names.insert(name.to_owned()),
                "{name} is there twice ({path})"
            );
            assert!(
                operation["responses"]
                    .as_object()
                    .unwrap()
                    .keys()
                    .any(|status| status.as_str() < "300"),
                "{path}"
            );
        }
    }
    let text = description.to_string();
    for part in text.split("\"$ref\":\"#").skip(1) {
        let pointer = part.split('"').next().unwrap();
        assert!(
            description.pointer(pointer).is_some(),
            "nothing is at {pointer}"
        );
    }
}

#[tokio::test]
async fn what_can_be_null_in_an_answer_is_always_there_and_in_a_request_it_may_be_left_out() {
    let description = described_here().await;
    let required = |name: &str| description["components"]["schemas"][name]["required"].to_string();
    assert!(required("QrCode").contains("expiresAt"));
    assert!(required("DeliveryAttempt").contains("excerpt"));
    assert_eq!(required("NewSession"), "[\"clientId\"]");
}

#[tokio::test]
async fn it_is_answered_without_a_key_compressed_and_once() {
    let client = Client::start().await;
    let path = "/api/openapi.json";
    let first = client
        .ask(request("GET", path).header("accept-encoding", "gzip"), "")
        .await;
    assert_eq!(
        (first.status, first.header("content-type")),
        (200, "application/json")
    );
    assert_eq!(first.header("content-encoding"), "gzip");
    let again = request("GET", path).header("if-none-match", first.header("etag"));
    assert_eq!(client.ask(again, "").await.status, 304);
    let plain = client.ask(request("GET", path), "").await;
    assert_eq!(plain.body["openapi"], "3.1.0");
}
