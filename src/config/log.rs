//! `[log]`: what goes to stderr, and in which form.

use serde::Deserialize;
use tracing_subscriber::EnvFilter;

use super::fault::Faults;

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// The keys of `[log]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// For people or for machines.
    pub format: LogFormat,
    /// A level, or directives with commas between them: `info,wamux=debug`.
    pub level: String,
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// A line of text for people.
    #[default]
    Pretty,
    /// A JSON object a line.
    Json,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            format: LogFormat::Pretty,
            level: "info".into(),
        }
    }
}

impl LogConfig {
    pub(super) fn validate(&self, faults: &mut Faults) {
        if let Some(problem) = problem(&self.level) {
            faults.add(
                "log.level",
                format!(
                    "{problem}; write a level ({}) or, say, info,wamux=debug",
                    LEVELS.join(", ")
                ),
            );
        }
    }
}

/// The parser alone would take a misspelt level for the name of a module and then log nothing but that module.
fn problem(directives: &str) -> Option<String> {
    let is_known =
        |part: &&str| part.contains('=') || LEVELS.contains(&part.to_lowercase().as_str());
    if let Some(unknown) = directives.split(',').find(|part| !is_known(part)) {
        return Some(format!("`{unknown}` is not a level"));
    }
    EnvFilter::builder()
        .parse(directives)
        .err()
        .map(|error| format!("`{directives}`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_directives_are_accepted() {
        for level in [
            "off",
            "info",
            "DEBUG",
            "info,wamux=debug",
            "warn,wamux::http=trace,ractor=off",
        ] {
            assert_eq!(problem(level), None, "{level}");
        }
    }

    #[test]
    fn a_misspelt_level_is_not_taken_for_a_module() {
        for level in ["inof", "", "info,debgu", "verbose", "wamux=loud"] {
            assert!(problem(level).is_some(), "{level}");
        }
    }
}
