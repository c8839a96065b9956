//! What a pairing link opens to whoever has it: its page, and the linking of its one session. No key is asked for.
//!
//! A token that opens nothing is answered alike, whether it never was one, has expired, was used or was revoked.

use crate::actors::handle::OpenLink;
use crate::actors::handle::Session;
use crate::domain::chat::Phone;
use crate::domain::linking::LinkFailure;
use crate::domain::linking::Linking;
use crate::domain::pairing_link::Locale;
use crate::domain::session::SessionState;
use crate::domain::session::SessionView;
use crate::domain::time::Timestamp;
use crate::http::Answer;
use crate::http::Context;
use crate::http::dashboard;
use crate::http::error::ApiError;
use crate::http::error::Code;
use crate::http::input;
use crate::http::input::Call;
use crate::http::json;
use crate::http::link_turns::Turn;
use crate::http::linking;
use crate::http::linking::QrWish;
use crate::http::passkey;
use bytes::Bytes;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::HeaderValue;
use warp::http::StatusCode;
use warp::http::header;
use warp::reply::Response;

/// A logo is a picture, also when somebody opens it as a page: nothing in it runs.
const LOGO_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// How the pages of links look (`[branding]`).
#[derive(Debug, Clone, Default)]
pub struct Branding {
    /// Whose daemon this is.
    pub name: Option<String>,
    /// As `#rrggbb`.
    pub color: Option<String>,
    /// The picture.
    pub logo: Option<Logo>,
}

/// A picture, as it is sent.
#[derive(Debug, Clone)]
pub struct Logo {
    /// Its media type.
    pub kind: &'static str,
    /// Its bytes.
    pub bytes: Bytes,
}

pub(super) fn routes(context: &Context) -> BoxedFilter<(Answer,)> {
    let anyone = input::call_without_key(context);
    let page = warp::path!("link" / String)
        .and(warp::get())
        .and(anyone.clone())
        .then(page);
    let back = warp::path!("link" / "return")
        .and(warp::get())
        .and(anyone.clone())
        .then(back);
    let logo = warp::path!("link" / String / "logo")
        .and(warp::get())
        .and(anyone.clone())
        .then(logo);
    let show = warp::path!("api" / "link" / String)
        .and(warp::get())
        .and(anyone.clone())
        .then(show);
    let qr = warp::path!("api" / "link" / String / "qr")
        .and(warp::get())
        .and(anyone)
        .then(qr);
    let reads = back
        .or(page)
        .unify()
        .or(logo)
        .unify()
        .or(show)
        .unify()
        .or(qr)
        .unify();
    let all = reads.or(verbs(context)).unify();
    // Why a session is down is for those who run it.
    all.map(|answer: Answer| answer.map_err(|error| error.without("cause")))
        .boxed()
}

fn verbs(context: &Context) -> BoxedFilter<(Answer,)> {
    let anyone = input::call_without_key(context);
    let passkey = warp::path!("api" / "link" / String / "passkey");
    let codes = warp::path!("api" / "link" / String / "passkey" / "confirmation");
    let pairing_code = warp::path!("api" / "link" / String / "pairing-code")
        .and(warp::post())
        .and(anyone.clone())
        .then(pairing_code);
    let ask = passkey.and(warp::get()).and(anyone.clone()).then(ask);
    let sign = passkey.and(warp::post()).and(anyone.clone()).then(sign);
    let code = codes.and(warp::get()).and(anyone.clone()).then(code);
    let confirm = codes.and(warp::post()).and(anyone.clone()).then(confirm);
    let cancel = warp::path!("api" / "link" / String / "cancel")
        .and(warp::post())
        .and(anyone.clone())
        .then(cancel);
    let start = warp::path!("api" / "link" / String / "start")
        .and(warp::post())
        .and(anyone)
        .then(start);
    let steps = ask.or(sign).unify().or(code).unify().or(confirm).unify();
    let ends = pairing_code.or(cancel).unify().or(start).unify();
    steps.or(ends).unify().boxed()
}

/// How linking stands.
#[derive(Serialize, ToSchema)]
#[schema(as = LinkStatus)]
#[serde(rename_all = "camelCase")]
pub(super) struct StatusBody<'a> {
    /// Another one means that something below is another.
    version: u64,
    #[serde(flatten)]
    shown: Shown<'a>,
    /// How the page looks.
    branding: BrandingBody<'a>,
    /// The language of the page; null: the browser's.
    locale: Option<Locale>,
    /// Where it leads when all is done.
    return_url: Option<&'a str>,
    /// Until when the link is good.
    expires_at: Timestamp,
}

/// What a link shows of its session.
#[derive(Serialize, ToSchema)]
#[schema(as = LinkSession)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    state: SessionState,
    /// Where linking stands.
    linking: Option<Linking>,
    /// How the last attempt failed.
    link_failure: Option<&'a LinkFailure>,
    /// The linked account's number.
    phone: Option<&'a Phone>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = LinkBranding)]
struct BrandingBody<'a> {
    /// Whose daemon this is.
    name: Option<&'a str>,
    /// As `#rrggbb`.
    color: Option<&'a str>,
    /// Where the logo is.
    logo: Option<String>,
}

impl<'a> Shown<'a> {
    fn of(view: &'a SessionView) -> Self {
        let record = &view.record;
        Self {
            state: record.state,
            linking: view.linking,
            link_failure: view.link_failure.as_ref(),
            phone: record.account.as_ref().map(|account| &account.phone),
        }
    }

    /// A digest of all of it, as JavaScript can hold it: no count would survive a restart.
    fn version(&self) -> u64 {
        let json = serde_json::to_vec(self).unwrap_or_default();
        let digest = Sha256::digest(json);
        digest
            .iter()
            .take(6)
            .fold(0, |version, byte| version << 8 | u64::from(*byte))
    }
}

/// The same for every token that opens nothing, and for a path that there is not.
fn gone() -> ApiError {
    ApiError::new(Code::NotFound, "there is nothing at this path")
}

async fn opened(token: &str, call: &Call) -> Result<OpenLink, ApiError> {
    let links = call.api().sessions.pairing_links();
    links.open(token).await?.ok_or_else(gone)
}

/// The session of a link that is still good; for requests without parameters.
async fn addressed(token: &str, call: &Call) -> Result<Session, ApiError> {
    let session = opened(token, call).await?.session().cloned();
    let session = session.ok_or_else(gone)?;
    call.query()?.finish()?;
    Ok(session)
}

/// `GET /link/{token}`: a page in every case, since people come here.
async fn page(token: String, call: Call) -> Answer {
    let links = call.api().sessions.pairing_links();
    let link = links.open(&token).await?;
    let (file, status) = match link.as_ref().and_then(OpenLink::session) {
        Some(_) => ("link.html", StatusCode::OK),
        None => ("link-gone.html", StatusCode::NOT_FOUND),
    };
    dashboard::page(file, status, &call.headers)
}

/// `GET /link/return`: where the extension comes back to with a passkey's answer, whichever link it is for.
async fn back(call: Call) -> Answer {
    dashboard::page("link-return.html", StatusCode::OK, &call.headers)
}

/// `GET /link/{token}/logo`
async fn logo(token: String, call: Call) -> Answer {
    addressed(&token, &call).await?;
    let logo = call.api().branding.borrow().logo.clone();
    let logo = logo.ok_or_else(gone)?;
    let mut response = Response::new(logo.bytes.into());
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, logo.kind),
        (header::CONTENT_SECURITY_POLICY, LOGO_POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

/// `GET /api/link/{token}?after=&wait=`: of a link that was used only whoever has seen it before learns how it ended.
async fn show(token: String, call: Call) -> Answer {
    let link = opened(&token, &call).await?;
    let mut query = call.query()?;
    let after = query.number("after", 0, u64::MAX)?;
    let wait = query.number("wait", 0, u64::MAX)?.unwrap_or(0);
    let wait = Duration::from_secs(wait).min(call.api().limits.qr_wait);
    query.finish()?;
    if after.is_none() && link.session().is_none() {
        return Err(gone());
    }
    let link = match after {
        Some(after) if !wait.is_zero() => {
            let _turn = call.link_turns().wait(&link.link.session_id)?;
            let news = |view: &SessionView| Shown::of(view).version() != after;
            let changed = link.wait(wait, news);
            // A stop of the daemon does not wait for a phone.
            tokio::select! {
                () = changed => {}
                () = call.stop().cancelled() => {}
            }
            // It may have been used, revoked or replaced meanwhile.
            opened(&token, &call).await?
        }
        _ => link,
    };
    Ok(status(&token, &link, &link.view(), &call, StatusCode::OK))
}

fn status(
    token: &str,
    link: &OpenLink,
    view: &SessionView,
    call: &Call,
    code: StatusCode,
) -> Response {
    let branding = Arc::clone(&call.api().branding.borrow());
    let (shown, link) = (Shown::of(view), &link.link);
    let body = StatusBody {
        version: shown.version(),
        shown,
        branding: BrandingBody {
            name: branding.name.as_deref(),
            color: branding.color.as_deref(),
            logo: branding
                .logo
                .as_ref()
                .map(|_| format!("/link/{token}/logo")),
        },
        locale: link.locale,
        return_url: link.return_url.as_deref(),
        expires_at: link.expires_at,
    };
    json::with_status(&body, code)
}

/// How linking stands after something was done.
async fn after(token: &str, view: &SessionView, call: &Call, code: StatusCode) -> Answer {
    let link = opened(token, call).await?;
    Ok(status(token, &link, view, call, code))
}

/// `GET /api/link/{token}/qr?wait=`
async fn qr(token: String, call: Call) -> Answer {
    let link = opened(&token, &call).await?;
    let session = link.session().ok_or_else(gone)?;
    let wish = QrWish::of_link(&call)?;
    let _turn = call.link_turns().wait(&link.link.session_id)?;
    linking::show_qr(session, &call, wish).await
}

/// `POST /api/link/{token}/pairing-code`
async fn pairing_code(token: String, mut call: Call) -> Answer {
    let session = addressed(&token, &call).await?;
    call.link_turns()
        .take(&session.view().record.id, Turn::Code)?;
    linking::give_code(&session, &mut call).await
}

/// `GET /api/link/{token}/passkey`
async fn ask(token: String, call: Call) -> Answer {
    passkey::request(&addressed(&token, &call).await?).await
}

/// `POST /api/link/{token}/passkey`: 202.
async fn sign(token: String, mut call: Call) -> Answer {
    let session = addressed(&token, &call).await?;
    let view = passkey::sign(&session, &mut call).await?;
    after(&token, &view, &call, StatusCode::ACCEPTED).await
}

/// `GET /api/link/{token}/passkey/confirmation`
async fn code(token: String, call: Call) -> Answer {
    passkey::confirmation(&addressed(&token, &call).await?).await
}

/// `POST /api/link/{token}/passkey/confirmation`: 202.
async fn confirm(token: String, mut call: Call) -> Answer {
    let session = addressed(&token, &call).await?;
    let view = passkey::confirm(&session, &mut call).await?;
    after(&token, &view, &call, StatusCode::ACCEPTED).await
}

/// `POST /api/link/{token}/cancel`
async fn cancel(token: String, call: Call) -> Answer {
    let session = addressed(&token, &call).await?;
    call.link_turns()
        .take(&session.view().record.id, Turn::Round)?;
    let view = session.cancel_linking().await?;
    after(&token, &view, &call, StatusCode::OK).await
}

/// `POST /api/link/{token}/start`: begins a new round, also of a session that is down.
async fn start(token: String, call: Call) -> Answer {
    let session = addressed(&token, &call).await?;
    call.link_turns()
        .take(&session.view().record.id, Turn::Round)?;
    let view = session.begin_linking().await?;
    after(&token, &view, &call, StatusCode::OK).await
}
