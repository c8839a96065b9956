//! Whether the daemon is well. The one answer that needs no key, so it names no session.

use crate::http::Answer;
use crate::http::Context;
use crate::http::json;
use serde::Serialize;
use std::collections::BTreeMap;

/// The answer of `GET /api/health`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Health {
    status: &'static str,
    version: &'static str,
    uptime_seconds: u64,
    build: &'static str,
    sessions: Counts,
}

/// How many sessions there are, and in which states.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Counts {
    total: usize,
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

/// `GET /api/health`: 503 when the sessions do not answer.
pub(super) async fn show(context: Context) -> Answer {
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
