//! Around every request: its id, its log line, what a panic becomes, and the last touch on its answer.
//!
//! It knows the paths that there are, and nothing of what they do.

use crate::http::cors;
use crate::http::cors::Cors;
use crate::http::error::ApiError;
use crate::http::error::Code;
use crate::http::error::PROBLEM_JSON;
use crate::http::route::Route;
use crate::meter;
use crate::telemetry::trace;
use crate::telemetry::trace::TraceParent;
use bytes::Bytes;
use futures::FutureExt;
use hyper::body::Body;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use std::any::Any;
use std::error::Error;
use std::panic::AssertUnwindSafe;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::Instrument;
use tracing::Span;
use tracing::field::Empty;
use ulid::Ulid;
use warp::Reply;
use warp::filters::BoxedFilter;
use warp::http::HeaderMap;
use warp::http::HeaderName;
use warp::http::HeaderValue;
use warp::http::Method;
use warp::http::Request;
use warp::http::StatusCode;
use warp::http::header;
use warp::http::request::Parts;
use warp::reply::Response;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The longest request id that is taken over from a caller, in bytes.
const REQUEST_ID_BYTES: usize = 64;

/// What is asked every few seconds, by machines.
const PROBES: [&str; 4] = [
    "/api/health",
    "/api/health/live",
    "/api/health/ready",
    "/metrics",
];

/// The routes, and what surrounds them.
pub(super) struct Front {
    routes: BoxedFilter<(Response,)>,
    cors: Cors,
}

impl Front {
    /// Around these routes, for pages of these origins.
    pub(super) fn new(
        routes: BoxedFilter<(Response,)>,
        cors_origins: watch::Receiver<Vec<String>>,
    ) -> Self {
        Self {
            routes,
            cors: Cors::new(cors_origins),
        }
    }

    /// Answers one request, whatever happens.
    pub(super) async fn answer<B>(&self, request: Request<B>) -> Response
    where
        B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Sync + 'static,
    {
        let (mut parts, body) = request.into_parts();
        let id = request_id(&parts.headers);
        let route = Route::find(parts.uri.path());
        let span = tracing::info_span!("request", id, session = Empty, client = Empty);
        let traced = traced(&parts, route);
        if let Some(parent) = TraceParent::of(&traced) {
            parts.extensions.insert(parent);
        }
        let answered = async {
            let mut line = Line::begin(&parts.method, route);
            let path = parts.uri.path().to_owned();
            let origin = self.cors.allowed(&parts.headers);
            let mut response = self.respond(parts, body, route).await;
            self.cors.mark(origin, response.headers_mut());
            finish(&mut response, &path, &id, route);
            line.status = Some(response.status());
            trace::answered(&traced, response.status().as_u16());
            response
        };
        answered.instrument(span).await
    }

    async fn respond<B>(&self, mut parts: Parts, body: B, route: Option<&Route>) -> Response
    where
        B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Sync + 'static,
    {
        if parts.method == Method::OPTIONS
            && let Some(route) = route
        {
            return self.options(&parts, route);
        }
        // The connection leaves the body out of an answer to HEAD, and keeps its length.
        if parts.method == Method::HEAD && route.is_some_and(|route| route.allows("HEAD")) {
            parts.method = Method::GET;
        }
        // Here, because a word such as `send` in a path could be taken for an id.
        if route.is_some_and(|route| !route.allows(parts.method.as_str())) {
            return ApiError::method_not_allowed().into_response();
        }
        let service = TowerToHyperService::new(warp::service(self.routes.clone()));
        let call = service.call(Request::from_parts(parts, body));
        match AssertUnwindSafe(call).catch_unwind().await {
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            Err(panic) => {
                tracing::error!(panic = panic_text(&*panic), "a handler panicked");
                ApiError::new(Code::Internal, "the request ran into a fault").into_response()
            }
        }
    }

    fn options(&self, parts: &Parts, route: &Route) -> Response {
        let mut response = StatusCode::NO_CONTENT.into_response();
        response
            .headers_mut()
            .insert(header::ALLOW, HeaderValue::from_static(route.allow));
        if cors::is_preflight(parts) && self.cors.allowed(&parts.headers).is_some() {
            cors::permit(response.headers_mut());
        }
        response
    }
}

/// The span of a request for traces; none for what machines ask every few seconds.
fn traced(parts: &Parts, route: Option<&Route>) -> Span {
    let route = route.map_or("no route", |route| route.path);
    if PROBES.contains(&route) {
        return Span::none();
    }
    let given = parts.headers.get(TRACEPARENT);
    let parent = given.and_then(|header| TraceParent::parse(header.to_str().ok()?));
    trace::request(parts.method.as_str(), route, parent.as_ref())
}

/// The caller's id of the request, if it is one that can stand in a log, or a new one.
fn request_id(headers: &HeaderMap) -> String {
    let sane = |id: &&str| {
        (1..=REQUEST_ID_BYTES).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let given = headers
        .get(&REQUEST_ID)
        .and_then(|id| id.to_str().ok())
        .filter(sane);
    given.map_or_else(|| format!("req_{}", Ulid::generate()), str::to_owned)
}

/// Writes the body of an error, which needs the path and the id, and the headers that every answer has.
fn finish(response: &mut Response, path: &str, id: &str, route: Option<&Route>) {
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        // A token in the path is a secret, and every answer about it is the same.
        let secret = route.filter(|route| route.path.contains("{token}"));
        let path = secret.map_or(path, |route| route.path);
        *response.body_mut() = error.body(path, id).into();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    }
    if let (StatusCode::METHOD_NOT_ALLOWED, Some(route)) = (response.status(), route) {
        response
            .headers_mut()
            .insert(header::ALLOW, HeaderValue::from_static(route.allow));
    }
    let headers = response.headers_mut();
    headers.extend(HeaderValue::from_str(id).ok().map(|id| (REQUEST_ID, id)));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("without a text")
}

/// The one line that a request leaves in the log, also when the client goes away before its end. It shows the
/// route and not the path: ids are the callers' own words.
struct Line {
    method: Method,
    route: &'static str,
    started: Instant,
    status: Option<StatusCode>,
}

impl Line {
    fn begin(method: &Method, route: Option<&'static Route>) -> Self {
        Self {
            method: method.clone(),
            route: route.map_or("no route", |route| route.path),
            started: Instant::now(),
            status: None,
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let took = self.started.elapsed();
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let (method, route) = (self.method.as_str(), self.route);
        let status = self.status.map(|status| status.as_u16());
        meter::answered(route, method, status, took);
        let Some(status) = status else {
            return tracing::info!(method, route, ms, "the client went away");
        };
        // Probes come every few seconds.
        if status == 200 && PROBES.contains(&route) {
            return tracing::debug!(method, route, status, ms, "answered");
        }
        tracing::info!(method, route, status, ms, "answered");
    }
}
