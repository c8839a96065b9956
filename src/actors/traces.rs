//! Which trace each message is part of, while it is on its way. In memory alone: after a restart a message is in none.

use crate::domain::event::Event;
use crate::domain::id::MessageId;
use crate::telemetry::trace;
use crate::telemetry::trace::TraceParent;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use tracing::Span;

/// Messages that are remembered, of all sessions together; the oldest are forgotten first.
const REMEMBERED: usize = 10_000;

/// The traces of messages. A clone is the same.
#[derive(Debug, Clone, Default)]
pub struct Traces(Arc<Mutex<BTreeMap<MessageId, Journey>>>);

/// The members of an event's data that can name a message: `id` where the data is the message itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct About {
    message_id: Option<String>,
    id: Option<String>,
}

#[derive(Debug)]
struct Journey {
    /// What its sending and its webhooks are part of.
    parent: TraceParent,
    /// Open while it waits for WhatsApp's answer.
    ack: Option<Span>,
}

impl Traces {
    /// Remembers what a new message is part of.
    pub(super) fn begin(&self, id: &MessageId, parent: TraceParent) {
        let mut journeys = self.journeys();
        // Ids grow with time.
        while journeys.len() >= REMEMBERED {
            journeys.pop_first();
        }
        journeys.insert(id.clone(), Journey { parent, ack: None });
    }

    /// What the message is part of.
    pub(super) fn of(&self, id: &MessageId) -> Option<TraceParent> {
        self.journeys()
            .get(id)
            .map(|journey| journey.parent.clone())
    }

    /// What the message is part of that an event of the log is about, if it is about one.
    pub(super) fn of_event(&self, event: &Event) -> Option<TraceParent> {
        // Mostly there are no traces at all, and then nothing is read.
        if self.journeys().is_empty() {
            return None;
        }
        let data: About = serde_json::from_str(&event.data).ok()?;
        let id = MessageId::parse(&data.message_id.or(data.id)?).ok()?;
        self.of(&id)
    }

    /// It is about to be handed over, within this span.
    pub(super) fn hand(&self, id: &MessageId, handing: &Span) {
        let Some(parent) = TraceParent::of(handing) else {
            return;
        };
        if let Some(journey) = self.journeys().get_mut(id) {
            journey.ack = Some(trace::whatsapp_ack(Some(&parent)));
        }
    }

    /// The wait for WhatsApp's answer is over, for better or worse.
    pub(super) fn answered(&self, id: &MessageId, is_good: bool) {
        let mut journeys = self.journeys();
        let ack = journeys.get_mut(id).and_then(|journey| journey.ack.take());
        if let Some(ack) = ack.filter(|_| !is_good) {
            trace::failed(&ack);
        }
    }

    fn journeys(&self) -> MutexGuard<'_, BTreeMap<MessageId, Journey>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_messages_are_remembered_than_a_bound_and_the_newest_stay() {
        let parent =
            TraceParent::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap();
        let traces = Traces::default();
        let id = |number: usize| MessageId::parse(&format!("msg_{number:026}")).unwrap();
        for number in 0..REMEMBERED + 10 {
            traces.begin(&id(number), parent.clone());
        }
        assert_eq!(traces.journeys().len(), REMEMBERED);
        assert_eq!(traces.of(&id(9)), None);
        assert_eq!(traces.of(&id(10)), Some(parent.clone()));
        assert_eq!(traces.of(&id(REMEMBERED + 9)), Some(parent));
    }
}
