//! The headers that a webhook's owner adds to each request.

use crate::domain::schema;
use serde::Serialize;
use serde::Serializer;
use std::collections::BTreeMap;
use std::fmt;
use utoipa::openapi::ObjectBuilder;
use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::schema::Type;

/// The most headers.
const HEADERS_MAX: usize = 20;

/// The longest name, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// The longest value, in bytes.
const VALUE_BYTES_MAX: usize = 2048;

/// What the daemon writes itself, and what is between two hops and nobody else.
const RESERVED: [&str; 14] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "trailers",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// Families of names that are reserved: the signature's, and those that are for proxies on the way.
const RESERVED_PREFIXES: [&str; 2] = ["webhook-", "proxy-"];

/// What is shown in place of a value.
const MASK: &str = "***";

/// Headers with names in lower case. A value may be a secret: it shows neither in `Debug` nor in JSON.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct WebhookHeaders(BTreeMap<String, String>);

/// Why headers cannot be taken. The sentence names the header and never its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeadersError {
    /// There are too many.
    #[error("{0} headers are too many; use no more than {HEADERS_MAX}")]
    TooMany(usize),
    /// No name that HTTP allows.
    #[error(
        "{0:?} is not the name of a header; use 1 to {NAME_BYTES_MAX} letters, digits and '-', '_' or '.'"
    )]
    Name(String),
    /// The daemon writes it itself, or it is not for the receiver.
    #[error("the header {0} cannot be set; the daemon writes it itself, or it means nothing here")]
    Reserved(String),
    /// It is there twice, once in other letters.
    #[error("the header {0} is there twice; upper and lower case are the same")]
    Twice(String),
    /// No value that HTTP allows.
    #[error(
        "the value of the header {0} cannot be sent; use up to {VALUE_BYTES_MAX} visible ASCII characters with spaces only between them"
    )]
    Value(String),
}

impl WebhookHeaders {
    /// Checks names and values.
    pub fn parse<'a>(
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, HeadersError> {
        let mut checked = BTreeMap::new();
        for (name, value) in headers {
            let name = checked_name(name)?;
            if !is_value(value) {
                return Err(HeadersError::Value(name));
            }
            if checked.insert(name.clone(), value.to_owned()).is_some() {
                return Err(HeadersError::Twice(name));
            }
        }
        match checked.len() {
            many if many > HEADERS_MAX => Err(HeadersError::TooMany(many)),
            _ => Ok(Self(checked)),
        }
    }

    /// Names and values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

schema::described!(
    WebhookHeaders,
    ObjectBuilder::new()
        .additional_properties(Some(AdditionalProperties::from(
            ObjectBuilder::new().schema_type(Type::String)
        )))
        .description(Some(
            "The headers of each request, names in lower case. A value may be a secret, so it shows as `***`."
        ))
        .into()
);

impl Serialize for WebhookHeaders {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.keys().map(|name| (name, MASK)))
    }
}

impl fmt::Debug for WebhookHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

fn checked_name(given: &str) -> Result<String, HeadersError> {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if given.is_empty() || given.len() > NAME_BYTES_MAX || !given.chars().all(is_letter) {
        return Err(HeadersError::Name(
            given.chars().take(NAME_BYTES_MAX).collect(),
        ));
    }
    let name = given.to_ascii_lowercase();
    let is_reserved = RESERVED.contains(&name.as_str())
        || RESERVED_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix));
    if is_reserved {
        return Err(HeadersError::Reserved(name));
    }
    Ok(name)
}

fn is_value(text: &str) -> bool {
    text.len() <= VALUE_BYTES_MAX
        && text.trim() == text
        && text.chars().all(|c| c == ' ' || c.is_ascii_graphic())
}
