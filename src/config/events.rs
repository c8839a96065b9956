//! `[events]`: how long the event log is kept.

use std::time::Duration;

use serde::Deserialize;

use super::fault::Faults;

const DAY_SECS: u64 = 86_400;

/// The keys of `[events]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EventsConfig {
    /// Days after which an event is removed.
    pub retention_days: u64,
    /// Events that are kept; the oldest beyond that are removed.
    pub retention_count: u64,
    /// How often old events are removed, in seconds.
    pub sweep_secs: u64,
}

impl Default for EventsConfig {
    fn default() -> Self {
        Self {
            retention_days: 7,
            retention_count: 1_000_000,
            sweep_secs: 600,
        }
    }
}

impl EventsConfig {
    /// The time after which an event is removed.
    pub fn retention(&self) -> Duration {
        Duration::from_secs(self.retention_days.saturating_mul(DAY_SECS))
    }

    /// How often old events are removed.
    pub fn sweep(&self) -> Duration {
        Duration::from_secs(self.sweep_secs)
    }

    pub(super) fn validate(&self, faults: &mut Faults) {
        faults.add_unless_within(
            "events.retention_days",
            self.retention_days,
            &(1..=3650),
            "days",
        );
        faults.add_unless_within(
            "events.retention_count",
            self.retention_count,
            &(1000..=1_000_000_000),
            "events",
        );
        faults.add_unless_within(
            "events.sweep_secs",
            self.sweep_secs,
            &(1..=86_400),
            "seconds",
        );
    }
}
