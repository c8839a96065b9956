//! The answers to a send, and the texts that are refused.

use super::*;
use crate::domain::chat::Party;
use crate::domain::id::ClientId;
use crate::domain::id::WaId;
use crate::domain::message::Direction;
use crate::domain::message::SendFailure;
use std::collections::BTreeMap;

fn message(state: MessageState, failure: Option<SendFailure>) -> Message {
    let party = Party::from_id(ChatId::parse("5511999998888").unwrap());
    Message {
        id: MessageId::parse("msg_01ARZ3NDEKTSV4RRFFQ69G5FAV").unwrap(),
        wa_id: WaId::parse("3EB0").unwrap(),
        session_id: SessionId::parse("support").unwrap(),
        client_id: ClientId::parse("acme").unwrap(),
        chat: party.clone(),
        sender: party,
        sender_name: None,
        direction: Direction::Out,
        kind: "text".to_owned(),
        text: Some("hi".to_owned()),
        state: Some(state),
        states: BTreeMap::new(),
        recipients: Vec::new(),
        failure,
        expires_at: None,
        edited_at: None,
        revoked_at: None,
        at: Timestamp::from_millis(0),
    }
}

#[test]
fn the_status_says_whether_whatsapp_has_it() {
    for state in [
        MessageState::Queued,
        MessageState::Sending,
        MessageState::Unknown,
    ] {
        assert_eq!(sent(&message(state, None)).status(), 202, "{state:?}");
    }
    for state in [
        MessageState::Sent,
        MessageState::Delivered,
        MessageState::Read,
        MessageState::Played,
    ] {
        assert_eq!(sent(&message(state, None)).status(), 200, "{state:?}");
    }
}

#[test]
fn a_failed_message_is_an_error_that_names_it() {
    for (cause, retryable, code, status) in [
        ("busy", true, "refused_for_now", 502),
        ("busy", false, "refused_by_whatsapp", 422),
        ("not_on_whatsapp", false, "recipient_not_on_whatsapp", 422),
        ("expired", true, "message_expired", 422),
        ("cancelled", false, "message_cancelled", 409),
    ] {
        let failure = SendFailure {
            code: cause.to_owned(),
            detail: "the server was busy".to_owned(),
            retryable,
        };
        let error = ApiError::from(SessionError::MessageFailed(Box::new(message(
            MessageState::Failed,
            Some(failure),
        ))));
        let body: serde_json::Value = serde_json::from_slice(&error.body("/", "req")).unwrap();
        assert_eq!(
            (&body["code"], &body["status"], &body["retryable"]),
            (&code.into(), &status.into(), &retryable.into())
        );
        assert_eq!(
            (&body["messageId"], &body["cause"]),
            (&"msg_01ARZ3NDEKTSV4RRFFQ69G5FAV".into(), &cause.into())
        );
        assert!(
            body["detail"]
                .as_str()
                .unwrap()
                .contains("the server was busy")
        );
    }
}

#[test]
fn a_text_has_something_in_it_and_an_end() {
    assert!(check_text("ü", 2).is_ok());
    for (text, limit) in [("", 9), (" \n", 9), ("ü", 1)] {
        assert_eq!(
            check_text(text, limit).unwrap_err().code(),
            "invalid_body",
            "{text:?}"
        );
    }
}
