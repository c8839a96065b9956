//! `GET /metrics`: what was counted and measured, as Prometheus reads it. Who may read it is decided here.

use crate::http::Answer;
use crate::http::Context;
use crate::http::auth::Scope;
use crate::http::error::ApiError;
use crate::http::error::Code;
use crate::http::health;
use crate::http::server::Peer;
use crate::meter;
use crate::meter::Meter;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::HeaderMap;
use warp::http::HeaderValue;
use warp::http::header;
use warp::reply::Response;

/// Version 0.0.4 of the text format.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// Headers that say that somebody else asked first.
const FORWARDED: [&str; 3] = ["forwarded", "x-forwarded-for", "x-real-ip"];

/// What is counted, and who may read it (`[metrics]`).
#[derive(Clone, Default)]
pub struct Metrics {
    /// Gives it out; none where nothing is counted.
    pub meter: Option<Meter>,
    /// Whether programs on this machine need no key.
    pub open_to_loopback: bool,
}

pub(super) fn routes(context: &Context) -> BoxedFilter<(Answer,)> {
    let context = context.clone();
    warp::path!("metrics")
        .and(warp::get())
        .and(warp::ext::optional::<Peer>())
        .and(warp::header::headers_cloned())
        .then(move |peer, headers| show(context.clone(), peer, headers))
        .boxed()
}

/// 404 where nothing is counted.
async fn show(context: Context, peer: Option<Peer>, headers: HeaderMap) -> Answer {
    if !(context.api.metrics.open_to_loopback && is_on_this_machine(peer, &headers)) {
        let caller = context.api.keys.caller(&headers)?;
        caller.require(Scope::Read)?;
        if let Some(client) = caller.client {
            let what =
                format!("this key belongs to the client {client}, and the metrics are of all");
            return Err(ApiError::new(Code::Forbidden, what));
        }
    }
    let Some(meter) = &context.api.metrics.meter else {
        return Err(ApiError::new(
            Code::NotFound,
            "no metrics are counted (metrics.enabled)",
        ));
    };
    measure(&context).await;
    let mut response = Response::new(meter.render().into());
    response.headers_mut().insert(header::CONTENT_TYPE, TEXT);
    Ok(response)
}

/// A proxy on this machine asks for others, and says so.
fn is_on_this_machine(peer: Option<Peer>, headers: &HeaderMap) -> bool {
    peer.is_some_and(|peer| peer.0.ip().to_canonical().is_loopback())
        && !FORWARDED.iter().any(|name| headers.contains_key(*name))
}

/// Reads what is a level.
async fn measure(context: &Context) {
    let api = &context.api;
    let (sessions, webhooks) = tokio::join!(api.sessions.measure(), api.webhooks.measure());
    let is_whole = sessions.is_ok() && webhooks.is_ok();
    meter::set(meter::INCOMPLETE, u64::from(!is_whole));
    meter::set(meter::STREAMS, context.streams.count() as u64);
    let faults = health::faults(context).await;
    meter::set(meter::READY, u64::from(faults.is_empty()));
}
