//! The verbs with which a test, or a person over HTTP, moves the simulated world: phones that scan, type, talk and
//! read, and the server's moods. It knows nothing of HTTP.

mod faults;
mod linking;
mod phones;
mod views;

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::time::timeout;

pub use self::views::{DeviceView, PhoneView, View};

use crate::fault::plan::PlanError;
use crate::hub::{Hub, State};
use crate::phone::PhoneError;
use crate::server::handset::SayError;
use crate::server::pairing::{self, Begun, LinkError, Outcome};
use crate::world::DeviceRef;
use crate::world::account::Account;
use crate::world::passkey::PasskeyError;

/// Time for a companion to answer a scan, or a typed code.
const LINK_TIME: Duration = Duration::from_secs(30);

/// Time for a companion's wish for a code to arrive. Some show the code before the server has heard of it.
const ASK_TIME: Duration = Duration::from_secs(5);

/// Why a verb did nothing.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// A phone or a code that nobody knows.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The companion said no.
    #[error("the client refused the link: {0}")]
    Refused(String),
    /// The companion went quiet.
    #[error("the client did not finish the link within {} seconds", LINK_TIME.as_secs())]
    Unfinished,
    /// Nobody to talk to, or nothing to talk with.
    #[error(transparent)]
    Say(#[from] SayError),
    /// The phone cannot do it.
    #[error(transparent)]
    Phone(#[from] PhoneError),
    /// A phone that does not exist.
    #[error("there is no phone {0}; create it first with POST /admin/phone/create?phone={0}")]
    NoPhone(String),
    /// A companion that does not exist.
    #[error("phone {phone} has no linked device {device}; GET /admin/state lists them")]
    NoDevice {
        /// Digits.
        phone: String,
        /// Device number.
        device: u16,
    },
    /// A phone number with something else than digits.
    #[error("{0:?} is not a phone number; write 7 to 15 digits without a plus sign")]
    BadNumber(String),
    /// A group that is not there, or that the phone may not change so.
    #[error(
        "{phone} cannot change {group} so: there is no such group, or it is not for the phone to say"
    )]
    Group {
        /// The phone.
        phone: String,
        /// The group.
        group: String,
    },
    /// A plan of random faults that cannot be followed.
    #[error(transparent)]
    Faults(#[from] PlanError),
    /// What was waited for did not happen.
    #[error("nothing of the kind happened within {0:?}")]
    Waited(Duration),
    /// A passkey that cannot be registered.
    #[error(transparent)]
    Passkey(#[from] PasskeyError),
    /// No code to compare.
    #[error("{0} shows no code to compare")]
    NothingShown(String),
    /// Typing the code was interrupted.
    #[error("the phone could not finish typing")]
    Interrupted,
}

/// A linked companion, or one that was asked for a passkey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scanned {
    /// Digits of the phone that linked it.
    pub phone: String,
    /// User part of the account's LID.
    pub lid: String,
    /// The new device's number, or what it will be.
    pub device: u16,
}

/// Moves the simulated world. Clones move the same one.
#[derive(Clone)]
pub struct Control {
    hub: Arc<Hub>,
}

impl Control {
    pub(crate) fn new(hub: Arc<Hub>) -> Self {
        Self { hub }
    }

    /// A phone scans the text of a QR code: the one named, or the one whose account has the client's push name, or
    /// a new one. Returns once the client has signed; with the account's gate shut, once it was asked for the passkey.
    ///
    /// # Errors
    /// When the code is not a shown one, or the client refuses.
    pub async fn scan_qr(&self, qr: &str, phone: Option<&str>) -> Result<Scanned, ControlError> {
        phone.map(digits).transpose()?;
        let begun = self.hub.with(|state| pairing::scan(state, qr, phone))?;
        self.scanned(begun).await
    }

    /// The user of a phone types the code that a client shows. A phone that does not exist is made. Waits a little for
    /// the client to ask. With the account's gate shut, returns once the client was asked for the passkey, whatever the
    /// code.
    ///
    /// # Errors
    /// When no client has asked for a code for this phone, or the code is wrong.
    pub async fn enter_code(&self, phone: &str, code: &str) -> Result<Scanned, ControlError> {
        digits(phone)?;
        // When nobody asks in time, the next line says so.
        let _asked = self
            .wait_for(ASK_TIME, |state| pairing::asked(state, phone))
            .await;
        let typing = self.hub.with(|state| pairing::begin_code(state, phone))?;
        let code = code.replace('-', "");
        let connection = typing.connection;
        // Stretching the code takes a while, so neither the hub nor the runtime waits for it.
        let typed = tokio::task::spawn_blocking(move || {
            typing.entry.type_code(&code, &typing.wrapped_ephemeral)
        });
        let typed = typed
            .await
            .map_err(|_panicked| ControlError::Interrupted)??;
        let begun = self
            .hub
            .with(|state| pairing::code_typed(state, connection, typed))?;
        self.scanned(begun).await
    }

    async fn linked(&self, outcome: Outcome) -> Result<DeviceRef, ControlError> {
        let outcome = timeout(LINK_TIME, outcome)
            .await
            .map_err(|_elapsed| ControlError::Unfinished)?;
        outcome
            .map_err(|_gone| ControlError::Unfinished)?
            .map_err(ControlError::Refused)
    }

    async fn scanned(&self, begun: Begun) -> Result<Scanned, ControlError> {
        let device = match begun {
            Begun::Linking(outcome) => self.linked(outcome).await?,
            Begun::Gate(device) => device,
        };
        self.account(&device.account, |account| Scanned {
            phone: account.number.clone(),
            lid: account.lid.clone(),
            device: device.device,
        })
    }

    /// Waits until `look` finds what it looks for.
    ///
    /// # Errors
    /// When the time is up.
    pub async fn wait_for<T>(
        &self,
        within: Duration,
        mut look: impl FnMut(&State) -> Option<T>,
    ) -> Result<T, ControlError> {
        let mut changes = self.hub.changes();
        let search = async {
            loop {
                changes.borrow_and_update();
                if let Some(found) = self.hub.look(&mut look) {
                    return Some(found);
                }
                changes.changed().await.ok()?;
            }
        };
        timeout(within, search)
            .await
            .ok()
            .flatten()
            .ok_or(ControlError::Waited(within))
    }

    fn account<T>(&self, phone: &str, look: impl FnOnce(&Account) -> T) -> Result<T, ControlError> {
        self.hub
            .look(|state| state.world.accounts.get(phone).map(look))
            .ok_or_else(|| ControlError::NoPhone(phone.to_owned()))
    }

    fn change<T>(
        &self,
        phone: &str,
        change: impl FnOnce(&mut State) -> T,
    ) -> Result<T, ControlError> {
        self.hub.with(|state| {
            if state.world.accounts.contains_key(phone) {
                Ok(change(state))
            } else {
                Err(ControlError::NoPhone(phone.to_owned()))
            }
        })
    }
}

/// Digits of a phone number.
fn digits(phone: &str) -> Result<(), ControlError> {
    let fine = (7..=15).contains(&phone.len()) && phone.bytes().all(|byte| byte.is_ascii_digit());
    if fine {
        Ok(())
    } else {
        Err(ControlError::BadNumber(phone.to_owned()))
    }
}
