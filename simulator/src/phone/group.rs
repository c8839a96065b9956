//! Group encryption by sender keys: one ciphertext for everybody, and the key for it sent to each device once.

use wacore_libsignal::protocol::SenderKeyDistributionMessage;
use wacore_libsignal::protocol::SenderKeyName;
use wacore_libsignal::protocol::create_sender_key_distribution_message;
use wacore_libsignal::protocol::group_decrypt;
use wacore_libsignal::protocol::group_encrypt;
use wacore_libsignal::protocol::process_sender_key_distribution_message;
use waproto::buffa::MessageField;
use waproto::whatsapp as wa;

use crate::phone::Address;
use crate::phone::Phone;
use crate::phone::PhoneError;
use crate::phone::sealing::unpad;
use crate::phone::signal::now;

/// A message for a group.
#[derive(Debug)]
pub struct GroupSealed {
    /// The sender key, to be sealed for each device that has not got it yet (sending it again does no harm).
    pub distribution: wa::Message,
    /// The content of the `<enc type="skmsg">`.
    pub bytes: Vec<u8>,
}

impl Phone {
    /// Encrypts `message` for the group with this JID.
    pub fn seal_group(
        &mut self,
        group: &str,
        message: &wa::Message,
    ) -> Result<GroupSealed, PhoneError> {
        let name = key_name(group, &self.address());
        let padded = self.pad(message);
        let mut rng = self.draws.next();
        let store = &mut self.signal.sender_keys;
        let key = now(create_sender_key_distribution_message(
            &name, store, &mut rng,
        ))?;
        let sealed = now(group_encrypt(store, &name, &padded, &mut rng))?;
        Ok(GroupSealed {
            distribution: distribution(group, &key),
            bytes: sealed.serialized().to_vec(),
        })
    }

    /// Decrypts the content of an `<enc type="skmsg">` from a member's device.
    pub fn open_group(
        &mut self,
        group: &str,
        from: &Address,
        bytes: &[u8],
    ) -> Result<wa::Message, PhoneError> {
        let name = key_name(group, from);
        unpad(&now(group_decrypt(
            bytes,
            &mut self.signal.sender_keys,
            &name,
        ))?)
    }

    /// Makes the next message to the group use a new sender key, as after a member has left.
    pub fn renew_sender_key(&mut self, group: &str) {
        let name = key_name(group, &self.address());
        self.signal.sender_keys.forget(&name);
    }

    pub(super) fn learn_sender_key(
        &mut self,
        from: &Address,
        message: &wa::message::SenderKeyDistributionMessage,
    ) -> Result<(), PhoneError> {
        let name = key_name(message.group_id.as_deref().unwrap_or_default(), from);
        let bytes = message
            .axolotl_sender_key_distribution_message
            .as_deref()
            .unwrap_or_default();
        let key = SenderKeyDistributionMessage::try_from(bytes)?;
        now(process_sender_key_distribution_message(
            &name,
            &key,
            &mut self.signal.sender_keys,
        ))
    }
}

fn key_name(group: &str, sender: &Address) -> SenderKeyName {
    SenderKeyName::from_parts(group, &sender.to_string())
}

fn distribution(group: &str, key: &SenderKeyDistributionMessage) -> wa::Message {
    let inner = wa::message::SenderKeyDistributionMessage {
        group_id: Some(group.to_owned()),
        axolotl_sender_key_distribution_message: Some(key.serialized().to_vec()),
    };
    wa::Message {
        sender_key_distribution_message: MessageField::some(inner),
        ..wa::Message::default()
    }
}
