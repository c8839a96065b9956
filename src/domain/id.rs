//! Ids as newtypes. Each is parsed once, at the edge, and is valid from there on.

use crate::domain::schema;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use std::fmt;

/// Why a text is not an id. The sentence names what was given and what would have been right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is not a valid {kind}: {rule}")]
pub struct ParseIdError {
    kind: &'static str,
    rule: &'static str,
    given: String,
}

impl ParseIdError {
    /// `given` is cut, so that a megabyte of rubbish does not come back as an error message.
    pub(crate) fn new(kind: &'static str, rule: &'static str, given: &str) -> Self {
        const SHOWN_CHARS: usize = 80;
        Self {
            kind,
            rule,
            given: given.chars().take(SHOWN_CHARS).collect(),
        }
    }
}

/// The longest session or client id, in bytes.
pub const MAX_ID_BYTES: usize = 64;

const NAME_RULE: &str =
    "1 to 64 letters, digits, '-', '_' or '.', beginning with a letter or digit";

const NAME_PATTERN: &str = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";

fn is_name(text: &str) -> bool {
    text.len() <= MAX_ID_BYTES
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $rule:expr, $pattern:expr, $example:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Parses the text form; the error says what the form is.
            pub fn parse(text: &str) -> Result<Self, ParseIdError> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) { Ok(Self(text.to_owned())) } else { Err(ParseIdError::new($kind, $rule, text)) }
            }

            /// The text form, as it is shown and stored.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        schema::described!($name, schema::text(concat!("A ", $kind, "."), $pattern, $example));

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

text_id!(
    /// A tenant: the customer whom a session belongs to.
    ClientId, "client id", NAME_RULE, NAME_PATTERN, "acme", is_name
);
text_id!(
    /// One WhatsApp session, unique in the daemon. Chosen by the caller or made as `ses_` + ULID.
    SessionId, "session id", NAME_RULE, NAME_PATTERN, "support", is_name
);
text_id!(
    /// Our id of a message, `msg_` + ULID: it exists before WhatsApp has seen the message.
    MessageId, "message id", "'msg_' and a ULID", "^msg_[0-9A-Za-z]{26}$", "msg_01KAT000000000000000000000", |text| text.strip_prefix("msg_").is_some_and(|id| id.len() == 26 && id.chars().all(|c| c.is_ascii_alphanumeric()))
);
text_id!(
    /// An event, `evt_` + ULID: a later event has a greater id.
    EventId, "event id", "'evt_' and a ULID", "^evt_[0-9A-Za-z]{26}$", "evt_01KAT000000000000000000000", |text| text.strip_prefix("evt_").is_some_and(|id| id.len() == 26 && id.chars().all(|c| c.is_ascii_alphanumeric()))
);
text_id!(
    /// WhatsApp's id of a message, the stanza id. Unique only within chat and sender.
    WaId, "WhatsApp message id", "1 to 128 visible ASCII characters", "^[!-~]{1,128}$", "3EB0C767D26A1B2C4D5E", |text| !text.is_empty() && text.len() <= 128 && text.chars().all(|c| c.is_ascii_graphic())
);
text_id!(
    /// Names the file that holds a session's keys; a new one for each pairing, never the caller's text.
    StoreKey, "store key", "a ULID", "^[0-9A-Za-z]{26}$", "01KAT000000000000000000000", |text| text.len() == 26 && text.chars().all(|c| c.is_ascii_alphanumeric())
);
text_id!(
    /// A webhook, `whk_` + ULID.
    WebhookId, "webhook id", "'whk_' and a ULID", "^whk_[0-9A-Za-z]{26}$", "whk_01KAT000000000000000000000", |text| text.strip_prefix("whk_").is_some_and(|id| id.len() == 26 && id.chars().all(|c| c.is_ascii_alphanumeric()))
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_ids_are_names_that_are_safe_in_a_url_and_a_log() {
        for good in ["a", "support-1", "0.x_y", &"a".repeat(64)] {
            assert_eq!(
                SessionId::parse(good).map(|id| id.to_string()),
                Ok(good.to_owned())
            );
        }
        for bad in ["", ".", "-a", "a b", "a/b", "ü", "a\n", &"a".repeat(65)] {
            assert!(SessionId::parse(bad).is_err(), "{bad:?} was taken");
        }
    }

    #[test]
    fn message_ids_have_their_prefix() {
        assert!(MessageId::parse("msg_01ARZ3NDEKTSV4RRFFQ69G5FAV").is_ok());
        assert!(MessageId::parse("01ARZ3NDEKTSV4RRFFQ69G5FAV").is_err());
    }

    #[test]
    fn webhook_ids_have_their_prefix() {
        assert!(WebhookId::parse("whk_01ARZ3NDEKTSV4RRFFQ69G5FAV").is_ok());
        assert!(WebhookId::parse("msg_01ARZ3NDEKTSV4RRFFQ69G5FAV").is_err());
    }

    #[test]
    fn the_error_names_the_input_but_not_all_of_it() {
        let error = ClientId::parse(&"?".repeat(10_000)).expect_err("not a name");
        assert!(error.to_string().len() < 250, "{error}");
        assert!(error.to_string().contains("client id"), "{error}");
    }
}
