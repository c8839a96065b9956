//! What stands between an account and a new companion: its passkey and the gate that asks for it, and the other things
//! that stop a link. Plain data, no sockets.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::blob::Blob;
use super::passkey::Passkey;

/// Milliseconds that WhatsApp gives for a passkey, unless it is told otherwise.
const TIMEOUT_MS: u64 = 60_000;
/// ADV secrets that a phone remembers of the companions it has linked.
const SECRETS_KEPT: usize = 16;

/// What happens after a scan or a typed code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gate {
    /// The companion is linked.
    #[default]
    Off,
    /// The companion has to show the account's passkey; one that proves to have been linked before needs no code.
    On,
    /// The same, and the phone shows a code to compare in any case.
    Code,
    /// Phone and companion show different codes, as with somebody in between.
    WrongCode,
    /// Nothing comes after the passkey.
    Silent,
    /// Every passkey is refused.
    Reject,
}

impl std::str::FromStr for Gate {
    type Err = serde::de::value::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        use serde::de::IntoDeserializer as _;
        Self::deserialize(text.into_deserializer())
    }
}

/// The rules of one account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// The passkey that its user has made.
    pub passkey: Option<Passkey>,
    /// Whether it is asked for.
    pub gate: Gate,
    /// Milliseconds until the passkey has to be there.
    pub timeout_ms: u64,
    /// The account is hosted: the phone shares it with WhatsApp's Cloud API ("coexistence").
    pub hosted: bool,
    /// The account has all the companions that it may have.
    pub full: bool,
    /// The error that wishes for a pairing code are answered with.
    pub throttled: Option<u16>,
    /// ADV secrets of the companions it has linked, the latest last.
    secrets: VecDeque<Blob>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            passkey: None,
            gate: Gate::Off,
            timeout_ms: TIMEOUT_MS,
            hosted: false,
            full: false,
            throttled: None,
            secrets: VecDeque::new(),
        }
    }
}

impl Rules {
    /// The phone remembers the secret that it shares with a companion.
    pub fn remember(&mut self, secret: &[u8; 32]) {
        self.secrets.push_back(secret.as_slice().into());
        if self.secrets.len() > SECRETS_KEPT {
            self.secrets.pop_front();
        }
    }

    /// The secrets by which a companion can prove that it has been linked before.
    pub fn secrets(&self) -> impl Iterator<Item = [u8; 32]> {
        self.secrets
            .iter()
            .filter_map(|secret| secret.0.as_slice().try_into().ok())
    }
}

#[cfg(test)]
mod tests {
    use super::{Gate, Rules, SECRETS_KEPT};

    #[test]
    fn every_mode_of_the_gate_reads_as_it_is_written() {
        for (text, gate) in [
            ("off", Gate::Off),
            ("on", Gate::On),
            ("code", Gate::Code),
            ("wrong-code", Gate::WrongCode),
            ("silent", Gate::Silent),
            ("reject", Gate::Reject),
        ] {
            assert_eq!(text.parse(), Ok(gate));
            assert_eq!(serde_json::to_value(gate).unwrap(), text);
        }
        assert!("open".parse::<Gate>().is_err());
    }

    #[test]
    fn a_phone_forgets_the_oldest_secret_first() {
        let mut rules = Rules::default();
        for number in 0..=u8::try_from(SECRETS_KEPT).unwrap() {
            rules.remember(&[number; 32]);
        }
        assert_eq!(rules.secrets().count(), SECRETS_KEPT);
        assert_eq!(rules.secrets().next(), Some([1; 32]));
    }
}
