//! Decides what befalls each stanza and each login under a [`FaultPlan`], and counts it. It decides only; the hub
//! and the handlers do it.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde::Serialize;
use wacore_binary::Node;

use super::plan::{Chances, FaultPlan};
use crate::hub::Mood;
use crate::hub::trace::Direction;
use crate::wire::node::attr;
use crate::world::account::Refusal;

/// Nothing befalls these: a client that does not read them cannot know why its connection ended.
const LAST_WORDS: [&str; 2] = ["failure", "stream:error"];

/// How often each fault happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FaultCounts {
    /// Stanzas held back.
    pub delay: u64,
    /// Stanzas lost.
    pub drop: u64,
    /// Stanzas that arrived twice.
    pub duplicate: u64,
    /// Sockets cut.
    pub cut: u64,
    /// Sockets that went dead and stayed open.
    pub mute: u64,
    /// Messages refused.
    pub ack_error: u64,
    /// Messages delivered without a word.
    pub no_ack: u64,
    /// Logins refused.
    pub refuse: u64,
}

/// What becomes of a connection after a stanza.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Then {
    /// It goes on.
    #[default]
    Stay,
    /// It is cut.
    Cut,
    /// It stays open and is dead.
    Mute,
}

/// What befalls a stanza.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fate {
    /// How often it arrives: once, never, or twice.
    pub times: usize,
    /// How long it is held back.
    pub held: Option<Duration>,
    /// What becomes of its connection.
    pub then: Then,
}

impl Default for Fate {
    fn default() -> Self {
        Self {
            times: 1,
            held: None,
            then: Then::Stay,
        }
    }
}

/// The plan that is followed, its randomness, and what came of it.
#[derive(Debug)]
pub struct Dice {
    plan: Option<FaultPlan>,
    rng: StdRng,
    counts: FaultCounts,
}

impl Default for Dice {
    fn default() -> Self {
        Self {
            plan: None,
            rng: StdRng::seed_from_u64(0),
            counts: FaultCounts::default(),
        }
    }
}

impl Dice {
    /// Begins a plan, counting from nought.
    pub fn follow(&mut self, plan: FaultPlan) {
        *self = Self {
            rng: StdRng::seed_from_u64(plan.seed),
            plan: Some(plan),
            counts: FaultCounts::default(),
        };
    }

    /// Ends the plan; its counts stay.
    pub fn rest(&mut self) {
        self.plan = None;
    }

    /// The plan that is followed.
    pub fn plan(&self) -> Option<&FaultPlan> {
        self.plan.as_ref()
    }

    /// What happened under the current plan, or the last one.
    pub fn counts(&self) -> FaultCounts {
        self.counts
    }

    /// What befalls a stanza of a companion. The number of draws is the same for each, so that one chance more or
    /// less leaves the other decisions as they were.
    pub fn fate(&mut self, phone: &str, stanza: &Node, direction: Direction) -> Fate {
        let Some(chances) = self.chances(phone) else {
            return Fate::default();
        };
        let fragile = is_fragile(stanza);
        let lost = self.hit(chances.drop) && fragile;
        let twice = self.hit(chances.duplicate) && fragile && !lost;
        let late = self.hit(chances.delay) && direction == Direction::Out && !lost;
        let share = self.rng.random::<f64>();
        // The server delivers in order: what a client does not get is the end of what it gets on this connection.
        let breaks_off = lost && direction == Direction::Out && stanza.tag == "message";
        let cut = self.hit(chances.cut) || breaks_off;
        let mute = self.hit(chances.mute) && !cut;
        if LAST_WORDS.contains(&stanza.tag.as_ref()) {
            return Fate::default();
        }
        let counts = &mut self.counts;
        for (count, happened) in [
            (&mut counts.drop, lost),
            (&mut counts.duplicate, twice),
            (&mut counts.delay, late),
            (&mut counts.cut, cut),
            (&mut counts.mute, mute),
        ] {
            *count += u64::from(happened);
        }
        Fate {
            times: if lost { 0 } else { 1 + usize::from(twice) },
            held: late.then(|| Duration::from_millis(chances.delay_max_ms).mul_f64(share)),
            then: match (cut, mute) {
                (true, _) => Then::Cut,
                (_, true) => Then::Mute,
                _ => Then::Stay,
            },
        }
    }

    /// How the server treats a message: as the mood says, and what chance adds to it.
    pub fn treat(&mut self, phone: &str, mood: Mood) -> Mood {
        let Some(chances) = self.chances(phone) else {
            return mood;
        };
        let refused = self.hit(chances.ack_error) && mood.nack.is_none();
        let nack = mood.nack.or(refused.then_some(chances.ack_error_code));
        let unanswered = self.hit(chances.no_ack) && nack.is_none() && !mood.silent;
        self.counts.ack_error += u64::from(refused);
        self.counts.no_ack += u64::from(unanswered);
        Mood {
            nack,
            silent: mood.silent || unanswered,
        }
    }

    /// Why a login fails by chance, if it does.
    pub fn refusal(&mut self, phone: &str) -> Option<Refusal> {
        let chances = self.chances(phone)?;
        if !self.hit(chances.refuse) {
            return None;
        }
        self.counts.refuse += 1;
        Some(Refusal {
            reason: chances.refuse_reason,
            code: None,
            expire: None,
        })
    }

    fn chances(&self, phone: &str) -> Option<Chances> {
        self.plan.as_ref()?.chances(phone).cloned()
    }

    fn hit(&mut self, chance: f64) -> bool {
        self.rng.random::<f64>() < chance
    }
}

/// Whether a stanza may be lost or doubled: what was said, and the word on it. The rest is the connection's own
/// conversation, of which clients expect every line once.
fn is_fragile(stanza: &Node) -> bool {
    match stanza.tag.as_ref() {
        "message" | "receipt" => true,
        "ack" => attr(stanza, "class").as_deref() == Some("message"),
        _ => false,
    }
}
