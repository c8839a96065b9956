//! Events of the library, and what is told of them.

use super::*;
use crate::whatsapp::incoming::conversation;
use crate::whatsapp::incoming::named;
use serde_json::Value;
use serde_json::json;
use std::sync::Arc;
use whatsapp_rust::NodeBuilder;
use whatsapp_rust::chrono::DateTime;
use whatsapp_rust::types::call::MissedReason;
use whatsapp_rust::types::message::MessageInfo;
use whatsapp_rust::types::message::MessageSource;
use whatsapp_rust::wacore::types::events::UnavailableType;

const EVA: &str = "5511900000003";

fn who(jid: &Jid, alt: Option<&Jid>) -> Option<Party> {
    named(jid, alt).or_else(|| conversation(jid))
}

/// The type and the body that are told of an event.
fn told(event: &Event) -> Option<(&'static str, Value)> {
    fact(event, who).map(|fact| (fact.kind().as_str(), serde_json::to_value(fact).unwrap()))
}

fn eva() -> Value {
    json!({"chatId": format!("{EVA}@c.us"), "phone": EVA, "lid": "777"})
}

fn group_update(action: Action) -> Event {
    Event::GroupUpdate(
        GroupUpdate::builder()
            .group_jid(Jid::group("120363000000000000"))
            .participant("777@lid".parse().unwrap())
            .participant_pn(Jid::pn(EVA))
            .timestamp(DateTime::UNIX_EPOCH)
            .is_lid_addressing_mode(true)
            .action(action)
            .build(),
    )
}

fn call(action: CallAction) -> Event {
    Event::IncomingCall(
        IncomingCall::builder()
            .from("777:3@lid".parse().unwrap())
            .stanza_id("1".to_owned())
            .timestamp(DateTime::UNIX_EPOCH)
            .offline(false)
            .action(action)
            .build(),
    )
}

fn terminate(reason: Option<&str>) -> Event {
    call(CallAction::Terminate {
        call_id: "C1".to_owned(),
        call_creator: "777:3@lid".parse().unwrap(),
        reason: reason.map(ToOwned::to_owned),
        duration: None,
        audio_duration: None,
    })
}

#[test]
fn a_change_of_a_group_names_it_what_changed_and_who_did_it() {
    let subject = Action::Subject {
        subject: "Garden".to_owned(),
        subject_owner: None,
        subject_time: None,
    };
    let body = json!({
        "groupId": "120363000000000000@g.us", "change": "subject", "value": "Garden", "by": eva(),
        "at": "1970-01-01T00:00:00.000Z",
    });
    assert_eq!(told(&group_update(subject)), Some(("group.updated", body)));
    for (action, change, value) in [
        (Action::NotAnnounce, "announce", json!(false)),
        (Action::Locked { threshold: None }, "locked", json!(true)),
        (
            Action::Ephemeral {
                expiration: 0,
                trigger: None,
            },
            "ephemeral",
            json!(0),
        ),
        (
            Action::Description {
                id: "1".to_owned(),
                description: None,
            },
            "description",
            json!(null),
        ),
        (
            Action::Create {
                raw: NodeBuilder::new("create")
                    .children([NodeBuilder::new("group").attr("subject", "New").build()])
                    .build(),
            },
            "created",
            json!("New"),
        ),
    ] {
        let (kind, body) = told(&group_update(action)).unwrap();
        assert_eq!(
            (kind, &body["change"], &body["value"]),
            ("group.updated", &json!(change), &value)
        );
    }
}

#[test]
fn who_comes_and_goes_is_told_by_both_names() {
    let participant = GroupParticipantInfo {
        jid: "777@lid".parse().unwrap(),
        phone_number: Some(Jid::pn(EVA)),
        display_name: None,
        r#type: None,
        lid: None,
        username: None,
        join_time: None,
        group_history_sent_state: None,
    };
    let added = Action::Add {
        participants: vec![participant],
        reason: None,
    };
    let (kind, body) = told(&group_update(added)).unwrap();
    assert_eq!(kind, "group.participantsChanged");
    assert_eq!(
        (&body["action"], &body["participants"]),
        (&json!("add"), &json!([eva()]))
    );
}

#[test]
fn what_a_group_tells_that_has_no_meaning_here_is_not_told() {
    assert_eq!(told(&group_update(Action::Reports)), None);
}

#[test]
fn a_call_is_told_with_its_caller_and_how_it_ended() {
    let offer = CallAction::Offer {
        call_id: "C1".to_owned(),
        call_creator: "777:3@lid".parse().unwrap(),
        caller_pn: Some(Jid::pn(EVA)),
        caller_country_code: None,
        device_class: None,
        joinable: false,
        is_video: true,
        audio: Vec::new(),
        group_jid: None,
    };
    let body = json!({
        "callId": "C1", "from": eva(), "video": true, "groupId": null, "at": "1970-01-01T00:00:00.000Z",
    });
    assert_eq!(told(&call(offer)), Some(("call.received", body)));
    for (reason, shown) in [
        (None, "missed"),
        (Some("timeout"), "missed"),
        (Some("accepted_elsewhere"), "acceptedElsewhere"),
        (Some("rejected_elsewhere"), "rejectedElsewhere"),
        (Some("hangup"), "terminated"),
    ] {
        let (kind, body) = told(&terminate(reason)).unwrap();
        assert_eq!((kind, &body["reason"]), ("call.ended", &json!(shown)));
        assert_eq!(body["from"]["lid"], "777");
    }
}

#[test]
fn a_call_that_rang_while_nobody_was_connected_is_missed() {
    let missed = MissedCall::new(
        Jid::pn(EVA),
        "C1".to_owned(),
        DateTime::UNIX_EPOCH,
        MissedReason::Offline,
    );
    let (kind, body) = told(&Event::MissedCall(missed)).unwrap();
    assert_eq!((kind, &body["reason"]), ("call.ended", &json!("missed")));
    assert_eq!(body["from"]["phone"], EVA);
}

#[test]
fn what_a_call_says_beside_its_beginning_and_end_is_not_told() {
    let preaccept = CallAction::PreAccept {
        call_id: "C1".to_owned(),
        call_creator: Jid::pn(EVA),
        audio: Vec::new(),
    };
    assert_eq!(told(&call(preaccept)), None);
}

#[test]
fn somebody_who_types_records_or_is_gone() {
    let source = MessageSource {
        chat: Jid::pn(EVA),
        sender: Jid::pn(EVA),
        ..Default::default()
    };
    for (state, media, shown) in [
        (ChatPresence::Composing, ChatPresenceMedia::Text, "typing"),
        (
            ChatPresence::Composing,
            ChatPresenceMedia::Audio,
            "recording",
        ),
        (ChatPresence::Paused, ChatPresenceMedia::Text, "paused"),
    ] {
        let update = ChatPresenceUpdate::builder()
            .source(source.clone())
            .state(state)
            .media(media)
            .build();
        let (kind, body) = told(&Event::ChatPresence(update)).unwrap();
        assert_eq!((kind, &body["state"]), ("presence.updated", &json!(shown)));
    }
    let gone = PresenceUpdate::builder()
        .from(Jid::pn(EVA))
        .unavailable(true)
        .last_seen(DateTime::UNIX_EPOCH)
        .build();
    let (_, body) = told(&Event::Presence(gone)).unwrap();
    assert_eq!(
        (&body["state"], &body["lastSeen"]),
        (&json!("offline"), &json!("1970-01-01T00:00:00.000Z"))
    );
}

#[test]
fn a_message_that_cannot_be_read_is_told_unless_a_chat_would_hide_it() {
    let message = |mode| {
        let info = MessageInfo {
            id: "3EB0AB".into(),
            source: MessageSource {
                chat: Jid::group("120363000000000000"),
                sender: "777:3@lid".parse().unwrap(),
                sender_alt: Some(Jid::pn(EVA)),
                is_group: true,
                ..Default::default()
            },
            ..Default::default()
        };
        Event::UndecryptableMessage(
            UndecryptableMessage::builder()
                .info(Arc::new(info))
                .is_unavailable(false)
                .unavailable_type(UnavailableType::Unknown)
                .decrypt_fail_mode(mode)
                .build(),
        )
    };
    let (kind, body) = told(&message(DecryptFailMode::Show)).unwrap();
    assert_eq!(kind, "message.pendingDecrypt");
    assert_eq!(
        (&body["waId"], &body["chatId"], &body["sender"]),
        (&json!("3EB0AB"), &json!("120363000000000000@g.us"), &eva())
    );
    assert_eq!(told(&message(DecryptFailMode::Hide)), None);
}

#[test]
fn a_changed_number_is_told_with_both_people() {
    let changed = ContactNumberChanged::builder()
        .old_jid(Jid::pn(EVA))
        .new_jid(Jid::pn("5511900000004"))
        .old_lid("777@lid".parse().unwrap())
        .timestamp(DateTime::UNIX_EPOCH)
        .build();
    let (kind, body) = told(&Event::ContactNumberChanged(changed)).unwrap();
    assert_eq!(kind, "contact.numberChanged");
    assert_eq!(
        (&body["old"], &body["new"]["phone"]),
        (&eva(), &json!("5511900000004"))
    );
}
