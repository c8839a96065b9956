//! From our words to WhatsApp's: ids, texts, refusals.

use crate::domain::chat::ChatId;
use crate::domain::id::WaId;
use crate::whatsapp::error::WhatsAppError;
use crate::whatsapp::error::chain;
use whatsapp_rust::ErrorChainExt;
use whatsapp_rust::Jid;
use whatsapp_rust::SendError;
use whatsapp_rust::SendOptions;
use whatsapp_rust::wacore::proto_helpers::MessageBuilderExt;
use whatsapp_rust::waproto::whatsapp as wa;

/// The library's form of a chat id.
pub(super) fn jid(chat: &ChatId) -> Result<Jid, WhatsAppError> {
    match chat {
        ChatId::Person(phone) => Ok(Jid::pn(phone.as_str())),
        ChatId::Lid(lid) => Ok(Jid::lid(lid.as_str())),
        ChatId::Group(user) => Ok(Jid::group(user.as_str())),
        ChatId::Newsletter(_) | ChatId::Status => Err(WhatsAppError::UnsupportedChat),
    }
}

/// Hands a text to the connection under an id that is fixed already, so that a second attempt is the same message.
pub(super) async fn send_text(
    client: &whatsapp_rust::Client,
    to: &ChatId,
    text: &str,
    id: &WaId,
) -> Result<(), WhatsAppError> {
    // A message that came in can have begun a new sending chain, under a random key that is only in memory yet. The
    // library does not write it before it sends with it (whatsapp-rust 0.7.0, `agent_docs/signal_durability.md`:
    // "decrypt-side advances are not pre-wire gated"), and after a sudden end the recipient could read nothing more.
    client
        .flush_pending_signal_state()
        .await
        .map_err(|error| WhatsAppError::refused(&error, true))?;
    let options = SendOptions::default().with_message_id(id.as_str());
    match client
        .send_message_with_options(jid(to)?, wa::Message::text(text), options)
        .await
    {
        Ok(_) => Ok(()),
        Err(
            SendError::Client(whatsapp_rust::ClientError::NotConnected) | SendError::NotLoggedIn,
        ) => Err(WhatsAppError::NotConnected),
        Err(error) => Err(refusal(&error)),
    }
}

/// A failed call, with the server's code in the text where it gave one.
pub(super) fn refusal<E: ErrorChainExt + std::error::Error + 'static>(error: &E) -> WhatsAppError {
    const WORTH_ANOTHER_TRY: [u16; 3] = [429, 500, 503];
    let rejected = error.server_rejection();
    let retryable = rejected
        .as_ref()
        .is_none_or(|rejection| WORTH_ANOTHER_TRY.contains(&rejection.code));
    WhatsAppError::Refused {
        detail: chain(error),
        retryable,
    }
}
