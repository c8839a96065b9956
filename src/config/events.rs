//! `[events]`: how long the event log is kept, and how it is told while it grows.

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
    /// Streams that are open at a time, of both kinds together.
    pub max_streams: usize,
    /// How often a stream shows that it lives, in seconds.
    pub heartbeat_secs: u64,
    /// How long a reader may take nothing before its stream is ended, in seconds.
    pub slow_reader_secs: u64,
    /// How long a ticket is good, in seconds.
    pub ticket_secs: u64,
    /// Tickets that are good at a time.
    pub max_tickets: usize,
    /// Whether it is told what people are doing: typing, being there.
    pub presence: bool,
}

impl Default for EventsConfig {
    fn default() -> Self {
        Self {
            retention_days: 7,
            retention_count: 1_000_000,
            sweep_secs: 600,
            max_streams: 256,
            heartbeat_secs: 15,
            slow_reader_secs: 10,
            ticket_secs: 30,
            max_tickets: 1024,
            presence: false,
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

    /// How often a stream shows that it lives.
    pub fn heartbeat(&self) -> Duration {
        Duration::from_secs(self.heartbeat_secs)
    }

    /// How long a reader may take nothing.
    pub fn slow_reader(&self) -> Duration {
        Duration::from_secs(self.slow_reader_secs)
    }

    /// How long a ticket is good.
    pub fn ticket(&self) -> Duration {
        Duration::from_secs(self.ticket_secs)
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
        faults.add_unless_within(
            "events.max_streams",
            self.max_streams as u64,
            &(1..=100_000),
            "streams",
        );
        for (key, seconds) in [
            ("events.heartbeat_secs", self.heartbeat_secs),
            ("events.slow_reader_secs", self.slow_reader_secs),
            ("events.ticket_secs", self.ticket_secs),
        ] {
            faults.add_unless_within(key, seconds, &(1..=300), "seconds");
        }
        faults.add_unless_within(
            "events.max_tickets",
            self.max_tickets as u64,
            &(1..=1_000_000),
            "tickets",
        );
    }
}
