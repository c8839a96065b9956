//! What differs between two configurations, for a reload: some keys take effect at once, the others need a restart.

use super::Config;
use std::collections::BTreeMap;

/// How deep a section and its keys are indented where a configuration is written out.
const INDENT: &str = "    ";

impl Config {
    /// The keys whose values differ, as in `log.level`, in their order; the section alone where its difference is a
    /// secret.
    pub fn changed_keys(&self, after: &Self) -> Vec<String> {
        let (before_keys, after_keys) = (self.by_key(), after.by_key());
        let differs = |key: &&String| before_keys.get(*key) != after_keys.get(*key);
        let mut changed: Vec<_> = after_keys.keys().filter(differs).cloned().collect();
        if self.auth != after.auth && !changed.iter().any(|key| key.starts_with("auth.")) {
            changed.push("auth.api_key".to_owned());
        }
        changed
    }

    /// Each key with its value, as the values write themselves out, which shows no secret.
    fn by_key(&self) -> BTreeMap<String, String> {
        let (mut section, mut key) = (String::new(), String::new());
        let mut values: BTreeMap<String, String> = BTreeMap::new();
        for line in format!("{self:#?}").lines() {
            let depth = line.len() - line.trim_start().len();
            let name = line.trim_start().split_once(": ");
            match name {
                Some((name, _)) if depth == INDENT.len() => name.clone_into(&mut section),
                Some((name, value)) if depth == 2 * INDENT.len() => {
                    key = format!("{section}.{name}");
                    values.insert(key.clone(), value.to_owned());
                }
                _ if depth > 2 * INDENT.len() => {
                    values.entry(key.clone()).or_default().push_str(line);
                }
                _ => {}
            }
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ApiKey;

    #[test]
    fn what_differs_is_named_key_by_key() {
        let before = Config::default();
        assert!(before.changed_keys(&before).is_empty());
        let mut after = before.clone();
        after.log.level = "debug".into();
        after.server.cors_origins = vec!["https://a.example.com".into()];
        after.limits.sessions = 7;
        assert_eq!(
            before.changed_keys(&after),
            ["limits.sessions", "log.level", "server.cors_origins"]
        );
    }

    #[test]
    fn a_list_differs_in_any_of_its_entries() {
        let with = |origin: &str| {
            let mut config = Config::default();
            config.server.cors_origins = vec!["https://a.example.com".into(), origin.into()];
            config
        };
        assert_eq!(
            with("https://b.example.com").changed_keys(&with("https://c.example.com")),
            ["server.cors_origins"]
        );
    }

    #[test]
    fn a_secret_is_named_and_not_shown() {
        let with = |key: &str| {
            let mut config = Config::default();
            config.auth.api_key = Some(ApiKey::new(key.to_owned()));
            config
        };
        let changed = with("0123456789abcdef-one").changed_keys(&with("0123456789abcdef-two"));
        assert_eq!(changed, ["auth.api_key"]);
    }
}
