//! Linking by an eight-character code that the phone's user types (facts a11).

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::link::{Grant, LinkError, propose, reserve, room};
use super::{Begun, gate};
use crate::clock::unix_seconds;
use crate::hub::State;
use crate::hub::connection::{CodeRequest, ConnectionId, Stage};
use crate::phone::{CodeEntry, TypedCode};
use crate::server::iq::{Answer, wrap};
use crate::server::stanza::{SERVER, bytes};
use crate::wire::node::{self, attr, child, jid};
use crate::world::DeviceRef;

/// Length of a wrapped ephemeral key: salt, counter block, key.
const WRAPPED_LENGTH: usize = 80;

/// What the slow half of typing a code needs; it is done outside the hub.
pub struct Typing {
    /// The connection that asked for the code.
    pub connection: ConnectionId,
    /// The phone's half.
    pub entry: CodeEntry,
    /// The companion's ephemeral key under the code.
    pub wrapped_ephemeral: Vec<u8>,
}

/// A step of the exchange, from the companion.
pub(super) fn step(state: &mut State, connection: ConnectionId, query: &Node, step: &Node) -> bool {
    match attr(step, "stage").as_deref() {
        Some("companion_hello") => hello(state, connection, query, step),
        Some("companion_finish") => finish(state, connection, query, step),
        _ => {
            state.send(connection, wrap(query, Answer::Unknown));
            return false;
        }
    }
    true
}

fn content(step: &Node, tag: &str) -> Vec<u8> {
    child(step, tag)
        .map(|found| node::bytes(found).to_vec())
        .unwrap_or_default()
}

fn hello(state: &mut State, connection: ConnectionId, query: &Node, step: &Node) {
    let number = jid(step, "jid")
        .map(|jid| jid.user.to_string())
        .unwrap_or_default();
    let wrapped_ephemeral = content(step, "link_code_pairing_wrapped_companion_ephemeral_pub");
    if number.is_empty() || wrapped_ephemeral.len() != WRAPPED_LENGTH {
        state.send(connection, wrap(query, Answer::Error(400, "bad-request")));
        return;
    }
    if let Some(error) = throttled(state, &number) {
        state.send(connection, wrap(query, error));
        return;
    }
    let reference = format!("3@{}", hex::encode(&state.world.seed.bytes("code")[..16]));
    if let Some(pairing) = state.pairing_mut(connection) {
        pairing.code = Some(CodeRequest {
            number,
            reference: reference.clone(),
            wrapped_ephemeral,
            typed: None,
        });
    }
    let answer = NodeBuilder::new("link_code_companion_reg")
        .attr("stage", "companion_hello")
        .children([bytes("link_code_pairing_ref", reference.into_bytes())])
        .build();
    state.send(connection, wrap(query, Answer::one(answer)));
}

/// What a client hears that asks for codes for one phone too often. WhatsApp says 400 then, and 429 to one that asks
/// too often at all.
fn throttled(state: &State, number: &str) -> Option<Answer> {
    let account = state.world.accounts.get(number)?;
    Some(match account.linking.throttled? {
        429 => Answer::Error(429, "rate-overlimit"),
        code => Answer::Error(code, "bad-request"),
    })
}

/// The client that asked for a code for this phone; the newest one wins.
pub fn asked(state: &State, number: &str) -> Option<ConnectionId> {
    let asked = |stage: &Stage| matches!(stage, Stage::Pairing(pairing) if pairing.code.as_ref().is_some_and(|code| code.number == number));
    state
        .connections
        .iter()
        .rev()
        .find_map(|(id, connection)| asked(&connection.stage).then_some(*id))
}

/// Takes up the code that a client asked for.
///
/// # Errors
/// When none did for this phone.
pub fn begin_code(state: &mut State, number: &str) -> Result<Typing, LinkError> {
    let no_code = || LinkError::NoCode(number.to_owned());
    let connection = asked(state, number).ok_or_else(no_code)?;
    let pairing = state.pairing_mut(connection).ok_or_else(no_code)?;
    let code = pairing.code.clone().ok_or_else(no_code)?;
    let name = pairing.registration.push_name.clone().unwrap_or_default();
    let account = state.world.account_or_new(number, "");
    if account.name.is_empty() {
        account.name = name;
    }
    Ok(Typing {
        connection,
        entry: account.phone.begin_code(),
        wrapped_ephemeral: code.wrapped_ephemeral,
    })
}

/// The phone has typed the code: its hello goes to the companion. With the gate shut it goes without the phone's key,
/// so that the code proves nothing, and the passkey is asked for.
///
/// # Errors
/// When the client has gone meanwhile, or the account cannot have another companion.
pub fn code_typed(
    state: &mut State,
    connection: ConnectionId,
    typed: TypedCode,
) -> Result<Begun, LinkError> {
    let id = state.world.seed.stanza_id();
    let number = wanted(state, connection).ok_or(LinkError::UnknownRef)?;
    room(state, &number)?;
    let shut = gate::is_shut(state, &number)?;
    let pairing = state.pairing_mut(connection).ok_or(LinkError::UnknownRef)?;
    let code = pairing.code.as_mut().ok_or(LinkError::UnknownRef)?;
    let mut parts = vec![
        bytes("primary_identity_pub", typed.identity_public.to_vec()),
        bytes("link_code_pairing_ref", code.reference.as_bytes()),
    ];
    if !shut {
        let wrapped = typed.wrapped_ephemeral.clone();
        parts.push(bytes(
            "link_code_pairing_wrapped_primary_ephemeral_pub",
            wrapped,
        ));
    }
    let hello = NodeBuilder::new("link_code_companion_reg")
        .attr("stage", "primary_hello")
        .children(parts)
        .build();
    let (done, outcome) = oneshot::channel();
    if shut {
        pairing.code = None;
    } else {
        code.typed = Some(Arc::new(typed));
        pairing.code_done = Some(done);
    }
    let stanza = NodeBuilder::new("notification")
        .attr("from", SERVER)
        .attr("type", "link_code_companion_reg")
        .attr("id", id)
        .attr("t", unix_seconds())
        .children([hello])
        .build();
    state.send(connection, stanza);
    if shut {
        let device = reserve(state, &number)?;
        gate::ask(state, connection, device.clone(), None)?;
        return Ok(Begun::Gate(device));
    }
    Ok(Begun::Linking(outcome))
}

/// Whose code a connection has asked for.
fn wanted(state: &mut State, connection: ConnectionId) -> Option<String> {
    let code = state.pairing_mut(connection)?.code.as_ref()?;
    Some(code.number.clone())
}

fn finish(state: &mut State, connection: ConnectionId, query: &Node, step: &Node) {
    let Some(pairing) = state.pairing_mut(connection) else {
        return;
    };
    let done = pairing.code_done.take();
    let request = pairing.code.take();
    let bundle = content(step, "link_code_pairing_wrapped_key_bundle");
    let identity = content(step, "companion_identity_public");
    let opened = request
        .ok_or(LinkError::UnknownRef)
        .and_then(|request| open_bundle(state, request, &bundle, &identity));
    let (device, adv_secret) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            state.send(connection, wrap(query, Answer::Error(400, "bad-request")));
            if let Some(done) = done {
                let _nobody_waits = done.send(Err(error.to_string()));
            }
            return;
        }
    };
    // Both clients wait for this answer before they take a pair-success.
    state.send(connection, wrap(query, Answer::done()));
    let grant = Grant {
        device,
        adv_secret,
        done,
        after: Duration::ZERO,
    };
    if let Err(error) = propose(state, connection, grant) {
        tracing::warn!(%error, "pairing by code failed");
    }
}

fn open_bundle(
    state: &mut State,
    request: CodeRequest,
    bundle: &[u8],
    identity: &[u8],
) -> Result<(DeviceRef, [u8; 32]), LinkError> {
    let CodeRequest { number, typed, .. } = request;
    let typed = typed.ok_or(LinkError::UnknownRef)?;
    let account = state
        .world
        .accounts
        .get_mut(&number)
        .ok_or_else(|| LinkError::NoPhone(number.clone()))?;
    let identity: [u8; 32] = identity
        .try_into()
        .map_err(|_wrong_length| LinkError::ForeignKeys)?;
    let secret = account.phone.open_code_bundle(&typed, bundle, &identity)?;
    Ok((reserve(state, &number)?, secret))
}
