//! Reading the configuration anew while the daemon runs: what takes effect at once, and what needs a restart.

use crate::app::App;
use crate::app::StartError;
use crate::app::branding;
use crate::config::Config;
use std::sync::Arc;

/// The keys that take effect without a restart; `log.level` is the caller's to apply.
const AT_ONCE: [&str; 5] = [
    "branding.color",
    "branding.logo",
    "branding.name",
    "log.level",
    "server.cors_origins",
];

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Reloaded {
    /// Keys that differ and count from now on.
    pub applied: Vec<String>,
    /// Keys that differ and count after a restart.
    pub need_restart: Vec<String>,
}

impl App {
    /// Takes over what can be taken over of a configuration that was read anew. An error leaves everything as it was.
    pub fn reload(&mut self, config: &Config) -> Result<Reloaded, StartError> {
        // The file of a logo may have changed under the same name.
        let looks = branding::load(&config.branding)?;
        let known = &mut self.changeable;
        let changed = known.config.changed_keys(config);
        known.branding.send_replace(Arc::new(looks));
        known
            .cors_origins
            .send_replace(config.server.cors_origins.clone());
        known.config.branding = config.branding.clone();
        known.config.log.level.clone_from(&config.log.level);
        known
            .config
            .server
            .cors_origins
            .clone_from(&config.server.cors_origins);
        let (applied, need_restart) = changed
            .into_iter()
            .partition(|key| AT_ONCE.contains(&key.as_str()));
        Ok(Reloaded {
            applied,
            need_restart,
        })
    }
}
