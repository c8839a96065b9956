//! The gate between a scan, or a typed code, and `pair-success`: the account's passkey, the exchange of ephemeral keys
//! between companion and phone, and the new ADV secret that comes out of it (WhatsApp calls it "Shortcake").

use std::time::Duration;

use tokio::time::Instant;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::assertion::{self, AssertionError};
use super::link::{Grant, LinkError, propose};
use crate::clock::unix_seconds;
use crate::hub::State;
use crate::hub::connection::ConnectionId;
use crate::hub::passage::Passage;
use crate::phone::{Handover, PhoneError, Prologue, proves_continuity};
use crate::server::iq::{Answer, wrap};
use crate::server::stanza::{SERVER, bytes};
use crate::wire::node::{self, child};
use crate::world::DeviceRef;
use crate::world::linking::Gate;

/// Until a phone has answered over its own network. whatsapp-rust needs a moment itself: it is ready for the next step
/// only some time after it has read the answer to the step before.
const PHONE_TIME: Duration = Duration::from_millis(250);

/// Why a step fails.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("nothing of the kind is under way")]
    NothingAsked,
    #[error("the passkey comes too late")]
    Late,
    #[error("the gate refuses every passkey")]
    Always,
    #[error(transparent)]
    Assertion(#[from] AssertionError),
    #[error("the prologue names another reference than the one given out")]
    Reference,
    #[error(transparent)]
    Phone(#[from] PhoneError),
    #[error("the user of the phone says that the codes differ")]
    Declined,
    #[error("the keys handed over are not those of the connection")]
    ForeignKeys,
}

impl Refusal {
    /// What the companion is told. Nobody has seen WhatsApp's own; these are its usual ones.
    fn answer(&self) -> Answer {
        match self {
            Self::NothingAsked => Answer::Error(404, "item-not-found"),
            Self::Late | Self::Always | Self::Assertion(_) => Answer::Error(401, "not-authorized"),
            Self::Declined => Answer::Error(403, "forbidden"),
            Self::Reference | Self::Phone(_) | Self::ForeignKeys => {
                Answer::Error(400, "bad-request")
            }
        }
    }
}

/// What follows a step that went well.
enum Next {
    Nothing,
    Introduce(Vec<u8>),
    Link(Grant),
}

/// Whether an account's companions have to pass. A gate needs a passkey to ask for.
pub(super) fn is_shut(state: &State, number: &str) -> Result<bool, LinkError> {
    let Some(account) = state.world.accounts.get(number) else {
        return Ok(false);
    };
    let shut = account.linking.gate != Gate::Off;
    if shut && account.linking.passkey.is_none() {
        return Err(LinkError::NoPasskey(number.to_owned()));
    }
    Ok(shut)
}

/// Asks a companion for the passkey of the account. After a scan, which has shown its secret, the request carries the
/// options; after a typed code the companion has to ask for them: both occur.
pub(super) fn ask(
    state: &mut State,
    connection: ConnectionId,
    device: DeviceRef,
    scanned: Option<[u8; 32]>,
) -> Result<(), LinkError> {
    let number = &device.account;
    let no_phone = || LinkError::NoPhone(number.clone());
    let account = state.world.accounts.get(number).ok_or_else(no_phone)?;
    let rules = account.linking.clone();
    let no_passkey = || LinkError::NoPasskey(number.clone());
    let passkey = rules.passkey.clone().ok_or_else(no_passkey)?;
    let challenge = state.world.seed.bytes("challenge");
    let options = assertion::options(&passkey, &challenge, rules.timeout_ms);
    let mut request = NodeBuilder::new("notification")
        .attr("from", SERVER)
        .attr("type", "passkey_prologue_request")
        .attr("id", state.world.seed.stanza_id())
        .attr("t", unix_seconds());
    let mut secrets: Vec<_> = rules.secrets().collect();
    if let Some(secret) = scanned {
        secrets.push(secret);
        request = request.children([bytes("passkey_request_options", options.as_bytes())]);
    }
    let passage = Passage {
        device,
        gate: rules.gate,
        passkey,
        challenge,
        options,
        until: Instant::now() + Duration::from_millis(rules.timeout_ms),
        reference: None,
        secrets,
        known: false,
        introduction: None,
        code: None,
        declined: false,
    };
    let pairing = state.pairing_mut(connection).ok_or(LinkError::UnknownRef)?;
    pairing.passage = Some(passage);
    state.send(connection, request.build());
    Ok(())
}

/// A step of a companion; `false` when it is none.
pub(super) fn step(state: &mut State, connection: ConnectionId, query: &Node) -> bool {
    let content = |tag| child(query, tag).map(|found| node::bytes(found).to_vec());
    let taken = if child(query, "passkey_request_options").is_some() {
        options(state, connection)
    } else if child(query, "ref").is_some() {
        reference(state, connection)
    } else if let Some(step) = child(query, "passkey_prologue") {
        prologue(state, connection, step)
    } else if let Some(nonce) = content("companion_nonce") {
        reveal(state, connection, &nonce)
    } else if let Some(sealed) = content("encrypted_pairing_request") {
        finish(state, connection, &sealed)
    } else {
        return false;
    };
    let (answer, next) = taken.unwrap_or_else(|refusal| {
        tracing::info!(%refusal, connection = connection.0, "the gate stays shut");
        if let Some(pairing) = state.pairing_mut(connection) {
            pairing.passage = None;
        }
        (refusal.answer(), Next::Nothing)
    });
    state.send(connection, wrap(query, answer));
    follow(state, connection, next);
    true
}

type Taken = Result<(Answer, Next), Refusal>;

fn passage(state: &mut State, connection: ConnectionId) -> Result<&mut Passage, Refusal> {
    let pairing = state.pairing_mut(connection);
    pairing
        .and_then(|pairing| pairing.passage.as_mut())
        .ok_or(Refusal::NothingAsked)
}

fn options(state: &mut State, connection: ConnectionId) -> Taken {
    let options = passage(state, connection)?.options.as_bytes();
    let options = bytes("passkey_request_options", options);
    Ok((Answer::one(options), Next::Nothing))
}

fn reference(state: &mut State, connection: ConnectionId) -> Taken {
    let fresh = format!(
        "4@{}",
        hex::encode(&state.world.seed.bytes("passage")[..16])
    );
    passage(state, connection)?.reference = Some(fresh.clone());
    Ok((Answer::one(bytes("ref", fresh)), Next::Nothing))
}

fn prologue(state: &mut State, connection: ConnectionId, step: &Node) -> Taken {
    let content = |tag| child(step, tag).map(node::bytes).unwrap_or_default();
    let passage = passage(state, connection)?;
    if passage.gate == Gate::Reject {
        return Err(Refusal::Always);
    }
    if Instant::now() > passage.until {
        return Err(Refusal::Late);
    }
    let (id, signed) = (content("credential_id"), content("webauthn_assertion"));
    assertion::check(&passage.passkey, &passage.challenge, id, signed)?;
    let payload = content("prologue_payload");
    let prologue = Prologue::read(payload)?;
    if passage.reference.as_deref() != Some(prologue.reference()) {
        return Err(Refusal::Reference);
    }
    let proof = content("pairing_handoff_proof");
    passage.known = passage
        .secrets
        .iter()
        .any(|secret| proves_continuity(secret, payload, proof));
    introduce(state, connection, prologue)
}

/// The phone answers with its ephemeral key; somebody in between, with another one.
fn introduce(state: &mut State, connection: ConnectionId, prologue: Prologue) -> Taken {
    let open = passage(state, connection)?;
    let (gate, number) = (open.gate, open.device.account.clone());
    if gate == Gate::Silent {
        return Ok((Answer::done(), Next::Nothing));
    }
    let account = state.world.accounts.get_mut(&number);
    let phone = &mut account.ok_or(Refusal::NothingAsked)?.phone;
    let introduction = phone.introduce(prologue.clone());
    let message = if gate == Gate::WrongCode {
        phone.introduce(prologue).message()
    } else {
        introduction.message()
    };
    passage(state, connection)?.introduction = Some(introduction);
    Ok((Answer::done(), Next::Introduce(message)))
}

fn reveal(state: &mut State, connection: ConnectionId, nonce: &[u8]) -> Taken {
    let passage = passage(state, connection)?;
    let introduction = passage.introduction.as_mut();
    let code = introduction.ok_or(Refusal::NothingAsked)?.reveal(nonce)?;
    if !(passage.known && passage.gate == Gate::On) {
        passage.code = Some(code);
    }
    Ok((Answer::done(), Next::Nothing))
}

fn finish(state: &mut State, connection: ConnectionId, sealed: &[u8]) -> Taken {
    let passage = passage(state, connection)?;
    if passage.declined {
        return Err(Refusal::Declined);
    }
    let introduction = passage.introduction.as_ref();
    let handover = introduction.ok_or(Refusal::NothingAsked)?.open(sealed)?;
    let device = passage.device.clone();
    let Handover {
        noise_public,
        identity_public,
        adv_secret,
    } = handover;
    let pairing = state.pairing_mut(connection).ok_or(Refusal::NothingAsked)?;
    let registration = &pairing.registration;
    if registration.noise_static != noise_public || registration.identity != identity_public {
        return Err(Refusal::ForeignKeys);
    }
    pairing.passage = None;
    let grant = Grant {
        device,
        adv_secret,
        done: None,
        after: PHONE_TIME,
    };
    Ok((Answer::done(), Next::Link(grant)))
}

fn follow(state: &mut State, connection: ConnectionId, next: Next) {
    match next {
        Next::Nothing => {}
        Next::Introduce(message) => {
            let stanza = NodeBuilder::new("notification")
                .attr("from", SERVER)
                .attr("type", "crsc_continuation")
                .attr("id", state.world.seed.stanza_id())
                .attr("t", unix_seconds())
                .children([bytes("primary_ephemeral_identity", message)])
                .build();
            state.send_after(connection, stanza, PHONE_TIME);
        }
        Next::Link(grant) => {
            if let Err(error) = propose(state, connection, grant) {
                tracing::warn!(%error, "pairing by passkey failed");
            }
        }
    }
}

/// The code that a phone shows, and what its user says to it; none while it shows none.
pub fn compare(state: &mut State, number: &str, same: Option<bool>) -> Option<String> {
    let connection = comparing(state, number)?;
    let passage = state.pairing_mut(connection)?.passage.as_mut()?;
    if let Some(same) = same {
        passage.declined = !same;
    }
    passage.code.clone()
}

/// The connection with whose code a phone's user compares the phone's; the newest one.
pub fn comparing(state: &State, number: &str) -> Option<ConnectionId> {
    let shows = |passage: &Passage| passage.device.account == number && passage.code.is_some();
    state
        .connections
        .iter()
        .rev()
        .find(|(_, found)| found.passage().is_some_and(shows))
        .map(|(id, _)| *id)
}
