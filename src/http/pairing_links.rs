//! Making and revoking pairing links, for those who have a key. What a link opens is in `link`.

use crate::actors::handle::NewLink;
use crate::domain::pairing_link::Locale;
use crate::domain::time::Timestamp;
use crate::http::Answer;
use crate::http::Context;
use crate::http::auth::Scope;
use crate::http::error::ApiError;
use crate::http::input;
use crate::http::input::Authenticated;
use crate::http::input::Call;
use crate::http::json;
use serde::Deserialize;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::http::Uri;
use warp::http::header;
use warp::http::uri::Authority;

/// How long a link is good when nobody says, in seconds ...
const TTL_SECS: u64 = 3600;
/// ... and the shortest time that does anybody any good.
pub(super) const TTL_MIN_SECS: u64 = 60;
/// The longest address to return to, in bytes.
const RETURN_URL_BYTES: usize = 2048;

/// A link opens a session to whoever has it, so its answer is not kept with its request, as that of other POSTs is.
pub(super) fn routes(context: &Context) -> BoxedFilter<(Answer,)> {
    let manage = input::call(context, Scope::Manage);
    let path = warp::path!("api" / "sessions" / String / "pairing-link");
    let make = path.and(warp::post()).and(manage.clone()).then(make);
    let revoke = path.and(warp::delete()).and(manage).then(revoke);
    make.or(revoke).unify().boxed()
}

/// The body of a request for a link.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewPairingLink)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct LinkBody {
    /// How long it is good, in seconds; 3600 if left out.
    #[serde(default, deserialize_with = "json::whole")]
    expires_in: Option<u64>,
    /// The language of its page; the browser's if left out.
    locale: Option<Locale>,
    /// Where the page leads when all is done; `https:` alone.
    #[schema(
        pattern = r"^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#][!-~]*)?$",
        max_length = 2048
    )]
    return_url: Option<String>,
}

/// A new link, shown this once.
#[derive(Serialize, ToSchema)]
#[schema(as = PairingLink)]
#[serde(rename_all = "camelCase")]
pub(super) struct MadeBody {
    /// The link. It is shown this once.
    url: String,
    /// Until when it is good.
    expires_at: Timestamp,
    /// The language of its page.
    locale: Option<Locale>,
    /// Where the page leads when all is done.
    return_url: Option<String>,
}

/// Whether there was a link to end.
#[derive(Serialize, ToSchema)]
#[schema(as = RevokedPairingLink)]
pub(super) struct RevokedBody {
    /// Whether there was a link to end.
    revoked: bool,
}

/// `POST /api/sessions/{id}/pairing-link`: 201.
async fn make(id: String, call: Authenticated) -> Answer {
    let mut call = call?;
    call.query()?.finish()?;
    let session = call.session_at(&id).await?;
    let base = base(&call)?;
    let body: LinkBody = call.json().await?;
    let max = call.api().limits.pairing_link_max.as_secs();
    let seconds = body.expires_in.unwrap_or(TTL_SECS.min(max));
    if !(TTL_MIN_SECS..=max).contains(&seconds) {
        let what =
            format!("expiresIn is not a whole number of seconds from {TTL_MIN_SECS} to {max}");
        return Err(ApiError::field("expiresIn", what));
    }
    let new = NewLink {
        ttl: Duration::from_secs(seconds),
        locale: body.locale,
        return_url: body.return_url.map(return_url).transpose()?,
    };
    let links = call.api().sessions.pairing_links();
    let (token, link) = links.make(&session, new).await?;
    let made = MadeBody {
        url: format!("{base}/link/{}", token.expose()),
        expires_at: link.expires_at,
        locale: link.locale,
        return_url: link.return_url,
    };
    Ok(json::with_status(&made, StatusCode::CREATED))
}

/// `DELETE /api/sessions/{id}/pairing-link`
async fn revoke(id: String, call: Authenticated) -> Answer {
    let call = call?;
    call.query()?.finish()?;
    let session = call.session_at(&id).await?;
    let revoked = call.api().sessions.pairing_links().revoke(&session).await?;
    Ok(json::ok(&RevokedBody { revoked }))
}

/// Where people reach this daemon: as configured, or else as the caller does.
fn base(call: &Call) -> Result<String, ApiError> {
    if let Some(url) = &call.api().public_url {
        return Ok(url.clone());
    }
    let host = call.headers.get(header::HOST);
    let host = host.and_then(|host| Authority::try_from(host.as_bytes()).ok());
    let host = host.filter(|host| !host.as_str().contains('@'));
    let wrong = || ApiError::header("Host", "the header Host names no host to make a link of");
    Ok(format!("http://{}", host.ok_or_else(wrong)?))
}

/// A page leads there by itself, so it must be one of the web, and be what it looks like.
fn return_url(text: String) -> Result<String, ApiError> {
    let is_web = |uri: Uri| {
        let host = uri.authority()?;
        let is_https = uri.scheme_str() == Some("https");
        (is_https && !host.as_str().contains('@') && !host.host().is_empty()).then_some(())
    };
    let plain = text.len() <= RETURN_URL_BYTES && text.bytes().all(|byte| byte.is_ascii_graphic());
    match text.parse().ok().and_then(is_web).filter(|()| plain) {
        Some(()) => Ok(text),
        None => Err(ApiError::field(
            "returnUrl",
            format!(
                "returnUrl is not a URL such as https://example.com/done, of {RETURN_URL_BYTES} characters at the most"
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_leads_to_the_web_alone() {
        for good in [
            "https://example.com",
            "https://example.com:8443/done?id=7#top",
        ] {
            assert_eq!(return_url(good.to_owned()).unwrap(), good);
        }
        let long = format!("https://example.com/{}", "a".repeat(RETURN_URL_BYTES));
        for bad in [
            "",
            "/done",
            "example.com",
            "http://example.com",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://",
            "https://example.com@evil.example",
            "https://example.com/a b",
            "https://example.com/\n",
            &long,
        ] {
            let error = return_url(bad.to_owned()).unwrap_err();
            assert_eq!(error.code(), "invalid_body", "{bad}");
        }
    }
}
