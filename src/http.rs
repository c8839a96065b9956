//! The REST API: a request becomes a typed call of a session's handle, and its outcome becomes JSON.
//!
//! The only place that names warp. It knows handles and domain types; it must not know actors' messages, the
//! store or the WhatsApp library, and it holds no state of its own but tickets that are good for seconds and the count
//! of open streams.
//!
//! A request passes `server` (connections), `front` (request id, log, panics, the last touch on every answer),
//! [`routes`] (path, method, key), and one handler of the resource files. To read one request through, start at
//! `messages::send`.

mod accept;
mod auth;
mod chats;
mod clients;
mod cors;
mod dashboard;
mod error;
mod events;
mod front;
mod health;
mod idempotency;
mod input;
mod json;
mod link;
mod link_turns;
mod linking;
mod me;
mod messages;
mod openapi;
mod pairing_links;
mod passkey;
mod prefer;
mod qr;
mod query;
mod route;
#[cfg(feature = "sandbox")]
mod sandbox;
mod scrape;
mod server;
mod sessions;
mod stats;
mod streams;
mod tickets;
mod webhooks;

#[cfg(test)]
mod tests;

pub use crate::http::auth::Keys;
pub use crate::http::link::Branding;
pub use crate::http::link::Logo;
pub use crate::http::openapi::document;
pub use crate::http::scrape::Metrics;
pub use crate::http::server::ServerOptions;
pub use crate::http::server::serve;

use crate::actors::handle::Sessions;
use crate::actors::webhooks::Webhooks;
use crate::clock::Clock;
use crate::http::auth::Scope;
use crate::http::error::ApiError;
use crate::http::idempotency::once;
pub use crate::http::link_turns::LinkLimits;
use crate::http::link_turns::LinkTurns;
use crate::http::streams::Streams;
use crate::http::tickets::Tickets;
use futures::future::BoxFuture;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use warp::Filter;
use warp::Reply;
use warp::filters::BoxedFilter;
use warp::http::Method;
use warp::http::StatusCode;
use warp::reply::Response;

/// What the handlers work with. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    /// The sessions of this daemon.
    pub sessions: Sessions,
    /// Whom it tells of events.
    pub webhooks: Webhooks,
    /// Who may come in.
    pub keys: Keys,
    /// Does what the simulator beside this daemon is asked to do, where there is one.
    pub simulator: Option<SimulatorDoor>,
    /// What is counted, and who may read it.
    pub metrics: Metrics,
    /// What `/api/health` says of this program.
    pub info: BuildInfo,
    /// How much of everything.
    pub limits: Limits,
    /// Where people reach this daemon, where that is known (`server.public_url`).
    pub public_url: Option<String>,
    /// How the pages of pairing links look. It may change.
    pub branding: watch::Receiver<Arc<Branding>>,
    /// What time it is.
    pub clock: Clock,
}

/// A verb of the simulator: method, path, parameters and body.
#[derive(Debug, Clone)]
pub struct SimulatorVerb {
    /// `GET` or `POST`.
    pub method: Method,
    /// Which verb.
    pub path: String,
    /// Its parameters.
    pub query: HashMap<String, String>,
    /// Its body as text.
    pub body: String,
}

/// Does a verb; gives a status and a body.
pub type SimulatorDoor =
    Arc<dyn Fn(SimulatorVerb) -> BoxFuture<'static, (StatusCode, serde_json::Value)> + Send + Sync>;

/// What this program is.
#[derive(Debug, Clone)]
pub struct BuildInfo {
    /// The version in Cargo.toml.
    pub version: &'static str,
    /// `production` or `sandbox`.
    pub build: &'static str,
    /// When it started; the uptime counts from here.
    pub started: Instant,
}

/// The bounds of a request.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The largest request body, in bytes (`server.body_limit_bytes`).
    pub body_bytes: u64,
    /// The longest text of a message, in bytes of UTF-8 (`limits.text_bytes`).
    pub text_bytes: usize,
    /// The longest wait for a code to scan (`limits.qr_wait_secs`).
    pub qr_wait: Duration,
    /// The longest time that a pairing link may be good (`limits.pairing_link_max_secs`).
    pub pairing_link_max: Duration,
    /// How much pairing links may ask for.
    pub links: LinkLimits,
    /// How long a send waits for its outcome when the caller does not say (`limits.send_wait_secs`) ...
    pub send_wait: Duration,
    /// ... and the longest that a caller can ask for (`limits.send_wait_max_secs`).
    pub send_wait_max: Duration,
    /// The longest page of a list (`limits.page_max`).
    pub page_max: u32,
    /// The bounds of streams of events.
    pub streams: StreamLimits,
}

/// The bounds of streams of events, and of the tickets that open them.
#[derive(Debug, Clone)]
pub struct StreamLimits {
    /// How many at once (`events.max_streams`).
    pub open: usize,
    /// How often one shows that it lives (`events.heartbeat_secs`).
    pub heartbeat: Duration,
    /// How long a reader may take nothing (`events.slow_reader_secs`).
    pub slow_reader: Duration,
    /// How long a ticket is good (`events.ticket_secs`).
    pub ticket: Duration,
    /// How many tickets are good at once (`events.max_tickets`).
    pub tickets: usize,
}

/// The api, and the signal that ends long waits when the daemon stops.
#[derive(Clone)]
struct Context {
    api: Arc<Api>,
    tickets: Tickets,
    streams: Streams,
    link_turns: LinkTurns,
    /// How long a body may take to arrive, so that a slow one does not hold its connection for ever.
    body_timeout: Duration,
    stop: CancellationToken,
}

impl Context {
    fn new(api: Api, body_timeout: Duration, stop: CancellationToken) -> Self {
        let limits = &api.limits.streams;
        Self {
            tickets: Tickets::new(api.clock.clone(), limits.tickets),
            streams: Streams::new(limits.open),
            link_turns: LinkTurns::new(api.clock.clone(), api.limits.links.clone()),
            api: Arc::new(api),
            body_timeout,
            stop,
        }
    }
}

/// What a handler gives back.
type Answer = Result<Response, ApiError>;

/// The route table: path, method, scope, handler. The key is looked at last, so a wrong path is 404 with and
/// without a key; the paths are no secret.
fn routes(context: &Context) -> BoxedFilter<(Response,)> {
    // The dashboard comes first: a page asks for many files at once.
    dashboard::routes()
        .or(openapi::routes(context))
        .unify()
        .or(overview_routes(context))
        .unify()
        .or(session_routes(context))
        .unify()
        .or(linking::routes(context))
        .unify()
        .or(pairing_links::routes(context))
        .unify()
        .or(link::routes(context))
        .unify()
        .or(messages::routes(context))
        .unify()
        .or(events::routes(context))
        .unify()
        .or(webhooks::routes(context))
        .unify()
        .or(sandbox_routes(context))
        .unify()
        .recover(error::recover)
        .map(Reply::into_response)
        .boxed()
}

fn overview_routes(context: &Context) -> BoxedFilter<(Answer,)> {
    let read = input::call(context, Scope::Read);
    let me = warp::path!("api" / "me")
        .and(warp::get())
        .and(input::call_of_anyone(context))
        .then(me::show);
    let clients = warp::path!("api" / "clients")
        .and(warp::get())
        .and(read.clone())
        .then(clients::list);
    let stats = warp::path!("api" / "stats")
        .and(warp::get())
        .and(read)
        .then(stats::show);
    let keyed = me.or(clients).unify().or(stats).unify();
    health::routes(context)
        .or(scrape::routes(context))
        .unify()
        .or(keyed)
        .unify()
        .boxed()
}

fn session_routes(context: &Context) -> BoxedFilter<(Answer,)> {
    let read = input::call(context, Scope::Read);
    let manage = input::call(context, Scope::Manage);
    let create = warp::path!("api" / "sessions")
        .and(warp::post())
        .and(manage.clone())
        .then(|call| once(call, sessions::create));
    let list = warp::path!("api" / "sessions")
        .and(warp::get())
        .and(read.clone())
        .then(sessions::list);
    let show = warp::path!("api" / "sessions" / String)
        .and(warp::get())
        .and(read)
        .then(sessions::show);
    let delete = warp::path!("api" / "sessions" / String)
        .and(warp::delete())
        .and(manage.clone())
        .then(sessions::delete);
    let start = warp::path!("api" / "sessions" / String / "start")
        .and(warp::post())
        .and(manage.clone())
        .then(|id, call| once(call, move |call| sessions::start(id, call)));
    let stop = warp::path!("api" / "sessions" / String / "stop")
        .and(warp::post())
        .and(manage.clone())
        .then(|id, call| once(call, move |call| sessions::stop(id, call)));
    let restart = warp::path!("api" / "sessions" / String / "restart")
        .and(warp::post())
        .and(manage.clone())
        .then(|id, call| once(call, move |call| sessions::restart(id, call)));
    let log_out = warp::path!("api" / "sessions" / String / "logout")
        .and(warp::post())
        .and(manage)
        .then(|id, call| once(call, move |call| sessions::log_out(id, call)));
    let collection = create.or(list).unify().or(show).unify().or(delete).unify();
    let verbs = start
        .or(stop)
        .unify()
        .or(restart)
        .unify()
        .or(log_out)
        .unify();
    collection.or(verbs).unify().boxed()
}

#[cfg(feature = "sandbox")]
fn sandbox_routes(context: &Context) -> BoxedFilter<(Answer,)> {
    let admin = input::call(context, Scope::Admin);
    let crash = warp::path!("api" / "sandbox" / "sessions" / String / "crash")
        .and(warp::post())
        .and(admin.clone())
        .then(|id, call| once(call, move |call| sandbox::crash(id, call)));
    let simulator = warp::path!("api" / "sandbox" / "simulator" / ..).and(warp::path::tail());
    let look = simulator
        .and(warp::get())
        .and(admin.clone())
        .then(|verb, call| sandbox::simulate(Method::GET, verb, call));
    let act = simulator
        .and(warp::post())
        .and(admin)
        .then(|verb, call| once(call, |call| sandbox::simulate(Method::POST, verb, call)));
    let faults = sandbox::fault_routes(context);
    crash
        .or(look)
        .unify()
        .or(act)
        .unify()
        .or(faults)
        .unify()
        .boxed()
}

/// A production build has none: these paths are 404 there.
#[cfg(not(feature = "sandbox"))]
fn sandbox_routes(_: &Context) -> BoxedFilter<(Answer,)> {
    warp::any()
        .and_then(|| async { Err::<Answer, _>(warp::reject::not_found()) })
        .boxed()
}
