//! `[whatsapp]`: which chat server, and how the daemon presents itself there.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::build::Build;
use super::endpoint::Endpoint;
use super::fault::Faults;

const DEVICE_NAME_CHARS_MAX: usize = 50;

/// The keys of `[whatsapp]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WhatsAppConfig {
    /// The chat server.
    pub endpoint: Endpoint,
    /// What a phone shows under "Linked devices".
    pub device_name: String,
    /// The version of WhatsApp Web to claim; without one, the current version is looked up once for all sessions.
    pub app_version: Option<AppVersion>,
    /// How long to wait for the server to accept a message, in seconds.
    pub ack_timeout_secs: u64,
    /// How long to wait for the server to confirm that a device is unlinked, in seconds.
    pub unlink_timeout_secs: u64,
    /// After how many seconds without a sign of life a connection is probed.
    pub probe_after_secs: u64,
    /// How long the answer to a probe may take, in seconds.
    pub probe_timeout_secs: u64,
}

impl Default for WhatsAppConfig {
    fn default() -> Self {
        Self {
            endpoint: Endpoint::Production,
            device_name: "wamux".into(),
            app_version: None,
            ack_timeout_secs: 20,
            unlink_timeout_secs: 10,
            probe_after_secs: 40,
            probe_timeout_secs: 10,
        }
    }
}

impl WhatsAppConfig {
    /// How long to wait for the server to accept a message.
    pub fn ack_timeout(&self) -> Duration {
        Duration::from_secs(self.ack_timeout_secs)
    }

    /// How long to wait for the server to confirm that a device is unlinked.
    pub fn unlink_timeout(&self) -> Duration {
        Duration::from_secs(self.unlink_timeout_secs)
    }

    /// After how long without a sign of life a connection is probed.
    pub fn probe_after(&self) -> Duration {
        Duration::from_secs(self.probe_after_secs)
    }

    /// How long the answer to a probe may take.
    pub fn probe_timeout(&self) -> Duration {
        Duration::from_secs(self.probe_timeout_secs)
    }

    pub(super) fn validate(&self, build: Build, faults: &mut Faults) {
        if let Err(error) = self.endpoint.check(build) {
            faults.add("whatsapp.endpoint", error.to_string());
        }
        let length = self.device_name.chars().count();
        if self.device_name.trim().is_empty() || length > DEVICE_NAME_CHARS_MAX {
            faults.add(
                "whatsapp.device_name",
                format!("{length} characters; use 1 to {DEVICE_NAME_CHARS_MAX}"),
            );
        }
        if self.device_name.chars().any(char::is_control) {
            faults.add(
                "whatsapp.device_name",
                "has a control character; use visible text",
            );
        }
        for (key, value) in [
            ("whatsapp.ack_timeout_secs", self.ack_timeout_secs),
            ("whatsapp.unlink_timeout_secs", self.unlink_timeout_secs),
            ("whatsapp.probe_after_secs", self.probe_after_secs),
            ("whatsapp.probe_timeout_secs", self.probe_timeout_secs),
        ] {
            faults.add_unless_within(key, value, &(1..=300), "seconds");
        }
    }
}

/// A version of WhatsApp Web, written `2.3000.1043857760`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppVersion(u32, u32, u32);

/// The text is not three numbers with dots between them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a version; write three numbers, as in 2.3000.1043857760")]
pub struct ParseAppVersionError(String);

impl AppVersion {
    /// From its three numbers.
    pub fn new(primary: u32, secondary: u32, tertiary: u32) -> Self {
        Self(primary, secondary, tertiary)
    }

    /// The three numbers, in the order that WhatsApp's handshake carries them.
    pub fn parts(self) -> (u32, u32, u32) {
        (self.0, self.1, self.2)
    }
}

impl FromStr for AppVersion {
    type Err = ParseAppVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers: Option<Vec<u32>> = text.split('.').map(number).collect();
        match numbers.as_deref() {
            Some(&[primary, secondary, tertiary]) => Ok(Self(primary, secondary, tertiary)),
            _ => Err(ParseAppVersionError(text.into())),
        }
    }
}

/// Digits alone: `u32::from_str` would take a plus sign, too.
fn number(text: &str) -> Option<u32> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

impl fmt::Display for AppVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

impl<'de> Deserialize<'de> for AppVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_three_numbers() {
        let version: AppVersion = "2.3000.1043857760".parse().unwrap();
        assert_eq!(version.parts(), (2, 3000, 1_043_857_760));
        assert_eq!(version.to_string(), "2.3000.1043857760");
    }

    #[test]
    fn anything_else_is_refused_with_an_example() {
        for text in [
            "",
            "2",
            "2.3000",
            "2.3000.1.2",
            "2.3000.x",
            "2..1",
            "2.3000.+1",
            "2.3000.99999999999",
        ] {
            let error = text.parse::<AppVersion>().unwrap_err();
            assert!(
                error.to_string().contains("as in 2.3000.1043857760"),
                "{text}"
            );
        }
    }
}
