//! A POST that carries an `Idempotency-Key` takes effect once, however often it comes.
//!
//! Its answer is kept and given again. An answer is kept when the request took effect; a request that was refused
//! before it did anything gives its key back. An answer that shows a secret is not kept: it is made again from what the
//! request has made.

use crate::domain::id::ClientId;
use crate::domain::idempotency::Claim;
use crate::domain::idempotency::Standing;
use crate::http::Answer;
use crate::http::error::ApiError;
use crate::http::error::Code;
use crate::http::input::Authenticated;
use crate::http::input::Call;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http_body_util::BodyExt;
use http_body_util::Collected;
use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;
use std::time::Duration;
use tracing::Instrument;
use warp::http::HeaderMap;
use warp::http::HeaderName;
use warp::http::HeaderValue;
use warp::http::StatusCode;
use warp::http::header;
use warp::reply::Response;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The longest key, in characters.
const KEY_CHARS: usize = 255;
/// Whose keys they are when the caller sees all clients; no client id can be this.
const EVERYBODY: &str = "*";
/// When to look again after a request that is still being worked on.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// The headers of an answer that are kept with it.
const KEPT: [HeaderName; 2] = [header::CONTENT_TYPE, header::LOCATION];

/// Marks an answer that must not be kept.
#[derive(Clone, Copy)]
pub(super) struct Unkept;

/// An answer as it is kept.
#[derive(Serialize, Deserialize)]
enum Kept {
    Success {
        status: u16,
        headers: Vec<(String, String)>,
        body: String,
    },
    Error(ApiError),
}

/// Does the work, or gives the answer that the same request got before. The work comes to its end, and its answer is
/// kept under its key, also when the caller goes away meanwhile: whoever sends the request again gets that answer.
pub(super) async fn once<F>(
    call: Authenticated,
    work: impl FnOnce(Authenticated) -> F + Send + 'static,
) -> Answer
where
    F: Future<Output = Answer> + Send + 'static,
{
    let mut call = call?;
    let Some(name) = key(&call.headers)? else {
        return to_its_end(work(Ok(call))).await;
    };
    let client = call.caller.client.as_ref().map(ClientId::as_str);
    let claim = Claim {
        scope: client.unwrap_or(EVERYBODY).to_owned(),
        name,
    };
    let fingerprint = fingerprint(&mut call).await?;
    let ledger = call.api().sessions.ledger().clone();
    let hold = ledger.hold(&claim).ok_or_else(in_flight)?;
    match ledger.claim(&claim, &fingerprint).await? {
        Standing::New => {}
        Standing::Made(made) => call.made = Some(made),
        Standing::Answered(answer) => return replay(&answer),
        Standing::Other => return Err(other()),
    }
    let is_again = call.made.is_some();
    call.claim = Some(claim.clone());
    let work = async move {
        let _hold = hold;
        let answer = work(Ok(call)).await;
        // What the request has made is noted beside its key; a secret is shown again from that.
        if is_secret(&answer) {
            return answer.map(|shown| if is_again { replayed(shown) } else { shown });
        }
        let (answer, kept) = split(answer).await;
        let settled = match kept {
            Some(kept) => ledger.keep(&claim, kept).await,
            None => ledger.release(&claim).await,
        };
        if let Err(error) = settled {
            // What was made is noted beside the key, so that it is not made again.
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the answer of a request could not be kept"
            );
        }
        answer
    };
    to_its_end(work).await
}

/// The work is done whether or not somebody still waits for it, so that nothing is left half made.
async fn to_its_end(work: impl Future<Output = Answer> + Send + 'static) -> Answer {
    let ended = tokio::spawn(work.in_current_span()).await;
    ended.unwrap_or_else(|_| {
        Err(ApiError::new(
            Code::Internal,
            "the request ran into a fault",
        ))
    })
}

fn is_secret(answer: &Answer) -> bool {
    let response = answer.as_ref().ok();
    response.is_some_and(|response| response.extensions().get::<Unkept>().is_some())
}

fn key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get(&KEY) else {
        return Ok(None);
    };
    let sane = |key: &&str| {
        (1..=KEY_CHARS).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
    };
    match value.to_str().ok().filter(sane) {
        Some(key) => Ok(Some(key.to_owned())),
        None => Err(ApiError::header(
            "Idempotency-Key",
            format!("the Idempotency-Key is not 1 to {KEY_CHARS} visible ASCII characters"),
        )),
    }
}

async fn fingerprint(call: &mut Call) -> Result<String, ApiError> {
    let mut digest = Sha256::new();
    digest.update(call.path.as_bytes());
    digest.update([0]);
    digest.update(call.raw_query().as_bytes());
    digest.update([0]);
    digest.update(call.bytes().await?);
    Ok(URL_SAFE_NO_PAD.encode(digest.finalize()))
}

/// The answer, and what is to be kept of it: nothing when the request did nothing.
async fn split(answer: Answer) -> (Answer, Option<String>) {
    let kept = match answer {
        Ok(response) => {
            let (parts, body) = response.into_parts();
            let bytes = body.collect().await.map(Collected::to_bytes);
            let bytes = bytes.unwrap_or_default();
            let headers = KEPT
                .iter()
                .filter_map(|name| Some((name.to_string(), text(parts.headers.get(name)?)?)))
                .collect();
            let kept = Kept::Success {
                status: parts.status.as_u16(),
                headers,
                body: String::from_utf8_lossy(&bytes).into_owned(),
            };
            (Ok(Response::from_parts(parts, bytes.into())), kept)
        }
        Err(error) if error.took_effect() => (Err(error.clone()), Kept::Error(error)),
        Err(error) => return (Err(error), None),
    };
    (kept.0, serde_json::to_string(&kept.1).ok())
}

fn text(value: &HeaderValue) -> Option<String> {
    value.to_str().ok().map(str::to_owned)
}

fn replay(kept: &str) -> Answer {
    let unreadable = |_| ApiError::new(Code::Internal, "the kept answer cannot be read");
    match serde_json::from_str(kept).map_err(unreadable)? {
        Kept::Error(error) => Err(error.with_header(REPLAYED, HeaderValue::from_static("true"))),
        Kept::Success {
            status,
            headers,
            body,
        } => {
            let mut response = Response::new(Bytes::from(body).into());
            *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            for (name, value) in headers {
                if let (Ok(name), Ok(value)) =
                    (HeaderName::try_from(name), HeaderValue::try_from(value))
                {
                    response.headers_mut().insert(name, value);
                }
            }
            Ok(replayed(response))
        }
    }
}

fn replayed(mut response: Response) -> Response {
    let again = HeaderValue::from_static("true");
    response.headers_mut().insert(REPLAYED, again);
    response
}

fn in_flight() -> ApiError {
    ApiError::new(
        Code::IdempotencyInFlight,
        "a request with this Idempotency-Key is being worked on",
    )
    .retry_after(LOOK_AGAIN)
}

fn other() -> ApiError {
    ApiError::new(
        Code::IdempotencyMismatch,
        "this Idempotency-Key was used for another request",
    )
}
