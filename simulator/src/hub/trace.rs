//! The latest stanzas, so that a test can assert on what was said, and every kind of stanza nobody knew.

use std::collections::VecDeque;

use serde::Serialize;

/// Stanzas kept.
const TRACE_LIMIT: usize = 4_000;
/// Longest stanza shown in full, in bytes; a trace then takes 16 MB at most.
const SHOWN_LIMIT: usize = 4_096;
/// Unknown stanzas kept in full; the count goes on.
const UNKNOWN_LIMIT: usize = 200;

/// Which way a stanza went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From a client.
    In,
    /// To a client.
    Out,
}

/// One stanza.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// Counts every stanza since the start.
    pub seq: u64,
    /// Which way.
    pub direction: Direction,
    /// `digits:device`, or `#n` for a socket that is not logged in.
    pub client: String,
    /// The stanza in the clients' log format, long contents shortened.
    pub stanza: String,
}

/// The ring of stanzas.
#[derive(Debug, Default)]
pub struct Trace {
    entries: VecDeque<Entry>,
    seq: u64,
    unknown: VecDeque<String>,
    unknown_count: u64,
}

impl Trace {
    /// Notes a stanza from a client.
    pub fn received(&mut self, client: &str, stanza: String) {
        tracing::debug!(client, stanza, "in");
        self.push(Direction::In, client, stanza);
    }

    /// Notes a stanza to a client.
    pub fn sent(&mut self, client: &str, stanza: String) {
        tracing::debug!(client, stanza, "out");
        self.push(Direction::Out, client, stanza);
    }

    /// Notes a stanza that no handler knows.
    pub fn unknown(&mut self, client: &str, stanza: &str) {
        tracing::warn!(client, stanza, "unknown stanza");
        self.unknown_count += 1;
        self.unknown.push_back(format!("{client} {stanza}"));
        if self.unknown.len() > UNKNOWN_LIMIT {
            self.unknown.pop_front();
        }
    }

    /// The stanzas kept, oldest first.
    pub fn entries(&self) -> Vec<Entry> {
        self.entries.iter().cloned().collect()
    }

    /// How many stanzas nobody knew.
    pub fn unknown_count(&self) -> u64 {
        self.unknown_count
    }

    /// The latest of them.
    pub fn unknown_list(&self) -> Vec<String> {
        self.unknown.iter().cloned().collect()
    }

    fn push(&mut self, direction: Direction, client: &str, mut stanza: String) {
        if stanza.len() > SHOWN_LIMIT {
            stanza.truncate(stanza.floor_char_boundary(SHOWN_LIMIT));
            stanza.push('…');
        }
        self.seq += 1;
        self.entries.push_back(Entry {
            seq: self.seq,
            direction,
            client: client.to_owned(),
            stanza,
        });
        if self.entries.len() > TRACE_LIMIT {
            self.entries.pop_front();
        }
    }
}
