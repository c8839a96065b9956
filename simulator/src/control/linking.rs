//! What stands between a phone and a new companion: the passkey and its gate, and what else stops a link.

use std::time::Duration;

use super::{ASK_TIME, Control, ControlError};
use crate::server::pairing;
use crate::world::linking::{Gate, Rules};
use crate::world::passkey::{MadePasskey, Passkey, PasskeyRegistration};

/// The longest time for a passkey; WhatsApp's own is ten minutes at most.
const LONGEST_TIMEOUT: Duration = Duration::from_hours(1);

impl Control {
    /// The user of a phone has a passkey from now on. Without a key in the registration one is made, and given back.
    ///
    /// # Errors
    /// When there is no such phone, or the registration cannot be read.
    pub fn passkey(
        &self,
        phone: &str,
        registration: PasskeyRegistration,
    ) -> Result<Option<MadePasskey>, ControlError> {
        let (passkey, made) = Passkey::register(registration)?;
        self.rule(phone, |rules| rules.passkey = Some(passkey))?;
        Ok(made)
    }

    /// What happens after a scan or a typed code from now on, and how long a passkey may take.
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn gate(
        &self,
        phone: &str,
        gate: Gate,
        timeout: Option<Duration>,
    ) -> Result<(), ControlError> {
        let timeout = timeout.map_or(Rules::default().timeout_ms, |timeout| {
            u64::try_from(timeout.min(LONGEST_TIMEOUT).as_millis()).unwrap_or_default()
        });
        self.rule(phone, |rules| {
            rules.gate = gate;
            rules.timeout_ms = timeout;
        })
    }

    /// The code that a phone shows beside the companion's, waiting a little for it; `same` is what the phone's user says.
    /// One who says that they differ has the companion refused when it goes on.
    ///
    /// # Errors
    /// When the phone shows none.
    pub async fn confirm(&self, phone: &str, same: Option<bool>) -> Result<String, ControlError> {
        // When it shows none in time, the next line says so.
        let _shown = self
            .wait_for(ASK_TIME, |state| pairing::comparing(state, phone))
            .await;
        self.change(phone, |state| pairing::compare(state, phone, same))?
            .ok_or_else(|| ControlError::NothingShown(phone.to_owned()))
    }

    /// Whether a phone shares its account with WhatsApp's Cloud API ("coexistence").
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn hosted(&self, phone: &str, hosted: bool) -> Result<(), ControlError> {
        self.rule(phone, |rules| rules.hosted = hosted)
    }

    /// Whether an account has all the companions that it may have.
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn full(&self, phone: &str, full: bool) -> Result<(), ControlError> {
        self.rule(phone, |rules| rules.full = full)
    }

    /// Makes the server refuse codes for a phone with an error (400, 429); none ends it.
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn throttle(&self, phone: &str, error: Option<u16>) -> Result<(), ControlError> {
        self.rule(phone, |rules| rules.throttled = error)
    }

    fn rule(&self, phone: &str, change: impl FnOnce(&mut Rules)) -> Result<(), ControlError> {
        self.change(phone, |state| {
            if let Some(account) = state.world.accounts.get_mut(phone) {
                change(&mut account.linking);
            }
        })
    }
}
