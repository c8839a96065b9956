//! What the users of simulated phones do.

use std::time::Duration;

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, Server};

use super::{Control, ControlError, PhoneView, digits};
use crate::clock::unix_seconds;
use crate::hub::State;
use crate::phone::Address;
use crate::server::handset::{self, Named, SayError, edit, reaction, revocation};
use crate::server::iq::Answer;
use crate::server::{appstate, calls, groups, presence};
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
            let named = named(state, phone, chat, id)?;
            handset::say(state, phone, chat, &reaction(named, emoji, unix_seconds()))
        });
        Ok(sent?)
    }

    /// A phone writes a message of its own anew. Returns the edit's message id.
    ///
    /// # Errors
    /// When phone or chat does not exist.
    pub fn edit(
        &self,
        phone: &str,
        chat: &str,
        id: &str,
        text: &str,
    ) -> Result<String, ControlError> {
        let sent = self.hub.with(|state| {
            let named = own(state, phone, chat, id)?;
            handset::say(state, phone, chat, &edit(named, text, unix_seconds()))
        });
        Ok(sent?)
    }

    /// A phone deletes a message of its own for everybody. Returns the revocation's message id.
    ///
    /// # Errors
    /// When phone or chat does not exist.
    pub fn revoke(&self, phone: &str, chat: &str, id: &str) -> Result<String, ControlError> {
        let sent = self.hub.with(|state| {
            let named = own(state, phone, chat, id)?;
            handset::say(state, phone, chat, &revocation(named))
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

    /// A phone calls another one; the companions of that one ring. Returns the id of the call.
    ///
    /// # Errors
    /// When either does not exist.
    pub fn call(&self, phone: &str, to: &str, video: bool) -> Result<String, ControlError> {
        self.account(to, |_| ())?;
        self.change(phone, |state| calls::ring(state, phone, to, video))
    }

    /// A call of a phone rings no more, for a reason such as `accepted_elsewhere`; without one the phone gave up.
    ///
    /// # Errors
    /// When either does not exist.
    pub fn end_call(
        &self,
        phone: &str,
        to: &str,
        id: &str,
        reason: Option<&str>,
    ) -> Result<(), ControlError> {
        self.account(to, |_| ())?;
        self.change(phone, |state| calls::end(state, phone, to, id, reason))
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

    /// The user of a phone gives a group another name.
    ///
    /// # Errors
    /// When there is no such group, or the phone may not.
    pub fn set_subject(&self, phone: &str, group: &str, subject: &str) -> Result<(), ControlError> {
        let action = NodeBuilder::new("subject").string_content(subject).build();
        self.change_group(phone, group, &action)
    }

    /// The user of a phone does `verb` to members of a group: `add`, `remove`, `promote`, `demote`.
    ///
    /// # Errors
    /// When a phone or the group does not exist, or the phone may not.
    pub fn change_members(
        &self,
        phone: &str,
        group: &str,
        verb: &str,
        members: &[String],
    ) -> Result<(), ControlError> {
        let mut named = Vec::new();
        for member in members {
            let jid = self.account(member, |account| account.lid(0))?;
            named.push(NodeBuilder::new("participant").attr("jid", jid).build());
        }
        let action = NodeBuilder::new_dynamic(verb.to_owned())
            .children(named)
            .build();
        self.change_group(phone, group, &action)
    }

    fn change_group(&self, phone: &str, group: &str, action: &Node) -> Result<(), ControlError> {
        let device = DeviceRef::new(phone, 0);
        let id = handset::chat_id(group);
        let answer = self.change(phone, |state| groups::change(state, &device, id, action))?;
        match answer {
            Answer::Result(_) => Ok(()),
            _ => Err(ControlError::Group {
                phone: phone.to_owned(),
                group: group.to_owned(),
            }),
        }
    }
}

/// How a phone names a message that it has heard, or has written itself.
fn named(state: &State, phone: &str, chat: &str, id: &str) -> Result<Named, SayError> {
    let account = state
        .world
        .accounts
        .get(phone)
        .ok_or_else(|| SayError::NoPhone(phone.to_owned()))?;
    let heard = account.inbox.iter().find(|item| item.id == id);
    let author = heard.and_then(|item| state.world.accounts.get(&item.from));
    let (chat, participant) = match state.world.accounts.get(chat) {
        Some(other) => (other.pn(0), None),
        None => (Jid::group(handset::chat_id(chat)), author),
    };
    Ok(Named {
        chat: chat.to_string(),
        id: id.to_owned(),
        from_me: heard.is_none_or(|item| item.from_me),
        participant: participant.map(|author| author.lid(0).to_string()),
    })
}

/// How a phone names a message of its own.
fn own(state: &State, phone: &str, chat: &str, id: &str) -> Result<Named, SayError> {
    Ok(Named {
        from_me: true,
        participant: None,
        ..named(state, phone, chat, id)?
    })
}
