//! The server's moods, and what goes wrong by chance.

use std::time::Duration;

use super::{Control, ControlError};
use crate::fault;
use crate::fault::dice::FaultCounts;
use crate::fault::plan::FaultPlan;
use crate::hub::errand::Errand;
use crate::server::pairing;
use crate::world::DeviceRef;
use crate::world::account::Refusal;

impl Control {
    /// The user of a phone unlinks a companion.
    ///
    /// # Errors
    /// When there is no such companion.
    pub fn remove_device(&self, phone: &str, device: u16) -> Result<(), ControlError> {
        self.hub.with(|state| {
            let at = DeviceRef::new(phone, device);
            if state.world.device(&at).is_none() {
                return Err(ControlError::NoDevice {
                    phone: phone.to_owned(),
                    device,
                });
            }
            state.later(Errand::Remove(at));
            Ok(())
        })
    }

    /// Cuts the sockets of a phone's companions, or of one of them. Returns how many were open.
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn kick(&self, phone: &str, device: Option<u16>) -> Result<usize, ControlError> {
        self.change(phone, |state| fault::cut(state, phone, device))
    }

    /// Tells a phone's companions that somebody else logged in as them.
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn replace(&self, phone: &str, device: Option<u16>) -> Result<usize, ControlError> {
        self.change(phone, |state| fault::replaced(state, phone, device))
    }

    /// Bans an account for `expire` seconds by its own telling: logins fail with 402 until [`Control::forgive`].
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn ban(&self, phone: &str, code: u16, expire: u64) -> Result<(), ControlError> {
        self.change(phone, |state| {
            fault::refuse(state, phone, fault::ban(code, expire))
        })
        .map(drop)
    }

    /// Makes the logins of a phone's companions fail with a reason until [`Control::forgive`].
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn refuse(&self, phone: &str, reason: u16) -> Result<(), ControlError> {
        let refusal = Refusal {
            reason,
            code: None,
            expire: None,
        };
        self.change(phone, |state| fault::refuse(state, phone, refusal))
            .map(drop)
    }

    /// Lets a phone's companions log in again. Says whether they could not.
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn forgive(&self, phone: &str) -> Result<bool, ControlError> {
        self.change(phone, |state| fault::forgive(state, phone))
    }

    /// Ends the streams of a phone's companions with a code. Returns how many were open.
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn stream_error(&self, phone: &str, code: u16) -> Result<usize, ControlError> {
        self.change(phone, |state| fault::stream_fault(state, phone, code))
    }

    /// Makes the server refuse the messages of a phone's companions with an error (463, 479, …); none ends it.
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn nack(&self, phone: &str, error: Option<u16>) -> Result<(), ControlError> {
        self.change(phone, |state| {
            state.moods.entry(phone.to_owned()).or_default().nack = error;
        })
    }

    /// Makes the server take the messages of a phone's companions without a word, so that they cannot know.
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn silent(&self, phone: &str, silent: bool) -> Result<(), ControlError> {
        self.change(phone, |state| {
            state.moods.entry(phone.to_owned()).or_default().silent = silent;
        })
    }

    /// Makes the server answer the short handshake of returning clients with the long one.
    pub fn refuse_ik(&self, refuse: bool) {
        self.hub.with(|state| state.refuse_ik = refuse);
    }

    /// Makes the server refuse every client as outdated, linked or not.
    pub fn outdated(&self, outdated: bool) {
        self.hub.with(|state| state.outdated = outdated);
    }

    /// Makes the QR codes of connections from now on expire after a while; none leaves it to the clients' own clocks.
    pub fn set_refs_ttl(&self, ttl: Option<Duration>) {
        self.hub.with(|state| state.refs_ttl = ttl);
    }

    /// Makes the QR codes that are shown at present expire at once.
    pub fn expire_refs(&self) {
        self.hub.with(|state| {
            let open: Vec<_> = state.connections.keys().copied().collect();
            for connection in open {
                pairing::expire(state, connection);
            }
        });
    }

    /// Makes the present sockets of a phone's companions dead: open, but nothing is heard or said on them any more,
    /// and the companion has to find out. New ones are fine. `false` cuts the dead ones. Returns how many it were.
    ///
    /// # Errors
    /// When there is no such phone.
    pub fn mute(&self, phone: &str, on: bool) -> Result<usize, ControlError> {
        self.change(phone, |state| fault::mute(state, phone, on))
    }

    /// Begins a plan of random faults, counting from nought; none ends it and leaves the counts.
    ///
    /// # Errors
    /// When a chance is not one, or the plan names a phone that does not exist.
    pub fn set_faults(&self, plan: Option<FaultPlan>) -> Result<(), ControlError> {
        let Some(plan) = plan else {
            self.hub.with(|state| state.dice.rest());
            return Ok(());
        };
        plan.check()?;
        self.hub.with(|state| {
            let accounts = &state.world.accounts;
            if let Some(nobody) = plan
                .phones
                .keys()
                .find(|phone| !accounts.contains_key(*phone))
            {
                return Err(ControlError::NoPhone(nobody.clone()));
            }
            tracing::info!(seed = plan.seed, "random faults begin");
            state.dice.follow(plan);
            Ok(())
        })
    }

    /// The plan of random faults that is followed.
    pub fn faults(&self) -> Option<FaultPlan> {
        self.hub.look(|state| state.dice.plan().cloned())
    }

    /// How often each fault happened under this plan, or the last one.
    pub fn fault_counts(&self) -> FaultCounts {
        self.hub.look(|state| state.dice.counts())
    }
}
