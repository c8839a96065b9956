//! The queue of one session: whose turn it is, what waits for an answer, what is overdue. Pure; it knows no clock,
//! no store and no client.

use crate::domain::chat::ChatId;
use crate::domain::chat::Party;
use crate::domain::id::MessageId;
use crate::domain::id::WaId;
use crate::domain::message::Message;
use crate::domain::message::MessageState;
use crate::domain::message::SendFailure;
use crate::domain::message::StateReport;
use crate::domain::time::Timestamp;
use std::collections::BTreeMap;
use std::collections::HashSet;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// How often a message is handed over on a connection that stands before its outcome counts as unknown.
const TRIES: u32 = 3;
/// The pause after the first failed try; it doubles with each further one.
const PAUSE: Duration = Duration::from_secs(1);
/// Messages that may wait for WhatsApp's answer at a time, each of another chat.
const UNANSWERED: usize = 16;

/// What became of handing a message over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The connection has it.
    Handed,
    /// It did not leave, and will not.
    Refused(SendFailure),
    /// It did not leave, or nobody knows whether it did: once more.
    Again {
        /// Why, in case it was the last try.
        why: SendFailure,
        /// Whether it may have left.
        may_have_left: bool,
    },
    /// There was no connection after all.
    NotConnected,
}

/// What is to be written down of a message that leaves the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Our id.
    pub(super) id: MessageId,
    /// WhatsApp's id.
    pub(super) wa_id: WaId,
    /// Why it failed; none: nobody knows whether it left.
    pub(super) failure: Option<SendFailure>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// For its turn, not before this moment.
    Waits(Option<Instant>),
    /// It is being handed over.
    Leaves,
    /// For WhatsApp's answer, until this moment.
    Unanswered(Instant),
}

struct Entry {
    message: Message,
    lane: ChatId,
    phase: Phase,
    tries: u32,
    /// Dropped when the outcome is known.
    _waiter: Option<oneshot::Sender<()>>,
}

impl Entry {
    fn may_have_left(&self) -> bool {
        self.message.state == Some(MessageState::Sending)
    }

    fn verdict(&self, failure: Option<SendFailure>) -> Verdict {
        Verdict {
            id: self.message.id.clone(),
            wa_id: self.message.wa_id.clone(),
            failure,
        }
    }
}

/// The messages whose outcome is open, in the order in which they were accepted.
#[derive(Default)]
pub(super) struct Queue {
    entries: BTreeMap<MessageId, Entry>,
}

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds a message that is on disk.
    pub(super) fn put(&mut self, message: Message, waiter: Option<oneshot::Sender<()>>) {
        let entry = Entry {
            lane: message.chat.id.clone(),
            message,
            phase: Phase::Waits(None),
            tries: 0,
            _waiter: waiter,
        };
        self.entries.insert(entry.message.id.clone(), entry);
    }

    /// Takes a message out whose outcome is written down; false when it is not there.
    pub(super) fn remove(&mut self, id: &MessageId) -> bool {
        self.entries.remove(id).is_some()
    }

    /// The next message whose turn it is: the first one whose chat has none before it. It counts as leaving from here.
    pub(super) fn next(&mut self, now: Instant, date: Timestamp) -> Option<Message> {
        let unanswered = |entry: &&Entry| matches!(entry.phase, Phase::Unanswered(_));
        if self.entries.values().filter(unanswered).count() >= UNANSWERED {
            return None;
        }
        let mut busy = HashSet::new();
        let entry = self.entries.values_mut().find(|entry| {
            let due = match entry.phase {
                Phase::Waits(not_before) => not_before.is_none_or(|moment| moment <= now),
                Phase::Leaves | Phase::Unanswered(_) => false,
            };
            busy.insert(entry.lane.clone()) && due && !expired(&entry.message, date)
        })?;
        entry.phase = Phase::Leaves;
        Some(entry.message.clone())
    }

    /// WhatsApp names the recipient otherwise than the caller did: their messages are of one chat.
    pub(super) fn resolved(&mut self, id: &MessageId, party: Party) {
        let Some(asked) = self.entries.get(id).map(|entry| entry.lane.clone()) else {
            return;
        };
        for entry in self
            .entries
            .values_mut()
            .filter(|entry| entry.lane == asked)
        {
            entry.lane = party.id.clone();
        }
        if let Some(entry) = self.entries.get_mut(id) {
            entry.message.chat = party;
        }
    }

    /// What is to be done after an attempt to hand a message over.
    pub(super) fn handed(
        &mut self,
        id: &MessageId,
        outcome: Outcome,
        now: Instant,
        ack_timeout: Duration,
    ) -> Option<Verdict> {
        // The answer may have overtaken us.
        let entry = self.entries.get_mut(id)?;
        match outcome {
            Outcome::Handed => {
                entry.message.state = Some(MessageState::Sending);
                entry.phase = Phase::Unanswered(now + ack_timeout);
                None
            }
            Outcome::NotConnected => {
                entry.phase = Phase::Waits(Some(now + PAUSE));
                None
            }
            Outcome::Refused(failure) => {
                // Should that not be written down, it is refused once more.
                entry.phase = Phase::Waits(Some(now + PAUSE));
                Some(entry.verdict(Some(failure)))
            }
            Outcome::Again { why, may_have_left } => {
                if may_have_left {
                    entry.message.state = Some(MessageState::Sending);
                }
                entry.tries += 1;
                entry.phase = Phase::Waits(Some(now + PAUSE * 2_u32.pow(entry.tries)));
                let unsure = entry.may_have_left();
                (entry.tries >= TRIES).then(|| entry.verdict((!unsure).then_some(why)))
            }
        }
    }

    /// What WhatsApp says of messages; those that it answers leave the queue. Gives them.
    pub(super) fn settle(&mut self, report: &StateReport) -> Vec<Message> {
        let answered =
            |_: &MessageId, entry: &mut Entry| report.wa_ids.contains(&entry.message.wa_id);
        let settled = self.entries.extract_if(.., answered);
        settled.map(|(_, entry)| entry.message).collect()
    }

    /// When the oldest message was accepted.
    pub(super) fn oldest(&self) -> Option<Timestamp> {
        let (_, entry) = self.entries.first_key_value()?;
        Some(entry.message.at)
    }

    /// The connection has changed: what has no answer is handed over again, first of all.
    pub(super) fn repeat_open(&mut self) {
        for entry in self.entries.values_mut() {
            if entry.phase == Phase::Leaves {
                entry.message.state = Some(MessageState::Sending);
            }
            entry.phase = Phase::Waits(None);
        }
    }

    /// What is to be written down because its time is over. An answer that does not come makes another try, up to
    /// the last one.
    pub(super) fn overdue(&mut self, now: Instant, date: Timestamp) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        for entry in self.entries.values_mut() {
            if let Phase::Unanswered(until) = entry.phase
                && until <= now
            {
                entry.tries += 1;
                entry.phase = Phase::Waits(None);
                if entry.tries >= TRIES {
                    verdicts.push(entry.verdict(None));
                    continue;
                }
            }
            if matches!(entry.phase, Phase::Waits(_)) && expired(&entry.message, date) {
                let failure = (!entry.may_have_left()).then(expiry);
                verdicts.push(entry.verdict(failure));
            }
        }
        verdicts
    }

    /// The failure of a message that has not left yet.
    pub(super) fn cancellable(&self, id: &MessageId, failure: SendFailure) -> Option<Verdict> {
        let entry = self.entries.get(id)?;
        let waits = matches!(entry.phase, Phase::Waits(_)) && !entry.may_have_left();
        waits.then(|| entry.verdict(Some(failure)))
    }

    /// The end of everything that waits: failed, or unknown where it may have left.
    pub(super) fn all(&self, why: &SendFailure) -> Vec<Verdict> {
        let ended = |entry: &Entry| {
            let failure = (!entry.may_have_left()).then(|| why.clone());
            entry.verdict(failure)
        };
        self.entries.values().map(ended).collect()
    }
}

fn expired(message: &Message, date: Timestamp) -> bool {
    message.expires_at.is_some_and(|moment| moment <= date)
}

fn expiry() -> SendFailure {
    SendFailure {
        code: "expired".to_owned(),
        detail: "it could not leave before its expiresAt".to_owned(),
        retryable: true,
    }
}

#[cfg(test)]
mod tests;
