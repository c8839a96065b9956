//! `[limits]`: how much the daemon does at once before it says no.

use std::time::Duration;

use serde::Deserialize;

use super::fault::Faults;

/// The keys of `[limits]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Sessions that may exist at a time.
    pub sessions: usize,
    /// Sessions that are started at the same time; the others wait their turn.
    pub parallel_starts: usize,
    /// Messages that may wait in one session's outbox.
    pub outbox_per_session: usize,
    /// Restarts of a crashed session within [`LimitsConfig::restart_window`] before it is given up.
    pub restart_budget: u32,
    /// The window that the budget counts in, in seconds.
    pub restart_window_secs: u64,
    /// The pause before the first restart, in milliseconds; it doubles with every further one.
    pub restart_backoff_min_ms: u64,
    /// The longest pause before a restart, in milliseconds.
    pub restart_backoff_max_ms: u64,
    /// The longest text of a message, in bytes of UTF-8.
    pub text_bytes: usize,
    /// The longest wait that a request for a QR code may ask for, in seconds.
    pub qr_wait_secs: u64,
    /// The longest time that a pairing link may be good, in seconds.
    pub pairing_link_max_secs: u64,
    /// Requests of one pairing link that may wait at once.
    pub link_waits: usize,
    /// Requests of all pairing links that may wait at once.
    pub link_waits_total: usize,
    /// Codes to type that one pairing link may ask for within ten minutes.
    pub link_codes: usize,
    /// Rounds that one pairing link may begin or cancel within ten minutes.
    pub link_rounds: usize,
    /// How long a send waits for its outcome when the caller does not say, in seconds.
    pub send_wait_secs: u64,
    /// The longest wait that a send may ask for, in seconds.
    pub send_wait_max_secs: u64,
    /// How long a message may wait for its turn when its sender does not say, in seconds.
    pub message_ttl_secs: u64,
    /// Free space below which the disk counts as full, in MiB.
    pub min_free_mib: u64,
    /// How often the disk is looked at, in seconds.
    pub disk_check_secs: u64,
    /// The most entries on a page of a list.
    pub page_max: usize,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            sessions: 1000,
            parallel_starts: 16,
            outbox_per_session: 100,
            restart_budget: 5,
            restart_window_secs: 300,
            restart_backoff_min_ms: 500,
            restart_backoff_max_ms: 60_000,
            text_bytes: 65_536,
            qr_wait_secs: 60,
            pairing_link_max_secs: 86_400,
            link_waits: 8,
            link_waits_total: 128,
            link_codes: 5,
            link_rounds: 20,
            send_wait_secs: 20,
            send_wait_max_secs: 60,
            message_ttl_secs: 86_400,
            min_free_mib: 64,
            disk_check_secs: 5,
            page_max: 200,
        }
    }
}

impl LimitsConfig {
    /// The window that [`LimitsConfig::restart_budget`] counts in.
    pub fn restart_window(&self) -> Duration {
        Duration::from_secs(self.restart_window_secs)
    }

    /// The pause before the first restart.
    pub fn restart_backoff_min(&self) -> Duration {
        Duration::from_millis(self.restart_backoff_min_ms)
    }

    /// The longest pause before a restart.
    pub fn restart_backoff_max(&self) -> Duration {
        Duration::from_millis(self.restart_backoff_max_ms)
    }

    /// The longest wait that a request for a QR code may ask for.
    pub fn qr_wait(&self) -> Duration {
        Duration::from_secs(self.qr_wait_secs)
    }

    /// The longest time that a pairing link may be good.
    pub fn pairing_link_max(&self) -> Duration {
        Duration::from_secs(self.pairing_link_max_secs)
    }

    /// How long a send waits for its outcome when the caller does not say.
    pub fn send_wait(&self) -> Duration {
        Duration::from_secs(self.send_wait_secs)
    }

    /// The longest wait that a send may ask for.
    pub fn send_wait_max(&self) -> Duration {
        Duration::from_secs(self.send_wait_max_secs)
    }

    /// How long a message may wait for its turn when its sender does not say.
    pub fn message_ttl(&self) -> Duration {
        Duration::from_secs(self.message_ttl_secs)
    }

    /// Free space below which the disk counts as full, in bytes.
    pub fn min_free(&self) -> u64 {
        self.min_free_mib.saturating_mul(1024 * 1024)
    }

    /// How often the disk is looked at.
    pub fn disk_check(&self) -> Duration {
        Duration::from_secs(self.disk_check_secs)
    }

    fn validate_waits(&self, faults: &mut Faults) {
        for (key, value, max) in [
            ("limits.send_wait_secs", self.send_wait_secs, 300),
            ("limits.send_wait_max_secs", self.send_wait_max_secs, 300),
            ("limits.message_ttl_secs", self.message_ttl_secs, 2_592_000),
            ("limits.disk_check_secs", self.disk_check_secs, 300),
        ] {
            faults.add_unless_within(key, value, &(1..=max), "seconds");
        }
        faults.add_unless_within(
            "limits.qr_wait_secs",
            self.qr_wait_secs,
            &(1..=300),
            "seconds",
        );
        faults.add_unless_within(
            "limits.pairing_link_max_secs",
            self.pairing_link_max_secs,
            &(60..=2_592_000),
            "seconds",
        );
        for (key, value, of) in [
            ("limits.link_waits", self.link_waits, "requests"),
            ("limits.link_waits_total", self.link_waits_total, "requests"),
            ("limits.link_codes", self.link_codes, "codes"),
            ("limits.link_rounds", self.link_rounds, "rounds"),
        ] {
            faults.add_unless_within(key, value as u64, &(1..=10_000), of);
        }
    }

    pub(super) fn validate(&self, faults: &mut Faults) {
        faults.add_unless_within(
            "limits.sessions",
            self.sessions as u64,
            &(1..=100_000),
            "sessions",
        );
        faults.add_unless_within(
            "limits.parallel_starts",
            self.parallel_starts as u64,
            &(1..=1000),
            "sessions",
        );
        faults.add_unless_within(
            "limits.outbox_per_session",
            self.outbox_per_session as u64,
            &(1..=100_000),
            "messages",
        );
        faults.add_unless_within(
            "limits.restart_budget",
            self.restart_budget.into(),
            &(0..=1000),
            "restarts",
        );
        faults.add_unless_within(
            "limits.restart_window_secs",
            self.restart_window_secs,
            &(1..=86_400),
            "seconds",
        );
        faults.add_unless_within(
            "limits.restart_backoff_min_ms",
            self.restart_backoff_min_ms,
            &(1..=3_600_000),
            "milliseconds",
        );
        faults.add_unless_within(
            "limits.restart_backoff_max_ms",
            self.restart_backoff_max_ms,
            &(1..=3_600_000),
            "milliseconds",
        );
        if self.restart_backoff_min_ms > self.restart_backoff_max_ms {
            let (min, max) = (self.restart_backoff_min_ms, self.restart_backoff_max_ms);
            faults.add(
                "limits.restart_backoff_min_ms",
                format!("{min} is more than restart_backoff_max_ms, which is {max}"),
            );
        }
        faults.add_unless_within(
            "limits.text_bytes",
            self.text_bytes as u64,
            &(1..=1_048_576),
            "bytes",
        );
        self.validate_waits(faults);
        faults.add_unless_within(
            "limits.min_free_mib",
            self.min_free_mib,
            &(0..=1_048_576),
            "MiB",
        );
        faults.add_unless_within(
            "limits.page_max",
            self.page_max as u64,
            &(1..=10_000),
            "entries",
        );
    }
}
