//! The app state (settings that all devices of an account share): the phone's copy of each collection's hash, so
//! that it can check its companions' patches and write patches of its own that they accept.

use std::collections::BTreeMap;
use std::sync::Arc;

use rand::rngs::StdRng;
use serde::Deserialize;
use serde::Serialize;
use wacore_appstate::AppStateError;
use wacore_appstate::encode_record;
use wacore_appstate::expand_app_state_keys;
use wacore_appstate::hash::HashState;
use wacore_appstate::hash::generate_patch_mac;
use wacore_appstate::process_patch;
use wacore_appstate::schemas;
use wacore_appstate::schemas::Schema;
use waproto::buffa::Message;
use waproto::buffa::MessageField;
use waproto::whatsapp as wa;
use waproto::whatsapp::syncd_mutation::SyncdOperation;

use crate::phone::Phone;
use crate::phone::PhoneError;
use crate::phone::RandomBytes;

/// One setting, as it is written into or read from a patch.
#[derive(Debug, Clone)]
pub struct Change {
    /// What is set: the action's name and what it applies to, for instance `["mute", "1@s.whatsapp.net"]`.
    pub index: Vec<String>,
    /// The new value; `None` when a companion removed the setting.
    pub value: Option<wa::SyncActionValue>,
    /// The action's schema version.
    pub version: i32,
}

/// A patch that the phone has written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// The collection it belongs to.
    pub collection: &'static str,
    /// The collection's version with this patch applied.
    pub version: u64,
    /// The `SyncdPatch`, with its version set, as the server serves it.
    pub bytes: Vec<u8>,
}

/// The key and the phone's view of every collection.
#[derive(Serialize, Deserialize)]
pub(super) struct AppState {
    key_id: [u8; 6],
    key: [u8; 32],
    collections: BTreeMap<String, Collection>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Collection {
    hash: HashState,
    /// The MAC of the current value under the hexadecimal MAC of its index.
    values: BTreeMap<String, Vec<u8>>,
}

impl AppState {
    pub(super) fn new(rng: &mut StdRng) -> Self {
        // Six bytes as in the trial against both clients, which treat an id as opaque.
        let mut key_id = [0; 6];
        key_id[2..].copy_from_slice(&rng.random_bytes::<4>());
        Self {
            key_id,
            key: rng.random_bytes(),
            collections: BTreeMap::new(),
        }
    }

    /// Key id and key material.
    pub(super) fn key(&self) -> (&[u8; 6], &[u8; 32]) {
        (&self.key_id, &self.key)
    }
}

impl Phone {
    /// The version of `collection` up to which the phone has read or written patches.
    pub fn app_state_version(&self, collection: &str) -> u64 {
        self.app_state
            .collections
            .get(collection)
            .map_or(0, |known| known.hash.version)
    }

    /// Reads a companion's patch (`SyncdPatch` with its version, which must follow the phone's) after checking its
    /// MACs, and gives the changes in it.
    pub fn read_patch(
        &mut self,
        collection: &str,
        patch: &[u8],
    ) -> Result<Vec<Change>, PhoneError> {
        let patch =
            wa::SyncdPatch::decode_from_slice(patch).map_err(|source| PhoneError::Protobuf {
                what: "app state patch",
                source,
            })?;
        let known = self
            .app_state
            .collections
            .entry(collection.to_owned())
            .or_default();
        let mut next = known.clone();
        let keys = Arc::new(expand_app_state_keys(&self.app_state.key));
        let own_id = self.app_state.key_id;
        let key_of = |id: &[u8]| {
            if id == own_id {
                Ok(Arc::clone(&keys))
            } else {
                Err(AppStateError::KeyNotFound)
            }
        };
        let value_of = |index: &[u8]| Ok(known.values.get(&hex::encode(index)).cloned());
        let read = process_patch(&patch, &mut next.hash, key_of, value_of, true, collection)?;
        for index in &read.removed_index_macs {
            next.values.remove(&hex::encode(index));
        }
        next.values.extend(
            read.added_macs
                .into_iter()
                .map(|mac| (hex::encode(mac.index_mac), mac.value_mac)),
        );
        *known = next;
        Ok(read.mutations.into_iter().map(change_read).collect())
    }

    /// Writes the account's push name. `now` is in Unix seconds.
    pub fn push_name_patch(&mut self, name: &str, now: u64) -> Patch {
        let value = wa::SyncActionValue {
            push_name_setting: MessageField::some(wa::sync_action_value::PushNameSetting {
                name: Some(name.to_owned()),
            }),
            ..wa::SyncActionValue::default()
        };
        self.write_patch(&schemas::SETTING_PUSH_NAME, &[], value, now)
    }

    /// Writes a name into the address book, for the contact with this JID. `now` is in Unix seconds.
    pub fn contact_patch(&mut self, jid: &str, name: &str, now: u64) -> Patch {
        let action = wa::sync_action_value::ContactAction {
            full_name: Some(name.to_owned()),
            ..wa::sync_action_value::ContactAction::default()
        };
        let value = wa::SyncActionValue {
            contact_action: MessageField::some(action),
            ..wa::SyncActionValue::default()
        };
        self.write_patch(&schemas::CONTACT, &[jid], value, now)
    }

    /// Archives a chat or takes it out of the archive. `now` is in Unix seconds.
    pub fn archive_patch(&mut self, chat: &str, archived: bool, now: u64) -> Patch {
        let action = wa::sync_action_value::ArchiveChatAction {
            archived: Some(archived),
            ..wa::sync_action_value::ArchiveChatAction::default()
        };
        let value = wa::SyncActionValue {
            archive_chat_action: MessageField::some(action),
            ..wa::SyncActionValue::default()
        };
        self.write_patch(&schemas::ARCHIVE, &[chat], value, now)
    }

    /// Writes one setting of any kind: `applies_to` are the index parts after the action's name. The phone must have
    /// read every patch that the server holds for the collection.
    pub fn write_patch(
        &mut self,
        schema: &Schema,
        applies_to: &[&str],
        mut value: wa::SyncActionValue,
        now: u64,
    ) -> Patch {
        value.timestamp = i64::try_from(now.saturating_mul(1000)).ok();
        let index: Vec<&str> = std::iter::once(schema.name)
            .chain(applies_to.iter().copied())
            .collect();
        let index = serde_json::Value::from(index).to_string();
        let keys = expand_app_state_keys(&self.app_state.key);
        let key_id = self.app_state.key_id;
        let iv = self.draws.next().random_bytes();
        let version = i32::try_from(schema.version).unwrap_or(i32::MAX);
        let (mutation, value_mac) = encode_record(
            SyncdOperation::SET,
            index.as_bytes(),
            &value,
            &keys,
            &key_id,
            &iv,
            version,
        );

        let collection = schema.collection.as_str();
        let known = self
            .app_state
            .collections
            .entry(collection.to_owned())
            .or_default();
        known.set(&mutation, &value_mac);
        let mut patch = wa::SyncdPatch {
            version: MessageField::some(wa::SyncdVersion {
                version: Some(known.hash.version),
            }),
            mutations: vec![mutation],
            snapshot_mac: Some(
                known
                    .hash
                    .generate_snapshot_mac(collection, &keys.snapshot_mac),
            ),
            key_id: MessageField::some(wa::KeyId {
                id: Some(key_id.to_vec()),
            }),
            device_index: Some(0),
            ..wa::SyncdPatch::default()
        };
        patch.patch_mac = Some(generate_patch_mac(
            &patch,
            collection,
            &keys.patch_mac,
            known.hash.version,
        ));
        Patch {
            collection,
            version: known.hash.version,
            bytes: patch.encode_to_vec(),
        }
    }
}

impl Collection {
    /// Applies an own mutation: the next version, the hash over all values, and the value's MAC.
    fn set(&mut self, mutation: &wa::SyncdMutation, value_mac: &[u8]) {
        let values = &self.values;
        let previous = |index: &[u8], _: usize| Ok(values.get(&hex::encode(index)).cloned());
        // Only an unknown operation or a failing lookup could be refused; an own SET is neither.
        let _applied = self
            .hash
            .update_hash(std::slice::from_ref(mutation), previous);
        self.hash.version += 1;
        let index = mutation
            .record
            .as_option()
            .and_then(|record| record.index.as_option())
            .and_then(|index| index.blob.as_deref());
        self.values
            .insert(hex::encode(index.unwrap_or_default()), value_mac.to_vec());
    }
}

fn change_read(mutation: wacore_appstate::Mutation) -> Change {
    let schema = mutation
        .index
        .first()
        .and_then(|name| schemas::ALL.iter().find(|schema| schema.name == name));
    let removed = mutation.operation == SyncdOperation::REMOVE;
    Change {
        version: schema
            .and_then(|schema| i32::try_from(schema.version).ok())
            .unwrap_or_default(),
        value: mutation.action_value.filter(|_| !removed),
        index: mutation.index,
    }
}

#[cfg(test)]
mod tests;
