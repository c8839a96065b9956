//! `Prefer` after RFC 7240: how long a caller wants to wait for the outcome.

use crate::http::error::ApiError;
use crate::http::json::shortened;
use std::time::Duration;
use warp::http::HeaderMap;
use warp::http::HeaderName;
use warp::http::HeaderValue;
use warp::reply::Response;

const PREFER: HeaderName = HeaderName::from_static("prefer");
const APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// How long to wait, and what of the caller's wish was heeded.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wait {
    /// Zero: answer at once.
    pub limit: Duration,
    applied: Option<String>,
}

impl Wait {
    /// What the headers ask for; `default` where they say nothing, never more than `max`. Preferences that nobody
    /// knows are passed over, as the RFC wants it.
    pub(super) fn of(
        headers: &HeaderMap,
        default: Duration,
        max: Duration,
    ) -> Result<Self, ApiError> {
        let mut wait = Self {
            limit: default.min(max),
            applied: None,
        };
        let given = headers.get_all(&PREFER).iter();
        let texts = given.filter_map(|value| value.to_str().ok());
        for preference in texts.flat_map(|text| text.split(',')).map(str::trim) {
            if preference.eq_ignore_ascii_case("respond-async") {
                wait = Self {
                    limit: Duration::ZERO,
                    applied: Some("respond-async".to_owned()),
                };
            } else if let Some(("wait", seconds)) = preference.split_once('=') {
                let wrong = || {
                    let what = format!(
                        "the preference {} is not wait=SECONDS",
                        shortened(preference)
                    );
                    ApiError::header("Prefer", what)
                };
                let seconds: u64 = seconds.trim().parse().map_err(|_| wrong())?;
                let limit = Duration::from_secs(seconds).min(max);
                wait = Self {
                    limit,
                    applied: Some(format!("wait={}", limit.as_secs())),
                };
            }
        }
        Ok(wait)
    }

    /// Tells the caller what was heeded.
    pub(super) fn mark(&self, response: &mut Response) {
        let value = self
            .applied
            .as_ref()
            .and_then(|text| HeaderValue::from_str(text).ok());
        response
            .headers_mut()
            .extend(value.map(|value| (APPLIED, value)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(prefer: &str) -> Result<u64, &'static str> {
        let headers = [(PREFER, HeaderValue::from_str(prefer).unwrap())]
            .into_iter()
            .collect();
        let second = Duration::from_secs;
        Wait::of(&headers, second(20), second(60))
            .map(|wait| wait.limit.as_secs())
            .map_err(|error| error.code())
    }

    #[test]
    fn a_caller_chooses_how_long_to_wait_within_bounds() {
        for (prefer, seconds) in [
            ("respond-async", 0),
            ("Respond-Async, return=minimal", 0),
            ("wait=5", 5),
            ("return=representation, wait=1", 1),
            ("wait=0", 0),
            ("wait=3600", 60),
            ("something-else", 20),
        ] {
            assert_eq!(wait(prefer), Ok(seconds), "{prefer}");
        }
    }

    #[test]
    fn a_wait_that_is_no_number_is_refused() {
        for prefer in ["wait=", "wait=soon", "wait=-1", "wait=1.5"] {
            assert_eq!(wait(prefer), Err("invalid_header"), "{prefer}");
        }
    }
}
