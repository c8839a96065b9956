//! `[state]`: where the daemon keeps what must survive a restart.

use std::path::PathBuf;

use serde::Deserialize;

use super::fault::Faults;

/// The keys of `[state]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StateConfig {
    /// The folder; made at the first start, for the daemon's user alone.
    pub dir: PathBuf,
}

impl Default for StateConfig {
    fn default() -> Self {
        Self {
            dir: "./state".into(),
        }
    }
}

impl StateConfig {
    pub(super) fn validate(&self, faults: &mut Faults) {
        if self.dir.as_os_str().is_empty() {
            faults.add(
                "state.dir",
                "no folder is named; write a path, as in ./state",
            );
        }
    }
}
