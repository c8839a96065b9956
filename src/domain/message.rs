//! A message, in or out, and how far it got.

use crate::domain::chat::ChatId;
use crate::domain::chat::Party;
use crate::domain::fact::IncomingChange;
use crate::domain::id::ClientId;
use crate::domain::id::MessageId;
use crate::domain::id::SessionId;
use crate::domain::id::WaId;
use crate::domain::search::Search;
use crate::domain::time::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What a caller asks to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingText {
    /// Where to.
    pub to: ChatId,
    /// The text, not empty.
    pub text: String,
    /// When it is not worth sending any more; none: as the configuration says.
    pub expires_at: Option<Timestamp>,
}

/// Which way a message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// From somebody else to this account.
    In,
    /// From this account, through this API or from one of its other devices.
    Out,
}

/// How far an outgoing message got. The order is the order in which they follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum MessageState {
    /// Written down, waiting for its turn.
    Queued,
    /// Handed to the connection; WhatsApp has not yet answered.
    Sending,
    /// The outcome is not known: the daemon or the connection ended in between. A later receipt settles it.
    Unknown,
    /// It never left, or WhatsApp refused it.
    Failed,
    /// WhatsApp's server has taken it.
    Sent,
    /// It is on the recipient's device.
    Delivered,
    /// The recipient has seen it.
    Read,
    /// The recipient has played it.
    Played,
}

impl MessageState {
    /// Whether the outcome is open: the message still has to be handed over, or WhatsApp has not answered yet.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Sending)
    }

    /// Every state, in order.
    pub const ALL: [Self; 8] = [
        Self::Queued,
        Self::Sending,
        Self::Unknown,
        Self::Failed,
        Self::Sent,
        Self::Delivered,
        Self::Read,
        Self::Played,
    ];

    /// The name as the API and the store write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
        }
    }

    /// The reverse of [`MessageState::as_str`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// The reverse of [`MessageState::rank`].
    pub fn of_rank(rank: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.rank() == rank)
    }

    /// Its place in the order: a message never goes back, and receipts that overtake each other do no harm.
    pub fn rank(self) -> i64 {
        self as i64
    }
}

/// Why a message failed. The codes of our own making are `expired`, `cancelled`, `logged_out`, `not_on_whatsapp`,
/// `unsupported_chat`; those of WhatsApp's are in `whatsapp::incoming`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SendFailure {
    /// A stable name.
    pub code: String,
    /// A sentence.
    pub detail: String,
    /// Whether sending it again can succeed.
    pub retryable: bool,
}

/// A message as it is kept and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Our id.
    pub id: MessageId,
    /// WhatsApp's id.
    pub wa_id: WaId,
    /// The session.
    pub session_id: SessionId,
    /// The tenant.
    pub client_id: ClientId,
    /// The conversation.
    #[serde(flatten)]
    pub chat: Party,
    /// Who wrote it.
    pub sender: Party,
    /// The name that the sender shows, on incoming messages.
    pub sender_name: Option<String>,
    /// Which way.
    pub direction: Direction,
    /// What kind of content: `text`, or the name of a kind that this version does not read yet.
    #[serde(rename = "type")]
    pub kind: String,
    /// The text, for texts; as it is now, and none once it was revoked.
    pub text: Option<String>,
    /// How far it got; none for incoming messages.
    pub state: Option<MessageState>,
    /// When it reached each state.
    pub states: BTreeMap<MessageState, Timestamp>,
    /// How far each recipient is, for messages to groups; only where one message is looked at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<Recipient>,
    /// Why it failed, where it did.
    pub failure: Option<SendFailure>,
    /// When it fails if it has not left by then, for outgoing messages.
    pub expires_at: Option<Timestamp>,
    /// When its author wrote it anew, the last time.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted for everybody.
    pub revoked_at: Option<Timestamp>,
    /// When it was written, by WhatsApp's clock for incoming messages and ours for outgoing ones.
    pub at: Timestamp,
}

/// Which messages of a session somebody wants: those that are all of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageFilter {
    /// Only those in one of these states; empty: all.
    pub states: Vec<MessageState>,
    /// Only those of this conversation.
    pub chat: Option<ChatId>,
    /// Only those with this in their text.
    pub text: Option<Search>,
}

/// A conversation and what was last written there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Chat {
    /// Which.
    #[serde(flatten)]
    pub party: Party,
    /// The name that the person showed last, or that the group has; none where it is not known.
    pub name: Option<String>,
    /// Whether it is a group.
    pub is_group: bool,
    /// The newest message.
    pub last_message: Message,
}

/// How far a message is at one of its recipients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Recipient {
    /// Who.
    #[serde(flatten)]
    pub party: Party,
    /// When it reached each state there.
    pub states: BTreeMap<MessageState, Timestamp>,
}

/// What came in by the way of messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A message.
    Message(IncomingMessage),
    /// What somebody did to one.
    Change(IncomingChange),
}

/// What came in, before it has an id of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingMessage {
    /// WhatsApp's id.
    pub wa_id: WaId,
    /// The conversation.
    pub chat: Party,
    /// Who wrote it.
    pub sender: Party,
    /// The name that the sender shows.
    pub sender_name: Option<String>,
    /// Out when another device of this account wrote it.
    pub direction: Direction,
    /// What kind of content.
    pub kind: String,
    /// The text, for texts.
    pub text: Option<String>,
    /// When, by WhatsApp's clock.
    pub at: Timestamp,
}

/// A step that WhatsApp reports of messages that this account sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateReport {
    /// WhatsApp's ids.
    pub wa_ids: Vec<WaId>,
    /// The state that they reached.
    pub state: MessageState,
    /// When.
    pub at: Timestamp,
    /// Who has it or has read it, in a group.
    pub recipient: Option<Party>,
    /// Why, for a failure.
    pub failure: Option<SendFailure>,
}

impl StateReport {
    /// A step of one message, without a recipient to name.
    pub fn of(wa_id: &WaId, state: MessageState, at: Timestamp) -> Self {
        Self {
            wa_ids: vec![wa_id.clone()],
            state,
            at,
            recipient: None,
            failure: None,
        }
    }

    /// The failure of one message.
    pub fn failed(wa_id: &WaId, failure: SendFailure, at: Timestamp) -> Self {
        Self {
            failure: Some(failure),
            ..Self::of(wa_id, MessageState::Failed, at)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_ranked_so_that_a_late_report_never_takes_one_back() {
        assert!(MessageState::Queued.rank() < MessageState::Sending.rank());
        assert!(MessageState::Unknown.rank() < MessageState::Sent.rank());
        assert!(MessageState::Sent.rank() < MessageState::Delivered.rank());
        assert!(MessageState::Delivered.rank() < MessageState::Read.rank());
        for state in MessageState::ALL {
            assert_eq!(MessageState::from_name(state.as_str()), Some(state));
            assert_eq!(MessageState::of_rank(state.rank()), Some(state));
        }
    }
}
