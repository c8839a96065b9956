//! One client's socket: handshake, then stanzas both ways until either side has had enough.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};
use tokio::sync::mpsc;
use tokio::time::{sleep, sleep_until, timeout};
use waproto::buffa::Message as _;
use waproto::whatsapp::{ClientPayload, DeviceProps};
use warp::ws::{Message, WebSocket};

use super::stanza::number;
use super::{dispatch, login, pairing};
use crate::hub::connection::{ConnectionId, OUTGOING_LIMIT, Outgoing, Registration, Stage};
use crate::hub::{Hub, State};
use crate::wire::WireError;
use crate::wire::frame::{self, FrameReader};
use crate::wire::node;
use crate::wire::noise::{Established, Receiver, Responder, Sender};
use crate::world::DeviceRef;
use crate::world::account::Refusal;
use crate::world::device::SignedPreKey;

/// Time for a client to finish its handshake.
const HANDSHAKE_TIME: Duration = Duration::from_secs(20);
/// Time for one stanza to leave; a client that takes longer has gone.
const SEND_TIME: Duration = Duration::from_secs(20);
/// Time for a client to close its socket after the server's last word. One that sees the socket close before it has
/// read that word (Baileys decodes stanzas in the background) takes it for a lost connection.
const PARTING_TIME: Duration = Duration::from_secs(3);

/// Why a socket ended.
#[derive(Debug, thiserror::Error)]
enum ConnectionError {
    #[error(transparent)]
    Wire(#[from] WireError),
    #[error("the socket failed: {0}")]
    Socket(#[from] warp::Error),
    #[error("the client closed the socket")]
    Closed,
    #[error("the client did not finish its handshake within {} seconds", HANDSHAKE_TIME.as_secs())]
    Slow,
    #[error("the client's introduction lacks {0}")]
    Introduction(&'static str),
}

/// Frames from a client.
struct Incoming {
    socket: SplitStream<WebSocket>,
    reader: FrameReader,
    ready: std::collections::VecDeque<Vec<u8>>,
}

impl Incoming {
    async fn frame(&mut self) -> Result<Vec<u8>, ConnectionError> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Ok(frame);
            }
            let message = self.socket.next().await.ok_or(ConnectionError::Closed)??;
            if message.is_close() {
                return Err(ConnectionError::Closed);
            }
            if message.is_binary() {
                self.ready.extend(self.reader.feed(message.as_bytes())?);
            }
        }
    }
}

/// Serves a socket until it ends.
pub async fn serve(hub: Arc<Hub>, socket: WebSocket) {
    let (mut sink, stream) = socket.split();
    let mut incoming = Incoming {
        socket: stream,
        reader: FrameReader::new(),
        ready: std::collections::VecDeque::new(),
    };
    let handshake = timeout(HANDSHAKE_TIME, shake_hands(&hub, &mut sink, &mut incoming)).await;
    let outcome = match handshake {
        Ok(Ok(established)) => talk(&hub, sink, incoming, established).await,
        Ok(Err(error)) => Err(error),
        Err(_elapsed) => Err(ConnectionError::Slow),
    };
    match outcome {
        Ok(()) | Err(ConnectionError::Closed) => tracing::debug!("connection ended"),
        Err(error) => tracing::info!(%error, "connection ended"),
    }
}

async fn shake_hands(
    hub: &Hub,
    sink: &mut SplitSink<WebSocket, Message>,
    incoming: &mut Incoming,
) -> Result<Established, ConnectionError> {
    let mut responder = hub.with(|state| {
        let mut rng = state.world.seed.rng("noise");
        let responder = Responder::new(&state.world.authority, &mut rng);
        if state.refuse_ik {
            responder.refusing_ik()
        } else {
            responder
        }
    });
    let hello = incoming.frame().await?;
    let answer = responder.answer(&hello)?;
    sink.send(Message::binary(frame::encode(&answer.reply)))
        .await?;
    if let Some(established) = answer.established {
        return Ok(established);
    }
    Ok(responder.finish(&incoming.frame().await?)?)
}

async fn talk(
    hub: &Arc<Hub>,
    sink: SplitSink<WebSocket, Message>,
    mut incoming: Incoming,
    established: Established,
) -> Result<(), ConnectionError> {
    let Established {
        payload,
        client_static,
        sender,
        mut receiver,
    } = established;
    let (outgoing, queue) = mpsc::channel(OUTGOING_LIMIT);
    let id = admit(hub, &payload, &client_static, outgoing)?;
    let mut writer = tokio::spawn(write(sink, sender, queue));
    let outcome = tokio::select! {
        read = read(hub, id, &mut incoming, &mut receiver) => read,
        _ended = &mut writer => Ok(()),
        never = expire(hub, id) => match never {},
    };
    hub.with(|state| state.forget(id));
    writer.abort();
    outcome
}

async fn read(
    hub: &Hub,
    id: ConnectionId,
    incoming: &mut Incoming,
    receiver: &mut Receiver,
) -> Result<(), ConnectionError> {
    loop {
        let frame = incoming.frame().await?;
        let stanza = node::decode(&receiver.open(&frame)?)?;
        if stanza.tag == "xmlstreamend" {
            return Ok(());
        }
        hub.with(|state| dispatch::receive(state, id, &stanza));
    }
}

/// Withdraws the QR codes of a connection when their time is over; none is set on most days.
async fn expire(hub: &Hub, id: ConnectionId) -> Infallible {
    if let Some(ttl) = hub.look(|state| state.refs_ttl) {
        sleep(ttl).await;
        hub.with(|state| pairing::expire(state, id));
    }
    std::future::pending().await
}

/// Writes what the hub queues, until the hub says that it is enough or drops the queue.
async fn write(
    mut sink: SplitSink<WebSocket, Message>,
    mut sender: Sender,
    mut queue: mpsc::Receiver<Outgoing>,
) {
    loop {
        let stanza = match queue.recv().await {
            Some(Outgoing::Stanza(stanza, due)) => {
                if let Some(due) = due {
                    sleep_until(due).await;
                }
                stanza
            }
            Some(Outgoing::Close) => {
                sleep(PARTING_TIME).await;
                break;
            }
            Some(Outgoing::Cut) | None => break,
        };
        let sealed = node::encode(&stanza).and_then(|plain| sender.seal(&plain));
        let frame = match sealed {
            Ok(sealed) => frame::encode(&sealed),
            Err(error) => {
                tracing::error!(%error, stanza = node::display(&stanza), "stanza cannot be written");
                break;
            }
        };
        match timeout(SEND_TIME, sink.send(Message::binary(frame))).await {
            Ok(Ok(())) => {}
            _ => return,
        }
    }
    let _gone = timeout(SEND_TIME, sink.close()).await;
}

/// Puts a connection into the hub: to be linked, logged in, or refused.
fn admit(
    hub: &Hub,
    payload: &ClientPayload,
    client_static: &[u8; 32],
    outgoing: mpsc::Sender<Outgoing>,
) -> Result<ConnectionId, ConnectionError> {
    if payload.device_pairing_data.as_option().is_some() {
        let registration = registration(payload, client_static)?;
        return Ok(hub.with(|state| {
            let pairing = pairing::begin(state, registration);
            let id = state.open(outgoing, Stage::Pairing(Box::new(pairing)));
            if state.outdated {
                refuse(state, id, &login::outdated());
            } else {
                pairing::offer(state, id);
            }
            id
        }));
    }
    let username = payload
        .username
        .ok_or(ConnectionError::Introduction("a user name"))?;
    let device = u16::try_from(payload.device.unwrap_or(0)).unwrap_or(u16::MAX);
    let device = DeviceRef::new(username.to_string(), device);
    Ok(hub.with(|state| {
        let refusal = login::refusal(state, &device, client_static);
        let stage = Stage::LoggedIn {
            device: device.clone(),
            active: false,
            available: false,
        };
        let id = state.open(outgoing, stage);
        match refusal {
            None => login::welcome(state, id, &device),
            Some(refusal) => refuse(state, id, &refusal),
        }
        id
    }))
}

fn refuse(state: &mut State, id: ConnectionId, refusal: &Refusal) {
    state.send(id, login::failure(refusal));
    state.close(id);
}

fn registration(
    payload: &ClientPayload,
    client_static: &[u8; 32],
) -> Result<Registration, ConnectionError> {
    let data = payload
        .device_pairing_data
        .as_option()
        .ok_or(ConnectionError::Introduction("pairing data"))?;
    let field =
        |bytes: &Option<Vec<u8>>, name| bytes.clone().ok_or(ConnectionError::Introduction(name));
    let properties = data
        .device_props
        .as_deref()
        .and_then(|bytes| DeviceProps::decode_from_slice(bytes).ok());
    Ok(Registration {
        noise_static: client_static.to_vec(),
        identity: field(&data.e_ident, "eIdent")?,
        registration_id: number(&field(&data.e_regid, "eRegid")?),
        signed_pre_key: SignedPreKey {
            id: number(&field(&data.e_skey_id, "eSkeyId")?),
            public: field(&data.e_skey_val, "eSkeyVal")?.into(),
            signature: field(&data.e_skey_sig, "eSkeySig")?.into(),
        },
        push_name: payload.push_name.clone().filter(|name| !name.is_empty()),
        platform: properties
            .and_then(|properties| properties.os)
            .unwrap_or_default(),
    })
}
