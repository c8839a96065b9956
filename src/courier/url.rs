//! Which URLs a webhook may have.

use super::guard::Guard;
use super::guard::Refused;
use reqwest::Url;
use std::net::IpAddr;

/// The longest URL, in bytes.
const URL_BYTES_MAX: usize = 2048;

/// Why a URL cannot be a webhook's. The sentence does not show the URL, which may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It is too long.
    #[error("the URL has {0} bytes; use no more than {URL_BYTES_MAX}")]
    TooLong(usize),
    /// It is none.
    #[error("the URL cannot be read ({0}); write one as in https://example.com/hook")]
    Form(String),
    /// Neither http nor https.
    #[error("the URL begins with {0}:; only http: and https: can be called")]
    Scheme(String),
    /// A name or a password before the host.
    #[error("the URL has a user name or a password in it; use a header instead")]
    UserInfo,
    /// Its host is an address that is not called.
    #[error(transparent)]
    Address(#[from] Refused),
}

/// Reads a URL. What stands for an address is one, however it is written: `http://2130706433/` is 127.0.0.1.
pub(super) fn parse(text: &str, guard: &Guard) -> Result<Url, UrlError> {
    if text.len() > URL_BYTES_MAX {
        return Err(UrlError::TooLong(text.len()));
    }
    let url = Url::parse(text).map_err(|error| UrlError::Form(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(UrlError::Scheme(url.scheme().to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UrlError::UserInfo);
    }
    if let Some(address) = literal(&url) {
        guard.check(address)?;
    }
    Ok(url)
}

/// The host where it is an address. The resolver does not see those.
fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_start_matches('[')
        .trim_end_matches(']')
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_and_https_on_public_hosts() {
        let guard = Guard::allowing(Vec::new());
        for good in [
            "https://example.com/hook?key=1",
            "http://example.com:8080",
            "https://1.1.1.1/",
            "https://[2606:4700:4700::1111]/",
            "HTTPS://EXAMPLE.COM",
            "https://münchen.example/",
        ] {
            assert!(parse(good, &guard).is_ok(), "{good} was refused");
        }
    }

    #[test]
    fn an_address_is_seen_through_every_spelling() {
        let guard = Guard::allowing(Vec::new());
        for bad in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://2130706433/",
            "http://127.0.0.1./",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://169.254.169.254/latest/meta-data",
            "http://%31%32%37.0.0.1/",
            "http://①②⑦.0.0.1/",
        ] {
            let refused = parse(bad, &guard);
            assert!(
                matches!(refused, Err(UrlError::Address(_))),
                "{bad}: {refused:?}"
            );
        }
    }

    #[test]
    fn anything_else_is_refused_without_being_shown() {
        let guard = Guard::allowing(Vec::new());
        let long = format!("https://example.com/{}", "hunter2".repeat(1000));
        for bad in [
            "hunter2",
            "/hunter2",
            "ftp://example.com/hunter2",
            "file:///etc/hunter2",
            "javascript:hunter2",
            "https://hunter2@example.com",
            "https://user:hunter2@example.com",
            "https:///",
            &long,
        ] {
            let error = parse(bad, &guard).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
