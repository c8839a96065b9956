//! `[auth]`: who may call the API.

use std::fmt;

use figment::value::Value;
use serde::{Deserialize, Deserializer};

use super::fault::Faults;

const KEY_LENGTH_MIN: usize = 16;
const CURE: &str =
    "make one with `openssl rand -hex 32`, or remove the line and one is made at the first start";

/// Keys that stand in examples and in the defaults of other programs; whoever scans for open gateways tries them first.
const KNOWN_DEFAULTS: [&str; 24] = [
    "123456",
    "12345678",
    "1234567890",
    "123456789012",
    "1234567890123456",
    "admin",
    "administrator",
    "api-key",
    "api_key",
    "apikey",
    "changeme",
    "change-me",
    "changemechangeme",
    "default",
    "example",
    "mysecretapikey",
    "password",
    "qwerty",
    "secret",
    "test",
    "token",
    "wamux",
    "your-api-key",
    "your-api-key-here",
];

/// The keys of `[auth]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthConfig {
    /// The key that opens the whole API. Without one, the daemon makes a random key at its first start and stores it.
    pub api_key: Option<ApiKey>,
}

/// A secret: it prints as dots, and comes out through [`ApiKey::expose`] alone.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// Wraps a key that was made or stored elsewhere.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// The key itself. Never log it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

impl<'de> Deserialize<'de> for ApiKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // By way of `Value`, because the ready-made type error would print what it found.
        let text = <Value as Deserialize>::deserialize(deserializer)?.into_string();
        text.map(Self)
            .ok_or_else(|| serde::de::Error::custom("the key is not a text; put it in quotes"))
    }
}

impl AuthConfig {
    pub(super) fn validate(&self, faults: &mut Faults) {
        if let Some(weakness) = self.api_key.as_ref().and_then(weakness) {
            faults.add("auth.api_key", format!("{weakness}; {CURE}"));
        }
    }
}

fn weakness(key: &ApiKey) -> Option<String> {
    let key = key.expose();
    if KNOWN_DEFAULTS.contains(&key.to_lowercase().as_str()) {
        Some("this key is a well-known default that anybody would try".into())
    } else if key.len() < KEY_LENGTH_MIN {
        Some(format!(
            "this key has {} characters and needs at least {KEY_LENGTH_MIN}",
            key.len()
        ))
    } else if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        Some(
            "this key has a blank or a special character, which an HTTP header cannot carry".into(),
        )
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weakness_of(key: &str) -> Option<String> {
        weakness(&ApiKey::new(key))
    }

    #[test]
    fn known_defaults_are_refused_in_any_case_and_length() {
        for key in [
            "changeme",
            "SECRET",
            "Password",
            "wamux",
            "test",
            "123456",
            "apikey",
            "admin",
            "Your-API-Key-Here",
        ] {
            assert!(weakness_of(key).unwrap().contains("well-known"), "{key}");
        }
    }

    #[test]
    fn a_key_needs_sixteen_characters_that_a_header_can_carry() {
        assert_eq!(weakness_of("0f3a9c77b1d2e485"), None);
        assert!(
            weakness_of("0f3a9c77b1d2e48")
                .unwrap()
                .contains("15 characters")
        );
        assert!(weakness_of("0f3a9c77 b1d2e485").unwrap().contains("blank"));
        assert!(
            weakness_of("Schlüsselschlüssel")
                .unwrap()
                .contains("special")
        );
    }

    #[test]
    fn a_key_never_prints() {
        let auth = AuthConfig {
            api_key: Some(ApiKey::new("0f3a9c77b1d2e485")),
        };
        assert!(!format!("{auth:?}").contains("0f3a"));
    }
}
