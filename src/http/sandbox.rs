//! Faults on request, in sandbox builds alone: what a crash does to one session and to no other.

use crate::actors::handle::CrashAt;
use crate::domain::id::SessionId;
use crate::http::Answer;
use crate::http::error::ApiError;
use crate::http::input::Authenticated;
use crate::http::json;
use serde::Serialize;
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
