//! A handset reads: it opens messages, confirms them, writes them down, and answers retries.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, Server};
use waproto::whatsapp::{self as wa, message::protocol_message::Type};

use super::content::kind;
use super::speak::{Retry, address, peer, resend};
use crate::clock::unix_seconds;
use crate::hub::State;
use crate::hub::errand::Errand;
use crate::phone::{Address, PhoneError};
use crate::server::prekeys::{keys_nodes, parse_bundle};
use crate::server::receipts::{self, Receipt, listed};
use crate::wire::node::{self, attr, child, children, jid};
use crate::world::DeviceRef;
use crate::world::account::{InboxItem, ReceiptItem};

/// Times a phone asks for a message that it cannot read.
const RETRY_LIMIT: u32 = 5;

/// A handset takes in a stanza.
pub fn take_in(state: &mut State, number: &str, stanza: &Node) {
    match stanza.tag.as_ref() {
        "message" => message(state, number, stanza),
        "receipt" => receipt(state, number, stanza),
        // Groups, pictures, devices: the server knows them, a simulated phone keeps no copy.
        _ => {}
    }
}

/// Where a message comes from.
struct Origin {
    chat: Jid,
    /// The chat that it belongs to, as the server sees it: the recipient's, for copies of own messages.
    about: Jid,
    author: DeviceRef,
    address: Address,
    grouped: bool,
    id: String,
}

fn origin(state: &State, stanza: &Node) -> Option<Origin> {
    let chat = jid(stanza, "from")?;
    let participant = jid(stanza, "participant");
    let grouped = participant.is_some();
    let author = state
        .world
        .device_ref(participant.as_ref().unwrap_or(&chat))?;
    Some(Origin {
        address: address(state, &author)?,
        id: attr(stanza, "id")?.into_owned(),
        about: jid(stanza, "recipient").unwrap_or_else(|| chat.clone()),
        chat,
        author,
        grouped,
    })
}

fn message(state: &mut State, number: &str, stanza: &Node) {
    let Some(origin) = origin(state, stanza) else {
        return;
    };
    let opened = open(state, number, &origin, stanza);
    let twin = is_twin(state, number, &origin, &opened);
    match opened {
        Ok(Some(message)) => {
            confirm(state, number, &origin, stanza);
            if !twin {
                understood(state, number, &origin, &message);
            }
        }
        Ok(None) => confirm(state, number, &origin, stanza),
        // The sender did not hear that it arrived the first time.
        Err(_) if twin => confirm(state, number, &origin, stanza),
        Err(error) => {
            tracing::warn!(%error, phone = number, from = origin.author.account, device = origin.author.device, id = origin.id, "a phone cannot read a message");
            ask_again(state, number, &origin, stanza);
        }
    }
}

/// Whether the phone has had a message before, by its id or by what Signal says. One that it can read is known from
/// now on.
fn is_twin(
    state: &mut State,
    number: &str,
    origin: &Origin,
    opened: &Result<Option<wa::Message>, PhoneError>,
) -> bool {
    let chat = name_of(state, &origin.about);
    let Some(account) = state.world.accounts.get_mut(number) else {
        return false;
    };
    let (author, id) = (origin.author.account.as_str(), origin.id.as_str());
    match opened {
        Ok(Some(_)) => !account.seen.note(&chat, author, id),
        Ok(None) => false,
        Err(error) => error.is_twin() || account.seen.contains(&chat, author, id),
    }
}

/// Opens every `<enc>`; the last one holds the content, an earlier one at most the group's key, which the phone may
/// have already.
fn open(
    state: &mut State,
    number: &str,
    origin: &Origin,
    stanza: &Node,
) -> Result<Option<wa::Message>, PhoneError> {
    let Some(account) = state.world.accounts.get_mut(number) else {
        return Ok(None);
    };
    let mut content = Ok(None);
    for enc in children(stanza, "enc") {
        let kind = attr(enc, "type").unwrap_or_default();
        let sealed = node::bytes(enc);
        let opened = if kind == "skmsg" {
            account
                .phone
                .open_group(&origin.chat.to_string(), &origin.address, sealed)
        } else {
            account.phone.open(&origin.address, &kind, sealed)
        };
        content = match opened {
            Err(error) if error.is_twin() => Err(error),
            other => Ok(Some(other?)),
        };
    }
    content
}

/// The delivery receipt; for a copy of the account's own message it says so and names the chat.
fn confirm(state: &mut State, number: &str, origin: &Origin, stanza: &Node) {
    let own = origin.author.account == number;
    let participant = origin.grouped.then(|| jid(stanza, "participant")).flatten();
    let receipt = Receipt {
        id: origin.id.clone(),
        to: origin.chat.clone(),
        participant,
        kind: own.then(|| "sender".to_owned()),
        recipient: jid(stanza, "recipient"),
        children: Vec::new(),
    };
    receipts::route(state, &DeviceRef::new(number, 0), &receipt);
}

fn ask_again(state: &mut State, number: &str, origin: &Origin, stanza: &Node) {
    let asked = children(stanza, "enc")
        .filter_map(|enc| attr(enc, "count")?.parse().ok())
        .max()
        .unwrap_or(0);
    let count: u32 = asked + 1;
    if count > RETRY_LIMIT {
        return;
    }
    let Some(account) = state.world.accounts.get_mut(number) else {
        return;
    };
    account.wait_for(&origin.author.account, &origin.id);
    let bundle = account.phone.take_bundle();
    let retry = NodeBuilder::new("retry")
        .attr("v", "1")
        .attr("count", count)
        .attr("id", origin.id.as_str())
        .attr("t", attr(stanza, "t").unwrap_or_default().as_ref())
        .build();
    let mut keys = keys_nodes(&bundle);
    let registration = keys.remove(0);
    let receipt = Receipt {
        id: origin.id.clone(),
        to: origin.chat.clone(),
        participant: jid(stanza, "participant"),
        kind: Some("retry".to_owned()),
        recipient: jid(stanza, "recipient"),
        children: vec![
            retry,
            registration,
            NodeBuilder::new("keys").children(keys).build(),
        ],
    };
    receipts::route(state, &DeviceRef::new(number, 0), &receipt);
}

fn understood(state: &mut State, number: &str, origin: &Origin, message: &wa::Message) {
    if let Some(protocol) = message.protocol_message.as_option()
        && protocol.r#type == Some(Type::APP_STATE_SYNC_KEY_REQUEST)
    {
        return share_key(state, number, &origin.author);
    }
    let copy = message.device_sent_message.as_option();
    let content = copy
        .and_then(|copy| copy.message.as_option())
        .unwrap_or(message);
    let (kind, text) = kind(content);
    if origin.author.account == number && copy.is_none() && !origin.grouped {
        // Among the account's own devices: nothing that a chat shows.
        return;
    }
    let chat = chat_name(
        state,
        origin,
        copy.and_then(|copy| copy.destination_jid.as_deref()),
    );
    let from_me = origin.author.account == number;
    if !from_me && kind == "text" {
        answer(
            state,
            number,
            &chat,
            text.as_deref().unwrap_or_default(),
            origin.author.device,
        );
    }
    let item = InboxItem {
        seq: 0,
        place: 0,
        id: origin.id.clone(),
        chat,
        from: origin.author.account.clone(),
        from_device: origin.author.device,
        from_me,
        kind: kind.to_owned(),
        text,
        at: unix_seconds(),
    };
    if let Some(account) = state.world.accounts.get_mut(number) {
        account.remember(item);
    }
}

fn share_key(state: &mut State, number: &str, with: &DeviceRef) {
    let Some(account) = state
        .world
        .accounts
        .get(number)
        .filter(|_| with.account == number)
    else {
        return;
    };
    let share = account.phone.key_share(unix_seconds());
    peer(state, with, &share);
}

/// Digits for a person, the jid for a group.
fn chat_name(state: &State, origin: &Origin, destination: Option<&str>) -> String {
    let jid = destination
        .and_then(|text| text.parse::<Jid>().ok())
        .unwrap_or_else(|| origin.chat.clone());
    name_of(state, &jid)
}

fn name_of(state: &State, chat: &Jid) -> String {
    match state.world.owner(chat) {
        Some(account) => account.number.clone(),
        None => chat.to_string(),
    }
}

/// Phones do not answer one another's automatic texts, or two of them would never stop.
fn answer(state: &mut State, number: &str, chat: &str, text: &str, from_device: u16) {
    let Some(template) = state
        .world
        .accounts
        .get(number)
        .and_then(|account| account.auto_reply.clone())
    else {
        return;
    };
    if from_device == 0 {
        return;
    }
    state.later(Errand::Reply {
        account: number.to_owned(),
        chat: chat.to_owned(),
        text: template.replace("{text}", text),
    });
}

fn receipt(state: &mut State, number: &str, stanza: &Node) {
    let Some(from) = jid(stanza, "from") else {
        return;
    };
    let sender = jid(stanza, "participant").unwrap_or_else(|| from.clone());
    let Some(sender) = state.world.device_ref(&sender) else {
        return;
    };
    let kind = attr(stanza, "type")
        .unwrap_or("delivery".into())
        .into_owned();
    let id = attr(stanza, "id").unwrap_or_default().into_owned();
    if kind == "retry" {
        let count = child(stanza, "retry")
            .and_then(|retry| attr(retry, "count")?.parse().ok())
            .unwrap_or(1);
        let bundle = child(stanza, "keys").and_then(|keys| parse_bundle(stanza, keys));
        let group = (from.server == Server::Group).then(|| from.clone());
        let retry = Retry {
            id,
            count,
            group,
            by_lid: from.server.is_lid_family(),
            bundle,
        };
        return resend(state, number, &sender, &retry);
    }
    let chat = state
        .world
        .owner(&from)
        .map_or_else(|| from.to_string(), |account| account.number.clone());
    let item = ReceiptItem {
        ids: std::iter::once(id).chain(listed(stanza)).collect(),
        from: sender.account,
        from_device: sender.device,
        chat,
        kind,
    };
    if let Some(account) = state.world.accounts.get_mut(number) {
        account.remember_receipt(item);
    }
}
