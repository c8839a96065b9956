//! The one place that reads the wall clock. It must not know what the time is used for.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970-01-01T00:00:00Z, as every `t` attribute on the wire counts.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the clock; nobody else asks the system"
)]
pub fn unix_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_secs())
}
