//! Which messages a handset has had already. Plain data.

use std::collections::{BTreeSet, VecDeque};

use serde::{Deserialize, Serialize, Serializer};

/// Messages remembered; the oldest are forgotten first.
const SEEN_LIMIT: usize = 20_000;

/// The latest messages of a handset by chat, author and id.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "VecDeque<String>")]
pub struct Seen {
    order: VecDeque<String>,
    known: BTreeSet<String>,
}

impl Seen {
    /// Notes a message of a chat by an author; says whether it is new.
    pub fn note(&mut self, chat: &str, author: &str, id: &str) -> bool {
        let key = key(chat, author, id);
        if !self.known.insert(key.clone()) {
            return false;
        }
        self.order.push_back(key);
        if self.order.len() > SEEN_LIMIT
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }

    /// Whether a message is known.
    pub fn contains(&self, chat: &str, author: &str, id: &str) -> bool {
        self.known.contains(&key(chat, author, id))
    }
}

/// Neither chats nor authors have spaces in them.
fn key(chat: &str, author: &str, id: &str) -> String {
    format!("{chat} {author} {id}")
}

impl From<VecDeque<String>> for Seen {
    fn from(order: VecDeque<String>) -> Self {
        let known = order.iter().cloned().collect();
        Self { order, known }
    }
}

impl Serialize for Seen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.order.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_new_once_in_its_chat_from_its_author() {
        let mut seen = Seen::default();
        assert!(seen.note("1", "2", "A"));
        assert!(!seen.note("1", "2", "A"));
        assert!(seen.contains("1", "2", "A"));
        assert!(seen.note("1", "2", "B"));
        assert!(seen.note("1", "3", "A"));
        assert!(seen.note("3", "2", "A"));
    }

    #[test]
    fn the_oldest_are_forgotten_first() {
        let mut seen = Seen::default();
        for id in 0..=SEEN_LIMIT {
            assert!(seen.note("1", "2", &id.to_string()));
        }
        assert!(!seen.contains("1", "2", "0"));
        assert!(seen.contains("1", "2", "1"));
        assert_eq!(seen.known.len(), SEEN_LIMIT);
    }

    #[test]
    fn the_memory_outlives_a_restart() {
        let mut seen = Seen::default();
        seen.note("1", "2", "A");
        let text = serde_json::to_string(&seen).unwrap_or_default();
        let again: Option<Seen> = serde_json::from_str(&text).ok();
        assert!(again.is_some_and(|again| again.contains("1", "2", "A")));
    }
}
