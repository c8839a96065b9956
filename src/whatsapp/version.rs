//! The version that the client claims to be. WhatsApp refuses versions that are too old.

use std::sync::Arc;
use std::time::Duration;
use whatsapp_rust::http::HttpClient;
use whatsapp_rust::http::UreqHttpClient;

/// How long the question for the current version may take.
const FETCH_TIMEOUT: Duration = Duration::from_secs(10);

/// A version of WhatsApp Web, such as 2.3000.1043857760.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppVersion(u32, u32, u32);

impl AppVersion {
    /// Used when the current one cannot be fetched and none is configured.
    pub const BUILT_IN: Self = Self(2, 3000, 1_043_857_760);

    /// The three numbers.
    pub fn parts(self) -> (u32, u32, u32) {
        (self.0, self.1, self.2)
    }

    /// From the three numbers.
    pub fn new(parts: (u32, u32, u32)) -> Self {
        Self(parts.0, parts.1, parts.2)
    }

    /// From the text form, three numbers with dots between them.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.').map(|part| part.parse().ok());
        let version = Self(parts.next()??, parts.next()??, parts.next()??);
        parts.next().is_none().then_some(version)
    }
}

impl std::fmt::Display for AppVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// Asks web.whatsapp.com, once for the whole daemon. The error is a sentence for the log.
pub async fn fetch() -> Result<AppVersion, String> {
    let http: Arc<dyn HttpClient> = Arc::new(UreqHttpClient::new());
    let fetched = tokio::time::timeout(FETCH_TIMEOUT, whatsapp_rust::version::fetch_latest_app_version(&http)).await;
    match fetched {
        Ok(Ok(parts)) => Ok(AppVersion::new(parts)),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", FETCH_TIMEOUT.as_secs())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_survives() {
        assert_eq!(AppVersion::parse(&AppVersion::BUILT_IN.to_string()), Some(AppVersion::BUILT_IN));
        for wrong in ["", "2.3000", "2.3000.x", "2.3000.1.1", "-1.0.0"] {
            assert_eq!(AppVersion::parse(wrong), None, "{wrong}");
        }
    }
}
