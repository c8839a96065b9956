//! One-to-one encryption: a message for one device, padded as WhatsApp pads it, and back.

use rand::RngExt;
use serde::Deserialize;
use serde::Serialize;
use wacore_libsignal::protocol::CiphertextMessage;
use wacore_libsignal::protocol::CiphertextMessageType;
use wacore_libsignal::protocol::IdentityKey;
use wacore_libsignal::protocol::PreKeyBundle;
use wacore_libsignal::protocol::PreKeySignalMessage;
use wacore_libsignal::protocol::ProtocolAddress;
use wacore_libsignal::protocol::PublicKey;
use wacore_libsignal::protocol::SignalMessage;
use wacore_libsignal::protocol::UsePQRatchet;
use wacore_libsignal::protocol::message_decrypt;
use wacore_libsignal::protocol::message_encrypt;
use wacore_libsignal::protocol::process_prekey_bundle;
use waproto::codec;
use waproto::whatsapp as wa;

use crate::phone::Address;
use crate::phone::Bundle;
use crate::phone::Phone;
use crate::phone::PhoneError;
use crate::phone::signal::now;

/// Padding is 1 to 16 bytes, each of which says how many there are.
const MAX_PADDING: u8 = 16;

/// A ciphertext for one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Which kind of `<enc>` it is.
    pub kind: SealedKind,
    /// The content of the `<enc>`.
    pub bytes: Vec<u8>,
}

/// The type attribute of an `<enc>` for one device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SealedKind {
    /// Opens a session: `pkmsg`; the stanza must carry the sender's `<device-identity>` unless a phone sends it.
    PreKey,
    /// Continues one: `msg`.
    Message,
}

impl SealedKind {
    /// The attribute's value on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PreKey => "pkmsg",
            Self::Message => "msg",
        }
    }
}

impl Phone {
    /// Whether a message to this device can be sealed without its bundle.
    pub fn has_session(&self, to: &Address) -> bool {
        self.signal.sessions.contains(&protocol_address(to))
    }

    /// Encrypts `message` for one device. Without a session it makes one from `bundle`; with one, `bundle` is
    /// ignored.
    pub fn seal(
        &mut self,
        to: &Address,
        bundle: Option<&Bundle>,
        message: &wa::Message,
    ) -> Result<Sealed, PhoneError> {
        let address = protocol_address(to);
        if !self.signal.sessions.contains(&address) {
            let bundle = bundle.ok_or_else(|| PhoneError::NoSession { to: to.clone() })?;
            self.begin_session(&address, to.device, bundle)?;
        }
        let padded = self.pad(message);
        let signal = &mut self.signal;
        let sealed = now(message_encrypt(
            &padded,
            &address,
            &mut signal.sessions,
            &mut signal.identities,
        ))?;
        let kind = match sealed.message_type() {
            CiphertextMessageType::PreKey => SealedKind::PreKey,
            _ => SealedKind::Message,
        };
        Ok(Sealed {
            kind,
            bytes: sealed.serialize().to_vec(),
        })
    }

    /// Decrypts the content of an `<enc type=kind>` from one device. A sender key inside is learnt at once, as a
    /// client does it.
    pub fn open(
        &mut self,
        from: &Address,
        kind: &str,
        bytes: &[u8],
    ) -> Result<wa::Message, PhoneError> {
        let sealed = match kind {
            "pkmsg" => {
                CiphertextMessage::PreKeySignalMessage(PreKeySignalMessage::try_from(bytes)?)
            }
            "msg" => CiphertextMessage::SignalMessage(SignalMessage::try_from(bytes)?),
            _ => {
                return Err(PhoneError::Kind {
                    kind: kind.to_owned(),
                });
            }
        };
        let plaintext = self.decrypt(from, &sealed)?;
        let message = unpad(&plaintext)?;
        if let Some(distribution) = message.sender_key_distribution_message.as_option() {
            self.learn_sender_key(from, distribution)?;
        }
        Ok(message)
    }

    /// The message as it is encrypted: its protobuf form and 1 to 16 bytes of padding.
    pub(super) fn pad(&mut self, message: &wa::Message) -> Vec<u8> {
        let len = self.draws.next().random_range(1..=MAX_PADDING);
        let mut padded = codec::message_to_vec(message);
        padded.resize(padded.len() + usize::from(len), len);
        padded
    }

    fn begin_session(
        &mut self,
        address: &ProtocolAddress,
        device: u16,
        bundle: &Bundle,
    ) -> Result<(), PhoneError> {
        let bundle = library_bundle(device, bundle)?;
        let mut rng = self.draws.next();
        let signal = &mut self.signal;
        now(process_prekey_bundle(
            address,
            &mut signal.sessions,
            &mut signal.identities,
            &bundle,
            &mut rng,
            UsePQRatchet::No,
        ))?;
        Ok(())
    }

    fn decrypt(
        &mut self,
        from: &Address,
        sealed: &CiphertextMessage,
    ) -> Result<Vec<u8>, PhoneError> {
        let address = protocol_address(from);
        let mut rng = self.draws.next();
        let signal = &mut self.signal;
        let opened = now(message_decrypt(
            sealed,
            &address,
            &mut signal.sessions,
            &mut signal.identities,
            &mut signal.pre_keys,
            &signal.signed_pre_keys,
            &mut rng,
            UsePQRatchet::No,
        ))?;
        if let Some(id) = opened.consumed_prekey_id {
            signal.pre_keys.spend(id);
        }
        Ok(opened.plaintext)
    }
}

/// The library's name for a device.
pub(super) fn protocol_address(address: &Address) -> ProtocolAddress {
    ProtocolAddress::new(&address.user, u32::from(address.device).into())
}

/// Strips the padding and reads the message.
pub(super) fn unpad(plaintext: &[u8]) -> Result<wa::Message, PhoneError> {
    let padding = usize::from(*plaintext.last().ok_or(PhoneError::Padding)?);
    let end = plaintext
        .len()
        .checked_sub(padding)
        .filter(|_| padding > 0)
        .ok_or(PhoneError::Padding)?;
    codec::message_decode(&plaintext[..end]).map_err(|source| PhoneError::Protobuf {
        what: "decrypted message",
        source,
    })
}

fn library_bundle(device: u16, bundle: &Bundle) -> Result<PreKeyBundle, PhoneError> {
    let one_time = match &bundle.one_time {
        Some(key) => Some((
            key.id.into(),
            PublicKey::from_djb_public_key_bytes(&key.public)?,
        )),
        None => None,
    };
    let signed = &bundle.signed_pre_key;
    Ok(PreKeyBundle::new(
        bundle.registration_id,
        u32::from(device).into(),
        one_time,
        signed.id.into(),
        PublicKey::from_djb_public_key_bytes(&signed.public)?,
        signed.signature.clone(),
        IdentityKey::new(PublicKey::from_djb_public_key_bytes(&bundle.identity)?),
    )?)
}
