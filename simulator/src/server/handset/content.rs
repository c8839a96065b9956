//! What simulated phones say, and how they read what others say.

use waproto::buffa::MessageField;
use waproto::whatsapp::{
    self as wa,
    message::{FutureProofMessage, ProtocolMessage, ReactionMessage, protocol_message::Type},
};

/// A plain text.
pub fn text(text: &str) -> wa::Message {
    wa::Message {
        conversation: Some(text.to_owned()),
        ..Default::default()
    }
}

/// Which message a phone does something to.
#[derive(Debug, Clone)]
pub struct Named {
    /// Jid of the chat.
    pub chat: String,
    /// Id of the message.
    pub id: String,
    /// Whether the phone's own account wrote it.
    pub from_me: bool,
    /// In groups, who wrote it.
    pub participant: Option<String>,
}

impl From<Named> for wa::MessageKey {
    fn from(named: Named) -> Self {
        Self {
            remote_jid: Some(named.chat),
            from_me: Some(named.from_me),
            id: Some(named.id),
            participant: named.participant,
        }
    }
}

/// A message written anew, in the wrapping that phones put around it.
pub fn edit(of: Named, text: &str, now: u64) -> wa::Message {
    let edit = ProtocolMessage {
        key: MessageField::some(of.into()),
        r#type: Some(Type::MESSAGE_EDIT),
        edited_message: MessageField::some(self::text(text)),
        timestamp_ms: i64::try_from(now * 1000).ok(),
        ..Default::default()
    };
    let wrapped = FutureProofMessage {
        message: MessageField::some(wa::Message {
            protocol_message: MessageField::some(edit),
            ..Default::default()
        }),
    };
    wa::Message {
        edited_message: MessageField::some(wrapped),
        ..Default::default()
    }
}

/// A message deleted for everybody.
pub fn revocation(of: Named) -> wa::Message {
    let revocation = ProtocolMessage {
        key: MessageField::some(of.into()),
        r#type: Some(Type::REVOKE),
        ..Default::default()
    };
    wa::Message {
        protocol_message: MessageField::some(revocation),
        ..Default::default()
    }
}

/// A reaction; an empty emoji takes it back.
pub fn reaction(to: Named, emoji: &str, now: u64) -> wa::Message {
    let reaction = ReactionMessage {
        key: MessageField::some(to.into()),
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
        "text" | "other" | "edit" | "revoke" | "protocol" => "text",
        "reaction" => "reaction",
        _ => "media",
    }
}

/// The attribute `edit` of a `<message>` that does something to another one of the same author.
pub(super) fn edit_attribute(message: &wa::Message) -> Option<&'static str> {
    match kind(message).0 {
        "edit" => Some("1"),
        "revoke" => Some("7"),
        _ => None,
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

fn protocol_kind(protocol: &ProtocolMessage) -> (&'static str, Option<String>) {
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
