//! What a companion finds in the first messages of its phone.

use flate2::read::ZlibDecoder;

use super::*;
use crate::phone::tests::NOW;
use crate::phone::tests::phone;

#[test]
fn the_history_is_inline_and_complete() {
    let message = wa::Message {
        conversation: Some("long ago".to_owned()),
        ..wa::Message::default()
    };
    let past = PastMessage {
        id: "3EB0".to_owned(),
        from_me: true,
        participant: None,
        at: NOW,
        message,
    };
    let chat = Chat {
        jid: "100002@lid".to_owned(),
        pn: Some("491511@s.whatsapp.net".to_owned()),
        push_name: Some("Bob".to_owned()),
        unread: 2,
        messages: vec![past],
        ..Chat::default()
    };
    let message = phone("100001", 1).history(&[chat]).unwrap();
    let notification = &message.protocol_message.history_sync_notification;
    assert_eq!(
        notification.sync_type,
        Some(wa::message::HistorySyncType::INITIAL_BOOTSTRAP)
    );
    let mut bytes = Vec::new();
    ZlibDecoder::new(
        notification
            .initial_hist_bootstrap_inline_payload
            .as_deref()
            .unwrap(),
    )
    .read_to_end(&mut bytes)
    .unwrap();
    let history = codec::history_sync_decode(&bytes).unwrap();
    let conversation = &history.conversations[0];
    assert_eq!(conversation.unread_count, Some(2));
    let first = &conversation.messages[0].message;
    assert_eq!(first.key.id.as_deref(), Some("3EB0"));
    assert_eq!(first.message.conversation.as_deref(), Some("long ago"));
    assert_eq!(first.message_timestamp, Some(NOW));
    assert_eq!(history.pushnames[0].pushname.as_deref(), Some("Bob"));
    assert_eq!(
        history.phone_number_to_lid_mappings[0].lid_jid.as_deref(),
        Some("100002@lid")
    );
}

#[test]
fn the_key_share_is_always_the_same_key() {
    let phone = phone("100001", 1);
    let key =
        |message: &wa::Message| message.protocol_message.app_state_sync_key_share.keys[0].clone();
    let (first, second) = (key(&phone.key_share(NOW)), key(&phone.key_share(NOW + 9)));
    assert_eq!(first.key_id.key_id.as_ref().unwrap().len(), 6);
    assert_eq!(first.key_data.key_data.as_ref().unwrap().len(), 32);
    assert_eq!(first.key_id, second.key_id);
    assert_eq!(first.key_data.key_data, second.key_data.key_data);
}
