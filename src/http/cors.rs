//! Browsers on other origins: nobody but those that the configuration names.
//!
//! An origin that is not named gets no CORS headers and is otherwise served as usual, so that the browser is the
//! one who refuses; a dashboard on the daemon's own origin, whose requests carry `Origin` too, keeps working.

use tokio::sync::watch;
use warp::http::HeaderMap;
use warp::http::HeaderValue;
use warp::http::Method;
use warp::http::header;
use warp::http::request;

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PATCH, DELETE, OPTIONS");
const REQUEST_HEADERS: HeaderValue = HeaderValue::from_static(
    "X-Api-Key, Authorization, Content-Type, Idempotency-Key, Last-Event-ID, X-Request-Id",
);
const ANSWER_HEADERS: HeaderValue = HeaderValue::from_static("Location, X-Request-Id, Retry-After");

/// How long a browser may remember the answer to a preflight, in seconds.
const MAX_AGE_SECONDS: HeaderValue = HeaderValue::from_static("600");

/// The origins that may read answers.
pub(super) struct Cors {
    origins: watch::Receiver<Vec<String>>,
}

impl Cors {
    /// `origins` as browsers send them: scheme, host and port, in lower case, without a slash at the end. They may change.
    pub(super) fn new(origins: watch::Receiver<Vec<String>>) -> Self {
        Self { origins }
    }

    /// The origin of a request, if it is one of those.
    pub(super) fn allowed(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        headers
            .get(header::ORIGIN)
            .filter(|origin| {
                self.origins
                    .borrow()
                    .iter()
                    .any(|allowed| allowed.as_bytes() == origin.as_bytes())
            })
            .cloned()
    }

    /// Adds what an answer to that origin needs. An answer that could differ by origin says so to caches.
    pub(super) fn mark(&self, origin: Option<HeaderValue>, headers: &mut HeaderMap) {
        if !self.origins.borrow().is_empty() {
            headers.append(header::VARY, HeaderValue::from_static("Origin"));
        }
        if let Some(origin) = origin {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, ANSWER_HEADERS);
        }
    }
}

/// Whether a request is a browser's question before the real one.
pub(super) fn is_preflight(request: &request::Parts) -> bool {
    request.method == Method::OPTIONS
        && request
            .headers
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// What the answer to such a question says.
pub(super) fn permit(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE_SECONDS);
}
