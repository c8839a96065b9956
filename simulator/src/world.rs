//! Everything the simulated server remembers: accounts with handsets and companions, groups, media, keys.
//!
//! Plain data that serde can write down. It must not know sockets, connections or the HTTP side.

pub mod account;
pub mod blob;
pub mod device;
pub mod group;
pub mod linking;
pub mod media;
pub mod passkey;
pub mod seed;
pub mod seen;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::{Deserialize, Serialize};
use wacore_binary::Jid;

use self::account::Account;
use self::device::Device;
use self::group::Group;
use self::media::Media;
use self::seed::Seed;
use crate::phone::Phone;
use crate::wire::WireError;
use crate::wire::certificate::Authority;

/// Length of a made-up phone number behind its country code.
const NUMBER_DIGITS: u32 = 9;
/// Length of a LID, as seen on the wire.
const LID_DIGITS: u32 = 15;
/// Country code of made-up phone numbers; no real country has it.
const COUNTRY_CODE: &str = "999";

/// One device of one account; device 0 is the handset.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceRef {
    /// Digits of the account.
    pub account: String,
    /// Device number.
    pub device: u16,
}

impl DeviceRef {
    /// Names a device.
    pub fn new(account: impl Into<String>, device: u16) -> Self {
        Self {
            account: account.into(),
            device,
        }
    }
}

/// The whole memory of the server.
#[derive(Debug, Serialize, Deserialize)]
pub struct World {
    /// Source of everything random.
    pub seed: Seed,
    /// The certificate authority and the server's Noise key.
    pub authority: Authority,
    /// Accounts by digits.
    pub accounts: BTreeMap<String, Account>,
    /// LID user part to digits.
    lids: BTreeMap<String, String>,
    /// Groups by the user part of their jid.
    pub groups: BTreeMap<String, Group>,
    /// Uploaded files by token.
    pub media: BTreeMap<String, Media>,
    /// Accounts ever made, whichever way; numbers LIDs.
    accounts_made: u64,
    /// Phone numbers ever made up.
    numbers_made: u64,
    /// Groups ever made.
    groups_made: u64,
}

impl World {
    /// An empty world.
    ///
    /// # Errors
    /// When the authority's certificates cannot be signed.
    pub fn new(seed: u64, now: u64) -> Result<Self, WireError> {
        let mut seed = Seed::new(seed);
        let authority = Authority::new(&mut seed.rng("authority"), now)?;
        Ok(Self {
            seed,
            authority,
            accounts: BTreeMap::new(),
            lids: BTreeMap::new(),
            groups: BTreeMap::new(),
            media: BTreeMap::new(),
            accounts_made: 0,
            numbers_made: 0,
            groups_made: 0,
        })
    }

    /// A phone number that nobody has yet.
    pub fn new_number(&mut self) -> String {
        loop {
            self.numbers_made += 1;
            let tail = self
                .seed
                .digits_at("phone", self.numbers_made, NUMBER_DIGITS);
            let number = format!("{COUNTRY_CODE}{tail}");
            if !self.accounts.contains_key(&number) {
                return number;
            }
        }
    }

    /// Makes an account, or gives the one that has this number; a name that is not empty replaces the old one.
    pub fn account_or_new(&mut self, number: &str, name: &str) -> &mut Account {
        let account = match self.accounts.entry(number.to_owned()) {
            Entry::Occupied(found) => found.into_mut(),
            Entry::Vacant(slot) => {
                self.accounts_made += 1;
                let lid = self
                    .seed
                    .digits_at("lid", self.accounts_made, LID_DIGITS)
                    .to_string();
                let phone = Phone::new(&mut self.seed.rng("handset"), &lid);
                self.lids.insert(lid.clone(), number.to_owned());
                slot.insert(Account::new(number.to_owned(), lid, name.to_owned(), phone))
            }
        };
        if !name.is_empty() {
            name.clone_into(&mut account.name);
        }
        account
    }

    /// The account with this push name, the oldest number first.
    pub fn account_named(&self, name: &str) -> Option<&Account> {
        self.accounts.values().find(|account| account.name == name)
    }

    /// Whose jid this is: by phone number or by LID, whatever the device.
    pub fn owner(&self, jid: &Jid) -> Option<&Account> {
        let number = if jid.server.is_lid_family() {
            self.lids.get(jid.user.as_str())?
        } else if jid.server.is_pn_family() {
            jid.user.as_str()
        } else {
            return None;
        };
        self.accounts.get(number)
    }

    /// Which device a jid names, when the account exists. A jid without a device is the handset.
    pub fn device_ref(&self, jid: &Jid) -> Option<DeviceRef> {
        let account = self.owner(jid)?;
        Some(DeviceRef::new(account.number.as_str(), jid.device))
    }

    /// A companion.
    pub fn device(&self, at: &DeviceRef) -> Option<&Device> {
        self.accounts.get(&at.account)?.devices.get(&at.device)
    }

    /// A companion, to be changed.
    pub fn device_mut(&mut self, at: &DeviceRef) -> Option<&mut Device> {
        self.accounts
            .get_mut(&at.account)?
            .devices
            .get_mut(&at.device)
    }

    /// A group id that nobody has yet, in the shape of the real ones.
    pub fn new_group_id(&mut self) -> String {
        self.groups_made += 1;
        let tail = self.seed.digits_at("group", self.groups_made, 14);
        format!("1203{tail}")
    }

    /// Accounts that have written to one another's devices know one another: here everybody knows everybody.
    pub fn others(&self, number: &str) -> Vec<String> {
        self.accounts
            .keys()
            .filter(|other| *other != number)
            .cloned()
            .collect()
    }
}
