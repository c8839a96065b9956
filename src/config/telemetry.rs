//! `[telemetry]`: where traces are sent, if anywhere.

use serde::Deserialize;

use super::fault::Faults;

/// The keys of `[telemetry]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetryConfig {
    /// The address of an OTLP collector over HTTP; empty: no traces.
    pub otlp_endpoint: String,
    /// How the collector is to call this daemon.
    pub service_name: String,
    /// How many of a hundred traces that begin here are exported.
    pub sample_percent: u32,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self {
            otlp_endpoint: String::new(),
            service_name: "wamux".into(),
            sample_percent: 100,
        }
    }
}

impl TelemetryConfig {
    pub(super) fn validate(&self, faults: &mut Faults) {
        let endpoint = &self.otlp_endpoint;
        let has_scheme = ["http://", "https://"]
            .iter()
            .any(|scheme| endpoint.len() > scheme.len() && endpoint.starts_with(scheme));
        let is_plain = endpoint.bytes().all(|byte| byte.is_ascii_graphic());
        let is_usable = endpoint.is_empty() || (has_scheme && is_plain);
        if !is_usable {
            faults.add(
                "telemetry.otlp_endpoint",
                format!("`{endpoint}` is no address of a collector; write it as http://127.0.0.1:4318, or leave it empty"),
            );
        }
        if self.service_name.trim().is_empty() {
            faults.add("telemetry.service_name", "it is empty; call it wamux, say");
        }
        faults.add_unless_within(
            "telemetry.sample_percent",
            u64::from(self.sample_percent),
            &(0..=100),
            "percent",
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Build;
    use crate::config::Config;

    #[test]
    fn an_address_without_a_scheme_is_refused() {
        for (endpoint, is_good) in [
            ("", true),
            ("http://127.0.0.1:4318", true),
            ("https://otel.example.com/", true),
            ("127.0.0.1:4318", false),
            ("https://", false),
            ("grpc://127.0.0.1:4317", false),
            ("http://a b", false),
        ] {
            let mut config = Config::default();
            config.telemetry.otlp_endpoint = endpoint.into();
            let checked = config.validate_for(Build::Production);
            assert_eq!(checked.is_ok(), is_good, "{endpoint}");
        }
    }
}
