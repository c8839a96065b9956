//! What went wrong, as an answer: `application/problem+json` after RFC 9457. The only place with error statuses.
//!
//! A handler returns an [`ApiError`]; `front` adds what only it knows (the path and the request id) and writes
//! the body. Warp's rejections say nothing but which path and method there are.

mod codes;
mod session;
#[cfg(test)]
mod tests;
mod webhook;

pub(super) use crate::http::error::codes::Code;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Map;
use serde_json::Value;
use std::convert::Infallible;
use std::time::Duration;
use warp::Rejection;
use warp::Reply;
use warp::http::HeaderName;
use warp::http::HeaderValue;
use warp::http::StatusCode;
use warp::http::header;
use warp::reject::MethodNotAllowed;
use warp::reply::Response;

/// The member that names a message that was written down.
pub(super) const MESSAGE_ID: &str = "messageId";

/// The media type of every error.
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// An answer that is not a success.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ApiError {
    code: Code,
    what: String,
    retryable: bool,
    members: Map<String, Value>,
    /// Not kept with an answer: they speak of the moment.
    #[serde(skip)]
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl ApiError {
    /// `what` is a sentence without its full stop that names the input; the table's cure follows it.
    pub(super) fn new(code: Code, what: impl Into<String>) -> Self {
        Self {
            code,
            what: what.into(),
            retryable: code.entry().retryable,
            members: Map::new(),
            headers: Vec::new(),
        }
    }

    /// A value in a body is wrong; `field` is its path, such as `to`.
    pub(super) fn field(field: &str, what: impl Into<String>) -> Self {
        Self::new(Code::InvalidBody, what).with("field", field)
    }

    /// A query parameter is wrong.
    pub(super) fn parameter(parameter: &str, what: impl Into<String>) -> Self {
        Self::new(Code::InvalidQuery, what).with("parameter", parameter)
    }

    /// A header of the request is wrong.
    pub(super) fn header(header: &str, what: impl Into<String>) -> Self {
        Self::new(Code::InvalidHeader, what).with("header", header)
    }

    /// Whether something was made or sent before it went wrong: the error names the message then.
    pub(super) fn took_effect(&self) -> bool {
        self.members.contains_key(MESSAGE_ID)
    }

    /// There is no session of that name, or none that the caller may see: the two must not differ in anything.
    pub(super) fn no_session(id: &str) -> Self {
        Self::new(Code::SessionNotFound, format!("there is no session {id}"))
    }

    /// The path exists, and not with this method.
    pub(super) fn method_not_allowed() -> Self {
        let what = "the path does not answer to this method";
        Self::new(Code::MethodNotAllowed, what)
    }

    /// A member beside the standard ones.
    pub(super) fn with(mut self, name: &str, value: impl Serialize) -> Self {
        // Only values of our own go in here, and none of them can fail to become JSON.
        self.members.insert(
            name.to_owned(),
            serde_json::to_value(value).unwrap_or(Value::Null),
        );
        self
    }

    /// Without this member.
    pub(super) fn without(mut self, name: &str) -> Self {
        self.members.remove(name);
        self
    }

    /// A header of the answer.
    pub(super) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Says that trying again helps, and when.
    pub(super) fn retry_after(mut self, wait: Duration) -> Self {
        self.retryable = true;
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.with_header(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)))
    }

    /// The stable name of what went wrong.
    #[cfg(test)]
    pub(super) fn code(&self) -> &'static str {
        self.code.entry().code
    }

    /// The body, given the path and the id of the request.
    pub(super) fn body(&self, instance: &str, request_id: &str) -> Vec<u8> {
        let entry = self.code.entry();
        let problem = Problem {
            kind: format!("urn:wamux:error:{}", entry.code),
            title: entry.title,
            status: entry.status,
            detail: format!("{}. {}", capitalised(&self.what), entry.cure),
            instance,
            code: entry.code,
            retryable: self.retryable,
            request_id,
            members: &self.members,
        };
        serde_json::to_vec(&problem).unwrap_or_default()
    }
}

/// The members of RFC 9457 and ours.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Problem<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    detail: String,
    instance: &'a str,
    code: &'a str,
    retryable: bool,
    request_id: &'a str,
    #[serde(flatten)]
    members: &'a Map<String, Value>,
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

impl Reply for ApiError {
    /// Status and headers; the error itself travels along as an extension until `front` writes the body.
    fn into_response(self) -> Response {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::from_u16(self.code.entry().status)
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.headers_mut().extend(self.headers.iter().cloned());
        response.extensions_mut().insert(self);
        response
    }
}

/// What warp's routing found: no such path, or not with this method. Nothing else of ours becomes a rejection.
pub(super) async fn recover(rejection: Rejection) -> Result<ApiError, Infallible> {
    if rejection.find::<MethodNotAllowed>().is_some() {
        return Ok(ApiError::method_not_allowed());
    }
    if rejection.is_not_found() {
        return Ok(ApiError::new(
            Code::NotFound,
            "there is nothing at this path",
        ));
    }
    tracing::error!(?rejection, "a rejection that no route should make");
    Ok(ApiError::new(
        Code::Internal,
        "the request could not be routed",
    ))
}
