//! What a phone sends a companion right after pairing, as peer messages: the key of the app state and a first piece
//! of history, inline, so that no media host is needed.

use std::io::Read;

use flate2::Compression;
use flate2::read::ZlibEncoder;
use waproto::buffa::MessageField;
use waproto::codec;
use waproto::whatsapp as wa;

use crate::phone::Phone;
use crate::phone::PhoneError;

/// A conversation that the phone had before the companion was linked.
#[derive(Debug, Clone, Default)]
pub struct Chat {
    /// The chat's JID: a person's PN or LID, or a group.
    pub jid: String,
    /// A person's PN, when `jid` is the LID.
    pub pn: Option<String>,
    /// A person's LID, when `jid` is the PN.
    pub lid: Option<String>,
    /// The name shown in the list: a group's subject, or a contact's name in the address book.
    pub name: Option<String>,
    /// The name that a person has chosen for themselves.
    pub push_name: Option<String>,
    /// How many messages are unread.
    pub unread: u32,
    /// The messages, newest first as phones send them.
    pub messages: Vec<PastMessage>,
}

/// One message of a [`Chat`].
#[derive(Debug, Clone)]
pub struct PastMessage {
    /// The message id.
    pub id: String,
    /// Whether this account sent it.
    pub from_me: bool,
    /// The sender's JID; only in groups, and not for own messages.
    pub participant: Option<String>,
    /// When it was sent, in Unix seconds.
    pub at: u64,
    /// The content.
    pub message: wa::Message,
}

impl Phone {
    /// The message `APP_STATE_SYNC_KEY_SHARE`; also the answer to a companion's `APP_STATE_SYNC_KEY_REQUEST`, since
    /// a phone has one key. `now` is in Unix seconds.
    pub fn key_share(&self, now: u64) -> wa::Message {
        let (id, data) = self.app_state.key();
        let fingerprint = wa::message::AppStateSyncKeyFingerprint {
            raw_id: Some(self.raw_id),
            current_index: Some(0),
            device_indexes: vec![0],
        };
        let data = wa::message::AppStateSyncKeyData {
            key_data: Some(data.to_vec()),
            fingerprint: MessageField::some(fingerprint),
            timestamp: i64::try_from(now.saturating_mul(1000)).ok(),
        };
        let key = wa::message::AppStateSyncKey {
            key_id: MessageField::some(wa::message::AppStateSyncKeyId {
                key_id: Some(id.to_vec()),
            }),
            key_data: MessageField::some(data),
        };
        protocol_message(wa::message::ProtocolMessage {
            r#type: Some(wa::message::protocol_message::Type::APP_STATE_SYNC_KEY_SHARE),
            app_state_sync_key_share: MessageField::some(wa::message::AppStateSyncKeyShare {
                keys: vec![key],
            }),
            ..wa::message::ProtocolMessage::default()
        })
    }

    /// The message `HISTORY_SYNC_NOTIFICATION` with the whole of `chats` inline, as the complete initial history.
    pub fn history(&self, chats: &[Chat]) -> Result<wa::Message, PhoneError> {
        let history = wa::HistorySync {
            sync_type: wa::history_sync::HistorySyncType::INITIAL_BOOTSTRAP,
            conversations: chats.iter().map(conversation).collect(),
            chunk_order: Some(1),
            progress: Some(100),
            pushnames: chats.iter().filter_map(push_name).collect(),
            phone_number_to_lid_mappings: chats.iter().filter_map(mapping).collect(),
            ..wa::HistorySync::default()
        };
        let notification = wa::message::HistorySyncNotification {
            sync_type: Some(wa::message::HistorySyncType::INITIAL_BOOTSTRAP),
            chunk_order: Some(1),
            progress: Some(100),
            initial_hist_bootstrap_inline_payload: Some(zlib(&codec::history_sync_to_vec(
                &history,
            ))?),
            ..wa::message::HistorySyncNotification::default()
        };
        Ok(protocol_message(wa::message::ProtocolMessage {
            r#type: Some(wa::message::protocol_message::Type::HISTORY_SYNC_NOTIFICATION),
            history_sync_notification: MessageField::some(notification),
            ..wa::message::ProtocolMessage::default()
        }))
    }
}

fn protocol_message(message: wa::message::ProtocolMessage) -> wa::Message {
    wa::Message {
        protocol_message: MessageField::some(message),
        ..wa::Message::default()
    }
}

fn conversation(chat: &Chat) -> wa::Conversation {
    let newest = chat.messages.iter().map(|message| message.at).max();
    wa::Conversation {
        id: chat.jid.clone(),
        messages: chat.messages.iter().map(|message| past(&chat.jid, message)).collect(),
        name: chat.name.clone(),
        display_name: chat.push_name.clone(),
        unread_count: Some(chat.unread),
        last_msg_timestamp: newest,
        conversation_timestamp: newest,
        end_of_history_transfer: Some(true),
        end_of_history_transfer_type: Some(wa::conversation::EndOfHistoryTransferType::COMPLETE_AND_NO_MORE_MESSAGE_REMAIN_ON_PRIMARY),
        pn_jid: chat.pn.clone(),
        lid_jid: chat.lid.clone(),
        ..wa::Conversation::default()
    }
}

fn past(chat: &str, message: &PastMessage) -> wa::HistorySyncMsg {
    let key = wa::MessageKey {
        remote_jid: Some(chat.to_owned()),
        from_me: Some(message.from_me),
        id: Some(message.id.clone()),
        participant: message.participant.clone(),
    };
    let info = wa::WebMessageInfo {
        key: MessageField::some(key),
        message: MessageField::some(message.message.clone()),
        message_timestamp: Some(message.at),
        participant: message.participant.clone(),
        ..wa::WebMessageInfo::default()
    };
    wa::HistorySyncMsg {
        message: MessageField::some(info),
        msg_order_id: None,
    }
}

fn push_name(chat: &Chat) -> Option<wa::Pushname> {
    let name = chat.push_name.clone()?;
    Some(wa::Pushname {
        id: Some(chat.jid.clone()),
        pushname: Some(name),
    })
}

fn mapping(chat: &Chat) -> Option<wa::PhoneNumberToLIDMapping> {
    let (pn, lid) = match (&chat.pn, &chat.lid) {
        (Some(pn), None) => (pn, &chat.jid),
        (None, Some(lid)) => (&chat.jid, lid),
        _ => return None,
    };
    Some(wa::PhoneNumberToLIDMapping {
        pn_jid: Some(pn.clone()),
        lid_jid: Some(lid.clone()),
    })
}

fn zlib(bytes: &[u8]) -> Result<Vec<u8>, PhoneError> {
    let mut compressed = Vec::new();
    ZlibEncoder::new(bytes, Compression::default()).read_to_end(&mut compressed)?;
    Ok(compressed)
}

#[cfg(test)]
mod tests;
