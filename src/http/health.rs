//! Whether the daemon is well, whether it lives, and whether it is ready. These answers need no key, so they name no
//! session.

use crate::actors::vitals::Fault;
use crate::http::Answer;
use crate::http::Context;
use crate::http::error::ApiError;
use crate::http::error::Code;
use crate::http::json;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use utoipa::ToSchema;
use warp::Filter;
use warp::filters::BoxedFilter;

/// How long the parts have to answer.
const LOOK: Duration = Duration::from_secs(2);
/// How old an answer may be: asking more often makes nobody work.
const FRESH: Duration = Duration::from_secs(1);

/// The answer of `GET /api/health`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Health {
    /// `ok`.
    status: &'static str,
    /// The version of wamux.
    version: &'static str,
    /// How long the daemon runs.
    uptime_seconds: u64,
    /// `production` or `sandbox`.
    build: &'static str,
    /// The sessions, counted.
    sessions: Counts,
}

/// How many sessions there are, and in which states.
#[derive(Serialize, ToSchema)]
#[schema(as = SessionCounts)]
#[serde(rename_all = "camelCase")]
pub(super) struct Counts {
    /// All of them.
    total: usize,
    /// By state.
    by_state: BTreeMap<&'static str, usize>,
}

impl Counts {
    /// With their sum.
    pub(super) fn of(by_state: BTreeMap<&'static str, usize>) -> Self {
        Self {
            total: by_state.values().sum(),
            by_state,
        }
    }
}

/// The answer of `GET /api/health/live`.
#[derive(Serialize, ToSchema)]
pub(super) struct Live {
    /// `ok`.
    status: &'static str,
}

/// The answer of `GET /api/health/ready`.
#[derive(Serialize, ToSchema)]
pub(super) struct Ready {
    /// True.
    ready: bool,
}

/// One reason why the daemon is not ready.
#[derive(Serialize)]
pub(super) struct Reason {
    code: &'static str,
    detail: String,
}

pub(super) fn routes(context: &Context) -> BoxedFilter<(Answer,)> {
    let [all, ready] = [context.clone(), context.clone()];
    let health = warp::path!("api" / "health")
        .and(warp::get())
        .then(move || show(all.clone()));
    let live = warp::path!("api" / "health" / "live")
        .and(warp::get())
        .then(|| async { Ok(json::ok(&Live { status: "ok" })) });
    let ready = warp::path!("api" / "health" / "ready")
        .and(warp::get())
        .then(move || is_ready(ready.clone()));
    health.or(live).unify().or(ready).unify().boxed()
}

/// Why the daemon is not ready; nothing when it is.
pub(super) async fn faults(context: &Context) -> Vec<Reason> {
    let found = context.api.sessions.vitals().look(LOOK, FRESH).await;
    let stopping = context.stop.is_cancelled().then(|| Reason {
        code: "stopping",
        detail: "the daemon is stopping".to_owned(),
    });
    let reason = |fault: &Fault| Reason {
        code: fault.code(),
        detail: fault.detail(),
    };
    found.iter().map(reason).chain(stopping).collect()
}

/// `GET /api/health/ready`: 503 with the reasons while a part does not work that requests need.
async fn is_ready(context: Context) -> Answer {
    let reasons = faults(&context).await;
    if reasons.is_empty() {
        return Ok(json::ok(&Ready { ready: true }));
    }
    let details: Vec<_> = reasons.iter().map(|reason| reason.detail.clone()).collect();
    let what = format!("the daemon is not ready: {}", details.join("; "));
    Err(ApiError::new(Code::NotReady, what)
        .with("reasons", &reasons)
        .retry_after(FRESH))
}

/// `GET /api/health`: 503 when the sessions do not answer.
async fn show(context: Context) -> Answer {
    let by_state = context.api.sessions.counts(None).await?;
    let info = &context.api.info;
    Ok(json::ok(&Health {
        status: "ok",
        version: info.version,
        uptime_seconds: info.started.elapsed().as_secs(),
        build: info.build,
        sessions: Counts::of(by_state),
    }))
}
