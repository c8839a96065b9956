//! Linking a phone: the code to scan, as JSON or as a picture, and the code to type.

use crate::actors::error::SessionError;
use crate::domain::chat::Phone;
use crate::domain::session::QrCode;
use crate::domain::time::Timestamp;
use crate::http::Answer;
use crate::http::accept;
use crate::http::error::ApiError;
use crate::http::error::Code;
use crate::http::input::Authenticated;
use crate::http::input::Call;
use crate::http::json;
use crate::http::qr;
use crate::http::qr::QrError;
use serde::Deserialize;
use serde::Serialize;
use std::time::Duration;
use warp::Reply;
use warp::http::header;
use warp::reply::Response;

/// The formats of a code to scan; the first one where the client does not care.
const FORMATS: [&str; 3] = ["application/json", "image/svg+xml", "image/png"];

/// The JSON of a code to scan.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct QrBody<'a> {
    qr: &'a str,
    expires_at: Timestamp,
    image: String,
}

/// The body of a request for a code to type.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PairingBody {
    phone: Phone,
}

/// `GET /api/sessions/{id}/qr?wait=`
pub(super) async fn qr(id: String, call: Authenticated) -> Answer {
    let call = call?;
    let format = format(&call)?;
    let mut query = call.query()?;
    let wait = Duration::from_secs(
        query
            .number("wait", 0, call.api().limits.qr_wait.as_secs())?
            .unwrap_or(0),
    );
    query.finish()?;
    let session = call.session_at(&id).await?;
    // A stop of the daemon does not wait for a phone.
    let code = tokio::select! {
        code = session.qr(wait) => code,
        () = call.stop().cancelled() => Err(SessionError::Unavailable),
    }?;
    let mut response = picture(&code, format).map_err(|error| {
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
pub(super) async fn pairing_code(id: String, call: Authenticated) -> Answer {
    let mut call = call?;
    let session = call.session_at(&id).await?;
    let body: PairingBody = call.json().await?;
    Ok(json::ok(&session.pairing_code(body.phone).await?))
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
