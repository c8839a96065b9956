//! A handset writes: one sealed copy for every device of the other side and for each of its own companions.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};
use waproto::buffa::MessageField;
use waproto::whatsapp::{self as wa, message::DeviceSentMessage};

use super::content::{edit_attribute, stanza_type};
use super::{chat_id, enc};
use crate::hub::State;
use crate::phone::{Address, PhoneError};
use crate::server::messages::{devices_of, direct_envelope, shared_envelope};
use crate::server::prekeys;
use crate::server::stanza::maybe;
use crate::world::DeviceRef;
use crate::world::device::Class;

/// Why a phone cannot say something.
#[derive(Debug, thiserror::Error)]
pub enum SayError {
    /// The speaker does not exist.
    #[error("there is no phone {0}; create it first with POST /admin/phone/create?phone={0}")]
    NoPhone(String),
    /// Nobody to talk to.
    #[error("there is neither a phone nor a group {0}")]
    NoChat(String),
    /// The speaker is not in the group.
    #[error("{phone} is not a member of {group}")]
    NotMember {
        /// The speaker.
        phone: String,
        /// The group.
        group: String,
    },
    /// Sealing failed.
    #[error(transparent)]
    Phone(#[from] PhoneError),
}

/// Under which name a phone remembers the form of a message that its own companions get.
pub(super) fn own_copy(id: &str) -> String {
    format!("{id}/own")
}

/// A phone says something to a phone number or a group. Returns the message id.
///
/// # Errors
/// When speaker or chat does not exist. A device that cannot be sealed for is left out, as a real phone does.
pub fn say(
    state: &mut State,
    number: &str,
    chat: &str,
    message: &wa::Message,
) -> Result<String, SayError> {
    if !state.world.accounts.contains_key(number) {
        return Err(SayError::NoPhone(number.to_owned()));
    }
    let chat = chat_id(chat);
    if state.world.groups.contains_key(chat) {
        return say_group(state, number, chat, message);
    }
    if !state.world.accounts.contains_key(chat) {
        return Err(SayError::NoChat(chat.to_owned()));
    }
    say_direct(state, number, chat, message)
}

fn say_direct(
    state: &mut State,
    number: &str,
    chat: &str,
    message: &wa::Message,
) -> Result<String, SayError> {
    let id = state.world.seed.message_id();
    let by_lid = state
        .world
        .accounts
        .get(number)
        .is_some_and(|account| account.lid_migrated);
    let other = state
        .world
        .accounts
        .get(chat)
        .ok_or_else(|| SayError::NoChat(chat.to_owned()))?;
    let chat_jid = if by_lid { other.lid(0) } else { other.pn(0) };
    let copy = device_sent(&chat_jid, message);
    if let Some(speaker) = state.world.accounts.get_mut(number) {
        speaker.phone.remember(&id, message);
        speaker.phone.remember(&own_copy(&id), &copy);
    }
    let mut targets = devices_of(state, chat);
    if chat != number {
        targets.extend(devices_of(state, number));
    }
    for to in targets
        .into_iter()
        .filter(|to| to.account != number || to.device != 0)
    {
        let own = to.account == number;
        let content = if own { &copy } else { message };
        let Some(enc) = seal(state, number, &to, content) else {
            continue;
        };
        let Some(speaker) = state.world.accounts.get(number) else {
            continue;
        };
        let envelope = direct_envelope(speaker, 0, by_lid)
            .attr("id", id.as_str())
            .attr("type", stanza_type(message));
        let envelope = maybe(envelope, "edit", edit_attribute(message));
        let envelope = if own {
            envelope.attr("recipient", &chat_jid)
        } else {
            envelope
        };
        state.deliver(&to, Class::Message, envelope.children([enc]).build());
    }
    Ok(id)
}

fn device_sent(chat: &Jid, message: &wa::Message) -> wa::Message {
    let copy = DeviceSentMessage {
        destination_jid: Some(chat.to_string()),
        message: MessageField::some(message.clone()),
        phash: None,
    };
    wa::Message {
        device_sent_message: MessageField::some(copy),
        ..Default::default()
    }
}

fn say_group(
    state: &mut State,
    number: &str,
    group: &str,
    message: &wa::Message,
) -> Result<String, SayError> {
    let members: Vec<String> = state
        .world
        .groups
        .get(group)
        .map(|group| group.members.keys().cloned().collect())
        .unwrap_or_default();
    if !members.iter().any(|member| member == number) {
        return Err(SayError::NotMember {
            phone: number.to_owned(),
            group: group.to_owned(),
        });
    }
    let id = state.world.seed.message_id();
    let jid = Jid::group(group);
    let speaker = state
        .world
        .accounts
        .get_mut(number)
        .ok_or_else(|| SayError::NoPhone(number.to_owned()))?;
    speaker.phone.remember(&id, message);
    let sealed = speaker.phone.seal_group(&jid.to_string(), message)?;
    let targets = members
        .iter()
        .flat_map(|member| devices_of(state, member))
        .collect::<Vec<_>>();
    for to in targets
        .into_iter()
        .filter(|to| to.account != number || to.device != 0)
    {
        let Some(key) = seal(state, number, &to, &sealed.distribution) else {
            continue;
        };
        let Some(speaker) = state.world.accounts.get(number) else {
            continue;
        };
        let stanza = shared_envelope(speaker, 0, &jid)
            .attr("id", id.as_str())
            .attr("type", stanza_type(message));
        let stanza = maybe(stanza, "edit", edit_attribute(message))
            .children([key, enc("skmsg", sealed.bytes.clone())])
            .build();
        state.deliver(&to, Class::Message, stanza);
    }
    Ok(id)
}

/// Sends a companion something from its own phone that no chat shows: keys, history.
pub fn peer(state: &mut State, to: &DeviceRef, message: &wa::Message) {
    let id = state.world.seed.message_id();
    let Some(enc) = seal(state, &to.account, to, message) else {
        return;
    };
    let Some(account) = state.world.accounts.get(&to.account) else {
        return;
    };
    let stanza = direct_envelope(account, 0, true)
        .attr("id", id)
        .attr("type", "text")
        .attr("category", "peer")
        .children([enc])
        .build();
    state.deliver(to, Class::Message, stanza);
}

/// The `<enc>` for one device; a session is made from the server's bundle when there is none.
pub(super) fn seal(
    state: &mut State,
    number: &str,
    to: &DeviceRef,
    message: &wa::Message,
) -> Option<Node> {
    let address = address(state, to)?;
    let known = state
        .world
        .accounts
        .get(number)?
        .phone
        .has_session(&address);
    let bundle = if known {
        None
    } else {
        prekeys::bundle(state, to)
    };
    let phone = &mut state.world.accounts.get_mut(number)?.phone;
    match phone.seal(&address, bundle.as_ref(), message) {
        Ok(sealed) => Some(enc(sealed.kind.as_str(), sealed.bytes)),
        Err(error) => {
            tracing::warn!(%error, from = number, to = to.account, device = to.device, "cannot seal for a device");
            None
        }
    }
}

/// The Signal address of a device.
pub(super) fn address(state: &State, of: &DeviceRef) -> Option<Address> {
    Some(Address::new(
        state.world.accounts.get(&of.account)?.lid.as_str(),
        of.device,
    ))
}

/// Sends a message once more to the one device that could not read it.
pub(super) fn resend(state: &mut State, number: &str, to: &DeviceRef, retry: &Retry) {
    let Some(address) = address(state, to) else {
        return;
    };
    let bundle = retry.bundle.clone().or_else(|| prekeys::bundle(state, to));
    let own = to.account == number;
    let name = if own {
        own_copy(&retry.id)
    } else {
        retry.id.clone()
    };
    let Some(speaker) = state.world.accounts.get_mut(number) else {
        return;
    };
    let sealed = match speaker.phone.resend(&address, &name, bundle.as_ref()) {
        Ok(sealed) => sealed,
        Err(error) => {
            tracing::warn!(%error, from = number, id = retry.id, "cannot resend");
            return;
        }
    };
    let envelope: NodeBuilder = match &retry.group {
        Some(group) => shared_envelope(speaker, 0, group),
        None => direct_envelope(speaker, 0, retry.by_lid),
    };
    let mut enc = enc(sealed.kind.as_str(), sealed.bytes);
    enc.attrs.insert("count", retry.count.to_string());
    let stanza = envelope
        .attr("id", retry.id.as_str())
        .attr("type", "text")
        .children([enc])
        .build();
    state.deliver(to, Class::Message, stanza);
}

/// A device's wish to get a message once more.
#[derive(Debug, Clone)]
pub(super) struct Retry {
    /// Id of the message.
    pub id: String,
    /// How often it was asked for.
    pub count: u32,
    /// The group, if it was sent to one.
    pub group: Option<Jid>,
    /// Namespace of the one-to-one chat.
    pub by_lid: bool,
    /// Fresh keys of the device.
    pub bundle: Option<crate::phone::Bundle>,
}
