//! In sandbox builds alone: faults on request, and the way to the simulator in the same process.

use crate::actors::handle::CrashAt;
use crate::domain::id::SessionId;
use crate::http::Answer;
use crate::http::SimulatorVerb;
use crate::http::error::ApiError;
use crate::http::error::Code;
use crate::http::input::Authenticated;
use crate::http::json;
use serde::Serialize;
use warp::filters::path::Tail;
use warp::http::Method;
use warp::http::StatusCode;

/// The answer: what will crash.
#[derive(Serialize)]
struct Crashing {
    id: SessionId,
    at: &'static str,
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
