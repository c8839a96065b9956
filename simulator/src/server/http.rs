//! The HTTP side of the port: the chat socket, the media host, and the admin verbs.

use std::collections::HashMap;
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;

use bytes::{Buf, Bytes};
use futures::{Stream, StreamExt as _};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use warp::http::StatusCode;
use warp::reply::{Reply, Response};
use warp::ws::Ws;
use warp::{Filter, Rejection};

use super::media::{self, FILE_LIMIT, Progress};
use super::{connection, profile};
use crate::admin;
use crate::control::Control;
use crate::hub::Hub;
use crate::state_file::write_whole;

/// Longest WebSocket message; clients pack many frames into one.
const MESSAGE_LIMIT: usize = 64 << 20;

/// What the routes need.
#[derive(Clone)]
pub struct Door {
    /// World and connections.
    pub hub: Arc<Hub>,
    /// The verbs.
    pub control: Control,
    /// The TLS certificate in PEM.
    pub certificate: Arc<str>,
    /// Where media outlive a restart.
    pub media: Option<Arc<Path>>,
    /// Ends the chat sockets.
    pub stop: CancellationToken,
}

/// How far an upload is to be resumed.
#[derive(Debug, Deserialize)]
struct Upload {
    resume: Option<String>,
    #[serde(default)]
    file_offset: u64,
}

/// Every route.
pub fn routes(door: Door) -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    chat(door.clone())
        .or(upload(door.clone()))
        .or(download(door.clone()))
        .or(picture(door.clone()))
        .or(admin_routes(door))
}

fn with(door: Door) -> impl Filter<Extract = (Door,), Error = Infallible> + Clone {
    warp::any().map(move || door.clone())
}

fn chat(door: Door) -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    warp::path!("ws" / "chat")
        .and(warp::ws())
        .and(with(door))
        .map(|socket: Ws, door: Door| {
            socket
                .max_message_size(MESSAGE_LIMIT)
                .max_frame_size(MESSAGE_LIMIT)
                .on_upgrade(move |socket| async move {
                    tokio::select! {
                        () = connection::serve(door.hub, socket) => {}
                        // Whoever is told goodbye at the end still hears it: the hub closes its sockets before this.
                        () = goodbye(door.stop) => {}
                    }
                })
        })
}

/// Time for the last stanzas after a stop.
async fn goodbye(stop: CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
}

fn upload(door: Door) -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    warp::path!("mms" / String / String)
        .and(warp::post())
        .and(warp::query::<Upload>())
        .and(warp::body::stream())
        .and(with(door))
        .then(
            |kind: String, token: String, how: Upload, body, door: Door| async move {
                let token = token.replace("%3D", "=");
                if how.resume.is_some() {
                    let progress = door.hub.look(|state| media::progress(state, &token));
                    return resumed(&door, &token, progress);
                }
                received(&door, (&kind, &token), how.file_offset, body).await
            },
        )
}

fn resumed(door: &Door, token: &str, progress: Progress) -> Response {
    match progress {
        Progress::Complete => {
            let mut body = located(door, token);
            body["resume"] = "complete".into();
            warp::reply::json(&body).into_response()
        }
        Progress::Partial(length) => {
            warp::reply::json(&serde_json::json!({ "resume": length.to_string() })).into_response()
        }
        Progress::Unknown => StatusCode::NOT_FOUND.into_response(),
    }
}

fn located(door: &Door, token: &str) -> serde_json::Value {
    let path = media::direct_path(media::bare(token));
    let host = door.hub.look(|state| state.host.clone());
    serde_json::json!({ "url": format!("https://{host}{path}"), "direct_path": path })
}

/// Takes a body as it comes, so that an upload that breaks off can be resumed.
async fn received<B: Buf>(
    door: &Door,
    (kind, token): (&str, &str),
    offset: u64,
    body: impl Stream<Item = Result<B, warp::Error>>,
) -> Response {
    let mut body = std::pin::pin!(body);
    let mut collected = Vec::new();
    let mut ended = true;
    while let Some(chunk) = body.next().await {
        match chunk {
            Ok(mut chunk) => collected.extend_from_slice(&chunk.copy_to_bytes(chunk.remaining())),
            Err(error) => {
                tracing::info!(%error, "an upload broke off");
                ended = false;
                break;
            }
        }
        if collected.len() > FILE_LIMIT {
            return StatusCode::PAYLOAD_TOO_LARGE.into_response();
        }
    }
    let progress = door
        .hub
        .with(|state| media::store(state, kind, token, (offset, &collected, ended)));
    if progress != Progress::Complete {
        let reason = "the content does not have the hash that the token is";
        return warp::reply::with_status(reason, StatusCode::BAD_REQUEST).into_response();
    }
    persist(door, media::bare(token)).await;
    warp::reply::json(&located(door, token)).into_response()
}

async fn persist(door: &Door, token: &str) {
    let (Some(folder), Some(bytes)) = (
        &door.media,
        door.hub.look(|state| media::fetch(state, token)),
    ) else {
        return;
    };
    let written = match tokio::fs::create_dir_all(folder).await {
        Ok(()) => write_whole(&folder.join(token), &bytes).await,
        Err(error) => Err(error),
    };
    if let Err(error) = written {
        tracing::error!(%error, token, "cannot keep a media file");
    }
}

fn download(door: Door) -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    warp::path!("m1" / "v" / String)
        .and(warp::get())
        .and(with(door))
        .map(|token: String, door: Door| file(door.hub.look(|state| media::fetch(state, &token))))
}

fn picture(door: Door) -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    warp::path!("pps" / String)
        .and(warp::get())
        .and(with(door))
        .map(|name: String, door: Door| {
            let id = name.trim_end_matches(".jpg").to_owned();
            file(door.hub.look(|state| profile::find(state, &id)))
        })
}

fn admin_routes(door: Door) -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    warp::path("admin")
        .and(warp::path::tail())
        .and(warp::method())
        .and(warp::query::<HashMap<String, String>>())
        .and(
            warp::body::content_length_limit(admin::BODY_LIMIT)
                .and(warp::body::bytes())
                .or(no_body())
                .unify(),
        )
        .and(with(door))
        .then(
            |tail: warp::path::Tail, method, query, body: Bytes, door: Door| async move {
                let verb = admin::Verb {
                    method,
                    path: tail.as_str().trim_matches('/').to_owned(),
                    query,
                    body: String::from_utf8_lossy(&body).trim().to_owned(),
                };
                if verb.path == "certificate" {
                    return door.certificate.to_string().into_response();
                }
                admin::answer(&door.control, verb).await
            },
        )
}

/// Requests without a length have no body here.
fn no_body() -> impl Filter<Extract = (Bytes,), Error = Infallible> + Clone {
    warp::any().map(Bytes::new)
}

fn file(bytes: Option<Vec<u8>>) -> Response {
    bytes.map_or_else(
        || StatusCode::NOT_FOUND.into_response(),
        Reply::into_response,
    )
}
