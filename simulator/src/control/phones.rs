//! What the users of simulated phones do.

use std::time::Duration;

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Server};

use super::{Control, ControlError, PhoneView, digits};
use crate::clock::unix_seconds;
use crate::phone::Address;
use crate::server::handset::{self, Reacted, SayError, reaction};
use crate::server::{appstate, groups, presence};
use crate::world::DeviceRef;
use crate::world::account::{InboxItem, ReceiptItem};

impl Control {
    /// Makes a phone without companions, or renames the one that has this number. Without a number, one is made up.
    ///
    /// # Errors
    /// When the number is not one.
    pub fn create_phone(&self, phone: Option<&str>, name: &str) -> Result<PhoneView, ControlError> {
        phone.map(digits).transpose()?;
        let number = self.hub.with(|state| {
            let number = phone.map_or_else(|| state.world.new_number(), str::to_owned);
            state.world.account_or_new(&number, name).number.clone()
        });
        self.phone(&number)
    }

    /// A phone says a text to another phone (digits) or a group (`…@g.us`). Returns the message id.
    ///
    /// # Errors
    /// When either does not exist.
    pub fn say(&self, from: &str, to: &str, text: &str) -> Result<String, ControlError> {
        let message = handset::text(text);
        Ok(self
            .hub
            .with(|state| handset::say(state, from, to, &message))?)
    }

    /// A phone reacts to a message; an empty emoji takes the reaction back. Returns the reaction's message id.
    ///
    /// # Errors
    /// When phone or chat does not exist.
    pub fn react(
        &self,
        phone: &str,
        chat: &str,
        id: &str,
        emoji: &str,
    ) -> Result<String, ControlError> {
        let sent = self.hub.with(|state| {
            let account = state
                .world
                .accounts
                .get(phone)
                .ok_or_else(|| SayError::NoPhone(phone.to_owned()))?;
            let heard = account.inbox.iter().find(|item| item.id == id);
            let from_me = heard.is_none_or(|item| item.from_me);
            let author = heard.and_then(|item| state.world.accounts.get(&item.from));
            let key = match state.world.accounts.get(chat) {
                Some(other) => Reacted {
                    chat: other.pn(0).to_string(),
                    id: id.to_owned(),
                    from_me,
                    participant: None,
                },
                None => Reacted {
                    chat: Jid::group(handset::chat_id(chat)).to_string(),
                    id: id.to_owned(),
                    from_me,
                    participant: author.map(|author| author.lid(0).to_string()),
                },
            };
            handset::say(state, phone, chat, &reaction(key, emoji, unix_seconds()))
        });
        Ok(sent?)
    }

    /// What a phone has decrypted, oldest first.
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn inbox(&self, phone: &str) -> Result<Vec<InboxItem>, ControlError> {
        self.account(phone, |account| account.inbox.iter().cloned().collect())
    }

    /// Waits until a phone has decrypted a message that `wanted` accepts.
    ///
    /// # Errors
    /// When the time is up.
    pub async fn expect_inbox(
        &self,
        phone: &str,
        within: Duration,
        wanted: impl Fn(&InboxItem) -> bool,
    ) -> Result<InboxItem, ControlError> {
        self.wait_for(within, |state| {
            let account = state.world.accounts.get(phone)?;
            account.inbox.iter().find(|item| wanted(item)).cloned()
        })
        .await
    }

    /// The receipts that came back for what a phone has said, oldest first.
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn receipts(&self, phone: &str) -> Result<Vec<ReceiptItem>, ControlError> {
        self.account(phone, |account| account.receipts.iter().cloned().collect())
    }

    /// Waits for a receipt that `wanted` accepts.
    ///
    /// # Errors
    /// When the time is up.
    pub async fn expect_receipt(
        &self,
        phone: &str,
        within: Duration,
        wanted: impl Fn(&ReceiptItem) -> bool,
    ) -> Result<ReceiptItem, ControlError> {
        self.wait_for(within, |state| {
            let account = state.world.accounts.get(phone)?;
            account.receipts.iter().find(|item| wanted(item)).cloned()
        })
        .await
    }

    /// The user of a phone opens a chat. Returns the ids that were unread until now.
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn read(&self, phone: &str, chat: &str) -> Result<Vec<String>, ControlError> {
        self.change(phone, |state| handset::read(state, phone, chat))
    }

    /// Makes a phone answer every text from a linked device; `{text}` stands for what was said. None ends it.
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn auto_reply(&self, phone: &str, template: Option<&str>) -> Result<(), ControlError> {
        self.change(phone, |state| {
            if let Some(account) = state.world.accounts.get_mut(phone) {
                account.auto_reply = template.map(str::to_owned);
            }
        })
    }

    /// Switches a phone's network on or off; what comes meanwhile waits.
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn set_online(&self, phone: &str, online: bool) -> Result<(), ControlError> {
        self.change(phone, |state| {
            if online {
                handset::switch_on(state, phone);
            } else if let Some(account) = state.world.accounts.get_mut(phone) {
                account.phone_online = false;
            }
        })
    }

    /// The user of a phone opens or leaves the app: contacts see "online".
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn show(&self, phone: &str, available: bool) -> Result<(), ControlError> {
        self.change(phone, |state| {
            presence::show_handset(state, phone, available);
        })
    }

    /// The user of a phone starts or stops typing in a chat (digits or group).
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn typing(&self, phone: &str, chat: &str, composing: bool) -> Result<(), ControlError> {
        let what = NodeBuilder::new(if composing { "composing" } else { "paused" }).build();
        self.change(phone, |state| {
            let group = state.world.groups.contains_key(handset::chat_id(chat));
            let to = Jid::new(
                handset::chat_id(chat),
                if group { Server::Group } else { Server::Pn },
            );
            presence::typed(state, &DeviceRef::new(phone, 0), &to, &[what]);
        })
    }

    /// The user of a phone changes the account's push name; companions learn it through the app state.
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn rename(&self, phone: &str, name: &str) -> Result<(), ControlError> {
        self.change(phone, |state| {
            let Some(account) = state.world.accounts.get_mut(phone) else {
                return;
            };
            name.clone_into(&mut account.name);
            let patch = account.phone.push_name_patch(name, unix_seconds());
            appstate::publish(
                state,
                &DeviceRef::new(phone, 0),
                (patch.collection, patch.version),
                patch.bytes,
            );
        })
    }

    /// A phone loses its encryption sessions with an account's devices, as one that was restored from a backup: it
    /// cannot read what they send next and has to ask for it again.
    ///
    /// # Errors
    /// When either does not exist.
    pub fn forget_sessions(&self, phone: &str, with: &str) -> Result<(), ControlError> {
        let (lid, devices) =
            self.account(with, |account| (account.lid.clone(), account.device_ids()))?;
        self.change(phone, |state| {
            if let Some(account) = state.world.accounts.get_mut(phone) {
                for device in devices {
                    account
                        .phone
                        .forget_session(&Address::new(lid.as_str(), device));
                }
            }
        })
    }

    /// Whether a phone's one-to-one chats are addressed by LID; companions linked from now on learn it.
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn set_lid_migrated(&self, phone: &str, migrated: bool) -> Result<(), ControlError> {
        self.change(phone, |state| {
            if let Some(account) = state.world.accounts.get_mut(phone) {
                account.lid_migrated = migrated;
            }
        })
    }

    /// The user of a phone makes a group of phones. Returns the group's jid.
    ///
    /// # Errors
    /// When a phone does not exist.
    pub fn create_group(
        &self,
        by: &str,
        subject: &str,
        members: &[String],
    ) -> Result<String, ControlError> {
        self.hub.with(|state| {
            for phone in std::iter::once(by).chain(members.iter().map(String::as_str)) {
                if !state.world.accounts.contains_key(phone) {
                    return Err(ControlError::NoPhone(phone.to_owned()));
                }
            }
            Ok(Jid::group(groups::create(state, by, subject, members)).to_string())
        })
    }
}
