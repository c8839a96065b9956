//! Retries: a device that cannot decrypt asks for the message again, and the sender answers over a fresh session.

use std::collections::VecDeque;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use waproto::codec;
use waproto::whatsapp as wa;

use crate::phone::Address;
use crate::phone::Bundle;
use crate::phone::Phone;
use crate::phone::PhoneError;
use crate::phone::Sealed;
use crate::phone::sealing::protocol_address;

/// How many sent messages a phone can send again; the oldest are forgotten first.
const MAX_SENT: usize = 2_048;

/// The last sent messages, oldest first.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Sent(VecDeque<SentMessage>);

#[derive(Serialize, Deserialize)]
struct SentMessage {
    id: String,
    message: Encoded,
}

/// A message in its protobuf form, base64 when serialised.
struct Encoded(Vec<u8>);

impl Phone {
    /// Keeps a sent message for [`Phone::resend`].
    pub fn remember(&mut self, id: &str, message: &wa::Message) {
        let sent = &mut self.sent.0;
        sent.push_back(SentMessage {
            id: id.to_owned(),
            message: Encoded(codec::message_to_vec(message)),
        });
        if sent.len() > MAX_SENT {
            sent.pop_front();
        }
    }

    /// Answers a retry receipt: seals the message `id` again for the one device that asked. Pass the bundle from
    /// the receipt's `<keys>`, or one from the server; the old session is dropped when there is one.
    pub fn resend(
        &mut self,
        to: &Address,
        id: &str,
        bundle: Option<&Bundle>,
    ) -> Result<Sealed, PhoneError> {
        let forgotten = || PhoneError::Forgotten { id: id.to_owned() };
        let sent = self
            .sent
            .0
            .iter()
            .rev()
            .find(|sent| sent.id == id)
            .ok_or_else(forgotten)?;
        let message =
            codec::message_decode(&sent.message.0).map_err(|source| PhoneError::Protobuf {
                what: "sent message",
                source,
            })?;
        if bundle.is_some() {
            self.forget_session(to);
        }
        self.seal(to, bundle, &message)
    }

    /// Drops the session with a device, so that the next message to it needs its bundle and opens a new one. A
    /// simulated phone that loses its memory does this to all.
    pub fn forget_session(&mut self, with: &Address) {
        self.signal.sessions.forget(&protocol_address(with));
    }
}

impl Serialize for Encoded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        BASE64_STANDARD.encode(&self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Encoded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64_STANDARD
            .decode(text)
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}
