//! What is taken from an answer: its status, its wish for a pause, and the beginning of its body.

use super::failure;
use crate::domain::time::Timestamp;
use crate::domain::webhook::Failure;
use crate::domain::webhook::FailureCode;
use jiff::fmt::rfc2822;
use reqwest::Response;
use reqwest::header::HeaderValue;
use reqwest::header::RETRY_AFTER;
use std::time::Duration;

/// As much of an answer as has come so far.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) status: Option<u16>,
    pub(super) retry_after: Option<Duration>,
    body: Vec<u8>,
}

impl Answer {
    /// Takes note of the head.
    pub(super) fn note_head(&mut self, response: &Response, now: Timestamp) {
        self.status = Some(response.status().as_u16());
        let wish = response.headers().get(RETRY_AFTER);
        self.retry_after = wish.and_then(|value| retry_after(value, now));
    }

    /// Reads up to `max` bytes of the body. What comes after them stays unread, and closes the connection.
    pub(super) async fn read_body(
        &mut self,
        response: &mut Response,
        max: usize,
    ) -> Result<(), Failure> {
        while self.body.len() < max {
            let chunk = response
                .chunk()
                .await
                .map_err(|error| failure::of(&error))?;
            let Some(chunk) = chunk else {
                break;
            };
            let fits = chunk.len().min(max - self.body.len());
            self.body.extend_from_slice(&chunk[..fits]);
        }
        Ok(())
    }

    /// What the status says against a delivery.
    pub(super) fn refusal(&self) -> Option<Failure> {
        match self.status? {
            200..=299 => None,
            status @ 300..=399 => Some(Failure::new(
                FailureCode::Redirect,
                format!(
                    "the answer was {status}; redirects are not followed, so the webhook needs its final URL"
                ),
            )),
            410 => Some(Failure::new(
                FailureCode::Status,
                "the answer was 410: the receiver wants no more events",
            )),
            status => Some(Failure::new(
                FailureCode::Status,
                format!("the answer was {status}; only 2xx means that the event was taken"),
            )),
        }
    }

    /// The beginning of the body as text.
    pub(super) fn excerpt(&self) -> Option<String> {
        (!self.body.is_empty()).then(|| String::from_utf8_lossy(&self.body).into_owned())
    }
}

/// Seconds, or a moment in the form that HTTP uses; one that is past means at once.
fn retry_after(value: &HeaderValue, now: Timestamp) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().map(Duration::from_secs);
    }
    let then = rfc2822::parse(text).ok()?;
    Some(Timestamp::from(then.timestamp()).since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_for_a_pause_is_seconds_or_a_moment() {
        let now = Timestamp::from("2026-11-24T03:00:00Z".parse::<jiff::Timestamp>().unwrap());
        for (text, secs) in [
            ("120", Some(120)),
            ("0", Some(0)),
            ("Tue, 24 Nov 2026 03:01:30 GMT", Some(90)),
            ("Tue, 24 Nov 2026 02:00:00 GMT", Some(0)),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
            ("99999999999999999999999", None),
        ] {
            let value = HeaderValue::from_static(text);
            assert_eq!(
                retry_after(&value, now),
                secs.map(Duration::from_secs),
                "{text:?}"
            );
        }
    }

    #[test]
    fn only_2xx_takes_an_event() {
        for (status, code) in [
            (200, None),
            (204, None),
            (101, Some(FailureCode::Status)),
            (302, Some(FailureCode::Redirect)),
            (304, Some(FailureCode::Redirect)),
            (404, Some(FailureCode::Status)),
            (410, Some(FailureCode::Status)),
            (503, Some(FailureCode::Status)),
        ] {
            let answer = Answer {
                status: Some(status),
                ..Answer::default()
            };
            assert_eq!(answer.refusal().map(|failure| failure.code), code);
        }
    }
}
