//! What became of one message, step by step: its states, what its author did to it, and whom that was told.

use crate::domain::chat::Party;
use crate::domain::event::EventType;
use crate::domain::id::ClientId;
use crate::domain::id::EventId;
use crate::domain::id::WebhookId;
use crate::domain::message::Message;
use crate::domain::message::MessageState;
use crate::domain::message::SendFailure;
use crate::domain::time::Timestamp;
use crate::domain::webhook::DeliveryState;
use crate::domain::webhook::Failure;
use serde::Serialize;
use utoipa::ToSchema;

/// One thing that happened to a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TimelineEntry)]
pub struct Moment {
    /// When; for an attempt to come: when it is due.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub what: Happening,
}

/// What can happen to a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TimelineKind)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Happening {
    /// It was written down here.
    Accepted,
    /// It reached a state.
    State {
        /// Which.
        state: MessageState,
        /// At whom, in a group.
        recipient: Option<Party>,
        /// Why, for a failure.
        failure: Option<SendFailure>,
    },
    /// Its author wrote it anew.
    Edited,
    /// It was deleted for everybody.
    Revoked,
    /// An event of it was told to a webhook, or is to be told.
    Webhook(Box<Telling>),
}

/// An attempt to tell a webhook of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TimelineWebhook)]
#[serde(rename_all = "camelCase")]
pub struct Telling {
    /// The webhook ...
    pub webhook_id: WebhookId,
    /// ... and where it leads now.
    pub url: String,
    /// The event.
    pub event_id: EventId,
    /// Its type.
    pub event_type: EventType,
    /// Which attempt, from 1; 0 for one that was not made, or not yet.
    pub number: u32,
    /// The status of the answer, where there was one.
    pub status: Option<u16>,
    /// Why it failed, where it did.
    pub failure: Option<Failure>,
    /// How long it took, in milliseconds; none for one that was not made.
    pub ms: Option<u64>,
    /// How far the delivery is now.
    pub delivery_state: DeliveryState,
    /// When the attempt to come is due.
    pub next_attempt_at: Option<Timestamp>,
}

/// Which webhooks somebody is shown. Their URLs can hold secrets: they are for those who may look at the webhook itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    /// None.
    NoWebhooks,
    /// Those of this client.
    OfClient(ClientId),
    /// All.
    Everything,
}

impl Viewer {
    /// Whose webhooks, where there are any to be shown: one client's, or everybody's.
    pub fn webhooks_of(&self) -> Option<Option<&ClientId>> {
        match self {
            Self::NoWebhooks => None,
            Self::OfClient(client) => Some(Some(client)),
            Self::Everything => Some(None),
        }
    }
}

/// What the message itself knows of its way, in no order. Where the states of recipients are known, the first of them
/// is not told once more as that of the message. WhatsApp counts in whole seconds and we in milliseconds: nobody has a
/// message before it was sent.
pub fn steps(message: &Message) -> Vec<Moment> {
    let recipients = &message.recipients;
    let of_message = message.states.iter().filter(|(state, _)| {
        **state != MessageState::Queued
            && !recipients
                .iter()
                .any(|recipient| recipient.states.contains_key(state))
    });
    let own = message.states.range(..MessageState::Delivered);
    let sent = own.map(|(_, at)| *at).max();
    let of_recipients = recipients.iter().flat_map(|recipient| {
        let reached = recipient.states.iter();
        reached.map(move |(state, at)| {
            let at = sent.map_or(*at, |sent| sent.max(*at));
            step(*state, at, Some(&recipient.party), None)
        })
    });
    let failure = |state| {
        let failure = message.failure.clone();
        failure.filter(|_| state == MessageState::Failed)
    };
    let revoked = message.revoked_at.map(|at| Moment {
        at,
        what: Happening::Revoked,
    });
    of_message
        .map(|(state, at)| step(*state, *at, None, failure(*state)))
        .chain(of_recipients)
        .chain(revoked)
        .collect()
}

fn step(
    state: MessageState,
    at: Timestamp,
    recipient: Option<&Party>,
    failure: Option<SendFailure>,
) -> Moment {
    let what = Happening::State {
        state,
        recipient: recipient.cloned(),
        failure,
    };
    Moment { at, what }
}

/// Brings moments into their order. Of those at the same time, what has to come before the others does.
pub fn sort(moments: &mut [Moment]) {
    let rank = |what: &Happening| match what {
        Happening::Accepted => (0, 0),
        Happening::State { state, .. } => (1, state.rank()),
        Happening::Edited => (2, 0),
        Happening::Revoked => (3, 0),
        Happening::Webhook(telling) => (4, i64::from(telling.number)),
    };
    moments.sort_by_key(|moment| (moment.at, rank(&moment.what)));
}
