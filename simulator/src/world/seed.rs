//! Everything random in the world comes from here, so that one seed always tells the same story.
//!
//! A generator is never stored: each use derives a fresh one from the seed, a label and a counter that the
//! state file keeps. A restart therefore neither repeats a key nor changes the next phone number.

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The seed and how often it was drawn from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Seed {
    seed: u64,
    draws: u64,
}

impl Seed {
    /// Starts a story.
    pub fn new(seed: u64) -> Self {
        Self { seed, draws: 0 }
    }

    /// The number the story was started with.
    pub fn value(&self) -> u64 {
        self.seed
    }

    /// A generator for one purpose; the next call for the same purpose gives another one.
    pub fn rng(&mut self, label: &str) -> StdRng {
        StdRng::from_seed(self.bytes(label))
    }

    /// 32 bytes for one purpose.
    pub fn bytes(&mut self, label: &str) -> [u8; 32] {
        self.draws += 1;
        self.at(label, self.draws)
    }

    /// The `index`th value of a series, independent of what else was drawn: phone numbers and LIDs.
    pub fn at(&self, label: &str, index: u64) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.seed.to_be_bytes());
        hash.update(label.as_bytes());
        hash.update(index.to_be_bytes());
        hash.finalize().into()
    }

    /// `digits` decimal digits of the series, the first one not zero.
    pub fn digits_at(&self, label: &str, index: u64, digits: u32) -> u64 {
        let bytes = self.at(label, index);
        let number = bytes[..8]
            .iter()
            .fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        let floor = 10_u64.pow(digits - 1);
        floor + number % (9 * floor)
    }

    /// A short unique id for a stanza of the server's own making.
    pub fn stanza_id(&mut self) -> String {
        let bytes = self.bytes("stanza");
        format!("{}.{}", self.draws, hex::encode(&bytes[..4]))
    }

    /// A message id as phones make them: `3A` (iOS spelling) and 18 hex digits.
    pub fn message_id(&mut self) -> String {
        let bytes = self.bytes("message");
        format!("3A{}", hex::encode_upper(&bytes[..9]))
    }
}

#[cfg(test)]
mod tests {
    use super::Seed;

    #[test]
    fn the_same_seed_gives_the_same_numbers_and_another_seed_others() {
        let (one, again, other) = (Seed::new(7), Seed::new(7), Seed::new(8));
        assert_eq!(one.digits_at("phone", 1, 9), again.digits_at("phone", 1, 9));
        assert_ne!(one.digits_at("phone", 1, 9), other.digits_at("phone", 1, 9));
        assert_ne!(one.digits_at("phone", 1, 9), one.digits_at("phone", 2, 9));
    }

    #[test]
    fn a_series_has_exactly_the_digits_asked_for() {
        let seed = Seed::new(1);
        for index in 0..200 {
            assert_eq!(seed.digits_at("lid", index, 15).to_string().len(), 15);
        }
    }
}
