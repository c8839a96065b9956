//! Events over a WebSocket: each is one text message. What the reader sends is passed over.

use crate::actors::journal::Told;
use crate::http::Answer;
use crate::http::error::ApiError;
use crate::http::error::Code;
use crate::http::input::Authenticated;
use crate::http::streams::End;
use crate::http::streams::Feed;
use crate::http::streams::Turn;
use crate::http::streams::wish;
use futures::SinkExt;
use futures::StreamExt;
use futures::stream::SplitSink;
use futures::stream::SplitStream;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio::time::sleep_until;
use tokio::time::timeout;
use tracing::Instrument;
use tracing::Span;
use warp::Reply;
use warp::http::HeaderName;
use warp::http::HeaderValue;
use warp::http::header;
use warp::ws::Message;
use warp::ws::WebSocket;
use warp::ws::Ws;

/// The largest message that a reader may send, in bytes. Pongs are smaller, and nothing else is wanted.
const READER_BYTES: usize = 4096;

/// `GET /api/events/ws?sessionId=&clientId=&type=&after=&ticket=`
pub(in crate::http) async fn open(call: Authenticated, ws: Option<Ws>) -> Answer {
    let call = call?;
    let wish = wish(&call)?;
    let ws = ws.ok_or_else(upgrade_required)?;
    let feed = Feed::open(&call, wish)?;
    let span = Span::current();
    let upgraded = ws
        .max_message_size(READER_BYTES)
        .max_frame_size(READER_BYTES)
        .on_upgrade(move |socket| serve(socket, feed).instrument(span));
    Ok(upgraded.into_response())
}

fn upgrade_required() -> ApiError {
    let what = "the request does not ask for a WebSocket of version 13";
    ApiError::new(Code::UpgradeRequired, what)
        .with_header(header::UPGRADE, HeaderValue::from_static("websocket"))
        .with_header(header::CONNECTION, HeaderValue::from_static("upgrade"))
        .with_header(
            HeaderName::from_static("sec-websocket-version"),
            HeaderValue::from_static("13"),
        )
}

async fn serve(socket: WebSocket, mut feed: Feed) {
    let (mut out, mut incoming) = socket.split();
    let (ear, mut heard) = watch::channel(());
    let end = tokio::select! {
        end = tell(&mut out, &mut feed, &mut heard) => end,
        end = listen(&mut incoming, &ear) => end,
    };
    let limit = end.map_or(feed.slow_reader, |end| feed.last_word(end));
    let goodbye = async {
        if let Some(end) = end {
            // A reader that went without a word is unreadable as well, and ordinary.
            if end != End::Unreadable {
                end.log();
            }
            let close = Message::close_with(code(end), end.detail());
            if out.send(close).await.is_err() {
                return;
            }
        }
        // Until both sides have said it.
        while let Some(Ok(_)) = incoming.next().await {}
    };
    // Out of time: the connection is cut.
    drop(timeout(limit, goodbye).await);
}

/// Tells until the reader goes, which has no reason here, or there is one to end.
async fn tell(
    out: &mut SplitSink<WebSocket, Message>,
    feed: &mut Feed,
    heard: &mut watch::Receiver<()>,
) -> Option<End> {
    let mut pong_due: Option<Instant> = None;
    loop {
        let waiting = pong_due.is_some();
        let turn = tokio::select! {
            biased;
            _ = heard.changed(), if waiting => {
                pong_due = None;
                continue;
            }
            () = sleep_until(pong_due.unwrap_or_else(Instant::now)), if waiting => {
                return Some(End::NoPong);
            }
            turn = feed.turn() => turn,
        };
        let message = match turn {
            Turn::Told(Told::Event(event)) => Message::text(event.to_json()),
            Turn::Told(Told::Gap(gap)) => Message::text(gap.to_json()),
            Turn::Beat => {
                if pong_due.is_none() {
                    heard.mark_unchanged();
                    pong_due = Some(Instant::now() + feed.slow_reader);
                }
                Message::ping(Vec::new())
            }
            Turn::End(end) => return Some(end),
        };
        match timeout(feed.slow_reader, out.send(message)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return None,
            Err(_) => return Some(End::TooSlow),
        }
    }
}

/// Whatever comes shows that somebody is there. Pings are answered, and a close is, by whoever reads on.
async fn listen(incoming: &mut SplitStream<WebSocket>, ear: &watch::Sender<()>) -> Option<End> {
    loop {
        match incoming.next().await {
            Some(Ok(message)) if message.is_close() => return None,
            Some(Ok(_)) => ear.send_replace(()),
            Some(Err(_)) => return Some(End::Unreadable),
            None => return None,
        }
    }
}

/// The status of a close frame, after RFC 6455, section 7.4.1.
fn code(end: End) -> u16 {
    match end {
        End::Stopping => 1001,
        End::NoPong | End::Unreadable => 1008,
        End::Fault => 1011,
        End::TooSlow => 1013,
    }
}
