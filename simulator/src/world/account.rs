//! A phone number with its handset, its companions and its settings. Plain data, no sockets.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};
use wacore_binary::Jid;

use super::blob::Blob;
use super::device::Device;
use super::linking::Rules;
use super::seen::Seen;
use crate::phone::Phone;

/// Messages, and receipts, that a simulated phone remembers: enough to count all of a long test.
const INBOX_LIMIT: usize = 20_000;

/// A message that the phone has decrypted: from others, or a copy of what its companions sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InboxItem {
    /// Counts up from 1 for each phone, without gaps, as messages can be read.
    pub seq: u64,
    /// Where the phone shows it: in the order in which messages came, also those that could only be read when they
    /// had been sent once more. Until then a phone shows "Waiting for this message" in their place.
    #[serde(default)]
    pub place: u64,
    /// Message id.
    pub id: String,
    /// Digits of the other side, or the group's jid.
    pub chat: String,
    /// Digits of the author.
    pub from: String,
    /// Number of the author's device; 0 is a phone.
    pub from_device: u16,
    /// Whether the account itself wrote it.
    pub from_me: bool,
    /// `text`, `image`, `reaction`, … or `other`.
    pub kind: String,
    /// Text, caption or emoji, when there is one.
    pub text: Option<String>,
    /// Unix seconds.
    pub at: u64,
}

/// A receipt that reached the phone for something it said.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptItem {
    /// Message ids it speaks of.
    pub ids: Vec<String>,
    /// Digits of who sent it.
    pub from: String,
    /// Device of who sent it.
    pub from_device: u16,
    /// Digits of the other side, or the group's jid.
    pub chat: String,
    /// `delivery`, `read`, `inactive`, …
    pub kind: String,
}

/// A picture of an account or of a group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Picture {
    /// Changes with every new picture.
    pub id: String,
    /// JPEG.
    pub bytes: Blob,
}

/// The text under the name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct About {
    /// Text.
    pub text: String,
    /// Unix seconds.
    pub at: u64,
}

/// Why the next logins of an account's companions fail.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Refusal {
    /// `reason` of `<failure>`.
    pub reason: u16,
    /// `code`, for bans.
    pub code: Option<u16>,
    /// Seconds a ban lasts.
    pub expire: Option<u64>,
}

/// One named app state collection: encrypted patches, which the server stores and forwards unread.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Collection {
    /// Version of the newest patch; 0 is an empty collection.
    pub version: u64,
    /// Encoded `SyncdPatch` with its version set, oldest first.
    pub patches: Vec<(u64, Blob)>,
}

/// An account.
#[derive(Debug, Serialize, Deserialize)]
pub struct Account {
    /// Phone number, digits.
    pub number: String,
    /// User part of the account's LID.
    pub lid: String,
    /// Push name.
    pub name: String,
    /// The handset's brain.
    pub phone: Phone,
    /// Whether the handset is on the network; while it is not, its stanzas wait.
    pub phone_online: bool,
    /// Stanzas for the handset while it is off.
    pub phone_queue: VecDeque<Blob>,
    /// Companions by device number.
    pub devices: BTreeMap<u16, Device>,
    /// The number that the next companion gets; never used twice, as on the real server.
    pub next_device: u16,
    /// Highest key index given out.
    pub key_index: u32,
    /// What the handset decrypted.
    pub inbox: VecDeque<InboxItem>,
    /// Number of messages ever decrypted.
    pub inbox_seq: u64,
    /// Number of places ever given out.
    #[serde(default)]
    pub places: u64,
    /// The places of messages that cannot be read yet, by author and id.
    #[serde(default)]
    pub waiting: BTreeMap<String, u64>,
    /// The messages that the handset would not show again.
    #[serde(default)]
    pub seen: Seen,
    /// Receipts for what the handset said.
    pub receipts: VecDeque<ReceiptItem>,
    /// Ids from the inbox that the handset has marked as read.
    pub read: BTreeSet<String>,
    /// What the handset answers to every text.
    pub auto_reply: Option<String>,
    /// About text.
    pub about: Option<About>,
    /// Profile picture.
    pub picture: Option<Picture>,
    /// Privacy settings that differ from the defaults.
    pub privacy: BTreeMap<String, String>,
    /// Digits of blocked accounts.
    pub blocked: BTreeSet<String>,
    /// Default disappearing time: seconds and unix seconds of the setting.
    pub disappearing: (u32, u64),
    /// App state by collection name.
    pub app_state: BTreeMap<String, Collection>,
    /// Whether one-to-one chats are addressed by LID (facts b3).
    pub lid_migrated: bool,
    /// What a new companion has to pass.
    #[serde(default)]
    pub linking: Rules,
    /// Set by the admin: logins fail.
    pub refusal: Option<Refusal>,
    /// Unix seconds at which the account was last seen available.
    pub last_seen: u64,
    /// Devices (digits and number) that hold the sender key of its status posts.
    pub status_audience: BTreeSet<(String, u16)>,
}

impl Account {
    /// An account with a fresh handset and no companion.
    pub fn new(number: String, lid: String, name: String, phone: Phone) -> Self {
        Self {
            number,
            lid,
            name,
            phone,
            phone_online: true,
            phone_queue: VecDeque::new(),
            devices: BTreeMap::new(),
            next_device: 1,
            key_index: 0,
            inbox: VecDeque::new(),
            inbox_seq: 0,
            places: 0,
            waiting: BTreeMap::new(),
            seen: Seen::default(),
            receipts: VecDeque::new(),
            read: BTreeSet::new(),
            auto_reply: None,
            about: None,
            picture: None,
            privacy: BTreeMap::new(),
            blocked: BTreeSet::new(),
            disappearing: (0, 0),
            app_state: BTreeMap::new(),
            lid_migrated: false,
            linking: Rules::default(),
            refusal: None,
            last_seen: 0,
            status_audience: BTreeSet::new(),
        }
    }

    /// Phone number jid of a device.
    pub fn pn(&self, device: u16) -> Jid {
        Jid::pn_device(self.number.as_str(), device)
    }

    /// LID jid of a device.
    pub fn lid(&self, device: u16) -> Jid {
        Jid::lid_device(self.lid.as_str(), device)
    }

    /// Device numbers, the handset's 0 first.
    pub fn device_ids(&self) -> Vec<u16> {
        std::iter::once(0)
            .chain(self.devices.keys().copied())
            .collect()
    }

    /// Key indexes of the companions that are still linked.
    pub fn valid_key_indexes(&self) -> Vec<u32> {
        self.devices
            .values()
            .map(|device| device.key_index)
            .collect()
    }

    /// Writes down a message that the handset decrypted.
    pub fn remember(&mut self, mut item: InboxItem) {
        self.inbox_seq += 1;
        item.seq = self.inbox_seq;
        let waited = self.waiting.remove(&format!("{} {}", item.from, item.id));
        item.place = waited.unwrap_or_else(|| self.next_place());
        self.inbox.push_back(item);
        if self.inbox.len() > INBOX_LIMIT
            && let Some(gone) = self.inbox.pop_front()
        {
            self.read.remove(&gone.id);
        }
    }

    /// Keeps the place of a message that cannot be read yet.
    pub fn wait_for(&mut self, from: &str, id: &str) {
        let key = format!("{from} {id}");
        if !self.waiting.contains_key(&key) {
            let place = self.next_place();
            self.waiting.insert(key, place);
        }
    }

    fn next_place(&mut self) -> u64 {
        self.places += 1;
        self.places
    }

    /// Writes down a receipt for something the handset said.
    pub fn remember_receipt(&mut self, item: ReceiptItem) {
        self.receipts.push_back(item);
        if self.receipts.len() > INBOX_LIMIT {
            self.receipts.pop_front();
        }
    }
}
