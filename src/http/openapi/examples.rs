//! One of each thing that is answered in several places.

use serde_json::Value;
use serde_json::json;

pub(super) fn session() -> Value {
    json!({
        "id": "support", "clientId": "acme", "name": "Support desk", "state": "connected", "cause": null,
        "since": "2026-11-24T03:22:10.480Z", "desired": "running", "phone": "5511999998888", "lid": "123456789012345",
        "pushName": "Acme", "lastActivityAt": "2026-11-24T03:25:00.120Z", "linking": null, "linkFailure": null,
        "lastFrameAt": "2026-11-24T03:25:01.007Z", "lastPongAt": null, "reconnects": 0, "queueDepth": 0,
        "nextRetryAt": null, "restarts": 0, "createdAt": "2026-11-24T03:21:53.007Z",
    })
}

/// The same without a phone.
pub(super) fn unlinked(state: &str) -> Value {
    let mut session = session();
    session["state"] = state.into();
    for name in ["phone", "lid", "pushName", "lastActivityAt", "lastFrameAt"] {
        session[name] = Value::Null;
    }
    session
}

pub(super) fn linking() -> Value {
    json!({
        "step": "qr", "until": "2026-11-24T03:22:53.007Z", "number": 1, "of": 5,
        "todo": "Open WhatsApp on the phone, go to Linked devices, and scan the code.",
    })
}

pub(super) fn with(mut value: Value, members: &Value) -> Value {
    for (name, member) in members.as_object().into_iter().flatten() {
        value[name] = member.clone();
    }
    value
}

pub(super) fn message() -> Value {
    json!({
        "id": "msg_01KAT000000000000000000000", "waId": "3EB0C767D26A1B2C4D5E", "sessionId": "support",
        "clientId": "acme", "chatId": "5511988887777@c.us", "phone": "5511988887777", "lid": null,
        "sender": {"chatId": "5511999998888@c.us", "phone": "5511999998888", "lid": null}, "senderName": null,
        "direction": "out", "type": "text", "text": "Hello", "state": "sent",
        "states": {"queued": "2026-11-24T03:21:53.007Z", "sent": "2026-11-24T03:21:53.250Z"}, "failure": null,
        "expiresAt": "2026-11-25T03:21:53.007Z", "editedAt": null, "revokedAt": null,
        "at": "2026-11-24T03:21:53.007Z",
    })
}

pub(super) fn event() -> Value {
    json!({
        "id": "evt_01KAT000000000000000000000", "type": "message.received", "seq": 7,
        "at": "2026-11-24T03:21:53.250Z", "sessionId": "support", "clientId": "acme",
        "data": with(message(), &json!({
            "sender": {"chatId": "5511988887777@c.us", "phone": "5511988887777", "lid": null}, "senderName": "Ana",
            "direction": "in", "state": null, "states": {}, "expiresAt": null,
        })),
    })
}

pub(super) fn webhook() -> Value {
    json!({
        "id": "whk_01KAT000000000000000000000", "scope": "client", "clientId": "acme",
        "url": "https://example.com/wamux", "events": ["message.*"], "headers": {"authorization": "***"},
        "enabled": true, "disabledReason": null, "createdAt": "2026-11-24T03:21:53.007Z", "secretRotatedAt": null,
        "previousSecretUntil": null,
        "health": {"pausedUntil": null, "failuresInRow": 0, "pending": 0, "lastSuccessAt": null, "lastFailureAt": null},
    })
}

pub(super) fn delivery() -> Value {
    json!({
        "eventId": "evt_01KAT000000000000000000000", "webhookId": "whk_01KAT000000000000000000000",
        "state": "failed", "attempts": 24, "firstAttemptAt": "2026-11-24T03:21:53.007Z", "nextAttemptAt": null,
        "lastStatus": 500, "lastFailure": "status",
    })
}

pub(super) fn delivery_with_history() -> Value {
    with(
        delivery(),
        &json!({
            "history": [{
                "number": 1, "at": "2026-11-24T03:21:53.007Z", "status": null,
                "failure": {"code": "timeout", "detail": "there was no complete answer within 15 s"}, "ms": 15001,
                "excerpt": null,
            }],
            "event": event(),
        }),
    )
}

pub(super) fn link_status() -> Value {
    json!({
        "version": 183_160_412_570_711_u64, "state": "linking", "linking": linking(), "linkFailure": null,
        "phone": null,
        "branding": {"name": "Example Shop", "color": "#1a7f37", "logo": null}, "locale": "pt",
        "returnUrl": "https://example.com/done", "expiresAt": "2026-11-24T04:21:53.007Z",
    })
}
