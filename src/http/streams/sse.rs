//! Events as server-sent events: what a browser's `EventSource` and `curl -N` read.
//!
//! A task hands over one frame at a time, and the connection takes it when there is room for it. So a reader that does
//! not read is one whose connection takes nothing.

use crate::actors::journal::Told;
use crate::http::Answer;
use crate::http::input::Authenticated;
use crate::http::server::Wire;
use crate::http::streams::End;
use crate::http::streams::Feed;
use crate::http::streams::Turn;
use crate::http::streams::wish;
use std::convert::Infallible;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tracing::Instrument;
use tracing::Span;
use warp::Reply;
use warp::http::HeaderName;
use warp::http::HeaderValue;
use warp::http::header;
use warp::reply::Response;
use warp::sse::Event as Frame;

/// Tells nginx not to hold frames back.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// `GET /api/events/stream?sessionId=&clientId=&type=&after=&ticket=`
pub(in crate::http) async fn open(call: Authenticated, wire: Option<Wire>) -> Answer {
    let call = call?;
    let feed = Feed::open(&call, wish(&call)?)?;
    let (frames, body) = mpsc::channel(1);
    tokio::spawn(tell(feed, frames, wire.unwrap_or_default()).instrument(Span::current()));
    Ok(response(body))
}

fn response(mut body: mpsc::Receiver<Frame>) -> Response {
    let frames = futures::stream::poll_fn(move |context| {
        body.poll_recv(context)
            .map(|frame| frame.map(Ok::<_, Infallible>))
    });
    let mut response = warp::sse::reply(frames).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(ACCEL_BUFFERING, HeaderValue::from_static("no"));
    // A stream is its connection's last answer, so that cutting one cuts nothing else.
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Tells until the reader goes or there is a reason to end.
async fn tell(mut feed: Feed, frames: mpsc::Sender<Frame>, wire: Wire) {
    let end = loop {
        let turn = tokio::select! {
            turn = feed.turn() => turn,
            () = frames.closed() => return,
        };
        let frame = match turn {
            Turn::Told(told) => frame(&told),
            Turn::Beat => Frame::default().comment(""),
            Turn::End(end) => break end,
        };
        match timeout(feed.slow_reader, frames.send(frame)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return,
            Err(_) => break End::TooSlow,
        }
    };
    end.log();
    let goodbye = async {
        // If the reader went meanwhile, nobody is to be told.
        drop(frames.send(last_frame(end)).await);
        drop(frames);
        wire.ended.cancelled().await;
    };
    if timeout(feed.last_word(end), goodbye).await.is_err() {
        wire.cut.cancel();
    }
}

fn frame(told: &Told) -> Frame {
    match told {
        Told::Event(event) => Frame::default()
            .id(event.id.to_string())
            .event(event.kind.as_str())
            .data(event.to_json()),
        Told::Gap(gap) => Frame::default().event("gap").data(gap.to_json()),
    }
}

fn last_frame(end: End) -> Frame {
    let body = format!(
        r#"{{"type":"stream.end","reason":"{}","detail":"{}"}}"#,
        end.as_str(),
        end.detail()
    );
    Frame::default().event("end").data(body)
}
