//! In sandbox builds alone: faults on request, and the way to the simulator in the same process.

use crate::actors::handle::CrashAt;
use crate::domain::id::SessionId;
use crate::domain::time::Timestamp;
use crate::http::Answer;
use crate::http::Context;
use crate::http::SimulatorVerb;
use crate::http::auth::Scope;
use crate::http::error::ApiError;
use crate::http::error::Code;
use crate::http::input;
use crate::http::input::Authenticated;
use crate::http::json;
use serde::Serialize;
use std::time::Duration;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::filters::path::Tail;
use warp::http::Method;
use warp::http::StatusCode;

/// The longest time that the supervisor can be held up, in seconds.
const WEDGE_MAX: u64 = 600;
/// How far the clock can jump, in seconds: ten years.
const JUMP_MAX: i64 = 10 * 365 * 86_400;

/// The answer: what will crash.
#[derive(Serialize)]
struct Crashing {
    id: SessionId,
    at: &'static str,
}

/// The answer: for how long.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wedged {
    seconds: u64,
}

/// The answer: what time it is for the daemon now.
#[derive(Serialize)]
struct Jumped {
    now: Timestamp,
}

/// Faults of the daemon as a whole.
pub(super) fn fault_routes(context: &Context) -> BoxedFilter<(Answer,)> {
    let admin = input::call(context, Scope::Admin);
    let wedge = warp::path!("api" / "sandbox" / "wedge")
        .and(warp::post())
        .and(admin.clone())
        .then(wedge);
    let clock = warp::path!("api" / "sandbox" / "clock")
        .and(warp::post())
        .and(admin)
        .then(jump);
    wedge.or(clock).unify().boxed()
}

/// `POST /api/sandbox/wedge?seconds=`: the supervisor answers nobody for so long.
async fn wedge(call: Authenticated) -> Answer {
    let call = call?;
    let mut query = call.query()?;
    let seconds = query
        .number("seconds", 1, WEDGE_MAX)?
        .ok_or_else(|| ApiError::parameter("seconds", "seconds is missing"))?;
    query.finish()?;
    call.api().sessions.wedge(Duration::from_secs(seconds))?;
    Ok(json::with_status(&Wedged { seconds }, StatusCode::ACCEPTED))
}

/// `POST /api/sandbox/clock?jump=`: the daemon's time of day jumps by so many seconds, also back.
async fn jump(call: Authenticated) -> Answer {
    let call = call?;
    let mut query = call.query()?;
    let jump = query
        .take("jump", |text| {
            let seconds = text.parse().ok();
            seconds
                .filter(|seconds| (-JUMP_MAX..=JUMP_MAX).contains(seconds))
                .ok_or("it is not a number of seconds within ten years")
        })?
        .ok_or_else(|| ApiError::parameter("jump", "jump is missing"))?;
    query.finish()?;
    let clock = &call.api().clock;
    if !clock.jump(jump) {
        return Err(ApiError::new(
            Code::Internal,
            "the clock of this daemon cannot jump",
        ));
    }
    Ok(json::ok(&Jumped {
        now: clock.now().into(),
    }))
}

/// `POST /api/sandbox/sessions/{id}/crash?at=actor|client`: 202, the crash follows.
pub(super) async fn crash(id: String, call: Authenticated) -> Answer {
    let call = call?;
    let mut query = call.query()?;
    let at = query
        .take("at", parse_place)?
        .ok_or_else(|| ApiError::parameter("at", "at is missing: use actor or client"))?;
    query.finish()?;
    let session = call.session_at(&id).await?;
    let id = session.view().record.id;
    session.crash(at)?;
    Ok(json::with_status(
        &Crashing {
            id,
            at: place_name(at),
        },
        StatusCode::ACCEPTED,
    ))
}

/// `GET` and `POST /api/sandbox/simulator/{verb...}`: what the simulator answers.
pub(super) async fn simulate(method: Method, verb: Tail, call: Authenticated) -> Answer {
    let mut call = call?;
    let door = call.api().simulator.clone().ok_or_else(|| {
        ApiError::new(
            Code::NoSimulator,
            "no simulator runs in the process of this daemon",
        )
    })?;
    let query = form_urlencoded::parse(call.raw_query().as_bytes());
    let query = query.into_owned().collect();
    let body = String::from_utf8_lossy(call.bytes().await?)
        .trim()
        .to_owned();
    let path = verb.as_str().trim_matches('/').to_owned();
    let (status, answer) = door(SimulatorVerb {
        method,
        path,
        query,
        body,
    })
    .await;
    Ok(json::with_status(&answer, status))
}

fn parse_place(text: &str) -> Result<CrashAt, &'static str> {
    [CrashAt::Actor, CrashAt::Client]
        .into_iter()
        .find(|at| place_name(*at) == text)
        .ok_or("use actor or client")
}

fn place_name(at: CrashAt) -> &'static str {
    match at {
        CrashAt::Actor => "actor",
        CrashAt::Client => "client",
    }
}
