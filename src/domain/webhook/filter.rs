//! Which types of events a webhook wants.

use crate::domain::schema;
use serde::Serialize;
use utoipa::openapi::ArrayBuilder;

/// The most patterns in a filter.
const PATTERNS_MAX: usize = 100;

/// The longest pattern, in bytes.
const PATTERN_BYTES_MAX: usize = 64;

/// A set of patterns: `*` for all, `session.*` for all of a noun, or a type such as `message.received`. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct EventFilter(Vec<String>);

/// Why a set of patterns is no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventFilterError {
    /// It would match nothing.
    #[error("there is no pattern; use [\"*\"] for all events")]
    Empty,
    /// There are too many.
    #[error("{0} patterns are too many; use no more than {PATTERNS_MAX}")]
    TooMany(usize),
    /// A pattern has the wrong form.
    #[error(
        "{0:?} is not a pattern; use \"*\", a noun as in \"session.*\", or a type as in \"message.received\""
    )]
    Pattern(String),
}

schema::described!(
    EventFilter,
    ArrayBuilder::new()
        .items(schema::text(
            "`*`, all of a noun, or one type.",
            "^(\\*|[A-Za-z][A-Za-z0-9_]*\\.(\\*|[A-Za-z][A-Za-z0-9_]*))$",
            "message.*"
        ))
        .min_items(Some(1))
        .max_items(Some(PATTERNS_MAX))
        .description(Some("Which events, as patterns."))
        .into()
);

impl EventFilter {
    /// All events.
    pub fn all() -> Self {
        Self(vec!["*".to_owned()])
    }

    /// From its patterns, each of which counts once.
    pub fn parse(patterns: &[String]) -> Result<Self, EventFilterError> {
        match patterns.len() {
            0 => return Err(EventFilterError::Empty),
            many if many > PATTERNS_MAX => return Err(EventFilterError::TooMany(many)),
            _ => {}
        }
        if let Some(bad) = patterns.iter().find(|pattern| !is_pattern(pattern)) {
            let shown = bad.chars().take(PATTERN_BYTES_MAX).collect();
            return Err(EventFilterError::Pattern(shown));
        }
        let mut once: Vec<String> = Vec::new();
        for pattern in patterns {
            if !once.contains(pattern) {
                once.push(pattern.clone());
            }
        }
        Ok(Self(once))
    }

    /// Whether it wants events of this type.
    pub fn matches(&self, event_type: &str) -> bool {
        let noun = event_type.split('.').next().unwrap_or_default();
        self.0
            .iter()
            .any(|pattern| match pattern.strip_suffix(".*") {
                Some(wanted) => wanted == noun,
                None => pattern == "*" || pattern == event_type,
            })
    }

    /// The patterns.
    pub fn patterns(&self) -> &[String] {
        &self.0
    }
}

fn is_pattern(text: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_alphabetic())
            && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    text.len() <= PATTERN_BYTES_MAX
        && (text == "*"
            || text
                .split_once('.')
                .is_some_and(|(noun, verb)| is_word(noun) && (verb == "*" || is_word(verb))))
}
