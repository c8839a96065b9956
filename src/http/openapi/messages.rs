//! Messages and chats.

use super::examples;
use super::operation::Operation;
use super::operation::get;
use super::operation::post;
use super::schemas::search;
use super::schemas::texts;
use crate::domain::id::MessageId;
use crate::domain::message::Chat;
use crate::domain::message::Message;
use crate::domain::message::MessageState;
use crate::http::Limits;
use crate::http::auth::Scope;
use crate::http::error::Code;
use crate::http::messages::SendBody;
use crate::http::messages::timeline::Timeline;
use crate::http::openapi::inputs::AnyChatId;
use serde_json::json;

pub(super) const TAG: &str = "messages";

pub(super) fn operations(limits: &Limits) -> Vec<Operation> {
    let show = of_one(get("/api/messages/{id}", "getMessage", "Look at a message"))
        .needs(Scope::Read)
        .about("For groups, `recipients` says how far it is at each one.")
        .answers::<Message>(200, "The message.", examples::message());
    let failed = json!({
        "state": "failed", "states": {"queued": "2026-11-24T03:21:53.007Z", "failed": "2026-11-24T03:22:01.000Z"},
        "failure": {"code": "cancelled", "detail": "it was cancelled while it waited", "retryable": true},
    });
    let cancel = of_one(post(
        "/api/messages/{id}/cancel",
        "cancelMessage",
        "Take back a message that has not left yet",
    ))
    .needs(Scope::Send)
    .once()
    .answers::<Message>(
        200,
        "It has failed as `cancelled`.",
        examples::with(examples::message(), &failed),
    )
    .fails(&[Code::MessageNotWaiting, Code::SessionNotReady]);
    let timeline = of_one(get("/api/messages/{id}/timeline", "getMessageTimeline", "See what became of a message"))
        .needs(Scope::Read)
        .about("Its states, what its author did to it, and every attempt to tell a \
                webhook of it, for keys that may look at that webhook.")
        .answers::<Timeline>(200, "Oldest first.", json!({"data": [
            {"at": "2026-11-24T03:21:53.007Z", "kind": "accepted"},
            {"at": "2026-11-24T03:21:53.250Z", "kind": "state", "state": "sent", "recipient": null, "failure": null},
        ]}));
    vec![
        send(limits),
        show,
        cancel,
        timeline,
        list(limits),
        chats(limits),
    ]
}

fn send(limits: &Limits) -> Operation {
    let wait = format!(
        "`respond-async` answers 202 at once, `wait=5` waits so many seconds, {} at the most.",
        limits.send_wait_max.as_secs()
    );
    let queued = json!({"state": "queued", "states": {"queued": "2026-11-24T03:21:53.007Z"}});
    post("/api/messages/send", "sendMessage", "Send a text")
        .needs(Scope::Send)
        .about(
            "It is accepted when it is on disk, is sent once, in the order of its \
                chat, and waits while the session is not connected.",
        )
        .once()
        .header(
            "Prefer",
            texts()
                .pattern(Some(r"^(respond-async|wait=[0-9]{1,6})$"))
                .examples(["respond-async"]),
            &wait,
        )
        .strict()
        .body::<SendBody>(json!({"sessionId": "support", "to": "+5511988887777", "text": "Hello"}))
        .longest::<SendBody>("text", limits.text_bytes)
        .answers::<Message>(200, "WhatsApp's server has it.", examples::message())
        .answers::<Message>(
            202,
            "It is accepted, and the outcome not known yet.",
            examples::with(examples::message(), &queued),
        )
        .fails(&[
            Code::SessionNotFound,
            Code::SessionNotReady,
            Code::MessageCancelled,
            Code::NotOnWhatsApp,
            Code::UnsupportedRecipient,
            Code::MessageExpired,
            Code::RefusedByWhatsApp,
            Code::QueueFull,
            Code::RefusedForNow,
            Code::Unavailable,
            Code::Timeout,
        ])
}

fn list(limits: &Limits) -> Operation {
    let states = MessageState::ALL.map(MessageState::as_str).join("|");
    let states = texts().pattern(Some(format!("^({states})(,({states}))*$")));
    get(
        "/api/sessions/{id}/messages",
        "listMessages",
        "List what a session sent and received, newest first",
    )
    .of_session()
    .needs(Scope::Read)
    .query::<AnyChatId>("chatId", "One chat's: a person by number or LID alike.")
    .query_like(
        "q",
        search(),
        "With this in the text, in capitals or small letters.",
    )
    .query_like(
        "state",
        states.examples(["queued,sending"]),
        "In one of these states, with commas between them.",
    )
    .pages::<Message>(limits.page_max, "The messages.", &examples::message())
}

fn chats(limits: &Limits) -> Operation {
    let chat = json!({
        "chatId": "5511988887777@c.us", "phone": "5511988887777", "lid": null, "name": "Ana", "isGroup": false,
        "lastMessage": examples::message(),
    });
    get(
        "/api/sessions/{id}/chats",
        "listChats",
        "List a session's conversations, the one with the newest message first",
    )
    .of_session()
    .needs(Scope::Read)
    .query_like("q", search(), "With this in the name, number, LID or id.")
    .pages::<Chat>(limits.page_max, "The chats.", &chat)
}

fn of_one(operation: Operation) -> Operation {
    operation
        .part::<MessageId>("id", "The message.")
        .strict()
        .fails(&[
            Code::MessageNotFound,
            Code::Unavailable,
            Code::StorageFailed,
            Code::Timeout,
        ])
}
