//! What simulated phones say, and how they read what others say.

use waproto::buffa::MessageField;
use waproto::whatsapp::{self as wa, message::ReactionMessage};

/// A plain text.
pub fn text(text: &str) -> wa::Message {
    wa::Message {
        conversation: Some(text.to_owned()),
        ..Default::default()
    }
}

/// Which message a phone reacts to.
#[derive(Debug, Clone)]
pub struct Reacted {
    /// Jid of the chat.
    pub chat: String,
    /// Id of the message.
    pub id: String,
    /// Whether the phone's own account wrote it.
    pub from_me: bool,
    /// In groups, who wrote it.
    pub participant: Option<String>,
}

/// A reaction; an empty emoji takes it back.
pub fn reaction(to: Reacted, emoji: &str, now: u64) -> wa::Message {
    let key = wa::MessageKey {
        remote_jid: Some(to.chat),
        from_me: Some(to.from_me),
        id: Some(to.id),
        participant: to.participant,
    };
    let reaction = ReactionMessage {
        key: MessageField::some(key),
        text: Some(emoji.to_owned()),
        sender_timestamp_ms: i64::try_from(now * 1000).ok(),
        ..Default::default()
    };
    wa::Message {
        reaction_message: MessageField::some(reaction),
        ..Default::default()
    }
}

/// The attribute `type` of a `<message>` with this content.
pub(super) fn stanza_type(message: &wa::Message) -> &'static str {
    match kind(message).0 {
        "text" | "other" => "text",
        "reaction" => "reaction",
        _ => "media",
    }
}

/// The name and the text of what a message holds, wrappers taken off.
pub(super) fn kind(message: &wa::Message) -> (&'static str, Option<String>) {
    if let Some(text) = &message.conversation {
        return ("text", Some(text.clone()));
    }
    if let Some(extended) = message.extended_text_message.as_option() {
        return ("text", extended.text.clone());
    }
    if let Some(inner) = wrapped(message) {
        return kind(inner);
    }
    media(message)
        .or_else(|| special(message))
        .unwrap_or(("other", None))
}

fn media(message: &wa::Message) -> Option<(&'static str, Option<String>)> {
    if let Some(image) = message.image_message.as_option() {
        return Some(("image", image.caption.clone()));
    }
    if let Some(video) = message.video_message.as_option() {
        return Some(("video", video.caption.clone()));
    }
    if let Some(document) = message.document_message.as_option() {
        return Some((
            "document",
            document
                .caption
                .clone()
                .or_else(|| document.file_name.clone()),
        ));
    }
    if message.audio_message.as_option().is_some() {
        return Some(("audio", None));
    }
    if message.sticker_message.as_option().is_some() {
        return Some(("sticker", None));
    }
    None
}

fn special(message: &wa::Message) -> Option<(&'static str, Option<String>)> {
    if let Some(reaction) = message.reaction_message.as_option() {
        return Some(("reaction", reaction.text.clone()));
    }
    if let Some(location) = message.location_message.as_option() {
        return Some(("location", location.name.clone()));
    }
    if let Some(contact) = message.contact_message.as_option() {
        return Some(("contact", contact.display_name.clone()));
    }
    if let Some(poll) = message
        .poll_creation_message
        .as_option()
        .or_else(|| message.poll_creation_message_v3.as_option())
    {
        return Some(("poll", poll.name.clone()));
    }
    if let Some(protocol) = message.protocol_message.as_option() {
        return Some(protocol_kind(protocol));
    }
    None
}

fn protocol_kind(protocol: &wa::message::ProtocolMessage) -> (&'static str, Option<String>) {
    use wa::message::protocol_message::Type;
    match protocol.r#type {
        Some(Type::REVOKE) => ("revoke", None),
        Some(Type::MESSAGE_EDIT) => {
            let edited = protocol.edited_message.as_option();
            ("edit", edited.and_then(|edited| kind(edited).1))
        }
        _ => ("protocol", None),
    }
}

fn wrapped(message: &wa::Message) -> Option<&wa::Message> {
    let wrappers = [
        &message.ephemeral_message,
        &message.view_once_message,
        &message.view_once_message_v2,
        &message.document_with_caption_message,
        &message.edited_message,
    ];
    wrappers.into_iter().find_map(|wrapper| {
        wrapper
            .as_option()
            .and_then(|wrapper| wrapper.message.as_option())
    })
}
