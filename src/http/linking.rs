//! Linking a phone: the code to scan, as JSON or as a picture, the code to type, and giving it up.

use crate::actors::error::SessionError;
use crate::actors::handle::Session;
use crate::domain::chat::Phone;
use crate::domain::session::QrCode;
use crate::domain::time::Timestamp;
use crate::http::Answer;
use crate::http::Context;
use crate::http::accept;
use crate::http::auth::Scope;
use crate::http::error::ApiError;
use crate::http::error::Code;
use crate::http::idempotency::once;
use crate::http::input;
use crate::http::input::Authenticated;
use crate::http::input::Call;
use crate::http::json;
use crate::http::openapi::AnyPhone;
use crate::http::passkey;
use crate::http::qr;
use crate::http::qr::QrError;
use crate::http::sessions;
use serde::Deserialize;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;
use warp::Filter;
use warp::Reply;
use warp::filters::BoxedFilter;
use warp::http::header;
use warp::reply::Response;

/// The formats of a code to scan; the first one where the client does not care.
const FORMATS: [&str; 3] = ["application/json", "image/svg+xml", "image/png"];

/// What links a phone gives away the session, so reading it takes more than the right to read, and none of it is kept
/// with its request, as [`once`] would.
pub(super) fn routes(context: &Context) -> BoxedFilter<(Answer,)> {
    let manage = input::call(context, Scope::Manage);
    let qr = warp::path!("api" / "sessions" / String / "qr")
        .and(warp::get())
        .and(manage.clone())
        .then(qr);
    let pairing_code = warp::path!("api" / "sessions" / String / "pairing-code")
        .and(warp::post())
        .and(manage.clone())
        .then(pairing_code);
    let cancel = warp::path!("api" / "sessions" / String / "linking" / "cancel")
        .and(warp::post())
        .and(manage)
        .then(|id, call| once(call, move |call| cancel(id, call)));
    let codes = qr.or(pairing_code).unify().or(cancel).unify();
    codes.or(passkey::routes(context)).unify().boxed()
}

/// The JSON of a code to scan.
#[derive(Serialize, ToSchema)]
#[schema(as = QrCode)]
#[serde(rename_all = "camelCase")]
pub(super) struct QrBody<'a> {
    /// The text behind the picture.
    qr: &'a str,
    /// Until when it is good; ask again for the next one.
    expires_at: Timestamp,
    /// The picture, as a `data:` URL of a PNG.
    image: String,
}

/// The body of a request for a code to type.
#[derive(Deserialize, ToSchema)]
#[schema(as = PairingCodeRequest)]
#[serde(deny_unknown_fields)]
pub(super) struct PairingBody {
    /// The number of the phone that is to type the code.
    #[schema(value_type = AnyPhone)]
    phone: Phone,
}

/// `GET /api/sessions/{id}/qr?wait=`
async fn qr(id: String, call: Authenticated) -> Answer {
    let call = call?;
    let wish = QrWish::of(&call)?;
    let session = call.session_at(&id).await?;
    show_qr(&session, &call, wish).await
}

/// How a request wants a code to scan.
pub(super) struct QrWish {
    format: &'static str,
    wait: Duration,
}

impl QrWish {
    pub(super) fn of(call: &Call) -> Result<Self, ApiError> {
        Self::within(call, call.api().limits.qr_wait.as_secs())
    }

    /// Of a page that does not know the limit: a longer wait is cut.
    pub(super) fn of_link(call: &Call) -> Result<Self, ApiError> {
        let mut wish = Self::within(call, u64::MAX)?;
        wish.wait = wish.wait.min(call.api().limits.qr_wait);
        Ok(wish)
    }

    fn within(call: &Call, longest: u64) -> Result<Self, ApiError> {
        let format = format(call)?;
        let mut query = call.query()?;
        let wait = query.number("wait", 0, longest)?.unwrap_or(0);
        query.finish()?;
        let wait = Duration::from_secs(wait);
        Ok(Self { format, wait })
    }
}

/// The session's code to scan.
pub(super) async fn show_qr(session: &Session, call: &Call, wish: QrWish) -> Answer {
    // A stop of the daemon does not wait for a phone.
    let code = tokio::select! {
        code = session.qr(wish.wait) => code,
        () = call.stop().cancelled() => Err(SessionError::Unavailable),
    }?;
    let mut response = picture(&code, wish.format).map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a code to scan could not be drawn"
        );
        ApiError::new(Code::Internal, "the code could not be drawn")
    })?;
    response
        .headers_mut()
        .insert(header::VARY, header::HeaderValue::from_static("Accept"));
    Ok(response)
}

fn format(call: &Call) -> Result<&'static str, ApiError> {
    let accept: Vec<&str> = call
        .headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    let refuse = || {
        ApiError::new(
            Code::NotAcceptable,
            "none of the accepted formats can be given",
        )
        .with("available", FORMATS)
    };
    accept::choose(Some(&accept.join(",")), &FORMATS).ok_or_else(refuse)
}

fn picture(code: &QrCode, format: &'static str) -> Result<Response, QrError> {
    let mut response = match format {
        "image/svg+xml" => Response::new(qr::svg(&code.text)?.into()),
        "image/png" => Response::new(qr::png(&code.text)?.into()),
        _ => {
            return Ok(json::ok(&QrBody {
                qr: &code.text,
                expires_at: code.expires_at,
                image: qr::data_url(&code.text)?,
            }));
        }
    };
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static(format),
    );
    Ok(response.into_response())
}

/// `POST /api/sessions/{id}/pairing-code`
async fn pairing_code(id: String, call: Authenticated) -> Answer {
    let mut call = call?;
    call.query()?.finish()?;
    let session = call.session_at(&id).await?;
    give_code(&session, &mut call).await
}

/// A code to type on the phone that the request names.
pub(super) async fn give_code(session: &Session, call: &mut Call) -> Answer {
    let body: PairingBody = call.json().await?;
    Ok(json::ok(&session.pairing_code(body.phone).await?))
}

/// `POST /api/sessions/{id}/linking/cancel`: the session.
async fn cancel(id: String, call: Authenticated) -> Answer {
    let session = sessions::addressed(&id, call).await?;
    Ok(sessions::answer(session.cancel_linking().await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_comes_in_three_forms() {
        let code = QrCode {
            text: "2@abc".to_owned(),
            expires_at: Timestamp::from_millis(0),
        };
        for format in FORMATS {
            let response = picture(&code, format).unwrap();
            assert_eq!(response.headers()[header::CONTENT_TYPE], format);
        }
    }
}
