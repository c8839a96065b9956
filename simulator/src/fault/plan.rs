//! A plan of random faults: for whom, how likely each is, and the seed that decides. Plain data, as the verb over
//! HTTP takes it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Longest time that a plan may hold a stanza back, in milliseconds.
const DELAY_LIMIT_MS: u64 = 60_000;

/// Random faults. The default has none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FaultPlan {
    /// The same seed decides the same about the same sequence of stanzas and logins.
    pub seed: u64,
    /// What befalls the companions of every phone that is not named below.
    pub all: Chances,
    /// What befalls the companions of one phone, by its digits.
    pub phones: BTreeMap<String, Chances>,
}

/// How likely each fault is, from 0 (never, the default) to 1 (always).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Chances {
    /// A stanza to the client is held back, and what comes behind it waits.
    pub delay: f64,
    /// The longest that one is held back, in milliseconds.
    pub delay_max_ms: u64,
    /// A `<message>`, a `<receipt>` or the `<ack>` of a message is lost, in either direction. With a message to the
    /// client the connection is lost, too: a server delivers in order, so a client never misses one in the middle.
    pub drop: f64,
    /// One of these arrives twice, in either direction.
    pub duplicate: f64,
    /// After a stanza to the client the socket is cut without a word; after one from the client as well, and what
    /// the server had to say about it is lost.
    pub cut: f64,
    /// Like `cut`, but the socket stays open: the server neither hears nor says anything more on it.
    pub mute: f64,
    /// A client's message is not delivered, and acknowledged with an error.
    pub ack_error: f64,
    /// Which error.
    pub ack_error_code: u16,
    /// A client's message is delivered and not acknowledged.
    pub no_ack: f64,
    /// A login fails.
    pub refuse: f64,
    /// `reason` of its `<failure>`.
    pub refuse_reason: u16,
}

impl Default for Chances {
    /// Nothing goes wrong. An error would be 479 (facts a7), a refusal 503, upon which clients try again (facts a10).
    fn default() -> Self {
        Self {
            delay: 0.0,
            delay_max_ms: 1_000,
            drop: 0.0,
            duplicate: 0.0,
            cut: 0.0,
            mute: 0.0,
            ack_error: 0.0,
            ack_error_code: 479,
            no_ack: 0.0,
            refuse: 0.0,
            refuse_reason: 503,
        }
    }
}

/// Why a plan is not followed.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum PlanError {
    /// Less than never, more than always, or not a number.
    #[error("{fault} cannot be {chance}; write a chance from 0 (never) to 1 (always)")]
    Chance {
        /// Which fault.
        fault: &'static str,
        /// What was asked for.
        chance: f64,
    },
    /// Longer than a client waits for anything.
    #[error("delayMaxMs cannot be {0}; write at most {DELAY_LIMIT_MS}")]
    Delay(u64),
}

impl FaultPlan {
    /// Whether this can be followed.
    ///
    /// # Errors
    /// When a chance is not one, or a delay too long.
    pub fn check(&self) -> Result<(), PlanError> {
        std::iter::once(&self.all)
            .chain(self.phones.values())
            .try_for_each(Chances::check)
    }

    /// What befalls the companions of a phone; none when nothing does.
    pub fn chances(&self, phone: &str) -> Option<&Chances> {
        let chances = self.phones.get(phone).unwrap_or(&self.all);
        chances.any().then_some(chances)
    }
}

impl Chances {
    fn each(&self) -> [(&'static str, f64); 8] {
        [
            ("delay", self.delay),
            ("drop", self.drop),
            ("duplicate", self.duplicate),
            ("cut", self.cut),
            ("mute", self.mute),
            ("ackError", self.ack_error),
            ("noAck", self.no_ack),
            ("refuse", self.refuse),
        ]
    }

    fn any(&self) -> bool {
        self.each().iter().any(|(_, chance)| *chance > 0.0)
    }

    fn check(&self) -> Result<(), PlanError> {
        if self.delay_max_ms > DELAY_LIMIT_MS {
            return Err(PlanError::Delay(self.delay_max_ms));
        }
        let odd = self
            .each()
            .into_iter()
            .find(|(_, chance)| !(0.0..=1.0).contains(chance));
        match odd {
            Some((fault, chance)) => Err(PlanError::Chance { fault, chance }),
            None => Ok(()),
        }
    }
}
