//! `[webhooks]`: whom the daemon may call, how long it waits, and how often it tries again.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer};

use super::fault::Faults;

/// A key, its value, the values that it may have, and their unit.
type Bound = (&'static str, u64, RangeInclusive<u64>, &'static str);

/// The keys of `[webhooks]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhooksConfig {
    /// Ranges of addresses that may be called although they are not public.
    #[serde(deserialize_with = "ranges")]
    pub allow_addresses: Vec<IpNet>,
    /// How long one attempt may take, from the look-up of the name to the end of the answer, in seconds.
    pub timeout_secs: u64,
    /// The pause after the first failed attempt, in seconds; it doubles with every further one.
    pub retry_first_secs: u64,
    /// The longest pause between two attempts, in seconds.
    pub retry_max_secs: u64,
    /// How long after the first attempt a delivery is given up, in hours.
    pub retry_for_hours: u64,
    /// So many failed attempts in a row, of whichever events, and the webhook is paused.
    pub breaker_failures: u32,
    /// The first pause of a webhook, in seconds; it doubles with every probe that fails.
    pub breaker_pause_min_secs: u64,
    /// The longest pause of a webhook, in seconds.
    pub breaker_pause_max_secs: u64,
    /// Attempts that run at the same time for one webhook.
    pub parallel_per_webhook: usize,
    /// Webhooks that may exist at a time.
    pub max_webhooks: usize,
    /// How much of an answer is read and kept, in bytes.
    pub excerpt_bytes: usize,
}

impl Default for WebhooksConfig {
    fn default() -> Self {
        Self {
            allow_addresses: Vec::new(),
            timeout_secs: 15,
            retry_first_secs: 5,
            retry_max_secs: 14_400,
            retry_for_hours: 72,
            breaker_failures: 5,
            breaker_pause_min_secs: 10,
            breaker_pause_max_secs: 900,
            parallel_per_webhook: 8,
            max_webhooks: 1000,
            excerpt_bytes: 1024,
        }
    }
}

impl WebhooksConfig {
    /// How long one attempt may take.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_secs)
    }

    /// The pause after the first failed attempt.
    pub fn retry_first(&self) -> Duration {
        Duration::from_secs(self.retry_first_secs)
    }

    /// The longest pause between two attempts.
    pub fn retry_max(&self) -> Duration {
        Duration::from_secs(self.retry_max_secs)
    }

    /// How long after the first attempt a delivery is given up.
    pub fn retry_for(&self) -> Duration {
        Duration::from_hours(self.retry_for_hours)
    }

    /// The first pause of a webhook that fails.
    pub fn breaker_pause_min(&self) -> Duration {
        Duration::from_secs(self.breaker_pause_min_secs)
    }

    /// The longest pause of a webhook that fails.
    pub fn breaker_pause_max(&self) -> Duration {
        Duration::from_secs(self.breaker_pause_max_secs)
    }

    pub(super) fn validate(&self, faults: &mut Faults) {
        for (key, value, range, unit) in self.bounds() {
            faults.add_unless_within(&format!("webhooks.{key}"), value, &range, unit);
        }
        let mut ordered = |low: &str, high: &str, min: u64, max: u64| {
            if min > max {
                let problem = format!("{min} is more than {high}, which is {max}");
                faults.add(&format!("webhooks.{low}"), problem);
            }
        };
        let (first, max) = (self.retry_first_secs, self.retry_max_secs);
        ordered("retry_first_secs", "retry_max_secs", first, max);
        let (min, max) = (self.breaker_pause_min_secs, self.breaker_pause_max_secs);
        ordered("breaker_pause_min_secs", "breaker_pause_max_secs", min, max);
    }

    fn bounds(&self) -> [Bound; 10] {
        [
            ("timeout_secs", self.timeout_secs, 1..=120, "seconds"),
            (
                "retry_first_secs",
                self.retry_first_secs,
                1..=86_400,
                "seconds",
            ),
            ("retry_max_secs", self.retry_max_secs, 1..=86_400, "seconds"),
            ("retry_for_hours", self.retry_for_hours, 1..=720, "hours"),
            (
                "breaker_failures",
                self.breaker_failures.into(),
                1..=1000,
                "attempts",
            ),
            (
                "breaker_pause_min_secs",
                self.breaker_pause_min_secs,
                1..=86_400,
                "seconds",
            ),
            (
                "breaker_pause_max_secs",
                self.breaker_pause_max_secs,
                1..=86_400,
                "seconds",
            ),
            (
                "parallel_per_webhook",
                self.parallel_per_webhook as u64,
                1..=256,
                "attempts",
            ),
            (
                "max_webhooks",
                self.max_webhooks as u64,
                1..=100_000,
                "webhooks",
            ),
            (
                "excerpt_bytes",
                self.excerpt_bytes as u64,
                0..=65_536,
                "bytes",
            ),
        ]
    }
}

fn ranges<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| range(text)).collect()
}

/// A range such as `10.0.0.0/8`, or one address.
fn range<E: serde::de::Error>(text: &str) -> Result<IpNet, E> {
    let one = |_| text.parse::<IpAddr>().map(IpNet::from);
    let cure = "write an address and a prefix length, as in 10.0.0.0/8 or fd00::/8";
    text.parse()
        .or_else(one)
        .map_err(|_| E::custom(format!("`{text}` is not a range of addresses; {cure}")))
}
