//! Which version of WhatsApp Web all sessions claim to be: the configured one, the remembered one while it is
//! fresh, the current one, or the one that this program was built with.

use crate::clock::Clock;
use crate::config::AppVersion;
use crate::config::Endpoint;
use crate::config::WhatsAppConfig;
use crate::domain::time::Timestamp;
use crate::store::Store;
use crate::whatsapp::version;
use std::time::Duration;

const SETTING: &str = "app_version";
/// As long as WhatsApp Web itself trusts a version (stack facts 1.4).
const FRESH: Duration = Duration::from_hours(24);

/// Never fails: without an answer the built-in version has to do.
pub(super) async fn choose(config: &WhatsAppConfig, store: &Store, clock: &Clock) -> AppVersion {
    if let Some(version) = config.app_version {
        return version;
    }
    if config.endpoint != Endpoint::Production {
        return version::built_in();
    }
    let now = clock.now().into();
    if let Some(version) = remembered(store, now).await {
        return version;
    }
    match version::fetch().await {
        Ok(version) => {
            remember(store, version, now).await;
            version
        }
        Err(error) => {
            let version = version::built_in();
            tracing::warn!(error, %version, "WhatsApp's current version could not be fetched; the built-in one is used");
            version
        }
    }
}

async fn remembered(store: &Store, now: Timestamp) -> Option<AppVersion> {
    let value = store.setting(SETTING).await.ok()??;
    let (version, at) = value.split_once(' ')?;
    let fetched = Timestamp::from_millis(at.parse().ok()?);
    (now.since(fetched) < FRESH).then(|| version.parse().ok())?
}

async fn remember(store: &Store, version: AppVersion, now: Timestamp) {
    if let Err(error) = store
        .set_setting(SETTING, &format!("{version} {}", now.as_millis()))
        .await
    {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "WhatsApp's current version could not be remembered"
        );
    }
}
