//! The Signal stores of a phone, in memory. They answer at once, so the asynchronous library calls that use them
//! never suspend and [`now`] can drive them without a runtime.

use std::collections::BTreeMap;
use std::future::Future;

use async_trait::async_trait;
use futures::FutureExt;
use rand::Rng;
use rand::rngs::StdRng;
use serde::Deserialize;
use serde::Serialize;
use wacore_libsignal::protocol::Direction;
use wacore_libsignal::protocol::GenericSignedPreKey;
use wacore_libsignal::protocol::IdentityChange;
use wacore_libsignal::protocol::IdentityKey;
use wacore_libsignal::protocol::IdentityKeyPair;
use wacore_libsignal::protocol::IdentityKeyStore;
use wacore_libsignal::protocol::KeyPair;
use wacore_libsignal::protocol::PreKeyId;
use wacore_libsignal::protocol::PreKeyRecord;
use wacore_libsignal::protocol::PreKeyStore;
use wacore_libsignal::protocol::ProtocolAddress;
use wacore_libsignal::protocol::SenderKeyName;
use wacore_libsignal::protocol::SenderKeyRecord;
use wacore_libsignal::protocol::SenderKeyStore;
use wacore_libsignal::protocol::SessionRecord;
use wacore_libsignal::protocol::SessionStore;
use wacore_libsignal::protocol::SignalProtocolError;
use wacore_libsignal::protocol::SignedPreKeyId;
use wacore_libsignal::protocol::SignedPreKeyRecord;
use wacore_libsignal::protocol::SignedPreKeyStore;
use wacore_libsignal::protocol::Timestamp;

use crate::phone::Bundle;
use crate::phone::Phone;
use crate::phone::PhoneError;
use crate::phone::PreKey;
use crate::phone::SignedPreKey;
use crate::phone::records;
use crate::wire::certificate::public_bytes;

type Signal<T> = Result<T, SignalProtocolError>;

/// How many one-time pre-keys a phone keeps that were handed out and not used yet; the oldest go first.
const MAX_PRE_KEYS: usize = 4096;
/// Pre-key ids have 24 bits on the wire and 0 is not used.
const MAX_PRE_KEY_ID: u32 = 0x00ff_ffff;
const SIGNED_PRE_KEY_ID: u32 = 1;
/// Registration ids have 14 bits (libsignal).
const REGISTRATION_ID_MASK: u32 = 0x3fff;

/// Everything Signal asks for, one field a store, because the library borrows several of them at once.
#[derive(Serialize, Deserialize)]
pub(super) struct Stores {
    pub(super) identities: Identities,
    pub(super) sessions: Sessions,
    pub(super) pre_keys: PreKeys,
    pub(super) signed_pre_keys: SignedPreKeys,
    pub(super) sender_keys: SenderKeys,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Identities {
    own: KeyPair,
    registration_id: u32,
    known: BTreeMap<String, [u8; 32]>,
}

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Sessions {
    #[serde(with = "records")]
    records: BTreeMap<String, SessionRecord>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct PreKeys {
    next: u32,
    keys: BTreeMap<u32, KeyPair>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct SignedPreKeys {
    pair: KeyPair,
    signature: Vec<u8>,
}

#[derive(Default, Serialize, Deserialize)]
pub(super) struct SenderKeys {
    #[serde(with = "records")]
    records: BTreeMap<String, SenderKeyRecord>,
}

impl Stores {
    pub(super) fn new(identity: &KeyPair, rng: &mut StdRng) -> Self {
        let pair = KeyPair::generate(rng);
        // Signing only fails for a key of a foreign type, which a fresh pair never is.
        let signature = identity
            .calculate_signature(&pair.public_key.serialize(), rng)
            .map(Vec::from)
            .unwrap_or_default();
        Self {
            identities: Identities {
                own: identity.clone(),
                registration_id: (rng.next_u32() & REGISTRATION_ID_MASK).max(1),
                known: BTreeMap::new(),
            },
            sessions: Sessions::default(),
            pre_keys: PreKeys {
                next: 1,
                keys: BTreeMap::new(),
            },
            signed_pre_keys: SignedPreKeys { pair, signature },
            sender_keys: SenderKeys::default(),
        }
    }
}

impl Sessions {
    pub(super) fn forget(&mut self, address: &ProtocolAddress) {
        self.records.remove(address.as_str());
    }

    pub(super) fn contains(&self, address: &ProtocolAddress) -> bool {
        self.records.contains_key(address.as_str())
    }
}

impl SenderKeys {
    pub(super) fn forget(&mut self, name: &SenderKeyName) {
        self.records.remove(name.cache_key());
    }
}

impl PreKeys {
    fn generate(&mut self, rng: &mut StdRng) -> PreKey {
        let id = self.next;
        self.next = if id == MAX_PRE_KEY_ID { 1 } else { id + 1 };
        let pair = KeyPair::generate(rng);
        let public = public_bytes(&pair);
        self.keys.insert(id, pair);
        if self.keys.len() > MAX_PRE_KEYS {
            self.keys.pop_first();
        }
        PreKey { id, public }
    }

    pub(super) fn spend(&mut self, id: PreKeyId) {
        self.keys.remove(&u32::from(id));
    }
}

impl Phone {
    /// A bundle for one new session with this phone; each call makes a new one-time key.
    pub fn take_bundle(&mut self) -> Bundle {
        let mut rng = self.draws.next();
        let signed = &self.signal.signed_pre_keys;
        Bundle {
            registration_id: self.signal.identities.registration_id,
            identity: public_bytes(&self.identity),
            signed_pre_key: SignedPreKey {
                id: SIGNED_PRE_KEY_ID,
                public: public_bytes(&signed.pair),
                signature: signed.signature.clone(),
            },
            one_time: Some(self.signal.pre_keys.generate(&mut rng)),
        }
    }
}

/// Runs a library call over these stores to its end.
pub(super) fn now<T>(call: impl Future<Output = Signal<T>>) -> Result<T, PhoneError> {
    let stuck =
        || SignalProtocolError::InvalidState("phone", "a store in memory suspended".to_owned());
    Ok(call.now_or_never().ok_or_else(stuck)??)
}

#[async_trait]
impl IdentityKeyStore for Identities {
    async fn get_identity_key_pair(&self) -> Signal<IdentityKeyPair> {
        Ok(IdentityKeyPair::new(
            IdentityKey::new(self.own.public_key),
            self.own.private_key.clone(),
        ))
    }

    async fn get_local_registration_id(&self) -> Signal<u32> {
        Ok(self.registration_id)
    }

    async fn save_identity(
        &mut self,
        address: &ProtocolAddress,
        identity: &IdentityKey,
    ) -> Signal<IdentityChange> {
        let mut raw = [0; 32];
        raw.copy_from_slice(identity.public_key().public_key_bytes());
        let before = self.known.insert(address.as_str().to_owned(), raw);
        Ok(IdentityChange::from_changed(
            before.is_some_and(|before| before != raw),
        ))
    }

    /// A simulated human shrugs off a changed safety number, as most people do.
    async fn is_trusted_identity(
        &self,
        _: &ProtocolAddress,
        _: &IdentityKey,
        _: Direction,
    ) -> Signal<bool> {
        Ok(true)
    }

    async fn get_identity(&self, address: &ProtocolAddress) -> Signal<Option<IdentityKey>> {
        let known = self.known.get(address.as_str());
        known
            .map(|raw| {
                Ok(IdentityKey::new(
                    wacore_libsignal::protocol::PublicKey::from_djb_public_key_bytes(raw)?,
                ))
            })
            .transpose()
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn load_session(&self, address: &ProtocolAddress) -> Signal<Option<SessionRecord>> {
        Ok(self.records.get(address.as_str()).cloned())
    }

    async fn has_session(&self, address: &ProtocolAddress) -> Signal<bool> {
        Ok(self.contains(address))
    }

    async fn store_session(
        &mut self,
        address: &ProtocolAddress,
        record: SessionRecord,
    ) -> Signal<()> {
        self.records.insert(address.as_str().to_owned(), record);
        Ok(())
    }
}

#[async_trait]
impl PreKeyStore for PreKeys {
    async fn get_pre_key(&self, id: PreKeyId) -> Signal<PreKeyRecord> {
        let pair = self
            .keys
            .get(&u32::from(id))
            .ok_or(SignalProtocolError::InvalidPreKeyId)?;
        Ok(PreKeyRecord::new(id, pair))
    }

    async fn save_pre_key(&mut self, id: PreKeyId, record: &PreKeyRecord) -> Signal<()> {
        self.keys.insert(id.into(), record.key_pair()?);
        Ok(())
    }

    async fn remove_pre_key(&mut self, id: PreKeyId) -> Signal<()> {
        self.spend(id);
        Ok(())
    }
}

#[async_trait]
impl SignedPreKeyStore for SignedPreKeys {
    async fn get_signed_pre_key(&self, id: SignedPreKeyId) -> Signal<SignedPreKeyRecord> {
        if u32::from(id) != SIGNED_PRE_KEY_ID {
            return Err(SignalProtocolError::InvalidSignedPreKeyId);
        }
        Ok(SignedPreKeyRecord::new(
            id,
            Timestamp::from_epoch_millis(0),
            &self.pair,
            &self.signature,
        ))
    }

    /// A phone keeps its one signed pre-key for life.
    async fn save_signed_pre_key(
        &mut self,
        _: SignedPreKeyId,
        _: &SignedPreKeyRecord,
    ) -> Signal<()> {
        Err(SignalProtocolError::InvalidSignedPreKeyId)
    }
}

#[async_trait]
impl SenderKeyStore for SenderKeys {
    async fn store_sender_key(
        &mut self,
        name: &SenderKeyName,
        record: SenderKeyRecord,
    ) -> Signal<()> {
        self.records.insert(name.cache_key().to_owned(), record);
        Ok(())
    }

    async fn load_sender_key(&self, name: &SenderKeyName) -> Signal<Option<SenderKeyRecord>> {
        Ok(self.records.get(name.cache_key()).cloned())
    }
}
