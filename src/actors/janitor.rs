//! Removes what is old: events, keys of requests, and pairing links. One task for the daemon.

use crate::actors::deps::Deps;
use crate::domain::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::task::AbortOnDropHandle;

/// How long the key of a request is remembered.
const CLAIMS_KEPT: Duration = Duration::from_hours(48);

/// Starts it; it ends with the value.
pub(super) fn start(deps: Arc<Deps>) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(async move {
        let mut ticks = tokio::time::interval(deps.settings.retention.sweep_every);
        loop {
            ticks.tick().await;
            sweep(&deps).await;
        }
    }))
}

async fn sweep(deps: &Deps) {
    let now = Timestamp::from(deps.clock.now());
    let retention = &deps.settings.retention;
    let events = deps
        .store
        .remove_old_events(now.minus(retention.events_kept), retention.events_count)
        .await;
    let claims = deps.store.remove_old_claims(now.minus(CLAIMS_KEPT)).await;
    let links = deps.store.remove_old_links(now).await;
    match (events, claims, links) {
        (Ok(0), Ok(0), Ok(0)) => {}
        (Ok(events), Ok(claims), Ok(links)) => {
            tracing::info!(events, claims, links, "old entries removed");
        }
        (Err(error), ..) | (_, Err(error), _) | (.., Err(error)) => tracing::error!(
            error = &error as &dyn std::error::Error,
            "old entries could not be removed; it is tried again"
        ),
    }
}
