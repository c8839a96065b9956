//! `[metrics]`: whether figures for Prometheus are counted, and who may read them.

use serde::Deserialize;

/// The keys of `[metrics]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricsConfig {
    /// Whether they are counted, and `GET /metrics` answers.
    pub enabled: bool,
    /// Whether programs on the same machine may read them without a key.
    pub open_to_loopback: bool,
}

impl Default for MetricsConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            open_to_loopback: false,
        }
    }
}
