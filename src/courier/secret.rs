//! The text form of a signing key: `whsec_` and base64, as Standard Webhooks says.

use crate::domain::webhook::SecretError;
use crate::domain::webhook::WebhookSecret;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

const PREFIX: &str = "whsec_";

/// Why a text is no key. It never shows the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseSecretError {
    /// The form is wrong.
    #[error("the secret is not 'whsec_' and base64; leave it out and one is made")]
    Form,
    /// The key is too short or too long.
    #[error(transparent)]
    Length(#[from] SecretError),
}

/// Reads the text form.
pub fn parse(text: &str) -> Result<WebhookSecret, ParseSecretError> {
    let encoded = text.strip_prefix(PREFIX).ok_or(ParseSecretError::Form)?;
    let bytes = BASE64_STANDARD
        .decode(encoded)
        .map_err(|_| ParseSecretError::Form)?;
    Ok(WebhookSecret::from_bytes(bytes)?)
}

/// The text form, to be shown once. Never log it.
pub fn text(secret: &WebhookSecret) -> String {
    format!("{PREFIX}{}", BASE64_STANDARD.encode(secret.expose()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_comes_back_as_it_was() {
        let given = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
        assert_eq!(text(&parse(given).unwrap()), given);
    }

    #[test]
    fn anything_else_is_refused_without_being_shown() {
        for bad in [
            "",
            "C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
            "whsec_",
            "whsec_hunter2!",
            "whsec_C2FVsBQIhrscChlQIMV-b5sSYspob7oD",
            "whsec_aHVudGVyMg==",
        ] {
            let error = parse(bad).unwrap_err().to_string();
            assert!(error.starts_with("the secret "), "{error}");
            assert!(bad.len() < 7 || !error.contains(&bad[6..]), "{error}");
        }
    }
}
