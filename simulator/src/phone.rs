//! The brain of a simulated phone (device 0 of an account): its keys, its Signal sessions, the maths of pairing,
//! and the messages a real phone writes to its companions. It knows no sockets, no stanzas and no other accounts;
//! the server carries what it produces. Everything is synchronous and can be serialised in mid-conversation.

mod appstate;
mod bootstrap;
mod code;
mod gate;
mod group;
mod pairing;
mod records;
mod retry;
mod sealing;
mod signal;

use std::fmt;

use rand::Rng;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;
use wacore_libsignal::protocol::KeyPair;
use wacore_libsignal::protocol::SignalProtocolError;

pub use appstate::Change;
pub use appstate::Patch;
pub use bootstrap::Chat;
pub use bootstrap::PastMessage;
pub use code::CodeEntry;
pub use code::TypedCode;
pub use gate::Handover;
pub use gate::Introduction;
pub use gate::Prologue;
pub use gate::proves_continuity;
pub use group::GroupSealed;
pub use pairing::Qr;
pub use sealing::Sealed;
pub use sealing::SealedKind;

use crate::wire::certificate::public_bytes;

/// A Signal address. Both clients key their sessions by LID, whatever namespace a stanza uses, so a phone does too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Address {
    /// The user part of the LID, without device and server.
    pub user: String,
    /// The device number; 0 is the phone.
    pub device: u16,
}

impl Address {
    /// The address of `user`'s device number `device`.
    pub fn new(user: impl Into<String>, device: u16) -> Self {
        Self {
            user: user.into(),
            device,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.user, self.device)
    }
}

/// What somebody needs to open a Signal session with a device; keys are raw, without the type byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    /// The device's registration id.
    pub registration_id: u32,
    /// The device's identity key.
    pub identity: [u8; 32],
    /// The medium-term key.
    pub signed_pre_key: SignedPreKey,
    /// A key for one session only; absent when the server has run out of them.
    pub one_time: Option<PreKey>,
}

/// A signed pre-key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedPreKey {
    /// Its number, 24 bits on the wire.
    pub id: u32,
    /// The public key.
    pub public: [u8; 32],
    /// The identity key's `XEdDSA` signature (64 bytes) over `05` and the public key.
    pub signature: Vec<u8>,
}

/// A one-time pre-key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreKey {
    /// Its number, 24 bits on the wire.
    pub id: u32,
    /// The public key.
    pub public: [u8; 32],
}

/// Why a phone could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    /// The text is not what a client shows as a QR code.
    #[error(
        "not a pairing QR code: {reason}; pass the text that the client encodes, ref,noise,identity,secret[,platform]"
    )]
    Qr {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Bytes that should be a protobuf message are not.
    #[error("the {what} is not a protobuf message")]
    Protobuf {
        /// Which message was expected.
        what: &'static str,
        /// What the decoder said.
        #[source]
        source: waproto::buffa::DecodeError,
    },
    /// The companion's answer to pair-success does not hold.
    #[error("the device identity is refused: {reason}")]
    Identity {
        /// Which check failed.
        reason: &'static str,
    },
    /// Bytes of a pairing by code have a wrong length.
    #[error("the {what} has {found} bytes instead of {wanted}")]
    Length {
        /// What was measured.
        what: &'static str,
        /// Its length in bytes.
        found: usize,
        /// The length it should have.
        wanted: usize,
    },
    /// The key bundle does not open: the code that was typed is not the one the client shows.
    #[error("the pairing code does not match the one that the client shows")]
    WrongCode,
    /// A step of a link by passkey does not hold.
    #[error("the link by passkey is refused: {reason}")]
    Gate {
        /// What is wrong.
        reason: &'static str,
    },
    /// There is no session with this device and no bundle to make one from.
    #[error("no session with {to}; pass the device's bundle")]
    NoSession {
        /// The device.
        to: Address,
    },
    /// An `<enc>` of a kind that is neither `pkmsg` nor `msg`.
    #[error("cannot open an enc of type {kind}")]
    Kind {
        /// The type attribute.
        kind: String,
    },
    /// The padding of a decrypted message is malformed.
    #[error("the padding of a decrypted message is malformed")]
    Padding,
    /// A message that is asked for again is no longer, or never was, among the sent ones.
    #[error("message {id} is not among the last sent ones")]
    Forgotten {
        /// The message id.
        id: String,
    },
    /// The history could not be compressed.
    #[error("the history could not be compressed")]
    Compress(#[from] std::io::Error),
    /// A key has no valid encoding, or two keys do not agree.
    #[error("a key is malformed")]
    Key(#[from] wacore_libsignal::protocol::CurveError),
    /// The Signal protocol refused a step, for instance a message that does not authenticate.
    #[error("the Signal protocol refuses: {0}")]
    Signal(#[from] SignalProtocolError),
    /// A patch of the app state does not apply or does not authenticate.
    #[error("the app state patch is refused: {0}")]
    AppState(#[from] wacore_appstate::AppStateError),
}

impl PhoneError {
    /// Whether the message was refused for having been opened before.
    pub fn is_twin(&self) -> bool {
        matches!(
            self,
            Self::Signal(SignalProtocolError::DuplicatedMessage(..))
        )
    }
}

/// A simulated phone. Serialise it to keep its identity, its sessions and its app state over a restart; it holds
/// private keys.
#[derive(Serialize, Deserialize)]
pub struct Phone {
    user: String,
    raw_id: u32,
    identity: KeyPair,
    draws: Draws,
    signal: signal::Stores,
    app_state: appstate::AppState,
    sent: retry::Sent,
}

impl Phone {
    /// A new phone for the account with the LID user part `lid_user`; equal seeds give equal phones.
    pub fn new(rng: &mut StdRng, lid_user: &str) -> Self {
        let mut draws = Draws {
            seed: rng.random_bytes(),
            count: 0,
        };
        let mut rng = draws.next();
        let identity = KeyPair::generate(&mut rng);
        Self {
            user: lid_user.to_owned(),
            raw_id: rng.next_u32(),
            signal: signal::Stores::new(&identity, &mut rng),
            app_state: appstate::AppState::new(&mut rng),
            sent: retry::Sent::default(),
            identity,
            draws,
        }
    }

    /// The account's LID user part.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The account's identity key, raw; contacts and companions know the account by it.
    pub fn identity_public(&self) -> [u8; 32] {
        public_bytes(&self.identity)
    }

    /// The phone's own Signal address: device 0.
    pub fn address(&self) -> Address {
        Address::new(self.user.clone(), 0)
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Phone")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// The phone's randomness: a stream of generators that can be serialised, so that a run with the same seed repeats
/// itself and one that resumes never draws the same key twice.
#[derive(Serialize, Deserialize)]
struct Draws {
    seed: [u8; 32],
    count: u64,
}

impl Draws {
    /// A generator for one signature, fixed by what is signed, so that signing changes no state.
    fn for_signing(&self, message: &[u8]) -> StdRng {
        let digest = Sha256::new()
            .chain_update(self.seed)
            .chain_update(b"sign")
            .chain_update(message)
            .finalize();
        StdRng::from_seed(digest.into())
    }

    fn next(&mut self) -> StdRng {
        self.count += 1;
        let digest = Sha256::new()
            .chain_update(self.seed)
            .chain_update(self.count.to_be_bytes())
            .finalize();
        StdRng::from_seed(digest.into())
    }
}

/// Draws arrays from a generator.
trait RandomBytes {
    fn random_bytes<const LEN: usize>(&mut self) -> [u8; LEN];
}

impl RandomBytes for StdRng {
    fn random_bytes<const LEN: usize>(&mut self) -> [u8; LEN] {
        let mut bytes = [0; LEN];
        self.fill_bytes(&mut bytes);
        bytes
    }
}

#[cfg(test)]
mod tests;
