//! The version that the client claims to be. WhatsApp refuses versions that are too old.

use crate::config::AppVersion;
use std::sync::Arc;
use std::time::Duration;
use whatsapp_rust::http::HttpClient;
use whatsapp_rust::http::UreqHttpClient;

/// How long the question for the current version may take.
const FETCH_TIMEOUT: Duration = Duration::from_secs(10);

/// The version that was current when this program was written.
pub fn built_in() -> AppVersion {
    AppVersion::new(2, 3000, 1_043_857_760)
}

/// Asks web.whatsapp.com, once for the whole daemon. The error is a sentence for the log.
pub async fn fetch() -> Result<AppVersion, String> {
    let http: Arc<dyn HttpClient> = Arc::new(UreqHttpClient::new());
    let fetched = tokio::time::timeout(
        FETCH_TIMEOUT,
        whatsapp_rust::version::fetch_latest_app_version(&http),
    )
    .await;
    match fetched {
        Ok(Ok((primary, secondary, tertiary))) => Ok(AppVersion::new(primary, secondary, tertiary)),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", FETCH_TIMEOUT.as_secs())),
    }
}
