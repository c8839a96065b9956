//! What people do to messages: reactions, edits, revocations. They come as messages that name another one.

use crate::domain::chat::Party;
use crate::domain::fact::Change;
use crate::domain::fact::IncomingChange;
use crate::domain::fact::Target;
use crate::domain::id::WaId;
use crate::whatsapp::incoming::moment;
use crate::whatsapp::incoming::person;
use whatsapp_rust::Jid;
use whatsapp_rust::types::message::EditAttribute;
use whatsapp_rust::types::message::MessageInfo;
use whatsapp_rust::wacore::proto_helpers::MessageExt;
use whatsapp_rust::waproto::whatsapp as wa;
use whatsapp_rust::waproto::whatsapp::message::protocol_message::Type;

/// What somebody does to the message with this key.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Doing<'m> {
    key: &'m wa::MessageKey,
    what: What<'m>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What<'m> {
    React(Option<&'m str>),
    Edit(Option<&'m str>),
    Revoke,
}

/// What a message does to another one; none when it is one by itself. The library has opened sealed edits already.
pub(super) fn doing(message: &wa::Message) -> Option<Doing<'_>> {
    let base = message.get_base_message();
    if let Some(reaction) = base.reaction_message.as_option() {
        let emoji = reaction.text.as_deref().filter(|emoji| !emoji.is_empty());
        return Some(Doing {
            key: reaction.key.as_option()?,
            what: What::React(emoji),
        });
    }
    let protocol = base.protocol_message.as_option()?;
    let what = match protocol.r#type {
        Some(Type::REVOKE) => What::Revoke,
        Some(Type::MESSAGE_EDIT) => {
            let edited = protocol.edited_message.as_option()?;
            What::Edit(edited.text_content().or_else(|| edited.get_caption()))
        }
        _ => return None,
    };
    Some(Doing {
        key: protocol.key.as_option()?,
        what,
    })
}

/// The change in our terms, by `sender` in `chat`; none when it names no message.
pub(super) async fn change(
    client: &whatsapp_rust::Client,
    info: &MessageInfo,
    doing: Doing<'_>,
    (chat, sender): (Party, Party),
) -> Option<IncomingChange> {
    let participant = participant(doing.key);
    let named = match &participant {
        Some(jid) => person(client, jid, None).await,
        None => None,
    };
    let me = Me {
        names: [client.pn(), client.lid()],
    };
    let from_me = info.source.is_from_me;
    let author = match author(&doing, info) {
        Author::Actor => (from_me, sender.clone()),
        Author::Named => {
            let is_me = participant.is_some_and(|jid| me.is(&jid));
            (is_me, named?)
        }
        Author::Other if from_me => (false, chat.clone()),
        Author::Other => (true, me.party()?),
    };
    Some(IncomingChange {
        wa_id: WaId::parse(&info.id).ok()?,
        chat,
        sender,
        from_me,
        target: Target {
            wa_id: WaId::parse(doing.key.id.as_deref()?).ok()?,
            from_me: author.0,
            sender: author.1,
        },
        change: told(&doing, info),
    })
}

fn participant(key: &wa::MessageKey) -> Option<Jid> {
    key.participant.as_deref()?.parse().ok()
}

/// Who wrote the message that is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Author {
    /// Who does something to it.
    Actor,
    /// The other one of two.
    Other,
    /// The one whom the key names.
    Named,
}

/// A key is written as its sender sees it: `from_me` means the one who does something. Only one's own messages can be
/// edited and revoked, whatever a key says, but for the admins of groups.
fn author(doing: &Doing<'_>, info: &MessageInfo) -> Author {
    let own = match doing.what {
        What::Edit(_) => true,
        What::Revoke => !by_admin(info),
        What::React(_) => doing.key.from_me.unwrap_or_default(),
    };
    match (own, info.source.is_group) {
        (true, _) => Author::Actor,
        (false, true) => Author::Named,
        (false, false) => Author::Other,
    }
}

/// WhatsApp's server lets nobody but a group's admins say so.
fn by_admin(info: &MessageInfo) -> bool {
    info.source.is_group && info.edit == EditAttribute::AdminRevoke
}

fn told(doing: &Doing<'_>, info: &MessageInfo) -> Change {
    let at = moment(info.timestamp);
    match doing.what {
        What::React(emoji) => Change::Reaction {
            emoji: emoji.map(ToOwned::to_owned),
            at,
        },
        What::Edit(text) => Change::Edited {
            text: text.map(ToOwned::to_owned),
            edited_at: at,
        },
        What::Revoke => Change::Revoked {
            by_admin: by_admin(info),
            revoked_at: at,
        },
    }
}

/// The account of a client, by the names that it has.
struct Me {
    names: [Option<Jid>; 2],
}

impl Me {
    fn is(&self, jid: &Jid) -> bool {
        let same = |name: &Jid| name.user_base() == jid.user_base() && name.server == jid.server;
        self.names.iter().flatten().any(same)
    }

    fn party(&self) -> Option<Party> {
        let [phone, lid] = &self.names;
        super::named(phone.as_ref().or(lid.as_ref())?, lid.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use whatsapp_rust::types::message::MessageSource;
    use whatsapp_rust::wacore::proto_helpers::MessageBuilderExt;
    use whatsapp_rust::waproto::buffa::MessageField;

    fn key(from_me: bool) -> wa::MessageKey {
        wa::MessageKey {
            id: Some("3EB0AB".to_owned()),
            from_me: Some(from_me),
            ..Default::default()
        }
    }

    fn reaction(key: wa::MessageKey, emoji: &str) -> wa::Message {
        wa::Message {
            reaction_message: MessageField::some(wa::message::ReactionMessage {
                key: MessageField::some(key),
                text: Some(emoji.to_owned()),
                ..Default::default()
            }),
            ..Default::default()
        }
    }

    fn protocol(r#type: Type, edited: Option<wa::Message>) -> wa::Message {
        wa::Message {
            protocol_message: MessageField::some(wa::message::ProtocolMessage {
                key: MessageField::some(key(true)),
                r#type: Some(r#type),
                edited_message: edited.map_or_else(MessageField::none, MessageField::some),
                ..Default::default()
            }),
            ..Default::default()
        }
    }

    fn wrapped(message: wa::Message) -> wa::Message {
        wa::Message {
            edited_message: MessageField::some(wa::message::FutureProofMessage {
                message: MessageField::some(message),
            }),
            ..Default::default()
        }
    }

    fn info(is_group: bool, edit: EditAttribute) -> MessageInfo {
        MessageInfo {
            source: MessageSource {
                is_group,
                ..Default::default()
            },
            edit,
            ..Default::default()
        }
    }

    #[test]
    fn an_empty_emoji_takes_the_reaction_back() {
        let given = reaction(key(true), "👍");
        assert_eq!(doing(&given).unwrap().what, What::React(Some("👍")));
        let taken_back = reaction(key(true), "");
        assert_eq!(doing(&taken_back).unwrap().what, What::React(None));
    }

    #[test]
    fn an_edit_is_found_with_and_without_its_wrapping_and_may_be_a_caption() {
        let text = wa::Message::text("new");
        let edit = protocol(Type::MESSAGE_EDIT, Some(text));
        assert_eq!(doing(&edit).unwrap().what, What::Edit(Some("new")));
        let edit = wrapped(edit);
        assert_eq!(doing(&edit).unwrap().what, What::Edit(Some("new")));
        let image = wa::Message {
            image_message: MessageField::some(wa::message::ImageMessage {
                caption: Some("below".to_owned()),
                ..Default::default()
            }),
            ..Default::default()
        };
        let edit = protocol(Type::MESSAGE_EDIT, Some(image));
        assert_eq!(doing(&edit).unwrap().what, What::Edit(Some("below")));
    }

    #[test]
    fn what_does_nothing_to_another_message_is_none() {
        assert_eq!(doing(&wa::Message::text("hello")), None);
        assert_eq!(doing(&protocol(Type::EPHEMERAL_SETTING, None)), None);
        let nameless = wa::Message {
            reaction_message: MessageField::some(wa::message::ReactionMessage::default()),
            ..Default::default()
        };
        assert_eq!(doing(&nameless), None);
    }

    #[test]
    fn nobody_edits_or_revokes_what_another_wrote_but_an_admin() {
        let of = |message: &wa::Message, is_group, edit| {
            author(&doing(message).unwrap(), &info(is_group, edit))
        };
        let edit = protocol(Type::MESSAGE_EDIT, Some(wa::Message::text("new")));
        assert_eq!(of(&edit, true, EditAttribute::AdminRevoke), Author::Actor);
        let revoke = protocol(Type::REVOKE, None);
        assert_eq!(
            of(&revoke, true, EditAttribute::SenderRevoke),
            Author::Actor
        );
        assert_eq!(of(&revoke, true, EditAttribute::AdminRevoke), Author::Named);
        assert_eq!(
            of(&revoke, false, EditAttribute::AdminRevoke),
            Author::Actor
        );
    }

    #[test]
    fn a_reaction_means_the_message_that_its_sender_sees_under_the_key() {
        let of = |from_me, is_group| {
            let reaction = reaction(key(from_me), "👍");
            author(
                &doing(&reaction).unwrap(),
                &info(is_group, EditAttribute::Empty),
            )
        };
        assert_eq!(of(true, false), Author::Actor);
        assert_eq!(of(true, true), Author::Actor);
        assert_eq!(of(false, false), Author::Other);
        assert_eq!(of(false, true), Author::Named);
    }
}
