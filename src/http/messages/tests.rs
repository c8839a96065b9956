use super::*;
use crate::domain::chat::Party;
use crate::domain::id::ClientId;
use crate::domain::id::MessageId;
use crate::domain::id::WaId;
use crate::domain::message::Direction;
use crate::domain::message::SendFailure;
use crate::domain::time::Timestamp;
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
        failure,
        at: Timestamp::from_millis(0),
    }
}

#[test]
fn the_status_says_how_far_the_message_got() {
    for state in MessageState::ALL {
        let status = sent(&message(state, None)).map(|response| response.status().as_u16()).map_err(|error| error.code());
        let expected = match state {
            MessageState::Queued | MessageState::Sending | MessageState::Unknown => Ok(202),
            MessageState::Failed => Err("refused_by_whatsapp"),
            MessageState::Sent | MessageState::Delivered | MessageState::Read | MessageState::Played => Ok(200),
        };
        assert_eq!(status, expected, "{state:?}");
    }
}

#[test]
fn a_failed_message_is_an_error_that_names_it() {
    let failure = SendFailure { code: "busy".to_owned(), detail: "the server was busy".to_owned(), retryable: true };
    let error = sent(&message(MessageState::Failed, Some(failure))).unwrap_err();
    let body: serde_json::Value = serde_json::from_slice(&error.body("/", "req")).unwrap();
    assert_eq!((&body["code"], &body["status"]), (&"refused_for_now".into(), &502.into()));
    assert_eq!((&body["messageId"], &body["cause"]), (&"msg_01ARZ3NDEKTSV4RRFFQ69G5FAV".into(), &"busy".into()));
}

#[test]
fn a_text_has_something_in_it_and_an_end() {
    assert!(check_text("ü", 2).is_ok());
    for (text, limit) in [("", 9), (" \n", 9), ("ü", 1)] {
        assert_eq!(check_text(text, limit).unwrap_err().code(), "invalid_body", "{text:?}");
    }
}
