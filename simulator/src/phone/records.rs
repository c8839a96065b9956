//! How Signal's records are serialised: base64 of their own protobuf form, under the key they are stored by. The
//! live records keep their counters; only a restart goes through this form, and libsignal then skips ahead over
//! counters that may already have been used.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use wacore_libsignal::protocol::SenderKeyRecord;
use wacore_libsignal::protocol::SessionRecord;
use wacore_libsignal::protocol::SignalProtocolError;

/// A record that libsignal can write to bytes and read back.
pub(super) trait Record: Sized {
    fn to_bytes(&self) -> Result<Vec<u8>, SignalProtocolError>;
    fn from_bytes(bytes: &[u8]) -> Result<Self, SignalProtocolError>;
}

impl Record for SessionRecord {
    fn to_bytes(&self) -> Result<Vec<u8>, SignalProtocolError> {
        self.serialize()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, SignalProtocolError> {
        Self::deserialize(bytes)
    }
}

impl Record for SenderKeyRecord {
    fn to_bytes(&self) -> Result<Vec<u8>, SignalProtocolError> {
        self.serialize()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, SignalProtocolError> {
        Self::deserialize(bytes)
    }
}

pub(super) fn serialize<R: Record, S: Serializer>(
    records: &BTreeMap<String, R>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let encode = |record: &R| record.to_bytes().map(|bytes| BASE64_STANDARD.encode(bytes));
    let encoded: Result<BTreeMap<&str, String>, _> = records
        .iter()
        .map(|(key, record)| Ok((key.as_str(), encode(record)?)))
        .collect();
    encoded
        .map_err(|error: SignalProtocolError| serde::ser::Error::custom(error))?
        .serialize(serializer)
}

pub(super) fn deserialize<'de, R: Record, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, R>, D::Error> {
    let encoded = BTreeMap::<String, String>::deserialize(deserializer)?;
    encoded
        .into_iter()
        .map(|(key, text)| Ok((key, decode(&text)?)))
        .collect()
}

fn decode<R: Record, E: serde::de::Error>(text: &str) -> Result<R, E> {
    let bytes = BASE64_STANDARD.decode(text).map_err(E::custom)?;
    R::from_bytes(&bytes).map_err(E::custom)
}
