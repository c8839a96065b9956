//! From a scan to a linked device: the phone's grant, the companion's signature, the restart.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::oneshot;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;
use waproto::buffa::Message as _;
use waproto::whatsapp::ClientPairingProps;

use super::{Begun, gate};
use crate::clock::unix_seconds;
use crate::hub::State;
use crate::hub::connection::{ConnectionId, Linking, Registration, Stage};
use crate::phone::{PhoneError, Qr};
use crate::server::login::stream_error;
use crate::server::newcomer;
use crate::server::removal::removed;
use crate::server::stanza::{SERVER, bytes, with};
use crate::wire::node::{self, attr, child};
use crate::world::DeviceRef;
use crate::world::account::Account;
use crate::world::device::Device;

/// The code with which the server asks a freshly linked companion to log in.
const RESTART: u16 = 515;

/// Why a phone cannot link a companion.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// What the phone says against the code.
    #[error(transparent)]
    Phone(#[from] PhoneError),
    /// No open connection shows this code.
    #[error(
        "no connected client shows this QR code; scan the newest one of a client that is still connected"
    )]
    UnknownRef,
    /// The code carries other keys than the connection that owns its reference.
    #[error("the keys in the QR code are not those of the client that shows it")]
    ForeignKeys,
    /// The connection is being linked already.
    #[error("this client is being linked already")]
    Busy,
    /// No client has asked for a code for this phone.
    #[error("no connected client has asked for a pairing code for {0}")]
    NoCode(String),
    /// There is no such phone.
    #[error("there is no phone {0}; create it first with POST /admin/phone/create?phone={0}")]
    NoPhone(String),
    /// The phone says so and does not scan; its companion hears nothing.
    #[error("{0} has as many linked devices as an account may have; unlink one of them first")]
    Full(String),
    /// There is nothing that the gate could ask for.
    #[error(
        "{0} has no passkey, and its gate is shut; make one with POST /admin/phone/passkey?phone={0}"
    )]
    NoPasskey(String),
}

/// A link that a phone agrees to.
pub(super) struct Grant {
    /// Which device the companion becomes.
    pub(super) device: DeviceRef,
    /// The secret that phone and companion share.
    pub(super) adv_secret: [u8; 32],
    /// Who waits for the outcome.
    pub(super) done: Option<oneshot::Sender<Result<DeviceRef, String>>>,
    /// How long the phone takes.
    pub(super) after: Duration,
}

/// A phone scans a QR code: `phone` names it, otherwise the companion's push name does, otherwise it is a new one.
///
/// # Errors
/// When the code cannot be read, is not shown by an open connection, or the phone refuses.
pub fn scan(state: &mut State, text: &str, phone: Option<&str>) -> Result<Begun, LinkError> {
    let qr = Qr::parse(text)?;
    let connection = showing(state, &qr.reference).ok_or(LinkError::UnknownRef)?;
    let pairing = state.pairing_mut(connection).ok_or(LinkError::UnknownRef)?;
    if pairing.linking.is_some() {
        return Err(LinkError::Busy);
    }
    let registration = pairing.registration.clone();
    if registration.noise_static != qr.noise_public || registration.identity != qr.identity_public {
        return Err(LinkError::ForeignKeys);
    }
    let number = number_for(state, &registration, phone);
    room(state, &number)?;
    let shut = gate::is_shut(state, &number)?;
    let device = reserve(state, &number)?;
    if shut {
        gate::ask(state, connection, device.clone(), Some(qr.adv_secret))?;
        return Ok(Begun::Gate(device));
    }
    let (done, outcome) = oneshot::channel();
    let grant = Grant {
        device,
        adv_secret: qr.adv_secret,
        done: Some(done),
        after: Duration::ZERO,
    };
    propose(state, connection, grant)?;
    Ok(Begun::Linking(outcome))
}

/// Whether an account may have another companion.
pub(super) fn room(state: &State, number: &str) -> Result<(), LinkError> {
    let account = state.world.accounts.get(number);
    if account.is_some_and(|account| account.linking.full) {
        return Err(LinkError::Full(number.to_owned()));
    }
    Ok(())
}

/// The device that the next companion of an account becomes.
pub(super) fn reserve(state: &mut State, number: &str) -> Result<DeviceRef, LinkError> {
    let account = state
        .world
        .accounts
        .get_mut(number)
        .ok_or_else(|| LinkError::NoPhone(number.to_owned()))?;
    let device = DeviceRef::new(number, account.next_device);
    account.next_device += 1;
    Ok(device)
}

fn showing(state: &State, reference: &str) -> Option<ConnectionId> {
    let owns = |stage: &Stage| match stage {
        Stage::Pairing(pairing) => pairing.refs.iter().any(|known| known == reference),
        Stage::LoggedIn { .. } => false,
    };
    let found = state
        .connections
        .iter()
        .find(|(_, connection)| owns(&connection.stage));
    found.map(|(id, _)| *id)
}

/// Which phone scans (facts b6: two clients with one push name are two devices of one account).
fn number_for(state: &mut State, registration: &Registration, phone: Option<&str>) -> String {
    let name = registration.push_name.clone().unwrap_or_default();
    if let Some(number) = phone {
        let account = state.world.account_or_new(number, "");
        if account.name.is_empty() {
            account.name = name;
        }
        return account.number.clone();
    }
    if let Some(known) = state
        .world
        .account_named(&name)
        .filter(|_| !name.is_empty())
    {
        return known.number.clone();
    }
    let number = state.world.new_number();
    state.world.account_or_new(&number, &name).number.clone()
}

/// Sends `pair-success` with the phone's grant.
pub(super) fn propose(
    state: &mut State,
    connection: ConnectionId,
    grant: Grant,
) -> Result<(), LinkError> {
    let Grant {
        device,
        adv_secret,
        done,
        after,
    } = grant;
    let identity: [u8; 32] = state
        .pairing_mut(connection)
        .and_then(|pairing| pairing.registration.identity.as_slice().try_into().ok())
        .ok_or(LinkError::UnknownRef)?;
    let stanza_id = state.world.seed.stanza_id();
    let account = state
        .world
        .accounts
        .get_mut(&device.account)
        .ok_or_else(|| LinkError::NoPhone(device.account.clone()))?;
    let key_index = account.key_index + 1;
    let (phone, now) = (&account.phone, unix_seconds());
    let blob = if account.linking.hosted {
        phone.grant_hosted(&identity, &adv_secret, key_index, now)?
    } else {
        phone.grant(&identity, &adv_secret, key_index, now)?
    };
    let stanza = success(account, &device, &stanza_id, blob);
    account.key_index = key_index;
    account.linking.remember(&adv_secret);
    if let Some(pairing) = state.pairing_mut(connection) {
        pairing.linking = Some(Linking {
            device,
            key_index,
            stanza_id,
            done,
        });
    }
    state.send_after(connection, stanza, after);
    Ok(())
}

fn success(account: &Account, device: &DeviceRef, id: &str, grant: Vec<u8>) -> Node {
    let platform = if account.linking.hosted {
        "smba"
    } else {
        "android"
    };
    let mut children = vec![
        bytes("device-identity", grant),
        NodeBuilder::new("device")
            .attr("jid", account.pn(device.device))
            .attr("lid", account.lid(device.device))
            .build(),
        with("platform", [("name", platform)]),
    ];
    if !account.name.is_empty() {
        children.push(with("biz", [("name", account.name.as_str())]));
    }
    if account.lid_migrated {
        let properties = ClientPairingProps {
            is_chat_db_lid_migrated: Some(true),
            ..Default::default()
        };
        children.push(bytes("client-props", properties.encode_to_vec()));
    }
    NodeBuilder::new("iq")
        .attr("from", SERVER)
        .attr("type", "set")
        .attr("id", id)
        .attr("xmlns", "md")
        .attr("t", unix_seconds())
        .children([NodeBuilder::new("pair-success").children(children).build()])
        .build()
}

/// The companion answered one of our queries: `pair-device-sign` ends a pairing.
pub(super) fn signed(state: &mut State, connection: ConnectionId, stanza: &Node) {
    let signed = child(stanza, "pair-device-sign").and_then(|sign| child(sign, "device-identity"));
    let Some(signed) = signed.map(|identity| node::bytes(identity).to_vec()) else {
        return;
    };
    let Some(pairing) = state.pairing_mut(connection) else {
        return;
    };
    let Some(linking) = pairing.linking.take() else {
        return;
    };
    let registration = pairing.registration.clone();
    let outcome = finish(state, &linking, registration, &signed);
    if outcome.is_ok() {
        state.send(connection, stream_error(RESTART));
        state.close(connection);
        newcomer::announce(state, &linking.device, newcomer::Change::Added);
    }
    if let Some(done) = linking.done {
        let _nobody_waits = done.send(outcome.map_err(|error| error.to_string()));
    }
}

fn finish(
    state: &mut State,
    linking: &Linking,
    registration: Registration,
    signed: &[u8],
) -> Result<DeviceRef, LinkError> {
    let at = &linking.device;
    let account = state
        .world
        .accounts
        .get_mut(&at.account)
        .ok_or_else(|| LinkError::NoPhone(at.account.clone()))?;
    let identity: [u8; 32] = registration
        .identity
        .as_slice()
        .try_into()
        .map_err(|_wrong_length| LinkError::ForeignKeys)?;
    let adv = account.phone.confirm(&identity, signed)?;
    let device = Device {
        id: at.device,
        key_index: linking.key_index,
        noise_static: registration.noise_static.into(),
        registration_id: registration.registration_id,
        identity: registration.identity.into(),
        signed_pre_key: registration.signed_pre_key,
        pre_keys: VecDeque::new(),
        adv: adv.into(),
        platform: registration.platform,
        bootstrapped: false,
        linked_at: unix_seconds(),
        pending: VecDeque::new(),
    };
    account.devices.insert(at.device, device);
    Ok(at.clone())
}

/// The companion answered one of our queries with an error: the phone unlinks what it has just linked.
pub(super) fn refused(state: &mut State, connection: ConnectionId, stanza: &Node) {
    let id = attr(stanza, "id").unwrap_or_default().into_owned();
    let Some(pairing) = state.pairing_mut(connection) else {
        return;
    };
    let Some(linking) = pairing.linking.take_if(|linking| linking.stanza_id == id) else {
        return;
    };
    let reason = child(stanza, "error")
        .and_then(|error| attr(error, "text"))
        .unwrap_or_default()
        .into_owned();
    state.send(connection, removed());
    state.close(connection);
    if let Some(done) = linking.done {
        let _nobody_waits = done.send(Err(reason));
    }
}
